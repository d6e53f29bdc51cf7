"""Numbers that are none: a message from every option and variable that takes a number."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from running import Run

from kgen.commands import dispatch
from kgen.commands.cli import main
from kgen.commands.minikconf.command import main as minikconf
from kgen.commands.options import Option
from kgen.commands.plain import read_plain

OPTIONS = [
    (command, option)
    for command in dispatch.NAMES
    for option in dispatch.module_of(command).OPTIONS
    if option.metavar in ("N", "P", "SECONDS", "DATE")
]
NONE = ["²", "٣", "1²", "9" * 5000, "-1", "nan", "inf", "-inf", "1e400", "", " 1", "0x10", "1_0"]
# What is not a number for one of them may be one for another.
FRACTIONS = ["1.5", "1e2", "."]


def ids(pair: object) -> str:
    return f"{pair.flags[-1]}" if isinstance(pair, Option) else str(pair)[:8]


def test_these_are_all() -> None:
    """An option with another word for a number has to be added above."""
    assert len(OPTIONS) == 11
    for command in dispatch.NAMES:
        for option in dispatch.module_of(command).OPTIONS:
            numeric = "whole number" in option.expected or "number from" in option.expected
            assert numeric <= ((command, option) in OPTIONS)


@pytest.mark.parametrize(("command", "option"), OPTIONS, ids=ids)
def test_an_option_with_what_is_no_number(command: str, option: Option) -> None:
    for value in NONE + FRACTIONS:
        line = [f"{option.flags[-1]}={value}"]
        if command == "sample":
            line += ["-o", "out"]
        assert read_plain(line, dispatch.module_of(command).OPTIONS) is None
        done = CliRunner().invoke(main, [command, *line])
        assert isinstance(done.exception, SystemExit)
        assert done.exit_code == 2
        assert f": expected {option.expected}" in done.output
        assert len(done.output) < 600


@pytest.mark.parametrize("value", NONE + FRACTIONS)
def test_the_seed_of_the_drop_in(
    value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["x.mak", "x.d", "Kconfig"]
    for words in (["--seed", value], [f"--seed={value}"]):
        if words[0].endswith("=") and not value:
            continue
        assert minikconf(["--randconfig", *words, *line]) == 1
        said = capsys.readouterr().err
        assert "KG702 --seed: expected a whole number of at most 20 digits, not" in said
        assert len(said) < 300
    monkeypatch.setenv("KGEN_SEED", value)
    assert minikconf(["--randconfig", *line]) == 1
    said = capsys.readouterr().err
    if value:
        assert "KG702 KGEN_SEED: expected a whole number of at most 20 digits, not" in said
        assert len(said) < 300


@pytest.mark.parametrize(
    "value", ["²", "٣", "9" * 5000, "nan", "1e400", "", "1" * 20, "-" + "9" * 15]
)
def test_a_date_that_is_none(value: str, kgen: Run, tmp_path: object) -> None:
    (tmp_path / "policy.toml").write_text("")  # type: ignore[operator]
    done = kgen("audit", "-t", "e2k", "--policy", "policy.toml", SOURCE_DATE_EPOCH=value)
    assert done.returncode == 1
    assert "KG710 SOURCE_DATE_EPOCH is not a date" in done.stderr
    assert len(done.stderr) < 300


def test_the_largest_numbers(kgen: Run) -> None:
    """What is allowed is no traceback either."""
    sweep = ("sweep", "-t", "e2k", "-n", "64")
    for words in (
        ("--seed", "9" * 20),
        ("--density", "1e-300"),
        ("--density", "0." + "3" * 4500),
        ("--yes", "1" + ".0" * 1),
    ):
        done = kgen(*sweep, *words)
        assert done.returncode in (0, 1)
        assert "64 configurations of e2k-softmmu" in done.stdout
