// The matrix on paper: plain tables of all rows, each with as many columns as a page has room for.
// Needs elements.js, data.js, words.js, address.js for the view, filters.js and looks.js.
import { inMatrix, inNames } from "./address.js";
import { data } from "./data.js";
import { byId, element } from "./elements.js";
import { selection } from "./filters.js";
import { lookOf } from "./looks.js";
import { short } from "./words.js";

const PER_PAGE = 38; // columns on a landscape page, at the sizes of style.css

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
  const parts = [];
  for (let from = 0; now && from < Math.max(1, selection.columns.length); from += PER_PAGE) {
    parts.push(paperTable(selection.columns.slice(from, from + PER_PAGE)));
  }
  paper.replaceChildren(...(now ? [byId("legend").cloneNode(true)] : []), ...parts);
  const legend = paper.querySelector(".legend");
  if (legend) legend.removeAttribute("id");
}

const paperTable = (columns) => element("table", {},
  element("thead", {}, element("tr", {},
    element("th", { scope: "col", class: "corner" }, inNames() ? "Name" : "Symbol"),
    columns.map((column) => element("th", { scope: "col", class: "target" },
      element("span", {}, short(data.targets[column].name)))))),
  element("tbody", {}, selection.rows.map((row) => element("tr", {},
    element("th", { scope: "row" }, row.name),
    columns.map((column) => {
      const { kind, text } = lookOf(row, column);
      return element("td", { class: kind }, text || "·");
    })))));
