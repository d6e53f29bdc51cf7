// How the cells of the matrix look: class, text and words for readers.
// Needs data.js, notes.js and what-if-state.js.
import { data, textAt, textNumber } from "./data.js";
import { CHANGED, FINDING, GAINED_Y, marksAt } from "./notes.js";
import { BROKEN, GAINED, LOST, SAME_N, SAME_Y, tried } from "./what-if-state.js";

// The state of a cell in bits: y, passed externally, set by a line, failed; or it is not known.
const FAILED = 8, UNKNOWN = 9, TRIED = 10;
/** A number of how a cell is; of cells that look alike the same. */
export function sortOf(row, column) {
  const now = tried(row.symbol, column);
  if (now) return TRIED + now;
  if (data.targets[column].failed) return FAILED;
  if (row.maybe[column]) return UNKNOWN;
  if (data.standard) return textSort(row, column);
  return row.y[column] + 2 * row.outside[column] + 4 * row.set[column];
}

// Of standard Kconfig: that number for n and for no value, and one for each other text.
const FIRST_TEXT = 1 << 5;
const textSort = (row, column) => {
  const set = 4 * row.set[column], text = textNumber(row, column);
  return row.y[column] ? FIRST_TEXT + 8 * text + set : set;
};

/** The same for cells of a column in which lines are tried. */
const LOOKS_TRIED = {
  [GAINED]: { kind: "y turned", text: "y", label: "y with the lines that are tried, n without" },
  [LOST]: { kind: "n turned", text: "n", label: "n with the lines that are tried, y without" },
  [SAME_Y]: { kind: "y", text: "y", label: "y, with the lines that are tried, too" },
  [SAME_N]: { kind: "n", text: "", label: "n, with the lines that are tried, too" },
  [BROKEN]: { kind: "f", text: "!", label: "no value with the lines that are tried" },
};

/** For each state: the class, the text, and the label for screen readers. */
const LOOKS = Array.from({ length: TRIED + BROKEN + 1 }, (_, sort) => {
  if (sort === FAILED) return { kind: "f", text: "!", label: "cannot be configured" };
  if (sort === UNKNOWN) return { kind: "m", text: "?", label: "not known" };
  if (sort >= TRIED) return LOOKS_TRIED[sort - TRIED];
  const y = sort & 1, outside = sort & 2, set = sort & 4;
  return {
    kind: (outside && y ? "x" : y ? "y" : "n") + (set ? " a" : ""),
    text: y ? "y" : "",
    label: (y ? "y" : "n") + (outside ? ", passed externally" : "") +
      (set ? ", set by a line" : ""),
  };
});

/** Of most cells. */
export const BLANK = LOOKS[0];

/** How a cell looks. */
export const lookOf = (row, column) => {
  const sort = sortOf(row, column), noted = marksAt(row.symbol, column);
  const { kind, text, label } = sort < FIRST_TEXT ? LOOKS[sort] : lookOfText(row, column);
  return { kind: kind + (noted & FINDING ? " finding" : "") + (noted & CHANGED ? " changed" : ""),
    text, label: label + (noted ? wordsOf(noted) : "") };
};

/** Of standard Kconfig, the look of a cell with a value other than n. */
function lookOfText(row, column) {
  const text = textAt(row, column), set = row.set[column];
  return { kind: (text === "y" ? "y" : "v") + (set ? " a" : ""), text: text || "(empty)",
    label: text + (set ? ", set by a line" : "") };
}

const wordsOf = (noted) => (noted & FINDING ? ", against the policy" : "") +
  (noted & CHANGED ? (noted & GAINED_Y ? ", gained" : ", lost") : "");
