// Light and dark colours, and printing.
// Needs elements.js, and paper.js to draw all rows on paper.
import { byId } from "./elements.js";
import { drawForPaper } from "./paper.js";

const KEY = "kgen-theme"; // in localStorage, which some browsers refuse for file: URLs

/** Follow the system until the user chooses. */
export function startColours() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = storedColours();
  const paint = () => paintColours(chosen || (dark.matches ? "dark" : "light"));
  byId("theme").addEventListener("click", () => {
    chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    storeColours(chosen);
    paint();
  });
  dark.addEventListener("change", paint);
  paint();
}

function paintColours(now) {
  const other = now === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = now;
  byId("theme").textContent = now === "dark" ? "Light" : "Dark";
  byId("theme").setAttribute("aria-label", `Use ${other} colours`);
}

function storedColours() {
  try { return localStorage.getItem(KEY); } catch { return null; }
}

function storeColours(chosen) {
  try { localStorage.setItem(KEY, chosen); } catch { /* lasts until the page is closed */ }
}

export function listenToPrinter() {
  addEventListener("beforeprint", () => drawForPaper(true));
  addEventListener("afterprint", () => drawForPaper(false));
  matchMedia("print").addEventListener("change", (event) => drawForPaper(event.matches));
}
