/** Light or dark surround: as the system has it, until somebody switches. */

const KEPT = "irodori.surround";

const dark = matchMedia("(prefers-color-scheme: dark)");

/** @param {string} surround */
function wear(surround) {
  document.documentElement.dataset.surround = surround;
}

export function surroundAsBefore() {
  wear(localStorage.getItem(KEPT) ?? (dark.matches ? "dark" : "light"));
}

export function switchSurround() {
  const next = document.documentElement.dataset.surround === "dark" ? "light" : "dark";
  localStorage.setItem(KEPT, next);
  wear(next);
}
