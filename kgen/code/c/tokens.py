"""C text: its tokens, and a quick division of a file into directives and chunks.

A *chunk* is what stands at file scope between two others: a declaration, a function, or a use of a
macro (together with what follows it up to the next `;` or `}`). Most of a file is in functions
that nobody asks about, so a file is first divided, which needs braces only, and tokens are made of
the chunks that are asked for.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator

from kgen.model.record import Record

Token = tuple[str, int]

# Branches of `#if` that have to be taken, the outermost first: the text of the condition, whether
# it has to be true, and where it stands. `#elif B` after `#if A` is ((A, False, 0), (B, True, 9)).
Test = tuple[str, bool, int]
Guard = tuple[Test, ...]

# The branches of one guard; the deepest of QEMU has 20. With each `#elif` one more has not to be
# taken, so that without a limit n of them would need memory in the order of n squared.
MOST_TESTS = 32

# What stands in a guard for all tests beyond: it is not known whether they hold.
FURTHER = "..."


class Define(Record):
    """`#define name(parameters) body`, or `#undef` (body: None). at: an offset in the file.

    parameters: None for a macro without a list; "..." at its end for any number.
    """

    name: str
    parameters: tuple[str, ...] | None
    body: str | None
    guard: Guard
    at: int


class Include(Record):
    """`#include` of a file: its name as written, and whether in quotes."""

    name: str
    quoted: bool
    guard: Guard
    at: int


class Chunk(Record):
    """Something at file scope, from offset `begin` to `end`.

    directives: the offset, the end and the text of each directive within it. function: it ends
    with a body.
    """

    begin: int
    end: int
    guard: Guard
    directives: tuple[tuple[int, int, str], ...] = ()
    function: bool = False


class Source(Record):
    """A divided file. defines and includes are those within chunks, too."""

    path: str
    text: str
    chunks: tuple[Chunk, ...]
    defines: tuple[Define, ...]
    includes: tuple[Include, ...]


# What is repeated takes memory for each time, to go back to it. So runs of characters are not
# repeated one by one, and nothing is gone back to, where Python can say so: from 3.11 on.
_ALL = "*+" if sys.version_info >= (3, 11) else "*"

_LINE = rf"//[^\n\\]*(?:\\[\s\S][^\n\\]*){_ALL}"
_COMMENT = rf"/\*[\s\S]*?(?:\*/|\Z)|{_LINE}"
_TEXT = rf""""[^"\\\n]*(?:\\[\s\S][^"\\\n]*){_ALL}"?|'[^'\\\n]*(?:\\[\s\S][^'\\\n]*){_ALL}'?"""
_DIRECTIVE = rf"\#(?:{_COMMENT}|[^\n\\/]+|\\[\s\S]|/){_ALL}"

# Each alternative begins with one character: `re` then jumps from one of these characters to the
# next. Of a comment only the beginning is matched: `str.find` finds the end much sooner. In a
# function `;` ends nothing.
_BEGINS = rf"/\*|{_LINE}|{_TEXT}|{_DIRECTIVE}"
_DIRECTIVES = re.compile(_BEGINS)
_WITHIN = re.compile(rf"{_BEGINS}|\{{|\}}")
_OUTSIDE = re.compile(rf"{_BEGINS}|\{{|\}}|;")

_TOKEN = re.compile(
    rf"(?:[ \t\n\r\f\v]+|\\\n|{_COMMENT}){_ALL}"
    rf"(?:([A-Za-z_$][\w$]*|{_TEXT}|\.?\d(?:[eEpP][+-]|[\w.])*"
    r"|->|\+\+|--|<<=?|>>=?|&&|\|\||\.\.\.|[-+*/%&|^!=<>]=|\#\#|[\s\S])|\Z)"
)

_SPACE = re.compile(rf"\\\n|{_COMMENT}")
_WORD = re.compile(r"\#[ \t]*(\w*)[ \t]*")
_DEFINITION = re.compile(r"(\w+)(?:\(([^)]*)\))?[ \t]*")
_INCLUDED = re.compile(r'"([^"\n]*)"|<([^>\n]*)>')


def tokens(text: str, begin: int = 0, end: int | None = None) -> list[Token]:
    """The tokens of a part of a text with their offsets; spaces and comments are left out."""
    found = _TOKEN.finditer(text, begin, len(text) if end is None else end)
    return [(match[1], match.start(1)) for match in found if match[1] is not None]


def words(text: str) -> list[str]:
    """The tokens of a text without their offsets."""
    return [word for word in _TOKEN.findall(text) if word]


def is_identifier(word: str) -> bool:
    """Whether a token is a name (or a keyword); "", which is after the last one, is none."""
    return bool(word) and (word[0].isalpha() or word[0] in "_$")


def is_text(word: str) -> bool:
    """Whether a token is a string literal."""
    return word[0] == '"'


def directive(text: str) -> tuple[str, str]:
    """The word of a directive, and the rest without comments and continued lines."""
    if "\\\n" in text or "/*" in text or "//" in text:
        text = _SPACE.sub(_blank, text)
    match = _WORD.match(text)
    if match is None:  # not reached: the text of a directive begins with `#`
        return "", ""
    return match[1], text[match.end() :].strip()


def _blank(match: re.Match[str]) -> str:
    return " "


def has_word(text: str, names: Iterable[str]) -> bool:
    """Whether one of these names is in a text, not as a part of a longer one.

    Faster than a regular expression: most texts have none of the names in any form.
    """
    for name in names:
        at = text.find(name)
        while at >= 0:
            end = at + len(name)
            if not _joins(text[at - 1 : at]) and not _joins(text[end : end + 1]):
                return True
            at = text.find(name, end)
    return False


def _joins(character: str) -> bool:
    return character.isalnum() or character == "_"


class Branches:
    """The `#if` that are open: what has to hold where we are."""

    def __init__(self, guard: Guard = ()) -> None:
        # For each the guard around it, and that of its next branch but for the new test.
        self._stack: list[tuple[Guard, Guard]] = []
        self.guard = guard

    @property
    def depth(self) -> int:
        """How many are open."""
        return len(self._stack)

    def follow(self, word: str, rest: str, at: int) -> bool:
        """Take a directive into account; whether it was one of the `#if` family."""
        if word in _OPENS:
            self._open(self.guard, self.guard, word, rest, at)
        elif word in _ENDS:
            if self._stack:
                outer, past = self._stack.pop()
                if word == "endif":
                    self.guard = outer
                elif word == "else":
                    self.guard = past
                    self._stack.append((outer, _with(past, ("0", True, at))))
                else:
                    self._open(outer, past, word.removeprefix("el"), rest, at)
        else:
            return False
        return True

    def _open(self, outer: Guard, past: Guard, word: str, rest: str, at: int) -> None:
        test = rest if word == "if" else f"defined {rest.split(' ')[0]}"
        positive = word != "ifndef"
        self.guard = _with(past, (test, positive, at))
        self._stack.append((outer, _with(past, (test, not positive, at))))


def _with(guard: Guard, test: Test) -> Guard:
    """The guard with one more test, if it has not MOST_TESTS."""
    if len(guard) < MOST_TESTS:
        return (*guard, test)
    return guard if guard[-1][0] == FURTHER else (*guard, (FURTHER, True, test[2]))


_OPENS = ("if", "ifdef", "ifndef")
_ENDS = ("else", "elif", "elifdef", "elifndef", "endif")


def divide(path: str, text: str) -> Source:
    """Divide a file; path is only kept."""
    chunks: list[Chunk] = []
    defines: list[Define] = []
    includes: list[Include] = []
    branches = Branches()
    depths: list[int] = []  # of braces, where each open `#if` began
    depth = begin = 0
    opened = since = 0  # parentheses that are open outside of braces, counted up to this offset
    started: Guard = ()
    inner: list[tuple[int, int, str]] = []
    function = False

    def close(end: int) -> None:
        nonlocal begin, inner, function, started
        chunks.append(Chunk(begin, end, started, tuple(inner), function))
        begin, inner, function = end, [], False
        started = branches.guard

    end = 0
    while (match := (_WITHIN if depth else _OUTSIDE).search(text, end)) is not None:
        at, end = match.span()
        first = text[at]
        if first == '"' or first == "'":
            continue
        if first == "/":
            end = _comment_end(text, at, end)
            if depth == 0 and _is_blank(text, begin, at):
                begin = end
        elif first == "{":
            if depth == 0:
                head = _head(text, max(begin, since), at)
                opened = head.count("(") - head.count(")") + (opened if since > begin else 0)
                function = opened <= 0 and _begins_body(head)
            depth += 1
        elif first == "}":
            depth -= depth > 0
            if depth == 0:
                since = end
                if function:
                    close(end)
        elif first == ";":
            if _is_blank(text, begin, at):
                begin = end
            else:
                close(end)
        elif first == "#":
            word, rest = directive(match[0])
            if depth == 0 and word in _ENDS and _ends_call(text, begin, at):
                close(at)  # a use of a macro, which needs no `;`
            if depth == 0 and _is_blank(text, begin, at):
                begin = end  # nothing has begun yet: the directive is between chunks
            else:
                inner.append((at, end, match[0]))
            before = branches.depth
            if branches.follow(word, rest, at):
                if branches.depth > before:
                    depths.append(depth)
                elif branches.depth < before:
                    depths.pop()
                elif depths:
                    depth = depths[-1]
            elif word in ("define", "undef"):
                defines += _define(word, rest, branches.guard, at)
            elif word in ("include", "include_next", "import"):
                includes += _include(rest, branches.guard, at)
            if begin == end:
                started = branches.guard
    if not _is_blank(text, begin, len(text)):
        close(len(text))
    return Source(path, text, tuple(chunks), tuple(defines), tuple(includes))


def _comment_end(text: str, at: int, end: int) -> int:
    """The end of a comment from its beginning, of which a pattern matched the part up to `end`."""
    if text[at + 1] == "/":
        return end
    found = text.find("*/", end)
    return len(text) if found < 0 else found + 2


def _is_blank(text: str, begin: int, end: int) -> bool:
    """Whether there are only spaces from one offset to another one."""
    return _INK.search(text, begin, end) is None


_INK = re.compile(r"\S")


def _ends_call(text: str, begin: int, end: int) -> bool:
    """Whether the last character that is no space is a closing parenthesis."""
    while end > begin and text[end - 1].isspace():
        end -= 1
    return end > begin and text[end - 1] == ")"


def directives(path: str, text: str) -> Source:
    """`divide` without the chunks: of headers little more is asked, and it is quicker."""
    defines: list[Define] = []
    includes: list[Include] = []
    branches = Branches()
    for at, _, line in _all_directives(text):
        word, rest = directive(line)
        if branches.follow(word, rest, at):
            continue
        if word in ("define", "undef"):
            defines += _define(word, rest, branches.guard, at)
        elif word in ("include", "include_next", "import"):
            includes += _include(rest, branches.guard, at)
    return Source(path, text, (), tuple(defines), tuple(includes))


def _define(word: str, rest: str, guard: Guard, at: int) -> Iterator[Define]:
    match = _DEFINITION.match(rest)
    if match is None:
        return
    if word == "undef":
        yield Define(match[1], None, None, guard, at)
        return
    parameters = None
    if match[2] is not None:
        parameters = tuple(part.strip() for part in match[2].split(",") if part.strip())
    yield Define(match[1], parameters, rest[match.end() :], guard, at)


def _include(rest: str, guard: Guard, at: int) -> Iterator[Include]:
    match = _INCLUDED.match(rest)
    if match is not None:
        yield Include(match[1] or match[2] or "", match[1] is not None, guard, at)


_BODY = re.compile(r"\)(?:\s*\b\w+\b)*\s*$")


def _head(text: str, begin: int, at: int) -> str:
    """What stands before a brace, without comments and without spaces at its end."""
    head = text[begin:at]
    if "/" in head or "\\" in head:
        head = _SPACE.sub(_blank, head)
    return head.rstrip()


def _begins_body(head: str) -> bool:
    """Whether a brace behind this begins a function's body, and not a list or a struct."""
    return head.endswith(")") or (not head.endswith("=") and bool(_BODY.search(head[-200:])))


def all_directives(text: str) -> list[tuple[int, int, str]]:
    """The offset, the end and the text of each directive of a file."""
    return list(_all_directives(text))


def _all_directives(text: str) -> Iterator[tuple[int, int, str]]:
    search = _DIRECTIVES.search
    end = 0
    while (match := search(text, end)) is not None:
        at, end = match.span()
        first = text[at]
        if first == "#":
            yield at, end, match[0]
        elif first == "/":
            end = _comment_end(text, at, end)
