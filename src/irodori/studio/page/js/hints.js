/** Hints as values: made, thinned out, found under the pointer, moved. Nothing here draws. */

/** @typedef {import("./types.js").Hint} Hint */
/** @typedef {import("./types.js").Spot} Spot */

let last = 0;

/**
 * A name no other hint has, in this tab or in another one on the same drawing.
 * @returns {string}
 */
export function newId() {
  last += 1;
  return `${Date.now().toString(36)}${last.toString(36)}${Math.random().toString(36).slice(2, 6)}`;
}

/**
 * The z that lies over all of them.
 * @param {Record<string, Hint>} hints
 * @returns {number}
 */
export function topOf(hints) {
  return Object.values(hints).reduce((top, hint) => Math.max(top, hint.z), 0) + 1;
}

/**
 * In the order of painting.
 * @param {Record<string, Hint>} hints
 * @returns {Hint[]}
 */
export function inOrder(hints) {
  return Object.values(hints).sort((a, b) => a.z - b.z || (a.id < b.id ? -1 : 1));
}

/**
 * A tenth of a pixel is finer than any hand, and shorter to save.
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @returns {Spot}
 */
export function spot(x, y, radius) {
  return [tenth(x), tenth(y), Math.max(0.5, tenth(radius))];
}

/** @param {number} value */
const tenth = (value) => Math.round(value * 10) / 10;

/**
 * A stroke with fewer points that strays less than `tolerance` pixels from the given one, in place
 * and in radius (Ramer, Douglas and Peucker).
 * @param {Spot[]} points
 * @param {number} tolerance
 * @returns {Spot[]}
 */
export function thinOut(points, tolerance) {
  if (points.length < 3) return points;
  const kept = new Uint8Array(points.length);
  kept[0] = kept[points.length - 1] = 1;
  const open = [[0, points.length - 1]];
  for (let pair = open.pop(); pair; pair = open.pop()) {
    const [from, to] = pair;
    let farthest = from;
    let most = tolerance;
    for (let i = from + 1; i < to; i += 1) {
      const off = strays(points[i], points[from], points[to]);
      if (off > most) [farthest, most] = [i, off];
    }
    if (farthest !== from) {
      kept[farthest] = 1;
      open.push([from, farthest], [farthest, to]);
    }
  }
  return points.filter((_, index) => kept[index]);
}

/**
 * How far a spot is from a segment, its radius counted as a third axis.
 * @param {Spot} point
 * @param {Spot} from
 * @param {Spot} to
 */
function strays(point, from, to) {
  const along = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
  const off = [point[0] - from[0], point[1] - from[1], point[2] - from[2]];
  const square = along[0] ** 2 + along[1] ** 2 + along[2] ** 2;
  const dot = off[0] * along[0] + off[1] * along[1] + off[2] * along[2];
  const at = square === 0 ? 0 : Math.max(0, Math.min(1, dot / square));
  return Math.hypot(off[0] - at * along[0], off[1] - at * along[1], off[2] - at * along[2]);
}

/**
 * Pixels from (x, y) to what a hint covers; 0 inside.
 * @param {Hint} hint
 * @param {number} x
 * @param {number} y
 * @returns {number}
 */
export function distanceTo(hint, x, y) {
  const { points } = hint;
  let least = Infinity;
  for (let i = 0; i < points.length; i += 1) {
    const from = points[i];
    const to = points[Math.min(i + 1, points.length - 1)];
    const dx = to[0] - from[0];
    const dy = to[1] - from[1];
    const square = dx * dx + dy * dy;
    const dot = (x - from[0]) * dx + (y - from[1]) * dy;
    const at = square === 0 ? 0 : Math.max(0, Math.min(1, dot / square));
    const radius = from[2] + at * (to[2] - from[2]);
    least = Math.min(least, Math.hypot(x - from[0] - at * dx, y - from[1] - at * dy) - radius);
  }
  return Math.max(0, least);
}

/**
 * The topmost hint within `reach` pixels of (x, y); null if there is none.
 * @param {Record<string, Hint>} hints
 * @param {number} x
 * @param {number} y
 * @param {number} reach
 * @returns {Hint | null}
 */
export function hintAt(hints, x, y, reach) {
  let best = null;
  let least = reach;
  for (const hint of inOrder(hints)) {
    const away = distanceTo(hint, x, y);
    if (away <= least) [best, least] = [hint, away];
  }
  return best;
}

/**
 * The same hint elsewhere; it stays on the drawing with its first point.
 * @param {Hint} hint
 * @param {number} dx
 * @param {number} dy
 * @param {{ width: number, height: number }} size of the drawing
 * @returns {Hint}
 */
export function moved(hint, dx, dy, size) {
  const [x, y] = hint.points[0];
  const right = Math.max(0, Math.min(size.width - 0.1, x + dx)) - x;
  const down = Math.max(0, Math.min(size.height - 0.1, y + dy)) - y;
  return { ...hint, points: hint.points.map(([px, py, r]) => spot(px + right, py + down, r)) };
}

/**
 * Whether a point lies on the drawing.
 * @param {number} x
 * @param {number} y
 * @param {{ width: number, height: number }} size
 */
export function isOn(x, y, size) {
  return x >= 0 && y >= 0 && x < size.width && y < size.height;
}

/**
 * The radius a pen's pressure makes of the brush's: half of it at a touch, one and a half pressed.
 * @param {number} radius
 * @param {number} pressure 0..1
 * @param {string} pointer "pen", "mouse" or "touch"; only a pen presses
 */
export function pressed(radius, pressure, pointer) {
  return pointer === "pen" ? radius * (0.5 + pressure) : radius;
}
