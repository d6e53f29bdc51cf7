// Light or dark: as the system has it, until the user chooses. Needs elements.js.
import { byId } from "./elements.js";

const KEY = "kgen-theme"; // in localStorage, which some browsers refuse for file: URLs
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

let chosen = null;

function storedColours() {
  try { return localStorage.getItem(KEY); } catch { return null; }
}

function storeColours() {
  try { localStorage.setItem(KEY, chosen); } catch { /* lasts until the page is closed */ }
}

function paintColours() {
  const now = chosen || (dark.matches ? "dark" : "light");
  root.dataset.theme = now;
  byId("theme").setAttribute("aria-label", `Use ${now === "dark" ? "light" : "dark"} colours`);
}

/** Not in the page's head: a browser asks another process for what is stored, and waits for that
    before it paints anything. Until then style.css follows the system. */
export function startColours() {
  chosen = storedColours();
  paintColours();
  dark.addEventListener("change", paintColours);
  byId("theme").addEventListener("click", () => {
    chosen = root.dataset.theme === "dark" ? "light" : "dark";
    storeColours();
    paintColours();
  });
}
