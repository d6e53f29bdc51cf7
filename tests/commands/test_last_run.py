"""The record of a `kgen generate`: where nothing changed nothing is done, and it is never stale."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from running import ROOT, write_tree

# Two targets, a file that links lead to, symbols that are declared twice, a template that includes
# others.
TREE = {
    "q/Kconfig": "source hw/Kconfig\nsource old/Kconfig\n",
    "q/hw/Kconfig": "config NIC\n    bool\n    default y\n    depends on PCI\n\n"
    "config PCI\n    bool\nconfig TCG\n    bool\nconfig CARD\n    bool\n",
    "q/real/Kconfig": "config CARD\n    bool\n    default y if ISA\nconfig ISA\n    bool\n",
    "q/VERSION": "9.0.0\n",
    "q/configs/targets/a-softmmu.mak": "TARGET_ARCH=a\n",
    "q/configs/targets/b-softmmu.mak": "TARGET_ARCH=b\n",
    "q/configs/devices/a-softmmu/default.mak": "include ../common.mak\n",
    "q/configs/devices/common.mak": "CONFIG_PCI=y\n",
    "q/configs/devices/b-softmmu/default.mak": "CONFIG_ISA=y\n",
    "list.txt.j2": "{% include 'part' %}{% include 'absent' ignore missing %}\n",
    "part": "{{ targets | length }}",
    "map.toml": '[[source]]\nwhen = "NIC"\nfiles = "nic.c"\n'.replace('"nic.c"', '["nic.c"]'),
}
WORDS = (
    "generate", "--tree", "q", "-o", "out", "--template", "list.txt.j2", "--sources", "map.toml",
    "--depfile", "out.d",
)  # fmt: skip
# Says on stderr's last line whether the run loaded the tree; EXTRA can change what it does.
SCRIPT = """
import os, sys
end, first = os._exit, os.getpid()
def told(status):
    if os.getpid() == first:
        os.write(2, b"did all" if "kgen.project.load" in sys.modules else b"did nothing")
    end(status)
os._exit = told
from kgen.__main__ import run
exec(os.environ.get("EXTRA", ""))
run()
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = write_tree(tmp_path / "place", TREE)
    (folder / "q" / "old").mkdir()
    (folder / "q" / "old" / "Kconfig").symlink_to("../real/Kconfig")
    return folder


def run(
    place: Path, words: tuple[str, ...] = WORDS, cache: str = "cache", extra: str = "", **env: str
) -> tuple[int, str, str, bool]:
    """Status, stdout, stderr, and whether the run did something."""
    plain = {key: text for key, text in os.environ.items() if not key.startswith("KGEN")}
    plain |= {"PYTHONPATH": str(ROOT), "EXTRA": extra, **env}
    plain["KGEN_CACHE"] = cache if cache == "off" else str(place.parent / cache)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *words], cwd=place, env=plain, capture_output=True, text=True
    )
    said, _, did = done.stderr.rpartition("did ")
    assert did in ("all", "nothing"), done.stderr
    return done.returncode, done.stdout, said, did == "all"


def made(place: Path) -> dict[str, bytes]:
    files = [*(place / "out").iterdir(), place / "out.d"]
    return {path.name: path.read_bytes() for path in files if path.is_file()}


def test_a_second_run_does_nothing_and_says_the_same(place: Path) -> None:
    status, first, _, did = run(place)
    assert (status, did) == (0, True)
    before, stamps = made(place), {path: path.stat() for path in (place / "out").iterdir()}
    assert run(place) == (0, first.replace("9 written, 0 un", "0 written, 9 un"), "", False)
    assert made(place) == before
    assert {path: path.stat() for path in (place / "out").iterdir()} == stamps
    assert run(place, cache="off")[1:] == (run(place)[1], "", True)


def test_json_lists_all_files_as_unchanged(place: Path) -> None:
    words = (*WORDS, "--format", "json")
    run(place, words)
    assert run(place, words) == (*run(place, words, cache="off")[:3], False)


def edit(name: str, old: str, new: str) -> Callable[[Path], object]:
    """Change a file, and nothing of it that a listing shows."""

    def change(place: Path) -> None:
        path = place / name
        before, text = path.stat(), path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert path.stat().st_size == before.st_size or len(old) != len(new)

    return change


def write(name: str, text: str) -> Callable[[Path], object]:
    return lambda place: (place / name).write_text(text)


def lead_out(place: Path) -> None:
    """A file of the tree becomes a link to a file of the same content outside."""
    inside, outside = place / "q" / "hw" / "Kconfig", place / "outside"
    outside.write_bytes(inside.read_bytes())
    inside.unlink()
    inside.symlink_to(outside)


def lead_folder_out(place: Path) -> None:
    shutil.move(place / "q" / "hw", place / "hw")
    (place / "q" / "hw").symlink_to("../hw")


def link_output_to_input(place: Path) -> None:
    (place / "q/configs/devices/common.mak").unlink()
    (place / "out/a-softmmu-config-devices.mak").write_text("CONFIG_PCI=y\n")
    (place / "q/configs/devices/common.mak").symlink_to(place / "out/a-softmmu-config-devices.mak")


def relink(place: Path) -> None:
    (place / "q/old/Kconfig").unlink()
    write_tree(place, {"q/other/Kconfig": "config ISA\n    bool\n"})
    (place / "q/old/Kconfig").symlink_to("../other/Kconfig")


def put_a_folder(place: Path) -> None:
    (place / "out/meson.build").unlink()
    (place / "out/meson.build").mkdir()


CHANGES: dict[str, Callable[[Path], object]] = {
    "a Kconfig file": edit("q/hw/Kconfig", "default y\n", "default n\n"),
    "a linked Kconfig file": edit("q/real/Kconfig", "y if ISA", "y if PCI"),
    "where a link leads": relink,
    "a link out of the tree": lead_out,
    "a folder out of the tree": lead_folder_out,
    "an included devices file": edit("q/configs/devices/common.mak", "PCI=y", "PCI=n"),
    "a target's file": edit("q/configs/targets/a-softmmu.mak", "=a", "=c"),
    "a new target": lambda place: write_tree(
        place,
        {
            "q/configs/targets/c-softmmu.mak": "TARGET_ARCH=c\n",
            "q/configs/devices/c-softmmu/default.mak": "",
        },
    ),
    "a target less": lambda place: (place / "q/configs/targets/b-softmmu.mak").unlink(),
    "the version": edit("q/VERSION", "9.0.0", "9.9.9"),
    "the version that rejects duplicates": write("q/VERSION", "12.0.0\n"),
    "a program of the tree": lambda place: write_tree(
        place, {"q/scripts/minikconf.py": "var.name in self.defined_vars\n"}
    ),
    "a project file": write("kgen.toml", 'mode = "allnoconfig"\n'),
    "the template": edit("list.txt.j2", "\n", "!\n"),
    "an included template": edit("part", "length", "length + 1"),
    "a template that was absent": write("absent", "here"),
    "a template that is gone": lambda place: (place / "part").unlink(),
    "the sources map": edit("map.toml", "nic.c", "fig.c"),
    "an output": edit("out/b-softmmu-config-devices.mak", "ISA", "PCI"),
    "an output that is gone": lambda place: (place / "out/meson.build").unlink(),
    "a folder for an output": put_a_folder,
    "all outputs gone": lambda place: shutil.rmtree(place / "out"),
    "the depfile": edit("out.d", "hw/", "HW/"),
    "an output that is read": link_output_to_input,
    "files of a killed run": write("out/.kgen-0123456789ab.tmp", ""),
    "no tree": lambda place: shutil.move(place / "q", place / "r"),
    "no Kconfig": lambda place: (place / "q/Kconfig").unlink(),
}


@pytest.mark.parametrize("name", CHANGES)
def test_after_a_change_a_run_does_what_one_without_a_record_does(name: str, place: Path) -> None:
    run(place)
    assert not run(place)[3]
    CHANGES[name](place)
    shutil.copytree(place, place.parent / "changed", symlinks=True)
    result, files = run(place), made(place)
    shutil.rmtree(place)
    shutil.copytree(place.parent / "changed", place, symlinks=True)
    assert result == run(place, cache="off")
    assert files == made(place)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_is_undone_leaves_nothing_to_do(name: str, place: Path) -> None:
    run(place)
    shutil.copytree(place, place.parent / "before", symlinks=True)
    CHANGES[name](place)
    shutil.rmtree(place)
    shutil.copytree(place.parent / "before", place, symlinks=True)
    assert not run(place)[3]


def test_what_is_not_read_may_change(place: Path) -> None:
    run(place)
    write_tree(place, {"q/hw/nic.c": "", "q/unused/Kconfig": "config X\n", "out/other": ""})
    for path in place.rglob("*"):
        os.utime(path, (1, 1))
    assert not run(place)[3]


@pytest.mark.parametrize("umask", ["0", "0o077"])
def test_a_umask_is_no_change(umask: str, place: Path) -> None:
    run(place)
    assert not run(place, extra=f"os.umask({umask})")[3]


OTHERS: dict[str, tuple[str, ...]] = {
    "a word": (*WORDS, "--set", "ISA=y"),
    "a folder": (*WORDS[:4], "other", *WORDS[5:]),
    "an order": (*WORDS[:3], "--sources", "map.toml", *WORDS[3:7], *WORDS[9:]),
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_command_line_has_another_record(name: str, place: Path) -> None:
    run(place)
    assert run(place, OTHERS[name])[3]
    assert not run(place, OTHERS[name])[3]


def test_another_folder_or_home_has_another_record(place: Path) -> None:
    run(place)
    shutil.copytree(place, place.parent / "copy", symlinks=True)
    assert run(place.parent / "copy")[3]
    assert run(place, HOME=str(place))[3]
    assert not run(place)[3]


def record(place: Path) -> Path:
    (found,) = (place.parent / "cache").glob("*.run")
    return found


def other_key(text: str) -> str:
    """A record of another command line in the same file, with a right checksum."""
    from binascii import crc32

    head, _, rest = text.split("\n", 2)
    rest = rest.replace("'--depfile'", "'--DEPFILE'", 1)
    return f"{head}\n{crc32(rest.encode()):08x}\n{rest}"


DAMAGES: dict[str, Callable[[str], str]] = {
    "empty": lambda text: "",
    "cut": lambda text: text[: len(text) // 2],
    "a letter": lambda text: text.replace("9 unchanged", "8 unchanged"),
    "an answer": lambda text: text.replace("Kconfig\t", "Kconfig\tf"),
    "of another version": lambda text: text.replace("kgen run 1 ", "kgen run 1 9."),
    "of another format": lambda text: text.replace("kgen run 1", "kgen run 0"),
    "of another command line": other_key,
    "no text": lambda text: "\udcff" + text,
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_record_is_not_used(name: str, place: Path) -> None:
    expected = run(place) and run(place)
    path = record(place)
    path.write_bytes(DAMAGES[name](path.read_text()).encode("utf-8", "surrogateescape"))
    assert run(place) == (*expected[:3], True)
    assert not run(place)[3]


def test_a_record_that_others_can_write_is_not_used(place: Path) -> None:
    run(place)
    record(place).chmod(0o666)
    assert run(place)[3]
    assert record(place).stat().st_mode & 0o777 == 0o600


def test_a_cache_that_cannot_be_written_is_no_error(place: Path) -> None:
    (place.parent / "cache").write_text("a file\n")
    first, second = run(place), run(place)
    assert (first[0], first[2:], second[0], second[2:]) == (0, ("", True), 0, ("", True))


def test_another_module_of_kgen_is_a_change(place: Path) -> None:
    """Also where the version is the same, as in a checkout."""
    kgen = place.parent / "code"
    for name in ("kgen", "templates", "fixtures/virtio"):
        shutil.copytree(ROOT / name, kgen / name)
    run(place, PYTHONPATH=str(kgen))
    assert not run(place, PYTHONPATH=str(kgen))[3]
    assert run(place)[3]  # the same, from another folder
    for module in ("resolve/resolver.py", "formats/jinja.py"):  # of each process
        path = kgen / "kgen" / module
        path.write_text(path.read_text() + "\n")
        assert run(place, PYTHONPATH=str(kgen))[3]
        assert not run(place, PYTHONPATH=str(kgen))[3]
    path = kgen / "templates" / "meson.build.j2"
    path.write_text(path.read_text().replace("kgen_targets ", "kgen_TARGETS "))
    assert run(place, PYTHONPATH=str(kgen))[3]


def test_warnings_are_printed_again(place: Path) -> None:
    warning = "import kgen.commands.generate.write as write\nmake = write.generate\n"
    warning += "def generate(*words):\n    print('warning: old', file=sys.stderr)\n"
    warning += "    return make(*words)\nwrite.generate = generate\n"
    assert run(place, extra=f"if not os.path.exists('out'):\n    exec({warning!r})")[2:] == (
        "warning: old\n", True,
    )  # fmt: skip
    assert run(place)[2:] == ("warning: old\n", False)


def test_a_failing_run_leaves_no_record(place: Path) -> None:
    (place / "q/configs/devices/b-softmmu/default.mak").write_text("CONFIG_NIC=y\n")
    assert [run(place)[0], run(place)[3]] == [1, True]
    assert not (place.parent / "cache").exists()


def test_a_file_that_changes_while_it_is_read_is_seen(place: Path) -> None:
    """The record holds what the run has read, not what is there at its end."""
    late = "import kgen.commands.generate.write as write\nmake = write.generate\n"
    late += "def generate(*words):\n    done = make(*words)\n"
    late += "    open('q/configs/devices/common.mak', 'w').write('CONFIG_PCI=n\\n')\n"
    late += "    return done\nwrite.generate = generate\n"
    run(place, extra=late)
    assert run(place)[3]
    assert b"PCI" not in made(place)["a-softmmu-config-devices.mak"]


def test_simultaneous_runs_leave_a_record_that_holds(place: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "KGEN_CACHE": str(place.parent / "cache")}
    command = [sys.executable, "-m", "kgen", *WORDS]
    runs = [
        subprocess.Popen(command, cwd=place, env=env, stdout=subprocess.DEVNULL) for _ in range(6)
    ]
    assert [one.wait() for one in runs] == [0] * 6
    run(place)
    assert not run(place)[3]
    assert run(place)[1] == run(place, cache="off")[1]


# Every way to ask the disk, noted with the path.
SPY = """
asked = open(os.environ["ASKED"], "a", buffering=1)
def spied(ask):
    def wrapped(path, *more, **named):
        if isinstance(path, str):
            asked.write(os.path.abspath(path) + "\\n")
        return ask(path, *more, **named)
    return wrapped
for name in ("open", "stat", "lstat", "listdir", "scandir", "access", "readlink"):
    setattr(os, name, spied(getattr(os, name)))
"""


def test_all_that_a_run_asks_of_its_folder_is_in_the_record(place: Path, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    run(place, extra=SPY, ASKED=str(asked))
    paths = set(asked.read_text().splitlines())
    assert str(place / "q" / "old" / "Kconfig") in paths
    rows = [line.split("\t") for line in record(place).read_text().split("\f")[1].splitlines()]
    noted = {os.path.abspath(os.path.join(place, row[1])) for row in rows}
    # Where a link leads is asked of the folders above a path, too.
    noted |= {str(above) for path in noted for above in Path(path).parents}
    missing = {
        path for path in paths
        if path.startswith(f"{place}/") and path not in noted and "/.kgen-" not in path
        and not path.startswith(f"{place}/q/real")  # where a link leads, which is noted
    }  # fmt: skip
    assert not missing


# Outputs that are made of the same as before.

COUNT = """
from kgen.commands.generate import write
renderer = write.renderer
def counted(name, source):
    def render(variables):
        print(variables["target"]["name"])
        return renderer(name, source)(variables)
    return render
write.renderer = counted
"""
NOTHING = """
from kgen.commands.generate import write
write.renderer = lambda *_: lambda _: sys.exit("rendered")
"""
ALL = WORDS[:5]


def test_only_targets_that_change_are_rendered(place: Path) -> None:
    words = (*ALL, "--output", "mak,header")
    assert run(place, words, extra=COUNT)[1].count("a-softmmu\nb-softmmu\n") == 2
    edit("q/hw/Kconfig", "config NIC", "config FIG")(place)
    assert run(place, words, extra=COUNT)[1] == (
        "a-softmmu\na-softmmu\n2 targets, 4 files in out: 2 written, 2 unchanged\n"
    )
    assert not run(place, words)[3]


def test_a_change_without_effect_renders_nothing(place: Path) -> None:
    run(place, ALL)
    edit("q/hw/Kconfig", "config PCI\n", "# a comment\nconfig PCI\n")(place)
    status, printed, said, did = run(place, ALL, extra=NOTHING)
    assert (status, said, did) == (0, "", True)
    assert "0 written, 7 unchanged" in printed


def test_what_was_edited_is_rendered_anew(place: Path) -> None:
    run(place, ALL)
    expected = made(place)
    edit("q/hw/Kconfig", "config PCI\n", "# a comment\nconfig PCI\n")(place)
    edit("out/config-devices.json", "NIC", "FIG")(place)
    edit("out/a-softmmu-config-devices.mak", "NIC", "FIG")(place)
    assert "2 written, 5 unchanged" in run(place, ALL)[1]
    assert made(place) == expected


def test_a_revision_and_a_pipe_leave_no_record(place: Path) -> None:
    (place / "q/old/Kconfig").unlink()
    write_tree(place, {"q/old/Kconfig": TREE["q/real/Kconfig"]})
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@localhost"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], cwd=place / "q", check=True)
    assert run(place, ("generate", "--tree", "q@HEAD", "-o", "out"))[0] == 0
    assert run(place, (*ALL, "--depfile", "/dev/null"))[0] == 0
    assert not (place.parent / "cache").exists()
