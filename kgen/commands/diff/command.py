"""`kgen diff`: what two trees, targets, hosts or modes have in common no longer, and why."""

from __future__ import annotations

import sys
from typing import Any

from kgen.commands.diff import as_json, text
from kgen.commands.diff.sides import is_file, open_side
from kgen.commands.options import COMMON, Option, formats
from kgen.formats import terminal
from kgen.model.problems import fail
from kgen.project.options import Options
from kgen.project.select import UnknownTarget
from kgen.project.side import Side

HELP = """What each target gained and lost between two trees, and why.

OLD and NEW are each a tree, a git revision DIR@REV, or a file of `kgen snapshot`. Without NEW
it is OLD again, and without both --tree, to compare two targets, hosts or modes of one tree.

\b
Examples: kgen diff ~/qemu@v8.2.0 ~/qemu
          kgen diff ~/qemu --old-host linux --new-host none
"""


# Options that may differ between the sides: all that choose a configuration.
_SIDED = {
    "targets": "DIR",
    "mode": "MODE",
    "devices": "NAME",
    "host": "PROFILE|SYMBOLS",
    "accel": "LIST",
    "host_arch": "ARCH",
    "settings": "SYM=y|n",
}


_BY_FIELD = {option.field: option for option in COMMON}


def _sided(side: str) -> tuple[Option, ...]:
    """The options of one side, each like the common one."""
    made = []
    for field in _SIDED:
        common = _BY_FIELD[field]
        flag = common.flags[-1].replace("--", f"--{side}-")
        said = f"{common.flags[-1]} of the {side} side alone."
        made.append(
            common._replace(flags=(flag,), field=f"{side}_{field}", help=said, default=None)
        )
    flag, field = f"--{side}-target", f"{side}_target"
    made.append(Option((flag,), field, "NAME", f"The target of the {side} side."))
    return tuple(made)


OPTIONS = (
    Option((), "old", "[OLD]", "The old side."),
    Option((), "new", "[NEW]", "The new side."),
    *_sided("old"),
    *_sided("new"),
    *COMMON,
    formats("markdown"),
)


def run(values: dict[str, Any], form: str) -> int:
    """Compare and print; 1 where there are differences, or targets that cannot be compared."""
    from kgen.commands.diff.diff import diff

    specs = _specs(values)
    own = {side: _own(values, side) for side in ("old", "new")}
    common = dict(values)
    opened = {}
    missing = []
    for side, spec in zip(("old", "new"), specs, strict=True):
        values["tree"] = spec  # messages about files say where those are
        chosen, target = own[side]
        if chosen and spec is not None and is_file(spec):
            flags = ", ".join(f"--{side}-{name.replace('_', '-')}" for name in sorted(chosen))
            message = f"{spec} is a snapshot, which keeps what it was taken with"
            raise fail(message, hint=f"leave out {flags.replace('settings', 'set')}", code="KG722")
        options = Options(**{**common, **chosen, "tree": spec})
        if target is not None:
            options = options._replace(only=(target,))
        opened[side], absent = open_side(options)
        if target is not None and absent:
            raise UnknownTarget(f"the {side} side has no target {target!r}")
        missing.append(absent)
    nowhere = sorted(missing[0] & missing[1])
    if nowhere:
        raise UnknownTarget(f"no target of either side matches {nowhere[0]!r}")
    old, new = opened["old"], opened["new"]
    matched = None
    if own["old"][1] is not None or own["new"][1] is not None:
        if len(old.outcomes) != 1:
            raise UnknownTarget("name one target of the old side with --old-target")
        was = old.outcomes[0].target.name
        matched = [(was, item.target.name) for item in new.outcomes]
    result = diff(old, new, matched)
    if form == "json":
        terminal.print_json(as_json.as_data(result))
    else:
        print((text.markdown if form == "markdown" else text.text)(result), end="")
        _say_failures(old, new)
    return 1 if result.different else 0


def _specs(values: dict[str, Any]) -> tuple[str | None, str | None]:
    """What the two sides are."""
    old, new = values.pop("old"), values.pop("new")
    if old is not None and values["tree"] is not None:
        raise fail("--tree and OLD name the same thing", hint="leave one of them out", code="KG722")
    if old is None:
        old = values["tree"]
    return old, old if new is None else new


def _own(values: dict[str, Any], side: str) -> tuple[dict[str, Any], str | None]:
    """The options that one side has for itself, and its target."""
    found = {field: values.pop(f"{side}_{field}") for field in _SIDED}
    target = values.pop(f"{side}_target")
    return {field: value for field, value in found.items() if value not in (None, ())}, target


def _say_failures(old: Side, new: Side) -> None:
    """Why targets cannot be configured, on stderr."""
    from kgen.explain import failure_messages
    from kgen.formats.problems import describe

    for side in (old, new):
        for group in side.groups:
            if any(item.failed for item in group.outcomes):
                for problem in failure_messages.problems(group.resolution):
                    print(describe(problem), file=sys.stderr)
