// @ts-check
/**
 * Drag and drop with the pointer: palette items and steps. What is held follows the pointer; the nearest place is hot.
 * On a touch screen a long press takes it up, so that a finger that moves at once scrolls as before; a long press that
 * does not move is the menu.
 */

/** @typedef {import("./placing.js").Placing} Placing */
/** @typedef {import("./placing.js").Held} Held */

const START = 6;
const LONG_PRESS = 400;
const EDGE = 48;
const SPEED = 14;

/**
 * @param {Element} area
 * @param {(target: Element) => Held | null} heldBy what a press on an element takes up
 * @param {Placing} placing
 */
export function useDrag(area, heldBy, placing) {
  /** @type {{ x: number, y: number, held: Held, pointer: number, target: Element, isTouch: boolean, moved: boolean } | null} */
  let pressed = null;
  /** @type {HTMLElement | null} */
  let ghost = null;
  let frame = 0;
  let timer = 0;
  /** Done when the places are there. @type {Promise<void>} */
  let started = Promise.resolve();

  const end = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
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

  function takeUp() {
    if (!pressed) return;
    ghost = document.createElement("div");
    ghost.className = "design-ghost";
    ghost.textContent = pressed.held.title;
    ghost.setAttribute("aria-hidden", "true"); // the places are announced
    ghost.style.transform = `translate(${pressed.x + 12}px, ${pressed.y + 10}px)`;
    document.body.append(ghost);
    started = placing.start(pressed.held, { dragging: true });
  }

  /** @param {PointerEvent} event */
  function move(event) {
    if (!pressed || event.pointerId !== pressed.pointer) return;
    pressed.moved ||= Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) >= START;
    if (!ghost && !pressed.moved) return;
    if (!ghost && pressed.isTouch) return end(); // the finger scrolls
    event.preventDefault();
    event.stopPropagation();
    if (!ghost) takeUp();
    if (!placing.held || !ghost) return end();
    ghost.style.transform = `translate(${event.clientX + 12}px, ${event.clientY + 10}px)`;
    if (pressed.moved) placing.near(event);
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
    const [was, dragged] = [pressed, Boolean(ghost)];
    if (was && event.pointerId !== was.pointer) return;
    end();
    if (!dragged || !was) return;
    event.preventDefault();
    swallow();
    if (was.moved) dropAt(event, was.held);
    else {
      placing.stop();
      const { clientX, clientY } = event;
      was.target.dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true, clientX, clientY }));
    }
  }

  /**
   * Drops at the place that is nearest; the pointer may be faster than the answer with the places.
   * @param {{ clientX: number, clientY: number }} event @param {Held} held
   */
  async function dropAt({ clientX, clientY }, held) {
    await started;
    if (placing.held !== held) return;
    const best = placing.near({ clientX, clientY });
    if (best) placing.drop(best.place);
    else placing.stop();
  }

  area.addEventListener("pointerdown", (event) => {
    const press = /** @type {PointerEvent} */ (event);
    if (press.button || !press.isPrimary || placing.held) return;
    const held = heldBy(/** @type {Element} */ (press.target));
    if (!held) return;
    const [target, isTouch] = [/** @type {Element} */ (press.target), press.pointerType === "touch"];
    pressed = { x: press.clientX, y: press.clientY, held, pointer: press.pointerId, target, isTouch, moved: false };
    if (isTouch) timer = setTimeout(takeUp, LONG_PRESS);
    else if (area.matches("saga-drawing")) press.stopImmediatePropagation(); // a step is dragged, and not the drawing
    document.addEventListener("pointermove", move, true);
    document.addEventListener("pointerup", up, true);
    document.addEventListener("pointercancel", cancel, true);
    window.addEventListener("blur", cancel);
  }, { capture: true });
  area.addEventListener("touchmove", (event) => {
    if (ghost && event.cancelable) event.preventDefault(); // what is held moves, and not the page
  }, { passive: false });
  area.addEventListener("contextmenu", (event) => {
    if (!ghost) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // the long press of the finger that holds it
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
