"""Models of many targets are read in other processes, and are what this one would read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from running import write_tree

from kgen.code import processes
from kgen.model.problems import KgenError
from kgen.project import standard
from kgen.project.options import Options
from kgen.standard import reader

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes can be copied here")

KCONFIG = """
config LEVEL
	int "level"
	range 0 LIMIT
	default 3 if $(ARCH)

config LIMIT
	int
	default 50

choice
	prompt "kind"
	optional

config NEAR
	bool "near"
	select $(ARCH)

config FAR
	bool "far"
	imply UNKNOWN if LEVEL > 20

endchoice

config $(ARCH)
	bool
"""
TREE = {
    "Kconfig": KCONFIG,
    **{
        f"arch/{arch}/configs/{number}_defconfig": f"CONFIG_LEVEL={number}\nCONFIG_NEAR=y\n"
        for arch in ("ARM", "MIPS", "X86")
        for number in range(20)
    },
}
OPTIONS = Options(dialect="standard", configs=("arch/{ARCH}/configs/*_defconfig",))


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KGEN_CACHE", str(tmp_path / "cache"))
    return write_tree(tmp_path / "tree", TREE)


def loaded(tree: Path, monkeypatch: pytest.MonkeyPatch, processors: int) -> tuple[object, int]:
    """The parts of the tree, and how many models this process read itself."""
    here = []
    read = reader.read_model

    def counted(*arguments: object) -> object:
        here.append(arguments)
        return read(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(reader, "read_model", counted)
    monkeypatch.setattr(processes, "_processors", lambda: processors)
    project = standard.load_standard(OPTIONS._replace(tree=str(tree)))
    monkeypatch.setattr(reader, "read_model", read)
    parts = [(part._replace(lines=()), list(map(list, part.lines))) for part in project.parts]
    return (parts, project.inputs, project.warnings), len(here)


def test_they_are_what_one_process_reads(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGEN_CACHE", "off")
    alone, count = loaded(tree, monkeypatch, 1)
    assert count == 3, "one for each ARCH"
    for processors in (2, 8):
        assert loaded(tree, monkeypatch, processors) == (alone, 0)


def test_they_are_kept_for_the_next_run(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = loaded(tree, monkeypatch, 2)
    assert loaded(tree, monkeypatch, 1) == (first, 0)
    assert loaded(tree, monkeypatch, 2) == (first, 0)
    (tree / "Kconfig").write_text(KCONFIG.replace("50", "10"), encoding="utf-8")
    assert loaded(tree, monkeypatch, 2)[0] != first


def test_what_is_wrong_is_told_here(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / "Kconfig").write_text(KCONFIG + "config\n", encoding="utf-8")
    told = []
    for processors in (1, 2):
        monkeypatch.setattr(processes, "_processors", lambda count=processors: count)
        with pytest.raises(KgenError) as error:
            standard.load_standard(OPTIONS._replace(tree=str(tree)))
        told.append(error.value.problems)
    assert told[0] == told[1]
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
