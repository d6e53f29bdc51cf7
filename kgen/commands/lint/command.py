"""`kgen lint`: what is wrong with a tree."""

from __future__ import annotations

import sys

from kgen.commands.lint import baseline, references
from kgen.commands.lint.rules import RULES
from kgen.commands.lint.runner import Linted, lint
from kgen.commands.lint.text import from_here, summary
from kgen.commands.options import COMMON, Option, formats
from kgen.files import resources
from kgen.files.atomic import commit
from kgen.files.read import read_input
from kgen.formats import findings as formatted
from kgen.formats import sarif, terminal
from kgen.formats.escapes import visible
from kgen.model.places import File, Place
from kgen.model.record import Record
from kgen.project.load import load
from kgen.project.options import Options
from kgen.solve import solver

HELP = """What is wrong with a tree, over all configurations of all targets.

Exit status 1 if something is found. docs/lint.md explains each rule.

\b
Examples: kgen lint --tree ~/qemu
          kgen lint --tree ~/qemu --select unmet-select,dead-symbol --format json
          kgen lint --tree ~/qemu --format sarif > lint.sarif
"""


def _is_rules(value: str) -> bool:
    names = [name.strip() for name in value.split(",")]
    return all(name in RULES or name in _BY_NUMBER for name in names)


# What these say of any target, or of every one, is about those that were asked for.
_OF_ANY_TARGET = frozenset(
    ("dead-symbol", "unreachable-board", "always-on", "shadowed-default", "implied-dependency")
)


_BY_NUMBER = {rule.number: rule.name for rule in RULES.values()}


OPTIONS = (
    Option(
        ("--select",),
        "select",
        "RULES",
        "Only these rules, by name or number.",
        multiple=True,
        valid=_is_rules,
        expected="rules, by name or number, with commas between them; see docs/lint.md",
    ),
    Option(
        ("--ignore",),
        "ignore",
        "RULES",
        "Not these rules.",
        multiple=True,
        valid=_is_rules,
        expected="rules, by name or number, with commas between them; see docs/lint.md",
    ),
    Option(("--baseline",), "baseline", "FILE", "Tell only what is not in this file."),
    Option(("--write-baseline",), "write", "FILE", "Write what is found to this file."),
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


def run(arguments: Arguments) -> int:
    """Lint, and print what is found; 1 if there is something (new)."""
    chosen = _names(arguments.select) or set(RULES)
    chosen -= _names(arguments.ignore)
    if not arguments.select:
        chosen -= _left_out(chosen)
    old, write = arguments.baseline, arguments.write
    known = None
    if old is not None:
        text = read_input(old, old)
        known = baseline.keys_of(text, Place(File(old, outside=True, text=text), 0), chosen)
    result = _lint(arguments.options, chosen)
    findings = result.findings
    if write is not None:
        commit({write: baseline.text_of(findings)})
        print(f"{terminal.count(len(findings), 'finding')} in {visible(write)}", file=sys.stderr)
        return 0
    before = gone = 0
    if known is not None:
        findings, before, gone = baseline.compare(findings, known)
    if result.circular:
        print(
            "symbols of this tree need each other in a circle: the rules about all "
            "configurations were left out",
            file=sys.stderr,
        )
    if arguments.options.only and any(item.rule in _OF_ANY_TARGET for item in findings):
        print("without -t more targets count: some of this may be otherwise", file=sys.stderr)
    findings = from_here(findings, arguments.options.tree or resources.embedded_tree())
    if arguments.form == "json":
        rows = formatted.data(findings)
        terminal.print_json({"findings": rows, "ignored": result.ignored, "baseline": before})
    elif arguments.form == "sarif":
        terminal.print_json(sarif.sarif(findings, {rule: RULES[rule].about for rule in chosen}))
    elif arguments.form == "github":
        for line in formatted.github(findings):
            print(line)
    else:
        for line in formatted.text(findings):
            print(line)
        print(summary(findings, result.ignored, before))
    if gone and not arguments.options.only:  # what other targets have is not known then
        told = "finding" if gone == 1 else "findings"
        print(f"{gone} {told} of the baseline no longer there: write it anew", file=sys.stderr)
    return 1 if findings else 0


def _lint(options: Options, chosen: set[str]) -> Linted:
    loaded = load(options, tolerant=True)
    around = references.look_round(loaded)
    steps = 0
    if any(RULES[rule].solver for rule in chosen):
        from kgen.commands.lint import all_configurations

        steps = all_configurations.steps(loaded)
    with terminal.progress(steps, "solving", 20) as step:
        return lint(
            loaded,
            around,
            chosen,
            lambda names: references.named_in_code(loaded, around, names),
            step,
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
