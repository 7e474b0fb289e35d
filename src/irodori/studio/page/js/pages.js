/** The strip's drawings: opened, sent up, switched, removed; each saved with its whole history. */

import { complain } from "./errors.js";
import { between, emptyDoc, History } from "./history.js";
import { t } from "./i18n.js";
import { Live } from "./live.js";
import { ask, bitmap, json } from "./net.js";
import { handedOn } from "./palette.js";
import { Saving } from "./saving.js";
import { Page } from "./state.js";
import { toast } from "./toast.js";
import { docFrom, readRegions } from "./wire.js";

/** @typedef {import("./state.js").Studio} Studio */
/** @typedef {import("./types.js").DrawingInfo} DrawingInfo */
/** @typedef {import("./types.js").SessionInfo} SessionInfo */

const SESSION = "irodori.session";
const MOST_INK = 40e6; // pixels; a browser has no room for more
const MET = "irodori.met"; // whether this browser has opened a drawing before

export class Pages {
  /** @param {Studio} studio */
  constructor(studio) {
    this.studio = studio;
    this.live = new Live({
      frame: (frame) => this.receive(frame),
      refused: (message) => toast(message),
      changed: (id) => this.refresh(id),
      connection: (online) => this.connection(online),
      gone: () => this.resume(),
    });
    this.saving = new Saving();
    this.frames = Promise.resolve();
    this.thumbs = Promise.resolve();
    /** @type {Page | null} the page that was asked for last */
    this.wanted = null;
    studio.on(["doc"], () => this.changed(true));
    studio.on(["draft"], () => this.changed(studio.draft === null));
    studio.on(["look"], () => this.live.show(studio.shaded ? "shaded" : "flats"));
  }

  /** Take up the session this tab had, or the last one, or a new one. */
  async resume() {
    const mine = sessionStorage.getItem(SESSION);
    const last = localStorage.getItem(SESSION);
    const session = /** @type {SessionInfo} */ (await json("POST", "sessions", { mine, last }));
    sessionStorage.setItem(SESSION, session.session);
    localStorage.setItem(SESSION, session.session);
    const { studio } = this;
    studio.session = session.session;
    studio.pages = session.drawings.map((info, place) => new Page(info, place));
    studio.page = null;
    const page = studio.pages.find(({ info }) => info.id === session.current) ?? studio.pages[0];
    studio.emit("pages");
    if (page) await this.show(page);
    else studio.emit("page");
    for (const each of studio.pages) this.thumb(each);
  }

  /**
   * Pictures become pages; the first of them is shown.
   * @param {File[]} files
   * @param {"auto" | "keep" | "extract"} [lines]
   */
  async add(files, lines = "auto") {
    const { studio } = this;
    const message = toast(t("toast.opening"), { stays: true });
    message.progress(files.length > 1 ? 0 : null);
    let done = 0;
    const base = Math.max(-1, ...studio.pages.map(({ place }) => place)) + 1;
    const queue = [...files.sort(byName).entries()];
    const worker = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const page = await this.upload(next[1], lines, base + next[0]);
        done += 1;
        if (files.length > 1) message.progress(done / files.length);
        if (page && next[0] === 0) await this.show(page);
      }
    };
    await Promise.all([worker(), worker()]).finally(() => message.close());
    const [first] = studio.pages;
    if (!first) return; // all were refused
    if (!localStorage.getItem(MET)) toast(t("toast.first-time"));
    localStorage.setItem(MET, "yes");
    if (!studio.page) await this.show(first);
    const order = studio.pages.map(({ info }) => info.id);
    if (files.length > 1) await json("PATCH", `sessions/${studio.session}`, { order });
  }

  /**
   * @param {File} file
   * @param {string} lines
   * @param {number} place in the strip
   * @returns {Promise<Page | null>} null if it was refused; the artist has been told
   */
  async upload(file, lines, place) {
    const form = new FormData();
    form.append("file", file, file.name);
    try {
      const answer = await ask(
        "POST",
        `drawings?session=${this.studio.session}&lines=${lines}`,
        form,
      );
      const page = new Page(await answer.json(), place);
      this.studio.pages.push(page);
      this.studio.pages.sort((one, other) => one.place - other.place);
      this.studio.emit("pages");
      for (const each of this.studio.pages) if (!each.thumbAsked) this.thumb(each);
      if (page.info.lines === "extracted") toast(t("toast.extracted"));
      return page;
    } catch (error) {
      complain(error);
      return null;
    }
  }

  /**
   * Make a page the one on the stage.
   * @param {Page} page
   */
  async show(page) {
    const { studio } = this;
    if (studio.page === page) return;
    this.wanted = page;
    page.loading ??= this.load(page, studio.page).catch((error) => {
      page.loading = null; // it may be tried again
      throw error;
    });
    await Promise.all([page.loading, this.draw(page)]);
    if (this.wanted !== page) return; // another one was asked for meanwhile
    studio.page?.putAside();
    studio.draft = studio.fresh = studio.selected = null;
    studio.page = page;
    this.live.follow(studio.session, page.info.id, page.doc);
    studio.emit("page");
    void json("PATCH", `sessions/${studio.session}`, { current: page.info.id }).catch(() => null);
  }

  /**
   * Its history; the palette of the page before, if nothing was said here yet.
   * @param {Page} page
   * @param {Page | null} before
   */
  async load(page, before) {
    const { id, state } = page.info;
    const kept = await json("GET", `drawings/${id}/history`);
    page.history = kept ? new History(kept.doc, kept.past, kept.future) : new History();
    page.history.step(docFrom(state, page.doc)); // what was said after the history was saved
    const { doc } = page;
    const said =
      Object.keys(doc.hints).length || doc.palette.colors.length || page.history.past.length;
    if (!kept && page.info.restored) page.history = new History(doc);
    if (!said && before && this.studio.handOn) {
      const palette = handedOn(before.doc);
      if (palette.colors.length) page.history = new History({ ...emptyDoc(), palette });
    }
    page.loaded = true;
  }

  /**
   * Its lines: small at first, soon sharp.
   * @param {Page} page
   */
  async draw(page) {
    page.inks = [await bitmap(`drawings/${page.info.id}/ink?size=frame`)];
    void this.sharpen(page).catch(complain);
  }

  /**
   * The lines at the drawing's own size, and halved so often that a large scan is not scaled down
   * at every stroke.
   * @param {Page} page
   */
  async sharpen(page) {
    const { id, width, height, frame } = page.info;
    if (width <= frame.width || width * height > MOST_INK) return;
    const first = page.inks[0];
    const inks = [await bitmap(`drawings/${id}/ink?size=full`)];
    while (inks[0].width > 2 * frame.width) {
      const resizeWidth = Math.ceil(inks[0].width / 2);
      inks.unshift(await createImageBitmap(inks[0], { resizeWidth, resizeQuality: "high" }));
    }
    if (page.inks[0] !== first) return; // put aside meanwhile
    page.inks = [first, ...inks];
    this.studio.emit("frame");
  }

  /**
   * Its lines anew, from the picture it came as; hints stay.
   * @param {Page} page
   * @param {"keep" | "extract"} lines
   */
  async takeLines(page, lines) {
    page.info = await json("PUT", `drawings/${page.info.id}/lines`, { lines });
    await this.draw(page);
    page.original = page.regions = null;
    page.ideas = [];
    this.live.follow(this.studio.session, page.info.id, page.doc);
    this.studio.emit("page");
  }

  /**
   * Take a page out of the strip, with all that was said on it.
   * @param {Page} page
   */
  async remove(page) {
    const { studio } = this;
    const at = studio.pages.indexOf(page);
    await json("DELETE", `drawings/${page.info.id}`).catch(complain);
    studio.pages.splice(at, 1);
    studio.emit("pages");
    const next = studio.pages[Math.min(at, studio.pages.length - 1)];
    if (next) return this.show(next);
    studio.page = null;
    studio.emit("page");
  }

  /** @param {boolean} resting */
  changed(resting) {
    const { page, doc } = this.studio;
    if (!page || !doc) return;
    this.live.update(doc, resting);
    if (!this.studio.draft) this.saving.soon(page);
  }

  /** @param {import("./wire.js").Frame} frame */
  receive(frame) {
    const { page } = this.studio;
    if (!page) return;
    // packed frames unpack in their own time: one after the other keeps the order
    this.frames = this.frames.then(async () => {
      const pen = /** @type {CanvasRenderingContext2D} */ (
        page.colors.getContext("2d", { willReadFrequently: true })
      );
      if (page !== this.studio.page) return; // put aside meanwhile
      if (page.colors.width !== frame.width || page.colors.height !== frame.height) {
        page.colors.width = frame.width;
        page.colors.height = frame.height;
      }
      const [x, y, width, height] = frame.box;
      if (width && height && frame.png) {
        const picture = await createImageBitmap(new Blob([frame.payload]));
        pen.clearRect(x, y, width, height);
        pen.drawImage(picture, x, y);
      } else if (width && height) {
        pen.putImageData(new ImageData(frame.payload, width, height), x, y);
      }
      page.painted = true;
      this.studio.emit("frame");
      if (frame.full && !this.studio.draft) this.thumbSoon(page);
    });
  }

  /** @param {boolean} online */
  connection(online) {
    this.studio.online = online;
    this.studio.emit("connection");
  }

  /**
   * Somebody else changed a drawing: a palette for all pages, another tab.
   * @param {string} id
   */
  async refresh(id) {
    this.absorb(await json("GET", `drawings/${id}`));
  }

  /**
   * What the server says of a drawing now; a difference becomes a step of its history.
   * @param {DrawingInfo} info
   */
  absorb(info) {
    const page = this.studio.pages.find((each) => each.info.id === info.id);
    if (!page) return;
    page.info = info;
    this.thumb(page);
    if (!page.loaded) return;
    const doc = docFrom(page.info.state, page.doc);
    if (!between(page.doc, doc)) return;
    page.history.step(doc);
    this.saving.soon(page);
    if (page === this.studio.page) this.studio.emit("doc");
  }

  /** @param {Page} page */
  thumbSoon(page) {
    clearTimeout(this.thumbing);
    this.thumbing = setTimeout(() => this.thumb(page), 700);
  }

  /**
   * The small picture for the strip; one after the other, so that a long strip does not keep the
   * page on the stage waiting.
   * @param {Page} page
   */
  thumb(page) {
    if (this.studio.pages.length < 2) return;
    page.thumbAsked = true;
    this.thumbs = this.thumbs.then(async () => {
      try {
        const answer = await ask("GET", `drawings/${page.info.id}/picture?size=thumb`);
        const old = page.thumb;
        page.thumb = URL.createObjectURL(await answer.blob());
        if (old) setTimeout(() => URL.revokeObjectURL(old), 5000); // it may be loading still
        this.studio.emit("pages");
      } catch {
        // the strip shows its number alone
      }
    });
  }

  /**
   * @param {Page} page
   * @returns {Promise<import("./wire.js").Regions>}
   */
  async regions(page) {
    if (!page.regions) {
      const answer = await ask("GET", `drawings/${page.info.id}/regions`);
      page.regions = readRegions(await answer.arrayBuffer());
    }
    return page.regions;
  }

  /**
   * The picture as it came, for the color picker and to compare with.
   * @param {Page} page
   */
  async original(page) {
    page.original ??= await bitmap(`drawings/${page.info.id}/original`);
    return page.original;
  }
}

/**
 * Names as people sort them: page 2 before page 10.
 * @param {File} one
 * @param {File} other
 */
function byName(one, other) {
  return one.name.localeCompare(other.name, undefined, { numeric: true });
}
