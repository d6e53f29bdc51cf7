"""Templates as far as Jinja is not needed: what they make, and the simplest of them.

A template's file name determines its output: `NAME.j2` gives `NAME`. A template whose name begins
with `T-` is rendered once per target, and the target's name replaces the `T`.
"""

from __future__ import annotations

import os
import re

from kgen.files import resources
from kgen.model.problems import KgenError, Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any


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


# Templates without Jinja, whose import takes longer than to load and resolve a tree.

_FOR = re.compile(r"[ \t]*\{% for (\w+) in (\w+)\.(\w+) %\}\n")
_END = re.compile(r"[ \t]*\{% endfor %\}\n")
_NAME = re.compile(r"(?<!\{)\{\{ (\w+)(?:\.(\w+))? \}\}(?!\})")
_MARK = re.compile(r"\{[%{#]|[%}#]\}|\r")


def rendered_plainly(template: str, variables: Mapping[str, Any]) -> str | None:
    """What Jinja makes of a template that has only text, `{{ a }}`, `{{ a.b }}` and lines with
    `{% for a in b.c %}` and `{% endfor %}`, not nested, on strings and lists of strings.

    None for every other one.
    """
    made: list[str] = []
    rest = template
    while opening := _FOR.search(rest):
        closing = _END.search(rest, opening.end())
        # Blanks before a tag are no part of the text if nothing else is before it in its line.
        if closing is None or not (_begins_line(rest, opening) and _begins_line(rest, closing)):
            return None
        item, *owner = opening.groups()
        items = _value(owner, variables)
        body = _format(rest[opening.end() : closing.start()])
        before = _filled(_format(rest[: opening.start()]), variables)
        if before is None or body is None or not isinstance(items, list):
            return None
        made.append(before)
        text, names = body
        if names == [(item, None)] * len(names) and set(map(type, items)) <= {str}:
            made.append(_repeated(text, len(names), items))
        else:
            for value in items:
                line = _filled(body, {**variables, item: value})
                if line is None:
                    return None
                made.append(line)
        rest = rest[closing.end() :]
    last = _filled(_format(rest), variables)
    return None if last is None else "".join([*made, last])


def _repeated(text: str, names: int, items: Sequence[str]) -> str:
    """A text for each item, which stands at every name."""
    if names == 1 and items and text.count("%") == 1:
        before, after = text.split("%s")
        return before + f"{after}{before}".join(items) + after
    return "".join([text % ((item,) * names) for item in items])


def _begins_line(text: str, tag: re.Match[str]) -> bool:
    return tag.start() == 0 or text[tag.start() - 1] == "\n"


# A text for the operator `%`, and the names of what is to be filled in.
_Format = tuple[str, "list[tuple[str, str | None]]"]


def _format(text: str) -> _Format | None:
    """A text without tags; None if there is more in it than names."""
    parts = _NAME.split(text)
    if any(_MARK.search(part) for part in parts[::3]):
        return None
    names = list(zip(parts[1::3], parts[2::3], strict=True))
    return "%s".join(part.replace("%", "%%") for part in parts[::3]), names


def _filled(found: _Format | None, variables: Mapping[str, Any]) -> str | None:
    if found is None:
        return None
    text, names = found
    values = [_value(name, variables) for name in names]
    return text % tuple(values) if all(isinstance(value, str) for value in values) else None


def _value(name: Sequence[str | None], variables: Mapping[str, Any]) -> Any:
    """The value of `a` or `a.b`; None if there is none."""
    first, second = name
    found = variables.get(first or "")
    if second is None:
        return found
    if not isinstance(found, dict) or hasattr(found, second):  # Jinja takes an attribute first
        return None
    return found.get(second)
