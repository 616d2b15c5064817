// @ts-check
/** Links with `data-act` open a dialog. What makes the dialog is loaded at the first of them. */

export function useActs() {
  document.addEventListener("click", (event) => {
    const link = /** @type {HTMLAnchorElement | null} */ (/** @type {Element} */ (event.target).closest("a[data-act]"));
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    import("./act.js").then(({ open }) => open(link), () => location.assign(link.href));
  });
}
