// Lanes of one column: its own configuration with some lines instead of its own.
// Needs data.js, what-if-model.js and what-if-resolve.js.
import { columnOf, data, numberOf } from "./data.js";
import { FIRST, assignmentsOf, modelOf } from "./what-if-model.js";
import { orderOf, resolve } from "./what-if-resolve.js";

/** Resolve lanes of a column. changes: for each lane a Map from symbols to the value that a line
    gives instead of the column's own lines for it; null: no line. Not several lanes if
    hasCycle(column). */
export function resolveLanes(column, changes) {
  const model = modelOf(column), { inside, given, outside } = assignmentsOf(column);
  const all = (1n << BigInt(changes.length)) - 1n;
  const found = new Map(), changed = new Map();
  const add = (symbol, value, after, lanes) => {
    if (!found.has(symbol)) found.set(symbol, []);
    found.get(symbol).push({ value, after, lanes });
  };
  changes.forEach((lines, lane) => {
    const bit = 1n << BigInt(lane);
    for (const [symbol, value] of lines) {
      changed.set(symbol, (changed.get(symbol) || 0n) | bit);
      if (value !== null) add(symbol, value, FIRST, bit);
    }
  });
  const roots = [];
  for (const { symbol, value, after, isFixed } of inside) {
    const lanes = isFixed ? all : all ^ (changed.get(symbol) || 0n);
    if (lanes) roots.push(symbol);
    add(symbol, value, after, lanes);
  }
  for (const { symbol, value, after } of [...given, ...outside]) add(symbol, value, after, all);
  for (const lines of changes) {
    for (const [symbol, value] of lines) if (value !== null) roots.push(symbol);
  }
  roots.push(...model.mentions, ...outside.map((one) => one.symbol));
  return resolve(model, data.targets[column].mode, found, roots, changes.length);
}

/** Whether symbols of a column's tree need each other. */
export const hasCycle = (column) => {
  const model = modelOf(column);
  model.hasCycle ??= !orderOf(model.readers, model.mentions).acyclic;
  return model.hasCycle;
};

/** Whether a set of lanes has a lane. */
export const hasLane = (lanes, lane) => (lanes >> BigInt(lane) & 1n) === 1n;

/** Resolve a column by names, for tests and the browser's console. lines: as { PCI: true }; null
    for no line. symbols: those that are y; null if the lines contradict the tree. */
export function configure(target, lines = {}) {
  const changes = Object.entries(lines).map(([name, value]) => [numberOf.get(name), value]);
  const { yes, failed, contradictions, cycles } =
    resolveLanes(columnOf.get(target), [new Map(changes)]);
  return {
    symbols: failed ? null : data.names.filter((_, symbol) => yes[symbol]),
    contradictions: contradictions.map(({ symbol }) => data.names[symbol]),
    cycle: cycles.length > 0,
  };
}
