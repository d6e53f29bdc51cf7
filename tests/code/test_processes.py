"""Work in other processes gives what it would give in this one."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest

from kgen.code import processes
from kgen.code.processes import all_aside, aside

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes can be copied here")


@pytest.mark.parametrize("several", [True, False])
def test_what_is_computed_aside(monkeypatch: pytest.MonkeyPatch, several: bool) -> None:
    monkeypatch.setattr(processes, "_processors", lambda: 2 if several else 1)
    with aside(lambda: ["a", 1, {"b": ("c",)}, os.getpid()]) as value:
        *found, process = value()
    assert found == ["a", 1, {"b": ("c",)}]
    assert (process == os.getpid()) is not several


def test_what_fails_aside_is_computed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_processors", lambda: 2)
    own = os.getpid()

    def compute() -> str:
        if os.getpid() != own:
            os._exit(1)
        return "here"

    with aside(compute) as value:
        assert value() == "here"
    with aside(lambda: {"what marshal": object}) as other:  # a type is no data
        assert other() == {"what marshal": object}


def test_no_process_is_left_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_processors", lambda: 2)
    with pytest.raises(ZeroDivisionError), aside(lambda: "never asked for"):
        raise ZeroDivisionError
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_without_another_process_it_is_computed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def forked() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(processes, "_processors", lambda: 2)
    monkeypatch.setattr(processes, "_forked", forked)
    with aside(os.getpid) as value:
        assert value() == os.getpid()


@pytest.mark.parametrize("processors", [1, 2, 3, 8])
def test_several_computations(monkeypatch: pytest.MonkeyPatch, processors: int) -> None:
    monkeypatch.setattr(processes, "_processors", lambda: processors)
    made = [lambda number=number: (number, os.getpid()) for number in range(5)]
    with all_aside(made) as values:
        found = [value() for value in reversed(values)]
        assert found == [value() for value in reversed(values)]
    assert [number for number, _ in found] == [4, 3, 2, 1, 0]
    owners = {process for _, process in found}
    assert len(owners) == min(processors, 5)
    assert (os.getpid() in owners) is (processors == 1)
    with all_aside([]) as none:
        assert none == []


@pytest.mark.parametrize("processors", [1, 2])
@pytest.mark.parametrize("fails", [False, True])
def test_what_follows_a_computation_is_done_when_the_block_ends(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, processors: int, fails: bool
) -> None:
    """Once for each, where the value was computed: also if that is here in the end."""
    monkeypatch.setattr(processes, "_processors", lambda: processors)
    own = os.getpid()

    def compute(number: int) -> int:
        if fails and os.getpid() != own:
            os._exit(1)
        return number

    def note(number: int) -> None:
        with (tmp_path / str(number)).open("a") as file:
            file.write("done\n")

    made = [partial(compute, number) for number in range(3)]
    with all_aside(made, [partial(note, number) for number in range(3)]) as values:
        assert [value() for value in values] == [0, 1, 2]
    assert [(tmp_path / str(number)).read_text() for number in range(3)] == ["done\n"] * 3
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
