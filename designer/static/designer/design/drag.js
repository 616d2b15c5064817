// @ts-check
/** Drag and drop with the pointer: palette items and steps. What is held follows the pointer; the nearest place is hot. */

/** @typedef {import("./placing.js").Placing} Placing */
/** @typedef {import("./placing.js").Held} Held */

const START = 6;
const EDGE = 48;
const SPEED = 14;

/**
 * @param {Element} area
 * @param {(target: Element) => Held | null} heldBy what a press on an element takes up
 * @param {Placing} placing
 */
export function useDrag(area, heldBy, placing) {
  /** @type {{ x: number, y: number, held: Held, pointer: number } | null} */
  let pressed = null;
  /** @type {HTMLElement | null} */
  let ghost = null;
  let frame = 0;

  const end = () => {
    cancelAnimationFrame(frame);
    ghost?.remove();
    ghost = null;
    pressed = null;
    document.removeEventListener("pointermove", move, true);
    document.removeEventListener("pointerup", up, true);
    document.removeEventListener("pointercancel", cancel, true);
    window.removeEventListener("blur", cancel);
  };
  const cancel = () => {
    placing.stop();
    end();
  };

  /** @param {PointerEvent} event */
  function move(event) {
    if (!pressed || event.pointerId !== pressed.pointer) return;
    if (!ghost && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < START) return;
    event.preventDefault();
    event.stopPropagation();
    if (!ghost) {
      ghost = document.createElement("div");
      ghost.className = "design-ghost";
      ghost.textContent = pressed.held.title;
      document.body.append(ghost);
      placing.start(pressed.held, { dragging: true });
    }
    if (!placing.held) return end();
    ghost.style.transform = `translate(${event.clientX + 12}px, ${event.clientY + 10}px)`;
    placing.near(event);
    cancelAnimationFrame(frame);
    scroll(event);
  }

  /** @param {PointerEvent} event the view scrolls while the pointer is at the edge of the pane */
  function scroll(event) {
    const { drawing } = placing.canvas;
    const pane = drawing.getBoundingClientRect();
    const by = (/** @type {number} */ at, /** @type {number} */ low, /** @type {number} */ high) =>
      at > low && at < low + EDGE ? SPEED : at < high && at > high - EDGE ? -SPEED : 0;
    const inside = event.clientX > pane.left && event.clientX < pane.right && event.clientY > pane.top && event.clientY < pane.bottom;
    const [dx, dy] = inside ? [by(event.clientX, pane.left, pane.right), by(event.clientY, pane.top, pane.bottom)] : [0, 0];
    if (!(dx || dy) || !drawing.viewport?.pan(dx, dy)) return;
    placing.near(event);
    frame = requestAnimationFrame(() => ghost && scroll(event));
  }

  /** @param {PointerEvent} event */
  function up(event) {
    const best = ghost && placing.held ? placing.near(event) : null;
    const dragged = Boolean(ghost);
    end();
    if (!dragged) return;
    event.preventDefault();
    swallow();
    if (best) placing.drop(best.place);
    else placing.stop();
  }

  area.addEventListener("pointerdown", (event) => {
    const press = /** @type {PointerEvent} */ (event);
    if (press.button || !press.isPrimary || placing.held) return;
    const held = heldBy(/** @type {Element} */ (press.target));
    if (!held) return;
    pressed = { x: press.clientX, y: press.clientY, held, pointer: press.pointerId };
    if (area.matches("saga-drawing")) press.stopImmediatePropagation(); // a step is dragged, and not the drawing
    document.addEventListener("pointermove", move, true);
    document.addEventListener("pointerup", up, true);
    document.addEventListener("pointercancel", cancel, true);
    window.addEventListener("blur", cancel);
  }, { capture: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && ghost) end();
  });
}

/** A drag is never a click. */
function swallow() {
  const stop = (/** @type {Event} */ event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", stop, { capture: true }), 50);
}
