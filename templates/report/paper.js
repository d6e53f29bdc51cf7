// The matrix on paper: plain tables of all rows, each with the columns that a page has room for.
// Needs elements.js, data.js, words.js, pieces.js, filters.js, looks.js, and address.js for the
// view and its filters.
import { inMatrix, inNames, state } from "./address.js";
import { data } from "./data.js";
import { byId, element } from "./elements.js";
import { selection } from "./filters.js";
import { lookOf } from "./looks.js";
import { soft } from "./pieces.js";
import { short } from "./words.js";

// Of a landscape page of Letter or A4, in pixels: the names, all columns, the narrowest of them.
const PAPER = { names: 258, columns: 722, least: 19 };
const LETTER = 5.7; // of 7 points
const BESIDE = 11; // the room of the corner of a value that is set by a line
const MOST_CELLS = 400000; // a browser needs minutes for more
const MOST_LETTERS = 20; // of a value in a line; a longer one wraps

export function listenToPrinter() {
  addEventListener("beforeprint", () => drawForPaper(true));
  addEventListener("afterprint", () => drawForPaper(false));
  matchMedia("print").addEventListener("change", (event) => drawForPaper(event.matches));
}

/** Make the tables, or remove them; another view is printed alone. */
function drawForPaper(printing) {
  const now = printing && inMatrix();
  const paper = byId("paper");
  if (paper.hidden === !now) return;
  paper.hidden = !now;
  if (!now) return paper.replaceChildren();
  const legend = byId("legend").cloneNode(true);
  legend.removeAttribute("id");
  const isTooLarge = selection.rows.length * selection.columns.length > MOST_CELLS;
  return paper.replaceChildren(legend, soft(shownWords()), ...(isTooLarge
    ? [soft("Too many cells for paper: choose symbols or targets with the filters.")]
    : pagesOfColumns().map(paperTable)));
}

/** What the filters leave, and which they are. */
function shownWords() {
  const fields = [...byId("filters").querySelectorAll(".field")].flatMap((field) => {
    const control = field.querySelector("input, select");
    const words = control.selectedOptions ? control.selectedOptions[0].textContent : control.value;
    return control.value ? [`${field.querySelector(".label").textContent}: ${words}`] : [];
  });
  const kinds = state.kinds.size ? [`Kind: ${[...state.kinds].join(", ")}`] : [];
  const differs = state.differs ? ["differs between targets"] : [];
  return [byId("count").textContent, ...fields, ...kinds, ...differs].join("  ·  ");
}

/** The columns of each table, as pairs of a column and its width. */
function pagesOfColumns() {
  const pages = [[]];
  let used = 0;
  for (const column of selection.columns) {
    const width = widthOf(column);
    if (used + width > PAPER.columns) {
      pages.push([]);
      used = 0;
    }
    used += width;
    pages.at(-1).push([column, width]);
  }
  return pages;
}

function widthOf(column) {
  if (!data.standard) return PAPER.least;
  const lengths = selection.rows.map((row) => lookOf(row, column).text.length);
  const letters = Math.min(MOST_LETTERS, lengths.reduce((a, b) => Math.max(a, b), 0));
  return Math.max(PAPER.least, Math.ceil(letters * LETTER) + BESIDE);
}

function paperTable(columns) {
  const cols = [PAPER.names, ...columns.map(([, width]) => width)].map((width) => {
    const made = element("col", {});
    made.style.width = `${width}px`;
    return made;
  });
  const table = element("table", {}, element("colgroup", {}, cols),
    element("thead", {}, element("tr", {},
      element("th", { scope: "col", class: "corner" }, inNames() ? "Name" : "Symbol"),
      columns.map(([column]) => element("th", { scope: "col", class: "target" },
        element("span", {}, short(data.targets[column].name)))))),
    element("tbody", {}, selection.rows.map((row) => element("tr", {},
      element("th", { scope: "row" }, row.name),
      columns.map(([column]) => {
        const { kind, text } = lookOf(row, column);
        return element("td", { class: kind }, text || "·");
      })))));
  table.style.width = `${columns.reduce((sum, [, width]) => sum + width, PAPER.names)}px`;
  return table;
}
