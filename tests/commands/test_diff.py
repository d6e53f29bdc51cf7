"""Differences and their causes: on small trees by hand, and as laws on random ones."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from one_board import BOARD, DEVICES, tree
from oracle import facts_tree
from running import Run, write_tree
from strategies import examples, lanes_for, load, on_disk, trees

from kgen.commands.diff.causes import CAUSES, symbol_changes
from kgen.commands.diff.diff import diff
from kgen.commands.diff.rule_sets import Both, View
from kgen.model.clauses import Model, model_of, written
from kgen.model.configurations import Group, Outcome, Resolution, Target
from kgen.model.problems import KgenError
from kgen.project.side import Side
from kgen.resolve.resolver import resolve


def causes_of(kgen: Run, *arguments: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    done = kgen("diff", *arguments, "--format", "json")
    assert not done.stderr
    found = json.loads(done.stdout)
    return found, found["causes"]


def test_consequences_are_folded_under_their_root(kgen: Run, tmp_path: Path) -> None:
    tree(tmp_path / "1.0", BOARD + DEVICES)
    tree(tmp_path / "2.0", BOARD.replace("    imply PCI_DEVICES\n", "") + DEVICES)
    done = kgen("diff", "1.0", "2.0")
    assert done.returncode == 1
    assert done.stdout == (
        "1.0 -> 2.0: 1 target compared, 1 differs: 0 gained, 6 lost\n\n"
        "Other changes, with what follows from them (1)\n"
        "  PCI_DEVICES lost on arm, and 5 symbols with it: no longer implied by BOARD, "
        '"imply PCI_DEVICES" (Kconfig:5 in the old tree)\n'
        "      lost: D0 D1 D2 D3 D4\n"
    )
    _, causes = causes_of(kgen, "1.0", "2.0")
    root = next(i for i, item in enumerate(causes) if item["cause"] == "selector")
    assert causes[root]["of"] == "BOARD"
    assert causes[root]["side"] == "old"
    follow = [item for item in causes if item["cause"] == "follows"]
    assert {item["root"] for item in follow} == {root}
    assert all(item["alone"] and item["of"] == "PCI_DEVICES" for item in follow)


@pytest.mark.parametrize(
    ("old", "new", "cause", "was", "now"),
    [
        ("default y", "", "default", "default y", ""),
        ("default y", "default n", "default", "default y", "default n"),
        ("default y if B", "default y if B && C", "default", "default y if B", None),
        ("default y", "default y\ndepends on C", "dependency", "", "depends on C"),
        ("default y\ndepends on B", "default y\ndepends on C", "dependency", "depends on B", None),
        ("default y\ndefault n", "default n\ndefault y", "default", "default n", "default n"),
    ],
)
def test_own_rules(
    kgen: Run, tmp_path: Path, old: str, new: str, cause: str, was: str, now: str | None
) -> None:
    rest = "\nconfig B\ndefault y\nconfig C\nbool\n"
    tree(tmp_path / "old", f"config A\n{old}{rest}")
    tree(tmp_path / "new", f"config A\n{new}{rest}")
    found, causes = causes_of(kgen, "old", "new")
    assert found["targets"] == {"arm-softmmu": {"gained": [], "lost": ["A"]}}
    assert [item["cause"] for item in causes] == [cause]
    assert causes[0]["was"] == was
    assert now is None or causes[0]["now"] == now
    back, causes = causes_of(kgen, "new", "old")
    assert back["targets"] == {"arm-softmmu": {"gained": ["A"], "lost": []}}
    assert [item["cause"] for item in causes] == [cause]


def test_new_and_gone_symbols_and_what_looks_renamed(kgen: Run, tmp_path: Path) -> None:
    rest = "config BOARD\ndefault y\nselect {0}\nconfig BUS\nbool\ndefault y\n"
    tree(tmp_path / "old", "config SUN_UART\nbool\ndepends on BUS\n" + rest.format("SUN_UART"))
    tree(tmp_path / "new", "config SUN4_UART\nbool\ndepends on BUS\n" + rest.format("SUN4_UART"))
    found, causes = causes_of(kgen, "old", "new")
    assert {(item["symbol"], item["cause"]) for item in causes} == {
        ("SUN_UART", "gone"),
        ("SUN4_UART", "new"),
    }
    assert [(item["old"], item["new"]) for item in found["renames"]] == [("SUN_UART", "SUN4_UART")]
    assert "SUN_UART looks renamed to SUN4_UART" in kgen("diff", "old", "new").stdout


def test_what_a_new_board_selects_follows_the_board(kgen: Run, tmp_path: Path) -> None:
    tree(tmp_path / "old", "config UART\nbool\n")
    tree(tmp_path / "new", "config UART\nbool\nconfig BOARD\ndefault y\nselect UART\n")
    _, causes = causes_of(kgen, "old", "new")
    assert [(item["symbol"], item["cause"], item["of"]) for item in causes] == [
        ("BOARD", "new", ""),
        ("UART", "follows", "BOARD"),
    ]


def test_a_rule_that_needs_a_change_elsewhere_is_named_itself(kgen: Run, tmp_path: Path) -> None:
    """Neither the new default nor its condition, now y, would have done it alone."""
    tree(tmp_path / "old", "config A\nbool\nconfig ARM\nbool\nconfig X\nbool\n")
    new = "config A\ndefault y\ndepends on X\nconfig ARM\nbool\nconfig X\ndefault y\n"
    tree(tmp_path / "new", new)
    _, causes = causes_of(kgen, "old", "new")
    assert {(item["symbol"], item["cause"], item["now"]) for item in causes} == {
        ("A", "default", "default y"),
        ("X", "default", "default y"),
    }


def test_assignments_hosts_and_modes(kgen: Run, tmp_path: Path) -> None:
    text = "config A\nbool\nconfig TPM\nbool\nconfig CRB\ndefault y\ndepends on TPM\n"
    tree(tmp_path / "old", text, arm="CONFIG_A=y\n")
    tree(tmp_path / "new", text, arm="\n")
    _, causes = causes_of(kgen, "old", "new")
    assert [(i["symbol"], i["cause"], i["was"], i["file"], i["line"]) for i in causes] == [
        ("A", "assignment", "CONFIG_A=y", "configs/devices/arm-softmmu/default.mak", 1)
    ]
    found, causes = causes_of(kgen, "old", "--old-host", "linux", "--new-host", "none")
    assert found["targets"]["arm-softmmu"]["lost"] == ["CRB"]
    assert [(i["symbol"], i["change"], i["cause"], i["of"]) for i in causes] == [
        ("TPM", "off", "external", ""),
        ("CRB", "lost", "follows", "TPM"),
    ]
    _, causes = causes_of(kgen, "old", "--new-mode", "allnoconfig")
    assert [(i["symbol"], i["cause"], i["now"]) for i in causes] == [("CRB", "mode", "allnoconfig")]
    found, causes = causes_of(kgen, "--tree", "new", "--new-set", "A=y")
    assert found["targets"]["arm-softmmu"]["gained"] == ["A"]
    assert causes[0]["now"] == "CONFIG_A=y"


def test_targets_of_one_side_and_targets_that_fail(kgen: Run, tmp_path: Path) -> None:
    text = "config A\ndefault y\nconfig B\nselect C\nconfig C\ndepends on A\n"
    tree(tmp_path / "old", text, "arm", "avr", "mips")
    tree(tmp_path / "new", text, "arm", "avr", "sh4", arm="CONFIG_A=n\nCONFIG_C=y\n")
    done = kgen("diff", "old", "new")
    assert done.returncode == 1
    assert done.stdout == (
        "old -> new: 1 target compared, none differs\n"
        "    only on the old side: mips-softmmu (1 symbol)\n"
        "    only on the new side: sh4-softmmu (1 symbol)\n"
        "    not compared, because the new side cannot be configured: arm-softmmu\n"
    )
    assert "contradiction: C must be y and must be n in arm-softmmu" in done.stderr
    found = json.loads(kgen("diff", "old", "new", "--format", "json").stdout)
    assert found["failures"] == [{"side": "new", "target": "arm-softmmu"}]
    assert found["targets"]["sh4-softmmu"] == {"gained": ["A"], "lost": []}
    assert {(item["cause"], *item["targets"]) for item in found["causes"]} == {
        ("target-gone", "mips-softmmu"),
        ("target-new", "sh4-softmmu"),
    }
    found = json.loads(kgen("diff", "old", "new", "-t", "mips", "--format", "json").stdout)
    assert found["only-old"] == ["mips-softmmu"]
    unknown = kgen("diff", "old", "new", "-t", "tile")
    assert unknown.returncode == 2
    assert "no target of either side matches 'tile'" in unknown.stderr


def test_two_targets_of_one_tree(kgen: Run, tmp_path: Path) -> None:
    text = "config ARM\nbool\nconfig AVR\nbool\nconfig A\ndefault y if ARM\n"
    write_tree(tmp_path / "t" / "target", {"Kconfig": text})
    tree(tmp_path / "t", "source target/Kconfig\n", "arm", "avr")
    found, causes = causes_of(kgen, "t", "--old-target", "arm", "--new-target", "avr")
    assert found["compared"] == {"avr-softmmu": "arm-softmmu"}
    assert found["targets"] == {"avr-softmmu": {"gained": [], "lost": ["A"]}}
    assert {(i["symbol"], i["change"], i["cause"]) for i in causes} == {
        ("ARM", "off", "external"),
        ("AVR", "on", "external"),
        ("A", "lost", "follows"),
    }
    several = kgen("diff", "t", "--new-target", "avr")
    assert several.returncode == 2
    assert "name one target of the old side" in several.stderr


def test_nothing_differs_from_itself(kgen: Run, tmp_path: Path) -> None:
    tree(tmp_path / "t", BOARD + DEVICES)
    done = kgen("diff", "t", "t")
    assert (done.returncode, done.stdout) == (0, "t -> t: 1 target compared, none differs\n")
    assert kgen("diff").returncode == 0  # the embedded tree


def test_names_from_files_cannot_speak_to_markdown(kgen: Run, tmp_path: Path) -> None:
    tree(tmp_path / "<b>*1*", BOARD + DEVICES)
    tree(tmp_path / "2", BOARD.replace("imply", "select"))
    done = kgen("diff", "<b>*1*", "2", "--format", "markdown")
    assert done.stdout.startswith("**&#60;b&#62;\\*1\\* -&#62; 2: 1 target compared")
    assert "<summary>Removed symbols that were y (5)</summary>" in done.stdout


def test_mistakes_on_the_command_line(kgen: Run, tmp_path: Path) -> None:
    tree(tmp_path / "t", BOARD)
    (tmp_path / "file").write_text("no snapshot")
    assert "file is not a snapshot" in kgen("diff", "file", "t").stderr
    assert "there is no folder nowhere" in kgen("diff", "t", "nowhere").stderr
    assert "exclude each other" in kgen("diff", "t", "--tree", "t").stderr


# Laws of random trees


def sides(resolution: Resolution) -> Side:
    items = tuple(
        Outcome(Target(lane.name), resolution, index) for index, lane in enumerate(resolution.lanes)
    )
    return Side("x", "", "defconfig", (Group(resolution, items),))


@st.composite
def two_sides(draw: st.DrawFn) -> tuple[Resolution, Resolution]:
    """Two random trees without circles, each with lanes of the same names."""
    models: list[Model] = []
    for _ in range(2):
        made = draw(trees(acyclic=True))
        with on_disk(made) as (folder, inputs):
            try:
                models.append(load(inputs, folder, merge=True))
            except KgenError:
                reject()
    found = []
    for model in models:
        named = {entry.symbol for entry in model.entries}
        lanes = [lane for lane in draw(lanes_for(model)) if model.mentions]
        # What is named and declared nowhere is refused by those who call the resolver.
        found.append(resolve(model, lanes if named >= set(model.mentions) else []))
    return found[0], found[1]


@examples(40)
@given(two_sides())
def test_each_change_has_one_cause(pair: tuple[Resolution, Resolution]) -> None:
    old, new = map(sides, pair)
    found = diff(old, new)
    by_name = {item.target.name: item for item in old.outcomes}
    new_by_name = {item.target.name: item for item in new.outcomes}
    counted = Counter(
        (target, cause.symbol, cause.change) for cause in found.causes for target in cause.targets
    )
    assert set(counted.values()) <= {1}
    for item in found.pairs:
        was, now = by_name[item.was].printed(), new_by_name[item.target].printed()
        assert sorted((set(was) | set(item.gained)) - set(item.lost)) == now
        told = {(s, c) for target, s, c in counted if target == item.target}
        wanted = {(s, "gained") for s in item.gained} | {(s, "lost") for s in item.lost}
        assert {pair for pair in told if pair[1] in ("gained", "lost")} == wanted
    for cause in found.causes:
        assert cause.cause in CAUSES
        assert (cause.root is None) == (cause.cause != "follows")
        if cause.root is not None:
            assert found.causes[cause.root].cause != "follows"
            assert set(cause.targets) <= set(found.causes[cause.root].targets)


def both_of(pair: tuple[Resolution, Resolution]) -> tuple[Both, list[int]]:
    """Two sides in the lanes that fail on neither, and those lanes."""
    old, new = pair
    fine = [
        lane
        for lane in range(min(len(old.lanes), len(new.lanes)))
        if not (old.failed | new.failed) >> lane & 1
    ]
    return Both(View(old, fine), View(new, fine)), fine


@examples(40)
@given(two_sides())
def test_mixtures_of_rules_end_where_the_sides_are(pair: tuple[Resolution, Resolution]) -> None:
    both, _ = both_of(pair)
    for symbol in both.symbols:
        rules = both.rules(symbol)
        chosen = rules.kept(both.new.declared)
        given_ = rules.give(chosen, both.new.half(symbol), both.new_values, both.everywhere)
        assert given_ == both.new_values[symbol]
        given_ = rules.give(rules.old, both.old.half(symbol), both.old_values, both.everywhere)
        assert given_ == both.old_values[symbol]


@examples(40)
@given(two_sides())
def test_undoing_a_line_brings_the_old_value_back(pair: tuple[Resolution, Resolution]) -> None:
    """What is named as the cause, taken out of the new tree, takes its change with it."""
    new = pair[1]
    both, fine = both_of(pair)
    for change in symbol_changes(both):
        came = change.cause in ("dependency", "selector", "default") and not change.was
        if not (came and change.alone):
            continue
        model = new.model
        left = [
            clause
            for clause in model.clauses
            if (clause.target, clause.place, written(clause))
            != (change.symbol, change.place, change.now)
        ]
        if len(left) != len(model.clauses) - 1:
            continue  # the same line twice in one place
        smaller = model_of(
            model.entries, tuple(left), model.assignments, model.mentions, model.files
        )
        again = resolve(smaller, [new.lanes[lane] for lane in fine])
        pairs = change.pairs & ~again.failed
        assert not pairs & (again.values[change.symbol] ^ both.old_values[change.symbol])


def test_real_trees_against_each_other(facts: Path, kgen: Run, tmp_path: Path) -> None:
    """Gained and lost are what the trees' own program printed, as the facts have it."""
    printed: dict[str, dict[str, set[str]]] = {}
    accel = ("--accel", "tcg,kvm,xen")
    for name in ("qemu-e2k-5.2", "qemu-e2k-6.0"):
        data = json.loads((facts / f"{name}.json").read_text())
        facts_tree(data, tmp_path / name)
        printed[name] = {target["name"]: set() for target in data["targets"]}
        names = [target["name"] for target in data["targets"]]
        for symbol, where in data["expected"]["defconfig"].items():
            for index in where:
                printed[name][names[index]].add(symbol)
    found = json.loads(kgen("diff", *printed, *accel, "--format", "json").stdout)
    old, new = printed.values()
    assert found["targets"].keys() == old.keys() | new.keys()
    for target, changed in found["targets"].items():
        was, now = old.get(target, set()), new.get(target, set())
        assert changed == {"gained": sorted(now - was), "lost": sorted(was - now)}, target
    assert kgen("diff", *printed).stdout == kgen("diff", *printed, PYTHONHASHSEED="7").stdout


def test_lanes_of_several_resolutions(kgen: Run, tmp_path: Path) -> None:
    """A devices file that declares symbols has a model of its own."""
    tree(tmp_path / "t", BOARD + DEVICES, "arm", "avr", arm="config OWN\ndefault y\n")
    tree(tmp_path / "u", BOARD + DEVICES, "arm", "avr", avr="config OWN\ndefault y\n")
    found, causes = causes_of(kgen, "t", "u")
    assert found["targets"] == {
        "arm-softmmu": {"gained": [], "lost": ["OWN"]},
        "avr-softmmu": {"gained": ["OWN"], "lost": []},
    }
    assert [(i["symbol"], i["cause"], i["targets"]) for i in causes] == [
        ("OWN", "new", ["avr-softmmu"]),
        ("OWN", "gone", ["arm-softmmu"]),
    ]
