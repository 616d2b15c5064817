// @ts-check
/**
 * The list of runs, live. Where the user sees the top of the list, it follows by itself. Where the list is scrolled, its
 * lines change in place, and a button says how many new runs there are and inserts them.
 */

import { announce } from "./announce.js";
import { tell } from "./connection.js";
import { partNames, Parts } from "./parts.js";
import { LiveSocket } from "./socket.js";
import { showTimes } from "./times.js";

/** @typedef {{counts: {status: Record<string, number>, attention: Record<string, number>}, runs: Record<string, number>, more: boolean}} Board */

const AT_MOST_EVERY = 1_500;
/** Pixels that the page may be scrolled while new lines are still inserted by themselves. */
const NEAR_TOP = 80;

const page = /** @type {HTMLElement} */ (document.getElementById("board"));
const button = /** @type {HTMLButtonElement} */ (document.getElementById("newer"));
const names = partNames();

class BoardParts extends Parts {
  /** @type {Element | null} the list of the server, while the user decides when it is shown */
  held = null;

  /**
   * @param {string} name
   * @param {Element | null} fresh
   */
  swap(name, fresh) {
    if (name !== "list" || !fresh || !busy()) return super.swap(name, fresh);
    const part = this.find(name);
    const lines = /** @type {NodeListOf<HTMLElement>} */ (fresh.querySelectorAll("tr[data-run]"));
    const strangers = part ? [...lines].filter((line) => !shown.has(line.dataset.run ?? "")) : [];
    const held = /** @type {Element} */ (fresh.cloneNode(true));
    if (part) replaceLines(part, lines);
    this.held = held;
    button.hidden = !strangers.length;
    if (!strangers.length) return;
    const words = `${strangers.length} new run${strangers.length === 1 ? "" : "s"}`;
    if (button.textContent !== words) announce("new", words);
    button.textContent = words;
  }

  /** Show the list that was held back. */
  release() {
    button.hidden = true;
    const held = this.held;
    this.held = null;
    if (held) super.swap("list", held);
  }
}

const parts = new BoardParts(location.pathname, dress, AT_MOST_EVERY);
const socket = new LiveSocket(() => page.dataset.socket ?? "", receive, tell, () => parts.ask(names));
/** @type {Map<string, number>} by run that is shown, its latest journal entry */
let shown = rows();
/** @type {Board["counts"] | null} */
let counts = null;

document.documentElement.classList.add("scripted");
button.addEventListener("click", () => {
  parts.release();
  scrollTo({ top: 0 });
  /** @type {HTMLElement | null} */ (document.querySelector("tr[data-run] a"))?.focus({ preventScroll: true });
});
document.addEventListener("change", ({ target }) => {
  if (target === all()) for (const box of boxes()) box.checked = /** @type {HTMLInputElement} */ (target).checked;
  countSelected();
});
document.addEventListener("click", closeMenus);
document.addEventListener("keydown", (event) => event.key === "Escape" && closeMenus(event));
countSelected();
socket.connect();

/** Say whether new lines would move what the user looks at. */
function busy() {
  return window.scrollY > NEAR_TOP;
}

function rows() {
  const found = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("tr[data-run]"));
  return new Map([...found].map((row) => [row.dataset.run ?? "", Number(row.dataset.seq)]));
}

/**
 * Replace the lines of the runs that are shown, where they are.
 * @param {HTMLElement} part
 * @param {Iterable<HTMLElement>} lines
 */
function replaceLines(part, lines) {
  for (const line of lines) {
    const old = /** @type {HTMLElement | null} */ (part.querySelector(`tr[data-run="${line.dataset.run}"]`));
    if (!old || old.dataset.seq === line.dataset.seq) continue;
    const focused = old.contains(document.activeElement);
    const box = /** @type {HTMLInputElement | null} */ (old.querySelector("input:checked"));
    const fresh = /** @type {HTMLInputElement | null} */ (line.querySelector("input"));
    if (box && fresh) fresh.checked = true;
    line.classList.add("changed");
    old.replaceWith(line);
    showTimes(line);
    if (focused) line.querySelector("a")?.focus({ preventScroll: true });
  }
  shown = rows();
}

/** @param {any} frame */
function receive(frame) {
  if (frame.type !== "board") return;
  if (counts === null) follow();
  const changed = Object.entries(/** @type {Board} */ (frame).runs).some(([run, seq]) => seq > (shown.get(run) ?? Infinity));
  const moved = counts === null || JSON.stringify(counts) !== JSON.stringify(frame.counts);
  if (counts && moved) tellAttention(counts.attention, frame.counts.attention);
  counts = frame.counts;
  document.dispatchEvent(new CustomEvent("sagaflow:attention", { detail: needing(frame.counts.attention) }));
  if (changed || frame.more || (moved && !new URLSearchParams(location.search).has("cursor"))) parts.age(names);
}

/**
 * The number of runs that need attention. A run that is only tried again does not.
 * @param {Record<string, number>} reasons
 */
function needing(reasons) {
  return Object.entries(reasons).reduce((sum, [reason, count]) => sum + (reason === "retrying" ? 0 : count), 0);
}

/** Ask the heartbeat to look after the runs that are shown. */
function follow() {
  socket.send({ type: "show", runs: [...shown.keys()].slice(0, 200) });
}

/** @param {HTMLElement} part */
function dress(part) {
  showTimes(part);
  if (part.dataset.part !== "list") return;
  const before = shown;
  shown = rows();
  for (const row of /** @type {NodeListOf<HTMLElement>} */ (part.querySelectorAll("tr[data-run]"))) {
    row.classList.toggle("changed", Number(row.dataset.seq) !== before.get(row.dataset.run ?? ""));
  }
  button.hidden = true;
  countSelected();
  follow();
}

/** The box at the top that selects every run of the page, for those who may repair runs. */
function all() {
  return /** @type {HTMLInputElement | null} */ (document.getElementById("all-runs"));
}

/** @param {string} [which] */
function boxes(which = "") {
  return /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll(`input[name=run]${which}`));
}

/** Say on the button of the bulk bar how many runs it would repair. */
function countSelected() {
  const [count, most] = [boxes(":checked").length, boxes().length];
  const whole = all();
  if (whole) [whole.checked, whole.indeterminate] = [count > 0 && count === most, count > 0 && count < most];
  const submit = document.querySelector(".bulk .selected");
  if (submit) submit.textContent = count ? `Repair ${count} selected run${count === 1 ? "" : "s"}…` : "Repair selected runs…";
}

/** @param {Event} event */
function closeMenus(event) {
  for (const menu of /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll(".start-menu[open]"))) {
    const inside = event.target instanceof Node && menu.contains(event.target);
    if (event.type === "click" && inside) continue;
    menu.open = false;
    if (inside) menu.querySelector("summary")?.focus();
  }
}

/**
 * @param {Record<string, number>} before
 * @param {Record<string, number>} now
 */
function tellAttention(before, now) {
  for (const [reason, count] of Object.entries(now)) {
    if (count > (before[reason] ?? 0)) announce(reason, `${count} run${count === 1 ? " is" : "s are"} ${reason.replaceAll("_", " ")}`);
  }
}
