"""Comments `# kgen: ignore[rule] reason` in files of the tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from kgen.commands.lint.rules import RULES, found
from kgen.model.finding import Finding
from kgen.model.places import File, Place
from kgen.model.record import Record

_IGNORE = re.compile(r"#\s*kgen:\s*ignore\[([^\]\n]*)\][ \t]*(.*)")


_ENTRY = re.compile(r"\s*config\s+\w+")


_STATEMENT = re.compile(r"\s*(?:config|source|include)\s")


class Ignore(Record):
    """One such comment: the rules that it names, and the lines (first, last) it applies to."""

    path: str
    line: int
    rules: tuple[str, ...]
    reason: str
    first: int
    last: int


def ignores(texts: Mapping[str, str]) -> list[Ignore]:
    """All ignore comments, by path and line. texts: by path.

    A comment at the end of a line applies to that line. One on its own line applies to the next
    line that is not a comment or, if that begins an entry, to the whole entry.
    """
    result = []
    for path in sorted(texts):
        if "kgen:" not in texts[path]:
            continue
        lines = texts[path].split("\n")
        for number, line in enumerate(lines, 1):
            match = _IGNORE.search(line)
            if match:
                rules = tuple(name.strip() for name in match[1].split(",") if name.strip())
                own_line = not line[: match.start()].strip()
                first, last = _about(lines, number) if own_line else (number, number)
                result.append(Ignore(path, number, rules, match[2].strip(), first, last))
    return result


def _about(lines: list[str], number: int) -> tuple[int, int]:
    first = number + 1
    while first <= len(lines) and lines[first - 1].lstrip().startswith("#"):
        first += 1
    last = first
    if first <= len(lines) and _ENTRY.match(lines[first - 1]):
        while last < len(lines) and not _STATEMENT.match(lines[last]):
            last += 1
    return first, last


def without_ignored(
    findings: Iterable[Finding], ignored: Iterable[Ignore]
) -> tuple[list[Finding], int]:
    """The findings that no comment ignores, and the number of those ignored."""
    by_path: dict[str, list[Ignore]] = {}
    for item in ignored:
        by_path.setdefault(item.path, []).append(item)
    kept = []
    dropped = 0
    for finding in findings:
        if any(
            finding.rule in item.rules and item.first <= finding.line <= item.last
            for item in by_path.get(finding.file, ())
        ):
            dropped += 1
        else:
            kept.append(finding)
    return kept, dropped


def without_reason(ignored: Iterable[Ignore]) -> Iterator[Finding]:
    """Ignore comments without a reason, without a rule, or with an unknown rule."""
    for item in ignored:
        place = Place(File(item.path), item.line)
        unknown = [name for name in item.rules if name not in RULES]
        if not item.reason:
            yield found("ignored-without-reason", "this ignore comment gives no reason", place)
        if unknown or not item.rules:
            names = f"unknown rules: {', '.join(unknown)}" if unknown else "no rule"
            message = f"this ignore comment names {names}"
            yield found("ignored-without-reason", message, place)
