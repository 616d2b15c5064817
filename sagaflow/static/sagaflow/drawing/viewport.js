// @ts-check
/**
 * Moves a view over an SVG that was laid out elsewhere: only the transform of the SVG changes, so nothing is laid out
 * again. The pane keeps its view when the drawing or its size changes.
 */

import { centred, fitting, isAllSeen, kept, LARGEST, opening, revealing, zoomed } from "./geometry.js";

const SETTLED = 160;

export class Viewport {
  /**
   * @param {HTMLElement} pane
   * @param {SVGSVGElement} svg
   * @param {() => void} changed called after each change of the view
   */
  constructor(pane, svg, changed) {
    this.pane = pane;
    this.svg = svg;
    this.changed = changed;
    /** @type {View} */
    this.view = { x: 0, y: 0, scale: 1 };
    this.timer = 0;
    this.size = { width: 1, height: 1 };
    this.drawing = { width: 1, height: 1 };
    this.measure();
  }

  /** Read the sizes again: of the pane without the strip of the buttons, and of the drawing at scale 1. */
  measure() {
    const strip = /** @type {HTMLElement | null} */ (this.pane.querySelector(".sd-toolbar"))?.offsetHeight ?? 0;
    this.size = { width: this.pane.clientWidth || 1, height: this.pane.clientHeight - strip || 1 };
    this.drawing = { width: Number(this.svg.getAttribute("width")) || 1, height: Number(this.svg.getAttribute("height")) || 1 };
  }

  /** @returns {number} the smallest text at scale 1 */
  get smallest() {
    const sizes = [...this.svg.querySelectorAll("text[font-size]")].map((text) => Number(text.getAttribute("font-size")));
    return Math.min(...sizes, 16);
  }

  get least() {
    return Math.min(fitting(this.drawing, this.size), 0.25);
  }

  get isAllSeen() {
    return isAllSeen(this.view, this.drawing, this.size);
  }

  /** @param {Element | null} subject what matters: it is in the middle where not all of it can be read at once */
  open(subject) {
    const scale = opening(this.drawing, this.size, this.smallest);
    this.show(centred(subject ? this.boxOf(subject) : { x: 0, y: 0, ...this.drawing }, scale, this.size));
  }

  fit() {
    this.show(centred({ x: 0, y: 0, ...this.drawing }, fitting(this.drawing, this.size), this.size), true);
  }

  /** @param {number} by @param {{ x: number, y: number }} [at] a point of the pane @param {boolean} [glide] */
  zoom(by, at, glide = false) {
    this.zoomTo(this.view.scale * by, at, glide);
  }

  /** @param {number} scale @param {{ x: number, y: number }} [at] @param {boolean} [glide] */
  zoomTo(scale, at = { x: this.size.width / 2, y: this.size.height / 2 }, glide = false) {
    this.show(zoomed(this.view, Math.min(LARGEST, Math.max(this.least, scale)), at), glide);
  }

  /** @param {number} dx @param {number} dy @returns {boolean} whether there was anything left in this direction */
  pan(dx, dy) {
    const before = this.view;
    this.show({ ...before, x: before.x + dx, y: before.y + dy });
    return Math.abs(this.view.x - before.x) + Math.abs(this.view.y - before.y) > 0.5;
  }

  /** @param {Element} element @param {boolean} [glide] */
  centreOn(element, glide = true) {
    this.show(centred(this.boxOf(element), this.view.scale, this.size), glide);
  }

  /** @param {Element} element brought into sight, as little as needed */
  reveal(element) {
    this.show(revealing(this.boxOf(element), this.view, this.size), true);
  }

  /** @param {Element} element @returns {Box} its place in the drawing */
  boxOf(element) {
    const [all, one] = [this.svg.getBoundingClientRect(), element.getBoundingClientRect()];
    const scale = all.width / this.drawing.width || 1; // as it is on screen now: a glide may be under way
    return { x: (one.x - all.x) / scale, y: (one.y - all.y) / scale, width: one.width / scale, height: one.height / scale };
  }

  /** @param {Element} element @returns {{ x: number, y: number }} the middle of it, in the pane */
  placeOf(element) {
    const box = this.boxOf(element);
    const { x, y, scale } = this.view;
    return { x: x + (box.x + box.width / 2) * scale, y: y + (box.y + box.height / 2) * scale };
  }

  /** The pane has another size: what was in the middle stays there, and what was whole stays whole. */
  resized() {
    const [before, whole] = [this.size, this.isAllSeen];
    this.measure();
    if (whole && this.view.scale > fitting(this.drawing, this.size)) this.fit();
    else {
      const [dx, dy] = [(this.size.width - before.width) / 2, (this.size.height - before.height) / 2];
      this.show({ ...this.view, x: this.view.x + dx, y: this.view.y + dy });
    }
  }

  /** @param {View} view @param {boolean} [glide] */
  show(view, glide = false) {
    this.view = kept(view, this.drawing, this.size);
    this.svg.classList.toggle("sd-glides", glide);
    this.svg.classList.toggle("sd-moves", !glide);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.svg.classList.remove("sd-moves", "sd-glides"), SETTLED + (glide ? 100 : 0));
    const { x, y, scale } = this.view;
    this.svg.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    this.changed();
  }
}
