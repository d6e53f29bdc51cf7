"""Text for a terminal: whatever it holds, it can be printed."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from kgen.files.toml import Toml
from kgen.formats.escapes import toml_string, visible
from kgen.model.places import File

_TEXT = st.text(st.characters(exclude_categories=()))


def _shows(char: str) -> bool:
    # Blanks that are no ASCII are no danger, though Python does not call them printable.
    return char.isprintable() or unicodedata.category(char) == "Zs"


@examples(100)
@given(_TEXT)
def test_visible_text_can_be_printed_and_stays_as_it_is(written: str) -> None:
    shown = visible(written)
    assert all(map(_shows, shown))
    assert visible(shown) == shown
    command = written.lstrip().startswith("::") or "##" in written
    assert shown == written or command or not all(map(_shows, written))
    shown.encode("utf-8")


@examples(100)
@given(st.text())
def test_a_toml_string_has_its_value_and_hides_nothing(written: str) -> None:
    text = toml_string(written)
    assert Toml(f"x = {text}", File("x"), "").data == {"x": written}
    assert all(map(_shows, text))
    assert "##[" not in text


def test_what_toml_cannot_hold_is_shown() -> None:
    text = f"x = {toml_string(chr(0xD800))}"
    assert Toml(text, File("x"), "").data == {"x": "\\ud800"}
