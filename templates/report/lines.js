// The parts of the matrix's table: the header line, and reusable lines for rows.
// Needs elements.js, data.js, words.js, address.js for the view, filters.js for the columns, and
// looks.js and notes.js for the cells.
import { inNames } from "./address.js";
import { data } from "./data.js";
import { element } from "./elements.js";
import { selection, total } from "./filters.js";
import { BLANK, lookOf, sortOf } from "./looks.js";
import { marksAt } from "./notes.js";
import { place, short } from "./words.js";

export const ROW_HEIGHT = 22;

/** Whether targets have several columns, so that the heads have two levels. */
export const hasVariants = () => data.targets.some((target) => target.variant);

const headOf = (target) => (hasVariants() ? target.variant || "as given" : short(target.name));

/** The number of letters of the longest head. */
export const lettersOfHeads = () =>
  Math.max(...selection.columns.map((column) => headOf(data.targets[column]).length));

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
  element("tr", { "aria-rowindex": hasVariants() ? 2 : 1, class: "heads" },
    element("th", { scope: "col", class: "corner" }, inNames() ? "Name" : "Symbol"),
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
  return element("tr", { "aria-rowindex": 1, class: "groups" },
    element("td", { class: "corner", role: "presentation" }),
    around("td", groups.map(([target, size]) => element("th", {
      scope: "colgroup", class: "group", colspan: size, title: target,
    }, element("span", {}, short(target))))));
}

function targetHead(target, at) {
  const { name, failed } = target;
  return element("th", {
    scope: "col", title: name, "aria-colindex": columnIndex(at),
    class: failed ? "target failed" : "target",
    "aria-label": name + (failed ? ", cannot be configured" : ""),
  }, element("span", {}, (failed ? "! " : "") + headOf(target)));
}

/** A line of a symbol that is n everywhere, as most are nearly. */
export const blankLine = () => element("tr", {},
  element("th", { scope: "row" },
    element("span", { class: "symbol" },
      element("b", {}),
      ["folder", "kind", "sum"].map((part) => element("i", { class: part })))),
  around("td", selection.near.map((_, index) => element("td",
    { "aria-colindex": columnIndex(selection.from + index),
      class: BLANK.kind, "aria-label": BLANK.label }))));

/** The number of a column for readers, which needs to be said if not all are in the document. */
const columnIndex = (at) => (selection.near.length < selection.columns.length ? at + 2 : null);

/** Make a line that the page came with one of these. */
export function adoptLine(line, row) {
  line.sorts = new Int32Array(selection.near.length).fill(-1);
  numberCells(line);
  fillLine(line, row);
}

/** Number the cells of such a line, where that is needed. */
export function numberCells(line) {
  selection.near.forEach((_, at) => {
    if (columnIndex(at)) line.cells[at + 1].setAttribute("aria-colindex", columnIndex(at));
  });
}

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
