// The lines that are being tried in one column, as the URL has them, and what they change.
// Needs data.js, address.js for the URL, words.js, what-if-model.js and what-if-lanes.js.
import { state, writeAddress } from "./address.js";
import { columnOf, data, numberOf } from "./data.js";
import { hasLane, resolveLanes } from "./what-if-lanes.js";
import { settableIn } from "./what-if-model.js";
import { short } from "./words.js";

const LINE = /^(.+)=([yn]?)$/;
const VALUES = { y: true, n: false, "": null };
const WORDS = new Map([[true, "y"], [false, "n"], [null, ""]]);

let lastRead = { text: "", trial: null };
const bases = new Map(); // by column, what it has without these lines

/** What is tried: { column, lines, unknown, after, gained, lost }; null if nothing is.
    lines: a Map from symbols to y (true), n (false), or no line (null). unknown: parts of the URL
    that mean nothing here. gained, lost: symbols, of a column that can be configured. */
export function trial() {
  if (lastRead.text !== state.if) lastRead = { text: state.if, trial: readTrial(state.if) };
  return lastRead.trial;
}

/** A trial as in `x86_64-softmmu:PCI=n,VGA=y`; the name of a target may have a colon, too. */
function readTrial(text) {
  if (!text) return null;
  const cut = text.lastIndexOf(":");
  const name = text.slice(0, cut);
  const column = columnOf.get(name) ??
    data.targets.findIndex((target) => short(target.name) === name);
  if (column < 0) return { column, lines: new Map(), unknown: [name], gained: [], lost: [] };
  const lines = new Map(), unknown = [];
  for (const word of text.slice(cut + 1).split(",").filter(Boolean)) {
    const [, symbol, value] = LINE.exec(word) || [];
    const number = numberOf.get((symbol || "").replace(/^CONFIG_/, ""));
    if (number !== undefined && settableIn(column).has(number)) lines.set(number, VALUES[value]);
    else unknown.push(word);
  }
  return { column, lines, unknown, ...outcome(column, lines) };
}

function outcome(column, lines) {
  const was = baseOf(column), after = resolveLanes(column, [lines]);
  const changed = (from, to) => (was.failed || after.failed ? []
    : data.names.map((_, symbol) => symbol).filter((symbol) => from[symbol] && to[symbol]));
  return { after, gained: changed(was.no, after.yes), lost: changed(was.yes, after.no) };
}

/** What a column has without the lines that are tried. */
export function baseOf(column) {
  if (!bases.has(column)) bases.set(column, resolveLanes(column, [new Map()]));
  return bases.get(column);
}

/** Try lines in a column instead of those tried so far. */
export function tryLines(column, lines) {
  const words = [...lines].map(([symbol, value]) => `${data.names[symbol]}=${WORDS.get(value)}`);
  state.if = words.length ? `${data.targets[column].name}:${words.join(",")}` : "";
  writeAddress(true);
  for (const listener of listeners) listener();
}

const listeners = [];
/** Call a function whenever other lines are tried. */
export const whenTried = (listener) => listeners.push(listener);

/** The lines that are tried in a column. */
export const linesIn = (column) =>
  (trial() && trial().column === column ? new Map(trial().lines) : new Map());

export const GAINED = 1, LOST = 2, SAME_Y = 3, SAME_N = 4, BROKEN = 5;
/** How what is tried leaves a cell; 0 if it is not about its column. */
export function tried(symbol, column) {
  const now = trial();
  if (!now || now.column !== column) return 0;
  const { after } = now, was = baseOf(column);
  const on = hasLane(after.yes[symbol], 0), off = hasLane(after.no[symbol], 0);
  if (!on && !off) return BROKEN;
  if (on) return hasLane(was.no[symbol], 0) ? GAINED : SAME_Y;
  return hasLane(was.yes[symbol], 0) ? LOST : SAME_N;
}

/** A line of a devices file; in words for no line. */
export const lineText = (symbol, value) => (value === null
  ? `no line for CONFIG_${data.names[symbol]}`
  : `CONFIG_${data.names[symbol]}=${WORDS.get(value)}`);
