"""From the files of a standard Kconfig tree to Kconfiglib's menu nodes; the door to Kconfiglib.

Kconfiglib 14.1.0 splits lines into tokens, expands macros, and parses blocks and properties. What
it would ask of its surroundings is answered here: files come from the `Tree`, environment variables
from the caller alone, and `$(shell,...)` from `Shell`. Its evaluation is not used. Three words that
Kconfiglib 14.1.0 does not know are added: a bare `modules`, `depends on A if B`, and
`transitional`; and what Linux's program takes: a `select` of n, m or y, which has no effect, and
comments and help in another encoding.

The Kconfiglib names used here that begin with an underscore are private, so its version is
pinned.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from types import SimpleNamespace
from typing import Any, Protocol

import kconfiglib as k

from kgen.files.read import BAD, NotText, Outside
from kgen.files.tree import Tree, matches, obstacle
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Problem, os_reason
from kgen.standard import model as m
from kgen.standard.parser.every_mistake import BAD_LINE, Stop
from kgen.standard.parser.expression_parser import ExpressionParser

if getattr(k, "VERSION", None) != (14, 1, 0):
    from kgen.model.dependencies import another

    raise KgenError(another("kconfiglib", "it is another version"))

# Blocks inside blocks: the parser calls itself, by way of `EveryMistake`, for each.
_DEEPEST = 8000
# Macros in macros of one line, and the characters that they make.
_MOST_MACROS = 100_000
_LONGEST_LINE = 1 << 20
# Variables that a tree has without being given any.
ALWAYS = {"srctree": "."}
# Files that are read, each as often as a `source` names it.
_MOST_FILES = 200_000

TYPES = {
    k.UNKNOWN: "", k.BOOL: "bool", k.TRISTATE: "tristate", k.STRING: "string", k.INT: "int",
    k.HEX: "hex",
}  # fmt: skip
MENU, COMMENT = k.MENU, k.COMMENT
KconfigSymbol, KconfigChoice = k.Symbol, k.Choice
_NAMED = re.compile(r"\$[({]?(\w+)[)}]?", re.ASCII)
_VARIABLE = re.compile(r"\$(\w+|\{[^}]*\})", re.ASCII)


class Shell(Protocol):
    """Answers `$(shell,...)`: what a command prints, as one line."""

    def answer(self, command: str, place: Place) -> str:
        """Raises KgenError where it has no answer."""


class Parser(ExpressionParser):
    """Kconfiglib's parser over a tree.

    After `parse`: top_node is the menu tree as it is written, of linked nodes; conditions are
    numbers of `expressions`, those of properties with their line: (condition, line).
    """

    def __init__(
        self,
        tree: Tree,
        top: str,
        environment: Mapping[str, str],
        shell: Shell,
        may_miss: Sequence[str] = (),
    ) -> None:
        """top: the first file, relative to the tree. environment: what `$(NAME)` gives. may_miss:
        globs of files that are empty where they are missing."""
        # Kconfiglib's own constructor would read environment variables, import a module and
        # open files. The attributes that its parser needs are set here instead.
        super().__init__()
        self._tree, self._top, self._shell = tree, top, shell
        self._environment = _Variables({**ALWAYS, **environment})
        self._may_miss = may_miss
        self.missed: dict[str, None] = {}  # its globs that were of use
        self._root = os.path.join(tree.root, "")
        self.problems: list[Problem] = []
        self.files: dict[str, int] = {}
        self.transitional: set[k.Symbol] = set()
        self._texts: dict[str, str] = {}
        self._not_text: set[str] = set()  # the files with bytes that are no text
        self._known_lines: dict[str, Any] = {}
        self._own: k.Symbol | None = None  # the symbol of the entry that is being read
        self._entered = self._macros = 0
        self._prepare_parser()

    def _prepare_parser(self) -> None:
        self.warn = self.warn_to_stderr = False
        self.warnings: list[str] = []
        self.syms: dict[str, k.Symbol] = {}
        self.const_syms: dict[str, k.Symbol] = {}
        self.defined_syms: list[k.Symbol] = []
        self.named_choices: dict[str, k.Choice] = {}
        self.choices: list[k.Choice] = []
        self.menus: list[k.MenuNode] = []
        self.comments: list[k.MenuNode] = []
        self.variables: dict[str, k.Variable] = {}
        self.env_vars: set[str] = set()
        self.defconfig_list = None
        self._parsing_kconfigs = True
        self.n, self.m, self.y = m.N, m.M, m.Y
        for name in "n", "m", "y":
            self._lookup_const_sym(name).orig_type = k.TRISTATE
        self.modules = self._lookup_sym("MODULES")
        self._functions = {
            "info": (lambda *_: "", 1, 1),
            "warning-if": (lambda *_: "", 2, 2),
            "error-if": (k._error_if_fn, 2, 2),
            "filename": (k._filename_fn, 0, 0),
            "lineno": (k._lineno_fn, 0, 0),
            "shell": (lambda _, __, command: shell_answer(self, command), 1, 1),
        }
        self.srctree, self._srctree_prefix = ".", self._root
        self._filestack: list[Any] = []
        self._include_path: tuple[tuple[str, int], ...] = ()
        self._tokens: Any = (None,)
        self.filename, self.linenr = self._top, 0
        self._line = ""
        self._reuse_tokens = False
        self.top_node = k.MenuNode()
        self.top_node.kconfig, self.top_node.item = self, k.MENU
        self.top_node.visibility = self.top_node.dep = m.Y
        self.top_node.prompt = ("Main menu", m.Y)
        self.top_node.filename, self.top_node.linenr = self._top, 1

    def parse(self) -> None:
        """Read all files. Raises KgenError with all problems that were found."""
        self._readline = self._opened(os.path.join(self._root, self._top), self._top)
        try:
            with self._surroundings():
                self._parse_block(None, self.top_node, self.top_node).next = None
        except RecursionError:
            self.note(f"blocks are nested more than {_DEEPEST} deep", "KG111")
        except Stop:
            pass
        if self.problems:
            raise KgenError(*self.problems)
        self.top_node.list, self.top_node.next = self.top_node.next, None

    def forget(self) -> None:
        """Let go of all that was read; the parser is of no use from then on.

        A third of the memory of a run is in cycles of nodes, symbols and the parser, and a command
        runs without the search for cycles, which would take longer.
        """
        nodes = [self.top_node]
        for node in nodes:
            nodes += [one for one in (node.list, node.next) if one]
        for node in nodes:
            node.kconfig = node.item = node.parent = node.list = node.next = None
        for name in k.Kconfig.__slots__:
            if hasattr(self, name):
                delattr(self, name)
        self.__dict__.clear()

    @contextmanager
    def _surroundings(self) -> Iterator[None]:
        """What Kconfiglib would ask of the process is answered by this parser meanwhile."""
        before = k.os, k.expandvars, k.iglob, k._UNAME_RELEASE, sys.getrecursionlimit()
        k.os = SimpleNamespace(environ=self._environment)
        k.expandvars = self._expanded
        k.iglob = self._found
        k._UNAME_RELEASE = self._environment.get("UNAME_RELEASE", "$UNAME_RELEASE")
        sys.setrecursionlimit(max(before[-1], 2 * _DEEPEST))
        try:
            yield
        finally:
            k.os, k.expandvars, k.iglob, k._UNAME_RELEASE = before[:-1]
            sys.setrecursionlimit(before[-1])

    @property
    def asked(self) -> dict[str, None]:
        """The names of the variables that the files read, in order, whether given or not."""
        return self._environment.asked

    def _expanded(self, text: str) -> str:
        """os.path.expandvars with the caller's variables: `$NAME` of an unknown one stays."""
        if "$" not in text:
            return text
        environment = self._environment

        def value(found: re.Match[str]) -> str:
            name = found[1].strip("{}")
            return environment[name] if name in environment else found[0]

        return _VARIABLE.sub(value, text)

    # Files.

    def place(self, line: int = 0) -> Place:
        """The line that is being read, or another one of its file."""
        text = self._texts.get(self.filename, "")
        file = File(self.filename, self._include_path, root=self._tree.shown, text=text)
        return Place(file, line or self.linenr)

    def text(self, path: str) -> str:
        """The text of a file that was read."""
        return self._texts[path]

    @property
    def texts(self) -> Iterable[str]:
        """The texts of all files that were read."""
        return self._texts.values()

    def note(self, message: str, code: str, hint: str = "") -> None:
        """Take a mistake of the line that is being read."""
        self.problems.append(Problem(message, self.place(), hint=hint, code=code))

    def _found(self, pattern: str) -> list[str]:
        """The files of a `source`; "" for none, which is a problem where there must be one."""
        found, outside = matches(self._tree, pattern)
        written = os.path.relpath(pattern, self._root)
        if outside:
            self._refuse_outside(written)
            return [""]
        several = any(char in written for char in "*?[")
        if not found and not several and self._refuse_other(pattern, written):
            return [""]
        if not found and (globs := [one for one in self._may_miss if fnmatchcase(written, one)]):
            self.missed.update(dict.fromkeys(globs))
            return [""]
        if not found and self._tokens[0] in k._OBL_SOURCE_TOKENS:
            if several:
                return [""]  # all files of a kind, of which there is none
            hint = "--env gives a variable's value, --may-miss names a file that a build generates"
            self.note(f"cannot find {written}", "KG104", self._empty_variables() or hint)
            return [""]
        return found

    def _refuse_outside(self, path: str) -> None:
        hint = self._empty_variables() or "--allow-outside lets its files refer to others"
        self.note(f"{path} is outside the tree", "KG106", hint)

    def _refuse_other(self, path: str, written: str) -> bool:
        """Say what is there and is no file of the tree: a folder, a pipe, a link in a circle."""
        error = obstacle(self._tree, path)
        if isinstance(error, Outside):
            self._refuse_outside(written)
        elif error is not None:
            hint = self._empty_variables()
            self.note(f"cannot read {written}: {os_reason(error)}", "KG104", hint)
        return error is not None

    def _empty_variables(self) -> str:
        """A hint: the variables in this line that have no value."""
        names = [
            f"{name}=VALUE"
            for name in dict.fromkeys(_NAMED.findall(self._line))
            if not self._environment.get(name) and name not in self.variables
        ]
        return f"a variable is empty: give it with --env {' --env '.join(names)}" if names else ""

    def _enter_file(self, filename: str) -> None:
        self._filestack.append((self._include_path, self._readline))
        path = filename.removeprefix(self._root)
        self._entered += 1
        if filename and any(path == name for name, _ in ((self.filename, 0), *self._include_path)):
            self.note(f"{path} includes itself", "KG105")
            filename = ""
        elif self._entered > _MOST_FILES:
            self.note(f"more than {_MOST_FILES} files", "KG111")
            raise Stop
        include_path = (*self._include_path, (self.filename, self.linenr))
        self._readline = self._opened(filename, path) if filename else io.StringIO().readline
        self._include_path = include_path
        self.filename, self.linenr = path, 0

    def _opened(self, filename: str, path: str) -> Any:
        """A file's lines, as its readline gives them; none of one that cannot be read."""
        text = self._texts.get(path)
        if text is None:
            text = ""
            try:
                text = self._tree.read(filename)
            except Outside:
                self._refuse_outside(path)
            except OSError as error:
                self.note(f"cannot read {path}: {os_reason(error)}", "KG104")
            except NotText as error:
                text = error.marked
                self._not_text.add(path)
            self._texts[path] = text
            self.files.setdefault(path, len(self.files))
        return io.StringIO(text).readline

    # What Kconfiglib's parser calls.

    def _warn(self, msg: str, filename: object = None, linenr: object = None) -> None:
        """Kconfiglib's remarks on style are not kgen's."""

    def _next_line(self) -> bool:
        """The tokens of the next line; a bare `modules` is a property that is done here."""
        self._macros = 0
        try:
            if not super()._next_line():
                return False
        except BAD_LINE as error:
            self._skip(error)
        first = self._tokens[0]
        if first is k._T_CONFIG or first is k._T_MENUCONFIG:
            self._own = self._tokens[1] if isinstance(self._tokens[1], k.Symbol) else None
        elif self._own is not None and (
            first is k._T_MODULES or (first is k._T_OPTION and self._tokens[1] is k._T_MODULES)
        ):
            self.modules = self._own
            self._tokens = (None,)
        return True

    def _tokenize(self, s: str) -> Any:
        """The tokens of a line; of two thirds of a tree's lines they are known from an earlier one.

        Not of lines with macros, nor of those that begin with no keyword, which assign variables.
        """
        self._line = s
        tokens = self._known_lines.get(s)
        if tokens is None:
            tokens = super()._tokenize(s)
            if BAD in s and self.filename in self._not_text:
                self._refuse_bytes(s, tokens)
            if "$" not in s and (tokens[0] is not None or s.isspace()):
                self._known_lines[s] = tokens
        return tokens

    def _refuse_bytes(self, line: str, tokens: Sequence[Any]) -> None:
        """Bytes that are no text are an error where they say something: not in a comment, and help
        is not split into tokens."""
        words = [one if isinstance(one, str) else getattr(one, "name", None) for one in tokens]
        if tokens[0] is None:
            words.append(line.partition("#")[0])
        if any(BAD in word for word in words if word):
            place = Place(self.place().file, self.linenr, line.index(BAD) + 1)
            hint = "only comments and help can be in another encoding"
            self.problems.append(Problem("not valid UTF-8", place, hint=hint, code="KG103"))

    def _expand_macro(self, s: str, i: int, args: Any) -> tuple[str, int]:
        """Expand a macro, within limits: a few lines can double a text without end."""
        self._macros += 1
        if self._macros > _MOST_MACROS or len(s) > _LONGEST_LINE:
            self._parse_error("the macros of this line expand without end")
        found: tuple[str, int] = super()._expand_macro(s, i, args)
        return found

    def _parse_assignment(self, s: str) -> None:
        """A line that begins with no keyword; `transitional` is one in newer trees."""
        if self._own is not None and s.partition("#")[0].strip() == "transitional":
            self.transitional.add(self._own)
        else:
            super()._parse_assignment(s)

    def _expect_nonconst_sym(self) -> k.Symbol:
        """The symbol of a `select`. That of a constant selects a symbol that no file defines."""
        selected = self._tokens[1]
        if selected.__class__ is k.Symbol and selected.name in k.STR_TO_TRI:
            self._tokens_i, selected = 2, self._lookup_sym(selected.name)
            self.number(selected)
            return selected
        return super()._expect_nonconst_sym()

    def _make_and(self, e1: int, e2: int) -> int:
        return self.expressions.both(e1, e2)

    def _parse_cond(self) -> Any:
        """The condition of a property, and its line."""
        condition = self._parse_expr(True) if self._check_token(k._T_IF) else m.Y
        if self._tokens[self._tokens_i] is not None:
            self._trailing_tokens_error()
        return condition, self.linenr

    def _expect_expr_and_eol(self) -> int:
        """The expression of an `if`, `visible if` or `depends on`.

        `depends on A if B` is `A || B = n`, as Linux defines it (menu_add_dep in
        scripts/kconfig/menu.c).
        """
        expression = self._parse_expr(True)
        if self._tokens[0] is k._T_DEPENDS and self._check_token(k._T_IF):
            without = self.expressions.made(m.IS_N, self._parse_expr(True))
            expression = self.expressions.either(expression, without)
        if self._tokens[self._tokens_i] is not None:
            self._trailing_tokens_error()
        return expression


class _Variables(dict[str, str]):
    """Variables, and the names that were asked for."""

    def __init__(self, given: Mapping[str, str]) -> None:
        super().__init__(given)
        self.asked: dict[str, None] = {}

    def __contains__(self, name: object) -> bool:
        self.asked[str(name)] = None
        return super().__contains__(name)


def shell_answer(parser: Parser, command: str) -> str:
    """The answer to `$(shell,command)`; without one, a problem, and n so that the rest is read."""
    try:
        return parser._shell.answer(command, parser.place())
    except KgenError as error:
        parser.problems += error.problems
        return "n"
