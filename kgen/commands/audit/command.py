"""`kgen audit`: the matrix of symbols by targets, what changes it, and policy checks."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, Any

from kgen.commands.audit import breaches, matrix, reasons, vary
from kgen.commands.audit.rows import Audit, Named, Row
from kgen.commands.audit.view import View
from kgen.commands.loading import load, read_code
from kgen.commands.options import COMMON, HOST_ARCH, OUTPUT, Option, formats, is_setting
from kgen.commands.tree_note import print_tree_note
from kgen.files.atomic import commit
from kgen.files.tree import version_of
from kgen.model.clauses import of_code
from kgen.model.configurations import MODES
from kgen.model.finding import Finding, in_order
from kgen.model.kinds import KINDS, MACHINE, NAMES, TYPES
from kgen.model.places import Place, join_root, shown
from kgen.model.problems import fail
from kgen.model.record import Record
from kgen.project.dialect import is_standard
from kgen.project.load import Project
from kgen.project.options import Options
from kgen.project.toggles import WHAT

if TYPE_CHECKING:
    from kgen.commands.audit.page.html import More
    from kgen.commands.audit.policy import Policy
    from kgen.files.tree import Tree
    from kgen.project.code.code_map import CodeMap

HELP = """Show which targets have which symbols, and check them against a policy.

\b
Examples: kgen audit --tree ~/qemu --folder hw/net --differs
          kgen audit --tree ~/qemu -t x86_64 --vary host
          kgen audit --tree ~/qemu --format html -o report.html
          kgen audit --tree ~/qemu --policy policy.toml --format sarif -o audit.sarif
"""


# The options that a variant may set, and the fields that they fill.
_VARIANT_KEYS = {
    "mode": "mode",
    "devices": "devices",
    "host": "host",
    "accel": "accel",
    "host-arch": "host_arch",
    "set": "settings",
}


def _is_variant(value: str) -> bool:
    pairs = [word.partition("=") for word in value.split()]
    return bool(pairs) and all(
        key in _VARIANT_KEYS
        and equals
        and (key != "mode" or given in MODES)
        and (key != "host-arch" or given in HOST_ARCH.choices)
        and (key != "set" or is_setting(given))
        for key, equals, given in pairs
    )


def _is_date(value: str) -> bool:
    try:
        return bool(date.fromisoformat(value))
    except ValueError:
        return False


OPTIONS = (
    Option(
        ("--policy",), "policy", "FILE", "Check the configurations against this policy.", path="in"
    ),
    Option(
        ("--today",),
        "today",
        "DATE",
        "Date for expiring policy entries; default: SOURCE_DATE_EPOCH, or today.",
        valid=_is_date,
        expected="a date like 2027-01-01",
    ),
    Option(
        ("-s", "--symbol"),
        "symbols",
        "GLOB",
        "Only these symbols, with or without CONFIG_.",
        multiple=True,
    ),
    Option(("--folder",), "folders", "DIR", "Only symbols declared below it.", multiple=True),
    Option(
        ("--kind",),
        "kinds",
        "KIND",
        "Only symbols of this kind.",
        multiple=True,
        choices=(*KINDS, MACHINE, *TYPES),
    ),
    Option(
        ("--names",),
        "names",
        "",
        "Devices and machines by name instead of symbols (html: beside them).",
        switch=True,
    ),
    Option(("--differs",), "differs", "", "Only symbols that differ between targets.", switch=True),
    Option(
        ("--compare",),
        "compare",
        "'OPTION=VALUE ...'",
        "Also configure every target like this: host=none, 'accel=tcg,kvm mode=allnoconfig'.",
        multiple=True,
        valid=_is_variant,
        expected=f"OPTION=VALUE with {', '.join(_VARIANT_KEYS)}",
    ),
    Option(("--vary",), "vary", "WHAT", "Show what toggling each feature changes.", choices=WHAT),
    Option(("--pairs",), "pairs", "", "With --vary: also toggle pairs of features.", switch=True),
    Option(
        ("--diff",),
        "diff",
        "FILE",
        "For html: also show this output of `kgen diff --format json`.",
        path="in",
    ),
    OUTPUT,
    *COMMON,
    formats("csv", "markdown", "html", "sarif", "junit", "github"),
)


class Arguments(Record):
    """The command line of `kgen audit`, read."""

    options: Options
    form: str
    policy: str | None
    today: str | None
    symbols: tuple[str, ...]
    folders: tuple[str, ...]
    kinds: tuple[str, ...]
    names: bool
    differs: bool
    compare: tuple[str, ...]
    vary: str | None
    pairs: bool
    diff: str | None
    output: str | None


def run(arguments: Arguments) -> int:
    """Print the matrix or the policy findings; return 1 if there are findings, else 0."""
    options = arguments.options
    variants = [("", options), *(_variant(options, spec) for spec in arguments.compare)]
    if is_standard(options):
        return _standard(arguments, variants)
    _check(arguments)
    said: set[str] = set()
    projects = [(name, load(one, said=said)) for name, one in variants]
    loaded = projects[0][1]
    table = matrix.matrix(projects)
    policy = _policy(arguments)
    kinds = set(NAMES) if arguments.names else set()
    kinds |= policy.names - {"symbol"} if policy is not None else set()
    maps = _read(projects) if kinds else []
    things: dict[str, tuple[Named, ...]] = {}
    if kinds:
        from kgen.commands.audit.names import named

        labels = [name for name, _ in projects]
        things = named(table, list(zip(labels, maps, strict=True)), sorted(kinds))
    choice = _choice(arguments)
    rows: tuple[Row, ...] = ()
    names = None
    if arguments.names:
        names = matrix.chosen(table, [row for kind in NAMES for row in things[kind]], choice)
    else:
        rows = matrix.chosen(table, table.rows, choice)
    failing_ = reasons.failing(table, _file_of)
    failures = in_order([item for own_ in failing_.values() for item in own_])
    checks = _checks(arguments, policy, table, failing_, things, reasons.reasons(table))
    toggled = None
    if arguments.vary is not None:
        code = maps[0] if names is not None else None
        toggled = vary.vary(loaded, arguments.vary, arguments.pairs, code)
        rows = tuple(row for row in rows if row.key in toggled.changes)
        if names is not None:
            names = tuple(row for row in names if row.key in toggled.changes)
    view = View(table, rows, names, failures, checks, arguments.vary or "", toggled)
    if arguments.form == "html":
        text = _page(view, arguments, projects, maps)
    else:
        text = view.text(arguments.form)
    return _written(arguments, view, text)


def _standard(arguments: Arguments, variants: list[tuple[str, Options]]) -> int:
    """The same for standard Kconfig, which has neither names nor failures."""
    from kgen.commands.audit import standard  # no part of a run on QEMU's dialect

    policy = _policy(arguments)
    _refuse_other_dialect(arguments, policy)
    table = standard.matrix(variants)
    rows = matrix.chosen(table.audit, table.audit.rows, _choice(arguments))
    checks = _checks(arguments, policy, table.audit, {}, {}, table.why)
    view = View(table.audit, rows, None, [], checks, standard=True)
    if arguments.form != "html":
        return _written(arguments, view, view.text(arguments.form))
    from kgen.commands.audit.page import html, origin
    from kgen.commands.audit.page.standard import as_data

    tree = table.projects[0][1].tree
    version = version_of(tree)
    more = html.More(
        version and f"version {version}", origin.made_from(table.projects, origin.of_standard),
        chosen=_chosen(arguments),
    )  # fmt: skip
    more = _with_findings(more, view, tree)
    return _written(arguments, view, html.page_of(as_data(view.audit, rows, table.blocks), more))


def _refuse_other_dialect(arguments: Arguments, policy: Policy | None) -> None:
    """Raise KgenError for options and parts of a policy that only QEMU's dialect has."""
    given = {
        "--names": arguments.names,
        "--vary": arguments.vary is not None,
        "--pairs": arguments.pairs,
        "--diff": arguments.diff is not None,
        "devices and machines in a policy": policy is not None and policy.names != {"symbol"},
        **{f"--kind {kind}": kind in (*KINDS, MACHINE) for kind in arguments.kinds},
    }
    flags = [flag for flag, value in given.items() if value]
    if flags:
        message = f"{', '.join(flags)}: only for QEMU's Kconfig, and this tree is standard Kconfig"
        hint = "--format csv, markdown and json have the values of all targets"
        raise fail(message, hint=hint, code="KG425")


def _file_of(place: Place) -> str:
    """How a place's file is shown."""
    return shown(place.file)


def _policy(arguments: Arguments) -> Policy | None:
    """The policy, if one is named. Raises KgenError."""
    if not arguments.policy:  # an empty one is how the command line says that none is meant
        return None
    from kgen.commands.audit.policy import read_policy

    return read_policy(arguments.policy, arguments.policy)


def _choice(arguments: Arguments) -> matrix.Choice:
    """The filter on rows."""
    return matrix.Choice(arguments.symbols, arguments.folders, arguments.kinds, arguments.differs)


def _checks(
    arguments: Arguments,
    policy: Policy | None,
    table: Audit,
    failing: Mapping[str, Sequence[Finding]],
    things: Mapping[str, Sequence[Named]],
    why: breaches.Why,
) -> tuple[breaches.Check, ...]:
    """The checks of the policy, if there is one."""
    if policy is None:
        return ()
    today, every = _today(arguments.today), not arguments.options.only
    return breaches.checks(table, policy, today, _file_of, failing, every, things, why)


def _written(arguments: Arguments, view: View, text: str) -> int:
    """Print or write the output, and what goes to stderr; return the exit status."""
    if arguments.output is None:
        sys.stdout.write(text)
    else:
        commit({arguments.output: text})
    for line in view.messages(arguments.form):
        print(line, file=sys.stderr)
    if any(item.rule == "policy-unmatched" for item in view.found):
        print_tree_note(arguments.options)
    return 1 if view.found else 0


def _check(arguments: Arguments) -> None:
    """Raise KgenError for options that do not go together."""
    if arguments.diff is not None and arguments.form != "html":
        raise fail("--diff requires --format html", code="KG706")
    wrong = set(arguments.kinds) - set(NAMES if arguments.names else KINDS)
    if wrong & set(TYPES):
        raise fail(f"--kind {min(wrong)}: only for standard Kconfig", code="KG425")
    if wrong:
        if arguments.names:
            hint = f"kinds of names: {', '.join(NAMES)}"
            raise fail(f"--names excludes --kind {min(wrong)}", hint=hint, code="KG706")
        raise fail(f"--kind {MACHINE} requires --names", code="KG706")


def _read(projects: list[tuple[str, Project]]) -> list[CodeMap]:
    """The code of each project."""
    said: set[str] = set()
    return [read_code(one, said, every=True) for _, one in projects]


def _variant(options: Options, spec: str) -> tuple[str, Options]:
    """The name of a variant, and its options: the same targets with some options changed."""
    pairs = [word.partition("=")[::2] for word in spec.split()]
    changed: dict[str, Any] = {_VARIANT_KEYS[key]: value for key, value in pairs if key != "set"}
    settings = tuple(value for key, value in pairs if key == "set")
    if settings:
        changed["settings"] = settings
    return "+".join(spec.split()), options.changed(**changed)


def _today(given: str | None) -> date:
    """The date at which the expiry of policy entries is checked."""
    if given is not None:
        return date.fromisoformat(given)
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        return datetime.now(timezone.utc).astimezone().date()
    try:
        if not epoch.isascii():
            raise ValueError
        return datetime.fromtimestamp(int(epoch), timezone.utc).date()
    except (ValueError, OverflowError, OSError):
        hint = "expected a number of seconds since 1970"
        raise fail(
            f"SOURCE_DATE_EPOCH is not a date: {epoch[:60]}", hint=hint, code="KG710"
        ) from None


def _chosen(arguments: Arguments) -> str:
    """What the options say of the rows, in words; "" if they are all symbols."""
    parts = [
        f"named {' or '.join(arguments.symbols)}" if arguments.symbols else "",
        f"below {' or '.join(arguments.folders)}" if arguments.folders else "",
        f"of kind {' or '.join(arguments.kinds)}" if arguments.kinds else "",
        "that differ between targets" if arguments.differs else "",
        f"that --vary {arguments.vary} changes" if arguments.vary else "",
    ]
    return ", ".join(part for part in parts if part)


def _page(
    view: View, arguments: Arguments, projects: list[tuple[str, Project]], maps: list[CodeMap]
) -> str:
    """The HTML report. Its modules are imported here because their libraries are slow to import.

    maps: the code of each project, if there is anything to say of names.
    """
    from kgen.commands.audit.page import html, origin

    changes = None
    if arguments.diff is not None:
        from kgen.commands.diff.read_json import read_comparison

        changes = read_comparison(arguments.diff)
        for side in (changes.get("old"), changes.get("new")):
            if isinstance(side, dict) and isinstance(side.get("name"), str):
                side["name"] = origin.tree_name(side["name"])  # no path of the machine
    data = view.data()
    version = version_of(projects[0][1].tree)
    embedded = arguments.options.embedded
    about = "embedded hw/virtio tree" if embedded else version and f"version {version}"
    more = html.More(
        about,
        origin.made_from(projects, origin.of_qemu),
        changes,
        vary=data.get("vary"),
        chosen=_chosen(arguments),
    )
    more = _with_findings(more, view, projects[0][1].tree)
    if view.names is None:
        return html.page(view.audit, view.rows, more)
    from kgen.commands.devices.named import with_every_name

    # Each name is a symbol of its own here, so that its cells have reasons as those of symbols.
    named = zip(projects, maps, strict=True)
    table = matrix.matrix([(name, with_every_name(one, map_)) for (name, one), map_ in named])
    maybe = {row.key: row.maybe for row in view.names}
    rows = [
        row
        for row in table.rows
        if (row.key in maybe or not of_code(row.symbol))
        and (view.toggled is None or row.key in view.toggled.changes)
    ]
    return html.page(table, rows, more._replace(maybe=maybe, vary=view.vary_data(rows)))


def _with_findings(more: More, view: View, tree: Tree) -> More:
    """The parts of a page, with the findings of a policy if there is one."""
    from kgen.commands.audit.page.findings import as_data

    if not view.checks:
        return more
    found, entries = as_data(view.checks, join_root("", tree.shown))
    return more._replace(findings=found, entries=entries)
