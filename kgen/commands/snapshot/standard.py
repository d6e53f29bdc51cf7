"""A resolved tree of standard Kconfig in one file: written from a project, read back as its parts.

It holds each model and the lines of each target, so that it can be compared like a tree, with
causes. It is resolved again when it is read, and has to give the values that it had.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kgen.commands.snapshot.inputs import plain
from kgen.files.read import NotText
from kgen.files.tree import version_of
from kgen.model.problems import KgenError, fail
from kgen.project.standard import Part
from kgen.standard.defconfigs import Lines, Passage, assigned
from kgen.standard.model import (
    CONSTANT,
    EQUAL,
    GREATER_EQUAL,
    IS_N,
    MODE_OF,
    NOT,
    STEPS,
    TYPES,
    VALUE_OF,
    Choice,
    Default,
    Model,
    Prompt,
    Range,
    Reverse,
    Symbol,
)
from kgen.standard.outputs import auto_confs
from kgen.standard.resolver import Resolution, resolve
from kgen.standard.targets import Target

if TYPE_CHECKING:
    from kgen.project.standard import StandardProject

FORMAT = 1
_LINE = ",\n"

# Characters. A larger file is rejected without being parsed.
_LIMIT = 1 << 28


def write(project: StandardProject) -> str:
    """The text of a project's snapshot."""
    parts = []
    for part in project.parts:
        digests = _digests(part.resolution, len(part.targets))
        targets = [
            _json([one.name, os.path.relpath(one.path, project.tree.root), digest, list(lines)])
            for one, digest, lines in zip(part.targets, digests, part.lines, strict=True)
        ]
        rows = zip(Model._fields, part.model, strict=True)
        model = ",\n".join(f"{_json(name)}:{_json(value)}" for name, value in rows)
        parts.append(f'{{"model":{{{model}}},\n"targets":{_listed(targets)}}}')
    files = [_json([plain(name), digest]) for name, digest in _inputs(project)]
    head = f'{{"kgen-standard-snapshot":{FORMAT},\n"version":{_json(version_of(project.tree))}'
    return f'{head},\n"files":{_listed(files)},\n"parts":{_listed(parts)}}}\n'


def _listed(rows: Sequence[str]) -> str:
    """A list with one row per line, so that two snapshots can be compared line by line."""
    return f"[{_LINE.join(rows)}]"


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _inputs(project: StandardProject) -> Iterator[tuple[str, str]]:
    """The files of the tree that were read, relative to it, each with its SHA-256."""
    tree = project.tree
    names = {file for part in project.parts for file in part.model.files}
    names |= {line.file for part in project.parts for lines in part.lines for line in lines}
    names |= {
        os.path.relpath(one.path, tree.root) for part in project.parts for one in part.targets
    }
    for name in sorted(names):
        try:
            data = tree.data(os.path.join(tree.root, name))
        except (OSError, NotText):
            continue  # what --set says has no file
        yield name, hashlib.sha256(data).hexdigest()


def _digests(resolution: Resolution, count: int) -> list[str]:
    """What gives the values of each target."""
    texts = auto_confs(resolution, count)
    return [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16] for text in texts]


def read(text: str, shown: str) -> tuple[str, tuple[Part, ...]]:
    """The version and the parts of a snapshot. shown: the file's name for messages.

    Raises KgenError for a text that kgen did not write, and for another format version.
    """
    if len(text) > _LIMIT:
        raise fail(f"{shown} is too large for a snapshot", code="KG721")
    try:
        data = json.loads(text)
        if data["kgen-standard-snapshot"] != FORMAT:
            given = data["kgen-standard-snapshot"]
            message = f"{shown} has snapshot format {given}, but this kgen reads format {FORMAT}"
            hint = "create it again with this version of kgen"
            raise fail(message, hint=hint, code="KG721")
        return str(data["version"]), tuple(_part(part) for part in data["parts"])
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise _bad(shown, str(error)) from None


def _bad(shown: str, reason: str) -> KgenError:
    message = f"{shown} is not a valid snapshot: {reason}"
    return fail(message, hint="create it again", code="KG721")


def _part(data: dict[str, Any]) -> Part:
    """A part, resolved again. Raises ValueError and the like for one that kgen did not write."""
    known = {**Model._field_defaults, **data["model"]}  # older files lack newer fields
    model = _model([known[name] for name in Model._fields])
    _check(model)
    rows = sorted(data["targets"])
    lines = tuple(
        Lines(tuple(Passage(file, at, [(name, value)]) for name, value, file, at in row[3]))
        for row in rows
    )
    targets = tuple(Target(str(name), str(path)) for name, path, _, _ in rows)
    given, _ = assigned(model, lines)
    resolution = resolve(model, given)
    for (name, _, digest, _), found in zip(rows, _digests(resolution, len(rows)), strict=True):
        if digest != found:
            raise ValueError(f"the values of {name} do not follow from it")
    # What a part was read from is of no use without its tree.
    return Part(model, given, resolution, targets, lines, "", {})


def _check(model: Model) -> None:
    """Raise ValueError for indexes out of range, and for an unknown type."""
    symbols, choices = range(len(model.symbols)), range(len(model.choices))
    for number, (kind, first, second) in enumerate(model.expressions):
        if kind == CONSTANT:
            good = first in range(3)
        elif kind == VALUE_OF:
            good = first in symbols
        elif kind == MODE_OF:
            good = first in choices
        elif kind in range(EQUAL, GREATER_EQUAL + 1):
            good = first in symbols and second in symbols
        else:
            good = first in range(number) and (kind in (NOT, IS_N) or second in range(number))
        if not good:
            raise ValueError(f"expression {number} is none")
    sizes = (len(model.expressions), len(symbols), len(symbols), len(choices), len(choices))
    for step in model.order:
        number, kind = divmod(step, len(STEPS))
        if number not in range(sizes[kind]):
            raise ValueError(f"step {step} is none")
    if any(symbol.type not in TYPES for symbol in model.symbols):
        raise ValueError("a symbol has no type")
    if model.modules not in symbols or any(one not in symbols for one in model.defined):
        raise ValueError("a symbol is missing")


def _model(row: list[Any]) -> Model:
    """A model from what JSON makes of it. Raises TypeError and ValueError for other rows."""
    model: Any = Model(*row)
    found: Model = model._replace(
        symbols=tuple(map(_symbol, model.symbols)),
        choices=tuple(map(_choice, model.choices)),
        expressions=tuple(map(tuple, model.expressions)),
        outline=tuple(map(tuple, model.outline)),
        defined=tuple(model.defined),
        order=tuple(model.order),
        titles=tuple(model.titles),
        files=tuple(model.files),
    )
    return found


# Makes a record in less time than a call of it: a tree has 50,000.
_made = tuple.__new__


def _symbol(row: Any) -> Symbol:
    name, type_, spots, choice, prompts, defaults, ranges, depends, *more = row
    if not spots:  # a constant, which has nothing else
        return Symbol(name, type_)
    selected, implied, selected_by, implied_by, automatic, transitional = more
    return _made(Symbol, (
        name, type_, _tuples(spots), choice, _prompts(prompts), _defaults(defaults),
        tuple([Range(low, high, on, tuple(at)) for low, high, on, at in ranges]),
        depends, selected, implied, _reverses(selected_by), _reverses(implied_by),
        automatic, transitional,
    ))  # fmt: skip


def _choice(row: Any) -> Choice:
    name, type_, members, prompts, defaults, optional, spots, *depends = row  # older: without
    return Choice(
        name, type_, tuple(members), _prompts(prompts), _defaults(defaults), optional,
        _tuples(spots), *depends,
    )  # fmt: skip


def _tuples(rows: Any) -> tuple[Any, ...]:
    return tuple([tuple(row) for row in rows])


def _prompts(rows: Any) -> tuple[Prompt, ...]:
    return tuple([_made(Prompt, (text, on, tuple(spot))) for text, on, spot in rows])


def _defaults(rows: Any) -> tuple[Default, ...]:
    return tuple([_made(Default, (value, on, tuple(spot))) for value, on, spot in rows])


def _reverses(rows: Any) -> tuple[Reverse, ...]:
    return tuple([_made(Reverse, (by, on, tuple(spot))) for by, on, spot in rows])
