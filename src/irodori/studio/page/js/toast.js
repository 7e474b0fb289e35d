/** One line that comes, is read, and goes. */

/** @typedef {{ progress: (share: number | null) => void, close: () => void }} Toast */

/**
 * @param {string} text
 * @param {{ stays?: boolean, action?: [name: string, run: () => void] }} [options]
 * @returns {Toast}
 */
export function toast(text, { stays = false, action } = {}) {
  const box = /** @type {HTMLElement} */ (document.getElementById("toasts"));
  for (const old of box.children) {
    if (old.firstChild?.textContent === text) old.remove();
  }
  const line = document.createElement("p");
  line.append(Object.assign(document.createElement("span"), { textContent: text }));
  if (action) {
    const button = Object.assign(document.createElement("button"), { textContent: action[0] });
    button.className = "tiny";
    button.addEventListener("click", action[1]);
    line.append(button);
  }
  box.append(line);
  const close = () => line.remove();
  if (!stays) setTimeout(close, 3500 + 40 * text.length);
  /** @type {HTMLProgressElement | null} */
  let bar = null;
  return {
    progress(share) {
      if (!bar) {
        bar = Object.assign(document.createElement("progress"), { max: 1 });
        bar.setAttribute("aria-label", text);
        line.append(bar);
      }
      if (share === null) bar.removeAttribute("value");
      else bar.value = share;
    },
    close,
  };
}
