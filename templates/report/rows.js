// Which rows of the matrix are drawn.
// Needs filters.js, lines.js, marks.js, and columns.js for the size of the scroller.
import { room } from "./columns.js";
import { selection } from "./filters.js";
import { ROW_HEIGHT } from "./lines.js";
import { active, drawn } from "./marks.js";

const SPARE = 2; // rows drawn beyond the visible ones
const FEW = 60; // rows that are all drawn, so that the browser finds and copies their text
const PAUSE = 150; // milliseconds

let allFew = true; // whether few rows are all drawn, and not the visible ones alone
let timer = 0;

/** Draw the visible rows first, and all of few when nobody has typed more for a moment. */
export function settle(drawAgain) {
  allFew = false;
  clearTimeout(timer);
  timer = setTimeout(() => { allFew = true; drawAgain(); }, PAUSE);
}

/** The indices of the rows to draw: the visible ones, a few more, and the one with the focus. */
export function wantedRows(top) {
  const { rows, position } = selection;
  if (allFew && rows.length <= FEW) return rows.map((_, index) => index);
  const seen = Math.floor(Math.min(top, rows.length * ROW_HEIGHT) / ROW_HEIGHT);
  const bottom = top + Math.max(0, room.height - drawn.headHeight);
  const first = Math.max(0, seen - SPARE);
  const last = Math.min(rows.length, Math.ceil(bottom / ROW_HEIGHT) + SPARE);
  const found = [];
  const at = position.get(active.row);
  if (at !== undefined && at < first) found.push(at);
  for (let index = first; index < last; index++) found.push(index);
  if (at !== undefined && at >= last) found.push(at);
  return found;
}
