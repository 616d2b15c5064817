// @ts-check
/** The buttons on the drawing (WAI-ARIA: toolbar; one tab stop, arrow keys between the buttons). */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {Button[]} buttons
 * @returns {{ bar: HTMLElement, get: (name: string) => HTMLButtonElement }}
 */
export function makeToolbar(buttons) {
  const bar = document.createElement("div");
  bar.className = "sd-toolbar sd-control";
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", "View of the drawing");
  const made = buttons.map((button, number) => makeButton(button, number === 0));
  bar.append(...made);
  bar.addEventListener("keydown", (event) => walk(event, made));
  bar.addEventListener("focusin", (event) => {
    for (const button of made) button.tabIndex = button === event.target ? 0 : -1;
  });
  const get = (/** @type {string} */ name) => /** @type {HTMLButtonElement} */ (made.find((button) => button.dataset.does === name));
  return { bar, get };
}

/** @param {Button} button @param {boolean} first @returns {HTMLButtonElement} */
function makeButton({ name, words, text, does, icon, toggles }, first) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.does = name;
  button.textContent = text;
  if (icon) button.append(drawn(icon));
  button.title = words;
  button.setAttribute("aria-label", words);
  button.tabIndex = first ? 0 : -1;
  if (toggles) button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", does);
  return button;
}

/** @param {string} path in a square of 16 */
function drawn(path) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 16 16", width: "16", height: "16", "aria-hidden": "true" })) svg.setAttribute(key, value);
  const line = document.createElementNS(SVG, "path");
  for (const [key, value] of Object.entries({ d: path, fill: "none", stroke: "currentColor", "stroke-width": "1.6" })) line.setAttribute(key, value);
  svg.append(line);
  return svg;
}

/** @param {KeyboardEvent} event @param {HTMLButtonElement[]} buttons */
function walk(event, buttons) {
  const shown = buttons.filter((button) => !button.hidden);
  const at = shown.indexOf(/** @type {HTMLButtonElement} */ (event.target));
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: shown.length - 1 }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  shown[(to + shown.length) % shown.length].focus();
}
