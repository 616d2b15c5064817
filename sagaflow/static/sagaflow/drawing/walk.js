// @ts-check
/**
 * The way of the keyboard through a drawing: along the edges to the next and the previous step, sideways to the other
 * branches, over to the compensation and back.
 */

import { middleOf } from "./stops.js";

const ALONG = ["command", "event", "end", "savepoint", "observer"];

export class Walk {
  /** @param {import("./stops.js").Stops} stops */
  constructor(stops) {
    this.stops = stops;
    this.sideways = stops.sideways;
    /** @type {Map<Element, Element[]>} */
    this.after = new Map();
    /** @type {Map<Element, Element[]>} */
    this.before = new Map();
    this.readEdges();
  }

  readEdges() {
    const byId = new Map(this.stops.nodes.map((node) => [node.id, node]));
    for (const edge of this.stops.svg.querySelectorAll("g.sf-edge[data-source]")) {
      const ends = [edge.getAttribute("data-source"), edge.getAttribute("data-target")].map((id) => byId.get(id ?? ""));
      const back = edge.classList.contains("sf-back-edge");
      if (!back && !ALONG.some((kind) => edge.classList.contains(`sf-${kind}-edge`))) continue;
      const [source, target] = back ? ends.reverse() : ends; // a compensation is drawn next to its step: up is earlier
      if (!source || !target) continue;
      push(this.after, source, target);
      push(this.before, target, source);
    }
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
        return this.stops.inOrder().find(isStop) ?? null;
      default:
        return this.stops.inOrder().findLast(isStop) ?? null;
    }
  }

  /** @param {Element} node @returns {Element | null} its compensation, or the step of a compensation */
  undo(node) {
    const step = node.getAttribute("data-step");
    return this.stops.all.find((stop) => stop !== node && step !== null && stop.getAttribute("data-step") === step && isStop(stop)) ?? null;
  }

  /** @param {string} typed @returns {Element | null} the next step whose title, one of its words, or name begins so */
  named(typed) {
    const wanted = typed.toLowerCase();
    const order = this.stops.inOrder();
    const { current } = this.stops;
    const at = current ? order.indexOf(/** @type {SVGGElement} */ (current)) : -1;
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
    const level = this.stops.all.filter((one) => Math.abs(middleOf(one)[down] - here[down]) < 30);
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

/**
 * @template {Element} Node
 * @param {Node[]} nodes
 * @param {(node: Node) => number} measure
 */
function nearest(nodes, measure) {
  return nodes.map((node) => ({ node, far: measure(node) })).sort((one, two) => one.far - two.far)[0]?.node ?? null;
}
