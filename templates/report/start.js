// Starts the page, and brings it to where its address says. Needs nearly all other files.
import { readAddress, state, subjectOf } from "./address.js";
import { listenToPrinter, startColours } from "./appearance.js";
import { drawControls, fillControls, listenToControls } from "./controls.js";
import { ALL, data, devicesFile, explain, readData, rowOf } from "./data.js";
import { selection } from "./filters.js";
import { active } from "./marks.js";
import { activate, draw, filter, resize, reveal, scroller, startMatrix } from "./matrix.js";
import { listenToMatrix } from "./matrix-keys.js";
import { drawPanel, hasFocus, isOpen } from "./panel.js";
import { drawView, showView } from "./views.js";

// The heading and the controls are painted first; the matrix takes longer. A page that nobody sees
// has no frames to wait for.
if (document.visibilityState === "hidden") start();
else requestAnimationFrame(() => setTimeout(start));

function start() {
  readData();
  startMatrix();
  listenToMatrix();
  listenToPrinter();
  startColours();
  drawControls();
  listenToControls();
  readAddress();
  const subject = subjectOf(state.at);
  if (subject) {
    follow(false);
  } else {
    fillControls();
    filter();
    showView();
    if (state.view) drawView();
  }
  listenToWindow();
  // For tests, and for whoever wants the data in a browser's console.
  const visible = () => selection.rows.map((row) => row.name);
  globalThis.kgen = { data, explain, mak: devicesFile, visible };
  // When the matrix itself is painted, which comes after the first paint of the page.
  requestAnimationFrame(() => setTimeout(() => performance.mark("kgen-matrix")));
}

function listenToWindow() {
  new ResizeObserver(() => {
    resize();
    if (isOpen() && !scroller.contains(document.activeElement)) {
      reveal(active.row, active.column);
    }
  }).observe(scroller);
  addEventListener("hashchange", () => follow(hasFocus()));
}

/** At the start, after a link or the browser's own buttons: everything as the address says. */
function follow(focus) {
  readAddress();
  fillControls();
  filter();
  showView();
  drawView();
  const subject = subjectOf(state.at);
  if (subject) {
    const row = subject.symbol === ALL ? null : rowOf.get(subject.symbol);
    const isThere = (row === null || selection.position.has(row)) &&
      (subject.column === ALL || selection.columns.includes(subject.column));
    if (isThere) activate(row, subject.column, false, true);
  }
  drawPanel(focus);
  if (subject && !state.view) {
    reveal(active.row, active.column);
    draw(true);
  }
}
