// Resolves lanes in the page as kgen does: kgen/resolve/cyclic.py has the rules and their reasons.
// A set of lanes is a BigInt, bit i is lane i. Needs what-if-model.js.
import { AND, LAST, NOT } from "./what-if-model.js";

/** All lanes of a model. mode: of the target. given: for each symbol its assignments as
    { value, after, lanes }. roots: the symbols in the order of first mention; on a tree with a
    cycle it decides, so that lanes of different roots have to be resolved one by one there.
    Returns by symbol the lanes in which it is y, and n; the lanes that fail; contradictions as
    { symbol, lanes, forced }, where forced is the lanes of each clause that forces; and cycles as
    { symbol, clause, lanes }: the clause of the symbol that reads one without a value. */
export function resolve(model, mode, given, roots, width) {
  const all = (1n << BigInt(width)) - 1n;
  const yes = model.readers.map(() => 0n), no = [...yes];
  const unset = model.readers.map(() => all);
  const found = { yes, no, failed: 0n, contradictions: [], cycles: [] };
  const context = { model, mode, given, all, yes, no, unset, found };
  for (const symbol of orderOf(model.readers, roots).order) visit(context, symbol);
  return found;
}

/** Determine the value of a symbol in all lanes. */
function visit({ model, mode, given, all, yes, no, unset, found }, symbol) {
  const waiting = (given.get(symbol) || []).sort((a, b) => a.after - b.after || a.value - b.value);
  let on = 0n, off = 0n, unknown = 0n, next = 0;
  const put = (true_, false_, without) => {
    yes[symbol] = true_;
    no[symbol] = false_;
    unset[symbol] = without;
  };
  const assignUpTo = (index) => {
    for (; next < waiting.length && waiting[next].after <= index; next++) {
      if (waiting[next].value) on |= waiting[next].lanes;
      else off |= waiting[next].lanes;
    }
  };
  const read = (index, lanes) => {
    const holds = evaluate(model.clauses[index].reads, { yes, no, unset, all });
    const stuck = holds.unset & lanes;
    if (stuck) {
      found.failed |= stuck;
      found.cycles.push({ symbol, clause: model.clauses[index], lanes: stuck });
    }
    return { true: holds.true & (all ^ holds.unset), false: holds.false & (all ^ holds.unset) };
  };
  const forced = [];
  for (const index of model.forcing[symbol]) {
    assignUpTo(index);
    put(on & (all ^ off), off & (all ^ on), all ^ (on | off));
    const holds = read(index, all ^ unknown);
    const isDepends = model.clauses[index].word === "depends";
    const lanes = isDepends ? holds.false : holds.true;
    if (isDepends) off |= lanes;
    else on |= lanes;
    forced.push([model.clauses[index], lanes]);
    unknown |= all ^ (holds.true | holds.false);
  }
  assignUpTo(LAST);
  const conflict = on & off;
  if (conflict) {
    found.failed |= conflict;
    found.contradictions.push({ symbol, lanes: conflict, forced });
  }
  let true_ = on ^ conflict, false_ = off ^ conflict;
  let free = all & (all ^ (on | off | unknown));
  for (const index of model.giving[symbol]) {
    put(true_, false_, free);
    const holds = read(index, free);
    if (valueGiven(mode, model.clauses[index])) true_ |= free & holds.true;
    else false_ |= free & holds.true;
    free &= holds.false;
  }
  if (mode === "allyesconfig") put(true_ | free, false_, 0n);
  else put(true_, false_ | free, 0n);
}

/** What a default or an imply that decides gives. */
const valueGiven = (mode, clause) =>
  (mode === "defconfig" ? clause.value : mode === "allyesconfig");

/** The lanes in which a condition is true, false, or reads a symbol without a value from left to
    right. An empty one is true. */
function evaluate(reads, { yes, no, unset, all }) {
  if (!reads.length) return { true: all, false: 0n, unset: 0n };
  const stack = [];
  for (const item of reads) {
    if (item >= 0) {
      stack.push({ true: yes[item], false: no[item], unset: unset[item] });
    } else if (item === NOT) {
      const one = stack.pop();
      stack.push({ true: one.false, false: one.true, unset: one.unset });
    } else {
      const right = stack.pop(), left = stack.pop();
      const isBoth = item === AND;
      stack.push({
        true: isBoth ? left.true & right.true : left.true | right.true,
        false: isBoth ? left.false | right.false : left.false & right.false,
        unset: left.unset | ((isBoth ? left.true : left.false) & right.unset),
      });
    }
  }
  return stack[0];
}

/** All symbols, each before its readers as far as possible, and whether there is no cycle:
    kgen/model/order.py. */
export function orderOf(readers, roots) {
  const entered = new Map(), finished = [];
  let acyclic = true;
  for (const root of roots) {
    if (entered.has(root)) continue;
    const stack = [[root, 0]];
    entered.set(root, true);
    while (stack.length) {
      const top = stack.at(-1);
      const reader = readers[top[0]][top[1]++];
      if (reader === undefined) {
        entered.set(top[0], false);
        finished.push(stack.pop()[0]);
      } else if (!entered.has(reader)) {
        entered.set(reader, true);
        stack.push([reader, 0]);
      } else if (entered.get(reader)) acyclic = false;
    }
  }
  return { order: finished.reverse(), acyclic };
}
