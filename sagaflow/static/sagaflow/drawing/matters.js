// @ts-check
/** What a user wants to see first: what failed, else what is at work, else the start. */

const FAILED = ["undo-stuck", "stuck", "parked", "missing-parked", "undo-retrying", "failed", "irreversible", "missing"];
const AT_WORK = ["running", "compensating", "undo-retrying", "retrying", "late", "waiting", "ready"];

/** @param {SVGSVGElement} svg @returns {Element | null} */
export function whatMatters(svg) {
  return firstOf(svg, FAILED) ?? firstOf(svg, AT_WORK) ?? svg.querySelector(".sf-node.sf-start");
}

/** @param {SVGSVGElement} svg @returns {Element | null} the node at work, or what failed when none is */
export function nowMatters(svg) {
  return firstOf(svg, AT_WORK) ?? firstOf(svg, FAILED);
}

/** @param {SVGSVGElement} svg @param {string[]} statuses the worst first */
function firstOf(svg, statuses) {
  for (const status of statuses) {
    const found = svg.querySelector(`.sf-node:is([data-step], [data-segment]).sf-is-${status}`);
    const undo = status.startsWith("undo-") && !svg.matches(".sf-hide-compensations") ? found?.getAttribute("data-step") : "";
    if (found) return (undo && svg.querySelector(`[data-element="undo/${undo}"]`)) || found;
  }
  return null;
}
