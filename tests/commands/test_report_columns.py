"""Many columns: heads of two levels, and only the columns near the visible ones in the document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from report_pages import Open, cell, focused, page_data, small_options, until
from running import run_kgen, write_tree

MODES = ("allnoconfig", "allyesconfig", "defconfig")


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """160 columns: 40 targets in four configurations."""
    described = 'architecture = "x"\nendianness = "big"\n'
    tree = {
        "Kconfig": "".join(f"config S{n:03}\n    bool\n    default y\n" for n in range(300)),
        **{f"targets/t{n:02}.toml": described + f"[symbols]\nS{n:03} = false\n" for n in range(40)},
    }
    folder = write_tree(tmp_path_factory.mktemp("wide"), tree)
    more = [word for mode in MODES for word in ("--compare", f"mode={mode}")]
    to = ["--format", "html", "-o", "r.html"]
    done = run_kgen(["audit", *small_options(), *more, *to], folder)
    assert done.returncode == 0, done.stderr
    return folder / "r.html"


def heads(page: Any) -> list[str]:
    """The names of the columns in the document."""
    found: list[str] = page.locator("#grid th.target").evaluate_all("all => all.map(o => o.title)")
    return found


def test_only_some_columns_are_drawn_and_their_cells_are_right(wide: Path, open_page: Open) -> None:
    page = open_page(wide)
    names = [target["name"] for target in page_data(wide)["targets"]]
    assert len(names) == 160
    seen: dict[str, str] = {}
    for left in (0, 900, 2000, 3100, 4000):
        page.evaluate("left => { document.getElementById('scroller').scrollLeft = left; }", left)
        page.wait_for_timeout(150)
        now = heads(page)
        assert len(now) < 80
        at = names.index(now[0])
        assert now == names[at : at + len(now)]
        for name in now[:: len(now) // 4]:
            seen[name] = cell(page, "S003", name).text_content()
            index = cell(page, "S003", name).get_attribute("aria-colindex")
            assert index == str(names.index(name) + 2)
    assert len(seen) >= 16
    for name, text in seen.items():
        off = name.startswith("t03") or "allnoconfig" in name
        assert text == ("" if off else "y"), name
    assert page.locator("#grid").get_attribute("aria-colcount") == "161"


def test_heads_have_two_levels(wide: Path, open_page: Open) -> None:
    page = open_page(wide)
    groups = page.locator("#grid tr.groups th")
    assert groups.nth(1).get_attribute("title") == "t01"
    assert groups.nth(1).get_attribute("colspan") == "4"
    words = page.locator("#grid th.target").nth(4).text_content()
    assert words == "as given"
    assert page.locator("#grid th.target").nth(5).text_content() == "mode=allnoconfig"


def test_keys_reach_columns_that_are_not_drawn(wide: Path, open_page: Open) -> None:
    page = open_page(wide, "#at=S003:t39@mode=defconfig")
    assert page.get_by_role("heading", level=2).text_content() == "S003 y"
    assert "t39@mode=defconfig" in heads(page)
    page.keyboard.press("Escape")
    assert focused(page) == "S003:t39@mode=defconfig"
    page.keyboard.press("Home")
    assert focused(page) == "S003:"
    page.keyboard.press("ArrowRight")
    assert focused(page) == "S003:t00"
    page.keyboard.press("End")
    assert focused(page) == "S003:t39@mode=defconfig"
    page.evaluate("document.getElementById('scroller').scrollLeft = 0")
    until(page, "document.querySelector('#grid th.target').title === 't00'")
    page.keyboard.press("ArrowLeft")
    assert focused(page) == "S003:t39@mode=allyesconfig", "the active cell is still known"


def test_without_javascript_a_wide_matrix_is_elsewhere(wide: Path, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(wide.as_uri())
    assert "kgen audit --format csv" in page.locator("noscript p").inner_text()
    assert page.locator("noscript table").count() == 0
    context.close()
