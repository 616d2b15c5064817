// @ts-check
/** Copies a text. The button that was pressed says that it did. */

const SHOWN = 1_500;

/**
 * @param {HTMLElement} button
 * @param {string} text
 */
export async function copy(button, text) {
  const copied = await write(text);
  button.dataset.copied = copied ? "yes" : "no";
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = copied ? "Copied" : "Copying is not allowed here";
  setTimeout(() => delete button.dataset.copied, SHOWN);
}

/** @param {string} text */
export async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return written(text);
  }
}

/**
 * Without the permission, or on a page without TLS, only a selection can be copied.
 * @param {string} text
 */
function written(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "hidden";
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return copied;
}
