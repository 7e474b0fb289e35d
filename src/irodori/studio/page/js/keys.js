/** Keys, and the buttons that say the same commands. */

import { t } from "./i18n.js";
import { icon } from "./icons.js";

/** @typedef {import("./commands.js").Command} Command */

const MAC = /Mac|iP/.test(navigator.platform);

/**
 * A key as a person reads it: "Ctrl+Shift+Z".
 * @param {string} key
 */
export function shown(key) {
  return key
    .split(/\+(?=.)/)
    .map((part) => {
      if (part === "mod") return MAC ? "⌘" : "Ctrl";
      if (part === "Delete") return "Del";
      return part[0].toUpperCase() + part.slice(1);
    })
    .join("+");
}

/**
 * @param {KeyboardEvent} event
 * @returns {string} as commands write it: "mod+shift+z", "[", "PageUp"
 */
export function pressedKey(event) {
  const letter = /^Key([A-Z])$/.exec(event.code);
  const digit = /^Digit(\d)$/.exec(event.code);
  let key = event.key;
  if (letter) key = letter[1].toLowerCase();
  else if (digit && (event.shiftKey || !/^[+=\-#?]$/.test(key)))
    key = /[#?+]/.test(key) ? key : digit[1];
  const mod = MAC ? event.metaKey : event.ctrlKey;
  const shift = event.shiftKey && (letter || /^\d$/.test(key) || key.length > 1);
  return `${mod ? "mod+" : ""}${shift ? "shift+" : ""}${key}`;
}

export class Keys {
  /**
   * @param {Command[]} commands
   * @param {import("./pointer.js").Pointers} pointers
   */
  constructor(commands, pointers) {
    this.commands = commands;
    this.pointers = pointers;
    /** @type {Map<string, Command>} held down, by the code of their key */
    this.held = new Map();
    this.tabbing = false; // whether the focus was last moved by the keyboard
    addEventListener("pointerdown", () => (this.tabbing = false), true);
    addEventListener("keydown", (event) => this.down(event));
    addEventListener("keyup", (event) => this.up(event));
    addEventListener("blur", () => this.letGo());
  }

  /**
   * @param {string} key
   * @returns {[Command, number] | null} and which of its digits
   */
  find(key) {
    const digit = /^(shift\+)?([1-9])$/.exec(key);
    for (const command of this.commands) {
      if (command.digits && digit && (digit[1] ?? "") === command.keys[0].slice(0, -1)) {
        if (Number(digit[2]) <= command.digits) return [command, Number(digit[2])];
      } else if (!command.digits && command.keys.includes(key)) return [command, 1];
    }
    return null;
  }

  /** @param {KeyboardEvent} event */
  down(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const writing = target instanceof HTMLInputElement && target.type !== "range";
    if (event.isComposing || (writing && event.key !== "Escape")) return;
    if (document.querySelector("dialog[open]") && !["Escape", "?"].includes(event.key)) return;
    if (target.id === "canvas" && this.onCanvas(event)) return event.preventDefault();
    if (event.key === "Tab") this.tabbing = true;
    const onControl = this.tabbing && target.closest("button, input, [role=slider]");
    if (event.key === " " && !onControl) {
      this.pointers.spaceHeld = true;
      document.body.classList.add("panning");
      return event.preventDefault();
    }
    if (["Delete", "Backspace"].includes(event.key) && target.closest("#pans")) return;
    const found = this.find(pressedKey(event));
    if (!found || event.altKey) return;
    const [command, which] = found;
    if (command.id === "paste" || (command.id === "copy" && String(getSelection()))) return;
    event.preventDefault();
    if (command.up) {
      if (event.repeat) return;
      this.held.set(event.code, command);
    }
    if (command.able?.() !== false) command.run(which);
  }

  /**
   * Arrows and Enter on the drawing are a pointer.
   * @param {KeyboardEvent} event
   */
  onCanvas(event) {
    const step = event.shiftKey ? 40 : 8;
    /** @type {Record<string, [number, number]>} */
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[event.key];
    if (way) this.pointers.keyMove(way[0] * step, way[1] * step);
    else if (event.key === "Enter") this.pointers.keyDown();
    return Boolean(way) || event.key === "Enter";
  }

  /** @param {KeyboardEvent} event */
  up(event) {
    if (event.key === " " && this.pointers.spaceHeld) {
      this.letSpaceGo();
      event.preventDefault(); // a button that has the focus is not meant
    }
    if (event.key === "Enter" && this.pointers.studio.byKeys) this.pointers.keyUp();
    const command = this.held.get(event.code);
    this.held.delete(event.code);
    command?.up?.();
  }

  letSpaceGo() {
    this.pointers.spaceHeld = false;
    document.body.classList.remove("panning");
  }

  letGo() {
    this.letSpaceGo();
    for (const command of this.held.values()) command.up?.();
    this.held.clear();
  }
}

/**
 * Fill in every button that says a command: icon, name, key, whether it is on.
 * @param {Command[]} commands
 */
export function dress(commands) {
  for (const element of document.querySelectorAll("[data-do]")) {
    const button = /** @type {HTMLButtonElement} */ (element);
    const command = commands.find(({ id }) => id === button.dataset.do);
    if (!command) continue;
    const name = t(`cmd.${command.id}`);
    if (button.id !== "percent") {
      const text = "named" in button.dataset ? `<span>${name}</span>` : "";
      button.innerHTML =
        ("icon" in button.dataset ? icon(button.dataset.icon || command.id) : "") + text;
    }
    if (!button.textContent?.trim()) button.setAttribute("aria-label", name);
    button.title = `${name} (${shown(command.keys[0])})`;
    if (!("wired" in button.dataset)) wire(button, command);
  }
}

/**
 * @param {HTMLButtonElement} button
 * @param {Command} command
 */
function wire(button, command) {
  button.dataset.wired = "";
  button.type = "button";
  button.setAttribute(
    "aria-keyshortcuts",
    command.keys[0].replace("mod", MAC ? "Meta" : "Control"),
  );
  const { up } = command;
  if (!up) {
    button.addEventListener("click", () => command.run());
    return;
  }
  button.addEventListener("pointerdown", (event) => {
    button.setPointerCapture(event.pointerId);
    command.run();
  });
  for (const end of ["pointerup", "pointercancel", "keyup", "blur"]) {
    button.addEventListener(end, () => up());
  }
  button.addEventListener("keydown", (event) => {
    if (event.key === " " || event.key === "Enter") command.run();
  });
}

/**
 * Show on buttons what is on and what can be done.
 * @param {Command[]} commands
 */
export function mark(commands) {
  for (const element of document.querySelectorAll("[data-do]")) {
    const button = /** @type {HTMLButtonElement} */ (element);
    const command = commands.find(({ id }) => id === button.dataset.do);
    if (command?.on) button.setAttribute("aria-pressed", String(command.on()));
    if (command?.able) button.disabled = !command.able();
  }
}
