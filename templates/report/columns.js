// Which columns of the matrix are drawn, and how wide they are.
// Needs elements.js, filters.js and marks.js.
import { byId } from "./elements.js";
import { selection } from "./filters.js";
import { drawn, grid } from "./marks.js";

export const scroller = byId("scroller");
const [LEAST, MOST] = [grid.dataset.least, grid.dataset.most].map(Number); // the width of a cell
const ALL_DRAWN = 48; // columns; of more, only those near the visible ones are drawn
const STEP = 4; // by which the drawn columns move, so that few steps of scrolling draw anew

/** The size of the scroller, its width without a panel, and the size of the window; kept, since the
    browser lays out to know them. */
export const room = { width: 0, height: 0, window: 0, tall: 0 };

/** Measure anew, and return whether anything has changed. */
export function measureRoom() {
  const before = Object.values(room).join();
  room.window = window.innerWidth;
  room.tall = window.innerHeight;
  room.height = scroller.clientHeight;
  room.width = byId("main").clientWidth - (scroller.offsetWidth - scroller.clientWidth);
  return Object.values(room).join() !== before;
}

/** Take the size of the window for now, as to measure is to lay out; false for a low one. */
export function guessRoom() {
  const ruler = byId("ruler"); // laid out with the heading
  const width = innerWidth - (ruler.offsetWidth - ruler.clientWidth);
  Object.assign(room, { width, height: innerHeight, window: innerWidth, tall: innerHeight });
  return !matchMedia("(max-height: 620px)").matches;
}

/** The index of the first column to draw, and the number of columns. left: the scroll position. */
export function wantedColumns(left = null) {
  const number = selection.columns.length;
  if (number <= ALL_DRAWN) return [0, number];
  const size = Math.ceil((room.width - drawn.headWidth) / drawn.cell) + 2 * STEP;
  const last = Math.max(0, number - size), at = left ?? scroller.scrollLeft;
  return [Math.min(last, Math.max(0, Math.floor(at / drawn.cell / STEP) - 1) * STEP), size];
}

/** The widths of the table's columns. */
export function widths() {
  const { columns, from, near } = selection;
  const after = columns.length - from - near.length;
  return [drawn.headWidth, ...(from > 0 ? [from * drawn.cell] : []),
    ...near.map(() => drawn.cell), ...(after > 0 ? [after * drawn.cell] : [])];
}

/** Find the widths. A panel does not change them: to lay out all cells anew would take longer than
    to fill it. */
export function setWidths() {
  drawn.headWidth = room.window > 1080 ? 380 : room.window > 620 ? 270 : 190;
  const each = Math.floor((room.width - drawn.headWidth) / selection.columns.length);
  drawn.cell = Math.max(LEAST, Math.min(MOST, each));
}
