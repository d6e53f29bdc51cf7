"""Macro expansion as C's preprocessor does it, on tokens with offsets."""

from __future__ import annotations

from collections.abc import Callable, Container
from functools import lru_cache

from kgen.code.c.tokens import Define, Token, words

# Tokens that the expansion of one chunk may have. QEMU's longest has some thousands.
LIMIT = 1 << 19

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


@lru_cache(maxsize=1 << 14)
def _body(text: str) -> tuple[str, ...]:
    return tuple(words(text))


# Instead of a token: the expansion of this macro ends here.
_END = -1


class _Expander:
    def __init__(self, lookup: Lookup, own: Container[str], others: Container[str]) -> None:
        self._lookup = lookup
        self._own = own
        self._others = others
        self._made = 0

    def expand(self, tokens: list[Token], depth: int) -> list[Token]:
        lookup, own, others = self._lookup, self._own, self._others
        pending = tokens[::-1]
        output: list[Token] = []
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
            if define.parameters is None:
                replacement = _paste([(part, at) for part in _body(define.body)])
            else:
                given = _arguments(pending, within)
                if given is None:
                    output.append(token)
                    continue
                replacement = self._substituted(define, given, at, depth)
            self._made += len(replacement) + 1
            if self._made > LIMIT or depth > _DEEPEST:
                raise Endless(word, at)
            within[word] = within.get(word, 0) + 1
            pending.append((word, _END))
            pending += reversed(replacement)
        return output

    def _substituted(
        self, define: Define, given: list[list[Token]], at: int, depth: int
    ) -> list[Token]:
        """The body with the arguments in place of the parameters."""
        parameters = define.parameters or ()
        values: dict[str, list[Token]] = {}
        for number, name in enumerate(parameters):
            rest = name.endswith("...")
            if rest:
                name = name[:-3].strip() or "__VA_ARGS__"
            parts = given[number:] if rest else given[number : number + 1]
            value: list[Token] = []
            for part in parts:
                if value or part is not parts[0]:
                    value.append((",", at))
                value += part
            values[name] = value
        full: dict[str, list[Token]] = {}
        body = _body(define.body or "")
        made: list[Token] = []
        number = 0
        while number < len(body):
            word = body[number]
            following = body[number + 1] if number + 1 < len(body) else ""
            if word == "#" and following in values:
                made.append((_quoted(values[following]), at))
                number += 2
                continue
            if word == "__VA_OPT__":
                number, inner = _optional(body, number)
                if values.get("__VA_ARGS__"):
                    made += self._substituted(
                        define._replace(body=" ".join(inner)), given, at, depth
                    )
                continue
            if word not in values:
                made.append((word, at))
            elif following == "##" or (number and body[number - 1] == "##"):
                value = values[word]
                if (
                    not value
                    and word == "__VA_ARGS__"
                    and [part for part, _ in made[-2:]] == [",", "##"]
                ):
                    del made[-2:]  # GNU: `, ## __VA_ARGS__` without arguments
                else:
                    made += value or [("", at)]
            else:
                if word not in full:
                    full[word] = self.expand(values[word], depth + 1)
                made += full[word]
            number += 1
        return _paste(made)


def _optional(body: tuple[str, ...], number: int) -> tuple[int, tuple[str, ...]]:
    """The number of the token after `__VA_OPT__(...)`, and what is in the parentheses."""
    depth = 0
    for end in range(number + 1, len(body)):
        depth += (body[end] == "(") - (body[end] == ")")
        if not depth:
            return end + 1, body[number + 2 : end]
    return len(body), ()


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


def _paste(tokens: list[Token]) -> list[Token]:
    """Join what stands on both sides of `##`; drop the empty tokens that stood for no argument."""
    if not any(word == "##" or not word for word, _ in tokens):
        return tokens
    made: list[Token] = []
    joins = False
    for word, at in tokens:
        if word == "##" and made:
            joins = True
        elif joins:
            made[-1] = (made[-1][0] + word, made[-1][1])
            joins = False
        else:
            made.append((word, at))
    again: list[Token] = []
    for word, at in made:
        # A pasted text is nearly always one token.
        again += [(part, at) for part in words(word)] if word else []
    return again


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
