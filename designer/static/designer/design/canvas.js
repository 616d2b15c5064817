// @ts-check
/**
 * The drawing as a canvas: the selection, the new drawing with a glide, marks of problems, and a layer of controls that
 * moves with the drawing (the switches of styles, the places to drop on).
 */

import { drawnOf, findElement, pathOf, titleOf } from "./state.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("../../../../sagaflow/static/sagaflow/drawing/drawing.js").SagaDrawing} SagaDrawing */

const GLIDE = 200;

export class Canvas extends EventTarget {
  /** @param {SagaDrawing} drawing @param {Session} session */
  constructor(drawing, session) {
    super();
    this.drawing = drawing;
    this.session = session;
    this.path = "saga";
    /** @type {(step: string) => boolean} whether a click on a step means its data, and not the step */
    this.pointed = () => false;
    /** @type {(path: string) => boolean} whether the selection of several takes what was clicked or walked to */
    this.chosen = () => false;
    /** @type {Map<HTMLElement, { x: number, y: number, width: number, height: number }>} the switches of styles, with their frames */
    this.switches = new Map();
    this.layer = document.createElement("div");
    this.layer.className = "design-layer sd-control";
    drawing.append(this.layer);
    new MutationObserver(() => this.follow()).observe(drawing, { subtree: true, attributeFilter: ["style"] });
    drawing.addEventListener("saga-select", (event) => this.choose(/** @type {CustomEvent} */ (event).detail.element));
    drawing.addEventListener("click", (event) => this.clicked(/** @type {MouseEvent} */ (event)));
    this.draw(null);
    this.whole();
  }

  /** The whole drawing if its text can be read then, and never larger than it is. */
  whole() {
    const { viewport } = this.drawing;
    viewport?.open(this.svg?.querySelector(".sf-selected") ?? null);
    if (viewport && viewport.view.scale > 1) viewport.zoomTo(1);
  }

  /** @returns {SVGSVGElement | null} */
  get svg() {
    return this.drawing.querySelector("svg.sf-flowchart");
  }

  /** @param {MouseEvent} event a click next to the nodes selects the segment below it, or the saga */
  clicked(event) {
    const target = /** @type {Element} */ (event.target);
    if (target.closest(".sf-node[role=button], .sd-control, button")) return;
    const frames = [...this.drawing.querySelectorAll(".sf-segment[data-segment]")];
    const inside = frames.find((frame) => {
      const box = frame.getBoundingClientRect();
      return event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    });
    const path = inside ? `segments/${inside.getAttribute("data-segment")}` : "saga";
    if (!this.chosen(path)) this.select(path);
  }

  /** @param {string} drawn */
  choose(drawn) {
    const path = pathOf(drawn, this.session.state.document);
    if (drawn.startsWith("step/") && this.pointed(drawn.slice(5))) return;
    if (path && !this.chosen(path)) this.select(path);
  }

  /** @param {string} path @param {{ focus?: boolean, reveal?: boolean }} [how] */
  select(path, { focus = false, reveal = false } = {}) {
    this.path = path;
    const drawn = drawnOf(path);
    const segment = path.startsWith("segments/") && !path.includes("/steps/") ? path.slice(9) : "";
    const found = this.drawing.select(segment ? "" : drawn);
    for (const frame of this.drawing.querySelectorAll(".sf-segment")) {
      frame.classList.toggle("design-selected", frame.getAttribute("data-segment") === segment);
    }
    const element = segment ? this.drawing.querySelector(`.sf-segment[data-segment="${CSS.escape(segment)}"]`) : found;
    if (element && reveal) this.drawing.viewport?.reveal(element);
    const stop = /** @type {SVGElement | null} */ (found ?? this.drawing.walk?.current ?? null);
    if (focus) stop?.focus({ preventScroll: true });
    this.dispatchEvent(new CustomEvent("selected"));
  }

  /** @param {string | null} svg the new drawing; nothing: the old one stays */
  draw(svg) {
    const { state } = this.session;
    if (svg) this.exchange(svg);
    /** @type {Record<string, import("../../../../sagaflow/static/sagaflow/drawing/overlays.js").Look>} */
    const looks = {};
    for (const { drawn, severity, message } of state.problems) {
      if (!drawn || severity === "advice") continue;
      const title = looks[drawn]?.title ? `${looks[drawn].title}\n${message}` : message;
      looks[drawn] = { badge: "!", title, class: severity === "fault" ? "design-fault" : "design-warning" };
    }
    this.drawing.overlay?.("problems", looks);
    const planned = { class: "design-planned", title: "Planned: no code performs this action yet." };
    this.drawing.overlay?.("planned", Object.fromEntries(state.planned.map((element) => [element, planned])));
    this.drawStyles();
    this.follow();
  }

  /** @param {string} svg */
  exchange(svg) {
    const other = document.createElement("div");
    other.innerHTML = svg;
    if (!this.drawing.viewport) {
      this.drawing.prepend(...other.childNodes);
      this.drawing.connectedCallback();
      this.whole();
      return;
    }
    const [before, all] = [this.places(), this.drawing.viewport.isAllSeen];
    this.drawing.take(other);
    if (all && !this.drawing.viewport.isAllSeen) this.whole();
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.glide(before);
  }

  /** @returns {Map<string, DOMRect>} where the nodes are on screen, by element */
  places() {
    const nodes = [...(this.svg?.querySelectorAll(".sf-node") ?? [])];
    return new Map(nodes.map((node) => [node.getAttribute("data-element") ?? "", node.getBoundingClientRect()]));
  }

  /** @param {Map<string, DOMRect>} before every node glides from its place before; what is new appears */
  glide(before) {
    const scale = this.drawing.viewport?.view.scale || 1;
    const options = { duration: GLIDE, easing: "ease-out" };
    const now = [...this.places()];
    for (const [element, place] of now) {
      const node = this.svg && findElement(this.svg, element);
      const old = before.get(element);
      if (!node) continue;
      if (!old) node.animate([{ opacity: 0 }, { opacity: 1 }], options);
      else {
        const [dx, dy] = [(old.x - place.x) / scale, (old.y - place.y) / scale];
        if (Math.abs(dx) + Math.abs(dy) > 1) node.animate([{ transform: `translate(${dx}px, ${dy}px)` }, { transform: "none" }], options);
      }
    }
    for (const edge of this.svg?.querySelectorAll(".sf-edge") ?? []) edge.animate([{ opacity: 0 }, { opacity: 1 }], options);
  }

  /** The layer lies on the drawing, and moves as it does. */
  follow() {
    const { svg } = this;
    if (!svg) return;
    const scale = this.drawing.viewport?.view.scale ?? 1;
    if (this.layer.style.transform === svg.style.transform) return;
    this.layer.style.transform = svg.style.transform;
    this.layer.style.setProperty("--unscale", String(1 / scale));
    this.layer.classList.toggle("sd-glides", svg.classList.contains("sd-glides"));
    this.keepInSight();
  }

  /** The switch of a frame is at its corner, or where the pane ends if the corner is outside. */
  keepInSight() {
    const { view, size } = this.drawing.viewport ?? {};
    if (!view || !size) return;
    const [right, top] = [(size.width - view.x) / view.scale, -view.y / view.scale];
    for (const [button, box] of this.switches) {
      button.style.left = `${Math.min(box.x + box.width, Math.max(box.x + 60 / view.scale, right))}px`;
      button.style.top = `${Math.max(box.y, Math.min(box.y + box.height - 40 / view.scale, top))}px`;
    }
  }

  /**
   * @param {Element} element
   * @returns {{ x: number, y: number, width: number, height: number }} in the drawing
   */
  boxOf(element) {
    return this.drawing.viewport?.boxOf(element) ?? { x: 0, y: 0, width: 0, height: 0 };
  }

  /** A switch of its style on the frame of each segment. */
  drawStyles() {
    for (const old of this.switches.keys()) old.remove();
    this.switches.clear();
    for (const frame of this.drawing.querySelectorAll(".sf-segment[data-segment]")) {
      const name = frame.getAttribute("data-segment") ?? "";
      const segment = this.session.state.document.segments?.find((/** @type {any} */ one) => one?.name === name);
      if (!segment) continue;
      const shape = frame.querySelector("path, polygon") ?? frame;
      const other = segment.style === "choreographed" ? "orchestrated" : "choreographed";
      const button = document.createElement("button");
      button.type = "button";
      button.className = "design-style";
      button.dataset.segment = name;
      button.dataset.style = segment.style;
      button.append(icon(segment.style));
      button.title = `${segment.style}: switch to ${other}`;
      button.setAttribute("aria-label", `${titleOf(`segments/${name}`, this.session.state.document)} is ${segment.style}: switch to ${other}`);
      button.addEventListener("click", () => this.session.send({ kind: "switch-style", segment: name, style: other }));
      this.layer.append(button);
      this.switches.set(button, this.boxOf(shape));
    }
    this.keepInSight();
  }
}

/** @param {string} style @returns {SVGElement} commands from one point, or events from one to the next */
function icon(style) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 20 16", width: "20", height: "16", "aria-hidden": "true" })) svg.setAttribute(key, value);
  const path = document.createElementNS(space, "path");
  const lines = style === "choreographed"
    ? "M2 8a2 2 0 1 0 4 0a2 2 0 1 0-4 0M6 8h3M8 8a2 2 0 1 0 4 0a2 2 0 1 0-4 0M12 8h3M14 8a2 2 0 1 0 4 0a2 2 0 1 0-4 0"
    : "M8 3a2 2 0 1 0 4 0a2 2 0 1 0-4 0M10 5L4 11M10 5v6M10 5l6 6M2 13a2 2 0 1 0 4 0a2 2 0 1 0-4 0M8 13a2 2 0 1 0 4 0a2 2 0 1 0-4 0M14 13a2 2 0 1 0 4 0a2 2 0 1 0-4 0";
  for (const [key, value] of Object.entries({ d: lines, fill: "none", stroke: "currentColor", "stroke-width": "1.4" })) path.setAttribute(key, value);
  svg.append(path);
  return svg;
}
