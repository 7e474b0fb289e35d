/** What the studio holds while it is open, and who wants to hear of changes. */

import { History } from "./history.js";

/** @typedef {import("./types.js").Doc} Doc */
/** @typedef {import("./types.js").DrawingInfo} DrawingInfo */

/**
 * @typedef {"brush" | "fill" | "eraser" | "move" | "pick" | "white" | "empty" | "hand"} ToolName
 * @typedef {"pages" | "page" | "doc" | "draft" | "tool" | "paint" | "look" | "view" | "frame"
 * | "connection" | "ideas"} Topic
 */

/** One drawing of the strip, and what is known of it here. */
export class Page {
  /**
   * @param {DrawingInfo} info
   * @param {number} place in the strip
   */
  constructor(info, place) {
    this.info = info;
    this.place = place;
    this.history = new History();
    this.loaded = false;
    /** @type {Promise<void> | null} */
    this.loading = null;
    /** @type {ImageBitmap[]} black lines, the paper transparent; the smallest first */
    this.inks = [];
    /** @type {ImageBitmap | null} as it came */
    this.original = null;
    /** @type {import("./wire.js").Regions | null} */
    this.regions = null;
    /** @type {string | null} an address for the strip's small picture */
    this.thumb = null;
    this.thumbAsked = false;
    /** @type {import("./types.js").Proposal[]} */
    this.ideas = [];
    this.ideasSeen = 0;
    this.colors = document.createElement("canvas");
    this.colors.width = this.colors.height = 1; // sized by the first frame
    this.painted = false;
  }

  /** Let go of everything large while another page is on the stage. */
  putAside() {
    for (const ink of this.inks) ink.close();
    this.original?.close();
    this.inks = [];
    this.original = this.regions = null;
    this.colors.width = this.colors.height = 1;
    this.painted = false;
  }

  /** @returns {Doc} */
  get doc() {
    return this.history.doc;
  }

  get size() {
    return { width: this.info.width, height: this.info.height };
  }
}

const KEPT = "irodori.brush";

export class Studio {
  constructor() {
    /** @type {Page[]} */
    this.pages = [];
    /** @type {Page | null} */
    this.page = null;
    this.session = "";
    /** @type {ToolName} */
    this.tool = "brush";
    /** @type {Doc | null} the state with a stroke that is not finished */
    this.draft = null;
    /** @type {import("./types.js").View} */
    this.view = { scale: 1, x: 0, y: 0 };
    this.comparing = false;
    /** @type {string | null} the hint that the move tool holds */
    this.selected = null;
    /** @type {import("./types.js").Hint | null} painted, but no frame has it yet */
    this.fresh = null;
    /** @type {HTMLImageElement | null} an idea that is pointed at, shown instead of the colors */
    this.preview = null;
    /** @type {[number, number] | null} the pointer on the stage, CSS pixels */
    this.pointer = null;
    /** @type {boolean} whether the pointer is moved by the keyboard */
    this.byKeys = false;
    this.online = true;
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    this.color = /** @type {string} */ (kept.color ?? "#D9573F");
    this.radius = /** @type {number} in CSS pixels on the stage */ (kept.radius ?? 7);
    this.lines = /** @type {number} 0..1 */ (kept.lines ?? 1);
    this.shaded = /** @type {boolean} */ (kept.shaded ?? true);
    this.handOn = /** @type {boolean} */ (kept.handOn ?? true);
    this.ideasOpen = /** @type {boolean} */ (kept.ideasOpen ?? true);
    this.pins = true; // whether hints are shown
    /** @type {Map<Topic, (() => void)[]>} */
    this.listeners = new Map();
  }

  /**
   * @param {Topic[]} topics
   * @param {() => void} listener
   */
  on(topics, listener) {
    for (const topic of topics) {
      this.listeners.set(topic, [...(this.listeners.get(topic) ?? []), listener]);
    }
  }

  /** @param {Topic} topic */
  emit(topic) {
    for (const listener of this.listeners.get(topic) ?? []) listener();
  }

  /** @returns {Doc | null} what is to be seen: the draft, or else the document */
  get doc() {
    return this.draft ?? this.page?.doc ?? null;
  }

  /** The brush's radius in pixels of the drawing. */
  get brush() {
    return Math.max(0.5, this.radius / this.view.scale);
  }

  /** @param {ToolName} tool */
  setTool(tool) {
    this.tool = tool;
    this.emit("tool");
  }

  /** @param {string} color "#RRGGBB" */
  setColor(color) {
    this.color = color;
    if (["white", "empty", "eraser", "pick", "hand"].includes(this.tool)) this.setTool("brush");
    this.keep();
    this.emit("paint");
  }

  /** @param {number} radius in CSS pixels */
  setRadius(radius) {
    this.radius = Math.max(1, Math.min(80, radius));
    this.keep();
    this.emit("paint");
  }

  /** @param {{ lines?: number, shaded?: boolean, comparing?: boolean, handOn?: boolean,
   *   ideasOpen?: boolean, pins?: boolean }} look */
  setLook(look) {
    Object.assign(this, look);
    this.keep();
    this.emit("look");
  }

  /** @param {HTMLImageElement | null} picture */
  setPreview(picture) {
    this.preview = picture;
    this.emit("frame");
  }

  /** @param {import("./types.js").View} view */
  setView(view) {
    this.view = view;
    this.emit("view");
  }

  /** @param {Doc | null} doc a state on its way: a stroke that is not finished */
  setDraft(doc) {
    this.draft = doc;
    this.emit("draft");
  }

  /**
   * One step of history on the current page.
   * @param {Doc} doc
   */
  step(doc) {
    this.draft = null;
    if (!this.page) return;
    this.page.history.step(doc);
    this.emit("doc");
  }

  /** @param {"undo" | "redo"} which */
  travel(which) {
    this.draft = this.fresh = null;
    if (this.page?.history[which]()) this.emit("doc");
  }

  keep() {
    const { color, radius, lines, shaded, handOn, ideasOpen } = this;
    localStorage.setItem(KEPT, JSON.stringify({ color, radius, lines, shaded, handOn, ideasOpen }));
  }
}
