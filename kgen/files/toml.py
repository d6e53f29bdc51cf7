"""TOML files of the user: their data, the place of each part, and their errors."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from kgen.model.places import File, Place, line_and_column, line_starts
from kgen.model.problems import Problem

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from msgspec import ValidationError

# The tokens of a valid text. A string is one token, including any brackets, comment marks and line
# breaks in it. The alternatives of each loop begin differently, so no match is tried twice.
_TOKEN = re.compile(
    r"""
    (?P<blank>[ \t\r]+ | \#[^\n]*)
    | (?P<long>  \"{3} (?: [^"\\] | \\[\s\S] | \"{1,2}(?!\") )* \"{3,5}
               | '{3} (?: [^'] | '{1,2}(?!') )* '{3,5} )
    | (?P<string> "(?: [^"\\\n] | \\. )*" | '[^'\n]*' )
    | (?P<word>[\w-]+)
    | (?P<mark>[\s\S])
    """,
    re.VERBOSE,
)

# The message of policies and sources maps for a text that may be valid but cannot be read.
TOO_MUCH = "nested too deeply, or a number is too long"

# In one line. The time that tomllib takes for a key grows with the square of its dots.
_DOTS = 5000

# Where a value ends that is neither a string nor in brackets.
_ENDS = frozenset("\n,]}")

_QUOTES = ("'", '"')
_LONG_QUOTES = ("'''", '"""')


class Toml:
    """A TOML text.

    data: its content, {} if it is not valid; problem: the error, if there is one. Places of parts
    are determined when a place is first requested. A part is named by its keys from the top, and
    an entry of an array by its number from 0.
    """

    def __init__(self, text: str, file: File, code: str, too_much: str = "") -> None:
        """code: of its problem. too_much: the message for a text that may be valid but cannot be
        read; "" for a message with the reason."""
        self.file = file
        self.data: dict[str, Any] = {}
        self.problem: Problem | None = None
        self._text = text
        self._top: _Part | None = None
        self._starts: list[int] = []
        try:
            if any(line.count(".") > _DOTS for line in text.split("\n")):
                raise RecursionError
            self.data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self.problem = _syntax(error, file, code)
        except (RecursionError, ValueError) as error:
            deep = isinstance(error, RecursionError)
            message = too_much or ("nested too deeply" if deep else "a number is too long")
            self.problem = Problem(message, Place(file, 1), code=code)

    def place(self, *names: str | int) -> Place:
        """The place of a part: its key, the header of its table, or the entry of an array.

        Of what is not there, the place of what would hold it; the first line at last.
        """
        return self._place(self._part(names)[1])

    def word(self, word: str, *names: str | int) -> Place:
        """The place, after the quotation mark, of a string that is a part's value or an entry of
        its list. The place of the part if it has no such string."""
        part, known = self._part(names)
        return self._place(part.words.get(word, known) if part is not None else known)

    def _part(self, names: tuple[str | int, ...]) -> tuple[_Part | None, int]:
        """A part, or None; and its position, or that of the last existing part on the way."""
        if self._top is None:
            self._top = _Scanner(self._text).top if self.problem is None else _Part(-1)
            self._starts = line_starts(self._text)
        part = self._top
        for name in names:
            inner = part.inner.get(name)
            if inner is None:
                return None, part.at
            part = inner
        return part, part.at

    def _place(self, at: int) -> Place:
        if at < 0:
            return Place(self.file, 1)
        return Place(self.file, *line_and_column(self._starts, at))


def reason(error: ValidationError) -> str:
    """msgspec's message about a wrong type, as part of a sentence."""
    words = str(error).replace("`", "").split(" - at ")[0]
    return words[:1].lower() + words[1:]


def _syntax(error: tomllib.TOMLDecodeError, file: File, code: str) -> Problem:
    """tomllib's error, with its place separated from its message."""
    match = re.search(r" \(at line (\d+), column (\d+)\)$", str(error))
    message = str(error)
    if match is None:
        return Problem(message.removesuffix(" (at end of document)"), Place(file, 1), code=code)
    place = Place(file, int(match[1]), int(match[2]))
    return Problem(message[: match.start()], place, code=code)


class _Part:
    """A table, an array or a value: its position, its parts and its strings."""

    __slots__ = ("at", "inner", "words")

    def __init__(self, at: int) -> None:
        self.at = at
        self.inner: dict[str | int, _Part] = _NOTHING
        self.words: dict[str, int] = _NO_WORDS

    def part(self, name: str | int, at: int) -> _Part:
        """The part with a name; a new one gets this position."""
        found = self.inner.get(name)
        if found is None:
            if not self.inner:  # most parts stay empty
                self.inner = {}
            found = self.inner[name] = _Part(at)
        return found

    def say(self, word: str, at: int) -> None:
        """Note a string and its first position."""
        if not self.words:
            self.words = {}
        self.words.setdefault(word, at)


_NOTHING: dict[str | int, _Part] = {}
_NO_WORDS: dict[str, int] = {}


class _Scanner:
    """Scans a text that tomllib accepted, token by token and without recursion."""

    def __init__(self, text: str) -> None:
        self.tokens = [
            (match.lastgroup, match[0], match.start())
            for match in _TOKEN.finditer(text)
            if match.lastgroup != "blank"
        ]
        self.tokens.append(("mark", "\n", len(text)))
        self.at = 0
        self.top = _Part(-1)
        table = self.top
        # The arrays (True) and tables in braces that are open, the innermost last.
        self.open: list[tuple[_Part, bool]] = []
        while self.at < len(self.tokens):
            _, token, start = self.tokens[self.at]
            if token == "\n" or (self.open and token == ","):
                self.at += 1
            elif self.open and token in ("]", "}"):
                self.open.pop()
                self.at += 1
            elif self.open and self.open[-1][1]:
                array = self.open[-1][0]
                self._value(array.part(len(array.inner), start), array)
            elif not self.open and token == "[":
                table = self._header(start)
            else:
                part = self._keyed(self.open[-1][0] if self.open else table)
                self._value(part, part)

    def _header(self, start: int) -> _Part:
        """`[a.b]` or `[[a.b]]`: the table that follows."""
        self.at += 1
        several = self.tokens[self.at][1] == "["
        self.at += several
        keys = [name for name, _ in self._keys("]")]
        self.at += several
        part = self.top
        for number, name in enumerate(keys, 1):
            part = part.part(name, start)
            if several and number == len(keys):
                part = part.part(len(part.inner), start)
            elif (last := len(part.inner) - 1) in part.inner:  # an array of tables: the last one
                part = part.inner[last]
        return part

    def _keyed(self, table: _Part) -> _Part:
        """`a.b =`: the part of the table that has the value."""
        for name, start in self._keys("="):
            table = table.part(name, start)
        return table

    def _keys(self, end: str) -> list[tuple[str, int]]:
        """The keys up to a mark, with their places."""
        keys = []
        while self.tokens[self.at][1] != end:
            _, token, start = self.tokens[self.at]
            if token != ".":
                keys.append((_string(token), start))
            self.at += 1
        self.at += 1
        return keys

    def _value(self, part: _Part, holder: _Part) -> None:
        """A value, or the start of one in brackets. holder: the part that a string belongs to."""
        kind, token, start = self.tokens[self.at]
        if kind in ("string", "long"):
            holder.say(_string(token), start + (3 if kind == "long" else 1))
        elif token in ("[", "{"):
            self.open.append((part, token == "["))
        else:
            while self.tokens[self.at + 1][1] not in _ENDS:
                self.at += 1
        self.at += 1


def _string(token: str) -> str:
    """The content of a string or a bare key."""
    if not token.startswith(_QUOTES):
        return token
    if "\\" in token or token.startswith(_LONG_QUOTES):
        return str(tomllib.loads(f"x = {token}")["x"])
    return token[1:-1]
