// Small parts of the panel and the views: values, links, places, lines of Kconfig.
// Needs elements.js, data.js, words.js, and address.js for links.
import { isOfNames, named, pageLink } from "./address.js";
import { ALL, data, isName, numberOf } from "./data.js";
import { element } from "./elements.js";
import { place } from "./words.js";

export const soft = (...children) => element("p", { class: "soft" }, ...children);

const clearing = () =>
  element("button", { type: "reset", form: "filters", class: "button" }, "Clear filters");

/** What a view says where the filters leave nothing. */
export const noMatch = (noun) => soft(`No ${noun} matches these filters. `, clearing());

/** What a panel says where they leave out what it explains, or where that is in the other view. */
export function notesOfView(subject) {
  const [view, words] = isOfNames(subject) ? ["names", "Devices and machines"] : ["", "Symbols"];
  const note = (kind, ...parts) => element("p", { class: `${kind} soft`, hidden: true }, ...parts);
  return [note("filtered", "The filters leave this out. ", clearing()),
    note("elsewhere", "It is in ", pageLink({ view }, {}, words), ".")];
}

export const valueBadge = (on, text) =>
  element("span", { class: `value ${on ? "y" : "n"}` }, text || (on ? "y" : "n"));
export const failedBadge = () => element("span", { class: "value f" }, "!");

/** A link to the explanation of a symbol, a column, or both. */
export const link = (symbol, column, text) =>
  pageLink({ at: named(symbol, column) }, { class: "sym" },
    text || data.names[symbol]);

/** A link to a symbol, if the page has it. */
export function nameLink(name) {
  const symbol = numberOf.get(name);
  return symbol === undefined ? element("code", {}, name) : link(symbol, ALL, name);
}

/** The place of something; "" if it is in no file. */
export const placed = (file, line) =>
  (file < 0 ? "" : element("span", { class: "place" }, place(file, line)));

/** The same for a file by name; line: null for the whole file. */
export const filePlace = ({ file, line }, words = "") =>
  (file ? element("span", { class: "place" }, (line ? `${file}:${line}` : file) + words) : "");

/** A line of a file, and its place. */
export const codeLine = (code, file, line) =>
  element("div", { class: "clause" }, element("code", {}, code), placed(file, line));

/** A clause as a code line, with links to its symbols in a column. */
export function clauseLine(clause, column = ALL) {
  const parts = clauseParts(clause);
  const code = parts.map((part) => (typeof part === "number" ? link(part, column) : part));
  return codeLine(code, clause[5], clause[6]);
}

/** A clause as in a Kconfig file, divided into texts and symbols (as numbers). */
export function clauseParts([kind, , target, value, condition]) {
  const word = data.clauseKinds[kind];
  const parts = [], ofName = isName(data.names[target]);
  if (word === "depends") parts.push(ofName ? "needs " : "depends on ");
  else if (word === "default") parts.push(`default ${value ? "y" : "n"}`);
  else parts.push(ofName ? "brings " : `${word} `, target);
  if (condition) {
    if (word !== "depends") parts.push(" if ");
    for (const piece of condition.split(/([^\s!&|()]+)/)) {
      const symbol = numberOf.get(piece);
      if (piece) parts.push(symbol === undefined ? piece : symbol);
    }
  }
  return parts;
}
