/** Palettes kept by name, for any drawing to come. */

import { complain } from "./errors.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { json } from "./net.js";
import { make } from "./sheet.js";

/** @typedef {{ name: string, palette: import("./types.js").WireColor[] }} KeptPalette */

export class Kept {
  /**
   * @param {import("./sheet.js").Sheet} sheet
   * @param {import("./pans.js").Pans} pans
   */
  constructor(sheet, pans) {
    this.sheet = sheet;
    this.pans = pans;
  }

  async open() {
    try {
      const { palettes } = await json("GET", "palettes");
      this.show(palettes);
    } catch (error) {
      complain(error);
    }
  }

  /** @param {KeptPalette[]} palettes */
  show(palettes) {
    const rows = palettes.map((palette) => this.row(palette));
    const list = rows.length ? make("ul", "kept", ...rows) : make("p", "remark", t("sheet.nokept"));
    this.sheet.open("kept", t("sheet.palettes"), [list, this.form()]);
  }

  /** @param {KeptPalette} kept */
  row({ name, palette }) {
    const colors = palette.map(({ color }) => {
      const blob = make("i", "blob");
      blob.style.setProperty("--pan", color);
      return blob;
    });
    const use = make("button", "use", make("b", "", name), make("span", "colors", ...colors));
    use.addEventListener("click", () => {
      this.pans.take(palette);
      this.sheet.close();
    });
    const forget = make("button", "quiet");
    forget.innerHTML = icon("remove");
    forget.setAttribute("aria-label", `${t("sheet.forget")}: ${name}`);
    forget.addEventListener("click", () => void this.change("DELETE", name));
    return make("li", "", use, forget);
  }

  form() {
    const colors = this.pans.palette?.colors ?? [];
    const name = make("input");
    Object.assign(name, { required: true, maxLength: 60, placeholder: t("sheet.name") });
    name.setAttribute("aria-label", t("sheet.name"));
    name.pattern = "[^\\/]*";
    const keep = make("button", "main", t("sheet.keep"));
    keep.disabled = !colors.length;
    const form = make("form", "keep", name, keep);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const palette = colors.map((color) => ({ color }));
      void this.change("PUT", name.value.trim(), { palette });
    });
    return form;
  }

  /**
   * @param {string} method
   * @param {string} name
   * @param {object} [body]
   */
  async change(method, name, body) {
    await json(method, `palettes/${encodeURIComponent(name)}`, body).catch(complain);
    await this.open();
  }
}
