// The parts of the matrix's table: the header line, and reusable lines for rows.
// Needs elements.js, data.js, words.js, address.js for the view, filters.js for the columns, and
// notes.js and what-if-state.js.
import { inNames } from "./address.js";
import { data } from "./data.js";
import { element } from "./elements.js";
import { selection, total } from "./filters.js";
import { CHANGED, FINDING, GAINED_Y, marksAt } from "./notes.js";
import { BROKEN, GAINED, LOST, SAME_N, SAME_Y, tried } from "./what-if-state.js";
import { place, short } from "./words.js";

export const ROW_HEIGHT = 22;

/** The height of the headers for the longest target name, which is shown vertically. */
export function heightOfHeads() {
  const lengths = selection.columns.map((column) => short(data.targets[column].name).length);
  return Math.min(170, Math.ceil(Math.max(4, ...lengths) * 7.3) + 18);
}

export const lineOfHeads = () => element("tr", { role: "row", "aria-rowindex": 1 },
  element("th", { role: "columnheader", scope: "col", class: "corner", tabindex: -1 },
    inNames() ? "Name" : "Symbol"),
  selection.columns.map((column) => targetHead(data.targets[column])));

function targetHead({ name, failed }) {
  return element("th", {
    role: "columnheader", scope: "col", tabindex: -1, title: name,
    class: failed ? "target failed" : "target",
    "aria-label": name + (failed ? ", cannot be configured" : ""),
  }, element("span", {}, (failed ? "! " : "") + short(name)));
}

/** An empty line. */
export const blankLine = () => element("tr", { role: "row" },
  element("th", { role: "rowheader", scope: "row", tabindex: -1 },
    element("span", { class: "symbol" },
      element("b", {}),
      ["folder", "kind", "sum"].map((part) => element("i", { class: part })))),
  selection.columns.map(() => element("td", { role: "gridcell", tabindex: -1 })));

/** A copy of the blank line; copying is faster than creating each cell. */
export function newLine(blank) {
  const made = blank.cloneNode(true);
  made.sorts = new Int16Array(selection.columns.length).fill(-1);
  return made;
}

/** A placeholder for lines that are not drawn. */
export function gapLine(lines) {
  const made = element("tr", { class: "gap", role: "presentation", "aria-hidden": "true" },
    element("td", { role: "presentation", colspan: selection.columns.length + 1 }));
  made.style.height = `${lines * ROW_HEIGHT}px`;
  return made;
}

// The state of a cell in bits: y, passed externally, set by a line, failed; or it is not known.
const FAILED = 8, UNKNOWN = 9, TRIED = 10;
function sortOf(row, column) {
  const now = tried(row.symbol, column);
  if (now) return TRIED + now;
  if (data.targets[column].failed) return FAILED;
  if (row.maybe[column]) return UNKNOWN;
  return row.y[column] + 2 * row.outside[column] + 4 * row.set[column];
}

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

/** How a cell looks. */
export const lookOf = (row, column) => {
  const { kind, text, label } = LOOKS[sortOf(row, column)], noted = marksAt(row.symbol, column);
  return { kind: kind + (noted & FINDING ? " finding" : "") + (noted & CHANGED ? " changed" : ""),
    text, label: label + (noted ? wordsOf(noted) : "") };
};

/** Make a line show a row. Only cells that look different are changed, so that lines can be
    reused: creating and laying out a thousand cells would dominate the time of a filter. */
export function fillLine(line, row) {
  fillHead(line.cells[0], row);
  let cell = line.cells[0];
  selection.columns.forEach((column, index) => {
    cell = cell.nextSibling;
    const sort = sortOf(row, column), noted = marksAt(row.symbol, column);
    if (line.sorts[index] === (sort | noted << 8)) return;
    line.sorts[index] = sort | noted << 8;
    const { kind, text, label } = lookOf(row, column);
    cell.className = kind;
    cell.setAttribute("aria-label", label);
    if (cell.textContent !== text) cell.textContent = text;
  });
  line.row = row;
}

const wordsOf = (noted) => (noted & FINDING ? ", against the policy" : "") +
  (noted & CHANGED ? (noted & GAINED_Y ? ", gained" : ", lost") : "");

function fillHead(head, row) {
  const count = total(row), kind = data.kinds[row.kind];
  head.setAttribute("aria-label", `${row.name}, ${kind}, ${row.folder || "top"}, y in ${count}`);
  const parts = head.firstChild;
  parts.title = `${row.name} (${kind}, ${place(row.file, row.line)})`;
  [row.name, row.folder, kind, String(count)].forEach((text, index) => {
    if (parts.children[index].textContent !== text) parts.children[index].textContent = text;
  });
}
