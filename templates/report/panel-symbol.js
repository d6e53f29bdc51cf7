// The panel for a symbol in all targets: reasons, its own lines, and lines that name it.
// Needs elements.js, data.js, words.js, pieces.js and reasons.js.
import { ALL, DECIDE, data, rowOf, steps, valueOf } from "./data.js";
import { element } from "./elements.js";
import { clauseLine, clauseParts, link, soft, valueBadge } from "./pieces.js";
import { reasonList } from "./reasons.js";
import { changesPart } from "./view-changes.js";
import { findingsPart } from "./view-findings.js";
import { place, plural, short } from "./words.js";

/** The title, and the contents below it. */
export function symbolPanel(symbol) {
  return [[data.names[symbol]], element("p", {}, counted(symbol)),
    declaration(symbol), ...findingsPart(symbol, ALL), ...changesPart(symbol, ALL),
    element("h3", {}, "Targets by reason"),
    groupsOf(symbol).map((group) => groupPart(symbol, group)),
    variedPart(data.names[symbol]),
    ...linesParts(symbol)];
}

/** In how many of the targets that do not fail the symbol is y. */
function counted(symbol) {
  const fine = data.targets.map((_, column) => column)
    .filter((column) => !data.targets[column].failed);
  const on = fine.filter((column) => valueOf(symbol, column)).length;
  return `y in ${on} of ${plural(fine.length, "target")}`;
}

export function declaration(symbol) {
  const row = rowOf.get(symbol);
  if (!row) return soft("not declared in this tree");
  const done = row.isName ? "registered" : "declared";
  return soft(`${data.kinds[row.kind]}, ${done} in ${place(row.file, row.line)}`);
}

/** The columns grouped by reason; groups with y first, then the largest. */
function groupsOf(symbol) {
  const groups = new Map();
  data.targets.forEach((target, column) => {
    if (target.failed) return;
    const own = steps(symbol, column);
    const key = own.map((step) => data.steps[symbol][DECIDE].indexOf(step)).join();
    if (!groups.has(key)) groups.set(key, { own, columns: [] });
    groups.get(key).columns.push(column);
  });
  const on = (group) => group.own[0]?.[0] ?? 0;
  return [...groups.values()].sort((a, b) =>
    on(b) - on(a) || b.columns.length - a.columns.length);
}

const groupPart = (symbol, { own, columns }) => [
  element("p", {}, valueBadge(own.length > 0 && own[0][0] === 1),
    ` in ${plural(columns.length, "target")}`),
  element("p", { class: "list" },
    columns.map((column) => link(symbol, column, short(data.targets[column].name)))),
  reasonList(own, columns[0], new Set([symbol]), 0, true)];

/** What toggling features changes, if the page has that. */
function variedPart(name) {
  const found = data.vary && data.vary.symbols[name];
  if (!found) return "";
  const by = new Map();
  for (const [where, toggles] of Object.entries(found)) {
    for (const toggle of toggles) by.set(toggle, [...(by.get(toggle) || []), short(where)]);
  }
  const sorted = [...by].sort(([a], [b]) => (a < b ? -1 : 1));
  return [element("h3", {}, `Changed by (${data.vary.what})`),
    element("dl", { class: "about" }, sorted.map(([toggle, where]) =>
      [element("dt", { class: "mono" }, toggle), element("dd", {}, where.join(" "))]))];
}

/** The symbol's own lines, and those of others that name it. */
function linesParts(symbol) {
  const own = data.clauses.filter((clause) => clause[1] === symbol);
  const others = mentionsOf(symbol);
  const list = (clauses, words) => {
    const sorted = [...clauses].sort((a, b) => a[5] - b[5] || a[6] - b[6]);
    return element("ul", { class: "plain" }, sorted.map((clause) =>
      element("li", {}, words(clause), clauseLine(clause))));
  };
  return [
    own.length ? [element("h3", {}, "Own lines"), list(own, () => "")] : "",
    others.length ? [element("h3", {}, `Used by ${plural(others.length, "other line")}`),
      list(others, (clause) => ["in ", link(clause[1], ALL)])] : "",
  ];
}

let mentions = null; // computed when a symbol is first shown

/** The clauses of other symbols that name a symbol. */
function mentionsOf(symbol) {
  mentions ||= findMentions();
  return mentions.get(symbol) || [];
}

function findMentions() {
  const found = new Map();
  for (const clause of data.clauses) {
    const symbols = clauseParts(clause).filter((part) => typeof part === "number");
    for (const symbol of new Set(symbols)) {
      if (symbol === clause[1]) continue;
      if (!found.has(symbol)) found.set(symbol, []);
      found.get(symbol).push(clause);
    }
  }
  return found;
}
