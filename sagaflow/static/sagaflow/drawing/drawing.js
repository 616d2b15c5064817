// @ts-check
/**
 * `<saga-drawing>`: the one drawing of all pages. Inside it is the SVG that the server laid out; this element moves a
 * view over it, walks along its edges by keys, and carries selection and overlays.
 *
 * With `data-follows` the step at work stays in sight until a user moves the view. Events bubble, with `id`, `element`,
 * `step` and `segment` of the node in `detail`: `saga-select` (by keys or a tap) and `saga-open` (a tap or Enter).
 */

import { useGestures } from "./gestures.js";
import { nowMatters, whatMatters } from "./matters.js";
import { Minimap } from "./minimap.js";
import { Overlays } from "./overlays.js";
import { Stops } from "./stops.js";
import { makeToolbar } from "./toolbar.js";
import { Viewport } from "./viewport.js";

const FOLLOW = "sagaflow.follow";
const STEP = 1.25;
const CORNERS = "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4";

export class SagaDrawing extends HTMLElement {
  /** @type {Stops | undefined} */
  stops;
  /** @type {Promise<void> | undefined} once something in it has the focus */
  keys;
  /** @type {((event: KeyboardEvent) => void) | undefined} once it is loaded */
  press;

  connectedCallback() {
    const svg = this.querySelector("svg");
    if (!svg || this.viewport) return;
    this.viewport = new Viewport(this, svg, () => this.viewChanged());
    this.overlays = new Overlays();
    this.stops = new Stops(svg);
    this.tools = makeToolbar(this.buttons());
    this.minimap = new Minimap(this.viewport, () => this.follow(false));
    this.append(this.minimap.map, this.tools.bar);
    this.viewport.measure();
    if (this.stops.all.length) this.removeAttribute("tabindex"); // the drawing itself has the tab stop
    this.toggleAttribute("data-ready", true);
    this.attach(svg);
    this.viewport.open(whatMatters(svg));
    useGestures(this.viewport, () => this.follow(false));
    this.addEventListener("click", (event) => this.tapped(event));
    this.addEventListener("focusin", (event) => this.focused(event));
    this.addEventListener("keydown", (event) => this.pressed(event));
    this.addEventListener("fullscreenchange", () => this.tools?.get("full").setAttribute("aria-pressed", String(document.fullscreenElement === this)));
    this.resizes = new ResizeObserver(() => this.viewport?.resized());
    this.resizes.observe(this);
    this.follow(this.hasAttribute("data-follows") && localStorage.getItem(FOLLOW) !== "off");
  }

  /** @param {SVGSVGElement} svg */
  attach(svg) {
    this.overlays?.attach(svg);
    this.minimap?.redraw();
    this.paints?.disconnect();
    let planned = false;
    this.paints = new MutationObserver(() => {
      if (planned) return;
      planned = true;
      requestAnimationFrame(() => {
        planned = false;
        this.painted();
      });
    });
    this.paints.observe(svg, { subtree: true, attributeFilter: ["class"] });
  }

  /**
   * Take over the drawing of another element, which the server rendered later. The node with the focus or the
   * selection keeps its place on the screen, else the one nearest to the middle.
   * @param {Element} other
   */
  take(other) {
    const [{ viewport, stops }, fresh] = [this, other.querySelector("svg")];
    if (!viewport || !stops || !fresh) return;
    const [old, anchors] = [viewport.svg, stops.anchors(viewport)];
    const hadFocus = old.contains(document.activeElement) ? document.activeElement?.getAttribute("data-element") : "";
    old.replaceWith(fresh);
    viewport.svg = fresh;
    viewport.measure();
    const now = (this.stops = new Stops(fresh, stops.current?.getAttribute("data-element") ?? ""));
    this.attach(fresh);
    let again = null;
    const kept = anchors.find(({ node }) => (again = now.standsFor(node)));
    if (again && kept) {
      viewport.show(viewport.view);
      const { x, y } = viewport.placeOf(again);
      viewport.pan(kept.place.x - x, kept.place.y - y);
    } else viewport.open(whatMatters(fresh));
    if (hadFocus) this.overlays?.elements.get(hadFocus)?.focus({ preventScroll: true });
  }

  /**
   * Select a step; nothing when empty.
   * @param {string} id an element (`step/pay`), a step (`pay`) or an ID
   */
  select(id) {
    const found = this.overlays?.select(id);
    if (found) this.stops?.moveTo(found);
    return found ?? null;
  }

  /** @param {string} id brought to the middle of the pane */
  centreOn(id) {
    const found = this.overlays?.elements.get(id);
    if (found) this.viewport?.centreOn(found);
  }

  /**
   * Lay classes, badges and titles over elements, until the same name gets others or `null`.
   * @param {string} name
   * @param {Record<string, Look> | null} looks
   */
  overlay(name, looks) {
    this.overlays?.set(name, looks);
  }

  /** @param {boolean} on */
  follow(on) {
    if (!this.hasAttribute("data-follows")) return;
    this.follows = on;
    this.tools?.get("follow").setAttribute("aria-pressed", String(on));
  }

  painted() {
    this.minimap?.painted();
    const node = this.follows && this.viewport && nowMatters(this.viewport.svg);
    if (node) this.viewport?.reveal(node);
  }

  viewChanged() {
    this.minimap?.update();
    const percent = this.tools?.get("actual");
    if (!percent || !this.viewport) return;
    percent.textContent = `${Math.round(this.viewport.view.scale * 100)} %`;
    percent.setAttribute("aria-label", `${percent.textContent}: zoom to 100 %`);
  }

  /** @param {Event} event */
  tapped(event) {
    const node = /** @type {Element} */ (event.target).closest(".sf-node[role=button]");
    if (!node) return;
    this.stops?.moveTo(node);
    this.tell("saga-select", node);
    this.tell("saga-open", node);
  }

  /** @param {Event} event */
  focused(event) {
    const { viewport } = this;
    if (!viewport) return;
    this.keys ??= import("./keys.js").then(({ makeKeys }) => void (this.press = makeKeys(this, viewport, () => /** @type {Stops} */ (this.stops))));
    const node = /** @type {Element} */ (event.target).closest(".sf-node");
    if (!node) return;
    this.follow(false);
    this.stops?.moveTo(node);
    if (node.matches(":focus-visible")) viewport.reveal(node);
  }

  /** @param {KeyboardEvent} event before its module is there a key waits, and goes to the node that has the focus by then */
  pressed(event) {
    const target = /** @type {Element} */ (event.target);
    if (this.press) return this.press(event);
    if (event.key === "Tab" || event.ctrlKey || event.metaKey || event.altKey || !target.closest(".sf-node")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.keys?.then(() => (this.contains(document.activeElement) ? document.activeElement : target)?.dispatchEvent(new KeyboardEvent("keydown", event)));
  }

  /** @param {string} kind @param {Element} node */
  tell(kind, node) {
    const { step = "", element = "", segment = "" } = /** @type {SVGElement} */ (node).dataset;
    this.dispatchEvent(new CustomEvent(kind, { bubbles: true, detail: { id: node.id, step, element, segment } }));
  }

  toggleFullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.requestFullscreen?.().catch(() => {});
  }

  /** @returns {Button[]} */
  buttons() {
    const view = /** @type {Viewport} */ (this.viewport);
    const buttons = [
      { name: "out", words: "Zoom out", text: "−", does: () => view.zoom(1 / STEP, undefined, true) },
      { name: "actual", words: "Zoom to 100 %", text: "100 %", does: () => view.zoomTo(1, undefined, true) },
      { name: "in", words: "Zoom in", text: "+", does: () => view.zoom(STEP, undefined, true) },
      { name: "fit", words: "Fit into the pane", text: "Fit", does: () => view.fit() },
      { name: "full", words: "Full screen", text: "", icon: CORNERS, does: () => this.toggleFullScreen(), toggles: true },
    ];
    if (!this.hasAttribute("data-follows")) return buttons;
    const does = () => {
      this.follow(!this.follows);
      this.painted();
      localStorage.setItem(FOLLOW, this.follows ? "on" : "off");
    };
    return [...buttons, { name: "follow", words: "Follow the running step", text: "Follow", does, toggles: true }];
  }
}

customElements.define("saga-drawing", SagaDrawing);
