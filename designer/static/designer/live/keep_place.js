// @ts-check
/** Keeps the place of the user in a part of the page whose content is replaced. */

/**
 * Remember what the user opened, checked, focused and scrolled in a part. Return a function that restores it in the
 * content that replaces it.
 * @param {HTMLElement} part
 */
export function remember(part) {
  const open = [...part.querySelectorAll("details[open][data-keep]")].map((one) => one.getAttribute("data-keep"));
  const closed = [...part.querySelectorAll("details:not([open])[data-keep]")].map((one) => one.getAttribute("data-keep"));
  const checked = [...part.querySelectorAll("input:checked")].map(selector);
  const focused = part.contains(document.activeElement) ? place(part, /** @type {Element} */ (document.activeElement)) : null;
  const scrolled = [...part.querySelectorAll(".scroll, .drawing, pre")].map((one) => [one.scrollLeft, one.scrollTop]);
  return () => {
    for (const one of part.querySelectorAll("details[data-keep]")) {
      const key = one.getAttribute("data-keep");
      if (open.includes(key)) /** @type {HTMLDetailsElement} */ (one).open = true;
      if (closed.includes(key)) /** @type {HTMLDetailsElement} */ (one).open = false;
    }
    for (const one of checked) /** @type {HTMLInputElement | null} */ (part.querySelector(one))?.click();
    [...part.querySelectorAll(".scroll, .drawing, pre")].forEach((one, number) => {
      if (scrolled[number]) [one.scrollLeft, one.scrollTop] = scrolled[number];
    });
    if (focused) /** @type {HTMLElement | null} */ (focused(part))?.focus({ preventScroll: true });
  };
}

/** @param {Element} input */
function selector(input) {
  const [name, value] = ["name", "value"].map((key) => CSS.escape(input.getAttribute(key) ?? ""));
  return `input[name="${name}"][value="${value}"]:not(:checked)`;
}

/**
 * Return a function that finds an element again: by its id, address or step, or by its position among the focusable
 * elements.
 * @param {HTMLElement} part
 * @param {Element} element
 */
function place(part, element) {
  const names = ["id", "href", "data-step"].filter((name) => element.getAttribute(name));
  if (names.length) {
    const selector = `${element.localName}[${names[0]}="${CSS.escape(element.getAttribute(names[0]) ?? "")}"]`;
    return (/** @type {HTMLElement} */ fresh) => fresh.querySelector(selector);
  }
  const all = "a, button, summary, input, [tabindex]";
  const number = [...part.querySelectorAll(all)].indexOf(element);
  return (/** @type {HTMLElement} */ fresh) => fresh.querySelectorAll(all)[number] ?? null;
}
