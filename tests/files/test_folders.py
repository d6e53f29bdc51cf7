"""Folders and names that are odd: for every command one message, or none and the result."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from processes import LINES, environment, words, write_every_tree

COMMANDS = list(LINES)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_every_tree(tmp_path)


def run(
    line: list[str], folder: Path, before: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", f'{before} exec "$@"', "sh", *line],
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
    )


def is_clean(done: subprocess.CompletedProcess[str]) -> bool:
    """Whether a run gave a result, or one message that is about the cause."""
    assert "Traceback" not in done.stderr, done.stderr
    assert "bug in kgen" not in done.stderr, done.stderr
    assert "cannot write the output" not in done.stderr, done.stderr
    return done.returncode in (0, 1)


GONE = "mkdir gone && cd gone && rmdir ../gone &&"
NO_FOLDER = "error: the current working directory does not exist any more\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_working_directory_that_is_deleted(command: str, folder: Path) -> None:
    """What is named from the root is found; what is not is one message."""
    plain = environment(KGEN_DEBUG="")
    relative = run(words(command), folder, GONE, KGEN_DEBUG="")
    assert is_clean(relative)
    if command not in ("native-file",):
        assert relative.returncode == 1
        assert relative.stderr.count("error:") == 1
    absolute = [
        str(folder / word) if word.startswith(("tree", "out")) else word for word in words(command)
    ]
    subprocess.run(words(command), cwd=folder, env=plain, capture_output=True, check=False)
    expected = run(absolute, Path("/"), KGEN_DEBUG="")
    found = run(absolute, folder, GONE, KGEN_DEBUG="")
    assert is_clean(found)
    if found.stderr != NO_FOLDER:
        assert (found.returncode, len(found.stdout)) == (expected.returncode, len(expected.stdout))


@pytest.mark.parametrize("command", COMMANDS)
def test_too_few_files_may_be_open(command: str, folder: Path) -> None:
    run(words(command), folder)
    for limit in (4, 5, 6, 7, 9, 12):
        done = run(words(command), folder, f"ulimit -n {limit};", KGEN_DEBUG="")
        if "Traceback" in done.stderr and "in run\n" not in done.stderr:
            continue  # Python's own start
        if done.returncode == 1 and "Fatal Python error" in done.stderr:
            continue
        assert is_clean(done), (limit, done.stderr)


LONG = ["x" * 300, "/".join(["y" * 200] * 30)]


@pytest.mark.parametrize("name", LONG, ids=["name", "path"])
@pytest.mark.parametrize(
    "line",
    [
        ["generate", "--tree", "tree", "-o"],
        ["generate", "--tree", "tree", "-o", "out", "--depfile"],
        ["generate", "--tree", "tree", "-o", "out", "--template"],
        ["generate", "--tree", "tree", "-o", "out", "--sources"],
        ["generate", "-o", "out", "--targets"],
        ["generate", "-o", "out", "--tree"],
        ["targets", "--tree", "tree", "--devices"],
        ["audit", "--tree", "tree", "--policy"],
        ["audit", "--tree", "tree", "-o"],
        ["audit", "--tree", "tree", "--format", "html", "--diff"],
        ["lint", "--tree", "tree", "--baseline"],
        ["lint", "--tree", "tree", "--write-baseline"],
        ["sample", "--tree", "tree", "-o"],
        ["snapshot", "--tree", "tree", "-o"],
        ["diff", "tree"],
        ["migrate", "tree", "tree", "-t", "arm", "--devices"],
        ["disable", "CARD", "-t", "arm", "--tree", "tree", "--write"],
        ["why", "CARD", "-t"],
        ["native-file", "--into"],
        ["native-file", "-o"],
        ["verify", "--tree"],
        ["minikconf", "x", "out/x.d"],
        ["minikconf", "x"],
    ],
    ids=" ".join,
)
def test_a_name_that_is_too_long(line: list[str], name: str, folder: Path) -> None:
    done = run([sys.executable, "-m", "kgen", *line, name], folder, KGEN_DEBUG="")
    assert "Traceback" not in done.stderr
    assert "bug in kgen" not in done.stderr
    assert "cannot write the output" not in done.stderr
    assert done.returncode in (1, 2) or line == ["minikconf", "x"]


NOT_TEXT = os.fsdecode(b"tr\xffe\xc3")


TREES = {"tree": NOT_TEXT, "code": f"{NOT_TEXT}2"}


def _renamed(line: list[str]) -> list[str]:
    """A command line that names the trees so."""
    if "code" in line:
        return [TREES.get(word, word) for word in line]
    return [word.replace("tree", NOT_TEXT) if word != "--tree" else word for word in line]


@pytest.mark.parametrize("command", COMMANDS)
def test_names_that_are_not_text(command: str, folder: Path) -> None:
    """A folder whose name is not UTF-8: on every stream, in every encoding of a terminal."""
    try:
        for tree, name in TREES.items():
            os.rename(folder / tree, folder / name)
    except OSError:
        pytest.skip("this file system has no such names")
    line = _renamed(words(command))
    json_too = [[*line, "--format", "json"]] if command not in ("native-file", "minikconf") else []
    if "--" in line:  # what follows it is of another command
        at = line.index("--")
        json_too = [[*line[:at], "--format", "json", *line[at:]]]
    if command in ("savedefconfig", "mak"):
        json_too = []
    for more in ({}, {"LC_ALL": "C", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "latin-1"}):
        done = run(line, folder, **more)
        assert is_clean(done), done.stderr
        for form in json_too:
            done = run(form, folder, **more)
            assert is_clean(done), done.stderr
            json.loads(done.stdout)


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "native-file"])
def test_a_message_about_a_name_that_is_not_text(command: str, folder: Path) -> None:
    done = run(_renamed(words(command)), folder)
    assert is_clean(done)
    assert done.returncode == 1
    assert "\\udcff" in done.stderr
