"""The smallest devices files: from what command lines name to what links and starts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set

from kgen.code.conditions import either
from kgen.code.qom_types import DEVICE, MACHINE_SUFFIX, USER_CREATABLE
from kgen.commands.devices.named import Meaning, registered, type_of, with_meanings
from kgen.commands.enable.ways import find_ways
from kgen.commands.trim.asked import DRIVES, Asked, Named
from kgen.commands.trim.built import LINK, ONCE, TYPE, Need, Trials, with_lines
from kgen.commands.trim.by_default import Machine
from kgen.commands.trim.command_lines import Word
from kgen.commands.trim.lost import lost_without
from kgen.commands.trim.qemu_options import Usage
from kgen.model import expr
from kgen.model.clauses import Model, assignment_text, of_code
from kgen.model.configurations import Outcome
from kgen.model.problems import KgenError, Nearest, Problem
from kgen.model.record import Record
from kgen.project.code.listing import Row, listing
from kgen.project.load import Project
from kgen.targets.symbol_kinds import internal_symbols

# Rounds in which what is missing is added. A round adds at least one thing.
_MOST = 100


class Wanted(Record):
    """What a target has to have. why: who asks for it, in words. word: that names it."""

    meaning: Meaning
    why: str
    word: Word | None


class Size(Record):
    """How large a configuration is: symbols that are y, C files, QOM types, and devices."""

    symbols: int
    files: int
    types: int
    devices: int


class Trimmed(Record):
    """The smallest devices file of a target.

    lines: its symbols, each with what is lost without it; for an internal one with the symbols that
    select it. wanted: all that it has to have. host: what of the host that needs, each with who
    needs it. unknown: what could not be known, in words.
    """

    target: str
    lines: dict[str, tuple[Wanted, ...]]
    internal: dict[str, tuple[str, ...]]
    wanted: tuple[Wanted, ...]
    host: dict[str, str]
    libraries: dict[str, str]
    unknown: tuple[tuple[str, Word | None], ...]
    size: Size
    default_size: Size


class Trimmer:
    """Finds the smallest devices file of a target.

    project: with that target alone, in its default configuration. code: of the project, without any
    line.
    """

    def __init__(self, project: Project, code: Trials, usage: Usage) -> None:
        self._project = project
        self._code = code
        self._usage = usage
        self._bare = with_lines(project, {})
        self._target = project.outcomes[0].target.name
        self._rows = {kind: listing(code.map, kind) for kind in ("devices", "machines", "objects")}
        self._problems: dict[Problem, None] = {}
        self._unknown: dict[tuple[str, Word | None], None] = {}

    def trimmed(self, lines: Sequence[tuple[Word, Asked]]) -> Trimmed:
        """The answer for some command lines, each with its program.

        Raises KgenError for all names that there are not, and if none can have them all.
        """
        wanted: dict[Meaning, Wanted] = {}
        made: dict[Set[str], dict[str, int]] = {}
        host: dict[str, str] = {}
        libraries: dict[str, str] = {}
        for program, asked in lines:
            own = list(self._wanted(program, asked))
            for one in own:
                wanted.setdefault(one.meaning, one)
            types = {type_of(one.meaning.kind, one.meaning.name): 1 for one in own}
            made.setdefault(asked.command_line(), {}).update(types)
            host |= asked.host
            libraries |= asked.libraries
            self._unknown |= dict.fromkeys(asked.unknown)
        if self._problems:
            raise KgenError(*self._problems)
        chosen, internal = self._closed(wanted, made)
        extended = self._extended(wanted)
        reasons, needed = self._reasons(extended, chosen, wanted)
        for one in wanted.values():
            for place in one.meaning.unknown:
                self._unknown[f"whether {one.meaning.name} is built: {place}", one.word] = None
        found = with_lines(self._project, {self._target: chosen})
        return Trimmed(
            self._target,
            reasons,
            {name: internal[name] for name in chosen if name in internal},
            tuple(wanted.values()),
            {**needed, **host},
            libraries,
            tuple(self._unknown),
            self._size(found),
            self._size(self._project),
        )

    # What is asked for.

    def _wanted(self, program: Word, asked: Asked) -> Iterator[Wanted]:
        machine = self._machine(program, asked.machine)
        if machine is None:
            return
        yield machine
        word = machine.word or program
        default = Machine(
            self._code, self._usage, machine.meaning.name, machine.meaning.symbols, word
        )
        for one in (*asked.names, *default.names(asked)):
            if isinstance(one, Named):
                yield from self._names(one, default, machine.meaning)
            else:
                self._unknown[one] = None

    def _machine(self, program: Word, word: Word | None) -> Wanted | None:
        rows = self._rows["machines"]
        for row in rows:
            if word is None:
                if not self._is_default(row):
                    continue
                why = f"the default machine of {self._target}"
            elif word.text in (row.name, *row.aliases):
                why = f"-machine {word.text}"
            else:
                continue
            meaning = self._meaning("machine", row)
            if self._possible(meaning):
                return Wanted(meaning, why, word)
        if word is not None:
            self._refuse("machine", word, word.text, rows)
        else:
            message = f"{self._target} has no default machine"
            problem = Problem(message, program.place, hint="name it with -machine", code="KG729")
            self._problems[problem] = None
        return None

    def _is_default(self, row: Row) -> bool:
        """Whether a registration that can be there says that its machine is the default one."""
        return any(
            one.type.facts.is_default and self._code.free.of(one.condition)[1]
            for one in self._code.map.types.variants[row.name + MACHINE_SUFFIX]
        )

    def _meaning(self, kind: str, row: Row) -> Meaning:
        return self._of_type(kind, row.name, type_of(kind, row.name))

    def _of_type(self, kind: str, name: str, type_: str) -> Meaning:
        variants = [one for one in self._code.map.types.variants[type_] if not one.type.abstract]
        return registered(self._code.map, self._code.declared, kind, name, variants)

    def _names(self, one: Named, machine: Machine, base: Meaning) -> Iterator[Wanted]:
        """What a name of a command line stands for."""
        types = self._code.map.types
        candidates: tuple[str, ...] = (one.name,)
        if one.kind == "display":
            if one.name not in self._usage.displays:
                if one.name not in _WITHOUT_TYPE:
                    self._unknown[f"{one.option}: no such display", one.word] = None
                return
            candidates = self._usage.displays[one.name]
        elif one.kind == "drive":
            disks = DRIVES.get(machine.interface())
            if disks is None:
                return
            candidates = (disks.get(one.name, disks[""]),)
        elif one.kind == "cpu":
            suffix = "-cpu"
            known = [
                name
                for name in types.variants
                if name.startswith(f"{one.name}-") and name.endswith(suffix)
            ]
            candidates = tuple(sorted(known, key=lambda name: (-types.lanes(name)[1], len(name))))
            if not candidates:
                self._unknown[f"{one.option}: no such CPU", one.word] = None
                return
        elif one.kind == "parallel" and not machine.has_parallel():
            self._unknown[f"the parallel port of {base.name} for {one.option}", one.word] = None
            return
        architecture = self._project.outcomes[0].target.base_architecture
        asked = candidates
        candidates = tuple(
            name for each in asked for name in self._usage.types_of(each, architecture)
        )
        meanings = [
            found
            for name in candidates
            if name in types.variants
            and any(not each.type.abstract for each in types.variants[name])
            and self._is(one.kind, name)
            and self._possible(found := self._of_type(_KINDS.get(one.kind, "device"), name, name))
        ]
        if not meanings:
            kind = "object" if one.kind == "object" else "device"
            self._refuse(
                kind, one.word, (*candidates, *asked)[0], self._rows[f"{kind}s"], one.option
            )
            return
        # Of several it is the one that fits to the machine's buses: what it brings already.
        alone = with_meanings(self._bare, self._code.map, [base, *meanings])
        ranked = sorted(meanings, key=lambda found: self._distance(alone, base, found))
        yield Wanted(ranked[0], one.option, one.word)

    def _is(self, kind: str, name: str) -> bool:
        types = self._code.types
        if kind == "object":
            return types.could_be(name, "objects") or bool(types.has(name, USER_CREATABLE)[1])
        if kind == "cpu":
            return True
        return types.could_be(name, "devices") or bool(types.is_a(name, DEVICE)[1])

    def _possible(self, meaning: Meaning) -> bool:
        return bool(self._code.free.of(meaning.needs)[1])

    def _distance(self, project: Project, base: Meaning, meaning: Meaning) -> int:
        answer = find_ways(project, project.outcomes[0], [base.symbol, meaning.symbol], True)
        return len(answer.ways[0].assignments) if answer.ways else 1 << 30

    def _refuse(
        self, kind: str, word: Word, name: str, rows: Sequence[Row], option: str = ""
    ) -> None:
        known = {one for row in rows for one in (row.name, *row.aliases)}
        if kind == "device":
            known |= self._usage.aliases.keys()
        if name in known:
            message = f"no configuration of {self._target} has the {kind} {name}"
            types = [one for one, _ in self._usage.aliases.get(name, ())]
            hint = (
                f"the alias is of other architectures; name {' or '.join(types)}" if types else ""
            )
        else:
            message, hint = f"there is no {kind} {name}", Nearest(known).hint(name)
        if option and name not in option:
            message += f", for {option}"
        self._problems[Problem(message, word.place, hint=hint, code="KG729")] = None

    # The search.

    def _extended(self, wanted: Mapping[Meaning, Wanted]) -> Project:
        return with_meanings(self._bare, self._code.map, list(wanted))

    def _closed(
        self, wanted: dict[Meaning, Wanted], made: Mapping[Set[str], Mapping[str, int]]
    ) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
        """The fewest lines with which all is there; what is missing then is added to wanted."""
        dropped: set[str] = set()
        lines: tuple[str, ...] = ()
        internal: dict[str, tuple[str, ...]] = {}
        for _ in range(_MOST):
            answer = self._ways(wanted)
            if answer is None:
                raise self._impossible(wanted)
            lines, internal = answer
            found = with_lines(self._project, {self._target: lines})
            new: dict[Meaning, Need] = {}
            for need in self._code.lacks(found, made):
                if need.meaning.symbol not in dropped and need.meaning not in wanted:
                    new.setdefault(need.meaning, need)
            if not new:
                break
            for meaning, need in new.items():
                wanted[meaning] = Wanted(meaning, _because(need), None)
            if self._ways(wanted) is None:
                self._drop(wanted, new, dropped)
        return lines, internal

    def _drop(
        self, wanted: dict[Meaning, Wanted], new: Mapping[Meaning, Need], dropped: set[str]
    ) -> None:
        """Leave out what no configuration can have beside the rest: that is not known, then."""
        for meaning in new:
            del wanted[meaning]
        for meaning, need in new.items():
            wanted[meaning] = Wanted(meaning, _because(need), None)
            if self._ways(wanted) is None:
                del wanted[meaning]
                dropped.add(meaning.symbol)
                self._unknown[f"whether it works: {_because(need)}", None] = None

    def _ways(
        self, wanted: Mapping[Meaning, Wanted]
    ) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]] | None:
        extended = self._extended(wanted)
        settable = frozenset(
            name for one in wanted if one.kind in (LINK, ONCE, TYPE) for name in one.symbols
        )
        symbols = [one.symbol for one in wanted]
        outcome = extended.outcomes[0]
        answer = find_ways(extended, outcome, symbols, True, settable=settable)
        if answer.status == "impossible" and settable:
            settable = _with_dependencies(extended.model, settable)
            answer = find_ways(extended, outcome, symbols, True, settable=settable)
        if answer.status == "already":
            return (), {}
        if not answer.ways:
            return None
        best = answer.ways[0]
        kinds = extended.kinds(extended.model)
        internal = internal_symbols(extended.model, kinds)
        return (
            tuple(name for name, value in best.assignments if value),
            {name: internal[name] for name, value in best.assignments if name in internal},
        )

    def _impossible(self, wanted: Mapping[Meaning, Wanted]) -> KgenError:
        """Which names no configuration has, each alone; else all together."""
        extended = self._extended(wanted)
        outcome = extended.outcomes[0]
        problems = []
        for one in wanted.values():
            answer = find_ways(extended, outcome, [one.meaning.symbol], True)
            if answer.status == "impossible":
                because = "; ".join(each.message for each in answer.because)
                problems.append(self._cannot(one, because))
        if not problems:
            answer = find_ways(extended, outcome, [one.symbol for one in wanted], True)
            because = "; ".join(one.message for one in answer.because)
            message = f"no configuration of {self._target} has all of it"
            problems = [Problem(message, hint=because, code="KG729")]
        return KgenError(*problems)

    def _cannot(self, one: Wanted, because: str) -> Problem:
        message = f"no configuration of {self._target} has {one.meaning.name}, for {one.why}"
        place = one.word.place if one.word is not None else None
        return Problem(message, place, hint=because, code="KG729")

    # The answer.

    def _reasons(
        self, extended: Project, chosen: Sequence[str], wanted: Mapping[Meaning, Wanted]
    ) -> tuple[dict[str, tuple[Wanted, ...]], dict[str, str]]:
        """For each line what is lost without it; and for each feature of the host likewise."""
        outcome: Outcome = with_lines(extended, {self._target: chosen}).outcomes[0]
        features = sorted(
            {
                one.symbol
                for one in outcome.as_lane.assignments
                if one.external and one.value and self._is_feature(one.symbol)
            }
        )
        lost = {
            name: tuple(one for one in wanted.values() if one.meaning.symbol in symbols)
            for name, symbols in lost_without(
                outcome, (*chosen, *features), (one.symbol for one in wanted)
            ).items()
        }
        host = {name: lost[name][0].why for name in features if lost[name]}
        return {name: lost[name] for name in chosen}, host

    def _is_feature(self, symbol: str) -> bool:
        sources = self._project.externals(self._project.model)
        return not of_code(symbol) and sources.get(symbol) in ("host", "accelerator")

    def _size(self, project: Project) -> Size:
        map_ = self._code.under(project)
        outcome = map_.outcomes[0]
        if outcome.failed:
            return Size(0, 0, 0, 0)
        files = sum(
            bool(map_.truth.of(either(one.condition, one.archive))[0] & 1)
            for one in map_.sources.files
            if one.path.endswith(".c")
        )
        types = map_.types
        return Size(
            len(outcome.printed()),
            files,
            sum(types.lanes(name)[0] & 1 for name in types.variants),
            sum(types.creatable(name)[0] & 1 for name in types.variants),
        )


# Values of -vga that are not a type.
_WITHOUT_TYPE = frozenset({"xenfb", "none", "device", "help"})

_KINDS = {"object": "object", "cpu": "cpu"}


def _because(need: Need) -> str:
    where = need.place  # relative to the tree, as the devices file is read by others
    name = need.meaning.name
    if need.meaning.kind == LINK:
        return f"{where} uses {name}"
    if need.meaning.kind == ONCE:
        return f"{where} and {need.user} both define {name}"
    return f"{where}: {need.user} needs the type {name}"


def assignments(trimmed: Trimmed) -> list[str]:
    """The lines of the devices file."""
    return [assignment_text(name, True) for name in trimmed.lines]


def _with_dependencies(model: Model, symbols: Collection[str]) -> frozenset[str]:
    """Symbols, what they select, and what all of these depend on."""
    selected: dict[str, list[str]] = {}
    needed: dict[str, list[str]] = {}
    for clause in model.clauses:
        if clause.kind == "select":
            selected.setdefault(clause.symbol, []).append(clause.target)
        elif clause.kind == "depends" and clause.condition is not None:
            needed.setdefault(clause.target, []).extend(expr.names(clause.condition))
    found: dict[str, None] = {}
    waiting = list(symbols)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            waiting += selected.get(name, ())
            waiting += needed.get(name, ())
    return frozenset(found)
