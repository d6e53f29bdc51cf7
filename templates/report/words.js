// Formatting of numbers, names and places. Needs data.js for the names of files.
import { data, withoutEnd } from "./data.js";

export const grouped = (number) => number.toLocaleString("en");

export const plural = (number, noun) =>
  `${grouped(number)} ${number === 1 ? noun : noun.replace(/y$/, "ie") + "s"}`;

export const short = (name) => withoutEnd(name);

export const place = (file, line) => (file < 0 ? "" : data.files[file] + (line ? `:${line}` : ""));
