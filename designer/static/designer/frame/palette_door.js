// @ts-check
/** Opens the command palette. What finds and chooses in it is loaded when it is opened for the first time. */

const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("palette"));

/** Opens the palette. Returns false if this page has none. What is typed before it answers is asked when it is loaded. */
export function openPalette() {
  const field = /** @type {HTMLInputElement | null | undefined} */ (dialog?.querySelector("[role=combobox]"));
  if (!dialog || !field) return false;
  if (!dialog.open) dialog.showModal();
  field.select();
  import("./palette.js").then(({ ask }) => ask(), lost);
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
  dialog.addEventListener("keydown", (event) => event.key === "Escape" && event.stopPropagation());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}

function lost() {
  const state = dialog?.querySelector("[role=status]");
  if (state) state.textContent = "The search failed. The server does not answer.";
}
