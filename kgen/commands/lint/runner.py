"""Every lint rule over a tree: what they find, in order, without what is ignored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set

from kgen.commands.lint import clauses, ignores, mak, meson
from kgen.commands.lint.references import Surroundings
from kgen.commands.lint.rules import RULES
from kgen.kconfig.mak_lines import read_line
from kgen.model.finding import Finding
from kgen.model.record import Record
from kgen.project.load import Project
from kgen.targets.externals import externals


class Linted(Record):
    """The findings, by file and line; how many a comment ignores; and whether the rules about
    all configurations could not be asked because symbols need each other in a circle."""

    findings: tuple[Finding, ...]
    ignored: int
    circular: bool


def lint(
    project: Project,
    around: Surroundings,
    chosen: Set[str],
    in_code: Callable[[Set[str]], Set[str]],
    step: Callable[[], None] = lambda: None,
) -> Linted:
    """Run the chosen rules. in_code: of some symbols those that source code names; it is asked
    once, and only about symbols that nothing else names."""
    findings = [item for item in _plain(project, around, in_code, chosen) if item.rule in chosen]
    circular = False
    if any(RULES[rule].solver for rule in chosen):
        from kgen.commands.lint import all_configurations

        circular = all_configurations.circular(project.model)
        if not circular:
            findings += all_configurations.findings(project, chosen, step)
    comments = ignores.ignores({**around.kconfig, **around.maks, **around.meson})
    kept, ignored = ignores.without_ignored(findings, comments)
    if "ignored-without-reason" in chosen:
        kept += ignores.without_reason(comments)
    kept.sort(key=lambda item: (item.file, item.line, item.number, item.symbol, item.message))
    return Linted(tuple(dict.fromkeys(kept)), ignored, circular)


def _plain(
    project: Project,
    around: Surroundings,
    in_code: Callable[[Set[str]], Set[str]],
    chosen: Set[str],
) -> Iterator[Finding]:
    """What needs no solver."""
    model = project.model
    outside = externals(model, project.outcomes).keys()
    yield from clauses.duplicate_clauses(model)
    yield from clauses.duplicate_definitions(model)
    yield from clauses.untyped_symbols(model, around.kconfig)
    yield from clauses.mixed_operators(model, around.kconfig)
    assigned = [
        (item, outcome.target.name)
        for outcome in project.outcomes
        for item in outcome.target.assignments
    ]
    # What a devices file declares itself is known to its target alone.
    own = {entry.symbol for group in project.groups for entry in group.resolution.model.entries}
    yield from clauses.undefined_symbols(
        model, [pair for pair in assigned if pair[0].symbol not in own]
    )
    yield from clauses.defaults_without_depends(model, outside)
    read = meson.uses(around.meson)
    yield from meson.undeclared(model, read, _keys(around), around.configure)
    yield from meson.host_mismatches(model, around.meson)
    if chosen & {"unused-symbol", "select-only-symbol"}:
        used = {use.symbol for use in read} | _keys(around) | {item.symbol for item, _ in assigned}
        used |= {item.symbol for item in model.assignments}
        used |= _named(around) | around.built
        first = clauses.unused_symbols(model, outside, used)
        doubtful = {item.symbol for items in first for item in items}
        if doubtful:
            used |= in_code(doubtful)
        for items in clauses.unused_symbols(model, outside, used):
            yield from items
    root = project.tree.root + "/"
    sourced = [path.removeprefix(root) for path in project.model.files]
    yield from clauses.unsourced_files(around.kconfig, sourced)
    if "repeated-assignment" in chosen:
        yield from mak.repeated(project.outcomes)
    if "stale-mak-comment" in chosen:
        yield from mak.stale_comments(model, around.maks)
    if "no-effect-assignment" in chosen:
        yield from mak.without_effect(project.groups)


def _keys(around: Surroundings) -> set[str]:
    """What the targets' own files set."""
    lines = (read_line(line) for text in around.targets.values() for line in text.split("\n"))
    return {line.symbol for line in lines if line.symbol and not line.marks}


def _named(around: Surroundings) -> set[str]:
    """The symbols that devices files assign, also those that are not read now."""
    lines = (read_line(line) for text in around.maks.values() for line in text.split("\n"))
    return {line.symbol for line in lines if line.symbol and not line.unset}
