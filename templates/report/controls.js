// The filter form, the line of facts, and the keys that work everywhere on the page.
// Needs elements.js, data.js, words.js, address.js, filters.js, matrix.js, panel.js, views.js.
import { inMatrix, inNames, state, writeAddress } from "./address.js";
import { scroller } from "./columns.js";
import { allRows, data } from "./data.js";
import { byId, element } from "./elements.js";
import { rowsOfView, selection } from "./filters.js";
import { active } from "./marks.js";
import { activate, filter } from "./matrix.js";
import { close, isOpen, noteFiltered } from "./panel.js";
import { drawView } from "./views.js";
import { plural } from "./words.js";

const LISTS = ["folder", "value", "order"];

/** Fill in the facts about the page, and offer what it has data for. */
export function drawFacts() {
  const modes = [...new Set(data.targets.map((target) => target.mode))].join(", ");
  const names = allRows.filter((row) => row.isName).length;
  const failed = data.targets.filter((target) => target.failed).length;
  byId("facts").textContent = [
    data.about, modes, plural(allRows.length - names, "symbol"),
    names ? plural(names, "name") : "", plural(data.targets.length, "target"),
    failed ? `${failed} cannot be configured` : "",
  ].filter(Boolean).join("  ·  ");
  byId("made").lastChild.append(...data.madeFrom.flatMap(([what, words]) =>
    [element("dt", {}, what), element("dd", { class: "mono" }, words)]));
  byId("made").hidden = !data.madeFrom.length;
  const { findings, changes } = data;
  const has = { finding: findings, changed: changes, gained: changes, lost: changes };
  for (const option of byId("value").options) {
    if (option.value in has) option.hidden = option.disabled = !has[option.value];
  }
  byId("against").hidden = !data.findings;
  byId("changed").hidden = !data.changes;
}

let listed = null; // the view whose folders and kinds the form has

/** Fill in the folders and kinds of the view's rows. */
function drawLists() {
  if (listed === inNames()) return;
  listed = inNames();
  const rows = rowsOfView();
  const option = (value, words) => element("option", { value }, words);
  const folders = [...countFolders(rows)].sort(([a], [b]) => (a < b ? -1 : 1));
  byId("folder").replaceChildren(option("", "all"),
    ...folders.map(([name, count]) => option(name, `${name} (${count})`)));
  const counts = data.kinds.map((_, index) => rows.filter((row) => row.kind === index).length);
  for (const chip of byId("kinds").querySelectorAll("label")) chip.remove();
  data.kinds.forEach((kind, index) => {
    if (counts[index]) byId("kinds").append(kindChip(kind, counts[index]));
  });
}

const kindChip = (kind, count) => element("label", { class: "chip" },
  element("input", { type: "checkbox", value: kind, name: "kind" }),
  element("span", {}, kind, element("b", {}, String(count))));

/** The number of rows in and below each folder. */
function countFolders(rows) {
  const found = new Map();
  for (const row of rows) {
    const parts = row.folder.split("/");
    for (let size = 1; row.folder && size <= parts.length; size++) {
      const top = parts.slice(0, size).join("/");
      found.set(top, (found.get(top) || 0) + 1);
    }
  }
  return found;
}

/** Put the state into the form; a value that a list does not have is cleared. */
export function fillControls() {
  drawLists();
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
  noteFiltered();
  if (!inMatrix()) drawView(); // filter() has drawn the matrix
  writeAddress(false);
}

export function listenToControls() {
  const form = byId("filters");
  form.addEventListener("input", change);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(change)); // the fields are reset after the event
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
