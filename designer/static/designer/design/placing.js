// @ts-check
/**
 * Something is held, and the places light up on which it can be dropped. The pointer, the keyboard (move mode) and the
 * palette use the same places: arrow keys go from one possible place to the next, Enter drops, Escape puts it back.
 */

import { button, filled, findElement, make, pathOf } from "./state.js";

const NEAR = 90;
const TYPING = 1_500;

export class Placing extends EventTarget {
  /** @param {Canvas} canvas @param {Session} session @param {string} address of the places */
  constructor(canvas, session, address) {
    super();
    this.canvas = canvas;
    this.session = session;
    this.address = address;
    /** @type {Held | null} */
    this.held = null;
    /** @type {Map<string, Promise<Place[]>>} */
    this.known = new Map();
    /** @type {{ place: Place, spot: HTMLElement }[]} */
    this.spots = [];
    session.addEventListener("state", () => this.known.clear());
    document.addEventListener("keydown", (event) => this.key(event), { capture: true });
    document.addEventListener("pointerdown", (event) => {
      const target = /** @type {Element} */ (event.target);
      if (this.held && !this.dragging && !target.closest("saga-drawing, #design-palette, .design-hint")) this.stop();
    });
    this.dragging = false;
    this.typed = "";
    this.typedAt = -TYPING;
  }

  /** @param {string[]} moving @returns {Promise<Place[]>} */
  places(moving) {
    const key = moving.join(",");
    const known = this.known.get(key);
    if (known) return known;
    const areThere = () => moving.every((name) => pathOf(`step/${name}`, this.session.state.document));
    /** @type {Promise<Place[]>} */
    const asked = this.session.ask(`${this.address}${key ? `?moving=${encodeURIComponent(key)}` : ""}`, areThere)
      .then((answer) => (answer === null ? Promise.reject() : JSON.parse(answer)))
      .catch(() => {
        if (this.known.get(key) === asked) this.known.delete(key); // the next one asks again
        return [];
      });
    this.known.set(key, asked);
    return asked;
  }

  /** @param {Held} held @param {{ dragging?: boolean, near?: string }} [how] `near`: a step whose places come first */
  async start(held, { dragging = false, near = "" } = {}) {
    this.stop();
    this.held = held;
    this.dragging = dragging;
    const places = await this.places(held.moving ?? []);
    if (this.held !== held) return;
    this.show(places.filter((place) => fits(place, held)));
    this.canvas.drawing.classList.add("design-placing");
    this.dispatchEvent(new CustomEvent("placing"));
    if (dragging) return;
    const first = this.spots.find(({ place }) => [place.key, ...place.also].includes(`after/${near}`)) ?? this.spots[0];
    first?.spot.focus({ preventScroll: true });
    if (first) this.sight(first);
    if (!first) this.stop();
  }

  /** @param {Place[]} places */
  show(places) {
    const { layer, svg } = this.canvas;
    /** @type {Record<string, { class: string }>} */
    const lit = {};
    for (const place of places) {
      const anchor = svg && (findElement(svg, place.anchor) ?? findElement(svg, place.anchor.replace("edge/command", "edge/event")));
      if (!anchor) continue;
      const { x, y } = this.at(place, anchor);
      const spot = button({ class: "design-place", "aria-label": place.sentence, "data-key": place.key, "data-shape": place.shape }, () => this.drop(place), make("span", {}, place.sentence));
      spot.style.left = `${x}px`;
      spot.style.top = `${y}px`;
      layer.append(spot);
      this.spots.push({ place, spot });
      if (place.shape === "edge") lit[place.anchor] = { class: "design-lit" };
    }
    this.canvas.drawing.overlay("places", lit);
  }

  /** @param {Place} place @param {SVGGElement} anchor @returns {{ x: number, y: number }} in the drawing */
  at(place, anchor) {
    const sideways = this.canvas.svg?.getAttribute("data-direction") === "LR";
    const node = anchor.matches(".sf-node") ? anchor.querySelector("path, polygon, ellipse") ?? anchor : anchor;
    const box = this.canvas.boxOf(node);
    const [middle, half] = [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }, 16];
    const before = sideways ? { x: box.x - half, y: middle.y } : { x: middle.x, y: box.y - half };
    const after = sideways ? { x: box.x + box.width + half, y: middle.y } : { x: middle.x, y: box.y + box.height + half };
    switch (place.shape) {
      case "edge":
        return this.onPath(anchor) ?? middle;
      case "start":
        return before;
      case "end":
        return after;
      case "beside":
        return sideways ? { x: middle.x, y: box.y - half } : { x: box.x - half, y: middle.y };
      case "undo":
        return anchor.matches("[data-element^='undo/']") ? middle : sideways ? { x: middle.x, y: box.y + box.height + half } : { x: box.x + box.width + half, y: middle.y };
      case "event":
        return { x: box.x + box.width - 8, y: box.y + box.height + half };
      case "inside":
        return place.key.startsWith("join/") ? { x: middle.x, y: box.y + box.height } : box.height < 120 ? middle : { x: box.x + box.width - 30, y: box.y + box.height };
      case "gap":
        return anchor.matches(".sf-node") ? { x: after.x + 40, y: after.y } : { x: box.x + 30, y: box.y + box.height };
      default:
        return middle;
    }
  }

  /** @param {SVGGElement} edge @returns {{ x: number, y: number } | null} the middle of its line, in the drawing */
  onPath(edge) {
    const path = edge.querySelector("path");
    const matrix = path?.getScreenCTM();
    const { svg } = this.canvas;
    const viewport = this.canvas.drawing.viewport;
    if (!path || !matrix || !svg || !viewport) return null;
    const point = path.getPointAtLength(path.getTotalLength() / 2).matrixTransform(matrix);
    const all = svg.getBoundingClientRect();
    const scale = all.width / viewport.drawing.width || 1;
    return { x: (point.x - all.x) / scale, y: (point.y - all.y) / scale };
  }

  /** @param {{ clientX: number, clientY: number }} pointer @returns {{ place: Place, spot: HTMLElement } | null} the nearest place lights up */
  near({ clientX, clientY }) {
    let [best, least] = [/** @type {{ place: Place, spot: HTMLElement } | null} */ (null), NEAR];
    for (const each of this.spots) {
      const box = each.spot.getBoundingClientRect();
      const far = Math.hypot(box.x + box.width / 2 - clientX, box.y + box.height / 2 - clientY);
      if (far < least) [best, least] = [each, far];
    }
    for (const each of this.spots) each.spot.classList.toggle("design-hot", each === best);
    return best;
  }

  /** @param {Place} place */
  drop(place) {
    const { held } = this;
    if (!held) return;
    this.stop(true);
    const operation = made(place, held);
    if (operation) this.session.send(operation);
  }

  stop(focuses = this.canvas.layer.contains(document.activeElement)) {
    if (!this.held) return;
    this.held = null;
    this.dragging = false;
    for (const { spot } of this.spots) spot.remove();
    this.spots = [];
    this.canvas.drawing.overlay("places", null);
    this.canvas.drawing.classList.remove("design-placing");
    if (focuses) this.canvas.select(this.canvas.path, { focus: true });
    this.dispatchEvent(new CustomEvent("placing"));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.held || this.dragging && event.key !== "Escape") return;
    const at = this.spots.findIndex(({ spot }) => spot === document.activeElement);
    if (event.key === "Escape") this.stop();
    else if (at < 0) return;
    else if (/^Arrow/.test(event.key)) this.walk(at, event.key);
    else if (event.key === "Home") this.go(0);
    else if (event.key === "End") this.go(this.spots.length - 1);
    else if (event.key.length === 1 && (event.key !== " " || this.isTyping) && !event.ctrlKey && !event.metaKey) this.find(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {number} at @param {string} key the next place in this direction, as it is seen */
  walk(at, key) {
    const centre = (/** @type {HTMLElement} */ spot) => ({ x: parseFloat(spot.style.left), y: parseFloat(spot.style.top) });
    const here = centre(this.spots[at].spot);
    const [x, y] = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[key] ?? [0, 1];
    const ranked = this.spots
      .map(({ spot }, number) => {
        const there = centre(spot);
        const [along, across] = [(there.x - here.x) * x + (there.y - here.y) * y, Math.abs((there.x - here.x) * y) + Math.abs((there.y - here.y) * x)];
        return { number, along, cost: along + 2.5 * across };
      })
      .filter(({ number, along }) => number !== at && along > 2)
      .sort((one, two) => one.cost - two.cost);
    if (ranked.length) this.go(ranked[0].number);
  }

  /** @param {number} number */
  go(number) {
    const each = this.spots[number];
    each?.spot.focus({ preventScroll: true });
    if (each) this.sight(each);
  }

  /** @param {{ place: Place, spot: HTMLElement }} each brings it into sight */
  sight({ place }) {
    const anchor = this.canvas.svg && findElement(this.canvas.svg, place.anchor);
    if (anchor && !anchor.matches(".sf-segment")) this.canvas.drawing.viewport?.reveal(anchor);
  }

  get isTyping() {
    return performance.now() - this.typedAt < TYPING;
  }

  /** @param {string} letter goes to the next place whose sentence has a word that begins with what was typed */
  find(letter) {
    this.typed = this.isTyping ? `${this.typed}${letter}` : letter;
    this.typedAt = performance.now();
    const wanted = this.typed.toLowerCase();
    const number = this.spots.findIndex(({ place }) => ` ${place.sentence.toLowerCase()}`.includes(` ${wanted}`));
    if (number >= 0) this.go(number);
  }
}

/** @param {Place} place @param {Held} held */
export function fits(place, held) {
  if (held.sort === "segment") return place.shape === "gap";
  if (held.moving) return true;
  if (place.takes === "step") return true;
  const [step] = held.steps ?? [];
  if (held.steps?.length !== 1 || held.sort === "pattern") return false;
  return place.takes === "work" || typeof step?.action === "string";
}

/** @param {Place} place @param {Held} held @returns {Operation | null} */
export function made(place, held) {
  if (held.sort === "segment") return { ...place.operation.operations[0], style: held.style };
  if (held.moving) return place.operation;
  const [step] = held.steps ?? [];
  const { name, title, undo, timeout, ...work } = step ?? {};
  return filled(place.operation, { $step: held.steps, $work: work, $action: step?.action, $name: name });
}
