"""`--configure WORDS`: what the options of a configure command line say of each target."""

from __future__ import annotations

from pathlib import Path

import pytest
from qemu_scripts import new_tree

from kgen.commands.configured import default_accelerators, with_configure
from kgen.files.tree import open_tree
from kgen.project.options import Options


@pytest.mark.parametrize(
    ("words", "accelerators"),
    [
        # Xen's library is there, as those of all features are.
        ("configure", "kvm,tcg,xen"),
        ("-Dxen=disabled -Dkvm=disabled", "tcg"),
    ],
)
def test_accelerators_are_none_of_the_hosts_features(
    tmp_path: Path, words: str, accelerators: str
) -> None:
    given = {"tree": str(new_tree(tmp_path))}
    found = with_configure(Options(), words, given).of("x86_64-softmmu")
    assert found.accel == accelerators
    assert "XEN" not in found.host.split(",")


def test_what_configure_takes_without_being_told(tmp_path: Path) -> None:
    tree = open_tree(str(new_tree(tmp_path)))
    assert default_accelerators(tree, "x86_64", "x86_64-softmmu") == ("kvm", "tcg")
    assert default_accelerators(tree, "x86_64", "arm-softmmu") == ("tcg",)
    (tmp_path / "bare").mkdir()
    bare = open_tree(str(tmp_path / "bare"))
    assert default_accelerators(bare, "x86_64", "arm-softmmu") == ()
