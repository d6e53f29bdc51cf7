// The state of the page (filters, view, explained cell) and its URL, which encodes the same.
// Needs data.js for the names in a URL, and elements.js for links.
import { ALL, columnOf, data, isName, numberOf } from "./data.js";
import { byId, element } from "./elements.js";

// The text fields of the state, with their names in the URL.
const FIELDS = ["q", "t", "folder", "value", "order", "view", "at", "if"];

/** q: text filter of symbols; t: of targets; view: "" is the matrix; at: what is explained;
    if: the lines that are tried, see what-if-state.js. */
export const state = {
  q: "", t: "", folder: "", value: "", order: "", view: "", at: "", if: "",
  kinds: new Set(), differs: false,
};

/** What the address asks for and the page does not have, in words. */
export const notHere = [];

// The view that is the matrix of devices and machines.
const NAMES = "names";

/** Whether the view is a matrix, and whether its rows are names. */
export const inMatrix = () => state.view === "" || inNames();
export const inNames = () => state.view === NAMES;

/** The URL of the state, or of the state with some changes. */
function address(changes = {}) {
  const now = { ...state, ...changes };
  const words = new URLSearchParams();
  for (const field of FIELDS) if (now[field]) words.set(field, now[field]);
  if (now.kinds.size) words.set("kind", [...now.kinds].sort().join(","));
  if (now.differs) words.set("differs", "1");
  // These characters need no escapes there, and are easier to read without.
  return `#${words}`.replaceAll("%3A", ":").replaceAll("%2F", "/").replaceAll("%2C", ",")
    .replaceAll("%40", "@").replaceAll("%3D", "=");
}

/** A link within the page. */
export const pageLink = (changes, attributes, ...children) =>
  keepAddress(element("a", { href: address(changes), ...attributes }, ...children), changes);

/** Make the address of a link anew when it is used: filters may have changed. */
export function keepAddress(anchor, changes) {
  for (const use of ["focus", "pointerenter", "pointerdown", "click"]) {
    anchor.addEventListener(use, () => { anchor.href = address(changes); });
  }
  return anchor;
}

/** The text of a part of an address; as it is where it is no such text. */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Alone, `VIRTIO_BLK:x86_64` is what is explained, in the view that has it. */
export function readAddress() {
  unwritten = [];
  const hash = location.hash.slice(1);
  const alone = hash && !hash.includes("=");
  const words = new URLSearchParams(alone ? { at: decoded(hash) } : hash);
  for (const field of FIELDS) state[field] = words.get(field) || "";
  const kinds = (words.get("kind") || "").split(",");
  const isKnown = (kind) => data.kinds.includes(kind);
  state.kinds = new Set(kinds.filter(isKnown));
  notHere.splice(0, Infinity, ...kinds.filter((kind) => kind && !isKnown(kind))
    .map((kind) => `kind ${kind}`));
  state.differs = words.get("differs") === "1";
  const views = [...byId("views").children].map((one) => one.dataset.view);
  if (!views.includes(state.view)) {
    notHere.push(`view ${state.view}`);
    state.view = "";
  }
  const subject = alone && subjectOf(state.at);
  if (subject && isOfNames(subject)) state.view = NAMES;
  if (data.standard) state.if = ""; // nothing can be tried there
}

const SOON = 50; // milliseconds
let unwritten = []; // addresses to be written, in order
let before = ""; // the address when the first of them was wanted
let writing = 0;

/** Write the address of the state, after what changes with it is drawn: for a browser this is as
    much work as a filter. push: add an entry to its history, so that its back button returns
    here. */
export function writeAddress(push) {
  if (!unwritten.length) before = location.hash;
  if (push || !unwritten.length) unwritten.push({ push });
  unwritten.at(-1).wanted = address();
  clearTimeout(writing);
  writing = setTimeout(writeAll, SOON);
}

/** A link that was followed meanwhile wins: the page hears of it a moment later. */
function writeAll() {
  for (const { push, wanted } of location.hash === before ? unwritten : []) {
    if (wanted === (location.hash || "#")) continue;
    try {
      history[push ? "pushState" : "replaceState"](null, "", wanted);
    } catch {
      location.hash = wanted; // some browsers refuse this for file: URLs
    }
  }
  unwritten = [];
}

/** The symbol of a name as people write it: with `CONFIG_`, or of a device without `device:`. */
const symbolNamed = (name) =>
  [name, name.replace(/^CONFIG_/, ""), `device:${name}`, `machine:${name}`]
    .map((one) => numberOf.get(one)).find((one) => one !== undefined);

/** Where the column begins in an `at`; -1 for none. The name of a device has a colon, too. */
function cutOf(at) {
  if (symbolNamed(at) !== undefined) return -1;
  let cut = at.indexOf(":");
  while (cut > 0 && symbolNamed(at.slice(0, cut)) === undefined) cut = at.indexOf(":", cut + 1);
  return cut;
}

/** The symbol, column, or both that `at` names, a column also without a colon; null if the page
    does not have them. */
export function subjectOf(at) {
  if (!at) return null;
  const cut = cutOf(at);
  const name = cut < 0 ? at : at.slice(0, cut);
  const column = cut < 0 ? ALL : columnOf.get(at.slice(cut + 1));
  const symbol = name === "" ? ALL : symbolNamed(name);
  if (symbol === undefined && cut < 0 && columnOf.has(at)) {
    return { symbol: ALL, column: columnOf.get(at) };
  }
  if (symbol === undefined || column === undefined) return null;
  return symbol === ALL && column === ALL ? null : { symbol, column };
}

/** Whether something is explained that is in the view of devices and machines. */
export const isOfNames = ({ symbol }) => symbol !== ALL && isName(data.names[symbol]);

/** The `at` of a symbol, a column, or both. */
export const named = (symbol, column) =>
  (symbol === ALL ? "" : data.names[symbol]) +
  (column === ALL ? "" : `:${data.targets[column].name}`);
