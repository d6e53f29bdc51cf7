"""`--check-code`: which samples would not link, or have a machine that would not start."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kgen.commands.check.answers import Answer
from kgen.commands.check.for_other_commands import asker_of
from kgen.commands.check.output import verdict
from kgen.commands.sample.files import Set, file_name
from kgen.commands.sweep.scope import Scope
from kgen.formats.escapes import visible
from kgen.model.clauses import Assignment
from kgen.model.configurations import Outcome
from kgen.model.places import spot
from kgen.project.load import Project
from kgen.resolve.resolver import resolve

# Findings of one sample that are shown; more are counted.
_MOST = 3


def answers(
    project: Project, scopes: Sequence[Scope], sets: Sequence[Set]
) -> list[tuple[Answer, ...]]:
    """For each set, whose scope has the same index, the answers for its samples, each built alone.

    Raises KgenError for a tree without C sources.
    """
    targets = {outcome.target.name: outcome.target for outcome in project.outcomes}
    outcomes: list[Outcome] = []
    for scope, one in zip(scopes, sets, strict=True):
        lanes = [
            scope.lane._replace(
                assignments=(
                    *scope.lane.assignments,
                    *(Assignment(*line) for line in sample.assigned),
                )
            )
            for sample in one.samples
        ]
        resolution = resolve(scope.model, lanes, reasons=False)
        outcomes += (Outcome(targets[one.target], resolution, lane) for lane in range(len(lanes)))
    found = iter(asker_of(project).answers(outcomes, apart=True, mend=False))
    return [tuple(next(found) for _ in one.samples) for one in sets]


def lines(sets: Sequence[Set], checked: Sequence[Sequence[Answer]]) -> Iterator[str]:
    """Each sample that would not link or start, by its file, with reasons."""
    for one, own in zip(sets, checked, strict=True):
        for number, answer in enumerate(own, 1):
            if not answer.wrong:
                continue
            yield visible(f"{file_name(one, number)}: {verdict(answer)}")
            for finding in answer.findings[:_MOST]:
                yield visible(f"    {spot(finding.file, finding.line, 0)}: {finding.message}")
            if (more := len(answer.findings) - _MOST) > 0:
                yield f"    and {more} more"
