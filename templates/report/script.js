"use strict";
// The report's behaviour. Everything on the page is built from the JSON in it, as text and never
// as HTML. docs/report.md says what the data holds.
function report() {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const ASSIGNED = data.stepKinds.indexOf("assigned");
  const BY_OTHERS = new Set(["selected", "implied"].map((kind) => data.stepKinds.indexOf(kind)));
  const LOOSE = new Set(["default", "implied", "unset"].map((kind) => data.stepKinds.indexOf(kind)));
  const ALL = -1; // in the place of a symbol or a column: the head

  // ---------------------------------------------------------------- data

  const width = data.targets.length;

  /** A set of columns, written as a hexadecimal number, as an array of 0 and 1. */
  const columnSet = (hex) => {
    const bits = new Uint8Array(width);
    for (let at = 0; at < hex.length; at++) {
      const digit = parseInt(hex[hex.length - 1 - at], 16);
      for (let bit = 0; bit < 4; bit++) if (digit >> bit & 1) bits[at * 4 + bit] = 1;
    }
    return bits;
  };
  const sets = data.columns.map(columnSet);

  const rows = data.rows.map(([symbol, kind, folder, file, line, y, outside, set]) => ({
    symbol, kind, file, line,
    name: data.names[symbol],
    lower: data.names[symbol].toLowerCase(),
    folder: data.folders[folder],
    y: sets[y], outside: sets[outside], set: sets[set],
  }));
  const rowOf = new Map(rows.map((row) => [row.symbol, row]));
  const numberOf = new Map(data.names.map((name, index) => [name, index]));
  const columnOf = new Map(data.targets.map((target, index) => [target.name, index]));
  const matrixRows = data.shown ? data.shown.map((index) => rows[index]) : rows;

  const steps = (symbol, column, part = 0) =>
    data.steps[symbol][part].filter((step) => sets[step[2]][column]);

  /** Whether a symbol is y; what no row shows has its value from its own steps. */
  const valueOf = (symbol, column) => {
    const row = rowOf.get(symbol);
    return row ? row.y[column] === 1 : steps(symbol, column).some((step) => step[0]);
  };

  const isLoose = (step) => LOOSE.has(step[1]);
  const factsOf = (step) => step.slice(4).map((fact) => [fact >> 1, (fact & 1) === 1]);

  /** The whole explanation of a cell, as kgen's own reasons give it: a graph, each symbol once. */
  function explain(name, column) {
    const found = { steps: {}, missed: {}, overtaken: {}, values: {}, allowed: [] };
    const first = numberOf.get(name);
    const queue = [first];
    const seen = new Set(queue);
    const follow = (list) => {
      for (const step of list) {
        for (const [symbol] of factsOf(step)) {
          if (!seen.has(symbol)) { seen.add(symbol); queue.push(symbol); }
        }
      }
    };
    for (const symbol of queue) {
      const own = steps(symbol, column);
      const key = data.names[symbol];
      found.values[key] = valueOf(symbol, column);
      found.steps[key] = own;
      follow(own);
      if (own.some(isLoose)) {
        found.overtaken[key] = steps(symbol, column, 2);
        if (!own[0][0]) {
          found.missed[key] = steps(symbol, column, 1);
          follow(found.missed[key]);
        } else if (symbol === first) {
          found.allowed = steps(symbol, column, 3);
          follow(found.allowed);
        }
      }
    }
    return found;
  }

  /** A clause as it stands in a Kconfig file, cut into text and symbols. */
  function clauseParts(clause) {
    const [kind, , target, value, condition] = clause;
    const word = data.clauseKinds[kind];
    const parts = [];
    if (word === "depends") parts.push("depends on ");
    else if (word === "default") parts.push(`default ${value ? "y" : "n"}`);
    else parts.push(`${word} `, target);
    if (condition) {
      if (word !== "depends") parts.push(" if ");
      for (const piece of condition.split(/([^\s!&|()]+)/)) {
        const symbol = numberOf.get(piece);
        if (piece) parts.push(symbol === undefined ? piece : symbol);
      }
    }
    return parts;
  }

  /** The devices file of a target, as `kgen generate` writes it. */
  const mak = (column) =>
    rows.filter((row) => row.y[column] && !row.outside[column])
      .map((row) => `CONFIG_${row.name}=y\n`).join("");

  const place = (file, line) => (file < 0 ? "" : data.files[file] + (line ? `:${line}` : ""));
  const plural = (number, noun) =>
    `${number.toLocaleString("en")} ${number === 1 ? noun : noun.replace(/y$/, "ie") + "s"}`;
  const short = (name) => name.replace(/-softmmu(?=@|$)/, "");

  // ---------------------------------------------------------------- elements

  /** An element; attributes that are null or false are left out, children are nodes or text. */
  function el(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === false || value === undefined) continue;
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.flat(Infinity).filter((child) => child !== null && child !== ""));
    return made;
  }

  const valueBadge = (on, text) => el("span", { class: `value ${on ? "y" : "n"}` }, text || (on ? "y" : "n"));

  // ---------------------------------------------------------------- state and address

  const state = { q: "", t: "", folder: "", value: "", order: "", kinds: new Set(), differs: false, view: "", at: "" };
  // The views that this page has: their names in the address, and for people.
  const VIEWS = [["", "Matrix"]];
  if (data.findings) VIEWS.push(["findings", `Findings (${data.findings.length})`]);
  if (data.changes) VIEWS.push(["changes", "Changes"]);
  const FIELDS = ["q", "t", "folder", "value", "order", "view", "at"];

  function address(changes = {}) {
    const now = { ...state, ...changes };
    const words = new URLSearchParams();
    for (const field of FIELDS) if (now[field]) words.set(field, now[field]);
    if (now.kinds.size) words.set("kind", [...now.kinds].sort().join(","));
    if (now.differs) words.set("differs", "1");
    return `#${words.toString().replaceAll("%3A", ":").replaceAll("%2F", "/").replaceAll("%2C", ",").replaceAll("%40", "@")}`;
  }

  function readAddress() {
    const words = new URLSearchParams(location.hash.slice(1));
    for (const field of FIELDS) state[field] = words.get(field) || "";
    state.kinds = new Set((words.get("kind") || "").split(",").filter((kind) => data.kinds.includes(kind)));
    state.differs = words.get("differs") === "1";
    if (!VIEWS.some(([view]) => view === state.view)) state.view = "";
  }

  function writeAddress(push) {
    const wanted = address();
    if (wanted === (location.hash || "#")) return;
    try {
      history[push ? "pushState" : "replaceState"](null, "", wanted);
    } catch {
      location.hash = wanted; // some browsers refuse for files
    }
  }

  /** What `at` names: a symbol, a column, or both; null where it names nothing that is here. */
  function target(at) {
    if (!at) return null;
    const cut = at.indexOf(":");
    const name = cut < 0 ? at : at.slice(0, cut);
    const column = cut < 0 ? ALL : columnOf.get(at.slice(cut + 1));
    const symbol = name === "" ? ALL : numberOf.get(name);
    if (symbol === undefined || column === undefined || (symbol === ALL && column === ALL)) return null;
    return { symbol, column };
  }
  const named = (symbol, column) =>
    (symbol === ALL ? "" : data.names[symbol]) + (column === ALL ? "" : `:${data.targets[column].name}`);

  const link = (symbol, column, text) =>
    el("a", { class: "sym", href: address({ at: named(symbol, column) }) }, text || data.names[symbol]);

  // ---------------------------------------------------------------- filters

  const escaped = (text) => text.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  const asGlob = (word) => new RegExp(`^${escaped(word).replaceAll("*", ".*").replaceAll("?", ".")}$`);

  /** Whether a name fits what was typed: part of it, or a glob; all words, or any, by `every`. */
  function matcher(typed, prefix, separator, every) {
    const words = typed.toLowerCase().split(separator).map((word) => word.trim()).filter(Boolean);
    const tests = words.map((word) => {
      const bare = word.startsWith(prefix) ? word.slice(prefix.length) : word;
      if (!/[*?]/.test(bare)) return (name) => name.includes(bare);
      const glob = asGlob(bare);
      return (name) => glob.test(name);
    });
    if (!tests.length) return () => true;
    return every ? (name) => tests.every((test) => test(name)) : (name) => tests.some((test) => test(name));
  }

  /** The columns that the field of targets asks for: a whole name, a glob, or else a part. */
  function chosenColumns() {
    const words = state.t.toLowerCase().split(/[\s,]+/).filter(Boolean);
    const all = data.targets.map((_, index) => index);
    if (!words.length) return all;
    const names = data.targets.map((one) => [one.name.toLowerCase(), short(one.name.toLowerCase())]);
    const found = new Set();
    for (const word of words) {
      let fits = all.filter((index) => names[index].includes(word));
      if (!fits.length && /[*?]/.test(word)) {
        const glob = asGlob(word);
        fits = all.filter((index) => names[index].some((name) => glob.test(name)));
      } else if (!fits.length) {
        fits = all.filter((index) => names[index][0].includes(word));
      }
      for (const index of fits) found.add(index);
    }
    return [...found].sort((a, b) => a - b);
  }

  const below = (folder, top) => folder === top || folder.startsWith(`${top}/`);

  function fits(row, columns, inName) {
    if (!inName(row.lower)) return false;
    if (state.kinds.size && !state.kinds.has(data.kinds[row.kind])) return false;
    if (state.folder && !below(row.folder, state.folder)) return false;
    if (!state.differs && !state.value) return true;
    let yes = 0, fine = 0, set = 0, outside = 0;
    for (const column of columns) {
      if (data.targets[column].failed) continue;
      fine++;
      yes += row.y[column];
      set += row.set[column];
      outside += row.outside[column];
    }
    if (state.differs && (yes === 0 || yes === fine)) return false;
    switch (state.value) {
      case "some": return yes > 0;
      case "all": return fine > 0 && yes === fine;
      case "none": return yes === 0;
      case "set": return set > 0;
      case "outside": return outside > 0;
      default: return true;
    }
  }

  const total = (row) => columns.reduce((sum, column) => sum + row.y[column], 0);

  function ordered(found) {
    const by = {
      folder: (a, b) => (a.folder < b.folder ? -1 : a.folder > b.folder ? 1 : 0),
      kind: (a, b) => a.kind - b.kind,
      count: (a, b) => total(b) - total(a),
    }[state.order];
    return by ? [...found].sort(by) : found; // stable: by name within
  }

  let columns = [];
  let list = [];

  function filter() {
    const top = scroller.scrollTop; // before anything changes, as it has the page laid out
    const before = columns.join();
    columns = chosenColumns();
    const inName = matcher(state.q, "config_", /\s+/, true);
    list = ordered(matrixRows.filter((row) => fits(row, columns, inName)));
    if (columns.join() !== before) drawHead();
    position = new Map(list.map((row, index) => [row, index]));
    $("count").textContent =
      `${list.length.toLocaleString("en")} of ${plural(matrixRows.length, "symbol")}, ` +
      (columns.length === width ? plural(width, "target") : `${columns.length} of ${plural(width, "target")}`);
    $("empty").hidden = list.length > 0;
    grid.setAttribute("aria-rowcount", list.length + 1);
    if (active.row && !position.has(active.row)) active.row = list[0] || null;
    if (!columns.includes(active.column)) active.column = ALL;
    draw(true, top);
  }

  // ---------------------------------------------------------------- grid

  const scroller = $("scroller"), sheet = $("sheet"), grid = $("grid"), mark = $("mark");
  const SPARE = 4; // rows drawn beyond what is seen
  let rowHeight = 22, cellWidth = 25, headWidth = 360, headHeight = 120, viewHeight = scroller.clientHeight;
  let position = new Map();
  let drawn = new Map();
  let printing = false;
  let body = null, blank = null;
  // The one cell that Tab reaches. row null: the line of column heads.
  const active = { row: null, column: ALL };

  function drawHead() {
    const longest = Math.max(4, ...columns.map((column) => short(data.targets[column].name).length));
    headHeight = Math.min(170, Math.ceil(longest * 7.3) + 18);
    grid.style.setProperty("--head", `${headHeight}px`);
    const line = el("tr", { role: "row", "aria-rowindex": 1 },
      el("th", { role: "columnheader", scope: "col", class: "corner", tabindex: -1 }, "Symbol"),
      columns.map((column) => el("th", {
        role: "columnheader", scope: "col", tabindex: -1, title: data.targets[column].name,
        class: data.targets[column].failed ? "target failed" : "target",
        "aria-label": data.targets[column].name + (data.targets[column].failed ? ", cannot be configured" : ""),
      }, el("span", { "aria-hidden": "true" }, (data.targets[column].failed ? "! " : "") + short(data.targets[column].name)))));
    drawn = new Map();
    blank = null;
    body = el("tbody", { role: "rowgroup" });
    grid.replaceChildren(
      el("colgroup", {}, el("col", {}), columns.map(() => el("col", {}))),
      el("thead", { role: "rowgroup" }, line), body);
    measure();
  }

  /** Widths, which a narrow window changes. */
  function measure() {
    const wide = window.innerWidth;
    headWidth = wide > 1080 ? 380 : wide > 620 ? 270 : 190;
    const cols = grid.querySelectorAll("col");
    cols.forEach((col, index) => { col.style.width = `${index ? cellWidth : headWidth}px`; });
    grid.style.width = `${headWidth + columns.length * cellWidth}px`;
  }

  // A cell's sort in bits: y, passed from outside, set by a line, failed.
  const sortOf = (row, column) => (data.targets[column].failed ? 8 : row.y[column] + 2 * row.outside[column] + 4 * row.set[column]);
  const looks = Array.from({ length: 9 }, (_, sort) => {
    const y = sort & 1, outside = sort & 2, set = sort & 4;
    if (sort === 8) return { kind: "f", label: "cannot be configured", text: "!" };
    return {
      kind: (outside && y ? "x" : y ? "y" : "n") + (set ? " a" : ""), text: y ? "y" : "",
      label: (y ? "y" : "n") + (outside ? ", passed from outside" : "") + (set ? ", set by a line" : ""),
    };
  });

  /** A line to fill; copied, as that is quicker than to make each of its cells. */
  function newLine() {
    if (!blank) {
      blank = el("tr", { role: "row" },
        el("th", { role: "rowheader", scope: "row", tabindex: -1 },
          el("span", { class: "symbol" }, el("b", {}), el("i", { class: "folder" }), el("i", { class: "kind" }), el("i", { class: "sum" }))),
        columns.map(() => el("td", { role: "gridcell", tabindex: -1 })));
    }
    const made = blank.cloneNode(true);
    made.sorts = new Int8Array(columns.length).fill(-1);
    return made;
  }

  /** Make a line show a row. Only cells that look different are touched, so that lines can be
      used again: to make and lay out a thousand cells is what a filter would spend its time on. */
  function fillLine(line, row) {
    const count = total(row), kind = data.kinds[row.kind];
    const head = line.cells[0];
    head.setAttribute("aria-label", `${row.name}, ${kind}, ${row.folder || "top"}, y in ${count}`);
    const parts = head.firstChild;
    parts.title = `${row.name} (${kind}, ${place(row.file, row.line)})`;
    [row.name, row.folder, kind, String(count)].forEach((text, index) => {
      if (parts.children[index].textContent !== text) parts.children[index].textContent = text;
    });
    let made = head;
    columns.forEach((column, index) => {
      made = made.nextSibling;
      const sort = sortOf(row, column);
      if (line.sorts[index] === sort) return;
      line.sorts[index] = sort;
      made.className = looks[sort].kind;
      made.setAttribute("aria-label", looks[sort].label);
      if (made.textContent !== looks[sort].text) made.textContent = looks[sort].text;
    });
    line.row = row;
  }

  /** Which rows are to be there: what is seen and a few more, and the one that has the focus. */
  function wanted(top) {
    if (printing) return list.map((_, index) => index);
    const first = Math.max(0, Math.floor(Math.min(top, list.length * rowHeight) / rowHeight) - SPARE);
    const last = Math.min(list.length, Math.ceil((top + viewHeight) / rowHeight) + SPARE);
    const found = [];
    const at = position.get(active.row);
    if (at !== undefined && at < first) found.push(at);
    for (let index = first; index < last; index++) found.push(index);
    if (at !== undefined && at >= last) found.push(at);
    return found;
  }

  let lastWanted = "";

  function draw(force, top = scroller.scrollTop) {
    const indices = wanted(top);
    const key = `${indices[0]} ${indices[1]} ${indices[indices.length - 2]} ${indices[indices.length - 1]}`;
    if (!force && key === lastWanted) return;
    lastWanted = key;
    const keep = new Set(indices.map((index) => list[index]));
    const spare = new Set();
    for (const [row, line] of drawn) if (!keep.has(row)) { spare.add(line); drawn.delete(row); }
    for (const gap of body.querySelectorAll(".gap")) gap.remove();
    let cursor = body.firstChild, next = 0;
    const gap = (size) => {
      if (!size) return;
      const made = el("tr", { class: "gap", role: "presentation", "aria-hidden": "true" }, el("td", { role: "presentation", colspan: columns.length + 1 }));
      made.style.height = `${size * rowHeight}px`;
      body.insertBefore(made, cursor);
    };
    for (const index of indices) {
      gap(index - next);
      next = index + 1;
      const row = list[index];
      let line = drawn.get(row);
      if (!line) {
        line = spare.has(cursor) ? cursor : spare.values().next().value || newLine();
        spare.delete(line);
        fillLine(line, row);
        drawn.set(row, line);
      } else {
        // Rather take away what stands before it: a line that is moved loses the focus.
        while (spare.has(cursor)) { const old = cursor; cursor = cursor.nextSibling; old.remove(); }
      }
      line.setAttribute("aria-rowindex", index + 2);
      if (cursor === line) cursor = line.nextSibling;
      else body.insertBefore(line, cursor);
    }
    for (const line of spare) line.remove();
    cursor = null;
    gap(list.length - next);
    tend();
  }

  const lineOf = (row) => (row ? drawn.get(row) : grid.tHead.rows[0]);
  const cellOf = (row, column) => {
    const line = lineOf(row);
    return line ? line.cells[column === ALL ? 0 : columns.indexOf(column) + 1] : null;
  };

  /** Tab reaches one cell alone; the line, the column and the cell that is explained are marked. */
  function tend() {
    for (const old of grid.querySelectorAll('[tabindex="0"]')) old.tabIndex = -1;
    for (const old of grid.querySelectorAll(".on")) old.classList.remove("on");
    for (const old of grid.querySelectorAll(".chosen")) { old.classList.remove("chosen"); old.removeAttribute("aria-selected"); }
    const now = cellOf(active.row, active.column) || cellOf(null, ALL);
    now.tabIndex = 0;
    if (active.row && drawn.get(active.row)) drawn.get(active.row).classList.add("on");
    const at = columns.indexOf(active.column);
    mark.hidden = at < 0;
    if (at >= 0) {
      mark.style.left = `${headWidth + at * cellWidth}px`;
      grid.tHead.rows[0].cells[at + 1].classList.add("on");
    }
    const shown = target(state.at);
    if (shown) {
      const row = shown.symbol === ALL ? null : rowOf.get(shown.symbol);
      const chosen = row === undefined || (shown.column !== ALL && !columns.includes(shown.column)) ? null : cellOf(row, shown.column);
      if (chosen) { chosen.classList.add("chosen"); chosen.setAttribute("aria-selected", "true"); }
    }
  }

  /** Scroll to a cell, if it is not seen: just as far as needed, or to the middle. */
  function reveal(row, column, middle) {
    if (row && position.has(row)) {
      const top = position.get(row) * rowHeight;
      const seen = scroller.clientHeight - headHeight - rowHeight;
      if (middle && (top < scroller.scrollTop || top > scroller.scrollTop + seen - 4)) scroller.scrollTop = top - seen / 2;
      else if (top < scroller.scrollTop) scroller.scrollTop = top;
      else if (top > scroller.scrollTop + seen - 4) scroller.scrollTop = top - seen + 4;
    }
    const at = columns.indexOf(column);
    if (at >= 0) {
      const left = at * cellWidth, seen = scroller.clientWidth - headWidth - cellWidth;
      if (left < scroller.scrollLeft) scroller.scrollLeft = left;
      else if (left > scroller.scrollLeft + seen) scroller.scrollLeft = left - seen;
    } else scroller.scrollLeft = 0;
  }

  function activate(row, column, focus, middle) {
    active.row = row;
    active.column = column;
    reveal(row, column, middle);
    draw(true);
    if (focus) (cellOf(row, column) || cellOf(null, ALL)).focus({ preventScroll: true });
  }

  function move(event) {
    const at = active.row ? position.get(active.row) : ALL;
    const column = columns.indexOf(active.column);
    const page = Math.max(1, Math.floor((scroller.clientHeight - headHeight) / rowHeight) - 1);
    const end = list.length - 1, last = columns.length - 1;
    const whole = event.ctrlKey || event.metaKey;
    const steps = {
      ArrowUp: [whole ? Math.min(0, end) : at - 1, column], ArrowDown: [whole ? end : at + 1, column],
      ArrowLeft: [at, whole ? ALL : column - 1], ArrowRight: [at, whole ? last : column + 1],
      Home: [whole ? ALL : at, ALL], End: [whole ? end : at, last],
      PageUp: [at - page, column], PageDown: [at + page, column],
    }[event.key];
    if (!steps || event.altKey) return false;
    const row = Math.max(ALL, Math.min(end, steps[0]));
    const to = Math.max(ALL, Math.min(last, steps[1]));
    activate(row === ALL ? null : list[row], to === ALL ? ALL : columns[to], true);
    return true;
  }

  /** The row and column of the cell that an event met; null for anything else. */
  function met(event) {
    const found = event.target.closest("th, td");
    const line = found && found.parentNode;
    if (!found || line.classList.contains("gap")) return null;
    return { row: line.row || null, column: found.cellIndex ? columns[found.cellIndex - 1] : ALL };
  }

  grid.addEventListener("keydown", (event) => {
    if (move(event)) { event.preventDefault(); return; }
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      show(active.row, active.column, true);
    }
  });
  grid.addEventListener("click", (event) => {
    const at = met(event);
    if (!at) return;
    activate(at.row, at.column, true);
    show(at.row, at.column, false);
  });
  grid.addEventListener("focusin", (event) => {
    const at = met(event);
    if (at && (at.row !== active.row || at.column !== active.column)) {
      active.row = at.row;
      active.column = at.column;
      tend();
    }
  });
  let waiting = false;
  scroller.addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(false); });
  }, { passive: true });

  // ---------------------------------------------------------------- panel: reasons

  const panel = $("panel");
  let ids = 0;
  const LEVELS = 12; // of reasons that are open at first

  const placed = (file, line) => (file < 0 ? "" : el("span", { class: "place" }, place(file, line)));

  const line = (code, file, number) => el("div", { class: "clause" }, el("code", {}, code), placed(file, number));

  const clauseLine = (clause, column = ALL) =>
    line(clauseParts(clause).map((part) => (typeof part === "number" ? link(part, column) : part)), clause[5], clause[6]);

  /** What a step says: words before its line, and the line with where it stands. */
  function told(step, column, held) {
    const [value, kind, , reference] = step;
    if (kind === ASSIGNED) {
      const [symbol, on, outside, origin, file, number] = data.assignments[reference];
      const words = outside ? "passed from outside" : origin ? `assigned by ${origin}` : "assigned";
      return [[words], line(`CONFIG_${data.names[symbol]}=${on ? "y" : "n"}`, file, number)];
    }
    if (reference < 0) return [[value ? "nothing decides it, and the mode makes it y" : "nothing turns it on"], ""];
    const clause = data.clauses[reference];
    const word = data.stepKinds[kind];
    const words = {
      selected: [held ? "selects it" : "would select it"],
      implied: [held ? "implies it" : "would imply it"],
      depends: [value ? "its dependency holds" : "its dependency does not hold"],
      default: [held ? "its default" : "a default"],
    }[word];
    if (held && LOOSE.has(kind) && value !== clause[3]) words.push(`, which the mode turns to ${value ? "y" : "n"}`);
    return [words, clauseLine(clause, column)];
  }

  /** A fact in words, with a button that opens its own reasons, and the place for those. above:
      symbols that are explained above; open: how many levels are open at once. */
  function fact(symbol, on, column, above, open, words = "") {
    const here = [link(symbol, column), " is ", valueBadge(on), words];
    if (above.has(symbol)) return [[...here, el("span", { class: "soft" }, " (see above)")], ""];
    if (!steps(symbol, column).length) return [here, ""];
    const id = `why-${++ids}`;
    const inner = el("div", { id, hidden: true });
    const toggle = el("button", { type: "button", class: "toggle", "aria-expanded": "false", "aria-controls": id, "aria-label": `why ${data.names[symbol]} is ${on ? "y" : "n"}` }, "▸");
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

  /** A step: for a select or imply the symbol whose line it is comes first. */
  function reason(step, column, above, open, held) {
    const [words, code] = told(step, column, held);
    let needs = factsOf(step);
    let head = words, inner = "";
    if (BY_OTHERS.has(step[1])) {
      const by = data.clauses[step[3]][1];
      const own = needs.find(([symbol]) => symbol === by);
      needs = needs.filter((need) => need !== own);
      const then = held ? " and " : own && !own[1] ? "; as y it " : " and ";
      if (own) [head, inner] = fact(by, own[1], column, above, open, [then, words]);
      else head = [link(by, column), " ", words];
    }
    return el("li", {}, el("div", { class: "words" }, head), code, inner,
      needs.length ? el("ul", { class: "facts", "aria-label": "because" }, needs.map(([symbol, on]) => el("li", {}, fact(symbol, on, column, above, open)))) : null);
  }

  const reasonList = (list, column, above, open, held) =>
    el("ul", { class: "reasons" }, list.map((step) => reason(step, column, above, open, held)));

  /** The reasons of one symbol's value. What follows from them opens at once where it is short:
      along what gave a y, and along what forced an n; what would have given a y is closed. */
  function because(symbol, column, above, open, root = false) {
    const own = steps(symbol, column);
    above.add(symbol);
    const found = [reasonList(own, column, open > 0 ? above : new Set(above), open, true)];
    if (own.some(isLoose)) {
      const allowed = root ? steps(symbol, column, 3) : [];
      if (own[0][0] && allowed.length) {
        found.push(el("p", { class: "soft" }, "What lets it be:"),
          reasonList(allowed, column, above, open, true));
      }
      const late = steps(symbol, column, 2);
      const missed = own[0][0] ? [] : steps(symbol, column, 1);
      if (missed.length) {
        found.push(el("p", { class: "soft" }, "What could have turned it on, and did not:"),
          reasonList(missed, column, new Set(above), 0, false));
      }
      if (late.length) {
        found.push(el("p", { class: "soft" }, "What holds, and came too late or had no say:"),
          reasonList(late, column, new Set(above), 0, false));
      }
    }
    return found;
  }

  function aboutSymbol(row) {
    return el("p", { class: "soft" }, `${data.kinds[row.kind]}, declared in ${place(row.file, row.line)}`);
  }

  function problems(column) {
    return data.targets[column].problems.map((problem) => el("div", { class: "problem" },
      el("p", {}, problem.message), problem.place ? el("span", { class: "place" }, problem.place) : null,
      el("ul", { class: "plain" }, problem.notes.map(([where, words]) => el("li", {}, words, el("span", { class: "place" }, where)))),
      problem.hint ? el("p", { class: "soft" }, problem.hint) : null));
  }

  function cellPanel(symbol, column) {
    const one = data.targets[column], row = rowOf.get(symbol);
    const head = [data.names[symbol], " ", one.failed ? el("span", { class: "value f" }, "!") : valueBadge(valueOf(symbol, column))];
    const below = el("p", {}, "in ", link(ALL, column, one.name), row ? ", " : "", row ? link(symbol, ALL, "all targets") : "");
    if (one.failed) return [head, below, el("p", {}, "This target cannot be configured, so no symbol has a value in it."), ...problems(column)];
    return [head, below,
      row ? aboutSymbol(row) : el("p", { class: "soft" }, "not declared in this tree"),
      row && row.outside[column] ? el("p", { class: "soft" }, "passed from outside: it counts and is not printed") : "",
      el("h3", {}, valueOf(symbol, column) ? "Why it is y" : "Why it is n"),
      ...because(symbol, column, new Set(), LEVELS, true)];
  }

  // ---------------------------------------------------------------- panel: symbols and targets

  let mentions = null;
  /** The clauses that name a symbol in an entry of another one. */
  function readers(symbol) {
    if (!mentions) {
      mentions = new Map();
      data.clauses.forEach((clause) => {
        const found = new Set(clauseParts(clause).filter((part) => typeof part === "number"));
        for (const part of found) {
          if (part === clause[1]) continue;
          if (!mentions.has(part)) mentions.set(part, []);
          mentions.get(part).push(clause);
        }
      });
    }
    return mentions.get(symbol) || [];
  }

  /** What toggling features changes, where that was asked for. */
  function varied(name) {
    const found = data.vary && data.vary.symbols[name];
    if (!found) return "";
    const by = new Map();
    for (const [where, toggles] of Object.entries(found)) {
      for (const toggle of toggles) by.set(toggle, [...(by.get(toggle) || []), short(where)]);
    }
    return [el("h3", {}, `Changed by (${data.vary.what})`), el("dl", { class: "about" }, [...by].sort(([a], [b]) => (a < b ? -1 : 1)).map(([toggle, where]) =>
      [el("dt", { class: "mono" }, toggle), el("dd", {}, where.join(" "))]))];
  }

  function symbolPanel(symbol) {
    const row = rowOf.get(symbol);
    const groups = new Map();
    data.targets.forEach((one, column) => {
      if (one.failed) return;
      const own = data.steps[symbol][0].filter((step) => sets[step[2]][column]);
      const key = own.map((step) => data.steps[symbol][0].indexOf(step)).join();
      if (!groups.has(key)) groups.set(key, { own, columns: [] });
      groups.get(key).columns.push(column);
    });
    const found = [...groups.values()].sort((a, b) => (b.own[0]?.[0] ?? 0) - (a.own[0]?.[0] ?? 0) || b.columns.length - a.columns.length);
    const own = data.clauses.filter((clause) => clause[1] === symbol);
    const others = readers(symbol);
    const ordered = (list) => [...list].sort((a, b) => a[5] - b[5] || a[6] - b[6]);
    return [[data.names[symbol]], el("p", {}, "in all targets"),
      row ? aboutSymbol(row) : el("p", { class: "soft" }, "not declared in this tree"),
      el("h3", {}, "Targets by reason"),
      found.map((group) => [
        el("p", {}, valueBadge(group.own.length > 0 && group.own[0][0] === 1), ` in ${plural(group.columns.length, "target")}`),
        el("p", { class: "list" }, group.columns.map((column) => link(symbol, column, short(data.targets[column].name)))),
        reasonList(group.own, group.columns[0], new Set([symbol]), 0, true)]),
      varied(data.names[symbol]),
      own.length ? [el("h3", {}, "Its own lines"), el("ul", { class: "plain" }, ordered(own).map((clause) => el("li", {}, clauseLine(clause))))] : "",
      others.length ? [el("h3", {}, `Named by ${plural(others.length, "other line")}`), el("ul", { class: "plain" }, ordered(others).map((clause) => el("li", {}, "in ", link(clause[1], ALL), clauseLine(clause))))] : ""];
  }

  function targetPanel(column) {
    const one = data.targets[column];
    const about = { Architecture: one.architecture, "Base": one.base, "Endianness": one.endianness,
      "Word size": one.bits ? `${one.bits} bits` : "not said by the tree", "Devices file": one.devices, Mode: one.mode };
    if (one.variant) about.Variant = one.variant;
    const head = [one.name, one.failed ? " " : "", one.failed ? el("span", { class: "value f" }, "!") : ""];
    const facts = el("dl", { class: "about" }, Object.entries(about).filter(([, words]) => words).map(([name, words]) => [el("dt", {}, name), el("dd", { class: "mono" }, words)]));
    const set = one.set.length ? [el("h3", {}, `Set by ${plural(one.set.length, "line")}`), el("ul", { class: "plain" }, one.set.map((index) => {
      const [symbol, on, , origin, file, line] = data.assignments[index];
      return el("li", {}, link(symbol, one.failed ? ALL : column, data.names[symbol]), " ", valueBadge(on), origin ? el("span", { class: "soft" }, ` ${origin}`) : "", placed(file, line));
    }))] : [];
    const outside = [el("h3", {}, "Passed from outside"), one.external.length ? el("p", { class: "list" }, one.external.map((item) => [link(item >> 1, one.failed ? ALL : column, data.names[item >> 1] + (item & 1 ? "" : "=n"))])) : el("p", { class: "soft" }, "nothing")];
    if (one.failed) return [head, el("p", {}, "This target cannot be configured."), ...problems(column), el("h3", {}, "Target"), facts, set, outside];
    const yes = rows.filter((row) => row.y[column]);
    const printed = yes.filter((row) => !row.outside[column]).length;
    const kinds = data.kinds.map((kind, index) => [kind, yes.filter((row) => row.kind === index).length, rows.filter((row) => row.kind === index).length]).filter(([, , all]) => all);
    const file = `${one.target}-config-devices.mak`;
    return [head, el("p", {}, `${plural(printed, "symbol")} printed`), facts,
      el("button", { type: "button", class: "button", onclick: () => save(mak(column), file) }, `Save ${file}`),
      el("h3", {}, "Symbols by kind"),
      el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "kind"), el("th", { scope: "col", class: "num" }, "y"), el("th", { scope: "col", class: "num" }, "of"))),
        el("tbody", {}, kinds.map(([kind, on, all]) => el("tr", {}, el("th", { scope: "row" }, kind), el("td", { class: "num" }, String(on)), el("td", { class: "num" }, String(all)))))),
      set, outside];
  }

  function save(text, name) {
    const where = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
    const made = el("a", { href: where, download: name });
    document.body.append(made);
    made.click();
    made.remove();
    setTimeout(() => URL.revokeObjectURL(where), 10000);
  }

  // ---------------------------------------------------------------- panel: opening and closing

  function show(row, column, focus) {
    if (!row && column === ALL) return;
    state.at = named(row ? row.symbol : ALL, column);
    writeAddress(true);
    drawPanel(focus);
    reveal(active.row, active.column);
    draw(true);
  }

  function drawPanel(focus) {
    const at = target(state.at);
    const was = panel.hidden;
    panel.hidden = !at;
    if (!at) {
      panel.replaceChildren();
      if (!was) draw(true);
      return;
    }
    const [head, ...rest] = at.symbol === ALL ? targetPanel(at.column) : at.column === ALL ? symbolPanel(at.symbol) : cellPanel(at.symbol, at.column);
    const title = el("h2", { id: "panel-title", tabindex: -1 }, head);
    panel.replaceChildren(el("header", {}, el("div", {}, title), el("button", { type: "button", class: "quiet close", "aria-label": "Close (Escape)", onclick: close }, "×")),
      ...rest.flat(Infinity).filter((part) => part !== "" && part !== null));
    panel.scrollTop = 0;
    if (focus) title.focus({ preventScroll: true });
    else $("said").textContent = title.textContent;
  }

  function close() {
    const inside = panel.contains(document.activeElement) || document.activeElement === document.body;
    state.at = "";
    writeAddress(true);
    drawPanel(false);
    if (inside && !state.view) activate(active.row, active.column, true);
    else tend();
  }

  /** After a link or the browser's own buttons: everything as the address says. */
  function follow(focus) {
    readAddress();
    fill();
    filter();
    views();
    const at = target(state.at);
    if (at) {
      const row = at.symbol === ALL ? null : rowOf.get(at.symbol);
      if (row === null || position.has(row)) {
        if (at.column === ALL || columns.includes(at.column)) activate(row, at.column, false, true);
      }
    }
    drawPanel(focus);
    if (at && !state.view) {
      reveal(active.row, active.column);
      draw(true);
    }
  }

  // ---------------------------------------------------------------- changes

  const changes = data.changes;

  function views(drawnAlready) {
    $("matrix").hidden = state.view !== "";
    $("changes").hidden = state.view === "";
    $("changes").setAttribute("aria-label", state.view === "findings" ? "Findings" : "Changes");
    for (const one of document.querySelectorAll(".of-matrix")) one.hidden = state.view !== "";
    $("views").hidden = VIEWS.length === 1;
    $("views").replaceChildren(...VIEWS.map(([view, text]) =>
      el("a", { href: address({ view, at: "" }), "aria-current": view === state.view ? "page" : null }, text)));
    if (state.view || !drawnAlready) drawView();
  }

  function drawView() {
    if (state.view === "changes") drawChanges();
    else if (state.view === "findings") drawFindings();
    else draw(true);
  }

  /** Which symbols and targets the filters leave, for the views beside the matrix. */
  function choice() {
    const inName = matcher(state.q, "config_", /\s+/, true);
    const shown = new Set(columns.flatMap((column) => [data.targets[column].target, data.targets[column].name]));
    return {
      name: (symbol) => inName((symbol || "").toLowerCase()),
      where: (targets) => state.t === "" || targets.some((name) => shown.has(name)),
    };
  }

  function drawFindings() {
    const fits = choice();
    const found = data.findings.filter((item) => fits.name(item.symbol) && (fits.where(item.targets) || !item.targets.length));
    const at = (item) => (item.file ? el("span", { class: "place" }, item.line ? `${item.file}:${item.line}` : item.file) : "");
    $("count").textContent = `${found.length} of ${plural(data.findings.length, "finding")}`;
    $("changes").replaceChildren(el("h2", {}, plural(found.length, "finding")), ...found.map((item) => el("div", { class: "cause" },
      el("span", { class: `badge ${item.level === "error" ? "lost" : ""}` }, item.level), " ", item.symbol ? [changed(item.symbol), " "] : "", item.message, el("span", { class: "soft" }, ` [${item.rule}]`), at(item),
      item.targets.length ? el("p", { class: "list" }, item.targets.map((name) => {
        const symbol = numberOf.get(item.symbol), column = columnOf.get(name);
        return column === undefined ? el("code", {}, `${short(name)} `) : link(symbol === undefined ? ALL : symbol, column, short(name));
      })) : "",
      el("ul", {}, item.because.map((more) => el("li", {}, more.message, at(more)))), item.hint ? el("p", { class: "soft" }, item.hint) : "")));
  }

  const CAUSE = {
    "target-new": "the target is new", "target-gone": "the target is gone", new: "new in the tree", gone: "gone from the tree",
    external: "passed from outside differently", mode: "another mode", assignment: "assigned differently",
    dependency: "dependency changed", selector: "select or imply changed", default: "default changed", follows: "follows",
  };

  const changed = (name) => {
    const symbol = numberOf.get(name);
    return symbol === undefined ? el("code", {}, name) : link(symbol, ALL, name);
  };

  // What changed most comes first; targets of one side alone come last.
  const ofTarget = (item) => (item.cause === "target-new" || item.cause === "target-gone" ? 1 : 0);
  const weight = (item, following) => [item, ...following].reduce((sum, one) => sum + one.targets.length, 0);

  function drawChanges() {
    const fits = choice();
    const here = fits.where;
    const seen = (item) => fits.name(item.symbol) && here(item.targets);
    const causes = changes.causes || [];
    const below = new Map();
    causes.forEach((item) => {
      if (item.root === null) return;
      if (!below.has(item.root)) below.set(item.root, []);
      below.get(item.root).push(item);
    });
    const roots = causes.map((item, index) => [item, below.get(index) || []])
      .filter(([item]) => item.root === null)
      .filter(([item, following]) => seen(item) || following.some(seen))
      .sort(([a, below], [b, more]) => ofTarget(a) - ofTarget(b) || weight(b, more) - weight(a, below));
    $("count").textContent = `${roots.length} of ${plural(causes.filter((item) => item.root === null).length, "cause")}`;
    const lists = Object.entries(changes.targets).filter(([name, item]) => (item.gained.length || item.lost.length) && here([name]));
    const all = Object.keys(changes.targets).length;
    const where = (targets) => (targets.length === all && all > 3 ? `all ${all} targets` : targets.length > 6 ? `${targets.length} targets` : targets.map(short).join(", "));
    const badge = (item) => el("span", { class: `badge ${item.change}` }, `${item.change === "gained" || item.change === "on" ? "+" : "−"} ${item.change}`);
    const cause = ([item, following]) => {
      const found = following.filter(seen).length ? following.filter(seen) : following;
      const inner = el("ul", { hidden: true });
      const count = new Set(following.map((one) => one.symbol)).size;
      const toggle = count ? el("button", { type: "button", class: "button", "aria-expanded": "false" }, `${plural(count, "symbol")} follow${count === 1 ? "s" : ""}`) : null;
      if (toggle) {
        toggle.addEventListener("click", () => {
          if (!inner.firstChild) inner.append(...found.map((one) => el("li", {}, badge(one), " ", changed(one.symbol), ` in ${where(one.targets)}`, one.of ? [" through ", changed(one.of)] : "", one.file ? el("span", { class: "place" }, `${one.file}:${one.line}`) : "")));
          inner.hidden = !inner.hidden;
          toggle.setAttribute("aria-expanded", String(!inner.hidden));
        });
      }
      return el("div", { class: "cause" }, badge(item), " ", changed(item.symbol), ` in ${where(item.targets)}: `,
        el("span", {}, CAUSE[item.cause] || item.cause), item.of ? [" (", changed(item.of), ")"] : "",
        item.was || item.now ? el("pre", {}, item.was && item.was !== item.now ? el("span", { class: "lost" }, `− ${item.was}\n`) : "", item.now ? el("span", { class: "gained" }, `+ ${item.now}`) : "") : "",
        item.file ? el("span", { class: "place" }, `${item.file}:${item.line}${item.side === "old" ? " (old side)" : ""}`) : "", toggle ? el("div", {}, toggle) : "", inner);
    };
    const sides = [changes.old, changes.new].map((side) => (typeof side === "string" ? side : side ? [side.name, side.version].filter(Boolean).join(" ") : ""));
    $("changes").replaceChildren(el("div", { class: "columns" },
      el("div", {}, el("h2", {}, sides[0] && sides[1] ? `From ${sides[0]} to ${sides[1]}` : "Targets"),
        lists.length ? el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "target"), el("th", { scope: "col" }, "gained"), el("th", { scope: "col" }, "lost"))),
          el("tbody", {}, lists.map(([name, item]) => el("tr", {}, el("th", { scope: "row" }, el("a", { href: address({ t: name }) }, short(name))),
            el("td", { class: "num gained" }, `+${item.gained.length}`), el("td", { class: "num lost" }, `−${item.lost.length}`))))) : el("p", { class: "soft" }, "No target gained or lost a symbol."),
        (changes.renames || []).length ? [el("h3", {}, "Looks renamed"), el("ul", { class: "plain" }, changes.renames.map((item) => el("li", {}, el("code", {}, item.old), " → ", changed(item.new))))] : ""),
      el("div", {}, el("h2", {}, `${plural(roots.length, "cause")}`), roots.length ? roots.map(cause) : el("p", { class: "soft" }, "Nothing that fits these filters."))));
  }

  // ---------------------------------------------------------------- controls

  function fill() {
    $("q").value = state.q;
    $("t").value = state.t;
    for (const name of ["folder", "value", "order"]) $(name).value = state[name];
    for (const name of ["folder", "value", "order"]) if ($(name).value !== state[name]) { $(name).value = ""; state[name] = ""; }
    for (const box of $("kinds").querySelectorAll("input")) box.checked = state.kinds.has(box.value);
    $("differs").checked = state.differs;
  }

  function controls() {
    const folders = new Map();
    for (const row of matrixRows) {
      const parts = row.folder.split("/");
      for (let size = 1; row.folder && size <= parts.length; size++) {
        const top = parts.slice(0, size).join("/");
        folders.set(top, (folders.get(top) || 0) + 1);
      }
    }
    $("folder").append(el("option", { value: "" }, "all"), ...[...folders].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => el("option", { value: name }, `${name} (${count})`)));
    data.kinds.forEach((kind, index) => {
      const count = matrixRows.filter((row) => row.kind === index).length;
      if (count) $("kinds").append(el("label", { class: "chip" }, el("input", { type: "checkbox", value: kind, name: "kind" }), el("span", {}, kind, el("b", {}, String(count)))));
    });
    const modes = [...new Set(data.targets.map((one) => one.mode))].join(", ");
    const failed = data.targets.filter((one) => one.failed).length;
    $("facts").textContent = [data.about, modes, plural(rows.length, "symbol"), plural(width, "target"), failed ? `${failed} cannot be configured` : ""].filter(Boolean).join("  ·  ");
    const change = () => {
      Object.assign(state, { q: $("q").value.trim(), t: $("t").value.trim(), folder: $("folder").value, value: $("value").value, order: $("order").value, differs: $("differs").checked });
      state.kinds = new Set([...$("kinds").querySelectorAll("input:checked")].map((box) => box.value));
      scroller.scrollTop = 0;
      filter();
      if (state.view) drawView();
      writeAddress(false);
    };
    $("filters").addEventListener("input", change);
    $("filters").addEventListener("submit", (event) => event.preventDefault());
    $("filters").addEventListener("reset", () => setTimeout(change));
    $("skip").addEventListener("click", (event) => { event.preventDefault(); activate(active.row, active.column, true); });
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (event.key === "/" && !typing) {
      event.preventDefault();
      $("q").focus();
      $("q").select();
    } else if (event.key === "Escape") {
      if (typing && typing.value && typing.type === "search") return; // the field clears itself
      if (!panel.hidden) { event.preventDefault(); close(); }
    } else if (event.key === "ArrowDown" && typing && typing.type === "search" && list.length && !state.view) {
      event.preventDefault();
      activate(list[0], active.column, true);
    }
  });
  $("q").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && list.length && !state.view) { event.preventDefault(); activate(list[0], active.column, true); }
  });

  // ---------------------------------------------------------------- light and dark, paper

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const store = { get: () => { try { return localStorage.getItem("kgen-theme"); } catch { return null; } },
    set: (value) => { try { localStorage.setItem("kgen-theme", value); } catch { /* some browsers refuse for files */ } } };
  let theme = store.get();
  function paint() {
    const now = theme || (dark.matches ? "dark" : "light");
    document.documentElement.dataset.theme = now;
    const other = now === "dark" ? "light" : "dark";
    $("theme").textContent = now === "dark" ? "Light" : "Dark";
    $("theme").setAttribute("aria-label", `Use ${other} colours`);
  }
  $("theme").addEventListener("click", () => {
    theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    store.set(theme);
    paint();
  });
  dark.addEventListener("change", paint);

  const paper = (now) => { if (printing !== now) { printing = now; draw(true); } };
  addEventListener("beforeprint", () => paper(true));
  addEventListener("afterprint", () => paper(false));
  matchMedia("print").addEventListener("change", (event) => paper(event.matches));

  // ---------------------------------------------------------------- start

  paint();
  controls();
  readAddress();
  fill();
  const start = target(state.at);
  active.row = matrixRows[0] || null;
  filter();
  if (start) follow(false);
  else views(true);
  new ResizeObserver(() => {
    const before = viewHeight;
    viewHeight = scroller.clientHeight;
    measure();
    draw(viewHeight !== before);
    if (!panel.hidden && !scroller.contains(document.activeElement)) reveal(active.row, active.column);
  }).observe(scroller);
  addEventListener("hashchange", () => follow(panel.contains(document.activeElement) || document.activeElement === document.body));
  // For tests, and for whoever wants the data in a browser's console.
  globalThis.kgen = { data, explain, mak, visible: () => list.map((row) => row.name) };
  // When the matrix itself is painted, which comes after the first paint of the page.
  requestAnimationFrame(() => setTimeout(() => performance.mark("kgen-matrix")));
}

// The heading and the controls are painted first; the matrix takes longer. A page that nobody sees
// has no frames to wait for.
if (document.visibilityState === "hidden") report();
else requestAnimationFrame(() => setTimeout(report));
