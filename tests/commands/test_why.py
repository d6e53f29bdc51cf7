"""`kgen why`: what would change a value, on random trees, and its words on a whole real one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from explanations import assert_its_facts_are_enough
from hypothesis import given
from oracle import facts_tree
from running import FACTS, Run, run_kgen, write_tree
from strategies import examples, resolutions

from kgen.commands.why import changes, graph
from kgen.commands.why.groups import groups
from kgen.commands.why.text import Text, one_target
from kgen.commands.why.unused import unused
from kgen.explain import tree_text
from kgen.explain.bounds import Bounds
from kgen.explain.contradictions import explained
from kgen.explain.steps import Reasons
from kgen.model.clauses import Assignment
from kgen.model.configurations import Outcome, Resolution, Target
from kgen.project import load as project_load
from kgen.project.load import Project
from kgen.project.options import Options
from kgen.resolve.editable_lane import laid_open
from kgen.resolve.resolver import resolve


@examples(60)
@given(resolutions())
def test_every_lane_is_in_one_group_of_reasons(resolution: Resolution) -> None:
    reasons = Reasons(resolution)
    fine = reasons.everywhere & ~resolution.failed
    for symbol in resolution.values:
        grouped = 0
        for group in groups(reasons, symbol):
            assert group.lanes & grouped & fine == 0, "a lane in two groups"
            grouped |= group.lanes
        assert grouped & fine == fine


@examples(40)
@given(resolutions())
def test_what_would_change_a_value_changes_it(resolution: Resolution) -> None:
    """Each list of changes, made by hand, gives the value in a configuration that holds."""
    for lane, one in enumerate(resolution.lanes):
        if resolution.failed >> lane & 1 or one.mode == "randconfig":
            continue
        outcome = Outcome(_TARGET, resolution, lane)
        for symbol in list(resolution.values)[:4]:
            found = changes.ways(outcome, symbol, not outcome.value(symbol), Bounds())
            for changed in found.lists:
                model, opened = laid_open(resolution, lane)
                assignments = list(opened.assignments)
                for change in changed:
                    if change.action != "add":
                        external = change.action in ("host", "accelerator")
                        kept = [item for item in assignments if item.symbol != change.symbol]
                        assert external or len(kept) < len(assignments)
                        assignments = kept
                    if change.action != "remove":
                        assignments.append(_assigned(change.symbol, change.value))
                again = resolve(model, [one._replace(assignments=tuple(assignments))])
                assert not again.failed
                assert bool(again.values[symbol]) != outcome.value(symbol)
                assert len(changed) == len(found.lists[0])


def _assigned(symbol: str, value: bool) -> Assignment:
    return Assignment(symbol, value, None, False, "by hand")


_TARGET = Target("t", "x86_64", "i386", False, None, (), "", ())


@pytest.fixture(scope="module")
def qemu(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole real tree, rendered from its facts."""
    if not FACTS.is_dir():
        pytest.skip("the facts about real QEMU trees are not beside this checkout")
    folder = tmp_path_factory.mktemp("real") / "qemu"
    facts_tree(json.loads((FACTS / "qemu-e2k-6.0.json").read_text()), folder)
    return folder


def _loaded(
    tree: Path, *only: str, mode: Any = "defconfig", settings: tuple[str, ...] = ()
) -> Project:
    return project_load.load(Options(str(tree), only=only, mode=mode, settings=settings))


@pytest.mark.parametrize("mode", ["defconfig", "allnoconfig", "allyesconfig"])
def test_explanations_of_a_real_tree_are_short_and_enough(qemu: Path, mode: str) -> None:
    loaded = _loaded(qemu, "x86_64", "e2k", "s390x", mode=mode)
    reasons = Reasons(loaded.outcomes[0].resolution)
    for outcome in loaded.outcomes:
        if outcome.failed:
            continue
        for symbol in list(outcome.resolution.values)[::9]:
            assert_its_facts_are_enough(reasons, symbol, outcome.lane)
            text = Text(colours=False)
            explanation = reasons.explain(symbol, outcome.lane)
            ways = None
            if not outcome.value(symbol):
                ways = changes.ways(outcome, symbol, True, reasons.bounds.of(outcome.lane))
            one_target(text, outcome, explanation, reasons.bounds, ways, full=False)
            assert len(text.lines) <= tree_text.LINES, symbol


def test_e2k_has_no_virtio_and_one_line_gives_it_what_its_boards_allow(qemu: Path) -> None:
    loaded = _loaded(qemu, "e2k")
    outcome = loaded.outcomes[0]
    bounds = Reasons(outcome.resolution).bounds.of(outcome.lane)
    assert not any(name.startswith("VIRTIO") for name in outcome.printed())
    found = changes.ways(outcome, "VIRTIO_NET", True, bounds)
    best = [(change.action, change.symbol, change.value) for change in found.lists[0]]
    assert best == [("add", "VIRTIO_PCI", True)]
    assert found.complete
    # No board of it selects VIRTIO_MEM_SUPPORTED, and no line of a list may say it instead.
    memory = changes.ways(outcome, "VIRTIO_MEM", True, bounds)
    assert (memory.lists, memory.internal) == ((), (("VIRTIO_MEM_SUPPORTED", ("PC",)),))
    allowed = changes.ways(outcome, "VIRTIO_MEM", True, bounds, allow_internal=True)
    best = [(change.action, change.symbol, change.value) for change in allowed.lists[0]]
    assert best == [("add", "VIRTIO_PCI", True), ("add", "VIRTIO_MEM_SUPPORTED", True)]
    assert dict(allowed.internal)["VIRTIO_MEM_SUPPORTED"] == ("PC",)


INTERNAL = {
    "Kconfig": """config PLUG
    bool
    depends on WIRE
    select PLUG_POSSIBLE
config WIRE
    bool
config PLUG_POSSIBLE
    bool
config DISK
    bool
    default y
    depends on PLUG_POSSIBLE
config FLAG_SUPPORTED
    bool
config FLAGGED
    bool
    default y
    depends on FLAG_SUPPORTED
""",
    "configs/targets/x-softmmu.mak": "TARGET_ARCH=x\n",
    "configs/devices/x-softmmu/default.mak": "",
}


def test_what_selects_an_internal_symbol_is_the_way_to_it(kgen: Run, tmp_path: Path) -> None:
    """Also where that takes more lines than to set it."""
    write_tree(tmp_path / "tree", INTERNAL)

    def ask(*words: str) -> tuple[list[list[str]], dict[str, list[str]]]:
        done = kgen("why", *words, "--tree", "tree", "--format", "json")
        data = json.loads(done.stdout)
        lists = [
            [f"{change['action']} {change['symbol']}" for change in one] for one in data["changes"]
        ]
        return lists, data["internal"]

    assert ask("DISK") == ([["add PLUG", "add WIRE"]], {})
    assert ask("PLUG_POSSIBLE") == ([["add PLUG", "add WIRE"]], {})
    assert ask("FLAGGED") == ([], {"FLAG_SUPPORTED": []})
    assert ask("DISK", "--allow-internal") == (
        [["add PLUG_POSSIBLE"]],
        {"PLUG_POSSIBLE": ["PLUG"]},
    )
    text = kgen("why", "FLAGGED", "--tree", "tree").stdout.splitlines()[-1]
    assert text == (
        "FLAGGED cannot be y here: FLAG_SUPPORTED is internal: nothing in this tree selects it"
    )


def test_pci_off_fails_on_x86_64_and_that_line_is_the_way_out(qemu: Path) -> None:
    loaded = _loaded(qemu, "x86_64", settings=("PCI=n",))
    (clash,) = explained(loaded.outcomes[0].resolution)
    assert clash.contradiction.symbol == "PCI"
    assert [[change.symbol for change in fix.changes] for fix in clash.fixes] == [["PCI"]]


def test_lines_without_effect(qemu: Path) -> None:
    """Whatever is named may go, one at a time, and nothing else changes; all others count."""
    loaded = _loaded(qemu, "mips64el", settings=("PCI_DEVICES=y",))
    ((outcome, found),) = unused(loaded.outcomes)
    named = {item.assignment for item in found}
    assert {item.why for item in found} == {"anyway", "twice"}
    lane = outcome.resolution.lanes[outcome.lane]
    for item in lane.assignments:
        if item.external:
            continue
        fewer = tuple(one for one in lane.assignments if one != item)
        again = resolve(outcome.resolution.model, [lane._replace(assignments=fewer)])
        same = not again.failed and {s for s, v in again.values.items() if v} == {
            s for s in outcome.resolution.values if outcome.value(s)
        }
        assert same == (item in named), item


def test_a_stale_line_names_what_qemu_knows_of_it(qemu: Path, kgen: Run, tmp_path: Path) -> None:
    (tmp_path / "old.mak").write_text("CONFIG_MICROBIT=y\nCONFIG_VIRTIO_MD=y\nCONFIG_NVDIM=y\n")
    done = kgen("why", "PCI", "--tree", str(qemu), "-t", "arm", "--devices", "./old.mak")
    assert done.returncode == 1
    assert "KG201 undefined symbol VIRTIO_MD\n" in done.stderr
    assert "did you mean NVDIMM" in done.stderr
    gone = kgen("why", "PCI", "--tree", str(qemu), "-t", "arm", "--set", "XLNX_ZYNQMP_PMU=y")
    assert gone.returncode == 0
    later = kgen("why", "PCI", "--tree", str(qemu), "-t", "arm", "--set", "VIRTIO_MD_SUPPORTED=y")
    assert "QEMU declares VIRTIO_MD_SUPPORTED from 9.2 on" in later.stderr


def test_the_same_words_on_every_run(qemu: Path) -> None:
    words = ["why", "VIRTIO_NET", "--tree", str(qemu), "-t", "x86_64", "--full"]
    for form in ("text", "json", "dot", "mermaid"):
        runs = {
            run_kgen([*words, "--format", form], qemu, {"PYTHONHASHSEED": seed}).stdout
            for seed in ("0", "1", "77")
        }
        assert len(runs) == 1


def test_json_has_what_keeps_a_target_from_being_configured(kgen: Run, tmp_path: Path) -> None:
    (tmp_path / "Kconfig").write_text("config A\n    bool\nconfig B\n    bool\n    select A\n")
    (tmp_path / "targets").mkdir()
    for name, a in (("bad", "false"), ("good", "true")):
        (tmp_path / "targets" / f"{name}.toml").write_text(
            f'architecture = "x"\nendianness = "little"\n[symbols]\nA = {a}\nB = true\n'
        )
    common = ("--tree", ".", "--targets", "targets", "--format", "json")
    for words in (["A"], ["A", "-t", "bad"], ["--unused"]):
        done = kgen("why", *words, *common)
        assert done.returncode == 1
        (error,) = json.loads(done.stdout)["errors"]
        assert error["message"] == "contradiction: A must be y and must be n in bad"
        assert (error["code"], error["file"], error["line"]) == ("KG301", "Kconfig", 5)
        assert "contradiction" in done.stderr
    done = kgen("why", "A", "-t", "good", *common)
    assert (done.returncode, "errors" in json.loads(done.stdout)) == (0, False)


def test_a_chain_as_long_as_a_tree_is_explained_without_recursion(
    tmp_path: Path, kgen: Run
) -> None:
    length = 3000
    links = "".join(f"config S{i}\n    select S{i + 1}\n" for i in range(length))
    (tmp_path / "Kconfig").write_text(f"{links}config S{length}\n")
    (tmp_path / "targets").mkdir()
    (tmp_path / "targets" / "t.toml").write_text(
        'architecture = "x"\nendianness = "little"\n[symbols]\nS0 = true\n'
    )
    common = ["why", f"S{length}", "--tree", ".", "--targets", "targets"]
    done = kgen(*common)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) <= tree_text.LINES
    assert "..." in done.stdout
    data = json.loads(kgen(*common, "--format", "json").stdout)
    assert data["because"]["causes"][0]["symbol"] == f"S{length - 1}"
    assert kgen(*common, "--format", "dot").stdout.count("->") == length


def test_a_graph_is_what_graphviz_reads(qemu: Path) -> None:
    outcome = _loaded(qemu, "e2k").outcomes[0]
    drawn = graph.dot(
        outcome.resolution, Reasons(outcome.resolution).explain("VIRTIO", outcome.lane)
    )
    assert drawn.startswith("digraph why {\n")
    assert drawn.count("{") == drawn.count("}") == 1
    assert '"VIRTIO" -> "VIRTIO_PCI" [label="select VIRTIO\\n' in drawn
