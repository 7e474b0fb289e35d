/** Ideas: colorings to choose from while nothing was said, and on demand later. */

import { complain } from "./errors.js";
import { inOrder } from "./hints.js";
import { t } from "./i18n.js";
import { json } from "./net.js";
import { toWire } from "./wire.js";

/** @typedef {import("./types.js").Proposal} Proposal */

const COUNT = 6;

export class Ideas {
  /** @param {import("./state.js").Studio} studio */
  constructor(studio) {
    this.studio = studio;
    this.panel = /** @type {HTMLElement} */ (document.getElementById("ideas"));
    this.cards = /** @type {HTMLElement} */ (document.getElementById("cards"));
    /** @type {import("./state.js").Page | null} asked for although there are hints */
    this.askedFor = null;
    this.busy = false;
    studio.on(["page", "doc", "look", "ideas"], () => this.show());
  }

  /** @returns {boolean} */
  get shown() {
    const { page, ideasOpen } = this.studio;
    if (!page || !ideasOpen) return false;
    return Object.keys(page.doc.hints).length === 0 || this.askedFor === page;
  }

  toggle() {
    const { studio } = this;
    if (this.shown) {
      this.askedFor = null;
      if (studio.page && !Object.keys(studio.page.doc.hints).length)
        studio.setLook({ ideasOpen: false });
      else studio.emit("ideas");
      return;
    }
    this.askedFor = studio.page;
    if (studio.page && Object.keys(studio.page.doc.hints).length) studio.page.ideas = [];
    studio.setLook({ ideasOpen: true });
  }

  show() {
    const { page } = this.studio;
    this.panel.hidden = !this.shown;
    document.body.classList.toggle("with-ideas", this.shown);
    if (!this.shown) this.studio.preview = null;
    if (!page || !this.shown) return;
    if (!page.ideas.length && !this.busy) void this.fetch({ first: 0 });
    this.draw(page);
  }

  /** @param {import("./state.js").Page} page */
  draw(page) {
    const key = `${page.info.id} ${page.ideas.map(({ image }) => image.length)} ${document.documentElement.lang}`;
    if (this.cards.dataset.key !== key) {
      this.cards.dataset.key = key;
      const drawn = page.ideas.map((idea, index) => this.card(idea, index));
      const aspect = page.info.width / page.info.height;
      this.cards.style.setProperty("--aspect", String(Math.max(0.6, Math.min(1.8, aspect))));
      this.cards.style.setProperty("--columns", aspect > 1.15 ? "2" : "3");
      const blanks = Array.from({ length: drawn.length ? 0 : COUNT }, blank);
      this.studio.preview = null;
      this.cards.replaceChildren(...drawn, ...blanks);
    }
    page.ideas.forEach((idea, index) => {
      this.cards.children[index]?.setAttribute("aria-pressed", String(this.isChosen(idea)));
    });
  }

  /**
   * @param {Proposal} idea
   * @param {number} index
   */
  card(idea, index) {
    const card = document.createElement("button");
    card.type = "button";
    card.className = "idea";
    card.title = `${t("ideas.card", { n: index + 1 })} (Shift+${index + 1})`;
    card.setAttribute("aria-label", t("ideas.card", { n: index + 1 }));
    const picture = Object.assign(new Image(), { src: idea.image, alt: "", draggable: false });
    card.append(picture);
    card.addEventListener("click", () => this.choose(index));
    for (const come of ["pointerenter", "focus"]) {
      card.addEventListener(come, () =>
        this.studio.setPreview(this.isChosen(idea) ? null : picture),
      );
    }
    for (const go of ["pointerleave", "blur", "click"]) {
      card.addEventListener(go, () => this.studio.setPreview(null));
    }
    return card;
  }

  /** @param {Proposal} idea */
  isChosen(idea) {
    const doc = this.studio.page?.doc;
    if (!doc || doc.seed !== idea.seed) return false;
    return (
      idea.palette.map(({ color }) => color.toUpperCase()).join() === doc.palette.colors.join()
    );
  }

  /** @param {number} index */
  choose(index) {
    const { page } = this.studio;
    const idea = page?.ideas[index];
    if (!page || !idea) return;
    const colors = idea.palette.map(({ color }) => color.toUpperCase());
    const palette = { ...page.doc.palette, colors };
    this.studio.step({ ...page.doc, seed: idea.seed, palette });
  }

  /** Others in the spirit of what the page has now. */
  async moreLike() {
    const { page } = this.studio;
    if (!page) return;
    this.askedFor = page;
    this.studio.setLook({ ideasOpen: true });
    const palette = page.doc.palette.colors.map((color) => ({ color }));
    await this.fetch({ like: { seed: page.doc.seed, palette }, first: page.ideasSeen });
  }

  /** Others altogether. */
  async others() {
    const { page } = this.studio;
    if (!page) return;
    this.askedFor = page;
    this.studio.setLook({ ideasOpen: true });
    await this.fetch({ first: page.ideasSeen });
  }

  /** @param {{ first?: number, like?: object }} wish */
  async fetch(wish) {
    const { page } = this.studio;
    if (!page || this.busy) return;
    this.busy = true;
    this.cards.setAttribute("aria-busy", "true");
    const { hints, palette } = page.doc;
    const own = palette.locked ? palette.colors.map((color) => ({ color })) : [];
    try {
      const answer = await json("POST", `drawings/${page.info.id}/proposals`, {
        n: COUNT,
        hints: inOrder(hints).map(toWire),
        palette: own,
        ...wish,
      });
      page.ideas = answer.proposals;
      page.ideasSeen += page.ideas.length;
    } catch (error) {
      complain(error);
    }
    this.busy = false;
    this.cards.setAttribute("aria-busy", "false");
    this.studio.emit("ideas");
  }
}

/** Where an idea is going to be. */
function blank() {
  const place = document.createElement("span");
  place.className = "idea blank";
  return place;
}
