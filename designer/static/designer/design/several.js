// @ts-check
/** Several selected steps next to the drawing: a list with what can be done to all, and a bar for those who have no keys. */

import { openMenu } from "./keys.js";
import { button, make } from "./state.js";

/** @typedef {import("./selection.js").Selection} Selection */

/**
 * @param {Selection} selection @param {import("./inspector.js").Inspector} inspector @param {HTMLElement} room of the bar
 * @param {Key[]} keys the whole list: the ones that work on several steps become buttons
 */
export function useSeveral(selection, inspector, room, keys) {
  const bar = make("div", { class: "design-several sd-control", role: "group", "aria-label": "Selected steps", hidden: "" });
  const count = make("strong");
  const menu = button({ "aria-haspopup": "menu" }, () => {
    const { x, bottom } = menu.getBoundingClientRect();
    openMenu(room, keys, { x, y: bottom });
  }, "Actions");
  bar.append(count, menu, button({}, () => selection.release(), "Done"));
  room.append(bar);
  selection.addEventListener("shown", () => {
    const { names, isMany, isCollecting } = selection;
    bar.hidden = !isMany && !isCollecting;
    count.textContent = names.length ? `${names.length} ${names.length === 1 ? "step" : "steps"} selected` : "Tap the steps to select";
    if (isMany) inspector.replace(list(selection, keys));
    else inspector.show(selection.canvas.path);
  });
}

/** @param {Selection} selection @param {Key[]} keys @returns {HTMLElement} */
function list(selection, keys) {
  const title = make("h2", {}, `${selection.names.length} steps selected`);
  const steps = make("ul");
  steps.append(...selection.names.map((name) => {
    const [line, only] = [make("li"), selection.titleOf(name)];
    const out = button({ "aria-label": `Remove ${only} from the selection` }, () => {
      const at = [...steps.children].indexOf(line);
      selection.change(name, false);
      const left = document.querySelectorAll("#design-inspector .several li > button:last-child");
      /** @type {HTMLElement | undefined} */ (left[Math.min(at, left.length - 1)])?.focus();
    }, "Remove");
    const alone = button({ title: `Select ${only} alone` }, () => {
      selection.chosen.clear();
      selection.canvas.select(selection.pathOf(name), { reveal: true });
    }, only);
    line.append(alone, out);
    return line;
  }));
  const does = keys.filter((key) => key.several && (key.when?.() ?? true)).map((key) => button({}, key.run, key.does));
  const room = make("section", { class: "inspector several" }, title, steps, make("p", { class: "does" }, ...does));
  room.addEventListener("keydown", (event) => event.key === "Escape" && selection.release());
  return room;
}
