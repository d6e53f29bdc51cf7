// The clauses of a column as its resolver reads them. They are parsed when what-if is first used.
// Needs elements.js to find them, and data.js.
import { allRows, data, isName, numberOf } from "./data.js";
import { byId } from "./elements.js";

export const NOT = -1, AND = -2; // in a condition, among the numbers of symbols
const OR = -3;

/** Where an assignment is read: a line of a devices file before all clauses, an external one after
    them, one of a Kconfig file between them. */
export const FIRST = 0;
export const LAST = Infinity;

let source = null;
const models = new Map();

/** The model of a column. clauses: in textual order. forcing, giving, readers: by symbol, as
    kgen/model/clauses.py has them. */
export function modelOf(column) {
  const own = sourceOf(column);
  if (!models.has(own)) models.set(own, built(own));
  return models.get(own);
}

/** The same as the page has it: to show a cell takes no more than this. */
function sourceOf(column) {
  source ||= JSON.parse(byId("model").textContent);
  return source.models[source.of[column]];
}

const declaredIn = ({ declared }) => declared || allRows.map((row) => row.symbol);

function built(own) {
  const { clauses, mentions } = own;
  const order = clauses || data.clauses.map((_, index) => index);
  const byTarget = () => data.names.map(() => []);
  const model = {
    clauses: [], forcing: byTarget(), giving: byTarget(), readers: byTarget(), mentions,
    declared: new Set(declaredIn(own)),
  };
  order.forEach((number, index) => {
    const [kind, by, target, value, condition] = data.clauses[number];
    const word = data.clauseKinds[kind];
    const reads = condition ? parsed(condition) : [];
    if (word === "select" || word === "imply") reads.push(by, ...(condition ? [AND] : []));
    model.clauses.push({ word, by, target, value, reads, number });
    model[word === "depends" || word === "select" ? "forcing" : "giving"][target].push(index);
    for (const item of reads) if (item >= 0) model.readers[item].push(target);
  });
  return model;
}

const BINDING = new Map([["&&", 1], ["||", 2]]); // `||` binds tighter, as in kgen/model/expr.py
const CODES = new Map([["!", NOT], ["&&", AND], ["||", OR]]);

/** A condition in postfix order. */
function parsed(text) {
  const output = [], stack = [];
  const put = (token) => output.push(CODES.get(token) ?? numberOf.get(token));
  for (const token of text.match(/&&|\|\||[!()]|[^\s!&|()]+/g)) {
    if (BINDING.has(token)) {
      while ((BINDING.get(stack.at(-1)) || 0) >= BINDING.get(token)) put(stack.pop());
      stack.push(token);
      continue;
    }
    if (token === "!" || token === "(") { stack.push(token); continue; }
    if (token !== ")") put(token);
    else {
      while (stack.at(-1) !== "(") put(stack.pop());
      stack.pop();
    }
    while (stack.at(-1) === "!") put(stack.pop());
  }
  while (stack.length) put(stack.pop());
  return output;
}

/** An assignment of the page's data; `after` clauses are read before it. */
function assigned(number, after) {
  const [symbol, value, , origin] = data.assignments[number];
  return { symbol, value: value === 1, after, number, isFixed: origin.startsWith("--set ") };
}

/** The assignments of a column: lines and options, those in Kconfig files, and what is passed from
    outside. */
export function assignmentsOf(column) {
  const { given } = sourceOf(column), target = data.targets[column];
  return {
    inside: target.set.map((number) => assigned(number, source.after[number] ?? FIRST)),
    given: given.map(([assignment, after]) => assigned(assignment, after)),
    outside: target.external.map((fact) =>
      ({ symbol: fact >> 1, value: (fact & 1) === 1, after: LAST, number: -1, isFixed: true })),
  };
}

const settable = new Map(); // by column, when first asked

/** The symbols that a line of the devices file can set in a column, in order. */
export function settableIn(column) {
  if (!settable.has(column)) settable.set(column, findSettable(column));
  return settable.get(column);
}

function findSettable(column) {
  const declared = declaredIn(sourceOf(column)), { inside, outside } = assignmentsOf(column);
  const fixed = new Set([...source.outside,
    ...[...outside, ...inside.filter((line) => line.isFixed)].map((one) => one.symbol)]);
  const found = declared.filter((one) => !isName(data.names[one]) && !fixed.has(one));
  return new Set(found.sort((a, b) => a - b));
}

/** Whether a symbol is of a board of another architecture. */
export const isForeign = (symbol, column) => (source.foreign[column] || []).includes(symbol);
