// @ts-check
/** Opens the command palette. What finds and chooses in it is loaded when it is opened for the first time. */

const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("palette"));

let loaded = false;

/** Opens the palette. Returns false if this page has none. Text and Enter typed before it is loaded count afterwards. */
export function openPalette() {
  const field = /** @type {HTMLInputElement | null | undefined} */ (dialog?.querySelector("[role=combobox]"));
  if (!dialog || !field) return false;
  if (!dialog.open) dialog.showModal();
  field.select();
  import("./palette.js").then(({ ask }) => {
    loaded = true;
    ask();
  }, lost);
  return true;
}

export function usePaletteDoor() {
  if (!dialog) return;
  for (const link of document.querySelectorAll("[data-jump]")) {
    link.setAttribute("role", "button");
    link.setAttribute("aria-haspopup", "dialog");
    link.addEventListener("click", (event) => {
      event.preventDefault();
      openPalette();
    });
  }
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Escape") event.stopPropagation();
    if (event.key !== "Enter" || loaded) return;
    event.preventDefault();
    import("./palette.js").then(() => event.target?.dispatchEvent(new KeyboardEvent("keydown", event)), lost);
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

function lost() {
  const state = dialog?.querySelector("[role=status]");
  if (state) state.textContent = "The search failed. The server does not answer.";
}
