// @ts-check
/** The flowchart as a control: a click shows a step next to it, and compensations can be hidden. */

const HIDDEN = "sf-hide-compensations";
const KEY = "sagaflow.compensations";

/**
 * @param {HTMLElement} part
 * @param {(step: string) => void} open
 */
export function usePicture(part, open) {
  const svg = part.querySelector("svg.sf-flowchart");
  const toggle = /** @type {HTMLInputElement | null} */ (part.querySelector("[data-compensations]"));
  if (!svg) return;
  if (toggle) {
    toggle.checked = localStorage.getItem(KEY) !== "hidden";
    svg.classList.toggle(HIDDEN, !toggle.checked);
    toggle.addEventListener("change", () => {
      localStorage.setItem(KEY, toggle.checked ? "shown" : "hidden");
      svg.classList.toggle(HIDDEN, !toggle.checked);
    });
  }
  const act = (/** @type {Event} */ event) => {
    const node = /** @type {Element} */ (event.target).closest("[data-step], .sf-folded");
    if (!node) return;
    const segment = node.getAttribute("data-segment");
    event.preventDefault();
    if (node.hasAttribute("data-step")) open(node.getAttribute("data-step") ?? "");
    else if (segment) /** @type {HTMLElement | null} */ (part.querySelector(`[data-fold="${CSS.escape(segment)}"]`))?.click();
  };
  svg.addEventListener("click", act);
  svg.addEventListener("keydown", (event) => {
    const key = /** @type {KeyboardEvent} */ (event).key;
    if (key === "Enter" || key === " ") act(event);
  });
}

/** @param {string} step marks the node of the step that is shown; empty: none */
export function select(step) {
  for (const node of document.querySelectorAll(".sf-flowchart [data-step]")) {
    node.classList.toggle("sf-selected", node.getAttribute("data-step") === step);
  }
}
