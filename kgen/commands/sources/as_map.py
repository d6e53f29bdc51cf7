"""The sources map of a tree: the rules that `kgen generate` reads, made from its meson.build.

A rule of a map has symbols that all have to be y. A condition on anything else but the host
cannot be a rule; its files are in comments.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from kgen.code.conditions import ALWAYS, NEVER, replaced, text
from kgen.code.lane_truth import LaneTruth
from kgen.commands.sources.choose import Row
from kgen.model import expr
from kgen.model.expr import Expr


def map_lines(found: Sequence[Row], truth: LaneTruth) -> list[str]:
    """The lines of a sources map with these files, sorted by their symbols."""
    rules: dict[tuple[str, ...], list[str]] = {}
    others: dict[str, list[str]] = {}
    for row in found:
        condition = _without_host(row.file.condition, truth)
        if condition == NEVER or row.file.generated:
            continue
        symbols = () if condition == ALWAYS else tuple(expr.names(condition))
        if condition != _all_of(symbols) or not symbols or any(":" in one for one in symbols):
            others.setdefault(text(condition), []).append(row.file.path)
        else:
            rules.setdefault(symbols, []).append(row.file.path)
    lines = ["# From the tree's meson.build files."]
    for symbols, files in sorted(rules.items()):
        when = json.dumps(symbols[0]) if len(symbols) == 1 else json.dumps(symbols)
        lines += ["", "[[source]]", f"when = {when}", f"files = {json.dumps(files)}"]
    if others:
        lines += ["", "# Conditions that are not a list of symbols:"]
    for condition_text, files in sorted(others.items()):
        lines += [f"# {condition_text}: {' '.join(files)}"]
    return lines


def _all_of(symbols: tuple[str, ...]) -> Expr:
    """The condition that all of these are y."""
    items: list[str] = []
    for symbol in symbols:
        items += (symbol, expr.AND) if items else (symbol,)
    return tuple(items)


def _without_host(condition: Expr, truth: LaneTruth) -> Expr:
    """The condition with the facts of the host decided, where all targets agree."""
    decided = {}
    for name in expr.names(condition):
        if name.startswith("host:"):
            surely, possibly = truth.of((name,))
            if surely == truth.everywhere:
                decided[name] = ALWAYS
            elif not possibly:
                decided[name] = NEVER
    return replaced(condition, decided)
