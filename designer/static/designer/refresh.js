// @ts-check
/** Refreshes the parts of a page that change, as the server renders them, until the server marks them as final. */

import { remember } from "./live/keep_place.js";
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
    // The site is unavailable for a moment: the next refresh tries again.
  } finally {
    follow(element);
  }
}

/**
 * @param {HTMLElement} element
 * @param {string} html
 */
function swap(element, html) {
  const restore = remember(element);
  const fresh = new DOMParser().parseFromString(html, "text/html");
  element.replaceChildren(...fresh.body.childNodes);
  showTimes(element);
  restore();
}
