// @ts-check
/** A simulated failure on the drawing: pressed, its step shows what is undone and what stays; Play shows it in order. */

import { Film } from "./film/film.js";

/** @type {Record<string, Look>} */
const LOOKS = {
  undone: { class: "sf-is-compensated", badge: "↺", title: "Undone" },
  kept: { class: "sf-is-irreversible", badge: "!", title: "Not undone" },
  shows: { class: "sf-is-failed", badge: "✕", title: "Fails" },
};
const drawing = /** @type {import("../../../sagaflow/static/sagaflow/drawing/drawing.js").SagaDrawing | null} */ (
  document.querySelector("saga-drawing")
);

const room = document.getElementById("film");
const film = drawing && room ? new Film(drawing, room) : null;

for (const cell of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("td[data-shows]"))) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet small";
  button.title = "Show on the drawing";
  button.setAttribute("aria-pressed", "false");
  button.append(...cell.childNodes);
  button.addEventListener("click", () => show(button, cell.dataset));
  cell.append(button);
  if (film && cell.dataset.film) cell.append(player(film, cell));
}

/** @param {Film} film @param {HTMLElement} cell */
function player(film, cell) {
  const { shows = "", film: failure = "", end = "0" } = cell.dataset;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet small";
  button.textContent = "▶";
  button.title = "Play on the drawing";
  button.setAttribute("aria-label", `Play ${failure} of ${shows}`);
  button.addEventListener("click", () => {
    drawing?.overlay("outcome", null);
    const query = new URLSearchParams({ ...Object.fromEntries(new URLSearchParams(location.search)), step: shows, case: failure, end });
    film.open(`${room?.dataset.address}?${query}`);
    drawing?.scrollIntoView({ block: "nearest" });
  });
  return button;
}

/** @param {HTMLButtonElement} button pressed again, nothing is shown @param {DOMStringMap} row */
function show(button, row) {
  film?.close();
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
