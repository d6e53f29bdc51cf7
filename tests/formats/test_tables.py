"""Tables, in CSV and Markdown."""

from __future__ import annotations

import csv
import io
import re

from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from kgen.formats import tables


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), min_size=1, max_size=3))
@examples(60)
def test_tables_hold_any_text(rows: list[list[str]]) -> None:
    """Each cell stays one cell, whatever is in it."""
    read = list(csv.reader(io.StringIO(tables.csv_text(rows))))
    assert [len(row) for row in read] == [2] * len(rows)
    for line in tables.markdown(rows):
        assert "\n" not in line
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) == 3
