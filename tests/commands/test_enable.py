"""enable and disable: the smallest ways by another reckoning, and what the commands do."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import Run, write_tree
from strategies import Tree, examples, externals, load, on_disk, trees

from kgen.commands.enable.ways import find_ways
from kgen.files.tree import open_tree
from kgen.model.clauses import Assignment, Model
from kgen.model.configurations import MODES, Group, Lane, Outcome, Target
from kgen.model.problems import KgenError
from kgen.project.load import Project
from kgen.project.load import load as load_project
from kgen.project.options import Options
from kgen.resolve.resolver import resolve
from kgen.solve.assignable import freedom_of
from kgen.solve.unsat_core import why_forbidden
from kgen.targets.undeclared import undefined


def _project(model: Model, lane: Lane) -> Project:
    """One target, as if its devices file held what the lane assigns inside."""
    resolution = resolve(model, [lane])
    own = tuple(item for item in lane.assignments if not item.external)
    target = Target("it", "", "", False, None, own, "it.mak", ())
    outcome = Outcome(target, resolution, 0)
    return Project(open_tree("."), model, Options(), (Group(resolution, (outcome,)),), (), None)


def _smallest(
    project: Project, wanted: dict[str, bool]
) -> tuple[int | None, set[tuple[tuple[str, bool], ...]]]:
    """By trying out every set of assignments: the least number, and all sets of that size."""
    freedom = freedom_of(project, project.outcomes[0])
    choices: Iterator[tuple[bool | None, ...]]
    choices = itertools.product((None, True, False), repeat=len(freedom.free))
    sets = [
        {s: v for s, v in zip(sorted(freedom.free), choice, strict=True) if v is not None}
        for choice in choices
    ]
    sets = [
        one
        for one in sets
        if all(
            any(item.value != v for item in freedom.own.get(s, ())) or s not in freedom.own
            for s, v in one.items()
        )
    ]
    found = resolve(freedom.model, [freedom.lane_with(one) for one in sets], reasons=False)
    good = [
        one
        for number, one in enumerate(sets)
        if not found.failed >> number & 1
        and all(bool(found.values[s] >> number & 1) == v for s, v in wanted.items())
    ]
    if not good:
        return None, set()
    least = min(map(len, good))
    return least, {tuple(sorted(one.items())) for one in good if len(one) == least}


@examples(120)
@given(tree=trees(acyclic=True), data=st.data())
def test_the_smallest_ways_are_those_of_trying_everything(tree: Tree, data: st.DataObject) -> None:
    with on_disk(tree) as (folder, inputs):
        try:
            model = load(inputs, folder, merge=True)
        except KgenError:
            return
    declared = sorted({entry.symbol for entry in model.entries})
    outside = externals(tree)
    if undefined(model, outside) or not 1 <= len(declared) <= 7:
        return
    own = [
        Assignment(symbol, data.draw(st.booleans()))
        for symbol in declared
        if data.draw(st.integers(0, 3)) == 0
    ]
    lane = Lane("it", data.draw(st.sampled_from(MODES)), (*own, *outside))
    project = _project(model, lane)
    outcome = project.outcomes[0]
    symbols = sorted({data.draw(st.sampled_from(declared)) for _ in range(2)})
    value = data.draw(st.booleans())
    wanted = dict.fromkeys(symbols, value)
    answer = find_ways(project, outcome, symbols, value, every=True)
    least, every = _smallest(project, wanted)
    if least is None:
        assert answer.status == "impossible"
        assert answer.because
    elif least == 0:
        assert answer.status == "already"
    else:
        assert answer.status == "possible"
        assert answer.complete
        assert {way.assignments for way in answer.ways} == every
        best = find_ways(project, outcome, symbols, value).ways[0]
        assert best == answer.ways[0], "the best is the same without the others"
    forbidden = why_forbidden(freedom_of(project, outcome), wanted)
    assert (forbidden is None) == (least is not None)


BOARDS = {
    "Kconfig": """source Kconfig.host
source target/Kconfig
source hw/Kconfig
""",
    "Kconfig.host": "config LINUX\n bool\n",
    "target/Kconfig": "config ARM\n bool\nconfig AVR\n bool\n",
    "hw/Kconfig": """config PCI
    bool
config PCI_DEVICES
    bool
config NIC
    bool
    default y if PCI_DEVICES
    depends on PCI
config BOARD
    bool
    default y
    depends on ARM
    select PCI
config OTHER_BOARD
    bool
    depends on AVR
    imply PCI_DEVICES
config MEM
    bool
    depends on MEM_SUPPORTED && LINUX
config MEM_SUPPORTED
    bool
""",
    "configs/targets/arm-softmmu.mak": "TARGET_ARCH=arm\n",
    "configs/targets/avr-softmmu.mak": "TARGET_ARCH=avr\n",
    "configs/devices/arm-softmmu/default.mak": "# a board\n# CONFIG_BOARD=n\n\n# CONFIG_NIC=n\n",
    "configs/devices/avr-softmmu/default.mak": "include ../common.mak\nCONFIG_OTHER_BOARD=y # it\n",
    "configs/devices/common.mak": "CONFIG_PCI_DEVICES=n\n",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "tree", BOARDS)


def test_already_possible_impossible(kgen: Run, tree: Path) -> None:
    common = ("--tree", str(tree), "--format", "json")
    assert json.loads(kgen("enable", "BOARD", "-t", "arm", *common).stdout)["status"] == "already"
    nic = json.loads(kgen("enable", "CONFIG_NIC", "-t", "arm", *common).stdout)
    assert nic["assignments"] == ["CONFIG_NIC=y"]
    assert nic["gained"] == nic["lost"] == nic["because"] == []
    done = kgen("enable", "BOARD", "-t", "avr", *common)
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert answer["status"] == "impossible"
    assert [(item["message"], item["line"]) for item in answer["because"]] == [
        ("BOARD needs ARM, which belongs to another architecture; -t chooses the target", 12)
    ]
    assert answer["because"][0]["file"] == "tree/hw/Kconfig"


def test_several_targets_give_an_answer_each(kgen: Run, tree: Path) -> None:
    done = kgen("disable", "BOARD", "--tree", str(tree), "--format", "json")
    answers = json.loads(done.stdout)["answers"]
    assert [(item["target"], item["status"]) for item in answers] == [
        ("arm-softmmu", "possible"),
        ("avr-softmmu", "already"),
    ]
    assert answers[0]["assignments"] == ["CONFIG_BOARD=n"]
    assert answers[0]["lost"] == ["PCI"]
    assert done.returncode == 0


def test_a_line_of_the_users_own_may_change_and_one_of_set_may_not(kgen: Run, tree: Path) -> None:
    """NIC is on by PCI_DEVICES or by itself; with --set NIC=n neither will do."""
    common = ("--tree", str(tree), "-t", "avr", "--format", "json")
    pci = json.loads(kgen("enable", "NIC", "PCI_DEVICES", *common).stdout)
    assert pci["assignments"] == ["CONFIG_PCI=y", "CONFIG_PCI_DEVICES=y"]
    done = kgen("enable", "NIC", "--set", "NIC=n", *common)
    assert done.returncode == 1
    assert json.loads(done.stdout)["because"][0]["message"] == (
        "NIC is fixed at n on this target (--set NIC=n)"
    )


def test_text_lists_what_comes_in_and_the_other_ways(kgen: Run, tree: Path) -> None:
    done = kgen("disable", "PCI", "--tree", "tree", "-t", "arm")
    assert done.stdout == (
        "arm-softmmu: PCI becomes n with 1 assignment\n    CONFIG_BOARD=n\nalso disables (1): PCI\n"
    ).replace("also disables (1): PCI\n", "")
    host = kgen("enable", "MEM", "--tree", "tree", "-t", "arm", "--host", "none")
    assert host.stdout.splitlines() == [
        "arm-softmmu: MEM cannot be y:",
        "    tree/hw/Kconfig:20: MEM needs MEM_SUPPORTED && LINUX",
        "    tree/Kconfig.host:1: LINUX is not passed; --host LINUX passes it",
    ]
    two = kgen("enable", "MEM", "--tree", "tree", "-t", "arm", "--all")
    assert two.stdout.splitlines()[1:] == ["    CONFIG_MEM=y", "    CONFIG_MEM_SUPPORTED=y"]


def test_unknown_symbols_and_circles_are_errors(kgen: Run, tree: Path, tmp_path: Path) -> None:
    done = kgen("enable", "BOART", "NICK", "--tree", "tree", "-t", "arm")
    assert done.returncode == 1
    assert "there is no symbol BOART\nhint: did you mean BOARD" in done.stderr
    assert "there is no symbol NICK" in done.stderr
    (tree / "hw" / "Kconfig").write_text("config A\n bool\n depends on B\n select B\nconfig B\n")
    for mak in tree.glob("configs/devices/**/*.mak"):
        mak.write_text("")
    done = kgen("enable", "A", "--tree", "tree", "-t", "arm")
    assert done.returncode == 1
    assert "cycle" in done.stderr


def test_a_configuration_that_fails_is_mended(kgen: Run, tree: Path) -> None:
    (tree / "configs/devices/arm-softmmu/default.mak").write_text("CONFIG_PCI=n\n")
    done = kgen("enable", "NIC", "--tree", "tree", "-t", "arm", "--format", "json")
    assert json.loads(done.stdout)["assignments"] == ["CONFIG_NIC=y", "CONFIG_PCI=y"]


def test_write_changes_the_line_and_nothing_else(kgen: Run, tree: Path) -> None:
    mak = tree / "configs/devices/arm-softmmu/default.mak"
    path = "tree/configs/devices/arm-softmmu/default.mak"
    done = kgen("disable", "PCI", "--tree", "tree", "-t", "arm", "--write", path)
    assert (done.returncode, done.stderr) == (0, f"{path}: changed\n")
    assert mak.read_bytes() == b"# a board\nCONFIG_BOARD=n\n\n# CONFIG_NIC=n\n"
    kgen("enable", "PCI", "--tree", "tree", "-t", "arm", "--write", path)
    assert mak.read_bytes() == b"# a board\nCONFIG_BOARD=n\n\n# CONFIG_NIC=n\nCONFIG_PCI=y\n"
    mak.write_bytes(b"# a board\r\nCONFIG_BOARD=n # for now\r\n")
    done = kgen("enable", "BOARD", "--tree", "tree", "-t", "arm", "--write", path)
    assert mak.read_bytes() == b"# a board\r\nCONFIG_BOARD=y # for now\r\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("NIC", "-t", "arm", "--write", "tree/nothing.mak"), "does not read"),
        (("NIC", "-t", "arm", "--write", "tree/configs/targets/arm-softmmu.mak"), "does not read"),
        (("PCI", "--write", "tree/configs/devices/common.mak"), "name the target with -t"),
        (
            (
                "PCI_DEVICES",
                "-t",
                "avr",
                "--write",
                "tree/configs/devices/avr-softmmu/default.mak",
            ),
            "overridden at configs/devices/common.mak:1",
        ),
    ],
)
def test_write_writes_nothing_unless_all_is_well(
    kgen: Run, tree: Path, arguments: tuple[str, ...], words: str
) -> None:
    before = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    done = kgen("enable", *arguments, "--tree", "tree")
    assert done.returncode == 1
    assert words in done.stderr
    assert {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()} == before


def test_changes_are_fewest(tmp_path: Path) -> None:
    """Of ways that are as small and as good, the one that changes the fewest other symbols."""
    entries = "config GOAL\n bool\n depends on BUS && LINK\nconfig BUS\n bool\nconfig LINK\n bool\n"
    for number in range(40):
        entries += f"config EXTRA{number:02}\n bool\n"
    for number in range(40):  # each brings the bus, and other numbers of other symbols
        extras = "".join(f" select EXTRA{n:02}\n" for n in range((number * 7 + 3) % 40))
        entries += f"config BOARD{number:02}\n bool\n select BUS\n{extras}"
    for number in range(12):
        entries += f"config PORT{number:02}\n bool\n select LINK\n"
        entries += "".join(f" select EXTRA{n:02}\n" for n in range(number + 1))
    tree = write_tree(
        tmp_path,
        {
            "Kconfig": entries,
            "configs/targets/x-softmmu.mak": "TARGET_ARCH=x\n",
            "configs/devices/x-softmmu/default.mak": "",
        },
    )
    project = load_project(Options(tree=str(tree)))
    answer = find_ways(project, project.outcomes[0], ["GOAL"], True)
    best = answer.ways[0]
    # Three lines are needed: GOAL is no device here, and has no default.
    assert len(best.assignments) == 3
    every = find_ways(project, project.outcomes[0], ["GOAL"], True, every=True)
    assert not every.complete
    assert dict(best.assignments).keys() == {"GOAL", "BOARD11", "PORT00"}


SIDES = """config GOAL
    bool
    default y
    depends on LEFT && RIGHT
config LEFT
    bool
config RIGHT
    bool
config BOARD1
    bool
    select LEFT
config BOARD2
    bool
    select LEFT
config BOARD3
    bool
    select RIGHT
"""


def test_the_number_of_other_sets_is_what_all_lists(kgen: Run, tmp_path: Path) -> None:
    """Sets that are as small but set internal symbols are found with --all only."""
    files = {
        "Kconfig": SIDES,
        "configs/targets/x-softmmu.mak": "TARGET_ARCH=x\n",
        "configs/devices/x-softmmu/default.mak": "",
    }
    write_tree(tmp_path / "tree", files)

    def last_and_listed(symbol: str) -> tuple[str, int]:
        short = kgen("enable", symbol, "--tree", "tree").stdout
        long = kgen("enable", symbol, "--tree", "tree", "--all").stdout
        return short.splitlines()[-1], long.count("\nor  ")

    words = "other sets of the same size; use --all to list them"
    assert last_and_listed("LEFT") == (f"2 {words}", 2)
    assert last_and_listed("GOAL") == (f"at least 1 {words.replace('sets', 'set')}", 5)


FOREIGN = {
    "Kconfig": "source target/arm/Kconfig\nsource target/sparc/Kconfig\nsource hw/Kconfig\n",
    "target/arm/Kconfig": "config ARM\n bool\n",
    "target/sparc/Kconfig": "config SPARC\n bool\nconfig SPARC64\n bool\n",
    "hw/Kconfig": "source arm/Kconfig\nsource sparc/Kconfig\nsource mem/Kconfig\n",
    "hw/arm/Kconfig": "config VIRT\n bool\n select SLOTS\n select BUS\n",
    "hw/sparc/Kconfig": "config SUN4M\n bool\n select SLOTS\n select BUS\n",
    "hw/mem/Kconfig": """config SLOTS
    bool
config BUS
    bool
config DIMM
    bool
    default y
    depends on SLOTS && BUS
config VIRT_DIMM
    bool
    depends on VIRT && SLOTS
""",
    "configs/targets/sparc-softmmu.mak": "TARGET_ARCH=sparc\n",
    "configs/targets/sparc64-softmmu.mak": "TARGET_ARCH=sparc64\nTARGET_BASE_ARCH=sparc\n",
    "configs/devices/sparc-softmmu/default.mak": "",
    "configs/devices/sparc64-softmmu/default.mak": "",
}


def test_boards_of_other_architectures_are_the_last_way(kgen: Run, tmp_path: Path) -> None:
    """No clause keeps them out, but no build compiles their folder for this target."""
    write_tree(tmp_path / "tree", FOREIGN)

    def assignments(symbol: str, target: str) -> list[list[str]]:
        words = (symbol, "-t", target, "--tree", "tree", "--all", "--format", "json")
        answer = json.loads(kgen("enable", *words).stdout)
        return [answer["assignments"], *answer["others"]]

    assert assignments("DIMM", "sparc") == [["CONFIG_SUN4M=y"]]
    assert assignments("DIMM", "sparc64") == [["CONFIG_BUS=y", "CONFIG_SLOTS=y"]]
    assert assignments("VIRT", "sparc") == [["CONFIG_VIRT=y"]]
    assert assignments("VIRT_DIMM", "sparc") == [["CONFIG_VIRT=y", "CONFIG_VIRT_DIMM=y"]]
    mak = tmp_path / "tree/configs/devices/sparc64-softmmu/default.mak"
    mak.write_text("CONFIG_VIRT=n\n")  # turning it round is turning it on
    assert assignments("DIMM", "sparc64") == [["CONFIG_BUS=y", "CONFIG_SLOTS=y"]]
