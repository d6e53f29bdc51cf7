"""The first rows of the matrix as HTML: a browser shows them before it reads the page's data.

The script then makes them its own, with `takeOver` in `first.js`. Classes and texts are those of
`looks.js` and `lines.js`, and a test compares both. Pure.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from kgen.formats.escapes import visible
from kgen.model.lanes import members

# Rows for a window of some 1,000 pixels. Columns: up to _ALL are all there, as in columns.js; of
# more, those for a window of 1,400 pixels, where cells with text are wider.
_ROWS = 36
_ALL, _OF_MANY, _OF_MANY_TEXTS = 48, 49, 34
# The width of a cell in pixels: the least and the most.
_WIDTHS, _TEXT_WIDTHS = (25, 36), (40, 120)

# What a cell of some row has: its class and its text.
_Look = tuple[str, str]


def first_rows(data: Mapping[str, Any], symbols: Sequence[Sequence[int]]) -> dict[str, str]:
    """Variables of page.html: the attributes of the table, and what is in it.

    data: what is in the page's JSON. symbols: the rows of the matrix, as there.
    """
    targets, standard = data["targets"], "standard" in data
    number = len(targets)
    drawn = number if number <= _ALL else _OF_MANY_TEXTS if standard else _OF_MANY
    heads = _heads(targets)
    least, most = _TEXT_WIDTHS if standard else _WIDTHS
    rows = len(symbols) + (2 if _has_variants(targets) else 1)
    look = _looks(data)
    aside = '<td class="aside" role="presentation">' if drawn < number else ""
    lines = []
    for row in symbols[:_ROWS]:
        cells = "".join(
            f'<td class="{kind}">{_text(words)}' for kind, words in look(row, range(drawn))
        )
        lines.append(f"<tr>{_head_of(data, row)}{cells}{aside}")
    return {
        "grid": f'aria-colcount="{number + 1}" aria-rowcount="{rows}" data-least="{least}"'
        f' data-most="{most}" data-letters="{max(map(len, heads), default=0)}"',
        "first_rows": "<colgroup>"
        + "<col>" * (drawn + (2 if aside else 1))
        + f"<thead>{_lines_of_heads(targets, heads, drawn, aside)}<tbody>{''.join(lines)}",
    }


def _text(words: str) -> str:
    return html.escape(visible(words))


def _short(name: str) -> str:
    """The name of a target or column without -softmmu."""
    target, at, variant = name.partition("@")
    return f"{target.removesuffix('-softmmu')}{at}{variant}"


def _has_variants(targets: Sequence[Mapping[str, Any]]) -> bool:
    return any(target.get("variant") for target in targets)


def _heads(targets: Sequence[Mapping[str, Any]]) -> list[str]:
    """The words of the heads of all columns."""
    if _has_variants(targets):
        return [target["variant"] or "as given" for target in targets]
    return [_short(target["name"]) for target in targets]


def _lines_of_heads(
    targets: Sequence[Mapping[str, Any]], heads: Sequence[str], drawn: int, aside: str
) -> str:
    """A line for the columns; before it one for their targets, if these have several."""
    found = ""
    index = 1
    if _has_variants(targets):
        groups = ""
        for name, group in groupby(targets[:drawn], key=lambda one: str(one["target"])):
            groups += (
                f'<th scope="colgroup" class="group" colspan="{len(list(group))}"'
                f' title="{_text(name)}"><span>{_text(_short(name))}</span>'
            )
        corner = '<td class="corner" role="presentation">'
        found = f'<tr class="groups" aria-rowindex="1">{corner}{groups}{aside}'
        index = 2
    cells = ""
    for target, head in zip(targets[:drawn], heads, strict=False):
        name, failed = _text(target["name"]), target["failed"]
        cells += (
            f'<th scope="col" class="target{" failed" if failed else ""}" title="{name}"'
            f' aria-label="{name}{", cannot be configured" if failed else ""}">'
            f"<span>{'! ' if failed else ''}{_text(head)}</span>"
        )
    corner = '<th scope="col" class="corner">Symbol'
    return f'{found}<tr class="heads" aria-rowindex="{index}">{corner}{cells}{aside}'


def _head_of(data: Mapping[str, Any], row: Sequence[int]) -> str:
    """The head of a row: the symbol, its folder and kind, and in how many columns it is."""
    parts = {
        "folder": data["folders"][row[2]],
        "kind": data["kinds"][row[1]],
        "sum": str((_lanes(data, row[5]) & ~_lanes(data, row[8])).bit_count()),
    }
    more = "".join(f'<i class="{part}">{_text(words)}</i>' for part, words in parts.items())
    name = _text(data["names"][row[0]])
    return f'<th scope="row"><span class="symbol"><b>{name}</b>{more}</span>'


def _lanes(data: Mapping[str, Any], number: int) -> int:
    return int(data["columns"][number], 16)


def _looks(data: Mapping[str, Any]) -> Callable[[Sequence[int], range], Iterator[_Look]]:
    """How the cells of a row look in some columns, as `lookOf` in looks.js has it."""
    targets = data["targets"]
    failed = sum(1 << bit for bit, target in enumerate(targets) if target["failed"])
    against, changed = _against(data), _changed(data)

    def looks(row: Sequence[int], columns: range) -> Iterator[_Look]:
        yes, outside, given, maybe = (_lanes(data, number) for number in row[5:9])
        texts = _texts(data, row)
        name = data["names"][row[0]]
        for bit in columns:
            kind, words = "n", ""
            if yes >> bit & 1:
                words = texts.get(bit, "y") or "(empty)"
                kind = "x" if outside >> bit & 1 else "y" if words == "y" else "v"
            kind += " a" if given >> bit & 1 else ""
            if failed >> bit & 1:
                kind, words = "f", "!"
            elif maybe >> bit & 1:
                kind, words = "m", "?"
            kind += " finding" if bit in against.get(name, ()) else ""
            kind += " changed" if bit in changed.get(name, ()) else ""
            yield kind, words

    return looks


def _texts(data: Mapping[str, Any], row: Sequence[int]) -> dict[int, str]:
    """Of standard Kconfig, the values of a row by column."""
    if "standard" not in data:
        return {}
    values = data["values"][row[0]]
    return {bit: data["texts"][text] for text, at in values for bit in members(_lanes(data, at))}


def _against(data: Mapping[str, Any]) -> dict[str, set[int]]:
    """By symbol, the columns with a finding; as notes.js has it, notes are none."""
    column = {target["name"]: bit for bit, target in enumerate(data["targets"])}
    column |= {_short(name): bit for name, bit in column.items()}
    found: dict[str, set[int]] = {}
    for finding in data["findings"] or []:
        if finding["symbol"] and finding["level"] != "note":
            at = {column[name] for name in finding["targets"] if name in column}
            found.setdefault(finding["symbol"], set()).update(at)
    return found


def _changed(data: Mapping[str, Any]) -> dict[str, set[int]]:
    """By symbol, the columns whose target a comparison names."""
    found: dict[str, set[int]] = {}
    for change in (data["changes"] or {}).get("causes") or []:
        names = set(change["targets"])
        at = {bit for bit, one in enumerate(data["targets"]) if one.get("target") in names}
        found.setdefault(change["symbol"], set()).update(at)
    return found
