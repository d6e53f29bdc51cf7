"""Where two commits parted: what `git merge-base` says is the measure."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from repositories import git

from kgen.files.git.history import parting
from kgen.files.git.objects import Objects
from kgen.files.git.repository import Unreadable, find


def _random_history(folder: Path, dice: random.Random, size: int) -> list[str]:
    """Commits of an empty tree, each with up to three parents, and times that may be the same."""
    folder.mkdir()
    git(folder, "init", "-q")
    tree = git(folder, "mktree")
    made: list[str] = []
    for number in range(size):
        near = made[-6:]
        parents = dice.sample(near, min(len(near), dice.choice((1, 1, 1, 2, 2, 3))))
        words = [word for one in parents for word in ("-p", one)]
        text = (
            f"tree {tree}\n"
            + "".join(f"parent {one}\n" for one in words[1::2])
            + f"author A <a@example.org> 1 +0000\ncommitter A <a@example.org> {number // 2} +0000\n"
            + f"\n{number}\n"
        )
        made.append(git(folder, "hash-object", "-t", "commit", "-w", "--stdin", data=text.encode()))
    return made


@pytest.mark.parametrize("seed", range(3))
def test_it_is_a_merge_base_of_git(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    made = _random_history(tmp_path / "r", dice, 40)
    objects = Objects(find(str(tmp_path / "r")))
    for _ in range(25):
        one, other = dice.choice(made), dice.choice(made)
        bases = git(tmp_path / "r", "merge-base", "--all", one, other, check=False).split()
        if bases:
            assert parting(objects, one, other) in bases
            assert parting(objects, one, other) == parting(objects, other, one)
        else:
            with pytest.raises(Unreadable, match="no commit is in the history of both"):
                parting(objects, one, other)


def test_a_clone_may_be_too_shallow(tmp_path: Path) -> None:
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    origin.mkdir()
    git(origin, "init", "-q")
    for number in range(4):
        git(origin, "commit", "-qm", str(number), "--allow-empty")
    git(origin, "checkout", "-qb", "side", "HEAD~2")
    git(origin, "commit", "-qm", "side", "--allow-empty")
    git(origin, "merge", "-q", "-m", "merged", "main")
    git(tmp_path, "clone", "-q", "--depth", "2", f"file://{origin}", "clone")
    objects = Objects(find(str(clone)))
    head, side, main = git(clone, "rev-parse", "HEAD", "HEAD^1", "HEAD^2").split()
    # What the merge brought in is in its history, though nothing is known of the rest.
    assert parting(objects, head, main) == main
    with pytest.raises(Unreadable) as caught:
        parting(objects, side, main)
    assert "shallow clone" in caught.value.hint
    git(clone, "fetch", "-q", "--unshallow")
    assert parting(Objects(find(str(clone))), side, main) == git(clone, "merge-base", side, main)
