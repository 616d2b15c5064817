// @ts-check
/** Fetches again what changes on a page, as the server renders it, until it says that it is over. */

import { showTimes } from "./live/times.js";

for (const element of document.querySelectorAll("[data-refresh]")) {
  follow(/** @type {HTMLElement} */ (element));
}

/** @param {HTMLElement} element */
function follow(element) {
  if (element.querySelector("[data-over]")) return;
  setTimeout(() => refresh(element), Number(element.dataset.every));
}

/** @param {HTMLElement} element */
async function refresh(element) {
  try {
    if (document.visibilityState === "visible") {
      const answer = await fetch(element.dataset.refresh ?? "", { credentials: "same-origin" });
      if (answer.ok && !answer.redirected) swap(element, await answer.text());
    }
  } catch {
    // The site is away for a moment: the next try comes by itself.
  } finally {
    follow(element);
  }
}

/**
 * @param {HTMLElement} element
 * @param {string} html
 */
function swap(element, html) {
  const focused = element.contains(document.activeElement) ? place(element) : -1;
  const fresh = new DOMParser().parseFromString(html, "text/html");
  element.replaceChildren(...fresh.body.childNodes);
  showTimes(element);
  if (focused >= 0) /** @type {HTMLElement | undefined} */ (reachable(element)[focused])?.focus();
}

/** @param {HTMLElement} element */
function place(element) {
  return reachable(element).indexOf(/** @type {Element} */ (document.activeElement));
}

/** @param {HTMLElement} element */
function reachable(element) {
  return [...element.querySelectorAll("a[href], button, input, summary")];
}
