"""A devices file with a symbol set: the line is changed where there is one."""

from __future__ import annotations

import pytest

from kgen.kconfig.mak_edit import edited, kept


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


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "CONFIG_A=y\n"),
        ("CONFIG_B=y", "CONFIG_B=y\nCONFIG_A=y\n"),
        ("CONFIG_B=y\r\n", "CONFIG_B=y\r\nCONFIG_A=y\r\n"),
        ("CONFIG_A=n  # why\nx\n", "CONFIG_A=y  # why\nx\n"),
        ("\tCONFIG_A = n\n", "\tCONFIG_A = y\n"),
        ("CONFIG_A=n\nCONFIG_AB=n CONFIG_A=n\n", "CONFIG_A=y\nCONFIG_AB=n CONFIG_A=y\n"),
        ("# CONFIG_A=n\r\n# CONFIG_A=y\r\n", "CONFIG_A=y\r\n# CONFIG_A=y\r\n"),
        ("# CONFIG_A is not set\n", "CONFIG_A=y\n"),
        ("# see CONFIG_A=n\n", "# see CONFIG_A=n\nCONFIG_A=y\n"),
        ("# CONFIG_A=n\nCONFIG_A=n", "# CONFIG_A=n\nCONFIG_A=y"),
    ],
)
def test_edited_text(before: str, after: str) -> None:
    assert edited(before, [("A", True)]) == after
    assert edited(after, [("A", True)]) == after
