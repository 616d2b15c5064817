// @ts-check
/** The three views of one document: Design, Outline and Code. The chosen one is in the address, so that a reload keeps it. */

const MODES = ["design", "outline", "code"];

export class Modes extends EventTarget {
  /** @param {HTMLElement} page */
  constructor(page) {
    super();
    this.page = page;
    this.buttons = [.../** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll("[data-to-mode]"))];
    for (const button of this.buttons) button.addEventListener("click", () => this.set(button.dataset.toMode ?? "design"));
  }

  get mode() {
    return this.page.dataset.mode ?? "design";
  }

  start() {
    this.set(location.hash.slice(1));
  }

  /** @param {string} wanted */
  set(wanted) {
    const mode = MODES.includes(wanted) ? wanted : "design";
    const changed = mode !== this.mode;
    this.page.dataset.mode = mode;
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.toMode === mode));
    if (!changed) return;
    history.replaceState(history.state, "", mode === "design" ? location.pathname : `#${mode}`);
    this.dispatchEvent(new CustomEvent("mode", { detail: mode }));
  }
}
