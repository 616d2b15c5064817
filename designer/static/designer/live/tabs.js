// @ts-check
/**
 * Links above sections become tabs (WAI-ARIA: tablist, tab, tabpanel; arrow keys, Home, End). The server shows the section
 * that the address names; without this script the links load the page with another one.
 */

/** Pixels that fade out at the ends of a strip with more tabs (site.css). */
const FADE = 48;

/**
 * @param {ParentNode} root
 * @param {(name: string, value: string) => void} chosen called with the name in the address and the tab, when a key chooses
 */
export function makeTabs(root, chosen) {
  for (const set of root.querySelectorAll("[data-tabs]:not([data-made])")) makeSet(/** @type {HTMLElement} */ (set), chosen);
}

/**
 * Show the tab, and hide the others of its set.
 * @param {string} name of the set in the address: `tab` or `about`
 * @param {string} value the tab; empty: the first one
 */
export function showTab(name, value) {
  const set = document.querySelector(`[data-tabs][data-name="${name}"]`);
  if (!set) return;
  const tabs = tabsOf(set);
  const shown = tabs.find((tab) => tab.dataset.tab === value) ?? tabs[0];
  for (const tab of tabs) {
    tab.setAttribute("aria-selected", String(tab === shown));
    tab.removeAttribute("aria-current");
    tab.tabIndex = tab === shown ? 0 : -1;
    const panel = panelOf(tab);
    if (panel) panel.hidden = tab !== shown;
  }
  const list = shown?.parentElement;
  if (!list || !shown) return;
  const at = shown.offsetLeft - list.offsetLeft;
  list.scrollLeft = Math.min(at - FADE, Math.max(list.scrollLeft, at + shown.offsetWidth - list.clientWidth + FADE));
}

/**
 * @param {HTMLElement} set
 * @param {(name: string, value: string) => void} chosen
 */
function makeSet(set, chosen) {
  set.dataset.made = "";
  const list = /** @type {HTMLElement} */ (set.querySelector(".tablist"));
  const tabs = tabsOf(set);
  const shown = tabs.find((tab) => tab.hasAttribute("aria-current")) ?? tabs[0];
  list.setAttribute("role", "tablist");
  for (const tab of tabs) {
    const panel = panelOf(tab);
    tab.setAttribute("role", "tab");
    if (panel) {
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
    }
    tab.addEventListener("keydown", (event) => {
      const at = tabs.indexOf(tab);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (event.key === " ") tab.click();
      else if (to === undefined) return;
      else {
        const next = tabs[(to + tabs.length) % tabs.length];
        chosen(set.dataset.name ?? "", next.dataset.tab ?? "");
        next.focus();
      }
      event.preventDefault();
    });
  }
  showTab(set.dataset.name ?? "", shown?.dataset.tab ?? "");
}

/**
 * @param {Element} set
 * @returns {HTMLElement[]}
 */
function tabsOf(set) {
  return [...set.querySelectorAll(":scope > .tablist > a")].map((tab) => /** @type {HTMLElement} */ (tab));
}

/** @param {HTMLElement} tab */
function panelOf(tab) {
  return document.getElementById(tab.id.replace(/^tab-/, "panel-"));
}
