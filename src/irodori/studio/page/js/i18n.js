/** English and Japanese: as the browser asks, until somebody switches. */

import { en } from "./en.js";
import { ja } from "./ja.js";

const KEPT = "irodori.language";

let current = localStorage.getItem(KEPT) ?? (navigator.language.startsWith("ja") ? "ja" : "en");

/**
 * A text in the current language.
 * @param {string} key
 * @param {Record<string, string | number>} [values] for its {places}
 * @returns {string}
 */
export function t(key, values = {}) {
  const text = (current === "ja" ? ja[key] : en[key]) ?? en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** @returns {boolean} whether there is such a text */
export const has = (/** @type {string} */ key) => key in en;

export function switchLanguage() {
  current = current === "ja" ? "en" : "ja";
  localStorage.setItem(KEPT, current);
}

/** Put the texts where `data-t` and `data-label` ask for them. */
export function translate() {
  document.documentElement.lang = current;
  for (const element of document.querySelectorAll("[data-t]")) {
    element.textContent = t(/** @type {HTMLElement} */ (element).dataset.t ?? "");
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", t(/** @type {HTMLElement} */ (element).dataset.label ?? ""));
  }
}
