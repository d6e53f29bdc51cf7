// The data of the page: its JSON, tables made from it, and the reasons for every cell.
// Needs elements.js to find the JSON.
import { byId } from "./elements.js";

export const ALL = -1; // in place of a symbol or column: the header

/** The JSON, as docs/report.md describes it. A symbol is its index in `names`, a column its index
    in `targets`. Only readData sets this and the tables below. */
export let data = null;
export let allRows = []; // of all symbols, with names and sets of columns instead of indices
export let matrixRows = []; // those that the matrix can show
export let rowOf = new Map(); // from a symbol
export let numberOf = new Map(); // the symbol, from its name
export let columnOf = new Map(); // from the name of a target, with and without -softmmu
let columnSets = [];

export function readData() {
  data = JSON.parse(byId("data").textContent);
  for (const name of LATER) {
    Object.defineProperty(data, name, {
      configurable: true, enumerable: true, get: () => readLater()[name],
    });
  }
  columnSets = data.columns.map((digits) => columnSet(digits, data.targets.length));
  allRows = data.rows.map(([symbol, kind, folder, file, line, y, outside, set, maybe]) => ({
    symbol, kind, file, line,
    isName: isName(data.names[symbol]),
    name: data.names[symbol],
    lower: data.names[symbol].toLowerCase(),
    folder: data.folders[folder],
    y: columnSets[y], outside: columnSets[outside], set: columnSets[set], maybe: columnSets[maybe],
    texts: null,
  }));
  matrixRows = data.shown ? data.shown.map((index) => allRows[index]) : allRows;
  rowOf = new Map(allRows.map((row) => [row.symbol, row]));
  numberOf = new Map(data.names.map((name, index) => [name, index]));
  columnOf = new Map([...data.targets.map((target, index) => [withoutEnd(target.name), index]),
    ...data.targets.map((target, index) => [target.name, index])]);
}

// What only explanations need: read when one is shown, or when the matrix has been painted.
const LATER = ["steps", "clauses", "assignments", "outside", "vary", "reasons"];

export function readLater() {
  if (Object.getOwnPropertyDescriptor(data, LATER[0]).get) {
    const read = JSON.parse(byId("later").textContent);
    for (const name of LATER) Object.defineProperty(data, name, { value: read[name] });
  }
  return data;
}

/** The name of a target without -softmmu. */
export const withoutEnd = (name) => name.replace(/-softmmu(?=@|$)/, "");

/** Whether a name is not of a symbol: of a device or machine, or of what decides on these. */
export const isName = (name) => name.includes(":");

/** Whether a column is in a set, which is given by its index. */
export const inSet = (set, column) => columnSets[set][column] === 1;

// Of standard Kconfig a cell has a text: an index into data.texts, where 0 is no value.

/** The number of the text of each column of a row, made when first asked for. */
function textsOf(row) {
  if (!row.texts) {
    const least = LOGICAL.has(data.kinds[row.kind]) ? -1 : 0;
    row.texts = new Int32Array(data.targets.length).fill(least);
    for (const [text, set] of data.values[row.symbol]) {
      columnSets[set].forEach((on, column) => { if (on) row.texts[column] = text; });
    }
  }
  return row.texts;
}

const LOGICAL = new Set(["bool", "tristate"]);
/** The number of a cell's text; -1 for the n of a bool or tristate. */
export const textNumber = (row, column) => textsOf(row)[column];
const textOf = (number) => (number < 0 ? "n" : data.texts[number]);

/** The value of a cell of a target that does not fail, as text; "" for none. */
export function textAt(row, column) {
  if (data.standard) return textOf(textNumber(row, column));
  return row.y[column] ? "y" : "n";
}

/** A set of columns, written as a hexadecimal number, as an array of 0 and 1. */
function columnSet(digits, width) {
  const bits = new Uint8Array(width);
  for (let at = 0; at < digits.length; at++) {
    const digit = parseInt(digits[digits.length - 1 - at], 16);
    for (let bit = 0; bit < 4; bit++) if (digit >> bit & 1) bits[at * 4 + bit] = 1;
  }
  return bits;
}

// A step is [value, kind, columns, reference, fact, ...]; the kind says what the reference is.
// Below -1 it says what is not passed from outside: -2 - N, an index into data.outside.

const LOOSE = new Set(["default", "implied", "unset"]);
export const kindOf = (step) => data.stepKinds[step[1]];
/** Whether other defaults could give another value. */
export const isLoose = (step) => LOOSE.has(kindOf(step));
/** The facts that a step depends on: pairs of a symbol and its value. */
export const factsOf = (step) => step.slice(4).map((fact) => [fact >> 1, (fact & 1) === 1]);

// The lists of steps that a symbol has.
export const DECIDE = 0, MISSED = 1, TOO_LATE = 2, ALLOW = 3;
export const steps = (symbol, column, list = DECIDE) =>
  data.steps[symbol][list].filter((step) => columnSets[step[2]][column]);

/** Whether a symbol is y; without a row, its steps give the value. */
export function valueOf(symbol, column) {
  const row = rowOf.get(symbol);
  return row ? row.y[column] === 1 : steps(symbol, column).some((step) => step[0]);
}

/** The whole explanation of a cell: a graph with each symbol once, as in `kgen why`. */
export function explain(name, column) {
  const found = { steps: {}, missed: {}, overtaken: {}, values: {}, allowed: [] };
  const first = numberOf.get(name);
  const queue = [first];
  const seen = new Set(queue);
  const follow = (list) => {
    for (const [symbol] of list.flatMap(factsOf)) {
      if (!seen.has(symbol)) { seen.add(symbol); queue.push(symbol); }
    }
  };
  for (const symbol of queue) {
    const own = steps(symbol, column);
    const key = data.names[symbol];
    found.values[key] = valueOf(symbol, column);
    found.steps[key] = own;
    follow(own);
    if (!own.some(isLoose)) continue;
    found.overtaken[key] = steps(symbol, column, TOO_LATE);
    if (!own[0][0]) {
      found.missed[key] = steps(symbol, column, MISSED);
      follow(found.missed[key]);
    } else if (symbol === first) {
      found.allowed = steps(symbol, column, ALLOW);
      follow(found.allowed);
    }
  }
  return found;
}

/** Whether the devices file of a target has a row. */
export const isPrinted = (row, column) => row.y[column] && !row.outside[column] && !row.isName;

/** The devices file of a target, as `kgen generate` writes it. */
export const devicesFile = (column) =>
  allRows.filter((row) => isPrinted(row, column)).map((row) => `CONFIG_${row.name}=y\n`).join("");
