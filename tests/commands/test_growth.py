"""Twice the input is twice the work, also where the input is nothing but mistakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from growth import MOST, growth, seconds

from kgen.commands.lint import meson
from kgen.explain import failure_messages
from kgen.formats.problems import describe, pointed
from kgen.kconfig import kconfiglib_adapter, parser
from kgen.model.clauses import Assignment
from kgen.model.configurations import Lane
from kgen.model.expr import AND, NOT, OR, conjuncts, parse, text
from kgen.model.places import File
from kgen.resolve.resolver import resolve
from kgen.targets import undeclared

Work = Callable[[], object]


def test_contradictions(tmp_path: Path) -> None:
    def work(size: int) -> Work:
        path = tmp_path / f"Kconfig{size}"
        numbers = range(size)
        path.write_text("".join(f"config B{n}\n    select P{n}\nconfig P{n}\n" for n in numbers))
        model = kconfiglib_adapter.load([str(path)])
        lines = [Assignment(f"{c}{n}", c == "B") for n in numbers for c in "BP"]
        found = resolve(model, [Lane("t", "defconfig", tuple(lines))])
        return lambda: failure_messages.problems(found)

    assert growth(work, 100) < MOST


@pytest.mark.parametrize("line", ['menu "x"\n', "!\n", "config\n", "default y\n"])
def test_lines_that_are_errors(line: str) -> None:
    def work(size: int) -> Work:
        wrong = line * size

        def run() -> None:
            for problem in parser.scan(wrong, File("Kconfig", text=wrong))[1]:
                describe(pointed(problem))

        return run

    assert growth(work, 8000, seconds) < MOST


def test_undefined_names(tmp_path: Path) -> None:
    def work(size: int) -> Work:
        path = tmp_path / f"Kconfig{size}"
        path.write_text("".join(f"config A_{n}\n    select B_{n}\n" for n in range(size)))
        model = kconfiglib_adapter.load([str(path)])
        return lambda: undeclared.undefined(model)

    assert growth(work, 2500, seconds) < MOST


MESON = (
    "when: ['CONFIG_A' ",
    "when: 'CONFIG_A",
    "host_kconfig = ['CONFIG_A=y' ",
    "host_kconfig += 'CONFIG_A=y' \\  \n",
    "\\'",
    "'CONFIG_A'\n",
    "config_all_devices['CONFIG_A'\n",
    "when: ['CONFIG_A']\n",
)


@pytest.mark.parametrize("piece", MESON)
def test_meson_files(piece: str) -> None:
    def work(size: int) -> Work:
        texts = {"meson.build": piece * size}
        written = meson._without_comments(texts["meson.build"])
        return lambda: (meson.uses(texts), list(meson._passed(written)))

    assert growth(work, 4000, seconds) < MOST


def test_what_meson_files_ask_for_is_found_as_before() -> None:
    read = meson.uses(
        {"meson.build": "a.add(when: ['CONFIG_A',\n 'CONFIG_B'], x)\nb('CONFIG_C') # 'CONFIG_D'\n"}
    )
    found = [(use.symbol, use.line, use.device) for use in read]
    assert found == [("A", 1, True), ("B", 2, True), ("C", 3, False)]


@pytest.mark.parametrize("operator", ["!", "&&", "||"])
@pytest.mark.parametrize("right", [False, True])
def test_conditions(operator: str, right: bool) -> None:
    def work(size: int) -> Work:
        if operator == "!":
            tokens = ("!", "(") * size + ("A",) + (")",) * size
        elif right:
            tokens = ("A", operator, "(") * size + ("B",) + (")",) * size
        else:
            tokens = ("A", operator) * size + ("B",)
        expr = parse(tokens)
        return lambda: (text(expr), conjuncts(expr))

    assert growth(work, 20000, seconds) < MOST


def test_the_parts_of_a_condition_are_as_they_were() -> None:
    expr = parse(tuple("A && ( B && ! ( C && ( D && E ) ) ) && ( F || G && H )".split()))
    assert text(expr) == "A && (B && !(C && (D && E))) && (F || G && H)"
    assert conjuncts(expr)[:2] == [("A",), ("B",)]
    assert conjuncts(expr)[2] == ("C", "D", AND, "E", AND, NOT)
    assert conjuncts(expr)[3:] == [("F", "G", OR), ("H",)]
