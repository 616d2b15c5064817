// @ts-check
/** A simulated failure is shown on the drawing when its step is pressed: what fails, what is undone, what stays. */

/** @typedef {import("../../../sagaflow/static/sagaflow/drawing/overlays.js").Look} Look */

/** @type {Record<string, Look>} */
const LOOKS = {
  undone: { class: "sf-is-compensated", badge: "↺", title: "Undone" },
  kept: { class: "sf-is-irreversible", badge: "!", title: "Not undone" },
  shows: { class: "sf-is-failed", badge: "✕", title: "Fails" },
};
const drawing = /** @type {import("../../../sagaflow/static/sagaflow/drawing/drawing.js").SagaDrawing | null} */ (
  document.querySelector("saga-drawing")
);

for (const cell of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("td[data-shows]"))) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet small";
  button.title = "Show on the drawing";
  button.setAttribute("aria-pressed", "false");
  button.append(...cell.childNodes);
  button.addEventListener("click", () => show(button, cell.dataset));
  cell.append(button);
}

/** @param {HTMLButtonElement} button pressed again, nothing is shown @param {DOMStringMap} row */
function show(button, row) {
  const isNew = button.getAttribute("aria-pressed") !== "true";
  for (const each of document.querySelectorAll("td[data-shows] > button")) each.setAttribute("aria-pressed", String(each === button && isNew));
  drawing?.overlay("outcome", isNew ? looksOf(row) : null);
  if (!isNew) return;
  drawing?.centreOn(row.shows ?? "");
  drawing?.scrollIntoView({ block: "nearest" });
}

/** @param {DOMStringMap} row */
function looksOf(row) {
  /** @type {Record<string, Look>} */
  const looks = {};
  for (const [name, look] of Object.entries(LOOKS)) {
    for (const step of (row[name] ?? "").split(" ").filter(Boolean)) looks[step] = look;
  }
  return looks;
}
