"""Every lint rule over a tree: what they find, in order, without what is ignored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set

from kgen.ask import ignores, lint_clauses, lint_mak, lint_meson
from kgen.ask.finding import Finding
from kgen.ask.freedom import outside_symbols
from kgen.ask.lint_rules import RULES
from kgen.project import Project
from kgen.record import Record
from kgen.surroundings import Surroundings


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
        from kgen.ask import lint_solver

        circular = lint_solver.circular(project.model)
        if not circular:
            findings += lint_solver.findings(project, chosen, step)
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
    outside = outside_symbols(project, model).keys()
    yield from lint_clauses.duplicate_clauses(model)
    yield from lint_clauses.duplicate_definitions(model)
    yield from lint_clauses.untyped_symbols(model, around.kconfig)
    yield from lint_clauses.mixed_operators(model, around.kconfig)
    assigned = [
        (item, outcome.target.name)
        for outcome in project.outcomes
        for item in outcome.target.assignments
        if not outcome.target.declares
    ]
    yield from lint_clauses.undefined_symbols(model, assigned)
    yield from lint_clauses.defaults_without_depends(model, outside)
    read = lint_meson.uses(around.meson)
    yield from lint_meson.undeclared(model, read, _keys(around), around.configure)
    yield from lint_meson.host_mismatches(model, around.meson)
    if chosen & {"unused-symbol", "select-only-symbol"}:
        used = {use.symbol for use in read} | _keys(around) | {item.symbol for item, _ in assigned}
        used |= {item.symbol for item in model.assignments}
        used |= _named(around) | around.built
        first = lint_clauses.unused_symbols(model, outside, used)
        doubtful = {item.symbol for items in first for item in items}
        if doubtful:
            used |= in_code(doubtful)
        for items in lint_clauses.unused_symbols(model, outside, used):
            yield from items
    root = project.tree.root + "/"
    sourced = [path.removeprefix(root) for path in project.model.files]
    yield from lint_clauses.unsourced_files(around.kconfig, sourced)
    if "repeated-assignment" in chosen:
        yield from lint_mak.repeated(project.outcomes)
    if "stale-mak-comment" in chosen:
        yield from lint_mak.stale_comments(model, around.maks)
    if "no-effect-assignment" in chosen:
        yield from lint_mak.without_effect(project.outcomes)


def _keys(around: Surroundings) -> set[str]:
    """What the targets' own files set."""
    lines = [line for text in around.targets.values() for line in text.split("\n")]
    names = [line.partition("=")[0].strip() for line in lines]
    return {name.removeprefix("CONFIG_") for name in names if name.startswith("CONFIG_")}


def _named(around: Surroundings) -> set[str]:
    """The symbols that devices files assign, also those that are not read now."""
    lines = [line for text in around.maks.values() for line in text.split("\n")]
    names = [line.lstrip("# \t").partition("=")[0].strip() for line in lines]
    return {name.removeprefix("CONFIG_") for name in names if name.startswith("CONFIG_")}
