"""The design page's picture is what the imports draw."""

from __future__ import annotations

import runpy

from running import ROOT


def test_the_picture_of_the_packages_is_drawn_from_the_imports() -> None:
    """`python docs/draw_packages.py --write` brings it up to date."""
    draw = runpy.run_path(str(ROOT / "docs" / "draw_packages.py"))
    assert draw["mermaid"]() in (ROOT / "docs" / "design.md").read_text(encoding="utf-8")


def test_arrows_that_follow_from_others_are_left_out() -> None:
    draw = runpy.run_path(str(ROOT / "docs" / "draw_packages.py"))
    found = {"a": {"b", "c"}, "b": {"c"}, "c": set()}
    assert draw["reduced"](found) == {"a": {"b"}, "b": {"c"}, "c": set()}
    assert draw["floors"](found) == [["a"], ["b"], ["c"]]
