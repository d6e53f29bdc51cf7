"""`kgen diff` of standard Kconfig: each changed value has one cause, and snapshots are trees."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from repositories import git
from running import Run, write_tree
from standard_trees import made

from kgen.commands.diff.standard import compare, sides
from kgen.commands.snapshot import standard as snapshot
from kgen.model.problems import KgenError
from kgen.project.options import Options
from kgen.project.standard import load_standard

_SEEDS = 60


def written(folder: Path, kconfig: dict[str, str], defconfigs: list[str]) -> Path:
    files = {f"configs/c{number}_defconfig": text for number, text in enumerate(defconfigs)}
    return write_tree(folder, kconfig | files)


def changed(random: Random, text: str) -> str:
    """A Kconfig file without some lines that are properties."""
    words = ("default", "select", "imply", "depends", "range", "def_bool")
    return "".join(
        line
        for line in text.splitlines(keepends=True)
        if not (line.strip().startswith(words) and random.random() < 0.1)
    )


def side_of(folder: Path) -> tuple[sides.Named, sides.Side]:
    env = ("GIVEN=some text", "NUMBER=7", "FOLDER=sub")
    named = sides.name_side(Options(tree=str(folder), env=env))
    with sides.reading(named, named.targets, set()) as side:
        return named, side()


def values(side: sides.Side) -> dict[tuple[str, str], str]:
    """What is in each .config, and not n."""
    found = {}
    for part in side.parts:
        for number in part.model.defined:
            symbol = part.model.symbols[number]
            for lane, target in enumerate(part.targets):
                if part.resolution.written[number] >> lane & 1:
                    value = part.resolution.value(number, lane)
                    if not (symbol.logical and value == "n"):
                        found[target.name, symbol.name] = value
    return found


def test_each_changed_value_has_one_cause(tmp_path: Path) -> None:
    compared = following = 0
    for seed in range(_SEEDS):
        random, tree = Random(seed), made(seed)
        after = {name: changed(random, text) for name, text in tree.files.items()}
        defconfigs = [
            "".join(line for line in text.splitlines(True) if random.random() < 0.9)
            for text in tree.defconfigs
        ]
        try:
            first, old = side_of(written(tmp_path / f"{seed}a", tree.files, tree.defconfigs))
            second, new = side_of(written(tmp_path / f"{seed}b", after, defconfigs))
        except KgenError:  # a loop
            continue
        was, now = values(old), values(new)
        # A string that is empty, and one that is not there, are shown alike.
        expected = {
            key: (was.get(key, ""), now.get(key, ""))
            for key in was.keys() | now.keys()
            if was.get(key, "") != now.get(key, "")
        }
        found: dict[tuple[str, str], tuple[str, str]] = {}
        result = compare.compare(old, new, sides.pairs(first, second, (), None, None))
        for item in result.causes:
            following += item.root is not None
            for target in item.targets:
                assert (target, item.symbol) not in found, seed
                shown = (item.before, item.after)
                found[target, item.symbol] = tuple(
                    "" if text == "n" and (target, item.symbol) not in side else text
                    for text, side in zip(shown, (was, now), strict=True)
                )  # type: ignore[assignment]
        assert found == expected, seed
        compared += len(found)
    assert compared > 200
    assert following > 20


def test_a_snapshot_is_like_its_tree(tmp_path: Path) -> None:
    tree = made(3)
    folder = written(tmp_path / "tree", tree.files, tree.defconfigs)
    project = load_standard(Options(tree=str(folder), env=("NUMBER=7",)))
    text = snapshot.write(project)
    _, parts = snapshot.read(text, "snapshot")
    for part, own in zip(parts, project.parts, strict=True):
        assert part.model == own.model
        assert [list(lines) for lines in part.lines] == [list(lines) for lines in own.lines]
        assert part.resolution == own.resolution
    for end in (1, len(text) // 3, len(text) - 3):
        with pytest.raises(KgenError) as error:
            snapshot.read(text[:end], "snapshot")
        assert [one.code for one in error.value.problems] == ["KG721"]


def codes(text: str) -> set[str]:
    """The problems of a snapshot; anything but a KgenError would be a crash."""
    try:
        snapshot.read(text, "snapshot")
    except KgenError as error:
        return {one.code for one in error.problems}
    return set()


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_snapshot_is_an_error_or_the_same(tmp_path: Path, seed: int) -> None:
    folder = written(tmp_path, {"Kconfig": KCONFIG}, ["CONFIG_A=y\n", "CONFIG_N=4\n"])
    text = snapshot.write(load_standard(Options(tree=str(folder))))
    random = Random(seed)
    at = random.randrange(text.index('"parts"'), len(text))
    damaged = text[:at] + random.choice('0123456789-"[]{},ny') + text[at + 1 :]
    assert codes(damaged) <= {"KG721"}


KCONFIG = """config A
	bool "a"
config N
	int "n"
	range 1 9 if A
	default 5
choice
	prompt "c"
config C1
	bool "1"
config C2
	bool "2"
endchoice
"""


def test_revisions_see_dialect_and_project_file(kgen: Run, tmp_path: Path) -> None:
    folder = written(tmp_path / "tree", {"Kconfig": KCONFIG}, ["CONFIG_A=y\n"])
    (folder / "kgen.toml").write_text('tree = "."\nenv = ["X=1"]\n')
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    (folder / "configs" / "c0_defconfig").write_text("CONFIG_A=y\nCONFIG_N=7\n")
    done = kgen("diff", ".@HEAD", ".", "--format", "json", cwd=folder)
    assert done.stderr == ""
    data = json.loads(done.stdout)
    assert data["targets"] == {"c0": {"gained": [], "lost": [], "changed": {"N": ["5", "7"]}}}
    (cause,) = data["causes"]
    assert (cause["cause"], cause["now"], cause["line"]) == ("assignment", "CONFIG_N=7", 2)
    assert kgen("diff", "tree@HEAD", "tree@HEAD", cwd=tmp_path).returncode == 0


def test_targets_that_were_not_asked_for_are_no_difference(kgen: Run, tmp_path: Path) -> None:
    kconfig = {"Kconfig": 'config A\n\tbool "a"\n'}
    write_tree(tmp_path / "old", kconfig | {f"configs/{name}_defconfig": "" for name in "ab"})
    write_tree(tmp_path / "new", kconfig | {f"configs/{name}_defconfig": "" for name in "ac"})
    for words, status, ends in (
        ((), 1, (["b"], ["c"])),
        (("-t", "a"), 0, ([], [])),
        (("-t", "a", "-t", "c"), 1, ([], ["c"])),
        (("--old-target", "b", "--new-target", "c"), 0, ([], [])),
    ):
        done = kgen("diff", "old", "new", *words, "--format", "json")
        assert done.returncode == status, done.stderr
        found = json.loads(done.stdout)
        assert (found["only-old"], found["only-new"]) == ends
