"""Snapshots: what they hold, that they come back the same, and what is refused."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from one_board import BOARD, DEVICES, tree
from oracle import facts_tree
from running import Run, write_tree
from strategies import examples

from kgen.commands.diff.diff import diff
from kgen.commands.snapshot import snapshot
from kgen.model.problems import KgenError
from kgen.project.load import load
from kgen.project.options import Options
from kgen.project.side import Side


def written(folder: Path, **options: str) -> str:
    return snapshot.write(load(Options(tree=str(folder), **options)))  # type: ignore[arg-type]


def read_all(text: str) -> Side:
    return snapshot.read(text, "s", lambda names: names)


def test_what_it_holds(kgen: Run, tmp_path: Path) -> None:
    tree(tmp_path / "t", BOARD + DEVICES, "arm", "avr", arm="CONFIG_D1=n\n")
    done = kgen("snapshot", "--tree", "t", "-o", "s.json")
    assert (done.returncode, done.stdout) == (0, "2 targets in s.json: written\n")
    assert kgen("snapshot", "--tree", "t", "-o", "s.json").stdout.endswith("unchanged\n")
    text = (tmp_path / "s.json").read_text()
    data = json.loads(text)
    assert data["kgen-snapshot"] == 1
    assert data["version"] == "t"
    digest = hashlib.sha256((BOARD + DEVICES).encode()).hexdigest()
    assert ["Kconfig", digest, False] in data["files"]
    assert data["targets"][0]["y"] == ["BOARD", "D0", "D2", "D3", "D4", "PCI_DEVICES"]
    assert str(tmp_path) not in text


def test_nothing_in_it_depends_on_where_the_tree_is(kgen: Run, tmp_path: Path) -> None:
    lists = {"mine/a.mak": "include ../b.mak\nCONFIG_D1=n\n", "b.mak": "CONFIG_D2=n\n"}
    made = []
    for name in ("one", "two/three"):
        tree(tmp_path / name / "t", BOARD + DEVICES)
        write_tree(tmp_path / name, lists)
        done = kgen("snapshot", "--tree", "t", "--devices", "mine/a.mak", "-o", "s",
                    "--allow-outside",  # for ../b.mak
                    cwd=tmp_path / name)  # fmt: skip
        assert done.returncode == 0, done.stderr
        made.append((tmp_path / name / "s").read_text())
    one, two = (text.replace('"version":"t"', "") for text in made)
    assert one == two
    files = {item[0]: item[2] for item in json.loads(made[0])["files"]}
    assert files["mine/a.mak"] is files["b.mak"] is True


def test_a_round_trip_gives_the_same_diff(kgen: Run, tmp_path: Path) -> None:
    tree(tmp_path / "t", BOARD + DEVICES, "arm", "avr", arm="CONFIG_D1=n\n")
    tree(tmp_path / "u", BOARD + DEVICES.replace("y if", "n if", 1), "arm", "avr")
    kgen("snapshot", "--tree", "t", "-o", "t.json")
    kgen("snapshot", "--tree", "u", "-o", "u.json")
    plain = json.loads(kgen("diff", "t", "u", "--format", "json").stdout)
    for old, new in (("t.json", "u"), ("t", "u.json"), ("t.json", "u.json")):
        found = json.loads(kgen("diff", old, new, "--format", "json").stdout)
        for key in set(plain) - {"old", "new"}:
            assert found[key] == plain[key], key
    assert kgen("diff", "t.json", "t").returncode == 0
    only = json.loads(kgen("diff", "t.json", "u", "-t", "avr", "--format", "json").stdout)
    assert list(only["targets"]) == ["avr-softmmu"]


def test_a_round_trip_of_real_trees(facts: Path, kgen: Run, tmp_path: Path) -> None:
    for name in ("5.2", "6.0"):
        data = json.loads((facts / f"qemu-e2k-{name}.json").read_text())
        facts_tree(data, tmp_path / name)
        kgen("snapshot", "--tree", name, "-o", f"{name}.json")
    assert (tmp_path / "6.0.json").stat().st_size < 1_000_000
    plain = json.loads(kgen("diff", "5.2", "6.0", "--format", "json").stdout)
    found = json.loads(kgen("diff", "5.2.json", "6.0.json", "--format", "json").stdout)
    assert len(plain["causes"]) > 100
    for key in set(plain) - {"old", "new"}:
        assert found[key] == plain[key], key


def test_a_failing_target_is_kept_as_failing(kgen: Run, tmp_path: Path) -> None:
    text = "config A\ndefault y\nselect B\nconfig B\nbool\n"
    tree(tmp_path / "t", text, "arm", "avr", arm="CONFIG_B=n\n")
    done = kgen("snapshot", "--tree", "t", "-o", "s")
    assert done.returncode == 1
    assert done.stderr == "cannot be configured: arm-softmmu\n"
    again = kgen("diff", "s", "t")
    assert again.returncode == 1
    assert "because the old side cannot be configured: arm-softmmu" in again.stdout


def test_the_embedded_tree_and_a_revision(kgen: Run, tmp_path: Path) -> None:
    done = kgen("snapshot", "-o", "s")
    assert done.returncode == 0, done.stderr
    assert kgen("diff", "s").returncode == 0
    text = (tmp_path / "s").read_text()
    assert '"/' not in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[: len(text) // 2], "s is not a valid snapshot: Input data was"),
        (lambda text: text.replace(":1,", ":2,", 1), "format 2, but this kgen reads format 1"),
        (lambda text: text.replace('"D1","PCI', '"D2","PCI'), "do not follow from its clauses"),
        (
            lambda text: text.replace('"PCI_DEVICES",', '"OTHER",', 1),
            "is not in its list of symbols",
        ),
        (lambda text: text.replace('"y":', '"z":'), "unknown field"),
        (lambda text: text.replace("PCI_DEVICES", "((", 3), "s is not a"),
        (lambda text: "", "s is not a"),
        (lambda text: '{"kgen-snapshot":"1"}', "Expected `int`"),
    ],
)
def test_what_kgen_did_not_write_is_refused(
    kgen: Run, tmp_path: Path, change: object, message: str
) -> None:
    assert callable(change)
    devices = "config D1\ndefault y if PCI_DEVICES\n"
    tree(tmp_path / "t", BOARD + devices + "config D2\nbool\n")
    kgen("snapshot", "--tree", "t", "-o", "s")
    text = (tmp_path / "s").read_text()
    (tmp_path / "s").write_text(change(text))
    assert change(text) != text
    done = kgen("diff", "s", "t")
    assert done.returncode == 1
    assert message in done.stderr, done.stderr
    assert "Traceback" not in done.stderr


def read_or_refused(text: str) -> Side | KgenError:
    try:
        return read_all(text)
    except KgenError as error:
        return error


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("small")
    tree(folder, BOARD + "config D1\ndefault y if PCI_DEVICES && !(BOARD || D2)\nconfig D2\nbool\n")
    return written(folder)


@examples(300)
@given(st.data())
def test_damage_is_refused_or_what_it_left_holds_together(small: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(small) - 1))
    size = data.draw(st.integers(0, 3))
    put = data.draw(st.sampled_from(["", "0", "-1", '"', "]", "[", ",", "9", "n", "||", "\udcff"]))
    damaged = (small[:at] + put + small[at + size :]).encode("utf-8", "replace").decode()
    found = read_or_refused(damaged)
    if isinstance(found, KgenError):
        assert [problem.code for problem in found.problems] == ["KG721"]
        return
    said = {target["name"]: target["y"] for target in json.loads(damaged)["targets"]}
    assert {item.name: item.printed() for item in found.outcomes} == said
    assert not diff(found, found).causes
