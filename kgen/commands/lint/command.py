"""`kgen lint`: find mistakes in a tree."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence, Set
from functools import partial

from kgen.commands.lint import references
from kgen.commands.lint.known import baseline
from kgen.commands.lint.rules import LONG, QEMU, RULES, STANDARD, USES
from kgen.commands.lint.runner import Linted, lint
from kgen.commands.options import COMMON, Option, formats
from kgen.files import resources
from kgen.files.atomic import commit
from kgen.files.read import read_input
from kgen.formats import findings as formatted
from kgen.formats import sarif, terminal
from kgen.formats.escapes import visible
from kgen.model.finding import Finding, Related
from kgen.model.places import File, Place, shown
from kgen.model.problems import fail
from kgen.model.record import Record
from kgen.project.dialect import is_standard
from kgen.project.load import load
from kgen.project.options import Options
from kgen.solve import solver

HELP = """Find mistakes in a tree, over all configurations of all targets.

Exit status 1 if there are findings. docs/lint.md explains each rule.

\b
Examples: kgen lint --tree ~/qemu
          kgen lint --tree ~/qemu --select unmet-select,dead-symbol --format json
          kgen lint --tree ~/qemu --format sarif > lint.sarif
          kgen lint --tree ~/qemu --code --since origin/master
"""


def _is_rules(value: str) -> bool:
    names = [name.strip() for name in value.split(",")]
    return all(name in RULES or name in _BY_NUMBER for name in names)


# Rules that quantify over targets. With -t they only see the chosen ones.
_OF_ANY_TARGET = frozenset(
    """
    dead-symbol unreachable-board always-on shadowed-default implied-dependency never-on not-minimal
    """.split()
)


_BY_NUMBER = {rule.number: rule.name for rule in RULES.values()}


OPTIONS = (
    Option(
        ("--select",),
        "select",
        "RULES",
        "Run only these rules, by name or number.",
        multiple=True,
        valid=_is_rules,
        expected="rules, by name or number, with commas between them; see docs/lint.md",
    ),
    Option(
        ("--ignore",),
        "ignore",
        "RULES",
        "Skip these rules, by name or number.",
        multiple=True,
        valid=_is_rules,
        expected="rules, by name or number, with commas between them; see docs/lint.md",
    ),
    Option(
        ("--baseline",),
        "baseline",
        "FILE",
        "Report only findings that are not in this file.",
        path="in",
    ),
    Option(("--write-baseline",), "write", "FILE", "Write all findings to this file.", path="out"),
    Option(
        ("--since",),
        "since",
        "REV",
        "Report only what became worse since a git revision.",
        valid=bool,
        expected="a git revision",
    ),
    Option(
        ("--unlikely",),
        "unlikely",
        "",
        "Also report what only settings of other architectures, devices or internal symbols show.",
        switch=True,
    ),
    Option(
        ("--code",),
        "code",
        "",
        "Also the rules that read all C files: missing-link, missing-type, double-link; of "
        "standard Kconfig unused-symbol and never-on.",
        switch=True,
    ),
    *COMMON,
    formats("sarif", "github"),
)


class Arguments(Record):
    """The command line of `kgen lint`, read."""

    options: Options
    form: str
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    baseline: str | None
    write: str | None
    since: str | None
    unlikely: bool
    code: bool


def run(arguments: Arguments) -> int:
    """Lint and print the findings; return 1 if there are any (new) ones."""
    standard = is_standard(arguments.options)
    chosen = _chosen(arguments, STANDARD if standard else QEMU)
    if not arguments.select:
        chosen -= _left_out(chosen)
        if not arguments.code:
            chosen -= LONG if standard else USES
    old, write = arguments.baseline, arguments.write
    if arguments.since is not None and write is not None:
        raise fail("use only one of --since and --write-baseline", code="KG706")
    known = None
    if old is not None and write is None:  # what is written need not be there before
        text = read_input(old, old)
        known = baseline.keys_of(text, Place(File(old, outside=True, text=text), 0), chosen)
    then = None
    if arguments.since is not None:
        from kgen.commands.lint.known import revision  # only --since needs git's objects

        then = revision.earlier(arguments.options, arguments.since)
    lint_tree = partial(_linted, arguments, chosen, standard, set())
    result = lint_tree(arguments.options)
    findings = result.findings
    if write is not None:
        commit({write: baseline.text_of(findings)})
        print(f"{terminal.count(len(findings), 'finding')} in {visible(write)}", file=sys.stderr)
        return 0
    before = gone = 0
    if known is not None:
        findings, before, gone = baseline.compare(findings, known)
    past = None
    if then is not None:
        findings, past = revision.since(then, lint_tree, result, findings, known)
    if result.circular:
        print(
            "the dependencies of this tree have a cycle: the rules about all "
            "configurations were skipped",
            file=sys.stderr,
        )
    if arguments.options.only and any(item.rule in _OF_ANY_TARGET for item in findings):
        print(
            "only the chosen targets were checked; results may differ without -t", file=sys.stderr
        )
    root = "." if standard else resources.embedded_tree()
    findings = _by_cause(_from_here(findings, arguments.options.tree or root))
    if arguments.form == "json":
        rows = formatted.data(findings)
        data = {"findings": rows, "ignored": result.ignored, "baseline": before}
        terminal.print_json(data if past is None else data | {"since": past._asdict()})
    elif arguments.form == "sarif":
        terminal.print_json(sarif.sarif(findings, {rule: RULES[rule].about for rule in chosen}))
    elif arguments.form == "github":
        for line in formatted.github(findings):
            print(line)
    else:
        for line in formatted.text(findings):
            print(line)
        print(_summary(findings, result.ignored, before))
    if past is not None and arguments.form != "json":
        stream = sys.stdout if arguments.form == "text" else sys.stderr
        print(visible(past.sentence()), file=stream)
    if gone and not arguments.options.only:  # with -t they may occur on other targets
        words = "finding of the baseline does" if gone == 1 else "findings of the baseline do"
        print(f"{gone} {words} not occur any more; write it again", file=sys.stderr)
    return 1 if findings else 0


def _chosen(arguments: Arguments, known: Set[str]) -> set[str]:
    """The rules to run. known: those of the tree's dialect. Raises KgenError for others."""
    named = _names(arguments.select)
    wrong = sorted(named - known)
    if wrong:
        dialect = "QEMU's Kconfig" if known is STANDARD else "standard Kconfig"
        message = f"--select {', '.join(wrong)}: only for {dialect}"
        raise fail(message, hint="docs/lint.md says for which dialect a rule is", code="KG425")
    return set(named or known) - _names(arguments.ignore)


def _linted(
    arguments: Arguments, chosen: set[str], standard: bool, said: set[str], options: Options
) -> Linted:
    """The findings of the tree of some options. said: warnings that were printed before."""
    if standard:
        from kgen.commands.lint.standard import lint_standard  # no part of a run on QEMU's dialect

        return lint_standard(options, chosen, said)
    loaded = load(options, tolerant=True, need="any")
    tree_files = references.survey(loaded)
    code = None
    if "undeclared-in-source" in chosen:
        code = references.device_code(loaded, tree_files)

    def warn(line: str) -> None:
        if line not in said:
            print(visible(line), file=sys.stderr)
        said.add(line)

    steps = 0
    if any(RULES[rule].solver for rule in chosen):
        from kgen.commands.lint import all_configurations

        steps = all_configurations.steps(loaded)
    with terminal.progress(steps, "solving", 20) as step:
        return lint(
            loaded,
            tree_files,
            chosen,
            lambda names: references.named_in_code(loaded, tree_files, names),
            code,
            step,
            arguments.unlikely,
            "chosen target" if options.only else "target",
            partial(terminal.progress, label="reading C", at_least=100),
            warn,
        )


def _left_out(chosen: set[str]) -> set[str]:
    """The rules that cannot be asked without the solver; said on stderr. A rule that the user
    names with --select is not left out: it is an error if it cannot be asked."""
    rules = {rule for rule in chosen if RULES[rule].solver}
    problem = solver.problem() if rules else None
    if problem is None:
        return set()
    print(f"{problem.message}: left out {', '.join(sorted(rules))}", file=sys.stderr)
    print(f"hint: {problem.hint}", file=sys.stderr)
    return rules


def _names(values: tuple[str, ...]) -> set[str]:
    given = [name.strip() for value in values for name in value.split(",")]
    return {_BY_NUMBER.get(name, name) for name in given}


# Findings as they are shown.


def _from_here(findings: Iterable[Finding], root: str) -> tuple[Finding, ...]:
    """The findings with file names that a user would type. root: the tree's folder."""
    return tuple(
        item._replace(file=shown(File(item.file, root=root))) if item.file else item
        for item in findings
    )


def _by_cause(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Unmet selects of the same symbol as one finding, at the place of the first.

    The others are related places, each with its own witness. All other findings stay as they are.
    """
    causes: dict[object, list[Finding]] = {}
    for number, item in enumerate(findings):
        cause = (item.rule, item.other) if item.rule == "unmet-select" else number
        causes.setdefault(cause, []).append(item)
    return tuple(_joined(items) for items in causes.values())


def _joined(items: Sequence[Finding]) -> Finding:
    first, *more = items
    if not more:
        return first
    symbols = dict.fromkeys(item.symbol for item in items)
    several = len(symbols) > 1
    subject = f"{first.symbol} and {terminal.count(len(symbols) - 1, 'other symbol')}"
    message = first.message
    if several:
        message = message.replace(f"{first.symbol} selects", f"{subject} select", 1)
    return first._replace(
        message=message,
        targets=tuple(sorted({target for item in items for target in item.targets})),
        related=tuple(_related(item) for item in more),
    )


def _related(item: Finding) -> Related:
    message = "; ".join((f"{item.symbol} selects {item.other}", *formatted.unplaced(item)))
    return Related(message, item.file, item.line, item.column, item.targets)


def _summary(findings: Sequence[Finding], ignored: int, before: int) -> str:
    """The number of findings, of those ignored by comments, and of those in the baseline."""
    total = terminal.count(len(findings), "finding")
    more = [
        f"{number} {what}"
        for number, what in ((ignored, "ignored"), (before, "in the baseline"))
        if number
    ]
    return f"{total} ({', '.join(more)})" if more else total
