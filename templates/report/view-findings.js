// The view of the findings of a policy.
// Needs elements.js, data.js, words.js, pieces.js and filters.js.
import { ALL, columnOf, data, numberOf } from "./data.js";
import { byId, element } from "./elements.js";
import { choice } from "./filters.js";
import { filePlace, link, nameLink, soft } from "./pieces.js";
import { plural, short } from "./words.js";

export function drawFindings() {
  const fits = choice();
  const found = data.findings.filter((finding) => fits.name(finding.symbol) &&
    (fits.where(finding.targets) || !finding.targets.length));
  byId("count").textContent = `${found.length} of ${plural(data.findings.length, "finding")}`;
  byId("changes").replaceChildren(
    element("h2", {}, plural(found.length, "finding")), ...found.map(findingPart),
    ...passedParts());
}

/** The entries of the policy that were checked and have no finding. */
function passedParts() {
  if (!data.passed.length) return [];
  return [
    element("h2", {}, `${data.passed.length} passed`),
    element("div", { class: "cause" }, element("ul", {}, data.passed.map(passedPart))),
  ];
}

function passedPart(entry) {
  return element("li", {}, entry.reason, element("span", { class: "soft" }, ` [${entry.rule}]`),
    filePlace(entry));
}

function findingPart(finding) {
  const { level, symbol, message, rule, targets, because, hint } = finding;
  return element("div", { class: "cause" },
    element("span", { class: `badge ${level === "error" ? "lost" : ""}` }, level), " ",
    symbol ? [nameLink(symbol), " "] : "",
    message, element("span", { class: "soft" }, ` [${rule}]`), filePlace(finding),
    targets.length
      ? element("p", { class: "list" }, targets.map((name) => targetPart(symbol, name))) : "",
    element("ul", {}, because.map((more) => element("li", {}, more.message, filePlace(more)))),
    hint ? soft(hint) : "");
}

/** A link to the finding's cell, if the page has that target. */
function targetPart(name, target) {
  const symbol = numberOf.get(name), column = columnOf.get(target);
  if (column === undefined) return element("code", {}, `${short(target)} `);
  return link(symbol === undefined ? ALL : symbol, column, short(target));
}
