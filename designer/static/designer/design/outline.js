// @ts-check
/** The outline: one line a step. */

import { drawnOf, stepsOf, titleOf } from "./state.js";

/** @typedef {import("./state.js").State} State */

/** @param {State} state @param {(path: string) => void} select */
export function showOutline(state, select) {
  const panel = /** @type {HTMLElement} */ (document.getElementById("design-outline"));
  const list = document.createElement("ul");
  list.className = "plain outline";
  /** @param {string} path @param {string} text @param {string} detail @param {string} sort */
  const line = (path, text, detail, sort) => {
    const item = document.createElement("li");
    item.className = sort;
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.drawn = drawnOf(path);
    const [what, more] = [document.createElement("span"), document.createElement("span")];
    what.textContent = text;
    more.textContent = detail;
    more.className = "detail";
    button.append(what, more);
    button.addEventListener("click", () => select(path));
    item.append(button);
    list.append(item);
  };
  for (const segment of Array.isArray(state.document.segments) ? state.document.segments : []) {
    if (!segment?.name) continue;
    line(`segments/${segment.name}`, titleOf(`segments/${segment.name}`, state.document), segment.style ?? "", "segment");
    for (const { step } of stepsOf({ segments: [segment] })) {
      if (!step?.name) continue;
      const path = `segments/${segment.name}/steps/${step.name}`;
      const work = step.action ?? ["event", "timer", "approval", "saga"].filter((key) => key in step).map((key) => `${key} ${step[key]}`)[0] ?? "";
      const undo = typeof step.undo === "string" ? ` ↶ ${step.undo}` : step.undo ? ` ↶ ${Object.keys(step.undo)[0]}` : "";
      const after = Array.isArray(step.after) ? ` · after ${step.after.join(", ") || "nothing"}` : "";
      line(path, titleOf(path, state.document), `${work}${undo}${after}`, "step");
    }
  }
  panel.replaceChildren(list);
}
