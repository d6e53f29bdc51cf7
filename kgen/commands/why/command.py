"""`kgen why`: the reasons of a symbol's value, and what would change it."""

from __future__ import annotations

import sys
from typing import Any

from kgen.commands.options import COMMON, Option, formats
from kgen.commands.why import changes
from kgen.commands.why.groups import groups
from kgen.explain import other_architectures
from kgen.explain.steps import Reasons
from kgen.formats import terminal
from kgen.formats.problems import as_data, describe, pointed
from kgen.model.configurations import Outcome
from kgen.model.problems import KgenError, Problem, fail
from kgen.model.record import Record
from kgen.project.load import Project, load
from kgen.project.options import Options
from kgen.targets.undeclared import hints

HELP = """Why a symbol is y or n: each reason with its file and line.

With one target the whole tree of reasons, and for an n what would have to
change; with several the targets grouped by the same reason.

\b
Examples: kgen why --tree ~/qemu VIRTIO_MEM -t e2k
          kgen why --tree ~/qemu VIRTIO_MEM
          kgen why --tree ~/qemu --unused -t mips64el
"""


OPTIONS = (
    Option((), "symbol", "[SYMBOL]", "The symbol, with or without CONFIG_."),
    Option(("--full",), "full", "", "Fold nothing.", switch=True),
    Option(
        ("--unused",),
        "unused",
        "",
        "Instead: every assignment that has no effect.",
        switch=True,
    ),
    *COMMON,
    formats("dot", "mermaid"),
)


class Arguments(Record):
    """The command line of `kgen why`, read."""

    options: Options
    form: str
    symbol: str | None
    full: bool
    unused: bool


def run(arguments: Arguments) -> int:
    """Explain; 1 if a target that was asked for cannot be configured."""
    symbol, form, full = arguments.symbol, arguments.form, arguments.full
    if arguments.unused == bool(symbol):
        raise fail("expected a symbol, or --unused", hint="like kgen why VIRTIO_NET", code="KG703")
    loaded = load(arguments.options)
    if not symbol:
        return _unused(loaded, form)
    name = _declared(loaded, symbol)
    outcomes = loaded.outcomes
    if len(outcomes) == 1:
        _one(loaded, outcomes[0], name, form, full)
    else:
        _several(loaded, name, form, full)
    return _failures(loaded)


def _declared(loaded: Project, symbol: str) -> str:
    """The symbol's own name. Raises KgenError, with near names, if there is none."""
    known = loaded.model.declared()
    known |= {name for outcome in loaded.outcomes for name in outcome.resolution.values}
    for name in (symbol, symbol.removeprefix("CONFIG_")):
        if name in known:
            return name
    name = symbol.removeprefix("CONFIG_")
    raise KgenError(Problem(f"there is no symbol {name}", hint=hints(name, known), code="KG704"))


def _one(loaded: Project, outcome: Outcome, symbol: str, form: str, full: bool) -> None:
    """One target: the whole tree, and what would give the symbol a y."""
    reasons = Reasons(outcome.resolution)
    steps = reasons.steps(symbol, 1 << outcome.lane)
    bounds = other_architectures.bounds_of(outcome, loaded.outcomes)
    explanation = reasons.explain(symbol, outcome.lane)
    if form in ("dot", "mermaid"):
        from kgen.commands.why import graph

        draw = graph.dot if form == "dot" else graph.mermaid
        print(draw(outcome.resolution, explanation), end="")
        return
    ways = None
    if steps and not steps[0].value:
        ways = changes.ways(outcome, symbol, True, bounds)
    if form == "json":
        from kgen.commands.why import as_json

        tree = as_json.because(outcome.resolution, explanation)
        data = {
            "symbol": symbol,
            "target": outcome.target.name,
            "value": tree["value"] if steps else None,
            "because": tree if steps else None,
            "changes": as_json.ways_data(ways),
            **_errors(loaded),
        }
        terminal.print_json(data)
        return
    from kgen.commands.why.text import Text, one_target

    text = Text(terminal.coloured())
    if steps:
        one_target(text, outcome, explanation, bounds, ways, full)
    else:
        text.add(f"{symbol} has no value in {outcome.target.name}, which cannot be configured")
    print("\n".join(text.lines))


def _several(loaded: Project, symbol: str, form: str, full: bool) -> None:
    """Several targets, grouped; a target whose devices file declares symbols is on its own."""
    from kgen.commands.why import as_json
    from kgen.commands.why.text import Text, grouped

    text = Text(terminal.coloured())
    data = []
    for resolution in loaded.resolutions():
        reasons = Reasons(resolution)
        found = groups(reasons, symbol)
        if form in ("dot", "mermaid"):
            raise fail(
                f"--format {form} draws one target, not {len(loaded.outcomes)}",
                hint="choose one with -t",
                code="KG705",
            )
        if form == "json":
            data += [as_json.group_data(reasons, symbol, group) for group in found]
            continue
        grouped(text, loaded, symbol, found, reasons, full)
    if form == "json":
        terminal.print_json({"symbol": symbol, "groups": data, **_errors(loaded)})
    else:
        print("\n".join(text.lines))


def _unused(loaded: Project, form: str) -> int:
    from kgen.commands.why import as_json
    from kgen.commands.why.text import Text, unused_lines
    from kgen.commands.why.unused import unused

    found = unused(loaded.outcomes)
    if form == "json":
        terminal.print_json({"unused": as_json.unused_data(found), **_errors(loaded)})
        return _failures(loaded)
    text = Text(terminal.coloured())
    count = unused_lines(text, found)
    assigned = sum(
        len({item for item in outcome.as_lane.assignments if not item.external})
        for outcome in loaded.outcomes
    )
    text.add(f"{count} of {terminal.count(assigned, 'assignment')} without effect")
    print("\n".join(text.lines))
    return _failures(loaded)


def _failures(loaded: Project) -> int:
    """What is wrong with the targets that cannot be configured, on standard error; the status."""
    found = _problems(loaded)
    for problem in found:
        print(describe(problem), file=sys.stderr)
    return 1 if found else 0


def _errors(loaded: Project) -> dict[str, Any]:
    """The same for `--format json`: nothing where nothing fails."""
    found = _problems(loaded)
    return {"errors": [as_data(problem) for problem in found]} if found else {}


def _problems(loaded: Project) -> list[Problem]:
    failing = loaded.failures()
    if not failing:
        return []
    from kgen.explain import failure_messages

    return [
        pointed(problem)
        for resolution in failing
        for problem in failure_messages.problems(resolution)
    ]
