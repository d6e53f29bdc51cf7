"""Following links: the answers of os.path.realpath, with fewer questions to the system."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kgen.files.read import Links


def test_as_realpath(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/file").touch()
    (tmp_path / "in").symlink_to("a/b")
    (tmp_path / "a/b/up").symlink_to("..")
    (tmp_path / "nowhere").symlink_to("gone/further")
    (tmp_path / "loop").symlink_to("loop")
    names = (
        "a a/b a/file a/file/x in in/up/file in/x nowhere nowhere/x loop loop/x gone gone/x".split()
    )
    names += [
        "gone/x/y",
        "gone/../a/b/up",
        "gone/x/../../in",
        "in/../file",
        "",
        ".",
        "a/./b/",
        "gone/",
    ]
    links = Links()
    for name in names * 2:
        path = os.path.join(tmp_path, name)
        assert links.followed(path) == os.path.realpath(path), name


def test_what_is_in_an_absent_folder_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    lstat = os.lstat

    def noted(path: str) -> os.stat_result:
        asked.append(path)
        return lstat(path)

    links = Links()
    links.followed(str(tmp_path / "there"))
    monkeypatch.setattr(os, "lstat", noted)
    for number in range(20):
        links.followed(str(tmp_path / f"out/board{number}/.config"))
    assert asked == [str(tmp_path / "out")]
