// @ts-check
/**
 * JSON as a folded tree. A large value comes in pieces: what is not here yet is asked for when it is opened, or by "more".
 */

/**
 * @typedef {{kind?: string, size?: number, items?: [string | number, Piece][], text?: string, next?: number, whole?: any}} Piece
 * a part of a value, as the server gives it; `whole`: the value itself
 */
/** @typedef {(pointer: string, from: number) => Promise<Piece>} Ask */

/** A value with no more items is open at first. */
const OPEN_UP_TO = 12;
/** What stands for a value that this user may not see, and why: as `designer/templatetags/pages.py` writes it. */
const MASK = "•••";
const MASKED = "masked, because the saga calls this field sensitive";

/**
 * @param {any} value
 * @returns {Piece}
 */
export function pieceOf(value) {
  if (value === null || typeof value !== "object") return { whole: value };
  const items = /** @type {[string | number, Piece][]} */ (
    (Array.isArray(value) ? value.map((item, at) => [at, item]) : Object.entries(value)).map(([key, item]) => [key, { whole: item }])
  );
  return { kind: Array.isArray(value) ? "array" : "object", size: items.length, items };
}

/**
 * @param {Piece} piece
 * @param {Ask} ask
 */
export function treeOf(piece, ask) {
  const root = document.createElement("ul");
  root.className = "json-tree";
  root.append(line(null, piece, "", "$", ask, true));
  return root;
}

/**
 * @param {string | number | null} key
 * @param {Piece} found
 * @param {string} pointer
 * @param {string} path
 * @param {Ask} ask
 * @param {boolean} [open]
 * @returns {HTMLElement}
 */
function line(key, found, pointer, path, ask, open = false) {
  const piece = "whole" in found ? pieceOf(found.whole) : found;
  const item = element("li");
  item.dataset.pointer = pointer;
  item.dataset.path = path;
  const isTree = piece.kind === "object" || piece.kind === "array";
  if (!isTree) {
    item.append(...label(key), leaf(piece, pointer, ask), tools());
    return item;
  }
  const fold = document.createElement("details");
  const summary = element("summary");
  const [left, right] = piece.kind === "array" ? "[]" : "{}";
  summary.append(...label(key), element("span", "json-count", `${left}${piece.size ? ` ${piece.size} ` : ""}${right}`));
  const list = element("ul");
  fold.append(summary, list);
  fold.addEventListener("toggle", () => fold.open && !list.childElementCount && fill(list, piece, pointer, path, ask));
  if (open && (piece.size ?? 0) <= OPEN_UP_TO) {
    fill(list, piece, pointer, path, ask);
    fold.open = true;
  }
  item.append(fold, tools());
  return item;
}

/**
 * @param {HTMLElement} list
 * @param {Piece} piece
 * @param {string} pointer
 * @param {string} path
 * @param {Ask} ask
 */
async function fill(list, piece, pointer, path, ask) {
  const whole = piece.items ? piece : await ask(pointer, 0);
  list.append(...(whole.items ?? []).map(([key, item]) => line(key, item, `${pointer}/${escaped(key)}`, `${path}${step(key)}`, ask)));
  if (whole.next === undefined) return;
  const more = element("button", "small quiet", `More: ${whole.next} of ${whole.size} are shown`);
  more.addEventListener("click", async () => {
    const next = await ask(pointer, whole.next ?? 0);
    more.parentElement?.remove();
    await fill(list, next, pointer, path, ask);
  });
  const item = element("li");
  item.append(more);
  list.append(item);
}

/**
 * @param {Piece} piece
 * @param {string} pointer
 * @param {Ask} ask
 */
function leaf(piece, pointer, ask) {
  if (piece.kind !== "text") {
    const { whole } = piece;
    const text = element("span", `json-value is-${whole === null ? "null" : typeof whole}`, JSON.stringify(whole));
    if (typeof whole === "string" && whole.includes(MASK)) text.title = MASKED;
    text.tabIndex = 0; // the keyboard reaches the tools of its line
    return text;
  }
  const box = element("span", "json-value is-string", piece.text ?? "");
  let shown = (piece.text ?? "").length;
  box.tabIndex = 0;
  const more = element("button", "small quiet", "");
  const tell = () => (more.textContent = `… ${shown} of ${piece.size} characters`);
  tell();
  more.addEventListener("click", async () => {
    const next = await ask(pointer, shown);
    more.before(document.createTextNode(next.text ?? ""));
    shown += (next.text ?? "").length;
    if (shown >= (piece.size ?? 0)) more.remove();
    else tell();
  });
  if (shown < (piece.size ?? 0)) box.append(more);
  return box;
}

/** @param {string | number | null} key */
function label(key) {
  return key === null ? [] : [element("span", "json-key", typeof key === "number" ? String(key) : key), document.createTextNode(": ")];
}

function tools() {
  const box = element("span", "json-tools");
  for (const [does, words] of [["value", "Copy value"], ["path", "Copy path"]]) {
    const button = element("button", "small quiet", words);
    button.setAttribute("type", "button");
    button.dataset.json = does;
    box.append(button);
  }
  return box;
}

/** @param {string | number} key */
function escaped(key) {
  return String(key).replaceAll("~", "~0").replaceAll("/", "~1");
}

/** @param {string | number} key */
function step(key) {
  if (typeof key === "number") return `[${key}]`;
  return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/**
 * @param {string} name
 * @param {string} [className]
 * @param {string} [text]
 */
function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
