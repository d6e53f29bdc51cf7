"""Work in other processes gives what it would give in this one."""

from __future__ import annotations

import os

import pytest

from kgen.code import processes
from kgen.code.processes import aside

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
