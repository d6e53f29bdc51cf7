"""The rows that are in the page before its script runs: the script would draw the same, and takes
them over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from report_pages import LINES, LOOKS, TREE, Open, small_options
from running import run_kgen, write_tree

DESCRIBED = 'architecture = "x"\nendianness = "big"\n'
MANY = {
    "Kconfig": "".join(f"config LAMP{n:02}\n    bool\n    default y\n" for n in range(50)),
    **{
        f"targets/room{n:02}.toml": f"{DESCRIBED}[symbols]\nLAMP{n:02} = false\n" for n in range(27)
    },
}
STANDARD = {
    "Kconfig": (
        'config MODULES\n\tbool "Modules"\n\tdefault y\n\tmodules\n'
        'config CLOCK\n\ttristate "Clock"\nconfig RATE\n\tint "Rate"\n\tdefault 7\n'
        'config LABEL\n\tstring "Label"\n\tdefault "a <b>"\n'
    ),
    **{f"configs/b{n:02}_defconfig": f"CONFIG_CLOCK=m\nCONFIG_RATE={n}\n" for n in range(60)},
    "configs/a_defconfig": 'CONFIG_LABEL=""\n# CONFIG_MODULES is not set\nCONFIG_CLOCK=y\n',
}


def noted(folder: Path) -> list[str]:
    """A policy and a comparison, for the tree that other tests have, too."""
    write_tree(folder, TREE)
    policy = '[[forbid]]\nsymbols = "{}"\nreason = "no"\ntargets = ["{}"]\n'
    (folder / "p.toml").write_text(policy.format("PCI", "one") + policy.format("BOARD", "*"))
    changes = [
        {"symbol": symbol, "change": change, "targets": [target], "cause": "new", "root": None}
        for symbol, change, target in (("BOARD", "gained", "one"), ("LOST", "lost", "two"))
    ]
    diff = {"old": {"tree": "a"}, "new": {"tree": "b"}, "targets": {}, "causes": changes}
    (folder / "d.json").write_text(json.dumps(diff))
    return [*small_options(), "--policy", "p.toml", "--diff", "d.json"]


def many(folder: Path) -> list[str]:
    """More columns than a window has, with heads of two levels."""
    write_tree(folder, MANY)
    return [*small_options(), "--compare", "mode=allnoconfig"]


def standard(folder: Path) -> list[str]:
    write_tree(folder, STANDARD)
    return ["--tree", "."]


def embedded(folder: Path) -> list[str]:
    return ["--set", "VIRTIO=n"]


@pytest.mark.parametrize(
    ("arguments", "looks_of"),
    [
        (noted, "n y f x finding changed"),
        (many, "n y group aside"),
        (standard, "n y v a aside"),
        (embedded, "n a"),
    ],
)
def test_the_first_rows_are_those_that_the_script_draws(
    arguments: Any, looks_of: str, tmp_path: Path, open_page: Open
) -> None:
    run_kgen(["audit", *arguments(tmp_path), "--format", "html", "-o", "r.html"], tmp_path)
    path = tmp_path / "r.html"
    # Without script the page does not show these rows.
    still = open_page(path, java_script_enabled=False)
    before = still.evaluate(LOOKS)
    assert still.locator("#grid").is_hidden()
    page = open_page(path)
    taken, looks = page.evaluate(LINES), page.evaluate(LOOKS)
    assert page.locator("#grid tr:not(.gap) td:not([aria-label], [role])").count() == 0
    # A filter in the address that leaves all rows: the script draws them itself.
    drawn = open_page(path, "#q=%2A").evaluate(LINES)
    # A moment later few rows are all drawn.
    for one, other in ((before, looks), (taken, drawn)):
        most = min(len(one), len(other))
        assert most > 4
        assert one[:most] == other[:most]
    kinds = {kind for line in before for cell in line for kind in cell[1].split()}
    assert kinds >= set(looks_of.split())
