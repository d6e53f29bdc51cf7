// Finds sets of several lines that give a symbol a value: from what stands in the way of a set of
// lines follows which lines could be added. Needs what-if-model.js and what-if-lanes.js.
import { hasLane, resolveLanes } from "./what-if-lanes.js";
import { AND, NOT, modelOf } from "./what-if-model.js";

const MOST_TRIES = 3000; // lanes that one search tries
const ABREAST_HERE = 256;

/** Sets of lines (Maps) that may give the value of the question, for `evaluated` to rank. least: no
    set is worth it that changes more other symbols. */
export function search(question, least) {
  const { symbol, value, column, lines } = question;
  const model = modelOf(column);
  const first = { needs: new Map([[symbol, value]]), set: new Map() };
  const waiting = [[first]]; // by the number of lines
  const seen = new Set();
  const found = [];
  let most = question.linesFirst ? Infinity : least + 1, tries = 0;
  for (let size = 0; size < waiting.length && size <= most; size++) {
    const nodes = waiting[size] || [];
    while (nodes.length && tries < MOST_TRIES) {
      const some = nodes.splice(0, ABREAST_HERE);
      tries += some.length;
      const result = resolveLanes(column, some.map((node) => new Map([...lines, ...node.set])));
      some.forEach((node, lane) => {
        const more = childrenOf(question, model, node, result, lane);
        if (more === null) {
          found.push(node.set);
          if (question.linesFirst) most = Math.min(most, size);
          return;
        }
        for (const child of more) {
          const key = keyOf(child);
          if (seen.has(key)) continue;
          seen.add(key);
          (waiting[child.set.size] ||= []).push(child);
        }
      });
    }
  }
  return found;
}

const keyOf = ({ needs, set }) => [needs, set].map((map) =>
  [...map].sort(([a], [b]) => a - b).join(";")).join("|");

/** The next nodes; null if a node needs none. */
function childrenOf(question, model, node, result, lane) {
  const known = (symbol) => (hasLane(result.yes[symbol], lane) ? true
    : hasLane(result.no[symbol], lane) ? false : null);
  const clash = result.contradictions.find(({ lanes }) => hasLane(lanes, lane));
  // The last one: those before it may follow from it.
  const open = [...node.needs].findLast(([symbol, value]) =>
    known(symbol) !== value && node.set.get(symbol) !== value);
  if (!open && !clash) return null;
  const moves = open ? reaching(question, model, open, known)
    : settling(question, node, clash, lane, known);
  return moves.map((move) => childOf(question, node, move)).filter(Boolean);
}

/** A node with one more need or line; null if that contradicts what it has. */
function childOf({ choices, limits }, { needs, set }, { symbol, value, isLine }) {
  if (limits[value ? "yes" : "no"].get(symbol) === false) return null;
  if (needs.has(symbol) && needs.get(symbol) !== value) return null;
  if (isLine && (set.has(symbol) || !(choices.get(symbol) || []).includes(value))) return null;
  if (!isLine && needs.get(symbol) === value) return null;
  return {
    needs: new Map(needs).set(symbol, value),
    set: isLine ? new Map(set).set(symbol, value) : set,
  };
}

const line = (symbol, value) => ({ symbol, value, isLine: true });

/** What could end a contradiction: that nothing forces the symbol to n, or nothing to y. */
function settling({ own }, { needs, set }, { symbol, forced }, lane, known) {
  const moves = [];
  for (const value of [true, false]) {
    if (needs.has(symbol) && needs.get(symbol) !== value) continue;
    const against = forced.find(([clause, lanes]) =>
      (clause.word === "select") !== value && hasLane(lanes, lane));
    if (against) moves.push(...ending(against[0], known));
    else if (!set.has(symbol) && own.has(symbol)) moves.push(line(symbol, value));
  }
  return moves;
}

/** What could keep a clause from forcing. */
const ending = ({ word, reads }, known) => flips(reads, word === "depends", known);

/** What could give a symbol a value that it does not have. */
function reaching({ choices, linesFirst }, model, [symbol, value], known) {
  const moves = [];
  if (linesFirst || !value) moves.push(line(symbol, value));
  const clauses = [...model.forcing[symbol], ...model.giving[symbol]]
    .map((index) => model.clauses[index]);
  for (const { word, value: given, reads } of clauses) {
    const gives = word === "depends" || (word === "default" ? given === 1 : true);
    if (value && gives) moves.push(...flips(reads, true, known));
    else if (!value && gives && word !== "depends" && !choices.has(symbol)) {
      moves.push(...flips(reads, false, known));
    }
  }
  return moves;
}

/** The changes of a symbol that could be part of giving a condition a value. */
function flips(reads, wanted, known) {
  const stack = [];
  for (const item of reads) {
    if (item >= 0) {
      const now = known(item);
      const to = (value) => (now === value ? [] : [{ symbol: item, value, isLine: false }]);
      stack.push({ now, on: to(true), off: to(false) });
    } else if (item === NOT) {
      const { now, on, off } = stack.pop();
      stack.push({ now: now === null ? null : !now, on: off, off: on });
    } else {
      const right = stack.pop(), left = stack.pop();
      stack.push(item === AND ? bothOf(left, right) : mirrored(bothOf(mirrored(left),
        mirrored(right))));
    }
  }
  return stack.length ? stack[0][wanted ? "on" : "off"] : [];
}

const mirrored = ({ now, on, off }) => ({ now: now === null ? null : !now, on: off, off: on });

/** Both operands of an `&&`: all that are not true have to change, the first of them first. */
function bothOf(left, right) {
  const now = left.now === false || right.now === false ? false : left.now && right.now;
  return { now, on: left.now === true ? right.on : left.on,
    off: now === false ? [] : [...left.off, ...right.off] };
}
