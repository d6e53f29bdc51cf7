// The sizes of the table, and the rows that the page came with: they are shown before its data is
// read, and then become lines of the matrix. Made by kgen/commands/audit/page/first.py.
// Needs elements.js, filters.js, lines.js, marks.js and columns.js.
import { guessRoom, room, setWidths, widths } from "./columns.js";
import { byId } from "./elements.js";
import { selection } from "./filters.js";
import { ROW_HEIGHT, adoptLine, blankLine, gapLine, numberCells } from "./lines.js";
import { drawn, grid } from "./marks.js";

const GROUPS = 22; // the height of the heads of targets, in pixels
const OTHERS = 120; // at least so high is what is above and below the matrix

/** Give the heads, which are shown vertically, their height; in a low window, rows need the room.
    letters: of the longest. twoLevels: whether each target has several columns. */
export function setHeads(letters, twoLevels) {
  const most = Math.min(170, Math.max(80, Math.round(0.3 * room.tall)));
  const height = Math.min(most, Math.ceil(Math.max(4, letters) * 7.3) + 18);
  const groups = twoLevels ? GROUPS : 0;
  drawn.headHeight = height + groups;
  grid.style.setProperty("--head", `${height}px`);
  grid.style.setProperty("--groups", `${groups}px`);
}

/** Give the rows that the page came with their sizes, before its data is read; false if their
    columns do not fill the window, or if the page scrolls, so that their room is not known. */
export function sizeFirst() {
  if (!guessRoom()) return false;
  const [number, rows] = ["aria-colcount", "aria-rowcount"].map((name) => grid.getAttribute(name));
  const body = grid.tBodies[0];
  const there = grid.querySelectorAll("th.target").length;
  selection.columns = [...Array(number - 1).keys()];
  setWidths();
  if (there < number - 1 && there * drawn.cell < room.width - drawn.headWidth) return false;
  selection.near = selection.columns.slice(0, there);
  setHeads(Number(grid.dataset.letters), grid.tHead.rows.length > 1);
  const most = Math.ceil((room.height - drawn.headHeight - OTHERS) / ROW_HEIGHT);
  for (const line of [...body.rows].slice(Math.max(1, most))) line.remove();
  const missing = rows - grid.tHead.rows.length - body.rows.length;
  if (missing > 0) body.append(gapLine(missing));
  measure();
  return true;
}

/** Make these rows those of the matrix; false if others are wanted, or there are none. */
export function takeOver() {
  const body = grid.tBodies[0];
  const lines = body ? [...body.rows].filter((line) => !line.matches(".gap")) : [];
  const isRow = (line, at) => line.querySelector("b").textContent === selection.rows[at]?.name;
  if (!lines.length || !selection.near.length || !lines.every(isRow)) return false;
  drawn.body = body;
  drawn.blank = blankLine();
  drawn.lines = new Map(lines.map((line, at) => [selection.rows[at], line]));
  for (const [row, line] of drawn.lines) adoptLine(line, row);
  numberCells([...grid.tHead.rows].at(-1));
  return true;
}

/** Give the columns their widths. */
export function measure() {
  setWidths();
  grid.style.setProperty("--cell", `${drawn.cell}px`);
  grid.style.setProperty("--head-width", `${drawn.headWidth}px`);
  byId("mark").style.width = `${drawn.cell}px`;
  const all = widths();
  grid.querySelectorAll("col").forEach((column, index) => {
    column.style.width = `${all[index]}px`;
  });
  grid.style.width = `${all.reduce((sum, width) => sum + width, 0)}px`;
}
