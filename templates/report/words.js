// Formatting of numbers, names and places. Needs data.js for the names of files.
import { data } from "./data.js";

export const grouped = (number) => number.toLocaleString("en");

export const plural = (number, noun) =>
  `${grouped(number)} ${number === 1 ? noun : noun.replace(/y$/, "ie") + "s"}`;

/** The name of a target without -softmmu. */
export const short = (name) => name.replace(/-softmmu(?=@|$)/, "");

export const place = (file, line) => (file < 0 ? "" : data.files[file] + (line ? `:${line}` : ""));
