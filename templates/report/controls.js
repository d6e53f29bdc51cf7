// The filter form, the links to the views, and the keys that work everywhere on the page.
// Needs elements.js, address.js, filters.js, matrix.js, panel.js, views.js.
import { inMatrix, inNames, keepAddress, notHere, state, writeAddress } from "./address.js";
import { scroller } from "./columns.js";
import { byId } from "./elements.js";
import { selection } from "./filters.js";
import { active } from "./marks.js";
import { activate, filter } from "./matrix.js";
import { close, isOpen, noteFiltered } from "./panel.js";
import { drawView } from "./views.js";

const LISTS = ["folder", "value", "order"];

let listed = false; // whether the form has the folders and kinds of names

/** Give the form the folders and kinds of the view's rows, and keep those of the other. */
function drawLists() {
  if (listed === inNames()) return;
  listed = inNames();
  const kept = byId("of-names").content;
  const pairs = [[byId("folder"), kept.querySelector("select")],
    [byId("kinds").lastElementChild, kept.querySelector("div")]];
  for (const [shown, other] of pairs) {
    const now = [...shown.children];
    shown.replaceChildren(...other.children);
    other.replaceChildren(...now);
  }
}

/** Put the state into the form; a value that a list does not have is cleared, and noted. */
export function fillControls() {
  drawLists();
  byId("q").value = state.q;
  byId("t").value = state.t;
  for (const name of LISTS) {
    byId(name).value = state[name];
    if (byId(name).value !== state[name]) {
      notHere.push(`${name} ${state[name]}`);
      byId(name).value = "";
      state[name] = "";
    }
  }
  for (const box of byId("kinds").querySelectorAll("input")) {
    box.checked = state.kinds.has(box.value);
  }
  byId("differs").checked = state.differs;
}

/** Read the state from the form, and apply it. */
function change() {
  notHere.length = 0;
  state.q = byId("q").value.trim();
  state.t = byId("t").value.trim();
  for (const name of LISTS) state[name] = byId(name).value;
  const checked = byId("kinds").querySelectorAll("input:checked");
  state.kinds = new Set([...checked].map((box) => box.value));
  state.differs = byId("differs").checked;
  scroller.scrollTop = 0;
  filter();
  noteFiltered();
  if (!inMatrix()) drawView(); // filter() has drawn the matrix
  writeAddress(false);
}

export function listenToControls() {
  const form = byId("filters");
  form.addEventListener("input", change);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(change)); // the fields are reset after the event
  for (const one of byId("views").children) keepAddress(one, { view: one.dataset.view, at: "" });
  byId("fold").addEventListener("click", () => {
    const now = document.body.classList.toggle("unfolded");
    byId("fold").setAttribute("aria-expanded", String(now));
  });
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    activate(active.row, active.column, true);
  });
  byId("q").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && hasMatches()) goToFirst(event);
  });
  document.addEventListener("keydown", onKey);
}

const hasMatches = () => selection.rows.length > 0 && inMatrix();

function goToFirst(event) {
  event.preventDefault();
  activate(selection.rows[0], active.column, true);
}

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
  const searching = typing && typing.type === "search";
  if (event.key === "/" && !typing) {
    event.preventDefault();
    byId("q").focus();
    byId("q").select();
  } else if (event.key === "Escape" && isOpen()) {
    if (searching && typing.value) return; // the field clears itself
    event.preventDefault();
    close();
  } else if (event.key === "ArrowDown" && searching && hasMatches()) {
    goToFirst(event);
  }
}
