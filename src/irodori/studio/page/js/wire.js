/** Between what the page holds and what goes over the wire. */

import { spot } from "./hints.js";

/** @typedef {import("./types.js").Doc} Doc */
/** @typedef {import("./types.js").Hint} Hint */
/** @typedef {import("./types.js").WireHint} WireHint */
/** @typedef {import("./types.js").DrawingInfo} DrawingInfo */

/**
 * @param {Hint} hint
 * @returns {WireHint}
 */
export function toWire(hint) {
  const [x, y, radius] = hint.points[0];
  const color = hint.color ?? "#FFFFFF";
  const empty = hint.color === null ? { empty: true } : {};
  if (hint.points.length === 1) return { id: hint.id, kind: "dab", x, y, color, radius, ...empty };
  const even = hint.points.every((point) => point[2] === radius);
  const points = even ? hint.points.map(([px, py]) => [px, py]) : hint.points;
  return { id: hint.id, kind: "stroke", points, color, radius, ...empty };
}

/**
 * @param {WireHint} hint
 * @param {number} z
 * @returns {Hint}
 */
export function fromWire(hint, z) {
  const places = hint.kind === "dab" ? [[hint.x ?? 0, hint.y ?? 0]] : (hint.points ?? []);
  const points = places.map(([x, y, radius = hint.radius]) => spot(x, y, radius));
  return { id: hint.id, z, color: hint.empty ? null : hint.color.toUpperCase(), points };
}

/**
 * A server's state as a document. Where it says the same as `known`, the values of `known` are
 * kept, so that what did not change is the same object.
 * @param {DrawingInfo["state"]} state
 * @param {Doc} known
 * @returns {Doc}
 */
export function docFrom(state, known) {
  /** @type {Doc["hints"]} */
  const hints = {};
  state.hints.forEach((wire, index) => {
    const old = known.hints[wire.id];
    const hint = fromWire(wire, old ? old.z : index + 1);
    hints[wire.id] = old && same(old, hint) ? old : hint;
  });
  const palette = {
    colors: state.palette.map((entry) => entry.color.toUpperCase()),
    locked: Boolean(state.locked),
  };
  return {
    hints,
    palette: same(palette, known.palette) ? known.palette : palette,
    seed: state.seed,
  };
}

/**
 * @param {unknown} one
 * @param {unknown} other
 */
function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * @typedef {object} Frame colors without ink, for a rectangle of the frame
 * @property {number} seq
 * @property {boolean} full false while the brush moves
 * @property {boolean} png
 * @property {number} width
 * @property {number} height
 * @property {[x: number, y: number, w: number, h: number]} box
 * @property {Uint8ClampedArray<ArrayBuffer>} payload
 */

const HEADER = 32;

/**
 * @param {ArrayBuffer} buffer
 * @returns {Frame}
 */
export function readFrame(buffer) {
  const view = new DataView(buffer);
  /** @param {number} at */
  const word = (at) => view.getUint32(at, true);
  return {
    seq: word(0),
    full: view.getUint8(4) === 1,
    png: view.getUint8(5) === 1,
    width: word(8),
    height: word(12),
    box: [word(16), word(20), word(24), word(28)],
    payload: new Uint8ClampedArray(buffer, HEADER),
  };
}

/**
 * @typedef {object} Regions
 * @property {number} width
 * @property {number} height
 * @property {Uint16Array | Uint32Array} parts a part's number for each pixel of the frame
 * @property {Uint32Array} regionOf the region of each part
 */

/**
 * @param {ArrayBuffer} buffer
 * @returns {Regions}
 */
export function readRegions(buffer) {
  const [width, height, count, wide] = new Uint32Array(buffer, 0, 4);
  const pixels = width * height;
  const parts = wide
    ? new Uint32Array(buffer.slice(16, 16 + pixels * 4))
    : new Uint16Array(buffer, 16, pixels);
  const start = 16 + pixels * (wide ? 4 : 2);
  return {
    width,
    height,
    parts,
    regionOf: new Uint32Array(buffer.slice(start, start + (count + 1) * 4)),
  };
}
