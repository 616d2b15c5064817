// @ts-check
/**
 * The lines between the panes (WAI-ARIA: separator). They are moved by mouse, by touch and by arrow keys; a double click
 * or Home gives the pane its first size back. The size is kept in the browser.
 */

const STEP = 24;
const SMALLEST = 160;
/** What the drawing always keeps, in pixels. */
const REST = 240;

export function useSplitters() {
  for (const each of document.querySelectorAll("[data-splitter]")) use(/** @type {HTMLElement} */ (each));
}

/** @param {HTMLElement} splitter it stands between the drawing and a pane, which follows it */
function use(splitter) {
  const name = splitter.dataset.splitter ?? "";
  const pane = /** @type {HTMLElement} */ (splitter.nextElementSibling);
  const wide = splitter.getAttribute("aria-orientation") === "vertical";
  const size = () => (wide ? pane.offsetWidth : pane.offsetHeight);
  const room = () => (wide ? (splitter.parentElement?.clientWidth ?? 0) : innerHeight) - REST;
  const tell = () => splitter.setAttribute("aria-valuenow", String(Math.round((100 * size()) / Math.max(1, room() + REST))));

  /** @param {number | null} pixels null: the first size */
  const set = (pixels) => {
    const root = document.documentElement.style;
    if (pixels === null) root.removeProperty(`--pane-${name}`);
    else root.setProperty(`--pane-${name}`, `${Math.round(Math.max(SMALLEST, Math.min(pixels, room())))}px`);
    keep(name, pixels === null ? null : size());
    tell();
  };
  splitter.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    splitter.focus();
    splitter.setPointerCapture(event.pointerId);
    const [from, before] = [wide ? event.clientX : event.clientY, size()];
    const move = (/** @type {PointerEvent} */ moved) => set(before + from - (wide ? moved.clientX : moved.clientY));
    splitter.addEventListener("pointermove", move);
    splitter.addEventListener("lostpointercapture", () => splitter.removeEventListener("pointermove", move), { once: true });
  });
  splitter.addEventListener("dblclick", () => set(null));
  splitter.addEventListener("keydown", (event) => {
    const [more, less] = wide ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    if (event.key === more) set(size() + STEP);
    else if (event.key === less) set(size() - STEP);
    else if (event.key === "Home") set(null);
    else if (event.key === "End") set(room());
    else return;
    event.preventDefault();
  });
  tell();
}

/**
 * @param {string} name
 * @param {number | null} size
 */
function keep(name, size) {
  try {
    if (size === null) localStorage.removeItem(`sagaflow.pane.${name}`);
    else localStorage.setItem(`sagaflow.pane.${name}`, String(size));
  } catch {
    // The browser keeps nothing for this site: the size holds until the page is left.
  }
}
