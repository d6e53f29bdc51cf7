// What no lines can do in a column: one pass that takes each condition for itself, so it finds only
// values that are impossible, and not all of them.
// Needs data.js, what-if-model.js and what-if-resolve.js.
import { data } from "./data.js";
import { AND, NOT, assignmentsOf, modelOf } from "./what-if-model.js";
import { orderOf } from "./what-if-resolve.js";

/** For each symbol whether it can be y, and whether it can be n, with the lines that a question
    allows. fixed: the values that no line changes. */
export function limitsOf({ column, choices, own }) {
  const model = modelOf(column), isAllYes = data.targets[column].mode === "allyesconfig";
  const limits = { yes: new Map(), no: new Map(), fixed: fixedValues(column) };
  for (const symbol of orderOf(model.readers, model.mentions).order) {
    const fixed = limits.fixed.get(symbol) || new Set();
    const { depends, givers } = clausesOf(model, symbol);
    const isGiven = isAllYes || fixed.has(true) || (own.get(symbol) || fixed).has(true) ||
      (choices.get(symbol) || []).includes(true);
    limits.yes.set(symbol, !fixed.has(false) &&
      depends.every((clause) => can(clause, limits).be) &&
      (isGiven || givers.some((clause) => can(clause, limits).be)));
    limits.no.set(symbol, !fixed.has(true) &&
      givers.every((clause) => clause.word !== "select" || can(clause, limits).fail));
  }
  return limits;
}

/** The clauses that a symbol needs, and those that may give it a y. */
const clausesOf = (model, symbol) => {
  const all = [...model.forcing[symbol], ...model.giving[symbol]]
    .map((index) => model.clauses[index]);
  return {
    depends: all.filter(({ word }) => word === "depends"),
    givers: all.filter(({ word, value }) => word !== "depends" && (word !== "default" || value)),
  };
};

function fixedValues(column) {
  const found = new Map();
  const { inside, given, outside } = assignmentsOf(column);
  for (const { symbol, value } of [...inside.filter((one) => one.isFixed), ...given, ...outside]) {
    found.set(symbol, (found.get(symbol) || new Set()).add(value));
  }
  return found;
}

/** Whether a clause's condition can be true, and whether it can be false. */
function can({ reads }, { yes, no }) {
  if (!reads.length) return { be: true, fail: false };
  const stack = [];
  for (const item of reads) {
    if (item >= 0) {
      stack.push({ be: yes.get(item) ?? false, fail: no.get(item) ?? true });
    } else if (item === NOT) {
      const { be, fail } = stack.pop();
      stack.push({ be: fail, fail: be });
    } else {
      const right = stack.pop(), left = stack.pop();
      stack.push(item === AND
        ? { be: left.be && right.be, fail: left.fail || right.fail }
        : { be: left.be || right.be, fail: left.fail && right.fail });
    }
  }
  return stack[0];
}

/** Why a symbol cannot be y, from itself down to what cannot change: { symbol, clause }, where
    clause is the `depends on` that cannot hold, or { symbol, isFixed }, or { symbol, selectors };
    empty if it can. */
export function whyNever(symbol, limits, column) {
  const model = modelOf(column), found = [];
  for (let at = symbol; at !== undefined && limits.yes.get(at) === false;) {
    const { depends, givers } = clausesOf(model, at);
    const clause = depends.find((one) => !can(one, limits).be);
    if (limits.fixed.get(at)?.has(false)) found.push({ symbol: at, isFixed: true });
    else if (clause) found.push({ symbol: at, clause });
    else found.push({ symbol: at, selectors: [...new Set(givers.map((one) => one.by))] });
    at = clause?.reads.find((item) => item >= 0 && limits.yes.get(item) === false);
  }
  return found;
}
