// What is drawn of the matrix, which of its cells is the active one, and the marks on them.
// Needs elements.js, data.js, filters.js, lines.js, and address.js for what is explained.
import { state, subjectOf } from "./address.js";
import { ALL, rowOf } from "./data.js";
import { byId } from "./elements.js";
import { selection } from "./filters.js";
import { CELL_WIDTH } from "./lines.js";

export const grid = byId("grid");
const columnMark = byId("mark");

/** The one cell that Tab reaches. row null: the line of heads; column ALL: the row's own head. */
export const active = { row: null, column: ALL };

/** lines: from a row to its line; body: where they are; blank: what new ones are copied from. */
export const drawn = { lines: new Map(), body: null, blank: null, headWidth: 360, headHeight: 120 };

const lineOf = (row) => (row ? drawn.lines.get(row) : grid.tHead.rows[0]);

/** The cell of a row and a column; null where it is not drawn. */
function cellOf(row, column) {
  const line = lineOf(row);
  return line ? line.cells[column === ALL ? 0 : selection.columns.indexOf(column) + 1] : null;
}

/** The active cell, or the corner where that is not drawn. */
export const activeCell = () => cellOf(active.row, active.column) || cellOf(null, ALL);

/** Tab reaches one cell alone; the line, the column and the cell that is explained are marked. */
export function mark() {
  removeMarks();
  activeCell().tabIndex = 0;
  if (active.row && lineOf(active.row)) lineOf(active.row).classList.add("on");
  const at = selection.columns.indexOf(active.column);
  columnMark.hidden = at < 0;
  if (at >= 0) {
    columnMark.style.left = `${drawn.headWidth + at * CELL_WIDTH}px`;
    lineOf(null).cells[at + 1].classList.add("on");
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
