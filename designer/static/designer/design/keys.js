// @ts-check
/** The keys of the canvas. One list drives the dispatcher, the help, the footer and the context menu. */

import { addShortcuts } from "../frame/shortcuts.js";
import { make } from "./state.js";

const IS_MAC = /mac|iphone|ipad/i.test(navigator.platform);
const TYPING = 900;
const FIELDS = "input, textarea, select, [contenteditable], dialog, [role=tablist], [data-keys]";

/** @param {Key[]} keys @param {() => boolean} busy while something is held, other keys count */
export function useKeys(keys, busy) {
  let capital = -TYPING;
  document.addEventListener("keydown", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const pressed = nameOf(event);
    if (!pressed || busy()) return;
    const isSingle = !pressed.startsWith("Mod+");
    if (target.closest(FIELDS)) return;
    if (isSingle && !target.closest("#design-canvas") && target !== document.body) return;
    const searching = isSingle && performance.now() - capital < TYPING;
    if (/^[A-Z]$/.test(pressed) || searching) {
      if (!keys.some((each) => each.keys === pressed && /^[A-Z]$/.test(pressed) && !searching)) {
        capital = performance.now();
        return;
      }
    }
    const found = keys.find((each) => !each.isOfBrowser && each.keys === pressed && (each.when?.() ?? true));
    if (!found) return;
    event.preventDefault();
    event.stopPropagation();
    found.run();
  }, { capture: true });
  addShortcuts("Designer", keys.filter((each) => each.keys && each.keys !== "?").map(({ keys: names, does, when }) => ({ keys: names, does, when })));
}

/** @param {KeyboardEvent} event */
function nameOf(event) {
  const mod = IS_MAC ? event.metaKey : event.ctrlKey;
  if (event.altKey) return "";
  if (mod && event.key.length === 1) return `Mod+${event.shiftKey ? "Shift+" : ""}${event.key.toUpperCase()}`;
  if (event.ctrlKey || event.metaKey) return "";
  return { Backspace: "Delete", " ": "Space" }[event.key] ?? event.key;
}

/** @param {HTMLElement} hint @param {Key[]} keys the ones that work now */
export function showHints(hint, keys) {
  hint.replaceChildren(...keys.filter((each) => each.short && (each.when?.() ?? true)).map((each) => {
    return make("span", {}, make("kbd", {}, shown(each.keys)), ` ${each.short}`);
  }));
}

/** @param {string} keys */
function shown(keys) {
  return keys.replace("Mod+Shift+", IS_MAC ? "⇧⌘" : "Ctrl Shift ").replace("Mod+", IS_MAC ? "⌘" : "Ctrl ").replace("Delete", "Del");
}

/**
 * A menu at the pointer, or at the selected element.
 * @param {HTMLElement} room @param {Key[]} keys @param {{ x: number, y: number }} at in the window
 */
export function openMenu(room, keys, at) {
  room.querySelector(".design-menu")?.remove();
  const back = document.activeElement;
  const menu = make("div", { class: "design-menu sd-control", role: "menu", "aria-label": "What can be done here" });
  const usable = keys.filter((each) => each.menu && (each.when?.() ?? true));
  const items = usable.map((each) => {
    const item = make("button", { type: "button", role: "menuitem", tabindex: "-1" }, make("span", {}, each.does));
    if (each.keys) item.append(make("kbd", {}, shown(each.keys)));
    item.addEventListener("click", () => {
      close(true);
      each.run();
    });
    return item;
  });
  menu.append(...items);
  room.append(menu);
  const pane = room.getBoundingClientRect();
  menu.style.left = `${Math.max(4, Math.min(at.x - pane.x, pane.width - menu.offsetWidth - 4))}px`;
  menu.style.top = `${Math.max(4, Math.min(at.y - pane.y, pane.height - menu.offsetHeight - 4))}px`;
  const away = (/** @type {Event} */ event) => {
    if (!menu.contains(/** @type {Node} */ (event.target))) close(false);
  };
  const close = (/** @type {boolean} */ returns) => {
    document.removeEventListener("pointerdown", away, true);
    menu.remove();
    if (returns && (back instanceof HTMLElement || back instanceof SVGElement)) back.focus({ preventScroll: true });
  };
  document.addEventListener("pointerdown", away, true);
  menu.addEventListener("keydown", (event) => {
    event.stopPropagation();
    const now = items.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) items[(now + by + items.length) % items.length]?.focus();
    else if (event.key === "Escape" || event.key === "Tab") close(true);
    else return;
    event.preventDefault();
  });
  items[0]?.focus();
}
