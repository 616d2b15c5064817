// @ts-check
/**
 * The drawing as a canvas: the selection, the new drawing with a glide, marks of problems, and a layer of controls that
 * moves with the drawing (the switches of styles, the places to drop on).
 */

import { button, drawnOf, findElement, make, otherStyle, pathOf, titleOf } from "./state.js";

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
    /** @type {Map<HTMLElement, Box>} the switches of styles, with their frames */
    this.switches = new Map();
    /** @type {Map<Element, string>} lines of a title that is typed, as they were drawn */
    this.typed = new Map();
    this.layer = make("div", { class: "design-layer sd-control" });
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
    viewport?.open(this.svg?.querySelector(".sf-selected") ?? this.svg?.querySelector(".sf-start") ?? null);
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
    const stop = /** @type {SVGElement | null} */ (found ?? this.drawing.stops?.current ?? null);
    if (focus) stop?.focus({ preventScroll: true });
    this.dispatchEvent(new CustomEvent("selected"));
  }

  /** @param {string} path @param {string} words its title while it is typed; the layout follows with the edit */
  retitle(path, words) {
    const lines = findElement(this.svg, drawnOf(path))?.querySelectorAll(".sf-title") ?? [];
    lines.forEach((line, at) => {
      if (!this.typed.has(line)) this.typed.set(line, line.textContent ?? "");
      line.textContent = at ? "" : words;
    });
  }

  restore() {
    for (const [line, words] of this.typed) line.textContent = words;
    this.typed.clear();
  }

  /** @param {string | null} svg the new drawing; nothing: the old one stays */
  draw(svg) {
    const { state } = this.session;
    this.restore();
    // All is measured before anything changes: else each measuring would lay the drawing out again.
    const glide = svg ? this.exchange(svg) : undefined;
    const frames = this.frames();
    /** @type {Record<string, Look>} */
    const looks = {};
    for (const { drawn, severity, message } of state.problems) {
      if (!drawn || severity === "advice") continue;
      const title = looks[drawn]?.title ? `${looks[drawn].title}\n${message}` : message;
      looks[drawn] = { badge: "!", title, class: severity === "fault" ? "design-fault" : "design-warning" };
    }
    this.drawing.overlay?.("problems", looks);
    this.drawing.overlay?.("planned", Object.fromEntries(state.planned.map((element) => [element, { class: "design-planned" }])));
    this.drawStyles(frames);
    this.follow();
    glide?.();
  }

  /** @param {string} svg @returns {(() => void) | undefined} begins the glide */
  exchange(svg) {
    const other = make("div");
    other.innerHTML = svg;
    if (!this.drawing.viewport) {
      this.drawing.prepend(...other.childNodes);
      this.drawing.connectedCallback();
      this.whole();
      return;
    }
    const [before, all, pane] = [this.places(), this.drawing.viewport.isAllSeen, this.drawing.getBoundingClientRect()];
    const fresh = other.querySelector("svg");
    if (fresh) fresh.style.transform = this.svg?.style.transform ?? ""; // else its text is laid out at two scales
    for (const name of ["problems", "planned"]) this.drawing.overlays?.layers.delete(name); // draw() lays others
    this.drawing.take(other);
    if (all && !this.drawing.viewport.isAllSeen) this.whole();
    const after = this.places();
    return () => matchMedia("(prefers-reduced-motion: reduce)").matches || this.glide(before, after, pane);
  }

  /** @returns {Seen[]} nodes and edges, and where they are on screen */
  places() {
    const parts = [...(this.svg?.querySelectorAll(".sf-node, .sf-edge") ?? [])];
    return parts.map((part) => [part.getAttribute("data-element") ?? "", part, part.getBoundingClientRect()]);
  }

  /**
   * What is in sight glides from its place before; what is new appears.
   * @param {Seen[]} before @param {Seen[]} after @param {DOMRect} pane
   */
  glide(before, after, pane) {
    const scale = this.drawing.viewport?.view.scale || 1;
    const options = { duration: GLIDE, easing: "ease-out" };
    const places = new Map(before.map(([element, , place]) => [element, place]));
    for (const [element, part, place] of after) {
      const old = places.get(element);
      if (![place, old].some((box) => box && box.right > pane.left && box.left < pane.right && box.bottom > pane.top && box.top < pane.bottom)) continue;
      if (!old || part.matches(".sf-edge")) part.animate({ opacity: [0, 1] }, options);
      else {
        const [dx, dy] = [(old.x - place.x) / scale, (old.y - place.y) / scale];
        if (Math.abs(dx) + Math.abs(dy) > 1) part.animate({ transform: [`translate(${dx}px, ${dy}px)`, "none"] }, options);
      }
    }
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

  /** @param {Element} element @returns {Box} in the drawing */
  boxOf(element) {
    return this.drawing.viewport?.boxOf(element) ?? { x: 0, y: 0, width: 0, height: 0 };
  }

  /** @returns {[string, Box][]} the segments that are drawn, and their boxes */
  frames() {
    const frames = [...this.drawing.querySelectorAll(".sf-segment[data-segment]")];
    return frames.map((frame) => [frame.getAttribute("data-segment") ?? "", this.boxOf(frame.querySelector("path, polygon") ?? frame)]);
  }

  /** @param {[string, Box][]} frames each gets a switch of its style */
  drawStyles(frames) {
    for (const old of this.switches.keys()) old.remove();
    this.switches.clear();
    for (const [name, box] of frames) {
      const segment = this.session.state.document.segments?.find((/** @type {any} */ one) => one?.name === name);
      if (!segment) continue;
      const other = otherStyle(segment);
      const title = `${segment.style}: switch to ${other}`;
      const label = `${titleOf(`segments/${name}`, this.session.state.document)} is ${title}`;
      const toggle = button({ class: "design-style", title, "aria-label": label, "data-segment": name, "data-style": segment.style },
        () => this.session.send({ kind: "switch-style", segment: name, style: other }));
      toggle.innerHTML = `<svg width="20" height="16" aria-hidden="true"><use href="#design-${other === "orchestrated" ? "events" : "commands"}"/></svg>`;
      this.layer.append(toggle);
      this.switches.set(toggle, box);
    }
    this.keepInSight();
  }
}
