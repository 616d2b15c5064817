// @ts-check
/** The palette: search, a click (then a place is chosen), or a drag. It also lists what can be added from the keyboard. */

import { useDrag } from "./drag.js";

const ACTION = /^[A-Za-z][\w-]{0,63}\.[A-Za-z][\w.-]{0,63}$/;

export class Palette {
  /** @param {HTMLElement} pane @param {Placing} placing @param {() => string} near the selected step */
  constructor(pane, placing, near) {
    this.pane = pane;
    this.placing = placing;
    this.near = near;
    /** @type {HTMLElement[]} */
    this.items = [];
  }

  /** @param {string} address */
  async load(address) {
    const answer = await fetch(address).catch(() => null);
    if (!answer?.ok) return;
    this.pane.innerHTML = await answer.text();
    this.items = [.../** @type {NodeListOf<HTMLElement>} */ (this.pane.querySelectorAll("[data-section] .item"))];
    const search = /** @type {HTMLInputElement | null} */ (this.pane.querySelector("#palette-search"));
    search?.addEventListener("input", () => this.filter(search.value.trim()));
    search?.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !search.value.trim()) return;
      event.preventDefault();
      /** @type {HTMLElement | null} */ (this.pane.querySelector("ul:not([hidden]) > li:not([hidden]) .item"))?.click();
    });
    this.pane.addEventListener("click", (event) => {
      const item = /** @type {Element} */ (event.target).closest(".item");
      if (item) this.placing.start(heldOf(/** @type {HTMLElement} */ (item)), { near: this.near() });
    });
    useDrag(this.pane, (target) => {
      const item = /** @type {HTMLElement | null} */ (target.closest(".item"));
      return item && heldOf(item);
    }, this.placing);
  }

  /** @param {string} typed */
  filter(typed) {
    for (const item of this.items) item.parentElement?.toggleAttribute("hidden", !matches(item.dataset.search ?? "", typed));
    for (const section of this.pane.querySelectorAll("[data-section]")) {
      section.toggleAttribute("hidden", !section.querySelector("li:not([hidden])"));
    }
    const room = this.pane.querySelector("[data-plan]");
    const item = /** @type {HTMLElement | null} */ (room?.querySelector(".item"));
    if (!room || !item) return;
    room.toggleAttribute("hidden", !typed || this.items.some((each) => !each.parentElement?.hidden));
    item.dataset.steps = JSON.stringify([planned(typed)]);
    item.children[0].textContent = typed;
  }

  /** @param {string} wanted @returns {Choice[]} the best first; a name that is not registered becomes a planned action */
  choices(wanted) {
    const typed = wanted.trim();
    /** @type {Choice[]} */
    const found = this.items
      .filter((item) => item.dataset.sort !== "segment" && matches(item.dataset.search ?? "", typed))
      .map((item) => ({
        held: heldOf(item),
        search: item.dataset.search ?? "",
        title: item.querySelector(".what")?.textContent ?? "",
        detail: item.querySelector(".detail")?.textContent ?? "",
      }));
    found.sort((one, two) => rank(one.search, typed) - rank(two.search, typed));
    if (!typed) return found;
    return [...found, { held: { title: typed, sort: "action", steps: [planned(typed)] }, search: "", title: typed, detail: "a new action that is not written yet" }];
  }
}

/** @param {string} typed @returns {any} the step of an action to write */
function planned(typed) {
  const action = ACTION.test(typed) ? typed : `service.${slug(typed)}`;
  return { name: slug(action.slice(action.indexOf(".") + 1)), ...(ACTION.test(typed) ? {} : { title: typed }), action };
}

/** @param {HTMLElement} item @returns {Held} */
function heldOf(item) {
  const { sort = "action", style, steps } = item.dataset;
  const title = item.querySelector(".what")?.textContent ?? "";
  return sort === "segment" ? { title, sort, style } : { title, sort, steps: JSON.parse(steps ?? "[]") };
}

/** @param {string} text @param {string} wanted every word of it is in the text */
function matches(text, wanted) {
  const plain = text.replace(/[_.]/g, " ");
  return wanted.toLowerCase().split(/\s+/).every((word) => text.includes(word) || plain.includes(word));
}

/** @param {string} text @param {string} wanted */
function rank(text, wanted) {
  return text.startsWith(wanted.toLowerCase()) ? 0 : 1;
}

/** @param {Choice[]} choices @param {any} step @returns {Choice[]} those of its service first: services share titles */
export function ownFirst(choices, step) {
  const service = `${String(step?.action ?? "").split(".")[0]}.`;
  const isOwn = (/** @type {Choice} */ { held, search }) => Number(search !== "" && String(held.steps?.[0].action).startsWith(service));
  return [...choices].sort((one, two) => isOwn(two) - isOwn(one));
}

/** @param {string} text @returns {string} `Take payment` → `take_payment` */
export function slug(text) {
  const made = text.normalize("NFKD").toLowerCase().replace(/[^a-z0-9_-]+/g, "_").replace(/^[^a-z]+|_+$/g, "").slice(0, 60);
  return made || "step";
}

