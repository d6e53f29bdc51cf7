"""Objects that are broken, that are too big, and that change while they are read."""

from __future__ import annotations

import ast
import hashlib
import os
import random
import struct
import zlib
from pathlib import Path

import pytest
from repositories import (
    TREE,
    blob,
    checked,
    committed,
    contents,
    git,
    history,
    object_file,
    problem,
    refused,
)
from running import Run, write_tree

from kgen.files.git import objects, packs
from kgen.files.git.objects import Objects
from kgen.files.git.repository import LIMIT, Unreadable, find
from kgen.files.revision import Revision
from kgen.model.problems import KgenError


def stored(folder: Path, kind: str, data: bytes, claimed: int | None = None) -> str:
    """Store a loose object, by hand and so of any size and content; its name."""
    head = b"%s %d\0" % (kind.encode(), len(data) if claimed is None else claimed)
    name = hashlib.sha1(head + data).hexdigest()
    path = object_file(folder, name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(head + data, 1))
    return name


def with_tree(folder: Path, *entries: tuple[bytes, bytes, str]) -> str:
    """A commit whose tree has these entries: mode, name, object."""
    data = b"".join(m + b" " + n + b"\0" + bytes.fromhex(o) for m, n, o in entries)
    tree = stored(folder, "tree", data)
    people = "author A <a> 1 +0000\ncommitter A <a> 1 +0000\n"
    return stored(folder, "commit", f"tree {tree}\n{people}\nx\n".encode())


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return committed(write_tree(tmp_path / "small", TREE))


@pytest.mark.parametrize("name", [b"..", b".", b"", b"a/b", b"../x"])
def test_no_entry_leads_out_of_its_folder(small: Path, name: bytes) -> None:
    commit = with_tree(small, (b"100644", name, blob(small, "Kconfig")))
    said = refused(small, commit)
    assert "has an entry with an invalid name or mode" in said


def test_a_broken_folder(small: Path) -> None:
    for data in (
        b"100644 x",
        b"100644 x\0short",
        b"9 x\0" + bytes(20),
        b"1" * 50,
        b" x\0" + bytes(20),
    ):
        tree = stored(small, "tree", data)
        commit = stored(small, "commit", f"tree {tree}\n\nx\n".encode())
        assert f"git object {tree}" in refused(small, commit)
    for data in (b"", b"tree x\n", b"tree " + b"0" * 40):
        commit = stored(small, "commit", data)
        assert "is not a valid commit" in refused(small, commit)
    tag = stored(small, "tag", b"type commit\n")
    assert "is not a valid tag" in refused(small, tag)
    commit = with_tree(small, (b"100644", b"Kconfig", git(small, "rev-parse", "HEAD^{tree}")))
    opened = Revision(str(small), commit)
    said = problem(lambda: opened.data(f"{small}/Kconfig"))
    assert "KG104 cannot read Kconfig of" in said
    assert "is a tree; expected a blob" in said


@pytest.mark.parametrize("how", ["cut", "flipped", "empty", "no header", "more"])
def test_a_corrupt_loose_object(small: Path, how: str) -> None:
    name = blob(small, "Kconfig")
    path = object_file(small, name)
    data = path.read_bytes()
    path.chmod(0o644)
    head = b"blob 20\0" + b"x" * 20
    broken = {
        "cut": data[:-3],
        "flipped": data[:9] + bytes([data[9] ^ 1]) + data[10:],
        "empty": b"",
        "no header": zlib.compress(b"blob -1\0"),
        "more": zlib.compress(head + b"y"),
    }
    path.write_bytes(broken[how])
    tree = Revision(str(small), "HEAD")
    said = problem(lambda: tree.data(f"{small}/Kconfig"))
    assert said == f"KG104 cannot read Kconfig of {small}@HEAD: git object {name} is corrupt"


def test_what_is_too_big_is_not_unpacked(small: Path, kgen: Run) -> None:
    """A claim of a gigantic size, a file of one, and a few bytes that would unpack to that."""
    claimed = stored(small, "blob", b"x", 10**15)
    honest = stored(small, "blob", bytes(LIMIT + 1))
    bomb = stored(small, "blob", bytes(LIMIT), 10)
    for name, said in ((claimed, "too big"), (honest, "too big"), (bomb, "corrupt")):
        commit = with_tree(small, (b"100644", b"Kconfig", name))
        done = kgen(
            "generate", "--tree", f"{small}@{commit}", "--targets", f"{small}/targets", "-o", "o"
        )
        assert done.returncode == 1
        assert (
            f"KG104 cannot read Kconfig of {small}@{commit}: git object {name} is {said}"
            in done.stderr
        )
        assert len(done.stderr.splitlines()) == 2
    git(small, "update-ref", "refs/heads/big", with_tree(small, (b"100644", b"Kconfig", honest)))
    object_file(small, claimed).unlink()
    object_file(small, bomb).unlink()
    for name in (claimed, bomb):
        assert not object_file(small, name).exists()
    git(small, "repack", "-qad")
    tree = Revision(str(small), "big")
    assert "too big" in problem(lambda: tree.data(f"{small}/Kconfig"))


def test_a_small_tree_of_very_many_files(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten folders, each an entry of the next twice over, hold more than anyone can go through."""
    monkeypatch.setattr("kgen.files.git.folders._ENTRIES", 1000)
    inner = git(small, "rev-parse", "HEAD^{tree}")
    for _ in range(40):
        row = bytes.fromhex(inner)
        inner = stored(small, "tree", b"40000 a\0" + row + b"40000 b\0" + row)
    commit = stored(small, "commit", f"tree {inner}\n\nx\n".encode())
    tree = Revision(str(small), commit)
    assert "more than 1000 entries" in problem(lambda: contents(tree))


def test_deltas_that_lie() -> None:
    base = b"0123456789"

    def delta(source: int, size: int, *ops: bytes) -> bytes:
        return bytes([source, size, *b"".join(ops)])

    assert packs.patched(base, delta(10, 7, b"\x91\x02\x03", b"\x04abcd")) == b"234abcd"
    for broken in (
        b"",
        delta(9, 3, b"\x90\x03"),  # another base
        delta(10, 3, b"\x90\x02"),  # too little
        delta(10, 3, b"\x90\x04"),  # too much
        delta(10, 3, b"\x91\x09\x03"),  # beyond the base's end
        delta(10, 3, b"\x03ab"),  # cut
        delta(10, 0, b"\x00"),  # reserved
        delta(10, 3, b"\x91"),
        b"\x80" * 20,
    ):
        with pytest.raises(packs.Corrupt):
            packs.patched(base, broken)
    with pytest.raises(packs.TooBig):
        packs.patched(base, bytes([10, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]))


def test_a_broken_pack_never_ends_in_a_traceback(tmp_path: Path) -> None:
    """Bytes changed anywhere in a pack and its index: the right content, or an error."""
    top = history(tmp_path / "top")
    git(top, "repack", "-qadf")
    expected = contents(Revision(str(top), "HEAD"))
    commit = git(top, "rev-parse", "HEAD")
    (pack,) = (top / ".git" / "objects" / "pack").glob("*.pack")
    dice = random.Random(2)
    errors = 0
    for path in (pack, pack.with_suffix(".idx")):
        path.chmod(0o644)
        good = path.read_bytes()
        for _ in range(150):
            data = bytearray(good)
            at = dice.randrange(len(data))
            data[at : at + dice.choice([1, 1, 4, 20])] = dice.randbytes(dice.choice([0, 1, 4]))
            path.write_bytes(data)
            try:
                assert contents(Revision(str(top), commit)) == expected
            except KgenError as error:
                errors += 1
                checked(error)
        path.write_bytes(good)
    assert errors > 100
    assert contents(Revision(str(top), commit)) == expected


def test_bases_in_a_circle(small: Path) -> None:
    """Two objects of a pack, each the difference from the other."""
    one, two = bytes([1]) * 20, bytes([2]) * 20
    delta = zlib.compress(b"\x01\x01\x90\x01")
    entry = bytes([7 << 4 | 4])
    body = b"PACK" + struct.pack(">II", 2, 2)
    first = len(body)
    body += entry + two + delta
    second = len(body)
    body += entry + one + delta + bytes(20)
    fan = b"".join(struct.pack(">I", (i >= 1) + (i >= 2)) for i in range(256))
    rows = one + two + bytes(8) + struct.pack(">II", first, second)
    folder = small / ".git" / "objects" / "pack"
    (folder / "pack-a.pack").write_bytes(body)
    (folder / "pack-a.idx").write_bytes(b"\377tOc\0\0\0\2" + fan + rows + bytes(40))
    with pytest.raises(Unreadable, match="corrupt"):
        Objects(find(str(small))).read(one.hex())


def test_a_pack_that_cannot_be_read_does_not_hide_a_short_id(small: Path) -> None:
    """What is in it is unknown, so the answer is not that there is no such revision."""
    folder = small / ".git" / "objects" / "pack"
    (folder / "pack-a.pack").write_bytes(b"")
    (folder / "pack-a.idx").mkdir()
    assert "cannot read" in refused(small, "abcdef1")


def test_git_packs_anew_meanwhile(tmp_path: Path) -> None:
    top = history(tmp_path / "top")
    expected = contents(Revision(str(top), "HEAD"))
    tree = Revision(str(top), "HEAD")
    assert tree.names(str(top))
    git(top, "gc", "-q", "--prune=now")
    assert contents(tree) == expected
    tree = Revision(str(top), "HEAD")
    git(top, "repack", "-qadf", "--depth=1")
    assert contents(tree) == expected


def test_more_packs_than_are_kept_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "_OPEN_AT_MOST", 2)
    top = write_tree(tmp_path / "top", TREE)
    committed(top)
    for number in range(4):
        (top / f"f{number}").write_text(f"{number}\n")
        git(top, "add", "-A")
        git(top, "commit", "-qm", "x")
        git(top, "repack", "-qd")
    assert len(contents(Revision(str(top), "HEAD"))) == len(TREE) + 4


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(small: Path) -> None:
    object_file(small, blob(small, "Kconfig")).chmod(0)
    tree = Revision(str(small), "HEAD")
    assert "permission denied" in problem(lambda: tree.data(f"{small}/Kconfig"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_whose_repository_it_is_makes_no_difference(small: Path) -> None:
    """git refuses, as the configuration could be of another user; kgen does not use it."""
    for path in [small, *small.rglob("*")]:
        os.chown(path, 12345, 12345, follow_symlinks=False)
    assert git(small, "rev-parse", "HEAD", check=False) == ""
    assert sorted(contents(Revision(str(small), "HEAD"))) == sorted(TREE)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("[core]\nrepositoryformatversion = 2\n", "version 2"),
        ("[extensions]\nnewest\n[core]\nrepositoryformatversion = 1\n", "the extension newest"),
        ('[core]\nrepositoryformatversion=1\n[extensions] objectFormat = "sha512" # x\n', "sha512"),
        ("[core]\nrepositoryformatversion=1\n[Extensions]\n RefStorage=other\n", "other"),
    ],
)
def test_a_repository_that_kgen_does_not_know(small: Path, setting: str, said: str) -> None:
    (small / ".git" / "config").write_text(setting)
    assert said in refused(small, "HEAD")
    # git takes extensions seriously from version 1 on.
    (small / ".git" / "config").write_text("[extensions]\nobjectFormat = sha512\n\xff\n[[\n")
    assert contents(Revision(str(small), "HEAD"))


def test_the_reader_has_no_way_to_start_or_to_call() -> None:
    """Of the standard library it uses what reads files and computes, and no more."""
    used: set[str] = set()
    for path in (Path(objects.__file__).parent).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                used.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("kgen."):
                used.add(node.module or "")
            elif isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("os", "os.path"):
                assert node.attr in {
                    *("O_RDONLY", "close", "fsdecode", "fsencode", "fstat", "listdir", "open"),
                    *("path", "pread", "read", "readlink", "walk"),
                    *("basename", "dirname", "isdir", "isfile", "islink", "join", "lexists"),
                    *("normpath", "realpath", "relpath", "split"),
                }, ast.unparse(node)
    used.discard("__future__")
    assert used == {
        *("bisect", "collections.abc", "errno", "hashlib", "heapq", "os", "re", "stat", "zlib")
    }
