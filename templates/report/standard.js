// The panel of a page of standard Kconfig: a cell, a symbol in all targets, a target.
// Needs elements.js, data.js, words.js, pieces.js and the parts about findings.
import { ALL, allRows, data, inSet, rowOf, textAt } from "./data.js";
import { element } from "./elements.js";
import { codeLine, link, placed, soft, valueBadge } from "./pieces.js";
import { findingsPart } from "./view-findings.js";
import { plural, short } from "./words.js";

/** The title, and the contents below it. */
export function standardPanel({ symbol, column }) {
  if (symbol === ALL) return targetParts(column);
  return column === ALL ? symbolParts(symbol) : cellParts(symbol, column);
}

const badgeAt = (symbol, column) => {
  const text = textAt(rowOf.get(symbol), column);
  return valueBadge(text !== "" && text !== "n", text || "no value");
};

const typeAndPlace = ({ kind, file, line }) =>
  element("p", { class: "soft" }, `${data.kinds[kind]}, declared in`, placed(file, line));

function cellParts(symbol, column) {
  const name = data.names[symbol], { name: target } = data.targets[column];
  return [[name, " ", badgeAt(symbol, column)],
    element("p", {}, "in ", link(ALL, column, target), ", ",
      link(symbol, ALL, "compare all targets")),
    typeAndPlace(rowOf.get(symbol)), findingsPart(symbol, column),
    element("h3", {}, "Why"), reasonsIn(symbol, column, groupAt(symbol, column)),
    soft("This page tries no other lines. ", element("code", {},
      `kgen enable ${name}${isLogical(symbol) ? "" : "=VALUE"} -t ${data.targets[column].target}`),
    " finds those that change it.")];
}

const isLogical = (symbol) => ["bool", "tristate"].includes(data.kinds[rowOf.get(symbol).kind]);

/** The reasons of a cell; none where another variant of the tree has the symbol. */
const groupAt = (symbol, column) =>
  data.reasons[symbol].find(([columns]) => inSet(columns, column)) || [];

const reasonsIn = (symbol, column, [, ...reasons]) => (reasons.length
  ? element("ul", { class: "reasons" }, reasons.map((one) => reasonPart(one, column)))
  : soft(data.reasons[symbol].length ? "This tree does not have it." : "This page was made of" +
    " some symbols, and has no reasons for the others."));

/** A reason, its place, and the values of the symbols in its condition. */
function reasonPart([words, file, line, ...symbols], column) {
  const [at, below] = file < -1 ? ownLine(-2 - file, line, column) : [file, line];
  return element("li", {}, element("div", { class: "words" }, data.texts[words]),
    placed(at, below),
    symbols.length ? element("ul", { class: "facts", "aria-label": "because" },
      symbols.map((one) => element("li", {},
        link(one, column), " is ", badgeAt(one, column)))) : "");
}

/** The file and line of a target's line for a symbol; after: how many follow it. */
function ownLine(symbol, after, column) {
  const own = data.targets[column].set.filter((one) => one[0] === symbol);
  const [, , file, line] = own.at(-1 - after);
  return [file, line];
}

function symbolParts(symbol) {
  const row = rowOf.get(symbol), number = data.targets.filter((_, at) => row.y[at]).length;
  return [[data.names[symbol]],
    element("p", {}, `has a value other than n in ${number} of ` +
      plural(data.targets.length, "target")),
    typeAndPlace(row), ...findingsPart(symbol, ALL), element("h3", {}, "Targets by reason"),
    columnsByReason(symbol).map(([group, columns]) => [
      element("p", {}, badgeAt(symbol, columns[0]), ` in ${plural(columns.length, "target")}`),
      element("p", { class: "list" }, columns.slice(0, NAMED).map((column) =>
        link(symbol, column, short(data.targets[column].name))),
      columns.length > NAMED ? `and ${columns.length - NAMED} more` : ""),
      reasonsIn(symbol, columns[0], group)])];
}

const NAMED = 60; // targets of a group that are named

/** Columns with the same reasons, the largest group first. */
function columnsByReason(symbol) {
  const groups = new Map();
  data.targets.forEach((_, column) => {
    const group = groupAt(symbol, column);
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push(column);
  });
  return [...groups].sort(([, one], [, other]) => other.length - one.length);
}

function targetParts(column) {
  const { name, variant, set } = data.targets[column];
  const number = (found) => element("td", { class: "num" }, String(found.length));
  const lines = set.map(([symbol, text, file, line]) => element("li", {}, link(symbol, column), " ",
    badgeAt(symbol, column), codeLine(`${data.names[symbol]}=${data.texts[text]}`, file, line)));
  return [[name], variant ? element("p", {}, `with ${variant}`) : "",
    element("h3", {}, "Symbols by type"),
    element("table", {}, element("tbody", {}, data.kinds.map((kind, index) => {
      const all = allRows.filter((row) => row.kind === index);
      return all.length ? element("tr", {}, element("th", { scope: "row" }, kind),
        number(all.filter((row) => row.y[column])), number(all)) : "";
    }))),
    element("h3", {}, `Set by ${plural(set.length, "line")}`),
    element("ul", { class: "plain" }, lines)];
}
