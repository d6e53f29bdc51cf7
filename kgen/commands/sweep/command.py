"""`kgen sweep`: test many configurations at once, and find what breaks them."""

from __future__ import annotations

import sys
import time

from kgen.commands.loading import load
from kgen.commands.options import (
    COMMON,
    COUNT,
    FORMAT,
    RANDOM_SEED,
    SHARE,
    Option,
    is_count,
    is_share,
)
from kgen.commands.sweep import as_json, random_masks, text
from kgen.commands.sweep.breakages import breakages
from kgen.commands.sweep.failing_lanes import Plan, blocks, sweep
from kgen.commands.sweep.scope import Scope, scope_of
from kgen.formats import terminal
from kgen.model.problems import KgenError, Problem, near
from kgen.model.record import Record
from kgen.model.spelling import matching
from kgen.project.options import Options
from kgen.targets.hosts import items
from kgen.targets.named import Names

HELP = """Test many configurations at once: which fail, and why.

Assigns random symbols on top of each target's devices file, resolves all
configurations together, and reduces each kind of contradiction to the fewest
assignments.

\b
Examples: kgen sweep --tree ~/qemu -t x86_64
          kgen sweep --tree ~/qemu -t arm --exhaustive PCI,USB,ARM_VIRT
"""


OPTIONS = (
    Option(
        ("-n", "--configurations"),
        "configurations",
        "N",
        "Total number, divided evenly among the targets.",
        "100000",
        valid=is_count,
        expected=COUNT,
    ),
    RANDOM_SEED,
    Option(
        ("--density",),
        "density",
        "P",
        "Probability that a symbol is assigned; default: a mix from 1/256 to 1/2.",
        valid=is_share,
        expected=SHARE,
    ),
    Option(
        ("--yes",),
        "share",
        "P",
        "Probability that an assigned symbol is y.",
        "0.5",
        valid=is_share,
        expected=SHARE,
    ),
    Option(("--vary",), "vary", "GLOB", "Assign only these symbols.", multiple=True),
    Option(("--bare",), "bare", "", "Ignore the targets' devices files.", switch=True),
    Option(
        ("--exhaustive",),
        "exhaustive",
        "A,B,C",
        "Test every combination of y and n for these symbols instead.",
        valid=bool,
        expected="a list of symbols",
    ),
    Option(
        ("--with-unset",),
        "unset",
        "",
        "With --exhaustive: also leave symbols unassigned.",
        switch=True,
    ),
    Option(("--all",), "everything", "", "Show all ways, not only one per symbol.", switch=True),
    *COMMON,
    FORMAT,
)


_BAR = 8  # the least number of blocks for a progress bar


_MOST = 1 << 33  # configurations of an exhaustive sweep


class Arguments(Record):
    """The command line of `kgen sweep`, read."""

    options: Options
    form: str
    configurations: str
    seed: str
    density: str | None
    share: str
    vary: tuple[str, ...]
    bare: bool
    exhaustive: str | None
    unset: bool
    everything: bool


def run(arguments: Arguments) -> int:
    """Sweep and print the results; return 1 if a configuration fails."""
    loaded = load(arguments.options, any_host=True)
    scopes = [
        scope_of(
            loaded,
            outcome,
            bare=arguments.bare,
            only=arguments.vary,
        )
        for outcome in loaded.outcomes
    ]
    _check_patterns(arguments.vary, scopes)
    plans = _plans(arguments, scopes)
    steps = sum(blocks(plan) for plan in plans)
    start = time.perf_counter()
    with terminal.progress(steps, "resolving", _BAR) as step:
        tallies = [sweep(scope, plan, step) for scope, plan in zip(scopes, plans, strict=True)]
    seconds = time.perf_counter() - start
    with terminal.progress(len(tallies), "shrinking", 2) as step:
        found = breakages(tallies, step)
    if arguments.form == "json":
        terminal.print_json(as_json.as_data(plans[0], tallies, found, seconds))
    else:
        print("\n".join(text.lines(plans[0], tallies, found, arguments.everything)))
        total = sum(plan.configurations for plan in plans)
        print(text.speed(total, seconds), file=sys.stderr)
    return 1 if any(tally.failing for tally in tallies) else 0


def densities(density: str | None) -> tuple[int, ...]:
    """The value of `--density` in 1024ths, for each eighth of the lanes."""
    if density is None:
        return random_masks.MIXED
    number = float(density)
    return (max(round(1024 * number), 1 if number else 0),) * 8


def _plans(arguments: Arguments, scopes: list[Scope]) -> list[Plan]:
    share = round(1024 * float(arguments.share))
    plan = Plan(0, int(arguments.seed), densities(arguments.density), share)
    if arguments.exhaustive is None:
        if arguments.unset:
            raise KgenError(Problem("--with-unset requires --exhaustive", code="KG706"))
        every, rest = divmod(int(arguments.configurations), len(scopes))
        counts = [every + (number < rest) for number in range(len(scopes))]
        return [plan._replace(configurations=number) for number in counts]
    names = Names(frozenset[str]().union(*(scope.model.declared() for scope in scopes)))
    chosen = tuple(dict.fromkeys(names.known(name) for name in items(arguments.exhaustive)))
    _check(chosen, scopes)
    number = (3 if arguments.unset else 2) ** len(chosen)
    if number > _MOST:
        hint = f"{len(chosen)} symbols have {_short(number)} combinations; choose fewer"
        raise KgenError(Problem("--exhaustive: too many symbols", hint=hint, code="KG706"))
    plan = plan._replace(configurations=number, chosen=chosen, unset=arguments.unset)
    return [plan] * len(scopes)


def _check_patterns(patterns: tuple[str, ...], scopes: list[Scope]) -> None:
    """Check that every pattern of `--vary` matches a symbol that is free in some target."""
    declared = frozenset[str]().union(*(scope.model.declared() for scope in scopes))
    problems = []
    for glob in patterns:
        if not matching(glob, declared):
            message = f"--vary: no symbol of this tree matches {glob}"
            problems.append(Problem(message, hint=near(glob, declared), code="KG709"))
        elif not any(matching(glob, scope.free) for scope in scopes):
            message = f"--vary: what {glob} matches is fixed in every target"
            hint = "it is passed externally, or set by --set"
            problems.append(Problem(message, hint=hint, code="KG706"))
    if problems:
        raise KgenError(*problems)


def _short(number: int) -> str:
    """A number for display, rounded to a power of 2 if it is very long."""
    return f"{number:,}" if number < 10**15 else f"about 2^{number.bit_length() - 1}"


def _check(chosen: tuple[str, ...], scopes: list[Scope]) -> None:
    """Check that every chosen symbol is free in every target."""
    problems: list[Problem] = []
    if not chosen:
        problems.append(Problem("--exhaustive: no symbol given", code="KG706"))
    for name in chosen:
        for scope in scopes:
            declared = scope.model.declared()
            if name not in declared:
                message = f"--exhaustive: there is no symbol {name}"
                problems.append(Problem(message, hint=near(name, declared), code="KG704"))
                break
            if name in scope.fixed:
                message = f"--exhaustive: {name} is fixed in {scope.name}"
                problems.append(
                    Problem(message, hint="it is passed externally, or set by --set", code="KG706")
                )
                break
    if problems:
        raise KgenError(*problems)
