"""Sets of files that are replaced together: whatever fails and whenever the run is ended, all of
them are old or all are new after the next run, and until then a journal says that they are not.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from running import ROOT, Run, write_tree

from kgen.files import journal
from kgen.files.atomic import commit, replace_private
from kgen.model.problems import KgenError, Problem

PROGRAM = Path(__file__).parent / "ended_runs.py"
OLD = {"a": "old a\n", "b": "old b\n", "sub/c": "old c\n"}
NEW = {"a": "new a\n", "b": "new b\n", "sub/c": "new c\n", "d": "new d\n"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "set", OLD)


def content(folder: Path) -> dict[str, str]:
    """All files with their texts, those that kgen left behind among them."""
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def write(folder: Path, files: dict[str, str] = NEW) -> Problem | None:
    """Commit the files; what is wrong, if it fails."""
    try:
        commit({str(folder / name): text for name, text in files.items()})
    except KgenError as error:
        (problem,) = error.problems
        return problem
    return None


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder that need not wait for a disk, where there is one."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        yield Path(name)


def program(*arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, PROGRAM, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout


def failing(name: str, code: int, which: Callable[[int], bool]) -> Callable[..., Any]:
    """A function of os that fails at the calls whose numbers are chosen."""
    real = getattr(os, name)
    number = 0

    def call(*arguments: Any, **named: Any) -> Any:
        nonlocal number
        number += 1
        call.failed = call.failed or which(number)  # type: ignore[attr-defined]
        if which(number):
            raise OSError(code, os.strerror(code))
        return real(*arguments, **named)

    call.failed = False  # type: ignore[attr-defined]
    return call


FAILURES = [
    ("write", errno.ENOSPC),
    ("open", errno.ENOSPC),
    ("fsync", errno.EIO),
    ("replace", errno.EPERM),
    ("link", errno.EPERM),
    ("unlink", errno.EIO),
    ("chmod", errno.EPERM),
]


@pytest.mark.parametrize("links", [0, errno.EPERM, errno.ENOTSUP])
@pytest.mark.parametrize("for_ever", [False, True])
@pytest.mark.parametrize(("name", "code"), FAILURES)
def test_every_point_of_failure(
    name: str,
    code: int,
    for_ever: bool,
    links: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One call fails, or all from there on; with hard links and where they are refused."""
    for number in range(1, 200):
        folder = write_tree(tmp_path / str(number), OLD)
        with monkeypatch.context() as patch:
            if links:
                patch.setattr(os, "link", failing("link", links, range(10**6).__contains__))
            which = range(number, 10**6 if for_ever else number + 1)
            fails = failing(name, code, which.__contains__)
            patch.setattr(os, name, fails)
            problem = write(folder)
        found = {key: text for key, text in content(folder).items() if ".kgen-" not in key}
        left = [key for key in content(folder) if ".kgen-" in key]
        if problem is None:
            assert found == NEW
            assert not left or name == "unlink"
        elif problem.hint == "no output file was changed":
            assert found == OLD
            assert not left or name == "unlink"
        else:
            # What cannot be taken back either stays for the next run, which is said.
            assert "the next run completes or undoes the replacement" in problem.hint
            assert "KG601" in problem.code
            assert (folder / ".kgen-journal").exists()
            assert name == "unlink" or (name == "replace" and for_ever)
        other = {"other": "x"}
        assert write(folder, other) is None
        assert write(folder, {f"sub/{key}": text for key, text in other.items()}) is None
        after = content(folder)
        del after["other"], after["sub/other"]
        assert after in (OLD, NEW), (problem, number)
        if not fails.failed:  # type: ignore[attr-defined]
            break
    else:
        pytest.fail("it never came to its end")


def test_ended_at_every_point(memory: Path) -> None:
    """`os._exit` before each call that touches the disk, then a run of something else."""
    match = re.fullmatch(r"(\d+) runs, (\d+) mixtures\n", program(memory, "points"))
    assert match is not None
    assert int(match[1]) > 120
    assert int(match[2]) > 8, "without the journal these would stay"


def test_killed_at_random(memory: Path) -> None:
    match = re.fullmatch(r"(\d+) runs, (\d+) mixtures\n", program(memory, "random", 200))
    assert match is not None
    assert int(match[1]) == 200
    assert int(match[2]) > 10


def test_a_new_folder_is_made_whole_or_not_at_all(memory: Path) -> None:
    match = re.fullmatch(r"(\d+) runs, (\d+) mixtures\n", program(memory, "new"))
    assert match is not None
    assert int(match[1]) > 15
    assert int(match[2]) > 10, "the folder has another name until it is whole"


def test_a_new_folder_that_another_run_is_filling(tmp_path: Path) -> None:
    """It is waited for, and then written to like any folder."""
    files = {str(tmp_path / "out" / name): f"{name}\n" for name in ("a", "sub/b")}
    names: list[str] = []

    def refuse(name: str, _: str) -> None:
        names.append(name)
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "rename", refuse)
        commit(files)  # in the other way
    shutil.rmtree(tmp_path / "out")
    (name,) = names
    os.mkdir(name)
    held = os.open(name, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)

    def finish() -> None:
        Path(name, "other").write_text("of the other run\n")
        os.rename(name, tmp_path / "out")
        os.close(held)

    timer = threading.Timer(0.3, finish)
    timer.start()
    commit(files)
    timer.join()
    assert content(tmp_path) == {
        "out/a": "a\n", "out/sub/b": "sub/b\n", "out/other": "of the other run\n"
    }  # fmt: skip


def test_a_new_folder_that_cannot_be_filled(tmp_path: Path) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "write", refuse)
        with pytest.raises(KgenError) as caught:
            commit({str(tmp_path / "out" / "a"): "a\n", str(tmp_path / "out" / "b"): "b\n"})
    assert str(tmp_path / "out" / "a") in caught.value.problems[0].message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("folder", ["a/../out", "out/../out2", "."])
def test_a_new_folder_by_an_odd_path(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    commit({f"{folder}/x/f": "f\n", f"{folder}/y/../g": "g\n"})
    there = os.path.normpath(folder)
    assert (tmp_path / there / "x" / "f").read_text() == "f\n"
    assert (tmp_path / there / "g").read_text() == "g\n"
    assert not list(tmp_path.rglob(".kgen-*"))


TREE = {
    "t/Kconfig": "".join(f"config S{n}\n    default y\n" for n in range(300)),
    **{
        f"t/targets/t{n}-softmmu.toml": 'architecture = "x86_64"\nendianness = "little"\n'
        for n in range(20)
    },
}
GENERATE = ("generate", "--tree", "t", "--targets", "t/targets", "-o", "out", "--depfile", "d")


def test_whole_runs_killed_and_two_at_once(kgen: Run, tmp_path: Path) -> None:
    """kill -9 of `kgen generate`, each time while another one runs, which is not disturbed."""
    write_tree(tmp_path, TREE)
    sets = {}
    for kind in ("old", "new"):
        (tmp_path / "t" / "Kconfig").write_text(TREE["t/Kconfig"].replace("S", kind.upper()))
        assert kgen(*GENERATE, cwd=tmp_path).returncode == 0
        sets[kind] = content(tmp_path / "out")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "kgen", *GENERATE]
    for number in range(8):
        kind = ("old", "new")[number % 2]
        (tmp_path / "t" / "Kconfig").write_text(TREE["t/Kconfig"].replace("S", kind.upper()))
        running = [
            subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.DEVNULL)
            for _ in range(2)
        ]
        time.sleep(0.2 + 0.04 * number)
        running[0].kill()
        assert [process.wait() for process in running][1] == 0
        assert content(tmp_path / "out") == sets[kind]
        assert not list(tmp_path.glob(".kgen-*"))


def test_what_a_live_run_uses_is_not_removed(folder: Path) -> None:
    """It has its folder locked; whoever comes waits for it before looking for what is left."""
    (folder / ".kgen-0123456789ab.tmp").write_text("a live run's")
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    script = "import sys; from kgen.files.atomic import commit; commit({'x': 'text'})"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", script], cwd=folder, env=env)
    time.sleep(0.5)
    assert (folder / ".kgen-0123456789ab.tmp").exists()
    assert not (folder / "x").exists()
    os.close(descriptor)
    assert process.wait() == 0
    assert not (folder / ".kgen-0123456789ab.tmp").exists()


def test_only_what_kgen_made_is_removed(folder: Path) -> None:
    names = (".kgen-mine", ".kgen-0123456789ab.tmp.mine", "x.kgen-0123456789ab.tmp", ".kgen-0.tmp")
    for name in names:
        (folder / name).write_text("mine")
    (folder / ".kgen-0123456789ab.tmp").mkdir()
    assert write(folder) is None
    assert all((folder / name).read_text() == "mine" for name in names)
    assert (folder / ".kgen-0123456789ab.tmp").is_dir()


def test_nothing_is_written_when_nothing_changes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert write(folder) is None
    before = folder.stat().st_mtime_ns
    for name in ("write", "fsync", "link", "replace", "unlink", "mkdir"):
        monkeypatch.setattr(os, name, failing(name, errno.EPERM, range(10**6).__contains__))
    assert write(folder) is None
    assert folder.stat().st_mtime_ns == before


def test_one_file_needs_no_journal(folder: Path) -> None:
    """Nor the module: the drop-in's start must not pay for it."""
    script = (
        "import sys; from kgen.files.atomic import commit; commit({'a': 'new', 'b': 'old b\\n'});"
        " print([name for name in sys.modules if name.startswith('kgen.files.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "['kgen.files.process', 'kgen.files.read', 'kgen.files.atomic']\n"
    assert (folder / "a").read_text() == "new"


def ended(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Leave the folder as a run does that was ended after its second file; what is there."""

    class End(BaseException):
        pass

    real = os.replace
    left = 4  # the two journals are renamed, too

    def replace(*names: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise End
        real(*names)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        patch.setattr(os, "unlink", lambda _: None)
        with pytest.raises(End):
            write(folder)
    found = content(folder)
    assert (found["a"], found["b"], found["sub/c"]) == (NEW["a"], NEW["b"], OLD["sub/c"])
    return found


def test_a_run_is_completed_from_any_of_its_folders(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ended(folder, monkeypatch)
    assert found["sub/.kgen-journal"] == found[".kgen-journal"]
    assert os.readlink(folder / "sub" / ".kgen-journal") == "../.kgen-journal"
    assert write(folder, {"sub/other": "x"}) is None
    assert content(folder) == {**NEW, "sub/other": "x"}


def test_a_run_that_cannot_be_completed_is_undone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ended(folder, monkeypatch)
    (gone,) = [name for name in found if found[name] == NEW["d"]]
    (folder / gone).unlink()
    assert write(folder, {"other": "x"}) is None
    assert content(folder) == {**OLD, "other": "x"}


def test_one_that_can_be_neither_is_named_until_all_is_written_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended(folder, monkeypatch)
    (folder / "a").write_text("mine")
    problem = write(folder, {"other": "x"})
    assert problem is not None
    assert problem.code == "KG605"
    assert "while it wrote a, b, c and 1 more, changed since then" in problem.message
    assert not (folder / "other").exists()
    assert (folder / "a").read_text() == "mine"
    assert (folder / ".kgen-journal").exists()
    assert write(folder, {**NEW, "other": "x"}) is None
    assert content(folder) == {**NEW, "other": "x"}


def test_a_folder_that_was_removed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What remains of the set is written anew, and the other folder's journal is none any more."""
    ended(folder, monkeypatch)
    for path in folder.iterdir():
        if path.is_file():
            path.unlink()
    assert write(folder, {"sub/c": "mine"}) is None
    assert {key: text for key, text in content(folder).items() if key.startswith("sub")} == {
        "sub/c": "mine"
    }


@pytest.mark.parametrize("change", ["writable", "linked", "text", "version", "escape", "symlink"])
def test_a_journal_is_only_obeyed_if_it_is_ones_own(
    change: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what is renamed over what, and others may write to a folder like /tmp."""
    ended(folder, monkeypatch)
    path = folder / ".kgen-journal"
    text = path.read_text()
    if change == "writable":
        path.chmod(0o666)
    elif change == "linked":
        os.link(path, folder / "second")
    elif change == "symlink":
        path.rename(folder / "second")
        path.symlink_to("second")
    else:
        forged = {
            "text": "nothing of kgen's\n",
            "version": text.replace("kgen-journal 2", "kgen-journal 1"),
            "escape": re.sub(r" a$", f" {folder.parent}/victim", text, flags=re.M),
        }
        path.write_text(forged[change])
    before = content(folder)
    problem = write(folder)
    assert problem is not None
    assert problem.code == "KG605"
    assert "no output file was changed" in problem.hint
    assert content(folder) == before
    assert not (folder.parent / "victim").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only the superuser can give files away")
def test_a_journal_of_another_user(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended(folder, monkeypatch)
    os.chown(folder / ".kgen-journal", 12345, 12345)
    problem = write(folder)
    assert problem is not None
    assert problem.code == "KG605"


def test_names_with_line_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"a\nb": "1", "c\\n d": "2", "e\udcff": "3"}
    real = os.replace

    class End(BaseException):
        pass

    def replace(name: str, path: str) -> None:
        if path.endswith("b"):
            raise End
        real(name, path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        patch.setattr(os, "unlink", lambda _: None)
        with pytest.raises(End):
            write(tmp_path, files)
    assert write(tmp_path, {"other": "x"}) is None
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {**files, "other": "x"}


def test_a_folder_that_vanishes_while_it_is_waited_for(tmp_path: Path) -> None:
    """A run that fails removes the folder that it made; another one may wait for its lock."""
    folder = tmp_path / "new"
    folder.mkdir()
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    script = "from kgen.files.atomic import commit; commit({'new/x': 'text'})"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path, env=env)
    time.sleep(0.5)
    folder.rmdir()
    os.close(descriptor)
    assert process.wait() == 0
    assert (folder / "x").read_text() == "text"


def test_a_cache_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "x.tree"

    path.parent.mkdir()
    for number in range(3):
        path.with_name("x.tree.tmp").write_text("of a run that was ended")
        replace_private(str(path), f"text {number}".encode())
        assert content(path.parent) == {"x.tree": f"text {number}"}
    descriptor = os.open(path.parent, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(OSError, match="temporarily unavailable"):
        replace_private(str(path), b"while another one writes")
    os.close(descriptor)
    assert content(path.parent) == {"x.tree": "text 2"}


def test_the_journal_can_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain text: a heading, what it is about, and a line a file with its digests."""
    text = ended(folder, monkeypatch)[".kgen-journal"]
    head, *about, folders, first, _, _, last, end = text.splitlines()
    assert (head, end) == ("kgen-journal 2", "end")
    assert all(line.startswith("# ") for line in about)
    assert folders == f"folder {folder}/sub"
    assert re.fullmatch(r"file [0-9a-f]{64} [0-9a-f]{64} \.kgen-[0-9a-f]{12}\.tmp a", first)
    assert re.fullmatch(r"file [0-9a-f]{64} - \.kgen-[0-9a-f]{12}\.tmp d", last)
    assert journal.NAME == ".kgen-journal"


def test_a_set_in_many_folders_needs_neither_many_files_nor_many_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The usual limit of open files is 1,024, and to wait for a disk takes milliseconds."""
    waits = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: waits.append(descriptor))
    monkeypatch.setattr(os, "sync", lambda: waits.append(-1))
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        done = commit({str(tmp_path / f"{number}" / "file"): "x" for number in range(400)})
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert len(done.changed) == 400
    assert len(waits) == 2, "for all links, and for the journal"
    assert not list(tmp_path.glob("*/.kgen-*"))
