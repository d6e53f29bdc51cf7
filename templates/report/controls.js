// The filter form, the line of facts, and the keys that work everywhere on the page.
// Needs elements.js, data.js, words.js, address.js, filters.js, matrix.js, panel.js, views.js.
import { state, writeAddress } from "./address.js";
import { allRows, data, matrixRows } from "./data.js";
import { byId, element } from "./elements.js";
import { selection } from "./filters.js";
import { active } from "./marks.js";
import { activate, filter, scroller } from "./matrix.js";
import { close, isOpen } from "./panel.js";
import { drawView } from "./views.js";
import { plural } from "./words.js";

const LISTS = ["folder", "value", "order"];

/** Fill in the folders and kinds of the matrix, and the facts about the page. */
export function drawControls() {
  const option = (value, words) => element("option", { value }, words);
  const folders = [...countFolders()].sort(([a], [b]) => (a < b ? -1 : 1));
  byId("folder").append(option("", "all"),
    ...folders.map(([name, count]) => option(name, `${name} (${count})`)));
  data.kinds.forEach((kind, index) => {
    const count = matrixRows.filter((row) => row.kind === index).length;
    if (count) byId("kinds").append(kindChip(kind, count));
  });
  const modes = [...new Set(data.targets.map((target) => target.mode))].join(", ");
  const failed = data.targets.filter((target) => target.failed).length;
  byId("facts").textContent = [
    data.about, modes, plural(allRows.length, "symbol"), plural(data.targets.length, "target"),
    failed ? `${failed} cannot be configured` : "",
  ].filter(Boolean).join("  ·  ");
}

/** The number of rows in and below each folder. */
function countFolders() {
  const found = new Map();
  for (const row of matrixRows) {
    const parts = row.folder.split("/");
    for (let size = 1; row.folder && size <= parts.length; size++) {
      const top = parts.slice(0, size).join("/");
      found.set(top, (found.get(top) || 0) + 1);
    }
  }
  return found;
}

const kindChip = (kind, count) => element("label", { class: "chip" },
  element("input", { type: "checkbox", value: kind, name: "kind" }),
  element("span", {}, kind, element("b", {}, String(count))));

/** Put the state into the form; a value that a list does not have is cleared. */
export function fillControls() {
  byId("q").value = state.q;
  byId("t").value = state.t;
  for (const name of LISTS) {
    byId(name).value = state[name];
    if (byId(name).value !== state[name]) {
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
  state.q = byId("q").value.trim();
  state.t = byId("t").value.trim();
  for (const name of LISTS) state[name] = byId(name).value;
  const checked = byId("kinds").querySelectorAll("input:checked");
  state.kinds = new Set([...checked].map((box) => box.value));
  state.differs = byId("differs").checked;
  scroller.scrollTop = 0;
  filter();
  if (state.view) drawView(); // filter() has drawn the matrix
  writeAddress(false);
}

export function listenToControls() {
  const form = byId("filters");
  form.addEventListener("input", change);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(change)); // the fields are reset after the event
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    activate(active.row, active.column, true);
  });
  byId("q").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && hasMatches()) goToFirst(event);
  });
  document.addEventListener("keydown", onKey);
}

const hasMatches = () => selection.rows.length > 0 && !state.view;

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
