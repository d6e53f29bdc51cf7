// The rows and columns that pass the filters. Draws nothing.
// Needs data.js, words.js, notes.js, and address.js for the state.
import { inNames, state } from "./address.js";
import { data, matrixRows, textNumber } from "./data.js";
import { CHANGED, FINDING, GAINED_Y, LOST_Y, marksAt } from "./notes.js";
import { short } from "./words.js";

/** The rows and columns to show; position: the index of a row in `rows`. Set by select only.
    near: the columns that are drawn, those of `columns` from index `from` on: of many only those
    that are visible, and a few more. Set by the matrix. */
export const selection = { rows: [], columns: [], position: new Map(), from: 0, near: [] };

export function select() {
  selection.columns = chosenColumns();
  const inName = nameMatcher();
  const isFiltered = !selection.columns.length && state.t; // then no row has a value
  selection.rows = isFiltered ? []
    : ordered(rowsOfView().filter((row) => fits(row, inName)));
  selection.position = new Map(selection.rows.map((row, index) => [row, index]));
}

/** The rows of the view, before the filters. */
export const rowsOfView = () => matrixRows.filter((row) => row.isName === inNames());

/** The number of selected columns in which a row is y. */
export const total = (row) =>
  selection.columns.reduce((sum, column) => sum + (row.y[column] && !row.maybe[column]), 0);

/** Tests whether symbols and targets pass the filters, for the other views. */
export function choice() {
  const inName = nameMatcher();
  const shown = new Set(selection.columns.flatMap((column) =>
    [data.targets[column].target, data.targets[column].name]));
  return {
    name: (symbol) => inName((symbol || "").toLowerCase()),
    where: (targets) => state.t === "" || targets.some((name) => shown.has(name)),
  };
}

/** A test of lower-case names: each word of the filter must be part of it, or match as a glob;
    that of a device or machine with or without what it is. */
function nameMatcher() {
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  const tests = words.map((word) => {
    const bare = word.startsWith("config_") ? word.slice("config_".length) : word;
    if (!isGlob(bare)) return (name) => name.includes(bare);
    const glob = asGlob(bare);
    return (name) => glob.test(name) || glob.test(name.replace(/^\w+:/, ""));
  });
  return (name) => tests.every((test) => test(name));
}

/** The columns that match the target filter: by whole name, by glob, or else by part. */
function chosenColumns() {
  const words = state.t.toLowerCase().split(/[\s,]+/).filter(Boolean);
  const all = data.targets.map((_, index) => index);
  if (!words.length) return all;
  const lower = data.targets.map((target) => target.name.toLowerCase());
  const names = lower.map((name) => [name, short(name)]);
  const found = new Set();
  for (const word of words) {
    let fitting = all.filter((index) => names[index].includes(word));
    if (!fitting.length && isGlob(word)) {
      const glob = asGlob(word);
      fitting = all.filter((index) => names[index].some((name) => glob.test(name)));
    } else if (!fitting.length) {
      fitting = all.filter((index) => lower[index].includes(word));
    }
    for (const index of fitting) found.add(index);
  }
  return [...found].sort((a, b) => a - b);
}

const isGlob = (word) => /[*?]/.test(word);
const escaped = (text) => text.replace(/[.+^${}()|[\]\\]/g, "\\$&");
const asGlob = (word) =>
  new RegExp(`^${escaped(word).replaceAll("*", ".*").replaceAll("?", ".")}$`);

const isBelow = (folder, top) => folder === top || folder.startsWith(`${top}/`);

function fits(row, inName) {
  if (!inName(row.lower)) return false;
  if (state.kinds.size && !state.kinds.has(data.kinds[row.kind])) return false;
  if (state.folder && !isBelow(row.folder, state.folder)) return false;
  return (!state.differs && !state.value) || cellsFit(row);
}

/** Whether the values of a row pass the filters; failed columns are ignored. */
function cellsFit(row) {
  let yes = 0, fine = 0, set = 0, outside = 0, noted = 0;
  for (const column of selection.columns) {
    if (data.targets[column].failed) continue;
    fine++;
    yes += row.y[column];
    set += row.set[column];
    outside += row.outside[column];
    noted |= marksAt(row.symbol, column);
  }
  if (state.differs && !differs(row, yes, fine)) return false;
  switch (state.value) {
    case "some": return yes > 0;
    case "all": return fine > 0 && yes === fine;
    case "none": return yes === 0;
    case "set": return set > 0;
    case "outside": return outside > 0;
    case "finding": return (noted & FINDING) > 0;
    case "changed": return (noted & CHANGED) > 0;
    case "gained": return (noted & GAINED_Y) > 0;
    case "lost": return (noted & LOST_Y) > 0;
    default: return true;
  }
}

/** Whether the selected columns of a row differ, of which `yes` of `fine` have a value. */
function differs(row, yes, fine) {
  if (yes === 0 || yes !== fine || !data.standard) return yes > 0 && yes !== fine;
  const [first, ...others] = selection.columns;
  return others.some((column) => textNumber(row, column) !== textNumber(row, first));
}

function ordered(found) {
  const by = {
    folder: (a, b) => (a.folder < b.folder ? -1 : a.folder > b.folder ? 1 : 0),
    kind: (a, b) => a.kind - b.kind,
    count: (a, b) => total(b) - total(a),
  }[state.order];
  return by ? [...found].sort(by) : found; // stable, so sorted by name within
}
