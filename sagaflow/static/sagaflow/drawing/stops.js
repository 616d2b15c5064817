// @ts-check
/** The nodes of one drawing. Those that can have the focus are one tab stop together (roving tabindex). */

import { boxOf } from "./overlays.js";

export class Stops {
  /** @param {SVGSVGElement} svg @param {string} [element] the one that has the tab stop */
  constructor(svg, element = "") {
    this.svg = svg;
    /** @type {SVGGElement[]} */
    this.nodes = [...svg.querySelectorAll("g.sf-node")].filter((node) => node instanceof SVGGElement);
    this.all = this.nodes.filter((node) => node.hasAttribute("tabindex"));
    /** @type {SVGGElement[] | null} */
    this.ordered = null;
    this.sideways = svg.getAttribute("data-direction") === "LR";
    for (const stop of this.all) stop.setAttribute("tabindex", "-1");
    /** @type {Element | null} */
    this.current = null;
    this.moveTo(this.all.find((stop) => stop.getAttribute("data-element") === element) ?? this.inOrder()[0] ?? null);
  }

  /** @param {Element | null} node has the tab stop from now on */
  moveTo(node) {
    if (!node || !this.all.includes(/** @type {SVGGElement} */ (node))) return;
    this.current?.setAttribute("tabindex", "-1");
    node.setAttribute("tabindex", "0");
    this.current = node;
  }

  /**
   * The first one that is still there keeps its place when the drawing is replaced.
   * @param {Viewport} viewport @returns {{ node: Element, place: Point, far: number }[]}
   */
  anchors(viewport) {
    const { width, height } = viewport.size;
    const found = this.nodes.map((node) => {
      const place = viewport.placeOf(node);
      const isSeen = place.x > 0 && place.x < width && place.y > 0 && place.y < height;
      const isMeant = node === document.activeElement || (isSeen && node.matches(".sf-selected"));
      return { node, place, far: isMeant ? -1 : Math.hypot(place.x - width / 2, place.y - height / 2) };
    });
    return found.sort((one, two) => one.far - two.far);
  }

  /** @param {Element} other a node of an earlier drawing @returns {Element | null} the one that shows the same here */
  standsFor(other) {
    const [element, step] = [other.getAttribute("data-element"), other.getAttribute("data-step")];
    const segment = other.getAttribute("data-segment");
    return (
      this.nodes.find((node) => node.getAttribute("data-element") === element) ??
      this.nodes.find((node) => step !== null && node.getAttribute("data-step") === step) ??
      (segment && this.svg.querySelector(`.sf-segment[data-segment="${CSS.escape(segment)}"]`)) ??
      this.svg.querySelector(`.sf-node[data-segment="${CSS.escape(other.getAttribute("data-in") ?? "")}"]`)
    ) || null;
  }

  /** @returns {SVGGElement[]} in reading order */
  inOrder() {
    const key = this.sideways ? "x" : "y";
    this.ordered ??= this.all
      .map((stop) => ({ stop, at: middleOf(stop) }))
      .sort((one, two) => one.at[key] - two.at[key] || one.at.x - two.at.x || one.at.y - two.at.y)
      .map(({ stop }) => stop);
    return this.ordered;
  }
}

/** @param {Element} node @returns {Point} in the drawing */
export function middleOf(node) {
  const { x, y, width, height } = boxOf(node);
  return { x: x + width / 2, y: y + height / 2 };
}
