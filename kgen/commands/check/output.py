"""The answers of `kgen check` as text and as JSON data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kgen.commands.check.answers import Answer
from kgen.formats import findings as formatted
from kgen.formats.escapes import visible
from kgen.formats.terminal import count
from kgen.model.clauses import assignment_texts


def as_text(answer: Answer) -> list[str]:
    """The lines of one answer: the verdict, the findings, and what mends all of them."""
    lines = [visible(f"{answer.target}: {verdict(answer)}")]
    lines += formatted.text(answer.findings)
    if answer.mends:
        texts = " ".join(assignment_texts(answer.mends))
        lines.append(visible(f"{answer.target}: links and starts with {texts}"))
    return lines


def verdict(answer: Answer) -> str:
    """Whether it links and starts, in words."""
    if not answer.machines:
        start = "has no machine that could start"
    elif answer.starts is None:
        unknown = sum(value is None for _, value in answer.machines)
        start = f"not known of {count(unknown, 'machine')} whether they start"
    else:
        fine = sum(value is True for _, value in answer.machines)
        total = count(len(answer.machines), "machine")
        start = f"{total} would start" if answer.starts else f"{fine} of {total} would start"
    if not answer.links:
        wrong = len(answer.machines) - sum(value is not False for _, value in answer.machines)
        start = f"{count(wrong, 'machine')} would not start" if wrong else ""
    links = "would link" if answer.links else "would not link"
    return f"{links}, {start}" if start else links


def as_data(answer: Answer) -> dict[str, Any]:
    """One answer as JSON data."""
    return {
        "target": answer.target,
        "links": answer.links,
        "starts": answer.starts,
        "machines": [{"name": name, "starts": value} for name, value in answer.machines],
        "findings": formatted.data(answer.findings),
        "fix": assignment_texts(answer.mends),
    }


def several(answers: Sequence[Answer]) -> dict[str, Any]:
    """Answers as JSON data: of one configuration its own, of several a list."""
    data = [as_data(one) for one in answers]
    return data[0] if len(data) == 1 else {"answers": data}
