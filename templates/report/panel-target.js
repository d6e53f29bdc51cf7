// The panel for a target: its properties, what it sets, and its devices file to save.
// Needs elements.js, data.js, words.js, pieces.js and table-text.js.
import { ALL, allRows, data, devicesFile, isName, isPrinted } from "./data.js";
import { element } from "./elements.js";
import { failedBadge, link, placed, soft, valueBadge } from "./pieces.js";
import { save } from "./table-text.js";
import { plural } from "./words.js";

/** The title, and the contents below it. */
export function targetPanel(column) {
  const target = data.targets[column];
  const facts = factsPart(target);
  // In a failed target symbols have no values, so links lead to the symbol in all targets.
  const where = target.failed ? ALL : column;
  const given = [...setPart(target, where), ...outsidePart(target, where)];
  if (target.failed) {
    return [[target.name, " ", failedBadge()],
      element("p", {}, "This target cannot be configured."), ...problemParts(column),
      element("h3", {}, "Target"), facts, ...given];
  }
  const printed = allRows.filter((row) => isPrinted(row, column)).length;
  const file = `${target.target}-config-devices.mak`;
  const onclick = () => save(devicesFile(column), file);
  return [[target.name], element("p", {}, `${plural(printed, "symbol")} in the build`), facts,
    element("button", { type: "button", class: "button", onclick }, `Save ${file}`),
    ...kindsPart(column), ...given];
}

/** Why a target cannot be configured. */
export const problemParts = (column) => data.targets[column].problems.map((problem) =>
  element("div", { class: "problem" },
    element("p", {}, problem.message),
    problem.place ? element("span", { class: "place" }, problem.place) : null,
    element("ul", { class: "plain" }, problem.notes.map(([where, words]) =>
      element("li", {}, words, element("span", { class: "place" }, where)))),
    problem.hint ? soft(problem.hint) : null));

function factsPart(target) {
  const facts = {
    Architecture: target.architecture,
    Base: target.base,
    Endianness: target.endianness,
    "Word size": target.bits ? `${target.bits} bits` : "not given by the tree",
    "Devices file": target.devices,
    Mode: target.mode,
    Variant: target.variant,
  };
  return element("dl", { class: "about" },
    Object.entries(facts).filter(([, words]) => words).map(([name, words]) =>
      [element("dt", {}, name), element("dd", { class: "mono" }, words)]));
}

/** The number of symbols of each kind that are y. */
function kindsPart(column) {
  const number = (found) => element("td", { class: "num" }, String(found.length));
  const lines = data.kinds.map((kind, index) => {
    const all = allRows.filter((row) => row.kind === index && !row.isName);
    if (!all.length) return "";
    return element("tr", {}, element("th", { scope: "row" }, kind),
      number(all.filter((row) => row.y[column])), number(all));
  });
  return [element("h3", {}, "Symbols by kind"),
    element("table", {},
      element("thead", {}, element("tr", {},
        element("th", { scope: "col" }, "kind"),
        ["y", "of"].map((words) => element("th", { scope: "col", class: "num" }, words)))),
      element("tbody", {}, lines))];
}

function setPart(target, where) {
  if (!target.set.length) return [];
  const lines = target.set.map((index) => {
    const [symbol, on, , origin, file, line] = data.assignments[index];
    return element("li", {}, link(symbol, where), " ", valueBadge(on),
      origin ? element("span", { class: "soft" }, ` ${origin}`) : "", placed(file, line));
  });
  return [element("h3", {}, `Set by ${plural(target.set.length, "line")}`),
    element("ul", { class: "plain" }, lines)];
}

function outsidePart(target, where) {
  const passed = target.external.filter((fact) => !isName(data.names[fact >> 1]));
  const links = passed.map((fact) =>
    link(fact >> 1, where, data.names[fact >> 1] + (fact & 1 ? "" : "=n")));
  return [element("h3", {}, "Passed externally"),
    links.length ? element("p", { class: "list" }, links) : soft("nothing")];
}
