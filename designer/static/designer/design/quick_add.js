// @ts-check
/** A small field over the drawing: type what to add, choose it with the arrow keys, Enter. For the keyboard (`a`, `b`, …). */

import { make } from "./state.js";

const SHOWN = 8;

/**
 * @param {{ room: HTMLElement, label: string, choices?: (typed: string) => Choice[], value?: string,
 *   done: (choice: Choice | null, typed: string) => void, closed: () => void, over?: Element | null }} how
 * `over`: an element of the drawing on which the field lies
 */
export function ask({ room, label, choices, value = "", done, closed, over = null }) {
  const field = make("input", { type: "text", id: "design-ask", value, spellcheck: "false" });
  const box = make("form", { class: "design-ask sd-control", autocomplete: "off" }, make("label", { for: field.id }, label), field);
  const list = make("ul", { id: "design-ask-list", role: "listbox", "aria-label": label });
  /** @type {Choice[]} */
  let shown = [];
  let at = 0;
  if (choices) {
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-controls", list.id);
    field.setAttribute("aria-expanded", "true");
    field.setAttribute("aria-autocomplete", "list");
    box.append(list);
  }

  const mark = () => {
    [...list.children].forEach((line, number) => line.setAttribute("aria-selected", String(number === at)));
    const active = list.children[at];
    if (active) field.setAttribute("aria-activedescendant", active.id);
    else field.removeAttribute("aria-activedescendant");
  };
  const show = () => {
    if (!choices) return;
    shown = choices(field.value).slice(0, SHOWN);
    at = 0;
    list.replaceChildren(...shown.map(({ title, detail }, number) => {
      const line = make("li", { id: `design-ask-${number}`, role: "option" }, make("span", {}, title), make("span", { class: "detail" }, detail));
      line.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        at = number;
        finish();
      });
      return line;
    }));
    mark();
  };
  let open = true;
  const close = () => {
    if (!open) return;
    open = false;
    box.remove();
    closed();
  };
  const finish = () => {
    const [choice, typed] = [shown[at] ?? null, field.value.trim()];
    if (choices ? !choice : !typed) return;
    close();
    done(choice, typed);
  };

  field.addEventListener("input", show);
  field.addEventListener("blur", () => setTimeout(close, 0));
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    finish();
  });
  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") at = (at + (event.key === "ArrowDown" ? 1 : shown.length - 1)) % Math.max(shown.length, 1);
    else return;
    event.preventDefault();
    mark();
  });
  room.append(box);
  if (over) layOver(box, field, room, over);
  show();
  field.focus();
  field.select();
}

/** @param {HTMLElement} box @param {HTMLElement} field of the box @param {HTMLElement} room @param {Element} over */
function layOver(box, field, room, over) {
  box.classList.add("design-ask-over");
  const [pane, place] = [room.getBoundingClientRect(), over.getBoundingClientRect()];
  box.style.width = `${Math.min(Math.max(place.width + 20, 220), pane.width - 8)}px`;
  const [whole, line] = [box.getBoundingClientRect(), field.getBoundingClientRect()];
  const within = (/** @type {number} */ at, /** @type {number} */ size, /** @type {number} */ all) => Math.max(4, Math.min(at, all - size - 4));
  box.style.left = `${within(place.x + place.width / 2 - pane.x - whole.width / 2, whole.width, pane.width)}px`;
  box.style.top = `${within(place.y + place.height / 2 - pane.y - (line.y + line.height / 2 - whole.y), whole.height, pane.height)}px`;
}
