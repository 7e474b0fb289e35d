/** The strip: the pages beside each other, in order. */

import { complain } from "./errors.js";
import { topOf } from "./hints.js";
import { between } from "./history.js";
import { t } from "./i18n.js";
import { json } from "./net.js";
import { toast } from "./toast.js";
import { fromWire } from "./wire.js";

/** @typedef {import("./state.js").Page} Page */

export class Strip {
  /**
   * @param {import("./state.js").Studio} studio
   * @param {import("./pages.js").Pages} pages
   */
  constructor(studio, pages) {
    this.studio = studio;
    this.pages = pages;
    this.panel = /** @type {HTMLElement} */ (document.getElementById("strip"));
    this.list = /** @type {HTMLElement} */ (document.getElementById("pages"));
    /** @type {WeakMap<Page, HTMLElement>} */
    this.entries = new WeakMap();
    studio.on(["pages", "page"], () => this.show());
  }

  show() {
    const { pages, page } = this.studio;
    this.panel.hidden = pages.length < 2;
    document.body.classList.toggle("with-strip", pages.length > 1);
    const entries = pages.map((each, index) => this.entry(each, index));
    if (entries.some((entry, index) => entry !== this.list.children[index])) {
      this.list.replaceChildren(...entries);
    }
    while (this.list.children.length > entries.length) this.list.lastChild?.remove();
    this.list
      .querySelector("[aria-current]")
      ?.scrollIntoView({ block: "nearest", inline: "nearest" });
    document.title = page ? `${page.info.name} · Irodori` : "Irodori";
  }

  /**
   * @param {Page} page
   * @param {number} index
   */
  entry(page, index) {
    const item = this.entries.get(page) ?? this.newEntry(page);
    const button = /** @type {HTMLElement} */ (item.firstElementChild);
    const [picture, number] = /** @type {any} */ (button.children);
    button.title = page.info.name;
    button.setAttribute("aria-label", t("strip.page", { n: index + 1, name: page.info.name }));
    if (page === this.studio.page) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
    if (page.thumb && picture.src !== page.thumb) picture.src = page.thumb;
    picture.hidden = !page.thumb;
    number.textContent = String(index + 1);
    return item;
  }

  /** @param {Page} page */
  newEntry(page) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.append(Object.assign(new Image(), { alt: "" }), document.createElement("span"));
    button.addEventListener("click", () => void this.pages.show(page).catch(complain));
    item.append(button);
    this.entries.set(page, item);
    return item;
  }

  /** @param {number} by pages forward */
  go(by) {
    const { pages, page } = this.studio;
    if (!page) return;
    const next = pages[pages.indexOf(page) + by];
    if (next) void this.pages.show(next).catch(complain);
  }

  /** The hints of the page before, where its parts are found again here. */
  async match() {
    const { pages, page } = this.studio;
    const before = page && pages[pages.indexOf(page) - 1];
    if (!page || !before) return toast(t("toast.nobefore"));
    try {
      const from = before.info.id;
      const found = await json("POST", `drawings/${page.info.id}/match`, { from });
      this.bring(page, before, found.hints);
    } catch (error) {
      complain(error);
    }
  }

  /**
   * @param {Page} page
   * @param {Page} before
   * @param {import("./types.js").WireHint[]} found
   */
  bring(page, before, found) {
    const { name } = before.info;
    if (!found.length) return toast(t("toast.nomatch", { name }));
    const top = topOf(page.doc.hints);
    const brought = found.map((wire, index) => fromWire(wire, top + index));
    const hints = {
      ...page.doc.hints,
      ...Object.fromEntries(brought.map((hint) => [hint.id, hint])),
    };
    const doc = { ...page.doc, hints };
    if (page !== this.studio.page || !between(page.doc, doc)) return;
    this.studio.step(doc);
    toast(t("toast.matched", { n: brought.length, name }));
  }

  async remove() {
    const { page } = this.studio;
    if (!page) return;
    await this.pages.remove(page);
    toast(t("toast.removed", { name: page.info.name }));
  }
}
