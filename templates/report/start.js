// Starts the page in the state that its URL describes. Needs nearly all other files.
import { inMatrix, notHere, readAddress, state, subjectOf } from "./address.js";
import { measureRoom, scroller } from "./columns.js";
import { startColours } from "./colours.js";
import { fillControls, listenToControls } from "./controls.js";
import { ALL, data, devicesFile, explain, readData, readLater, rowOf } from "./data.js";
import { byId } from "./elements.js";
import { selection } from "./filters.js";
import { sizeFirst } from "./first.js";
import { active } from "./marks.js";
import { activate, draw, filter, refill, resize, reveal, startMatrix } from "./matrix.js";
import { listenToMatrix } from "./matrix-keys.js";
import { readNotes } from "./notes.js";
import { drawPanel, hasFocus, isOpen, noteFiltered } from "./panel.js";
import { listenToPrinter } from "./paper.js";
import { listenToCopies } from "./table-text.js";
import { drawView, showView } from "./views.js";
import { drawTrial, startTrial } from "./what-if-bar.js";
import { configure } from "./what-if-lanes.js";
import { listenToTrial } from "./what-if-panel.js";
import { whenTried } from "./what-if-state.js";
import { waysByName } from "./what-if-ways.js";

const PAINTED = "kgen-matrix"; // marks when the matrix is painted, for measurements
const IDLE = 100; // milliseconds, in which the browser shows the matrix

/** Call a function when the next frame is painted. A hidden page has none to wait for. */
function afterPaint(then) {
  if (document.visibilityState === "hidden") then();
  else requestAnimationFrame(() => setTimeout(then));
}

// Let the browser paint the heading first, and then the rows that the page came with.
afterPaint(() => {
  const isThere = location.hash.length < 2 && sizeFirst();
  startColours();
  if (!isThere) return start();
  makeReady();
  return afterPaint(() => { performance.mark(PAINTED); start(); });
});

/** Show what is below the heading; until then style.css hides it. */
function makeReady() {
  document.body.classList.add("ready");
}

function start() {
  readData();
  readNotes();
  readAddress();
  fillControls();
  showView();
  startTrial();
  startMatrix();
  listenToMatrix();
  listenToPrinter();
  listenToControls();
  listenToCopies();
  whenTried(refill);
  listenToTrial();
  byId("panel").hidden = !subjectOf(state.at); // it takes its room at once
  makeReady();
  measureRoom(); // after all changes but the matrix, as the browser lays out the page for it
  if (state.at) {
    follow(false);
  } else {
    filter();
    if (notHere.length) noteFiltered();
    if (!inMatrix()) drawView();
  }
  listenToWindow();
  // For tests, and for access to the data in the browser's console.
  const visible = () => selection.rows.map((row) => row.name);
  globalThis.kgen = data.standard ? { data, visible }
    : { data, explain, mak: devicesFile, visible, configure, ways: waysByName };
  afterPaint(() => {
    if (!performance.getEntriesByName(PAINTED).length) performance.mark(PAINTED);
    setTimeout(readLater, IDLE);
  });
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

/** Restore the state from the URL: at the start, after a link, or after back and forward. */
function follow(focus) {
  readAddress();
  fillControls();
  filter();
  showView();
  drawTrial();
  refill();
  drawView();
  const subject = subjectOf(state.at);
  if (subject) {
    const row = subject.symbol === ALL ? null : rowOf.get(subject.symbol);
    const isThere = (row === null || selection.position.has(row)) &&
      (subject.column === ALL || selection.columns.includes(subject.column));
    if (isThere) activate(row, subject.column, false, true);
  }
  drawPanel(focus);
  if (subject && inMatrix()) {
    reveal(active.row, active.column);
    draw(true);
  }
}
