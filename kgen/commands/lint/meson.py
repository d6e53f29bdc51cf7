"""Lint rules about meson.build files: the symbols that they use, and those that they pass."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set

from kgen.commands.lint.rules import found
from kgen.model.clauses import Model
from kgen.model.finding import Finding
from kgen.model.places import File, Place, line_and_column, line_starts
from kgen.model.record import Record

_NAME = re.compile(r"'(?:CONFIG_)(\w+)(=[yn])?'")


# A string that its line does not end is taken as far as the line goes, so that it is read once.
_COMMENT = re.compile(r"'[^'\\\n]*(?:\\.[^'\\\n]*)*(?:'|\\?(?=\n|\Z))|#[^\n]*")


_WHEN = re.compile(r"\bwhen\s*:\s*(?=[\['])")


_DEVICES = re.compile(
    r"config_all_devices\s*(?:\.\s*(?:has_key|get)\s*\(|\[)\s*'[^']*'"
    r"|'[^']*'\s*(?:not\s+)?in\s+config_all_devices"
)


_PASSED = re.compile(
    r"\b(?:host_kconfig|target_kconfig|accel_kconfig|kconfig_external_symbols)\s*(?:\+=|=)\s*"
)


# Symbols that the configure scripts of QEMU 5.2 to 8.1 wrote and `when:` uses, for a tree without
# that script.
_CONFIGURE = frozenset(
    """ATOMIC64 AUDIO_WIN_INT DARWIN L2TPV3 TRACE_FTRACE TRACE_SIMPLE VHOST_NET_USER
    VHOST_NET_VDPA VHOST_USER_VSOCK WIN32""".split()
)


class Use(Record):
    """A symbol in a meson.build. device: used where only symbols of targets are valid."""

    symbol: str
    path: str
    line: int
    device: bool


def uses(meson: Mapping[str, str]) -> list[Use]:
    """Every 'CONFIG_X' of every file, sorted by path and place. meson: texts by path."""
    result = []
    for path in sorted(meson):
        text = _without_comments(meson[path])
        spans = sorted([*_when(text), *(match.span() for match in _DEVICES.finditer(text))])
        starts = line_starts(text)
        number = last = 0  # of the spans that begin before a name, and where the last of them ends
        for match in _NAME.finditer(text):
            at = match.start()
            while number < len(spans) and spans[number][0] <= at:
                last = max(last, spans[number][1])
                number += 1
            result.append(Use(match[1], path, line_and_column(starts, at)[0], at < last))
    return result


def _when(text: str) -> Iterator[tuple[int, int]]:
    """Where each `when:` with its list or string begins and ends."""
    end = 0
    unclosed = set()
    while (match := _WHEN.search(text, end)) is not None:
        end = match.end()
        mark = "]" if text[end] == "[" else "'"
        close = -1 if mark in unclosed else text.find(mark, end + 1)
        if close < 0:
            unclosed.add(mark)
        else:
            end = close + 1
            yield match.start(), end


def undeclared(
    model: Model, used: list[Use], elsewhere: Set[str], configure: str
) -> Iterator[Finding]:
    """Symbols that are used as a target's symbol but not declared, set or passed.

    `when:` can also use host symbols. A symbol that any meson.build names in another way (for
    example sets in config_host_data) counts as one. elsewhere: the symbols that the targets' own
    files set. configure: the text of that script, which wrote host symbols up to QEMU 8.1.
    """
    declared = model.declared()
    known = declared | elsewhere | {use.symbol for use in used if not use.device}
    known |= set(re.findall(r"CONFIG_(\w+)", configure)) if configure else _CONFIGURE
    seen = set()
    for use in used:
        if use.symbol not in known and (use.symbol, use.path) not in seen:
            seen.add((use.symbol, use.path))
            message = f"CONFIG_{use.symbol} is not declared in any Kconfig file"
            yield found("undeclared-in-meson", message, Place(File(use.path), use.line), use.symbol)


def host_mismatches(model: Model, meson: Mapping[str, str]) -> Iterator[Finding]:
    """Host symbols that only one of Kconfig.host and meson.build has.

    Only if both files exist and meson.build passes symbols in a known way.
    """
    passed = dict(_passed(_without_comments(meson.get("meson.build", ""))))
    declared = {entry.symbol: entry.place for entry in model.entries}
    host = {name: at for name, at in declared.items() if at.file.path == "Kconfig.host"}
    if not passed or not host:
        return
    for name in sorted(host.keys() - passed.keys()):
        message = f"{name} is declared in Kconfig.host, but meson.build does not pass it"
        yield found("host-symbol-mismatch", message, host[name], name)
    for name in sorted(passed.keys() - declared.keys()):
        message = f"meson.build passes {name}, but Kconfig.host does not declare it"
        place = Place(File("meson.build"), passed[name])
        yield found("host-symbol-mismatch", message, place, name)


def _passed(text: str) -> Iterator[tuple[str, int]]:
    """The symbols in the statements that collect passed symbols, with their lines."""
    starts = line_starts(text)
    ends = {False: 0, True: 0}
    for match in _PASSED.finditer(text):
        # If 'CONFIG_X=y' is the passed form, a bare 'CONFIG_X' is only a use.
        bare = match[0].startswith("kconfig_external_symbols")
        if match.end() < ends[bare]:
            continue  # inside a statement that has been read
        ends[bare] = _end(text, match.end())
        for name in _NAME.finditer(text, match.end(), ends[bare]):
            if bare or name[2]:
                yield name[1], line_and_column(starts, name.start())[0]


def _end(text: str, at: int) -> int:
    """The offset where a Meson statement ends: a newline outside brackets, not after `\\`."""
    depth = 0
    while at < len(text):
        character = text[at]
        if character == "'":
            at = max(text.find("'", at + 1), at)
        depth += (character in "([{") - (character in ")]}")
        if character == "\n" and depth <= 0 and not _continued(text, at):
            return at
        at += 1
    return at


def _continued(text: str, at: int) -> bool:
    """Whether the line that ends here goes on in the next."""
    while at and text[at - 1] in " \t":
        at -= 1
    return text[at - 1 : at] == "\\"


def _without_comments(text: str) -> str:
    """The text without comments; line numbers stay the same."""
    return _COMMENT.sub(lambda match: match[0] if match[0][0] == "'" else "", text)
