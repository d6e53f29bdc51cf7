"""Kconfiglib's parser, which ends at the first mistake, made to go on and note them all.

Two things are no mistakes to Linux's program, and old trees have them: characters that no word has,
which it leaves out, and a help text whose first line is not indented.

A line that cannot be parsed is left out. If it begins an entry, its properties are read, and what
is in its block, so that they are not taken for mistakes themselves. What was read is of no use then
but to find the next mistake.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

import kconfiglib as k

# Lines with mistakes, after which reading ends: the file may be no Kconfig file at all.
_MOST = 50
# The words that begin an entry; of those that begin a block, the token of its end.
_ENTRIES = {
    "config": k._T_CONFIG, "menuconfig": k._T_MENUCONFIG, "choice": k._T_CHOICE,
    "comment": k._T_COMMENT, "menu": k._T_MENU, "if": k._T_IF,
}  # fmt: skip
_ENDS = {k._T_MENU: k._T_ENDMENU, k._T_CHOICE: k._T_ENDCHOICE, k._T_IF: k._T_ENDIF}
_WORD = re.compile(r"\s*(\w+)", re.ASCII)
# A string or a comment, or characters that are left out.
_STRAY = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|#.*)|[]%*+,:;?@[\\^`{}~]""")
# The words that begin a line which is no help text, where that is missing.
_KEYWORDS = {*_ENTRIES, "endmenu", "endchoice", "endif", "source", "rsource", "osource", "orsource",
             "mainmenu"}  # fmt: skip
# Properties that only some entries have, which Kconfiglib does not check; None for menus.
_TYPED = (k.Symbol, k.Choice), "only symbols and choices have a type"
_BELONGS: dict[Any, tuple[Any, str]] = {
    k._T_VISIBLE: (None, "only menus have a 'visible if'"),
    k._T_OPTION: (k.Symbol, "only symbols have options"),
    k._T_PROMPT: ((k.Symbol, k.Choice), "only symbols and choices have a prompt"),
    **dict.fromkeys((*k._TYPE_TOKENS, *k._DEF_TOKEN_TO_TYPE), _TYPED),
}


class Stop(Exception):
    """The rest cannot be parsed; the problem is noted."""


class _BadLine(Exception):
    """This line cannot be parsed; the problem is noted."""


class _Stray(Exception):
    """The line has characters that no word has; bare: the line without them."""

    def __init__(self, bare: str) -> None:
        super().__init__()
        self.bare = bare


def _bare(line: str) -> str:
    return _STRAY.sub(lambda found: found[1] or " ", line)


# What reading the tokens of a line raises; `_skip` gives tokens then.
BAD_LINE = (_BadLine, k.KconfigError)


class EveryMistake(k.Kconfig):  # type: ignore[misc]
    """The parser; `note` is told of each mistake. Raises Stop where there are too many."""

    def __init__(self) -> None:
        self._bad: set[tuple[str, int]] = set()  # the lines with a mistake
        self._item: Any = None  # what the entry is whose properties are read

    def note(self, message: str, code: str) -> None:
        """Take a mistake of the line that is being read."""
        raise NotImplementedError

    def _parse_error(self, msg: str) -> NoReturn:
        if msg.startswith("unknown token") and (bare := _bare(self._line)) != self._line:
            raise _Stray(bare)
        self._bad_line(msg)
        raise _BadLine

    def _tokenize(self, s: str) -> Any:
        self._line = s
        try:
            return super()._tokenize(s)
        except _Stray as stray:
            self._line = stray.bare
            return super()._tokenize(stray.bare)

    def _parse_help(self, node: k.MenuNode) -> None:
        if not hasattr(node, "help"):  # of a menu or a comment, where it says nothing
            node.help = None
        super()._parse_help(node)

    def _empty_help(self, node: k.MenuNode, line: str) -> None:
        """A help text is missing, or its first line is not indented; it ends at the next line of
        that kind."""
        word = re.match(r"[A-Za-z]\w*", line, re.ASCII)
        if word and word[0] not in _KEYWORDS:
            node.help = line
            while (line := self._readline()) and (line.isspace() or line[0].isspace()):
                self.linenr += 1
            self.linenr += bool(line)
        if line:
            self._line_after_help(line)

    def _bad_line(self, message: str, line: int = 0) -> None:
        here = self.filename, line or self.linenr
        if here not in self._bad:  # other mistakes in a line follow from the first
            self._bad.add(here)
            self.note(message, "KG111")
        if len(self._bad) >= _MOST:
            raise Stop

    def _failed(self, error: k.KconfigError, line: int = 0) -> None:
        message = str(error).strip().split("\n")[0]
        self._bad_line(re.sub(r"^(\S+:\d+: |error: )", "", message), line)

    def _skip(self, error: Exception) -> None:
        """In place of a bad line's tokens: the one that begins an entry, or none."""
        if isinstance(error, k.KconfigError):
            self._failed(error)
        word = _WORD.match(self._line)
        self._tokens, self._tokens_i = (word and _ENTRIES.get(word[1]), None, None), 1

    def _line_after_help(self, line: str) -> None:
        try:
            super()._line_after_help(line)
        except BAD_LINE as error:
            self._skip(error)
            self._reuse_tokens = True

    def _parse_block(self, end_token: Any, parent: k.MenuNode, prev: k.MenuNode) -> k.MenuNode:
        while True:
            try:
                return super()._parse_block(end_token, parent, prev)
            except _BadLine:
                first, prev.next = self._tokens[0], None
                lost = _lost()
                if first in _ENTRIES.values():
                    self._parse_props(lost)
                if first in _ENDS:
                    self._parse_block(_ENDS[first], lost, lost)
            except k.KconfigError as error:  # the file ends within this block, and those around
                self._failed(error, self.linenr + 1)
                prev.next = None
                return prev

    def _parse_props(self, node: k.MenuNode) -> None:
        self._item = node.item
        while True:
            try:
                super()._parse_props(node)
                self._item = None
                return
            except _BadLine:
                pass

    def _next_line(self) -> bool:
        """The tokens of the next line; a property that its entry cannot have is a mistake."""
        read: bool = super()._next_line()
        item, first = self._item, self._tokens[0]
        if read and item is not None and first in _BELONGS:
            of, message = _BELONGS[first]
            if item is not k.MENU if of is None else not isinstance(item, of):
                self._parse_error(message)
        return read


def _lost() -> k.MenuNode:
    """A node for what belongs to an entry that could not be read."""
    node = k.MenuNode()
    node.item = k.Symbol()
    node.item.name, node.item.orig_type = "", k.UNKNOWN
    node.prompt = node.help = node.list = node.next = None
    node.visibility = node.dep = 0
    return node
