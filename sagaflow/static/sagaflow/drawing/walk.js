// @ts-check
/**
 * The way of the keyboard through the drawing: along the edges to the next and the previous step, sideways to the other
 * branches, over to the compensation and back. All nodes together are one tab stop (roving tabindex).
 */

import { boxOf } from "./overlays.js";

/** @typedef {{ x: number, y: number }} Point */

const ALONG = ["command", "event", "end", "savepoint", "observer"];

export class Walk {
  /** @param {SVGSVGElement} svg @param {string} [element] the one that has the tab stop */
  constructor(svg, element = "") {
    this.svg = svg;
    /** @type {SVGGElement[]} */
    this.nodes = [...svg.querySelectorAll("g.sf-node")].filter((node) => node instanceof SVGGElement);
    this.stops = this.nodes.filter((node) => node.hasAttribute("tabindex"));
    /** @type {SVGGElement[] | null} */
    this.ordered = null;
    this.sideways = svg.getAttribute("data-direction") === "LR";
    /** @type {Map<Element, Element[]>} */
    this.after = new Map();
    /** @type {Map<Element, Element[]>} */
    this.before = new Map();
    this.readEdges();
    for (const stop of this.stops) stop.setAttribute("tabindex", "-1");
    /** @type {Element | null} */
    this.current = null;
    this.moveTo(this.stops.find((stop) => stop.getAttribute("data-element") === element) ?? this.first() ?? null);
  }

  readEdges() {
    const byId = new Map(this.nodes.map((node) => [node.id, node]));
    for (const edge of this.svg.querySelectorAll("g.sf-edge[data-source]")) {
      const ends = [edge.getAttribute("data-source"), edge.getAttribute("data-target")].map((id) => byId.get(id ?? ""));
      const back = edge.classList.contains("sf-back-edge");
      if (!back && !ALONG.some((kind) => edge.classList.contains(`sf-${kind}-edge`))) continue;
      const [source, target] = back ? ends.reverse() : ends; // a compensation is drawn next to its step: up is earlier
      if (!source || !target) continue;
      push(this.after, source, target);
      push(this.before, target, source);
    }
  }

  /** @param {Element | null} node has the tab stop from now on */
  moveTo(node) {
    if (!node || !this.stops.includes(/** @type {SVGGElement} */ (node))) return;
    this.current?.setAttribute("tabindex", "-1");
    node.setAttribute("tabindex", "0");
    this.current = node;
  }

  /** @param {Element} node @param {string} key @returns {Element | null} where the key leads */
  from(node, key) {
    const [down, up, left, right] = this.sideways
      ? ["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown"]
      : ["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight"];
    switch (key) {
      case down:
        return this.along(node, this.after);
      case up:
        return this.along(node, this.before);
      case left:
        return this.branch(node, -1);
      case right:
        return this.branch(node, 1);
      case "Home":
        return this.inOrder().find(isStop) ?? null;
      default:
        return this.inOrder().findLast(isStop) ?? null;
    }
  }

  /** @param {Element} node @returns {Element | null} its compensation, or the step of a compensation */
  undo(node) {
    const step = node.getAttribute("data-step");
    return this.stops.find((stop) => stop !== node && step !== null && stop.getAttribute("data-step") === step && isStop(stop)) ?? null;
  }

  /** @param {string} typed @returns {Element | null} the next step whose title, one of its words, or name begins so */
  named(typed) {
    const wanted = typed.toLowerCase();
    const order = this.inOrder();
    const at = this.current ? order.indexOf(/** @type {SVGGElement} */ (this.current)) : -1;
    const from = typed.length > 1 ? at : at + 1;
    const turned = [...order.slice(Math.max(from, 0)), ...order.slice(0, Math.max(from, 0))].filter(isStop);
    const title = (/** @type {Element} */ stop) => (stop.querySelector(".sf-title")?.textContent ?? "").toLowerCase();
    return (
      turned.find((stop) => title(stop).startsWith(wanted)) ??
      turned.find((stop) => title(stop).split(/\s/).some((word) => word.startsWith(wanted))) ??
      turned.find((stop) => (stop.getAttribute("data-step") ?? "").startsWith(wanted)) ??
      null
    );
  }

  /**
   * The first one that is still there keeps its place when the drawing is replaced.
   * @param {import("./viewport.js").Viewport} viewport @returns {{ node: Element, place: Point, far: number }[]}
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

  first() {
    return this.inOrder()[0];
  }

  /** @returns {SVGGElement[]} in reading order */
  inOrder() {
    const key = this.sideways ? "x" : "y";
    this.ordered ??= this.stops
      .map((stop) => ({ stop, at: middleOf(stop) }))
      .sort((one, two) => one.at[key] - two.at[key] || one.at.x - two.at.x || one.at.y - two.at.y)
      .map(({ stop }) => stop);
    return this.ordered;
  }

  /** @param {Element} node @param {Map<Element, Element[]>} edges passes through what cannot have the focus */
  along(node, edges) {
    const here = middleOf(node);
    const across = this.sideways ? "y" : "x";
    const seen = new Set([node]);
    let layer = [node];
    while (layer.length) {
      layer = layer.flatMap((one) => edges.get(one) ?? []).filter((one) => !seen.has(one) && seen.add(one));
      const found = layer.filter(isStop);
      const steps = found.filter((one) => !one.classList.contains("sf-observer"));
      if (found.length) return nearest(steps.length ? steps : found, (one) => Math.abs(middleOf(one)[across] - here[across]));
    }
    return null;
  }

  /** @param {Element} node @param {number} sign the next branch on that side, else what is next to it */
  branch(node, sign) {
    const [across, down] = this.sideways ? /** @type {const} */ (["y", "x"]) : /** @type {const} */ (["x", "y"]);
    const here = middleOf(node);
    const shared = [...(this.before.get(node) ?? []).flatMap((one) => this.after.get(one) ?? []),
      ...(this.after.get(node) ?? []).flatMap((one) => this.before.get(one) ?? [])];
    const level = this.stops.filter((one) => Math.abs(middleOf(one)[down] - here[down]) < 30);
    for (const group of [shared, level]) {
      const there = group.filter((one) => one !== node && isStop(one) && (middleOf(one)[across] - here[across]) * sign > 1);
      if (there.length) return nearest(there, (one) => Math.abs(middleOf(one)[across] - here[across]));
    }
    return null;
  }
}

/** @param {Element} node @returns {boolean} whether it can have the focus: compensations may be hidden */
function isStop(node) {
  return node.hasAttribute("tabindex") && node.checkVisibility();
}

/** @param {Map<Element, Element[]>} map @param {Element} key @param {Element} value */
function push(map, key, value) {
  map.set(key, [...(map.get(key) ?? []), value]);
}

/** @param {Element} node @returns {Point} in the drawing */
function middleOf(node) {
  const { x, y, width, height } = boxOf(node);
  return { x: x + width / 2, y: y + height / 2 };
}

/**
 * @template {Element} Node
 * @param {Node[]} nodes
 * @param {(node: Node) => number} measure
 */
function nearest(nodes, measure) {
  return nodes.map((node) => ({ node, far: measure(node) })).sort((one, two) => one.far - two.far)[0]?.node ?? null;
}
