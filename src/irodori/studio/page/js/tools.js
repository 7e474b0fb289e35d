/** What each tool does between pointer down and pointer up, in pixels of the drawing. */

import { toHex } from "./color.js";
import { distanceTo, hintAt, isOn, moved, newId, pressed, spot, thinOut, topOf } from "./hints.js";
import { nearest } from "./palette.js";

/** @typedef {import("./state.js").Studio} Studio */
/** @typedef {import("./types.js").Doc} Doc */
/** @typedef {import("./types.js").Hint} Hint */

/**
 * @typedef {object} At where the pointer is
 * @property {number} x
 * @property {number} y
 * @property {number} pressure 0..1
 * @property {string} pointer "mouse", "pen" or "touch"
 * @property {boolean} shift
 *
 * @typedef {object} Gesture a tool at work
 * @property {(spots: At[]) => void} move
 * @property {() => void} up
 *
 * @typedef {object} Desk what tools need
 * @property {Studio} studio
 * @property {import("./pages.js").Pages} pages
 */

const CATCH = 12; // CSS pixels around a hint in which it is caught

/**
 * @param {Desk} desk
 * @param {import("./state.js").ToolName} tool
 * @param {At} at
 * @returns {Gesture | null}
 */
export function begin(desk, tool, at) {
  const { studio } = desk;
  if (!studio.page || tool === "hand") return null;
  if (tool === "eraser") return erase(desk, at);
  if (tool === "move") return drag(desk, at);
  if (tool === "pick") return pick(desk, at);
  if (!isOn(at.x, at.y, studio.page.size)) return null;
  if (tool === "fill") return fill(desk, at);
  const color = tool === "brush" ? brushColor(studio) : tool === "white" ? "#FFFFFF" : null;
  return stroke(desk, at, color);
}

/**
 * A locked palette has the artist's exact colors and no others.
 * @param {Studio} studio
 */
export function brushColor(studio) {
  const palette = studio.page?.doc.palette;
  return palette?.locked ? nearest(palette, studio.color) : studio.color;
}

/**
 * @param {Desk} desk
 * @param {At} start
 * @param {string | null} color
 * @returns {Gesture}
 */
function stroke({ studio }, start, color) {
  const page = /** @type {import("./state.js").Page} */ (studio.page);
  const { doc, size } = page;
  const { id, z } = { id: newId(), z: topOf(doc.hints) };
  const tolerance = 0.4 / Math.min(1, studio.view.scale);
  /** @param {At} at */
  const place = (at) => {
    const x = Math.max(0, Math.min(size.width - 0.1, at.x));
    const y = Math.max(0, Math.min(size.height - 0.1, at.y));
    return spot(x, y, pressed(studio.brush, at.pressure, at.pointer));
  };
  let points = [place(start)];
  const shown = () => {
    studio.fresh = { id, z, color, points };
    return { ...doc, hints: { ...doc.hints, [id]: studio.fresh } };
  };
  studio.setDraft(shown());
  return {
    move(spots) {
      for (const at of spots) {
        const next = place(at);
        const [x, y] = points[points.length - 1];
        if (Math.hypot(next[0] - x, next[1] - y) >= tolerance) points = [...points, next];
      }
      if (points.length > 48) points = thinOut(points, tolerance / 2);
      studio.setDraft(shown());
    },
    up() {
      points = thinOut(points, tolerance);
      studio.step(shown());
    },
  };
}

/**
 * The closed part under the pointer gets the color; what was said in it before is dropped.
 * @param {Desk} desk
 * @param {At} at
 * @returns {Gesture}
 */
function fill({ studio, pages }, at) {
  const page = /** @type {import("./state.js").Page} */ (studio.page);
  const color = brushColor(studio);
  const id = newId();
  void pages.regions(page).then((regions) => {
    const part = partAt(regions, page.size, at.x, at.y);
    const { doc } = page;
    const kept = Object.values(doc.hints).filter(
      ({ points }) => !points.every(([x, y]) => partAt(regions, page.size, x, y) === part),
    );
    const dab = { id, z: topOf(doc.hints), color, points: [spot(at.x, at.y, 1.5)] };
    const hints = Object.fromEntries([...kept, dab].map((hint) => [hint.id, hint]));
    if (studio.page === page) studio.step({ ...doc, hints });
  });
  return { move() {}, up() {} };
}

/**
 * @param {import("./wire.js").Regions} regions
 * @param {{ width: number, height: number }} size of the drawing
 * @param {number} x
 * @param {number} y
 */
function partAt(regions, size, x, y) {
  const column = Math.min(regions.width - 1, Math.floor((x / size.width) * regions.width));
  const row = Math.min(regions.height - 1, Math.floor((y / size.height) * regions.height));
  return regions.parts[row * regions.width + column];
}

/**
 * @param {Desk} desk
 * @param {At} start
 * @returns {Gesture}
 */
function erase({ studio }, start) {
  const page = /** @type {import("./state.js").Page} */ (studio.page);
  let { doc } = page;
  /** @param {At} at */
  const wipe = (at) => {
    const reach = Math.max(studio.brush, 4 / studio.view.scale);
    const hit = Object.values(doc.hints).filter((hint) => distanceTo(hint, at.x, at.y) <= reach);
    if (!hit.length) return;
    const hints = { ...doc.hints };
    for (const hint of hit) delete hints[hint.id];
    doc = { ...doc, hints };
    studio.setDraft(doc);
  };
  wipe(start);
  return { move: (spots) => spots.forEach(wipe), up: () => studio.step(doc) };
}

/**
 * Take a hint and put it elsewhere; a click only takes hold of it.
 * @param {Desk} desk
 * @param {At} start
 * @returns {Gesture | null}
 */
function drag({ studio }, start) {
  const page = /** @type {import("./state.js").Page} */ (studio.page);
  const { doc, size } = page;
  const hint = hintAt(doc.hints, start.x, start.y, CATCH / studio.view.scale);
  studio.selected = hint?.id ?? null;
  studio.emit("tool");
  if (!hint) return null;
  let now = doc;
  return {
    move(spots) {
      const at = spots[spots.length - 1];
      const next = moved(hint, at.x - start.x, at.y - start.y, size);
      now = { ...doc, hints: { ...doc.hints, [hint.id]: next } };
      studio.setDraft(now);
    },
    up: () => studio.step(now),
  };
}

/**
 * @param {Desk} desk
 * @param {At} start
 * @returns {Gesture}
 */
function pick(desk, start) {
  const { studio } = desk;
  /** @param {At} at */
  const take = (at) => {
    const color = colorAt(desk, at);
    if (!color) return;
    studio.color = color;
    studio.emit("paint");
  };
  take(start);
  return {
    move: (spots) => take(spots[spots.length - 1]),
    up: () => studio.setColor(studio.color), // and so to a tool that paints
  };
}

/**
 * The color of the result; with Shift, or while comparing, that of the drawing as it came.
 * @param {Desk} desk
 * @param {At} at
 * @returns {string | null}
 */
export function colorAt({ studio, pages }, at) {
  const { page } = studio;
  if (!page || !isOn(at.x, at.y, page.size)) return null;
  if (!at.shift && !studio.comparing) return pixel(page.colors, page.size, at);
  if (page.original) {
    const copy = new OffscreenCanvas(page.original.width, page.original.height);
    copy.getContext("2d")?.drawImage(page.original, 0, 0);
    return pixel(copy, page.size, at);
  }
  void pages.original(page);
  return null;
}

/**
 * @param {HTMLCanvasElement | OffscreenCanvas} canvas
 * @param {{ width: number, height: number }} size of the drawing
 * @param {At} at
 */
function pixel(canvas, size, at) {
  const pen = /** @type {CanvasRenderingContext2D | null} */ (
    canvas.getContext("2d", { willReadFrequently: true })
  );
  const x = Math.floor((at.x / size.width) * canvas.width);
  const y = Math.floor((at.y / size.height) * canvas.height);
  const data = pen?.getImageData(x, y, 1, 1).data;
  if (!data) return null;
  return data[3] === 0 ? "#FFFFFF" : toHex(data);
}
