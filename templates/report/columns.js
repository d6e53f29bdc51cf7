// Which columns of the matrix are drawn, and how wide they are.
// Needs elements.js, filters.js and marks.js.
import { byId } from "./elements.js";
import { selection } from "./filters.js";
import { drawn } from "./marks.js";

export const scroller = byId("scroller");
const LEAST = 25, MOST = 36; // the width of a cell, in pixels
const ALL_DRAWN = 48; // columns; of more, only those near the visible ones are drawn
const STEP = 8; // by which the drawn columns move, so that few steps of scrolling draw anew

/** The index of the first column to draw, and the number of columns. */
export function wantedColumns(left) {
  const number = selection.columns.length;
  if (number <= ALL_DRAWN) return [0, number];
  const room = Math.ceil((scroller.clientWidth - drawn.headWidth) / drawn.cell) + 3 * STEP;
  const last = Math.max(0, number - room);
  return [Math.min(last, Math.max(0, Math.floor(left / drawn.cell / STEP) - 1) * STEP), room];
}

/** The widths of the table's columns. */
export function widths() {
  const { columns, from, near } = selection;
  const after = columns.length - from - near.length;
  return [drawn.headWidth, ...(from > 0 ? [from * drawn.cell] : []),
    ...near.map(() => drawn.cell), ...(after > 0 ? [after * drawn.cell] : [])];
}

/** Find the widths, which depend on that of the window. */
export function setWidths() {
  const wide = window.innerWidth;
  drawn.headWidth = wide > 1080 ? 380 : wide > 620 ? 270 : 190;
  const number = selection.columns.length, room = scroller.clientWidth - drawn.headWidth;
  drawn.cell = Math.max(LEAST, Math.min(MOST, Math.floor(room / number)));
}
