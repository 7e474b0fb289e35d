/** What the server has to be told when a document has changed: only what differs. */

import { inOrder } from "./hints.js";
import { toWire } from "./wire.js";

/** @typedef {import("./types.js").Doc} Doc */

/**
 * What tells one state from another, as the server wants it.
 * @param {Doc | null} sent null if the server is to take all of it
 * @param {Doc} doc
 * @returns {Record<string, unknown>} no entry: nothing changed
 */
export function difference(sent, doc) {
  /** @type {Record<string, unknown>} */
  const change = {};
  if (!sent || sent.hints !== doc.hints) {
    const added = inOrder(doc.hints).filter((hint) => sent?.hints[hint.id] !== hint);
    const removed = Object.keys(sent?.hints ?? {}).filter((id) => !doc.hints[id]);
    if (!sent || goesUnder(sent, doc)) change.set = inOrder(doc.hints).map(toWire);
    else {
      if (added.length) change.add = added.map(toWire);
      if (removed.length) change.remove = removed;
    }
  }
  if (!sent || sent.palette !== doc.palette) {
    change.palette = doc.palette.colors.map((color) => ({ color }));
    change.locked = doc.palette.locked;
  }
  if (!sent || sent.seed !== doc.seed) change.seed = doc.seed;
  return change;
}

/**
 * Whether a hint came back below others: the list's order has to be told then.
 * @param {Doc} sent
 * @param {Doc} doc
 */
function goesUnder(sent, doc) {
  const top = Object.values(sent.hints).reduce((z, hint) => Math.max(z, hint.z), 0);
  return Object.values(doc.hints).some((hint) => !sent.hints[hint.id] && hint.z < top);
}

const MOST_HINTS = 400; // in a message: the server takes 1 MB

/**
 * A change as messages that are not too long.
 * @param {Record<string, any>} change
 * @returns {Record<string, unknown>[]}
 */
export function portions(change) {
  const { set, add, ...rest } = change;
  const hints = set ?? add ?? [];
  if (hints.length <= MOST_HINTS) return [change];
  const parts = [];
  for (let at = 0; at < hints.length; at += MOST_HINTS) {
    parts.push({ [set && at === 0 ? "set" : "add"]: hints.slice(at, at + MOST_HINTS) });
  }
  return [...parts.slice(0, -1), { ...rest, ...parts[parts.length - 1] }];
}
