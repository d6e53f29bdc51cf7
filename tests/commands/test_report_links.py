"""What the report says beside values: findings and changes in cells, its origin, links, copies."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from report_pages import TREE, Open, cell, page_data, small_options, until, visible
from running import run_kgen, write_tree

POLICY = """
[[forbid]]
targets = "one"
symbols = ["NET", "PCI"]
reason = "nothing to plug in"

[[require]]
symbols = "PCI"
targets = "one"
reason = "a bus"

[[require]]
symbols = "NO_SUCH"
reason = "a typing error"
"""
CHANGES = {
    "old": {"name": "/some/where/before", "version": "9"},
    "new": {"name": "after"},
    "targets": {"one": {"gained": ["NET"], "lost": ["SPARE"]}, "two": {"gained": [], "lost": []}},
    "causes": [
        {"symbol": "SPARE", "change": "lost", "targets": ["one"], "cause": "default"},
        {"symbol": "NET", "change": "gained", "targets": ["one"], "cause": "new"},
    ],
    "renames": [],
}


@pytest.fixture
def noted(tmp_path: Path) -> Path:
    """A page with findings and changes."""
    write_tree(tmp_path, TREE)
    (tmp_path / "p.toml").write_text(POLICY)
    (tmp_path / "d.json").write_text(json.dumps(CHANGES))
    more = ["-t", "one", "-t", "two", "--policy", str(tmp_path / "p.toml"), "--diff", "d.json"]
    to = ["--format", "html", "-o", "r.html"]
    done = run_kgen(["audit", *small_options(), *more, *to], tmp_path)
    assert done.returncode == 1, done.stderr
    return tmp_path / "r.html"


def choose(page: Any, value: str) -> list[str]:
    """The rows that a value of the filter leaves."""
    page.get_by_role("combobox", name="Value").select_option(value)
    return visible(page)


def test_cells_say_what_a_policy_and_a_comparison_say(noted: Path, open_page: Open) -> None:
    page = open_page(noted)
    label = cell(page, "NET", "one").get_attribute("aria-label")
    assert label == "y, against the policy, gained"
    assert cell(page, "NET", "two").get_attribute("aria-label") == "n"
    assert "lost" in cell(page, "SPARE", "one").get_attribute("aria-label")
    assert choose(page, "finding") == ["NET", "PCI"]
    assert choose(page, "changed") == ["NET", "SPARE"]
    assert choose(page, "gained") == ["NET"]
    assert choose(page, "lost") == ["SPARE"]
    page.get_by_role("searchbox", name="Targets").fill("two")
    assert visible(page) == []
    page.get_by_role("button", name="Clear filters").click()
    until(page, "kgen.visible().length > 5")
    cell(page, "NET", "one").click()
    text = page.get_by_role("complementary").inner_text()
    assert text.index("which the policy forbids") < text.index("+ gained") < text.index("WHY IT IS")


def test_findings_stand_below_their_entry(noted: Path, open_page: Open) -> None:
    data = page_data(noted)
    assert [entry["passed"] for entry in data["entries"]] == [False, True, False]
    assert str(noted.parent) not in noted.read_text(), "no path of the machine"
    assert "/some/where" not in noted.read_text()
    page = open_page(noted, "#view=findings")
    view = page.get_by_role("region", name="Findings")
    heads = view.get_by_role("heading", level=2).all_inner_texts()
    assert [head.splitlines()[0] for head in heads] == [
        "nothing to plug in [policy-forbid], 2 findings",
        "a typing error [policy-require], 1 finding",
        "1 passed",
    ]
    assert "a bus" in view.inner_text()
    first = view.locator(".cause").first.inner_text()
    assert first.count("NET") == 1, "its name is there once"


def made_from(page: Any) -> dict[str, str]:
    whats, words = (page.locator(f"#made {tag}").all_text_contents() for tag in ("dt", "dd"))
    return dict(zip(whats, words, strict=True))


def test_a_page_says_what_it_was_made_from(noted: Path, open_page: Open) -> None:
    page = open_page(noted)
    page.get_by_text("Made from").click()
    facts = made_from(page)
    assert facts["Version"] == "9.9.9"
    assert facts["Mode"] == "defconfig"
    assert facts["Made by"].startswith("kgen ")
    assert page.get_by_text(facts["Digest of the files that were read"]).is_visible()
    before = facts["Digest of the files that were read"]
    kconfig = noted.parent / "hw" / "net" / "Kconfig"
    kconfig.write_text(kconfig.read_text() + "# one more line\n")
    run_kgen(["audit", *small_options(), "--format", "html", "-o", "s.html"], noted.parent)
    after = made_from(open_page(noted.parent / "s.html"))
    assert re.fullmatch("[0-9a-f]{64}", before)
    assert after["Digest of the files that were read"] != before


def test_what_is_shown_can_be_saved_and_copied(small: Path, open_page: Open) -> None:
    page = open_page(small, "#q=NET&t=one bad")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save CSV").click()
    table = list(csv.reader(io.StringIO(Path(saved.value.path()).read_text())))
    assert table[0] == ["symbol", "kind", "folder", "file", "line", "bad", "one"]
    assert table[1] == ["NET", "device", "hw/net", "hw/net/Kconfig", "1", "fails", "y"]
    assert [row[0] for row in table[1:]] == visible(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy as TSV").click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert [line.split("\t") for line in copied.splitlines()] == table


@pytest.mark.parametrize(
    "fragment", ["#NET:one", "#at=CONFIG_NET:one", "#at=NET:one", "#NET%3Aone"]
)
def test_short_links_work(fragment: str, small: Path, open_page: Open) -> None:
    page = open_page(small, fragment)
    assert page.get_by_role("heading", level=2).text_content() == "NET y"


def test_short_names_of_targets_and_devices(embedded: Path, open_page: Open) -> None:
    page = open_page(embedded, "#VIRTIO_MEM:m68k")
    assert page.get_by_role("heading", level=2).text_content().startswith("VIRTIO_MEM ")
    page = open_page(embedded, "#at=:m68k")
    assert page.get_by_role("heading", level=2).text_content() == "m68k-softmmu"


def test_a_link_that_names_nothing_says_so(small: Path, open_page: Open) -> None:
    page = open_page(small, "#at=NO_SUCH:one")
    assert page.get_by_text("This page has no NO_SUCH:one.").is_visible()
    page.goto(f"{small.as_uri()}#at=NET:one")
    page.get_by_role("heading", level=2, name="NET y").wait_for()
    assert page.locator("#notice").is_hidden()


def test_filters_that_the_page_does_not_have_are_said(small: Path, open_page: Open) -> None:
    page = open_page(small, "#folder=no/such&kind=odd,device&view=none&value=some&at=LOST")
    said = page.locator("#notice")
    assert said.inner_text() == "This page has no kind odd, no view none, no folder no/such."
    page.get_by_role("searchbox", name="Symbol", exact=True).fill("n")
    said.wait_for(state="hidden")
    page = open_page(small, "#order=odd")
    assert page.locator("#notice").inner_text() == "This page has no order odd."
    assert "NET" in visible(page)


def test_a_panel_says_that_its_row_is_filtered_out(small: Path, open_page: Open) -> None:
    page = open_page(small, "#at=NET:one")
    panel = page.get_by_role("complementary")
    assert panel.get_by_text("The filters leave this out.").is_hidden()
    page.get_by_role("searchbox", name="Symbol", exact=True).fill("spare")
    panel.get_by_text("The filters leave this out.").wait_for()
    panel.get_by_role("button", name="Clear filters").click()
    panel.get_by_text("The filters leave this out.").wait_for(state="hidden")
    assert "NET" in visible(page)


@pytest.mark.parametrize("fragment", ["#%", "#NET:%E0", "#at=%ZZ"])
def test_an_address_that_is_no_text_is_said(fragment: str, small: Path, open_page: Open) -> None:
    page = open_page(small, fragment)
    assert page.locator("#notice").inner_text().startswith("This page has no ")
    assert "NET" in visible(page)


def test_targets_that_do_not_exist_leave_nothing(small: Path, open_page: Open) -> None:
    page = open_page(small, "#t=no-such")
    assert visible(page) == []
    page.locator("#empty").get_by_role("button", name="Clear filters").click()
    until(page, "kgen.visible().length > 0")


def test_a_target_is_found_by_its_name_alone(embedded: Path, open_page: Open) -> None:
    page = open_page(embedded, "#m68k")
    assert page.get_by_role("heading", level=2).text_content() == "m68k-softmmu"


def test_links_keep_filters_that_were_just_typed(noted: Path, open_page: Open) -> None:
    page = open_page(noted)
    page.get_by_role("searchbox", name="Symbol", exact=True).fill("net")
    page.get_by_role("link", name="Changes").click()
    until(page, "document.getElementById('count').textContent === '1 of 2 causes'")
    assert "q=net" in page.url
    page.get_by_role("link", name="Matrix", exact=True).click()
    until(page, "!document.getElementById('matrix').hidden")
    assert all("NET" in name for name in visible(page))


def test_few_rows_are_all_drawn(embedded: Path, open_page: Open) -> None:
    """So that the browser's own search and selection have them."""
    page = open_page(embedded, "#q=virtio", viewport={"width": 1400, "height": 240})
    assert 8 < len(visible(page)) <= 60
    # Those in the window come first.
    until(page, "document.querySelectorAll('#grid tbody b').length === kgen.visible().length")
    names = page.locator("#grid tbody b").all_inner_texts()
    assert names == visible(page)
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#grid tbody'))")
    selected = page.evaluate("getSelection().toString()")
    assert all(name in selected for name in names)


def test_many_columns_go_on_more_tables_of_paper(tmp_path: Path, open_page: Open) -> None:
    described = 'architecture = "x"\nendianness = "big"\n'
    write_tree(
        tmp_path,
        {
            "Kconfig": "config A\n    bool\n",
            **{f"targets/t{number:03}.toml": described for number in range(90)},
        },
    )
    run_kgen(["audit", *small_options(), "--format", "html", "-o", "r.html"], tmp_path)
    page = open_page(tmp_path / "r.html")
    page.emulate_media(media="print")
    until(page, "document.querySelectorAll('#paper table').length === 3")
    heads = page.locator("#paper th.target").all_inner_texts()
    assert [head.strip() for head in heads] == [f"t{number:03}" for number in range(90)]
    room = 277 / 25.4 * 96  # of a landscape page of A4, in pixels
    assert all(box <= room for box in page.locator("#paper table").evaluate_all(WIDTHS))


WIDTHS = "all => all.map(one => one.getBoundingClientRect().width)"


def test_an_open_panel_is_printed_alone(small: Path, open_page: Open) -> None:
    page = open_page(small, "#at=NET:one")
    page.emulate_media(media="print")
    until(page, "document.querySelectorAll('#paper tbody tr').length > 0")
    assert page.get_by_role("complementary").is_visible()
    assert page.locator("#paper").is_hidden()


@pytest.mark.parametrize(("width", "height"), [(320, 256), (700, 450), (1280, 620)])
def test_a_small_window_scrolls_to_rows(
    width: int, height: int, embedded: Path, open_page: Open
) -> None:
    page = open_page(embedded, viewport={"width": width, "height": height})
    assert page.locator("#scroller").bounding_box()["height"] >= 220
    assert page.locator("#folder").is_hidden()
    page.get_by_role("button", name="Filters").click()
    assert page.locator("#folder").is_visible()
    assert page.locator("#legend").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", [320, 390, 700, 1400])
def test_what_it_was_made_from_is_within_the_window(
    width: int, noted: Path, open_page: Open
) -> None:
    page = open_page(noted, viewport={"width": width, "height": 450})
    page.get_by_text("Made from").click()
    for box in page.locator("#made dl, #made dt, #made dd").evaluate_all(BOXES):
        assert box["left"] >= 0
        assert box["right"] <= width
    assert page.locator("#made dd").first.bounding_box()["width"] >= 150


BOXES = "all => all.map((one) => one.getBoundingClientRect().toJSON())"


@pytest.mark.parametrize(("width", "height"), [(320, 256), (700, 450)])
def test_long_heads_leave_rows_in_a_low_window(
    width: int, height: int, tmp_path: Path, open_page: Open
) -> None:
    name = "a-target-with-a-name-that-is-longer-than-most"
    described = 'architecture = "x"\nendianness = "big"\n'
    write_tree(tmp_path, {"Kconfig": "config A\n    bool\n", f"targets/{name}.toml": described})
    run_kgen(["audit", *small_options(), "--format", "html", "-o", "r.html"], tmp_path)
    page = open_page(tmp_path / "r.html", viewport={"width": width, "height": height})
    rows = "[scroller.clientHeight - document.querySelector('#grid thead').offsetHeight]"
    assert page.evaluate(rows)[0] >= 6 * 22
    page.set_viewport_size({"width": width, "height": 900})
    until(page, "document.querySelector('#grid thead').offsetHeight >= 170")
    page.set_viewport_size({"width": width, "height": height})
    until(page, f"{rows}[0] >= 6 * 22")


def test_views_that_filters_leave_empty_say_so(noted: Path, open_page: Open) -> None:
    for view, words in (("findings", "No finding matches"), ("changes", "No cause matches")):
        page = open_page(noted, f"#view={view}&q=zzzz")
        shown = page.locator("#changes")
        assert words in shown.inner_text()
        shown.get_by_role("button", name="Clear filters").click()
        until(page, "document.querySelectorAll('#changes .cause').length > 0")
        assert words not in shown.inner_text()


SHIFTS = """window.shifted = 0; new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });"""


@pytest.mark.parametrize("fragment", ["", "#at=NET:one", "#view=changes", "#view=findings"])
def test_nothing_moves_after_the_first_paint(fragment: str, noted: Path, open_page: Open) -> None:
    for width in (1400, 390):
        page = open_page(noted, fragment, viewport={"width": width, "height": 800})
        page.evaluate(SHIFTS)
        page.wait_for_timeout(300)
        assert page.evaluate("window.shifted") < 0.05


@pytest.mark.parametrize("view", ["findings", "changes"])
def test_another_view_is_printed_alone(view: str, noted: Path, open_page: Open) -> None:
    page = open_page(noted, f"#view={view}")
    page.emulate_media(media="print")
    page.wait_for_timeout(100)
    assert page.locator("#changes").is_visible()
    assert page.locator("#paper").is_hidden()
    flows = page.locator("#changes, #changes .columns").evaluate_all(
        "all => all.map((one) => getComputedStyle(one).display)"
    )
    assert set(flows) == {"block"}, "browsers break a grid or a flex box badly over pages"


def test_a_blocked_script_is_said(noted: Path, browser: Any) -> None:
    """By a server that forbids it: the controls would do nothing."""
    context = browser.new_context()
    page = context.new_page()
    body = noted.read_text(encoding="ascii")
    forbids = {"content-security-policy": "script-src 'none'", "content-type": "text/html"}
    page.route("**", lambda route: route.fulfill(body=body, headers=forbids))
    page.goto("http://report.test/")
    said = page.evaluate("[getComputedStyle(document.body, '::after')].map(o => o.content)[0]")
    assert said == '"The script of this page has not run."'
    assert page.locator("h1").is_visible()
    assert page.locator("#filters").is_hidden()
    context.close()


def test_a_panel_leaves_the_columns_as_wide_as_they_are(noted: Path, open_page: Open) -> None:
    page = open_page(noted)
    widths = "[...document.querySelectorAll('#grid col')].map(o => o.style.width)"
    before = page.evaluate(widths)
    cell(page, "PCI", "one").click()
    page.wait_for_selector("#panel:not([hidden])")
    page.wait_for_timeout(100)
    assert page.evaluate(widths) == before


SMALL = """() => [...document.querySelectorAll("a[href], button, summary, select")]
  .filter((one) => one.checkVisibility() && !one.closest(".skip"))
  .map((one) => [one.textContent.slice(0, 30), one.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.height < 23.5 || box.width < 23.5))
  .map(([text]) => text)"""


@pytest.mark.parametrize("fragment", ["", "#at=NET:one", "#at=PCI", "#at=:one", "#view=changes"])
def test_what_is_clicked_is_large_enough(fragment: str, noted: Path, open_page: Open) -> None:
    page = open_page(noted, fragment)
    assert page.evaluate(SMALL) == []


def test_without_javascript_there_is_a_table(small: Path, browser: Any, tmp_path: Path) -> None:
    """With every value that `kgen audit` has."""
    options = ["audit", "--tree", str(small.parent), "--targets", str(small.parent / "targets")]
    audit = run_kgen([*options, "--format", "csv"], tmp_path).stdout
    wanted = list(csv.DictReader(io.StringIO(audit)))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(small.as_uri())
    assert "This page needs JavaScript" in page.locator("noscript p").inner_text()
    heads, *rows = page.locator("noscript tr").evaluate_all(
        "all => all.map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    )
    assert heads == ["Symbol", "bad", "one", "two"]
    told = {"fails": "!", "y": "y", "n": ""}
    assert rows == [[row["symbol"], *(told[row[target]] for target in heads[1:])] for row in wanted]
    assert page.get_by_role("rowheader", name="NET_EXTRA").is_visible()
    assert page.get_by_text("Made from").is_visible()
    for useless in ("#filters", "#theme", "#grid"):
        assert page.locator(useless).is_hidden()
    context.close()


def test_the_controls_are_complete_before_the_script(
    noted: Path, open_page: Open, browser: Any
) -> None:
    """At its start the script changes no text of the heading and the controls."""
    texts = "['header', '#filters', '#legend'].map(o => document.querySelector(o).textContent)"
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(noted.as_uri())
    before = page.evaluate(texts)
    context.close()
    assert before == open_page(noted).evaluate(texts)
    assert "Findings (3)" in before[0]
    assert "hw/net (2)" in before[1]
