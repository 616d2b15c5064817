// @ts-check
/**
 * The command palette: a combobox in a dialog (WAI-ARIA: the focus stays in the field, the list is below it). The server
 * finds; this module asks while the user types, and moves through the answer. `palette_door.js` loads it.
 */

const PAUSE = 120;

const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("palette"));
const field = /** @type {HTMLInputElement} */ (dialog?.querySelector("[role=combobox]"));
const list = /** @type {HTMLElement} */ (dialog?.querySelector("[role=listbox]"));
const state = /** @type {HTMLElement} */ (dialog?.querySelector("[role=status]"));

let timer = 0;
let chosen = -1;
let asking = new AbortController();
/** The text that the results are about. */
let answered = "";
/** @type {{ apart: boolean } | null} Enter was pressed before the answer to what is typed came */
let entered = null;

if (dialog) {
  field.addEventListener("input", () => {
    entered = null;
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  dialog.addEventListener("keydown", move);
  dialog.addEventListener("close", () => {
    entered = null;
    asking.abort();
  });
  list.addEventListener("mousemove", (event) => {
    const option = /** @type {Element} */ (event.target).closest("[role=option]");
    if (option) choose(options().indexOf(/** @type {HTMLElement} */ (option)));
  });
}

/** Asks the server for what is typed and shows the answer. */
export async function ask() {
  clearTimeout(timer);
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const typed = field.value.trim();
  try {
    const answer = await fetch(`${dialog?.dataset.address}?${new URLSearchParams({ q: typed })}`, {
      headers: { Accept: "application/json" },
      signal,
    });
    if (answer.redirected) return say("You are logged out. Reload the page to log in.");
    if (!answer.ok) throw new Error(String(answer.status));
    show((await answer.json()).results, typed);
    answered = typed;
    if (entered && chosen >= 0) open(entered.apart);
    entered = null;
  } catch {
    if (!signal.aborted) say("The search failed. The server does not answer.");
  }
}

/** @param {string} words in place of results */
function say(words) {
  list.replaceChildren();
  list.hidden = true;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
  chosen = -1;
  state.textContent = words;
}

/**
 * @param {Found[]} found
 * @param {string} typed
 */
function show(found, typed) {
  if (!found.length) return say(typed ? `Nothing found for “${typed}”` : "");
  state.textContent = `${found.length} result${found.length === 1 ? "" : "s"}`;
  /** @type {Map<string, HTMLElement>} */
  const groups = new Map();
  found.forEach((each, number) => {
    if (!groups.has(each.kind)) groups.set(each.kind, group(each.kind, groups.size));
    groups.get(each.kind)?.append(option(each, number));
  });
  list.replaceChildren(...groups.values());
  list.hidden = false;
  list.scrollTop = 0;
  field.setAttribute("aria-expanded", "true");
  choose(0);
}

/**
 * @param {string} title
 * @param {number} number
 */
function group(title, number) {
  const heading = document.createElement("div");
  heading.className = "kind";
  heading.id = `palette-kind-${number}`;
  heading.setAttribute("role", "presentation");
  heading.textContent = title;
  const element = document.createElement("div");
  element.setAttribute("role", "group");
  element.setAttribute("aria-labelledby", heading.id);
  element.append(heading);
  return element;
}

/**
 * @param {Found} found
 * @param {number} number
 */
function option(found, number) {
  const link = document.createElement("a");
  link.href = found.href;
  link.id = `palette-${number}`;
  link.tabIndex = -1;
  link.setAttribute("role", "option");
  const glyph = part("glyph", found.glyph || "");
  glyph.setAttribute("aria-hidden", "true");
  if (found.tone) glyph.classList.add(`tone-${found.tone}`);
  link.append(glyph, part("title", found.title), part("detail", found.detail));
  return link;
}

/**
 * @param {string} name
 * @param {string} text
 */
function part(name, text) {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  return element;
}

/** @param {KeyboardEvent} event */
function move(event) {
  if (event.isComposing) return;
  const count = options().length;
  if (event.key === "ArrowDown" && count) choose((chosen + 1) % count);
  else if (event.key === "ArrowUp" && count) choose((chosen - 1 + count) % count);
  else if (event.key === "Enter" && field.value.trim() !== answered) {
    entered = { apart: event.ctrlKey || event.metaKey };
    ask();
  } else if (event.key === "Enter" && chosen >= 0) open(event.ctrlKey || event.metaKey);
  else return;
  event.preventDefault();
}

/** @param {boolean} apart in a new tab */
function open(apart) {
  const link = /** @type {HTMLAnchorElement} */ (options()[chosen]);
  if (apart) window.open(link.href, "_blank", "noopener");
  else location.assign(link.href);
  dialog?.close();
}

/** @param {number} number */
function choose(number) {
  chosen = number;
  options().forEach((each, at) => each.setAttribute("aria-selected", String(at === number)));
  const now = options()[number];
  field.setAttribute("aria-activedescendant", now.id);
  now.scrollIntoView({ block: "nearest" });
}

function options() {
  return /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=option]")]);
}
