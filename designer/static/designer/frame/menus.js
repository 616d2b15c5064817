// @ts-check
/** The menus of the top bar open without a script. With it, Escape and a click elsewhere close them. */

export function useMenus() {
  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      event.stopImmediatePropagation();
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  });
}

function openMenus() {
  return /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("details.menu[open]"));
}
