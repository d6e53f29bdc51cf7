"""`kgen host`: what a configure command line passes, read from the tree's own scripts."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from qemu_scripts import new_tree, old_tree
from running import run_kgen

from kgen.commands.host.passed import Passed, passed
from kgen.files.tree import open_tree
from kgen.model.problems import KgenError


def _passed(tree: Path, *words: str, arch: str = "x86_64") -> dict[str, Passed]:
    found = passed(open_tree(str(tree)), words, arch, ())
    return {one.target.removesuffix("-softmmu"): one for one in found}


def _symbols(one: Passed) -> list[str]:
    return [*one.host, *one.accelerators]


def test_what_is_passed_what_is_open_and_what_is_not(tmp_path: Path) -> None:
    found = _passed(new_tree(tmp_path))
    assert list(found) == ["arm", "x86_64"]
    assert found["arm"].host == ("TPM", "IVSHMEM", "LINUX")
    assert found["arm"].accelerators == ("tcg",)
    assert found["x86_64"].accelerators == ("kvm", "tcg")
    assert dict(found["arm"].open_) == {
        "SPICE": ("library spice-server", "option spice"),
        "FDT": ("library fdt", "option fdt"),
    }
    assert dict(found["x86_64"].open_)["XEN"] == ("library xencontrol", "option xen")
    assert found["arm"].off == ()


@pytest.mark.parametrize(
    ("words", "host", "accelerators", "open_"),
    [
        ("--disable-spice", "TPM IVSHMEM LINUX", "kvm tcg", "FDT XEN"),
        ("--enable-spice --disable-tpm", "SPICE IVSHMEM LINUX", "kvm tcg", "FDT XEN"),
        ("--disable-tcg --enable-kvm", "TPM IVSHMEM LINUX", "kvm", "SPICE FDT XEN"),
        ("--enable-xen --disable-kvm", "TPM IVSHMEM LINUX", "xen tcg", "SPICE FDT"),
        # The check that follows `enabled` would end in an error otherwise.
        ("--enable-fdt", "TPM IVSHMEM FDT LINUX", "kvm tcg", "SPICE XEN"),
        ("--disable-fdt", "TPM IVSHMEM LINUX", "kvm tcg", "SPICE XEN"),
        ("-Dspice=enabled -Dkvm=disabled", "TPM SPICE IVSHMEM LINUX", "tcg", "FDT XEN"),
        # The options of Meson that are `auto` are off then, and KVM and TCG are among them.
        ("--without-default-features -Dtcg=enabled", "IVSHMEM LINUX", "tcg", "FDT"),
        ("--without-default-features --enable-kvm", "IVSHMEM LINUX", "kvm", "FDT"),
        # The last one counts, and what has nothing to do with it is read over.
        (
            "--enable-spice --prefix=/x CC=gcc --disable-spice",
            "TPM IVSHMEM LINUX",
            "kvm tcg",
            "FDT XEN",
        ),
        ("--with-suffix=y --disable-spice", "TPM IVSHMEM LINUX", "kvm tcg", "FDT XEN"),
    ],
)
def test_options(tmp_path: Path, words: str, host: str, accelerators: str, open_: str) -> None:
    found = _passed(new_tree(tmp_path), *words.split(), "--target-list=x86_64-softmmu")["x86_64"]
    assert found.host == tuple(host.split())
    assert found.accelerators == tuple(accelerators.split())
    assert [symbol for symbol, _ in found.open_] == open_.split()


def test_lists_modes_and_processors(tmp_path: Path) -> None:
    tree = new_tree(tmp_path)
    found = _passed(tree, "--without-default-devices", "--with-devices-x86_64=small")
    assert [(one.mode, one.devices) for one in found.values()] == [
        ("allnoconfig", "default"),
        ("allnoconfig", "small"),
    ]
    for arm in (_passed(tree, "--cpu=arm"), _passed(tree, arch="arm")):
        assert [one.accelerators for one in arm.values()] == [("kvm", "tcg"), ("tcg",)]
    assert _passed(tree, "--target-list=arm-softmmu,arm-linux-user").keys() == {"arm"}
    assert _passed(tree, "--target-list-exclude=arm-softmmu").keys() == {"x86_64"}
    assert _passed(tree, "--disable-system") == {}
    # Without --target-list, a target that has no accelerator is left out.
    assert _passed(tree, "--disable-tcg").keys() == {"x86_64"}


def test_configure_of_old_trees_finds_features_itself(tmp_path: Path) -> None:
    tree = old_tree(tmp_path)
    assert _passed(tree).keys() == {"x86_64"}, "deprecated targets are left out"
    every = "--target-list=arm-softmmu,x86_64-softmmu"
    found = _passed(tree, every)
    assert _symbols(found["arm"]) == ["TPM", "LINUX"]
    assert _symbols(found["x86_64"]) == ["TPM", "LINUX", "kvm"]
    assert found["arm"].open_ == (("SPICE", ("option spice",)),)
    assert found["arm"].devices == "default"
    found = _passed(tree, every, "--enable-spice", "--disable-kvm", "--without-default-devices")
    assert _symbols(found["x86_64"]) == ["TPM", "SPICE", "LINUX"]
    assert found["x86_64"].mode == "allnoconfig"
    found = _passed(tree, every, "--without-default-features", "--disable-spice")
    assert _symbols(found["x86_64"]) == ["LINUX"]
    assert found["x86_64"].off == ("TPM", "SPICE")


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ("--disable-spicy", "configure of this tree has no option --disable-spicy", "-spice"),
        ("--target-list=amr-softmmu", "this tree has no target amr-softmmu", "arm-softmmu"),
        ("--disable-tcg --target-list=arm-softmmu", "No accelerator available for target arm", ""),
    ],
)
def test_mistakes(tmp_path: Path, words: str, message: str, hint: str) -> None:
    with pytest.raises(KgenError, match=message) as error:
        _passed(new_tree(tmp_path), *words.split())
    assert hint in error.value.problems[0].hint


def _run(cwd: Path, *words: str) -> Any:
    return run_kgen(["host", *words], cwd)


def test_text_ends_with_options_that_work(tmp_path: Path) -> None:
    new_tree(tmp_path / "qemu")
    words = ["--enable-spice", "--disable-fdt", "--with-devices-x86_64=small"]
    done = _run(tmp_path, "--", "qemu/configure", *words)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "undecided     XEN: library xencontrol; see --enable-xen" in lines
    assert "not passed    FDT" in lines
    (options,) = (line for line in lines if line.endswith("--devices small"))
    words = shlex.split(options.removeprefix("options"))
    done = run_kgen(["targets", "--tree", "qemu", "-t", "x86_64", *words], tmp_path)
    assert done.returncode == 0, done.stderr
    done = run_kgen(["audit", "--tree", "qemu", "-t", "x86_64", *words, "-s", "C*"], tmp_path)
    assert [line.split()[-1] for line in done.stdout.splitlines()[1:3]] == ["y", "y"]


def test_json_and_tree(tmp_path: Path) -> None:
    tree = new_tree(tmp_path)
    done = _run(tree, "--tree", ".", "-t", "arm", "--format", "json", "--", "--disable-spice")
    data = json.loads(done.stdout)
    (target,) = data["targets"]
    assert target["passed"] == ["TPM", "IVSHMEM", "LINUX"]
    assert target["not-passed"] == ["SPICE"]
    assert data["options"][0]["words"] == ["--host", "TPM,IVSHMEM,LINUX", "--accel", "tcg"]


def test_a_tree_without_scripts(tmp_path: Path) -> None:
    tree = new_tree(tmp_path)
    (tree / "meson_options.txt").unlink()
    done = _run(tree, "--tree", ".")
    assert done.returncode == 1
    assert "error: KG413 . has no readable meson_options.txt\n" in done.stderr
