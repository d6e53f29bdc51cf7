"""What a page shows before its script runs, or without it: the facts, the controls, a table.

It is HTML, and names come from untrusted trees: every text goes through `_text`. Pure.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from kgen.commands.audit.page.first import first_rows
from kgen.formats.escapes import visible
from kgen.model.lanes import members

# Columns of the table without script; of more, the page names the commands that write it.
_MOST_COLUMNS = 48

_INSTEAD = (
    "<code>kgen audit --format csv</code> and <code>--format markdown</code> write its matrix"
    " without it."
)


def parts(
    data: Mapping[str, Any], about: str, made_from: Sequence[tuple[str, str]]
) -> dict[str, str]:
    """Variables of page.html.

    data: what is in the page's JSON. about, made_from: as in html.More.
    """
    rows = data["rows"] if data["shown"] is None else [data["rows"][at] for at in data["shown"]]
    symbols = [row for row in rows if not _is_name(data, row)]
    names = [row for row in rows if _is_name(data, row)]
    views = _views(data)
    standard = "standard" in data
    return {
        "heading": "Configuration" if standard else "Device configuration",
        "sought": f"name, or a glob like {'NET_*' if standard else 'VIRTIO_*'}",
        "wanted": f"all, or {'sandbox, stm32*' if standard else 'arm, mips*'}",
        "on": "not n" if standard else "y",
        "off": "n or no value" if standard else "n",
        "of_qemu": "hidden" if standard else "",
        "of_standard": "" if standard else "hidden",
        "facts": _text("  ·  ".join(_facts(data, about))),
        "views": "".join(_view(name, words) for name, words in views),
        "one_view": "hidden" if len(views) == 1 else "",
        "made": "".join(
            f"<dt>{_text(what)}<dd class=mono>{_text(words)}" for what, words in made_from
        ),
        "nothing_made": "" if made_from else "hidden",
        "folders": _folders(data, symbols),
        "kinds": _kinds(data, symbols),
        "name_folders": _folders(data, names),
        "name_kinds": _kinds(data, names),
        "count": _text(_count(data, symbols)),
        "without_policy": "hidden" if data["findings"] is None else "",
        "without_changes": "hidden" if data["changes"] is None else "",
        "plain": _plain(data, symbols),
        **first_rows(data, symbols),
    }


def _text(words: str) -> str:
    return html.escape(visible(words))


def _is_name(data: Mapping[str, Any], row: Sequence[int]) -> bool:
    """Whether a row is that of a device or a machine."""
    return ":" in data["names"][row[0]]


def _several(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _facts(data: Mapping[str, Any], about: str) -> Iterable[str]:
    targets = data["targets"]
    names = sum(_is_name(data, row) for row in data["rows"])
    failed = sum(target["failed"] for target in targets)
    found = [
        about,
        ", ".join(dict.fromkeys(target.get("mode", "") for target in targets)),
        _several(len(data["rows"]) - names, "symbol"),
        _several(names, "name") if names else "",
        _several(len(targets), "target"),
        f"{failed} cannot be configured" if failed else "",
    ]
    return filter(None, found)


def _count(data: Mapping[str, Any], symbols: Sequence[Sequence[int]]) -> str:
    """What the filters leave, while they are empty; as matrix.js says it later."""
    chosen = f" (only those {data['chosen']})" if data["chosen"] else ""
    number = _several(len(symbols), "symbol")
    return f"{len(symbols):,} of {number}{chosen}, {_several(len(data['targets']), 'target')}"


def _views(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The names of the page's views in its address, and their titles."""
    found = [("", "Matrix")]
    if data["named"]:
        found = [("", "Symbols"), ("names", "Devices and machines")]
    if data["findings"] is not None:
        found.append(("findings", f"Findings ({len(data['findings'])})"))
    if data["changes"] is not None:
        found.append(("changes", "Changes"))
    return found


def _view(name: str, words: str) -> str:
    current = "" if name else ' aria-current="page"'
    return f'<a href="#view={name}" data-view="{name}"{current}>{words}</a>'


def _folders(data: Mapping[str, Any], rows: Iterable[Sequence[int]]) -> str:
    """The options of a list: all folders, with the number of rows in and below each."""
    counts: Counter[str] = Counter()
    for row in rows:
        folder = data["folders"][row[2]]
        if folder:
            counts.update(accumulate(folder.split("/"), "{}/{}".format))
    return '<option value="">all</option>' + "".join(
        f'<option value="{_text(name)}">{_text(name)} ({count})</option>'
        for name, count in sorted(counts.items())
    )


def _kinds(data: Mapping[str, Any], rows: Iterable[Sequence[int]]) -> str:
    """A box for each kind of row that there is, with their number."""
    counts = Counter(row[1] for row in rows)
    return "".join(
        f'<label class="chip"><input type="checkbox" name="kind" value="{kind}">'
        f"<span>{kind}<b>{counts[index]}</b></span></label>"
        for index, kind in enumerate(data["kinds"])
        if counts[index]
    )


def _values(data: Mapping[str, Any], row: Sequence[int]) -> Iterable[tuple[str, int]]:
    """What is in the cells of a row, and in which columns."""
    if "standard" not in data:
        return [("y", row[5])]
    return [(data["texts"][text], lanes) for text, lanes in data["values"][row[0]]]


def _plain(data: Mapping[str, Any], symbols: Iterable[Sequence[int]]) -> str:
    """The matrix of symbols as a table; of too many columns, where else it is."""
    targets = data["targets"]
    if len(targets) > _MOST_COLUMNS:
        return f'<p class="notice">This page needs JavaScript. {_INSTEAD}</p>'
    columns = [int(lanes, 16) for lanes in data["columns"]]
    heads = "".join(
        f"<th scope=col>{_text(target['name'].removesuffix('-softmmu'))}" for target in targets
    )
    lines = []
    for row in symbols:
        values = ["!" if target["failed"] else "" for target in targets]
        for text, lanes in _values(data, row):
            for bit in members(columns[lanes]):
                values[bit] = _text(text)
        name = _text(data["names"][row[0]])
        lines.append(f"<tr><th scope=row>{name}<td>{'<td>'.join(values)}\n")
    return (
        '<p class="notice">This page needs JavaScript for its filters and reasons.</p>\n'
        '<div class="still" tabindex="0" role="region" aria-label="Symbols by targets"><table>'
        f"<thead><tr><th scope=col>Symbol{heads}<tbody>\n{''.join(lines)}</table></div>"
    )
