"""The packaging examples are run: in sh, by make, in a git repository."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from oracle import facts_tree
from repositories import committed, git
from running import FACTS, ROOT, write_tree

EXAMPLES = ROOT / "fixtures" / "examples"
OURS = "configs/devices/x86_64-softmmu/ours.mak"

# A tree with the symbols of the examples, for where there is no real one.
SMALL = {
    "VERSION": "9.9.0\n",
    "Kconfig": "source hw/i386/Kconfig\nsource hw/bus/Kconfig\nsource target/Kconfig\n",
    "target/Kconfig": "config I386\n    bool\n\nconfig X86_64\n    bool\n    select I386\n",
    "hw/i386/Kconfig": """\
config Q35
    bool
    default y
    depends on I386
    imply PCI_DEVICES
    select PCI
    select ISA_BUS

config I440FX
    bool
    default y
    depends on I386
    select PCI
""",
    "hw/bus/Kconfig": "".join(
        f"config {name}\n    bool\n{lines}\n"
        for name, lines in {
            "PCI": "",
            "ISA_BUS": "",
            "VIRTIO": "",
            "PCI_DEVICES": "",
            "SB16": "    default y\n    depends on ISA_BUS\n",
            "ADLIB": "    default y\n    depends on ISA_BUS\n",
            "GUS": "    default y\n    depends on ISA_BUS\n",
            "VIRTIO_PCI": "    default y if PCI_DEVICES\n    depends on PCI\n    select VIRTIO\n",
            "VIRTIO_BLK": "    default y\n    depends on VIRTIO\n",
            "VIRTIO_NET": "    default y\n    depends on VIRTIO\n",
            "VIRTIO_RNG": "    default y\n    depends on VIRTIO\n",
        }.items()
    ),
    "configs/targets/x86_64-softmmu.mak": "TARGET_ARCH=x86_64\n",
    "configs/devices/x86_64-softmmu/default.mak": "",
}

Shell = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(params=["small", "facts"])
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A checkout with the device list and the policy in it, and a configure that notes."""
    folder = tmp_path / "qemu"
    if request.param == "small":
        write_tree(folder, SMALL)
    elif not FACTS.is_dir():
        pytest.skip("the facts about real QEMU trees are not beside this checkout")
    else:
        facts_tree(json.loads((FACTS / "qemu-e2k-6.0.json").read_text()), folder)
    for name in ("x86_64-small.mak", "policy.toml"):
        shutil.copy(EXAMPLES / name, folder)
    configure = folder / "configure"
    configure.write_text('#!/bin/sh\ntest -s configs/devices/*/ours.mak && echo "$@" > args\n')
    configure.chmod(0o755)
    return folder


@pytest.fixture
def shell(tree: Path, tmp_path: Path) -> Shell:
    """Runs a command in the checkout, with kgen on the path and a pip that installs nothing."""
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    scripts = {
        "kgen": f'#!/bin/sh\nexec "{sys.executable}" -m kgen "$@"\n',
        "pip": '#!/bin/sh\ntest "$1" = install && test -n "$2"\n',
    }
    for name, text in scripts.items():
        (bin_folder / name).write_text(text)
        (bin_folder / name).chmod(0o755)

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
        env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), **more}
        return subprocess.run(words, cwd=tree, env=env, capture_output=True, text=True, check=False)

    return run


def _breach(tree: Path) -> None:
    """A device list that no longer keeps the policy."""
    with (tree / "x86_64-small.mak").open("a") as stream:
        stream.write("CONFIG_SB16=y\n")
    if (tree / "debian").is_dir():
        shutil.copy(tree / "x86_64-small.mak", tree / "debian")


def _check(done: subprocess.CompletedProcess[str], status: int) -> None:
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def _sections(text: str) -> dict[str, str]:
    """The sections of a spec file, as scripts."""
    parts = re.split(r"^%(build|check)\n", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_spec_file(tree: Path, shell: Shell) -> None:
    text = (EXAMPLES / "qemu.spec").read_text()
    for number, name in re.findall(r"^Source(\d+): (\S+)$", text, re.M):
        text = text.replace(f"%{{SOURCE{number}}}", f"./{name}")
    sections = _sections(text)
    assert "%{" not in text
    _check(shell("sh", "-e", "-c", sections["build"]), 0)
    assert "--with-devices-x86_64=ours" in (tree / "args").read_text()
    assert "CONFIG_VIRTIO_PCI=y\n" in (tree / OURS).read_text()
    # A package builds with the list that was written, and gets what it asked for.
    _check(shell("sh", "-e", "-c", sections["check"]), 0)
    _breach(tree)
    done = shell("sh", "-e", "-c", sections["check"])
    _check(done, 1)
    assert "SB16, which the policy forbids, is y" in done.stdout
    (tree / "x86_64-small.mak").write_text("CONFIG_VIRTIO_PCI=y\nCONFIG_GONE=y\n")
    done = shell("sh", "-e", "-c", sections["build"])
    _check(done, 1)
    assert "x86_64-small.mak:2:" in done.stderr


def test_debian_rules(tree: Path, shell: Shell) -> None:
    (tree / "debian").mkdir()
    shutil.copy(EXAMPLES / "debian-rules", tree / "debian" / "rules")
    for name in ("x86_64-small.mak", "policy.toml"):
        shutil.copy(EXAMPLES / name, tree / "debian")
    targets = ("override_dh_auto_configure", "override_dh_auto_test")
    _check(shell("make", "-f", "debian/rules", *targets), 0)
    assert "--with-devices-x86_64=ours" in (tree / "args").read_text()
    _breach(tree)
    _check(shell("make", "-f", "debian/rules", "override_dh_auto_test"), 2)


def _yaml(name: str) -> Any:
    return yaml.safe_load((EXAMPLES / name).read_text())


def test_gitlab_job(tree: Path, shell: Shell) -> None:
    job = _yaml("gitlab-ci.yml")["devices"]
    script = "\n".join([*job["before_script"], *job["script"]])
    _check(shell("sh", "-e", "-c", script, **job["variables"]), 0)
    report = tree / job["artifacts"]["reports"]["junit"]
    assert 'failures="0"' in report.read_text()
    _breach(tree)
    _check(shell("sh", "-e", "-c", script, **job["variables"]), 1)
    assert 'failures="1"' in report.read_text()


def test_github_workflow(tree: Path, shell: Shell) -> None:
    workflow = _yaml("github-workflow.yml")
    steps = workflow["jobs"]["devices"]["steps"]
    commands = [step["run"] for step in steps if "run" in step]
    assert len(commands) == 3
    for command in commands:
        _check(shell("bash", "-e", "-c", command, **workflow["env"]), 0)
    (upload,) = [step["with"]["sarif_file"] for step in steps if "sarif" in step.get("uses", "")]
    assert json.loads((tree / upload).read_text())["runs"][0]["results"] == []
    _breach(tree)
    codes = []
    for command in commands:
        done = shell("bash", "-e", "-c", command, **workflow["env"])
        codes.append(done.returncode)
    # The log of the findings is uploaded, and then the last step fails with its annotations.
    assert codes == [0, 0, 1]
    assert len(json.loads((tree / upload).read_text())["runs"][0]["results"]) == 1
    assert done.stdout.startswith("::error file=policy.toml,line=")


# The entry of a merge request, with a mistake.
WORSE = "config FAN\n    bool\n    default y\n    depends on PCI_BUS\n"


def _merge_request(tree: Path, kconfig: str) -> tuple[str, str]:
    """Make a checkout into a repository with a branch that adds an entry, and main that went on:
    where the branch began, and the branch merged into main, checked out."""
    committed(tree)
    began = git(tree, "rev-parse", "HEAD")
    git(tree, "checkout", "-qb", "topic")
    with (tree / kconfig).open("a") as stream:
        stream.write(WORSE)
    git(tree, "commit", "-qam", "topic")
    git(tree, "checkout", "-q", "main")
    (tree / "notes").write_text("main went on\n")
    git(tree, "add", "-A")
    git(tree, "commit", "-qm", "notes")
    git(tree, "merge", "-q", "-m", "merged", "topic")
    return began, git(tree, "rev-parse", "HEAD")


@pytest.mark.parametrize("tree", ["small"], indirect=True)
def test_gitlab_lint_job(tree: Path, shell: Shell, tmp_path: Path) -> None:
    job = _yaml("gitlab-lint.yml")["lint"]
    began, _ = _merge_request(tree, "hw/bus/Kconfig")
    script = "\n".join([*job["before_script"], *job["script"]])
    known = {**job["variables"], "CI_MERGE_REQUEST_DIFF_BASE_SHA": began}
    known["KGEN_CACHE"] = known["KGEN_CACHE"].replace("$CI_PROJECT_DIR", str(tmp_path))
    assert job["variables"]["GIT_DEPTH"] == "0"
    git(tree, "checkout", "-q", "topic")
    done = shell("sh", "-e", "-c", script, **known)
    _check(done, 1)
    assert "PCI_BUS is not declared" in done.stdout
    assert f"since {began} " in done.stdout
    # The rest of the tree has findings, too, but they were there before.
    _check(shell("kgen", "lint", "--tree", "."), 1)
    (tree / "hw/bus/Kconfig").write_text(git(tree, "show", f"{began}:hw/bus/Kconfig") + "\n")
    _check(shell("sh", "-e", "-c", script, **known), 0)


@pytest.mark.parametrize("tree", ["small"], indirect=True)
def test_github_lint_workflow(tree: Path, shell: Shell, tmp_path: Path) -> None:
    workflow = _yaml("github-lint.yml")
    steps = workflow["jobs"]["lint"]["steps"]
    (depth,) = [step["with"]["fetch-depth"] for step in steps if "checkout" in step.get("uses", "")]
    _merge_request(tree, "hw/bus/Kconfig")
    tree.rename(tmp_path / "origin")
    git(tmp_path, "clone", "-q", "--depth", str(depth), f"file://{tmp_path}/origin", str(tree))
    install, lint = [step["run"] for step in steps if "run" in step]
    _check(shell("bash", "-e", "-c", install, **workflow["env"]), 0)
    done = shell("bash", "-e", "-c", lint, KGEN_CACHE=str(tmp_path / "cache"))
    _check(done, 1)
    assert "::error file=hw/bus/Kconfig" in done.stdout
    assert "PCI_BUS is not declared" in done.stdout
    git(tree, "revert", "--no-edit", "-m", "1", "HEAD")
    git(tree, "reset", "-q", "--soft", "HEAD^")
    _check(shell("bash", "-e", "-c", lint, KGEN_CACHE=str(tmp_path / "cache")), 0)


def test_pre_commit(tree: Path, shell: Shell) -> None:
    (hook,) = _yaml("pre-commit-config.yaml")["repos"][0]["hooks"]
    for name, fits in (("hw/net/Kconfig", True), ("our.mak", True), ("a.c", False)):
        assert bool(re.search(hook["files"], name)) is fits
    _check(shell("sh", "-c", hook["entry"]), 0)
    _breach(tree)
    _check(shell("sh", "-c", hook["entry"]), 1)


def test_git_hook(tree: Path, shell: Shell) -> None:
    identity = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "N"), ("EMAIL", "n@example.org"))
    }

    def git(*words: str) -> subprocess.CompletedProcess[str]:
        return shell("git", "-c", "init.defaultBranch=main", *words, **identity)

    _check(git("init", "-q"), 0)
    shutil.copy(EXAMPLES / "pre-commit", tree / ".git" / "hooks" / "pre-commit")
    _check(git("add", "."), 0)
    _check(git("commit", "-qm", "one"), 0)
    _breach(tree)
    _check(git("add", "."), 0)
    done = git("commit", "-qm", "two")
    _check(done, 1)
    assert "SB16, which the policy forbids" in done.stdout + done.stderr
    _check(git("reset", "-q", "--hard"), 0)
    (tree / "notes").write_text("of no concern\n")
    _check(git("add", "."), 0)
    _check(git("commit", "-qm", "two"), 0)


def test_every_example_is_shown_in_the_documents() -> None:
    page = (ROOT / "docs" / "packaging.md").read_text()
    for path in sorted(EXAMPLES.iterdir()):
        assert f"](../fixtures/examples/{path.name})" in page, path.name
