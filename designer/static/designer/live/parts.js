// @ts-check
/**
 * Parts of the page, as the server renders them. An outdated part is fetched when it is visible. What the user opened,
 * focused or scrolled stays so.
 */

import { remember } from "./keep_place.js";

const PAUSE = 120;

/** @type {WeakMap<HTMLElement, string>} the latest HTML from the server, by part */
const rendered = new WeakMap();

/**
 * The names of the parts of this page.
 * @param {string} [which] a selector that they match
 */
export function partNames(which = "") {
  const found = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`[data-part]${which}`));
  return [...found].map((part) => part.dataset.part ?? "");
}

export class Parts {
  /**
   * @param {string} address of the parts, with NAMES where their names go
   * @param {(part: HTMLElement) => void} dress called with each part that was replaced
   * @param {number} [atMostEvery] milliseconds between two requests
   */
  constructor(address, dress, atMostEvery = 700) {
    this.atMostEvery = atMostEvery;
    this.address = address;
    this.dress = dress;
    /** @type {Set<string>} */
    this.old = new Set();
    this.timer = 0;
    this.last = 0;
    this.busy = false;
    /** @type {Map<string, number>} the number of the latest request for each part */
    this.asked = new Map();
    this.requests = 0;
    document.addEventListener("visibilitychange", () => this.plan());
  }

  /** @param {Iterable<string>} names the parts that may be outdated */
  age(names) {
    for (const name of names) this.old.add(name);
    this.plan();
  }

  /**
   * Fetch the visible parts among the names now.
   * @param {Iterable<string>} names
   * @returns {Promise<boolean>} whether the server answered
   */
  async ask(names) {
    for (const name of names) this.old.add(name);
    return this.busy || this.refresh(this.visible());
  }

  /**
   * Fetch the visible outdated parts soon.
   * @param {number} [wait] milliseconds
   */
  plan(wait = Math.max(PAUSE, this.last + this.atMostEvery - Date.now())) {
    clearTimeout(this.timer);
    if (this.busy || !this.visible().length || document.visibilityState !== "visible") return;
    this.timer = setTimeout(() => this.refresh(this.visible()), wait);
  }

  visible() {
    return this.among([...this.old]);
  }

  /**
   * The names of the parts that the user sees.
   * @param {string[]} names
   */
  among(names) {
    return names.filter((name) => {
      const part = this.find(name);
      return part && !part.closest("[hidden]");
    });
  }

  /**
   * @param {string} name
   * @returns {HTMLElement | null}
   */
  find(name) {
    return document.querySelector(`[data-part="${name}"]`);
  }

  /**
   * @param {string[]} names the parts to fetch and show now
   * @returns {Promise<boolean>} whether the server answered
   */
  async refresh(names) {
    if (!names.length) return true;
    const request = ++this.requests;
    for (const name of names) {
      this.old.delete(name);
      this.asked.set(name, request);
    }
    this.busy = true;
    this.last = Date.now();
    try {
      const answer = await fetch(this.address.replace("NAMES", names.join(",")) + location.search, {
        headers: { Accept: "text/html" },
      });
      if (!answer.ok || answer.redirected) throw new Error(`${answer.status}`);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const name of names) {
        // An answer that was overtaken shows what the user has left.
        if (this.asked.get(name) === request) this.swap(name, page.querySelector(`[data-part="${name}"]`));
      }
      return true;
    } catch {
      for (const name of names) this.old.add(name);
      return false;
    } finally {
      this.busy = request !== this.requests && this.busy;
      this.plan();
    }
  }

  /**
   * @param {string} name
   * @param {Element | null} fresh
   */
  swap(name, fresh) {
    const part = this.find(name);
    const html = fresh?.innerHTML ?? "";
    if (!part || !fresh || rendered.get(part) === html) return;
    rendered.set(part, html);
    part.removeAttribute("data-late");
    const again = remember(part);
    replace(part, fresh);
    this.dress(part);
    again();
  }
}

/**
 * Put the new content in place. A drawing stays on the page with its view and takes over what the new one shows.
 * @param {HTMLElement} part
 * @param {Element} fresh
 */
function replace(part, fresh) {
  const [drawing, next] = [part, fresh].map((one) => one.querySelector(":scope > saga-drawing"));
  if (!drawing || !next) {
    part.replaceChildren(...fresh.childNodes);
    return;
  }
  const nodes = [...fresh.childNodes];
  /** @type {import("../../../../sagaflow/static/sagaflow/drawing/drawing.js").SagaDrawing} */ (drawing).take(next);
  for (const child of [...part.childNodes]) if (child !== drawing) child.remove();
  drawing.before(...nodes.slice(0, nodes.indexOf(next)));
  drawing.after(...nodes.slice(nodes.indexOf(next) + 1));
}
