/** Where the drawing lies on the stage: pan, zoom, fit. Pure functions on `View` values. */

/** @typedef {import("./types.js").View} View */

const LEAST = 0.02;
const MOST = 32;

/**
 * The whole drawing, as large as it goes inside the free part of the stage.
 * @param {{ width: number, height: number }} size of the drawing
 * @param {{ left: number, top: number, right: number, bottom: number }} free in CSS pixels
 * @returns {View}
 */
export function fit(size, free) {
  const width = Math.max(40, free.right - free.left);
  const height = Math.max(40, free.bottom - free.top);
  const scale = clamp(Math.min(width / size.width, height / size.height));
  return {
    scale,
    x: free.left + (width - size.width * scale) / 2,
    y: free.top + (height - size.height * scale) / 2,
  };
}

/**
 * Zoomed, with the stage's point (x, y) staying where it is.
 * @param {View} view
 * @param {number} factor
 * @param {number} x
 * @param {number} y
 * @returns {View}
 */
export function zoomed(view, factor, x, y) {
  const scale = clamp(view.scale * factor);
  const real = scale / view.scale;
  return { scale, x: x - (x - view.x) * real, y: y - (y - view.y) * real };
}

/**
 * @param {View} view
 * @param {number} dx
 * @param {number} dy
 * @returns {View}
 */
export function panned(view, dx, dy) {
  return { ...view, x: view.x + dx, y: view.y + dy };
}

/**
 * From the stage to the drawing.
 * @param {View} view
 * @param {number} x
 * @param {number} y
 * @returns {[number, number]}
 */
export function toDrawing(view, x, y) {
  return [(x - view.x) / view.scale, (y - view.y) / view.scale];
}

/**
 * From the drawing to the stage.
 * @param {View} view
 * @param {number} x
 * @param {number} y
 * @returns {[number, number]}
 */
export function toStage(view, x, y) {
  return [x * view.scale + view.x, y * view.scale + view.y];
}

/**
 * Two fingers: the points under them stay under them, as far as no turning allows.
 * @param {View} view
 * @param {[number, number][]} before both fingers
 * @param {[number, number][]} after
 * @returns {View}
 */
export function pinched(view, before, after) {
  /** @param {[number, number][]} pair */
  const middle = (pair) => [(pair[0][0] + pair[1][0]) / 2, (pair[0][1] + pair[1][1]) / 2];
  /** @param {[number, number][]} pair */
  const span = (pair) => Math.hypot(pair[0][0] - pair[1][0], pair[0][1] - pair[1][1]);
  const [x, y] = middle(after);
  const [oldX, oldY] = middle(before);
  const moved = panned(view, x - oldX, y - oldY);
  return zoomed(moved, span(after) / Math.max(1, span(before)), x, y);
}

/** @param {number} scale */
const clamp = (scale) => Math.max(LEAST, Math.min(MOST, scale));
