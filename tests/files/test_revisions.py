"""Git revisions as kgen reads them by itself: what git says is the measure."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from repositories import (
    TREE,
    committed,
    contents,
    git,
    history,
    refused,
    resolved,
)
from running import ROOT, Run, write_tree

from kgen.files.revision import Revision

PACKINGS: dict[str, list[tuple[str, ...]]] = {
    "loose": [],
    "packed": [("gc", "-q")],
    "reused deltas": [("repack", "-qadf", "--depth=50", "--window=50"), ("pack-refs", "--all")],
    "named bases": [("-c", "repack.useDeltaBaseOffset=false", "repack", "-qadf")],
    "first version": [("-c", "pack.indexVersion=1", "repack", "-qadf")],
    "many packs": [
        ("config", "gc.auto", "0"),
        ("repack", "-qdl"),
        ("gc", "-q", "--keep-largest-pack"),
    ],
    "multi-pack-index": [("repack", "-qadf"), ("multi-pack-index", "write")],
}
WRITTEN = """HEAD @ main heads/main refs/heads/main v1.0 v2.0 of-a-tag tags/v2.0 side
origin origin/main v2.0~0 v2.0^{commit} of-a-tag^{} v2.0^{}~2
HEAD~1 HEAD~3 HEAD^ HEAD^^ HEAD^2 HEAD^1~2 HEAD^2~1 HEAD^0
HEAD@{0} HEAD@{1} HEAD@{2} main@{1} main@{2} @{1} main@{1}~1 side@{0} HEAD~2^{commit}^0
v1.0-3-g%s %s %s^ HEAD^{object}""".split()
NOWHERE = [
    "v3.0",
    "HEAD~99",
    "HEAD^3",
    "main@{99}",
    "-x",
    "--all",
    "",
    " HEAD",
    "HEAD ",
    "a\nb",
    "m..n",
    "x" * 5000,
]
UNKNOWN = ["HEAD:hw", ":/c1", "HEAD^{/c1}", "main@{yesterday}", "@{u}", "@{-1}", "HEAD^!", "HEAD^@"]


@pytest.mark.parametrize("hashing", ["sha1", "sha256"])
def test_revisions_and_contents_are_those_of_git(tmp_path: Path, hashing: str) -> None:
    first = history(tmp_path / "first", f"--object-format={hashing}")
    short = git(first, "rev-parse", "--short", "HEAD~1")
    written = [word.replace("%s", short) for word in WRITTEN]
    wanted = [f"{word}^{{commit}}" for word in written]
    expected = dict(zip(written, git(first, "rev-parse", *wanted).split("\n"), strict=True))
    listed = git(first, "ls-tree", "-r", "HEAD").split("\n")
    names = {line.split("\t")[1]: line.split()[2] for line in listed}
    for packing, commands in PACKINGS.items():
        folder = tmp_path / packing
        shutil.copytree(first, folder)
        for words in commands:
            git(folder, *words)
        assert {word: resolved(folder, word) for word in written} == expected, packing
        found = contents(Revision(str(folder), "HEAD"))
        digests = {}
        for name, data in found.items():
            digest = hashlib.new(hashing, b"blob %d\0" % len(data))
            digest.update(data)
            digests[name] = digest.hexdigest()
        assert digests == names, packing
    for word in (*NOWHERE, *UNKNOWN):
        said = refused(first, word)
        assert said.startswith("KG402 cannot read ")
        there = "there is no revision" in said or "does not go back 99" in said
        assert there == (word in NOWHERE), word
    for word in ("HEAD^{tree}", git(first, "rev-parse", "HEAD:hw")):
        assert "KG402" in refused(first, word)


def test_an_abbreviation_that_could_be_several(tmp_path: Path) -> None:
    """Commits come before whatever else begins so, as git has it where a commit is meant."""
    folder = committed(write_tree(tmp_path / "t", TREE))
    tree = git(folder, "rev-parse", "HEAD^{tree}")
    names: dict[str, str] = {}
    for number in range(2000):
        # As git names it; to have git make so many would take a minute.
        who = f"A <a> {number} +0000"
        data = f"tree {tree}\nauthor {who}\ncommitter {who}\n\nx\n".encode()
        name = hashlib.sha1(b"commit %d\0" % len(data) + data).hexdigest()
        if name[:4] in names:
            break
        names[name[:4]] = data.decode()
    for text in (names[name[:4]], data.decode()):
        git(folder, "hash-object", "-t", "commit", "-w", "--stdin", data=text.encode())
    said = refused(folder, name[:4])
    assert f"{name[:4]} is ambiguous: {name[:4]}" in said
    assert resolved(folder, name[:12]) == name
    assert resolved(folder, name.upper()) == name
    # A blob that begins as a commit does is not a rival.
    commit = git(folder, "rev-parse", "HEAD")
    for number in range(2_000_000):
        data = b"%d" % number
        rival = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        if rival[:4] == commit[:4]:
            break
    git(folder, "hash-object", "-w", "--stdin", data=data)
    assert resolved(folder, commit[:4]) == commit


def test_folders_with_odd_names(tmp_path: Path, kgen: Run) -> None:
    """Blanks at the ends, a new line, bytes that are no UTF-8: what stands behind `@` is read."""
    top = tmp_path / "top"
    names = [" blanks ", "new\nline", os.fsdecode(b"not\xffutf8"), "-x", "a@b", "\ttab\t", "é"]
    for name in names:
        write_tree(top / name, {**TREE, "hw/Kconfig": "config X\n"})
    committed(top)
    for name in names:
        found = contents(Revision(str(top / name), "HEAD"))
        assert sorted(found) == sorted(TREE)
        if name not in names[:3]:
            continue
        done = kgen(
            "generate",
            "--tree",
            f"./{name}@HEAD",
            "--targets",
            f"./{name}/targets",
            "-o",
            "../out",
            cwd=top,
        )
        assert (done.returncode, done.stderr) == (0, ""), name
        gone = kgen("generate", "--tree", f"{name}@v1", "-o", "../out", cwd=top)
        assert "error: KG402" in gone.stderr
        assert len(gone.stderr.splitlines()) == 2
    inside = write_tree(top / "hw", {"x\ny": "z", os.fsdecode(b"\xfe"): "n"})
    committed(top)
    assert contents(Revision(str(inside), "HEAD")) == {"x\ny": b"z", os.fsdecode(b"\xfe"): b"n"}


def test_links_and_submodules_are_not_followed(tmp_path: Path, kgen: Run) -> None:
    top = write_tree(tmp_path / "top", TREE)
    (top / "link").symlink_to("hw")
    (top / "hw" / "Kfile").symlink_to("/etc/passwd")
    committed(top)
    name = git(top, "rev-parse", "HEAD")
    git(top, "update-index", "--add", "--cacheinfo", f"160000,{name},sub")
    git(top, "commit", "-qm", "two")
    tree = Revision(str(top), "HEAD")
    assert sorted(contents(tree)) == sorted(TREE)
    (top / "Kconfig").write_text("source link/Kconfig\nsource hw/Kfile\nsource sub/Kconfig\n")
    git(top, "add", "Kconfig")
    git(top, "commit", "-qm", "three")
    done = kgen("generate", "--tree", "top@HEAD", "--targets", "top/targets", "-o", "out")
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if "error" in line]
    assert [line.split("cannot read ")[1] for line in errors] == [
        "link/Kconfig: is behind a symbolic link, which is not followed in a git revision",
        "hw/Kfile: is a symbolic link, which is not followed in a git revision",
        "sub/Kconfig: is behind a submodule, which is not followed in a git revision",
    ]
    assert [line.split("error: ")[1][:5] for line in errors] == ["KG104"] * 3
    # But the folder that the user names may be reached through one.
    (tmp_path / "way").symlink_to(top / "hw")
    assert sorted(contents(Revision(str(tmp_path / "way"), "HEAD"))) == ["Kconfig"]


def test_a_folder_of_a_repository(tmp_path: Path) -> None:
    top = committed(write_tree(tmp_path / "top", TREE))
    assert contents(Revision(str(top / "hw"), "HEAD")) == {"Kconfig": TREE["hw/Kconfig"].encode()}
    (top / "new").mkdir()
    assert "the revision has no folder new" in refused(top / "new", "HEAD")
    assert "the folder is not in a git repository" in refused(tmp_path, "HEAD")
    git(tmp_path, "init", "-q", "--bare", "bare")
    assert "no revision HEAD" in refused(tmp_path / "bare", "HEAD")
    git(top, "push", "-q", "../bare", "main")
    assert sorted(contents(Revision(str(tmp_path / "bare"), "main"))) == sorted(TREE)
    assert sorted(contents(Revision(str(top / ".git"), "main"))) == sorted(TREE)


def test_work_trees_submodules_and_shallow_clones(tmp_path: Path) -> None:
    top = history(tmp_path / "top")
    git(top, "worktree", "add", "-q", "../second", "side")
    second = tmp_path / "second"
    for word in ("HEAD", "side", "main", "v2.0", "HEAD@{0}", "@~1"):
        assert resolved(second, word) == git(second, "rev-parse", f"{word}^{{commit}}")
    (second / ".git").write_text("gitdir: ../gone\n")
    assert "does not point to a git repository" in refused(second, "HEAD")
    outer = committed(write_tree(tmp_path / "outer", TREE))
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(top), "sub")
    assert resolved(outer / "sub" / "hw", "HEAD") == git(top, "rev-parse", "HEAD")
    git(tmp_path, "clone", "-q", "--depth=2", "--no-local", str(top), "shallow")
    shallow = tmp_path / "shallow"
    assert resolved(shallow, "HEAD~1") == git(top, "rev-parse", "HEAD~1")
    assert "the history ends at" in refused(shallow, "HEAD~2")


def test_a_clone_that_borrows(tmp_path: Path) -> None:
    top = committed(write_tree(tmp_path / "top", TREE))
    git(tmp_path, "clone", "-q", "--shared", str(top), "clone")
    assert "is missing" in refused(tmp_path / "clone", "HEAD")
    git(tmp_path / "clone", "repack", "-qad")
    assert sorted(contents(Revision(str(tmp_path / "clone"), "HEAD"))) == sorted(TREE)


@pytest.mark.parametrize(
    ("tree", "said"),
    [(".@HEAD", "KG401 the current folder does not exist"), ("{top}@nix", "KG402 cannot read")],
)
def test_a_deleted_working_folder(tmp_path: Path, tree: str, said: str) -> None:
    top = committed(write_tree(tmp_path / "top", TREE))
    (tmp_path / "gone").mkdir()
    words = ["--targets", f"{top}/targets", "-o", f"{tmp_path}/out"]
    kgen = [sys.executable, "-m", "kgen", "generate", "--tree", tree.format(top=top), *words]
    done = subprocess.run(
        ["sh", "-c", 'rmdir ../gone && exec "$@"', "sh", *kgen],
        cwd=tmp_path / "gone",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"error: {said}" in done.stderr
    assert "Traceback" not in done.stderr
