/** Autosave: a page's whole history goes to the server a moment after each step. */

import { complain } from "./errors.js";
import { ask, Refusal } from "./net.js";

/** @typedef {import("./state.js").Page} Page */

const MOMENT = 300; // milliseconds
const OUTLIVES = 60_000; // bytes that a request may have that is to outlive its tab
const MOST_SAVED = 7e6; // characters; the server takes 8 MB

export class Saving {
  constructor() {
    /** @type {Map<Page, number>} timers */
    this.waiting = new Map();
    addEventListener("pagehide", () => this.all());
  }

  /** @param {Page} page */
  soon(page) {
    clearTimeout(this.waiting.get(page));
    this.waiting.set(
      page,
      setTimeout(() => void this.save(page), MOMENT),
    );
  }

  /** @param {Page} page */
  async save(page) {
    clearTimeout(this.waiting.get(page));
    this.waiting.delete(page);
    const body = savedForm(page.history);
    const keepalive = body.length < OUTLIVES;
    try {
      await ask("PUT", `drawings/${page.info.id}/history`, body, { keepalive });
    } catch (error) {
      if (error instanceof Refusal && error.status === 0) this.soon(page);
      else complain(error);
    }
  }

  /** Whatever still waits, because the tab is closed. */
  all() {
    for (const page of this.waiting.keys()) void this.save(page);
  }
}

/**
 * A history as text. One that is too long to be kept loses its oldest steps there, not here.
 * @param {import("./history.js").History} history
 */
function savedForm({ doc, past, future }) {
  for (let first = 0; ; first += Math.ceil((past.length - first) / 4)) {
    const text = JSON.stringify({ doc, past: past.slice(first), future });
    if (text.length < MOST_SAVED || first >= past.length) return text;
  }
}
