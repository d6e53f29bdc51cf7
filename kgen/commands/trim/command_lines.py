"""Command lines of QEMU: the words of a shell, with their places."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence

from kgen.model.places import File, Place, line_and_column, line_starts
from kgen.model.problems import KgenError, Problem, fail
from kgen.model.record import Record


class Word(Record):
    """A word, without its quotes."""

    text: str
    place: Place


# What a word is made of: an escape, text in quotes, or anything else that is not a blank.
_PART = re.compile(r"""\\(?:\n|(.))|'([^']*)'|"((?:[^"\\]|\\.)*)"|([^\s\\'"]+)""", re.S)
_BETWEEN = re.compile(r"(?:[ \t\r]|\\\r?\n)*(?:#[^\n]*)?")
_ESCAPED = re.compile(r'\\(?:\n|([$`"\\]))')


def given(words: Sequence[str]) -> tuple[Word, ...]:
    """The words of the command line of kgen. A single word with blanks is split."""
    text = words[0] if len(words) == 1 and " " in words[0].strip() else shlex.join(words)
    if any(ord(one) < ord(" ") and one not in "\n\t" for one in text):
        raise fail("the command line has a control character", code="KG726")
    return tuple(word for line in parsed(File("COMMAND", outside=True, text=text)) for word in line)


def parsed(file: File) -> list[tuple[Word, ...]]:
    """The command lines of a file with comments, one a line; `\\` at its end continues a line.

    Raises KgenError for all quotes without an end, and for a file without a command line.
    """
    text, starts = file.text, line_starts(file.text)
    lines: list[tuple[Word, ...]] = []
    problems = []
    at = 0
    while at < len(text):
        words, after, open_ = _line(text, at)
        if open_ >= 0:
            place = Place(file, *line_and_column(starts, open_))
            problems.append(Problem("a quote without its end", place, code="KG726"))
        elif words:
            placed = ((word, Place(file, *line_and_column(starts, begin))) for word, begin in words)
            lines.append(tuple(Word(*one) for one in placed))
        at = after
    if problems:
        raise KgenError(*problems)
    if not lines:
        hint = "qemu-system-x86_64 -M q35 ..."
        raise fail("there is no command line", Place(file, 1), hint=hint, code="KG726")
    return lines


def _line(text: str, at: int) -> tuple[list[tuple[str, int]], int, int]:
    """The words of the line at an offset, each with its own; the offset of the next line; that of a
    quote without its end, or -1."""
    words: list[tuple[str, int]] = []
    while True:
        between = _BETWEEN.match(text, at)
        assert between is not None  # it can be empty
        at = between.end()
        if at >= len(text) or text[at] == "\n":
            return words, at + 1, -1
        begin, pieces = at, []
        while at < len(text) and not text[at].isspace():
            part = _PART.match(text, at)
            if part is None:
                end = text.find("\n", at)
                return words, len(text) if end < 0 else end + 1, at
            escaped, single, double, plain = part.groups()
            if double is not None:
                double = _ESCAPED.sub(lambda one: one[1] or "", double)
            pieces.append(escaped or single or double or plain or "")
            at = part.end()
        words.append(("".join(pieces), begin))


# `LC_ALL=C` before the program.
_VARIABLE = re.compile(r"[A-Za-z_]\w*=")
_PROGRAM = re.compile(r"qemu-system-(\w+)(?:\.exe)?$")


def program(words: Sequence[Word]) -> tuple[Word | None, Sequence[Word]]:
    """The program of a command line, behind words that set variables, and what follows it."""
    at = 0
    while at < len(words) and _VARIABLE.match(words[at].text):
        at += 1
    if at == len(words) or words[at].text.startswith("-"):
        return None, words[at:]
    return words[at], words[at + 1 :]


def target_of(word: Word) -> str:
    """The target that a program is the emulator of; "" if its name does not say that."""
    match = _PROGRAM.match(os.path.basename(word.text))
    return f"{match[1]}-softmmu" if match else ""


_SECTION = re.compile(r'\[\s*([\w-]+)(?:\s+"([^"]*)")?\s*\]$')
_ENTRY = re.compile(r'([\w.:-]+)\s*=\s*"(.*)"$')

# Sections that are not an option of the same name, of system/vl.c and others.
_OPTIONS = {"memory": "m", "smp-opts": "smp", "boot-opts": "boot", "machine": "machine"}


def options_of(file: File) -> Iterator[tuple[Word, Word]]:
    """The options that a file for -readconfig gives, as the command line would.

    `docs/config` of QEMU: `[device "id"]`, then lines `key = "value"`. Raises KgenError.
    """
    problems = []
    sections: list[tuple[Word, list[str]]] = []
    for number, raw in enumerate(file.text.split("\n"), 1):
        line = raw.strip()
        place = Place(file, number, 1)
        if section := _SECTION.match(line):
            name = _OPTIONS.get(section[1], section[1])
            own = [f"id={section[2]}"] if section[2] else []
            sections.append((Word(f"-{name}", place), own))
        elif (entry := _ENTRY.match(line)) and sections:
            sections[-1][1].append(f"{entry[1]}={entry[2].replace(',', ',,')}")
        elif line and not line.startswith("#"):
            hint = '[device "id"], or key = "value" in a section'
            problems.append(Problem("not understood", place, hint=hint, code="KG727"))
    if problems:
        raise KgenError(*problems)
    for option, values in sections:
        yield option, Word(",".join(values), option.place)
