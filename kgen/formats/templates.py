"""The names of the files that templates make.

A template's file name determines its output: `NAME.j2` gives `NAME`. A template whose name begins
with `T-` is rendered once per target, and the target's name replaces the `T`.
"""

from __future__ import annotations

import os

from kgen.files import resources
from kgen.model.problems import KgenError, Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def outputs_of(path: str, targets: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """The names of the files that a template makes, each with the target that it is for."""
    name = os.path.basename(path).removesuffix(".j2")
    if name.startswith("T-"):
        yield from ((f"{target}{name[1:]}", target) for target in targets)
    else:
        yield name, None


def planned_outputs(templates: Sequence[str], targets: Sequence[str]) -> list[str]:
    """The names of all files that templates make. Raises KgenError if two make the same file."""
    origin: dict[str, str] = {}
    for path in templates:
        for name, _ in outputs_of(path, targets):
            if name in origin:
                message = f"{_label(path)} and {_label(origin[name])} both write {name}"
                raise KgenError(Problem(message, hint="rename one of the templates", code="KG502"))
            origin[name] = path
    return list(origin)


def _label(path: str) -> str:
    """A template in messages: its path; for a built-in template only its name."""
    folder, name = os.path.split(path)
    return f"kgen's built-in {name}" if folder == resources.templates() else path
