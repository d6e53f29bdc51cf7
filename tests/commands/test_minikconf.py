"""The drop-in: the reference's command line, and a cache that cannot be stale."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from binascii import crc32
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from oracle import MODES, facts_tree, solve
from running import ROOT, Run, write_tree
from strategies import DEVICES, Tree, examples, on_disk, trees

from kgen.commands.minikconf import cache
from kgen.kconfig import kconfiglib_adapter
from kgen.model.clauses import Model
from kgen.model.problems import KgenError

TREE = {
    "Kconfig": "source hw/Kconfig\n\nconfig LINUX\n    bool\n",
    "hw/Kconfig": "config NIC\n    bool\n    default y if LINUX\n    depends on PCI\n\n"
    "config PCI\n    bool\n",
    "default.mak": "include common.mak\n",
    "common.mak": "CONFIG_PCI=y\n",
}
ARGUMENTS = ("x.mak", "x.d", "default.mak", "Kconfig", "CONFIG_LINUX=y")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "tree", TREE)


def test_output_and_depfile(kgen: Run, tree: Path) -> None:
    done = kgen("minikconf", "--defconfig", *ARGUMENTS, cwd=tree, KGEN_CACHE="off")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "CONFIG_NIC=y\nCONFIG_PCI=y\n"
    read = ["default.mak", "common.mak", "Kconfig", "hw/Kconfig"]
    assert (tree / "x.d").read_text() == "".join(f"x.mak: {tree / name}\n" for name in read)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("cached", ["off", "cache"])
def test_facts_trees_print_what_the_oracle_prints(
    mode: str, cached: str, facts: Path, kgen: Run, tmp_path: Path
) -> None:
    """Each target three times: cold, from the cache, and from the cache again."""
    data = json.loads((facts / "qemu-e2k-6.0.json").read_text())
    facts_tree(data, tmp_path)
    for target in data["targets"][::7]:
        devices = f"configs/devices/{target['name']}/default.mak"
        outside = [(name, value == "y") for name, value in target["command_line"]]
        words = [f"CONFIG_{name}={'y' if value else ''}" for name, value in outside]
        expected = solve([tmp_path / devices, tmp_path / "Kconfig"], outside, mode)
        for _ in range(3):
            done = kgen(
                "minikconf", f"--{mode}", "x.mak", "x.d", devices, "Kconfig", *words,
                cwd=tmp_path, KGEN_CACHE=cached if cached == "off" else str(tmp_path / cached),
            )  # fmt: skip
            assert done.stdout == expected.printed(), done.stderr
            files = [line.split(": ", 1)[1] for line in (tmp_path / "x.d").read_text().splitlines()]
            assert files == list(expected.files)


def test_a_devices_file_that_declares(kgen: Run, tree: Path) -> None:
    (tree / "default.mak").write_text("config EXTRA\n    bool\n    default y\nCONFIG_PCI=y\n")
    done = kgen("minikconf", *ARGUMENTS, cwd=tree, KGEN_CACHE=str(tree / "cache"))
    assert done.stdout == "CONFIG_EXTRA=y\nCONFIG_NIC=y\nCONFIG_PCI=y\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "expected OUTPUT DEPFILE INPUT..."),
        (("x.mak",), "expected OUTPUT DEPFILE INPUT..."),
        (("--frobnicate", "x.mak", "x.d"), "invalid option --frobnicate"),
        (("x.mak", "x.d", "gone.mak", "Kconfig"), "cannot read gone.mak: no such file"),
        (("x.mak", "x.d", "Kconfig", "CONFIG_NICK=y"), "undefined symbol NICK"),
        (("x.mak", "x.d", "Kconfig", "CONFIG_NIC=y"), "contradiction: NIC must be y and must be n"),
        (("--seed", "x", "x.mak", "x.d", "Kconfig"), "--seed: expected a whole number"),
        (("--duplicates=perhaps", "x.mak", "x.d", "Kconfig"), "--duplicates: expected"),
    ],
)
def test_failures_are_messages_and_status_1(
    arguments: tuple[str, ...], message: str, kgen: Run, tree: Path
) -> None:
    done = kgen("minikconf", *arguments, cwd=tree, KGEN_CACHE="off")
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (tree / "x.d").exists()


def test_no_inputs_print_nothing(kgen: Run, tree: Path) -> None:
    """The reference accepts that, too."""
    done = kgen("minikconf", "x.mak", "x.d", cwd=tree)
    assert (done.returncode, done.stdout, (tree / "x.d").read_text()) == (0, "", "")


@pytest.mark.parametrize(
    ("version", "program", "switch", "accepted"),
    [
        ("10.2.0", "", (), True),
        ("11.0.0", "", (), False),
        ("11.0.0", "if (var in self.defined_vars):", (), True),
        ("8.2.0", "if var.name in self.defined_vars:", (), False),
        ("", "", (), False),
        ("", "", ("--duplicates", "merge"), True),
        ("8.2.0", "", ("--duplicates=error",), False),
    ],
)
def test_double_definitions_follow_the_tree(
    version: str, program: str, switch: tuple[str, ...], accepted: bool, kgen: Run, tree: Path
) -> None:
    """Twice each, as a tree from the cache must be judged the same."""
    (tree / "Kconfig").write_text(TREE["Kconfig"] + "config LINUX\n    bool\n")
    files = {"VERSION": version, "scripts/minikconf.py": program}
    write_tree(tree, {name: text for name, text in files.items() if text})
    for _ in range(2):
        done = kgen("minikconf", *switch, *ARGUMENTS, cwd=tree, KGEN_CACHE=str(tree / "cache"))
        assert (done.returncode == 0) == accepted
        if not accepted:
            assert "LINUX is defined twice" in done.stderr
            assert "Kconfig:5:1" in done.stderr
            assert "Kconfig:3: note: first defined here" in done.stderr


def test_randconfig_is_seeded(kgen: Run, tree: Path) -> None:
    (tree / "Kconfig").write_text("".join(f"config S{i}\n    bool\n" for i in range(64)))
    words = ("--randconfig", "x.mak", "x.d", "Kconfig")
    first = kgen("minikconf", *words, cwd=tree)
    seed = first.stderr.split()[1]
    again = kgen("minikconf", "--seed", seed, *words, cwd=tree)
    from_environment = kgen("minikconf", *words, cwd=tree, KGEN_SEED=seed)
    other = kgen("minikconf", "--seed", str(int(seed) + 1), *words, cwd=tree)
    assert first.stdout == again.stdout == from_environment.stdout
    assert first.stderr == from_environment.stderr
    assert 10 < len(first.stdout.splitlines()) < 54
    assert other.stdout != first.stdout


def test_a_depfile_may_be_a_device(kgen: Run, tree: Path) -> None:
    """Through a link: a mistake here must not take the machine's own device away."""
    link = tree / "nowhere"
    link.symlink_to(os.devnull)
    done = kgen("minikconf", "x.mak", "nowhere", *ARGUMENTS[2:], cwd=tree)
    assert (done.returncode, done.stderr) == (0, "")
    assert link.is_symlink()
    piped = kgen("minikconf", "x.mak", "/dev/stdout", *ARGUMENTS[2:], cwd=tree)
    assert piped.stdout.startswith("x.mak: ")
    assert piped.stdout.endswith("CONFIG_PCI=y\n")


@pytest.mark.parametrize(
    ("inputs", "files"),
    [
        ("a.mak b.mak Kconfig", "a.mak common.mak b.mak Kconfig"),
        ("a.mak a.mak Kconfig", "a.mak common.mak a.mak Kconfig"),
        ("a.mak common.mak Kconfig", "a.mak common.mak common.mak Kconfig"),
        ("common.mak a.mak Kconfig", "common.mak a.mak Kconfig"),
        ("/dev/null common.mak Kconfig", "/dev/null common.mak Kconfig"),
        ("/dev/stdin Kconfig", "/dev/stdin Kconfig"),
        ("common.mak /dev/stdin", "common.mak /dev/stdin"),
    ],
)
@pytest.mark.parametrize("cached", ["off", "cache"])
def test_inputs_are_read_as_by_the_reference(
    inputs: str, files: str, cached: str, tmp_path: Path
) -> None:
    """An include is read once in all, an input once for each time that it is named; pipes and
    devices are inputs, too. The depfiles are those that QEMU's own program wrote."""
    tree = {"Kconfig": "config A\n", "common.mak": "CONFIG_A=y\n"}
    write_tree(tmp_path, {**tree, **dict.fromkeys(("a.mak", "b.mak"), "include common.mak\n")})
    given = "config A\n" if inputs.endswith("stdin") else "CONFIG_A=y\n"
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "kgen", "minikconf", "o", "d", *inputs.split()],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT), "KGEN_CACHE": cached},
            input=given, text=True, capture_output=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (0, "CONFIG_A=y\n", "")
        lines = [f"o: {os.path.join(tmp_path, name)}\n" for name in files.split()]
        assert (tmp_path / "d").read_text() == "".join(lines)


def test_an_output_that_cannot_be_encoded_is_a_failure(kgen: Run, tmp_path: Path) -> None:
    write_tree(tmp_path, {"Kconfig": "config \u00c4\n    default y\n"})
    done = kgen("minikconf", "o", "d", "Kconfig", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stdout) == (1, "")
    assert "KG702 standard output is ascii, which cannot encode CONFIG_\\xc4=y" in done.stderr
    assert not (tmp_path / "d").exists()


def test_an_assignment_may_end_with_a_line_break(kgen: Run, tree: Path) -> None:
    done = kgen("minikconf", *ARGUMENTS[:-1], "CONFIG_LINUX=y\n", cwd=tree, KGEN_CACHE="off")
    assert (done.returncode, done.stdout) == (0, "CONFIG_NIC=y\nCONFIG_PCI=y\n")


def test_a_changed_file_is_noticed(kgen: Run, tree: Path) -> None:
    """Even with the size and the times of the file as they were."""
    place = {"KGEN_CACHE": str(tree / "cache")}
    before = kgen("minikconf", *ARGUMENTS, cwd=tree, **place).stdout
    path = tree / "hw" / "Kconfig"
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    path.write_text(TREE["hw/Kconfig"].replace("default y", "default n"))
    os.utime(path, ns=times)
    assert before == "CONFIG_NIC=y\nCONFIG_PCI=y\n"
    assert kgen("minikconf", *ARGUMENTS, cwd=tree, **place).stdout == "CONFIG_PCI=y\n"
    path.unlink()
    assert "cannot read hw/Kconfig" in kgen("minikconf", *ARGUMENTS, cwd=tree, **place).stderr


def test_damaged_caches_are_passed_over(kgen: Run, tree: Path) -> None:
    place = {"KGEN_CACHE": str(tree / "cache")}
    expected = kgen("minikconf", *ARGUMENTS, cwd=tree, **place).stdout
    (kept,) = (tree / "cache").iterdir()
    good = kept.read_bytes()
    damaged = [b"", b"\0" * 100, good[:-1], good[: len(good) // 2], good + b"x", good * 2]
    damaged += [good.replace(b"NIC", b"NIX"), good.replace(b"depends", b"default"), b"\xff" + good]
    damaged += [good[:i] + bytes([good[i] ^ 1]) + good[i + 1 :] for i in range(0, len(good), 41)]
    for data in damaged:
        kept.write_bytes(data)
        done = kgen("minikconf", *ARGUMENTS, cwd=tree, **place)
        assert (done.stdout, done.stderr) == (expected, "")


def test_a_forged_cache_makes_no_traceback(kgen: Run, tree: Path) -> None:
    """A sum that fits is no promise: names, numbers and conditions are checked, too."""
    place = {"KGEN_CACHE": str(tree / "cache")}
    kgen("minikconf", *ARGUMENTS, cwd=tree, **place)
    (kept,) = (tree / "cache").iterdir()
    head, _, name, counts, body = kept.read_text().split("\n", 4)
    forgeries = [
        (counts, body.replace("depends\tNIC", "depends\tGONE")),
        (counts, body.replace("PCI\t0", "&&\t0")),
        (counts, body.replace("PCI\t0", "PCI PCI\t0")),
        (counts, body.replace("\t0\t", "\t99\t")),
        (counts, body.replace("\t0\t", "\t-9\t")),
        ("-1 0 0 0 0 0", body),
        ("9 9 9 9 9 9", body),
        ("1", body),
        (counts, "\n\f\n"),
    ]
    for new_counts, new_body in forgeries:
        rest = f"{name}\n{new_counts}\n{new_body}"
        kept.write_text(f"{head}\n{crc32(rest.encode()):08x}\n{rest}")
        done = kgen("minikconf", *ARGUMENTS, cwd=tree, **place)
        assert done.stdout == "CONFIG_NIC=y\nCONFIG_PCI=y\n"
        assert done.stderr == ""


def test_a_cache_that_others_may_write_is_not_trusted(kgen: Run, tree: Path) -> None:
    place = {"KGEN_CACHE": str(tree / "cache")}
    kgen("minikconf", *ARGUMENTS, cwd=tree, **place)
    (kept,) = (tree / "cache").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    kept.chmod(0o666)
    kgen("minikconf", *ARGUMENTS, cwd=tree, **place)
    (kept,) = (tree / "cache").iterdir()
    assert kept.stat().st_mode & 0o022 == 0, "it was made anew"


def test_no_cache_folder_is_no_error(kgen: Run, tree: Path) -> None:
    (tree / "file").write_text("")
    for place in ("file", "file/below", str(tree / "new" / "deep")):
        done = kgen("minikconf", *ARGUMENTS, cwd=tree, KGEN_CACHE=place)
        assert (done.returncode, done.stderr) == (0, "")
    assert (tree / "new" / "deep").is_dir()


def test_eight_at_once(tree: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "KGEN_CACHE": str(tree / "cache")}
    command = [sys.executable, "-m", "kgen", "minikconf", "x.mak"]
    running = [
        subprocess.Popen(
            [*command, f"{number}.d", *ARGUMENTS[2:]],
            cwd=tree,
            env=env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for number in range(8)
    ]
    for process in running:
        assert process.communicate() == ("CONFIG_NIC=y\nCONFIG_PCI=y\n", "")
    assert len(list((tree / "cache").iterdir())) == 1


@examples(60)
@given(st.one_of(trees(acyclic=True), st.just(Tree({DEVICES: "", "Kconfig": "CONFIG_=y"}))))
def test_a_cached_tree_is_the_tree_that_was_loaded(tree: Tree) -> None:
    with on_disk(tree) as (folder, inputs), pytest.MonkeyPatch.context() as patch:
        patch.setenv("KGEN_CACHE", str(folder / "cache"))

        def parse_all(read: Callable[[str], str]) -> Model:
            names = list(map(str, inputs))
            return kconfiglib_adapter.load(names, merge=lambda: True, read=read)

        try:
            first, second = (cache.load_tree(str(inputs[1]), parse_all) for _ in range(2))
        except KgenError:
            reject()
        assert second == first
        (folder / "Kconfig").write_text("config NEW\n", encoding="utf-8")
        assert cache.load_tree(str(inputs[1]), parse_all).entries[-1].symbol == "NEW"
