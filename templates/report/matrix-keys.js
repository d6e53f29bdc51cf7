// Keyboard and mouse in the matrix: move the active cell, and explain one.
// Needs data.js, filters.js, lines.js, marks.js, matrix.js, and panel.js for the explanation.
import { scroller } from "./columns.js";
import { ALL } from "./data.js";
import { selection } from "./filters.js";
import { ROW_HEIGHT, columnAt } from "./lines.js";
import { active, drawn, grid, mark } from "./marks.js";
import { activate } from "./matrix.js";
import { show } from "./panel.js";

export function listenToMatrix() {
  grid.addEventListener("keydown", (event) => {
    if (move(event)) {
      event.preventDefault();
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      show(active.row, active.column, true);
    }
  });
  grid.addEventListener("click", (event) => {
    const at = cellAt(event);
    if (!at) return;
    Object.assign(active, at);
    show(at.row, at.column, false);
    activate(at.row, at.column, true); // last, as to focus a cell is to lay out the page
  });
  grid.addEventListener("focusin", (event) => {
    const at = cellAt(event);
    if (at && (at.row !== active.row || at.column !== active.column)) {
      Object.assign(active, at);
      mark();
    }
  });
}

/** Move the active cell if the key does that; return whether it does. */
function move(event) {
  const { rows, columns, position } = selection;
  // Indices among what is shown; ALL, which is -1, is the header line or column.
  const at = active.row ? position.get(active.row) : ALL;
  const column = columns.indexOf(active.column);
  const seen = scroller.clientHeight - drawn.headHeight;
  const page = Math.max(1, Math.floor(seen / ROW_HEIGHT) - 1);
  const end = rows.length - 1, last = columns.length - 1;
  const whole = event.ctrlKey || event.metaKey;
  const wanted = {
    ArrowUp: [whole ? Math.min(0, end) : at - 1, column],
    ArrowDown: [whole ? end : at + 1, column],
    ArrowLeft: [at, whole ? ALL : column - 1],
    ArrowRight: [at, whole ? last : column + 1],
    Home: [whole ? ALL : at, ALL],
    End: [whole ? end : at, last],
    PageUp: [at - page, column],
    PageDown: [at + page, column],
  }[event.key];
  if (!wanted || event.altKey) return false;
  const row = Math.max(ALL, Math.min(end, wanted[0]));
  const to = Math.max(ALL, Math.min(last, wanted[1]));
  activate(row === ALL ? null : rows[row], to === ALL ? ALL : columns[to], true);
  return true;
}

/** The row and column of the cell of an event; null for anything else. */
function cellAt(event) {
  const cell = event.target.closest("th, td");
  const line = cell && cell.parentNode;
  if (!cell || line.classList.contains("gap")) return null;
  if (cell.matches(".aside") || line.classList.contains("groups")) return null;
  const column = cell.cellIndex ? selection.columns[columnAt(cell.cellIndex)] : ALL;
  return { row: line.row || null, column };
}
