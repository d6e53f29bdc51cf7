// The lines that give a symbol a value in a column, as `kgen enable` and `kgen disable` find them.
// Needs data.js, what-if-model.js, what-if-lanes.js, what-if-state.js and what-if-search.js.
import { columnOf, data, numberOf, rowOf } from "./data.js";
import { limitsOf } from "./what-if-limits.js";
import { hasCycle, hasLane, resolveLanes } from "./what-if-lanes.js";
import { assignmentsOf, isForeign, modelOf, settableIn } from "./what-if-model.js";
import { search } from "./what-if-search.js";
import { linesIn } from "./what-if-state.js";

const CHOSEN = ["board", "group", "device"]; // the kinds that users configure
const ABREAST = 1024; // lanes that are resolved at once
const MOST_TRIMMED = 20;

/** The ways to give a symbol a value in a column, besides what is tried there, the best first;
    all with as few lines, to turn off: that also change as few other symbols:
    { set, gained, lost }. set: a Map from symbols to values. gained, lost: other symbols. */
export function waysTo(symbol, value, column) {
  if (hasCycle(column)) return [];
  const ways = (...more) => waysOf(questionOf(symbol, value, column, new Set(more)));
  const found = ways();
  // A board of another architecture is no better than to set an internal symbol.
  return found.length || ways(INTERNAL).length ? found : ways(FOREIGN);
}

/** What lines can do here at most, for a symbol. */
export const limitsFor = (symbol, column) => questionOf(symbol, true, column, new Set()).limits;

const INTERNAL = "internal", FOREIGN = "foreign";

/** The same by names, for tests and the browser's console: each way as an object from names to
    values. */
export const waysByName = (name, value, target) =>
  waysTo(numberOf.get(name), value, columnOf.get(target)).map(({ set }) =>
    Object.fromEntries([...set].map(([symbol, given]) => [data.names[symbol], given])));

function waysOf(question) {
  if (!question.limits[question.value ? "yes" : "no"].get(question.symbol)) return [];
  const single = evaluated(question, candidates(question).map((one) => new Map([one])));
  if (single.length && question.linesFirst) return single;
  const best = single.length ? weight(question, single[0])[0] : Infinity;
  const more = best === 0 ? [] : evaluated(question, search(question, best));
  const all = ranked(question, [...single, ...more.slice(0, MOST_TRIMMED).map((way) =>
    trimmed(question, way))]);
  const cost = (way) => weight(question, way).slice(0, 2).join();
  return all.filter((way) => cost(way) === cost(all[0]));
}

/** A way without the lines that it does not need. */
function trimmed(question, way) {
  const fewer = [...way.set.keys()].map((one) =>
    new Map([...way.set].filter(([other]) => other !== one)));
  const [best] = ranked(question, [way, ...(fewer.length > 1 ? evaluated(question, fewer) : [])]);
  return best === way ? way : trimmed(question, best);
}

/** What is asked: linesFirst: whether the number of lines comes before that of other symbols that
    change. own: the values that the lines of each symbol give. allowed: what may be
    turned on besides: internal symbols, or boards of other architectures. */
function questionOf(symbol, value, column, allowed) {
  const lines = linesIn(column), base = resolveLanes(column, [lines]);
  const own = new Map();
  const note = (name, given) => own.set(name, (own.get(name) || new Set()).add(given));
  for (const line of assignmentsOf(column).inside) {
    if (!line.isFixed && !lines.has(line.symbol)) note(line.symbol, line.value);
  }
  for (const [name, given] of lines) if (given !== null) note(name, given);
  const linesFirst = value || base.failed > 0n;
  const selected = selectedOf(column, lines, own);
  const question = { symbol, value, column, lines, base, own, selected, linesFirst, allowed };
  question.choices = new Map([...settableIn(column)]
    .map((one) => [one, choicesOf(question, one)]));
  question.limits = limitsOf(question);
  return question;
}

/** The internal symbols that are y if their own line, which says n, goes. */
function selectedOf(column, lines, own) {
  const lined = [...own.keys()].filter((one) => isInternal(one, column) && !own.get(one).has(true));
  const found = resolveLanes(column, lined.map((one) => new Map([...lines, [one, null]])));
  return new Set(lined.filter((one, lane) => hasLane(found.yes[one] & ~found.failed, lane)));
}

/** The values that a line may give a symbol. */
function choicesOf({ column, own, selected, allowed }, one) {
  const now = own.get(one) || new Set();
  const isBarred = isInternal(one, column) && !selected.has(one) && !allowed.has(INTERNAL);
  return [true, false].filter((value) => {
    if (now.size === 1 && now.has(value)) return false;
    return !value || now.has(true) || (!isBarred &&
      (allowed.has(FOREIGN) || !isForeign(one, column)));
  });
}

/** Whether only selects should set a symbol; in allyesconfig the mode itself does. */
const isInternal = (symbol, column) => !CHOSEN.includes(kindNow(symbol)) &&
  data.targets[column].mode !== "allyesconfig";

const kindNow = (symbol) => data.kinds[rowOf.get(symbol).kind];

/** Every single line that can matter. */
function candidates(question) {
  const near = question.base.failed ? null : leadingTo(question);
  return [...question.choices].filter(([one]) => !near || near.has(one))
    .flatMap(([one, values]) => values.map((value) => [one, value]));
}

/** The symbols that a symbol reads, directly or not. */
function leadingTo({ symbol, column }) {
  const { clauses, forcing, giving } = modelOf(column);
  const found = new Set([symbol]);
  for (const one of found) {
    for (const index of [...forcing[one], ...giving[one]]) {
      for (const item of clauses[index].reads) if (item >= 0) found.add(item);
    }
  }
  return found;
}

/** Those of some sets of lines that give the value, as ways, the best first. */
function evaluated(question, sets) {
  const found = [];
  for (let at = 0; at < sets.length; at += ABREAST) {
    found.push(...evaluatedAtOnce(question, sets.slice(at, at + ABREAST)));
  }
  return ranked(question, found);
}

function evaluatedAtOnce({ symbol, value, column, lines, base }, sets) {
  const found = resolveLanes(column, sets.map((set) => new Map([...lines, ...set])));
  const good = (value ? found.yes : found.no)[symbol] & ~found.failed;
  const ways = new Map();
  sets.forEach((set, lane) => {
    if (hasLane(good, lane)) ways.set(lane, { set, gained: [], lost: [] });
  });
  if (base.failed) return [...ways.values()];
  data.names.forEach((_, one) => {
    const was = base.yes[one] === 1n;
    const changed = (was ? found.no : found.yes)[one] & good;
    if (!changed) return;
    for (const [lane, way] of ways) {
      if (hasLane(changed, lane) && !way.set.has(one)) way[was ? "lost" : "gained"].push(one);
    }
  });
  return [...ways.values()];
}

/** The best first; each set once. */
function ranked(question, ways) {
  const keyed = [...new Map(ways.map((way) => {
    const key = weight(question, way);
    return [key.join(), [key, way]];
  })).values()];
  keyed.sort(([a], [b]) => {
    const at = a.findIndex((one, index) => one !== b[index]);
    return at < 0 ? 0 : a[at] < b[at] ? -1 : 1;
  });
  return keyed.map(([, way]) => way);
}

/** What makes a way worse, the most important first. */
function weight({ symbol, base, own, linesFirst }, { set, gained, lost }) {
  const others = [...gained, ...lost].filter((one) => one !== symbol).length;
  const now = (one) => base.failed === 0n && base.yes[one] === 1n;
  const turned = [...set].filter(([one, value]) => one !== symbol && now(one) !== value).length;
  return [
    linesFirst ? set.size : others + turned,
    linesFirst ? 0 : set.size,
    [...set.keys()].filter((one) => own.has(one)).length,
    [...set.keys()].filter((one) => !CHOSEN.includes(kindNow(one))).length,
    others,
    ...[...set].sort(([a], [b]) => a - b).flatMap(([one, value]) => [one, Number(value)]),
  ];
}
