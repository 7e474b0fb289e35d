/** Palettes as values: at most sixteen colors, in the order in which the artist put them. */

import { distance } from "./color.js";

/** @typedef {import("./types.js").PaletteState} PaletteState */

export const MOST_COLORS = 16;

/**
 * With a color more, or moved to another place if it is there already.
 * @param {PaletteState} palette
 * @param {string} color
 * @param {number} [at] before which color it goes; else at the end
 * @returns {PaletteState | null} null if there is no room
 */
export function withColor(palette, color, at = palette.colors.length) {
  const before = palette.colors.slice(0, at).filter((other) => other !== color);
  const after = palette.colors.slice(at).filter((other) => other !== color);
  const colors = [...before, color, ...after];
  return colors.length > MOST_COLORS ? null : { ...palette, colors };
}

/**
 * @param {PaletteState} palette
 * @param {string} color
 * @returns {PaletteState}
 */
export function withoutColor(palette, color) {
  return { ...palette, colors: palette.colors.filter((other) => other !== color) };
}

/**
 * The palette's color that the eye finds nearest; the color itself if the palette is empty.
 * @param {PaletteState} palette
 * @param {string} color
 * @returns {string}
 */
export function nearest(palette, color) {
  let best = color;
  let least = Infinity;
  for (const other of palette.colors) {
    const away = distance(color, other);
    if (away < least) [best, least] = [other, away];
  }
  return best;
}

/**
 * What one page hands on to the next: its palette, then the colors of its hints, as they fit.
 * @param {import("./types.js").Doc} doc
 * @returns {PaletteState}
 */
export function handedOn(doc) {
  const hinted = Object.values(doc.hints).flatMap((hint) => (hint.color ? [hint.color] : []));
  const colors = [...new Set([...doc.palette.colors, ...hinted])].slice(0, MOST_COLORS);
  return { colors, locked: doc.palette.locked };
}
