"""Text for a terminal: whatever it holds, it can be printed."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from kgen.formats.escapes import visible

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
