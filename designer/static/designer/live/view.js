// @ts-check
/** The view of a run in the address: which step, tab, window, folds and scale are shown, and what a link changes of it. */

/** @typedef {Record<string, string>} View */

/** The names in the query of the address. */
const NAMES = ["step", "about", "fold", "scale", "after", "direction", "tab"];

/**
 * What a link changes, by its `data-view`. All else in the address stays as it is.
 * @type {Record<string, string[]>}
 */
const CHANGES = {
  step: ["step", "about"],
  about: ["about"],
  picture: ["fold", "direction"],
  scale: ["scale"],
  after: ["after"],
  tab: ["tab"],
  entry: ["tab", "after"],
};

/** The parts that another value of a name makes old. @type {Record<string, string[]>} */
const PARTS = {
  step: ["step"],
  fold: ["picture"],
  direction: ["picture"],
  scale: ["timeline"],
  after: ["timeline", "events", "sequence", "journal", "step"],
};

/**
 * @param {string} search
 * @returns {View}
 */
export function viewOf(search) {
  const query = new URLSearchParams(search);
  return Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""]));
}

/**
 * The query after a link was followed.
 * @param {string} search of the page
 * @param {string} kind `data-view` of the link
 * @param {string} target the query of the link
 */
export function followed(search, kind, target) {
  const wanted = viewOf(target);
  return withView(search, Object.fromEntries((CHANGES[kind] ?? NAMES).map((name) => [name, wanted[name]])));
}

/**
 * @param {string} search
 * @param {View} changes an empty value removes the name
 */
export function withView(search, changes) {
  const query = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString().replaceAll("%2C", ",");
  return text ? `?${text}` : "";
}

/**
 * The parts that are old after the view has changed.
 * @param {View} before
 * @param {View} now
 */
export function partsOf(before, now) {
  const names = Object.keys(PARTS).filter((name) => before[name] !== now[name]);
  return [...new Set(names.flatMap((name) => PARTS[name]))];
}
