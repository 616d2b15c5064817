// @ts-check
/**
 * Keyboard shortcuts. One list drives the dispatcher and the help. Keys go to a field, an open dialog or an element with
 * keys of its own first.
 */

import { openPalette } from "./palette_door.js";

const WAIT = 1_200;
const OFF = "sagaflow.keys";
const IS_MAC = /mac|iphone|ipad/i.test(navigator.platform);
const OWN_KEYS = "input, textarea, select, [contenteditable], svg, [data-keys], [role=tablist], [role=listbox], [role=tree]";
const ITEMS = "main tbody tr, main li.definition";

/** @type {Shortcut[]} */
const SHORTCUTS = [
  { keys: "Mod+K", does: "Search or jump", run: openPalette, when: () => has("#palette") },
  { keys: "/", does: "Search in this page, else everywhere", run: search, when: () => has("#palette") },
  { keys: "?", does: "Show this help", run: openHelp },
  { keys: "Esc", does: "Close what is open" },
  { keys: "g r", does: "Go to runs", run: () => go("runs"), when: () => has("[data-place=runs]") },
  { keys: "g s", does: "Go to sagas", run: () => go("sagas"), when: () => has("[data-place=sagas]") },
  { keys: "g f", does: "Go to failures", run: () => go("failures"), when: () => has("[data-place=failures]") },
  { keys: "j", does: "Next line of a list", run: () => step(1), when: () => items().length > 0 },
  { keys: "k", does: "Previous line of a list", run: () => step(-1), when: () => items().length > 0 },
  { keys: "Enter", does: "Open the line", when: () => items().length > 0 },
];

let before = "";
let timer = 0;

/**
 * Adds the shortcuts of a part of the page.
 * @param {string} section the heading in the help
 * @param {Shortcut[]} more
 */
export function addShortcuts(section, more) {
  SHORTCUTS.push(...more.map((each) => ({ ...each, section })));
}

export function useShortcuts() {
  document.addEventListener("keydown", dispatch);
  for (const key of document.querySelectorAll("[data-mod]")) if (IS_MAC) key.textContent = "⌘ K";
  for (const button of document.querySelectorAll("[data-help]")) button.addEventListener("click", openHelp);
  const single = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-single]"));
  if (single) {
    single.checked = singleKeys();
    single.addEventListener("change", () => localStorage.setItem(OFF, single.checked ? "on" : "off"));
  }
  document.getElementById("help")?.addEventListener("keydown", (event) => event.key === "Escape" && event.stopPropagation());
}

/** @param {KeyboardEvent} event */
function dispatch(event) {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  const pressed = name(event);
  const isSingle = !pressed.startsWith("Mod+");
  if (!pressed || (isSingle && (!singleKeys() || isTaken(event.target)))) return;
  const typed = before ? `${before} ${pressed}` : pressed;
  const found = usable().find((each) => each.run && each.keys === typed);
  forget();
  if (found) {
    event.preventDefault();
    found.run?.(event);
  } else if (isSingle && usable().some((each) => each.keys.startsWith(`${pressed} `))) {
    before = pressed;
    timer = setTimeout(forget, WAIT);
  }
}

/**
 * @param {KeyboardEvent} event
 * @returns {string} the keys as the list names them; empty for keys with other modifiers
 */
function name(event) {
  const mod = IS_MAC ? event.metaKey : event.ctrlKey;
  if (mod && !event.altKey && !event.shiftKey && event.key.length === 1) return `Mod+${event.key.toUpperCase()}`;
  return event.ctrlKey || event.metaKey || event.altKey || event.key.length > 1 ? "" : event.key;
}

function forget() {
  clearTimeout(timer);
  before = "";
}

function usable() {
  return SHORTCUTS.filter((each) => each.when?.() ?? true);
}

/** @param {EventTarget | null} target */
function isTaken(target) {
  return target instanceof Element && target.closest(OWN_KEYS) !== null;
}

function singleKeys() {
  return localStorage.getItem(OFF) !== "off";
}

function openHelp() {
  import("./help.js").then(({ showHelp }) => showHelp(usable(), IS_MAC), () => {});
}

function search() {
  const field = /** @type {HTMLInputElement | null} */ (document.querySelector("main input[type=search]"));
  if (!field) return openPalette();
  field.focus();
  field.select();
}

/** @param {string} place */
function go(place) {
  /** @type {HTMLElement | null} */ (document.querySelector(`[data-place="${place}"]`))?.click();
}

/** @param {1 | -1} by moves the focus to the link of the next or the previous line */
function step(by) {
  const all = items();
  const now = all.findIndex((each) => each.contains(document.activeElement));
  const next = all[now < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, now + by))];
  const link = linkOf(next);
  link?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

/** @returns {HTMLElement[]} the lines of all lists of the page that are shown and lead to a page */
function items() {
  const all = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(ITEMS)]);
  return all.filter((each) => linkOf(each) && each.getClientRects().length);
}

/**
 * @param {Element} item
 * @returns {HTMLElement | null}
 */
function linkOf(item) {
  return item.querySelector("a.strong") ?? item.querySelector("a[href]");
}

/** @param {string} selector */
function has(selector) {
  return document.querySelector(selector) !== null;
}
