"""The HTML report on paper: values as text have their room, and it says what the filters leave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from report_pages import Open, until
from running import run_kgen, write_tree

LONG = "console=ttyS0,115200n8 root=/dev/mmcblk0p2 rootwait"
NAMED = "A_NAME_THAT_IS_LONGER_THAN_WHAT_MOST_PEOPLE_CALL_A_SYMBOL_OF_A_BOARD"
LETTER = (11 - 20 / 25.4) * 96  # the room of a landscape page of Letter, in pixels


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of standard Kconfig with long and short values, and thirty targets."""
    tree = {
        "Kconfig": (
            'config BASE\n\thex "Base"\n\tdefault 0x40200000\n'
            f'config ARGS\n\tstring "Arguments"\n\tdefault "{LONG}"\n'
            f'config {NAMED}\n\tbool "Named"\n\tdefault y\n'
        ),
        **{f"configs/board{number:02}_defconfig": "" for number in range(30)},
        "configs/board03_defconfig": "CONFIG_BASE=0x80000000\n",
    }
    folder = write_tree(tmp_path_factory.mktemp("texts"), tree)
    done = run_kgen(["audit", "--tree", ".", "--format", "html", "-o", "r.html"], folder)
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "r.html"


def on_paper(page: Any) -> Any:
    page.emulate_media(media="print")
    until(page, "!document.getElementById('paper').hidden")
    return page.locator("#paper")


# Of each table: its width, its heads, and the texts that have no room.
TABLES = """all => all.map((table) => [table.getBoundingClientRect().width,
  [...table.querySelectorAll("th.target")].map((one) => one.textContent),
  [...table.querySelectorAll("th, td")].filter((one) => one.scrollWidth > one.clientWidth + 1)
    .map((one) => one.textContent)])"""


SIZES = "all => all.map((one) => parseFloat(getComputedStyle(one).fontSize))"


def test_values_have_their_room_and_none_is_lost(texts: Path, open_page: Open) -> None:
    page = open_page(texts)
    tables = on_paper(page).locator("table").evaluate_all(TABLES)
    assert [head for _, heads, _ in tables for head in heads] == [
        f"board{number:02}" for number in range(30)
    ]
    for width, _, without_room in tables:
        assert width <= LETTER
        assert without_room == []
    assert page.locator("#paper td", has_text=LONG).count() == 30
    sizes = page.locator("#paper td").evaluate_all(SIZES)
    assert min(sizes) * 0.75 >= 6.5, "points"


def test_paper_says_what_the_filters_leave(texts: Path, open_page: Open) -> None:
    page = open_page(texts, "#q=b&t=board0*&differs=1&value=some&kind=hex")
    words = on_paper(page).inner_text()
    assert "1 of 3 symbols, 10 of 30 targets" in words
    for filtered in ("Symbol: b", "Targets: board0*", "Value: not n somewhere", "Kind: hex"):
        assert filtered in words
    assert "differs between targets" in words


def test_too_many_cells_are_not_tried(tmp_path: Path, open_page: Open) -> None:
    tree = {
        "Kconfig": "".join(f"config S{number}\n\tbool\n" for number in range(4500)),
        **{f"configs/b{number:02}_defconfig": "" for number in range(90)},
    }
    write_tree(tmp_path, tree)
    run_kgen(["audit", "--tree", ".", "--format", "html", "-o", "r.html"], tmp_path)
    page = open_page(tmp_path / "r.html")
    paper = on_paper(page)
    assert "Too many cells for paper" in paper.inner_text()
    assert paper.locator("table").count() == 0
    page.emulate_media(media="screen")
    page.locator("#t").fill("b0*")
    until(page, "document.getElementById('paper').hidden")
    assert on_paper(page).locator("tbody tr").count() == 4500
