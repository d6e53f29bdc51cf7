"""Lint rules about meson.build files: which symbols they ask for, and which they pass."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Set

from kgen.commands.lint.rules import found
from kgen.model.clauses import Model
from kgen.model.finding import Finding
from kgen.model.places import File, Place
from kgen.model.record import Record

_NAME = re.compile(r"'(?:CONFIG_)(\w+)(=[yn])?'")


_COMMENT = re.compile(r"'(?:\\.|[^'\\\n])*'|#[^\n]*")


_WHEN = re.compile(r"\bwhen\s*:\s*(\[[^\]]*\]|'[^']*')")


_DEVICES = re.compile(
    r"config_all_devices\s*(?:\.\s*(?:has_key|get)\s*\(|\[)\s*'[^']*'"
    r"|'[^']*'\s*(?:not\s+)?in\s+config_all_devices"
)


_PASSED = re.compile(
    r"\b(?:host_kconfig|target_kconfig|accel_kconfig|kconfig_external_symbols)\s*(?:\+=|=)\s*"
)


# What the configure programs of QEMU 5.2 to 8.1 wrote and `when:` asks for, for a tree without
# that program.
_CONFIGURE = frozenset(
    """ATOMIC64 AUDIO_WIN_INT DARWIN L2TPV3 TRACE_FTRACE TRACE_SIMPLE VHOST_NET_USER
    VHOST_NET_VDPA VHOST_USER_VSOCK WIN32""".split()
)


class Use(Record):
    """A symbol in a meson.build. device: where only the symbols of targets are asked for."""

    symbol: str
    path: str
    line: int
    device: bool


def uses(meson: Mapping[str, str]) -> list[Use]:
    """Every 'CONFIG_X' of every file, in the order of path and place."""
    result = []
    for path in sorted(meson):
        text = _without_comments(meson[path])
        spans = [[match.span() for match in kind.finditer(text)] for kind in (_WHEN, _DEVICES)]
        ends = [match.start() for match in re.finditer("\n", text)]
        for match in _NAME.finditer(text):
            at = match.start()
            device = any(_is_inside(at, kind) for kind in spans)
            result.append(Use(match[1], path, bisect_left(ends, at) + 1, device))
    return result


def _is_inside(at: int, spans: list[tuple[int, int]]) -> bool:
    """Whether a place is in one of some spans, which are in order."""
    number = bisect_right(spans, (at, len(spans) and spans[-1][1]))
    return number > 0 and at < spans[number - 1][1]


def undeclared(
    model: Model, used: list[Use], elsewhere: Set[str], configure: str
) -> Iterator[Finding]:
    """Asked for as a target's symbol, and declared, set or passed nowhere.

    `when:` asks for host symbols, too. What any meson.build names in another way (sets in
    config_host_data, say) is taken for one. elsewhere: what the targets' own files set.
    configure: the text of that program, which wrote host symbols up to QEMU 8.1.
    """
    declared = {entry.symbol for entry in model.entries}
    known = declared | elsewhere | {use.symbol for use in used if not use.device}
    known |= set(re.findall(r"CONFIG_(\w+)", configure)) if configure else _CONFIGURE
    seen = set()
    for use in used:
        if use.symbol not in known and (use.symbol, use.path) not in seen:
            seen.add((use.symbol, use.path))
            message = f"CONFIG_{use.symbol} is declared in no Kconfig file"
            yield found("undeclared-in-meson", message, Place(File(use.path), use.line), use.symbol)


def host_mismatches(model: Model, meson: Mapping[str, str]) -> Iterator[Finding]:
    """Host symbols that only one of Kconfig.host and meson.build has.

    Only where there are both, and meson.build passes symbols in a way that is known here.
    """
    passed = dict(_passed(_without_comments(meson.get("meson.build", ""))))
    declared = {entry.symbol: entry.place for entry in model.entries}
    host = {name: at for name, at in declared.items() if at.file.path == "Kconfig.host"}
    if not passed or not host:
        return
    for name in sorted(host.keys() - passed.keys()):
        message = f"{name} is declared in Kconfig.host, and meson.build never passes it"
        yield found("host-symbol-mismatch", message, host[name], name)
    for name in sorted(passed.keys() - declared.keys()):
        message = f"meson.build passes {name}, which Kconfig.host does not declare"
        place = Place(File("meson.build"), passed[name])
        yield found("host-symbol-mismatch", message, place, name)


def _passed(text: str) -> Iterator[tuple[str, int]]:
    """The symbols of each statement that collects what is passed, and their lines."""
    for match in _PASSED.finditer(text):
        statement = text[match.end() : _end(text, match.end())]
        # Where 'CONFIG_X=y' is what is passed, a bare 'CONFIG_X' is only asked for.
        bare = match[0].startswith("kconfig_external_symbols")
        for name in _NAME.finditer(statement):
            if bare or name[2]:
                yield name[1], text.count("\n", 0, match.end() + name.start()) + 1


def _end(text: str, at: int) -> int:
    """Where a statement of Meson ends: a new line outside of brackets and not after `\\`."""
    depth = 0
    while at < len(text):
        character = text[at]
        if character == "'":
            at = max(text.find("'", at + 1), at)
        depth += (character in "([{") - (character in ")]}")
        if character == "\n" and depth <= 0 and not text[:at].rstrip(" \t").endswith("\\"):
            return at
        at += 1
    return at


def _without_comments(text: str) -> str:
    """The text with blanks for comments, so that lines stay."""
    return _COMMENT.sub(lambda match: match[0] if match[0][0] == "'" else "", text)
