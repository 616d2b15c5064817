// @ts-check
/**
 * Sections that stand below each other become tabs (WAI-ARIA: tablist, tab, tabpanel; arrow keys, Home, End). Without
 * this script they stay sections.
 */

/** @type {Map<string, string>} by set of tabs, the heading id of the one that was chosen */
const chosen = new Map();

/**
 * @param {ParentNode} root
 * @param {() => void} [shown] called after another tab is shown
 */
export function makeTabs(root, shown = () => {}) {
  for (const set of root.querySelectorAll("[data-tabs]:not([data-made])")) makeSet(/** @type {HTMLElement} */ (set), shown);
}

/** Shows the tab that holds what the address points to. The heading of a tab is hidden: its tabs are what there is to see. */
export function followHash() {
  const target = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
  const panel = target?.closest("[role=tabpanel]");
  if (!target || !panel) return;
  document.getElementById(panel.getAttribute("data-tab") ?? "")?.click();
  if (target.hidden) panel.parentElement?.scrollIntoView();
  else target.scrollIntoView({ block: "center" });
}

/**
 * @param {HTMLElement} set
 * @param {() => void} shown
 */
function makeSet(set, shown) {
  set.dataset.made = "";
  const name = set.dataset.tabs ?? "";
  const sections = /** @type {HTMLElement[]} */ ([...set.children].filter((child) => child.localName === "section"));
  const list = document.createElement("div");
  list.className = "tablist";
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", name === "run" ? "About the run" : "About the step");
  const tabs = sections.map((section) => makeTab(section));
  list.append(...tabs);
  set.prepend(list);
  const show = (/** @type {HTMLElement} */ tab, focus = false) => {
    tabs.forEach((each, number) => {
      each.setAttribute("aria-selected", String(each === tab));
      each.tabIndex = each === tab ? 0 : -1;
      sections[number].hidden = each !== tab;
    });
    chosen.set(name, tab.id);
    if (focus) tab.focus();
    shown();
  };
  list.addEventListener("click", (event) => {
    const tab = tabs.find((each) => each.contains(/** @type {Node} */ (event.target)));
    if (tab) show(tab);
  });
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    show(tabs[(to + tabs.length) % tabs.length], true);
  });
  show(tabs.find((tab) => tab.id === chosen.get(name)) ?? tabs[0]);
}

/**
 * @param {HTMLElement} section
 * @returns {HTMLButtonElement}
 */
function makeTab(section) {
  const heading = /** @type {HTMLElement} */ (section.querySelector("h2, h3"));
  const tab = document.createElement("button");
  tab.type = "button";
  tab.id = `tab-${heading.id}`;
  tab.textContent = heading.textContent;
  tab.setAttribute("role", "tab");
  tab.setAttribute("aria-controls", `panel-${heading.id}`);
  section.id = `panel-${heading.id}`;
  section.dataset.tab = tab.id;
  section.setAttribute("role", "tabpanel");
  section.setAttribute("aria-labelledby", tab.id);
  heading.hidden = true;
  return tab;
}
