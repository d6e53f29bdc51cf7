"""Why configurations of a matrix fail, as findings."""

from __future__ import annotations

from collections.abc import Callable

from kgen.commands.audit.breaches import failing_finding
from kgen.commands.audit.matrix import Audit
from kgen.explain import failure_messages
from kgen.model.finding import Finding
from kgen.model.lanes import moved
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
