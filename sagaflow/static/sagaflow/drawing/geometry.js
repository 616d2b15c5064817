// @ts-check
/** The arithmetic of a view: where the drawing is in its pane, and how large. Pure functions, all lengths in pixels. */

export const LARGEST = 4;
export const READABLE = 11;
/** The room that stays free around the drawing. */
const MARGIN = 16;
const LARGEST_FIT = 1.5;

/** @param {Size} drawing @param {Size} pane @returns {number} the scale at which all of it is seen */
export function fitting(drawing, pane) {
  const wide = (pane.width - 2 * MARGIN) / drawing.width;
  const high = (pane.height - 2 * MARGIN) / drawing.height;
  return Math.max(0.02, Math.min(wide, high, LARGEST_FIT));
}

/**
 * The scale at which a page opens: all of it where its smallest text can be read then, else the smallest readable one.
 * @param {Size} drawing @param {Size} pane @param {number} smallest the smallest text, at scale 1
 */
export function opening(drawing, pane, smallest) {
  const all = fitting(drawing, pane);
  return all * smallest >= READABLE - 0.01 ? all : Math.max(1, READABLE / smallest);
}

/** @param {View} view @param {number} scale @param {Point} at the point that stays where it is @returns {View} */
export function zoomed(view, scale, at) {
  const by = scale / view.scale;
  return { x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by, scale };
}

/** @param {Box} box @param {number} scale @param {Size} pane @returns {View} the box in the middle */
export function centred(box, scale, pane) {
  return {
    x: pane.width / 2 - (box.x + box.width / 2) * scale,
    y: pane.height / 2 - (box.y + box.height / 2) * scale,
    scale,
  };
}

/**
 * The view with a box in sight, moved as little as possible.
 * @param {Box} box @param {View} view @param {Size} pane @returns {View}
 */
export function revealing(box, view, pane) {
  const shift = (/** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ low, /** @type {number} */ high) =>
    from < low ? low - from : to > high ? Math.max(high - to, low - from) : 0;
  const [left, top] = [view.x + box.x * view.scale, view.y + box.y * view.scale];
  return {
    x: view.x + shift(left, left + box.width * view.scale, 2 * MARGIN, pane.width - 2 * MARGIN),
    y: view.y + shift(top, top + box.height * view.scale, 2 * MARGIN, pane.height - 2 * MARGIN),
    scale: view.scale,
  };
}

/** @param {View} view @param {Size} drawing @param {Size} pane @returns {View} no further out than the edge of the drawing */
export function kept(view, drawing, pane) {
  return {
    x: along(view.x, drawing.width * view.scale, pane.width),
    y: along(view.y, drawing.height * view.scale, pane.height),
    scale: view.scale,
  };
}

/** @param {number} at @param {number} drawn @param {number} seen */
function along(at, drawn, seen) {
  if (drawn + 2 * MARGIN <= seen) return (seen - drawn) / 2;
  return Math.min(MARGIN, Math.max(seen - MARGIN - drawn, at));
}

/** @param {View} view @param {Size} drawing @param {Size} pane @returns {boolean} */
export function isAllSeen(view, drawing, pane) {
  return drawing.width * view.scale <= pane.width && drawing.height * view.scale <= pane.height;
}
