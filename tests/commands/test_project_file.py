"""The project file: each command gives each target the target's own values."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest
import small_qemu
from running import ROOT, run_kgen, write_tree

from kgen.commands.dispatch import NAMES

LISTS = {
    "lists/arm.mak": "CONFIG_ARM_TREE=n\nCONFIG_ARM_TREE=n\nCONFIG_BUS_DEVICES=n\n",
    "lists/sparc.mak": "CONFIG_SUN=y\n",
}
PROJECT = """\
tree = "tree"
host = "linux,SOUND"

[target.arm]
accel = "kvm"
host = "+FUZZ"
host-arch = "arm"
devices = "lists/arm.mak"
set = ["net-card=n"]

[target."sparc-*"]
mode = "allnoconfig"
devices = "lists/sparc.mak"
host = "LINUX"
set = ["CONFIG_ODD_CARD=y", "BEEPER=n"]
"""
SAME = {
    "arm": "--host linux,SOUND,FUZZ --accel kvm --host-arch arm --devices lists/arm.mak"
    " --set NET_CARD=n",
    "sparc": "--host LINUX --mode allnoconfig --devices lists/sparc.mak --set ODD_CARD=y"
    " --set BEEPER=n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project of two targets that differ in everything that can differ."""
    small_qemu.write(tmp_path / "tree")
    return write_tree(tmp_path, {"kgen.toml": PROJECT, **LISTS})


def output(folder: Path, words: str, status: int | None = None) -> str:
    done = run_kgen(words.split(), folder)
    assert done.returncode == status or (status is None and done.returncode < 2), done.stderr
    assert "KG416" not in done.stderr
    return done.stdout


# What shows every value: each target alone is as with the options of the command line.
QUESTIONS = [
    "audit --format json",
    "audit --vary host",
    "audit --compare host=none --format csv",
    "enable NET_CARD BEEPER --format json",
    "disable BUS --all --format json",
    "lint --format json",
    "sweep -n 2000 --format json",
    "sweep --bare -n 500 --format json",
    "sample -n 4 -o out --format json",
    "savedefconfig --format json",
    "savedefconfig --for allnoconfig",
    "mak --format json",
    "targets --format json",
    "policy --from-config",
    "generate -o out --output mak,json",
    "diff tree tree --new-host none --format json",
]
NOT_HERE = {"why", "migrate", "verify", "snapshot", "native-file", "init", "host"}
NOT_HERE |= {"devices", "machines", "sources", "check", "trim"}  # they need C sources


def test_every_command_is_asked_here_or_below() -> None:
    assert {words.split()[0] for words in QUESTIONS} | NOT_HERE >= set(NAMES)


@pytest.mark.parametrize("words", QUESTIONS)
@pytest.mark.parametrize("target", sorted(SAME))
def test_a_target_has_its_own_values_in_every_command(
    words: str, target: str, folder: Path
) -> None:
    tree = "" if words.startswith("diff") else "--tree tree"
    mine = _told(f"{words} -t {target}", folder)
    given = _told(f"{words} --no-project {tree} -t {target} {SAME[target]}", folder)
    other = _told(f"{words} --no-project {tree} -t {target} --host linux,SOUND", folder)
    assert mine == given
    assert mine != other, "else this would not show that the values are used"


def _told(words: str, folder: Path) -> str:
    """What a command says, without times and places, and what it writes."""
    shutil.rmtree(folder / "out", ignore_errors=True)
    text = output(folder, words)
    if text.startswith("{"):
        text = json.dumps(_plain(json.loads(text)))
    files = sorted((folder / "out").rglob("*.*"))
    return text + "".join(path.read_text(encoding="utf-8") for path in files)


def _plain(data: object) -> object:
    """Data without what depends on the clock, and without the places of `--set`."""
    left_out = ("seconds", "per_second", "file", "line", "column", "message")
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items() if key not in left_out}
    return [_plain(item) for item in data] if isinstance(data, list) else data


def test_each_target_varies_the_accelerators_of_its_own_host(folder: Path) -> None:
    (folder / "kgen.toml").write_text(
        'tree = "tree"\n[target.arm]\nhost-arch = "arm"\n[target.sparc]\nset = ["SUN=n"]\n'
    )
    table = output(folder, "audit --vary accel")
    assert re.search(r"^ARM_EMU +device +KVM", table, re.MULTILINE)


def test_a_snapshot_has_the_modes_of_its_targets_and_the_project_file(folder: Path) -> None:
    output(folder, "snapshot -o new.json")
    data = json.loads((folder / "new.json").read_text())
    modes = {target["name"]: target.get("mode", data["mode"]) for target in data["targets"]}
    assert modes == {"arm-softmmu": "defconfig", "sparc-softmmu": "allnoconfig"}
    assert any(entry[0].endswith("kgen.toml") for entry in data["files"])
    assert "none differs" in output(folder, "diff new.json tree", 0)
    assert "2 differ" in output(folder, "diff new.json tree --no-project", 1)


def test_why_says_where_a_value_was_written(folder: Path) -> None:
    assert "is assigned by --set net-card=n  kgen.toml:9\n" in output(folder, "why net-card -t arm")
    assert "passed by --host linux,SOUND,+FUZZ" in output(folder, "why fuzz -t arm --full")
    assert "--set ODD_CARD=n\n" in output(folder, "why odd-card -t sparc --set ODD_CARD=n")


def test_verify_runs_the_program_of_the_projects_tree(folder: Path) -> None:
    """The file names the tree; that its program runs is what the command is for."""
    program = folder / "tree" / "scripts" / "minikconf.py"
    program.parent.mkdir()
    program.write_text("import sys\nsys.exit(1)\n")
    assert "only kgen" not in output(folder, "verify -t sparc", 1)


def test_a_file_that_is_not_named_is_read_from_the_current_folder_only(folder: Path) -> None:
    (folder / "below").mkdir()
    done = run_kgen(["why", "NET_CARD"], folder / "below")
    assert "embedded" in done.stderr
    done = run_kgen(["why", "NET_CARD", "--project", "../kgen.toml"], folder / "below")
    assert (done.returncode, done.stderr) == (0, "")


def test_files_are_written_outside_the_folder_only_if_the_user_names_the_project(
    folder: Path,
) -> None:
    for path in ("../new.json", "/new.json", "link/new.json"):
        (folder / "kgen.toml").write_text(f'tree = "tree"\n[snapshot]\noutput = "{path}"\n')
        (folder / "link").unlink(missing_ok=True)
        (folder / "link").symlink_to("..")
        done = run_kgen(["snapshot"], folder)
        assert "KG416 snapshot.output names a place outside" in done.stderr
    assert run_kgen(["snapshot", "--project", "kgen.toml"], folder).returncode == 0
    assert (folder.parent / "new.json").exists()
    (folder / "kgen.toml").write_text('tree = "tree"\n[generate]\ndirectory = "."\n')
    assert run_kgen(["generate", "--output", "mak"], folder).returncode == 0


@pytest.mark.parametrize("words", ["generate --output mak,json", "sample -n 1"])
def test_links_of_outputs_lead_outside_only_if_the_user_names_the_project(
    words: str, folder: Path
) -> None:
    """Whoever made the file may have made the links, and what is written."""
    project = folder / "project"
    shutil.copytree(folder, project)
    command = words.split()[0]
    made = {"generate": "mine.txt", "sample": "arm-softmmu/kgen-1.mak"}[command]
    template = 'template = "mine.txt"\n' if command == "generate" else ""
    (project / "kgen.toml").write_text(
        f'tree = "tree"\nonly = "arm"\n[{command}]\ndirectory = "out"\n{template}'
    )
    (project / "mine.txt").write_text("mine")
    link = project / "out" / made
    link.parent.mkdir(parents=True)
    link.symlink_to(folder / "victim")
    for more in ([], ["-o", "../project/out"]):
        done = run_kgen([*words.split(), *more], project)
        assert f"{made} is a link to {folder / 'victim'}, outside the folder of" in done.stderr
        assert "KG416" in done.stderr
        assert not (folder / "victim").exists()
        assert len(list((project / "out").rglob("*.*"))) == 1
    assert run_kgen([*words.split(), "--project", "kgen.toml"], project).returncode == 0
    assert (folder / "victim").exists()
    # A link within the folder, and an output folder of the command line, are nobody else's.
    link.unlink()
    link.symlink_to(project / "elsewhere")
    assert run_kgen(words.split(), project).returncode == 0
    assert run_kgen([*words.split(), "-o", "../other"], project).returncode == 0
    assert (project / "elsewhere").exists()
    assert (folder / "other" / made).exists()


def test_a_list_is_written_in_place_only_if_the_user_says_so(folder: Path) -> None:
    (folder / "list.mak").write_text("CONFIG_NET_CARD=y\n")
    (folder / "below").mkdir()
    (folder / "below" / "kgen.toml").write_text(
        'devices = "../list.mak"\n[migrate]\nin-place = true\n'
    )
    words = ["migrate", "../tree", "../tree", "-t", "arm"]
    done = run_kgen(words, folder / "below")
    assert "KG416 migrate.in-place is not taken from a file that was not named" in done.stderr
    assert run_kgen([*words, "--project", "kgen.toml"], folder / "below").returncode == 0


@pytest.mark.parametrize("kind", ["folder", "pipe", "broken link"])
def test_a_project_file_that_cannot_be_read_is_not_passed_over(kind: str, folder: Path) -> None:
    path = folder / "kgen.toml"
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("nowhere.toml")
    done = run_kgen(["targets"], folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert "error: KG104 cannot read kgen.toml: " in done.stderr
    assert run_kgen(["targets", "--no-project"], folder).returncode == 0


@pytest.mark.parametrize(
    ("project", "words", "expected"),
    [
        (
            'host = "linux,SOUND"\n',
            "diff tree other",
            "kgen.toml:1:9: error: KG407 other: --host: SOUND is neither a profile nor a symbol",
        ),
        (
            'host = "linux,SOUND"\n',
            "migrate tree other --devices lists/sparc.mak -t sparc",
            "--new-host is for this tree alone",
        ),
        (
            'set = ["net-fast=y"]\n',
            "diff other tree",
            "kgen.toml:1:9: error: KG201 other: undefined symbol",
        ),
    ],
)
def test_what_the_file_says_wrongly_of_one_of_two_trees(
    project: str, words: str, expected: str, folder: Path
) -> None:
    shutil.copytree(folder / "tree", folder / "other")
    for path, old, new in (
        ("Kconfig.host", "SOUND", "NOISE"),
        ("hw/net/Kconfig", "NET_FAST", "NET_QUICK"),
    ):
        file = folder / "other" / path
        file.write_text(file.read_text().replace(old, new))
    (folder / "kgen.toml").write_text(project)
    assert expected in run_kgen(words.split(), folder).stderr


def test_a_hint_names_the_option_of_its_side(folder: Path) -> None:
    words = ["diff", "--no-project", "tree", "tree", "-t", "arm"]
    done = run_kgen([*words, "--new-accel", "kvm"], folder)
    assert "hint: --new-host-arch arm, or --new-accel kvm,tcg\n" in done.stderr


def test_lists_numbers_and_the_home_folder(folder: Path) -> None:
    text = """\
tree = "~/tree"
[sample]
directory = "samples"
configurations = 3
bare = true
"""
    (folder / "kgen.toml").write_text(text)
    done = run_kgen(["sample", "-t", "arm"], folder, {"HOME": str(folder)})
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list((folder / "samples").rglob("*.mak"))) == 3


def test_minikconf_reads_no_project_file(folder: Path) -> None:
    (folder / "kgen.toml").write_text("not = [valid")
    words = ["minikconf", "out.mak", "out.d", "lists/sparc.mak", "tree/Kconfig"]
    assert "KG416" not in run_kgen(words, folder).stderr
    assert "KG416" not in run_kgen(["native-file"], folder).stderr
    assert "KG416" in run_kgen(["targets"], folder).stderr


def test_two_names_of_one_option(folder: Path) -> None:
    (folder / "kgen.toml").write_text('tree = "tree"\nonly = "arm"\ntarget = ["sparc"]\n')
    assert "target: given twice" in run_kgen(["targets"], folder).stderr


def test_a_baseline_of_the_project_can_be_written_first(folder: Path) -> None:
    (folder / "kgen.toml").write_text('tree = "tree"\nbaseline = "known.json"\n')
    assert "KG104" in run_kgen(["lint"], folder).stderr
    assert run_kgen(["lint", "--write-baseline", "known.json"], folder).returncode == 0
    assert output(folder, "lint", 0).startswith("0 findings")


def test_a_host_at_the_top_can_change_the_default(folder: Path) -> None:
    text = 'tree = "tree"\nhost = ["-FDT", "sound"]\n[target.arm]\nhost = "+FUZZ"\n'
    (folder / "kgen.toml").write_text(text)
    table = output(folder, "audit --kind host --format csv", 0)
    rows = {line.split(",")[0]: line.split(",")[-2:] for line in table.splitlines()[1:]}
    assert rows == {
        "LINUX": ["y", "y"],
        "SOUND": ["y", "y"],
        "FDT": ["n", "n"],
        "FUZZ": ["y", "n"],
    }


def test_a_project_file_needs_no_msgspec(folder: Path, tmp_path: Path) -> None:
    hidden = write_tree(tmp_path / "hidden", {"msgspec.py": "raise ModuleNotFoundError\n"})
    done = run_kgen(["targets"], folder, {"PYTHONPATH": f"{hidden}{os.pathsep}{ROOT}"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "lists/sparc.mak" in done.stdout
