// What a policy and a comparison say of cells: findings and changes, by symbol and column.
// Needs data.js.
import { ALL, columnOf, data, numberOf } from "./data.js";

/** What is to be said of a cell, in bits. */
export const FINDING = 1, CHANGED = 2, GAINED_Y = 4, LOST_Y = 8;

const marks = new Map(); // from a symbol to the bits of each column
const findings = new Map(); // from a symbol
const changes = new Map();

/** The symbol of a finding: of a device or a machine, its name as a symbol. */
export const subjectOfFinding = ({ symbol, name }) =>
  [symbol, `device:${name}`, `machine:${name}`].map((one) => numberOf.get(one))
    .find((one) => one !== undefined);

const isGain = ({ change }) => change === "gained" || change === "on";

/** Call once, after readData(). */
export function readNotes() {
  for (const finding of data.findings || []) {
    const symbol = subjectOfFinding(finding);
    if (symbol === undefined) continue;
    const columns = finding.targets.map((name) => columnOf.get(name));
    note(findings, symbol, columns, finding, finding.level === "note" ? 0 : FINDING);
  }
  const causes = data.changes ? data.changes.causes || [] : [];
  for (const change of causes) {
    const symbol = numberOf.get(change.symbol);
    if (symbol === undefined) continue;
    const targets = new Set(change.targets);
    const columns = data.targets.map(({ target }, column) => (targets.has(target) ? column : ALL));
    note(changes, symbol, columns, change, CHANGED | (isGain(change) ? GAINED_Y : LOST_Y));
  }
}

function note(table, symbol, columns, what, bits) {
  const there = columns.filter((column) => column !== undefined && column !== ALL);
  if (!table.has(symbol)) table.set(symbol, []);
  table.get(symbol).push([new Set(there), what]);
  if (!marks.has(symbol)) marks.set(symbol, new Uint8Array(data.targets.length));
  for (const column of there) marks.get(symbol)[column] |= bits;
}

/** The bits of a cell. */
export const marksAt = (symbol, column) => {
  const own = marks.get(symbol);
  return own === undefined ? 0 : own[column];
};

const at = (table, symbol, column) => (table.get(symbol) || [])
  .filter(([columns]) => column === ALL || columns.has(column)).map(([, what]) => what);

/** The findings and the changes of a cell, or of a symbol in all columns. */
export const findingsAt = (symbol, column) => at(findings, symbol, column);
export const changesAt = (symbol, column) => at(changes, symbol, column);
