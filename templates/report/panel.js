// The panel next to the matrix: its contents for a cell, opening and closing.
// Needs most files before it: address.js for what is explained, matrix.js to return to.
import {
  inMatrix, inNames, isOfNames, named, notHere, state, subjectOf, writeAddress,
} from "./address.js";
import { ALL, data, rowOf, valueOf } from "./data.js";
import { byId, element } from "./elements.js";
import { selection } from "./filters.js";
import { active, mark } from "./marks.js";
import { activate, draw, resize, reveal } from "./matrix.js";
import { declaration, symbolPanel } from "./panel-symbol.js";
import { problemParts, targetPanel } from "./panel-target.js";
import { failedBadge, link, notesOfView, soft, valueBadge } from "./pieces.js";
import { reasonsOf } from "./reasons.js";
import { standardPanel } from "./standard.js";
import { changesPart } from "./view-changes.js";
import { findingsPart } from "./view-findings.js";
import { whatIfPart } from "./what-if-panel.js";

const panel = byId("panel");

export const isOpen = () => !panel.hidden;

/** Whether the focus is in the panel or nowhere. */
export const hasFocus = () =>
  panel.contains(document.activeElement) || document.activeElement === document.body;

/** Explain a cell, row or column, and update the URL. */
export function show(row, column, focus) {
  if (!row && column === ALL) return;
  state.at = named(row ? row.symbol : ALL, column);
  writeAddress(true);
  drawPanel(focus);
  reveal(active.row, active.column);
  draw(false);
  mark();
}

/** Close the panel and return to the active cell. */
export function close() {
  const back = hasFocus() && inMatrix();
  state.at = "";
  writeAddress(true);
  drawPanel(false);
  if (back) activate(active.row, active.column, true);
  else mark();
}

/** Say it where the filters or the view leave out what the panel explains, and where the address
    names nothing of this page. */
export function noteFiltered() {
  const subject = subjectOf(state.at);
  const missing = [...notHere, ...(state.at && !subject ? [state.at] : [])];
  byId("notice").hidden = !missing.length;
  byId("notice").textContent = missing.length ? `This page has no ${missing.join(", no ")}.` : "";
  if (!subject) return;
  const row = subject.symbol === ALL ? null : rowOf.get(subject.symbol);
  const out = (row && !selection.position.has(row)) ||
    (subject.column !== ALL && !selection.columns.includes(subject.column));
  const elsewhere = Boolean(row) && isOfNames(subject) !== inNames();
  const [filtered, other] = panel.querySelectorAll(".filtered, .elsewhere");
  if (!filtered) return;
  filtered.hidden = !out || elsewhere || !inMatrix();
  other.hidden = !elsewhere || !inMatrix();
}

/** Show what the URL names. focus: focus the title; otherwise only announce it. */
export function drawPanel(focus) {
  const subject = subjectOf(state.at);
  const wasHidden = panel.hidden;
  if (!wasHidden) panel.scrollTop = 0; // before any change, as the browser lays out the page for it
  panel.style.setProperty("--scrolled", `${scrollY}px`); // of a low window, whose page scrolls
  panel.hidden = !subject;
  document.body.classList.toggle("explaining", subject !== null);
  if (!subject) {
    panel.replaceChildren();
    if (!wasHidden) resize();
    noteFiltered();
    return;
  }
  const [head, ...rest] = contentOf(subject);
  const title = element("h2", { id: "panel-title", tabindex: -1 }, head);
  const closing = element("button", {
    type: "button", class: "quiet close", "aria-label": "Close (Escape)", onclick: close,
  }, "×");
  panel.replaceChildren(element("header", {}, element("div", {}, title), closing),
    ...notesOfView(subject), ...rest.flat(Infinity).filter((part) => part !== "" && part !== null));
  noteFiltered();
  if (wasHidden) resize();
  if (focus) title.focus({ preventScroll: true });
  else byId("said").textContent = title.textContent;
}

function contentOf({ symbol, column }) {
  if (data.standard) return standardPanel({ symbol, column });
  if (symbol === ALL) return targetPanel(column);
  return column === ALL ? symbolPanel(symbol) : cellPanel(symbol, column);
}

/** The title, and the contents below it. */
function cellPanel(symbol, column) {
  const target = data.targets[column], row = rowOf.get(symbol), name = data.names[symbol];
  const below = element("p", {}, "in ", link(ALL, column, target.name),
    row ? ", " : "", row ? link(symbol, ALL, "compare all targets") : "");
  if (target.failed) {
    const words = "This target cannot be configured, so no symbol has a value in it.";
    return [[name, " ", failedBadge()], below, element("p", {}, words), ...problemParts(column),
      ...whatIfPart(symbol, column, null)];
  }
  const on = valueOf(symbol, column);
  return [[name, " ", valueBadge(on)], below,
    declaration(symbol), findingsPart(symbol, column), changesPart(symbol, column),
    row && row.maybe[column] ? soft("not known before QEMU runs; it counts as y here") : "",
    row && row.outside[column] ? soft("passed externally: not part of config-devices.mak") : "",
    ...whatIfPart(symbol, column, on),
    element("h3", {}, on ? "Why it is y" : "Why it is n"),
    ...reasonsOf(symbol, column)];
}
