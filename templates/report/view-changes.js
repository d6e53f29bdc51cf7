// The view of the changes between two trees: what each target gained and lost, and the causes.
// Needs elements.js, data.js, words.js, pieces.js, address.js, filters.js and notes.js.
import { pageLink, state } from "./address.js";
import { data } from "./data.js";
import { byId, element } from "./elements.js";
import { choice } from "./filters.js";
import { changesAt } from "./notes.js";
import { filePlace, nameLink, noMatch, soft } from "./pieces.js";
import { plural, short } from "./words.js";

const CAUSE = {
  "target-new": "the target is new", "target-gone": "the target was removed",
  new: "new in the tree", gone: "removed from the tree",
  external: "passed externally with other values", mode: "different mode",
  assignment: "assigned differently", dependency: "dependency changed",
  selector: "select or imply changed", default: "default changed", follows: "follows",
};

export function drawChanges() {
  const fits = choice();
  const isSeen = (change) => fits.name(change.symbol) && fits.where(change.targets) &&
    (!["gained", "lost"].includes(state.value) || signOf(change) === state.value);
  const causes = causesWithFollowing();
  const found = causes
    .filter(([cause, following]) => isSeen(cause) || following.some(isSeen))
    .sort(byWeight);
  byId("count").textContent = `${found.length} of ${plural(causes.length, "cause")}`;
  byId("changes").replaceChildren(element("div", { class: "columns" },
    element("div", {}, element("h2", {}, sidesTitle()), summary(causes),
      targetsTable(fits), renamesPart()),
    element("div", {}, found.length ? groupsOfCauses(found, isSeen)
      : noMatch("cause"))));
}

const signOf = ({ change }) => (change === "gained" || change === "on" ? "gained" : "lost");

/** How many changes there are of each sign, with links that show these alone. */
function summary(causes) {
  const all = causes.flatMap(([cause, following]) => [cause, ...following]);
  const one = (sign) => {
    const own = all.filter((change) => signOf(change) === sign);
    const symbols = new Set(own.map((change) => change.symbol)).size;
    const on = state.value === sign;
    return element("p", {}, pageLink({ value: on ? "" : sign }, {
      class: sign, "aria-current": on ? "true" : null,
    }, `${plural(symbols, "symbol")} ${sign}`));
  };
  return [one("gained"), one("lost")];
}

/** The causes by what they are; the kind with most changes comes first, as they are sorted. */
function groupsOfCauses(found, isSeen) {
  const groups = new Map();
  for (const pair of found) {
    const words = CAUSE[pair[0].cause] || pair[0].cause;
    if (!groups.has(words)) groups.set(words, []);
    groups.get(words).push(pair);
  }
  return [...groups].map(([words, pairs]) => [
    element("h2", {}, `${words[0].toUpperCase()}${words.slice(1)}: `,
      element("span", { class: "soft" }, plural(pairs.length, "cause"))),
    pairs.map(([cause, following]) => causePart(cause, following, isSeen, false))]);
}

/** What a comparison says of a cell, or of a symbol. */
export function changesPart(symbol, column) {
  return changesAt(symbol, column).map((change) => {
    const root = change.root === null ? null : data.changes.causes[change.root];
    return element("div", { class: "noted" }, causePart(change, [], () => true),
      root ? element("p", {}, "because of ", causePart(root, [], () => true)) : "");
  });
}

/** Each root change, with those that follow from it. */
function causesWithFollowing() {
  const changes = data.changes.causes || [];
  const following = new Map();
  for (const change of changes) {
    if (change.root === null) continue;
    if (!following.has(change.root)) following.set(change.root, []);
    following.get(change.root).push(change);
  }
  return changes.map((change, index) => [change, following.get(index) || []])
    .filter(([change]) => change.root === null);
}

/** Sort by the number of changes, largest first; targets of only one side come last. */
function byWeight([a, ofA], [b, ofB]) {
  const ofTarget = ({ cause }) => (cause === "target-new" || cause === "target-gone" ? 1 : 0);
  const weight = (all) => all.reduce((sum, change) => sum + change.targets.length, 0);
  return ofTarget(a) - ofTarget(b) || weight([b, ...ofB]) - weight([a, ...ofA]);
}

function sidesTitle() {
  const [before, after] = [data.changes.old, data.changes.new].map((side) => {
    if (!side || typeof side === "string") return side || "";
    return [side.name, side.version].filter(Boolean).join(" ");
  });
  return before && after ? `From ${before} to ${after}` : "Targets";
}

function targetsTable(fits) {
  const found = Object.entries(data.changes.targets).map(([name, { gained, lost }]) =>
    [name, gained.filter(fits.name), lost.filter(fits.name)]).filter(([name, gained, lost]) =>
    (gained.length || lost.length) && fits.where([name]));
  if (!found.length) return soft("No target that matches gained or lost such a symbol.");
  const heads = ["target", "gained", "lost"];
  return element("table", {},
    element("thead", {}, element("tr", {},
      heads.map((words) => element("th", { scope: "col" }, words)))),
    element("tbody", {}, found.map(([name, gained, lost]) => element("tr", {},
      element("th", { scope: "row" }, pageLink({ t: name }, {}, short(name))),
      element("td", { class: "num gained" }, `+${gained.length}`),
      element("td", { class: "num lost" }, `−${lost.length}`)))));
}

function renamesPart() {
  const renames = data.changes.renames || [];
  if (!renames.length) return "";
  return [element("h3", {}, "Probably renamed"),
    element("ul", { class: "plain" }, renames.map((rename) =>
      element("li", {}, element("code", {}, rename.old), " → ", nameLink(rename.new))))];
}

/** said: whether to say what the cause is. */
function causePart(cause, following, isSeen, said = true) {
  const { of, was, now } = cause;
  return element("div", { class: "cause" },
    badge(cause), " ", nameLink(cause.symbol), ` in ${targetsOf(cause)}`,
    said ? element("span", {}, `: ${CAUSE[cause.cause] || cause.cause}`) : "",
    of ? [" (", nameLink(of), ")"] : "",
    was || now ? element("pre", {},
      was && was !== now ? element("span", { class: "lost" }, `− ${was}\n`) : "",
      now ? element("span", { class: "gained" }, `+ ${now}`) : "") : "",
    filePlace(cause, cause.side === "old" ? " (old side)" : ""),
    followingParts(following, isSeen));
}

/** A button that opens what follows from a cause, and the element for that. */
function followingParts(following, isSeen) {
  const list = element("ul", { hidden: true });
  const count = new Set(following.map((change) => change.symbol)).size;
  if (!count) return list;
  const seen = following.filter(isSeen);
  const toggle = element("button", { type: "button", class: "button", "aria-expanded": "false" },
    `${plural(count, "symbol")} follow${count === 1 ? "s" : ""}`);
  toggle.addEventListener("click", () => {
    if (!list.firstChild) list.append(...(seen.length ? seen : following).map(followingLine));
    list.hidden = !list.hidden;
    toggle.setAttribute("aria-expanded", String(!list.hidden));
  });
  return [element("div", {}, toggle), list];
}

const followingLine = (change) => element("li", {},
  badge(change), " ", nameLink(change.symbol), ` in ${targetsOf(change)}`,
  change.of ? [" through ", nameLink(change.of)] : "", filePlace(change));

function badge({ change }) {
  const sign = signOf({ change }) === "gained" ? "+" : "−";
  return element("span", { class: `badge ${change}` }, `${sign} ${change}`);
}

function targetsOf({ targets }) {
  const all = Object.keys(data.changes.targets).length;
  if (targets.length === all && all > 3) return `all ${all} targets`;
  return targets.length > 6 ? `${targets.length} targets` : targets.map(short).join(", ");
}
