// The drawn part of the matrix, its active cell, and the marks on cells.
// Needs elements.js, data.js, filters.js, lines.js, and address.js for what is explained.
import { state, subjectOf } from "./address.js";
import { ALL, rowOf } from "./data.js";
import { byId } from "./elements.js";
import { selection } from "./filters.js";
import { cellNumber } from "./lines.js";

export const grid = byId("grid");
const columnMark = byId("mark");

/** The only cell that Tab reaches. row null: the header line; column ALL: the row's header. */
export const active = { row: null, column: ALL };

/** lines: from a row to its line; body: their parent; blank: the template of new lines. */
export const drawn = {
  lines: new Map(), body: null, blank: null, headWidth: 360, headHeight: 120, cell: 25,
};

const lineOf = (row) => (row ? drawn.lines.get(row) : [...grid.tHead.rows].at(-1));

/** The cell of a row and a column; null if it is not drawn. */
function cellOf(row, column) {
  const line = lineOf(row);
  return (line && line.cells[cellNumber(selection.columns.indexOf(column))]) || null;
}

/** The active cell, or the corner if that is not drawn. */
export const activeCell = () => cellOf(active.row, active.column) || cellOf(null, ALL);

let marked = []; // pairs of an element and its mark

/** Make Tab reach only the active cell; mark its line, its column, and the explained cell. What
    keeps its mark is left alone, as a browser styles anew what is changed and changed back. */
export function mark() {
  const at = selection.columns.indexOf(active.column);
  const line = active.row && lineOf(active.row), head = at < 0 ? null : cellOf(null, active.column);
  const now = [[activeCell(), TABBED], [line, "on"], [head, "on"], [explainedCell(), EXPLAINED]]
    .filter(([one]) => one);
  for (const [one, how] of marked) {
    if (!now.some(([other, same]) => other === one && same === how)) put(one, how, false);
  }
  for (const [one, how] of now) put(one, how, true);
  marked = now;
  columnMark.hidden = at < 0;
  if (at >= 0) columnMark.style.left = `${drawn.headWidth + at * drawn.cell}px`;
}

const TABBED = "tabbed", EXPLAINED = "chosen";

function put(one, how, is) {
  if (how === TABBED) {
    one.tabIndex = is ? 0 : -1;
    return;
  }
  if (one.classList.contains(how) !== is) one.classList.toggle(how, is);
  if (how !== EXPLAINED) return;
  if (is) one.setAttribute("aria-selected", "true");
  else one.removeAttribute("aria-selected");
}

function explainedCell() {
  const subject = subjectOf(state.at);
  if (!subject) return null;
  const row = subject.symbol === ALL ? null : rowOf.get(subject.symbol);
  const hidden = subject.column !== ALL && !selection.columns.includes(subject.column);
  return row === undefined || hidden ? null : cellOf(row, subject.column);
}
