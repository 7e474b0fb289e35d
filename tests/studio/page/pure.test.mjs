/** What the page computes without a document: colors, hints, history, view, palettes, the wire. */

import assert from "node:assert/strict";
import { test } from "node:test";

const js = new URL("../../../src/irodori/studio/page/js/", import.meta.url);
const load = (name) => import(new URL(name, js));
const { fromHsv, isLight, parseHex, toHex, toHsv, toOklab, toRgb, distance } =
  await load("color.js");
const { hintAt, distanceTo, inOrder, moved, newId, pressed, spot, thinOut, topOf } =
  await load("hints.js");
const { History, apply, between, emptyDoc, invert } = await load("history.js");
const { fit, panned, pinched, toDrawing, toStage, zoomed } = await load("view.js");
const { handedOn, nearest, withColor, withoutColor } = await load("palette.js");
const { difference, portions } = await load("changes.js");
const { docFrom, fromWire, readFrame, readRegions, toWire } = await load("wire.js");

let state = 7;
/** Chance that is the same every time. */
const random = () => {
  state = (state * 48271) % 2147483647;
  return state / 2147483647;
};
const near = (one, other, by = 1e-6) => assert.ok(Math.abs(one - other) <= by, `${one} ${other}`);

test("hex is read as people write it, and nothing else", () => {
  assert.equal(parseHex("#e0452b"), "#E0452B");
  assert.equal(parseHex(" E0452B "), "#E0452B");
  assert.equal(parseHex("#f80"), "#FF8800");
  for (const wrong of ["", "#12", "#12345", "red", "#GG0000", "#1234567"]) {
    assert.equal(parseHex(wrong), null);
  }
});

test("hex, RGB and HSV go round without loss", () => {
  for (let i = 0; i < 500; i += 1) {
    const rgb = [0, 0, 0].map(() => Math.floor(random() * 256));
    assert.deepEqual(toRgb(toHex(rgb)), rgb);
    assert.deepEqual(fromHsv(...toHsv(rgb)), rgb);
  }
  assert.deepEqual(toHsv([255, 0, 0]), [0, 1, 1]);
  assert.deepEqual(toHsv([0, 0, 255]), [240, 1, 1]);
});

test("Oklab has its author's values", () => {
  const [l, a, b] = toOklab([255, 255, 255]);
  near(l, 1, 1e-3);
  near(a, 0, 1e-3);
  near(b, 0, 1e-3);
  const [red] = toOklab([255, 0, 0]);
  near(red, 0.628, 1e-3);
  near(distance("#000000", "#FFFFFF"), 1, 1e-3);
  assert.ok(isLight("#FFEE88") && !isLight("#224488"));
});

const hint = (id, z, points, color = "#AA0000") => ({ id, z, color, points });

test("a stroke thinned out stays within the tolerance, keeps its ends and its pressure", () => {
  const points = Array.from({ length: 200 }, (_, i) =>
    spot(i, 20 * Math.sin(i / 15) + random(), 3 + 2 * Math.sin(i / 40)),
  );
  const thin = thinOut(points, 0.6);
  assert.ok(thin.length < points.length / 2);
  assert.deepEqual(thin[0], points[0]);
  assert.deepEqual(thin.at(-1), points.at(-1));
  const line = hint(
    "a",
    1,
    thin.map(([x, y]) => [x, y, 0]),
  );
  for (const [x, y] of points) assert.ok(distanceTo(line, x, y) <= 0.61);
  assert.deepEqual(thinOut([spot(1, 2, 3)], 1), [spot(1, 2, 3)]);
  const pressedStroke = [spot(0, 0, 2), spot(5, 0, 6), spot(10, 0, 2)];
  assert.deepEqual(thinOut(pressedStroke, 0.5), pressedStroke);
});

test("the topmost hint under the pointer is found", () => {
  const hints = {
    low: hint("low", 1, [spot(10, 10, 5)]),
    high: hint("high", 2, [spot(12, 10, 5)]),
    far: hint("far", 3, [spot(100, 100, 2), spot(200, 100, 2)]),
  };
  assert.equal(hintAt(hints, 11, 10, 3)?.id, "high");
  assert.equal(hintAt(hints, 150, 104, 3)?.id, "far");
  assert.equal(hintAt(hints, 150, 120, 3), null);
  assert.equal(topOf(hints), 4);
  assert.deepEqual(
    inOrder(hints).map(({ id }) => id),
    ["low", "high", "far"],
  );
  assert.notEqual(newId(), newId());
});

test("a hint that is moved keeps its shape and stays on the drawing", () => {
  const stroke = hint("a", 1, [spot(10, 10, 3), spot(30, 15, 4)]);
  const there = moved(stroke, 5, -2, { width: 50, height: 40 });
  assert.deepEqual(there.points, [spot(15, 8, 3), spot(35, 13, 4)]);
  const edge = moved(stroke, 500, 500, { width: 50, height: 40 });
  assert.deepEqual(edge.points[0].slice(0, 2), [49.9, 39.9]);
});

test("only a pen presses", () => {
  assert.equal(pressed(10, 0.2, "mouse"), 10);
  assert.equal(pressed(10, 0, "pen"), 5);
  assert.equal(pressed(10, 1, "pen"), 15);
});

/** A random other state. */
function changed(doc) {
  const hints = { ...doc.hints };
  const ids = Object.keys(hints);
  const chance = random();
  if (chance < 0.2 && ids.length) delete hints[ids[Math.floor(random() * ids.length)]];
  else if (chance < 0.4 && ids.length) {
    const id = ids[Math.floor(random() * ids.length)];
    hints[id] = { ...hints[id], color: toHex([random() * 255, 9, 9].map(Math.floor)) };
  } else if (chance < 0.8) {
    const id = newId();
    hints[id] = hint(id, topOf(hints), [spot(random() * 50, random() * 50, 3)]);
  }
  const palette = {
    colors: [toHex([random() * 255, 1, 2].map(Math.floor))],
    locked: random() < 0.5,
  };
  return {
    hints: chance < 0.8 ? hints : doc.hints,
    palette: chance > 0.7 ? palette : doc.palette,
    seed: chance > 0.9 ? doc.seed + 1 : doc.seed,
  };
}

test("undo goes back through every state, redo forward, without limit and through JSON", () => {
  let history = new History();
  const states = [history.doc];
  while (states.length < 1000) if (history.step(changed(history.doc))) states.push(history.doc);
  const { doc, past, future } = JSON.parse(JSON.stringify(history));
  history = new History(doc, past, future);
  for (let at = states.length - 2; at >= 0; at -= 1) {
    assert.ok(history.undo());
    assert.deepEqual(history.doc, states[at]);
  }
  assert.equal(history.undo(), false);
  for (const next of states.slice(1)) {
    assert.ok(history.redo());
    assert.deepEqual(history.doc, next);
  }
  assert.equal(history.redo(), false);
  history.undo();
  history.step(changed({ ...history.doc, seed: 99 }));
  assert.equal(history.redo(), false);
});

test("a change and its inverse cancel; no change is none", () => {
  let doc = emptyDoc();
  for (let i = 0; i < 200; i += 1) {
    const next = changed(doc);
    const change = between(doc, next);
    if (change) {
      assert.deepEqual(apply(doc, change), next);
      assert.deepEqual(apply(next, invert(change)), doc);
    }
    assert.equal(between(next, next), null);
    doc = next;
  }
});

test("the view fits, and what is under the pointer stays there when zoomed and pinched", () => {
  const size = { width: 300, height: 200 };
  const view = fit(size, { left: 100, top: 50, right: 700, bottom: 850 });
  near(view.scale, 2);
  assert.deepEqual([view.x, view.y], [100, 250]);
  const before = toDrawing(view, 333, 444);
  const after = toDrawing(zoomed(view, 1.7, 333, 444), 333, 444);
  near(before[0], after[0]);
  near(before[1], after[1]);
  assert.deepEqual(toStage(view, ...toDrawing(view, 12, 34)), [12, 34]);
  const two = pinched(
    view,
    [
      [100, 100],
      [200, 100],
    ],
    [
      [80, 120],
      [280, 120],
    ],
  );
  near(two.scale, view.scale * 2);
  const finger = toDrawing(view, 100, 100);
  const [x, y] = toStage(two, ...finger);
  near(x, 80);
  near(y, 120);
  assert.equal(panned(view, 3, 4).x, view.x + 3);
});

test("a palette holds sixteen different colors, in the artist's order", () => {
  let palette = { colors: [], locked: false };
  for (let i = 0; i < 16; i += 1) palette = withColor(palette, toHex([i, 0, 0]));
  assert.equal(withColor(palette, "#FFFFFF"), null);
  assert.deepEqual(withColor(palette, "#000000").colors.at(-1), "#000000"); // moved, not doubled
  assert.equal(withColor(palette, "#0F0000", 0).colors[0], "#0F0000");
  assert.equal(withoutColor(palette, "#000000").colors.length, 15);
  assert.equal(nearest({ colors: ["#FF0000", "#0000FF"], locked: true }, "#CC2222"), "#FF0000");
  assert.equal(nearest({ colors: [], locked: true }, "#123456"), "#123456");
});

test("a page hands on its palette and then the colors of its hints", () => {
  const hints = {
    a: hint("a", 1, [spot(1, 1, 1)], "#AA0000"),
    b: hint("b", 2, [spot(1, 1, 1)], null),
  };
  const palette = { colors: ["#00BB00"], locked: true };
  assert.deepEqual(handedOn({ hints, palette, seed: 0 }), {
    colors: ["#00BB00", "#AA0000"],
    locked: true,
  });
});

test("hints go over the wire and come back the same", () => {
  const all = [
    hint("dab", 1, [spot(3.3, 4.4, 5)]),
    hint("even", 2, [spot(1, 2, 3), spot(4, 5, 3)]),
    hint("pen", 3, [spot(1, 2, 3), spot(4, 5, 6)], "#00FF00"),
    hint("empty", 4, [spot(9, 9, 2)], null),
  ];
  for (const each of all) assert.deepEqual(fromWire(toWire(each), each.z), each);
  assert.deepEqual(toWire(all[1]).points, [
    [1, 2],
    [4, 5],
  ]);
  const known = {
    hints: { dab: all[0] },
    palette: { colors: ["#AA0000"], locked: false },
    seed: 0,
  };
  const state = { hints: all.map(toWire), palette: [{ color: "#aa0000" }], locked: false, seed: 0 };
  const doc = docFrom(state, known);
  assert.equal(doc.hints.dab, known.hints.dab); // the same object: nothing changed
  assert.equal(doc.palette, known.palette);
  assert.equal(Object.keys(doc.hints).length, 4);
});

test("a change says only what changed, in order, in messages that are not too long", () => {
  const a = hint("a", 1, [spot(1, 1, 2)]);
  const b = hint("b", 2, [spot(2, 2, 2)]);
  const doc = { ...emptyDoc(), hints: { a } };
  assert.deepEqual(difference(doc, doc), {});
  assert.deepEqual(difference(doc, { ...doc, hints: { a, b } }), { add: [toWire(b)] });
  assert.deepEqual(difference(doc, { ...doc, hints: {} }), { remove: ["a"] });
  const onTop = { ...doc, hints: { b } };
  assert.deepEqual(difference(onTop, { ...doc, hints: { a, b } }), { set: [toWire(a), toWire(b)] });
  assert.deepEqual(difference(doc, { ...doc, seed: 3 }), { seed: 3 });
  const many = Array.from({ length: 900 }, (_, i) => ({ id: String(i) }));
  const parts = portions({ set: many, seed: 1, rest: true });
  assert.deepEqual(
    parts.map((part) => Object.keys(part).sort().join()),
    ["set", "add", "add,rest,seed"],
  );
  assert.deepEqual([...parts[0].set, ...parts[1].add, ...parts[2].add], many);
  assert.deepEqual(portions({ seed: 1 }), [{ seed: 1 }]);
});

test("frames and regions are read as they are sent", () => {
  const buffer = new ArrayBuffer(32 + 8);
  const words = new Uint32Array(buffer, 0, 8);
  words.set([5, 1 | (0 << 8), 640, 480, 10, 20, 2, 1]);
  new Uint8Array(buffer, 32).set([1, 2, 3, 255, 4, 5, 6, 255]);
  const frame = readFrame(buffer);
  assert.deepEqual(
    [frame.seq, frame.full, frame.png, frame.width, frame.height],
    [5, true, false, 640, 480],
  );
  assert.deepEqual(frame.box, [10, 20, 2, 1]);
  assert.deepEqual([...frame.payload], [1, 2, 3, 255, 4, 5, 6, 255]);
  for (const wide of [0, 1]) {
    const side = wide ? 4 : 2;
    const data = new ArrayBuffer(16 + 3 * side + 12);
    new Uint32Array(data, 0, 4).set([3, 1, 2, wide]);
    const Numbers = wide ? Uint32Array : Uint16Array;
    new Numbers(data, 16, 3).set([1, 2, 2]);
    new Uint8Array(data).set(new Uint8Array(new Uint32Array([0, 7, 8]).buffer), 16 + 3 * side);
    const regions = readRegions(data);
    assert.deepEqual([...regions.parts], [1, 2, 2]);
    assert.deepEqual([...regions.regionOf], [0, 7, 8]);
  }
});
