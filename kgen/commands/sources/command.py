"""`kgen sources`: the source files that each target builds, and the condition of each."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from kgen.code.conditions import NEVER, text
from kgen.code.lane_truth import LaneTruth
from kgen.code.sources import Sources
from kgen.commands.loading import load
from kgen.commands.options import COMMON, CONFIGURE, OUTPUT, Option, formats
from kgen.commands.sources.as_map import map_lines
from kgen.commands.sources.choose import Row, chosen, rows, unknowns
from kgen.files.atomic import commit
from kgen.formats import terminal
from kgen.formats.escapes import json_text
from kgen.formats.problems import errors, print_problems
from kgen.formats.tables import csv_text
from kgen.model.record import Record
from kgen.project.options import Options

HELP = """Show the source files that targets build, and the condition of each.

The files and their conditions come from the tree's meson.build files, which are read and not run.

\b
Examples: kgen sources --tree ~/qemu -t x86_64 VIRTIO_MEM
          kgen sources --tree ~/qemu 'hw/net/*' --format csv
          kgen sources --tree ~/qemu --format toml -o sources.toml
"""


OPTIONS = (
    Option((), "names", "[SYMBOL|FILE]...", "Symbols and files; globs allowed.", multiple=True),
    OUTPUT,
    CONFIGURE,
    *COMMON,
    formats("csv", "toml"),
)


class Arguments(Record):
    """The command line of `kgen sources`, read."""

    options: Options
    form: str
    names: tuple[str, ...]
    output: str | None


def run(arguments: Arguments) -> int:
    """Print or write the files; return 1 if a target or a meson.build cannot be read."""
    from kgen.project.code.code_map import sources_of, truth_of

    project = load(arguments.options)
    sources = sources_of(project)
    outcomes = [outcome for outcome in project.outcomes if not outcome.failed]
    failing = [outcome.name for outcome in project.outcomes if outcome.failed]
    targets = [outcome.name for outcome in outcomes]
    truth = truth_of(project, sources, outcomes)
    found = chosen(rows(sources, truth, targets), arguments.names, project.model.declared())
    if arguments.form == "json":
        text_ = json_text(_as_data(found, targets, sources))
    else:
        print_problems(sources.problems)
        if failing:
            count = terminal.count(len(failing), "target")
            print(f"{count} cannot be configured: {', '.join(failing)}", file=sys.stderr)
        text_ = _text(arguments.form, found, targets, truth)
    if arguments.output is None:
        sys.stdout.write(text_)
    else:
        commit({arguments.output: text_})
    return 1 if failing or sources.problems else 0


def _text(form: str, found: Sequence[Row], targets: list[str], truth: LaneTruth) -> str:
    if form == "toml":
        return "".join(f"{line}\n" for line in map_lines(found, truth))
    if form == "csv":
        head = ("file", "needs", "archive", "meson", "targets", "maybe")
        return csv_text([head, *(_cells(row) for row in found)])
    lines = terminal.table(
        [("FILE", "NEEDS", "TARGETS"), *((row.file.path, *_words(row, targets)) for row in found)]
    )
    return "".join(f"{line}\n" for line in [*lines, *_notes(found)])


def _words(row: Row, targets: list[str]) -> tuple[str, str]:
    """What a file needs and where it is, for a terminal."""
    file = row.file
    needs = text(file.condition)
    if file.condition == NEVER:
        needs = f"{text(file.archive)}, from an archive"
    where = row.on or row.archived
    return needs, _names(where, targets) + (
        f", perhaps {_names(row.maybe, targets)}" * bool(row.maybe)
    )


def _names(names: tuple[str, ...], targets: list[str]) -> str:
    """Some of the targets in few words."""
    if len(names) == len(targets) > 1:
        return "all"
    return " ".join(names) if 0 < len(names) < 4 else f"{len(names)} of {len(targets)}"


def _notes(found: Sequence[Row]) -> list[str]:
    places = unknowns(found)
    return ["", f"not understood: {', '.join(places)}"] if places else []


def _cells(row: Row) -> list[str]:
    file = row.file
    archive = "" if file.archive == NEVER else text(file.archive)
    needs, meson = text(file.condition), f"{file.meson}:{file.line}"
    return [file.path, needs, archive, meson, " ".join(row.on), " ".join(row.maybe)]


def _as_data(found: Sequence[Row], targets: list[str], sources: Sources) -> dict[str, object]:
    facts = sources.facts_of(condition for row in found for condition in row.file.conditions)
    return {
        "targets": targets,
        "files": [
            {
                "file": row.file.path,
                "needs": text(row.file.condition),
                "archive": None if row.file.archive == NEVER else text(row.file.archive),
                "generated": row.file.generated,
                "meson": {"file": row.file.meson, "line": row.file.line},
                "on": row.on,
                "maybe": row.maybe,
                "archived": row.archived,
            }
            for row in found
        ],
        "facts": {name: text(condition) for name, condition in facts.items()},
        "unknown": unknowns(found),
        **errors(sources.problems),
    }
