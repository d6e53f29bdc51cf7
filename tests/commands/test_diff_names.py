"""`kgen diff --names`: what counts as a new name, and sides without devices."""

from __future__ import annotations

from running import Run

from kgen.commands.diff.names import name_changes
from kgen.project.side import Thing

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


def test_a_snapshot_has_no_devices(kgen: Run) -> None:
    kgen("snapshot", "-o", "before.json")
    done = kgen("diff", "before.json", "--names")
    assert done.returncode == 1
    assert "KG722 before.json is a snapshot, which has no devices and machines" in done.stderr
