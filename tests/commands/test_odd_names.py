"""Symbols with the names of operators, from everywhere that a name can come from."""

from __future__ import annotations

import json
import os
from binascii import crc32
from pathlib import Path

import pytest
from running import Run, write_tree

from kgen.commands.minikconf import cache
from kgen.kconfig import kconfiglib_adapter
from kgen.model.clauses import Model

ODD = ("!", "&&", "||", "(", ")", "A B", "A\\n")
TREE = {
    "Kconfig": "config CARD\n    default y if !LINE\nconfig LINE\n"
    "config BUS\n    select DISK if CARD\nconfig DISK\n",
    "targets/t.toml": 'architecture = "avr"\nendianness = "little"\n',
}


@pytest.mark.parametrize("name", ODD)
def test_a_snapshot_with_a_name_that_no_symbol_has_is_refused(
    kgen: Run, tmp_path: Path, name: str
) -> None:
    write_tree(tmp_path, TREE)
    words = ("--tree", ".", "--targets", "targets")
    assert kgen("snapshot", "-o", "good.json", *words, "--set", "CARD=y").returncode == 0
    text = (tmp_path / "good.json").read_text()
    written = json.dumps(name.replace("\\n", "\n"))
    for old in ('"CARD"', '"BUS"'):
        (tmp_path / "bad.json").write_text(text.replace(old, written))
        done = kgen("diff", "good.json", "bad.json")
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert "KG721 bad.json is not a valid snapshot" in done.stderr


def test_a_snapshot_of_names_that_are_not_ascii_is_read(kgen: Run, tmp_path: Path) -> None:
    write_tree(tmp_path, {**TREE, "Kconfig": TREE["Kconfig"].replace("BUS", "BÜS")})
    assert kgen("snapshot", "-o", "s", "--tree", ".", "--targets", "targets").returncode == 0
    assert kgen("diff", "s", "s").returncode == 0


@pytest.mark.parametrize("name", ["!", "&&", "||"])
@pytest.mark.parametrize("old", ["CARD", "BUS"])
def test_a_cached_tree_with_such_a_name_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, old: str
) -> None:
    monkeypatch.setenv("KGEN_CACHE", str(tmp_path / "cache"))
    top = str(write_tree(tmp_path, TREE) / "Kconfig")
    loads = []

    def load(read: object) -> Model:
        loads.append(read)
        return kconfiglib_adapter.load([top], read=read)  # type: ignore[arg-type]

    first = cache.load_tree(top, load)
    assert cache.load_tree(top, load) == first
    assert len(loads) == 1
    (kept,) = (tmp_path / "cache").iterdir()
    head, _, path, counts, body = kept.read_text().split("\n", 4)
    lines, marker, texts = body.partition("\n\f\n")
    rest = f"{path}\n{counts}\n{lines.replace(old, name)}{marker}{texts}"
    kept.write_text(f"{head}\n{crc32(rest.encode()):08x}\n{rest}")
    os.chmod(kept, 0o600)
    assert cache.load_tree(top, load) == first
    assert len(loads) == 2


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("where", ["mak", "policy", "group", "descriptor", "set"])
def test_such_a_name_elsewhere_is_an_error_or_matches_nothing(
    kgen: Run, tmp_path: Path, name: str, where: str
) -> None:
    policy = f'[[forbid]]\nsymbols = ["{name}"]\nreason = "{name}"\n'
    files = {
        "mak": {"d.mak": f"CONFIG_{name}=y\n"},
        "policy": {"policy.toml": policy},
        "group": {"policy.toml": f'[groups]\n"{name}" = ["@{name}"]\n{policy}'},
        "descriptor": {"targets/t.toml": f'{TREE["targets/t.toml"]}[symbols]\n"{name}" = true\n'},
        "set": {},
    }
    write_tree(tmp_path, {**TREE, **files[where]})
    more = {
        "mak": ("--devices", "./d.mak"),
        "policy": ("--policy", "policy.toml"),
        "group": ("--policy", "policy.toml"),
        "set": ("--set", f"{name}=y"),
    }
    for command in ("audit", "lint", "targets", "why"):
        if command != "audit" and where in ("policy", "group"):
            continue
        asked = ("CARD",) if command == "why" else ()
        options = ("--tree", ".", "--targets", "targets", *more.get(where, ()))
        done = kgen(command, *asked, *options)
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode in (0, 1)
        assert command == "lint" or done.returncode == 1
