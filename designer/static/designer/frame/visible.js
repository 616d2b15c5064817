// @ts-check
/** Text that scripts insert shows the characters that steer as their codes, as the server does in every page.
 *
 * Data stays as it is: scripts, styles and fields of forms. A page does not wait for this module; once it is there, a
 * change is seen before the browser paints it.
 */

/** The same characters as in `sagaflow/core/words/steering.py`, except tabs and ends of lines. */
export const STEERS = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const SPOKEN = ["title", "aria-label", "aria-valuetext", "aria-description", "alt", "label", "placeholder"];
const DATA = "script, style, textarea, [contenteditable]";

/** @param {string} text */
export function visible(text) {
  return text.replace(STEERS, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Show what is below `root`, and what is inserted there from now on. A shadow root is not below its document. */
export function useVisible(root = /** @type {Node} */ (document.documentElement)) {
  showAll(root);
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes, attributeName } of changes) {
      if (type === "childList") for (const added of addedNodes) showAll(added);
      else if (type === "characterData") show(target);
      else if (attributeName) spell(/** @type {Element} */ (target), attributeName);
    }
  }).observe(root, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: SPOKEN });
}

/** @param {Node} root */
function showAll(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = /** @type {Node | null} */ (root); node; node = walker.nextNode()) {
    if (!(node instanceof Element)) show(node);
    else for (const name of SPOKEN) spell(node, name);
  }
}

/** @param {Node} node */
function show(node) {
  const text = node.nodeValue ?? "";
  const shown = visible(text);
  if (shown !== text && !node.parentElement?.closest(DATA)) node.nodeValue = shown;
}

/**
 * @param {Element} element
 * @param {string} name
 */
function spell(element, name) {
  const text = element.getAttribute(name) ?? "";
  const shown = visible(text);
  if (shown !== text) element.setAttribute(name, shown);
}
