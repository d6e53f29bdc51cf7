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

/** Make Tab reach only the active cell; mark its line, its column, and the explained cell. */
export function mark() {
  removeMarks();
  activeCell().tabIndex = 0;
  if (active.row && lineOf(active.row)) lineOf(active.row).classList.add("on");
  const at = selection.columns.indexOf(active.column);
  columnMark.hidden = at < 0;
  if (at >= 0) {
    columnMark.style.left = `${drawn.headWidth + at * drawn.cell}px`;
    const head = cellOf(null, active.column);
    if (head) head.classList.add("on");
  }
  const explained = explainedCell();
  if (explained) {
    explained.classList.add("chosen");
    explained.setAttribute("aria-selected", "true");
  }
}

function removeMarks() {
  for (const old of grid.querySelectorAll('[tabindex="0"]')) old.tabIndex = -1;
  for (const old of grid.querySelectorAll(".on")) old.classList.remove("on");
  for (const old of grid.querySelectorAll(".chosen")) {
    old.classList.remove("chosen");
    old.removeAttribute("aria-selected");
  }
}

function explainedCell() {
  const subject = subjectOf(state.at);
  if (!subject) return null;
  const row = subject.symbol === ALL ? null : rowOf.get(subject.symbol);
  const hidden = subject.column !== ALL && !selection.columns.includes(subject.column);
  return row === undefined || hidden ? null : cellOf(row, subject.column);
}
