// @ts-check
/** The theme changes at once; the cookie makes the server write it into the next page. */

import { keep } from "./cookies.js";

export function useTheme() {
  const menu = /** @type {HTMLDetailsElement | null} */ (document.querySelector("[data-menu=theme]"));
  const form = menu?.querySelector("form");
  form?.addEventListener("submit", (event) => {
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    if (!menu || !button) return;
    event.preventDefault();
    keep("sagaflow_theme", button.value);
    put(button.value);
    for (const each of form.querySelectorAll("button")) each.setAttribute("aria-pressed", String(each === button));
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
}

/** @param {string} theme empty: that of the system */
function put(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  document.querySelector("meta[name=color-scheme]")?.setAttribute("content", theme || "light dark");
}
