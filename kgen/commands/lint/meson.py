"""Lint rules about meson.build files: the symbols that they use, and those that they pass."""

from __future__ import annotations

import re
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
        spans = [match.span() for match in _WHEN.finditer(text)]
        spans += [match.span() for match in _DEVICES.finditer(text)]
        for match in _NAME.finditer(text):
            at = match.start()
            device = any(start <= at < end for start, end in spans)
            result.append(Use(match[1], path, text.count("\n", 0, at) + 1, device))
    return result


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
    for match in _PASSED.finditer(text):
        statement = text[match.end() : _end(text, match.end())]
        # If 'CONFIG_X=y' is the passed form, a bare 'CONFIG_X' is only a use.
        bare = match[0].startswith("kconfig_external_symbols")
        for name in _NAME.finditer(statement):
            if bare or name[2]:
                yield name[1], text.count("\n", 0, match.end() + name.start()) + 1


def _end(text: str, at: int) -> int:
    """The offset where a Meson statement ends: a newline outside brackets, not after `\\`."""
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
    """The text without comments; line numbers stay the same."""
    return _COMMENT.sub(lambda match: match[0] if match[0][0] == "'" else "", text)
