/** The color in hand: shown, mixed by hue and shade, written as hex; and the size of the brush. */

import { fromHsv, parseHex, toHex, toHsv, toRgb } from "./color.js";
import { t } from "./i18n.js";
import { toast } from "./toast.js";

/** @typedef {import("./state.js").Studio} Studio */

/**
 * @param {string} id
 * @returns {any}
 */
const byId = (id) => document.getElementById(id);

export class Paints {
  /** @param {Studio} studio */
  constructor(studio) {
    this.studio = studio;
    /** @type {[number, number, number]} kept apart: gray has no hue, but the slider has one */
    this.hsv = toHsv(toRgb(studio.color));
    this.hue = /** @type {HTMLInputElement} */ (byId("hue"));
    this.shades = /** @type {HTMLElement} */ (byId("shades"));
    this.hex = /** @type {HTMLInputElement} */ (byId("hex"));
    this.size = /** @type {HTMLInputElement} */ (byId("size"));
    this.hue.addEventListener("input", () =>
      this.mix([Number(this.hue.value), this.hsv[1], this.hsv[2]]),
    );
    this.hex.addEventListener("change", () => this.readHex());
    this.hex.addEventListener("keydown", ({ key }) => {
      if (key === "Enter") byId("canvas").focus(); // which ends the change
    });
    this.size.addEventListener("input", () => studio.setRadius(sizeOf(Number(this.size.value))));
    this.shades.addEventListener("pointerdown", (event) => {
      this.shades.setPointerCapture(event.pointerId);
      this.touch(event);
    });
    this.shades.addEventListener("pointermove", (event) => event.buttons && this.touch(event));
    for (const end of ["pointerup", "pointercancel"]) {
      this.shades.addEventListener(end, () => this.mixed());
    }
    this.hue.addEventListener("change", () => this.mixed());
    this.shades.addEventListener("keydown", (event) => this.nudge(event));
    studio.on(["paint", "tool", "view"], () => this.show());
    this.show();
  }

  /** @param {[number, number, number]} hsv */
  mix(hsv) {
    this.hsv = hsv;
    this.give(toHex(fromHsv(...hsv)), false);
  }

  /** Mixing ends: all of it is one step of history. */
  mixed() {
    if (this.studio.draft) this.studio.step(this.studio.draft);
  }

  /**
   * A color is taken in hand; a hint held by the move tool takes it too.
   * @param {string} color
   * @param {boolean} [final] whether it is not still being mixed
   */
  give(color, final = true) {
    const { studio } = this;
    studio.setColor(color);
    const { page, selected } = studio;
    const hint = page?.doc.hints[selected ?? ""];
    if (!page || !hint || studio.tool !== "move" || hint.color === color) return;
    const doc = { ...page.doc, hints: { ...page.doc.hints, [hint.id]: { ...hint, color } } };
    if (final) studio.step(doc);
    else studio.setDraft(doc);
  }

  /** @param {PointerEvent} event */
  touch(event) {
    const box = this.shades.getBoundingClientRect();
    const saturation = (event.clientX - box.left) / box.width;
    const value = 1 - (event.clientY - box.top) / box.height;
    this.mix([this.hsv[0], share(saturation), share(value)]);
  }

  /** @param {KeyboardEvent} event */
  nudge(event) {
    const step = event.shiftKey ? 0.1 : 0.02;
    /** @type {Record<string, [number, number]>} */
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const way = ways[event.key];
    if (!way) return;
    event.preventDefault();
    const [hue, saturation, value] = this.hsv;
    this.mix([hue, share(saturation + way[0] * step), share(value + way[1] * step)]);
    this.mixed();
  }

  writeHex() {
    document.body.dataset.open = "paints"; // where the panel is folded away
    this.hex.focus();
    this.hex.select();
  }

  readHex() {
    const color = parseHex(this.hex.value);
    if (!color) toast(t("toast.hex"));
    else if (color !== this.studio.color) this.give(color);
    this.hex.value = this.studio.color;
  }

  /** @param {number} factor */
  resize(factor) {
    this.studio.setRadius(this.studio.radius * factor);
  }

  show() {
    const { studio } = this;
    const { color } = studio;
    if (toHex(fromHsv(...this.hsv)) !== color) this.hsv = toHsv(toRgb(color));
    const [hue, saturation, value] = this.hsv;
    const style = document.documentElement.style;
    style.setProperty("--paint", color);
    style.setProperty("--hue", String(hue));
    style.setProperty("--s", String(saturation));
    style.setProperty("--v", String(value));
    this.hue.value = String(Math.round(hue));
    if (document.activeElement !== this.hex) this.hex.value = color;
    const percent = { s: Math.round(saturation * 100), v: Math.round(value * 100) };
    this.shades.setAttribute("aria-valuenow", String(percent.s));
    this.shades.setAttribute("aria-valuetext", t("paint.shades.value", percent));
    this.size.value = String(Math.round((100 * Math.log(studio.radius)) / Math.log(80)));
    style.setProperty("--size", `${Math.max(2, Math.min(26, studio.radius * 2))}px`);
    byId("size-dot").setAttribute("aria-label", `${Math.round(studio.brush * 2)} px`);
  }
}

/**
 * Small sizes need finer steps than large ones.
 * @param {number} position 0..100
 * @returns {number} radius in CSS pixels, 1..80
 */
function sizeOf(position) {
  return 80 ** (position / 100);
}

/** @param {number} value */
const share = (value) => Math.max(0, Math.min(1, value));
