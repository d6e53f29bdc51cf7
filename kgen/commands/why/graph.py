"""An explanation as a graph for Graphviz or Mermaid."""

from __future__ import annotations

from collections.abc import Iterator

from kgen.explain import words
from kgen.explain.steps import Explanation, Step
from kgen.formats.escapes import visible
from kgen.model.clauses import letter, written
from kgen.model.configurations import Resolution
from kgen.model.record import Record


class Edge(Record):
    """A symbol's value depends on another one's by a clause. held: if not, the edge is dashed."""

    symbol: str
    needs: str
    label: str
    place: str
    held: bool


def edges(resolution: Resolution, explanation: Explanation) -> Iterator[Edge]:
    """Every edge once, in the order of the explanation."""
    for symbol in explanation.steps:
        steps = [*explanation.steps[symbol], *explanation.missed.get(symbol, ())]
        if symbol == explanation.symbol:
            steps += explanation.allowed
        seen = set()
        for step in steps:
            label, place = _label(resolution, step)
            for needs, _ in step.needs:
                if (needs, label) not in seen:
                    seen.add((needs, label))
                    yield Edge(symbol, needs, label, place, step.held)


def _label(resolution: Resolution, step: Step) -> tuple[str, str]:
    if step.clause is None:
        return "", ""
    clause = resolution.model.clauses[step.clause]
    return written(clause), str(clause.place)


def _leaf(resolution: Resolution, explanation: Explanation, symbol: str) -> str:
    """The second line of a node: the reason, if it depends on no other symbol."""
    for step in explanation.steps[symbol]:
        if not step.needs and step.kind != "unset":
            place = words.step_place(resolution.model, step)
            return f"{words.reason(resolution.model, step)}{f' ({place})' if place else ''}"
    return ""


def dot(resolution: Resolution, explanation: Explanation) -> str:
    """The graph in Graphviz's language, for `dot -Tsvg`."""
    lines = ["digraph why {", "    rankdir=LR;", '    node [shape=box, fontname="sans-serif"];']
    for symbol in explanation.steps:
        value = letter(explanation.values[symbol])
        colour = '"#1a7f37"' if value == "y" else '"#b35900"'
        leaf = _leaf(resolution, explanation, symbol)
        label = f"{symbol} = {value}" + (f"\n{leaf}" if leaf else "")
        bold = ", penwidth=2" if symbol == explanation.symbol else ""
        lines.append(f"    {_quoted(symbol)} [label={_quoted(label)}, color={colour}{bold}];")
    for edge in edges(resolution, explanation):
        style = "" if edge.held else ", style=dashed"
        label = f"{edge.label}\n{edge.place}"
        lines.append(
            f"    {_quoted(edge.symbol)} -> {_quoted(edge.needs)} [label={_quoted(label)}{style}];"
        )
    return "\n".join(map(visible, [*lines, "}"])) + "\n"


def mermaid(resolution: Resolution, explanation: Explanation) -> str:
    """The graph in Mermaid's language, which GitHub and GitLab render in a ```mermaid block."""
    number = {symbol: f"s{index}" for index, symbol in enumerate(explanation.steps)}
    lines = ["flowchart LR"]
    for symbol in explanation.steps:
        value = letter(explanation.values[symbol])
        leaf = _leaf(resolution, explanation, symbol)
        label = f"{symbol} = {value}" + (f"<br>{_plain(leaf)}" if leaf else "")
        lines.append(f'    {number[symbol]}["{label}"]')
    for edge in edges(resolution, explanation):
        arrow = "-->" if edge.held else "-.->"
        label = _plain(f"{edge.label}, {edge.place}")
        lines.append(f'    {number[edge.symbol]} {arrow}|"{label}"| {number[edge.needs]}')
    return "\n".join(map(visible, lines)) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _plain(text: str) -> str:
    """Text for a quoted label of Mermaid, which uses HTML escapes."""
    return (
        text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    )
