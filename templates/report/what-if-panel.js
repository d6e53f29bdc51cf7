// What if, in the panel of a cell: a line for the symbol, and the ways to turn it on or off.
// Needs elements.js, data.js, words.js, pieces.js, what-if-bar.js and the files below it.
import { data, isName } from "./data.js";
import { byId, element } from "./elements.js";
import { clauseLine, link, soft, valueBadge } from "./pieces.js";
import { changedList } from "./what-if-bar.js";
import { whyNever } from "./what-if-limits.js";
import { assignmentsOf, settableIn } from "./what-if-model.js";
import {
  BROKEN, GAINED, SAME_Y, lineText, linesIn, tried, tryLines, whenTried,
} from "./what-if-state.js";
import { limitsFor, waysTo } from "./what-if-ways.js";
import { short } from "./words.js";

const SHOWN = 5; // ways

let refresh = null; // what draws the part that is shown anew

export const listenToTrial = () => whenTried(() => refresh && refresh());

/** The part of the panel for a cell. on: whether it is y; null if it has no value. */
export function whatIfPart(symbol, column, on) {
  const now = element("p", {}), line = element("div", {}), answer = element("div", {});
  const buttons = element("p", {}), where = short(data.targets[column].name);
  const ask = (value) => () => {
    answer.replaceChildren(...answerParts(symbol, value, column));
    byId("said").textContent = answer.textContent;
  };
  const button = (value) => element("button",
    { type: "button", class: "button", onclick: ask(value) },
    `Turn it ${value ? "on" : "off"} in ${where}`);
  refresh = () => {
    const state_ = tried(symbol, column);
    const is = state_ === 0 ? on : state_ === BROKEN ? null : [GAINED, SAME_Y].includes(state_);
    const focus = buttons.contains(document.activeElement);
    now.replaceChildren(...(state_ === 0 ? [] : ["With the lines that are tried: ",
      is === null ? "no value" : valueBadge(is)]));
    const offered = [true, false].filter((value) => value !== is);
    buttons.replaceChildren(...offered.map(button));
    if (focus) buttons.querySelector("button").focus();
    for (const box of line.querySelectorAll("input")) {
      box.checked = box.value === lineKey(symbol, column);
    }
  };
  line.replaceChildren(...lineParts(symbol, column));
  refresh();
  return [element("h3", {}, "What if"), now, buttons, answer, line];
}

const AS_IS = "as is";
const KEYS = new Map([[true, "y"], [false, "n"], [null, "none"], [undefined, AS_IS]]);
const lineKey = (symbol, column) => KEYS.get(linesIn(column).get(symbol));

/** The choice of a line for the symbol. */
function lineParts(symbol, column) {
  if (isName(data.names[symbol])) return [];
  if (!settableIn(column).has(symbol)) {
    return [soft("No line of the devices file can set it: an option does, or QEMU's build.")];
  }
  const own = assignmentsOf(column).inside.filter((line) => line.symbol === symbol);
  const choices = [[undefined, own.length ? "as it is" : "no line"],
    ...(own.length ? [[null, "no line"]] : []),
    [true, lineText(symbol, true)], [false, lineText(symbol, false)]];
  const change = (value) => () => {
    const lines = linesIn(column);
    if (value === undefined) lines.delete(symbol);
    else lines.set(symbol, value);
    tryLines(column, lines);
  };
  return [element("fieldset", { class: "lines" },
    element("legend", { class: "soft" }, "Its line in the devices file:"),
    choices.map(([value, words]) => element("label", {},
      element("input", { type: "radio", name: "what-if-line", value: KEYS.get(value),
        onchange: change(value) }), ` ${words} `)))];
}

/** The ways to give the symbol a value, or why there is none. */
function answerParts(symbol, value, column) {
  const ways = waysTo(symbol, value, column);
  if (!ways.length) return noWay(symbol, value, column);
  return [
    element("p", {}, ways.length > SHOWN ? `The best ${SHOWN} of ${ways.length} ways:`
      : ways.length > 1 ? `${ways.length} ways:` : "One way:"),
    element("ol", { class: "ways" }, ways.slice(0, SHOWN).map((way) =>
      wayPart(symbol, column, way)))];
}

function wayPart(symbol, column, { set, gained, lost }) {
  const others = (symbols) => symbols.filter((one) => one !== symbol);
  const onclick = () => tryLines(column, new Map([...linesIn(column), ...set]));
  return element("li", {},
    [...set].map(([one, value]) => element("div", {}, element("code", {}, lineText(one, value)))),
    changedList("Also turned on", others(gained), column),
    changedList("Also turned off", others(lost), column),
    element("button", { type: "button", class: "button", onclick }, "Try it"));
}

function noWay(symbol, value, column) {
  const word = value ? "enable" : "disable", name = data.names[symbol];
  const chain = value ? whyNever(symbol, limitsFor(symbol, column), column) : [];
  if (!chain.length) {
    const question = `kgen ${word} ${name} -t ${data.targets[column].target}`;
    return [element("p", {}, "No way was found. ", element("code", {}, question),
      " tells whether there is none, and why.")];
  }
  return [element("p", {}, "No line turns it on here:"),
    element("ul", { class: "plain" }, chain.map((step) =>
      element("li", {}, obstacle(step, column))))];
}

function obstacle({ symbol, clause, isFixed, selectors }, column) {
  if (clause) return [link(symbol, column), clauseLine(data.clauses[clause.number], column)];
  if (isFixed) return [link(symbol, column), " is set to n by an option, or by QEMU's build"];
  return [link(symbol, column), selectors.length ? " could only be selected or enabled by "
    : " is enabled by nothing", selectors.map((one) => [link(one, column), " "])];
}
