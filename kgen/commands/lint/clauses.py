"""Lint rules about declarations of symbols and references to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from kgen.commands.lint.rules import found
from kgen.kconfig.parser import Statement, scan
from kgen.model.clauses import Assignment, Clause, Model, said, written
from kgen.model.expr import NOT, Expr, conjuncts, names
from kgen.model.finding import Finding
from kgen.model.places import File, Place

_LAST = Statement("config", 0)


_TOKEN = re.compile(r"[^\W_]\w*|&&|\|\||[()!]")


_STARTS = re.compile(r"\s*(config|bool|default|depends|select|imply|source|include|CONFIG_\w+)\b")


def duplicate_clauses(model: Model) -> Iterator[Finding]:
    """Duplicate properties of one symbol."""
    first: dict[tuple[object, ...], Clause] = {}
    for clause in model.clauses:
        before = first.setdefault(said(clause), clause)
        if before is not clause:
            message = f'{clause.symbol} already has "{written(clause)}" at {before.place}'
            yield found("duplicate-clause", message, clause.place, clause.symbol)


def duplicate_definitions(model: Model) -> Iterator[Finding]:
    """A second entry of a symbol."""
    first: dict[str, Place] = {}
    for entry in model.entries:
        before = first.setdefault(entry.symbol, entry.place)
        if before is not entry.place:
            message = f"{entry.symbol} is already defined at {before}"
            yield found("duplicate-definition", message, entry.place, entry.symbol)


def untyped_symbols(model: Model, kconfig: Mapping[str, str]) -> Iterator[Finding]:
    """Entries without `bool`. The model does not have the type, so the text is scanned."""
    for file in dict.fromkeys(entry.place.file for entry in model.entries):
        entry: Statement | None = None
        for statement in [*scan(kconfig.get(file.path, ""), file)[0], _LAST]:
            if statement.word == "bool":
                entry = None
            elif statement.word in ("config", "source", "assign"):
                if entry is not None:
                    message = f'{entry.name} has no "bool"'
                    yield found("untyped-symbol", message, Place(file, entry.line), entry.name)
                entry = statement if statement.word == "config" else None


def mixed_operators(model: Model, kconfig: Mapping[str, str]) -> Iterator[Finding]:
    """`||` and `&&` without parentheses, for which Linux has the opposite precedence."""
    lines = {path: text.split("\n") for path, text in kconfig.items()}
    mixes: dict[tuple[str, int], bool] = {}  # a line can have many clauses
    for clause in model.clauses:
        condition = clause.condition or ()
        path, line = clause.place.file.path, clause.place.line
        if "&&" not in condition or "||" not in condition or path not in lines:
            continue
        if (path, line) not in mixes:
            mixes[path, line] = _mixes(_expression(lines[path], line))
        if mixes[path, line]:
            where = f'in "{clause.kind}" of {clause.symbol}'
            message = f'"||" and "&&" without parentheses {where}; "||" binds tighter here'
            yield found("mixed-operators", message, clause.place, clause.symbol)


def _expression(lines: Sequence[str], line: int) -> list[str]:
    """The tokens of the statement that begins in a line and may continue on the next ones."""
    text = lines[line - 1].partition("#")[0]
    for more in lines[line:]:
        if _STARTS.match(more):
            break
        text += " " + more.partition("#")[0]
    return _TOKEN.findall(text)


def _mixes(tokens: Iterable[str]) -> bool:
    """Whether both operators occur at the same level of the same parentheses."""
    stack: list[set[str]] = [set()]
    for token in tokens:
        if token == "(":
            stack.append(set())
        elif token == ")" and len(stack) > 1:
            stack.pop()
        elif token in ("&&", "||"):
            stack[-1].add(token)
            if len(stack[-1]) == 2:
                return True
    return False


def undefined_symbols(
    model: Model, assigned: Iterable[tuple[Assignment, str]]
) -> Iterator[Finding]:
    """Symbols that a clause or a devices file names but nothing declares, at each such line.

    assigned: lines of devices files, each with its target.
    """
    declared = model.declared()
    seen: set[tuple[str, str, int]] = set()

    def once(symbol: str, place: Place | None, what: str) -> Iterator[Finding]:
        key = (symbol, "" if place is None else place.file.path, 0 if place is None else place.line)
        if symbol not in declared and key not in seen:
            seen.add(key)
            message = f"{symbol} is not declared; {what}"
            yield found("undefined-symbol", message, place, symbol)

    for clause in model.clauses:
        for name in dict.fromkeys((clause.target, *names(clause.condition or ()))):
            yield from once(name, clause.place, f'{clause.symbol} has "{written(clause)}"')
    for item in model.assignments:
        yield from once(item.symbol, item.place, "it is assigned here")
    for item, target in assigned:
        yield from once(item.symbol, item.place, f"it is assigned for {target}")


def defaults_without_depends(model: Model, outside: Set[str]) -> Iterator[Finding]:
    """`default y` without a condition in a symbol without `depends on`."""
    depending = {clause.symbol for clause in model.clauses if clause.kind == "depends"}
    for clause in model.clauses:
        plain = clause.kind == "default" and clause.value and clause.condition is None
        if plain and clause.symbol not in depending | outside:
            message = f'{clause.symbol} is y on every target: "default y" without "depends on"'
            yield found("default-without-depends", message, clause.place, clause.symbol)


def late_defaults(model: Model, external: Mapping[str, str]) -> Iterator[Finding]:
    """`default y` where QEMU means a `select`: half of a chip that an accelerator needs.

    The symbol selects nothing and nothing selects it; it needs an accelerator and another symbol
    of the tree, the chip. `--without-default-devices` loses the default, although a board selects
    the chip. A default that needs a device group is a choice, and so is a chip that is implied.
    QEMU mended most of these (b040e591c5, d9458f990a, d8c7f1334f, 8bd3f84d1f).
    external: the external symbols, each with its source.
    """
    mentions = Mentions(model)
    accelerators = {name for name, source in external.items() if source == "accelerator"}
    optional = external.keys() | mentions.implied
    needs: dict[str, set[str]] = {}
    for clause in model.clauses:
        if clause.kind == "depends":
            needs.setdefault(clause.symbol, set()).update(_needed(clause.condition))
    for clause in model.clauses:
        symbol = clause.symbol
        if clause.kind != "default" or not clause.value or symbol in external:
            continue
        given = _needed(clause.condition)
        if symbol in mentions.selected | mentions.selecting or given & mentions.implied:
            continue
        needed = needs.get(symbol, set()) | given
        chips, accelerated = sorted(needed - optional), sorted(needed & accelerators)
        if chips and accelerated:
            message = (
                f'{symbol} is lost with --without-default-devices: "{written(clause)}" goes, '
                f"{' and '.join(chips)} may stay"
            )
            if clause.condition and given & accelerators and given.intersection(chips):
                hint = f'"select {symbol}" in {" and ".join(sorted(given))}'
            else:
                hint = f'"select {symbol} if {" && ".join(accelerated)}" in {chips[0]}'
            yield found("late-default", message, clause.place, symbol)._replace(hint=hint)


def _needed(condition: Expr | None) -> set[str]:
    """The names in a condition's conjuncts that have no `!`."""
    parts = conjuncts(condition or ())
    return {name for part in parts if NOT not in part for name in names(part)}


def never_enabled(model: Model, outside: Set[str], assigned: Set[str]) -> Iterator[Finding]:
    """Symbols that no default, `select`, `imply` or line of a devices file turns on.

    assigned: the symbols that a devices file, a descriptor or a Kconfig file sets to y.
    """
    given = {
        clause.target
        for clause in model.clauses
        if clause.kind in ("select", "imply") or (clause.kind == "default" and clause.value)
    }
    on = given | outside | assigned
    for entry in dict.fromkeys(model.entries):
        if entry.symbol not in on:
            message = (
                f"nothing turns {entry.symbol} on: "
                "no default, select or imply, and no line of a devices file"
            )
            yield found("never-enabled", message, entry.place, entry.symbol)


class Mentions:
    """How the Kconfig files name symbols."""

    def __init__(self, model: Model) -> None:
        self.selected: set[str] = set()  # or implied
        self.implied: set[str] = set()
        self.selecting: set[str] = set()
        self.read: set[str] = set()  # in a condition
        self.own: set[str] = set()  # with a default
        for clause in model.clauses:
            self.read.update(name for name in names(clause.condition or ()))
            if clause.kind in ("select", "imply"):
                self.selected.add(clause.target)
                self.selecting.add(clause.symbol)
                if clause.kind == "imply":
                    self.implied.add(clause.target)
            elif clause.kind == "default":
                self.own.add(clause.symbol)


def unused_symbols(
    model: Model, outside: Set[str], used: Set[str]
) -> tuple[list[Finding], list[Finding]]:
    """Symbols that nothing names, and symbols that are only selected.

    used: symbols that a meson.build, a devices file, a target's file or source code names.
    """
    mentions = Mentions(model)
    needed = outside | used | mentions.read | mentions.selecting
    unused, select_only = [], []
    for entry in dict.fromkeys(model.entries):
        symbol = entry.symbol
        if symbol in needed:
            continue
        if symbol not in mentions.selected:
            message = f"{symbol} is declared but not used"
            unused.append(found("unused-symbol", message, entry.place, symbol))
        elif symbol not in mentions.own:
            message = f"{symbol} is only selected; nothing reads it"
            select_only.append(found("select-only-symbol", message, entry.place, symbol))
    return unused, select_only


def unsourced_files(kconfig: Iterable[str], sourced: Iterable[str]) -> Iterator[Finding]:
    """Kconfig files of the tree that nothing sources. Paths relative to its root."""
    for path in sorted(set(kconfig) - set(sourced)):
        message = f"no Kconfig file sources {path}"
        yield found("unsourced-file", message, Place(File(path), 1))
