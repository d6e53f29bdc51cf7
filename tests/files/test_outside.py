"""A tree's files are those inside it, and a template's those in its folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import small_qemu
from running import Run, write_tree

SECRET = "root:secret:hash\n"
TREE = {
    "Kconfig": "source a/Kconfig\n",
    "a/Kconfig": "config CARD\n    bool\n",
    "configs/targets/avr-softmmu.mak": "TARGET_ARCH=avr\n",
    "configs/devices/avr-softmmu/default.mak": "CONFIG_CARD=y\n",
}
DEVICES = "configs/devices/avr-softmmu/default.mak"
COMMANDS = (
    ("why", "CARD"),
    ("targets",),
    ("audit",),
    ("lint",),
    ("diff", "t", "t"),
    ("snapshot", "-o", "snapshot.json"),
    ("generate", "-o", "out"),
)


def outside_by(kind: str, folder: Path) -> None:
    """A tree `t` of which one file leads to `secret`, beside it."""
    (folder / "secret").write_text(SECRET)
    tree = write_tree(folder / "t", TREE)
    if kind == "absolute":
        (tree / "Kconfig").write_text(f"source {folder}/secret\n")
    elif kind == "parent":
        (tree / "a" / "Kconfig").write_text("source ../../secret\n")
    elif kind == "include":
        (tree / DEVICES).write_text("include ../../../../secret\n")
    elif kind == "folder":
        (folder / "elsewhere").mkdir()
        (folder / "elsewhere" / "Kconfig").write_text(SECRET)
        (tree / "Kconfig").write_text("source b/Kconfig\n")
        (tree / "b").symlink_to(folder / "elsewhere")
    else:
        path = tree / kind
        path.unlink()
        path.symlink_to(folder / "secret")


KINDS = (
    "absolute",
    "parent",
    "include",
    "folder",
    "Kconfig",
    "a/Kconfig",
    DEVICES,
    "configs/targets/avr-softmmu.mak",
)


@pytest.mark.parametrize("kind", KINDS)
def test_what_leads_out_of_a_tree_is_not_read(kgen: Run, tmp_path: Path, kind: str) -> None:
    outside_by(kind, tmp_path)
    for words in COMMANDS:
        tree = () if words[0] == "diff" else ("--tree", "t")
        done = kgen(*words, *tree)
        assert done.returncode == 1
        assert "secret:hash" not in done.stdout + done.stderr
        assert "KG106" in done.stderr
        assert "hint: --allow-outside lets its files refer to others" in done.stderr
    assert "KG106" not in kgen("targets", "--tree", "t", "--allow-outside").stderr


def test_a_link_within_a_tree_and_a_tree_that_is_a_link_are_read(kgen: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "real", TREE)
    (tree / "a" / "Kconfig").rename(tree / "cards")
    (tree / "a" / "Kconfig").symlink_to(os.path.join("..", "cards"))
    (tmp_path / "t").symlink_to("real")
    assert kgen("why", "CARD", "--tree", "t").returncode == 0


def test_a_devices_file_of_the_user_reads_its_own_folder_and_the_tree(
    kgen: Run, tmp_path: Path
) -> None:
    write_tree(tmp_path / "t", TREE)
    write_tree(
        tmp_path,
        {
            "our/list.mak": f"include more.mak\ninclude {tmp_path}/t/{DEVICES}\n",
            "our/more.mak": "CONFIG_CARD=y\n",
            "far/far.mak": "CONFIG_CARD=y\n",
        },
    )
    (tmp_path / "link.mak").symlink_to("our/list.mak")
    for name in ("our/list.mak", f"{tmp_path}/our/list.mak"):
        assert kgen("why", "CARD", "--tree", "t", "--devices", name).returncode == 0
    (tmp_path / "our" / "list.mak").write_text("CONFIG_CARD=y\n")
    assert kgen("why", "CARD", "--tree", "t", "--devices", "./link.mak").returncode == 0
    (tmp_path / "our" / "list.mak").write_text("include ../far/far.mak\n")
    done = kgen("why", "CARD", "--tree", "t", "--devices", "our/list.mak")
    assert "our/list.mak:1:1: error: KG106 ../far/far.mak is outside the tree" in done.stderr
    done = kgen("migrate", "t", "t", "--devices", "our/list.mak", "-t", "avr")
    assert "KG106 ../far/far.mak is outside the tree" in done.stderr
    done = kgen("migrate", "t", "t", "--devices", "our/list.mak", "-t", "avr", "--allow-outside")
    assert done.returncode == 0


def test_a_templates_includes_do_not_follow_links_out_of_its_folder(
    kgen: Run, tmp_path: Path
) -> None:
    small_qemu.write(tmp_path / "t")
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret").write_text(SECRET)
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "leak").symlink_to(tmp_path / "secret")
    (folder / "leaks").symlink_to(tmp_path / "elsewhere")
    (folder / "fine").symlink_to("real")
    (folder / "real").write_text("fine\n")
    words = ("generate", "--tree", "t", "-o", "out", "--template", "templates/a.txt.j2")
    for name in ("leak", "leaks/secret"):
        (folder / "a.txt.j2").write_text(f'{{% include "{name}" %}}\n')
        done = kgen(*words)
        assert done.returncode == 1
        assert f"KG503 cannot read the template {name}: it is outside the folder" in done.stderr
    (folder / "a.txt.j2").write_text('{% include "fine" %}\n')
    assert kgen(*words).returncode == 0
    assert (tmp_path / "out" / "a.txt").read_text() == "fine\n"


def test_a_template_that_the_user_gave_may_be_a_link(kgen: Run, tmp_path: Path) -> None:
    (tmp_path / "real.j2").write_text("a list\n")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "a.txt.j2").symlink_to(tmp_path / "real.j2")
    done = kgen("generate", "-t", "e2k", "-o", "out", "--template", "templates/a.txt.j2")
    assert done.returncode == 0


def test_the_drop_in_reads_what_it_is_told(tmp_path: Path) -> None:
    """As QEMU's own program does; its build passes files from wherever they are."""
    import subprocess
    import sys

    from running import ROOT

    write_tree(tmp_path / "t", {"Kconfig": "source ../out/Kconfig\n"})
    write_tree(tmp_path / "out", {"Kconfig": "config CARD\n    default y\n"})
    done = subprocess.run(
        [sys.executable, "-m", "kgen", "minikconf", "x", "deps.d", "t/Kconfig"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "KGEN_CACHE": "off"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "CONFIG_CARD=y\n"
