"""What-if in the HTML report: its resolver is compared with kgen's, its ways with kgen's, and it is
used as people use it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from made_up import write_made_up
from report_pages import Open, cell, until
from running import ROOT, run_kgen, write_tree

from kgen.commands.enable.ways import find_ways
from kgen.model.configurations import Outcome
from kgen.project.load import Project, load
from kgen.project.options import Options
from kgen.resolve.resolver import resolve
from kgen.solve.assignable import freedom_of
from kgen.targets.symbol_kinds import kinds

if TYPE_CHECKING:
    from kgen.model.configurations import Mode

# Mixed operators, defaults and implies in an order that matters, conditions that nobody meets, a
# line in a Kconfig file, a symbol that is internal, and a devices file that declares a symbol.
RULES = {
    "VERSION": "9.9.9\n",
    "Kconfig": "source hw/Kconfig\nconfig LINUX\nconfig KVM\nconfig TCG\n",
    "hw/Kconfig": (
        "config A\nconfig B\nconfig C\n    default y\nconfig D\n"
        "config MIXED\n    default y if A || B && C\n    depends on !(D && A) || LINUX\n"
        "config LATE\n    default n if A\n    default y\n"
        "config HINT\n    imply LATE if !B\n    imply SOFT\n    default y if B || KVM\n"
        "config SOFT\n    depends on C && (A || B || D)\n"
        "config HUB\n"
        "config ONE_HUB\n    default y\n    select HUB if A || C\n"
        "config TWO_HUB\n    depends on HUB && !D\n    select SOFT\n    default y if D\n"
        "config FIXED\nCONFIG_FIXED=y\n"
        "config BOUND\n    default y if FIXED\n    depends on !LATE || SOFT\n"
    ),
    "configs/targets/one-softmmu.mak": "TARGET_ARCH=one\n",
    "configs/targets/two-softmmu.mak": "TARGET_ARCH=two\nTARGET_BIG_ENDIAN=y\n",
    "configs/targets/odd-softmmu.mak": "TARGET_ARCH=odd\n",
    "configs/devices/one-softmmu/default.mak": "CONFIG_A=y\n",
    "configs/devices/two-softmmu/default.mak": "CONFIG_B=y\nCONFIG_HUB=n\nCONFIG_ONE_HUB=n\n",
    "configs/devices/odd-softmmu/default.mak": (
        "config OWN\n    default y if A\n    select D\nCONFIG_A=y\nCONFIG_C=n\n"
    ),
    "target/Kconfig": "config ONE\nconfig TWO\nconfig ODD\n",
}
RULES["Kconfig"] += "source target/Kconfig\n"
# The last two need each other, so that the order of evaluation decides.
CYCLE = RULES | {
    "hw/Kconfig": RULES["hw/Kconfig"]
    + "config CHAIN\n    depends on LINK\n    default y if A\n"
    + "config LINK\n    select CHAIN if B\n    default y if C && CHAIN\n"
}


def page_of(folder: Path, *options: str) -> Path:
    """The report of a tree in the folder."""
    arguments = ["audit", "--tree", ".", *options, "--format", "html", "-o", "page.html"]
    done = run_kgen(arguments, folder)
    assert (folder / "page.html").exists(), done.stderr
    return folder / "page.html"


def settings(outcome: Outcome, project: Project, count: int, seed: int) -> list[dict[str, bool]]:
    """Random lines for some symbols that a user can set; the first time none."""
    rng = random.Random(seed)
    free = sorted(freedom_of(project, outcome).free)
    sizes = [0, *(rng.choice((1, 1, 2, 3, 5, 9)) for _ in range(count))]
    return [
        {name: rng.random() < 0.5 for name in rng.sample(free, min(size, len(free)))}
        for size in sizes
    ]


def resolved(
    project: Project, outcome: Outcome, lines: list[dict[str, bool]]
) -> list[dict[str, Any]]:
    """What kgen's own resolver says, as the page's `kgen.configure`."""
    freedom = freedom_of(project, outcome)
    found = resolve(freedom.model, [freedom.lane_with(one) for one in lines])

    def one(lane: int) -> dict[str, Any]:
        failed = found.failed >> lane & 1
        return {
            "symbols": None
            if failed
            else sorted(name for name, lanes in found.values.items() if lanes >> lane & 1),
            "contradictions": sorted(
                item.symbol for item in found.contradictions if item.lanes >> lane & 1
            ),
            "cycle": any(cycle.lanes >> lane & 1 for cycle in found.cycles),
        }

    return [one(lane) for lane in range(len(lines))]


CONFIGURE = """([target, settings]) => settings.map((lines) => {
  const found = kgen.configure(target, lines);
  if (found.symbols) found.symbols.sort((a, b) => (a < b ? -1 : 1));
  found.contradictions.sort((a, b) => (a < b ? -1 : 1));
  return found;
})"""


@pytest.mark.parametrize("mode", ["defconfig", "allnoconfig", "allyesconfig"])
@pytest.mark.parametrize("tree", [RULES, CYCLE], ids=["rules", "cycle"])
def test_the_page_resolves_as_kgen_does(
    tree: dict[str, str],
    mode: Mode,
    tmp_path: Path,
    open_page: Open,
) -> None:
    write_tree(tmp_path, tree)
    page = open_page(page_of(tmp_path, "--mode", mode, "--set", "SOFT=y"))
    project = load(Options(tree=str(tmp_path), mode=mode, settings=("SOFT=y",)))
    both = set()
    for number, outcome in enumerate(project.outcomes):
        lines = settings(outcome, project, 150, number)
        expected = resolved(project, outcome, lines)
        assert page.evaluate(CONFIGURE, [outcome.name, lines]) == expected
        both |= {one["symbols"] is None for one in expected}
    assert both == {True, False}


def test_the_page_resolves_a_large_tree_as_kgen_does(
    tmp_path: Path,
    open_page: Open,
) -> None:
    """Thirty targets, and settings of up to nine lines each."""
    write_made_up(tmp_path, 300)
    page = open_page(page_of(tmp_path))
    project = load(Options(tree=str(tmp_path)))
    failed = 0
    for number, outcome in enumerate(project.outcomes):
        lines = settings(outcome, project, 80, number)
        expected = resolved(project, outcome, lines)
        assert page.evaluate(CONFIGURE, [outcome.name, lines]) == expected
        failed += sum(one["symbols"] is None for one in expected)
    assert 200 < failed < 2000


def test_the_ways_are_those_of_enable_and_disable(
    tmp_path: Path,
    open_page: Open,
) -> None:
    """As short, and they change as much; the best is the same."""
    write_made_up(tmp_path, 300)
    page = open_page(page_of(tmp_path))
    project = load(Options(tree=str(tmp_path)))
    rng = random.Random(3)
    sizes = set()
    for outcome in rng.sample(project.outcomes, 3):
        freedom = freedom_of(project, outcome)
        for symbol in rng.sample(sorted(kinds(freedom.model, freedom.outside)), 25):
            wish = not outcome.value(symbol)
            best = find_ways(project, outcome, [symbol], wish).ways[:1]
            ways = page.evaluate(
                "(asked) => kgen.ways(...asked)", [symbol, wish, outcome.target.name]
            )
            assert ways[:1] == [dict(way.assignments) for way in best], (outcome.name, symbol)
            sizes.add((wish, len(best and best[0].assignments)))
    assert {(True, 0), (True, 1), (False, 1), (False, 2)} <= sizes


def test_a_line_is_tried_by_keyboard_and_marks_what_changes(
    tmp_path: Path,
    open_page: Open,
) -> None:
    write_tree(tmp_path, RULES)
    made = page_of(tmp_path)
    page = open_page(made, "#at=HINT:one-softmmu")
    press = page.keyboard.press
    page.get_by_role("button", name="Turn it on in one").focus()
    press("Enter")
    assert "CONFIG_B=y" in page.locator("#panel .ways").inner_text()
    page.get_by_role("button", name="Try it").first.focus()
    press("Enter")
    bar = page.get_by_role("region", name="What if in one-softmmu")
    assert "CONFIG_B=y" in bar.inner_text()
    assert bar.get_by_role("status").inner_text() == "3 symbols turned on; 0 symbols turned off"
    gained = "y with the lines that are tried, n without"
    assert cell(page, "SOFT", "one-softmmu").get_attribute("aria-label") == gained
    assert cell(page, "HINT", "one-softmmu").get_attribute("aria-label") == gained
    assert cell(page, "HUB", "two-softmmu").get_attribute("aria-label") == "n, set by a line"
    assert "With the lines that are tried: y" in page.locator("#panel").inner_text()
    # The link has it all.
    fragment = "at=HINT:one-softmmu&if=one-softmmu:B=y"
    until(page, f"location.hash === '#{fragment}'")
    again = open_page(made, f"#{fragment}")
    assert cell(again, "SOFT", "one-softmmu").get_attribute("aria-label") == gained
    # Back, and away.
    page.go_back()
    until(page, "document.getElementById('what-if').hidden")
    assert cell(page, "HINT", "one-softmmu").get_attribute("aria-label") == "n"
    page.go_forward()
    page.get_by_role("button", name="Reset").click()
    assert cell(page, "SOFT", "one-softmmu").get_attribute("aria-label") == "n"
    until(page, "location.hash === '#at=HINT:one-softmmu'")


def test_the_line_of_a_symbol_is_chosen_in_its_panel(
    tmp_path: Path,
    open_page: Open,
) -> None:
    """Also no line instead of that of the devices file."""
    write_tree(tmp_path, RULES)
    page = open_page(page_of(tmp_path), "#at=A:one-softmmu")
    lines = page.get_by_role("group", name="Its line in the devices file")
    assert lines.get_by_role("radio", name="as it is").is_checked()
    lines.get_by_role("radio", name="no line").check()
    bar = page.locator("#what-if")
    place = "configs/devices/one-softmmu/default.mak:1"
    assert "no line for CONFIG_A" in bar.inner_text()
    assert f"instead of CONFIG_A=y{place}" in bar.inner_text().replace("\n", "").replace(" ", " ")
    until(page, "location.hash.endsWith('&if=one-softmmu:A=')")
    lines.get_by_role("radio", name="CONFIG_A=n").check()
    until(page, "location.hash.endsWith('&if=one-softmmu:A=n')")
    bar.get_by_role("button", name="take back CONFIG_A=n").click()
    assert bar.is_hidden()
    assert lines.get_by_role("radio", name="as it is").is_checked()


def test_both_reasons_of_a_contradiction_are_shown(
    tmp_path: Path,
    open_page: Open,
) -> None:
    write_tree(tmp_path, RULES)
    page = open_page(page_of(tmp_path), "#if=one-softmmu:HUB=n,NONE=y,LINUX=n")
    text = page.locator("#what-if").inner_text()
    assert "This page cannot try NONE=y, LINUX=n." in text
    assert "These lines contradict the tree." in text
    assert "HUB would have to be both y and n:" in text
    before, _, after = text.partition("n, because of")
    assert "select HUB if A || C" in before
    assert "hw/Kconfig:" in before
    assert "CONFIG_HUB=n (a line above)" in after
    broken = "no value with the lines that are tried"
    assert cell(page, "HUB", "one-softmmu").get_attribute("aria-label") == broken
    assert cell(page, "A", "one-softmmu").get_attribute("aria-label") != broken
    other = open_page(tmp_path / "page.html", "#if=three:A=y")
    assert other.locator("#what-if").inner_text().startswith("What if")
    assert "This page cannot try three." in other.locator("#what-if").inner_text()


def test_a_target_that_fails_can_be_mended(
    tmp_path: Path,
    open_page: Open,
) -> None:
    tree = RULES | {"configs/devices/one-softmmu/default.mak": "CONFIG_A=y\nCONFIG_HUB=n\n"}
    write_tree(tmp_path, tree)
    page = open_page(page_of(tmp_path), "#at=HUB:one-softmmu")
    assert page.evaluate("kgen.configure('one-softmmu').contradictions") == ["HUB"]
    page.get_by_role("button", name="Turn it on in one").click()
    page.get_by_role("button", name="Try it").first.click()
    status = page.locator("#what-if").get_by_role("status").inner_text()
    assert status == "The target can be configured with these lines."
    head = "one-softmmu, cannot be configured"
    label = cell(page, "HUB", head).get_attribute("aria-label")
    assert label == "y, with the lines that are tried, too"


def test_why_no_line_turns_it_on(
    tmp_path: Path,
    open_page: Open,
) -> None:
    """Down to what no line changes."""
    tree = RULES | {"hw/Kconfig": RULES["hw/Kconfig"] + "config FAST\n    depends on KVM && A\n"}
    write_tree(tmp_path, tree)
    page = open_page(page_of(tmp_path), "#at=FAST:two-softmmu")
    page.get_by_role("button", name="Turn it on in two").click()
    text = page.locator("#panel").inner_text().replace("\n", " ")
    assert "No line turns it on here:" in text
    assert "depends on KVM && A" in text
    assert page.evaluate("kgen.ways('FAST', true, 'two-softmmu')") == []


def test_the_model_is_read_when_something_is_tried(
    tmp_path: Path,
    open_page: Open,
) -> None:
    write_tree(tmp_path, RULES)
    page = open_page(page_of(tmp_path))
    parses = """() => {
      const parse = JSON.parse, model = document.getElementById("model").textContent;
      globalThis.parsed = 0;
      JSON.parse = (text) => { globalThis.parsed += text === model; return parse(text); };
    }"""
    page.evaluate(parses)
    assert page.evaluate("kgen.explain('A', 0) && globalThis.parsed") == 0
    page.evaluate("kgen.configure('one-softmmu')")
    page.evaluate("kgen.configure('two-softmmu')")
    assert page.evaluate("globalThis.parsed") == 1


def test_devices_by_name_have_the_same_buttons(
    tmp_path: Path,
    open_page: Open,
) -> None:
    tree = ROOT / "fixtures" / "cases" / "audit-names-json" / "tree"
    made = tmp_path / "names.html"
    options = ["--names", "--format", "html", "-o", str(made)]
    run_kgen(["audit", "--tree", str(tree), *options], tmp_path)
    page = open_page(made, "#view=names&at=device:sea-otter:heron-softmmu")
    button = page.get_by_role("button", name="in heron").first
    assert page.locator("#panel input[type=radio]").count() == 0, "no line is about a name"
    on = "off" in button.inner_text()
    answers = page.evaluate("(on) => kgen.ways('device:sea-otter', !on, 'heron-softmmu')", on)
    command = "disable" if on else "enable"
    done = run_kgen(
        [command, "sea-otter", "--tree", str(tree), "-t", "heron", "--format", "json"], tmp_path
    )
    assert answers, done.stdout
    assert all(":" not in name for way in answers for name in way)
    for name, value in answers[0].items():
        assert f'"CONFIG_{name}={"y" if value else "n"}"' in done.stdout


def test_the_lines_can_be_copied(
    tmp_path: Path,
    open_page: Open,
) -> None:
    write_tree(tmp_path, RULES)
    page = open_page(
        page_of(tmp_path),
        "#if=one-softmmu:D=y,B=n,A=",
        permissions=["clipboard-read", "clipboard-write"],
    )
    page.get_by_role("button", name="Copy the lines").click()
    until(page, "document.getElementById('said').textContent === 'Copied'")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "CONFIG_D=y\nCONFIG_B=n\n# without a line for CONFIG_A\n"
