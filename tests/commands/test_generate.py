"""What `kgen generate` promises of its files: all or none, untouched, the same everywhere."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from processes import ended
from running import ROOT, Run, run_kgen, write_tree

DESCRIPTOR = 'architecture = "x86_64"\nendianness = "little"\n'
TREE = {
    "Kconfig": "source hw/Kconfig\n",
    "hw/Kconfig": "config NIC\n    bool\n    default y\n    depends on PCI\n\n"
    "config PCI\n    bool\n",
    "targets/a-softmmu.toml": DESCRIPTOR + "[symbols]\nPCI = true\n",
    "targets/b-softmmu.toml": DESCRIPTOR,
}
GENERATE = ("generate", "--tree", ".", "--targets", "targets", "-o", "out")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "tree", TREE)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def stamps(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in sorted(folder.iterdir())}


def test_unchanged_files_are_not_touched(kgen: Run, tree: Path) -> None:
    kgen(*GENERATE, cwd=tree)
    before = stamps(tree / "out")
    assert "0 written" in kgen(*GENERATE, cwd=tree).stdout
    assert stamps(tree / "out") == before
    (tree / "targets" / "b-softmmu.toml").write_text(DESCRIPTOR + "[symbols]\nPCI = true\n")
    kgen(*GENERATE, cwd=tree)
    touched = {name for name, stamp in stamps(tree / "out").items() if before[name] != stamp}
    assert {name for name in touched if name.startswith("a-")} == set()
    assert "b-softmmu-config-devices.mak" in touched


def test_one_failing_target_leaves_all_files(kgen: Run, tree: Path) -> None:
    kgen(*GENERATE, cwd=tree)
    before = contents(tree / "out"), stamps(tree / "out")
    (tree / "targets" / "a-softmmu.toml").write_text(DESCRIPTOR)
    (tree / "targets" / "b-softmmu.toml").write_text(DESCRIPTOR + "[symbols]\nNIC = true\n")
    done = kgen(*GENERATE, cwd=tree)
    assert done.returncode == 1
    assert "1 of 2 targets cannot be configured: b-softmmu; fine: a-softmmu" in done.stderr
    assert (contents(tree / "out"), stamps(tree / "out")) == before


def test_a_file_that_cannot_be_replaced_leaves_all_files(kgen: Run, tree: Path) -> None:
    """A folder stands where the last file should go: those before it are brought back."""
    kgen(*GENERATE, cwd=tree)
    (tree / "out" / "meson.build").unlink()
    (tree / "out" / "meson.build").mkdir()
    before = {path.name: path.read_bytes() for path in (tree / "out").iterdir() if path.is_file()}
    (tree / "targets" / "b-softmmu.toml").write_text(DESCRIPTOR + "[symbols]\nPCI = true\n")
    done = kgen(*GENERATE, cwd=tree)
    assert done.returncode == 1
    assert "cannot write" in done.stderr
    after = {path.name: path.read_bytes() for path in (tree / "out").iterdir() if path.is_file()}
    assert after == before


def test_a_full_disk_leaves_all_files(kgen: Run, tree: Path) -> None:
    """A limit on the size of files fails as a full disk does, in the middle of a write."""
    kgen(*GENERATE, cwd=tree)
    before = contents(tree / "out")
    (tree / "hw" / "Kconfig").write_text(
        TREE["hw/Kconfig"] + "".join(f"config S{i}\n    default y\n" for i in range(3000))
    )
    script = "import resource, runpy, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    script += "resource.setrlimit(resource.RLIMIT_FSIZE, (30000, 30000)); "
    script += (
        f"sys.argv = ['kgen', *{list(GENERATE)!r}]; runpy.run_module('kgen', None, '__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "cannot write out/" in done.stderr
    assert "file too large" in done.stderr
    assert contents(tree / "out") == before


def test_a_new_folder_is_taken_back_after_a_failure(kgen: Run, tree: Path) -> None:
    (tree / "hw" / "Kconfig").write_text("config NIC\n    depends on\n")
    assert kgen(*GENERATE[:-1], "new/deep/out", cwd=tree).returncode == 1
    assert not (tree / "new").exists()


def test_interrupted_at_any_moment(tree: Path) -> None:
    """Ctrl-C or termination: every file is the old one or the new one, and none is left over."""
    many = "".join(f"config S{i}\n    default y\n" for i in range(400))
    (tree / "hw" / "Kconfig").write_text(TREE["hw/Kconfig"] + many)
    run_kgen(GENERATE, tree)
    old = contents(tree / "out")
    (tree / "hw" / "Kconfig").write_text(TREE["hw/Kconfig"] + many.replace("S", "NEW"))
    shutil.copytree(tree / "out", tree / "saved")
    run_kgen(GENERATE, tree)
    new = contents(tree / "out")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "kgen", *GENERATE]
    for number in range(24):
        shutil.rmtree(tree / "out")
        shutil.copytree(tree / "saved", tree / "out")
        process = subprocess.Popen(command, cwd=tree, env=env, stderr=subprocess.PIPE, text=True)
        time.sleep(0.02 + number * 0.012)
        process.send_signal(signal.SIGINT if number % 2 else signal.SIGTERM)
        _, stderr = process.communicate()
        found = contents(tree / "out")
        if number % 2:
            # Python itself may be the one that is interrupted, before any of kgen has run.
            assert "Traceback" not in stderr or "kgen" not in stderr
            assert found in (old, new), "all or nothing"
        else:
            names = {name for name in found if not name.endswith((".tmp", ".old"))}
            assert names == set(old)
            assert all(found[name] in (old[name], new[name]) for name in names)


def test_several_at_once(tree: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "kgen", *GENERATE],
            cwd=tree,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for _ in range(6)
    ]
    for process in running:
        output, _ = process.communicate()
        assert process.returncode == 0, output
    whole = contents(tree / "out")
    run_kgen((*GENERATE[:-1], "alone"), tree)
    assert contents(tree / "alone") == whole


def test_the_same_bytes_everywhere(tree: Path, tmp_path: Path) -> None:
    """Hash seed, locale, time zone, folder and who renders make no difference."""
    run_kgen(GENERATE, tree)
    expected = contents(tree / "out")
    shutil.copytree(tree, tmp_path / "else where")
    variations = [
        {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "Asia/Tokyo"},
        {"PYTHONHASHSEED": "7", "LANG": "tr_TR.UTF-8", "PYTHONUTF8": "0"},
        {"KCONFIG_FUNCTIONS": "nothing", "srctree": "/", "CONFIG_": "X_", "HOME": "/nowhere"},
    ]
    for number, variation in enumerate(variations):
        where = tmp_path / "else where"
        done = run_kgen((*GENERATE[:-1], f"out{number}"), where, variation)
        assert done.returncode == 0, done.stderr
        assert contents(where / f"out{number}") == expected
    here = run_kgen((*GENERATE[:-2], "-ohere"), tree)
    assert here.returncode == 0, "click reads this one, and then there is no second process"
    assert contents(tree / "here") == expected


ODD = "a b$c#d"


def odd_tree(folder: Path) -> Path:
    files = {name.replace("hw", ODD): text for name, text in TREE.items()}
    files["Kconfig"] = f"source {ODD}/Kconfig\n"
    return write_tree(folder / ODD, files)


def test_depfiles_for_ninja(tmp_path: Path) -> None:
    """Odd names, an input that changes, one that goes away, and a run that changes nothing."""
    tree = odd_tree(tmp_path)
    (tmp_path / "t").symlink_to(tree, target_is_directory=True)
    (tmp_path / "build.ninja").write_text(
        "rule kgen\n"
        f"  command = {sys.executable} -m kgen generate --tree t --targets t/targets"
        ' -o "o$ ut" -t a --output mak --depfile d\n'
        "  depfile = d\n  deps = gcc\n  restat = 1\n"
        "rule copy\n  command = cp $in $out\n"
        "build o$ ut/a-softmmu-config-devices.mak: kgen\n"
        "build copy: copy o$ ut/a-softmmu-config-devices.mak\n"
        "default copy\n"
    )  # fmt: skip
    ninja = Path(sys.executable).parent / "ninja"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}

    def build() -> str:
        done = subprocess.run(
            [ninja, "-v"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "kgen generate" in build()
    assert "no work to do" in build()
    path = tree / ODD / "Kconfig"
    path.write_text(path.read_text() + "# a comment\n")
    output = build()
    assert "kgen generate" in output
    assert "cp" not in output.replace("copy", ""), "restat: an untouched file builds nothing"
    path.write_text(path.read_text() + "config NEW\n    default y\n")
    build()
    assert "CONFIG_NEW=y" in (tmp_path / "copy").read_text()
    (tree / "Kconfig").write_text("config OTHER\n    default y\nconfig PCI\n    bool\n")
    path.unlink()
    build()
    assert "CONFIG_OTHER=y" in (tmp_path / "copy").read_text()
    assert "no work to do" in build()


def test_depfiles_for_make(tmp_path: Path) -> None:
    tree = odd_tree(tmp_path)
    (tmp_path / "t").symlink_to(tree, target_is_directory=True)
    (tmp_path / "Makefile").write_text(
        "stamp:\n"
        f"\t{sys.executable} -m kgen generate --tree t --targets t/targets"
        " -o out --output mak --depfile d --depfile-target $@\n"
        "\t@touch $@\n"
        "-include d\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}

    def build() -> str:
        done = subprocess.run(
            ["make"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "kgen generate" in build()
    assert "up to date" in build()
    path = tree / ODD / "Kconfig"
    path.write_text(path.read_text() + "config NEW\n    default y\n")
    later = time.time_ns() + 2_000_000_000
    os.utime(path, ns=(later, later))
    assert "kgen generate" in build()
    (tree / "Kconfig").write_text("config PCI\n    bool\n")
    path.unlink()
    os.utime(tree / "Kconfig", ns=(later, later))
    assert "kgen generate" in build(), "an input that is gone stops nothing"


def chain(words: str) -> str:
    entries = [f"config S{i}\n    {words} S{i - 1}\n" for i in range(1, 50_000)]
    return "config S0\n    default y\n" + "".join(entries)


@pytest.mark.parametrize(
    "kconfig",
    [
        "config A\n    default y if " + "(" * 20_000 + "B" + ")" * 20_000 + "\nconfig B\n",
        "config A\n    depends on " + "(B && (C || " * 10_000 + "B" + "))" * 10_000
        + "\nconfig B\nconfig C\n",
        "config A\n    default y if " + "!" * 20_000 + "B\nconfig B\n    default y\n",
        chain("select"),
        chain("default y if"),
    ],
    ids=["parentheses", "nested", "negations", "selects", "defaults"],
)  # fmt: skip
def test_nothing_recurses(kconfig: str, kgen: Run, tree: Path) -> None:
    (tree / "hw" / "Kconfig").write_text(kconfig + "\nconfig PCI\n    bool\n")
    done = kgen(*GENERATE, "--output", "mak", cwd=tree)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_deep_chain_of_files(kgen: Run, tree: Path) -> None:
    for number in range(900):
        (tree / f"k{number}").write_text(f"source k{number + 1}\nconfig S{number}\n")
    (tree / "k900").write_text("config PCI\n    bool\n")
    (tree / "Kconfig").write_text("source k0\n")
    assert kgen(*GENERATE, "--output", "mak", cwd=tree).returncode == 0


def test_what_is_no_file_is_not_waited_for(kgen: Run, tree: Path) -> None:
    os.mkfifo(tree / "pipe")
    (tree / "Kconfig").write_text("source pipe\nsource /dev/zero\n")
    done = kgen(*GENERATE, "--allow-outside", cwd=tree)
    assert done.returncode == 1
    assert "Kconfig:1:1: error: KG104 cannot read pipe: not a regular file" in done.stderr
    assert "cannot read /dev/zero: not a regular file" in done.stderr


def test_a_git_revision(kgen: Run, tree: Path) -> None:
    """`DIR@REV` gives what a checkout of that revision gives, whatever lies there now."""
    git = [
        "git",
        "-c",
        "user.name=n",
        "-c",
        "user.email=e@example.org",
        "-c",
        "init.defaultBranch=m",
    ]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"], ["tag", "v1"]):
        subprocess.run([*git, *command], cwd=tree, check=True)
    kgen(*GENERATE, cwd=tree)
    expected = contents(tree / "out")
    (tree / "hw" / "Kconfig").write_text("nonsense\n")
    done = kgen("generate", "--tree", ".@v1", "--targets", "targets", "-o", "out2", cwd=tree)
    assert done.returncode == 0, done.stderr
    assert contents(tree / "out2") == expected
    missing = kgen("generate", "--tree", ".@v2", "--targets", "targets", "-o", "out3", cwd=tree)
    assert missing.returncode == 1
    assert "cannot read .@v2 from git" in missing.stderr


def test_stdout_may_be_closed_or_full(tree: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    kgen = f"{sys.executable} -m kgen"
    for redirection, status in ((">&-", 0), (">/dev/full", 1), ("| true", 0)):
        done = subprocess.run(
            ["sh", "-c", f"{kgen} targets --tree . --targets targets {redirection}"],
            cwd=tree,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        assert done.returncode == status or redirection == ">&-", redirection


def test_no_process_is_left_behind(tree: Path) -> None:
    """Even if a template never ends and kgen is killed without a chance to clean up."""
    (tree / "loop.j2").write_text(
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "kgen", *GENERATE, "--template", "loop.j2"]
    with subprocess.Popen(command, cwd=tree, env=env, stdout=subprocess.PIPE) as process:
        time.sleep(1.5)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if not children.exists():
            pytest.skip("only Linux tells which children a process has")
        pids = children.read_text().split()
        process.kill()
    if (os.cpu_count() or 1) > 1:
        assert pids, "there was a second process"
    assert all(ended(pid) for pid in pids)


def test_a_depfile_in_the_output_folder_however_it_is_spelled(kgen: Run, tree: Path) -> None:
    """One folder under two names must not be waited for twice."""
    for name in (str(tree / "out" / "x.d"), "./out/x.d", "out//x.d"):
        done = kgen(*GENERATE, "--depfile", name, cwd=tree)
        assert (done.returncode, done.stderr) == (0, "")


def test_inputs_and_outputs_are_not_mixed_up(kgen: Run, tree: Path) -> None:
    (tree / "keep.txt").write_text("mine\n")
    for words in (
        ("-o", ".", "--template", "keep.txt"),
        ("-o", "new", "--depfile", "targets/a-softmmu.toml"),
        ("-o", "new", "--depfile", "./new/meson.build"),
    ):
        done = kgen("generate", "--tree", ".", "--targets", "targets", *words, cwd=tree)
        assert done.returncode == 1
        assert "would overwrite" in done.stderr
    assert (tree / "keep.txt").read_text() == "mine\n"
    assert (tree / "targets" / "a-softmmu.toml").read_text() == TREE["targets/a-softmmu.toml"]
    assert not (tree / "new").exists()


@pytest.mark.parametrize("name", ["$(shell touch x)", "a'b", "a b", "-x", "a*", ""])
def test_names_of_targets_that_would_be_more_than_names(name: str, kgen: Run, tree: Path) -> None:
    (tree / "targets" / f"{name}.toml").write_text(DESCRIPTOR)
    done = kgen(*GENERATE, cwd=tree)
    assert done.returncode == 1
    assert "is not a valid target name" in done.stderr
    assert not (tree / "out").exists()


def test_no_output_folder_is_a_mistake_of_usage(kgen: Run, tree: Path) -> None:
    for words in ((), ("-o", "")):
        done = kgen("generate", "--tree", ".", "--targets", "targets", *words, cwd=tree)
        assert done.returncode == 2
        assert "--directory" in done.stderr


def test_a_revision_is_read_from_git_alone(kgen: Run, tree: Path) -> None:
    """Not from the work tree beside it, and not from a repository that a hook speaks of."""
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org"]
    write_tree(tree, {"sub/Kconfig": "source ../hw/Kconfig\n"})
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], cwd=tree, check=True)
    words = ("--targets", "targets", "-o", "out")
    outside = kgen("generate", "--tree", "sub@HEAD", *words, cwd=tree)
    assert outside.returncode == 1
    assert "KG106 ../hw/Kconfig is outside the tree" in outside.stderr
    write_tree(tree.parent, {"lists/a.mak": "include b.mak\n", "lists/b.mak": "CONFIG_PCI=y\n"})
    audit = ("audit", "--tree", ".@HEAD", "--targets", "targets", "-s", "pci", "--devices")
    assert kgen(*audit, "../lists/a.mak", cwd=tree).returncode == 0
    write_tree(tree.parent, {"lists/a.mak": "include ../b.mak\n", "b.mak": "CONFIG_PCI=y\n"})
    outside = kgen(*audit, "../lists/a.mak", cwd=tree)
    assert "lists/a.mak:1:1: error: KG106 ../b.mak is outside the tree" in outside.stderr
    assert kgen(*audit, "../lists/a.mak", "--allow-outside", cwd=tree).returncode == 0
    hook = kgen("generate", "--tree", ".@HEAD", *words, cwd=tree, GIT_DIR="/nowhere")
    assert (hook.returncode, hook.stderr) == (0, "")


def test_many_mistakes_take_no_long_time(kgen: Run, tree: Path) -> None:
    (tree / "hw" / "Kconfig").write_text("menu x\n" * 4000 + "config PCI\n")
    started = time.monotonic()
    assert kgen(*GENERATE, cwd=tree).returncode == 1
    entries = "".join(f"config S{i}\n    select GONE{i}\n" for i in range(3000))
    (tree / "hw" / "Kconfig").write_text(entries + "config PCI\n")
    assert kgen(*GENERATE, cwd=tree).returncode == 1
    assert time.monotonic() - started < 60, "it took minutes when each mistake cost a whole scan"
