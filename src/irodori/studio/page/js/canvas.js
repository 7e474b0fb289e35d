/**
 * The stage: the sheet with its colors, the stroke on its way, the ink, pins for the hints, and the
 * brush. Everything is drawn anew, at most once an animation frame, when something changed.
 */

import { isLight } from "./color.js";
import { inOrder } from "./hints.js";
import { brushColor } from "./tools.js";
import { fit, toStage } from "./view.js";

/** @typedef {import("./state.js").Studio} Studio */
/** @typedef {import("./types.js").Hint} Hint */

const PAINTING = ["brush", "white", "empty", "eraser"];

export class Stage {
  /**
   * @param {Studio} studio
   * @param {HTMLCanvasElement} canvas
   */
  constructor(studio, canvas) {
    this.studio = studio;
    this.canvas = canvas;
    this.pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.scheduled = false;
    this.fitted = true;
    new ResizeObserver(() => this.resize()).observe(canvas);
    studio.on(["doc", "draft", "tool", "paint", "look", "view", "frame"], () => this.soon());
    studio.on(["page", "pages"], () => this.refit());
    studio.on(["page"], () => (this.fitted = true));
    studio.on(["frame"], () => {
      if (!studio.draft) studio.fresh = null;
    });
  }

  resize() {
    const { clientWidth, clientHeight } = this.canvas;
    this.canvas.width = Math.round(clientWidth * devicePixelRatio);
    this.canvas.height = Math.round(clientHeight * devicePixelRatio);
    if (this.fitted) this.fit();
    this.draw(); // at once: a resized canvas is empty
  }

  /** Show the whole drawing between the panels. */
  fit() {
    const { page } = this.studio;
    if (page) this.studio.setView(fit(page.size, freeSpace()));
    this.fitted = true;
    this.soon();
  }

  /** Fit again when the panels have moved, unless the artist has chosen a view. */
  refit() {
    requestAnimationFrame(() => this.fitted && this.fit());
  }

  soon() {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.draw();
    });
  }

  draw() {
    const { pen, canvas, studio } = this;
    const { page, view } = studio;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    if (!page) return;
    const dots = devicePixelRatio;
    pen.setTransform(view.scale * dots, 0, 0, view.scale * dots, view.x * dots, view.y * dots);
    this.drawSheet(page);
    if (!studio.comparing) this.drawColors(page);
    this.drawInk(page);
    pen.setTransform(dots, 0, 0, dots, 0, 0);
    if (studio.pins && !studio.comparing) this.drawPins();
    this.drawBrush();
  }

  /** @param {import("./state.js").Page} page */
  drawSheet(page) {
    const { pen } = this;
    const { width, height } = page.size;
    const step = 1.3 / this.studio.view.scale;
    pen.fillStyle = "rgb(30 20 10 / 1.8%)"; // a shadow in steps: blurring one anew each time is slow
    for (let at = 1; at <= 10; at += 1) {
      const by = at * step;
      pen.beginPath();
      pen.roundRect(-by, -by + 3 * step, width + 2 * by, height + 2 * by, by);
      pen.fill();
    }
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, width, height);
    if (page.info.transparent) this.drawSquares(width, height);
  }

  /**
   * The squares that stand for transparent ground.
   * @param {number} width
   * @param {number} height
   */
  drawSquares(width, height) {
    const { pen } = this;
    const side = Math.max(4, 10 / this.studio.view.scale);
    pen.fillStyle = "#e9e6e0";
    pen.beginPath();
    for (let row = 0; row * side < height; row += 1) {
      for (let column = row % 2; column * side < width; column += 2) {
        const [x, y] = [column * side, row * side];
        pen.rect(x, y, Math.min(side, width - x), Math.min(side, height - y));
      }
    }
    pen.fill();
  }

  /** @param {import("./state.js").Page} page */
  drawColors(page) {
    const { pen, studio } = this;
    pen.imageSmoothingQuality = "high";
    const colors = studio.preview ?? (page.painted ? page.colors : null);
    if (colors) pen.drawImage(colors, 0, 0, page.info.width, page.info.height);
    if (studio.fresh && studio.fresh.color !== null) {
      pen.save();
      pen.beginPath();
      pen.rect(0, 0, page.info.width, page.info.height);
      pen.clip();
      paintHint(pen, studio.fresh, studio.fresh.color);
      pen.restore();
    }
  }

  /** @param {import("./state.js").Page} page */
  drawInk(page) {
    const { pen, studio } = this;
    const { width, height } = page.size;
    if (studio.comparing && page.original && page.info.lines === "extracted") {
      pen.drawImage(page.original, 0, 0, width, height);
    } else if (page.inks.length) {
      const wanted = width * studio.view.scale * devicePixelRatio;
      const ink = page.inks.find((each) => each.width >= wanted) ?? page.inks[page.inks.length - 1];
      pen.globalAlpha = studio.comparing ? 1 : studio.lines;
      pen.drawImage(ink, 0, 0, width, height);
      pen.globalAlpha = 1;
    }
  }

  drawPins() {
    const { studio, pen } = this;
    const busy = studio.tool === "move" || studio.tool === "eraser";
    for (const hint of inOrder(studio.doc?.hints ?? {})) {
      if (busy) this.outline(hint);
      const [x, y] = toStage(studio.view, hint.points[0][0], hint.points[0][1]);
      const held = hint.id === studio.selected && studio.tool === "move";
      drawPin(pen, x, y, hint.color, held ? 8 : busy ? 5.5 : 4);
    }
  }

  /** @param {Hint} hint */
  outline(hint) {
    const { pen, studio } = this;
    if (hint.points.length < 2) return;
    pen.beginPath();
    for (const [x, y] of hint.points) pen.lineTo(...toStage(studio.view, x, y));
    for (const [width, color] of /** @type {[number, string][]} */ ([
      [4, "#fff"],
      [1.5, "#2b2a33"],
    ])) {
      pen.lineWidth = width;
      pen.lineCap = pen.lineJoin = "round";
      pen.strokeStyle = color;
      pen.stroke();
    }
  }

  drawBrush() {
    const { pen, studio } = this;
    if (!studio.pointer) return;
    const [x, y] = studio.pointer;
    if (PAINTING.includes(studio.tool)) {
      ring(pen, x, y, Math.max(2, studio.radius), toolColor(studio));
    }
    if (!studio.byKeys) return;
    pen.strokeStyle = "#c8402a";
    pen.lineWidth = 2;
    pen.beginPath();
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      pen.moveTo(x + dx * 6, y + dy * 6);
      pen.lineTo(x + dx * 20, y + dy * 20);
    }
    pen.stroke();
  }
}

/**
 * What a tool paints; null for nothing to be seen.
 * @param {Studio} studio
 */
function toolColor(studio) {
  if (studio.tool === "brush") return brushColor(studio);
  return studio.tool === "white" ? "#FFFFFF" : null;
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Hint} hint
 * @param {string} color
 */
export function paintHint(pen, hint, color) {
  pen.fillStyle = pen.strokeStyle = color;
  pen.lineCap = pen.lineJoin = "round";
  hint.points.forEach(([x, y, radius], index) => {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 7);
    pen.fill();
    if (index === 0) return;
    const [fromX, fromY, fromRadius] = hint.points[index - 1];
    pen.lineWidth = radius + fromRadius;
    pen.beginPath();
    pen.moveTo(fromX, fromY);
    pen.lineTo(x, y);
    pen.stroke();
  });
}

/**
 * A hint's place: its color in a white ring, a stroke through it for "leave empty".
 * @param {CanvasRenderingContext2D} pen
 * @param {number} x
 * @param {number} y
 * @param {string | null} color
 * @param {number} radius in CSS pixels
 */
function drawPin(pen, x, y, color, radius) {
  pen.beginPath();
  pen.arc(x, y, radius + 2, 0, 7);
  pen.fillStyle = "rgb(43 42 51 / 75%)";
  pen.fill();
  pen.beginPath();
  pen.arc(x, y, radius + 1, 0, 7);
  pen.fillStyle = "#fff";
  pen.fill();
  pen.beginPath();
  pen.arc(x, y, radius - 0.5, 0, 7);
  pen.fillStyle = color ?? "#fff";
  pen.fill();
  if (color !== null && color !== "#FFFFFF") return;
  pen.strokeStyle = "#2b2a33";
  pen.lineWidth = 1.2;
  pen.beginPath();
  if (color === null) {
    pen.moveTo(x - radius, y + radius);
    pen.lineTo(x + radius, y - radius);
  } else pen.arc(x, y, radius / 3, 0, 7);
  pen.stroke();
}

/**
 * The brush's edge, to be seen on anything.
 * @param {CanvasRenderingContext2D} pen
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {string | null} color
 */
function ring(pen, x, y, radius, color) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 7);
  if (color) {
    pen.globalAlpha = 0.55;
    pen.fillStyle = color;
    pen.fill();
    pen.globalAlpha = 1;
  }
  pen.lineWidth = 3;
  pen.strokeStyle = "rgb(255 255 255 / 80%)";
  pen.stroke();
  pen.lineWidth = 1.3;
  pen.strokeStyle = color && !isLight(color) ? color : "#2b2a33";
  pen.stroke();
}

/** The part of the stage that no panel covers, in CSS pixels. */
function freeSpace() {
  const stage = /** @type {HTMLElement} */ (document.getElementById("stage"));
  const { clientWidth: width, clientHeight: height } = stage;
  const free = { left: 0, top: 0, right: width, bottom: height };
  for (const id of ["top", "strip", "tools", "paints", "look"]) {
    const box = document.getElementById(id)?.getBoundingClientRect();
    if (!box || !box.width) continue;
    if (box.width > box.height) {
      if (box.top > height / 2) free.bottom = Math.min(free.bottom, box.top);
      else free.top = Math.max(free.top, box.bottom);
    } else if (box.left > width / 2) free.right = Math.min(free.right, box.left);
    else free.left = Math.max(free.left, box.right);
  }
  const gap = Math.min(24, width / 30);
  return {
    left: free.left + gap,
    top: free.top + gap,
    right: free.right - gap,
    bottom: free.bottom - gap,
  };
}
