"""Sweeps: every lane as one configuration would be, every finding as small as it can be."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import Refused, facts_tree, solve
from running import Run, write_tree
from strategies import Tree, examples, on_disk, trees

from kgen.commands.sweep import random_masks
from kgen.commands.sweep.breakages import breakages
from kgen.commands.sweep.command import densities
from kgen.commands.sweep.failing_lanes import Conflict, Plan, conflicts_of, drawn, sweep
from kgen.commands.sweep.masks import assignments_in, masks_of
from kgen.commands.sweep.scope import Scope, clashes_in, inside, scope_of, values_in
from kgen.commands.sweep.shrink import shrink
from kgen.kconfig import kconfiglib_adapter
from kgen.model.clauses import Assignment
from kgen.model.configurations import Lane
from kgen.model.order import order_of
from kgen.model.problems import KgenError
from kgen.project.load import load
from kgen.project.options import Options
from kgen.resolve.resolver import resolve
from kgen.resolve.task import make_task
from kgen.targets.undeclared import undefined

MIXED = Plan(64, 1, random_masks.MIXED, 512)
DENSE = Plan(96, 1, (512,) * 8, 640)

KCONFIG = """\
config BUS
    bool
config HUB
    bool
    depends on BUS
config BOARD
    bool
    default y
    select BUS
config CARD
    bool
    default y if BUS
    depends on BUS
config TOWER
    bool
    select HUB
"""


def checkout(folder: Path, kconfig_text: str = KCONFIG, mak: str = "") -> Path:
    return write_tree(
        folder,
        {
            "Kconfig": kconfig_text,
            "VERSION": "9.0.0\n",
            "configs/targets/x-softmmu.mak": "TARGET_ARCH=x\n",
            "configs/devices/x-softmmu/default.mak": mak,
        },
    )


def scope(folder: Path, **more: object) -> Scope:
    project = load(Options(tree=str(folder)))
    return scope_of(project, project.outcomes[0], **more)  # type: ignore[arg-type]


def _of_tree(tree: Tree, folder: Path, inputs: list[Path]) -> Scope | None:
    """The scope of a random tree whose devices file has no lines of its own: it is read first."""
    try:
        model = kconfiglib_adapter.load(
            list(map(str, inputs)), root=str(folder), merge=lambda: True
        )
    except KgenError:
        return None
    if undefined(model, ()):
        return None
    lane = Lane("x", tree.mode, ())
    task = make_task(model, (lane,))
    order, sound = order_of(model.by_symbol.readers, task.symbols)
    free = tuple(sorted({entry.symbol for entry in model.entries}))
    return Scope("x", 0, model, lane, {}, free, frozenset(), task, order if sound else None)


@examples(25)
@given(trees(acyclic=True), st.integers(0, 9))
def test_every_lane_is_what_the_oracle_says(tree: Tree, seed: int) -> None:
    with on_disk(tree) as (folder, inputs):
        found = _of_tree(tree, folder, inputs)
        if found is None:
            return
        plan = DENSE._replace(seed=seed, configurations=16)
        masks = drawn(found, plan, 0, 16)
        values, failed = values_in(found, 16, masks)
        clashed = 0
        symbols: dict[int, set[str]] = {bit: set() for bit in range(16)}
        for clash in clashes_in(found, 16, masks):
            clashed |= clash.lanes
            for bit in range(16):
                if clash.lanes >> bit & 1:
                    symbols[bit].add(clash.symbol)
        assert clashed == failed
        extra = folder / "drawn.mak"
        for bit, assigned in enumerate(assignments_in(masks, range(16), 16)):
            lines = [f"CONFIG_{name}={'y' if on else 'n'}\n" for name, on in assigned.items()]
            extra.write_text("".join(lines), encoding="utf-8")
            try:
                expected = solve([extra, *inputs], mode=tree.mode)
            except Refused as error:
                refused = error
            else:
                assert not failed >> bit & 1
                now = {name: bool(values[name] >> bit & 1) for name in expected.values}
                assert now == expected.values
                continue
            assert refused.kind == "contradiction"
            assert failed >> bit & 1
            # The oracle reads from left to right, and gives up where a value is open.
            assert symbols[bit] >= set(refused.symbols)


@examples(12)
@given(trees(acyclic=False), st.integers(0, 9))
def test_lanes_of_any_tree_are_what_one_lane_is(tree: Tree, seed: int) -> None:
    """Circles, too, and every kind comes down to what fails alone and not without any part."""
    with on_disk(tree) as (folder, inputs):
        found = _of_tree(tree, folder, inputs)
        if found is None:
            return
        plan = DENSE._replace(seed=seed, configurations=8)
        masks = drawn(found, plan, 0, 8)
        values, failed = values_in(found, 8, masks)
        tally = sweep(found, plan, lambda: None)
        assert tally.failing == failed.bit_count()
        for bit in range(0, 8, 3):
            (one,) = assignments_in(masks, [bit], 8)
            alone, fails = values_in(found, 1, masks_of([one.items()]))
            assert fails == failed >> bit & 1
            if not fails:
                assert alone == {name: lanes >> bit & 1 for name, lanes in values.items()}
        for kind, core in shrink(found, tally.examples).items():
            assert _fails_so(found, kind, dict(core.assigned))
            for left in range(len(core.assigned)):
                rest = core.assigned[:left] + core.assigned[left + 1 :]
                wanted = _fails_so(found, kind, dict(rest))
                assert not wanted or (core.alone and _number(found, dict(rest)) > 1)


def _fails_so(found: Scope, kind: Conflict, assigned: dict[str, bool]) -> bool:
    masks = masks_of([assigned.items()])
    return any(
        kind == other
        for clash in clashes_in(found, 1, masks)
        for other, _ in conflicts_of(found, clash, 1, masks)
    )


def _number(found: Scope, assigned: dict[str, bool]) -> int:
    return sum(1 for _ in clashes_in(found, 1, masks_of([assigned.items()])))


@pytest.mark.parametrize("name", ["qemu-e2k-5.2", "qemu-e2k-6.0"])
def test_sampled_lanes_of_real_trees_are_what_one_lane_is(
    name: str, facts: Path, tmp_path: Path
) -> None:
    facts_tree(json.loads((facts / f"{name}.json").read_text()), tmp_path)
    project = load(Options(tree=str(tmp_path), only=("x86_64", "arm", "mips*", "*e?")))
    for outcome in project.outcomes:
        found = scope_of(project, outcome)
        width = 4096
        masks = drawn(found, MIXED._replace(seed=7), 0, width)
        values, failed = values_in(found, width, masks)
        bits = sorted(random.Random(1).sample(range(width), 60))
        lanes = [
            found.lane._replace(
                assignments=tuple(Assignment(symbol, value) for symbol, value in assigned.items())
                + found.lane.assignments
            )
            for assigned in assignments_in(inside(found, width, masks), bits, width)
        ]
        assert 5 < sum(failed >> bit & 1 for bit in bits) < 60
        for bit, lane in zip(bits, lanes, strict=True):
            one = resolve(found.model, [lane])
            assert one.failed == failed >> bit & 1
            if not one.failed:
                wide = {symbol for symbol in values if values[symbol] >> bit & 1}
                assert wide == {symbol for symbol, value in one.values.items() if value}


def test_draws_are_repeatable_and_fewer_are_the_first_of_more() -> None:
    names = [f"S{number}" for number in range(1500)]
    wide = random_masks.draw(names, random_masks.MIXED, 512, "1/x/0", 1000)
    few = random_masks.draw(names, random_masks.MIXED, 512, "1/x/0", 8)
    assert few == {name: (yes & 255, no & 255) for name, (yes, no) in wide.items()}
    assert wide != random_masks.draw(names, random_masks.MIXED, 512, "2/x/0", 1000)
    # Fixed for good: a seed in a report must give the same on every machine and Python.
    assert [f"{wide[name][0] & 0xFFFF:x}" for name in ("S0", "S1023", "S1024")] == FIXED


FIXED = ["2040", "0", "88"]


@pytest.mark.parametrize("density", [0, 1, 64, 300, 512, 1023, 1024])
def test_densities_are_met(density: int) -> None:
    names = [f"S{number}" for number in range(200)]
    drawn_ = random_masks.draw(names, (density,) * 8, 256, "key", 4096)
    every = 200 * 4096
    assigned = sum((yes | no).bit_count() for yes, no in drawn_.values())
    ones = sum(yes.bit_count() for yes, _ in drawn_.values())
    assert abs(assigned / every - density / 1024) < 0.01
    assert abs(ones - assigned / 4) < 0.02 * every
    assert all(not yes & no for yes, no in drawn_.values())


def test_settings_of_one_lane_are_independent() -> None:
    """Any two symbols are set together as often as chance has it."""
    names = [f"S{number}" for number in range(40)]
    drawn_ = random_masks.draw(names, (512,) * 8, 512, "key", random_masks.BLOCK)
    for one, other in itertools.combinations(names, 2):
        both = (
            (drawn_[one][0] | drawn_[one][1]) & (drawn_[other][0] | drawn_[other][1])
        ).bit_count()
        assert abs(both / random_masks.BLOCK - 0.25) < 0.015


@pytest.mark.parametrize("values", [2, 3])
def test_exhaustive_takes_every_setting_once(
    values: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = scope(checkout(tmp_path))
    chosen = ("BUS", "HUB", "BOARD", "CARD", "TOWER")
    total = values**5
    plan = Plan(total, 1, random_masks.MIXED, 512, chosen, values == 3)
    whole = assignments_in(drawn(found, plan, 0, total), range(total), total)
    assert len({tuple(lane.items()) for lane in whole}) == total
    tally = sweep(found, plan, lambda: None)
    monkeypatch.setattr("kgen.commands.sweep.failing_lanes.BLOCK", 8)
    pieces = [
        lane
        for start in range(0, total, 8)
        for width in [min(8, total - start)]
        for lane in assignments_in(drawn(found, plan, start, width), range(width), width)
    ]
    assert pieces == whole
    again = sweep(found, plan, lambda: None)
    assert (again.failing, again.counts) == (tally.failing, tally.counts)
    fails = 0
    for lane in whole:
        (tmp_path / "one.mak").write_text(
            "".join(f"CONFIG_{name}={'y' if on else 'n'}\n" for name, on in lane.items())
        )
        try:
            solve([tmp_path / "one.mak", tmp_path / "Kconfig"])
        except Refused:
            fails += 1
    assert tally.failing == fails


def test_a_hazard_is_found_and_shown_with_both_reasons(kgen: Run, tmp_path: Path) -> None:
    checkout(tmp_path / "tree")
    done = kgen("sweep", "--tree", "tree", "--format", "json", "-n", "20000", "--density", "0.5")
    assert done.returncode == 1
    data = json.loads(done.stdout)
    assert data["configurations"] == 20000
    assert 0 < data["failing"] < 20000
    assert data["per_second"] > 0
    first = data["contradictions"][0]
    assert first["symbol"] == "HUB"
    assert first["kind"] == "select-depends"
    assert first["assignments"] == ["CONFIG_BOARD=n", "CONFIG_TOWER=y"]
    assert (first["file"], first["line"]) == ("tree/Kconfig", 16)
    assert [reason["line"] for reason in first["reasons"]] == [16, 5]
    kinds = {
        (item["symbol"], item["kind"], *item["assignments"]) for item in data["contradictions"]
    }
    assert kinds == {
        ("HUB", "select-depends", "CONFIG_BOARD=n", "CONFIG_TOWER=y"),
        ("BUS", "select-assigned", "CONFIG_BUS=n"),
        ("CARD", "assigned-depends", "CONFIG_BOARD=n", "CONFIG_CARD=y"),
        ("HUB", "assigned-depends", "CONFIG_BOARD=n", "CONFIG_HUB=y"),
        ("HUB", "select-assigned", "CONFIG_HUB=n", "CONFIG_TOWER=y"),
    }


def test_a_tree_that_nothing_can_break_gives_nothing(kgen: Run, tmp_path: Path) -> None:
    checkout(tmp_path / "tree", "config A\n    bool\nconfig B\n    bool\n    default y if A\n")
    done = kgen("sweep", "--tree", "tree", "-n", "1000")
    assert done.returncode == 0
    assert "0 fail" in done.stdout


def test_a_tree_without_symbols(kgen: Run, tmp_path: Path) -> None:
    checkout(tmp_path / "tree", "")
    assert kgen("sweep", "--tree", "tree", "-n", "10").returncode == 0


def test_a_drawn_value_replaces_the_devices_files_line(tmp_path: Path) -> None:
    found = scope(checkout(tmp_path, mak="CONFIG_BOARD=n\nCONFIG_TOWER=y\n"))
    assert found.lines == {"BOARD": False, "TOWER": True}
    tally = sweep(found, Plan(4, 1, random_masks.MIXED, 512, ("BOARD", "TOWER")), lambda: None)
    assert tally.failing == 1  # n and y: else BUS is there, or nobody selects HUB
    (item,) = breakages([tally], lambda: None)
    assert item.assignments == (("BOARD", False), ("TOWER", True))
    assert item.lines == ("BOARD", "TOWER")
    bare = scope(tmp_path, bare=True)
    assert bare.lines == {}


def test_a_devices_file_that_contradicts_itself(kgen: Run, tmp_path: Path) -> None:
    checkout(tmp_path / "tree", mak="CONFIG_HUB=n\nCONFIG_HUB=y\n")
    done = kgen("sweep", "--tree", "tree", "-n", "100", "--format", "json")
    data = json.loads(done.stdout)
    assert data["failing"] == 100
    assert "assigned-assigned" in {item["kind"] for item in data["contradictions"]}


def test_circles_are_a_kind_of_their_own(kgen: Run, tmp_path: Path) -> None:
    text = "config A\n    bool\n    depends on B\nconfig B\n    bool\n    default y if A\n"
    checkout(tmp_path / "tree", text)
    done = kgen("sweep", "--tree", "tree", "-n", "500", "--density", "0.5")
    assert done.returncode == 1
    assert "dependency cycle: 1 way\n" in done.stdout
    assert "A -> B -> A" in done.stdout


def test_the_text_is_the_same_on_every_run(kgen: Run, tmp_path: Path) -> None:
    checkout(tmp_path / "tree")
    runs = [
        kgen("sweep", "--tree", "tree", "-n", "3000", PYTHONHASHSEED=seed).stdout
        for seed in ("0", "1")
    ]
    assert runs[0] == runs[1]
    assert runs[0] != kgen("sweep", "--tree", "tree", "-n", "3000", "--seed", "2").stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--exhaustive", "BUS,NONE"], "there is no symbol NONE"),
        (["--exhaustive", ","], "no symbol given"),
        (["--with-unset"], "requires --exhaustive"),
        (["--exhaustive", "BUS", "--set", "BUS=y"], "is fixed in"),
    ],
)
def test_mistakes_are_told(words: list[str], message: str, kgen: Run, tmp_path: Path) -> None:
    checkout(tmp_path / "tree")
    done = kgen("sweep", "--tree", "tree", *words)
    assert done.returncode == 1
    assert message in done.stderr


@pytest.mark.parametrize("words", [["-n", "0"], ["-n", "x"], ["--density", "2"], ["--yes", "a"]])
def test_mistakes_of_usage(words: list[str], kgen: Run, tmp_path: Path) -> None:
    checkout(tmp_path / "tree")
    assert kgen("sweep", "--tree", "tree", *words).returncode == 2


def test_a_density_is_never_rounded_to_nothing() -> None:
    assert densities("0.00001") == (1,) * 8
    assert densities("0") == (0,) * 8
    assert densities("1") == (1024,) * 8


@pytest.mark.parametrize("command", [["sweep", "-n", "8"], ["sample", "-n", "1", "-o", "out"]])
def test_a_seed_is_a_whole_number(kgen: Run, tmp_path: Path, command: list[str]) -> None:
    checkout(tmp_path / "tree")
    words = [*command, "--tree", "tree", "--seed"]
    assert "expected a whole number of at most 20 digits\n" in kgen(*words, "x").stderr
    zero = kgen(*words, "0")
    assert "Error" not in zero.stderr
    assert zero.stdout
