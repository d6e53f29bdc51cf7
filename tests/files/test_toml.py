"""Where the parts of a TOML file stand, as those that read one ask for it."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import read_toml
from strategies import examples

from kgen.files.toml import Toml
from kgen.model.places import File

TEXT = '''\
# not = "this"
top = 1
"quoted key" = 'a # b' # "x"
dotted . inner = [ "one",
  # "two"
  "two", ["in", "two"],
]
long = """
[not.a.table]
key = "value"
"""
here = { a = "x", b = { c = "y" }, d = [{ e = 1 }, { e = 2 }] }
  [ table ]
top = "top"
"\\u0041" = "\\u0042"
[table . deep]
key = 2027-01-01 10:00:00.5
[[several]]
name = "a"
  [[several]]
name = "b"
[several.more]
name = "c"
'''


def _toml(text: str) -> Toml:
    return Toml(text, File("t.toml", outside=True), "KG405")


@pytest.mark.parametrize(
    ("names", "line", "column"),
    [
        (("top",), 2, 1),
        (("quoted key",), 3, 1),
        (("dotted",), 4, 1),
        (("dotted", "inner"), 4, 10),
        (("dotted", "inner", 0), 4, 20),
        (("dotted", "inner", 2), 6, 10),
        (("long",), 8, 1),
        (("here", "a"), 12, 10),
        (("here", "b", "c"), 12, 25),
        (("here", "d", 1), 12, 52),
        (("here", "d", 1, "e"), 12, 54),
        (("table",), 13, 3),
        (("table", "top"), 14, 1),
        (("table", "A"), 15, 1),
        (("table", "deep"), 16, 1),
        (("table", "deep", "key"), 17, 1),
        (("several",), 18, 1),
        (("several", 0, "name"), 19, 1),
        (("several", 1), 20, 3),
        (("several", 1, "name"), 21, 1),
        (("several", 1, "more", "name"), 23, 1),
        # What is not there stands where it would be.
        (("table", "deep", "none"), 16, 1),
        (("none",), 1, 0),
    ],
)
def test_a_part_stands_where_it_is_written(
    names: tuple[str | int, ...], line: int, column: int
) -> None:
    place = _toml(TEXT).place(*names)
    assert (place.line, place.column) == (line, column)


@pytest.mark.parametrize(
    ("word", "names", "line", "column"),
    [
        ("a # b", ("quoted key",), 3, 17),
        ("one", ("dotted", "inner"), 4, 21),
        ("two", ("dotted", "inner"), 6, 4),
        ("two", ("dotted", "inner", 2), 6, 18),
        ("x", ("here", "a"), 12, 15),
        ("top", ("table", "top"), 14, 8),
        ("B", ("table", "A"), 15, 13),
        ("none", ("table", "top"), 14, 1),
    ],
)
def test_a_string_stands_behind_its_quotation_mark(
    word: str, names: tuple[str | int, ...], line: int, column: int
) -> None:
    place = _toml(TEXT).word(word, *names)
    assert (place.line, place.column) == (line, column)


# Keys and values in every spelling, with what could be taken for something else in them.
_KEYS = st.sampled_from(["a", "b-c", "1", '"a b"', "'[x]'", '"#"', '"a.b"', "true", r'"\""'])
_STRINGS = st.sampled_from(
    [
        *('""', '"x"', "'x'", '"]"', "'#'", r'"\"["', r"'\'"),
        *('"""\n]"""', '""""q""""', "'''''q'''''", "'''a\n# 'b' '''", r'"""\""""'),
    ]
)
_PLAIN = st.sampled_from(["1", "-1.5", "true", "2027-01-01", "07:32:00.5", "0x1f", "inf"])
_SPACE = st.sampled_from(["", " ", "\t"])
_BREAK = st.sampled_from(["", " ", "\n", " # ] ' \"\n"])


def _array(items: list[tuple[str, str]]) -> str:
    return f"[{''.join(f'{space}{item}{space},' for item, space in items)}]"


def _table(items: list[tuple[str, str]]) -> str:
    pairs = dict(items)
    return "{" + ", ".join(f"{key} = {value}" for key, value in pairs.items()) + "}"


_VALUES = st.recursive(
    _STRINGS | _PLAIN,
    lambda inner: (
        st.lists(st.tuples(inner, _BREAK), max_size=3).map(_array)
        | st.lists(st.tuples(_KEYS, inner), max_size=3).map(_table)
    ),
    max_leaves=6,
)
_PATHS = st.lists(_KEYS, min_size=1, max_size=3)
_LINES = st.one_of(
    st.builds(
        lambda path, space, value: f"{space}{f'{space}.'.join(path)} ={space}{value} # =\n",
        _PATHS,
        _SPACE,
        _VALUES,
    ),
    st.builds(lambda path, space: f"{space}[{space}{'.'.join(path)}{space}]\n", _PATHS, _SPACE),
    st.builds(lambda path, space: f"{space}[[{space}{'.'.join(path)}]]\n", _PATHS, _SPACE),
    st.sampled_from(["\n", "# [a]\n", "\t# a = 1\n"]),
)


def _parts(data: Any, names: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data)
    found = []
    for name, value in inner:
        found.append(((*names, name), value))
        if isinstance(value, dict | list):
            found += _parts(value, (*names, name))
    return found


@given(st.lists(_LINES, max_size=6))
@examples(300)
def test_every_part_of_any_text_is_found(lines: list[str]) -> None:
    """At each place stands a key that says the name, a header, or an entry of an array."""
    text = ""
    for line in lines:  # those that do not go together are left out
        try:
            read_toml(text + line)
        except ValueError:
            continue
        text += line
    toml = _toml(text)
    rows = text.split("\n")
    for names, value in _parts(toml.data):
        place = toml.place(*names)
        assert place.column, names
        rest = "\n".join([rows[place.line - 1][place.column - 1 :], *rows[place.line :]])
        if isinstance(names[-1], str) and not rest.startswith("["):
            spelled = next(
                spelling
                for spelling in (r'"\""', f'"{names[-1]}"', f"'{names[-1]}'", names[-1])
                if rest.startswith(spelling)
            )
            assert rest[len(spelled) :].lstrip(" \t")[:1] in ("=", ".")
        if isinstance(value, str):
            owner = names if isinstance(names[-1], str) else names[:-1]
            place = toml.word(value, *owner)
            before = rows[place.line - 1][: place.column - 1]
            assert before.endswith(('"', "'"))


ODD = {
    "a long array": "a = [" + "1," * 150_000 + "]",
    "strings": "a = [" + "'',\n" * 75_000 + "]",
    "quotation marks": "a = '''" + "''\n" * 100_000 + "'''",
    "escapes": 'a = "' + r"\"" * 150_000 + '"',
    "a comment": "#" * 300_000,
    "brackets in a string": 'a = "' + "[" * 300_000 + '"',
    "blanks": "a" + " " * 300_000 + "= 1",
    "empty lines": "\n" * 300_000,
    "keys": "".join(f"k{number} = 1\n" for number in range(25_000)),
    "tables": "[[several]]\n" * 25_000,
    "an open bracket": "a = " + "[" * 300_000,
    "an open string": "a = " + '"""' * 100_001,
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_text_takes_no_longer_than_it_is_long(name: str) -> None:
    """What tomllib needs is not counted; a way that is not linear would take minutes."""
    toml = _toml(ODD[name])
    start = time.process_time()
    toml.place("a", 0)
    assert time.process_time() - start < 3
