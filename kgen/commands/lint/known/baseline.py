"""A baseline: a file with findings, so that only new ones are reported."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence, Set

from kgen.commands.lint.rules import RULES
from kgen.model.finding import Finding
from kgen.model.places import Place
from kgen.model.problems import KgenError, Problem, fail

_FIELDS = ("rule", "file", "symbol", "other")


Key = tuple[str, ...]  # the values of _FIELDS


def text_of(findings: Iterable[Finding]) -> str:
    """The text of a baseline file: JSON, one entry per line.

    It has no line numbers, so that it stays valid when other lines are added or removed.
    """
    entries = sorted(key(finding) for finding in findings)
    rows = ",\n".join(
        "  " + json.dumps(dict(zip(_FIELDS, entry, strict=True)), ensure_ascii=False)
        for entry in entries
    )
    return f'{{"kgen-lint-baseline": 1, "findings": [\n{rows}\n]}}\n' if entries else _EMPTY


_EMPTY = '{"kgen-lint-baseline": 1, "findings": []}\n'


def keys_of(text: str, place: Place, chosen: Set[str]) -> Counter[Key]:
    """The number of times that a baseline has each finding of the chosen rules.

    place: of the file, for messages. Raises KgenError.
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        at = place._replace(line=error.lineno, column=error.colno)
        hint = "write it with --write-baseline"
        raise fail(f"invalid JSON: {error.msg}", at, hint, code="KG804") from None
    except (RecursionError, ValueError):  # nested too deeply, or a number of too many digits
        data = None
    entries = data.get("findings") if isinstance(data, dict) else None
    if not isinstance(entries, list) or data.get("kgen-lint-baseline") != 1:
        hint = "write it with --write-baseline"
        raise fail("this is not a baseline of kgen lint", place, hint, code="KG804")
    problems = []
    keys: Counter[Key] = Counter()
    for number, entry in enumerate(entries, 1):
        fine = isinstance(entry, dict) and all(isinstance(entry.get(f), str) for f in _FIELDS)
        if not fine or entry["rule"] not in RULES:
            problems.append(
                Problem(f"entry {number} of the baseline is not a finding", place, code="KG804")
            )
        elif entry["rule"] in chosen:
            keys[tuple(entry[field] for field in _FIELDS)] += 1
    if problems:
        raise KgenError(*problems)
    return keys


def compare(findings: Sequence[Finding], old: Counter[Key]) -> tuple[tuple[Finding, ...], int, int]:
    """The new findings, the number of known ones, and the number that no longer occur."""
    left = Counter(old)
    new = []
    for finding in findings:
        entry = key(finding)
        if left[entry] > 0:
            left[entry] -= 1
        else:
            new.append(finding)
    return tuple(new), len(findings) - len(new), sum(left.values())


def key(finding: Finding) -> Key:
    """What a baseline has of a finding."""
    return finding.rule, finding.file, finding.symbol, finding.other
