"""The project file `kgen.toml`: values of options, for all targets and for some.

Its keys are the long names of options. What every command has stands at the top, what differs
between targets in `[target."GLOB"]`, and what one command has in `[COMMAND]`. The file only gives
values: it runs nothing, and a file that was found, not named, writes nothing outside its folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kgen.commands.options import COMMON, Option
from kgen.files.read import Links, Within, read_input
from kgen.files.toml import Toml
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Problem, near
from kgen.model.record import Record
from kgen.project.options import PER_TARGET, Options, Override, Written
from kgen.targets.checkout import is_path

# Options of one command that may also stand at the top, with the command.
_ALSO_AT_THE_TOP = {"policy": "audit", "baseline": "lint"}

# Switches that a file which was found, not named, cannot have: they lead outside its folder, or run
# programs.
_NAMED_ONLY = ("allow_outside", "allow_shell", "in_place")

# The most problems with a hint on similar names.
_HINTS = 50


class ProjectFile(Record):
    """What a project file says: the common options, and the values of a command's own."""

    options: Options
    values: Mapping[str, Any]


def read_project_file(
    path: str, command: str, table: Sequence[Option], commands: Sequence[str], named: bool
) -> ProjectFile:
    """Read the file for a command with these options.

    commands: all commands. named: whether the user named the file. Raises KgenError with all
    mistakes, but not those in the tables of other commands.
    """
    reader = _Reader(path, named)
    common = _keys(option for option in COMMON if option.field not in ("project", "no_project"))
    taken = {option.field for option in table}
    shared = {option.field for option in COMMON}
    own = _keys(option for option in table if option.field not in shared)
    at_the_top = sorted([*common, *_ALSO_AT_THE_TOP])
    tables: dict[str, Any] = {}
    values: dict[str, Any] = {}
    overrides: list[Override] = []
    for key, value in reader.toml.data.items():
        if key == "target" and isinstance(value, dict):
            overrides = reader.overrides(value, common, taken)
        elif key in commands and isinstance(value, dict):
            tables[key] = value
        elif key in common:
            reader.value(common[key], value, values, key)
        elif key in _ALSO_AT_THE_TOP:
            if command == _ALSO_AT_THE_TOP[key]:
                reader.value(own[key], value, values, key)
        elif key in own:
            hint = f"it belongs to one command: put it into [{command}]"
            reader.wrong(f'unknown key "{key}"', hint, key)
        else:
            known = ["target", *commands] if isinstance(value, dict) else at_the_top
            hint = reader.near(key, known) or f"keys: {', '.join(at_the_top)}"
            reader.wrong(f'unknown key "{key}"', hint, key)
    for key, value in tables.get(command, {}).items():
        if key in own:
            reader.value(own[key], value, values, command, key)
        elif key in common:
            hint = f"put {key} at the top: it is for every command"
            reader.wrong(f'{command}: "{key}" is not a key of a command', hint, command, key)
        else:
            hint = reader.near(key, own) or f"keys: {', '.join(sorted(own))}"
            reader.wrong(f'{command}: unknown key "{key}"', hint, command, key)
    if reader.problems:
        raise KgenError(*sorted(reader.problems, key=_position))
    of_all = {field: values[field] for field in Options._fields if field in values}
    options = Options().changed(**{field: of_all[field] for field in of_all if field in taken})
    options = options._replace(
        overrides=tuple(overrides), file=path, found=not named, written=tuple(reader.written)
    )
    return ProjectFile(options, {key: values[key] for key in values if key not in of_all})


def refuse_links(options: Options, directory: str, paths: Iterable[str]) -> None:
    """Raise KgenError if outputs are links that lead outside, and the project file was found.

    paths: of files in the output folder. They may be in that folder, if the command line names it,
    and in the folder of the project file; whoever wrote the file may have made the links, too.
    """
    if not options.found or options.file is None:
        return
    within = Within(directory, os.path.dirname(options.file))
    problems = [
        Problem(
            f"{path} is a link to {Links().real(path)}, outside the folder of {options.file}",
            hint=f"remove it, or allow it with --project {options.file}",
            code="KG416",
        )
        for path in paths
        if not within.holds(path)
    ]
    if problems:
        raise KgenError(*problems)


def located(error: KgenError, options: Options, table: Sequence[Option]) -> KgenError:
    """The same error; a problem without a place that names a path which the project file gives has
    the place of that value.

    table: the options of the command.
    """
    fields = {"devices", "devices_as", *(option.field for option in table if option.path)}
    paths = [one for one in options.written if one.field in fields]

    def place(problem: Problem) -> Place | None:
        found = (one.place for one in reversed(paths) if _names(problem.message, one.value))
        return problem.place or next(found, None)

    return KgenError(*(one._replace(place=place(one)) for one in error.problems))


def _names(message: str, path: str) -> bool:
    """Whether a path is among the words of a message."""
    return re.search(rf"(?<![^\s'\"]){re.escape(path)}(?![^\s:,'\"])", message) is not None


def _position(problem: Problem) -> tuple[int, int]:
    return (problem.place.line, problem.place.column) if problem.place is not None else (0, 0)


def _keys(options: Iterator[Option]) -> dict[str, Option]:
    """Options by their long names."""
    return {
        flag.removeprefix("--"): option
        for option in options
        if not option.typed
        for flag in option.flags
        if flag.startswith("--")
    }


class _Reader:
    """Checks the values of one file, and notes their places."""

    def __init__(self, path: str, named: bool) -> None:
        text = read_input(path, path)
        self.path = path
        self.named = named
        self.folder = os.path.dirname(path)
        self.toml = Toml(text, File(path, outside=True, text=text), "KG416")
        self.written: list[Written] = []
        self.problems: list[Problem] = []
        if self.toml.problem is not None:
            self.problems.append(self.toml.problem)

    def near(self, name: str, known: Iterable[str]) -> str:
        """`did you mean X?`, for the first problems: to look for similar names is slow."""
        return near(name, known) if len(self.problems) < _HINTS else ""

    def wrong(self, message: str, hint: str, *names: str, at: Place | None = None) -> None:
        """Note a mistake; names: the tables that contain the key, then the key."""
        place = at or self.toml.place(*names)
        self.problems.append(Problem(message, place, hint=hint, code="KG416"))

    def overrides(
        self, tables: dict[str, Any], common: Mapping[str, Option], taken: set[str]
    ) -> list[Override]:
        """The tables `[target."GLOB"]`, in the order of the file."""
        possible = {key: option for key, option in common.items() if option.field in PER_TARGET}
        found = []
        for glob, table in tables.items():
            values: dict[str, Any] = {}
            if not isinstance(table, dict):
                hint = f'for example [target."{glob}-*"]'
                self.wrong(f"target.{glob}: expected a table", hint, "target", glob)
                continue
            for key, value in table.items():
                if key in possible:
                    self.value(possible[key], value, values, "target", glob, key)
                    continue
                hint = self.near(key, possible) or f"keys: {', '.join(sorted(possible))}"
                what = f'unknown key "{key}"'
                if key in common:
                    what = f'"{key}" cannot differ between targets'
                self.wrong(f"target.{glob}: {what}", hint, "target", glob, key)
            kept = {field: value for field, value in values.items() if field in taken}
            found.append(Override(glob, kept, self.toml.place("target", glob)))
        return found

    def value(self, option: Option, value: Any, values: dict[str, Any], *names: str) -> None:
        """Check the value of a key and add it to the values, by field."""
        if option.field in values:
            self.wrong(f"{'.'.join(names)}: given twice, by another name", "", *names)
        elif option.field in _NAMED_ONLY and value is True and not self.named:
            self.refuse(names, "is not taken from a file that was not named")
        elif option.switch:
            if isinstance(value, bool):
                values[option.field] = value
            else:
                self.expected("true or false", value, names)
        else:
            several = option.multiple or option.commas
            items = value if several and isinstance(value, list) else [value]
            texts = [self._text(option, item, names) for item in items]
            given = tuple(text for text in texts if text is not None)
            if option.multiple:
                values[option.field] = given
            elif given:
                values[option.field] = ",".join(given)

    def _text(self, option: Option, value: object, names: tuple[str, ...]) -> str | None:
        """A value as the command line would give it; None after an error."""
        if option.valid is not None and type(value) in (int, float):
            value = str(value)
        if not isinstance(value, str):
            several = option.multiple or option.commas
            self.expected("a string, or a list of strings" if several else "a string", value, names)
            return None
        at = self.toml.word(value, *names)
        if option.choices and value not in option.choices:
            hint = self.near(value, option.choices)
            self.expected(f"one of {', '.join(option.choices)}", value, names, hint, at)
            return None
        if option.valid is not None and not option.valid(value):
            self.expected(option.expected, value, names, at=at)
            return None
        if option.path or (option.field == "devices" and is_path(value)):
            value = os.path.join(self.folder, os.path.expanduser(value))
        if option.path == "out" and not self.named and not Within(self.folder).holds(value):
            self.refuse(names, f"names a place outside the folder of {self.path}")
        self.written.append(Written(option.field, value, at))
        return value

    def expected(
        self,
        what: str,
        value: object,
        names: tuple[str, ...],
        hint: str = "",
        at: Place | None = None,
    ) -> None:
        """Note a value that the option does not take."""
        try:
            written = repr(value)
        except (RecursionError, ValueError):
            written = "this value"
        written = written if len(written) <= 60 else f"{written[:57]}..."
        self.wrong(f"{'.'.join(names)}: expected {what}, not {written}", hint, *names, at=at)

    def refuse(self, names: tuple[str, ...], why: str) -> None:
        """Note a value that only a file that the user names may have."""
        self.wrong(f"{'.'.join(names)} {why}", f"allowed with --project {self.path}", *names)
