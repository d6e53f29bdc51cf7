"""`kgen enable` and `kgen disable` of a tree of standard Kconfig: lines of a defconfig."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from kgen.commands.enable.command import Arguments
from kgen.commands.enable.text import folded, further
from kgen.commands.loading import load_standard
from kgen.files.atomic import commit
from kgen.files.read import read_exactly
from kgen.formats import terminal
from kgen.formats.escapes import visible
from kgen.kconfig.mak_lines import line_break, split_lines
from kgen.model.places import File, Place, join_root, shown
from kgen.model.problems import KgenError, Problem, fail, near
from kgen.model.record import Record
from kgen.project.standard import no_value, values_of_type
from kgen.solve.standard import Formula, Question, Setting, settings_of
from kgen.solve.standard_obstacles import Obstacle, obstacles
from kgen.standard.defconfigs import Defconfigs, Line, as_written, assigned, value_of
from kgen.standard.model import Model
from kgen.standard.resolver import resolve

if TYPE_CHECKING:
    from kgen.project.standard import Part, StandardProject

# The sets that are compared, to find the one that changes the fewest other symbols; with --all.
_SOME = 25
_ALL = 400
# So many targets of a group are named.
_SHOWN = 8


class Way(Record):
    """A set of lines. changed: the other symbols that change, with the values before and after."""

    lines: tuple[str, ...]
    changed: tuple[tuple[str, str, str], ...]

    @property
    def gained(self) -> list[str]:
        """The other symbols that are n no longer."""
        return [name for name, was, _ in self.changed if was == "n"]

    @property
    def lost(self) -> list[str]:
        """The other symbols that become n."""
        return [name for name, _, now in self.changed if now == "n"]


class Answer(Record):
    """The answer for a target: its sets with the fewest lines, the best first, or why there is
    none. status: `already`, `possible`, `impossible`. complete: whether these are all such sets."""

    status: str
    ways: tuple[Way, ...] = ()
    complete: bool = True
    because: tuple[tuple[str, str, Place | None], ...] = ()


def run(arguments: Arguments) -> int:
    """Run `kgen enable`; return the exit status."""
    return ask(arguments, True)


def ask(arguments: Arguments, value: bool) -> int:
    """Find the lines for each target, print them, and write the best if asked to.

    Returns 1 if there is no way for a target, else 0. Raises KgenError, UnknownTarget.
    """
    flags = {"--allow-internal": arguments.allow_internal, "--check-code": arguments.check_code}
    if given := [flag for flag, on in flags.items() if on]:
        message = f"{', '.join(given)}: only for QEMU's Kconfig, and this tree is standard Kconfig"
        raise fail(message, code="KG425")
    project = load_standard(arguments.options)
    if arguments.write is not None and len(project.names) != 1:
        raise fail("--write needs exactly one target", hint="name it with -t", code="KG802")
    wanted = _wanted(project, arguments.symbols, value)
    answers: dict[str, Answer] = {}
    with terminal.progress(len(project.names), "searching", 8) as step:
        for part in project.parts:
            settings = wanted[part.model]
            for lane, target in enumerate(part.targets):
                question = _Question(project, part, lane, settings)
                answers[target.name] = question.answer(arguments.every)
                step()
    names = [name if value else f"{name}=n" for name in arguments.symbols]
    first = answers[project.names[0]]
    if arguments.write is not None and first.status == "possible":
        _write(project, first.ways[0], arguments.write)
    if arguments.form == "json":
        data = [_as_data(name, answers[name], arguments) for name in project.names]
        terminal.print_json(data[0] if len(data) == 1 else {"answers": data})
    else:
        print("\n".join(map(visible, _text(project.names, answers, names, arguments.every))))
    return 1 if any(answer.status == "impossible" for answer in answers.values()) else 0


def _wanted(
    project: StandardProject, words: Sequence[str], value: bool
) -> dict[Model, tuple[Setting, ...]]:
    """What each word, SYMBOL or SYMBOL=VALUE, asks for, in each model. Raises KgenError."""
    found = {}
    problems: dict[Problem, None] = {}
    for part in project.parts:
        model, settings = part.model, []
        numbers = model.numbers()
        for word in words:
            name, equals, text = word.partition("=")
            name = name.removeprefix(model.prefix)
            if name not in numbers:
                members = [
                    model.symbols[one].name
                    for choice in model.choices
                    if choice.name == name
                    for one in choice.members
                ]
                hint = f"its choice offers {', '.join(members)}" if members else ""
                hint = hint or near(name, numbers)
                problems[Problem(f"there is no symbol {name}", hint=hint, code="KG704")] = None
                continue
            symbol = model.symbols[numbers[name]]
            if not equals and symbol.logical:
                text = "y" if value else "n"
            written = None if equals and not value else as_written(model, symbol, text)
            given = None if written is None else value_of(symbol.type, written, model.verbatim)
            if given is None:
                message = no_value(symbol, text)
                hint = values_of_type(symbol)
                if not equals:
                    message = f"{name} is {symbol.type or 'without a type'}, and neither on nor off"
                if not equals or not value:
                    hint = f"kgen enable {name}=VALUE finds the lines that give it a value"
                problems[Problem(message, hint=hint, code="KG427")] = None
                continue
            settings.append((numbers[name], given))
        found[model] = tuple(settings)
    if problems:
        raise KgenError(*problems)
    return found


class _Question:
    """What is asked of a target."""

    def __init__(
        self, project: StandardProject, part: Part, lane: int, wanted: tuple[Setting, ...]
    ) -> None:
        self._project, self._part, self._lane, self._wanted = project, part, lane, wanted
        self._model, self._lines = part.model, part.lines[lane]

    def answer(self, every: bool) -> Answer:
        """The answer; every: with all sets of the same size."""
        value = self._part.resolution.value
        missing = [one for one in self._wanted if value(one[0], self._lane) != one[1]]
        if not missing:
            return Answer("already")
        numbers = self._model.numbers()
        fixed = frozenset(numbers[line.name] for line in self._lines if not line.line)
        # One line for the symbol itself, if that is enough, needs no search.
        if len(missing) == 1 and not every and missing[0][0] not in fixed:
            (way,) = self._resolved([dict(missing)]) or (None,)
            if way is not None:
                return Answer("possible", (way,), complete=False)
        formula = Formula(Question(self._model, self._lines, self._wanted, fixed))
        most = _ALL if every else _SOME
        sets = list(formula.ways(most))
        ways = self._resolved(sets)
        if not ways:
            return Answer("impossible", because=tuple(map(self._placed, obstacles(formula))))
        return Answer("possible", tuple(ways), len(sets) < most)

    def _placed(self, obstacle: Obstacle) -> tuple[str, str, Place | None]:
        if obstacle.spot is None:
            return obstacle.symbol, obstacle.message, None
        file, line = obstacle.spot
        place = Place(File(self._model.files[file], root=self._project.tree.shown), line)
        return obstacle.symbol, obstacle.message, place

    def _resolved(self, sets: Sequence[dict[int, str]]) -> list[Way]:
        """The sets that resolve to the wanted values, those that change the fewest symbols first;
        of these, those that assign the wanted symbols themselves."""
        model = self._model
        reader = Defconfigs(self._project.tree, model.prefix)
        texts = [tuple(settings_of(model, one)) for one in sets]
        lanes = [self._lines, *((*self._lines, *reader.assignments("\n".join(x))) for x in texts)]
        resolution = resolve(model, assigned(model, lanes)[0])
        changes = resolution.changes()
        asked = {number for number, _ in self._wanted}
        ranked = []
        for lane, (one, lines) in enumerate(zip(sets, texts, strict=True), 1):
            if all(resolution.value(number, lane) == value for number, value in self._wanted):
                others = [
                    (model.symbols[number].name, was, now)
                    for number, was, now in changes[lane]
                    if number not in one and number not in asked
                ]
                way = Way(lines, tuple(sorted(others)))
                ranked.append((len(others), -len(asked & one.keys()), lines, way))
        return [way for *_, way in sorted(ranked)]


def _as_data(target: str, answer: Answer, arguments: Arguments) -> dict[str, Any]:
    best = answer.ways[0] if answer.ways else Way((), ())
    data: dict[str, Any] = {
        "symbols": list(arguments.symbols),
        "target": target,
        "status": answer.status,
        "assignments": list(best.lines),
        "gained": best.gained,
        "lost": best.lost,
        "changed": {name: [was, now] for name, was, now in best.changed},
        "because": [
            {
                "symbol": symbol,
                "message": message,
                "file": None if place is None else shown(place.file),
                "line": None if place is None else place.line,
            }
            for symbol, message, place in answer.because
        ],
    }
    if arguments.every:
        data["others"] = [list(way.lines) for way in answer.ways[1:]]
        data["complete"] = answer.complete
    return data


def _text(
    targets: Sequence[str], answers: dict[str, Answer], names: Sequence[str], every: bool
) -> Iterable[str]:
    """Targets with the same answer are a group."""
    groups: dict[Answer, list[str]] = {}
    for target in targets:
        groups.setdefault(answers[target], []).append(target)
    words = " and ".join(name.partition("=")[0] for name in names)
    values = {name.partition("=")[2] or "y" for name in names}
    if len(values) > 1:
        words = " and ".join(names)
    to = f" {values.pop()}" if len(values) == 1 else " so"
    are, become = ("is", "becomes") if len(names) == 1 else ("are", "become")
    for answer, group in groups.items():
        more = f" and {len(group) - _SHOWN:,} more" if len(group) > _SHOWN else ""
        head = f"{', '.join(group[:_SHOWN])}{more}: {words}"
        if answer.status == "already":
            yield f"{head} {are} already{to}"
        elif answer.status == "impossible":
            yield f"{head} cannot be{to}:"
            for symbol, message, place in answer.because:
                at = "" if place is None else f"{shown(place.file)}:{place.line}: "
                yield f"    {at}{symbol}: {message}"
        else:
            yield from _ways(f"{head} {become}{to}", answer, every)


def _ways(head: str, answer: Answer, every: bool) -> Iterable[str]:
    best, *others = answer.ways
    yield f"{head} with {terminal.count(len(best.lines), 'line')}"
    yield from (f"    {line}" for line in best.lines)
    yield from folded("also enables", best.gained)
    yield from folded("also disables", best.lost)
    rest = [
        f"{name} ({was or 'empty'} to {now or 'empty'})"
        for name, was, now in best.changed
        if "n" not in (was, now)
    ]
    yield from folded("also changes", rest)
    if every:
        for way in others:
            yield f"or  {'  '.join(way.lines)}  (changes {len(way.changed)})"
    yield from further(len(others), answer.complete, every)


def _write(project: StandardProject, way: Way, path: str) -> None:
    """Write a way's lines into the defconfig of the target, or a file that is read with it.

    The file's other lines for these symbols go. The target is first resolved with the new text.
    Raises KgenError, with nothing written, if that does not give the result.
    """
    (part,) = project.parts
    tree, model, before = project.tree, part.model, part.lines[0]
    absolute = os.path.abspath(path)
    name = os.path.relpath(absolute, tree.root)
    own = part.targets[0].path
    if not tree.on_disk:
        raise fail(f"{path} belongs to a git revision and cannot be changed", code="KG802")
    if absolute != own:
        hint = f"its defconfig is {join_root(os.path.relpath(own, tree.root), tree.shown)}"
        message = f"{path} is not the defconfig of {part.targets[0].name}"
        raise fail(message, hint=hint, code="KG802")
    reader = Defconfigs(tree, model.prefix)
    new = reader.assignments("\n".join(way.lines))
    names = {line.name for line in new}
    lines = split_lines(read_exactly(path))
    kept = [
        line + (end or line_break(lines))
        for line, end in lines
        if names.isdisjoint(one.name for one in reader.assignments(line))
    ]
    text = "".join([*kept, *(line + line_break(lines) for line in way.lines)])
    end = len(reader.lines(own))  # then come those of fragments and --set
    stays = [line for line in before[:end] if line.file != name or line.name not in names]
    lanes: list[Sequence[Line]] = [(*before, *new), (*stays, *new, *before[end:])]
    resolution = resolve(model, assigned(model, lanes)[0])
    if any(resolution.value(number, 0) != resolution.value(number, 1) for number in model.defined):
        message = f"writing these lines to {path} would not give the result"
        raise fail(message, hint="a fragment or --set has other lines", code="KG803")
    changed = commit({path: text}).changed
    print(f"{visible(path)}: {'changed' if changed else 'unchanged'}", file=sys.stderr)
