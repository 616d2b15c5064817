// @ts-check
/** What a user wants to see first: what failed, else what is at work, else the start. */

const FAILED = ["stuck", "parked", "missing-parked", "failed", "irreversible", "missing"];
const AT_WORK = ["running", "compensating", "undo-retrying", "retrying", "late", "waiting", "ready"];

/** @param {SVGSVGElement} svg @returns {Element | null} */
export function whatMatters(svg) {
  return firstOf(svg, FAILED) ?? atWork(svg) ?? svg.querySelector(".sf-node.sf-start");
}

/** @param {SVGSVGElement} svg @returns {Element | null} the node at work, if any */
export function atWork(svg) {
  return firstOf(svg, AT_WORK);
}

/** @param {SVGSVGElement} svg @param {string[]} statuses the worst first */
function firstOf(svg, statuses) {
  for (const status of statuses) {
    const found = svg.querySelector(`.sf-node:is([data-step], [data-segment]).sf-is-${status}`);
    if (found) return found;
  }
  return null;
}
