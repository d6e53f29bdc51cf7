// The panel next to the matrix: its contents for a cell, opening and closing.
// Needs most files before it: address.js for what is explained, matrix.js to return to.
import { inMatrix, named, state, subjectOf, writeAddress } from "./address.js";
import { ALL, data, rowOf, valueOf } from "./data.js";
import { byId, element } from "./elements.js";
import { active, mark } from "./marks.js";
import { activate, draw, reveal } from "./matrix.js";
import { declaration, symbolPanel } from "./panel-symbol.js";
import { problemParts, targetPanel } from "./panel-target.js";
import { failedBadge, link, soft, valueBadge } from "./pieces.js";
import { reasonsOf } from "./reasons.js";

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
  draw(true);
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

/** Show what the URL names. focus: focus the title; otherwise only announce it. */
export function drawPanel(focus) {
  const subject = subjectOf(state.at);
  const wasHidden = panel.hidden;
  panel.hidden = !subject;
  if (!subject) {
    panel.replaceChildren();
    if (!wasHidden) draw(true);
    return;
  }
  const [head, ...rest] = contentOf(subject);
  const title = element("h2", { id: "panel-title", tabindex: -1 }, head);
  const closing = element("button", {
    type: "button", class: "quiet close", "aria-label": "Close (Escape)", onclick: close,
  }, "×");
  panel.replaceChildren(element("header", {}, element("div", {}, title), closing),
    ...rest.flat(Infinity).filter((part) => part !== "" && part !== null));
  panel.scrollTop = 0;
  if (focus) title.focus({ preventScroll: true });
  else byId("said").textContent = title.textContent;
}

function contentOf({ symbol, column }) {
  if (symbol === ALL) return targetPanel(column);
  return column === ALL ? symbolPanel(symbol) : cellPanel(symbol, column);
}

/** The title, and the contents below it. */
function cellPanel(symbol, column) {
  const target = data.targets[column], row = rowOf.get(symbol), name = data.names[symbol];
  const below = element("p", {}, "in ", link(ALL, column, target.name),
    row ? ", " : "", row ? link(symbol, ALL, "all targets") : "");
  if (target.failed) {
    const words = "This target cannot be configured, so no symbol has a value in it.";
    return [[name, " ", failedBadge()], below, element("p", {}, words), ...problemParts(column)];
  }
  const on = valueOf(symbol, column);
  return [[name, " ", valueBadge(on)], below,
    declaration(symbol),
    row && row.maybe[column] ? soft("not known before QEMU runs; it counts as y here") : "",
    row && row.outside[column] ? soft("passed externally: not part of config-devices.mak") : "",
    element("h3", {}, on ? "Why it is y" : "Why it is n"),
    ...reasonsOf(symbol, column)];
}
