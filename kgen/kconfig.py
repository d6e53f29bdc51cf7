"""The one adapter to Kconfiglib: files in QEMU's dialect to a Model.

Kconfiglib 14.1.0 reads Linux's dialect from lines. Here its parser is kept and its reading of
lines is replaced: kgen's own scanner (`dialect`) splits the files, and each statement goes to
Kconfiglib's parser as the tokens that it would have made of a line itself. That settles every
difference at once: precedence, unquoted relative sources, files that are read once, statements
over several lines. It is safe by construction too. What could run a program or import a module
(macros, `$(shell,...)`, `kconfigfunctions`, environment variables) sits in Kconfiglib's
tokenizer and start-up, and neither is reached.

Everything here that begins with an underscore is Kconfiglib's own business, which is why its
version is pinned.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import kconfiglib as k

from kgen import dialect
from kgen.errors import File, KgenError, Note, Place, Problem, near, os_reason
from kgen.expr import Expr, names
from kgen.files import NotText, read_text
from kgen.model import Assignment, Clause, Entry, Kind, Model

_BEFORE_CONDITION = {
    "default": k._T_DEFAULT,
    "select": k._T_SELECT,
    "imply": k._T_IMPLY,
}


_BOOL = [k._T_BOOL, None]


class _Reading(NamedTuple):
    """A file that is being read: its statements, and the paths of those that led to it.

    broken: it has syntax errors.
    """

    file: File
    path: str
    text: str
    above: tuple[str, ...]
    statements: Iterator[dialect.Statement]
    broken: bool


def load(
    inputs: Iterable[str],
    *,
    root: str = "",
    merge: bool | None = None,
    read: Callable[[str], str] = read_text,
) -> Model:
    """The model of these files (paths), read in their order as one text.

    root: the folder that places are relative to; a file outside it keeps its path. merge: what
    two entries of one symbol are: True, one symbol with the properties of both; False, an
    error; None, an error that names both places and says that it was not known which to do.
    Raises KgenError with every problem of every file: syntax, missing and unreadable files,
    inclusion loops, double definitions. Undefined symbols are not looked for here, as symbols
    can also be named by assignments from elsewhere.
    """
    reader = _Reader(list(inputs), root, read)
    problems = reader.problems
    if merge is not True:
        problems += _twice(reader.entries, undecided=merge is None)
    if problems:
        raise KgenError(*problems)
    return Model(
        tuple(reader.entries),
        tuple(reader.clauses),
        tuple(reader.assignments),
        tuple(reader.mentions),
        tuple(reader.paths),
    )


def undefined(model: Model, named: Iterable[Assignment] = ()) -> list[Problem]:
    """A problem for each symbol that is named and declared nowhere, with every place of it."""
    declared = {entry.symbol for entry in model.entries}
    outside = dict.fromkeys(item.symbol for item in named)
    missing = [name for name in (model.mentions + tuple(outside)) if name not in declared]
    if not missing:
        return []
    places: dict[str, list[Note]] = {name: [] for name in missing}
    for clause in model.clauses:
        message = f"{clause.symbol}: {clause.kind}"
        mentioned = {clause.target, *names(clause.condition or ())}
        for name in mentioned & places.keys():
            places[name].append(Note(clause.place, f'named here by "{message}"'))
    for item in (*model.assignments, *named):
        if item.symbol in places and item.place is not None:
            note = Note(item.place, "assigned here")
            if note not in places[item.symbol]:
                places[item.symbol].append(note)
    return [_undefined(name, notes, declared) for name, notes in places.items()]


class _Reader(k.Kconfig):  # type: ignore[misc]
    """Kconfiglib's parser, fed with statements; what it parses is collected in textual order."""

    def __init__(self, inputs: list[str], root: str, read: Callable[[str], str]) -> None:
        # Kconfiglib's own start-up would read environment variables, import a module and open
        # files. What its parser needs is set here instead.
        self.entries: list[Entry] = []
        self.clauses: list[Clause] = []
        self.assignments: list[Assignment] = []
        self.mentions: dict[str, None] = {}
        self.problems: list[Problem] = []
        self.paths: list[str] = []
        self._root = os.path.abspath(root) if root else ""
        self._read = read
        self._statements = self._walk(inputs)
        self._prepare_parser()
        # Kconfiglib's evaluation is not wanted, QEMU's rules are others: only the parse is run.
        self._parse_block(None, self.top_node, self.top_node).next = None

    def _prepare_parser(self) -> None:
        self.warn = self.warn_to_stderr = False
        self.warnings: list[str] = []
        self.syms: dict[str, k.Symbol] = {}
        self.const_syms: dict[str, k.Symbol] = {}
        self.defined_syms: list[k.Symbol] = []
        self._parsing_kconfigs = True
        self.y = self.n = k.Symbol()
        for value in ("y", "n"):
            constant = k.Symbol()
            constant.kconfig, constant.name, constant.is_constant = self, value, True
            constant.orig_type = k.BOOL
            self.const_syms[value] = constant
        self.y, self.n = self.const_syms["y"], self.const_syms["n"]
        self.modules = None
        self._include_path = ()
        self.filename, self.linenr = "", 0
        self._reuse_tokens = False
        self.top_node = k.MenuNode()
        self.top_node.kconfig, self.top_node.item = self, k.MENU

    # What Kconfiglib's parser calls, answered from the statements.

    def _next_line(self) -> bool:
        """The next statement as the tokens of a line; False at the end."""
        if self._reuse_tokens:
            self._reuse_tokens = False
            return True
        try:
            self._tokens = next(self._statements)
        except StopIteration:
            return False
        self._tokens_i = 1
        return True

    def _parse_expr(self, transform_m: bool) -> Any:
        """The y or n of a `default`."""
        token = self._tokens[self._tokens_i]
        self._tokens_i += 1
        return token

    def _parse_cond(self) -> Any:
        """The optional `if` of a property, which ends it."""
        condition: Expr | None = None
        if self._check_token(k._T_IF):
            condition = self._tokens[self._tokens_i]
        first, second = self._tokens[0], self._tokens[1]
        own = self.defined_syms[-1].name
        if first is k._T_DEFAULT:
            self._add("default", own, own, second is self.y, condition)
        elif first is k._T_SELECT:
            self._add("select", own, second.name, True, condition)
        else:
            self._add("imply", own, second.name, True, condition)
        return self.y

    def _expect_expr_and_eol(self) -> Any:
        """The expression of a `depends on`."""
        own = self.defined_syms[-1].name
        self._add("depends", own, own, False, self._tokens[self._tokens_i])
        return self.y

    def _add(
        self, kind: Kind, symbol: str, target: str, value: bool, condition: Expr | None
    ) -> None:
        place = Place(self._file, self.linenr)
        self.clauses.append(Clause(kind, symbol, target, value, condition, place))
        self.mentions[target] = None
        if condition:
            self.mentions.update(dict.fromkeys(names(condition)))

    # The files, and what stands in them.

    def _walk(self, inputs: list[str]) -> Iterator[list[Any]]:
        """The tokens of every statement, in textual order over all files."""
        for path in inputs:
            stack = [self._enter(os.path.abspath(path), path, None)]
            while stack:
                reading = stack[-1]
                if reading is None:
                    stack.pop()
                    continue
                file = reading.file
                for statement in reading.statements:
                    word = statement.word
                    if word == "source":
                        stack.append(self._follow(statement, reading))
                        break
                    self._file = file
                    self.linenr = statement.line
                    if word == "assign":
                        self._assign(statement)
                    elif word == "config" or not reading.broken:
                        # Behind a syntax error it is not known whose a property is.
                        yield self._as_tokens(statement)
                else:
                    stack.pop()

    def _enter(
        self, path: str, shown: str, parent: _Reading | None, line: int = 0
    ) -> _Reading | None:
        """Open and scan a file; None, with the problem noted, if it cannot be read."""
        place = None if parent is None else Place(parent.file, line)
        chain: tuple[tuple[str, int], ...] = ()
        above: tuple[str, ...] = ()
        if parent is not None:
            chain = (*parent.file.includes, (parent.file.path, line))
            above = (*parent.above, parent.path)
        file = File(self._name(path), chain)
        text = self._open_text(path, shown, file, place)
        if text is None:
            return None
        self.paths.append(path)
        statements, problems = dialect.scan(text, file)
        self.problems += problems
        return _Reading(file, path, text, above, iter(statements), bool(problems))

    def _assign(self, statement: dialect.Statement) -> None:
        place = Place(self._file, statement.line)
        after = len(self.clauses)
        self.assignments.append(Assignment(statement.name, statement.value, place, after=after))
        self.mentions[statement.name] = None

    def _as_tokens(self, statement: dialect.Statement) -> list[Any]:
        """What Kconfiglib's tokenizer would have made of the statement, ended by None."""
        word = statement.word
        if word == "bool":
            return _BOOL
        if word == "depends":
            return [k._T_DEPENDS, k._T_ON, statement.condition, None]
        if word == "config":
            self.entries.append(Entry(statement.name, Place(self._file, self.linenr)))
            self.mentions[statement.name] = None
            return [k._T_CONFIG, self._lookup_sym(statement.name), None]
        if word == "default":
            operand = self.y if statement.value else self.n
        else:
            operand = self._lookup_sym(statement.name)
        if statement.condition is None:
            return [_BEFORE_CONDITION[word], operand, None]
        return [_BEFORE_CONDITION[word], operand, k._T_IF, statement.condition, None]

    def _follow(self, statement: dialect.Statement, reading: _Reading) -> _Reading | None:
        """The sourced file, ready to be read; None if it is skipped or cannot be.

        A file that was read before is skipped, which includes one that sources itself; one that
        is still being read further up is a loop. The reference compares paths as they are
        written, so `../d/x.mak` from within `d` is read once more; it must then be no loop.
        """
        written = os.path.join(os.path.dirname(reading.path), statement.name)
        real = os.path.abspath(written)
        if written not in reading.above:
            if written in self.paths:
                return None
            if real not in reading.above and real != reading.path:
                return self._enter(real, statement.name, reading, statement.line)
        place = Place(
            reading.file,
            statement.line,
            dialect.find(reading.text, statement.name, statement.line),
        )
        steps = (*(f"{file}:{line}" for file, line in place.file.includes), str(place))
        self.problems.append(
            Problem(
                f"inclusion loop: {' -> '.join((*steps, self._name(real)))}",
                place,
                dialect.source_line(reading.text, statement.line),
                hint=f'remove this "source {statement.name}", or the one that leads here',
            )
        )
        return None

    def _open_text(self, path: str, shown: str, file: File, place: Place | None) -> str | None:
        try:
            return self._read(path)
        except NotText as error:
            self.problems.append(Problem("not valid UTF-8", Place(file, error.line, error.column)))
        except OSError as error:
            message = f"cannot read {shown}: {os_reason(error)}"
            hint = _neighbour(path) if isinstance(error, FileNotFoundError) else ""
            self.problems.append(Problem(message, place, hint=hint))
        except ValueError:  # a NUL in the name
            self.problems.append(Problem(f"cannot read {shown}: no such name", place))
        return None

    def _name(self, path: str) -> str:
        """A path as places give it: relative to the root and with `/`, if it is below it."""
        if self._root and path.startswith(self._root + os.sep):
            return path[len(self._root) + 1 :].replace(os.sep, "/")
        return path


def _twice(entries: list[Entry], *, undecided: bool) -> list[Problem]:
    first: dict[str, Entry] = {}
    problems = []
    for entry in entries:
        before = first.setdefault(entry.symbol, entry)
        if before is not entry:
            hint = "QEMU merges such entries up to 11.0 and rejects them since"
            if undecided:
                hint += "; no VERSION file stands beside this tree: say which with --duplicates"
            problems.append(
                Problem(
                    f"{entry.symbol} is defined twice",
                    entry.place,
                    notes=(Note(before.place, "defined here before"),),
                    hint=hint,
                )
            )
    return problems


def _undefined(name: str, notes: list[Note], declared: set[str]) -> Problem:
    message = f"undefined symbol {name}" if name else "undefined symbol with an empty name"
    if not notes:
        return Problem(message, hint=near(name, declared))
    first, *rest = notes
    hint = near(name, declared)
    return Problem(message, first.place, notes=tuple(rest), hint=hint, focus=name)


def _neighbour(path: str) -> str:
    """A file beside a missing one whose name is close to it."""
    try:
        beside = os.listdir(os.path.dirname(path))
    except OSError:
        return ""
    return near(os.path.basename(path), beside)
