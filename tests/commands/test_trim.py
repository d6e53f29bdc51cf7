"""`kgen trim`: words of a shell, options of QEMU, and the smallest devices file."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from kgen.commands.trim.asked import Asked, asked
from kgen.commands.trim.command_lines import Word, given, options_of, parsed, program, target_of
from kgen.commands.trim.of_tree import usage
from kgen.files.tree import open_tree
from kgen.model.places import File
from kgen.model.problems import KgenError


def _texts(text: str) -> list[list[str]]:
    return [[word.text for word in line] for line in parsed(File("x", text=text))]


@pytest.mark.parametrize(
    "line",
    ["a b  c", "'a b' c", '"a \\" b" c', "a\\ b", "x='y z'", '-d \'{"a":"b,c"}\'', "a''b \"\" c"],
)
def test_words_are_those_of_a_shell(line: str) -> None:
    assert _texts(line) == [shlex.split(line)]


def test_lines_comments_and_continuations() -> None:
    assert _texts("# one\na \\\n  b # two\n\nc#d\n") == [["a", "b"], ["c#d"]]


def test_every_open_quote_is_told_with_its_place() -> None:
    with pytest.raises(KgenError) as caught:
        parsed(File("x", text="a 'b\nc\n"))
    (problem,) = caught.value.problems
    assert problem.code == "KG726"
    assert str(problem.place) == "x:1"


def test_the_program_is_behind_variables_and_names_the_target() -> None:
    word, rest = program(given(["LC_ALL=C", "/usr/bin/qemu-system-ppc64", "-S"]))
    assert word is not None
    assert target_of(word) == "ppc64-softmmu"
    assert [one.text for one in rest] == ["-S"]
    assert target_of(Word("/usr/libexec/qemu-kvm", word.place)) == ""


def _asked(line: str, tmp_path: Path) -> Asked:
    (tmp_path / "Kconfig").write_text("")
    return asked(given([line + " "])[1:], usage(open_tree(str(tmp_path))), lambda word: File(""))


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("-device e1000,netdev=n0", ["device e1000"]),
        ('-device \'{"driver":"e1000","x":true}\'', ["device e1000"]),
        ("-object memory-backend-ram,id=m,size=1G", ["object memory-backend-ram"]),
        ("-object qom-type=rng-random,id=r", ["object rng-random"]),
        ("-drive if=scsi,file=a", ["device scsi-hd"]),
        ("-drive file=a,,b,if=ide,media=cdrom", ["device ide-cd"]),
        ("-drive if=none,id=d -drive if=pflash,file=x", []),
        ("-cdrom a.iso", ["drive cdrom"]),
        ("disk.img", ["drive "]),
        ("-vga qxl", ["display qxl"]),
        ("-vga none", []),
        ("-soundhw hda,ac97", ["device intel-hda", "device hda-duplex", "device AC97"]),
        ("-usbdevice tablet", ["device usb-tablet"]),
        ("-device help", []),
        ("-cpu cortex-a53,aarch64=off", ["cpu cortex-a53"]),
        ("-virtfs local,path=/x,mount_tag=t,security_model=none", ["device virtio-9p-pci"]),
    ],
)
def test_names_of_options(line: str, names: list[str], tmp_path: Path) -> None:
    found = _asked(f"q {line}", tmp_path)
    assert [f"{one.kind} {one.name}" for one in found.names] == names


def test_machine_accelerators_and_host(tmp_path: Path) -> None:
    found = _asked(
        "q -machine pc-q35-7.2,accel=kvm:tcg,usb=on -dtb x -nic user,model=e1000", tmp_path
    )
    assert found.machine is not None
    assert found.machine.text == "pc-q35-7.2"
    assert found.accelerators == ("kvm", "tcg")
    assert found.host == {"FDT": "-dtb"}
    assert found.libraries == {"libslirp": "-nic user"}
    assert found.usb == "-machine usb=on"
    assert [one.name for one in found.nics] == ["e1000"]
    assert found.left_out == {"net"}


def test_sections_of_a_configuration_file_are_options() -> None:
    text = '[memory]\n  size = "1G"\n\n[device "d0"]\n  driver = "e1000"\n  addr = "2,3"\n'
    found = [(option.text, value.text) for option, value in options_of(File("x", text=text))]
    assert found == [("-m", "size=1G"), ("-device", "id=d0,driver=e1000,addr=2,,3")]
