"""A command line that is read without click has the values that click gives it."""

from __future__ import annotations

import itertools
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from strategies import examples

from kgen.commands import cli, dispatch

_TABLES = {name: dispatch.module_of(name).OPTIONS for name in dispatch.NAMES}
_ALL = [option for table in _TABLES.values() for option in table]
_FLAGS = sorted({flag for option in _ALL for flag in option.flags})
_VALUES = sorted(
    {choice for option in _ALL for choice in option.choices}
    | set(
        "A=y CONFIG_A=n A=m =y CONFIG_=y A= mak mak,header mak,,json , none x86* a=b a/b @".split()
    )
    | {"", " ", "-", "--", "-x", "--mode", "ü", "*", "a b", "0", "42", "-1"}
)
_WORD = st.one_of(
    st.tuples(st.sampled_from(_FLAGS), st.sampled_from(_VALUES)),
    st.tuples(st.sampled_from(_FLAGS), st.sampled_from(_VALUES)).map(
        lambda pair: ("=".join(pair),)
    ),
    st.sampled_from([(value,) for value in (*_VALUES, *_FLAGS, "-h", "--help", "-tx", "--targe")]),
)


@st.composite
def _proper(draw: DrawFn, command: str) -> list[str]:
    """A command line in which most options have a value that suits them."""
    words = [command]
    table = _TABLES[command]
    chosen = draw(st.lists(st.sampled_from(table), max_size=5))
    for option in [*(option for option in table if option.required), *chosen]:
        suits = [
            value
            for value in option.choices or _VALUES
            if option.valid is None or option.valid(value)
        ] or _VALUES
        value = draw(st.sampled_from(suits))
        if not option.flags:
            words.append(value)
            continue
        flag = draw(st.sampled_from(option.flags))
        if option.switch:
            words.append(flag)
            continue
        words += [f"{flag}={value}"] if draw(st.booleans()) else [flag, value]
    return words


_COMMAND = st.sampled_from(sorted(_TABLES))
_ODD = st.tuples(_COMMAND, st.lists(_WORD, max_size=5)).map(
    lambda parts: [parts[0], *itertools.chain.from_iterable(parts[1])]
)


@examples(100)
@given(st.one_of(_ODD, _COMMAND.flatmap(_proper)))
def test_a_command_line_read_quickly_has_the_values_that_click_gives_it(words: list[str]) -> None:
    quick = dispatch.read_command(words)
    if quick is not None:
        assert _by_click(words) == quick


def test_most_proper_command_lines_are_read_quickly() -> None:
    words = "generate -o out --tree=/a --target x --target=y --mode allnoconfig --set A=y".split()
    assert dispatch.read_command(words) == _by_click(words)
    assert _by_click(["targets", "--mode", "none"]) is None


def _by_click(words: list[str]) -> tuple[str, dict[str, Any]] | None:
    """What click makes of a command line: what it would run, or None for a mistake."""
    called = []

    def run(command: str, values: dict[str, Any]) -> int:
        called.append((command, values))
        return 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatch, "run", run)
        try:
            cli.main(words, prog_name="kgen", standalone_mode=False)
        except (SystemExit, click.ClickException):
            pass
    return called[0] if called else None
