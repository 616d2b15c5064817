// @ts-check
/**
 * Mouse, pen and fingers on the pane. The wheel scrolls and, at the edge of the drawing, lets the page scroll. One
 * finger scrolls the page up and down and the drawing sideways; two fingers move and zoom the drawing. Full screen, one
 * finger moves it. A drag is never a tap.
 */

const DRAG = 5;
const LINE = 16;
const STEP = 1.5;

/** @param {Viewport} viewport @param {() => void} moved called when the user moved the drawing by hand */
export function useGestures(viewport, moved) {
  const { pane } = viewport;
  /** @type {Map<number, { x: number, y: number }>} */
  const held = new Map();
  let dragged = false;
  /** @type {{ x: number, y: number } | null} */
  let began = null;

  const at = (/** @type {{ clientX: number, clientY: number }} */ event) => {
    const box = pane.getBoundingClientRect();
    return { x: event.clientX - box.x, y: event.clientY - box.y };
  };
  const release = (/** @type {PointerEvent} */ event) => {
    held.delete(event.pointerId);
    if (!held.size) pane.classList.remove("sd-drags");
  };

  pane.addEventListener("wheel", (event) => {
    const unit = event.deltaMode === 1 ? LINE : event.deltaMode === 2 ? viewport.size.height : 1;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      viewport.zoom(Math.exp(-Math.max(-60, Math.min(60, dy)) / 200), at(event));
      moved();
    } else if (viewport.pan(...sideways(event.shiftKey, -dx, -dy))) {
      event.preventDefault();
      moved();
    }
  }, { passive: false });

  pane.addEventListener("pointerdown", (event) => {
    if (event.button || onControl(event)) return;
    if (!held.size) {
      dragged = false;
      began = at(event);
    }
    held.set(event.pointerId, at(event));
  });

  pane.addEventListener("pointermove", (event) => {
    const before = held.get(event.pointerId);
    if (!before || !began) return;
    const now = at(event);
    if (!dragged && held.size === 1 && Math.hypot(now.x - began.x, now.y - began.y) < DRAG) return;
    if (!dragged) pane.classList.add("sd-drags");
    dragged = true;
    pane.setPointerCapture(event.pointerId);
    const other = [...held].find(([pointer]) => pointer !== event.pointerId)?.[1];
    held.set(event.pointerId, now);
    if (other) pinch(viewport, other, before, now);
    else viewport.pan(now.x - before.x, now.y - before.y);
    moved();
  });

  pane.addEventListener("pointerup", release);
  pane.addEventListener("pointercancel", release);

  pane.addEventListener("click", (event) => {
    if (!dragged || onControl(event)) return;
    dragged = false;
    event.preventDefault();
    event.stopPropagation();
  }, { capture: true });

  pane.addEventListener("dblclick", (event) => {
    if (onControl(event) || /** @type {Element} */ (event.target).closest("[role=button]")) return;
    event.preventDefault();
    viewport.zoom(event.shiftKey ? 1 / STEP : STEP, at(event), true);
    moved();
  });

  // The page must not scroll or zoom under two fingers. One finger is what touch-action of the style sheet says.
  for (const kind of /** @type {const} */ (["touchstart", "touchmove"])) {
    pane.addEventListener(kind, (event) => {
      if (event.touches.length > 1 && event.cancelable) event.preventDefault();
    }, { passive: false });
  }
}

/** @param {boolean} turned @param {number} dx @param {number} dy @returns {[number, number]} Shift turns a wheel */
function sideways(turned, dx, dy) {
  return turned && !dx ? [dy, 0] : [dx, dy];
}

/**
 * One of two fingers moved.
 * @param {Viewport} viewport
 * @param {{ x: number, y: number }} other
 * @param {{ x: number, y: number }} before
 * @param {{ x: number, y: number }} now
 */
function pinch(viewport, other, before, now) {
  const [wide, wider] = [Math.hypot(before.x - other.x, before.y - other.y), Math.hypot(now.x - other.x, now.y - other.y)];
  const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
  viewport.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
  if (wide > 1) viewport.zoom(wider / wide, middle);
}

/** @param {Event} event */
function onControl(event) {
  return Boolean(/** @type {Element} */ (event.target).closest(".sd-control"));
}
