// @ts-check
/**
 * Steps on the clipboard of the system, as readable YAML. The browser's own copy, cut and paste events
 * need no permission, so the keys use those; the menu asks the browser for its clipboard.
 */

import { write } from "../live/copying.js";
import { stepsOf } from "./state.js";

const ELSEWHERE = "input, textarea, select, [contenteditable], dialog, #design-code, #design-outline";
const REFUSED = "The browser does not let this page read the clipboard. Select where the steps go, and press Ctrl V (⌘V on a Mac).";

export class Clipboard {
  /**
   * @param {Session} session @param {import("./selection.js").Selection} selection
   * @param {(words: string) => void} tell
   */
  constructor(session, selection, tell) {
    this.session = session;
    this.selection = selection;
    this.tell = tell;
    document.addEventListener("copy", (event) => this.take(event, false));
    document.addEventListener("cut", (event) => this.take(event, true));
    document.addEventListener("paste", (event) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (isElsewhere(event)) return;
      event.preventDefault();
      this.put(text);
    });
  }

  /** @param {ClipboardEvent} event @param {boolean} cut */
  take(event, cut) {
    const { names } = this.selection;
    if (isElsewhere(event) || !names.length || !event.clipboardData || String(getSelection())) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", yamlOf(this.session.state.document, names));
    this.taken(names, cut);
  }

  /** From the menu. @param {boolean} cut */
  async copy(cut) {
    const { names } = this.selection;
    if (await write(yamlOf(this.session.state.document, names))) this.taken(names, cut);
    else this.tell("The browser does not let this page copy. Press Ctrl C (⌘C on a Mac) instead; nothing was changed.");
  }

  /** @param {string[]} names @param {boolean} cut */
  taken(names, cut) {
    if (cut) this.session.send({ kind: "delete-steps", steps: names });
    else this.tell(`Copied ${names.length === 1 ? this.selection.titleOf(names[0]) : `${names.length} steps`}.`);
  }

  /** From the menu. */
  async paste() {
    try {
      this.put(await navigator.clipboard.readText());
    } catch {
      this.tell(REFUSED);
    }
  }

  /** @param {string} text */
  put(text) {
    if (!text.trim()) return this.tell("The clipboard has no text; copy a step first.");
    const { names } = this.selection;
    const element = names.length ? this.selection.pathOf(names[names.length - 1]) : this.selection.canvas.path;
    this.session.send({ kind: "paste-steps", text, element });
  }
}

/** @param {Event} event */
function isElsewhere(event) {
  const target = event.target instanceof Element ? event.target : document.body;
  return event.defaultPrevented || Boolean(target.closest(ELSEWHERE)) || Boolean(document.querySelector("dialog[open]"));
}

/**
 * A step that follows the one above it says so by its place alone; when that one is not copied, the name is written.
 * @param {any} document @param {string[]} names @returns {string}
 */
function yamlOf(document, names) {
  const all = stepsOf(document);
  const chosen = all.flatMap(({ segment, step }, index) => {
    if (!names.includes(step.name)) return [];
    const before = all[index - 1];
    const alone = before?.segment === segment && !names.includes(before.step.name) && !step.after && !step.on;
    const { name, ...rest } = step;
    return [alone ? { name, ...rest, after: [before.step.name] } : step];
  });
  return `${block(chosen, "")}\n`;
}

/** @param {any} value @param {string} indent @returns {string} block YAML, without the indent of its first line */
function block(value, indent) {
  const isList = Array.isArray(value);
  if (isList && isFlat(value)) return `[${value.map((one) => scalar(one)).join(", ")}]`;
  if (isList) return value.map((one) => `- ${block(one, `${indent}  `)}`).join(`\n${indent}`);
  if (isScalar(value)) return scalar(value);
  const pairs = Object.entries(value);
  if (!pairs.length) return "{}";
  return pairs.map(([key, one]) => {
    const nests = !isScalar(one) && !(Array.isArray(one) ? isFlat(one) : !Object.keys(one).length);
    return `${scalar(key)}:${nests ? `\n${indent}  ` : " "}${block(one, `${indent}  `)}`;
  }).join(`\n${indent}`);
}

/** @param {any} value */
function isScalar(value) {
  return value === null || typeof value !== "object";
}

/** @param {any[]} list it fits on one line */
function isFlat(list) {
  return list.every(isScalar);
}

/** @param {unknown} value JSON is YAML, so that only plain words go without quotes @returns {string} */
function scalar(value) {
  const isPlain = typeof value === "string" && /^[A-Za-z/][\w./-]*( [\w./-]+)*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value);
  return isPlain ? value : JSON.stringify(value);
}
