// @ts-check
/**
 * What a failure would do, before anything runs: the ghost of a rollback, numbered on the drawing, and simulated
 * failures that are played on it.
 */

import { announce } from "../live/announce.js";
import { ask, Film } from "../film/film.js";
import { make, stepOf, titleOf } from "./state.js";

const HELD = 350;
const READABLE = 0.4;
const FAULTY = "Fix the faults first: only a draft without faults can be played.";

export class Foresight {
  /**
   * @param {Canvas} canvas @param {Session} session @param {string} root @param {HTMLElement} room
   * @param {(words: string) => void} tell
   */
  constructor(canvas, session, root, room, tell) {
    this.canvas = canvas;
    this.session = session;
    this.root = root;
    this.room = room;
    this.tell = tell;
    this.film = new Film(canvas.drawing, room);
    this.panel = /** @type {HTMLElement} */ (document.getElementById("panel-failures"));
    this.pressedAt = 0;
    this.ghost = "";
    this.asked = 0;
    this.shown = -1;
    /** @type {HTMLElement | null} */
    this.box = null;
    /** @type {View | null} where the view was before the ghost */
    this.view = null;
    this.button = /** @type {HTMLElement | null} */ (document.querySelector("[data-ghost]"));
    this.button?.addEventListener("click", () => this.toggle());
    document.querySelector("[data-simulate]")?.addEventListener("click", () => this.simulate());
    document.addEventListener("keyup", (event) => event.key === "z" && this.released());
    window.addEventListener("blur", () => this.pressedAt && this.hide());
    this.panel.addEventListener("click", (event) => {
      const cell = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-film]"));
      if (cell) this.play(cell.dataset.step ?? "", cell.dataset.film ?? "");
    });
    document.addEventListener("opened", (event) => {
      if (/** @type {CustomEvent} */ (event).detail === "tab-failures") this.list();
    });
    canvas.addEventListener("selected", () => this.selected());
    canvas.drawing.addEventListener("keydown", (event) => event.key === "Escape" && this.film.close());
  }

  get hasFaults() {
    return this.session.state.problems.some(({ severity }) => severity === "fault");
  }

  selected() {
    const step = stepOf(this.canvas.path);
    if (this.button) /** @type {HTMLButtonElement} */ (this.button).disabled = !step;
    if (this.ghost && step !== this.ghost) this.hide();
    for (const line of this.panel.querySelectorAll("[data-line]")) line.classList.toggle("selected", line.getAttribute("data-line") === step);
  }

  reset() {
    this.hide();
    this.film.close();
    this.shown = -1;
    if (!this.panel.hidden) this.list();
  }

  /** `z` is held, or tapped: held, the ghost goes with the key; tapped, it stays until it is tapped again. */
  pressed() {
    if (this.pressedAt) return;
    if (this.ghost) return this.hide();
    this.pressedAt = performance.now();
    this.show();
  }

  released() {
    const held = this.pressedAt && performance.now() - this.pressedAt > HELD;
    this.pressedAt = 0;
    if (held) this.hide();
  }

  toggle() {
    if (this.ghost) this.hide();
    else this.show();
  }

  async show() {
    const step = stepOf(this.canvas.path);
    if (!step) return;
    if (this.hasFaults) return this.tell(FAULTY);
    this.film.close();
    const number = ++this.asked;
    this.ghost = step;
    const { data, why } = await ask(`${this.root}ghost/?step=${encodeURIComponent(step)}`);
    if (number !== this.asked) return;
    if (why) {
      this.ghost = "";
      return this.tell(why);
    }
    this.draw(data);
  }

  /** @param {{ step: string, words: string, lines: GhostLine[] }} data */
  draw({ step, words, lines }) {
    const { drawing } = this.canvas;
    /** @type {Record<string, Look>} */
    const looks = { [`step/${step}`]: { class: "ghost-fails", badge: "✕" } };
    for (const line of lines) {
      if (line.done) looks[this.undoOf(line.step)] = { class: "ghost-undo", badge: String(line.order) };
      else if (line.stays) looks[`step/${line.step}`] = { class: "ghost-stays", badge: "⊘" };
    }
    drawing.overlay("ghost", looks);
    drawing.classList.add("design-foresees");
    this.button?.setAttribute("aria-pressed", "true");
    this.box?.remove();
    this.box = boxOf(titleOf(this.canvas.path, this.session.state.document), words, lines);
    this.whole(() => this.box && this.room.append(this.box));
    announce("ghost", [words, ...lines.map((line) => `${line.done ? `${line.order}. ` : ""}${line.words}.`)].join(" "));
  }

  /**
   * The whole drawing comes into sight while its numbers can be read then; hiding brings the view back.
   * @param {() => unknown} make the room for the lines
   */
  whole(make) {
    const { viewport } = this.canvas.drawing;
    const view = { ...(this.view ?? viewport?.view ?? { x: 0, y: 0, scale: 1 }) };
    make();
    viewport?.resized();
    if (!viewport || viewport.isAllSeen) return;
    viewport.fit();
    if (viewport.view.scale < READABLE) viewport.show(view);
    else this.view = view;
  }

  /** @param {string} step */
  undoOf(step) {
    return this.canvas.svg?.querySelector(`[data-element="undo/${CSS.escape(step)}"]`) ? `undo/${step}` : `step/${step}`;
  }

  hide() {
    this.asked += 1;
    this.ghost = "";
    this.pressedAt = 0;
    this.box?.remove();
    this.box = null;
    this.canvas.drawing.viewport?.resized();
    if (this.view) this.canvas.drawing.viewport?.show(this.view);
    this.view = null;
    this.canvas.drawing.overlay("ghost", null);
    this.canvas.drawing.classList.remove("design-foresees");
    this.button?.setAttribute("aria-pressed", "false");
  }

  /** The first failure of the selected step, or of the last one. */
  async simulate() {
    if (this.hasFaults) return this.tell(FAULTY);
    document.getElementById("tab-failures")?.click();
    await this.list();
    const step = stepOf(this.canvas.path);
    const lines = [...this.panel.querySelectorAll("[data-line]")].filter((line) => !step || line.getAttribute("data-line") === step);
    const cell = /** @type {HTMLElement | null | undefined} */ (lines.at(-1)?.querySelector("[data-film]"));
    if (cell) this.play(cell.dataset.step ?? "", cell.dataset.film ?? "");
    else this.tell("This step cannot fail: it only waits for a time.");
  }

  /** @param {string} step @param {string} failure */
  async play(step, failure) {
    this.hide();
    const page = document.getElementById("design");
    if (page && page.dataset.pane !== "canvas") /** @type {HTMLElement | null} */ (page.querySelector("[data-show=canvas]"))?.click();
    const why = await this.film.open(`${this.root}film/?${new URLSearchParams({ step, case: failure })}`);
    if (why) this.tell(why);
  }

  async list() {
    const { revision } = this.session.state;
    if (this.shown === revision) return;
    if (this.hasFaults) {
      this.panel.replaceChildren(make("p", { class: "muted" }, FAULTY));
      return;
    }
    const answer = await fetch(`${this.root}failures/`).catch(() => null);
    if (!answer?.ok || revision !== this.session.state.revision) return;
    this.panel.innerHTML = await answer.text();
    this.shown = revision;
    this.selected();
  }
}

/** @param {string} title @param {string} words @param {GhostLine[]} lines */
function boxOf(title, words, lines) {
  const box = make("section", { class: "ghost-lines sd-control", "aria-label": `Rollback if ${title} fails` }, make("p", {}, words));
  for (const stays of [false, true]) {
    const of = lines.filter((line) => line.stays === stays);
    if (!of.length) continue;
    box.append(make(stays ? "ul" : "ol", {}, ...of.map((line) => make("li", stays ? {} : { value: `${line.order}` }, line.words))));
  }
  return box;
}
