"""The demo in fixtures/demo, built by the real Meson and the real make."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from running import ROOT, read_toml

VIRTIO = ROOT / "fixtures" / "virtio"
DEMO = ROOT / "fixtures" / "demo"

TARGETS = ("x86_64-softmmu", "s390x-softmmu", "aarch64-softmmu", "e2k-softmmu")
E2K = "e2k-softmmu"

PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
# What a make around the tests, or the user, may have set for other builds.
FOREIGN = ("CFLAGS", "CPPFLAGS", "LDFLAGS", "LDLIBS", "KGEN", "MAKEFLAGS", "MFLAGS", "MAKELEVEL")


def sources() -> list[tuple[list[str], list[str]]]:
    """The rules of the sources map: the symbols that must all be y, and the files."""
    rules = read_toml((VIRTIO / "sources.toml").read_text())["source"]
    return [
        ([rule["when"]] if isinstance(rule["when"], str) else rule["when"], rule["files"])
        for rule in rules
    ]


def device(when: Sequence[str]) -> str:
    """The device that a rule stands for: VIRTIO_PCI and VIRTIO_RNG together, VIRTIO_RNG_PCI."""
    return when[0] if len(when) == 1 else f"{when[1]}_{when[0].removeprefix('VIRTIO_')}"


def tool(name: str) -> str:
    found = shutil.which(name, path=PATH)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


class Demo:
    """A copy of the demo and of the descriptors, and one build system to build it with."""

    def __init__(self, root: Path, package: Path = ROOT) -> None:
        self.root = root
        self.tree = root / "demo"
        self.descriptors = root / "targets"
        self.kgen = root / "kgen"
        leave = shutil.ignore_patterns("build", "generated")
        shutil.copytree(DEMO, self.tree, ignore=leave)
        shutil.copytree(VIRTIO / "targets", self.descriptors)
        lines = ["#!/bin/sh", f"export PYTHONPATH='{package}'"]
        lines += [f"exec '{sys.executable}' -m kgen \"$@\"", ""]
        self.kgen.write_text("\n".join(lines))
        self.kgen.chmod(0o755)
        tool("cc")

    def build(self, targets: Sequence[str] = TARGETS, fails: bool = False) -> str:
        """Build, and return what the build printed."""
        raise NotImplementedError

    def ran_kgen(self, output: str) -> bool:
        raise NotImplementedError

    def generated(self) -> Path:
        raise NotImplementedError

    def program(self, target: str) -> Path:
        return self.tree / "build" / f"virtio-devices-{target}"

    def object(self, target: str, source: str) -> Path:
        raise NotImplementedError

    def run(self, *command: str, fails: bool = False) -> str:
        environment = {k: v for k, v in os.environ.items() if k not in FOREIGN}
        environment |= {"PATH": PATH, "LC_ALL": "C"}
        done = subprocess.run(
            command,
            cwd=self.tree,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode != 0) == fails, done.stdout
        return done.stdout

    def prints(self, target: str, *arguments: str) -> list[str]:
        return self.run(str(self.program(target)), *arguments).splitlines()

    def configured(self, target: str) -> set[str]:
        """The symbols that are y, as config-devices.json has them."""
        data = json.loads((self.generated() / "config-devices.json").read_text())
        return set(data["targets"][target]["y"])

    def devices(self, target: str) -> list[str]:
        """The devices that the program of a target has to print."""
        symbols = self.configured(target)
        return sorted(device(when) for when, _ in sources() if symbols.issuperset(when))

    def objects(self, target: str, devices: Sequence[str]) -> set[Path]:
        """The object files of these devices."""
        return {
            self.object(target, file)
            for when, files in sources()
            if device(when) in devices
            for file in files
        }

    def made(self) -> dict[Path, int]:
        """When each object file and each program was last written."""
        build = self.tree / "build"
        found = [*build.rglob("*.o"), *(p for p in build.glob("virtio-devices-*") if p.is_file())]
        return {path: path.stat().st_mtime_ns for path in found}

    def assign(self, target: str, *symbols: str) -> None:
        """Set symbols in a descriptor, whose last section is [symbols]."""
        with open(self.descriptors / f"{target}.toml", "a") as stream:
            stream.writelines(f"{symbol} = true\n" for symbol in symbols)


class MesonDemo(Demo):
    targets: Sequence[str] = ()

    def build(self, targets: Sequence[str] = TARGETS, fails: bool = False) -> str:
        meson, ninja = tool("meson"), tool("ninja")
        choice = f"-Dtargets={','.join(targets)}"
        if not (self.tree / "build").exists():
            options = [f"-Dkgen={self.kgen}", f"-Ddescriptors={self.descriptors}", choice]
            self.run(meson, "setup", "build", "-Dwerror=true", *options)
        elif self.targets != targets:
            self.run(meson, "configure", "build", choice)
        self.targets = targets
        return self.run(ninja, "-C", "build", fails=fails)

    def ran_kgen(self, output: str) -> bool:
        return "Regenerating build files" in output

    def generated(self) -> Path:
        return self.tree / "generated" / "build"

    def object(self, target: str, source: str) -> Path:
        return self.program(target).with_suffix(".p") / f"{source.replace('/', '_')}.o"


class MakeDemo(Demo):
    def build(self, targets: Sequence[str] = TARGETS, fails: bool = False) -> str:
        variables = [f"KGEN={self.kgen}", f"DESCRIPTORS={self.descriptors}", "CFLAGS=-Werror"]
        variables.append(f"TARGETS={' '.join(targets)}")
        return self.run(tool("make"), "-j2", *variables, fails=fails)

    def ran_kgen(self, output: str) -> bool:
        return f"{self.kgen} generate" in output

    def generated(self) -> Path:
        return self.tree / "build" / "generated"

    def object(self, target: str, source: str) -> Path:
        return self.tree / "build" / target / Path(source).with_suffix(".o")


BOTH = pytest.mark.parametrize("kind", [MesonDemo, MakeDemo], ids=["meson", "make"])


def changes(before: dict[Path, int], after: dict[Path, int]) -> set[Path]:
    """The files that were written between the two, and those that are gone."""
    return {path for path in before | after if before.get(path) != after.get(path)}


def test_files() -> None:
    """The demo has exactly the source files that the sources map names, and its main file."""
    named = {file for _, files in sources() for file in files}
    assert {path.relative_to(DEMO).as_posix() for path in DEMO.rglob("*.c")} == named | {"main.c"}


@BOTH
def test_programs_have_what_is_configured(kind: type[Demo], tmp_path: Path) -> None:
    """Each program prints the devices and the symbols that config-devices.json has for it."""
    demo = kind(tmp_path)
    demo.build()
    declared = re.findall(r"^config (\w+)", (VIRTIO / "hw/virtio/Kconfig").read_text(), re.M)
    assert len(declared) == 13
    for target in TARGETS:
        assert demo.prints(target) == demo.devices(target)
        symbols = sorted(demo.configured(target).intersection(declared))
        assert demo.prints(target, "--config") == [f"CONFIG_{symbol}" for symbol in symbols]
    assert demo.prints(E2K) == ["VHOST"]
    assert "VIRTIO_CCW" in demo.prints("s390x-softmmu")


@BOTH
def test_only_what_follows_is_rebuilt(kind: type[Demo], tmp_path: Path) -> None:
    """A changed descriptor rebuilds its own target's program, from new files and main.c only."""
    demo = kind(tmp_path)
    demo.build()
    old_text = (demo.descriptors / f"{E2K}.toml").read_text()
    old_devices = demo.prints(E2K)
    before = demo.made()
    written = {path: path.stat().st_mtime_ns for path in demo.generated().iterdir()}

    demo.assign(E2K, "VIRTIO_MEM_SUPPORTED", "VIRTIO_MMIO", "PCI_DEVICES")
    assert demo.ran_kgen(demo.build())
    appeared = set(demo.prints(E2K)) - set(old_devices)
    glue = {f"VIRTIO_{name}_PCI" for name in ("BALLOON", "CRYPTO", "IOMMU", "MEM", "RNG")}
    cores = {name.removesuffix("_PCI") for name in glue}
    assert appeared == {"MEM_DEVICE", "VIRTIO", "VIRTIO_MMIO", "VIRTIO_PCI"} | cores | glue
    assert demo.prints(E2K) == demo.devices(E2K)
    own = {demo.program(E2K), demo.object(E2K, "main.c")}
    after = demo.made()
    assert changes(before, after) == own | demo.objects(E2K, sorted(appeared))
    for path, time in written.items():
        if path.name.endswith(("-config-devices.mak", "-config-devices.h")):
            assert (path.stat().st_mtime_ns != time) == path.name.startswith(E2K)

    (demo.descriptors / f"{E2K}.toml").write_text(old_text)
    demo.build()
    assert demo.prints(E2K) == old_devices
    written_again = {path for path, time in demo.made().items() if after.get(path) != time}
    assert written_again == own


@BOTH
def test_nothing_to_do(kind: type[Demo], tmp_path: Path) -> None:
    """A second build does nothing, and a descriptor that was only touched compiles nothing."""
    demo = kind(tmp_path)
    demo.build()
    before = demo.made()
    assert not demo.ran_kgen(demo.build())
    (demo.descriptors / f"{E2K}.toml").touch()
    assert demo.ran_kgen(demo.build())
    assert not demo.ran_kgen(demo.build())
    assert demo.made() == before


@BOTH
def test_other_targets(kind: type[Demo], tmp_path: Path) -> None:
    """A longer list of targets builds the new one and leaves the others as they are."""
    demo = kind(tmp_path)
    demo.build([E2K])
    before = demo.made()
    demo.build([E2K, "m68k-softmmu"])
    assert demo.prints("m68k-softmmu") == demo.devices("m68k-softmmu")
    assert {path: demo.made()[path] for path in before} == before


@BOTH
def test_broken_descriptor(kind: type[Demo], tmp_path: Path) -> None:
    """A descriptor with a mistake fails every build until it is repaired; nothing is lost."""
    demo = kind(tmp_path)
    demo.build([E2K])
    before = demo.made()
    descriptor = demo.descriptors / f"{E2K}.toml"
    text = descriptor.read_text()
    descriptor.write_text(f"{text}NO_SUCH_SYMBOL = true\n")
    demo.build([E2K], fails=True)
    demo.build([E2K], fails=True)
    descriptor.write_text(text)
    assert demo.ran_kgen(demo.build([E2K]))
    assert not demo.ran_kgen(demo.build([E2K]))
    assert demo.made() == before


@BOTH
def test_changed_tree(kind: type[Demo], tmp_path: Path) -> None:
    """A changed Kconfig file or sources map of the embedded tree runs kgen again and relinks."""
    package = tmp_path / "package"
    for name in ("kgen", "templates", "fixtures/virtio"):
        shutil.copytree(ROOT / name, package / name, ignore=shutil.ignore_patterns("__pycache__"))
    demo = kind(tmp_path, package)
    targets = ["m68k-softmmu"]
    demo.build(targets)
    before = demo.prints(*targets)
    kconfig = package / "fixtures/virtio/hw/virtio/Kconfig"
    text = kconfig.read_text()
    entry = "config VIRTIO_CRYPTO\n    bool\n"
    assert f"{entry}    default y\n" in text
    kconfig.write_text(text.replace(f"{entry}    default y\n", entry))
    demo.build(targets)
    assert demo.prints(*targets) == [name for name in before if name != "VIRTIO_CRYPTO"]

    # No object is newer than the program now: the shorter list alone must link it again.
    sources_map = package / "fixtures/virtio/sources.toml"
    text = sources_map.read_text()
    rule = '[[source]]\nwhen = "VHOST"\nfiles = ["hw/virtio/vhost.c"]\n'
    assert rule in text
    sources_map.write_text(text.replace(rule, ""))
    demo.build(targets)
    gone = {"VIRTIO_CRYPTO", "VHOST"}
    assert demo.prints(*targets) == [name for name in before if name not in gone]
