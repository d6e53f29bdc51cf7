"""The options of one of two sides: `--old-host`, `--new-host`, ..."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kgen.commands.options import COMMON, Option
from kgen.model.problems import KgenError, Problem
from kgen.model.record import Record
from kgen.project.choose import UnknownTarget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kgen.model.configurations import Mode
    from kgen.project.options import Options

# The common options that may differ between the sides: all that choose a configuration.
FIELDS = ("targets", "mode", "devices", "devices_as", "host", "accel", "host_arch", "settings")


def sided(side: str, fields: Sequence[str] = FIELDS) -> tuple[Option, ...]:
    """The options of one side, each like the common one, and the target of that side."""
    by_field = {option.field: option for option in COMMON}
    made = []
    for field in fields:
        common = by_field[field]
        flag = common.flags[-1].replace("--", f"--{side}-")
        about = f"{common.flags[-1]} for the {side} side only."
        made.append(
            common._replace(flags=(flag,), field=f"{side}_{field}", help=about, default=None)
        )
    flag, field = f"--{side}-target", f"{side}_target"
    made.append(Option((flag,), field, "NAME", f"Target of the {side} side."))
    return tuple(made)


class Alone(Record):
    """The options of one side; None or () where the common options apply.

    target: its only target.
    """

    targets: str | None = None
    mode: Mode | None = None
    devices: str | None = None
    devices_as: str | None = None
    host: str | None = None
    accel: str | None = None
    host_arch: str | None = None
    settings: tuple[str, ...] = ()
    target: str | None = None

    def chosen(self) -> dict[str, Any]:
        """The common options that it replaces, by name."""
        found = self._asdict()
        del found["target"]
        return {field: value for field, value in found.items() if value not in (None, ())}

    def applied_to(self, options: Options) -> Options:
        """The common options with those of this side."""
        chosen = self.chosen()
        if "settings" in chosen:
            options = options.replaced(chosen.pop("settings"))
        options = options.changed(**chosen)
        return options if self.target is None else options._replace(only=(self.target,))


def alone(side: str, values: Mapping[str, Any]) -> Alone:
    """The options of one side, from the values of a command line."""
    names = ((field, f"{side}_{field}") for field in Alone._fields)
    return Alone(**{field: values[name] for field, name in names if name in values})


@contextmanager
def of_tree(side: str, shown: str, project_file: str | None) -> Iterator[None]:
    """Errors about options, of the command line or a project file, say which of the two trees they
    are about."""
    try:
        yield
    except KgenError as error:
        problems = (
            _named(problem, side, shown)
            if problem.place is None or problem.place.file.path == project_file
            else problem
            for problem in error.problems
        )
        raise KgenError(*problems) from None
    except UnknownTarget as error:
        raise error.__class__(f"{shown}: {error}") from None


def _named(problem: Problem, side: str, shown: str) -> Problem:
    hint = problem.hint
    if problem.option == "--host":
        hint += f"{' ' if hint.endswith('?') else '; '}--{side}-host is for this tree alone"
    message = problem.message
    return problem._replace(
        message=message if shown in message else f"{shown}: {message}", hint=hint.removeprefix("; ")
    )
