"""`kgen policy`: write a policy from a device list or a configuration."""

from __future__ import annotations

import os
import sys
from typing import Any

from kgen.commands.loading import load
from kgen.commands.options import COMMON, FORMAT, OUTPUT, Option
from kgen.commands.policy import entries
from kgen.commands.policy.text import toml
from kgen.files.atomic import commit
from kgen.formats import terminal
from kgen.model.problems import KgenError, Problem, fail
from kgen.model.record import Record
from kgen.project.load import Project, open_tree
from kgen.project.options import Options
from kgen.targets import checkout, copied_list

HELP = """Write a policy that a device list or a configuration keeps.

`kgen audit --policy` then reports what changes.

\b
Examples: kgen policy --tree ~/qemu -t x86_64 --from-config -o policy.toml
          kgen policy --tree ~/qemu -t x86_64 --from-list ours.mak -o policy.toml
"""

OPTIONS = (
    Option(
        ("--from-list",),
        "devices_list",
        "FILE",
        "Require what this device list (or defconfig) sets, forbid what it sets to n.",
    ),
    Option(
        ("--from-config",),
        "configuration",
        "",
        "Require what is on (or set) on the targets, and allow nothing else.",
        switch=True,
    ),
    OUTPUT,
    *COMMON,
    FORMAT,
)


class Arguments(Record):
    """The command line of `kgen policy`, read."""

    options: Options
    form: str
    devices_list: str | None
    configuration: bool
    output: str | None


def run(arguments: Arguments) -> int:
    """Print or write the policy; return 0. Raises KgenError if a target fails."""
    options, path = arguments.options, one_source(arguments)
    if path is None:
        made, what = _of_configurations(options), "the configuration of each target"
    else:
        made, what = _of_list(options, path), os.path.basename(path)
    return printed(arguments, made, what, _meaning(made), entries.PRINTED)


def one_source(arguments: Arguments) -> str | None:
    """The list that a policy is made from; None for configurations. Raises KgenError."""
    path = arguments.devices_list
    if (path is not None) == arguments.configuration:
        raise fail("expected either --from-list FILE or --from-config", code="KG706")
    return path


def printed(
    arguments: Arguments,
    made: list[entries.Entry],
    what: str,
    meaning: list[str],
    kinds: tuple[str, ...],
) -> int:
    """Print or write a policy; return 0.

    what: it is made from, in words. meaning: of its rules. kinds: that allow-only covers.
    """
    head = [
        f"Made by kgen policy from {what}. Check it with: kgen audit --policy THIS-FILE",
        *meaning,
    ]
    text = toml(made, head, kinds)
    if arguments.output is not None:
        commit({arguments.output: text})
    if arguments.form == "json":
        terminal.print_json({"entries": [row for entry in made for row in _rows(entry)]})
    elif arguments.output is None:
        sys.stdout.write(text)
    return 0


def _meaning(made: list[entries.Entry]) -> list[str]:
    rules = {rule for entry in made for rule in entry.rules}
    words = {
        "require": "require: a symbol that is no longer y is reported.",
        "forbid": "forbid: a symbol that becomes y is reported.",
        "allow-only": "allow-only: a symbol that becomes y and is not listed is reported.",
    }
    return [words[rule] for rule in words if rule in rules]


def _of_configurations(options: Options) -> list[entries.Entry]:
    loaded = load(options)
    _refuse_failures(loaded)
    kinds: dict[str, str] = {}
    for group in loaded.groups:
        kinds |= loaded.kinds(group.resolution.model)
    made = entries.of_configurations(loaded.outcomes, kinds, loaded.externals(loaded.model))
    if not made:
        raise fail("no symbol is y on these targets", code="KG709")
    return made


def _of_list(options: Options, path: str) -> list[entries.Entry]:
    """The entries of a list. With `-t`, they are of these targets, which must take the list."""
    given = path if os.sep in path else os.path.join(os.curdir, path)
    options = options._replace(devices=given)
    tree = open_tree(options)
    targets: tuple[str, ...] = ()
    copied = None
    if options.only:
        loaded = load(options)
        _refuse_failures(loaded)
        targets = tuple(outcome.target.name for outcome in loaded.outcomes)
        copied = loaded.outcomes[0].target.copied
    elif options.devices_as is not None:
        folder = copied_list.named_folder(tree, options.devices_as)
        copied = copied_list.copied(os.path.abspath(given), folder, True)
    try:
        devices = checkout.read_devices(tree, given, copied)
    except KgenError as error:
        if copied is not None:
            raise
        raise KgenError(*map(_with_folder, error.problems)) from None
    made = entries.of_list(devices, os.path.basename(path), targets)
    if not made:
        raise fail(f"{path} assigns nothing", code="KG709")
    return made


def _with_folder(problem: Problem) -> Problem:
    """The problem of a list; one about its includes says how to name the list's folder."""
    if problem.place is None or problem.code not in ("KG104", "KG106"):
        return problem
    way = "-t names the target, or --devices-as the folder, that the list is copied into"
    return problem._replace(hint="; ".join(filter(None, (problem.hint, way))))


def _refuse_failures(loaded: Project) -> None:
    if loaded.failures():
        from kgen.explain import failure_messages

        raise KgenError(
            *(item for found in loaded.failures() for item in failure_messages.problems(found))
        )


def _rows(entry: entries.Entry) -> list[dict[str, Any]]:
    symbols = sorted(symbol for part in entry.symbols.values() for symbol in part)
    return [
        {"rule": rule, "symbols": symbols, "targets": list(entry.targets), "reason": entry.reason}
        for rule in entry.rules
    ]
