// @ts-check
/** The keys of the drawing: zoom, and the walk from node to node. Capitals always search by name. */

import { Walk } from "./walk.js";

const STEP = 1.25;
const TYPING = 800;

/**
 * @param {SagaDrawing} drawing
 * @param {Viewport} viewport
 * @param {() => import("./stops.js").Stops} stops those of the drawing that is shown
 * @returns {(event: KeyboardEvent) => void}
 */
export function makeKeys(drawing, viewport, stops) {
  let known = new Walk(stops());
  let typed = "";
  let last = 0;

  /** @type {Record<string, () => void>} */
  const views = {
    "+": () => viewport.zoom(STEP, undefined, true),
    "=": () => viewport.zoom(STEP, undefined, true),
    "-": () => viewport.zoom(1 / STEP, undefined, true),
    0: () => viewport.zoomTo(1, undefined, true),
    f: () => viewport.fit(),
  };

  const walk = () => (known.stops === stops() ? known : (known = new Walk(stops())));

  const go = (/** @type {Element | null | undefined} */ node) => {
    if (!(node instanceof SVGElement)) return;
    node.focus({ preventScroll: true });
    viewport.reveal(node);
    drawing.tell("saga-select", node);
  };

  const find = (/** @type {string} */ key) => {
    typed = performance.now() - last < TYPING ? typed + key : key;
    last = performance.now();
    go(walk().named(typed));
  };

  return (event) => {
    const target = /** @type {Element} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("a, input, select, textarea, summary")) return;
    const node = target.closest(".sf-node");
    const { key } = event;
    const typing = node && typed && performance.now() - last < TYPING && key.length === 1 && key !== " ";
    if (typing) find(key);
    else if (views[key]) views[key]();
    else if (!node) return;
    else if (key === "Enter" || key === " ") drawing.tell("saga-open", node);
    else if (key === "u") go(walk().undo(node));
    else if (/^(Arrow|Home$|End$)/.test(key)) go(walk().from(node, key));
    else if (key.length === 1) find(key);
    else return;
    event.preventDefault();
  };
}
