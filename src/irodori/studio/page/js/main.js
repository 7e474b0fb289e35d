/** The page put together. */

import { Stage } from "./canvas.js";
import { commands } from "./commands.js";
import { complain } from "./errors.js";
import { Help } from "./help.js";
import { t, translate } from "./i18n.js";
import { icon } from "./icons.js";
import { Ideas } from "./ideas.js";
import { Kept } from "./kept.js";
import { dress, Keys, mark } from "./keys.js";
import { token } from "./net.js";
import { Opening } from "./opening.js";
import { Out } from "./out.js";
import { Pages } from "./pages.js";
import { Paints } from "./paints.js";
import { Pans } from "./pans.js";
import { Pointers } from "./pointer.js";
import { surroundAsBefore } from "./prefs.js";
import { Sheet } from "./sheet.js";
import { Studio } from "./state.js";
import { Strip } from "./strip.js";

/** @typedef {ReturnType<typeof build>} App */

/**
 * @param {string} id
 * @returns {any}
 */
const byId = (id) => document.getElementById(id);

function build() {
  const studio = new Studio();
  const pages = new Pages(studio);
  const stage = new Stage(studio, byId("canvas"));
  const paints = new Paints(studio);
  const pans = new Pans(studio, pages, paints);
  const sheet = new Sheet();
  /** @type {import("./commands.js").Command[]} */
  const all = [];
  const app = {
    studio,
    pages,
    stage,
    paints,
    pans,
    sheet,
    pointers: new Pointers({ studio, pages }, stage),
    ideas: new Ideas(studio),
    strip: new Strip(studio, pages),
    opening: new Opening(pages, pans),
    kept: new Kept(sheet, pans),
    out: new Out(studio, pages, sheet),
    help: new Help(sheet, () => all),
    all,
    translateAll: () => {
      translate();
      dress(all);
      for (const topic of /** @type {const} */ (["pages", "page", "paint", "look"]))
        studio.emit(topic);
    },
  };
  return app;
}

/** @param {App} app */
function buildTools({ all }) {
  const box = byId("tools");
  for (const { id } of all.filter(({ group, on }) => group === "tools" && on)) {
    const button = document.createElement("button");
    button.className = "tool";
    for (const name of ["icon", "named"]) button.dataset[name] = "";
    button.dataset.do = id;
    box.append(button);
  }
}

/** @param {App} app */
function follow({ studio, all }) {
  const marks = () => mark(all);
  studio.on(["page", "pages", "doc", "tool", "look", "ideas"], marks);
  studio.on(["look"], () => (byId("lines").value = String(Math.round(studio.lines * 100))));
  studio.on(["view", "page"], () => {
    const text = `${Math.round(studio.view.scale * 100)} %`;
    byId("percent").textContent = text;
    byId("percent").setAttribute("aria-label", `${t("cmd.fit")}, ${text}`);
  });
  studio.on(["page"], () => {
    byId("name").textContent = studio.page?.info.name ?? "";
    byId("welcome").hidden = studio.pages.length > 0;
    document.body.classList.toggle("empty", studio.pages.length === 0);
  });
  studio.on(["tool"], () => (byId("canvas").dataset.tool = studio.tool));
  studio.on(["connection"], () => {
    byId("status").textContent = studio.online ? "" : t("status.offline");
    document.body.classList.toggle("offline", !studio.online);
  });
  byId("lines").addEventListener("input", () =>
    studio.setLook({ lines: byId("lines").value / 100 }),
  );
}

/** Panels that fold away on a small screen. */
function foldable() {
  const { dataset } = document.body;
  byId("open-look").innerHTML = icon("look");
  for (const panel of ["paints", "look"]) {
    byId(`open-${panel}`).addEventListener("click", () => {
      if (dataset.open === panel) delete dataset.open;
      else dataset.open = panel;
    });
  }
  byId("canvas").addEventListener("pointerdown", () => delete dataset.open);
}

async function start() {
  token();
  surroundAsBefore();
  const app = build();
  app.all.push(...commands(app));
  buildTools(app);
  follow(app);
  foldable();
  new Keys(app.all, app.pointers);
  app.translateAll();
  app.studio.emit("tool");
  Object.assign(window, { irodori: app }); // for the console and for tests
  for (;;) {
    try {
      return await app.pages.resume();
    } catch (error) {
      complain(error);
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}

void start();
