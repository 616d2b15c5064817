// @ts-check
/** The pane below the drawing: problems that lead to their field, the history, and the tabs between them. */

import { button, make, titleOf } from "./state.js";

const CLOCK = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const MARKS = { fault: ["✖", "red"], warning: ["▲", "orange"], advice: ["i", "sky"] };

export function useTabs() {
  const tabs = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#design-bottom [role=tab]"))];
  const open = (/** @type {HTMLElement} */ tab) => {
    for (const each of tabs) {
      each.setAttribute("aria-selected", String(each === tab));
      each.tabIndex = each === tab ? 0 : -1;
      const panel = document.getElementById(each.getAttribute("aria-controls") ?? "");
      if (panel) panel.hidden = each !== tab;
    }
    tab.dispatchEvent(new CustomEvent("opened", { bubbles: true, detail: tab.id }));
  };
  for (const tab of tabs) {
    tab.addEventListener("click", () => open(tab));
    tab.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      const next = tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length];
      next.focus();
      open(next);
    });
  }
  open(tabs[0]);
}

/** @param {State} state @param {(problem: Problem) => void} jump @param {(operation: any) => void} send */
export function showProblems(state, jump, send) {
  const panel = /** @type {HTMLElement} */ (document.getElementById("panel-problems"));
  const counts = { fault: 0, warning: 0, advice: 0 };
  const lines = state.problems.map((problem) => {
    counts[/** @type {keyof typeof counts} */ (problem.severity)] += 1;
    const [mark, tone] = MARKS[/** @type {keyof typeof MARKS} */ (problem.severity)] ?? MARKS.advice;
    const sign = make("span", { class: `badge tone-${tone}`, role: "img", "aria-label": problem.severity }, mark);
    const where = make("strong", {}, problem.element === "saga" ? "Saga" : titleOf(problem.element, state.document));
    const what = button({ class: "problem", "data-severity": problem.severity }, () => jump(problem), sign, where, make("span", {}, sentence(problem.message)));
    return make("li", {}, what, problem.mend ? button({ "aria-label": `Apply: ${problem.message}` }, () => send(problem.mend), "Apply") : "");
  });
  const count = document.querySelector("[data-count-problems]");
  const told = Object.values(counts).map((number, at) => number && `${number} ${["fault", "warning", "suggestion"][at]}${number === 1 ? "" : "s"}`).filter(Boolean).join(" · ");
  if (count) count.textContent = told || "0";
  fill(panel, "ul", "plain", lines, "No problems.");
}

/** @param {State} state */
export function showHistory(state) {
  const panel = /** @type {HTMLElement} */ (document.getElementById("panel-history"));
  const lines = [...state.history].reverse().map((entry) => {
    const what = entry.undone ? `${entry.sentence} (undone)` : entry.sentence;
    const time = make("time", { datetime: entry.at }, CLOCK.format(new Date(entry.at)));
    return make("li", { class: entry.undone ? "undone" : "" }, time, make("span", {}, entry.by), make("span", {}, what));
  });
  fill(panel, "ol", "plain history", lines, "No changes yet.");
}

/** @param {Element} panel @param {"ol" | "ul"} sort @param {string} look @param {Element[]} lines @param {string} none if there are no lines */
function fill(panel, sort, look, lines, none) {
  panel.replaceChildren(lines.length ? make(sort, { class: look }, ...lines) : make("p", { class: "muted" }, none));
}

/** @param {string} message */
function sentence(message) {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.?!]$/.test(text) ? text : `${text}.`;
}
