"""A resolved configuration in one file: written from a project, read back as a side.

docs/diff.md describes the format. A snapshot holds the whole model and the assignments of each
target. It is resolved again when it is read, which checks its values against its own clauses, and
it can then be compared like a tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from kgen.commands.snapshot.inputs import Inputs, plain
from kgen.files.tree import version_of
from kgen.model.clauses import Assignment, Clause, Entry, Model, model_of
from kgen.model.configurations import Lane, Target
from kgen.model.expr import AND, NOT, OR, Expr, is_name, parse, text, well_formed
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, fail
from kgen.project.lanes import Loaded
from kgen.project.load import Project, resolve_group
from kgen.project.side import Side, Thing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

FORMAT = 1


class _Row(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """A list of fixed length in the file. file: an index into `files`, -1 for none."""


class _Input(_Row, frozen=True):
    name: str
    digest: str
    outside: bool


class _Entry(_Row, frozen=True):
    symbol: str
    file: int
    line: int


class _Clause(_Row, frozen=True):
    kind: Literal["depends", "select", "imply", "default"]
    symbol: str
    target: str
    value: bool
    condition: str
    file: int
    line: int


class _Assigned(_Row, frozen=True):
    """after: the number of clauses that precede the assignment, -1 if unordered."""

    symbol: str
    value: bool
    file: int
    line: int
    external: bool
    origin: str
    after: int


class _Model(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    mentions: list[str]
    entries: list[_Entry]
    clauses: list[_Clause]
    assigned: list[_Assigned]


class _Target(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """mode: if it is another than the snapshot's."""

    name: str
    model: int
    fails: bool
    assigned: list[_Assigned]
    y: list[str]
    mode: Literal["", "defconfig", "allnoconfig", "allyesconfig", "randconfig"] = ""


class _Thing(_Row, frozen=True):
    """A device or machine. targets, maybe: indices into `targets`, ascending."""

    of: Literal["device", "machine"]
    name: str
    aliases: list[str]
    needs: str
    file: str
    line: int
    targets: list[int]
    maybe: list[int]


class _Head(msgspec.Struct, rename={"format": "kgen-snapshot"}, frozen=True):
    format: int


class _Snapshot(
    msgspec.Struct, rename={"format": "kgen-snapshot"}, forbid_unknown_fields=True, frozen=True
):
    """names: of devices and machines; None without `--names`."""

    format: int
    version: str
    mode: Literal["defconfig", "allnoconfig", "allyesconfig"]
    files: list[_Input]
    models: list[_Model]
    targets: list[_Target]
    names: list[_Thing] | None = None


# Characters. A larger file is rejected without being parsed.
_LIMIT = 1 << 28


def write(project: Project, things: Sequence[Thing] | None = None) -> str:
    """The text of a project's snapshot. things: its devices and machines, if they are asked for."""
    inputs = Inputs(project)
    targets = [
        _Target(
            outcome.target.name,
            number,
            outcome.failed,
            [_assignment(item, inputs) for item in outcome.as_lane.assignments],
            [] if outcome.failed else outcome.printed(),
            "" if outcome.as_lane.mode == project.mode else outcome.as_lane.mode,
        )
        for number, group in enumerate(project.groups)
        for outcome in group.outcomes
    ]
    targets.sort(key=lambda target: target.name)
    files = [_Input(item.name, item.digest, item.outside) for item in inputs.files]
    models = [_model(group.resolution.model, inputs) for group in project.groups]
    parts = [
        f'"kgen-snapshot":{FORMAT}',
        f'"version":{_json(plain(version_of(project.tree)))}',
        f'"mode":{_json(project.mode)}',
        f'"files":{_lines(files)}',
        f'"models":[{",".join(map(_model_lines, models))}]',
        f'"targets":{_lines(targets)}',
    ]
    if things is not None:
        at = {target.name: number for number, target in enumerate(targets)}
        parts.append(f'"names":{_lines([_thing(one, at) for one in things])}')
    return "{" + ",\n".join(parts) + "}\n"


def _thing(thing: Thing, at: Mapping[str, int]) -> _Thing:
    """at: the index of each target."""
    return _Thing(
        "device" if thing.of == "device" else "machine",
        plain(thing.name),
        list(map(plain, thing.aliases)),
        thing.needs,
        plain(thing.file),
        thing.line,
        [at[name] for name in thing.targets],
        [at[name] for name in thing.maybe],
    )


def _model_lines(model: _Model) -> str:
    parts = [
        f'"mentions":{_lines(model.mentions)}',
        f'"entries":{_lines(model.entries)}',
        f'"clauses":{_lines(model.clauses)}',
        f'"assigned":{_lines(model.assigned)}',
    ]
    return "{" + ",\n".join(parts) + "}"


def _lines(rows: Sequence[Any]) -> str:
    """A list with one row per line, so that two snapshots can be compared line by line."""
    return "[" + ",\n".join(map(_json, rows)) + "]"


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode("utf-8")


def _model(model: Model, inputs: Inputs) -> _Model:
    return _Model(
        list(model.mentions),
        [_Entry(entry.symbol, *_at(entry.place, inputs)) for entry in model.entries],
        [
            _Clause(
                item.kind,
                item.symbol,
                item.target,
                item.value,
                "" if item.condition is None else text(item.condition, fewest=True),
                *_at(item.place, inputs),
            )
            for item in model.clauses
        ],
        [_assignment(item, inputs) for item in model.assignments],
    )


def _assignment(item: Assignment, inputs: Inputs) -> _Assigned:
    file, line = (-1, 0) if item.place is None else _at(item.place, inputs)
    after = -1 if item.after is None else item.after
    return _Assigned(item.symbol, item.value, file, line, item.external, plain(item.origin), after)


def _at(place: Place, inputs: Inputs) -> tuple[int, int]:
    index = inputs.index(place.file)
    return (-1, 0) if index is None else (index, place.line)


# Reading.
def is_snapshot(data: str) -> bool:
    """Whether a text begins like a snapshot of any format version."""
    return data.startswith('{"kgen-snapshot":')


def read(data: str, shown: str, wanted: Callable[[list[str]], list[str]]) -> Side:
    """Read a snapshot's text as a side. wanted: chooses among the names of its targets.

    shown: the file's name for messages. Raises KgenError for a text that kgen did not write, and
    for another format version.
    """
    if len(data) > _LIMIT:
        raise fail(f"{shown} is too large for a snapshot", code="KG721")
    try:
        head = msgspec.json.decode(data, type=_Head)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _bad(shown, str(error)) from None
    if head.format != FORMAT:
        message = f"{shown} has snapshot format {head.format}, but this kgen reads format {FORMAT}"
        raise fail(message, hint="create it again with this version of kgen", code="KG721")
    try:
        raw = msgspec.json.decode(data, type=_Snapshot)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _bad(shown, str(error)) from None
    return _Reader(raw, shown).side(wanted)


def _bad(shown: str, reason: str) -> KgenError:
    return fail(f"{shown} is not a valid snapshot: {reason}", hint="create it again", code="KG721")


class _Reader:
    """Converts the decoded data to a side, and checks every index and name."""

    def __init__(self, raw: _Snapshot, shown: str) -> None:
        self.raw = raw
        self.shown = shown
        self.files = [File(item.name, (), item.outside, shown) for item in raw.files]
        self._conditions: dict[str, Expr | None] = {"": None}
        self._assigned: dict[_Assigned, Assignment] = {}

    def side(self, wanted: Callable[[list[str]], list[str]]) -> Side:
        """The side, resolved again and checked. Raises KgenError."""
        raw = self.raw
        names = [target.name for target in raw.targets]
        if names != sorted(set(names)):
            raise _bad(self.shown, "its targets are not sorted, or one is duplicated")
        models = [self._model(model) for model in raw.models]
        chosen = set(wanted(names))
        members: dict[int, list[_Target]] = {}
        for target in raw.targets:
            if not 0 <= target.model < len(models):
                raise _bad(self.shown, f"{target.name} has no model")
            members.setdefault(target.model, []).append(target)
        groups = []
        for number, targets in members.items():
            mentioned = set(models[number].mentions)
            loaded = Loaded(models[number], tuple(Target(target.name) for target in targets))
            lanes = [
                Lane(
                    target.name,
                    target.mode or raw.mode,
                    tuple(self._assignment(item, mentioned) for item in target.assigned),
                )
                for target in targets
            ]
            group = resolve_group(loaded, lanes)
            for item, target in zip(group.outcomes, targets, strict=True):
                if item.failed != target.fails or (not item.failed and item.printed() != target.y):
                    message = f"the values of {target.name} do not follow from its clauses"
                    raise _bad(self.shown, message)
            kept = tuple(item for item in group.outcomes if item.name in chosen)
            groups.append(group._replace(outcomes=kept))
        return Side(self.shown, raw.version, raw.mode, tuple(groups), self._things(names))

    def _things(self, targets: Sequence[str]) -> tuple[Thing, ...] | None:
        """The devices and machines; None if the snapshot has none."""
        if self.raw.names is None:
            return None
        return tuple(
            Thing(
                one.of,
                one.name,
                tuple(one.aliases),
                one.needs,
                one.file,
                one.line,
                self._at(one.targets, targets),
                self._at(one.maybe, targets),
            )
            for one in self.raw.names
        )

    def _at(self, numbers: list[int], targets: Sequence[str]) -> tuple[str, ...]:
        """The targets with these indices."""
        if numbers != sorted(set(numbers)) or not set(numbers) <= set(range(len(targets))):
            raise _bad(self.shown, "a device or machine refers to a missing target")
        return tuple(targets[number] for number in numbers)

    def _place(self, file: int, line: int) -> Place:
        if file == -1:
            return Place(File("", (), True), 0)
        if not 0 <= file < len(self.files) or line < 0:
            raise _bad(self.shown, "a place refers to a missing file")
        return Place(self.files[file], line)

    def _model(self, raw: _Model) -> Model:
        mentioned = set(raw.mentions)
        for name in mentioned:
            if not is_name(name):
                raise _bad(self.shown, f"{name!r} is not a name of a symbol")
        entries = tuple(
            Entry(item.symbol, self._place(item.file, item.line)) for item in raw.entries
        )
        clauses = tuple(
            Clause(
                item.kind,
                item.symbol,
                item.target,
                item.value,
                self._condition(item.condition),
                self._place(item.file, item.line),
            )
            for item in raw.clauses
        )
        for clause in clauses:
            named = {clause.symbol, clause.target, *(clause.condition or ())} - {AND, OR, NOT}
            if not named <= mentioned:
                raise _bad(self.shown, f"{min(named - mentioned)} is not in its list of symbols")
            if clause.kind == "depends" and clause.condition is None:
                raise _bad(self.shown, f"a dependency of {clause.symbol} is empty")
        if not {entry.symbol for entry in entries} <= mentioned:
            raise _bad(self.shown, "an entry is not in its list of symbols")
        assigned = tuple(self._assignment(item, mentioned) for item in raw.assigned)
        return model_of(entries, clauses, assigned, tuple(raw.mentions), ())

    def _assignment(self, item: _Assigned, mentioned: set[str]) -> Assignment:
        if item.symbol not in mentioned:
            raise _bad(self.shown, f"{item.symbol} is assigned but not in its list of symbols")
        # Equal assignments become one object again, which the resolver handles only once.
        if item not in self._assigned:
            self._assigned[item] = self._made(item)
        return self._assigned[item]

    def _made(self, item: _Assigned) -> Assignment:
        return Assignment(
            item.symbol,
            item.value,
            None if item.file == -1 else self._place(item.file, item.line),
            item.external,
            item.origin,
            None if item.after < 0 else item.after,
        )

    def _condition(self, written: str) -> Expr | None:
        """Parse a condition; only the form that `text` writes is accepted."""
        if written not in self._conditions:
            self._conditions[written] = _parsed(written)
            if self._conditions[written] is None:
                raise _bad(self.shown, f"{written!r} is not a condition")
        return self._conditions[written]


def _parsed(written: str) -> Expr | None:
    """The expression with exactly this text; None if there is none."""
    import re

    tokens = tuple(re.findall(r"\w+|&&|\|\||[!()]|\S", written))
    if not all(re.fullmatch(r"\w+|&&|\|\||[!()]", token) for token in tokens):
        return None
    try:
        expr = parse(tokens)
    except IndexError:
        return None
    good = well_formed(expr) and "(" not in expr
    return expr if good and text(expr, fewest=True) == written else None
