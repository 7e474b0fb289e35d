/** The picture goes out: files with and without layers, the clipboard, all pages as a zip. */

import { complain } from "./errors.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { ask, download, json, nameOf } from "./net.js";
import { make } from "./sheet.js";
import { toast } from "./toast.js";

const FORMATS = ["png", "webp", "psd", "ora"];

/** @type {Record<string, string>} */
const ICONS = { psd: "all-pages", ora: "all-pages", copy: "copy", hints: "hints" };

export class Out {
  /**
   * @param {import("./state.js").Studio} studio
   * @param {import("./pages.js").Pages} pages
   * @param {import("./sheet.js").Sheet} sheet
   */
  constructor(studio, pages, sheet) {
    this.studio = studio;
    this.pages = pages;
    this.sheet = sheet;
  }

  open() {
    const { page, pages } = this.studio;
    if (!page) return toast(t("toast.first"));
    const ways = [
      ...FORMATS.map((format) => this.way(format, () => this.save(format))),
      this.way("copy", () => this.copy()),
      this.way("hints", () => this.saveHints()),
    ];
    const content = [make("p", "remark", t("sheet.size", page.size)), make("div", "ways", ...ways)];
    if (pages.length > 1) {
      const all = FORMATS.map((format) => {
        const button = make("button", "tiny", format.toUpperCase());
        button.addEventListener("click", () => this.leave(() => this.zip(format)));
        return button;
      });
      content.push(make("p", "all", make("b", "", t("sheet.all")), ...all));
    }
    this.sheet.open("out", t("sheet.export"), content);
  }

  /**
   * @param {string} id
   * @param {() => Promise<unknown>} run
   */
  way(id, run) {
    const text = make(
      "span",
      "text",
      make("b", "", t(`sheet.${id}`)),
      make("small", "", t(`sheet.${id}.about`)),
    );
    const button = make("button", "row", text);
    button.dataset.way = id;
    button.insertAdjacentHTML("afterbegin", icon(ICONS[id] ?? "export"));
    button.addEventListener("click", () => this.leave(run));
    return button;
  }

  /** @param {() => Promise<unknown>} run */
  leave(run) {
    this.sheet.close();
    void run();
  }

  /** The server has every change before it is asked for a file. */
  async settle() {
    const { page } = this.studio;
    if (!page) return;
    this.pages.changed(true);
    for (let tries = 0; tries < 100 && !this.pages.live.settled; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  /** @param {string} format */
  async save(format) {
    const { page } = this.studio;
    if (!page) return toast(t("toast.first"));
    await this.fetchFile(
      `drawings/${page.info.id}/export?format=${format}`,
      `${page.info.name}.${format}`,
    );
  }

  async saveHints() {
    const { page } = this.studio;
    if (!page) return;
    await this.fetchFile(`drawings/${page.info.id}/hints`, `${page.info.name}.hints.json`);
  }

  /**
   * @param {string} path
   * @param {string} otherwise its name, if the server gives none
   */
  async fetchFile(path, otherwise) {
    try {
      await this.settle();
      const answer = await ask("GET", path);
      const name = nameOf(answer, otherwise);
      download(await answer.blob(), name);
      toast(t("toast.saved", { name }));
    } catch (error) {
      complain(error);
    }
  }

  async copy() {
    const { page } = this.studio;
    if (!page) return toast(t("toast.first"));
    const picture = this.settle()
      .then(() => ask("GET", `drawings/${page.info.id}/export?format=png`))
      .then((answer) => answer.blob());
    try {
      // handed over as a promise: the browser counts the click as long as it is pending
      await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
      toast(t("toast.copied"));
    } catch {
      toast(t("toast.nocopy"));
    }
  }

  /** @param {string} format */
  async zip(format) {
    const { session, pages } = this.studio;
    if (!pages.length) return toast(t("toast.first"));
    await this.settle();
    let stopped = false;
    const stop = /** @type {[string, () => void]} */ ([t("toast.stop"), () => (stopped = true)]);
    const line = toast(t("toast.zip"), { stays: true, action: stop });
    line.progress(0);
    try {
      let work = await json("POST", `sessions/${session}/exports`, { format });
      while (work.state === "working" && !stopped) {
        await new Promise((resolve) => setTimeout(resolve, 250));
        work = await json("GET", `exports/${work.export}`);
        line.progress(work.total ? work.done / work.total : 0);
      }
      if (work.state === "failed") toast(work.error);
      if (work.state === "done") {
        const answer = await ask("GET", `exports/${work.export}/file`);
        download(await answer.blob(), nameOf(answer, "irodori.zip"));
      }
      await json("DELETE", `exports/${work.export}`);
    } catch (error) {
      complain(error);
    }
    line.close();
  }
}
