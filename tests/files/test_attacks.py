"""A repository of somebody else: nothing of it runs, and nothing that it names is contacted.

Each attack is a setting, a hook or a file that makes git run a program or connect somewhere.
Where one command of git is enough to set it off, the test first does that, so that the attack
is known to be one. Then kgen reads a revision: the program did not run, and what kgen started,
connected to and opened was watched by an audit hook of Python.
"""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import small_qemu
from repositories import Watched, blob, committed, git, object_file
from running import Run

MISSING = "hw/bus/Kconfig"
TREE = "tree@HEAD"
COMMANDS = {
    "generate": ("generate", "--tree", TREE, "-o", "out"),
    "why": ("why", "CRC", "--tree", TREE, "-t", "arm"),
    "diff": ("diff", "tree@HEAD~1", TREE),
    "migrate": ("migrate", "tree@HEAD~1", TREE, "--devices", "mine.mak", "-t", "arm"),
    "snapshot": ("snapshot", "--tree", TREE, "-o", "s.json"),
    "lint": ("lint", "--tree", TREE),
}


class Victim:
    """A folder with a repository `tree` of two commits, and a program that leaves a mark."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tree = folder / "tree"
        (folder / "mine.mak").write_text("CONFIG_BUS_DEVICES=y\n")
        self.mark = folder / "ran"
        self.program = folder / "program"
        self.program.write_text(f"#!/bin/sh\necho ran >>'{self.mark}'\nexit 1\n")
        self.program.chmod(0o755)

    def set(self, settings: dict[str, str]) -> None:
        """Settings of the repository, as `git config` would write them."""
        with (self.tree / ".git" / "config").open("a") as stream:
            for name, value in settings.items():
                section, _, rest = name.partition(".")
                middle, _, key = rest.rpartition(".")
                head = f'{section} "{middle}"' if middle else section
                stream.write(f'[{head}]\n\t{key} = "{value}"\n')

    def promise(self, url: str, more: dict[str, str]) -> None:
        """A missing object, and a remote that is said to have it."""
        remote = {"remote.o.promisor": "true", "remote.o.url": url}
        storage = {"core.repositoryformatversion": "1", "extensions.partialClone": "o"}
        self.set({**storage, **remote, **more})
        object_file(self.tree, blob(self.tree, MISSING)).unlink()

    def watched(self, *words: str, **env: str) -> Watched:
        return Watched(words, self.folder, self.folder / "log", **env)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = committed(small_qemu.write(tmp_path_factory.mktemp("git") / "tree"))
    small_qemu.write(tree, hw__bus__Kconfig=small_qemu.FILES["hw/bus/Kconfig"] + "\n")
    git(tree, "commit", "-qam", "two")
    return tree


@pytest.fixture
def victim(tmp_path: Path, repository: Path) -> Victim:
    shutil.copytree(repository, tmp_path / "tree")
    return Victim(tmp_path)


def unharmed(victim: Victim, done: Watched, command: str = "why") -> None:
    """Nothing ran and nothing was contacted."""
    time.sleep(0.05)  # a program in the background would have begun by now
    assert not victim.mark.exists()
    # `generate` forks its own renderer.
    assert [line for line in done.did if not (command == "generate" and "os.fork" in line)] == []
    assert "Traceback" not in done.stderr


def uploadpack(victim: Victim) -> None:
    victim.promise(".", {"remote.o.uploadpack": str(victim.program)})


def ssh(victim: Victim) -> None:
    victim.promise("ssh://nowhere.invalid/x", {"core.sshCommand": str(victim.program)})


def git_proxy(victim: Victim) -> None:
    victim.promise("git://nowhere.invalid/x", {"core.gitProxy": str(victim.program)})


def ext(victim: Victim) -> None:
    victim.promise(f"ext::{victim.program}", {"protocol.ext.allow": "always"})


def instead_of(victim: Victim) -> None:
    there = "https://nowhere.invalid/x"
    instead = {f"url.ext::{victim.program}.insteadOf": there}
    victim.promise(there, {"protocol.ext.allow": "always", **instead})


def include(victim: Victim, section: str = "include") -> None:
    uploadpack(victim)
    whole = victim.tree / ".git" / "config"
    (victim.tree / "settings").write_text(whole.read_text())
    whole.write_text(f"[core]\n\trepositoryformatversion = 0\n[{section}]\n\tpath = ../settings\n")


def include_if(victim: Victim) -> None:
    include(victim, 'includeIf "gitdir:**"')


def of_work_tree(victim: Victim) -> None:
    victim.promise(".", {"extensions.worktreeConfig": "true"})
    own = victim.tree / ".git" / "config.worktree"
    own.write_text(f'[remote "o"]\n\tuploadpack = {victim.program}\n')


PROMISES = [uploadpack, ssh, git_proxy, ext, instead_of, include, include_if, of_work_tree]


@pytest.mark.parametrize("attack", PROMISES)
def test_a_promised_object_is_not_fetched(victim: Victim, attack: Callable[[Victim], None]) -> None:
    name = blob(victim.tree, MISSING)
    attack(victim)
    git(victim.tree, "cat-file", "-p", name, check=False)
    assert victim.mark.exists(), "git does run it"
    victim.mark.unlink()
    done = victim.watched(*COMMANDS["why"])
    unharmed(victim, done)
    assert done.status == 1
    first, hint = done.stderr.splitlines()
    assert first == f"error: KG104 cannot read {MISSING} of {TREE}: git object {name} is missing"
    assert hint.startswith("hint: ")


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_fetches(victim: Victim, command: str) -> None:
    """All commands read a revision through the same door."""
    uploadpack(victim)
    done = victim.watched(*COMMANDS[command])
    unharmed(victim, done, command)
    assert done.status == 1
    assert f"cannot read {MISSING} of {TREE}: git object" in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert not (victim.folder / "out").exists()


@pytest.mark.parametrize("what", ["folder", "commit"])
def test_neither_are_folders_and_commits(victim: Victim, what: str) -> None:
    name = git(victim.tree, "rev-parse", "HEAD:hw/bus" if what == "folder" else "HEAD")
    uploadpack(victim)
    object_file(victim.tree, name).unlink()
    done = victim.watched(*COMMANDS["why"])
    unharmed(victim, done)
    if what == "folder":
        assert f"KG402 cannot read hw/bus/Kconfig of {TREE}: git object {name} is" in done.stderr
    else:
        assert f"KG402 cannot read {TREE} from git: git object {name} is missing" in done.stderr


@pytest.mark.parametrize("scheme", ["git", "http"])
def test_nobody_is_called(victim: Victim, scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        victim.promise(
            f"{scheme}://127.0.0.1:{server.getsockname()[1]}/x",
            {"credential.helper": f"!{victim.program}", "core.askPass": str(victim.program)},
        )
        unharmed(victim, victim.watched(*COMMANDS["why"]))
        with pytest.raises(BlockingIOError):
            server.accept()


def fsmonitor(victim: Victim) -> tuple[str, ...]:
    victim.set({"core.fsmonitor": str(victim.program)})
    return ("status",)


def hooks(victim: Victim) -> tuple[str, ...]:
    folder = victim.tree / ".git" / "hooks"
    names = ["reference-transaction", "post-index-change", "post-checkout", "pre-auto-gc"]
    for name in [*names, "fsmonitor-watchman", "query-watchman", "pre-commit", "post-rewrite"]:
        shutil.copy(victim.program, folder / name)
    return ("update-ref", "refs/heads/x", "HEAD")


def hooks_elsewhere(victim: Victim) -> tuple[str, ...]:
    hooks(victim)
    (victim.tree / ".git" / "hooks").rename(victim.tree / "hooks")
    victim.set({"core.hooksPath": "hooks"})
    return ("update-ref", "refs/heads/x", "HEAD")


def filters(victim: Victim) -> tuple[str, ...]:
    (victim.tree / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n")
    git(victim.tree, "add", "-A")
    git(victim.tree, "commit", "-qm", "three")
    keys = ("clean", "smudge", "process")
    victim.set({f"filter.evil.{key}": str(victim.program) for key in keys})
    (victim.tree / "Kconfig").unlink()
    return ("checkout", "--", "Kconfig")


def textconv(victim: Victim) -> tuple[str, ...]:
    filters(victim)
    git(victim.tree, "config", "--remove-section", "filter.evil")
    names = ("diff.evil.textconv", "diff.evil.command", "diff.external", "merge.evil.driver")
    victim.set({name: str(victim.program) for name in names})
    return ("diff", "HEAD")


def gpg(victim: Victim) -> tuple[str, ...]:
    text = git(victim.tree, "cat-file", "commit", "HEAD")
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n"
    signed = text.replace("\n\n", f"\n{signature}", 1) + "\n"
    name = git(victim.tree, "hash-object", "-t", "commit", "-w", "--stdin", data=signed.encode())
    git(victim.tree, "update-ref", "HEAD", name)
    victim.set({"gpg.program": str(victim.program), "log.showSignature": "true"})
    return ("log", "-1")


def programs(victim: Victim) -> tuple[str, ...]:
    names = ["core.pager", "pager.ls-tree", "core.editor", "core.askPass", "sequence.editor"]
    victim.set({name: str(victim.program) for name in [*names, "uploadpack.packObjectsHook"]})
    names = ["credential.helper", "alias.cat-file", "alias.rev-parse", "alias.st"]
    victim.set(dict.fromkeys(names, f"!{victim.program}"))
    return ("st",)


def everything(victim: Victim) -> tuple[str, ...]:
    for attack in (textconv, gpg, fsmonitor, programs, hooks):
        attack(victim)
    return ("status",)


SETTINGS = [fsmonitor, hooks, hooks_elsewhere, filters, textconv, gpg, programs, everything]


@pytest.mark.parametrize("attack", SETTINGS)
def test_what_a_repository_sets_has_no_effect(
    victim: Victim, attack: Callable[[Victim], tuple[str, ...]]
) -> None:
    expected = victim.watched(*COMMANDS["why"])
    words = attack(victim)
    victim.mark.unlink(missing_ok=True)
    git(victim.tree, *words, check=False)
    assert victim.mark.exists(), "git does run it"
    victim.mark.unlink()
    for command in ("why", "generate"):
        done = victim.watched(*COMMANDS[command])
        unharmed(victim, done, command)
        assert done.status == 0
        assert command != "why" or done.stdout == expected.stdout


def test_a_command_for_borrowed_references_has_no_effect(victim: Victim) -> None:
    """core.alternateRefsCommand, which git runs when others fetch from here or push to here."""
    shutil.copytree(victim.tree / ".git", victim.folder / "other.git")
    alternates = victim.tree / ".git" / "objects" / "info" / "alternates"
    alternates.write_text(f"{victim.folder / 'other.git' / 'objects'}\n")
    victim.set({"core.alternateRefsCommand": f"{victim.program} #"})
    git(victim.folder / "other.git", "push", "-q", str(victim.tree), "HEAD:refs/heads/x")
    assert victim.mark.exists(), "git does run it"
    victim.mark.unlink()
    done = victim.watched(*COMMANDS["why"])
    unharmed(victim, done)
    assert done.status == 0


def test_objects_are_not_borrowed(victim: Victim) -> None:
    """Nothing outside the repository is opened to look for an object."""
    outside = victim.folder / "outside"
    name = blob(victim.tree, MISSING)
    for folder in ("objects/info", f"objects/{name[:2]}"):
        (outside / folder).mkdir(parents=True)
    object_file(victim.tree, name).rename(outside / "objects" / name[:2] / name[2:])
    alternates = victim.tree / ".git" / "objects" / "info" / "alternates"
    alternates.write_text(f"{outside / 'objects'}\n")
    assert git(victim.tree, "cat-file", "-t", name) == "blob"
    done = victim.watched(*COMMANDS["why"])
    unharmed(victim, done)
    assert (
        f"git object {name} is missing\nhint: the repository uses objects of another one"
        in done.stderr
    )
    assert not [path for path in done.opened if str(outside) in path]
    env = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(outside / "objects")}
    assert victim.watched(*COMMANDS["why"], **env).stderr == done.stderr


def test_nothing_is_replaced(victim: Victim) -> None:
    """Neither by replace references nor by grafts, which git would both follow."""
    expected = victim.watched(*COMMANDS["diff"])
    other = git(victim.tree, "hash-object", "-w", "--stdin", data=b"config OTHER\n")
    git(victim.tree, "replace", blob(victim.tree, MISSING), other)
    top, below = git(victim.tree, "rev-parse", "HEAD", "HEAD~1").split()
    empty = git(victim.tree, "commit-tree", "-m", "x", git(victim.tree, "mktree"))
    git(victim.tree, "replace", below, empty)
    (victim.tree / ".git" / "info" / "grafts").write_text(f"{top} {empty}\n")
    assert "OTHER" in git(victim.tree, "show", f"HEAD:{MISSING}")
    assert git(victim.tree, "rev-parse", "HEAD~1") == empty
    done = victim.watched(*COMMANDS["diff"])
    unharmed(victim, done)
    assert (done.status, done.stdout) == (expected.status, expected.stdout)


def test_an_object_is_what_its_name_says(victim: Victim) -> None:
    """Another object's content under a file's name, in the right form, is not taken."""
    name = blob(victim.tree, MISSING)
    other = git(victim.tree, "hash-object", "-w", "--stdin", data=b"config OTHER\n")
    object_file(victim.tree, name).chmod(0o644)
    shutil.copy(object_file(victim.tree, other), object_file(victim.tree, name))
    done = victim.watched(*COMMANDS["why"])
    assert f"KG104 cannot read {MISSING} of {TREE}: git object {name} is corrupt" in done.stderr


def bare(victim: Victim, place: Path) -> Path:
    """A hostile repository without a work tree, laid where files of a tree are."""
    uploadpack(victim)
    shutil.copytree(victim.tree / ".git", place)
    config = (place / "config").read_text().replace("bare = false", "bare = true")
    (place / "config").write_text(f"{config}[core]\n\tfsmonitor = {victim.program}\n")
    return place


@pytest.mark.parametrize("place", ["lonely", "outer/evil.git", "outer/evil"])
def test_a_bare_repository_as_the_folder(victim: Victim, place: str) -> None:
    """git takes a folder with HEAD, objects and refs for a repository, and its config with it."""
    outer = victim.folder / "outer"
    outer.mkdir()
    (outer / "README").write_text("x\n")
    committed(outer)
    folder = bare(victim, victim.folder / place)
    git(folder, "cat-file", "-p", f"HEAD:{MISSING}", check=False)
    assert victim.mark.exists(), "git does run it"
    victim.mark.unlink()
    done = victim.watched("why", "CRC", "--tree", f"{place}@HEAD", "-t", "arm")
    unharmed(victim, done)
    assert f"cannot read {MISSING} of {place}@HEAD: git object" in done.stderr


def test_a_bare_repository_around_the_folder_is_none(victim: Victim) -> None:
    """A folder within is one of the repository with the work tree."""
    outer = victim.folder / "outer"
    small_qemu.write(outer / "evil" / "sub")
    committed(outer)
    evil = bare(victim, victim.folder / "evil.git")
    for path in evil.iterdir():
        path.rename(outer / "evil" / path.name)
    git(outer / "evil" / "sub", "cat-file", "-p", f"HEAD:{MISSING}", check=False)
    assert victim.mark.exists(), "git does run it"
    victim.mark.unlink()
    done = victim.watched("why", "CRC", "--tree", "outer/evil/sub@HEAD", "-t", "arm")
    unharmed(victim, done)
    assert done.status == 0, done.stderr


def test_a_work_tree_and_a_submodule_of_a_hostile_repository(victim: Victim) -> None:
    git(victim.tree, "worktree", "add", "-q", "../second", "HEAD~1")
    uploadpack(victim)
    victim.set({"core.fsmonitor": str(victim.program), "core.worktree": "/"})
    done = victim.watched("why", "CRC", "--tree", "second@HEAD", "-t", "arm")
    unharmed(victim, done)
    assert done.status == 0, done.stderr
    done = victim.watched("why", "CRC", "--tree", "second@main", "-t", "arm")
    unharmed(victim, done)
    assert f"cannot read {MISSING} of second@main: git object" in done.stderr


def test_the_environment_names_no_repository_and_no_program(victim: Victim) -> None:
    expected = victim.watched(*COMMANDS["why"])
    programs = victim.folder / "bin"
    programs.mkdir()
    shutil.copy(victim.program, programs / "git")
    other = committed(small_qemu.write(victim.folder / "other", hw__bus__Kconfig=""))
    program = str(victim.program)
    done = victim.watched(
        *COMMANDS["why"],
        PATH=f"{programs}:.:{os.environ['PATH']}",
        GIT_DIR=str(other / ".git"),
        GIT_WORK_TREE=str(other),
        GIT_OBJECT_DIRECTORY=str(other / ".git" / "objects"),
        GIT_INDEX_FILE=str(other / ".git" / "index"),
        GIT_NAMESPACE="x",
        GIT_NO_LAZY_FETCH="0",
        GIT_EXEC_PATH=str(programs),
        GIT_SSH_COMMAND=program,
        GIT_ASKPASS=program,
        GIT_PAGER=program,
        GIT_EXTERNAL_DIFF=program,
        GIT_CONFIG_COUNT="1",
        GIT_CONFIG_KEY_0="core.fsmonitor",
        GIT_CONFIG_VALUE_0=program,
        GIT_TRACE=str(victim.folder / "trace"),
    )
    unharmed(victim, done)
    assert (done.status, done.stdout) == (0, expected.stdout)
    assert not (victim.folder / "trace").exists()
    assert not [path for path in done.opened if str(other) in path]


def test_git_need_not_be_there(victim: Victim, kgen: Run) -> None:
    empty = victim.folder / "empty"
    empty.mkdir()
    done = kgen(*COMMANDS["snapshot"], cwd=victim.folder, PATH=str(empty))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reference_is_no_path(victim: Victim) -> None:
    """Neither what a user writes nor what HEAD holds leads out of the repository."""
    secret = victim.folder / "secret"
    secret.write_text(git(victim.tree, "rev-parse", "HEAD") + "\n")
    for revision in ("../../secret", "refs/heads/../../../../secret", str(secret), "-x", "--help"):
        done = victim.watched("why", "CRC", "--tree", f"tree@{revision}", "-t", "arm")
        assert f"KG402 cannot read tree@{revision} from git: there is no" in done.stderr
        assert str(secret) not in done.opened
    (victim.tree / ".git" / "HEAD").write_text("ref: refs/heads/../../../../secret\n")
    done = victim.watched(*COMMANDS["why"])
    assert "there is no revision HEAD" in done.stderr
    (victim.tree / ".git" / "HEAD").write_text("ref: HEAD\n")
    assert "form a cycle or are nested too deeply" in victim.watched(*COMMANDS["why"]).stderr


def test_no_pipe_is_waited_for(victim: Victim) -> None:
    """Not where a reference, an object, a pack or the configuration has to be."""
    name = blob(victim.tree, MISSING)
    inside = victim.tree / ".git"
    places = [object_file(victim.tree, name), inside / "config", inside / "packed-refs"]
    places += [inside / "objects" / "pack" / f"pack-x.{end}" for end in ("idx", "pack")]
    for path in places:
        path.unlink(missing_ok=True)
        os.mkfifo(path)
    done = victim.watched(*COMMANDS["why"])
    assert done.status == 1
    assert "KG402" in done.stderr
    for path in places[-2:]:
        path.unlink()
    assert f"git object {name} is missing" in victim.watched(*COMMANDS["why"]).stderr
    (inside / "HEAD").unlink()
    os.mkfifo(inside / "HEAD")
    assert "there is no revision HEAD" in victim.watched(*COMMANDS["why"]).stderr
