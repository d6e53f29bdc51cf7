"""What a line of a devices file is: one definition, for all that read or change lines."""

from __future__ import annotations

import pytest

from kgen.kconfig.mak_lines import MakLine, read_line, with_value

LINES = {
    "": MakLine("", "blank"),
    "  \f": MakLine("  \f", "blank", before="  \f"),
    "# why": MakLine("# why", "comment", before="# ", marks=1),
    "CONFIG_A=y": MakLine("CONFIG_A=y", "assignment", "A", True),
    " CONFIG_A = n  # off": MakLine(
        " CONFIG_A = n  # off", "assignment", "A", False, before=" ", after="  # off"
    ),
    "CONFIG_A=y CONFIG_B=y": MakLine(
        "CONFIG_A=y CONFIG_B=y", "other", "A", True, after=" CONFIG_B=y"
    ),
    "CONFIG_A": MakLine("CONFIG_A", "other", "A"),
    "CONFIG_A=": MakLine("CONFIG_A=", "other", "A"),
    "CONFIG_A=yes": MakLine("CONFIG_A=yes", "other", "A"),
    "CONFIG_A is not set": MakLine("CONFIG_A is not set", "other"),
    "config A": MakLine("config A", "other"),
    "#CONFIG_A=y": MakLine("#CONFIG_A=y", "commented", "A", True, before="#", marks=1),
    "# # CONFIG_A=n ": MakLine(
        "# # CONFIG_A=n ", "commented", "A", False, before="# # ", after=" ", marks=2
    ),
    "# CONFIG_A is not set": MakLine(
        "# CONFIG_A is not set", "commented", "A", False, unset=True, before="# ", marks=1
    ),
    "# CONFIG_A=y as it was": MakLine(
        "# CONFIG_A=y as it was", "comment", "A", True, before="# ", after=" as it was", marks=1
    ),
    "include ../rules.mak ": MakLine("include ../rules.mak ", "include", path="../rules.mak"),
    "# include a.mak": MakLine("# include a.mak", "comment", before="# ", marks=1),
    "included": MakLine("included", "other"),
}


@pytest.mark.parametrize("text", LINES, ids=range(len(LINES)))
def test_what_a_line_is(text: str) -> None:
    assert read_line(text) == LINES[text]


def test_a_line_that_sets_several_symbols_can_get_another_value() -> None:
    assert with_value("CONFIG_A=y CONFIG_AB=y # CONFIG_A=y", "A", False) == (
        "CONFIG_A=n CONFIG_AB=y # CONFIG_A=y"
    )
    assert with_value("# CONFIG_A=y", "A", False) is None
