"""`kgen why`: the reasons for a symbol's value, and what would change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kgen.commands.loading import load
from kgen.commands.options import ALLOW_INTERNAL, COMMON, Option, formats
from kgen.commands.why import changes
from kgen.commands.why.groups import groups
from kgen.explain.steps import Reasons
from kgen.formats import terminal
from kgen.formats.problems import errors, print_problems
from kgen.model.problems import Problem, fail
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.project.options import Options
from kgen.targets.accelerators import none_left
from kgen.targets.named import Names

TYPE_CHECKING = False

HELP = """Explain why a symbol is y or n: each reason with its file and line.

For one target, shows the whole tree of reasons and, if the symbol is n, what
would have to change. For several targets, groups them by reason. The name of a
device (of -device) or a machine (of -M) stands for the symbols that it needs.

\b
Examples: kgen why --tree ~/qemu VIRTIO_MEM -t e2k
          kgen why --tree ~/qemu VIRTIO_MEM
          kgen why --tree ~/qemu virtio-mem-pci -t aarch64
          kgen why --tree ~/qemu --unused -t mips64el
"""


OPTIONS = (
    Option((), "symbol", "[SYMBOL]", "The symbol, with or without CONFIG_, or device or machine."),
    Option(
        ("--full",),
        "full",
        "",
        "Shorten nothing; also list the files, devices and machines that need the symbol.",
        switch=True,
    ),
    Option(
        ("--unused",),
        "unused",
        "",
        "List the assignments without effect instead.",
        switch=True,
    ),
    ALLOW_INTERNAL,
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
    allow_internal: bool


def run(arguments: Arguments) -> int:
    """Print the explanation; return 1 if a chosen target cannot be configured."""
    symbol, form = arguments.symbol, arguments.form
    refuse_both(arguments)
    loaded = load(arguments.options, "asked")
    about = About("")
    if symbol:
        loaded, about = _about(loaded, symbol, arguments.full)
    problems = _problems(loaded)
    failing = errors(problems) if problems else {}
    if not symbol:
        _unused(loaded, form, failing)
    elif len(loaded.outcomes) == 1:
        _one(loaded, about, arguments, failing)
    else:
        _several(loaded, about, arguments, failing)
    print_problems(problems)
    return 1 if problems else 0


def refuse_both(arguments: Arguments) -> None:
    """Raise KgenError for a symbol and `--unused`, and for neither."""
    if arguments.unused == bool(arguments.symbol):
        raise fail(
            "expected a symbol, or --unused", hint="for example: kgen why VIRTIO_NET", code="KG703"
        )


class About(Record):
    """What is explained: a symbol, with lines of text before it and after it, and keys of JSON."""

    symbol: str
    before: Sequence[str] = ()
    after: Sequence[str] = ()
    data: Mapping[str, object] = {}


def _about(loaded: Project, name: str, full: bool) -> tuple[Project, About]:
    """What a name means: a symbol, or a device or machine, which is then a symbol of the project.

    Raises KgenError, with similar names, if unknown. C sources are read only for devices and
    machines and, if full, for what a symbol brings.
    """
    symbol = Names(loaded.declared()).symbol(name)
    if symbol is not None and not full:
        return loaded, About(symbol)
    if symbol is None:
        from kgen.commands.devices import named

        loaded, (symbol,), (meaning,) = named.with_names(loaded, [name])
        data = {"names": [named.as_data(meaning)]}
        return loaded, About(symbol, before=named.lines(meaning), data=data)
    from kgen.commands.devices.brought import brought

    found = brought(loaded, symbol)
    return loaded, About(symbol, after=found.lines(), data=found.data())


def _one(loaded: Project, about: About, arguments: Arguments, failing: dict[str, object]) -> None:
    """Explain the only target: the whole tree, and what would make the symbol y.

    failing: what its JSON says of failures.
    """
    form, full, symbol = arguments.form, arguments.full, about.symbol
    (outcome,) = loaded.outcomes
    reasons = Reasons(outcome.resolution)
    steps = reasons.steps(symbol, 1 << outcome.lane)
    explanation = reasons.explain(symbol, outcome.lane)
    if form in ("dot", "mermaid"):
        from kgen.commands.why import graph

        draw = graph.dot if form == "dot" else graph.mermaid
        print(draw(outcome.resolution, explanation), end="")
        return
    ways = None
    if steps and not steps[0].value:
        bounds = reasons.bounds.of(outcome.lane)
        ways = changes.ways(outcome, symbol, True, bounds, arguments.allow_internal)
    if form == "json":
        from kgen.commands.why import as_json

        tree = as_json.because(reasons, explanation)
        data = {
            "symbol": symbol,
            "target": outcome.target.name,
            "value": tree["value"] if steps else None,
            "because": tree if steps else None,
            "changes": as_json.ways_data(ways, outcome.as_lane.build),
            "internal": as_json.internal_data(ways),
            **about.data,
            **failing,
        }
        terminal.print_json(data)
        return
    from kgen.commands.why.text import Text, one_target

    text = Text(terminal.coloured())
    text.add_all(about.before)
    if steps:
        one_target(text, outcome, explanation, reasons.bounds, ways, full)
    else:
        text.add(f"{symbol} has no value in {outcome.target.name}, which cannot be configured")
    text.add_all(about.after)
    print("\n".join(text.lines))


def _several(
    loaded: Project, about: About, arguments: Arguments, failing: dict[str, object]
) -> None:
    """Explain several targets in groups; one whose devices file declares symbols is separate."""
    from kgen.commands.why.text import Text, grouped

    form, full, symbol = arguments.form, arguments.full, about.symbol
    text = Text(terminal.coloured())
    text.add_all(about.before)
    data = []
    for resolution in loaded.resolutions():
        reasons = Reasons(resolution)
        found = groups(reasons, symbol)
        if form in ("dot", "mermaid"):
            raise fail(
                f"--format {form} shows one target, not {len(loaded.outcomes)}",
                hint="choose one with -t",
                code="KG705",
            )
        if form == "json":
            from kgen.commands.why import as_json

            data += [as_json.group_data(reasons, symbol, group) for group in found]
            continue
        grouped(text, loaded, symbol, found, reasons, full, arguments.allow_internal)
    if form == "json":
        terminal.print_json({"symbol": symbol, "groups": data, **about.data, **failing})
    else:
        text.add_all(about.after)
        print("\n".join(text.lines))


def _unused(loaded: Project, form: str, failing: dict[str, object]) -> None:
    """List the assignments without effect."""
    from kgen.commands.why import as_json
    from kgen.commands.why.text import Text, unused_lines
    from kgen.commands.why.unused import unused

    found = unused(loaded.outcomes)
    if form == "json":
        terminal.print_json({"unused": as_json.unused_data(found), **failing})
        return
    text = Text(terminal.coloured())
    count = unused_lines(text, found)
    assigned = sum(
        len({item for item in outcome.as_lane.assignments if not item.external})
        for outcome in loaded.outcomes
    )
    text.add(f"{count} of {terminal.count(assigned, 'assignment')} without effect")
    print("\n".join(text.lines))


def _problems(loaded: Project) -> list[Problem]:
    """Why targets cannot be configured."""
    problems = []
    if loaded.lacking:
        problems.append(none_left(loaded.lacking))
    if loaded.failures():
        from kgen.explain import failure_messages

        for resolution in loaded.failures():
            problems += failure_messages.problems(resolution)
    return problems
