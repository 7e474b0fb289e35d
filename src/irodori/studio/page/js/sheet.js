/** The one sheet of paper that lies over the page: help, saving, kept palettes. */

export class Sheet {
  constructor() {
    this.dialog = /** @type {HTMLDialogElement} */ (document.getElementById("sheet"));
    this.title = /** @type {HTMLElement} */ (document.getElementById("sheet-title"));
    this.body = /** @type {HTMLElement} */ (document.getElementById("sheet-body"));
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.close(); // beside the sheet
    });
  }

  /**
   * @param {string} kind for its look
   * @param {string} title
   * @param {HTMLElement[]} content
   */
  open(kind, title, content) {
    this.dialog.dataset.kind = kind;
    this.title.textContent = title;
    this.body.replaceChildren(...content);
    if (!this.dialog.open) this.dialog.showModal();
  }

  close() {
    this.dialog.close();
    delete document.body.dataset.open;
  }
}

/**
 * An element with text or children.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {string} [className]
 * @param {(string | Node)[]} content
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, className = "", ...content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content);
  return element;
}
