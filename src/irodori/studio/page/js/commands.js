/**
 * Everything the page can do, once: buttons, keys and the help sheet are made from this list. Names
 * are texts `cmd.ID`, remarks `help.ID`, icons go by ID.
 */

import { emptyDoc } from "./history.js";
import { switchLanguage } from "./i18n.js";
import { switchSurround } from "./prefs.js";
import { zoomed } from "./view.js";

/** @typedef {import("./main.js").App} App */

/**
 * @typedef {object} Command
 * @property {string} id
 * @property {"tools" | "history" | "paints" | "look" | "ideas" | "page" | "out"} group
 * @property {string[]} keys the first is shown; "mod" is Ctrl or the Mac's Command
 * @property {(which?: number) => void} run
 * @property {() => void} [up] what is done while held ends here
 * @property {() => boolean} [on] whether it is switched on
 * @property {() => boolean} [able] whether it can be done now
 * @property {number} [digits] the key is a digit from 1 to this
 */

/**
 * @param {App} app
 * @returns {Command[]}
 */
export function commands(app) {
  return [
    ...tools(app),
    ...steps(app),
    ...paints(app),
    ...look(app),
    ...ideas(app),
    ...pages(app),
    ...out(app),
  ];
}

/**
 * @param {App} app
 * @returns {Command[]}
 */
function tools({ studio, paints }) {
  /** @type {[import("./state.js").ToolName, string][]} */
  const keys = [
    ["brush", "b"],
    ["fill", "g"],
    ["eraser", "e"],
    ["move", "v"],
    ["pick", "i"],
    ["white", "w"],
    ["empty", "n"],
    ["hand", "h"],
  ];
  return [
    ...keys.map(([id, key]) => ({
      id,
      group: /** @type {const} */ ("tools"),
      keys: [key],
      run: () => studio.setTool(id),
      on: () => studio.tool === id,
    })),
    { id: "smaller", group: "tools", keys: ["["], run: () => paints.resize(1 / 1.2) },
    { id: "larger", group: "tools", keys: ["]"], run: () => paints.resize(1.2) },
  ];
}

/**
 * @param {App} app
 * @returns {Command[]}
 */
function steps({ studio }) {
  const hints = () => studio.page?.doc.hints ?? {};
  /** @param {import("./types.js").Doc["hints"]} kept */
  const keep = (kept) => studio.page && studio.step({ ...studio.page.doc, hints: kept });
  return [
    {
      id: "undo",
      group: "history",
      keys: ["mod+z"],
      run: () => studio.travel("undo"),
      able: () => Boolean(studio.page?.history.past.length),
    },
    {
      id: "redo",
      group: "history",
      keys: ["mod+shift+z", "mod+y"],
      run: () => studio.travel("redo"),
      able: () => Boolean(studio.page?.history.future.length),
    },
    {
      id: "delete",
      group: "history",
      keys: ["Delete", "Backspace"],
      run: () => {
        const { [studio.selected ?? ""]: held, ...kept } = hints();
        if (held) keep(kept);
      },
    },
    {
      id: "clear",
      group: "history",
      keys: ["mod+Backspace", "mod+Delete"],
      run: () => keep(emptyDoc().hints),
      able: () => Object.keys(hints()).length > 0,
    },
  ];
}

/**
 * @param {App} app
 * @returns {Command[]}
 */
function paints({ studio, paints, pans, kept }) {
  return [
    { id: "hex", group: "paints", keys: ["#", "x"], run: () => paints.writeHex() },
    { id: "add-color", group: "paints", keys: ["a"], run: () => pans.add(studio.color) },
    { id: "pan", group: "paints", keys: ["1"], digits: 9, run: (which) => pans.choose(which ?? 1) },
    {
      id: "lock",
      group: "paints",
      keys: ["k"],
      run: () => pans.lock(),
      on: () => Boolean(studio.page?.doc.palette.locked),
    },
    { id: "from-picture", group: "paints", keys: ["t"], run: () => pans.pickPicture() },
    { id: "palettes", group: "paints", keys: ["o"], run: () => kept.open() },
    { id: "all-pages", group: "paints", keys: ["shift+a"], run: () => pans.toAllPages() },
    {
      id: "hand-on",
      group: "paints",
      keys: ["shift+h"],
      run: () => pans.switchHandOn(),
      on: () => studio.handOn,
    },
  ];
}

/**
 * @param {App} app
 * @returns {Command[]}
 */
function look({ studio, stage, translateAll, pages }) {
  /** @param {number} factor */
  const zoom = (factor) => {
    stage.fitted = false;
    studio.setView(zoomed(studio.view, factor, innerWidth / 2, innerHeight / 2));
  };
  /** @param {number} by */
  const lines = (by) => studio.setLook({ lines: Math.max(0, Math.min(1, studio.lines + by)) });
  return [
    {
      id: "compare",
      group: "look",
      keys: ["c"],
      run: () => {
        if (studio.page?.info.lines === "extracted") void pages.original(studio.page);
        studio.setLook({ comparing: true });
      },
      up: () => studio.setLook({ comparing: false }),
      on: () => studio.comparing,
    },
    {
      id: "shade",
      group: "look",
      keys: ["s"],
      run: () => studio.setLook({ shaded: !studio.shaded }),
      on: () => studio.shaded,
    },
    {
      id: "pins",
      group: "look",
      keys: ["u"],
      run: () => studio.setLook({ pins: !studio.pins }),
      on: () => studio.pins,
    },
    { id: "lines-less", group: "look", keys: [","], run: () => lines(-0.1) },
    { id: "lines-more", group: "look", keys: ["."], run: () => lines(0.1) },
    { id: "fit", group: "look", keys: ["0"], run: () => stage.fit() },
    { id: "zoom-in", group: "look", keys: ["+", "="], run: () => zoom(1.25) },
    { id: "zoom-out", group: "look", keys: ["-"], run: () => zoom(0.8) },
    { id: "surround", group: "look", keys: ["d"], run: switchSurround },
    {
      id: "language",
      group: "look",
      keys: ["j"],
      run: () => {
        switchLanguage();
        translateAll();
      },
    },
  ];
}

/**
 * @param {App} app
 * @returns {Command[]}
 */
function ideas({ ideas }) {
  return [
    { id: "ideas", group: "ideas", keys: ["p"], run: () => ideas.toggle(), on: () => ideas.shown },
    {
      id: "idea",
      group: "ideas",
      keys: ["shift+1"],
      digits: 6,
      run: (which) => ideas.choose((which ?? 1) - 1),
    },
    { id: "more-like", group: "ideas", keys: ["m"], run: () => void ideas.moreLike() },
    { id: "others", group: "ideas", keys: ["r"], run: () => void ideas.others() },
  ];
}

/**
 * @param {App} app
 * @returns {Command[]}
 */
function pages({ strip, opening }) {
  return [
    { id: "open", group: "page", keys: ["mod+o"], run: () => opening.pick(false) },
    { id: "folder", group: "page", keys: ["mod+shift+o"], run: () => opening.pick(true) },
    { id: "paste", group: "page", keys: ["mod+v"], run: () => void opening.paste() },
    { id: "koi", group: "page", keys: ["y"], run: () => void opening.koi() },
    { id: "recolor", group: "page", keys: ["l"], run: () => void opening.recolor() },
    { id: "previous", group: "page", keys: ["PageUp"], run: () => strip.go(-1) },
    { id: "next", group: "page", keys: ["PageDown"], run: () => strip.go(1) },
    { id: "match", group: "page", keys: ["shift+m"], run: () => void strip.match() },
    { id: "remove", group: "page", keys: ["shift+Delete"], run: () => void strip.remove() },
  ];
}

/**
 * @param {App} app
 * @returns {Command[]}
 */
function out({ out, help, sheet, pointers }) {
  return [
    { id: "export", group: "out", keys: ["mod+e"], run: () => out.open() },
    { id: "png", group: "out", keys: ["mod+s"], run: () => void out.save("png") },
    { id: "copy", group: "out", keys: ["mod+c"], run: () => void out.copy() },
    { id: "zip", group: "out", keys: ["mod+shift+s"], run: () => void out.zip("psd") },
    { id: "help", group: "out", keys: ["?", "F1"], run: () => help.open() },
    { id: "close", group: "out", keys: ["Escape"], run: () => (sheet.close(), pointers.drop()) },
  ];
}
