"""What a line of a devices file is: one definition, and what each of its users takes."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_qemu
from running import Run

from kgen.kconfig.mak_edit import edited, kept
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


@pytest.mark.parametrize("blank", [" ", "\t", "\f", "\v"])
def test_every_blank_of_the_language_is_one_for_edits(blank: str) -> None:
    """A form feed is no other blank than a tab: the line is changed, none is put at the end."""
    assert edited(f"CONFIG_A{blank}={blank}y\n", [("A", False)]) == f"CONFIG_A{blank}={blank}n\n"
    assert edited(f"#{blank}CONFIG_A=y{blank}\n", [("A", False)]) == "CONFIG_A=n\n"


def test_forms_of_a_commented_assignment() -> None:
    """enable --write puts each to use; savedefconfig only the plain one, as `# #` and
    `is not set` may be remarks."""
    for text, saved in (
        ("# CONFIG_A=n", "CONFIG_A=y\n"),
        ("# # CONFIG_A=n", "# # CONFIG_A=n\n\nCONFIG_A=y\n"),
        ("# CONFIG_A is not set", "# CONFIG_A is not set\n\nCONFIG_A=y\n"),
    ):
        assert edited(text, [("A", True)]) == "CONFIG_A=y"
        assert kept([text], {"A": True}) == saved


def test_lint_takes_assignments_that_are_commented_out(kgen: Run, tmp_path: Path) -> None:
    own = "# CONFIG_GONE=y\n# # CONFIG_OLD=n\n# CONFIG_UNSET is not set\n\f#\fCONFIG_FEED=y\n"
    small_qemu.write(tmp_path / "tree", **{"configs__devices__arm-softmmu__default.mak": own})
    done = kgen("lint", "--tree", "tree", "--select", "stale-mak-comment")
    assert [line.split()[6] for line in done.stdout.splitlines()[:-1]] == [
        "GONE,",
        "OLD,",
        "FEED,",
    ]
