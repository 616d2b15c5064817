// @ts-check
/**
 * The completion of the search field: a combobox with a list below it (WAI-ARIA, manual selection: Enter searches unless
 * an option was chosen by an arrow key). The server knows what can stand at the caret; this module shows it.
 */

/** @typedef {{text: string, about: string}} Option */
/** @typedef {{start: number, end: number, options: Option[]}} Answer */

const PAUSE = 100;

const field = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-complete]"));
const list = /** @type {HTMLElement} */ (field?.parentElement?.querySelector("[role=listbox]"));

let timer = 0;
let chosen = -1;
let asking = new AbortController();
/** @type {Answer} */
let answer = { start: 0, end: 0, options: [] };
/** The text that the answer is about. */
let answered = "";

if (field) {
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-expanded", "false");
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => ask(field), PAUSE);
  });
  field.addEventListener("keydown", (event) => move(field, event));
  field.addEventListener("blur", () => close(field));
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = /** @type {Element} */ (event.target).closest("[role=option]");
    if (option && isCurrent(field)) take(field, options().indexOf(/** @type {HTMLElement} */ (option)));
  });
}

/**
 * @param {HTMLInputElement} field
 * @param {number} [first] the option that is chosen at once
 */
async function ask(field, first = -1) {
  clearTimeout(timer);
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const text = field.value;
  const asked = new URLSearchParams({ q: text, at: String(caret(field)) });
  try {
    const response = await fetch(`${field.dataset.complete}?${asked}`, { headers: { Accept: "application/json" }, signal });
    if (!response.ok || response.redirected) return close(field);
    answer = await response.json();
    answered = text;
    show(field, first);
  } catch {
    if (!signal.aborted) close(field);
  }
}

/**
 * Tell whether the list is about the text in the field: someone who types on sees the old one until the next answer.
 * @param {HTMLInputElement} field
 */
function isCurrent(field) {
  return field.value === answered;
}

/**
 * The number of characters before the caret, as the server counts them.
 * @param {HTMLInputElement} field
 */
function caret(field) {
  return [...field.value.slice(0, field.selectionStart ?? field.value.length)].length;
}

/**
 * @param {HTMLInputElement} field
 * @param {number} first
 */
function show(field, first) {
  if (!answer.options.length || document.activeElement !== field) return close(field);
  list.replaceChildren(...answer.options.map(line));
  list.hidden = false;
  list.scrollTop = 0;
  field.setAttribute("aria-expanded", "true");
  choose(field, first);
}

/**
 * @param {Option} option
 * @param {number} number
 */
function line(option, number) {
  const element = document.createElement("div");
  element.id = `q-option-${number}`;
  element.setAttribute("role", "option");
  const code = document.createElement("code");
  code.textContent = option.text.trim();
  const about = document.createElement("span");
  about.textContent = option.about;
  element.append(code, " ", about);
  return element;
}

/** @param {HTMLInputElement} field */
function close(field) {
  clearTimeout(timer);
  asking.abort();
  chosen = -1;
  list.hidden = true;
  list.replaceChildren();
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

/**
 * @param {HTMLInputElement} field
 * @param {KeyboardEvent} event
 */
function move(field, event) {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const count = isCurrent(field) ? options().length : 0;
  if (event.key === "ArrowDown") count ? choose(field, (chosen + 1) % count) : ask(field, 0);
  else if (event.key === "ArrowUp" && count) choose(field, (chosen <= 0 ? count : chosen) - 1);
  else if (event.key === "Enter" && count && chosen >= 0) take(field, chosen);
  else if (event.key === "Escape" && !list.hidden) close(field);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/**
 * Put an option in the place of the term at the caret.
 * @param {HTMLInputElement} field
 * @param {number} number
 */
function take(field, number) {
  const { text } = answer.options[number];
  const letters = [...field.value];
  const before = letters.slice(0, answer.start).join("") + text;
  const rest = letters.slice(answer.end).join("");
  field.value = before + (text.endsWith(" ") ? rest.trimStart() : rest);
  field.setSelectionRange(before.length, before.length);
  close(field);
  if (!text.endsWith(" ")) ask(field);
}

/**
 * @param {HTMLInputElement} field
 * @param {number} number
 */
function choose(field, number) {
  chosen = number;
  options().forEach((each, at) => each.setAttribute("aria-selected", String(at === number)));
  if (number < 0) return field.removeAttribute("aria-activedescendant");
  const now = options()[number];
  field.setAttribute("aria-activedescendant", now.id);
  now.scrollIntoView({ block: "nearest" });
}

function options() {
  return /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=option]")]);
}
