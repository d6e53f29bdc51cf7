"""A slow, plain oracle for QEMU's Kconfig dialect: one configuration at a time.

It exists only to be compared with other programs, so it is written for the reader and not for
speed.  It reads the files anew for each call and works each symbol's value out on demand.

Three habits of the reference that a reader may not expect are kept on purpose:

* An input file named on the command line is always read, even when it was read before.
* The list of files read holds normalised paths, but a `source` line is looked up in it as spelled
  (folder of the including file + "/" + the path as written).  So `source ./a`, or `source ../d/a`
  inside d, reads the file a second time.
* A file that sources itself under its plain name is skipped, not taken for an inclusion loop.

Where the dependencies have no cycle (see `cyclic`) the outcome does not depend on the order of
evaluation; where they have one, the order used here is fixed: symbols by name, conditions from
left to right, a symbol's clauses in textual order.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

MODES = ("defconfig", "allnoconfig", "allyesconfig")

KEYWORDS = frozenset("source include config bool default depends on select imply if y n".split())

END = ""  # the token at the end of a file


class Refused(Exception):
    """The input is not accepted.

    `kind` is one of: syntax, missing-file, loop, undefined, twice, contradiction, cycle.
    `symbols` are the names concerned, sorted; for a contradiction all those that can be found
    without the value of another contradicted symbol.
    """

    def __init__(self, kind: str, detail: str = "", symbols: Sequence[str] = ()) -> None:
        super().__init__(f"{kind}: {detail} {' '.join(sorted(symbols))}".rstrip())
        self.kind = kind
        self.symbols = tuple(sorted(symbols))


@dataclass(frozen=True)
class Result:
    """An accepted configuration."""

    values: dict[str, bool]
    files: tuple[str, ...]
    externals: frozenset[str] = frozenset()

    def printed(self) -> str:
        """What the reference writes on its standard output."""
        names = sorted(n for n, value in self.values.items() if value and n not in self.externals)
        return "".join(f"CONFIG_{name}=y\n" for name in names)


# --------------------------------------------------------------------------------------------
# What a tree says


@dataclass(frozen=True)
class Expr:
    """`op` is "name" (with `name`), "!" (one part), "||" or "&&" (two parts or more)."""

    op: str
    name: str = ""
    parts: tuple[Expr, ...] = ()

    def names(self) -> Iterator[str]:
        todo = [self]
        while todo:
            expr = todo.pop()
            todo.extend(expr.parts)
            if expr.op == "name":
                yield expr.name


@dataclass(frozen=True)
class Clause:
    """Something said about one symbol.

    `kind` is "assign", "depends", "select", "default" or "imply".  `value` is what the symbol
    gets when the clause applies.  `owner` is the symbol that selects or implies.
    """

    kind: str
    value: bool
    condition: Expr | None = None
    owner: str | None = None

    def names(self) -> set[str]:
        found = set(self.condition.names()) if self.condition else set()
        return found | {self.owner} if self.owner else found


@dataclass
class Symbol:
    declared: bool = False
    forcing: list[Clause] = field(default_factory=list)  # assign, depends, select
    giving: list[Clause] = field(default_factory=list)  # default, imply


class Needed(Exception):
    """A value has to be worked out first."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Spoilt(Exception):
    """A value hangs on a contradicted symbol."""


class Oracle:
    """The statements of all inputs, and the evaluation of one configuration."""

    def __init__(self, merge: bool) -> None:
        self.merge = merge
        self.symbols: dict[str, Symbol] = {}
        self.files: list[str] = []
        self.externals: set[str] = set()
        self.values: dict[str, bool] = {}
        self.spoilt: set[str] = set()
        self.contradicted: set[str] = set()

    # Collecting

    def symbol(self, name: str) -> Symbol:
        return self.symbols.setdefault(name, Symbol())

    def mention(self, expr: Expr | None) -> None:
        for name in expr.names() if expr else ():
            self.symbol(name)

    def declare(self, name: str) -> None:
        if self.symbol(name).declared and not self.merge:
            raise Refused("twice", symbols=[name])
        self.symbol(name).declared = True

    def add(self, name: str, clause: Clause) -> None:
        about = self.symbol(name)
        self.mention(clause.condition)
        if clause.kind in ("assign", "depends", "select"):
            about.forcing.append(clause)
        else:
            about.giving.append(clause)

    def read(self, path: str, including: tuple[str, ...] = ()) -> None:
        """Read one file; `including` are the files being read, outermost first."""
        try:
            with open(path, encoding="utf-8") as stream:
                text = stream.read()
        except UnicodeDecodeError as error:
            raise Refused("syntax", f"{path}: {error}") from error
        except (OSError, ValueError) as error:
            raise Refused("missing-file", f"{path}: {error}") from error
        full = os.path.abspath(path)
        self.files.append(full)
        Reader(self, full, text, (*including, full)).statements()

    def source(self, spelled: str, including: tuple[str, ...]) -> None:
        """Follow a `source` line of the innermost file of `including`."""
        wanted = os.path.join(os.path.dirname(including[-1]), spelled)
        full = os.path.abspath(wanted)
        if wanted == including[-1]:
            return
        if full in including:
            raise Refused("loop", " -> ".join((*including, full)))
        if wanted not in self.files:
            self.read(wanted, including)

    def undefined(self) -> list[str]:
        return [name for name, symbol in self.symbols.items() if not symbol.declared]

    def graph(self) -> dict[str, set[str]]:
        """For each symbol, the symbols that its clauses name."""
        needs: dict[str, set[str]] = {}
        for name, symbol in self.symbols.items():
            needs[name] = set()
            for clause in symbol.forcing + symbol.giving:
                needs[name] |= clause.names()
        return needs

    # Evaluating

    def evaluate(self, mode: str) -> None:
        """Fill `values`, or raise."""
        for start in sorted(self.symbols):
            pending = {start: None}  # a stack that keeps its order and is quick to search
            while pending:
                name = next(reversed(pending))
                try:
                    if name not in self.values and name not in self.spoilt:
                        self.work_out(name, mode)
                    del pending[name]
                except Needed as needed:
                    if needed.name in pending:
                        chain = list(pending)
                        chain = chain[chain.index(needed.name) :]
                        raise Refused("cycle", " needs ".join(chain), chain) from None
                    pending[needed.name] = None
        if self.contradicted:
            raise Refused("contradiction", symbols=sorted(self.contradicted))

    def work_out(self, name: str, mode: str) -> None:
        """Settle one symbol whose needs are settled, or raise Needed."""
        symbol = self.symbols[name]
        forced: bool | None = None
        doubtful = False
        for clause in symbol.forcing:
            try:
                applies = self.applies(clause, name, forced)
            except Spoilt:
                doubtful = True
                continue
            if applies and forced is None:
                forced = clause.value
            elif applies and forced != clause.value:
                self.contradicted.add(name)
                self.spoilt.add(name)
                return
        if doubtful:
            self.spoilt.add(name)
            return
        if forced is not None:
            self.values[name] = forced
            return
        given = False
        for clause in symbol.giving:
            try:
                if self.applies(clause, name, None):
                    given = clause.value
                    break
            except Spoilt:
                self.spoilt.add(name)
                return
        self.values[name] = {"allnoconfig": False, "allyesconfig": True}.get(mode, given)

    def applies(self, clause: Clause, about: str, forced: bool | None) -> bool:
        """Whether a clause about a symbol has an effect.

        A clause may name the very symbol it is about once an earlier clause has forced it.
        """
        known = {} if forced is None else {about: forced}
        held = clause.condition is None or self.holds(clause.condition, known)
        if clause.kind == "depends":
            return not held
        if clause.owner is None:
            return held
        return held and self.lookup(clause.owner, known)

    def holds(self, expr: Expr, known: dict[str, bool]) -> bool:
        if expr.op == "name":
            return self.lookup(expr.name, known)
        if expr.op == "!":
            return not self.holds(expr.parts[0], known)
        deciding = expr.op == "||"  # the first part with this value decides
        for part in expr.parts:
            if self.holds(part, known) == deciding:
                return deciding
        return not deciding

    def lookup(self, name: str, known: dict[str, bool]) -> bool:
        if name in known:
            return known[name]
        if name in self.spoilt:
            raise Spoilt
        if name not in self.values:
            raise Needed(name)
        return self.values[name]


# --------------------------------------------------------------------------------------------
# Reading a file


class Reader:
    """Tokens and statements of one file, handed to an Oracle as they are met."""

    def __init__(self, oracle: Oracle, path: str, text: str, including: tuple[str, ...]) -> None:
        self.oracle = oracle
        self.path = path
        self.text = text
        self.including = including
        self.place = 0  # just after the current token
        self.token = END
        self.advance()

    def wrong(self, why: str) -> Refused:
        line = self.text.count("\n", 0, self.place) + 1
        return Refused("syntax", f"{self.path}:{line}: {why}, not {self.token!r}")

    # Tokens: a keyword, a name, one of ( ) ! = && ||, or END

    def advance(self) -> None:
        text = self.text
        while self.place < len(text) and (text[self.place].isspace() or text[self.place] == "#"):
            if text[self.place] == "#":
                end_of_line = text.find("\n", self.place)
                self.place = len(text) if end_of_line < 0 else end_of_line
            else:
                self.place += 1
        start = self.place
        if start == len(text):
            self.token = END
            return
        if text[start] in "()!=":
            self.place += 1
        elif text[start : start + 2] in ("&&", "||"):
            self.place += 2
        elif text[start].isalnum():
            while self.place < len(text) and (
                text[self.place].isalnum() or text[self.place] == "_"
            ):
                self.place += 1
        else:
            self.token = text[start]
            raise self.wrong("expected a word or an operator")
        self.token = text[start : self.place]

    def at_name(self) -> bool:
        return self.token[:1].isalnum() and self.token not in KEYWORDS

    def take(self, token: str) -> bool:
        """Step over the token if it stands here."""
        if self.token != token:
            return False
        self.advance()
        return True

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise self.wrong(f"expected {token}")

    def name(self) -> str:
        if not self.at_name():
            raise self.wrong("expected a name")
        name = self.token
        self.advance()
        return name

    def yes_or_no(self) -> bool:
        if self.take("y"):
            return True
        self.expect("n")
        return False

    def rest_of_line(self) -> str:
        """The path of a `source` statement: no comment and no trailing space is cut off."""
        start = self.place
        while start < len(self.text) and self.text[start].isspace():
            start += 1
        end = self.text.find("\n", start)
        self.place = len(self.text) if end < 0 else end
        return self.text[start : self.place]

    # Statements

    def statements(self) -> None:
        while self.token != END:
            if self.token in ("source", "include"):
                path = self.rest_of_line()
                if not path:
                    raise self.wrong("expected a path")
                self.oracle.source(path, self.including)
                self.advance()
            elif self.take("config"):
                name = self.name()
                self.oracle.declare(name)
                self.properties(name)
            elif self.at_name() and self.token.startswith("CONFIG_"):
                name = self.name().removeprefix("CONFIG_")
                self.expect("=")
                self.oracle.add(name, Clause("assign", self.yes_or_no()))
            else:
                raise self.wrong("expected a statement")

    def properties(self, name: str) -> None:
        while True:
            if self.take("bool"):
                continue
            if self.take("depends"):
                self.expect("on")
                self.oracle.add(name, Clause("depends", False, self.expression()))
            elif self.take("default"):
                value = self.yes_or_no()
                self.oracle.add(name, Clause("default", value, self.condition()))
            elif self.token in ("select", "imply"):
                kind = self.token
                self.advance()
                other = self.name()
                self.oracle.add(other, Clause(kind, True, self.condition(), name))
            else:
                return

    # Expressions: `!` binds tightest, then `||`, then `&&`

    def condition(self) -> Expr | None:
        return self.expression() if self.take("if") else None

    def expression(self) -> Expr:
        parts = [self.disjunction()]
        while self.take("&&"):
            parts.append(self.disjunction())
        return parts[0] if len(parts) == 1 else Expr("&&", parts=tuple(parts))

    def disjunction(self) -> Expr:
        parts = [self.factor()]
        while self.take("||"):
            parts.append(self.factor())
        return parts[0] if len(parts) == 1 else Expr("||", parts=tuple(parts))

    def factor(self) -> Expr:
        if self.take("!"):
            return Expr("!", parts=(self.factor(),))
        if self.take("("):
            inner = self.expression()
            self.expect(")")
            return inner
        return Expr("name", self.name())


# --------------------------------------------------------------------------------------------
# The entry points


@contextmanager
def _deep() -> Iterator[None]:
    """Room for deeply nested parentheses and long chains of `source`."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, 100_000))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def solve(
    inputs: Sequence[Path],
    assignments: Sequence[tuple[str, bool]] = (),
    mode: str = "defconfig",
    *,
    merge: bool = True,
) -> Result:
    """The configuration that the inputs give, or Refused.

    `assignments` are the command line's (names without CONFIG_), taken after all files.  With
    `merge` false a symbol defined twice is refused.
    """
    if mode not in MODES:
        raise ValueError(mode)
    oracle = Oracle(merge)
    with _deep():
        for path in inputs:
            oracle.read(str(path))
        for name, value in assignments:
            oracle.add(name, Clause("assign", value))
            oracle.externals.add(name)
        unknown = oracle.undefined()
        if unknown:
            raise Refused("undefined", symbols=unknown)
        oracle.evaluate(mode)
    return Result(dict(oracle.values), tuple(oracle.files), frozenset(oracle.externals))


def cyclic(inputs: Sequence[Path]) -> bool:
    """Whether some symbol's clauses lead back to it, whatever the values (self-loops included).

    An input that cannot be read counts as having no cycle: it is refused in any case.
    """
    oracle = Oracle(merge=True)
    try:
        with _deep():
            for path in inputs:
                oracle.read(str(path))
    except Refused:
        return False
    needs = oracle.graph()
    if any(name in named for name, named in needs.items()):
        return True
    try:
        TopologicalSorter(needs).prepare()
    except CycleError:
        return True
    return False


# --------------------------------------------------------------------------------------------
# Trees held as data

# Targets whose architecture is not simply the first part of their name.
ARCHITECTURES = {
    "microblazeel": "microblaze",
    "mips64el": "mips64",
    "mipsel": "mips",
    "or1k": "openrisc",
    "sh4eb": "sh4",
    "xtensaeb": "xtensa",
}


def _entry_text(entry: dict[str, Any]) -> str:
    def line(words: str, condition: str | None) -> str:
        return f"    {words} if {condition}\n" if condition else f"    {words}\n"

    text = f"config {entry['symbol']}\n    bool\n"
    # Several lines are what real trees have; the facts hold them joined.
    for condition in _conjuncts(entry.get("depends") or ""):
        text += f"    depends on {condition}\n"
    for value, condition in entry.get("defaults", ()):
        text += line(f"default {value}", condition)
    for other, condition in entry.get("selects", ()):
        text += line(f"select {other}", condition)
    for other, condition in entry.get("implies", ()):
        text += line(f"imply {other}", condition)
    return text


def _conjuncts(expression: str) -> list[str]:
    """The parts of a conjunction in full parentheses: `((A && B) && (C || D))` has three."""
    if not expression.startswith("("):
        return [expression] if expression else []
    depth = 0
    for index, char in enumerate(expression):
        depth += (char == "(") - (char == ")")
        if depth == 1 and expression.startswith(" && ", index):
            left, right = expression[1:index], expression[index + 4 : -1]
            return [*_conjuncts(left), *_conjuncts(right)]
    return [expression]


def facts_tree(facts: dict[str, Any], folder: Path) -> None:
    """Write a tree held as data (entries, targets, version) as the files it stands for."""

    def write(name: str, text: str) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    per_file: dict[str, list[str]] = {}
    for entry in facts["entries"]:
        per_file.setdefault(entry["file"], []).append(_entry_text(entry))
    top = []
    for name, texts in per_file.items():
        if name == "Kconfig":
            top.append("\n" + "\n".join(texts) + "\n")
        else:
            top.append(f"source {name}\n")
            write(name, "\n".join(texts))
    write("Kconfig", "".join(top))
    for target in facts["targets"]:
        name = target["name"]
        lines = [f"CONFIG_{symbol}={value}\n" for symbol, value in target["mak"]]
        write(f"configs/devices/{name}/default.mak", "".join(lines))
        arch = name.removesuffix("-softmmu")
        write(f"configs/targets/{name}.mak", f"TARGET_ARCH={ARCHITECTURES.get(arch, arch)}\n")
    write("VERSION", f"{facts['version']}\n")
