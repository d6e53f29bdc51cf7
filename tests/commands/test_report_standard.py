"""The HTML report of standard Kconfig: cells with text, their reasons, filters, copies."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from growth import MOST, growth, seconds
from report_pages import Open, cell, page_data
from running import Run, run_kgen, write_tree

from kgen.commands.audit.page.standard import as_data
from kgen.commands.audit.standard import matrix
from kgen.project.options import Options

TREE = {
    "Kconfig": (
        'config SERIAL\n\tbool "Serial"\n\tdefault y\n\tselect CLOCKS\n'
        "config CLOCKS\n\tbool\n"
        'config SPEED\n\tint "Speed"\n\tdepends on SERIAL\n\trange 300 9600\n\tdefault 9600\n'
        'choice\n\tprompt "Port"\nconfig PORT_A\n\tbool "A"\nconfig PORT_B\n\tbool "B"\nendchoice\n'
        'source "lib/Kconfig"\n'
    ),
    "lib/Kconfig": (
        'config LABEL\n\tstring "Label"\n\tdefault "<b>none</b>"\n'
        'config MODULES\n\tbool "Modules"\n\tmodules\n'
        'config ZLIB\n\ttristate "Zlib"\n'
    ),
    "configs/lamp_defconfig": "CONFIG_SPEED=1200\nCONFIG_PORT_B=y\n",
    "configs/radio_defconfig": (
        "\nCONFIG_MODULES=y\nCONFIG_ZLIB=m\nCONFIG_PORT_B=y\nCONFIG_SPEED=1\n"
    ),
    "configs/watch_defconfig": '# CONFIG_SERIAL is not set\nCONFIG_LABEL=""\nCONFIG_SPEED=600\n',
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_tree(tmp_path_factory.mktemp("standard"), TREE)
    done = run_kgen(["audit", "--tree", ".", "--format", "html", "-o", "r.html"], folder)
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "r.html"


def test_all_reasons_are_those_of_kgen_why(small: Path, kgen: Run) -> None:
    """Of every cell: the value, and each reason's words, file and line."""
    data = page_data(small)
    texts, columns = data["texts"], [int(lanes, 16) for lanes in data["columns"]]
    for number, symbol in enumerate(data["names"]):
        values = data["values"][number]
        for bit, target in enumerate(data["targets"]):
            done = kgen(
                "why", symbol, "-t", target["name"], "--tree", str(small.parent), "--format", "json"
            )
            answer = json.loads(done.stdout)
            first = answer["because"]
            expected = [
                (
                    one["reason"],
                    one["file"],
                    one["line"],
                    [cause["symbol"] for cause in one["causes"]],
                )
                for one in (first, *first["also"])
            ]
            text = [texts[text] for text, lanes in values if columns[lanes] >> bit & 1]
            assert text in ([answer["value"]], []), symbol
            assert bool(text) or answer["value"] in ("n", "", "1200", "600", "9600")
            (found,) = [own for lanes, *own in data["reasons"][number] if columns[lanes] >> bit & 1]
            places = [place(data, target, one) for one in found]
            shown = [(file and str(small.parent / file), line) for file, line in places]
            assert shown == [(file, line) for _, file, line, _ in expected], (symbol, target)
            facts = [[data["names"][one] for one in own] for _, _, _, *own in found]
            assert facts == [causes for *_, causes in expected]


def place(data: Any, target: Any, reason: list[int]) -> tuple[str | None, int | None]:
    _, file, line, *_ = reason
    if file < -1:
        own = [one for one in target["set"] if one[0] == -2 - file]
        _, _, file, line = own[-1 - line]
    return (None, None) if file < 0 else (data["files"][file], line)


def test_cells_have_text_and_say_why(small: Path, open_page: Open) -> None:
    page = open_page(small)
    assert page.locator("h1").text_content() == "Configuration"
    shown = {
        (symbol, target): cell(page, symbol, target).text_content()
        for symbol in ("SPEED", "LABEL", "ZLIB", "SERIAL")
        for target in ("lamp", "radio", "watch")
    }
    assert [text for (symbol, _), text in shown.items() if symbol == "SPEED"] == [
        "1200",
        "9600",
        "",
    ]
    assert [text for (symbol, _), text in shown.items() if symbol == "ZLIB"] == ["", "m", ""]
    assert shown["LABEL", "lamp"] == "<b>none</b>"
    assert shown["LABEL", "watch"] == "(empty)"
    cell(page, "SPEED", "radio").click()
    words = page.locator("#panel").inner_text()
    assert "its default is 9600, if SERIAL" in words
    assert "it is assigned 1, without effect: it is outside the range 300 to 9600" in words
    assert "configs/radio_defconfig:5" in words
    assert "kgen enable SPEED=VALUE -t radio" in words
    page.locator("#panel a.sym", has_text="SERIAL").first.click()
    # The page follows a link when the browser has said that its address changed.
    page.locator("#panel h2", has_text="SERIAL y").wait_for()
    page.locator("#panel a.sym", has_text="compare").click()
    page.locator("#panel", has_text="y in 2 targets").wait_for()
    page.locator("#grid th.target").nth(2).click()
    assert "CONFIG" not in page.locator("#panel h2").text_content()
    assert "SPEED=600" in page.locator("#panel").inner_text()


def test_nothing_that_only_the_other_dialect_has_is_shown(small: Path, open_page: Open) -> None:
    page = open_page(small, "#at=SPEED:lamp&if=lamp:SPEED=n")
    assert page.locator("#what-if").is_hidden()
    legend = page.locator("#legend").inner_text()
    assert "another value" in legend
    assert "externally" not in legend
    assert "devices" not in page.locator("body").inner_text().lower()


def test_filters_and_copies(small: Path, open_page: Open) -> None:
    page = open_page(small)
    page.locator("#t").fill("lamp, radio")
    page.locator("#differs").evaluate("box => box.click()")
    assert page.evaluate("kgen.visible()") == ["MODULES", "SPEED", "ZLIB"]
    page.locator("#value").select_option("all")
    assert page.evaluate("kgen.visible()") == ["SPEED"], "two values, neither of which is n"
    page.locator("#differs").evaluate("box => box.click()")
    page.locator("#value").select_option("")
    page.locator("#t").fill("")
    with page.expect_download() as download:
        page.locator("#save").click()
    done = run_kgen(["audit", "--tree", ".", "--format", "csv"], small.parent)
    saved = Path(download.value.path()).read_bytes().decode()
    assert saved.replace("\r\n", "\n") == done.stdout.replace("\r\n", "\n")


ODD = {
    "Kconfig": "".join(
        f'config V{number}\n\t{kind} "V"\n\tdefault {value}\n'
        for number, (kind, value) in enumerate(
            [
                ("string", '"=1+1"'),
                ("string", '"+49, \\"quoted\\" x"'),
                ("string", '"@SUM(A1)"'),
                ("string", '"-x"'),
                ("string", '" a\tb "'),
                ("int", "-5"),
            ]
        )
    ),
    "configs/a_defconfig": "",
    "configs/b_defconfig": 'CONFIG_V0="=2"\n',
}


def test_a_spreadsheet_computes_nothing_of_a_tree(tmp_path: Path, open_page: Open) -> None:
    """What is saved and copied is what `kgen audit --format csv` writes."""
    write_tree(tmp_path, ODD)
    run_kgen(["audit", "--tree", ".", "--format", "html", "-o", "r.html"], tmp_path)
    written = run_kgen(["audit", "--tree", ".", "--format", "csv"], tmp_path).stdout
    table = list(csv.reader(io.StringIO(written)))
    assert [row[-2] for row in table[1:]] == [
        "'=1+1", "'+49, \"quoted\" x", "'@SUM(A1)", "'-x", r" a\x09b ", "-5",
    ]  # fmt: skip
    page = open_page(tmp_path / "r.html")
    with page.expect_download() as download:
        page.locator("#save").click()
    saved = Path(download.value.path()).read_bytes().decode()
    assert saved.replace("\r\n", "\n") == written.replace("\r\n", "\n")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert [line.split("\t") for line in copied.splitlines()] == table


def test_a_policy_has_its_view(small: Path, open_page: Open) -> None:
    policy = small.parent / "policy.toml"
    policy.write_text('[[require]]\nsymbols = ["SPEED >= 9600"]\ntargets = "*"\nreason = "fast"\n')
    options = ["--tree", ".", "--policy", "policy.toml", "--format", "html", "-o", "p.html"]
    assert run_kgen(["audit", *options], small.parent).returncode == 1
    page = open_page(small.parent / "p.html", "#view=findings")
    assert "it is assigned 1200" in page.locator("#changes").inner_text()
    page.evaluate("location.hash = '#value=finding'")
    page.wait_for_function("kgen.visible().length === 1")


def test_a_choice_of_twice_the_boards_is_twice_the_work(tmp_path: Path) -> None:
    """What a choice selects is found once for all of its members."""

    def work(size: int) -> Callable[[], object]:
        members = "".join(f'config M{one}\n\tbool "M"\n' for one in range(size))
        tree = write_tree(
            tmp_path / f"{size}",
            {
                "Kconfig": f'choice\n\tprompt "Board"\n{members}endchoice\n',
                "configs/first_defconfig": "",
                "configs/last_defconfig": f"CONFIG_M{size - 1}=y\n",
            },
        )
        table = matrix([("", Options(tree=str(tree)))])
        return lambda: as_data(table.audit, table.audit.rows, table.blocks)

    assert growth(work, 500, seconds) < MOST
