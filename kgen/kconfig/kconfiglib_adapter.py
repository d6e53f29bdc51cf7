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

from collections.abc import Callable, Iterable, Iterator

import kconfiglib as k

from kgen.files.read import read_text
from kgen.kconfig.duplicates import twice
from kgen.kconfig.includes import Reader
from kgen.kconfig.parser import Statement
from kgen.model.clauses import Assignment, Clause, Entry, Model, model_of
from kgen.model.expr import names
from kgen.model.places import File, Place
from kgen.model.problems import KgenError

if getattr(k, "VERSION", None) != (14, 1, 0):
    from kgen.model.dependencies import another

    raise KgenError(another("kconfiglib", "it is not of that version"))

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
) -> Model:
    """The model of these files (paths), read in their order as one text.

    root: the folder that places are relative to; a file outside it keeps its path.
    shown: that folder as the user gave it. merge: is
    asked, where a symbol has two entries, what that is: True, one symbol with the properties of
    both; False, an error; None, an error that names both places and says that it was not known
    which to do.
    Raises KgenError with every problem of every file: syntax, missing and unreadable files,
    inclusion loops, double definitions. Undefined symbols are not looked for here, as symbols
    can also be named by assignments from elsewhere.
    """
    reader = Reader(root, read, shown)
    parser = _Parser(reader.statements(inputs))
    problems = reader.problems
    problems += twice(parser.entries, merge)
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
    """Kconfiglib's parser, fed with statements; what it parses is collected in textual order."""

    def __init__(self, statements: Iterator[tuple[File, Statement]]) -> None:
        # Kconfiglib's own start-up would read environment variables, import a module and open
        # files. What its parser needs is set here instead.
        self.entries: list[Entry] = []
        self.clauses: list[Clause] = []
        self.assignments: list[Assignment] = []
        self.mentions: dict[str, None] = {}
        self._statements = statements
        self._own = ""  # the symbol of the entry that is being read
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
                continue  # the entry that it belongs to had a syntax error
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
        """The y or n of a `default`."""
        self._tokens_i = 2
        return self._tokens[1]

    def _parse_cond(self) -> Any:
        """The optional `if` of a property, which ends it."""
        return self._end_property()

    def _expect_expr_and_eol(self) -> Any:
        """The expression of a `depends on`, which ends it."""
        return self._end_property()

    def _end_property(self) -> Any:
        """Note the property that Kconfiglib has come to the end of, as a clause.

        What Kconfiglib gets for its own nodes is that the property always holds: it keeps
        neither the line of a property nor the order of properties of different kinds.
        """
        word, line, name, value, condition = self._statement
        own = self._own
        kind: Kind = word  # type: ignore[assignment]  # only properties come here
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
