// The parts of the matrix's table: the header line, and reusable lines for rows.
// Needs elements.js, data.js, words.js, address.js for the view, filters.js for the columns, and
// notes.js and what-if-state.js.
import { inNames } from "./address.js";
import { data, textAt, textNumber } from "./data.js";
import { element } from "./elements.js";
import { selection, total } from "./filters.js";
import { CHANGED, FINDING, GAINED_Y, marksAt } from "./notes.js";
import { BROKEN, GAINED, LOST, SAME_N, SAME_Y, tried } from "./what-if-state.js";
import { place, short } from "./words.js";

export const ROW_HEIGHT = 22;

/** Whether targets have several columns, so that the heads have two levels. */
export const hasVariants = () => data.targets.some((target) => target.variant);

const headOf = (target) => (hasVariants() ? target.variant || "as given" : short(target.name));

/** The height of the headers for the longest of them, which are shown vertically. */
export function heightOfHeads() {
  const lengths = selection.columns.map((column) => headOf(data.targets[column]).length);
  return Math.min(170, Math.ceil(Math.max(4, ...lengths) * 7.3) + 18);
}

/** The columns that are not drawn before and after the drawn ones, as one cell each. */
const around = (tag, ...cells) => {
  const { columns, from, near } = selection;
  const gap = (number) =>
    (number > 0 ? element(tag, { class: "aside", role: "presentation" }) : "");
  return [gap(from), cells, gap(columns.length - from - near.length)];
};

/** The number of a column's cell in a line; of no column, that of the head. */
export const cellNumber = (at) => {
  const { from, near } = selection;
  return at < 0 ? 0 : at < from || at >= from + near.length ? -1 : at - from + (from > 0 ? 2 : 1);
};

/** The index among the shown columns of a cell with this number, -1 of the head. */
export const columnAt = (number) =>
  (number === 0 ? -1 : number - (selection.from > 0 ? 2 : 1) + selection.from);

/** The lines of the heads; the last is that of the columns. */
export const linesOfHeads = () => [
  ...(hasVariants() ? [lineOfGroups()] : []),
  element("tr", { role: "row", "aria-rowindex": hasVariants() ? 2 : 1, class: "heads" },
    element("th", { role: "columnheader", scope: "col", class: "corner", tabindex: -1 },
      inNames() ? "Name" : "Symbol"),
    around("td", selection.near.map((column, index) =>
      targetHead(data.targets[column], selection.from + index))))];

/** A head for each target over those of its columns. */
function lineOfGroups() {
  const groups = [];
  for (const column of selection.near) {
    const { target } = data.targets[column];
    if (!groups.length || groups.at(-1)[0] !== target) groups.push([target, 0]);
    groups.at(-1)[1]++;
  }
  return element("tr", { role: "row", "aria-rowindex": 1, class: "groups" },
    element("td", { class: "corner", role: "presentation" }),
    around("td", groups.map(([target, size]) => element("th", {
      role: "columnheader", scope: "colgroup", class: "group", colspan: size, title: target,
    }, element("span", {}, short(target))))));
}

function targetHead(target, at) {
  const { name, failed } = target;
  return element("th", {
    role: "columnheader", scope: "col", tabindex: -1, title: name, "aria-colindex": at + 2,
    class: failed ? "target failed" : "target",
    "aria-label": name + (failed ? ", cannot be configured" : ""),
  }, element("span", {}, (failed ? "! " : "") + headOf(target)));
}

/** A line of a symbol that is n everywhere, as most are nearly. */
export const blankLine = () => element("tr", { role: "row" },
  element("th", { role: "rowheader", scope: "row", tabindex: -1 },
    element("span", { class: "symbol" },
      element("b", {}),
      ["folder", "kind", "sum"].map((part) => element("i", { class: part })))),
  around("td", selection.near.map((_, index) => element("td",
    { role: "gridcell", tabindex: -1, "aria-colindex": selection.from + index + 2,
      class: LOOKS[0].kind, "aria-label": LOOKS[0].label }))));

/** A copy of the blank line; copying is faster than creating each cell. */
export function newLine(blank) {
  const made = blank.cloneNode(true);
  made.sorts = new Int32Array(selection.near.length).fill(0);
  return made;
}

/** A placeholder for lines that are not drawn. */
export function gapLine(lines) {
  const made = element("tr", { class: "gap", role: "presentation", "aria-hidden": "true" },
    element("td", { role: "presentation", colspan: selection.near.length + 3 }));
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

/** Make a line show a row. Only cells that look different are changed, so that lines can be
    reused: creating and laying out a thousand cells would dominate the time of a filter. */
export function fillLine(line, row) {
  fillHead(line.cells[0], row);
  let cell = line.cells[selection.from > 0 ? 1 : 0];
  selection.near.forEach((column, index) => {
    cell = cell.nextSibling;
    const sort = sortOf(row, column), noted = marksAt(row.symbol, column);
    if (line.sorts[index] === (sort << 4 | noted)) return;
    line.sorts[index] = sort << 4 | noted;
    const { kind, text, label } = lookOf(row, column);
    cell.className = kind;
    cell.setAttribute("aria-label", label);
    if (cell.textContent !== text) cell.textContent = text;
    if (data.standard) cell.title = text.length > 3 ? text : "";
  });
  line.row = row;
}

const wordsOf = (noted) => (noted & FINDING ? ", against the policy" : "") +
  (noted & CHANGED ? (noted & GAINED_Y ? ", gained" : ", lost") : "");

const onWord = () => (data.standard ? "a value other than n" : "y");

function fillHead(head, row) {
  const count = total(row), kind = data.kinds[row.kind];
  head.setAttribute("aria-label",
    `${row.name}, ${kind}, ${row.folder || "top"}, ${onWord()} in ${count}`);
  const parts = head.firstChild;
  parts.title = `${row.name} (${kind}, ${place(row.file, row.line)})`;
  [row.name, row.folder, kind, String(count)].forEach((text, index) => {
    if (parts.children[index].textContent !== text) parts.children[index].textContent = text;
  });
}
