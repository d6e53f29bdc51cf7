"""`kgen sweep` of standard Kconfig: each flip is what `--set` gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from running import Run, write_tree

from kgen.project.options import Options
from kgen.project.standard import load_standard

TREE = {
    "Kconfig": (
        'config MODULES\n\tbool "Modules"\n\tmodules\n'
        'config RADIO\n\ttristate "Radio"\n\tselect CLOCKS\n\timply ANTENNA\n'
        "config CLOCKS\n\tbool\n"
        'config ANTENNA\n\tbool "Antenna"\n'
        'config BAND\n\tint "Band"\n\tdepends on RADIO\n\trange 1 9\n'
        "\tdefault 4 if ANTENNA\n\tdefault 2\n"
        'config FORCED\n\tbool "Forced"\n'
        'config FORCES\n\tbool "Forces"\n\tselect FORCED\n'
        'choice\n\tprompt "Case"\nconfig WOOD\n\tbool "Wood"\nconfig TIN\n\tbool "Tin"\n'
        'config GLASS\n\tbool "Glass"\n\tdepends on !RADIO\nendchoice\n'
        'config HIDDEN\n\tbool "Hidden" if TIN\n'
        'config NAME\n\tstring "Name"\n\tdefault "tin" if TIN\n'
    ),
    "configs/small_defconfig": "CONFIG_FORCES=y\nCONFIG_GLASS=y\n",
    "configs/large_defconfig": "CONFIG_MODULES=y\nCONFIG_RADIO=m\nCONFIG_TIN=y\n",
}


def values(folder: Path, target: str, *settings: str) -> dict[str, str]:
    options = Options(tree=str(folder), only=(target,), settings=settings)
    (part,) = load_standard(options).parts
    return {name: part.resolution.value(one, 0) for name, one in part.model.numbers().items()}


def test_each_flip_is_a_setting_alone(tmp_path: Path, kgen: Run) -> None:
    write_tree(tmp_path, TREE)
    done = kgen("sweep", "--tree", str(tmp_path), "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    data = json.loads(done.stdout)
    assert data["contradictions"] == []
    flips = {row["name"]: row["flips"] for row in data["targets"]}
    assert data["configurations"] == sum(map(len, flips.values())) == 15
    assert [one["symbol"] for one in flips["large"]] == [
        "ANTENNA", "FORCED", "FORCES", "GLASS", "HIDDEN", "MODULES", "RADIO", "WOOD",
    ]  # fmt: skip
    for target, own in flips.items():
        before = values(tmp_path, target)
        for one in own:
            after = values(tmp_path, target, f"{one['symbol']}={one['wanted']}")
            expected = {name: [before[name], after[name]] for name in before}
            changed = {name: pair for name, pair in expected.items() if len(set(pair)) > 1}
            assert [one["was"], one["now"]] == expected[one["symbol"]]
            changed.pop(one["symbol"], None)
            assert one["changed"] == changed
            assert one["gained"] == sorted(name for name, (was, _) in changed.items() if was == "n")
    held = [one for one in flips["small"] if one["now"] != one["wanted"]]
    assert [(one["symbol"], one["wanted"], one["now"]) for one in held] == [("FORCED", "n", "y")]


def test_in_words_what_changes_the_most_is_first(tmp_path: Path, kgen: Run) -> None:
    write_tree(tmp_path, TREE)
    done = kgen("sweep", "--tree", str(tmp_path), "-t", "large", "--vary", "RADIO", "--vary", "F*")
    assert done.stdout.splitlines() == [
        "large: 3 symbols changed one at a time",
        "    RADIO=n: ANTENNA y -> n, BAND 4 -> empty, CLOCKS y -> n",
        "    FORCES=y: FORCED n -> y",
        "    change nothing else (1): FORCED",
    ]
    assert "configurations a second" in done.stderr


@pytest.mark.parametrize(
    "words", [("--seed", "4"), ("-n", "10"), ("--exhaustive", "RADIO"), ("--bare",)]
)
def test_options_about_random_configurations_are_refused(
    tmp_path: Path, kgen: Run, words: tuple[str, ...]
) -> None:
    write_tree(tmp_path, TREE)
    done = kgen("sweep", "--tree", str(tmp_path), *words)
    assert done.returncode == 1
    assert "KG425" in done.stderr
    assert words[0] in done.stderr
    unknown = kgen("sweep", "--tree", str(tmp_path), "--vary", "NAME")
    assert "KG709 --vary: no bool or tristate with a prompt matches NAME" in unknown.stderr
