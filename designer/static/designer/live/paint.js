// @ts-check
/** Puts paint on the flowchart: classes, mark, label and note per element. Nothing moves. */

import { localised } from "./times.js";

const PAINT = /^sf-(is-.*|idle|taken|missing)$/;

const SMALLEST = 9.5;
const PADDING = 6;

/** @type {Map<string, [string, string, string, string]>} */
const known = new Map();

/** @param {Record<string, [string, string, string, string]>} paint what changed, by element id */
export function paint(paint) {
  for (const [id, look] of Object.entries(paint)) {
    known.set(id, look);
    put(id, look);
  }
}

/** The drawing was replaced: paint all of it. */
export function repaint() {
  for (const [id, look] of known) put(id, look);
}

/** Another set of segments is folded: what was known of folded elements no longer holds. */
export function forget() {
  known.clear();
}

/**
 * @param {string} id
 * @param {[string, string, string, string]} look
 */
function put(id, [classes, mark, label, note]) {
  const element = document.getElementById(id);
  if (!(element instanceof SVGElement)) return;
  element.classList.remove(...[...element.classList].filter((name) => PAINT.test(name)));
  if (classes) element.classList.add(...classes.split(" "));
  for (const shape of element.querySelectorAll("[opacity]")) shape.removeAttribute("opacity");
  if (label) say(element, label);
  const badge = element.querySelector(".sf-mark");
  if (badge && badge.textContent !== mark) badge.textContent = mark;
  const sub = /** @type {SVGElement | null} */ (element.querySelector(".sf-sub"));
  if (sub && element.classList.contains("sf-node")) {
    sub.dataset.sub ??= sub.textContent ?? "";
    const text = note ? localised(note) : sub.dataset.sub;
    if (sub.textContent !== text) sub.textContent = text;
    fit(/** @type {SVGTextElement} */ (sub), element, text);
  }
}

/**
 * Boxes are as wide as the definition needs; what a run has to say about a step may be longer. It is set smaller then,
 * and cut where that is not enough: all of it stands in the panel of the step and in the label.
 * @param {SVGTextElement} sub
 * @param {SVGElement} element
 * @param {string} text
 */
function fit(sub, element, text) {
  const shape = /** @type {SVGGraphicsElement | null} */ (element.querySelector("path, polygon"));
  sub.style.fontSize = "";
  const room = (shape?.getBBox().width ?? 0) - PADDING;
  if (room <= 0 || sub.getComputedTextLength() <= room) return;
  const size = Number.parseFloat(getComputedStyle(sub).fontSize);
  sub.style.fontSize = `${Math.max(SMALLEST, (size * room) / sub.getComputedTextLength())}px`;
  for (let end = text.length - 1; end > 0 && sub.getComputedTextLength() > room; end--) {
    sub.textContent = `${text.slice(0, end).trimEnd()}…`;
  }
}

/**
 * @param {SVGElement} element
 * @param {string} label
 */
function say(element, label) {
  if (element.hasAttribute("aria-label")) element.setAttribute("aria-label", label);
  const title = [...element.children].find((child) => child.localName === "title");
  if (title && title.textContent !== label) title.textContent = label;
}
