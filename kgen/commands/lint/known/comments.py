"""Comments that ignore findings: `# kgen: ignore[rule] reason`, in C with `//` or `/*`."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kgen.commands.lint.references import C_FILES
from kgen.commands.lint.rules import RULES, found
from kgen.model.finding import Finding
from kgen.model.places import File, Place
from kgen.model.record import Record

_IGNORE = re.compile(r"#\s*kgen:\s*ignore\[([^\]\n]*)\][ \t]*(.*)")
_IGNORE_IN_C = re.compile(r"/[/*]\s*kgen:\s*ignore\[([^\]\n]*)\][ \t]*(.*?)[ \t]*(?:\*/|$)")


_ENTRY = re.compile(r"\s*(?:menu)?config\s+\w+")


# In defconfigs an assignment, though it looks like a comment.
_UNSET = re.compile(r"# \w+ is not set\s*$")


_STATEMENT = re.compile(r"\s*(?:(?:menu)?config|source|include)\s")


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
    line that is not a comment (`# X is not set` is none) or, if that begins an entry, to all of it.
    """
    result = []
    for path in sorted(texts):
        if "kgen:" not in texts[path]:
            continue
        lines = texts[path].split("\n")
        in_c = path.endswith(C_FILES)
        pattern = _IGNORE_IN_C if in_c else _IGNORE
        about = _about(lines, ("//", "/*") if in_c else ("#",))
        for number, line in enumerate(lines, 1):
            match = pattern.search(line)
            if match:
                rules = tuple(name.strip() for name in match[1].split(",") if name.strip())
                own_line = not line[: match.start()].strip()
                first, last = about[number] if own_line else (number, number)
                result.append(Ignore(path, number, rules, match[2].strip(), first, last))
    return result


def _about(lines: Sequence[str], marks: tuple[str, ...]) -> list[tuple[int, int]]:
    """For each line number the lines (first, last) that a comment on its own line is about.

    marks: how a comment begins.
    """
    about = [(len(lines) + 1, len(lines) + 1)] * (len(lines) + 1)
    last = len(lines)  # of the entry that begins before the next statement
    for number in range(len(lines), 0, -1):
        line = lines[number - 1]
        if line.lstrip().startswith(marks) and not _UNSET.match(line):
            about[number - 1] = about[number]
        elif _ENTRY.match(line):
            about[number - 1] = number, last
        else:
            about[number - 1] = number, number
        if _STATEMENT.match(line):
            last = number - 1
    return about


def without_ignored(
    findings: Iterable[Finding], ignored: Iterable[Ignore]
) -> tuple[list[Finding], int]:
    """The findings that no comment ignores, and the number of those ignored."""
    lines: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for item in ignored:
        for rule in item.rules:
            lines.setdefault((item.path, rule), []).append((item.first, item.last))
    spans = {key: _joined(pairs) for key, pairs in lines.items()}
    kept = []
    dropped = 0
    for finding in findings:
        own = spans.get((finding.file, finding.rule), [])
        number = bisect_right(own, (finding.line, sys.maxsize))
        if number and finding.line <= own[number - 1][1]:
            dropped += 1
        else:
            kept.append(finding)
    return kept, dropped


def _joined(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same lines as pairs (first, last) that do not overlap, sorted."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(pairs):
        if joined and first <= joined[-1][1]:
            first, last = joined[-1][0], max(last, joined.pop()[1])
        joined.append((first, last))
    return joined


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
