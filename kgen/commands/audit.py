"""`kgen audit`: the matrix of symbols by targets, what changes it, and policies held against it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from shutil import get_terminal_size
from typing import Any

from kgen import files, hosts, project, shipped
from kgen.ask import audit, breaches, vary
from kgen.ask.finding import Finding, in_order
from kgen.ask.kinds import KINDS
from kgen.errors import Place, fail, shown
from kgen.model import MODES
from kgen.options import COMMON, Option, formats, is_setting
from kgen.record import Record
from kgen.show import failing, findings, junit, matrix, sarif, tables, terminal
from kgen.tree import version_of

HELP = """Which target has which symbols, and whether that is what a policy asks for.

\b
Examples: kgen audit --tree ~/qemu --folder hw/net --differs
          kgen audit --tree ~/qemu -t x86_64 --vary host
          kgen audit --tree ~/qemu --format html -o report.html
          kgen audit --tree ~/qemu --policy policy.toml --format sarif -o audit.sarif
"""

_FAILS = "target-fails"

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
        and (key != "host-arch" or given in hosts.HOST_ARCHITECTURES)
        and (key != "set" or is_setting(given))
        for key, equals, given in pairs
    )


def _is_date(value: str) -> bool:
    try:
        return bool(date.fromisoformat(value))
    except ValueError:
        return False


OPTIONS = (
    Option(("--policy",), "policy", "FILE", "Hold a policy against it."),
    Option(
        ("--today",),
        "today",
        "DATE",
        "For the dates of a policy; default: SOURCE_DATE_EPOCH, or the clock.",
        valid=_is_date,
        expected="a date like 2027-01-01",
    ),
    Option(
        ("-s", "--symbol"), "symbols", "GLOB", "Only these; CONFIG_ may stand there.", multiple=True
    ),
    Option(("--folder",), "folders", "DIR", "Only what is declared in or below it.", multiple=True),
    Option(("--kind",), "kinds", "KIND", "Only these kinds.", multiple=True, choices=KINDS),
    Option(("--differs",), "differs", "", "Only where targets differ.", switch=True),
    Option(
        ("--compare",),
        "compare",
        "'OPTION=VALUE ...'",
        "Configure every target like this, too: host=none, 'accel=tcg,kvm mode=allnoconfig'.",
        multiple=True,
        valid=_is_variant,
        expected=f"OPTION=VALUE with {', '.join(_VARIANT_KEYS)}",
    ),
    Option(("--vary",), "vary", "WHAT", "Toggle each feature: what changes?", choices=vary.WHAT),
    Option(("--pairs",), "pairs", "", "With --vary: two features together, too.", switch=True),
    Option(
        ("--diff",), "diff", "FILE", "For html: show what `kgen diff --format json` printed, too."
    ),
    Option(("-o", "--output"), "output", "FILE", "Where to write it; default: stdout."),
    *COMMON,
    formats("csv", "markdown", "html", "sarif", "junit", "github"),
)


def run(values: dict[str, Any], form: str) -> int:
    """Print the matrix, or what breaches the policy; 1 for a breach or a target that fails."""
    names = ("policy", "today", "symbols", "folders", "kinds", "differs")
    own = {
        name: values.pop(name) for name in (*names, "compare", "vary", "pairs", "diff", "output")
    }
    if own["diff"] is not None and form != "html":
        raise fail("--diff is shown by --format html alone", code="KG706")
    options = project.Options(**values)
    root = options.tree or shipped.embedded_tree()

    def file_of(place: Place) -> str:
        return shown(place.file, root)

    loaded = project.load(options)
    table = audit.matrix([("", loaded), *(_variant(options, spec) for spec in own["compare"])])
    choice = audit.Choice(own["symbols"], own["folders"], own["kinds"], own["differs"])
    rows = audit.chosen(table, choice)
    failing_ = failing.failing(table, file_of)
    failures = in_order([item for own_ in failing_.values() for item in own_])
    checks: tuple[breaches.Check, ...] = ()
    if own["policy"] is not None:
        from kgen.policy import read_policy

        policy = read_policy(own["policy"], own["policy"])
        today = _today(own["today"])
        checks = breaches.checks(table, policy, today, file_of, failing_, not options.only)
    toggled = None
    if own["vary"] is not None:
        toggled = vary.vary(loaded, own["vary"], options.host_arch, own["pairs"])
        rows = tuple(row for row in rows if row.symbol in toggled.changes)
    view = _View(loaded, table, rows, failures, checks, own["vary"] or "", toggled)
    text = _page(view, own["diff"], options.tree is None) if form == "html" else view.text(form)
    if own["output"] is None:
        sys.stdout.write(text)
    else:
        files.commit({own["output"]: text})
    for line in view.messages(form):
        print(line, file=sys.stderr)
    return 1 if view.found else 0


def _variant(options: project.Options, spec: str) -> tuple[str, project.Project]:
    """The same targets with some options changed, and the name of that."""
    pairs = [word.partition("=")[::2] for word in spec.split()]
    changed: dict[str, Any] = {_VARIANT_KEYS[key]: value for key, value in pairs if key != "set"}
    settings = tuple(value for key, value in pairs if key == "set")
    options = options._replace(**changed, settings=(*options.settings, *settings))
    return "+".join(spec.split()), project.load(options)


def _today(given: str | None) -> date:
    """The date by which a policy's entries expire."""
    if given is not None:
        return date.fromisoformat(given)
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        return datetime.now(UTC).astimezone().date()
    try:
        return datetime.fromtimestamp(int(epoch), UTC).date()
    except (ValueError, OverflowError, OSError):
        hint = "it is a number of seconds since 1970"
        raise fail(f"SOURCE_DATE_EPOCH is no date: {epoch}", hint=hint, code="KG710") from None


class _View(Record):
    """What a run found, and how each format says it."""

    project: project.Project
    audit: audit.Audit
    rows: tuple[audit.Row, ...]
    failures: list[Finding]
    checks: tuple[breaches.Check, ...]
    what: str
    toggled: vary.Sensitivity | None

    @property
    def found(self) -> list[Finding]:
        """All findings, those about targets that fail among them."""
        return breaches.findings_of(self.checks) if self.checks else self.failures

    def text(self, form: str) -> str:
        """The whole output, with its last new line."""
        if form == "json":
            return json.dumps(self.data(), indent=2) + "\n"
        if form == "sarif":
            about = breaches.ABOUT if self.checks else {_FAILS: breaches.ABOUT[_FAILS]}
            return json.dumps(sarif.sarif(self.found, about), indent=2) + "\n"
        if form == "junit":
            return junit.junit("kgen audit", self._checks())
        if form == "github":
            return _lines(findings.github(self.found))
        if form == "csv":
            return tables.csv_text(self._table())
        if form == "markdown":
            return _lines(tables.markdown(self._table(markdown=True)))
        return _lines(self._text())

    def messages(self, form: str) -> list[str]:
        """What goes to stderr beside a format that has no room for it."""
        lines = findings.text(self.failures) if form in ("text", "csv", "markdown", "html") else []
        if self.checks and form == "text":
            lines = []  # the findings themselves are the output
        if self.toggled is not None:
            names = self._names
            fails = {names[n]: toggles for n, toggles in sorted(self.toggled.fails.items())}
            lines += [
                f"{name} cannot be configured after toggling {', '.join(toggles)}"
                for name, toggles in fails.items()
            ]
        return lines

    @property
    def _names(self) -> list[str]:
        return [outcome.target.name for outcome in self.project.outcomes]

    def _text(self) -> list[str]:
        width = get_terminal_size((100, 24)).columns
        if self.checks:
            entries = sum(check.group == "policy" for check in self.checks)
            counted = terminal.count(len(self.found), "finding")
            return [
                *findings.text(self.found),
                f"{terminal.count(entries, 'entry')} of the policy held against "
                f"{terminal.count(len(self.audit.configurations), 'configuration')}: {counted}",
            ]
        if self.toggled is not None:
            lines = matrix.vary_text(self.toggled, self._names, self.rows, width)
            counted = terminal.count(len(self.rows), "symbol")
            features = terminal.count(len(self.toggled.features), "feature")
            how = "alone and in pairs" if self.toggled.pairs else "one at a time"
            return [*lines, f"{features} toggled {how}: {counted} changed"]
        targets = terminal.count(len(self.audit.configurations), "configuration")
        shown = terminal.count(len(self.rows), "symbol")
        return [*matrix.text(self.audit, self.rows, width), f"{shown}, {targets}"]

    def data(self) -> dict[str, Any]:
        """The output for scripts."""
        data = matrix.data(self.audit, self.rows)
        if self.toggled is not None:
            data["vary"] = matrix.vary_data(self.toggled, self.what, self._names, self.rows)
        failing = findings.data(self.failures)
        data["failures"] = failing
        data["breaches"] = [item for item in findings.data(self.found) if item["rule"] != _FAILS]
        return data

    def _table(self, markdown: bool = False) -> list[list[str]]:
        if self.checks:
            return findings.rows(self.found)
        if self.toggled is not None:
            return matrix.vary_rows(self.toggled, self._names, self.rows)
        if markdown:
            return matrix.markdown_rows(self.audit, self.rows)
        return matrix.rows_of(self.audit, self.rows)

    def _checks(self) -> list[tuple[str, str, Sequence[Finding]]]:
        if self.checks:
            return [(check.group, check.name, check.findings) for check in self.checks]
        return [
            (
                "configuration",
                item.name,
                [one for one in self.failures if item.name in one.targets[:1]],
            )
            for item in self.audit.configurations
        ]


def _page(view: _View, diff: str | None, embedded: bool) -> str:
    """The report; its libraries are slow to import."""
    from kgen.show import report

    changes = None
    if diff is not None:
        from kgen.comparison import read_comparison

        changes = read_comparison(diff)
    data = view.data()
    version = version_of(view.project.tree)
    about = "embedded hw/virtio tree" if embedded else version and f"version {version}"
    found = findings.data(view.found) if view.checks else None
    more = report.More(about, changes, found, data.get("vary"))
    return report.page(view.audit, view.rows, more)


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
