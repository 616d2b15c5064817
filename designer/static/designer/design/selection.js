// @ts-check
/**
 * More than one selected step. Shift or Ctrl with a click adds a step or takes it out, Shift with an arrow key walks and
 * adds, Space adds the step with the focus. The names are kept when steps go, so that an undo finds them again.
 */

import { announce } from "../live/announce.js";
import { elementAt, stepOf, stepsOf, titleOf } from "./state.js";

export class Selection extends EventTarget {
  /** @param {Canvas} canvas @param {Session} session */
  constructor(canvas, session) {
    super();
    this.canvas = canvas;
    this.session = session;
    /** @type {Set<string>} */
    this.chosen = new Set();
    this.isCollecting = false;
    /** @type {"" | "toggle" | "walk"} what the gesture that is under way does to the selection */
    this.adding = "";
    const { drawing } = canvas;
    for (const kind of ["pointerdown", "click"]) {
      drawing.addEventListener(kind, (event) => {
        const { shiftKey, ctrlKey, metaKey } = /** @type {PointerEvent} */ (event);
        this.adding = shiftKey || ctrlKey || metaKey || this.isCollecting ? "toggle" : "";
      }, { capture: true });
    }
    drawing.addEventListener("keydown", (event) => {
      this.adding = event.shiftKey && /^(Arrow|Home$|End$)/.test(event.key) ? "walk" : "";
    }, { capture: true });
    canvas.chosen = (path) => this.take(path);
  }

  /** @returns {string[]} the selected steps in the order of the document: many, the one of the form, or none */
  get names() {
    const there = stepsOf(this.session.state.document).map(({ step }) => step.name);
    const many = there.filter((name) => this.chosen.has(name));
    const one = stepOf(this.canvas.path);
    return many.length > 1 ? many : there.filter((name) => name === one);
  }

  get isMany() {
    return this.names.length > 1;
  }

  get title() {
    const { names } = this;
    return names.length > 1 ? `${names.length} steps` : this.titleOf(names[0] ?? "");
  }

  /** @param {string} name */
  titleOf(name) {
    return titleOf(this.pathOf(name), this.session.state.document);
  }

  /** @param {string} name */
  pathOf(name) {
    const found = stepsOf(this.session.state.document).find(({ step }) => step.name === name);
    return found ? `segments/${found.segment.name}/steps/${name}` : "";
  }

  /** @param {string} path was clicked or walked to @returns {boolean} whether the selection took it */
  take(path) {
    const [name, before] = [stepOf(path), stepOf(this.canvas.path)];
    const how = this.adding;
    this.adding = "";
    if (this.isCollecting && !name) return true;
    if (!how || !name) {
      this.chosen.clear();
      return false;
    }
    if (how === "walk" && this.chosen.has(name) && before !== name) this.change(before, false, path);
    else if (how === "walk") this.change(name, true, path);
    else this.toggle(name);
    return true;
  }

  /** @param {string} name */
  toggle(name) {
    const on = this.chosen.size ? !this.chosen.has(name) : this.isCollecting || name !== stepOf(this.canvas.path);
    this.change(name, on, on ? this.pathOf(name) : "");
  }

  /** @param {string} name @param {boolean} on @param {string} [path] of the step that the form and the focus go to */
  change(name, on, path = "") {
    const here = stepOf(this.canvas.path);
    if (!this.chosen.size && here) this.chosen.add(here);
    if (on) this.chosen.add(name);
    else this.chosen.delete(name);
    const last = [...this.chosen].filter((each) => this.pathOf(each)).at(-1);
    const count = this.names.length;
    announce("selection", `${this.titleOf(name)} ${on ? "added" : "removed"}. ${count > 1 ? `${count} steps selected` : "1 step selected"}`);
    this.canvas.select(path || (last ? this.pathOf(last) : this.canvas.path));
  }

  /** Select every step. */
  all() {
    this.chosen = new Set(stepsOf(this.session.state.document).map(({ step }) => step.name));
    announce("selection", `${this.chosen.size} steps selected`);
    this.canvas.select(stepOf(this.canvas.path) ? this.canvas.path : this.pathOf([...this.chosen][0] ?? ""));
  }

  /** For a finger, which has no Shift: each tap adds a step or takes it out, until Done or Escape. */
  collect() {
    this.isCollecting = true;
    announce("selection", "Select steps one by one; Done ends this.");
    this.canvas.select(this.canvas.path);
  }

  release() {
    if (!this.chosen.size && !this.isCollecting) return;
    this.chosen.clear();
    this.isCollecting = false;
    announce("selection", `${stepOf(this.canvas.path) ? this.title : "No step"} selected`);
    this.canvas.select(this.canvas.path, { focus: true });
  }

  /**
   * A new state came: the selection stays, and the form shows one of its steps.
   * @param {string} path that the state selects @returns {string}
   */
  kept(path) {
    const { names } = this;
    if (names.length < 2 || this.chosen.has(stepOf(path))) return path;
    const now = stepOf(this.canvas.path);
    if (this.chosen.has(now) && elementAt(this.canvas.path, this.session.state.document)) return this.canvas.path;
    return stepOf(path) ? path : this.pathOf(names[names.length - 1]);
  }

  /** Paint it on the drawing; a step that is selected in another way ends it. */
  show() {
    const here = stepOf(this.canvas.path);
    if (here && !this.chosen.has(here) && [...this.chosen].some((name) => this.pathOf(name))) this.chosen.clear();
    const names = this.isMany ? this.names : [];
    this.canvas.drawing.overlay("chosen", Object.fromEntries(names.map((name) => [`step/${name}`, { class: "design-chosen" }])));
    for (const node of this.canvas.svg?.querySelectorAll(".sf-node[data-element^='step/']") ?? []) {
      if (names.includes(node.getAttribute("data-step") ?? "")) node.setAttribute("aria-pressed", "true");
      else node.removeAttribute("aria-pressed");
    }
    this.dispatchEvent(new CustomEvent("shown"));
  }
}
