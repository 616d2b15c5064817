// @ts-check
/** Several selected steps next to the drawing: a list with what can be done to all, and a bar for those who have no keys. */

import { openMenu } from "./keys.js";

/** @typedef {import("./selection.js").Selection} Selection */
/** @typedef {import("./keys.js").Key} Key */

/**
 * @param {Selection} selection @param {import("./inspector.js").Inspector} inspector @param {HTMLElement} room of the bar
 * @param {Key[]} keys the whole list: the ones that work on several steps become buttons
 */
export function useSeveral(selection, inspector, room, keys) {
  const bar = document.createElement("div");
  bar.className = "design-several sd-control";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Selected steps");
  bar.hidden = true;
  const count = document.createElement("strong");
  const menu = button("Actions", (event) => {
    const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
    openMenu(room, keys, { x: box.x, y: box.bottom });
  });
  menu.setAttribute("aria-haspopup", "menu");
  bar.append(count, menu, button("Done", () => selection.release()));
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
  const room = document.createElement("section");
  room.className = "inspector several";
  const title = document.createElement("h2");
  title.textContent = `${selection.names.length} steps selected`;
  const steps = document.createElement("ul");
  steps.append(...selection.names.map((name) => {
    const [line, only] = [document.createElement("li"), selection.titleOf(name)];
    const out = button("Remove", () => {
      const at = [...steps.children].indexOf(line);
      selection.change(name, false);
      const left = document.querySelectorAll("#design-inspector .several li > button:last-child");
      /** @type {HTMLElement | undefined} */ (left[Math.min(at, left.length - 1)])?.focus();
    });
    out.setAttribute("aria-label", `Remove ${only} from the selection`);
    const alone = button(only, () => {
      selection.chosen.clear();
      selection.canvas.select(selection.pathOf(name), { reveal: true });
    });
    alone.title = `Select ${only} alone`;
    line.append(alone, out);
    return line;
  }));
  const does = document.createElement("p");
  does.className = "does";
  does.append(...keys.filter((key) => key.several && (key.when?.() ?? true)).map((key) => button(key.does, () => key.run())));
  room.append(title, steps, does);
  room.addEventListener("keydown", (event) => event.key === "Escape" && selection.release());
  return room;
}

/** @param {string} words @param {(event: Event) => void} run */
function button(words, run) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "quiet small";
  made.textContent = words;
  made.addEventListener("click", run);
  return made;
}
