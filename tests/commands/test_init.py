"""`kgen init`: the file says what its options say, and what a build was configured with."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import small_qemu
from build_folders import write_build
from running import ROOT, run_kgen

from kgen.commands.dispatch import completed
from kgen.commands.init.text import parts, text
from kgen.project.options import Options, Override


@pytest.mark.parametrize(
    "words",
    [
        {"tree": "tree", "only": ("arm",), "host": "linux,-FDT", "accel": "tcg,kvm"},
        {"tree": "tree", "mode": "allnoconfig", "devices": "lists/a b", "host": "none"},
        {"tree": "/a/b@v1", "targets": "t", "settings": ("A=y", 'B"\\=n'), "host_arch": "e2k"},
        {"only": ("a", "b")},
        {},
    ],
)
@pytest.mark.parametrize("folder", ["", "below"])
def test_a_file_gives_the_options_that_it_was_made_from(
    words: dict[str, object], folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = Options()._replace(**words)  # type: ignore[arg-type]
    if "only" in words:
        overrides = [Override("a", {"accel": "kvm", "mode": "allnoconfig", "devices": "x"})]
        overrides += [
            Override("b", {"accel": "tcg,xen", "mode": "allnoconfig", "devices": "y.mak"})
        ]
        options = options._replace(overrides=tuple(overrides))
    monkeypatch.chdir(tmp_path)
    path = os.path.join(folder, "kgen.toml")
    Path(folder).mkdir(exist_ok=True)
    Path(path).write_text(text(parts(options), folder, ["a remark"]))
    found = completed("targets", {"project": path})["options"]
    for name in options.only or ("arm",):
        wanted, got = options.of(name), found.of(name)
        plain = {field: _plain(value) for field, value in wanted._asdict().items()}
        same = {field: _plain(value) for field, value in got._asdict().items()}
        for field in ("file", "written", "tree_by", "given"):
            del plain[field], same[field]
        assert same == plain


def _plain(value: object) -> object:
    return os.path.normpath(value) if isinstance(value, str) and value else value


def test_a_build_gives_each_target_what_its_own_was_passed(tmp_path: Path) -> None:
    source = small_qemu.write(tmp_path / "qemu")
    targets = {"arm-softmmu": ("FDT", "LINUX", "KVM"), "sparc-softmmu": ("LINUX", "TCG")}
    write_build(tmp_path / "build", source, targets, mode="--allnoconfig", cpu="arm")
    done = run_kgen(["init", "--from-build", "build", "--format", "json"], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["targets"] == ["arm-softmmu", "sparc-softmmu"]
    written = [
        line for line in (tmp_path / "kgen.toml").read_text().splitlines() if "#" not in line
    ]
    assert list(filter(None, written)) == [
        f'tree = "{source}"',
        'only = ["arm-softmmu", "sparc-softmmu"]',
        'mode = "allnoconfig"',
        'host-arch = "arm"',
        '[target."arm-softmmu"]',
        'host = "linux"',
        'accel = "kvm"',
        '[target."sparc-softmmu"]',
        'host = "LINUX"',
        'accel = "tcg"',
    ]
    done = run_kgen(["audit", "-s", "kvm", "-s", "tcg", "--format", "csv"], tmp_path)
    assert "KVM,external,accel,accel/Kconfig,4,y,n\n" in done.stdout
    # What the command line gives wins, and nothing is replaced.
    done = run_kgen(["init", "--from-build", "build", "--host=-LINUX", "-o", "x.toml"], tmp_path)
    assert done.returncode == 0
    done = run_kgen(["why", "linux", "--project", "x.toml"], tmp_path)
    assert done.stdout.startswith("LINUX is n on 2 of 2 targets")
    # Also a value that is the default of its option.
    values = {"--mode": "defconfig", "--host": "linux", "--host-arch": "x86_64", "--accel": "tcg"}
    words = ["init", "--from-build", "build", *(word for pair in values.items() for word in pair)]
    assert run_kgen([*words, "-o", "y.toml"], tmp_path).returncode == 0
    written = (tmp_path / "y.toml").read_text().splitlines()
    assert not [line for line in written if line.startswith(("mode", "host", "accel"))]
    before = (tmp_path / "kgen.toml").read_text()
    assert "KG606" in run_kgen(["init", "--from-build", "build"], tmp_path).stderr
    assert (tmp_path / "kgen.toml").read_text() == before


def test_nothing_is_written_for_values_that_are_wrong(tmp_path: Path) -> None:
    small_qemu.write(tmp_path / "qemu")
    for words in (["--host", "linux,-SOUNT"], ["-t", "aarch"], ["--devices", "small"]):
        assert run_kgen(["init", "--tree", "qemu", *words], tmp_path).returncode in (1, 2)
        assert not (tmp_path / "kgen.toml").exists()


@pytest.mark.parametrize(
    ("answers", "given", "expected"),
    [
        ("qemu\narm, sparc\n", [], ['tree = "qemu"', 'only = ["arm", "sparc"]']),
        ("qemu\n\n", [], ['tree = "qemu"']),
        ("sparc\n", ["--tree", "qemu"], ['tree = "qemu"', 'only = ["sparc"]']),
    ],
)
def test_what_is_not_given_is_asked_for_on_a_terminal(
    answers: str, given: list[str], expected: list[str], tmp_path: Path
) -> None:
    small_qemu.write(tmp_path / "qemu")
    ours, theirs = pty.openpty()
    try:
        os.write(ours, answers.encode())
        subprocess.run(
            [sys.executable, "-m", "kgen", "init", *given],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=theirs, stderr=theirs, stdout=subprocess.DEVNULL, check=True, timeout=60,
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)
    lines = (tmp_path / "kgen.toml").read_text().splitlines()
    assert [line for line in lines if line and "#" not in line] == expected
