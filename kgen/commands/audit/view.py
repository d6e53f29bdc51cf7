"""The result of a run of `kgen audit`, and its output in each format."""

from __future__ import annotations

from collections.abc import Sequence
from shutil import get_terminal_size
from typing import Any

from kgen.commands.audit import as_json, breaches, text, vary
from kgen.commands.audit.rows import Audit, Named, Row
from kgen.formats import findings, junit, sarif, tables, terminal
from kgen.formats.escapes import json_text, visible
from kgen.model.finding import Finding, in_order
from kgen.model.places import shown
from kgen.model.record import Record

TARGET_FAILS = "target-fails"

# The most entries of a policy that are listed because they passed.
_FEW = 12


class View(Record):
    """The result of a run.

    rows: of the matrix that is shown. names: the rows of `--names`, shown instead; None without it.
    what: the value of `--vary`. toggled: its result, if given. standard: of standard Kconfig.
    """

    audit: Audit
    rows: tuple[Row, ...]
    names: tuple[Named, ...] | None
    failures: list[Finding]
    checks: tuple[breaches.Check, ...]
    what: str = ""
    toggled: vary.Sensitivity | None = None
    standard: bool = False

    @property
    def found(self) -> list[Finding]:
        """All findings, including those about targets that fail."""
        return breaches.findings_of(self.checks) if self.checks else self.failures

    @property
    def shown(self) -> list[Finding]:
        """All findings, and the notes on what is not known."""
        return in_order([*self.found, *breaches.unknown_of(self.checks)])

    def text(self, form: str) -> str:
        """The whole output, with the final newline."""
        if form == "json":
            return json_text(self.data(), ascii_only=True) + "\n"
        if form == "sarif":
            about = breaches.ABOUT if self.checks else {TARGET_FAILS: breaches.ABOUT[TARGET_FAILS]}
            return json_text(sarif.sarif(self.shown, about), ascii_only=True) + "\n"
        if form == "junit":
            return junit.junit("kgen audit", self._checks())
        if form == "github":
            return joined(findings.github(self.shown))
        if form == "csv":
            return tables.csv_text(self._table())
        if form == "markdown":
            return joined(tables.markdown(self._table(markdown=True)))
        return joined(self._text())

    def messages(self, form: str) -> list[str]:
        """The lines for stderr, in formats whose output does not contain them."""
        lines = findings.text(self.failures) if form in ("text", "csv", "markdown", "html") else []
        if form == "text" and self.checks:
            lines = []  # the findings themselves are the output
        if form in ("text", "markdown") and not self.audit.fine:
            lines = []  # the same
        if self.toggled is not None:
            names = self._columns
            fails = {names[n]: toggles for n, toggles in sorted(self.toggled.fails.items())}
            lines += [
                visible(f"{name} cannot be configured after toggling {', '.join(toggles)}")
                for name, toggles in fails.items()
            ]
        return lines

    @property
    def _columns(self) -> list[str]:
        return [item.target for item in self.audit.columns if item.name == item.target]

    def _text(self) -> list[str]:
        width = get_terminal_size((100, 24)).columns
        if self.checks:
            entries = sum(check.group == "policy" for check in self.checks)
            counted = terminal.count(len(self.found), "finding")
            unknown = len(self.shown) - len(self.found)
            counted += f", {unknown} not known" if unknown else ""
            return [
                *findings.text(self.shown),
                *self._passed_text(),
                f"{terminal.count(entries, 'policy entry')} checked on "
                f"{terminal.count(len(self.audit.columns), 'configuration')}: "
                f"{counted}",
            ]
        if self.failures and not self.audit.fine:
            total = terminal.count(len(self.audit.columns), "configuration")
            return [*findings.text(self.failures), f"{total}, all of which fail"]
        rows = self.rows if self.names is None else self.names
        counted = terminal.count(len(rows), "symbol" if self.names is None else "name")
        if self.toggled is not None:
            lines = text.vary_text(self.toggled, self._columns, rows, width)
            features = terminal.count(len(self.toggled.features), "feature")
            how = "alone and in pairs" if self.toggled.pairs else "one at a time"
            lines.append(f"{features} toggled {how}: {counted} changed")
            if self.toggled.untried:
                names = ", ".join(self.toggled.untried)
                lines.append(f"not on every target, because of --host-arch: {names}")
            return lines
        targets = terminal.count(len(self.audit.columns), "configuration")
        return [*text.text(self.audit, rows, width), f"{counted}, {targets}"]

    def _passed_text(self) -> list[str]:
        """A line for each entry that passed; of many, their number."""
        passed = self.passed()
        if len(passed) > _FEW:
            return [f"passed: {terminal.count(len(passed), 'policy entry')}"]
        return [
            visible(f"{one['file']}:{one['line']}: passed: {one['reason']} [{one['rule']}]")
            for one in passed
        ]

    def passed(self) -> list[dict[str, Any]]:
        """The entries of the policy without a finding, as JSON data."""
        return [
            {
                "rule": f"policy-{entry.rule}",
                "file": shown(entry.place.file),
                "line": entry.place.line,
                "reason": entry.reason,
            }
            for entry in breaches.passed(self.checks)
        ]

    def data(self) -> dict[str, Any]:
        """The output as JSON data."""
        make = as_json.values_data if self.standard else as_json.as_data
        data = make(self.audit, self.rows)
        if self.names is not None:
            data |= as_json.names_data(self.audit, self.names)
        if self.toggled is not None:
            data["vary"] = self.vary_data(self.rows)
        failing = findings.data(self.failures)
        data["failures"] = failing
        data["breaches"] = [
            item for item in findings.data(self.found) if item["rule"] != TARGET_FAILS
        ]
        data["unknown"] = findings.data(breaches.unknown_of(self.checks))
        data["passed"] = self.passed()
        return data

    def vary_data(self, rows: Sequence[Row]) -> dict[str, Any] | None:
        """What `--vary` found of some symbols and the names that are shown, as JSON data."""
        if self.toggled is None:
            return None
        columns = self._columns
        return as_json.vary_data(self.toggled, self.what, columns, rows, self.names)

    def _table(self, markdown: bool = False) -> list[list[str]]:
        if self.checks or (markdown and self.failures and not self.audit.fine):
            return findings.rows(self.shown)
        rows = self.rows if self.names is None else self.names
        if self.toggled is not None:
            return text.vary_rows(self.toggled, self._columns, rows)
        return (text.markdown_rows if markdown else text.rows_of)(self.audit, rows)

    def _checks(self) -> list[tuple[str, str, Sequence[Finding]]]:
        if self.checks:
            return [(check.group, check.name, check.findings) for check in self.checks]
        return [
            (
                "configuration",
                item.name,
                [one for one in self.failures if item.name in one.targets[:1]],
            )
            for item in self.audit.columns
        ]


def joined(lines: Sequence[str]) -> str:
    """The lines as one text, with newlines."""
    return "".join(f"{line}\n" for line in lines)
