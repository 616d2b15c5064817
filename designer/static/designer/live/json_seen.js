// @ts-check
/** A JSON value becomes a tree when it is seen. What makes the tree is loaded at the first of them. */

/**
 * @param {HTMLElement} root a new part of the page, or the whole page
 * @param {string} address where the values of the run are
 */
export function useJson(root, address) {
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      const box = /** @type {HTMLElement} */ (entry.target);
      import("./json_view.js").then(({ make }) => make(box, address), () => {}); // else the text of the server stays
    }
  });
  for (const box of root.querySelectorAll(".json:not([data-made], .is-empty)")) seen.observe(box);
}
