// @ts-check
/**
 * Parts of the page, as the server renders them. A part that has become old is fetched when it can be seen; what a person
 * opened, focused or scrolled stays so.
 */

const PAUSE = 120;

/** @type {WeakMap<HTMLElement, string>} by part, what the server sent last */
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
   * @param {(part: HTMLElement) => void} dress what to do with a part that is new on the page
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
    document.addEventListener("visibilitychange", () => this.plan());
  }

  /** @param {Iterable<string>} names these parts may show too little */
  age(names) {
    for (const name of names) this.old.add(name);
    this.plan();
  }

  /**
   * Fetch those of the names that can be seen, now.
   * @param {Iterable<string>} names
   * @returns {Promise<boolean>} whether the server answered
   */
  async ask(names) {
    for (const name of names) this.old.add(name);
    return this.busy || this.refresh(this.visible());
  }

  /** Fetch what is old and can be seen, soon. */
  plan() {
    clearTimeout(this.timer);
    if (this.busy || !this.visible().length || document.visibilityState !== "visible") return;
    const wait = Math.max(PAUSE, this.last + this.atMostEvery - Date.now());
    this.timer = setTimeout(() => this.refresh(this.visible()), wait);
  }

  visible() {
    return [...this.old].filter((name) => {
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
   * @param {string[]} names fetch and show these now
   * @returns {Promise<boolean>} whether the server answered
   */
  async refresh(names) {
    for (const name of names) this.old.delete(name);
    this.busy = true;
    this.last = Date.now();
    try {
      const answer = await fetch(this.address.replace("NAMES", names.join(",")) + location.search, {
        headers: { Accept: "text/html" },
      });
      if (!answer.ok || answer.redirected) throw new Error(`${answer.status}`);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const name of names) this.swap(name, page.querySelector(`[data-part="${name}"]`));
      return true;
    } catch {
      for (const name of names) this.old.add(name);
      return false;
    } finally {
      this.busy = false;
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
    const again = remember(part);
    part.replaceChildren(...fresh.childNodes);
    this.dress(part);
    again();
  }
}

/**
 * What a person did in a part, as a function that does it again in its successor.
 * @param {HTMLElement} part
 */
function remember(part) {
  const open = [...part.querySelectorAll("details[open][data-keep]")].map((one) => one.getAttribute("data-keep"));
  const closed = [...part.querySelectorAll("details:not([open])[data-keep]")].map((one) => one.getAttribute("data-keep"));
  const checked = [...part.querySelectorAll("input:checked")].map(selector);
  const focused = part.contains(document.activeElement) ? place(part, /** @type {Element} */ (document.activeElement)) : null;
  const scrolled = [...part.querySelectorAll(".scroll, .drawing, pre")].map((one) => [one.scrollLeft, one.scrollTop]);
  return () => {
    for (const one of part.querySelectorAll("details[data-keep]")) {
      const key = one.getAttribute("data-keep");
      if (open.includes(key)) /** @type {HTMLDetailsElement} */ (one).open = true;
      if (closed.includes(key)) /** @type {HTMLDetailsElement} */ (one).open = false;
    }
    for (const one of checked) /** @type {HTMLInputElement | null} */ (part.querySelector(one))?.click();
    [...part.querySelectorAll(".scroll, .drawing, pre")].forEach((one, number) => {
      if (scrolled[number]) [one.scrollLeft, one.scrollTop] = scrolled[number];
    });
    if (focused) /** @type {HTMLElement | null} */ (focused(part))?.focus({ preventScroll: true });
  };
}

/** @param {Element} input */
function selector(input) {
  const [name, value] = ["name", "value"].map((key) => CSS.escape(input.getAttribute(key) ?? ""));
  return `input[name="${name}"][value="${value}"]:not(:checked)`;
}

/**
 * How to find an element again: by its id, its address, its step, or its place among those that take focus.
 * @param {HTMLElement} part
 * @param {Element} element
 */
function place(part, element) {
  const names = ["id", "href", "data-step"].filter((name) => element.getAttribute(name));
  if (names.length) {
    const selector = `${element.localName}[${names[0]}="${CSS.escape(element.getAttribute(names[0]) ?? "")}"]`;
    return (/** @type {HTMLElement} */ fresh) => fresh.querySelector(selector);
  }
  const all = "a, button, summary, input, [tabindex]";
  const number = [...part.querySelectorAll(all)].indexOf(element);
  return (/** @type {HTMLElement} */ fresh) => fresh.querySelectorAll(all)[number] ?? null;
}
