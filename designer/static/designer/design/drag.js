// @ts-check
/**
 * Drag and drop with the pointer: palette items and steps. What is held follows the pointer; the nearest place is hot.
 * On a touch screen a long press takes it up: a finger that moves at once scrolls. A long press that does not move is
 * the menu.
 */

import { make } from "./state.js";

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
  /** @type {Press | null} */
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
    ghost = make("div", { class: "design-ghost", "aria-hidden": "true" }, pressed.held.title); // the places are announced
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

  /** @param {PointerEvent} event at the edge of the pane the view scrolls */
  function scroll(event) {
    const { drawing } = placing.canvas;
    const pane = drawing.getBoundingClientRect();
    const by = (/** @type {number[]} */ ...[at, low, high]) =>
      at < low + EDGE ? SPEED : at > high - EDGE ? -SPEED : 0;
    const [x, y] = [event.clientX, event.clientY];
    const inside = x > pane.left && x < pane.right && y > pane.top && y < pane.bottom;
    const [dx, dy] = [by(x, pane.left, pane.right), by(y, pane.top, pane.bottom)];
    if (!inside || !(dx || dy) || !drawing.viewport?.pan(dx, dy)) return;
    placing.near(event);
    frame = requestAnimationFrame(() => ghost && scroll(event));
  }

  /** @param {PointerEvent} event */
  function up(event) {
    const [was, dragged] = [pressed, ghost];
    if (event.pointerId !== was?.pointer) return;
    end();
    if (!dragged) return;
    event.preventDefault();
    swallow(was);
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
    const isTouch = press.pointerType === "touch";
    pressed = { x: press.clientX, y: press.clientY, held, pointer: press.pointerId, target: /** @type {Element} */ (press.target), isTouch, moved: false };
    if (isTouch) timer = setTimeout(takeUp, LONG_PRESS);
    else if (area.matches("saga-drawing")) press.stopImmediatePropagation(); // the step is dragged, not the drawing
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
    event.stopImmediatePropagation(); // the long press that holds it
  }, { capture: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && ghost) end();
  });
}

/** A drag is never a click, nor a tap, whose click comes late. @param {Press} pressed */
function swallow({ isTouch, target }) {
  if (isTouch) return target.addEventListener("touchend", (event) => event.preventDefault(), { once: true });
  const stop = (/** @type {Event} */ event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", stop, true));
}
