// The shown part of the matrix as text: to copy, and to save.
// Needs elements.js, data.js, address.js and filters.js.
import { inNames } from "./address.js";
import { data, textAt } from "./data.js";
import { byId, element } from "./elements.js";
import { selection } from "./filters.js";

function valueIn(row, column) {
  if (data.targets[column].failed) return "fails";
  return row.maybe[column] ? "?" : textAt(row, column);
}

/** The rows and columns that the filters leave, as `kgen audit --format csv` writes them. */
function shownTable() {
  const heads = [inNames() ? "name" : "symbol", "kind", "folder", "file", "line"];
  const { rows, columns } = selection;
  return [[...heads, ...columns.map((column) => data.targets[column].name)],
    ...rows.map((row) => [row.name, data.kinds[row.kind], row.folder,
      row.file < 0 ? "" : data.files[row.file], String(row.line),
      ...columns.map((column) => valueIn(row, column))])];
}

/** A text that a spreadsheet would compute gets an apostrophe, as in `kgen audit --format csv`. */
const harmless = (text) =>
  (/^[=+\-@\t\r]/.test(text) && !/^-[0-9]+$/.test(text) ? `'${text}` : text);

const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const asCsv = (table) =>
  table.map((row) => `${row.map(harmless).map(quoted).join(",")}\r\n`).join("");
const inCell = (text) => harmless(text).replace(/[\t\r\n]/g, " ");
const asTsv = (table) =>
  table.map((row) => `${row.map(inCell).join("\t")}\n`).join("");

/** Put a text on the clipboard; where the browser refuses that, by way of a field. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = element("textarea", { class: "hidden", "aria-hidden": "true" });
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

/** Let the browser save a text as a file. */
export function save(text, name) {
  const where = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const made = element("a", { href: where, download: name });
  document.body.append(made);
  made.click();
  made.remove();
  setTimeout(() => URL.revokeObjectURL(where), 10000);
}

export function listenToCopies() {
  byId("copy").addEventListener("click", async () => {
    await copyText(asTsv(shownTable()));
    byId("said").textContent = `${selection.rows.length} rows copied`;
    byId("copy").textContent = "Copied";
    setTimeout(() => { byId("copy").textContent = "Copy as TSV"; }, 2000);
  });
  byId("save").addEventListener("click", () => save(asCsv(shownTable()), "matrix.csv"));
}
