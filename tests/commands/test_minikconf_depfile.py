"""The depfile of the drop-in is the reference's: a line a file, and nothing is escaped."""

from __future__ import annotations

from pathlib import Path

from running import Run, write_tree


def test_names_are_not_escaped(kgen: Run, tmp_path: Path) -> None:
    """Also those that `kgen generate` refuses."""
    odd = "a b;c$d#e\\ 'f%=(g)"
    write_tree(tmp_path, {f"{odd}/Kconfig": "config NIC\n    default y\n"})
    done = kgen("minikconf", odd, "x.d", f"{odd}/Kconfig", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "CONFIG_NIC=y\n", "")
    assert (tmp_path / "x.d").read_text() == f"{odd}: {tmp_path}/{odd}/Kconfig\n"
