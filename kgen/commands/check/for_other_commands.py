"""`--check-code`: what other commands ask about the configurations that they give."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from kgen.commands.check.answers import Answer, Asker
from kgen.commands.check.output import as_text, verdict
from kgen.formats.escapes import visible
from kgen.model.configurations import Outcome
from kgen.model.finding import Finding
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Note, Problem
from kgen.project.load import Project


def asker_of(project: Project) -> Asker:
    """Read the C sources; files that are not read are named on stderr.

    Raises KgenError for a tree without C sources.
    """
    asker = Asker(project)
    for line in asker.unread():
        print(visible(line), file=sys.stderr)
    return asker


def report(answers: Iterable[Answer | None]) -> bool:
    """Print on stderr what would not link or start; return whether anything would not."""
    wrong = [answer for answer in answers if answer is not None and answer.wrong]
    for answer in wrong:
        print("\n".join(as_text(answer)), file=sys.stderr)
    return bool(wrong)


def refuse(project: Project, outcomes: Sequence[Outcome]) -> None:
    """Raise KgenError with all reasons for which an outcome would not link or start."""
    wrong = [answer for answer in asker_of(project).answers(outcomes) if answer.wrong]
    if not wrong:
        return
    problems = [_problem(one) for answer in wrong for one in answer.findings]
    raise KgenError(*dict.fromkeys(problems), *(_summary(answer) for answer in wrong))


def _problem(finding: Finding) -> Problem:
    notes = tuple(
        Note(Place(File(one.file), one.line) if one.file else None, one.message)
        for one in finding.related
    )
    place = Place(File(finding.file), finding.line)
    return Problem(finding.message, place, notes=notes, hint=finding.hint, code="KG307")


def _summary(answer: Answer) -> Problem:
    return Problem(
        f"{answer.target}: {verdict(answer)}",
        hint="no output file was changed",
        code="KG307",
    )
