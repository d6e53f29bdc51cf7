"""Completion of targets, symbols, files and lists, asked for by real shells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from build_folders import write_build
from qemu_scripts import new_tree
from running import ROOT
from small_qemu import write

SHELLS = [
    pytest.param(name, marks=pytest.mark.skipif(not shutil.which(name), reason=f"needs {name}"))
    for name in ("bash", "zsh", "fish")
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tree, a policy, and the program as a shell finds it."""
    folder = tmp_path_factory.mktemp("completion")
    write(folder / "qemu")
    (folder / "policy.toml").write_text("")
    program = folder / "bin" / "kgen"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kgen "$@"\n')
    program.chmod(0o755)
    return folder


def environment(folder: Path) -> dict[str, str]:
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "KGEN_CACHE": "", "LC_ALL": "C"}


def asked(folder: Path, line: str) -> list[tuple[str, str]]:
    """What kgen answers to bash for the end of a line: pairs (type, value)."""
    done = subprocess.run(
        [sys.executable, "-m", "kgen"],
        cwd=folder,
        env={
            **environment(folder),
            "_KGEN_COMPLETE": "bash_complete",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(line.split(" ")) - 1),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    lines = (one.partition(",") for one in done.stdout.splitlines() if one)
    return [(kind, value) for kind, _, value in lines]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("kgen native", ["native-file"]),
        ("kgen generate --host-a", ["--host-arch"]),
        ("kgen why -t e2", ["e2k"]),
        ("kgen why VIRTIO_M", ["VIRTIO_MEM", "VIRTIO_MEM_SUPPORTED", "VIRTIO_MMIO"]),
        ("kgen why CONFIG_VIRTIO_ME", ["CONFIG_VIRTIO_MEM", "CONFIG_VIRTIO_MEM_SUPPORTED"]),
        ("kgen why virtio-me", ["virtio-mem", "virtio-mem-supported"]),
        ("kgen why config_virtio-me", ["config_virtio-mem", "config_virtio-mem-supported"]),
        ("kgen audit --set virtio_mem=", ["virtio_mem=y", "virtio_mem=n"]),
        ("kgen enable VIRTIO_MEM VIRTIO_R", ["VIRTIO_RNG"]),
        ("kgen audit --set VIRTIO_R", ["VIRTIO_RNG=y", "VIRTIO_RNG=n"]),
        ("kgen audit --set VIRTIO_NET=", ["VIRTIO_NET=y", "VIRTIO_NET=n"]),
        ("kgen generate --mode all", ["allnoconfig", "allyesconfig"]),
        ("kgen generate --accel tcg,k", ["tcg,kvm"]),
        ("kgen generate --output mak,he", ["mak,header"]),
        ("kgen lint --select dead-symbol,unr", ["dead-symbol,unreachable-board"]),
        ("kgen diff --new-host n", ["none"]),
    ],
)
def test_values(folder: Path, line: str, wanted: list[str]) -> None:
    assert [value for _, value in asked(folder, line)] == wanted


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("kgen audit --policy po", "file"),
        ("kgen generate -o o", "dir"),
        ("kgen why --tree q", "dir"),
        ("kgen diff ol", "file"),
    ],
)
def test_files_are_left_to_the_shell(folder: Path, line: str, kind: str) -> None:
    assert [found for found, _ in asked(folder, line)] == [kind]


def test_a_tree_of_the_line_is_used(folder: Path) -> None:
    targets = [value for _, value in asked(folder, "kgen why --tree qemu -t ")]
    assert targets
    assert "e2k" not in targets
    assert asked(folder, "kgen why --tree missing -t ") == []


@pytest.mark.parametrize(
    ("project", "line"),
    [
        ("", "kgen why --from-build built -t "),
        ("", "kgen init --from-build built -t "),
        ('from-build = "built"\n', "kgen why -t "),
        ('from-build = "built"\ntree = "elsewhere"\n', "kgen lint -t "),
    ],
)
def test_a_build_has_its_own_targets_and_symbols(tmp_path: Path, project: str, line: str) -> None:
    new_tree(tmp_path / "sources")
    write_build(tmp_path / "built", tmp_path / "sources", {"x86_64-softmmu": ("TPM", "TCG")})
    if project:
        (tmp_path / "kgen.toml").write_text(project)
    assert asked(tmp_path, line) == [("plain", "x86_64")]
    if "tree" not in project:
        words = f"{line.replace('init', 'why').removesuffix('-t ')}TPM_C"
        assert asked(tmp_path, words) == [("plain", "TPM_CHIP")]


def test_a_project_has_its_trees_targets(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "kgen.toml").write_text(f'tree = "{folder / "qemu"}"\n')
    own = asked(tmp_path, "kgen why -t ")
    assert own == asked(folder, "kgen why --tree qemu -t ")
    assert own != asked(tmp_path, "kgen why --no-project -t ")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_real_shell_completes(shell: str, folder: Path) -> None:
    scripts = {
        "bash": """
            eval "$(_KGEN_COMPLETE=bash_source kgen)"
            COMP_WORDS=(kgen why -t e2) COMP_CWORD=3
            $(complete -p kgen | sed 's/.*-F \\([^ ]*\\).*/\\1/') kgen e2 -t
            printf '%s\n' "${COMPREPLY[@]}"
        """,
        # zsh's functions need its line editor; they are called here as it would call them.
        "zsh": """
            compdef() { : }
            compadd() { print -l -- $completions }
            eval "$(_KGEN_COMPLETE=zsh_source kgen)"
            words=(kgen why -t e2) CURRENT=4
            _kgen_completion
        """,
        "fish": """
            _KGEN_COMPLETE=fish_source kgen | source
            test (complete -C 'kgen why --accel tcg,k') = tcg,kvm; or exit
            complete -C 'kgen why -t e2'
        """,
    }
    done = subprocess.run(
        [shell, "-c", scripts[shell]],
        cwd=folder,
        env={**environment(folder), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split()[-1:] == ["e2k"], (done.stdout, done.stderr)


def test_the_tree_of_the_project_file(folder: Path) -> None:
    (folder / "box.toml").write_text('tree = "qemu"\n')
    assert ("plain", "sparc") in asked(folder, "kgen why --project box.toml -t sp")
    assert asked(folder, "kgen why --project box.toml -t x") == []
    assert asked(folder, "kgen why -t x") != [], "of the embedded tree"
    (folder / "box.toml").write_text("tree = [")
    assert asked(folder, "kgen why --project box.toml -t sp") == []
