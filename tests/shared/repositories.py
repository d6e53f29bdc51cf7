"""Git repositories for tests, made by git itself, and kgen run under observation."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from running import ROOT, write_tree

from kgen.files.git.objects import Objects
from kgen.files.git.repository import find
from kgen.files.git.revisions import resolve
from kgen.files.revision import Revision
from kgen.formats.problems import describe
from kgen.model.problems import KgenError

DESCRIPTOR = 'architecture = "x86_64"\nendianness = "little"\n'
TREE = {
    "Kconfig": "source hw/Kconfig\n",
    "hw/Kconfig": "config PCI\n    bool\n",
    "targets/a.toml": DESCRIPTOR,
}

_PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
_OF_NOBODY = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_TERMINAL_PROMPT": "0",
}

# Writes down all that a process starts, connects to and opens. What a hook raises cannot be lost,
# but kgen might catch it, so the words go to a file.
_SPY = """
import os, sys
log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork",
          "os.forkpty", "pty.spawn", "ctypes.dlopen")
def spy(event, details):
    if event in STARTS or event.startswith("socket.") or event == "urllib.Request":
        os.write(log, f"{event} {details!r}\\n".encode("utf-8", "backslashreplace"))
    elif event == "open" and isinstance(details[0], str):
        os.write(log, f"open {details[0]}\\n".encode("utf-8", "backslashreplace"))
del sys.argv[:2]
sys.argv.insert(0, "kgen")
sys.addaudithook(spy)
from kgen.__main__ import run
run()
"""


def git(folder: Path, *words: str, data: bytes = b"", check: bool = True) -> str:
    """What git prints, run as nobody in particular."""
    done = subprocess.run(
        ["git", "-c", "init.defaultBranch=main", *words],
        cwd=folder,
        env={**_PLAIN, **_OF_NOBODY},
        input=data,
        capture_output=True,
        check=check,
        timeout=60,
    )
    return done.stdout.decode("utf-8", "surrogateescape").strip()


def committed(folder: Path, *words: str) -> Path:
    """Make a folder into a repository with all that it holds in one commit."""
    git(folder, "init", "-q", *words)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "one")
    return folder


def object_file(folder: Path, name: str) -> Path:
    """Where a loose object lies."""
    return folder / ".git" / "objects" / name[:2] / name[2:]


def blob(folder: Path, path: str, revision: str = "HEAD") -> str:
    """The name of a file's object."""
    return git(folder, "rev-parse", f"{revision}:{path}")


class Watched:
    """A run of kgen: how it ended, and what it started, connected to and opened."""

    def __init__(self, arguments: Sequence[str], cwd: Path, log: Path, **env: str) -> None:
        plain = {name: value for name, value in _PLAIN.items() if not name.startswith("KGEN")}
        log.unlink(missing_ok=True)
        done = subprocess.run(
            [sys.executable, "-c", _SPY, str(log), *arguments],
            cwd=cwd,
            env={**plain, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **env},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=120,
        )
        self.status = done.returncode
        self.stdout = done.stdout
        self.stderr = done.stderr
        lines = log.read_text().splitlines()
        self.opened = [line[5:] for line in lines if line.startswith("open ")]
        self.did = [line for line in lines if not line.startswith("open ")]


def contents(tree: Revision) -> dict[str, bytes]:
    """Every file of a tree by its path from the root."""
    found = {}
    stack = [tree.root]
    while stack:
        folder = stack.pop()
        for name in tree.names(folder):
            path = os.path.join(folder, name)
            if tree.is_file(path):
                found[os.path.relpath(path, tree.root)] = tree.data(path)
            else:
                stack.append(path)
    return found


def problem(action: Callable[[], object]) -> str:
    """The code and message of the one problem, which is one line and has a hint."""
    with pytest.raises(KgenError) as caught:
        action()
    return checked(caught.value)


def refused(folder: Path, revision: str) -> str:
    """The problem of a revision that cannot be read."""
    return problem(lambda: Revision(str(folder), revision))


def checked(error: KgenError) -> str:
    """The same for an error that was caught."""
    (only,) = error.problems
    assert only.code in ("KG402", "KG104")
    assert len(describe(only).splitlines()) == 2, "the message and a hint"
    return f"{only.code} {only.message}"


def resolved(folder: Path, revision: str) -> str:
    """The commit that a revision stands for, as kgen has it."""
    repository = find(str(folder))
    return resolve(repository, Objects(repository), revision)


def history(folder: Path, *words: str) -> Path:
    """A repository with merges, tags of tags, and a long file that changes a little each time."""
    dice = random.Random(1)
    lines = [f"line {dice.random()}" for _ in range(400)]
    files = write_tree(folder, {**TREE, "big": "\n".join(lines)})
    committed(files, *words)
    git(folder, "tag", "v1.0")
    for number in range(6):
        lines[dice.randrange(400)] = f"changed {dice.random()}"
        (folder / "big").write_text("\n".join(lines))
        (folder / "hw" / f"f{number}").write_text(f"{number}\n" * number)
        git(folder, "add", "-A")
        git(folder, "commit", "-qm", f"c{number}")
    git(folder, "tag", "-a", "-m", "x", "v2.0")
    git(folder, "tag", "-a", "-m", "y", "of-a-tag", "v2.0")
    git(folder, "branch", "side", "HEAD~2")
    git(folder, "checkout", "-q", "side")
    (folder / "hw" / "side").write_text("s\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "side")
    git(folder, "checkout", "-q", "main")
    git(folder, "merge", "-q", "-m", "merged", "side")
    git(folder, "update-ref", "refs/remotes/origin/main", "HEAD~1")
    git(folder, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    return folder
