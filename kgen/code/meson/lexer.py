"""Tokens of Meson's language (https://mesonbuild.com/Syntax.html)."""

from __future__ import annotations

import re

from kgen.model.record import Record


class Token(Record):
    """kind: one of name, number, text, format (`f'...'`), end (of a statement), the keyword or sign
    itself, or mistake.

    value: of a text what it stands for, of a mistake the message, else what is written. line:
    from 1. at: where it begins in the text.
    """

    kind: str
    value: str
    line: int
    at: int


KEYWORDS = frozenset(
    """and break continue elif else endforeach endif false foreach if in not or true""".split()
)


# Blanks and comments come before a token. A `\` joins a line with the next one. What is repeated
# takes memory for each time, so runs of characters are not repeated one by one.
_TOKEN = re.compile(
    r"(?:[ \t\r]+|\\[ \t\r]*\n|\#[^\n]*)*"
    r"(?:(?P<name>[A-Za-z_]\w*(?![\w']))"
    r"|(?P<text>f?'''[^']*(?:'(?!'')[^']*)*'''|f?'[^'\\\n]*(?:\\.[^'\\\n]*)*')"
    r"|(?P<number>0[xX][0-9a-fA-F]{1,16}|0[oO][0-7]{1,22}|0[bB][01]{1,64}|0|[1-9]\d{0,18})"
    r"|(?P<end>\n)"
    r"|(?P<sign>\+=|==|!=|<=|>=|[()\[\]{},.:?=<>+*/%-])"
    r"|(?P<stop>\Z)"
    r"|(?P<wrong>.))"
)


_ESCAPE = re.compile(r"\\(?:([\\'abfnrtv])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([0-7]{1,3}))")


_LETTERS = dict(zip("\\'abfnrtv", "\\'\a\b\f\n\r\t\v", strict=True))


def tokens(text: str) -> list[Token]:
    """The tokens of a text, with an `end` after the last statement.

    Inside brackets a line's end is not a token. Where the text is not Meson, a mistake and an `end`
    are the last ones.
    """
    found: list[Token] = []
    line = 1
    depth = at = 0
    match = _TOKEN.match
    while True:
        token = match(text, at)
        assert token is not None  # the last alternatives match whatever is there
        kind = token.lastgroup or ""
        begin, at = token.span(kind)
        blank = token.start()
        if begin > blank:
            line += text.count("\n", blank, begin)
        written = token[kind]
        if kind == "name":
            found.append(Token(written if written in KEYWORDS else kind, written, line, begin))
        elif kind == "sign":
            if written in "([{":
                depth += 1
            elif written in ")]}":
                depth = max(depth - 1, 0)
            found.append(Token(written, written, line, begin))
        elif kind == "text":
            found.append(_text(written, line, begin))
            line += written.count("\n")
        elif kind == "end":
            if not depth:
                found.append(Token("end", "", line, begin))
            line += 1
        elif kind == "number":
            found.append(Token(kind, written, line, begin))
        elif kind == "stop":
            found.append(Token("end", "", line, begin))
            return found
        else:
            message = (
                "a string without its end" if written == "'" else f"{written!r} is not a token"
            )
            return [*found, Token("mistake", message, line, begin), Token("end", "", line, begin)]


def _text(written: str, line: int, at: int) -> Token:
    kind = "text"
    if written[0] == "f":
        kind, written = "format", written[1:]
    if written.startswith("'''") and len(written) >= 6:
        return Token(kind, written[3:-3], line, at)
    value = written[1:-1]
    return Token(kind, _ESCAPE.sub(_unescaped, value) if "\\" in value else value, line, at)


def _unescaped(match: re.Match[str]) -> str:
    letter, hexadecimal, unicode, octal = match.groups()
    if letter:
        return _LETTERS[letter]
    return chr(int(octal, 8) if octal else int(hexadecimal or unicode, 16))
