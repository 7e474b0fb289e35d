/** The palette as pans of paint: chosen, dragged in, out and onto the drawing, locked, handed on. */

import { isLight } from "./color.js";
import { complain } from "./errors.js";
import { hintAt, isOn, newId, spot, topOf } from "./hints.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { ask, json } from "./net.js";
import { MOST_COLORS, withColor, withoutColor } from "./palette.js";
import { toast } from "./toast.js";
import { toDrawing } from "./view.js";

/** @typedef {import("./types.js").PaletteState} PaletteState */

const FAR = 6; // CSS pixels after which a press is a drag

export class Pans {
  /**
   * @param {import("./state.js").Studio} studio
   * @param {import("./pages.js").Pages} pages
   * @param {import("./paints.js").Paints} paints
   */
  constructor(studio, pages, paints) {
    this.studio = studio;
    this.pages = pages;
    this.paints = paints;
    this.box = /** @type {HTMLElement} */ (document.getElementById("pans"));
    const swatch = /** @type {HTMLButtonElement} */ (document.getElementById("swatch"));
    swatch.addEventListener("click", () => paints.writeHex());
    this.draggable(swatch, () => studio.color);
    this.shown = "";
    studio.on(["doc", "page", "paint"], () => this.show());
  }

  /** @returns {PaletteState | null} */
  get palette() {
    return this.studio.page?.doc.palette ?? null;
  }

  /** @param {PaletteState} palette */
  set(palette) {
    const { page } = this.studio;
    if (page) this.studio.step({ ...page.doc, palette });
  }

  show() {
    const colors = this.palette?.colors ?? [];
    const key = `${colors} ${this.studio.color} ${document.documentElement.lang}`;
    if (key === this.shown) return;
    this.shown = key;
    const focused = [...this.box.children].indexOf(/** @type {Element} */ (document.activeElement));
    this.box.replaceChildren(...colors.map((color, index) => this.pan(color, index)), this.adder());
    if (focused >= 0)
      /** @type {HTMLElement} */ (this.box.children[focused] ?? this.box.lastChild).focus();
  }

  /**
   * @param {string} color
   * @param {number} index
   */
  pan(color, index) {
    const pan = document.createElement("button");
    pan.className = "blob";
    pan.type = "button";
    pan.dataset.color = color;
    pan.style.setProperty("--pan", color);
    pan.classList.toggle("pale", isLight(color));
    pan.setAttribute("aria-label", t("paint.pan", { color, n: index + 1 }));
    pan.setAttribute("aria-pressed", String(color === this.studio.color));
    pan.title = index < 9 ? `${color} (${index + 1})` : color;
    pan.addEventListener("click", () => this.paints.give(color));
    pan.addEventListener("keydown", (event) => {
      if (event.key === "Delete" || event.key === "Backspace") this.remove(color);
    });
    this.draggable(pan, () => color);
    return pan;
  }

  adder() {
    const add = document.createElement("button");
    add.className = "blob add";
    add.type = "button";
    add.innerHTML = icon("add");
    add.setAttribute("aria-label", t("paint.add"));
    add.title = `${t("paint.add")} (A)`;
    add.addEventListener("click", () => this.add(this.studio.color));
    return add;
  }

  /**
   * @param {string} color
   * @param {number} [at]
   */
  add(color, at) {
    if (!this.palette) return toast(t("toast.first"));
    const next = withColor(this.palette, color, at);
    if (next) this.set(next);
    else toast(t("toast.full"));
  }

  /** @param {string} color */
  remove(color) {
    if (this.palette) this.set(withoutColor(this.palette, color));
  }

  /** @param {number} which from 1 */
  choose(which) {
    const color = this.palette?.colors[which - 1];
    if (color) this.paints.give(color);
  }

  lock() {
    if (!this.palette) return;
    const locked = !this.palette.locked;
    this.set({ ...this.palette, locked });
    toast(t(locked ? "toast.locked" : "toast.unlocked"));
  }

  /**
   * Dragged onto the palette a color goes in there; onto a hint, that hint takes it; onto bare
   * drawing, it becomes a dab; anywhere else, it leaves the palette.
   * @param {HTMLElement} element
   * @param {() => string} colorOf
   */
  draggable(element, colorOf) {
    element.addEventListener("pointerdown", (start) => {
      if (start.button !== 0) return;
      /** @type {HTMLElement | null} */
      let ghost = null;
      /** @param {PointerEvent} event */
      const move = (event) => {
        const away = Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY);
        if (!ghost && away < FAR) return;
        ghost ??= makeGhost(colorOf());
        ghost.style.translate = `${event.clientX}px ${event.clientY}px`;
      };
      /** @param {PointerEvent} event */
      const up = (event) => {
        for (const end of ["pointerup", "pointercancel"])
          removeEventListener(end, /** @type {any} */ (up));
        removeEventListener("pointermove", move);
        if (!ghost) return;
        ghost.remove();
        const swallow = (/** @type {Event} */ click) => click.stopPropagation();
        addEventListener("click", swallow, true); // the end of a drag is no click
        setTimeout(() => removeEventListener("click", swallow, true));
        if (event.type === "pointerup") this.drop(colorOf(), event.clientX, event.clientY, element);
      };
      addEventListener("pointermove", move);
      for (const end of ["pointerup", "pointercancel"])
        addEventListener(end, /** @type {any} */ (up));
    });
  }

  /**
   * @param {string} color
   * @param {number} x
   * @param {number} y
   * @param {HTMLElement} from
   */
  drop(color, x, y, from) {
    const target = document.elementFromPoint(x, y);
    if (target?.closest("#pans")) {
      const pan = target.closest("[data-color]");
      this.add(color, pan ? [...this.box.children].indexOf(pan) : undefined);
    } else if (target?.id === "canvas" && this.dropOnDrawing(color, x, y)) return;
    else if (from.dataset.color && !target?.closest("#paints")) this.remove(color);
  }

  /**
   * @param {string} color
   * @param {number} x
   * @param {number} y
   * @returns {boolean} whether it fell on the drawing
   */
  dropOnDrawing(color, x, y) {
    const { page, view, brush } = this.studio;
    if (!page) return false;
    const [left, top] = toDrawing(view, x, y);
    const { doc } = page;
    const held = hintAt(doc.hints, left, top, 10 / view.scale);
    if (!held && !isOn(left, top, page.size)) return false;
    const dab = { id: newId(), z: topOf(doc.hints), points: [spot(left, top, brush)] };
    const hint = { ...(held ?? dab), color };
    this.studio.step({ ...doc, hints: { ...doc.hints, [hint.id]: hint } });
    return true;
  }

  /** Colors of a picture that the artist picks. */
  pickPicture() {
    const input = Object.assign(document.createElement("input"), {
      type: "file",
      accept: "image/*",
    });
    input.addEventListener("change", () => input.files?.[0] && void this.takeFrom(input.files[0]));
    input.click();
  }

  /** @param {File} file */
  async takeFrom(file) {
    if (!this.palette) return toast(t("toast.first"));
    const form = new FormData();
    form.append("file", file, file.name);
    try {
      const answer = await (await ask("POST", "palette?n=8", form)).json();
      this.take(answer.palette);
    } catch (error) {
      complain(error);
    }
  }

  /** @param {import("./types.js").WireColor[]} entries */
  take(entries) {
    if (!this.palette) return;
    const colors = entries.map(({ color }) => color.toUpperCase()).slice(0, MOST_COLORS);
    this.set({ ...this.palette, colors });
    toast(t("toast.taken", { n: colors.length }));
  }

  async toAllPages() {
    if (!this.palette?.colors.length) return toast(t("toast.nocolors"));
    const palette = this.palette.colors.map((color) => ({ color }));
    try {
      const session = await json("POST", `sessions/${this.studio.session}/palette`, { palette });
      for (const info of session.drawings) this.pages.absorb(info);
      toast(t("toast.all"));
    } catch (error) {
      complain(error);
    }
  }

  switchHandOn() {
    const handOn = !this.studio.handOn;
    this.studio.setLook({ handOn });
    toast(t(handOn ? "toast.handon" : "toast.nohandon"));
  }
}

/** @param {string} color */
function makeGhost(color) {
  const ghost = document.createElement("div");
  ghost.className = "blob ghost";
  ghost.style.setProperty("--pan", color);
  document.body.append(ghost);
  return ghost;
}
