// The matrix: draws the visible ones of the filtered rows, and scrolls to a cell.
// Needs elements.js, data.js, words.js, address.js, filters.js, lines.js, marks.js, columns.js,
// rows.js and first.js.
import { inNames } from "./address.js";
import { measureRoom, scroller, setWidths, wantedColumns, widths } from "./columns.js";
import { ALL, data, matrixRows } from "./data.js";
import { byId, element } from "./elements.js";
import { rowsOfView, select, selection } from "./filters.js";
import { measure, setHeads, takeOver } from "./first.js";
import {
  ROW_HEIGHT, blankLine, fillLine, gapLine, hasVariants, lettersOfHeads, linesOfHeads, newLine,
} from "./lines.js";
import { active, activeCell, drawn, grid, mark } from "./marks.js";
import { settle, wantedRows } from "./rows.js";
import { grouped, plural } from "./words.js";

let lastWanted = ""; // the rows drawn last
let headed = false; // whether the header line is that of names

/** Call before the first filter(). */
export function startMatrix() {
  active.row = matrixRows[0] || null;
  let waiting = false;
  scroller.addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(false); });
  }, { passive: true });
}

/** Draw the rows that pass the filters, and show their number. */
export function filter() {
  const top = scroller.scrollTop; // before any change, because reading it forces a layout
  const before = selection.columns.join();
  select();
  const { rows, columns, position } = selection;
  const isSame = columns.join() === before && headed === inNames();
  if (!isSame || !(drawn.body || takeOver())) drawHead(0);
  const targets = plural(data.targets.length, "target");
  byId("count").textContent =
    `${grouped(rows.length)} of ${plural(rowsOfView().length, inNames() ? "name" : "symbol")}` +
    `${data.chosen ? ` (only those ${data.chosen})` : ""}, ` +
    (columns.length === data.targets.length ? targets : `${columns.length} of ${targets}`);
  byId("empty").hidden = rows.length > 0;
  grid.setAttribute("aria-rowcount", rows.length + (hasVariants() ? 2 : 1));
  grid.setAttribute("aria-colcount", columns.length + 1);
  if (active.row && !position.has(active.row)) active.row = rows[0] || null;
  if (!columns.includes(active.column)) active.column = ALL;
  settle(() => draw(false));
  draw(true, top);
}

/** Rebuild the table with only the header line. left: the scroll position. */
function drawHead(left) {
  headed = inNames();
  setWidths();
  const [from, size] = wantedColumns(left);
  Object.assign(selection, { from, near: selection.columns.slice(from, from + size) });
  setHeads(lettersOfHeads(), hasVariants());
  drawn.lines = new Map();
  drawn.blank = blankLine();
  drawn.body = element("tbody", {});
  grid.replaceChildren(
    element("colgroup", {}, widths().map(() => element("col", {}))),
    element("thead", {}, linesOfHeads()), drawn.body);
  measure();
}

/** Draw other columns after scrolling, if needed; the grid gets the focus, as it has the keys. */
function moveColumns() {
  const { columns, from, near } = selection;
  const [now, size] = wantedColumns();
  if (now === from && Math.min(size, columns.length) <= near.length) return;
  const focus = grid.contains(document.activeElement);
  drawHead(scroller.scrollLeft);
  lastWanted = "";
  if (focus) grid.focus({ preventScroll: true });
}

/** Call after the size of the window or the matrix has changed. */
export function resize() {
  if (!measureRoom()) return;
  setHeads(lettersOfHeads(), hasVariants());
  measure();
  draw(false);
}

/** Draw the lines at the scroll position. force: even if the same rows are visible. */
export function draw(force, top = scroller.scrollTop) {
  moveColumns();
  const indices = wantedRows(top);
  const key = [indices[0], indices[1], indices.at(-2), indices.at(-1)].join(" ");
  if (!force && key === lastWanted) return;
  lastWanted = key;
  drawLines(indices);
  mark();
}

function drawLines(indices) {
  const { lines, body, blank } = drawn;
  const { rows } = selection;
  const spare = takeOut(new Set(indices.map((index) => rows[index])));
  for (const gap of body.querySelectorAll(".gap")) gap.remove();
  let cursor = body.firstChild, next = 0;
  for (const index of indices) {
    if (index > next) body.insertBefore(gapLine(index - next), cursor);
    next = index + 1;
    const row = rows[index];
    let line = lines.get(row);
    if (!line) {
      line = spare.has(cursor) ? cursor : spare.values().next().value || newLine(blank);
      spare.delete(line);
      fillLine(line, row);
      lines.set(row, line);
    } else {
      // Remove the lines before it instead of moving it: a moved line loses the focus.
      while (spare.has(cursor)) { const old = cursor; cursor = cursor.nextSibling; old.remove(); }
    }
    line.setAttribute("aria-rowindex", index + (hasVariants() ? 3 : 2));
    if (cursor === line) cursor = line.nextSibling;
    else body.insertBefore(line, cursor);
  }
  for (const line of spare) line.remove();
  if (rows.length > next) body.append(gapLine(rows.length - next));
}

/** Fill the drawn lines anew, after their cells have changed. */
export function refill() {
  for (const [row, line] of drawn.lines) fillLine(line, row);
}

/** The lines of rows that are not kept; they stay in the table and can be reused. */
function takeOut(keep) {
  const spare = new Set();
  for (const [row, line] of drawn.lines) {
    if (keep.has(row)) continue;
    spare.add(line);
    drawn.lines.delete(row);
  }
  return spare;
}

/** Scroll to a cell if it is not visible: as little as needed, or to the middle. */
export function reveal(row, column, middle) {
  if (row && selection.position.has(row)) {
    const top = selection.position.get(row) * ROW_HEIGHT;
    const seen = scroller.clientHeight - drawn.headHeight - ROW_HEIGHT;
    const above = top < scroller.scrollTop, below = top > scroller.scrollTop + seen - 4;
    if (middle && (above || below)) scroller.scrollTop = top - seen / 2;
    else if (above) scroller.scrollTop = top;
    else if (below) scroller.scrollTop = top - seen + 4;
  }
  const at = selection.columns.indexOf(column);
  if (at >= 0) {
    const left = at * drawn.cell;
    const seen = scroller.clientWidth - drawn.headWidth - drawn.cell;
    if (left < scroller.scrollLeft) scroller.scrollLeft = left;
    else if (left > scroller.scrollLeft + seen) scroller.scrollLeft = left - seen;
  } else scroller.scrollLeft = 0;
}

/** Make a cell active and scroll to it. */
export function activate(row, column, focus, middle) {
  active.row = row;
  active.column = column;
  reveal(row, column, middle);
  draw(false);
  mark();
  if (focus) activeCell().focus({ preventScroll: true });
}
