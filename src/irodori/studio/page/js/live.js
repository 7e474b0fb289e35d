/**
 * The live loop: whenever the drawing's state differs from what the server has, the difference goes
 * out, once an animation frame at most; colors come back as frames. A lost connection is taken up
 * again with growing pauses, and the whole state is sent then.
 */

import { difference, portions } from "./changes.js";
import { liveSocket } from "./net.js";
import { readFrame } from "./wire.js";

/** @typedef {import("./types.js").Doc} Doc */

/**
 * @typedef {object} LiveEvents
 * @property {(frame: import("./wire.js").Frame) => void} frame
 * @property {(message: string) => void} refused a change was not taken
 * @property {(drawing: string) => void} changed elsewhere
 * @property {(connected: boolean) => void} connection
 * @property {() => void} gone the server does not know the drawing
 */

export class Live {
  /** @param {LiveEvents} events */
  constructor(events) {
    this.events = events;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {{ session: string, drawing: string } | null} */
    this.target = null;
    /** @type {Doc | null} */
    this.sent = null;
    /** @type {Doc | null} */
    this.doc = null;
    this.view = "shaded";
    this.sentView = "shaded";
    this.seq = 0;
    this.answered = 0;
    this.resting = false;
    this.open = false;
    this.pause = 250;
    this.scheduled = false;
  }

  /**
   * Work on a drawing from now on.
   * @param {string} session
   * @param {string} drawing
   * @param {Doc} doc
   */
  follow(session, drawing, doc) {
    this.target = { session, drawing };
    this.doc = doc;
    this.open = false;
    if (this.socket?.readyState === WebSocket.OPEN) this.hello();
    else if (!this.socket) this.connect();
  }

  /**
   * The newest state.
   * @param {Doc} doc
   * @param {boolean} resting the brush is lifted: the full answer is wanted
   */
  update(doc, resting) {
    this.doc = doc;
    this.resting ||= resting;
    this.schedule();
  }

  /** @param {"flats" | "shaded"} view */
  show(view) {
    this.view = view;
    this.schedule();
  }

  /** Whether every change has been answered. */
  get settled() {
    return this.open && this.answered >= this.seq && this.sent === this.doc;
  }

  schedule() {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.flush();
    });
  }

  flush() {
    if (!this.open || !this.doc) return;
    const change = difference(this.sent, this.doc);
    if (this.view !== this.sentView) change.view = this.view;
    if (Object.keys(change).length === 0 && !this.resting) return;
    if (this.resting) change.rest = true;
    for (const part of portions(change)) {
      this.seq += 1;
      this.socket?.send(JSON.stringify({ type: "change", seq: this.seq, ...part }));
    }
    this.sent = this.doc;
    this.sentView = this.view;
    this.resting = false;
  }

  connect() {
    const socket = liveSocket();
    this.socket = socket;
    socket.onopen = () => this.hello();
    socket.onmessage = ({ data }) => this.receive(data);
    socket.onclose = ({ code }) => this.lost(code);
  }

  hello() {
    this.socket?.send(JSON.stringify({ type: "open", ...this.target, frames: frameKind() }));
  }

  /** @param {string | ArrayBuffer} data */
  receive(data) {
    if (typeof data !== "string") {
      const frame = readFrame(data);
      this.answered = frame.full ? Math.max(this.answered, frame.seq) : this.answered;
      if (this.open) this.events.frame(frame);
      return;
    }
    const message = JSON.parse(data);
    if (message.type === "opened" && message.drawing === this.target?.drawing) this.opened();
    else if (message.type === "error") {
      this.answered = Math.max(this.answered, message.seq ?? 0);
      this.events.refused(message.message);
    } else if (message.type === "changed") this.events.changed(message.drawing);
  }

  opened() {
    this.open = true;
    this.pause = 250;
    this.seq = 0;
    this.answered = -1;
    this.sent = null;
    this.sentView = "shaded";
    this.events.connection(true);
    this.resting = true;
    this.flush();
  }

  /** @param {number} code */
  lost(code) {
    this.open = false;
    this.socket = null;
    if (code === 4404) return this.events.gone();
    this.events.connection(false);
    setTimeout(() => this.target && !this.socket && this.connect(), this.pause);
    this.pause = Math.min(5000, this.pause * 2);
  }
}

/** Raw pixels cost nothing on this machine, a network wants them packed. */
function frameKind() {
  return /^(localhost|127\.|\[?::1)/.test(location.hostname) ? "raw" : "png";
}
