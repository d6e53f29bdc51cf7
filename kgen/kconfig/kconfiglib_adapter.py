"""From files in QEMU's Kconfig dialect to a Model: the door to Kconfiglib for this dialect.

That for standard Kconfig is `standard/parser`; no other module uses Kconfiglib.

Kconfiglib 14.1.0 reads Linux's dialect line by line. kgen keeps its parser and replaces its
tokenizer: kgen's own scanner (`parser`) splits the files into statements, and each statement is
passed to Kconfiglib's parser as tokens. This handles all differences between the dialects:
operator precedence, unquoted relative sources, files that are read only once, statements over
several lines. It is also safe: everything that could run a program or import a module (macros,
`$(shell,...)`, `kconfigfunctions`, environment variables) is in Kconfiglib's tokenizer and
start-up code, which are never called.

The Kconfiglib names used here that begin with an underscore are private, so its version is
pinned.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

import kconfiglib as k

from kgen.files.read import read_text
from kgen.kconfig.duplicates import duplicate_problems
from kgen.kconfig.includes import Reader
from kgen.kconfig.parser import Statement
from kgen.model.clauses import Assignment, Clause, Entry, Model, model_of
from kgen.model.expr import names
from kgen.model.places import File, Place
from kgen.model.problems import KgenError

if getattr(k, "VERSION", None) != (14, 1, 0):
    from kgen.model.dependencies import another

    raise KgenError(another("kconfiglib", "it is another version"))

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kgen.model.clauses import Kind

_BEFORE_CONDITION = {
    "default": k._T_DEFAULT,
    "select": k._T_SELECT,
    "imply": k._T_IMPLY,
}


_BOOL = [k._T_BOOL, None]


def load(
    inputs: Iterable[str],
    *,
    root: str = "",
    shown: str = "",
    merge: Callable[[], bool | None] = lambda: None,
    read: Callable[[str], str] = read_text,
    locate: Callable[[str, str], str] = os.path.join,
) -> Model:
    """The model of these files (paths), read in order as one text.

    root: the folder that places are relative to; a file outside it keeps its path. shown: that
    folder as the user gave it. merge: called if a symbol has several entries: True merges their
    properties, False is an error, None is an error whose hint says that the QEMU version is
    unknown. read: reads the text of a path. locate: finds sourced files, see includes.Reader.

    Raises KgenError with all problems of all files: syntax errors, missing and unreadable files,
    inclusion loops, duplicate definitions. Undefined symbols are not checked here, because
    assignments from other sources can name symbols, too.
    """
    reader = Reader(root, read, shown, locate)
    parser = _Parser(reader.statements(inputs))
    problems = reader.problems
    problems += duplicate_problems(parser.entries, merge)
    if problems:
        raise KgenError(*problems)
    return model_of(
        tuple(parser.entries),
        tuple(parser.clauses),
        tuple(parser.assignments),
        tuple(parser.mentions),
        tuple(reader.paths),
    )


class _Parser(k.Kconfig):  # type: ignore[misc]
    """Kconfiglib's parser, fed with statements; collects clauses in textual order."""

    def __init__(self, statements: Iterator[tuple[File, Statement]]) -> None:
        # Kconfiglib's own constructor would read environment variables, import a module and open
        # files. The attributes that its parser needs are set here instead.
        self.entries: list[Entry] = []
        self.clauses: list[Clause] = []
        self.assignments: list[Assignment] = []
        self.mentions: dict[str, None] = {}
        self._statements = statements
        self._own = ""  # the symbol of the entry that is being read
        self._prepare_parser()
        # Only the parser is run: Kconfiglib's evaluation follows Linux's rules, not QEMU's.
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

    # Overrides of methods that Kconfiglib's parser calls.

    def _next_line(self) -> bool:
        """The next statement as the tokens of a line; False at the end."""
        if self._reuse_tokens:
            self._reuse_tokens = False
            return True
        for file, statement in self._statements:
            self._file = file
            self._statement = statement
            word, self.linenr, name, value, condition = statement
            if word == "config":
                self._own = name
                self.entries.append(Entry(name, Place(self._file, self.linenr)))
                self.mentions[name] = None
                self._tokens = [k._T_CONFIG, self._lookup_sym(name), None]
            elif word == "assign":
                self._assign(name, value)
                continue
            elif not self._own:
                continue  # its entry has a syntax error
            elif word == "bool":
                self._tokens = _BOOL
            elif word == "depends":
                self._tokens = [k._T_DEPENDS, k._T_ON, condition, None]
            else:
                first = _BEFORE_CONDITION[word]
                if word != "default":
                    operand = self._lookup_sym(name)
                else:
                    operand = self.y if value else self.n
                if condition is None:
                    self._tokens = [first, operand, None]
                else:
                    self._tokens = [first, operand, k._T_IF, condition, None]
            self._tokens_i = 1
            return True
        return False

    def _parse_expr(self, transform_m: bool) -> Any:
        """The value (y or n) of a `default`."""
        self._tokens_i = 2
        return self._tokens[1]

    def _parse_cond(self) -> Any:
        """The optional `if` condition at the end of a property."""
        return self._end_property()

    def _expect_expr_and_eol(self) -> Any:
        """The expression at the end of a `depends on`."""
        return self._end_property()

    def _end_property(self) -> Any:
        """Add the property that Kconfiglib has finished parsing as a clause.

        Kconfiglib's own nodes are not used, because they keep neither the line of a property nor
        the order of properties of different kinds. They get a condition that is always true.
        """
        word, line, name, value, condition = self._statement
        own = self._own
        kind: Kind = word  # type: ignore[assignment]  # always a property here
        place = Place(self._file, line)
        self.clauses.append(Clause(kind, own, name or own, value, condition, place))
        if name:
            self.mentions[name] = None
        if condition is not None:
            if len(condition) == 1:
                self.mentions[condition[0]] = None
            else:
                self.mentions.update(dict.fromkeys(names(condition)))
        return self.y

    def _assign(self, name: str, value: bool) -> None:
        place = Place(self._file, self.linenr)
        self.assignments.append(Assignment(name, value, place, after=len(self.clauses)))
        self.mentions[name] = None
