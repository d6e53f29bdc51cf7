"""Why configurations of a matrix fail, and why symbols have their values in others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kgen.commands.audit.breaches import Why, failing_finding
from kgen.commands.audit.rows import Audit
from kgen.explain import failure_messages
from kgen.explain.sentence import sentences
from kgen.explain.steps import Reasons
from kgen.model.finding import Finding
from kgen.model.lanes import moved, union
from kgen.model.places import Place


def failing(audit: Audit, file_of: Callable[[Place], str]) -> dict[str, list[Finding]]:
    """The findings by configuration; one that several share is reported once, under the first."""
    found: dict[str, list[Finding]] = {item.name: [] for item in audit.outcomes}
    for _, resolution, pairs in audit.by_resolution(audit.failed):
        called = {lane: audit.outcomes[column].name for lane, column in pairs}
        for lanes, problem in failure_messages.problems_of(resolution, called):
            names = audit.names(moved(lanes, pairs))
            if names:
                found[names[0]].append(failing_finding(problem, names, file_of))
    return found


def reasons(audit: Audit) -> Why:
    """The reasons for values: a sentence for all configurations that share it."""
    known: dict[int, Reasons] = {}

    def why(symbol: str, columns: int) -> Iterator[tuple[str, Place | None, int]]:
        for number, resolution, lanes in audit.by_resolution(columns):
            if number not in known:
                known[number] = Reasons(resolution)
            asked = union(1 << lane for lane, _ in lanes)
            for sentence in sentences(known[number], symbol, asked):
                yield sentence.text, sentence.place, moved(sentence.lanes, lanes)

    return why
