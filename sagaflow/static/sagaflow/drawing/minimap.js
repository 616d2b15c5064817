// @ts-check
/** The whole drawing in small, while it is larger than its pane: the nodes in their colours, and the part that is seen. */

import { boxOf } from "./overlays.js";

const SVG = "http://www.w3.org/2000/svg";
const LARGEST = { width: 150, height: 190 };
/** Pixels: in a narrower pane the map would take too much of it. */
const NARROW = 480;
/** Pixels between the map and its pane; around the nodes of a drawing are more. */
const EDGE = 10;
const STILL = 250;

export class Minimap {
  /** @param {Viewport} viewport @param {() => void} moved called when the user moved the view */
  constructor(viewport, moved) {
    this.viewport = viewport;
    this.map = document.createElementNS(SVG, "svg");
    this.map.setAttribute("class", "sd-map sd-control");
    this.map.setAttribute("aria-hidden", "true");
    this.seen = document.createElementNS(SVG, "rect");
    this.seen.setAttribute("class", "sd-seen");
    /** @type {[Element, SVGRectElement][]} */
    this.dots = [];
    this.scale = 1;
    this.timer = 0;
    this.at = -1;
    const go = (/** @type {PointerEvent} */ event) => {
      if (!event.buttons) return;
      const box = this.map.getBoundingClientRect();
      const { size, view } = this.viewport;
      const [x, y] = [(event.clientX - box.x) / this.scale, (event.clientY - box.y) / this.scale];
      this.viewport.show({ ...view, x: size.width / 2 - x * view.scale, y: size.height / 2 - y * view.scale });
      moved();
    };
    this.map.addEventListener("pointerdown", (event) => {
      this.map.setPointerCapture(event.pointerId);
      go(event);
    });
    this.map.addEventListener("pointermove", go);
  }

  /** Draw the nodes again: the drawing was replaced. */
  redraw() {
    const { drawing } = this.viewport;
    this.scale = Math.min(LARGEST.width / drawing.width, LARGEST.height / drawing.height);
    this.map.setAttribute("viewBox", `0 0 ${drawing.width} ${drawing.height}`);
    this.map.setAttribute("width", `${drawing.width * this.scale}`);
    this.map.setAttribute("height", `${drawing.height * this.scale}`);
    requestAnimationFrame(() => requestAnimationFrame(() => this.fill())); // when the drawing itself is painted
  }

  fill() {
    const { svg } = this.viewport;
    const canvas = svg.querySelector(".sf-canvas");
    const at = /translate\((-?[\d.]+)[ ,]+(-?[\d.]+)\)/.exec(canvas?.getAttribute("transform") ?? "");
    const nodes = document.createElementNS(SVG, "g");
    if (at) nodes.setAttribute("transform", at[0]);
    this.dots = [...svg.querySelectorAll("g.sf-node")].map((node) => [node, dot(/** @type {SVGGElement} */ (node))]);
    nodes.append(...this.dots.map(([, rect]) => rect));
    this.map.replaceChildren(nodes, this.seen);
    this.painted();
  }

  /** The nodes have other colours. */
  painted() {
    for (const [node, rect] of this.dots) {
      rect.style.fill = getComputedStyle(node).getPropertyValue("--sf-rim") || "currentColor";
    }
  }

  /** The view moved. */
  update() {
    const { view, size, drawing } = this.viewport;
    const [left, top] = [Math.max(0, -view.x / view.scale), Math.max(0, -view.y / view.scale)];
    const [right, bottom] = [(size.width - view.x) / view.scale, (size.height - view.y) / view.scale];
    const whole = Math.max(left, top, drawing.width - right, drawing.height - bottom) <= EDGE;
    const hidden = whole || this.viewport.isAllSeen || size.width < NARROW;
    this.map.classList.toggle("sd-off", hidden);
    if (hidden) return;
    const box = { x: left, y: top, width: Math.min(right, drawing.width) - left, height: Math.min(bottom, drawing.height) - top };
    for (const [key, value] of Object.entries(box)) this.seen.setAttribute(key, `${Math.max(0, value)}`);
    clearTimeout(this.timer);
    if (this.at >= 0) this.timer = setTimeout(() => this.place(), STILL);
    else this.place();
  }

  /** Stand in the corner where the map hides least of the drawing; it stays where it is while another is no better. */
  place() {
    const { size, drawing, svg, pane } = this.viewport;
    const [width, height] = [drawing.width * this.scale, drawing.height * this.scale];
    const [right, bottom] = [size.width - width - EDGE, size.height - height - EDGE];
    const origin = pane.getBoundingClientRect();
    const shown = [...svg.querySelectorAll(".sf-node, .sf-edge text")].map((one) => one.getBoundingClientRect());
    const hides = (/** @type {Point} */ { x, y }) => shown.filter((box) =>
      box.right > origin.x + x && box.x < origin.x + x + width && box.bottom > origin.y + y && box.y < origin.y + y + height).length;
    const corners = [{ x: right, y: bottom }, { x: right, y: EDGE }, { x: EDGE, y: bottom }, { x: EDGE, y: EDGE }];
    const found = corners.map((corner, at) => ({ corner, at, hidden: hides(corner) - (at === this.at ? 0.5 : 0) }))
      .reduce((best, one) => (one.hidden < best.hidden ? one : best));
    this.at = found.at;
    this.map.style.transform = `translate(${found.corner.x}px, ${found.corner.y}px)`; // a transform shifts no layout
  }
}

/** @param {SVGGElement} node */
function dot(node) {
  const rect = document.createElementNS(SVG, "rect");
  const { x, y, width, height } = boxOf(node);
  for (const [key, value] of Object.entries({ x, y, width, height, rx: 6 })) rect.setAttribute(key, `${value}`);
  return rect;
}
