// @ts-check
/** The flowchart of a run as a control: to open a node shows its step next to it, and compensations can be hidden. */

const HIDDEN = "sf-hide-compensations";
const KEY = "sagaflow.compensations";

/** @type {WeakSet<Element>} the drawings that are listened to */
const used = new WeakSet();

/**
 * @param {HTMLElement} part
 * @param {(step: string) => void} open
 */
export function usePicture(part, open) {
  const drawing = /** @type {SagaDrawing | null} */ (part.querySelector("saga-drawing"));
  const toggle = /** @type {HTMLInputElement | null} */ (part.querySelector("[data-compensations]"));
  if (!drawing) return;
  if (toggle) {
    const show = () => drawing.querySelector("svg.sf-flowchart")?.classList.toggle(HIDDEN, !toggle.checked);
    toggle.checked = localStorage.getItem(KEY) !== "hidden";
    show();
    toggle.addEventListener("change", () => {
      localStorage.setItem(KEY, toggle.checked ? "shown" : "hidden");
      show();
    });
  }
  if (used.has(drawing)) return;
  used.add(drawing);
  drawing.addEventListener("saga-open", (event) => {
    const { step, segment } = /** @type {CustomEvent} */ (event).detail;
    if (step) open(step);
    else if (segment) /** @type {HTMLElement | null} */ (part.querySelector(`[data-fold="${CSS.escape(segment)}"]`))?.click();
  });
}

/** @param {string} step marks the node of the step that is shown; empty: none */
export function select(step) {
  for (const drawing of document.querySelectorAll("saga-drawing")) /** @type {SagaDrawing} */ (drawing).select?.(step);
}

/** @param {string} element `step/take_payment` or `undo/take_payment`, which is brought into the middle of the drawing */
export function centre(element) {
  const drawing = /** @type {SagaDrawing | null} */ (document.querySelector("saga-drawing"));
  const known = drawing?.querySelector(`[data-element="${CSS.escape(element)}"]`);
  drawing?.centreOn?.(known ? element : element.replace(/^undo/, "step"));
  drawing?.scrollIntoView({ block: "nearest" });
}
