// @ts-check
/** Rename on the drawing: a field over the title. The name follows with every reference if it was made from the title. */

import { slug } from "./palette.js";
import { ask } from "./quick_add.js";
import { drawnOf, elementAt, findElement, humanize, stepsOf, titleOf } from "./state.js";

/** @param {Canvas} canvas @param {HTMLElement} room @param {() => void} closed */
export function rename(canvas, room, closed) {
  const { path, session } = canvas;
  const now = titleOf(path, session.state.document);
  const done = (/** @type {unknown} */ _, /** @type {string} */ typed) => {
    const operation = typed === now ? null : renaming(path, typed, session.state.document);
    if (operation) session.send(operation);
  };
  ask({ room, label: `New name of ${now}`, value: now, done, closed, over: shown(canvas) });
}

/** @param {Canvas} canvas @returns {Element | null} the title of the selected element on the drawing */
function shown({ path, svg, drawing }) {
  const parts = path.split("/");
  if (path === "saga" || !svg) return null;
  if (parts.length !== 2 || parts[0] !== "segments") return findElement(svg, drawnOf(path));
  return drawing.querySelector(`.sf-segment[data-segment="${CSS.escape(parts[1])}"] text`);
}

/** @param {string} path @param {string} typed the new title @param {any} document @returns {Operation | null} */
export function renaming(path, typed, document) {
  const element = elementAt(path, document);
  if (!element) return null;
  const old = titleOf(path, document);
  const follows = path !== "saga" && /[a-z]/i.test(typed.normalize("NFKD")) && slug(old) === element.name;
  const name = follows && slug(typed) !== element.name ? free(slug(typed), path, document) : element.name;
  const to = path === "saga" ? path : `${path.slice(0, path.lastIndexOf("/"))}/${name}`;
  const title = humanize(name) === typed ? null : typed;
  /** @type {Operation[]} */
  const operations = [];
  if (name !== element.name) operations.push({ kind: "rename", element: path, name });
  if (title !== (element.title ?? null)) operations.push({ kind: "set-field", element: to, field: "title", value: title });
  if (operations.length < 2) return operations[0] ?? null;
  return { kind: "together", operations, said: `Renamed ${old} to ${typed}.` };
}

/** @param {string} name @param {string} path @param {any} document @returns {string} with a number if another element has it */
function free(name, path, document) {
  const [sort] = path.split("/").slice(-2);
  const there = sort === "steps" ? stepsOf(document).map(({ step }) => step) : document[sort] ?? [];
  const taken = new Set(there.map((/** @type {any} */ each) => each?.name));
  let made = name;
  for (let number = 2; taken.has(made); number++) made = `${name}_${number}`;
  return made;
}
