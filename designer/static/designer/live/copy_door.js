// @ts-check
/** Buttons that copy: `data-copy` a text, `data-copy-link` the address of what is shown. What copies is loaded then. */

export function useCopying() {
  document.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-copy], [data-copy-link]");
    if (!(button instanceof HTMLElement)) return;
    const text = button.dataset.copy ?? location.href;
    import("./copying.js").then(({ copy }) => copy(button, text), () => (button.dataset.copied = "no"));
  });
}
