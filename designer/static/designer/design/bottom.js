// @ts-check
/** The pane below the drawing: problems that lead to their field, the history, and the tabs between them. */

import { titleOf } from "./state.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Problem} Problem */

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
    const line = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "problem";
    button.dataset.severity = problem.severity;
    const [sign, where, what] = ["span", "strong", "span"].map((name) => document.createElement(name));
    sign.className = `badge tone-${tone}`;
    sign.textContent = mark;
    sign.setAttribute("aria-label", problem.severity);
    sign.setAttribute("role", "img");
    where.textContent = problem.element === "saga" ? "Saga" : titleOf(problem.element, state.document);
    what.textContent = sentence(problem.message);
    button.append(sign, where, what);
    button.addEventListener("click", () => jump(problem));
    line.append(button);
    if (problem.mend) {
      const mend = document.createElement("button");
      mend.type = "button";
      mend.className = "quiet small";
      mend.textContent = "Apply";
      mend.setAttribute("aria-label", `Apply: ${problem.message}`);
      mend.addEventListener("click", () => send(problem.mend));
      line.append(mend);
    }
    return line;
  });
  const count = document.querySelector("[data-count-problems]");
  const told = [
    counts.fault && `${counts.fault} ${counts.fault === 1 ? "fault" : "faults"}`,
    counts.warning && `${counts.warning} ${counts.warning === 1 ? "warning" : "warnings"}`,
    counts.advice && `${counts.advice} ${counts.advice === 1 ? "suggestion" : "suggestions"}`,
  ].filter(Boolean).join(" · ");
  if (count) count.textContent = told || "0";
  if (!lines.length) {
    const none = document.createElement("p");
    none.className = "muted";
    none.textContent = "No problems.";
    panel.replaceChildren(none);
    return;
  }
  const list = document.createElement("ul");
  list.className = "plain";
  list.append(...lines);
  panel.replaceChildren(list);
}

/** @param {State} state */
export function showHistory(state) {
  const panel = /** @type {HTMLElement} */ (document.getElementById("panel-history"));
  const list = document.createElement("ol");
  list.className = "plain history";
  list.append(...[...state.history].reverse().map((entry) => {
    const line = document.createElement("li");
    if (entry.undone) line.className = "undone";
    const [what, who, when] = ["span", "span", "time"].map((name) => document.createElement(name));
    what.textContent = entry.undone ? `${entry.sentence} (undone)` : entry.sentence;
    who.textContent = entry.by;
    when.setAttribute("datetime", entry.at);
    when.textContent = new Date(entry.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
    line.append(when, who, what);
    return line;
  }));
  const none = document.createElement("p");
  none.className = "muted";
  none.textContent = "No changes yet.";
  panel.replaceChildren(state.history.length ? list : none);
}

/** @param {string} message */
function sentence(message) {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.?!]$/.test(text) ? text : `${text}.`;
}
