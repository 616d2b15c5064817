// @ts-check
/**
 * A tap or Enter on a node of a drawing that is not live opens the words about it (`data-tells`, with the
 * elements that they tell about), or the link that folds its segment (`data-fold`).
 */

document.addEventListener("saga-open", (event) => {
  const { step, element, segment } = /** @type {CustomEvent<{ step: string, element: string, segment: string }>} */ (event).detail;
  if (segment && !step) {
    /** @type {HTMLElement | null} */ (document.querySelector(`[data-fold="${CSS.escape(segment)}"]`))?.click();
    return;
  }
  const words = told(element) ?? told(`step/${step}`);
  if (!words) return;
  for (let box = words.closest("details"); box; box = box.parentElement?.closest("details") ?? null) box.open = true;
  words.tabIndex = -1;
  words.focus({ preventScroll: true });
  words.scrollIntoView({ block: "center" });
});

/** @param {string} element @returns {HTMLElement | null} */
function told(element) {
  return element ? document.querySelector(`[data-tells~="${CSS.escape(element)}"]`) : null;
}
