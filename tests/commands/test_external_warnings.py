"""Every command that resolves says once which accelerators it left out."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from running import ROOT, Run, write_tree
from small_qemu import FILES

WORDS = (
    "warning: --accel kvm: left out for arm-softmmu, sparc-softmmu: "
    "an x86_64 host has no KVM for them; --host-arch arm has it for some"
)

COMMANDS = [
    ("generate", "-o", "out", "--output", "mak"),
    ("why", "KVM"),
    ("audit", "--compare", "mode=allnoconfig"),
    ("enable", "SOUND_CARD"),
    ("disable", "SOUND_CARD"),
    ("sweep", "--configurations", "10"),
    ("sample", "--configurations", "2", "-o", "out"),
    ("snapshot", "-o", "out.json"),
    ("diff", "--old-mode", "allnoconfig"),
    ("targets",),
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "our.mak").write_text("")
    return write_tree(tmp_path / "qemu", FILES)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_a_command_warns_once(kgen: Run, tree: Path, command: tuple[str, ...]) -> None:
    done = kgen(*command, "--tree", "qemu", "--accel", "kvm,tcg")
    lines = [line for line in done.stderr.splitlines() if line.startswith("warning: ")]
    assert lines == [WORDS], done.stderr
    assert not kgen(*command, "--tree", "qemu").stderr.count("warning: ")


def test_both_trees_of_migrate_warn_together(kgen: Run, tree: Path) -> None:
    done = kgen("migrate", "qemu", "qemu", "-t", "*", "--devices", "our.mak", "--accel", "kvm,tcg")
    assert done.stderr.count(WORDS) == 1


@pytest.mark.parametrize("command", ["mak", "savedefconfig"])
def test_commands_of_one_target_warn(kgen: Run, tree: Path, command: str) -> None:
    done = kgen(command, "--tree", "qemu", "-t", "sparc", "--accel", "kvm,tcg")
    assert done.stderr.count("warning: --accel kvm: left out for sparc-softmmu") == 1


def test_commands_load_where_warnings_are_printed() -> None:
    """lint takes every accelerator into account, so nothing is left out there."""
    for path in sorted((ROOT / "kgen" / "commands").glob("*/*.py")):
        if path.parent.name == "lint":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "kgen.project.load":
                assert "load" not in {name.name for name in node.names}, path


def test_json_has_the_reason_too(kgen: Run, tree: Path) -> None:
    done = kgen("why", "KVM", "--tree", "qemu", "-t", "arm", "--format", "json", "--accel", "kvm")
    data = json.loads(done.stdout)
    assert "--host-arch arm has" in data["because"]["message"]
    options = [one.get("options") for way in data["changes"] for one in way]
    assert "--host-arch arm" in options
    assert data["errors"][0]["code"] == "KG306"
    assert done.returncode == 1


def test_a_sweep_and_lint_name_the_options_of_what_fails(kgen: Run, tmp_path: Path) -> None:
    """A select by an accelerator, and one that only a host feature makes fail."""
    (tmp_path / "t").mkdir()
    write_tree(
        tmp_path / "t",
        FILES
        | {
            "hw/chip/Kconfig": FILES["hw/chip/Kconfig"]
            + "config FUZZER\n    bool\n    default y if FUZZ\n    select LOCKED\n"
            + "config LOCKED\n    bool\n    depends on !FUZZ\n"
        },
    )
    sweep = kgen("sweep", "--tree", "t", "-t", "sparc", "--exhaustive", "FUZZ,KVM")
    assert "      pass --host linux,FUZZ" in sweep.stdout
    lint = kgen("lint", "--tree", "t", "--select", "unmet-select", "--format", "json")
    (found,) = (one for one in json.loads(lint.stdout)["findings"] if one["symbol"] == "FUZZER")
    assert found["hint"] == "FUZZ: pass --host FUZZ"
    assert found["witness"]["assignments"] == ["CONFIG_FUZZ=y"]


def test_the_drop_in_names_the_argument(kgen: Run, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "qemu" / "own.mak").write_text("CONFIG_NET_FAST=y\nCONFIG_FAST_BUS=y\n")
    done = kgen(
        "minikconf",
        "--defconfig",
        "out.mak",
        "out.d",
        "own.mak",
        "Kconfig",
        "CONFIG_TCG=y",
        cwd=tmp_path / "qemu",
    )
    assert "LINUX is n: not passed from outside (CONFIG_LINUX=y)" in done.stderr
    assert "hint: pass CONFIG_LINUX=y; or remove CONFIG_NET_FAST=y" in done.stderr


def test_why_says_that_no_host_has_an_accelerator(kgen: Run, tree: Path) -> None:
    done = kgen("why", "KVM", "--tree", "qemu", "-t", "sparc")
    last = "KVM cannot be y here: it is unavailable: no host has KVM for sparc-softmmu"
    assert done.stdout.splitlines()[-1] == last


def test_the_report_says_what_passes_a_symbol(kgen: Run, tree: Path) -> None:
    done = kgen("audit", "--tree", "qemu", "--format", "html", "--accel", "kvm,tcg")
    assert "left out: an x86_64 host has no KVM for arm-softmmu; --host-arch arm has" in done.stdout
    assert "unavailable: no host has KVM for sparc-softmmu" in done.stdout


def test_vary_says_which_accelerators_the_host_excludes(kgen: Run, tree: Path) -> None:
    done = kgen("audit", "--tree", "qemu", "--vary", "accel")
    assert "not on every target, because of --host-arch: KVM" in done.stdout


def test_a_comparison_names_the_options_of_the_side(kgen: Run, tree: Path) -> None:
    done = kgen("diff", "--tree", "qemu", "-t", "arm", "--new-host", "none", "--set", "ARM_TREE=y")
    assert "pass --new-host FDT; or remove CONFIG_ARM_TREE=y (--set ARM_TREE=y)" in done.stderr
    assert "--old-host" not in done.stderr


def test_a_policy_says_what_passes_what_it_requires(kgen: Run, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text('[[require]]\nsymbols = "ARM_EMU"\nreason = "fast"\n')
    done = kgen("audit", "--tree", "qemu", "-t", "arm", "--policy", "p.toml")
    assert "KVM is n (not passed; --accel kvm,tcg --host-arch arm passes it)" in done.stdout
