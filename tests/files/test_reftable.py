"""References in tables: the git of today's distributions cannot make them yet."""

from __future__ import annotations

import contextlib
import random
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from repositories import (
    TREE,
    committed,
    git,
    refused,
    resolved,
)
from running import write_tree

from kgen.files.git import reftable
from kgen.files.git.repository import Unreadable, find


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return committed(write_tree(tmp_path / "small", TREE))


def numbered(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        value -= 1
        out.insert(0, 0x80 | value & 0x7F)
    return bytes(out)


def table(references: dict[str, str | None], block_size: int) -> bytes:
    """A table as the format's description has it; None is a deletion."""
    head = b"REFT\x01" + block_size.to_bytes(3, "big") + bytes(16)
    blocks: list[bytes] = []
    records = b""
    before = b""
    restarts: list[int] = []

    def close() -> None:
        nonlocal records, before, restarts
        shift = 0 if blocks else len(head)
        places = b"".join((4 + shift + at).to_bytes(3, "big") for at in restarts)
        body = records + places + len(restarts).to_bytes(2, "big")
        size = 4 + len(body) + shift
        block = (b"" if blocks else head) + b"r" + size.to_bytes(3, "big") + body
        blocks.append(block.ljust(block_size, b"\0") if block_size else block)
        records, before, restarts = b"", b"", []

    for name, value in sorted(references.items()):
        if block_size and len(records) > block_size - 150:
            close()
        raw = name.encode()
        shared = next(
            i for i in range(len(raw) + 1) if raw[: i + 1] != before[: i + 1] or i == len(raw)
        )
        if not records:
            restarts.append(0)
        kind, data = 0, b""
        if value and value.startswith("ref: "):
            kind, data = 3, numbered(len(value) - 5) + value[5:].encode()
        elif value:
            kind, data = 1 + (name.startswith("refs/tags/")), bytes.fromhex(value)
            data *= kind
        records += numbered(shared) + numbered((len(raw) - shared) << 3 | kind)
        records += raw[shared:] + numbered(0) + data
        before = raw
    close()
    # A block of the log follows, whose place the footer gives.
    body = b"".join(blocks)
    log = b"g" + bytes(40)
    footer = head + bytes(24) + len(body).to_bytes(8, "big") + bytes(8)
    return body + log + footer + struct.pack(">I", zlib.crc32(footer))


@pytest.mark.parametrize("block_size", [0, 256, 4096])
def test_references_in_tables(small: Path, block_size: int) -> None:
    head = git(small, "rev-parse", "HEAD")
    many: dict[str, str | None] = {f"refs/heads/b{i}": f"{i:040x}" for i in range(200)}
    old = {**many, "HEAD": "ref: refs/heads/gone", "refs/heads/main": "1" * 40}
    new = {"HEAD": "ref: refs/heads/main", "refs/heads/main": head, "refs/heads/b7": None}
    inside = small / ".git"
    shutil.rmtree(inside / "refs" / "heads")
    (inside / "refs" / "heads").write_text("this repository uses the reftable format\n")
    (inside / "HEAD").write_text("ref: refs/heads/.invalid\n")
    (inside / "reftable").mkdir()
    (inside / "reftable" / "0x1-0x1-a.ref").write_bytes(table(old, block_size))
    (inside / "reftable" / "0x2-0x2-b.ref").write_bytes(
        table({**new, "refs/tags/v1": head}, block_size)
    )
    (inside / "reftable" / "tables.list").write_text("0x1-0x1-a.ref\n0x2-0x2-b.ref\n")
    (inside / "config").write_text(
        "[core]\nrepositoryformatversion = 1\n[extensions]\nrefStorage = reftable\n"
    )
    found = reftable.references(str(inside / "reftable"), find(str(small)))
    assert found == {k: v for k, v in {**old, **new, "refs/tags/v1": head}.items() if v}
    for word in ("HEAD", "main", "v1", "refs/heads/main", "HEAD^0"):
        assert resolved(small, word) == head
    assert "missing" in refused(small, "b8")
    assert "no revision b7" in refused(small, "b7")
    assert "reflogs in reftables" in refused(small, "HEAD@{1}")
    path = inside / "reftable" / "0x2-0x2-b.ref"
    good = path.read_bytes()
    dice = random.Random(3)
    for _ in range(100):
        data = bytearray(good)
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        path.write_bytes(data[: dice.choice([len(data), dice.randrange(len(data))])])
        with contextlib.suppress(Unreadable):  # and nothing else
            reftable.references(str(inside / "reftable"), find(str(small)))
    (inside / "reftable" / "tables.list").write_text("../../x.ref\n")
    assert "lists a table with the invalid name" in refused(small, "HEAD")


def test_references_that_take_more_room_than_their_table(small: Path) -> None:
    """Each is written as the one before and a letter more."""
    inside = small / ".git" / "reftable"
    inside.mkdir()
    growing: dict[str, str | None] = {
        f"refs/heads/{'x' * length}": "1" * 40 for length in range(5000)
    }
    (inside / "a.ref").write_bytes(table(growing, 0))
    (inside / "tables.list").write_text("a.ref\n")
    with pytest.raises(Unreadable, match="is corrupt"):
        reftable.references(str(inside), find(str(small)))


def test_references_in_tables_that_git_made(tmp_path: Path) -> None:
    top = write_tree(tmp_path / "top", TREE)
    try:
        committed(top, "--ref-format=reftable")
    except subprocess.CalledProcessError:
        pytest.skip("git before 2.45 has no reftables")
    git(top, "tag", "-a", "-m", "x", "v1")
    git(top, "worktree", "add", "-q", "-b", "side", "../second")
    for folder in (top, tmp_path / "second"):
        for word in ("HEAD", "main", "side", "v1"):
            assert resolved(folder, word) == git(folder, "rev-parse", f"{word}^{{commit}}")
