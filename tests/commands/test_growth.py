"""Twice the input is twice the work, also where the input is nothing but mistakes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random

import pytest
from growth import MOST, growth, seconds

from kgen.code.c.headers import Headers
from kgen.code.c.unit import Unit
from kgen.commands.audit.breaches import checks
from kgen.commands.audit.matrix import matrix
from kgen.commands.audit.policy import read_policy
from kgen.commands.audit.reasons import reasons
from kgen.commands.lint import code
from kgen.commands.lint.clauses import mixed_operators
from kgen.commands.lint.known.comments import ignores, without_ignored
from kgen.commands.sample.pairwise import different
from kgen.commands.sweep.scope import scope_of
from kgen.explain import failure_messages
from kgen.formats.problems import describe, pointed
from kgen.kconfig import kconfiglib_adapter, parser
from kgen.model.clauses import Assignment
from kgen.model.configurations import Lane
from kgen.model.expr import AND, NOT, OR, conjuncts, parse, text
from kgen.model.finding import Finding
from kgen.model.places import File
from kgen.project.load import load
from kgen.project.options import Options
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


def test_samples_of_a_tree_with_cycles(tmp_path: Path) -> None:
    def work(size: int) -> Work:
        folder = tmp_path / str(size)
        folder.mkdir(exist_ok=True)
        rng = Random(5)
        folder.joinpath("Kconfig").write_text(
            "".join(
                f"config S{n}\n    bool\n    select S{rng.randrange(size)}\n"
                f"    depends on S{rng.randrange(size)} || !S{rng.randrange(size)}\n"
                for n in range(size)
            )
        )
        folder.joinpath("one.toml").write_text(
            'architecture = "one"\nendianness = "little"\nword-size = 64\n'
        )
        project = load(Options(tree=str(folder), targets=str(folder)))
        scope = scope_of(project, project.outcomes[0])
        assert scope.order is None
        return lambda: different(scope, 10, 1)

    assert growth(work, 120, seconds) < MOST


def test_trials_in_a_tree_with_a_cycle(tmp_path: Path) -> None:
    def work(size: int) -> Work:
        path = tmp_path / f"Kconfig{size}"
        numbers = range(size)
        text = "".join(f"config B{n}\n    select P{n}\nconfig P{n}\n" for n in numbers)
        path.write_text(f"{text}config X\n    select Y if Y\nconfig Y\n    select X if X\n")
        model = kconfiglib_adapter.load([str(path)])
        lines = [Assignment(f"{c}{n}", c == "B") for n in numbers for c in "BP"]
        found = resolve(model, [Lane("t", "defconfig", tuple(lines))])
        assert found.cycles
        return lambda: failure_messages.problems(found)

    assert growth(work, 400, seconds) < MOST


@pytest.mark.parametrize("key", ["symbols", "targets", "folders"])
def test_policies_that_match_nothing(tmp_path: Path, key: str) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    tree.joinpath("Kconfig").write_text("".join(f"config S_{n}\n" for n in range(3000)))
    tree.joinpath("one.toml").write_text(
        'architecture = "one"\nendianness = "little"\nword-size = 64\n'
    )
    audited = matrix([("", load(Options(tree=str(tree), targets=str(tree))))])

    def work(size: int) -> Work:
        path = tmp_path / "policy.toml"
        names = [f"T_{n}" for n in range(size)]
        keys = {"targets": ["one"], "symbols": ["S_1"]} | {key: names}
        rule = "allow-only" if key == "folders" else "forbid"
        written = "".join(f"{name} = {value}\n" for name, value in keys.items())
        path.write_text(f"[[{rule}]]\nreason = 'r'\n{written}")
        policy = read_policy(str(path), "policy.toml")
        today, why = date(2020, 1, 1), reasons(audited)
        return lambda: checks(audited, policy, today, str, {}, True, {}, why)

    assert growth(work, 100, seconds) < MOST


def test_ignore_comments() -> None:
    comment = "# kgen: ignore[dead-symbol] reason\n"

    def stacked(size: int) -> Work:
        texts = {"Kconfig": f"{comment * size}config A\n" + "    bool\n" * size}
        found = [Finding("dead-symbol", "KL001", "m", "Kconfig", n) for n in range(2 * size)]

        def run() -> None:
            kept, dropped = without_ignored(found, ignores(texts))
            assert len(kept) == size + 1
            assert dropped == size - 1

        return run

    def many(size: int) -> Work:
        texts = {"Kconfig": f"{comment}config A\n" * size}
        found = [Finding("dead-symbol", "KL001", "m", "Kconfig", n) for n in range(2 * size)]
        return lambda: without_ignored(found, ignores(texts))

    for work in (stacked, many):
        assert growth(work, 2000, seconds) < MOST


def test_conditions_in_one_line(tmp_path: Path) -> None:
    def work(size: int) -> Work:
        path = tmp_path / f"Kconfig{size}"
        text = "config A\n" + "default y if B && C || D " * size + "\nconfig B config C config D\n"
        path.write_text(text)
        model = kconfiglib_adapter.load([str(path)])
        return lambda: list(mixed_operators(model, {model.entries[0].place.file.path: text}))

    assert growth(work, 500, seconds) < MOST


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


def test_lines_of_places_in_c() -> None:
    piece = f"int a;{' ' * 90}\n"

    def work(size: int) -> Work:
        unit = Unit(Headers(lambda _: None, ()), "hw/a.c", piece * size)
        places = iter(range(len(piece) * size))

        def lines() -> None:  # each run asks of other places, as an answer is remembered
            for at in (next(places) for _ in range(size)):
                assert unit.line(at) == at // len(piece) + 1

        return lines

    assert growth(work, 8000, seconds) < MOST

    assert growth(work, 8000, seconds) < MOST


@pytest.mark.parametrize("piece", MESON)
def test_meson_files(piece: str) -> None:
    def work(size: int) -> Work:
        texts = {"meson.build": piece * size}
        return lambda: code.uses(texts)

    assert growth(work, 4000, seconds) < MOST


def test_what_meson_files_ask_for_is_found_as_before() -> None:
    read = code.uses(
        {"meson.build": "a.add(when: ['CONFIG_A',\n 'CONFIG_B'], x)\nb('CONFIG_C') # 'CONFIG_D'\n"}
    )
    found = [(use.symbol, use.line, use.device) for use in read.symbols]
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
    assert text(expr) == "A && (B && !(C && (D && E))) && ((F || G) && H)"
    assert conjuncts(expr)[:2] == [("A",), ("B",)]
    assert conjuncts(expr)[2] == ("C", "D", AND, "E", AND, NOT)
    assert conjuncts(expr)[3:] == [("F", "G", OR), ("H",)]
