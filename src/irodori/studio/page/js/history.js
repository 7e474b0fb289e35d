/** Undo and redo without limit: a list of changes, each of which can be applied backwards too. */

/** @typedef {import("./types.js").Doc} Doc */
/** @typedef {import("./types.js").Change} Change */
/** @typedef {import("./types.js").Hint} Hint */

/** @returns {Doc} nothing said yet */
export function emptyDoc() {
  return { hints: {}, palette: { colors: [], locked: false }, seed: 0 };
}

/**
 * @param {Doc} doc
 * @param {Change} change
 * @returns {Doc}
 */
export function apply(doc, change) {
  const hints = { ...doc.hints };
  for (const [id, [, after]] of Object.entries(change.hints ?? {})) {
    if (after) hints[id] = after;
    else delete hints[id];
  }
  return {
    hints: change.hints ? hints : doc.hints,
    palette: change.palette ? change.palette[1] : doc.palette,
    seed: change.seed ? change.seed[1] : doc.seed,
  };
}

/**
 * @param {Change} change
 * @returns {Change}
 */
export function invert(change) {
  /** @type {Change} */
  const back = {};
  if (change.hints) {
    back.hints = Object.fromEntries(
      Object.entries(change.hints).map(([id, [before, after]]) => [id, [after, before]]),
    );
  }
  if (change.palette) back.palette = [change.palette[1], change.palette[0]];
  if (change.seed) back.seed = [change.seed[1], change.seed[0]];
  return back;
}

/**
 * What leads from one state to another; null if they are the same.
 * @param {Doc} from
 * @param {Doc} to
 * @returns {Change | null}
 */
export function between(from, to) {
  /** @type {Record<string, [Hint | null, Hint | null]>} */
  const hints = {};
  for (const id of new Set([...Object.keys(from.hints), ...Object.keys(to.hints)])) {
    const [before, after] = [from.hints[id] ?? null, to.hints[id] ?? null];
    if (before !== after) hints[id] = [before, after];
  }
  /** @type {Change} */
  const change = {};
  if (Object.keys(hints).length) change.hints = hints;
  if (from.palette !== to.palette) change.palette = [from.palette, to.palette];
  if (from.seed !== to.seed) change.seed = [from.seed, to.seed];
  return Object.keys(change).length ? change : null;
}

/** One drawing's state with all that led to it and all that was taken back. */
export class History {
  /**
   * @param {Doc} [doc]
   * @param {Change[]} [past] oldest first
   * @param {Change[]} [future] the next to redo last
   */
  constructor(doc = emptyDoc(), past = [], future = []) {
    this.doc = doc;
    this.past = past;
    this.future = future;
  }

  /**
   * Go to a state as one step; what had been taken back is given up.
   * @param {Doc} doc
   * @returns {boolean} whether anything differs
   */
  step(doc) {
    const change = between(this.doc, doc);
    if (!change) return false;
    this.past.push(change);
    this.future.length = 0;
    this.doc = doc;
    return true;
  }

  /** @returns {boolean} whether there was a step to take back */
  undo() {
    const change = this.past.pop();
    if (!change) return false;
    this.future.push(change);
    this.doc = apply(this.doc, invert(change));
    return true;
  }

  /** @returns {boolean} whether there was a step to take again */
  redo() {
    const change = this.future.pop();
    if (!change) return false;
    this.past.push(change);
    this.doc = apply(this.doc, change);
    return true;
  }
}
