"""`kgen enable`: the fewest assignments that turn symbols on."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from kgen.commands.devices import named
from kgen.commands.enable import as_json, text, ways
from kgen.commands.loading import load
from kgen.commands.options import ALLOW_INTERNAL, CHECK_CODE, COMMON, FORMAT, Option, is_symbol
from kgen.files.atomic import commit
from kgen.files.read import read_exactly
from kgen.formats import terminal
from kgen.formats.escapes import visible
from kgen.kconfig import mak
from kgen.kconfig.mak_edit import edited
from kgen.model.problems import fail
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.project.options import Options
from kgen.resolve.resolver import resolve
from kgen.targets import checkout, copied_list

if TYPE_CHECKING:
    from kgen.commands.check.answers import Answer as Checked

HELP = """Find the fewest assignments that turn symbols on, or explain why none can.

They are added to the target's devices file and to --set. Exit status 1 if it is impossible, or if
--check-code finds that the result would not link or start.
The name of a device (of -device) or a machine (of -M) stands for the symbols that it needs.

\b
Examples: kgen enable VIRTIO_MEM --tree ~/qemu -t e2k
          kgen enable virtio-mem-pci machine:q35 --tree ~/qemu -t x86_64
"""


OPTIONS = (
    Option(
        (),
        "symbols",
        "SYMBOL...",
        "Symbols, with or without CONFIG_; names of devices or machines.",
        multiple=True,
        required=True,
        valid=is_symbol,
        expected="a symbol",
    ),
    Option(("--all",), "every", "", "List all other sets of the same size.", switch=True),
    ALLOW_INTERNAL,
    CHECK_CODE,
    Option(("--write",), "write", "FILE", "Write the best set into this devices file.", path="out"),
    *COMMON,
    FORMAT,
)


class Arguments(Record):
    """The command line of `kgen enable`, read."""

    options: Options
    form: str
    symbols: tuple[str, ...]
    every: bool
    allow_internal: bool
    check_code: bool
    write: str | None


def run(arguments: Arguments) -> int:
    """Run `kgen enable`; return the exit status."""
    return ask(arguments, True)


def ask(arguments: Arguments, value: bool) -> int:
    """Find the assignments for each target, print them, and write the best if asked to.

    value: what the symbols are to become. Returns 1 if it is impossible for a target, or if
    `--check-code` finds something, else 0.
    """
    every, write = arguments.every, arguments.write
    loaded = load(arguments.options)
    loaded, symbols, meanings = named.with_names(loaded, arguments.symbols)
    if write is not None and len(loaded.outcomes) != 1:
        hint = "name the target with -t"
        raise fail("--write needs exactly one target", hint=hint, code="KG802")
    answers = []
    with terminal.progress(len(loaded.outcomes), "searching", 8) as step:
        for outcome in loaded.outcomes:
            answers.append(
                ways.find_ways(loaded, outcome, symbols, value, every, arguments.allow_internal)
            )
            step()
    checked: list[Checked | None] = []
    if arguments.check_code:
        from kgen.commands.check.for_other_commands import asker_of, report  # reads C
        from kgen.commands.check.output import as_data

        asker = asker_of(loaded)
        for outcome, answer in zip(loaded.outcomes, answers, strict=True):
            best = answer.ways[0].assignments if answer.ways else None
            checked.append(None if best is None else asker.alone(outcome, best))
    written = None
    if write is not None and answers[0].status == "possible":
        written = _write(loaded, answers[0].ways[0], write)
    if arguments.form == "json":
        names = {"names": [named.as_data(one) for one in meanings]} if meanings else {}
        data = [as_json.as_data(answer, symbols, every) | names for answer in answers]
        for one, check in zip(data, checked, strict=False):
            one["check"] = check and as_data(check)
        terminal.print_json(data[0] if len(data) == 1 else {"answers": data})
    else:
        for meaning in meanings:
            print("\n".join(map(visible, named.lines(meaning))))
        print(text.as_text(answers, symbols, value, every))
    if write is not None and written is not None:
        print(f"{visible(write)}: {'changed' if written else 'unchanged'}", file=sys.stderr)
    wrong = any(one is not None and one.wrong for one in checked)
    if wrong and arguments.form != "json":
        report(checked)
    return 1 if wrong or any(answer.status == "impossible" for answer in answers) else 0


def _write(loaded: Project, way: ways.Way, path: str) -> bool:
    """Write a way's assignments into a devices file of the target; return whether it changed.

    The target is first resolved with the new text. Raises KgenError, with nothing written, if
    that does not give the result, or if the target does not read the file.
    """
    outcome = loaded.outcomes[0]
    target = outcome.target
    absolute = os.path.abspath(path)
    own = [file for file in target.files if file.endswith(".mak") and "targets" not in file]
    if not loaded.tree.on_disk and absolute.startswith(loaded.tree.root + os.sep):
        raise fail(f"{path} belongs to a git revision and cannot be changed", code="KG802")
    if absolute not in target.files or (target.devices_file and absolute == target.files[0]):
        files = ", ".join(os.path.relpath(file) for file in own)
        hint = f"it reads {files}; " if files else ""
        raise fail(
            f"{target.name} does not read {path} as a devices file",
            hint=f"{hint}use --devices FILE to select another file",
            code="KG802",
        )
    text = edited(read_exactly(path), way.assignments)

    otherwise = checkout.reader(loaded.tree)

    def read(name: str) -> str:
        return text if os.path.abspath(name) == absolute else otherwise(name)

    again = mak.read_devices(
        target.devices_file or absolute,
        loaded.tree.root,
        read,
        loaded.tree.shown,
        copied_list.locator(loaded.tree, target.copied),
    )
    lane = outcome.as_lane
    others = [item for item in lane.assignments if item not in target.assignments]
    model = outcome.resolution.model
    if target.declares:
        raise fail(f"{path} declares symbols; edit it by hand", code="KG802")
    result = resolve(model, [lane._replace(assignments=(*again.assignments, *others))])
    got = {symbol for symbol, lanes in result.values.items() if lanes}
    before = {symbol for symbol in outcome.resolution.values if outcome.value(symbol)}
    wrong = result.failed or any((name in got) != value for name, value in way.assignments)
    if not outcome.failed:
        wrong = wrong or not set(way.gained) <= got - before or not set(way.lost) <= before - got
    if wrong:
        assigned = dict(way.assignments)
        lines = [
            f"{item.place}"
            for item in target.assignments
            if item.symbol in assigned and item.value != assigned[item.symbol]
        ]
        hint = f"overridden at {', '.join(lines)}" if lines else ""
        message = f"writing these assignments to {path} would not give the result"
        raise fail(message, hint=hint, code="KG803")
    return bool(commit({path: text}).changed)
