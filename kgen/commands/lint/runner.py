"""Runs the lint rules over a tree; returns the findings in order, without ignored ones."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Set
from typing import Any

from kgen.code.registry import silent
from kgen.commands.lint import clauses, mak
from kgen.commands.lint.code import (
    configured,
    host_mismatches,
    undeclared_in_meson,
    undeclared_in_source,
    uses,
)
from kgen.commands.lint.known import comments
from kgen.commands.lint.references import DeviceCode, References
from kgen.commands.lint.rules import RULES, USES
from kgen.files.read import NotText
from kgen.files.tree import Tree
from kgen.kconfig.mak_lines import read_line
from kgen.model.finding import Finding
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.targets.externals import externals


class Linted(Record):
    """The result of lint.

    findings: sorted by file and line; then those of unmet-select, the likeliest first. ignored:
    the number that comments ignore. circular: the rules about all configurations were skipped
    because the dependencies have a cycle. tree: that was read.
    """

    findings: tuple[Finding, ...]
    ignored: int
    circular: bool
    tree: Tree


def lint(
    project: Project,
    references: References,
    chosen: Set[str],
    in_code: Callable[[Set[str]], Set[str]],
    code: DeviceCode | None = None,
    step: Callable[[], None] = lambda: None,
    unlikely: bool = False,
    noun: str = "target",
    reading: Callable[[int], Any] = silent,
    warn: Callable[[str], None] = lambda line: None,
) -> Linted:
    """Run the chosen rules.

    in_code: returns those of some symbols that source code names; called at most once, only for
    symbols that nothing else names. code: for undeclared-in-source. step: reports progress of the
    solver. unlikely: also the findings of unmet_select.UNLIKELY. noun: what "any" and "every" are
    said of: "target", or "chosen target" if there are others. reading: a context that reports the
    reading of C files. warn: as for missing.findings.
    """
    plain = _plain(project, references, in_code, code or DeviceCode({}, frozenset()), chosen)
    findings = [item for item in plain if item.rule in chosen]
    if chosen & USES and references.meson and references.has_c:
        from kgen.commands.lint import missing

        findings += missing.findings(project, chosen, reading, unlikely, warn)
    circular = False
    if any(RULES[rule].solver for rule in chosen):
        from kgen.commands.lint import all_configurations

        circular = all_configurations.circular(project)
        if not circular:
            findings += all_configurations.findings(project, chosen, step, unlikely, noun)
    files = {**references.kconfig, **references.maks, **references.meson}
    files |= code.texts if code is not None else {}
    ignores = comments.ignores(files | _of_c(project, findings))
    kept, ignored = comments.without_ignored(findings, ignores)
    if "ignored-without-reason" in chosen:
        kept += comments.without_reason(ignores)
    kept.sort(key=_order)
    return Linted(tuple(dict.fromkeys(kept)), ignored, circular, project.tree)


def _of_c(project: Project, findings: Iterable[Finding]) -> dict[str, str]:
    """The texts of the C files that findings are in: they may have comments that ignore them."""
    tree = project.tree
    texts = {}
    for path in sorted({item.file for item in findings if item.rule in USES}):
        try:
            texts[path] = tree.read(os.path.join(tree.root, *path.split("/")))
        except (OSError, NotText):
            pass
    return texts


def _order(item: Finding) -> tuple[bool, str, int, str, str, str]:
    if item.rule == "unmet-select":  # these are in order
        return True, "", 0, "", "", ""
    return False, item.file, item.line, item.number, item.symbol, item.message


def _plain(
    project: Project,
    references: References,
    in_code: Callable[[Set[str]], Set[str]],
    code: DeviceCode,
    chosen: Set[str],
) -> Iterator[Finding]:
    """The findings of the rules that need no solver."""
    model = project.model
    external = externals(model, project.outcomes)
    outside = external.keys()
    yield from clauses.duplicate_clauses(model)
    yield from clauses.duplicate_definitions(model)
    yield from clauses.untyped_symbols(model, references.kconfig)
    yield from clauses.mixed_operators(model, references.kconfig)
    assigned = [
        (item, outcome.target.name)
        for outcome in project.outcomes
        for item in outcome.target.assignments
    ]
    # Symbols that a devices file declares are known only to its targets.
    own = {entry.symbol for group in project.groups for entry in group.resolution.model.entries}
    yield from clauses.undefined_symbols(
        model, [pair for pair in assigned if pair[0].symbol not in own]
    )
    yield from clauses.defaults_without_depends(model, outside)
    yield from clauses.late_defaults(model, external)
    on = {item.symbol for item, _ in assigned if item.value}
    on |= {item.symbol for item in model.assignments if item.value} | _turned_on(references)
    yield from clauses.never_enabled(model, outside, on)
    read = uses(references.meson)
    yield from undeclared_in_meson(model, read, _keys(references), references.configure)
    yield from host_mismatches(model, read)
    known = read.named | _keys(references) | configured(references.configure) | code.defined
    yield from undeclared_in_source(code.texts, own | model.declared(), known, read.begun)
    if chosen & {"unused-symbol", "select-only-symbol"}:
        used = (
            {use.symbol for use in read.symbols}
            | _keys(references)
            | {item.symbol for item, _ in assigned}
        )
        used |= {item.symbol for item in model.assignments}
        used |= _named(references) | references.built
        first = clauses.unused_symbols(model, outside, used)
        doubtful = {item.symbol for items in first for item in items}
        if doubtful:
            used |= in_code(doubtful)
        for items in clauses.unused_symbols(model, outside, used):
            yield from items
    root = project.tree.root + "/"
    sourced = [path.removeprefix(root) for path in project.model.files]
    yield from clauses.unsourced_files(references.kconfig, sourced)
    if "repeated-assignment" in chosen:
        yield from mak.repeated(project.outcomes)
    if "stale-mak-comment" in chosen:
        yield from mak.stale_comments(model, references.maks)
    if "unset-comment" in chosen:
        yield from mak.unset_comments(references.maks)
    if "no-effect-assignment" in chosen:
        yield from mak.without_effect(project.groups)


def _keys(references: References) -> set[str]:
    """The symbols that the targets' own files set."""
    lines = (read_line(line) for text in references.targets.values() for line in text.split("\n"))
    return {line.symbol for line in lines if line.symbol and not line.marks}


def _turned_on(references: References) -> set[str]:
    """The symbols that any devices file sets to y."""
    lines = (read_line(line) for text in references.maks.values() for line in text.split("\n"))
    return {line.symbol for line in lines if line.value and not line.marks}


def _named(references: References) -> set[str]:
    """The symbols that devices files assign, including files that no target reads."""
    lines = (read_line(line) for text in references.maks.values() for line in text.split("\n"))
    return {line.symbol for line in lines if line.symbol and not line.unset}
