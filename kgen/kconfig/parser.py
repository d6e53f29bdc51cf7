"""Parser of QEMU's Kconfig dialect: from a file's text to statements.

Like scripts/minikconf.py, it treats a line break as white space, so an expression may continue on
the next line. Kconfig files and devices files (`.mak`) share the grammar:

    file      := (source | entry | assignment)*
    source    := ("source" | "include") rest-of-line
    entry     := "config" NAME property*
    property  := "bool" | "default" ("y" | "n") ["if" expr] | "depends" "on" expr
               | ("select" | "imply") NAME ["if" expr]
    assignment:= "CONFIG_" NAME "=" ("y" | "n")
    expr      := or-expr ("&&" or-expr)*        `||` binds tighter than `&&`
    or-expr   := operand ("||" operand)*
    operand   := "!" operand | "(" expr ")" | NAME
"""

from __future__ import annotations

from functools import lru_cache

from kgen.files.read import BYTE_ORDER_MARK
from kgen.kconfig.lexer import (
    QUOTES,
    is_name,
    path_of,
    position,
    quoted,
    source_line,
    token_pattern,
)
from kgen.model.expr import Expr, parse
from kgen.model.places import File, Place
from kgen.model.problems import Note, Problem
from kgen.model.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Word = Literal["source", "config", "bool", "default", "depends", "select", "imply", "assign"]


class Statement(Record):
    """One statement or property: its keyword, the line of the keyword (from 1), and its parts."""

    word: Word
    line: int
    name: str = ""  # symbol or path
    value: bool = True
    condition: Expr | None = None


_REVERSE: dict[str, Word] = {"select": "select", "imply": "imply"}


_Y_N = frozenset(["y", "n"])


_STARTS = frozenset(["config", "bool", "default", "depends", "select", "imply"])


# Keywords of Linux's Kconfig that QEMU's dialect does not have; messages name them.
_LINUX_ONLY = frozenset(
    """menu endmenu choice endchoice endif comment mainmenu help menuconfig prompt tristate
    def_bool def_tristate int hex string range visible option optional osource rsource
    orsource modules transitional if""".split()
)


_AFTER_HELP = frozenset("config menu endmenu choice endchoice endif".split())


_TYPES = frozenset("tristate int hex string def_bool def_tristate".split())


class _Stop(Exception):
    """A syntax error: the index of the offending token, a message and a hint."""

    def __init__(self, index: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.index = index
        self.start = 0  # the first line of the statement
        self.message = message
        self.hint = hint


def scan(text: str, file: File) -> tuple[list[Statement], list[Problem]]:
    """All statements of a file, and all syntax errors in it.

    After an error, parsing continues at the next line that begins a statement.
    """
    plain = _scan_plain(text)
    if plain is not None:
        return plain, []
    return scan_fully(text, file)


def scan_fully(text: str, file: File) -> tuple[list[Statement], list[Problem]]:
    """Like scan, but always token by token."""
    scanner = _Scanner(text)
    problems: list[Problem] = []
    while True:
        try:
            scanner.run()
            return scanner.statements, problems
        except _Stop as stop:
            stop.start = scanner.start_line
            problems.append(_problem(text, file, stop))
            scanner.recover(stop.index)


def _scan_plain(text: str) -> list[Statement] | None:
    """The statements of a file that has exactly one statement per line, else None.

    Nearly all files are written this way, and this takes a quarter of the time of a full scan.
    It does not change the grammar: a line that is not a complete statement makes it give up, and
    no token that continues a statement can begin one, so complete lines are independent.
    """
    statements: list[Statement] = []
    in_entry = False
    for number, line in enumerate(text.split("\n"), 1):
        if not line:
            continue
        plain = _plain_line(line)
        if plain is None:
            return None
        word, name, value, condition = plain
        if word == "blank":
            continue
        if word == "config":
            in_entry = True
        elif word == "source" or word == "assign":
            in_entry = False
        elif not in_entry:
            return None
        statements.append(Statement(word, number, name, value, condition))
    return statements


@lru_cache(maxsize=1 << 16)
def _plain_line(line: str) -> tuple[Word | Literal["blank"], str, bool, Expr | None] | None:
    """Word, name, value and condition of a line that is one complete statement, else None."""
    words = line.split()
    if not words or words[0][0] == "#":
        return "blank", "", True, None
    first = words[0]
    if first == "source" or first == "include":
        # The path is the rest of the line, including trailing blanks.
        path = line.lstrip()[len(first) :].lstrip()
        return ("source", path, True, None) if path else None
    if "#" in line:
        words = line[: line.index("#")].split()
        first = words[0]
    count = len(words)
    if count == 1:
        if first == "bool":
            return "bool", "", True, None
        name, equals, value = first.partition("=")
        if equals and value in _Y_N and name[:7] == "CONFIG_" and is_name(name):
            return "assign", name[7:], value == "y", None
        return None
    second = words[1]
    if first == "config":
        return ("config", second, True, None) if count == 2 and is_name(second) else None
    condition: Expr | None = None
    if first == "depends" and second == "on":
        condition = _plain_expression(words[2:])
        return None if condition is None else ("depends", "", False, condition)
    if count > 2:
        condition = _plain_expression(words[3:]) if words[2] == "if" else None
        if condition is None:
            return None
    if first == "default" and second in _Y_N:
        return "default", "", second == "y", condition
    if first in _REVERSE and is_name(second):
        return _REVERSE[first], second, True, condition
    return None


def _plain_expression(words: list[str]) -> Expr | None:
    """The expression that these words form, or None."""
    if len(words) == 1 and is_name(words[0]):
        return (words[0],)
    return _expression_of(" ".join(words))


@lru_cache(maxsize=4096)
def _expression_of(written: str) -> Expr | None:
    scanner = _Scanner(written)
    try:
        condition = scanner.expression()
    except _Stop:
        return None
    return condition if scanner.peek() == "" else None


class _Scanner:
    """The tokens of a file, a position in them, and the statements read so far."""

    def __init__(self, text: str) -> None:
        self.tokens: list[str] = token_pattern().findall(
            text if text.endswith("\n") else text + "\n"
        )
        self.tokens.append("")  # end of file
        self.index = 0
        self.line = 1
        self.in_entry = False
        self.start = 0  # index of the first token of the current statement
        self.start_line = 1
        self.statements: list[Statement] = []

    def run(self) -> None:
        """Read statements to the end of the file; raises _Stop."""
        while True:
            token = self.peek()
            if not token:
                return
            line = self.start_line = self.line
            self.start = self.index
            if token in _STARTS:
                self.index += 1
                if token == "config":
                    self.add(Statement("config", line, self.name("a symbol's name")))
                    self.in_entry = True
                elif self.in_entry:
                    self.property(token, line)
                else:
                    raise _Stop(self.index - 1, f'"{token}" is outside a "config" entry')
            elif path_of(token) is not None:
                self.source(token, line)
            elif is_name(token):
                self.assignment(token, line)
            else:
                raise _Stop(self.index, *_stray(token, self.in_entry))

    def property(self, word: str, line: int) -> None:
        """Parse a property after its keyword."""
        if word == "bool":
            self.add(Statement("bool", line))
        elif word == "default":
            value = self.y_or_n()
            self.add(Statement("default", line, "", value, self.optional_condition()))
        elif word == "depends":
            if self.peek() != "on":
                raise _Stop(self.index, f'expected "on" after "depends"{self.instead()}')
            self.index += 1
            condition = self.expression()
            if self.peek() == "if":
                raise _Stop(
                    self.index,
                    'QEMU\'s Kconfig has no "if" after "depends on"',
                    "put the condition into the expression",
                )
            self.add(Statement("depends", line, "", False, condition))
        else:
            name = self.name("a symbol's name")
            condition_or_none = self.optional_condition()
            self.add(Statement(_REVERSE[word], line, name, True, condition_or_none))

    def source(self, token: str, line: int) -> None:
        """Parse `source PATH`, which is one token."""
        path = path_of(token)
        if not path:
            raise _Stop(self.index, f'expected a path after "{token.strip()}"')
        self.index += 1
        self.line += token.count("\n")
        self.in_entry = False
        self.add(Statement("source", line, path))

    def assignment(self, token: str, line: int) -> None:
        """Parse `CONFIG_NAME=y`; token is its name, not yet consumed."""
        if not token.startswith("CONFIG_"):
            raise _Stop(self.index, *_stray(token, self.in_entry))
        self.index += 1
        if self.peek() != "=":
            raise _Stop(self.index, f'expected "=" after {token}{self.instead()}')
        self.index += 1
        self.in_entry = False
        self.add(Statement("assign", line, token[len("CONFIG_") :], self.y_or_n()))

    def optional_condition(self) -> Expr | None:
        if self.peek() != "if":
            return None
        self.index += 1
        return self.expression()

    def expression(self) -> Expr:
        """Parse the longest expression from here; the module docstring has the precedence."""
        tokens: list[str] = []
        depth = 0
        while True:
            token = self.peek()
            while token in ("!", "("):
                depth += token == "("
                tokens.append(token)
                self.index += 1
                token = self.peek()
            if not is_name(token):
                raise _Stop(self.index, *_no_operand(token))
            tokens.append(token)
            self.index += 1
            token = self.peek()
            while token == ")" and depth:
                depth -= 1
                tokens.append(token)
                self.index += 1
                token = self.peek()
            if token not in ("&&", "||"):
                break
            tokens.append(token)
            self.index += 1
        if depth:
            raise _Stop(self.index, f'expected ")"{self.instead()}')
        if token == "=" or token in ("<", ">"):
            raise _Stop(self.index, "QEMU's Kconfig has no comparisons")
        if token == "!" and self.tokens[self.index + 1] == "=":
            raise _Stop(self.index, "QEMU's Kconfig has no comparisons")
        return parse(tuple(tokens))

    def name(self, what: str) -> str:
        token = self.peek()
        if not is_name(token):
            raise _Stop(self.index, f"expected {what}{self.instead()}")
        self.index += 1
        return token

    def y_or_n(self) -> bool:
        token = self.peek()
        if token not in ("y", "n"):
            hint = "QEMU's Kconfig has no modules" if token == "m" else ""
            raise _Stop(self.index, f'expected "y" or "n"{self.instead()}', hint)
        self.index += 1
        return token == "y"

    def peek(self) -> str:
        """The next token, "" at the end of the file; counts the line breaks that it skips."""
        tokens = self.tokens
        while tokens[self.index] == "\n":
            self.index += 1
            self.line += 1
        return tokens[self.index]

    def instead(self) -> str:
        return f", not {quoted(self.peek())}"

    def add(self, statement: Statement) -> None:
        self.statements.append(statement)

    def recover(self, index: int) -> None:
        """Continue at the first line, from the token at index, that looks like a statement."""
        # Lines of a help text can begin with any word.
        starts = _AFTER_HELP if self.tokens[index] == "help" else _STARTS | _LINUX_ONLY
        if index == self.start:
            index += 1
        while self.tokens[index]:
            if index == 0 or self.tokens[index - 1] == "\n":
                word = self.tokens[index]
                if word in starts or path_of(word) is not None or word.startswith("CONFIG_"):
                    break
            index += 1
        self.line += sum(token.count("\n") for token in self.tokens[self.index : index])
        self.index = index
        # The error may be in the first line of an entry; its properties follow.
        self.in_entry = True


def _problem(text: str, file: File, stop: _Stop) -> Problem:
    line, column = position(text, stop.index)
    place = Place(file, line, column)
    notes: tuple[Note, ...] = ()
    if stop.start < line:
        # A statement may continue on following lines, as in scripts/minikconf.py.
        notes = (Note(Place(file, stop.start), "the statement starts here"),)
    # Features that only Linux's dialect has get their own message and code.
    linux = "QEMU's Kconfig has no" in stop.message + stop.hint
    code = "KG102" if linux else "KG101"
    return Problem(stop.message, place, source_line(text, line), notes, stop.hint, code=code)


def _stray(token: str, in_entry: bool) -> tuple[str, str]:
    """Message and hint for a token that cannot begin a statement."""
    if token in _LINUX_ONLY:
        hint = 'a symbol is declared with "bool" alone' if token in _TYPES else ""
        return f'QEMU\'s Kconfig has no "{token}"', hint
    if token in QUOTES:
        return "QEMU's Kconfig has no quotes and no prompts", ""
    if token == BYTE_ORDER_MARK:
        hint = "scripts/minikconf.py accepts none: save the file without it"
        return "a byte order mark is not part of QEMU's Kconfig", hint
    where = "a property or a statement" if in_entry else "a statement"
    message = f"expected {where}, not {quoted(token)}"
    return message, f"did you mean CONFIG_{token}=y?" if token.isupper() else ""


def _no_operand(token: str) -> tuple[str, str]:
    """Message and hint for a missing operand in an expression."""
    message = f"expected a symbol in the expression, not {quoted(token)}"
    if token in ("y", "n"):
        return message, "QEMU's Kconfig has no literal y or n inside an expression"
    if token in QUOTES:
        return message, "QEMU's Kconfig has no quotes"
    if token == "\\":
        return message, "QEMU's Kconfig continues expressions on the next line without a backslash"
    if token == "$":
        return message, "QEMU's Kconfig has no macros"
    return message, ""
