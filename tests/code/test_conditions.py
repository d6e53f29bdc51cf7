"""Conditions simplify, and are true, false or unknown in each lane."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgen.code.conditions import (
    ALWAYS,
    LIMIT,
    NEVER,
    Truth,
    both,
    either,
    inverted,
    limited,
    replaced,
    text,
    unknown,
    unknowns,
)
from kgen.code.lane_truth import Emulator, LaneTruth
from kgen.code.sources import Sources
from kgen.model.expr import Expr

A, B, C = ("A",), ("B",), ("host:linux",)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (both(), "always"),
        (either(), "never"),
        (both(A, ALWAYS, B, A), "A && B"),
        (both(A, NEVER), "never"),
        (either(A, ALWAYS), "always"),
        (inverted(inverted(A)), "A"),
        (both(A, inverted(A)), "never"),
        (either(A, inverted(A)), "always"),
        (both(both(A, B), inverted(both(A, B))), "never"),
        (either(A, B, inverted(either(B, A))), "always"),
        (both(A, either(A, B)), "A"),
        (either(both(A, B), A), "A"),
        (either(both(A, B), both(A, C, B)), "A && B"),
        (both(either(A, B), C), "(A || B) && host:linux"),
        (either(A, both(B, C)), "A || (B && host:linux)"),
        (either(A, either(B, C)), "A || B || host:linux"),
        (inverted(both(A, B)), "!(A && B)"),
    ],
)
def test_simple_form(condition: Expr, expected: str) -> None:
    assert text(condition) == expected


def conditions() -> st.SearchStrategy[Expr]:
    leaves = st.sampled_from([A, B, C, ALWAYS, NEVER])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(inverted, inner),
            st.builds(lambda parts: both(*parts), st.lists(inner, max_size=3)),
            st.builds(lambda parts: either(*parts), st.lists(inner, max_size=3)),
        ),
        max_leaves=12,
    )


ROWS = list(product((False, True), repeat=3))
EVERYWHERE = (1 << len(ROWS)) - 1
KNOWN = {
    name: (mask, mask)
    for at, name in enumerate(("A", "B", "host:linux"))
    for mask in [sum(1 << row for row, values in enumerate(ROWS) if values[at])]
}


@given(st.lists(conditions(), max_size=4))
def test_simplifying_changes_no_value(parts: list[Expr]) -> None:
    truth = Truth(KNOWN, EVERYWHERE)
    values = [truth.of(part)[0] for part in parts]
    least, most = EVERYWHERE, 0
    for value in values:
        least &= value
        most |= value
    assert truth.of(both(*parts)) == (least, least)
    assert truth.of(either(*parts)) == (most, most)
    assert truth.of(inverted(both(*parts))) == (EVERYWHERE ^ least,) * 2


@given(conditions())
def test_what_is_not_known_is_between_all_that_it_can_be(condition: Expr) -> None:
    """With B unknown, what is surely true is true for both values of B."""
    surely, possibly = Truth({"A": (12, 12), "host:linux": (10, 10)}, 15).of(condition)
    values = [
        Truth({"A": (12, 12), "host:linux": (10, 10), "B": (b, b)}, 15).of(condition)[0]
        for b in (0, 15)
    ]
    assert surely & ~(values[0] & values[1]) == 0
    assert (values[0] | values[1]) & ~possibly == 0


def test_atoms_are_replaced() -> None:
    condition = both(("macro:CONFIG_A",), inverted(("macro:X",)))
    found = replaced(condition, {"macro:CONFIG_A": A, "macro:X": NEVER})
    assert found == A


def test_unknown_has_its_place_and_a_condition_does_not_grow_for_ever() -> None:
    here = unknown("hw/meson.build", 7)
    assert unknowns(both(A, inverted(here))) == {"unknown:hw/meson.build:7"}
    long = both(*((f"S{number}",) for number in range(LIMIT)))
    assert limited(A, "hw/meson.build", 7) == A
    assert limited(long, "hw/meson.build", 7) == here


def beside(*names: str) -> Expr:
    """A conjunction of names; `!` before one inverts it."""
    return both(*((one[1:], "!") if one[0] == "!" else (one,) for one in names))


@pytest.mark.parametrize(
    ("condition", "short"),
    [
        (beside("!arch:lark", "TCG", "arch:wren"), "TCG && arch:wren"),
        (
            beside("!arch:lark", "!arch:wren", "TCG", "!arch:kite"),
            "(arch:crow || arch:rook) && TCG",
        ),
        (
            either(beside("!arch:lark", "A"), beside("!arch:kite", "arch:wren", "B")),
            "(!arch:lark && A) || (arch:wren && B)",
        ),
        (beside("!arch:lark", "!arch:wren"), "!arch:lark && !arch:wren"),
    ],
)
def test_what_a_condition_says_of_architectures_is_short(condition: Expr, short: str) -> None:
    names = ("lark", "wren", "kite", "crow", "rook")
    emulators = [Emulator({"TARGET_BASE_ARCH": name}, "x86_64", True) for name in names]
    truth = LaneTruth(Sources((), {}, {}, {}, {}, (), (), {}), emulators, {}, {})
    assert text(truth.short(condition)) == short
