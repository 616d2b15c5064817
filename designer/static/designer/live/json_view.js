// @ts-check
/**
 * The viewer of a JSON value (`data-of`): a folded tree with search, wrap, raw, copy and download. `json_seen.js`
 * loads this module when a value is seen; the text that the server wrote stays as the raw form.
 */

import { copy } from "./copying.js";
import { pieceOf, treeOf } from "./json_tree.js";

const WRAP = "sagaflow.json.wrap";

/**
 * @param {HTMLElement} box
 * @param {string} address
 */
export async function make(box, address) {
  if (box.dataset.made !== undefined) return;
  box.dataset.made = "";
  const raw = /** @type {HTMLElement} */ (box.querySelector("pre"));
  const of = encodeURIComponent(box.dataset.of ?? "");
  /** @type {import("./json_tree.js").Ask} */
  const ask = async (pointer, from) => {
    const answer = await fetch(`${address}?of=${of}&at=${encodeURIComponent(pointer)}&from=${from}`);
    if (!answer.ok) throw new Error(`${answer.status}`);
    return answer.json();
  };
  const cut = box.dataset.cut !== undefined;
  let first;
  try {
    if (box.dataset.later !== undefined) await fill(box, raw, `${address}?of=${of}&whole=1`);
    first = cut ? await ask("", 0) : pieceOf(JSON.parse(raw.textContent ?? "null"));
  } catch {
    return; // the text of the server stays
  }
  const tree = treeOf(first, ask);
  const whole = `${address}?of=${of}&whole=1`;
  const bar = toolbar(box, whole);
  box.prepend(bar);
  raw.before(tree);
  box.classList.add("is-tree");
  if (localStorage.getItem(WRAP) === "off") box.classList.add("no-wrap");
  tree.addEventListener("click", (event) => copied(/** @type {Element} */ (event.target), whole));
}

/**
 * The text of a value that the server left out, because the page has many.
 * @param {HTMLElement} box
 * @param {HTMLElement} raw
 * @param {string} whole
 */
async function fill(box, raw, whole) {
  const answer = await fetch(whole);
  if (!answer.ok) throw new Error(`${answer.status}`);
  raw.textContent = await answer.text();
  box.querySelector(":scope > a")?.remove();
}

/**
 * @param {HTMLElement} box
 * @param {string} whole
 */
function toolbar(box, whole) {
  const bar = document.createElement("div");
  bar.className = "json-bar";
  const search = document.createElement("input");
  search.type = "search";
  search.placeholder = "Search";
  search.setAttribute("aria-label", "Search in the value");
  const found = document.createElement("span");
  found.className = "muted";
  found.setAttribute("role", "status");
  search.addEventListener("input", () => (found.textContent = find(box, search.value)));
  const wrap = button("Wrap", localStorage.getItem(WRAP) !== "off", (on) => {
    localStorage.setItem(WRAP, on ? "on" : "off");
    box.classList.toggle("no-wrap", !on);
  });
  const raw = button("Raw", false, (on) => box.classList.toggle("is-tree", !on));
  const all = document.createElement("button");
  all.type = "button";
  all.className = "small quiet";
  all.textContent = "Copy";
  all.addEventListener("click", async () => copy(all, await (await fetch(whole)).text()));
  const download = document.createElement("a");
  download.className = "button small quiet";
  download.href = whole;
  download.download = "";
  download.textContent = "Download";
  bar.append(search, found, wrap, raw, all, download);
  return bar;
}

/**
 * @param {string} words
 * @param {boolean} on
 * @param {(on: boolean) => void} act
 */
function button(words, on, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "small quiet";
  made.textContent = words;
  made.setAttribute("aria-pressed", String(on));
  made.addEventListener("click", () => {
    const now = made.getAttribute("aria-pressed") !== "true";
    made.setAttribute("aria-pressed", String(now));
    act(now);
  });
  return made;
}

/**
 * Mark the lines that hold the text, and open what is around them.
 * @param {HTMLElement} box
 * @param {string} text
 * @returns {string} what was found, in words
 */
function find(box, text) {
  for (const line of box.querySelectorAll(".is-found")) line.classList.remove("is-found");
  const wanted = text.trim().toLowerCase();
  if (!wanted) return "";
  openAll(box);
  const all = [...box.querySelectorAll(".json-key, .json-value")];
  const found = all.filter((part) => part.textContent?.toLowerCase().includes(wanted));
  for (const part of found) part.classList.add("is-found");
  found[0]?.scrollIntoView({ block: "nearest" });
  const where = box.dataset.cut === undefined ? "" : " in what is loaded";
  return `${found.length || "None"}${where}`;
}

/** @param {HTMLElement} box folds of a large value that are not loaded stay closed */
function openAll(box) {
  if (box.dataset.cut !== undefined) return;
  for (let closed = [...box.querySelectorAll("details:not([open])")]; closed.length; ) {
    for (const fold of closed) {
      /** @type {HTMLDetailsElement} */ (fold).open = true;
      fold.dispatchEvent(new Event("toggle"));
    }
    closed = [...box.querySelectorAll("details:not([open])")];
  }
}

/**
 * @param {Element} target
 * @param {string} whole
 */
async function copied(target, whole) {
  const does = target.getAttribute("data-json");
  const line = /** @type {HTMLElement | null} */ (target.closest("li"));
  if (!does || !line) return;
  if (does === "path") return copy(/** @type {HTMLElement} */ (target), line.dataset.path ?? "");
  const value = (line.dataset.pointer ?? "").split("/").slice(1).reduce(inner, await (await fetch(whole)).json());
  return copy(/** @type {HTMLElement} */ (target), typeof value === "string" ? value : JSON.stringify(value, null, 2));
}

/**
 * @param {any} value
 * @param {string} token of a JSON pointer
 */
function inner(value, token) {
  return value?.[token.replaceAll("~1", "/").replaceAll("~0", "~")];
}
