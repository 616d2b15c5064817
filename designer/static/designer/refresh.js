// @ts-check
/** Refreshes the parts of a page that change, as the server renders them, until the server marks them as final. */

import { remember } from "./live/keep_place.js";
import { showTimes } from "./live/times.js";

const LONGEST_PAUSE = 30_000;

const SETTLED = 150;

/** @type {WeakMap<HTMLElement, number>} */
const timers = new WeakMap();

for (const element of document.querySelectorAll("[data-refresh]")) {
  follow(/** @type {HTMLElement} */ (element));
  if (element.hasAttribute("data-eager")) hurry(/** @type {HTMLElement} */ (element));
}

/**
 * Refresh once the page has asked the server for anything else, because that may have changed the element.
 * @param {HTMLElement} element
 */
function hurry(element) {
  new PerformanceObserver((seen) => {
    const asked = /** @type {PerformanceResourceTiming[]} */ (seen.getEntries());
    const others = asked.filter((one) => one.initiatorType === "fetch" && !one.name.endsWith(element.dataset.refresh ?? ""));
    if (others.length && timers.has(element)) follow(element, SETTLED, Number(element.dataset.every));
  }).observe({ type: "resource" });
}

/**
 * @param {HTMLElement} element
 * @param {number} [pause] milliseconds, longer after each failure
 * @param {number} [kept] the pause that grows after a failure
 */
function follow(element, pause = Number(element.dataset.every), kept = pause) {
  clearTimeout(timers.get(element));
  if (element.querySelector("[data-over]")) return;
  timers.set(element, setTimeout(() => refresh(element, kept), pause));
}

/**
 * @param {HTMLElement} element
 * @param {number} pause
 */
async function refresh(element, pause) {
  timers.delete(element);
  let next = Math.min(pause * 2, LONGEST_PAUSE);
  try {
    if (document.visibilityState !== "visible") next = pause;
    else {
      const answer = await fetch(element.dataset.refresh ?? "", { credentials: "same-origin" });
      if (answer.redirected) return;
      if (answer.ok) {
        swap(element, await answer.text());
        next = Number(element.dataset.every);
      }
    }
  } catch {
    // The site is unavailable for a moment: the next refresh tries again.
  }
  follow(element, next);
}

/**
 * @param {HTMLElement} element
 * @param {string} html
 */
function swap(element, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  if (element.getAttribute("role") === "status" && fresh.body.textContent === element.textContent) return; // it would be read again
  const restore = remember(element);
  element.replaceChildren(...fresh.body.childNodes);
  showTimes(element);
  restore();
}
