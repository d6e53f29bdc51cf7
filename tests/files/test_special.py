"""Outputs that are links, pipes and devices: nothing is replaced by surprise, nothing waits for
ever, and what cannot be written is found out before the first file is replaced.

No test goes near the machine's own /dev: links to open files are in a folder of the test.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from running import ROOT, Run, write_tree

from kgen.files import special, waiting
from kgen.files.atomic import commit
from kgen.model.problems import KgenError

TREE = {
    "t/Kconfig": "config NIC\n    default y\n\nconfig PCI\n    bool\n",
    "t/targets/a-softmmu.toml": 'architecture = "x86_64"\nendianness = "little"\n'
    "[symbols]\nPCI = true\n",
    "t/default.mak": "# none\n",
}
COMMON = ("--tree", "t", "--targets", "t/targets")
# Every way in which a command writes one file that the user names: words, and what of stdout
# is not from the file.
WRITERS: dict[str, tuple[str, ...]] = {
    "generate": ("generate", *COMMON, "-o", "out", "--depfile", "{}"),
    "minikconf": ("minikconf", "x.mak", "{}", "t/Kconfig"),
    "audit": ("audit", *COMMON, "-o", "{}"),
    "snapshot": ("snapshot", *COMMON, "-o", "{}"),
    "savedefconfig": ("savedefconfig", *COMMON, "-t", "a", "-o", "{}"),
    "mak": ("mak", *COMMON, "-t", "a", "-o", "{}"),
    "lint": ("lint", *COMMON, "--write-baseline", "{}"),
    "native-file": ("native-file", "-o", "{}"),
    "migrate": ("migrate", "t", "t", "--devices", "t/default.mak", "--targets", "t/targets",
                "-t", "a", "-o", "{}"),
}  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path, TREE)


def words(command: str, path: str) -> list[str]:
    return [word.replace("{}", path) for word in WRITERS[command]]


def left_over(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob(".kgen-*"))


def reason(files: dict[str, str]) -> str:
    with pytest.raises(KgenError) as caught:
        commit(files)
    (problem,) = caught.value.problems
    assert problem.code == "KG601"
    return f"{problem.message}; {problem.hint}"


@pytest.mark.parametrize("command", WRITERS)
def test_a_link_stays_and_its_file_is_replaced(command: str, kgen: Run, tree: Path) -> None:
    """Also one that hangs in the air, one to another link, and one in another folder."""
    plain = kgen(*words(command, "plain"), cwd=tree)
    assert plain.returncode == 0, plain.stderr
    expected = (tree / "plain").read_text().replace("plain", "one")
    (tree / "far" / "away").mkdir(parents=True)
    (tree / "far" / "real").write_text("old\n")
    (tree / "far" / "away" / "two").symlink_to("../real")
    (tree / "one").symlink_to("far/away/two")
    before = (tree / "far" / "real").stat().st_ino
    done = kgen(*words(command, "one"), cwd=tree)
    assert done.returncode == 0, done.stderr
    assert (tree / "one").is_symlink()
    assert (tree / "far" / "away" / "two").is_symlink()
    assert (tree / "far" / "real").read_text() == expected
    assert (tree / "far" / "real").stat().st_ino != before, "replaced, not written over"
    (tree / "far" / "real").unlink()
    assert kgen(*words(command, "one"), cwd=tree).returncode == 0
    assert (tree / "one").is_symlink()
    assert (tree / "far" / "real").read_text() == expected
    assert left_over(tree) == []


def test_a_devices_file_that_is_a_link_is_changed_where_it_is(kgen: Run, tree: Path) -> None:
    (tree / "real.mak").write_text("CONFIG_PCI=n\n")
    (tree / "real.mak").chmod(0o640)
    (tree / "link.mak").symlink_to("real.mak")
    words = ("enable", "PCI", *COMMON, "-t", "a", "--devices", "./link.mak")
    done = kgen(*words, "--write", "link.mak", cwd=tree)
    assert (done.returncode, done.stderr) == (0, "link.mak: changed\n"), done.stdout
    assert (tree / "link.mak").is_symlink()
    assert (tree / "real.mak").read_text() == "CONFIG_PCI=y\n"
    assert stat.S_IMODE((tree / "real.mak").stat().st_mode) == 0o640


def test_sampled_files_behind_links(kgen: Run, tree: Path) -> None:
    (tree / "out" / "a-softmmu").mkdir(parents=True)
    (tree / "out" / "a-softmmu" / "kgen-1.mak").symlink_to("../../real.mak")
    done = kgen("sample", *COMMON, "-n", "2", "-o", "out", cwd=tree)
    assert done.returncode == 0, done.stderr
    assert (tree / "out" / "a-softmmu" / "kgen-1.mak").is_symlink()
    assert (tree / "real.mak").is_file()


@pytest.mark.parametrize("command", WRITERS)
def test_standard_output_is_written_to(command: str, kgen: Run, tree: Path) -> None:
    """Into a pipe and into a file, through a link like the machine's /dev/stdout."""
    plain = kgen(*words(command, "plain"), cwd=tree)
    expected = (tree / "plain").read_text().replace("plain", "stdout")
    (tree / "stdout").symlink_to("/proc/self/fd/1")
    rest = plain.stdout.replace("plain", "stdout")
    piped = kgen(*words(command, "stdout"), cwd=tree)
    assert piped.returncode == 0, piped.stderr
    with (tree / "file").open("w") as stream:
        stream.write("before\n")
        stream.flush()
        done = subprocess.run(
            [sys.executable, "-m", "kgen", *words(command, "stdout")],
            cwd=tree, stdout=stream, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
        )  # fmt: skip
    assert done.returncode == 0
    assert os.readlink(tree / "stdout") == "/proc/self/fd/1"
    for text in (piped.stdout, (tree / "file").read_text().removeprefix("before\n")):
        assert text.startswith(expected)
        after = text.removeprefix(expected)
        assert command == "generate" or after == rest
    assert left_over(tree) == []


@pytest.mark.parametrize("command", WRITERS)
def test_a_device_and_a_closed_or_full_one(command: str, kgen: Run, tree: Path) -> None:
    (tree / "nowhere").symlink_to(os.devnull)
    assert kgen(*words(command, "nowhere"), cwd=tree).returncode == 0
    assert os.readlink(tree / "nowhere") == os.devnull
    shutil.rmtree(tree / "out", ignore_errors=True)
    (tree / "full").symlink_to("/dev/full")
    done = kgen(*words(command, "full"), cwd=tree)
    assert done.returncode == 1
    assert "KG601 cannot write full: no space left on device" in done.stderr
    (tree / "closed").symlink_to("/proc/self/fd/77")
    done = kgen(*words(command, "closed"), cwd=tree)
    assert (done.returncode, "KG601 cannot write closed: bad file" in done.stderr) == (1, True)
    assert not (tree / "out").exists(), "nothing was written beside it"


@pytest.mark.parametrize("command", WRITERS)
def test_a_cycle_of_links_a_folder_and_a_socket(command: str, kgen: Run, tree: Path) -> None:
    (tree / "a").symlink_to("b")
    (tree / "b").symlink_to("a")
    (tree / "folder").mkdir()
    (tree / "to").symlink_to("folder")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(tree)
        try:
            server.bind("socket")
        finally:
            os.chdir(here)
    for name, told in (
        ("a", "too many levels of symbolic links"),
        ("folder", "is a directory"),
        ("to", "is a directory"),
        ("socket", "it is a socket"),
    ):
        done = kgen(*words(command, name), cwd=tree)
        assert done.returncode == 1
        assert f"KG601 cannot write {name}: {told}" in done.stderr
        assert "no output file was changed" in done.stderr
    assert stat.S_ISSOCK((tree / "socket").stat().st_mode)
    assert not (tree / "out").exists()


def test_a_pipe_is_written_to_and_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "old").write_text("old")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    threading.Timer(0.2, reader.start).start()
    text = "long\n" * 50_000
    assert commit({str(pipe): text}).changed == (str(pipe),)
    reader.join()
    assert read == [text]
    monkeypatch.setattr(special, "READER", 0.1)
    told = reason({str(tmp_path / "old"): "new", str(pipe): "x"})
    assert "no process reads this pipe; no output file was changed" in told
    assert (tmp_path / "old").read_text() == "old"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_reader_that_closes_the_pipe(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    out, into = os.pipe()
    os.close(out)
    try:
        told = reason({str(tmp_path / "old"): "new", f"/proc/self/fd/{into}": "x"})
    finally:
        os.close(into)
    assert "broken pipe; no output file was changed" in told
    assert (tmp_path / "old").read_text() == "old"


def test_what_was_written_to_is_named_when_a_file_fails(tmp_path: Path) -> None:
    out, into = os.pipe()
    name = f"/proc/self/fd/{into}"
    told = reason({str(tmp_path / ("x" * 300)): "new", name: "x"})
    assert told.endswith(f"no output file was changed; {name} was written to")
    os.close(out)
    os.close(into)


def test_a_file_of_another_process_is_not_renamed_over(tmp_path: Path) -> None:
    """`/proc/PID/fd/N` of whichever process."""
    with (tmp_path / "log").open("w") as log:
        child = subprocess.Popen(["sleep", "60"], stdout=log)
    before = (tmp_path / "log").stat().st_ino
    commit({f"/proc/{child.pid}/fd/1": "text\n"})
    child.kill()
    child.wait()
    assert (tmp_path / "log").read_text() == "text\n"
    assert (tmp_path / "log").stat().st_ino == before


def test_two_outputs_behind_one_link(tmp_path: Path) -> None:
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(KgenError) as caught:
        commit({str(tmp_path / "a"): "1", str(tmp_path / "b"): "2"})
    assert caught.value.problems[0].code == "KG602"
    assert not (tmp_path / "a").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only the superuser has files of two users")
def test_a_link_that_the_system_does_not_trust(tmp_path: Path) -> None:
    """In a folder like /tmp a link of somebody else is not followed, as open() follows none."""
    if Path("/proc/sys/fs/protected_symlinks").read_text().strip() != "1":
        pytest.skip("this system follows such links")
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (tmp_path / "mine").write_text("mine")
    (shared / "link").symlink_to(tmp_path / "mine")
    os.chown(shared / "link", 12345, 12345, follow_symlinks=False)
    assert "permission denied" in reason({str(shared / "link"): "theirs"})
    assert (tmp_path / "mine").read_text() == "mine"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755, 0o444, 0o2664, 0o4711])
def test_a_replaced_file_keeps_its_mode(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(mode)
    mask = os.umask(0o077)
    try:
        commit({str(path): "new", str(tmp_path / "other"): "new"})
    finally:
        os.umask(mask)
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert stat.S_IMODE((tmp_path / "other").stat().st_mode) == 0o600


@pytest.mark.skipif(os.getuid() != 0, reason="only the superuser can give files away")
def test_a_replaced_file_keeps_its_owner_or_loses_its_rights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    for works in (True, False):
        path.write_text("old")
        os.chown(path, 12345, 12346)
        path.chmod(0o6755)
        if not works:
            monkeypatch.setattr(os, "chown", refuse)
        commit({str(path): "new"})
        status = path.stat()
        assert (status.st_uid, status.st_gid) == ((12345, 12346) if works else (0, 0))
        assert stat.S_IMODE(status.st_mode) == (0o6755 if works else 0o755)


def refuse(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")


@pytest.mark.parametrize("where", ["link", "link/deep/er", "hanging", "hanging/deep", "new/../out"])
def test_an_output_folder_behind_a_link(where: str, kgen: Run, tree: Path) -> None:
    (tree / "real").mkdir()
    (tree / "link").symlink_to("real")
    (tree / "hanging").symlink_to("real/later")
    for told in ("5 written, 0 unchanged", "0 written, 5 unchanged"):
        done = kgen("generate", *COMMON, "-o", where, cwd=tree)
        assert (done.returncode, told in done.stdout) == (0, True), done.stderr
    assert (tree / "link").is_symlink()
    assert (tree / "hanging").is_symlink()
    assert len(list((tree / where).iterdir())) == 5


def test_dots_after_a_link_mean_what_the_system_means(tmp_path: Path) -> None:
    (tmp_path / "far" / "away").mkdir(parents=True)
    (tmp_path / "link").symlink_to("far/away")
    commit({f"{tmp_path}/link/../new/x": "text"})
    assert (tmp_path / "far" / "new" / "x").read_text() == "text"
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_a_cycle_of_links(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("a")
    assert "too many levels of symbolic links" in reason({f"{tmp_path}/a/x": "text"})


def test_a_lock_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Held by a process that is stopped: the message names it and says what to do."""
    script = "import fcntl, os, sys, time\nfcntl.flock(os.open('.', 0), 2)\nprint(flush=True)\n"
    holder = subprocess.Popen(
        [sys.executable, "-c", script + "time.sleep(600)"], cwd=tmp_path, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    holder.send_signal(signal.SIGSTOP)
    monkeypatch.setattr(waiting, "LIMIT", 0.3)
    started = time.monotonic()
    told = reason({str(tmp_path / "x"): "text"})
    assert 0.2 < time.monotonic() - started < 10
    assert f"process {holder.pid} has had {tmp_path} locked" in told
    assert "end it, or wait for it; no output file was changed" in told
    holder.kill()
    holder.communicate()
    commit({str(tmp_path / "x"): "text"})
    assert left_over(tmp_path) == []


def test_a_lock_is_waited_for(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    threading.Timer(0.3, lambda: os.close(descriptor)).start()
    commit({str(tmp_path / "x"): "text"})
    assert (tmp_path / "x").read_text() == "text"


@pytest.mark.parametrize("number", ["ENOLCK", "ENOTSUP"])
def test_a_file_system_without_locks(
    number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    def no_lock(*_: object) -> None:
        raise OSError(getattr(errno, number), "no locks")

    monkeypatch.setattr(fcntl, "flock", no_lock)
    commit({str(tmp_path / "x"): "text", str(tmp_path / "y"): "text"})
    assert sorted(os.listdir(tmp_path)) == ["x", "y"]
