"""The man pages say what the commands say."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from running import ROOT

from kgen.commands import dispatch

MAN = ROOT / "docs" / "man"


def test_the_pages_are_those_of_the_commands(tmp_path: Path) -> None:
    script = ROOT / "docs" / "write_man.py"
    subprocess.run([sys.executable, script, tmp_path], check=True)
    made = {path.name: path.read_text() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_text() for path in MAN.iterdir()}
    assert kept == made, "run: python docs/write_man.py"
    assert set(made) == {"kgen.1", "kgen-minikconf.1"} | {f"kgen-{n}.1" for n in dispatch.NAMES}


@pytest.mark.skipif(not shutil.which("groff"), reason="needs groff")
@pytest.mark.parametrize("page", sorted(path.name for path in MAN.iterdir()))
def test_groff_shows_every_option_and_warns_of_nothing(page: str) -> None:
    done = subprocess.run(
        ["groff", "-man", "-Tascii", "-ww", "-P-cbou", MAN / page],
        env={**os.environ, "MANWIDTH": "400"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    name = page.removesuffix(".1").removeprefix("kgen-")
    if name in dispatch.NAMES:
        for option in dispatch.module_of(name).OPTIONS:
            for flag in option.flags:
                assert flag in done.stdout.split("OPTIONS", 1)[1]
