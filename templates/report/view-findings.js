// The view of the findings of a policy, by the entry that they are of; and their part of the panel.
// Needs elements.js, data.js, words.js, pieces.js, filters.js and notes.js.
import { ALL, columnOf, data } from "./data.js";
import { byId, element } from "./elements.js";
import { choice } from "./filters.js";
import { findingsAt, subjectOfFinding } from "./notes.js";
import { filePlace, link, noMatch, soft } from "./pieces.js";
import { plural, short } from "./words.js";

export function drawFindings() {
  const fits = choice();
  const found = data.findings.filter((finding) => fits.name(finding.symbol || finding.name) &&
    (fits.where(finding.targets) || !finding.targets.length));
  byId("count").textContent = `${found.length} of ${plural(data.findings.length, "finding")}`;
  const passed = data.entries.filter((entry) => entry.passed);
  byId("changes").replaceChildren(
    element("p", {}, `${plural(data.findings.length, "finding")}, ` +
      `${passed.length} of ${plural(data.entries.length, "entry")} passed`),
    ...(found.length || !data.findings.length ? groupsOfFindings(found)
      : [noMatch("finding")]),
    ...(passed.length ? [element("h2", {}, `${passed.length} passed`),
      element("ul", { class: "plain" }, passed.map((entry) => element("li", {}, entryHead(entry))))]
      : []));
}

const entryHead = (entry, words = "") => [entry.reason,
  element("span", { class: "soft" }, (entry.rule ? ` [${entry.rule}]` : "") + words),
  filePlace(entry)];

/** For each entry with findings that are shown, a head and these. */
function groupsOfFindings(found) {
  const groups = new Map();
  for (const finding of found) {
    if (!groups.has(finding.entry)) groups.set(finding.entry, []);
    groups.get(finding.entry).push(finding);
  }
  return [...groups].map(([entry, own]) => [
    element("h2", {}, entry === null ? "Cannot be configured"
      : entryHead(data.entries[entry], `, ${plural(own.length, "finding")}`)),
    own.map(findingPart)]).flat(Infinity);
}

/** A finding; the name that its message begins with is a link. */
function findingPart(finding) {
  const { level, targets, because, hint } = finding;
  return element("div", { class: "cause" },
    element("span", { class: `badge ${level === "error" ? "lost" : ""}` }, level), " ",
    messageParts(finding), filePlace(finding),
    targets.length ? element("p", { class: "list" },
      targets.map((target) => targetPart(subjectOfFinding(finding), target))) : "",
    element("ul", {}, because.map((more) => element("li", {}, more.message, filePlace(more)))),
    hint ? soft(hint) : "");
}

function messageParts(finding) {
  const { symbol, message, entry } = finding;
  // The reason is that of the entry, which stands above.
  const end = entry === null ? "" : `: ${data.entries[entry].reason}`;
  const words = end && message.endsWith(end) ? message.slice(0, -end.length) : message;
  const subject = subjectOfFinding(finding);
  if (!symbol || subject === undefined || !words.startsWith(symbol)) return words;
  return [link(subject, ALL, symbol), words.slice(symbol.length)];
}

/** A link to the finding's cell, if the page has that target. */
function targetPart(symbol, target) {
  const column = columnOf.get(target);
  if (column === undefined) return element("code", {}, `${short(target)} `);
  return link(symbol === undefined ? ALL : symbol, column, short(target));
}

/** What a policy says of a cell, or of a symbol. */
export function findingsPart(symbol, column) {
  return findingsAt(symbol, column).map(({ level, message, rule, because, hint }) =>
    element("div", { class: level === "error" ? "problem" : "noted" },
      element("p", {}, message, element("span", { class: "soft" }, ` [${rule}]`)),
      because.length ? element("ul", { class: "plain" },
        because.map((more) => element("li", {}, more.message, filePlace(more)))) : "",
      hint ? soft(hint) : ""));
}
