"""What the name of a device or a machine stands for.

`with_names` adds a symbol to a project's models: `device:NAME` or `machine:NAME`. It depends on
what the C files that register the name need, and is selected where that holds, so it has that value
in each mode and nothing else can set it. What answers for symbols (reasons, changes, the solver)
then answers for names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from kgen.code import conditions
from kgen.code.conditions import ALWAYS, NEVER, both, either, inverted
from kgen.code.qom_types import MACHINE_SUFFIX, QomTypes, Variant
from kgen.commands.loading import read_code
from kgen.model import expr
from kgen.model.clauses import Assignment, Clause, Entry, Model, model_of, of_code
from kgen.model.configurations import Group, Outcome
from kgen.model.expr import Expr
from kgen.model.places import File, Place, located, spot
from kgen.model.problems import KgenError, Nearest, Note, Problem
from kgen.model.record import Record
from kgen.model.spelling import folded
from kgen.project.code.code_map import CodeMap
from kgen.project.code.listing import Row, brief, listing
from kgen.project.load import Project
from kgen.resolve.resolver import resolve
from kgen.targets.named import Names
from kgen.targets.undeclared import hints

KINDS = ("device", "machine")

# The codes of what `code_map` says of a tree without C sources.
NO_CODE = ("KG109", "KG421", "KG422")


class Registration(Record):
    """One place of a C file that registers a name, and what it needs.

    needs: over symbols, and over atoms of `kgen.code.conditions` where these differ between the
    targets or forbid the name on all of them.
    """

    needs: Expr
    place: Place


class Meaning(Record):
    """What a name stands for on the targets of a project.

    symbol: the one that `with_names` added. registrations: those that the targets can have, or all
    if they can have none; at least one. unknown: `file:line` of what else decides, and is not known
    before QEMU runs.
    """

    kind: str
    name: str
    symbol: str
    registrations: tuple[Registration, ...]
    unknown: tuple[str, ...]

    @property
    def place(self) -> Place:
        """Of the first registration."""
        return self.registrations[0].place

    @property
    def needs(self) -> Expr:
        """What one of its registrations needs."""
        return either(*(one.needs for one in self.registrations))

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols that it needs, from left to right."""
        return tuple(dict.fromkeys(name for name in expr.names(self.needs) if not of_code(name)))


def as_data(meaning: Meaning) -> dict[str, Any]:
    """A meaning as JSON data."""
    file, line = located(meaning.place)
    return {
        "kind": meaning.kind,
        "name": meaning.name,
        "needs": conditions.text(meaning.needs),
        "symbols": list(meaning.symbols),
        "file": file,
        "line": line,
        "unknown": list(meaning.unknown),
    }


def lines(meaning: Meaning) -> list[str]:
    """What a name stands for, in lines of text."""
    found = []
    for one in meaning.registrations:
        file, line = located(one.place)
        found.append(f"{meaning.symbol} is registered at {spot(file, line, 0)}")
        found.append(f"    needs {conditions.text(one.needs)}")
    if meaning.unknown:
        found.append(f"    and what is not known before QEMU runs: {', '.join(meaning.unknown)}")
    return found


def with_names(
    project: Project, words: Iterable[str]
) -> tuple[Project, tuple[str, ...], tuple[Meaning, ...]]:
    """The project with a symbol for each word that is not a symbol's name.

    Also the symbol of each word, without repetitions, and what the added ones stand for. The C
    sources are read only if there is such a word. Raises KgenError with all words that are not a
    name, or mean several things.
    """
    names = Names(project.declared())
    found = {word: names.symbol(word) for word in words}
    asked = [word for word, symbol in found.items() if symbol is None]
    if not asked:
        return project, tuple(dict.fromkeys(filter(None, found.values()))), ()
    lookup = _Lookup(project, asked)
    meanings = lookup.meanings()
    added = tuple({one.symbol: one for one in meanings.values()}.values())
    symbols = dict.fromkeys(symbol or meanings[word].symbol for word, symbol in found.items())
    return with_meanings(project, lookup.code, added), tuple(symbols), added


def with_every_name(project: Project, map_: CodeMap) -> Project:
    """The project with a symbol for each device and machine; map_: its code, of every outcome."""
    lookup = _Lookup(project, ())
    lookup.know(map_)
    meanings = [
        lookup.meaning(kind, row.name, [row]) for kind in KINDS for row in lookup.rows[kind]
    ]
    return with_meanings(project, map_, meanings)


class _Lookup:
    """Finds the meaning of words that are not symbols."""

    def __init__(self, project: Project, words: Sequence[str]) -> None:
        self.project = project
        self.words = words
        self.declared = project.declared()
        self.map: CodeMap | None = None  # None if the tree has no C sources
        self.rows: dict[str, list[Row]] = {kind: [] for kind in KINDS}

    def know(self, map_: CodeMap) -> None:
        """Look up names in the code of the project, of every outcome."""
        self.map = map_
        self.rows = {kind: listing(map_, f"{kind}s") for kind in KINDS}

    def meanings(self) -> dict[str, Meaning]:
        """What each word means. Raises KgenError."""
        missing: tuple[Problem, ...] = ()
        if not all(word.startswith("CONFIG_") for word in self.words):
            try:
                self.know(read_code(self.project, every=True))
            except KgenError as error:
                if error.problems[0].code not in NO_CODE:
                    raise
                missing = error.problems
        found: dict[str, Meaning] = {}
        problems: list[Problem] = []
        for word in self.words:
            kinds, name = _parted(word)
            if missing and len(kinds) == 1:
                problems += missing
                continue
            matches = {kind: rows for kind in kinds if (rows := self.matching(kind, name))}
            if len(matches) == 1:
                ((kind, rows),) = matches.items()
                found[word] = self.meaning(kind, name, rows)
            elif matches:
                message = f"{name} is a device and a machine"
                hint = f"say device:{name} or machine:{name}"
                problems.append(Problem(message, hint=hint, code="KG715"))
            else:
                problems.append(self.unknown(word, kinds, name, missing))
        if problems:
            raise KgenError(*dict.fromkeys(problems))
        return found

    @property
    def code(self) -> CodeMap:
        assert self.map is not None  # else no word has a meaning
        return self.map

    def matching(self, kind: str, name: str) -> list[Row]:
        return [row for row in self.rows[kind] if name in (row.name, *row.aliases)]

    def unknown(
        self, word: str, kinds: Sequence[str], name: str, missing: Sequence[Problem]
    ) -> Problem:
        """The problem with a word that is not a name. missing: why there is no list of devices."""
        if len(kinds) == 1 or self.map is not None:
            known = {
                one for kind in kinds for row in self.rows[kind] for one in (row.name, *row.aliases)
            }
            known |= self.declared if len(kinds) > 1 else set()
            what = kinds[0] if len(kinds) == 1 else "symbol, device or machine"
            hint = hints(name, Nearest(known))
            if self.map is not None and name in self.map.types.variants:
                hint = f"it is a type of QOM that is not a {' or a '.join(kinds)}"
            return Problem(f"there is no {what} {name}", hint=hint, code="KG704")
        name = name.removeprefix("CONFIG_")
        hint = hints(name, Nearest(self.declared))
        notes = []
        if missing and word != folded(word):  # else it looks like a symbol
            notes = [Note(None, f"devices and machines are not known here: {missing[0].message}")]
        return Problem(f"there is no symbol {name}", notes=tuple(notes), hint=hint, code="KG704")

    def meaning(self, kind: str, name: str, rows: Sequence[Row]) -> Meaning:
        variants = [
            one
            for row in rows
            for one in self.code.types.variants[type_of(kind, row.name)]
            if not one.type.abstract
        ]
        return registered(self.code, self.declared, kind, name, variants)


def registered(
    map_: CodeMap, declared: frozenset[str], kind: str, name: str, variants: Sequence[Variant]
) -> Meaning:
    """What a name with these registrations stands for. declared: the symbols that there are."""
    wholes = [
        (_whole(map_.types, one), Place(File(one.path, root=map_.root), one.type.line))
        for one in variants
    ]
    return meaning(map_, declared, kind, name, wholes)


def meaning(
    map_: CodeMap,
    declared: frozenset[str],
    kind: str,
    name: str,
    wholes: Sequence[tuple[Expr, Place]],
) -> Meaning:
    """What a name stands for that needs one of some conditions. wholes: these, with their places.

    kind: one of KINDS, or what else the caller asks about.
    """
    atoms = Atoms(map_, declared)
    here = [one for one in wholes if atoms.short(one[0]) != NEVER]
    shortened = atoms.short if here else atoms.why_never
    registrations = [
        Registration(brief(shortened(whole), map_.implied), place)
        for whole, place in here or wholes
    ]
    unknown = conditions.unknowns(either(*(whole for whole, _ in here or wholes)))
    return Meaning(
        kind,
        name,
        f"{kind}:{name}",
        tuple(dict.fromkeys(registrations)),
        tuple(one.removeprefix("unknown:") for one in sorted(unknown)),
    )


def _whole(types: QomTypes, variant: Variant) -> Expr:
    """What a registration needs: its own condition, and those of the parents of its type."""
    parts = [variant.condition]
    seen: set[str] = set()
    parent = variant.type.parent
    while parent in types.variants and parent not in seen:
        seen.add(parent)
        parts.append(types.condition(parent))
        parent = types.variants[parent][0].type.parent
    return both(*parts)


def type_of(kind: str, name: str) -> str:
    """The QOM type of a name of that kind: a machine's has a suffix."""
    return name + (MACHINE_SUFFIX if kind == "machine" else "")


def needed_by(types: QomTypes, kind: str, name: str) -> Expr:
    """What one of the registrations of a device or machine needs, in full."""
    variants = types.variants[type_of(kind, name)]
    return either(*(_whole(types, one) for one in variants if not one.type.abstract))


def _parted(word: str) -> tuple[tuple[str, ...], str]:
    """The kinds of which a word can be, and the name."""
    kind, colon, name = word.partition(":")
    return ((kind,), name) if colon and kind in KINDS else (KINDS, word)


class Atoms:
    """Simplifies conditions for the lanes of a map."""

    def __init__(self, map_: CodeMap, declared: Iterable[str]) -> None:
        self.truth = map_.truth
        self.declared = frozenset(declared)

    def short(self, condition: Expr) -> Expr:
        """The condition without what is the same in all lanes, but for symbols."""
        return self.truth.short(self._possible(condition))

    def why_never(self, condition: Expr) -> Expr:
        """Like `short` for a condition that is false in all lanes, with what makes it false.

        That is the architecture, if it is enough, and else a fact of the host, too.
        """
        possible = self._possible(condition)
        true, false = {}, {}
        for name in filter(of_code, expr.names(possible)):
            lanes = self.truth.of((name,))[0]
            if lanes == self.truth.everywhere:
                true[name] = ALWAYS
            elif not lanes and not name.startswith(("arch:", "target:")):
                false[name] = NEVER
        found = conditions.replaced(possible, true | false)
        return conditions.replaced(possible, true) if found == NEVER else found

    def _possible(self, condition: Expr) -> Expr:
        """The condition with what is not known, at each place, as it has to be."""

        def leaf(name: str) -> tuple[Expr, Expr]:
            name = name.removeprefix("macro:CONFIG_").replace("macro:TARGET_", "target:TARGET_")
            if name.startswith("any:") and not self.truth.of((name,))[1]:
                name = name.removeprefix("any:")  # one of the targets can change that
            if of_code(name):
                surely, possibly = self.truth.of((name,))
                return ((name,), (name,)) if surely == possibly else (ALWAYS, NEVER)
            one = (name,) if name in self.declared else NEVER
            return one, one

        return expr.fold(
            condition,
            leaf,
            lambda one: (inverted(one[1]), inverted(one[0])),
            lambda left, right: (both(left[0], right[0]), both(left[1], right[1])),
            lambda left, right: (either(left[0], right[0]), either(left[1], right[1])),
        )[0]


def with_meanings(project: Project, map_: CodeMap, meanings: Sequence[Meaning]) -> Project:
    """The project with the symbols of these names, resolved again. map_: its code."""
    lanes = {outcome.name: bit for bit, outcome in enumerate(map_.outcomes)}
    atoms = {name for one in meanings for name in expr.names(one.needs) if of_code(name)}
    values = {name: map_.truth.of((name,))[0] for name in sorted(atoms | set(ALWAYS))}

    def extended(group: Group) -> Group:
        model = _with_symbols(group.resolution.model, meanings)
        resolution = resolve(
            model,
            [
                one.as_lane._replace(
                    assignments=(
                        *one.as_lane.assignments,
                        *_passed(values, lanes[one.name], one),
                    )
                )
                for one in group.outcomes
            ],
        )
        return Group(
            resolution, tuple(one._replace(resolution=resolution) for one in group.outcomes)
        )

    return project._replace(
        model=_with_symbols(project.model, meanings),
        groups=tuple(map(extended, project.groups)),
    )


def _passed(values: dict[str, int], lane: int, outcome: Outcome) -> Iterator[Assignment]:
    """The values of atoms on one target."""
    for name, lanes in values.items():
        of_target = name.startswith(("arch:", "target:"))
        origin = f"architecture of {outcome.target.name}" if of_target else "host of the build"
        yield Assignment(name, bool(lanes >> lane & 1), external=True, origin=origin)


def _with_symbols(model: Model, meanings: Sequence[Meaning]) -> Model:
    """The model with the symbols of these names."""
    entries: list[Entry] = []
    clauses: list[Clause] = []
    mentions: dict[str, None] = dict.fromkeys(model.mentions)
    for one in meanings:
        symbol, needs = one.symbol, one.needs
        entries.append(Entry(symbol, one.place))
        for part in expr.conjuncts(needs) if needs != ALWAYS else ():
            clauses.append(Clause("depends", symbol, symbol, False, part, one.place))
        clauses += (_selecting(symbol, registration) for registration in one.registrations)
        mentions.update(dict.fromkeys((symbol, *ALWAYS, *expr.names(needs))))
    return model_of(
        (*model.entries, *entries),
        (*model.clauses, *clauses),
        model.assignments,
        tuple(mentions),
        model.files,
    )


def _selecting(symbol: str, registration: Registration) -> Clause:
    """The clause by which a registration selects the symbol.

    It stands with a symbol that the registration cannot do without, if there is one.
    """
    parts = expr.conjuncts(registration.needs)
    by = next((part for part in parts if len(part) == 1 and not of_code(part[0])), ALWAYS)
    rest = both(*(part for part in parts if part != by))
    condition = None if rest == ALWAYS else rest
    return Clause("select", by[0], symbol, True, condition, registration.place)
