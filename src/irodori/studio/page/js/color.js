/** Colors as text and numbers: hex, sRGB, HSV, and how far two are apart for the eye. */

/** @typedef {import("./types.js").RGB} RGB */

/**
 * "#E0452B", "e0452b" or "#e42" as "#E0452B"; null for anything else.
 * @param {string} text
 * @returns {string | null}
 */
export function parseHex(text) {
  const digits = text.trim().replace(/^#/, "");
  if (!/^([0-9a-f]{3}|[0-9a-f]{6})$/i.test(digits)) return null;
  const full = digits.length === 3 ? digits.replace(/./g, "$&$&") : digits;
  return `#${full.toUpperCase()}`;
}

/**
 * @param {string} hex "#RRGGBB"
 * @returns {RGB}
 */
export function toRgb(hex) {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/**
 * @param {ArrayLike<number>} rgb 0..255
 * @returns {string} "#RRGGBB"
 */
export function toHex(rgb) {
  const value = (rgb[0] << 16) | (rgb[1] << 8) | rgb[2];
  return `#${value.toString(16).padStart(6, "0").toUpperCase()}`;
}

/**
 * @param {RGB} rgb
 * @returns {[number, number, number]} hue 0..360, saturation 0..1, value 0..1
 */
export function toHsv([r, g, b]) {
  const most = Math.max(r, g, b);
  const spread = most - Math.min(r, g, b);
  if (spread === 0) return [0, 0, most / 255];
  const sixth =
    most === r ? (g - b) / spread : most === g ? (b - r) / spread + 2 : (r - g) / spread + 4;
  return [(sixth * 60 + 360) % 360, spread / most, most / 255];
}

/**
 * @param {number} hue 0..360
 * @param {number} saturation 0..1
 * @param {number} value 0..1
 * @returns {RGB}
 */
export function fromHsv(hue, saturation, value) {
  /** @param {number} n */
  const channel = (n) => {
    const k = (n + hue / 60) % 6;
    return Math.round(255 * value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1))));
  };
  return [channel(5), channel(3), channel(1)];
}

/**
 * Oklab (Ottosson 2020): lightness 0..1 and two axes, in which distance follows the eye.
 * @param {RGB} rgb
 * @returns {[number, number, number]}
 */
export function toOklab(rgb) {
  const [r, g, b] = rgb.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/**
 * @param {string} one "#RRGGBB"
 * @param {string} other "#RRGGBB"
 * @returns {number} 0 for the same, about 1 from black to white
 */
export function distance(one, other) {
  const [a, b] = [toOklab(toRgb(one)), toOklab(toRgb(other))];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/**
 * Whether dark or light marks show better on a color.
 * @param {string} hex "#RRGGBB"
 * @returns {boolean}
 */
export function isLight(hex) {
  return toOklab(toRgb(hex))[0] > 0.68;
}
