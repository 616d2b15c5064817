// @ts-check
/**
 * A simulated failure, played on the drawing: forward, failure, retries, rollback. Play and pause, one picture on or
 * back, and a slider over all of them. Closing gives the drawing back as it was. With reduced motion nothing plays by
 * itself.
 *
 * Event: `closed`.
 */

import { make } from "../design/state.js";
import { forget, paint } from "../live/paint.js";

const PACE = 900;

export class Film extends EventTarget {
  /** @param {SagaDrawing} drawing @param {HTMLElement} room where the controls stand */
  constructor(drawing, room) {
    super();
    this.drawing = drawing;
    this.room = room;
    /** @type {HTMLElement | null} */
    this.box = null;
    this.at = 0;
    this.timer = 0;
    this.asked = 0;
    /** @type {Element | null} */
    this.from = null;
    /** @type {Node | null} */
    this.before = null;
  }

  get isOpen() {
    return this.box !== null;
  }

  /** @param {string} address @returns {Promise<string>} why it cannot be played; empty: it is open */
  async open(address) {
    const number = ++this.asked;
    const { data, why } = await ask(address);
    if (number !== this.asked) return "";
    if (why) return why;
    if (this.isOpen) this.restore();
    else this.from = document.activeElement;
    /** @type {Pictures} */
    this.pictures = data;
    this.address = address;
    const svg = this.drawing.querySelector("svg.sf-flowchart");
    this.before = svg?.cloneNode(true) ?? null;
    this.drawing.classList.add("film-plays");
    this.make();
    this.show(0);
    this.get("play").focus({ preventScroll: true });
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.play();
    return "";
  }

  make() {
    const { title = "", frames = [], others = [] } = this.pictures ?? {};
    this.box?.remove();
    const heading = [make("strong", {}, title), make("span", { "data-film": "count" }), button("close", "Close the simulation", "✕")];
    const slider = make("input", { type: "range", min: "0", max: `${frames.length - 1}`, "data-film": "slider", "aria-label": "Picture" });
    const turn = frames.findIndex((frame) => frame.back);
    slider.style.setProperty("--turn", turn < 0 ? "100%" : `${(100 * turn) / Math.max(1, frames.length - 1)}%`);
    const line = [button("back", "Previous picture", "◂"), button("play", "Play", "▶"), button("on", "Next picture", "▸"), slider];
    const box = make("section", { class: "film sd-control", "aria-label": `Simulation: ${title}` },
      make("p", { class: "film-title" }, ...heading), make("p", { class: "film-words", "data-film": "words" }), make("p", { class: "film-line" }, ...line));
    if (others.length > 1) box.append(this.choices(others));
    this.room.append(box);
    this.box = box;
    this.get("close").addEventListener("click", () => this.close());
    this.get("play").addEventListener("click", () => (this.timer ? this.pause() : this.play()));
    this.get("back").addEventListener("click", () => this.step(-1));
    this.get("on").addEventListener("click", () => this.step(1));
    slider.addEventListener("input", () => {
      this.pause();
      this.show(Number(slider.value));
    });
    box.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {{ end: string, words: string }[]} others */
  choices(others) {
    const select = make("select");
    const now = new URL(this.address ?? "", location.href).searchParams.get("end") ?? "0";
    for (const other of others) select.append(new Option(other.words, other.end, false, other.end === now));
    select.addEventListener("change", () => {
      const address = new URL(this.address ?? "", location.href);
      address.searchParams.set("end", select.value);
      this.open(`${address.pathname}${address.search}`);
    });
    return make("label", { class: "film-ends" }, "End ", select);
  }

  /** @param {string} name @returns {HTMLElement} */
  get(name) {
    return /** @type {HTMLElement} */ (this.box?.querySelector(`[data-film="${name}"]`));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const target = /** @type {Element} */ (event.target);
    if (event.key === "Escape") this.close();
    else if (target.matches("input, select")) return event.stopPropagation();
    else if (event.key === "ArrowRight") this.step(1);
    else if (event.key === "ArrowLeft") this.step(-1);
    else if (event.key === "Home") this.step(-this.at);
    else if (event.key === "End") this.step(this.last);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  get last() {
    return (this.pictures?.frames.length ?? 1) - 1;
  }

  play() {
    if (this.at >= this.last) this.show(0);
    this.timer = window.setInterval(() => (this.at < this.last ? this.show(this.at + 1) : this.pause()), PACE);
    this.said();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    if (this.box) this.said();
  }

  /** A reader hears each picture when it stands, and only the end of what plays. */
  said() {
    const play = this.get("play");
    play.textContent = this.timer ? "❙❙" : "▶";
    play.setAttribute("aria-label", this.timer ? "Pause" : "Play");
    play.title = this.timer ? "Pause" : "Play";
    this.get("words").setAttribute("aria-live", this.timer ? "off" : "polite");
  }

  /** @param {number} by */
  step(by) {
    this.pause();
    this.show(Math.max(0, Math.min(this.last, this.at + by)));
  }

  /** @param {number} number of the picture: all that was painted up to it */
  show(number) {
    const frames = this.pictures?.frames ?? [];
    const frame = frames[number];
    if (!frame || !this.box) return;
    /** @type {Paint} */
    const whole = {};
    for (const one of frames.slice(number < this.at ? 0 : this.at, number + 1)) Object.assign(whole, one.paint);
    this.at = number;
    paint(whole);
    const slider = /** @type {HTMLInputElement} */ (this.get("slider"));
    slider.value = String(number);
    const count = `${number + 1} of ${frames.length} · ${frame.at}`;
    const words = number === this.last ? `${frame.words} ${this.pictures?.end ?? ""}` : frame.words;
    slider.setAttribute("aria-valuetext", `${count}: ${words}`);
    this.get("count").textContent = count;
    this.get("words").textContent = words;
    const element = frame.element && this.drawing.querySelector(`[data-element="${CSS.escape(frame.element)}"]`);
    this.drawing.overlay("film", frame.element ? { [frame.element]: { class: "film-now" } } : null);
    if (element) this.drawing.viewport?.reveal(element);
  }

  close() {
    if (!this.isOpen) return;
    this.asked += 1;
    const inside = this.box?.contains(document.activeElement);
    this.restore();
    this.box = null;
    const { from } = this;
    if (inside && (from instanceof HTMLElement || from instanceof SVGElement) && from.isConnected) from.focus({ preventScroll: true });
    this.dispatchEvent(new CustomEvent("closed"));
  }

  restore() {
    this.pause();
    this.box?.remove();
    this.drawing.overlay("film", null);
    this.drawing.classList.remove("film-plays");
    forget();
    if (!this.before) return;
    this.drawing.take(make("div", {}, this.before));
    this.before = null;
  }
}

/**
 * The answer of a simulation, or why there is none.
 * @param {string} address @returns {Promise<{ data: any, why: string }>}
 */
export async function ask(address) {
  const answer = await fetch(address).catch(() => null);
  const data = await answer?.json().catch(() => null);
  return answer?.ok && data ? { data, why: "" } : { data: null, why: data?.error?.message ?? "The simulation cannot be reached." };
}

/** @param {string} name @param {string} words @param {string} sign @returns {HTMLButtonElement} */
function button(name, words, sign) {
  return make("button", { type: "button", class: "quiet small", "data-film": name, title: words, "aria-label": words }, sign);
}
