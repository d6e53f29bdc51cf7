"""Macro expansion as C's preprocessor does it, on tokens with offsets."""

from __future__ import annotations

from collections.abc import Callable, Container
from functools import lru_cache

from kgen.code.c.tokens import Define, Token, words
from kgen.model.record import Record

# Tokens that the expansion of one chunk may have. QEMU's longest has some thousands.
LIMIT = 1 << 19

# New words count by their length, too: so many bits of it do not.
_CHARACTERS = 4

# Calls of macros within arguments of macros within ...
_DEEPEST = 60

Lookup = Callable[[str], Define | None]


class Endless(Exception):
    """A macro that expands to more than LIMIT tokens, or nests too deeply. at: its offset."""

    def __init__(self, name: str, at: int) -> None:
        super().__init__(name)
        self.name = name
        self.at = at


def expand(
    tokens: list[Token], lookup: Lookup, own: Container[str], others: Container[str]
) -> list[Token]:
    """Expand all macros. What a macro expands to has the offset of its name.

    lookup: the definition of a name that is a macro here; it is asked for what is in `own`
    or `others`. Raises Endless.
    """
    return _Expander(lookup, own, others).expand(tokens, 0)


# What a part of a macro's body stands for: a word for itself; a parameter for its argument with
# all macros expanded, for the argument as it is (beside `##`), or for its text (`#`); and what is
# in the parentheses of `__VA_OPT__`, for itself.
_WORD, _EXPANDED, _AS_IS, _QUOTED, _OPTIONAL = range(5)


class _Plan(Record):
    """How a macro is expanded. rest: the last parameter stands for all further arguments. pastes:
    `##` is in its body."""

    parameters: tuple[str, ...]
    rest: bool
    parts: tuple[tuple[int, str], ...]
    pastes: bool


@lru_cache(maxsize=1 << 14)
def _plan(parameters: tuple[str, ...] | None, body: str) -> _Plan:
    names = list(parameters or ())
    rest = bool(names) and names[-1].endswith("...")
    if rest:
        names[-1] = names[-1][:-3].strip() or _FURTHER
    found = words(body)
    parts: list[tuple[int, str]] = []
    number = 0
    while number < len(found):
        word = found[number]
        following = found[number + 1] if number + 1 < len(found) else ""
        if word == "#" and following in names:
            parts.append((_QUOTED, following))
            number += 1
        elif word == "__VA_OPT__":
            end = _closed(found, number + 1)
            parts.append((_OPTIONAL, " ".join(found[number + 2 : end])))
            number = end
        elif word not in names:
            parts.append((_WORD, word))
        elif following == "##" or (number and found[number - 1] == "##"):
            parts.append((_AS_IS, word))
        else:
            parts.append((_EXPANDED, word))
        number += 1
    return _Plan(tuple(names), rest, tuple(parts), "##" in found)


_FURTHER = "__VA_ARGS__"


def _closed(found: list[str], begin: int) -> int:
    """The number of the token that closes the parenthesis with this number."""
    depth = 0
    for end in range(begin, len(found)):
        depth += (found[end] == "(") - (found[end] == ")")
        if not depth:
            return end
    return len(found)


# Instead of a token: the expansion of this macro ends here.
_END = -1


class _Expander:
    def __init__(self, lookup: Lookup, own: Container[str], others: Container[str]) -> None:
        self._lookup = lookup
        self._own = own
        self._others = others
        self._made = 0
        # What names gave for their arguments, backwards: glue(a, b) is often there several times.
        self._known: dict[tuple[Token, tuple[tuple[Token, ...], ...]], list[Token]] = {}

    def expand(self, tokens: list[Token], depth: int) -> list[Token]:
        lookup, own, others = self._lookup, self._own, self._others
        begin = 0
        for word, _ in tokens:
            if word in own or word in others:
                break
            begin += 1
        else:
            return tokens
        output = tokens[:begin]
        pending = tokens[begin:][::-1]
        within: dict[str, int] = {}  # macros whose expansion is being read
        while pending:
            token = pending.pop()
            word, at = token
            if at == _END:
                within[word] -= 1
                continue
            if (word not in own and word not in others) or within.get(word):
                output.append(token)
                continue
            define = lookup(word)
            if define is None or define.body is None:
                output.append(token)
                continue
            given = [] if define.parameters is None else _arguments(pending, within)
            if given is None:
                output.append(token)
                continue
            if depth > _DEEPEST:
                raise Endless(word, at)
            key = token, tuple(map(tuple, given))
            replacement = self._known.get(key)
            if replacement is None:
                plan = _plan(define.parameters, define.body)
                replacement = self._replacement(plan, given, token, depth)
                replacement.reverse()
                self._known[key] = replacement
            self._count(len(replacement) + 1, token)
            within[word] = within.get(word, 0) + 1
            pending.append((word, _END))
            pending += replacement
        return output

    def _replacement(
        self, plan: _Plan, given: list[list[Token]], token: Token, depth: int
    ) -> list[Token]:
        """The body with the arguments in place of the parameters, as a new list.

        token: the macro's name.
        """
        at = token[1]
        values = dict(zip(plan.parameters, given, strict=False))
        if plan.rest:
            number = len(plan.parameters) - 1
            values[plan.parameters[-1]] = _with_commas(given[number:], at)
        full: dict[str, list[Token]] = {}
        made: list[Token] = []
        for kind, word in plan.parts:
            if kind == _WORD:
                made.append((word, at))
                continue
            value = values.get(word, _NONE)
            if kind == _EXPANDED:
                if word not in full:
                    full[word] = self.expand(value, depth + 1)
                made += full[word]
            elif kind == _QUOTED:
                made.append((_quoted(value), at))
                self._count(len(made[-1][0]) >> _CHARACTERS, token)
            elif kind == _OPTIONAL:
                if values.get(_FURTHER):
                    inner = _plan((*plan.parameters[:-1], "..."), word)
                    made += self._replacement(inner, given, token, depth)
            elif value:
                made += value
            elif word == _FURTHER and [part for part, _ in made[-2:]] == [",", "##"]:
                del made[-2:]  # GNU: `, ## __VA_ARGS__` without arguments
            else:
                made.append(("", at))
            if len(made) > LIMIT:
                break
        return self._pasted(made, token) if plan.pastes else made

    def _count(self, made: int, token: Token) -> None:
        """Raises Endless if so many tokens more are too many. token: the macro they come of."""
        self._made += made
        if self._made > LIMIT:
            raise Endless(*token)

    def _pasted(self, tokens: list[Token], token: Token) -> list[Token]:
        """Join what stands on both sides of `##`; drop the empty tokens that stood for no
        argument."""
        made: list[tuple[list[str], int]] = []
        joins = False
        for word, at in tokens:
            if word == "##" and made:
                joins = True
            elif joins:
                made[-1][0].append(word)
                joins = False
            else:
                made.append(([word], at))
        found: list[Token] = []
        for parts, at in made:
            if len(parts) > 1:
                text = "".join(parts)
                self._count(len(text) >> _CHARACTERS, token)
                found += [(word, at) for word in words(text)]  # nearly always one
            elif parts[0]:
                found.append((parts[0], at))
        return found


_NONE: list[Token] = []


def _with_commas(arguments: list[list[Token]], at: int) -> list[Token]:
    made = arguments[0][:] if arguments else []
    for one in arguments[1:]:
        made.append((",", at))
        made += one
    return made


def _arguments(pending: list[Token], within: dict[str, int]) -> list[list[Token]] | None:
    """Take the arguments of a macro from what is still to be read; None if none follow."""
    at = len(pending) - 1
    while at >= 0 and pending[at][1] == _END:
        at -= 1
    if at < 0 or pending[at][0] != "(":
        return None
    depth = 0
    arguments: list[list[Token]] = [[]]
    end = at
    while end >= 0:
        token = pending[end]
        word = token[0]
        end -= 1
        if token[1] == _END:
            continue
        if word == "(":
            depth += 1
            if depth == 1:
                continue
        elif word == ")":
            depth -= 1
            if not depth:
                break
        elif word == "," and depth == 1:
            arguments.append([])
            continue
        arguments[-1].append(token)
    else:
        return None
    for word, mark in pending[end + 1 :]:
        if mark == _END:
            within[word] -= 1
    del pending[end + 1 :]
    return arguments


def _quoted(tokens: list[Token]) -> str:
    """The string literal that `#` makes of an argument."""
    text = ""
    end = None
    for word, at in tokens:
        if end is not None and at > end:
            text += " "
        text += word
        end = at + len(word)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
