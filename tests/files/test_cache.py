"""The cache folder keeps the newest files of each kind, and no more than it needs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kgen.files import cache


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KGEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_MOST", 4)
    return tmp_path / "cache"


def keep(key: str, age: int, kind: str = "run") -> str:
    path = cache.cache_path(key, kind)
    assert path is not None
    cache.keep(path, "head", key)
    os.utime(path, (1_000_000 - age, 1_000_000 - age))
    return os.path.basename(path)


def test_the_oldest_of_a_kind_are_removed(folder: Path) -> None:
    old = [keep(f"old {age}", age) for age in (5, 9, 7, 6)]
    other = [keep(f"other {age}", age, "tree") for age in (20, 30)]
    new = keep("new", 1)
    assert sorted(os.listdir(folder)) == sorted([old[0], old[2], old[3], new, *other])
    again = keep("new", 0)  # replaces one, so none has to go
    assert again == new
    assert len(os.listdir(folder)) == 6


def test_files_that_are_not_of_the_cache_stay(folder: Path) -> None:
    folder.mkdir()
    for number in range(9):
        (folder / f"mine {number}.run").write_text("")
    keep("one", 0)
    assert len(os.listdir(folder)) == 10


def test_a_file_that_cannot_be_removed_is_no_error(folder: Path) -> None:
    for number in range(4):
        path = cache.cache_path(f"folder {number}", "run")
        assert path is not None
        os.makedirs(path)
    name = keep("one", 0)
    assert cache.kept(str(folder / name), "head") == "one"
