// @ts-check
/** Announces changes to screen readers. Changes within a short time are announced together, only the latest of each step. */

const PAUSE = 800;
/** @type {Map<string, string>} */
const waiting = new Map();
let timer = 0;

/**
 * @param {string} about a newer sentence about the same thing replaces an older one
 * @param {string} sentence
 */
export function announce(about, sentence) {
  waiting.delete(about);
  waiting.set(about, sentence);
  clearTimeout(timer);
  timer = setTimeout(() => {
    const region = document.getElementById("announcer");
    if (region) region.textContent = [...waiting.values()].slice(-4).join(". ").replaceAll(".. ", ". ");
    waiting.clear();
  }, PAUSE);
}
