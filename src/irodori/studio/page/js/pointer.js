/**
 * Pointers on the stage. Mouse, pen and one finger use the tool; two fingers pan and pinch; Space,
 * the middle button or the hand tool pan; Alt or the right button picks a color.
 */

import { begin } from "./tools.js";
import { panned, pinched, toDrawing, toStage, zoomed } from "./view.js";

/** @typedef {import("./tools.js").At} At */
/** @typedef {import("./tools.js").Desk} Desk */
/** @typedef {import("./tools.js").Gesture} Gesture */

const ERASER_END = 32; // PointerEvent.buttons of a pen turned around

export class Pointers {
  /**
   * @param {Desk} desk
   * @param {import("./canvas.js").Stage} stage
   */
  constructor(desk, stage) {
    this.desk = desk;
    this.studio = desk.studio;
    this.stage = stage;
    this.canvas = stage.canvas;
    /** @type {Map<number, [number, number]>} fingers on the stage */
    this.fingers = new Map();
    /** @type {Gesture | null} */
    this.gesture = null;
    /** @type {[number, number] | null} where the pan was last */
    this.panning = null;
    this.spaceHeld = false;
    this.penDown = false;
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => this.cancel(event));
    canvas.addEventListener("pointerleave", () => this.leave());
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /** @param {PointerEvent} event */
  down(event) {
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.studio.byKeys = false;
    const at = place(event);
    if (event.pointerType === "touch") {
      if (this.penDown) return; // the palm that rests beside the pen
      this.fingers.set(event.pointerId, at);
      if (this.fingers.size === 2) return this.drop();
      if (this.fingers.size > 2) return;
    }
    this.penDown = event.pointerType === "pen";
    const tool = this.toolFor(event);
    if (tool === "hand") this.panning = at;
    else this.gesture = begin(this.desk, tool, this.at(event));
    this.stage.soon();
  }

  /**
   * @param {PointerEvent} event
   * @returns {import("./state.js").ToolName}
   */
  toolFor(event) {
    if (this.spaceHeld || event.button === 1) return "hand";
    if (event.buttons & ERASER_END) return "eraser";
    if (event.altKey || event.button === 2) return "pick";
    return this.studio.tool;
  }

  /** @param {PointerEvent} event */
  move(event) {
    const at = place(event);
    if (this.fingers.has(event.pointerId)) {
      const before = [...this.fingers.values()];
      this.fingers.set(event.pointerId, at);
      if (this.fingers.size === 2) {
        const after = [...this.fingers.values()];
        this.see(pinched(this.studio.view, before, after));
      }
      if (this.fingers.size > 1) return;
    }
    this.studio.pointer = event.pointerType === "touch" && !this.gesture ? null : at;
    if (this.panning) {
      const [x, y] = this.panning;
      this.panning = at;
      this.see(panned(this.studio.view, at[0] - x, at[1] - y));
    } else if (this.gesture) {
      const events = event.getCoalescedEvents?.() ?? [];
      this.gesture.move((events.length ? events : [event]).map((each) => this.at(each)));
    }
    this.stage.soon();
  }

  /** @param {PointerEvent} event */
  up(event) {
    const pinching = this.fingers.size > 1;
    this.fingers.delete(event.pointerId);
    if (event.pointerType === "pen") this.penDown = false;
    if (event.pointerType === "touch") this.studio.pointer = null;
    this.panning = null;
    if (pinching) return;
    const { gesture } = this;
    this.gesture = null;
    gesture?.up();
    this.stage.soon();
  }

  /** @param {PointerEvent} event */
  cancel(event) {
    this.fingers.delete(event.pointerId);
    this.penDown = false;
    this.drop();
  }

  /** Give up what was begun: a second finger says it was no stroke. */
  drop() {
    this.panning = null;
    if (!this.gesture) return;
    this.gesture = null;
    this.studio.fresh = null;
    this.studio.setDraft(null);
  }

  leave() {
    if (this.gesture || this.panning) return;
    this.studio.pointer = null;
    this.stage.soon();
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    event.preventDefault();
    if (!this.studio.page) return;
    const unit = event.deltaMode === 1 ? 16 : 1;
    const { view } = this.studio;
    if (event.shiftKey) this.see(panned(view, -(event.deltaX + event.deltaY) * unit, 0));
    else {
      // a pinch on a touchpad comes as small steps with ctrlKey
      const factor = Math.exp((-event.deltaY * unit) / (event.ctrlKey ? 100 : 500));
      this.see(zoomed(view, factor, ...place(event)));
    }
  }

  /** @param {import("./types.js").View} view */
  see(view) {
    this.stage.fitted = false;
    this.studio.setView(view);
  }

  /**
   * @param {PointerEvent} event
   * @returns {At}
   */
  at(event) {
    const [x, y] = toDrawing(this.studio.view, ...place(event));
    const { pressure, pointerType: pointer, shiftKey: shift } = event;
    return { x, y, pressure, pointer, shift };
  }

  // The keyboard has a pointer too: arrows move it, Enter is its button.

  /**
   * @param {number} dx in CSS pixels
   * @param {number} dy
   */
  keyMove(dx, dy) {
    const { studio, stage } = this;
    if (!studio.page) return;
    const { width, height } = studio.page.size;
    const [x, y] =
      studio.byKeys && studio.pointer
        ? studio.pointer
        : toStage(studio.view, width / 2, height / 2);
    studio.byKeys = true;
    studio.pointer = [x + dx, y + dy];
    this.gesture?.move([this.keyAt()]);
    stage.soon();
  }

  keyDown() {
    if (this.gesture || !this.studio.page) return;
    this.keyMove(0, 0);
    if (this.studio.tool !== "hand")
      this.gesture = begin(this.desk, this.studio.tool, this.keyAt());
    this.stage.soon();
  }

  keyUp() {
    const { gesture } = this;
    this.gesture = null;
    gesture?.up();
  }

  /** @returns {At} */
  keyAt() {
    const [x, y] = toDrawing(this.studio.view, ...(this.studio.pointer ?? [0, 0]));
    return { x, y, pressure: 0.5, pointer: "mouse", shift: false };
  }
}

/**
 * @param {MouseEvent} event
 * @returns {[number, number]} on the stage, which begins at the window's corner
 */
function place(event) {
  return [event.clientX, event.clientY];
}
