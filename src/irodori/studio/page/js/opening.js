/** How drawings come in: dropped, pasted, picked; files and whole folders. */

import { complain } from "./errors.js";
import { t } from "./i18n.js";
import { toast } from "./toast.js";

const PICTURE = /\.(png|jpe?g|webp|avif|gif|bmp|tiff?|psd|ora|kra)$/i;

export class Opening {
  /**
   * @param {import("./pages.js").Pages} pages
   * @param {import("./pans.js").Pans} pans
   */
  constructor(pages, pans) {
    this.pages = pages;
    this.pans = pans;
    this.input = /** @type {HTMLInputElement} */ (document.getElementById("file"));
    this.veil = /** @type {HTMLElement} */ (document.getElementById("drop"));
    this.input.addEventListener("change", () => {
      this.add([...(this.input.files ?? [])]);
      this.input.value = "";
    });
    addEventListener("dragover", (event) => this.over(event));
    addEventListener("dragleave", (event) => event.relatedTarget || (this.veil.hidden = true));
    addEventListener("drop", (event) => void this.drop(event));
    addEventListener("paste", (event) => this.pasted(event));
  }

  /** @param {boolean} folder */
  pick(folder) {
    this.input.webkitdirectory = folder;
    this.input.click();
  }

  /** @param {DragEvent} event */
  over(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.veil.hidden = false;
    const text = onPalette(event) ? "drop.palette" : "drop.here";
    /** @type {HTMLElement} */ (this.veil.firstElementChild).textContent = t(text);
  }

  /** @param {DragEvent} event */
  async drop(event) {
    this.veil.hidden = true;
    const { dataTransfer } = event;
    if (!dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const toPalette = onPalette(event);
    const entries = [...dataTransfer.items].map((item) => item.webkitGetAsEntry?.());
    const loose = [...dataTransfer.files]; // the list is emptied when this event is over
    const folders = entries.some((entry) => entry?.isDirectory);
    const files = folders ? (await Promise.all(entries.map(filesIn))).flat() : loose;
    if (toPalette && files[0]) await this.pans.takeFrom(files[0]);
    else this.add(files);
  }

  /** @param {ClipboardEvent} event */
  pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) this.add(files);
  }

  /** Paste without the key: from a button. */
  async paste() {
    try {
      for (const item of await navigator.clipboard.read()) {
        const type = item.types.find((name) => name.startsWith("image/"));
        if (type) return this.add([new File([await item.getType(type)], "pasted.png", { type })]);
      }
    } catch {
      // no clipboard, or it may not be read
    }
    toast(t("toast.noimage"));
  }

  /** @param {File[]} files */
  add(files) {
    const pictures = files.length > 1 ? files.filter(({ name }) => PICTURE.test(name)) : files;
    if (pictures.length) void this.pages.add(pictures).catch(complain);
  }

  /** The koi of the empty desk as a drawing, for who has none at hand. */
  async koi() {
    const lines = /** @type {SVGElement} */ (document.querySelector(".koi .line")).cloneNode(true);
    const style = 'fill="none" stroke="#000" stroke-width="1.3" stroke-linecap="round"';
    const text = new XMLSerializer().serializeToString(lines);
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="30 5 215 130" width="1290" height="780" ${style}>${text}</svg>`;
    const picture = Object.assign(new Image(), {
      src: `data:image/svg+xml,${encodeURIComponent(svg)}`,
    });
    await picture.decode();
    const canvas = new OffscreenCanvas(1290, 780);
    const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, 1290, 780);
    pen.drawImage(picture, 0, 0);
    this.add([new File([await canvas.convertToBlob()], "koi.png", { type: "image/png" })]);
  }

  /** Lines drawn from a picture's colors, where its own were taken, and the other way. */
  async recolor() {
    const { page } = this.pages.studio;
    if (!page) return;
    const lines = page.info.lines === "kept" ? "extract" : "keep";
    try {
      await this.pages.takeLines(page, lines);
      toast(t(lines === "extract" ? "toast.extracted" : "toast.kept"));
    } catch (error) {
      complain(error);
    }
  }
}

/** @param {DragEvent} event */
function onPalette(event) {
  const box = document.getElementById("paints")?.getBoundingClientRect();
  const { clientX: x, clientY: y } = event;
  return Boolean(box && x > box.left && x < box.right && y > box.top && y < box.bottom);
}

/**
 * All pictures of a dropped entry, folders searched.
 * @param {FileSystemEntry | null | undefined} entry
 * @returns {Promise<File[]>}
 */
async function filesIn(entry) {
  if (!entry) return [];
  if (entry.isFile) {
    const file = /** @type {FileSystemFileEntry} */ (entry);
    if (!PICTURE.test(file.name)) return [];
    return [await new Promise((resolve, reject) => file.file(resolve, reject))];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  const found = [];
  for (;;) {
    // a reader gives at most a hundred at a time
    const some = /** @type {FileSystemEntry[]} */ (
      await new Promise((resolve, reject) => reader.readEntries(resolve, reject))
    );
    if (!some.length) break;
    found.push(...(await Promise.all(some.map(filesIn))).flat());
  }
  return found;
}
