// Why a symbol has its value, as lists that can be opened down to the facts they depend on.
// Needs elements.js, data.js and pieces.js.
import {
  ALLOW, MISSED, TOO_LATE, data, factsOf, isLoose, isName, kindOf, steps,
} from "./data.js";
import { element } from "./elements.js";
import { clauseLine, codeLine, link, soft, valueBadge } from "./pieces.js";

// Parameters: `above`: the symbols that are explained further up; `open`: how many levels of
// reasons are open at first; `held`: whether a step gave the value, or only could have given it.

const LEVELS = 12; // of reasons that are open at first
let toggles = 0;

/** The reasons of a cell. */
export function reasonsOf(symbol, column) {
  const allowed = steps(symbol, column, ALLOW);
  return because(symbol, column, new Set(), LEVELS, allowed);
}

export const reasonList = (list, column, above, open, held) =>
  element("ul", { class: "reasons" },
    list.map((step) => reason(step, column, above, open, held)));

/** The reasons of one symbol's value. Reasons that gave a y or forced an n are open at first;
    clauses that would have given a y are closed.
    allowed: the dependencies that hold, shown for the first symbol only. */
function because(symbol, column, above, open, allowed = []) {
  const own = steps(symbol, column);
  above.add(symbol);
  const found = [reasonList(own, column, open > 0 ? above : new Set(above), open, true)];
  if (!own.some(isLoose)) return found;
  const on = own[0][0];
  if (on && allowed.length) {
    found.push(soft("Dependencies that hold:"), reasonList(allowed, column, above, open, true));
  }
  const others = (words, list) => {
    if (list.length) found.push(soft(words), reasonList(list, column, new Set(above), 0, false));
  };
  if (!on) others("Would enable it, but does not apply:", steps(symbol, column, MISSED));
  others("Holds, but is overridden:", steps(symbol, column, TOO_LATE));
  return found;
}

/** A step; for a select or imply, the selecting symbol comes first. */
function reason(step, column, above, open, held) {
  const [words, code] = stepText(step, column, held);
  let needs = factsOf(step);
  let head = words, inner = "";
  if (["selected", "implied"].includes(kindOf(step))) {
    const by = data.clauses[step[3]][1];
    const own = needs.find(([symbol]) => symbol === by);
    needs = needs.filter((need) => need !== own);
    const then = !held && own && !own[1] ? "; if y, it " : " and ";
    if (own) [head, inner] = fact(by, own[1], column, above, open, [then, words]);
    else head = [link(by, column), " ", words];
  }
  const facts = needs.map(([symbol, on]) =>
    element("li", {}, fact(symbol, on, column, above, open)));
  return element("li", {}, element("div", { class: "words" }, head), code, inner,
    facts.length ? element("ul", { class: "facts", "aria-label": "because" }, facts) : null);
}

/** The text of a step: words, and the line of its clause or assignment with its place. */
function stepText(step, column, held) {
  const [value, , , reference] = step;
  const kind = kindOf(step);
  if (kind === "assigned") return assignmentText(data.assignments[reference]);
  if (reference < -1) return [[data.outside[-2 - reference]], ""];
  if (reference < 0) {
    return [[value ? "allyesconfig sets undecided symbols to y"
      : "no default, select or imply enables it"], ""];
  }
  const clause = data.clauses[reference];
  const words = {
    selected: [held ? "selects it" : "would select it"],
    implied: [held ? "implies it" : "would imply it"],
    depends: [value ? "its dependency holds" : "its dependency does not hold"],
    default: [held ? "its default" : "a default"],
  }[kind];
  if (held && isLoose(step) && value !== clause[3]) {
    words.push(", but the mode overrides it");
  }
  return [words, clauseLine(clause, column)];
}

/** How an external symbol is set, in the words of kgen/explain/words.py. */
const passed = (origin) =>
  (/^(architecture|endianness|host) of /.test(origin) ? "set by the " : "passed by ") + origin;

function assignmentText([symbol, on, outside, origin, file, line]) {
  const words = outside ? passed(origin) : origin ? `assigned by ${origin}` : "assigned";
  const name = data.names[symbol];
  if (isName(name)) return [[words], ""];
  return [[words], codeLine(`CONFIG_${name}=${on ? "y" : "n"}`, file, line)];
}

/** The text of a fact, with a button that opens its reasons, and the element for those. */
function fact(symbol, on, column, above, open, words = "") {
  const here = [link(symbol, column), " is ", valueBadge(on), words];
  if (above.has(symbol)) {
    return [[...here, element("span", { class: "soft" }, " (see above)")], ""];
  }
  if (!steps(symbol, column).length) return [here, ""];
  const inner = element("div", { id: `why-${++toggles}`, hidden: true });
  const toggle = element("button", {
    type: "button", class: "toggle", "aria-expanded": "false", "aria-controls": inner.id,
    "aria-label": `why ${data.names[symbol]} is ${on ? "y" : "n"}`,
  }, "▸");
  const set = (now) => {
    if (now && !inner.firstChild) inner.append(...because(symbol, column, above, open - 1));
    inner.hidden = !now;
    toggle.setAttribute("aria-expanded", String(now));
    toggle.textContent = now ? "▾" : "▸";
  };
  toggle.addEventListener("click", () => set(inner.hidden));
  if (open > 0) set(true);
  return [[toggle, ...here], inner];
}
