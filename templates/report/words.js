// Formatting of numbers, names and places. Needs data.js for the names of files.
import { data, withoutEnd } from "./data.js";

/** A number with commas. Its own toLocaleString would first load the browser's tables of languages,
    which takes longer than the rest of the page. */
export const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");

export const plural = (number, noun) =>
  `${grouped(number)} ${number === 1 ? noun : noun.replace(/y$/, "ie") + "s"}`;

export const short = (name) => withoutEnd(name);

export const place = (file, line) => (file < 0 ? "" : data.files[file] + (line ? `:${line}` : ""));
