"""`kgen diff --names`: what counts as a new name, and sides without devices."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from running import ROOT, Run

from kgen.commands.diff.names import name_changes
from kgen.project.side import Thing

RIVERS = ROOT / "fixtures" / "cases" / "diff-names"
ARM, AVR = "arm-softmmu", "avr-softmmu"
PAIRS = [(ARM, ARM), (AVR, AVR)]


def _thing(name: str, *targets: str, aliases: tuple[str, ...] = (), file: str = "hw/a.c") -> Thing:
    return Thing("machine", name, aliases, "A", file, 1, targets, ())


def _changes(old: list[Thing], new: list[Thing]) -> list[tuple[str, str, str]]:
    return [(one.change, one.name, one.was) for one in name_changes(old, new, PAIRS)]


def test_a_new_name_in_the_same_file_on_the_same_targets() -> None:
    assert _changes([_thing("a", ARM)], [_thing("b", ARM)]) == [("renamed", "b", "a")]
    assert _changes([_thing("a", ARM)], [_thing("b", ARM, AVR)]) == [
        ("came", "b", ""),
        ("went", "a", ""),
    ]
    assert _changes([_thing("a", ARM)], [_thing("b", ARM, file="hw/b.c")]) == [
        ("came", "b", ""),
        ("went", "a", ""),
    ]


def test_of_several_new_names_none_is_guessed_but_an_alias_says_it() -> None:
    old, new = [_thing("a", ARM)], [_thing("b", ARM), _thing("c", ARM)]
    assert _changes(old, new) == [("came", "b", ""), ("came", "c", ""), ("went", "a", "")]
    new[1] = _thing("c", ARM, aliases=("a",), file="hw/c.c")
    assert _changes(old, new) == [("came", "b", ""), ("renamed", "c", "a")]


def test_two_targets_of_different_names() -> None:
    found = name_changes([_thing("a", ARM)], [_thing("a", AVR)], [(ARM, AVR)])
    assert not found


def test_a_snapshot_without_devices(kgen: Run) -> None:
    kgen("snapshot", "-o", "before.json")
    done = kgen("diff", "before.json", "--names")
    assert done.returncode == 1
    assert "KG722 before.json is a snapshot without devices and machines" in done.stderr


def test_snapshots_with_names_give_what_their_trees_give(kgen: Run, tmp_path: Path) -> None:
    for side in ("old", "new"):
        shutil.copytree(RIVERS / side, tmp_path / side)
        kgen("snapshot", "--tree", side, "--names", "-o", f"{side}.json")
    trees = json.loads(kgen("diff", "old", "new", "--names", "--format", "json").stdout)
    assert len(trees["names"]) == 8
    for sides in (("old.json", "new.json"), ("old", "new.json"), ("old.json", "new")):
        found = json.loads(kgen("diff", *sides, "--names", "--format", "json").stdout)
        assert found["names"] == trees["names"]
    plain = json.loads(kgen("diff", "old.json", "new.json", "--format", "json").stdout)
    assert "names" not in plain


def test_names_of_a_snapshot_are_checked(kgen: Run, tmp_path: Path) -> None:
    shutil.copytree(RIVERS / "old", tmp_path / "old")
    kgen("snapshot", "--tree", "old", "--names", "-o", "good.json")
    text = (tmp_path / "good.json").read_text()
    assert '["machine","brook",[],"RIVER","hw/river.c",12,[0,1],[]]' in text
    for change in ("[1,0]", "[0,2]", "[-1]", "[0,0]", '["0"]'):
        (tmp_path / "bad.json").write_text(text.replace("12,[0,1]", f"12,{change}"))
        done = kgen("diff", "bad.json", "--names")
        assert done.returncode == 1
        assert "KG721 bad.json is not a valid snapshot" in done.stderr


def test_a_migrated_list_says_which_names_came_and_went(kgen: Run, tmp_path: Path) -> None:
    for side in ("old", "new"):
        shutil.copytree(RIVERS / side, tmp_path / side)
    (tmp_path / "mine.mak").write_text("CONFIG_RIVER=y\n")
    arguments = ["migrate", "old", "new", "--devices", "./mine.mak", "-t", "teal"]
    done = kgen(*arguments, "--names")
    assert "Machines (3)" in done.stderr
    assert "  stream renamed from brook on teal: needs RIVER (hw/river.c:20)" in done.stderr
    data = json.loads(kgen(*arguments, "--names", "--format", "json").stdout)
    assert {one["name"] for one in data["diff"]["names"]} > {"stream", "pebble"}
    plain = kgen(*arguments)
    assert "Machines" not in plain.stderr
    assert plain.stdout == done.stdout
