// @ts-check
/** The draft as the server reports it, and the way from a path of the core to an element of the drawing and back. */

/** @param {any} document @returns {{ segment: any, step: any }[]} every step with its segment, in order */
export function stepsOf(document) {
  const segments = Array.isArray(document?.segments) ? document.segments : [];
  return segments.flatMap((/** @type {any} */ segment) =>
    Array.isArray(segment?.steps) ? segment.steps.map((/** @type {any} */ step) => ({ segment, step })) : []);
}

/** @param {string} path @returns {string} the element of the drawing */
export function drawnOf(path) {
  const parts = path.split("/");
  if (parts.length === 4) return `step/${parts[3]}`;
  if (parts[0] === "segments") return `segment/${parts[1]}`;
  return parts[0] === "observers" ? `observer/${parts[1]}` : "";
}

/** @param {string} drawn @param {any} document @returns {string} the path; empty: nothing that can be edited */
export function pathOf(drawn, document) {
  const [sort, ...rest] = drawn.split("/");
  const name = rest.join("/");
  if (sort === "segment" || sort === "savepoint") return `segments/${name}`;
  if (sort === "observer") return `observers/${name}`;
  if (name.startsWith("empty:")) return `segments/${name.slice(6)}`;
  const found = stepsOf(document).find(({ step }) => step.name === name);
  return found ? `segments/${found.segment.name}/steps/${name}` : "";
}

/** @param {string} path @param {any} document @returns {any} the element; nothing if it is gone */
export function elementAt(path, document) {
  const parts = path.split("/");
  if (path === "saga") return document;
  if (parts[0] === "observers") return document.observers?.find((/** @type {any} */ one) => one.name === parts[1]);
  if (parts.length === 2) return document.segments?.find((/** @type {any} */ one) => one.name === parts[1]);
  return stepsOf(document).find(({ segment, step }) => segment.name === parts[1] && step.name === parts[3])?.step;
}

/** @param {string} path @returns {string} the name of its step; empty: it is not a step */
export function stepOf(path) {
  const parts = path.split("/");
  return parts.length === 4 ? parts[3] : "";
}

/** @param {string} path @returns {string} the name of its segment */
export function segmentOf(path) {
  const parts = path.split("/");
  return parts[0] === "segments" ? parts[1] : "";
}

/** @param {string} name @returns {string} `take_payment` → `Take payment` */
export function humanize(name) {
  const words = name.replace(/[_\-.]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** @param {any} segment @returns {string} the style that it does not have */
export const otherStyle = (segment) => (segment?.style === "choreographed" ? "orchestrated" : "choreographed");

/** @param {string} path @param {any} document @returns {string} what people call the element */
export function titleOf(path, document) {
  const element = elementAt(path, document);
  return element?.title || humanize(element?.name ?? path.split("/").pop() ?? "");
}

/**
 * @param {any} template of an operation
 * @param {Record<string, any>} values for the words that begin with `$`; an array takes the place of its word in a list
 * @returns {any}
 */
export function filled(template, values) {
  if (typeof template === "string") return template in values ? values[template] : template;
  if (Array.isArray(template)) {
    return template.flatMap((item) => {
      const made = filled(item, values);
      return typeof item === "string" && item in values && Array.isArray(made) ? made : [made];
    });
  }
  if (!template || typeof template !== "object") return template;
  return Object.fromEntries(Object.entries(template).map(([key, item]) => [key, filled(item, values)]));
}

/**
 * @param {Element | null} svg
 * @param {string} id an element of the drawing: `step/pay`
 * @returns {SVGGElement | null}
 */
export function findElement(svg, id) {
  return svg?.querySelector(`[data-element="${CSS.escape(id)}"]`) ?? null;
}

/** @param {Record<string, string>} attributes @param {(event: Event) => unknown} run @param {(Node | string)[]} children */
export function button(attributes, run, ...children) {
  const made = make("button", { type: "button", class: "quiet small", ...attributes }, ...children);
  made.addEventListener("click", run);
  return made;
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Record<string, string>} [attributes] @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
