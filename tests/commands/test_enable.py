"""enable and disable: the smallest ways by another reckoning, and what the commands do."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
from kgen.solve.assignable import Freedom, freedom_of
from kgen.solve.unsat_core import why_forbidden
from kgen.targets.symbol_kinds import internal_symbols, kinds
from kgen.targets.undeclared import undefined


def _project(model: Model, lane: Lane) -> Project:
    """One target, as if its devices file held what the lane assigns inside."""
    resolution = resolve(model, [lane])
    own = tuple(item for item in lane.assignments if not item.external)
    target = Target("it", "", "", False, None, own, "it.mak", ())
    outcome = Outcome(target, resolution, 0)
    return Project(open_tree("."), model, Options(), (Group(resolution, (outcome,)),), (), None)


def _freedom(project: Project) -> Freedom:
    """With the symbols that nothing may set to y, as find_ways has it."""
    freedom = freedom_of(project, project.outcomes[0])
    if freedom.lane.mode == "allyesconfig":
        return freedom
    found = internal_symbols(freedom.model, kinds(freedom.model, freedom.outside))
    return freedom._replace(internal=found)


def _best(project: Project, wanted: dict[str, bool]) -> set[tuple[tuple[str, bool], ...]] | None:
    """By trying out every set of assignments: the best ones; None if none gives what is wanted."""
    freedom = _freedom(project)
    outcome = project.outcomes[0]
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
        and not any(v and freedom.only_selected(s) and s not in freedom.own for s, v in one.items())
    ]
    lanes = [freedom.lane_with(one) for one in sets]
    found = resolve(freedom.model, lanes, reasons=False)
    # An internal symbol with a line of its own may turn to y where it is y without the line.
    turned = [[s for s, v in one.items() if v and freedom.only_selected(s)] for one in sets]
    without = [
        lane._replace(assignments=tuple(x for x in lane.assignments if x.symbol not in names))
        for lane, names in zip(lanes, turned, strict=True)
    ]
    natural = resolve(freedom.model, without, reasons=False)
    good = [
        (number, one)
        for number, one in enumerate(sets)
        if not found.failed >> number & 1
        and all(bool(found.values[s] >> number & 1) == v for s, v in wanted.items())
        and all(natural.values[s] >> number & 1 for s in turned[number])
    ]
    if not good:
        return None
    sizes = {number: (0, len(one)) for number, one in good}
    if not outcome.failed and not any(wanted.values()):
        # To disable: only what is y turns to n, and as little of it as possible.
        off = [
            number
            for number, one in good
            if all(not v and (outcome.value(s) or s in wanted) for s, v in one.items())
        ]
        alone = [number for number, one in good if len(one) == 1]
        for number in {*off, *alone} if off else ():
            changed = sum(
                bool(lanes >> number & 1) != outcome.value(s)
                for s, lanes in found.values.items()
                if s not in wanted
            )
            sizes[number] = changed, sizes[number][1]
        if off:
            sizes = {number: sizes[number] for number in {*off, *alone}}
    least = min(sizes.values())
    return {tuple(sorted(sets[number].items())) for number, size in sizes.items() if size == least}


@examples(120)
@given(tree=trees(acyclic=True), data=st.data())
def test_the_best_ways_are_those_of_trying_everything(tree: Tree, data: st.DataObject) -> None:
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
    best_sets = _best(project, wanted)
    if best_sets is None:
        assert answer.status == "impossible"
        assert answer.because
    elif best_sets == {()}:
        assert answer.status == "already"
    else:
        assert answer.status == "possible"
        assert answer.complete
        assert {way.assignments for way in answer.ways} == best_sets
        best = find_ways(project, outcome, symbols, value).ways[0]
        assert best == answer.ways[0], "the best is the same without the others"
    forbidden = why_forbidden(_freedom(project), wanted)
    assert (forbidden is None) == (best_sets is not None)


def test_a_line_that_turns_off_what_is_selected_may_turn(kgen: Run, tmp_path: Path) -> None:
    """That is one assignment, as good as to turn off what selects it."""
    files = {
        "tree/Kconfig": "config A\nconfig PART\nconfig BOARD\n default y\n select PART\n",
        "targets/t.toml": 'architecture = "arm"\nendianness = "little"\n',
        "list.mak": "CONFIG_BOARD=y\nCONFIG_PART=n\n",
    }
    write_tree(tmp_path, files)
    arguments = ("disable", "A", "--tree", "tree", "--targets", "targets", "--devices", "list.mak")
    found = json.loads(kgen(*arguments, "--all", "--format", "json").stdout)
    assert sorted([found["assignments"], *found["others"]]) == [
        ["CONFIG_BOARD=n"],
        ["CONFIG_PART=y"],
    ]


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
    depends on MEM_SLOTS && LINUX
config MEM_SLOTS
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
    pci = json.loads(kgen("enable", "NIC", "PCI_DEVICES", "--allow-internal", *common).stdout)
    assert pci["assignments"] == ["CONFIG_PCI=y", "CONFIG_PCI_DEVICES=y"]
    done = kgen("enable", "NIC", "--allow-internal", "--set", "NIC=n", *common)
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
        "    tree/hw/Kconfig:20: MEM needs MEM_SLOTS && LINUX",
        "    tree/Kconfig.host:1: LINUX is not passed; --host LINUX passes it",
    ]
    passed = kgen("disable", "LINUX", "--tree", "tree", "-t", "arm")
    assert passed.stdout.splitlines()[1:] == [
        "    LINUX is passed by --host linux; --host linux,-LINUX does not pass it"
    ]
    two = kgen("enable", "MEM", "--tree", "tree", "-t", "arm", "--all")
    assert two.stdout.splitlines()[1:] == ["    CONFIG_MEM=y", "    CONFIG_MEM_SLOTS=y"]


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
    kgen("enable", "PCI", "--allow-internal", "--tree", "tree", "-t", "arm", "--write", path)
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
    # Three lines are needed: GOAL is not a device here, and has no default.
    assert len(best.assignments) == 3
    every = find_ways(project, project.outcomes[0], ["GOAL"], True, every=True)
    assert not every.complete
    assert dict(best.assignments).keys() == {"GOAL", "BOARD11", "PORT00"}


SIDES = """config GOAL
    bool
    default y
    depends on LEFT_BUS && RIGHT_BUS
config LEFT_BUS
    bool
config RIGHT_BUS
    bool
config BOARD1
    bool
    select LEFT_BUS
config BOARD2
    bool
    select LEFT_BUS
config BOARD3
    bool
    select RIGHT_BUS
"""


def test_the_number_of_other_sets_is_what_all_lists(kgen: Run, tmp_path: Path) -> None:
    """Sets that are as small but set buses are found with --all only."""
    files = {
        "Kconfig": SIDES,
        "configs/targets/x-softmmu.mak": "TARGET_ARCH=x\n",
        "configs/devices/x-softmmu/default.mak": "",
    }
    write_tree(tmp_path / "tree", files)

    def last_and_listed(symbol: str) -> tuple[str, int]:
        words = ("enable", symbol, "--tree", "tree", "--allow-internal")
        short = kgen(*words).stdout
        long = kgen(*words, "--all").stdout
        return short.splitlines()[-1], long.count("\nor  ")

    words = "other sets of the same size; use --all to list them"
    assert last_and_listed("LEFT_BUS") == (f"2 {words}", 2)
    assert last_and_listed("GOAL") == (f"at least 1 {words.replace('sets', 'set')}", 5)


FOREIGN = {
    "Kconfig": "source target/arm/Kconfig\nsource target/sparc/Kconfig\nsource hw/Kconfig\n",
    "target/arm/Kconfig": "config ARM\n bool\n",
    "target/sparc/Kconfig": "config SPARC\n bool\nconfig SPARC64\n bool\n",
    "hw/Kconfig": "source arm/Kconfig\nsource sparc/Kconfig\nsource mem/Kconfig\n",
    "hw/arm/Kconfig": "config VIRT\n bool\n select SLOTS_BUS\n select CARD_BUS\n",
    "hw/sparc/Kconfig": "config SUN4M\n bool\n select SLOTS_BUS\n select CARD_BUS\n",
    "hw/mem/Kconfig": """config SLOTS_BUS
    bool
config CARD_BUS
    bool
config DIMM
    bool
    default y
    depends on SLOTS_BUS && CARD_BUS
config VIRT_DIMM
    bool
    depends on VIRT && SLOTS_BUS
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
        answer = json.loads(kgen("enable", *words, "--allow-internal").stdout)
        return [answer["assignments"], *answer["others"]]

    assert assignments("DIMM", "sparc") == [["CONFIG_SUN4M=y"]]
    assert assignments("DIMM", "sparc64") == [["CONFIG_CARD_BUS=y", "CONFIG_SLOTS_BUS=y"]]
    assert assignments("VIRT", "sparc") == [["CONFIG_VIRT=y"]]
    assert assignments("VIRT_DIMM", "sparc") == [["CONFIG_VIRT=y", "CONFIG_VIRT_DIMM=y"]]
    mak = tmp_path / "tree/configs/devices/sparc64-softmmu/default.mak"
    mak.write_text("CONFIG_VIRT=n\n")  # turning it round is turning it on
    assert assignments("DIMM", "sparc64") == [["CONFIG_CARD_BUS=y", "CONFIG_SLOTS_BUS=y"]]


INTERNAL = {
    "Kconfig": "source target/Kconfig\nsource hw/Kconfig\nsource hw/arm/Kconfig\n",
    "target/Kconfig": "config SPARC\n bool\nconfig ARM\n bool\n",
    "hw/arm/Kconfig": "config OLD_ARM\n bool\n select RAM_POSSIBLE\n",
    "hw/Kconfig": """config SUN
    bool
    default y
    depends on SPARC
    select WIRE_BUS
config WIRE_BUS
    bool
config NEW_ARM
    bool
    default y
    depends on ARM
    select WIRE_BUS
    select RAM_POSSIBLE
    select SLOTS
config SLOTS
    bool
config SLOT_CARD
    bool
    depends on SLOTS
config RAIL
    bool
    depends on WIRE_BUS
    select RAIL_CARRIER
config RAIL_CARRIER
    bool
config PLUG_LESS
    bool
    depends on RAIL_CARRIER
config RAM_POSSIBLE
    bool
config RAM
    bool
    default y
    depends on RAM_POSSIBLE
config PLUG
    bool
    depends on WIRE_BUS
    select PLUG_FRAME
config PLUG_FRAME
    bool
config PLUG_DISK
    bool
    default y
    depends on PLUG_FRAME && WIRE_BUS
config FLAG_SUPPORTED
    bool
config FLAGGED
    bool
    depends on FLAG_SUPPORTED
""",
    "configs/targets/sparc-softmmu.mak": "TARGET_ARCH=sparc\n",
    "configs/targets/arm-softmmu.mak": "TARGET_ARCH=arm\n",
    "configs/devices/sparc-softmmu/default.mak": "",
    "configs/devices/arm-softmmu/default.mak": "",
}


def test_no_way_sets_an_internal_symbol(kgen: Run, tmp_path: Path) -> None:
    write_tree(tmp_path / "tree", INTERNAL)

    def ask(*words: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(
            kgen("enable", *words, "--tree", "tree", "--format", "json").stdout
        )
        return answer

    def reasons(*words: str) -> list[str]:
        answer = ask(*words)
        assert answer["status"] == "impossible"
        return [item["message"] for item in answer["because"]]

    nowhere = (
        "RAM_POSSIBLE is internal: only NEW_ARM and OLD_ARM select it, "
        "and no board or device of sparc does"
    )
    # Not with OLD_ARM either, of another architecture's folder.
    assert reasons("RAM", "-t", "sparc") == ["RAM needs RAM_POSSIBLE", nowhere]
    assert reasons("RAM_POSSIBLE", "-t", "sparc") == [nowhere]
    assert reasons("FLAGGED", "-t", "arm") == [
        "FLAGGED needs FLAG_SUPPORTED",
        "FLAG_SUPPORTED is internal: nothing in this tree selects it",
    ]
    # Its selectors are the way; without them it says so.
    disk = ask("PLUG_DISK", "-t", "sparc")
    assert (disk["assignments"], disk["internal"]) == (["CONFIG_PLUG=y"], [])
    assert ask("PLUG_FRAME", "-t", "sparc")["assignments"] == ["CONFIG_PLUG=y"]
    assert reasons("PLUG_DISK", "-t", "sparc", "--set", "PLUG=n") == [
        "PLUG_DISK needs PLUG_FRAME && WIRE_BUS",
        "PLUG_FRAME is internal: only PLUG selects it",
        "PLUG is fixed at n on this target (--set PLUG=n)",
    ]
    # A bus is no different: without what provides it nothing can be plugged in.
    assert ask("PLUG_LESS", "-t", "sparc")["assignments"] == ["CONFIG_PLUG_LESS=y", "CONFIG_RAIL=y"]
    assert reasons("SLOT_CARD", "-t", "sparc") == [
        "SLOT_CARD needs SLOTS",
        "SLOTS is internal: only NEW_ARM selects it, and no board or device of sparc does",
    ]
    # Unless asked for, and then it is marked.
    allowed = ask("RAM", "-t", "sparc", "--allow-internal")
    assert allowed["assignments"] == ["CONFIG_RAM_POSSIBLE=y"]
    assert allowed["internal"] == ["RAM_POSSIBLE"]
    done = kgen("enable", "RAM", "-t", "sparc", "--tree", "tree", "--allow-internal")
    assert "CONFIG_RAM_POSSIBLE=y  (internal: only NEW_ARM and OLD_ARM select it)" in done.stdout
    assert done.returncode == 0


def test_a_line_of_the_users_own_for_an_internal_symbol(kgen: Run, tmp_path: Path) -> None:
    """A line that sets one may stay or go; one that unsets what is selected may go."""
    write_tree(tmp_path / "tree", INTERNAL)
    mak = tmp_path / "tree/configs/devices/sparc-softmmu/default.mak"
    mak.write_text("CONFIG_RAM_POSSIBLE=y\nCONFIG_RAM=n\n")
    done = kgen("enable", "RAM", "-t", "sparc", "--tree", "tree", "--format", "json")
    assert json.loads(done.stdout)["assignments"] == ["CONFIG_RAM=y"]
    done = kgen("disable", "RAM_POSSIBLE", "-t", "sparc", "--tree", "tree", "--format", "json")
    assert json.loads(done.stdout)["assignments"] == ["CONFIG_RAM_POSSIBLE=n"]
    for target, status in (("sparc", "impossible"), ("arm", "possible")):
        path = tmp_path / f"tree/configs/devices/{target}-softmmu/default.mak"
        path.write_text("CONFIG_RAM_POSSIBLE=n\n")
        done = kgen("enable", "RAM", "-t", target, "--tree", "tree", "--format", "json")
        assert json.loads(done.stdout)["status"] == status


CARDS = (
    "config BOARD\n bool\n default y\n imply EXTRAS\n select SOUND_PARTS if SOUND2\n"
    "config EXTRAS\n bool\n"
    "config SOUND_PARTS\n bool\n"
    + "".join(f"config SOUND{n}\n bool\n default y if EXTRAS\n" for n in range(4))
    + "".join(f"config OTHER{n}\n bool\n default y if EXTRAS\n" for n in range(9))
    + "config KEEPER\n bool\n select OTHER0\n select OTHER1\n select OTHER2\n"
    + "config CORE\n bool\n"
    + "config USER1\n bool\n default y\n select CORE\n"
    + "config USER2\n bool\n default y\n select CORE\n"
    + "config CHIP\n bool\n default y\n depends on CORE\n"
)


def test_disable_changes_the_fewest_other_symbols(kgen: Run, tmp_path: Path) -> None:
    """Four lines rather than one that takes nine other symbols along; none that keeps anything."""
    files = {
        "Kconfig": CARDS,
        "configs/targets/x-softmmu.mak": "TARGET_ARCH=x\n",
        "configs/devices/x-softmmu/default.mak": "",
    }
    write_tree(tmp_path / "tree", files)

    def ask(*symbols: str) -> dict[str, Any]:
        words = ("--tree", "tree", "--all", "--format", "json")
        answer: dict[str, Any] = json.loads(kgen("disable", *symbols, *words).stdout)
        return answer

    sounds = ask("SOUND0", "SOUND1", "SOUND2", "SOUND3")
    assert sounds["assignments"] == [f"CONFIG_SOUND{n}=n" for n in range(4)]
    assert (sounds["lost"], sounds["gained"]) == (["SOUND_PARTS"], [])
    # What was asked for takes along what it takes along.
    extras = ask("EXTRAS")
    assert (extras["assignments"], len(extras["lost"])) == (["CONFIG_EXTRAS=n"], 14)
    # CHIP cannot be kept without CORE, and no line is there to keep it.
    core = ask("CORE")
    assert core["assignments"] == ["CONFIG_USER1=n", "CONFIG_USER2=n"]
    assert (core["lost"], core["others"], core["complete"]) == (["CHIP", "CORE"], [], True)
