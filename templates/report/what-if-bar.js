// What is tried, above the matrix: its lines, what they change, and why they contradict.
// Needs elements.js, data.js, words.js, pieces.js, what-if-state.js and what-if-model.js.
import { ALL, data, isName } from "./data.js";
import { byId, element } from "./elements.js";
import { clauseLine, codeLine, link, placed, soft } from "./pieces.js";
import { hasLane } from "./what-if-lanes.js";
import { assignmentsOf } from "./what-if-model.js";
import { baseOf, lineText, trial, tryLines, whenTried } from "./what-if-state.js";
import { grouped, plural } from "./words.js";

const bar = byId("what-if");

export function startTrial() {
  whenTried(drawTrial);
  drawTrial();
}

/** Draw what the URL says is tried. */
export function drawTrial() {
  const now = trial();
  bar.hidden = byId("turned").hidden = !now;
  if (!now) return bar.replaceChildren();
  const { column, lines, unknown } = now;
  const wrong = unknown.length ? [soft(`This page cannot try ${unknown.join(", ")}.`)] : [];
  const title = column < 0 ? "What if"
    : ["What if in ", link(ALL, column, data.targets[column].name)];
  return bar.replaceChildren(
    element("div", { class: "line" },
      element("h2", { id: "what-if-title", tabindex: -1 }, title), buttons(now)), ...wrong,
    ...(column < 0 ? [] : [
      element("ul", { class: "plain trial" }, [...lines].map((line) => linePart(now, line))),
      ...outcomeParts(now)]));
}

/** A line that is tried, the lines that it is instead of, and a button to take it back. */
function linePart({ column, lines }, [symbol, value]) {
  const own = assignmentsOf(column).inside.filter((one) => one.symbol === symbol && !one.isFixed);
  const instead = own.map(({ number }) => {
    const [, on, , , file, line] = data.assignments[number];
    return element("span", { class: "soft" }, ` instead of ${lineText(symbol, on === 1)}`,
      placed(file, line));
  });
  const onclick = () => {
    tryLines(column, new Map([...lines].filter(([other]) => other !== symbol)));
    byId("what-if-title")?.focus();
  };
  const words = lineText(symbol, value);
  return element("li", {}, element("code", {}, words), instead, " ",
    element("button",
      { type: "button", class: "quiet", onclick, "aria-label": `take back ${words}` }, "×"));
}

/** What the lines change; or why they cannot be. */
function outcomeParts({ column, after, gained, lost }) {
  if (after.failed) {
    return [element("p", { role: "status", class: "lost" }, "These lines contradict the tree."),
      ...after.contradictions.map((one) => contradictionPart(column, one)),
      ...after.cycles.map(({ symbol, clause }) => element("div", { class: "problem" },
        element("p", {}, link(symbol, ALL), " needs its own value here"),
        clauseLine(data.clauses[clause.number], column)))];
  }
  const words = baseOf(column).failed ? "The target can be configured with these lines."
    : gained.length + lost.length ? `${turned(gained, "on")}; ${turned(lost, "off")}`
      : "Nothing changes.";
  return [element("p", { role: "status" }, words),
    changedList("Turned on", gained, column), changedList("Turned off", lost, column)];
}

function turned(symbols, how) {
  const names = symbols.filter((symbol) => isName(data.names[symbol])).length;
  return `${plural(symbols.length - names, "symbol")} ` +
    `${names ? `and ${plural(names, "name")} ` : ""}turned ${how}`;
}

/** Symbols that change, folded; "" for none. */
export const changedList = (words, symbols, column) => (symbols.length
  ? element("details", {},
    element("summary", {}, `${words}: ${grouped(symbols.length)}`),
    element("p", { class: "list" }, symbols.map((symbol) => link(symbol, column))))
  : "");

/** Both reasons of a contradiction: what forces the symbol to y, and to n. */
function contradictionPart(column, { symbol, forced }) {
  const { inside, given, outside } = assignmentsOf(column);
  const now = trial().lines;
  const lines = [...inside, ...given].filter((line) => line.symbol === symbol &&
    (line.isFixed || !now.has(symbol)));
  const facts = { y: [], n: [] };
  for (const { value, number } of lines) {
    const [, , , origin, file, line] = data.assignments[number];
    facts[value ? "y" : "n"].push(codeLine(`${lineText(symbol, value)} ${origin}`, file, line));
  }
  if (now.has(symbol) && now.get(symbol) !== null) {
    const value = now.get(symbol);
    facts[value ? "y" : "n"].push(codeLine(`${lineText(symbol, value)} (a line above)`, -1, 0));
  }
  for (const { value } of outside.filter((one) => one.symbol === symbol)) {
    const words = `${lineText(symbol, value)} (passed externally)`;
    facts[value ? "y" : "n"].push(codeLine(words, -1, 0));
  }
  for (const [clause, lanes] of forced) {
    if (!hasLane(lanes, 0)) continue;
    const by = clause.by === symbol ? "" : [link(clause.by, column), " "];
    facts[clause.word === "depends" ? "n" : "y"].push([by, clauseLine(data.clauses[clause.number],
      column)]);
  }
  const part = (value) => [element("p", {}, `${value}, because of`),
    element("ul", { class: "plain" }, facts[value].map((fact) => element("li", {}, fact)))];
  return element("div", { class: "problem" },
    element("p", {}, link(symbol, column), " would have to be both y and n:"),
    part("y"), part("n"));
}

/** Copy the lines, and leave. */
function buttons({ column, lines }) {
  const text = [...lines].map(([symbol, value]) =>
    (value === null ? `# without a line for CONFIG_${data.names[symbol]}`
      : lineText(symbol, value))).join("\n");
  const copy = async (event) => {
    const said = byId("said");
    try {
      await navigator.clipboard.writeText(`${text}\n`);
      said.textContent = event.target.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(bar.querySelector(".trial"));
      said.textContent = "The lines are selected; copy them with the keyboard";
    }
  };
  const reset = () => { tryLines(column, new Map()); byId("said").textContent = "Reset"; };
  const button = (words, onclick) =>
    element("button", { type: "button", class: "button", onclick }, words);
  return [lines.size ? button("Copy the lines", copy) : "", button("Reset", reset)];
}
