// Light or dark, before anything is painted, and whether the address chooses what is shown.
// A script of its own in the page's head; needs no other file.

const KEY = "kgen-theme"; // in localStorage, which some browsers refuse for file: URLs
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

function storedColours() {
  try { return localStorage.getItem(KEY); } catch { return null; }
}

function storeColours() {
  try { localStorage.setItem(KEY, chosen); } catch { /* lasts until the page is closed */ }
}

let chosen = storedColours(); // without it, as the system has it

function paintColours() {
  const now = chosen || (dark.matches ? "dark" : "light");
  root.dataset.theme = now;
  const button = document.getElementById("theme"); // not there yet in the head
  if (button) button.setAttribute("aria-label", `Use ${now === "dark" ? "light" : "dark"} colours`);
}

paintColours();
root.classList.toggle("linked", location.hash.length > 1); // style.css hides what it may change
dark.addEventListener("change", paintColours);
document.addEventListener("DOMContentLoaded", paintColours);
document.addEventListener("click", (event) => {
  if (!event.target.closest("#theme")) return;
  chosen = root.dataset.theme === "dark" ? "light" : "dark";
  storeColours();
  paintColours();
});
