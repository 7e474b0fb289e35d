/** The help sheet: every command with its icon, name and key; a click does it. */

import { has, t } from "./i18n.js";
import { icon } from "./icons.js";
import { shown } from "./keys.js";
import { make } from "./sheet.js";

/** @typedef {import("./commands.js").Command} Command */

const GROUPS = ["tools", "paints", "ideas", "history", "look", "page", "out"];

export class Help {
  /**
   * @param {import("./sheet.js").Sheet} sheet
   * @param {() => Command[]} commands
   */
  constructor(sheet, commands) {
    this.sheet = sheet;
    this.commands = commands;
  }

  open() {
    const groups = GROUPS.map((group) => {
      const rows = this.commands().filter((command) => command.group === group);
      const list = make("div", "rows", ...rows.map((command) => this.row(command)));
      return make("section", "", make("h3", "", t(`group.${group}`)), list);
    });
    const remark = make("p", "remark", t("help.canvas"));
    this.sheet.open("help", t("sheet.help"), [remark, make("div", "columns", ...groups)]);
  }

  /** @param {Command} command */
  row(command) {
    const { id } = command;
    const about = has(`help.${id}`) ? t(`help.${id}`) : "";
    const key = make("kbd", "", shown(command.keys[0]));
    const text = make("span", "text", make("b", "", t(`cmd.${id}`)), make("small", "", about));
    const row = make("button", "row", text, key);
    row.type = "button";
    row.insertAdjacentHTML("afterbegin", icon(id));
    row.addEventListener("click", () => {
      if (id !== "help") this.sheet.close();
      command.run();
      if (command.up) setTimeout(command.up, 1500); // there is nothing to hold here
    });
    return row;
  }
}
