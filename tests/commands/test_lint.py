"""lint: every rule's example in the page, and the solver's rules by another reckoning."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest import mock

import pytest
import small_qemu
from hypothesis import given
from hypothesis import strategies as st
from readers import SARIF
from running import ROOT, Run, write_tree
from strategies import Tree, examples, load, on_disk, trees

from kgen.commands.lint import all_configurations, references, satisfiability
from kgen.commands.lint.rules import QEMU, RULES, SHARED, STANDARD
from kgen.commands.lint.runner import lint
from kgen.commands.lint.standard import lint_standard
from kgen.files.read import read_text
from kgen.files.tree import open_tree
from kgen.model.clauses import Assignment, Model, model_of
from kgen.model.configurations import Group, Lane, Outcome, Resolution, Target
from kgen.model.expr import conjuncts, text
from kgen.model.finding import Finding
from kgen.model.problems import KgenError
from kgen.project.dialect import is_standard
from kgen.project.load import Project
from kgen.project.load import load as load_project
from kgen.project.options import Options
from kgen.resolve.resolver import resolve
from kgen.solve.solver import Solver
from kgen.targets.undeclared import undefined

PAGE = (ROOT / "docs" / "lint.md").read_text()
TARGET = {
    "configs/targets/arm-softmmu.mak": "TARGET_ARCH=arm\n",
    "configs/devices/arm-softmmu/default.mak": "",
}

# As in docs: the files that a block shows.
SECTIONS = {
    match[2]: (match[1], match[3])
    for match in re.finditer(r"### (KL\d+) (\S+)\n(.*?)(?=\n### |\Z)", PAGE, re.S)
}


def _files(block: str) -> dict[str, str]:
    parts = re.split(r"^--- (\S+)\n", block, flags=re.M)[1:]
    files = dict(zip(parts[::2], parts[1::2], strict=True))
    return files if any(name.endswith("_defconfig") for name in files) else TARGET | files


def _found(folder: Path, rules: set[str]) -> list[Finding]:
    if is_standard(Options(tree=str(folder))):
        return list(lint_standard(Options(tree=str(folder)), rules).findings)
    project = load_project(Options(tree=str(folder)), tolerant=True)
    around = references.survey(project)

    def in_code(names: object) -> set[str]:
        assert isinstance(names, set)
        return references.named_in_code(project, around, names)

    code = references.device_code(project, around)
    return list(lint(project, around, rules, in_code, code).findings)


def test_the_page_has_every_rule_with_its_number() -> None:
    assert {name: rule.number for name, rule in RULES.items()} == {
        name: number for name, (number, _) in SECTIONS.items()
    }
    assert [rule.number for rule in RULES.values()] == [f"KL{n:03}" for n in range(1, 34)]
    assert set(RULES) == QEMU | STANDARD
    assert SHARED == QEMU & STANDARD


@pytest.mark.parametrize("rule", RULES)
def test_the_example_has_it_and_the_mended_one_has_not(rule: str, tmp_path: Path) -> None:
    bad, good = re.findall(r"```kconfig\n(.*?)```", SECTIONS[rule][1], re.S)
    findings = _found(write_tree(tmp_path / "bad", _files(bad)), {rule})
    assert {item.rule for item in findings} == {rule}
    assert all(item.file and item.line and item.message for item in findings)
    assert not _found(write_tree(tmp_path / "good", _files(good)), {rule})


CLEAN = {
    "Kconfig": "source Kconfig.host\nsource target/Kconfig\nsource hw/Kconfig\n",
    "Kconfig.host": "config LINUX\n    bool\n",
    "target/Kconfig": "config ARM\n    bool\nconfig AVR\n    bool\n",
    "hw/Kconfig": """config PCI
    bool
config PCI_DEVICES
    bool
config NIC
    bool
    default y if PCI_DEVICES
    depends on PCI
config TAP
    bool
    default y
    depends on (NIC || PCI) && LINUX
config BOARD
    bool
    default y
    depends on ARM
    imply PCI_DEVICES
    select PCI
config SMALL_BOARD
    bool
    default y
    depends on AVR
""",
    "meson.build": "host_kconfig = \\\n  (linux ? ['CONFIG_LINUX=y'] : [])\n",
    "hw/meson.build": """system_ss.add(when: 'CONFIG_NIC', if_true: files('nic.c'))
system_ss.add(when: ['CONFIG_TAP', 'CONFIG_POSIX'], if_true: files('tap.c'))  # CONFIG_OLD
config_host_data.set('CONFIG_POSIX', true)
if config_all_devices.has_key('CONFIG_BOARD') and 'CONFIG_SMALL_BOARD' in config_all_devices
endif
""",
    "configs/targets/arm-softmmu.mak": "TARGET_ARCH=arm\n",
    "configs/targets/avr-softmmu.mak": "TARGET_ARCH=avr\n",
    "configs/devices/arm-softmmu/default.mak": "# CONFIG_BOARD=n\nCONFIG_NIC=n\n",
    "configs/devices/avr-softmmu/default.mak": "# nothing\n",
}


def test_a_clean_tree_gives_none(kgen: Run, tmp_path: Path) -> None:
    write_tree(tmp_path / "tree", CLEAN)
    done = kgen("lint", "--tree", "tree")
    assert (done.returncode, done.stdout, done.stderr) == (0, "0 findings\n", "")
    done = kgen("lint", "--tree", "tree", "--format", "json")
    assert json.loads(done.stdout) == {"findings": [], "ignored": 0, "baseline": 0}


def test_text_json_select_and_ignore(kgen: Run, tmp_path: Path) -> None:
    write_tree(tmp_path / "tree", CLEAN)
    hw = tmp_path / "tree" / "hw" / "Kconfig"
    hw.write_text(hw.read_text() + "config CARD\n    bool\n    select NIC\n")
    done = kgen("lint", "--tree", "tree", "--select", "unmet-select")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "tree/hw/Kconfig:25: warning: CARD selects NIC, which depends on PCI [unmet-select]",
        "    fails: avr-softmmu with CONFIG_CARD=y",
        "1 finding",
    ]
    same = kgen("lint", "--tree", "tree", "--select", "KL004,KL001", "--format", "json")
    assert json.loads(same.stdout)["findings"] == [
        {
            "rule": "unmet-select",
            "number": "KL004",
            "level": "warning",
            "message": "CARD selects NIC, which depends on PCI",
            "symbol": "CARD",
            "targets": ["arm-softmmu", "avr-softmmu"],
            "file": "tree/hw/Kconfig",
            "line": 25,
            "column": None,
            "because": [],
            "hint": "",
            "other": "NIC",
            "witness": {"target": "avr-softmmu", "assignments": ["CONFIG_CARD=y"]},
        }
    ]
    assert kgen("lint", "--tree", "tree", "--ignore", "KL004,KL023").returncode == 0
    assert kgen("lint", "--tree", "tree", "--select", "no-such-rule").returncode == 2


def test_ignore_comments_are_about_a_line_or_an_entry(kgen: Run, tmp_path: Path) -> None:
    kconfig = """config A
    bool
    default y  # kgen: ignore[default-without-depends, unused-symbol] a line
# kgen: ignore[default-without-depends,unused-symbol] an entry
config B
    bool

    default y
config C
    bool
    # kgen: ignore[default-without-depends] the next line
    # that is not a comment
    default y
"""
    write_tree(tmp_path / "tree", TARGET | {"Kconfig": kconfig})
    rules = "default-without-depends,unused-symbol,ignored-without-reason"
    done = kgen("lint", "--tree", "tree", "--select", rules)
    assert done.stdout.splitlines() == [
        "tree/Kconfig:1: note: A is declared but not used [unused-symbol]",
        "tree/Kconfig:9: note: C is declared but not used [unused-symbol]",
        "2 findings (4 ignored)",
    ]


def test_a_baseline_takes_the_old_ones_away(kgen: Run, tmp_path: Path) -> None:
    old = "config A\n    default y\n"
    write_tree(tmp_path / "tree", TARGET | {"Kconfig": old})
    common = ("lint", "--tree", "tree", "--select", "untyped-symbol,unused-symbol")
    done = kgen(*common, "--write-baseline", "old.json")
    assert (done.returncode, done.stderr) == (0, "2 findings in old.json\n")
    assert kgen(*common, "--baseline", "old.json").stdout == "0 findings (2 in the baseline)\n"
    (tmp_path / "tree" / "Kconfig").write_text(
        "config B\n# one\n" + old.replace("A\n", "A\n bool\n")
    )
    done = kgen(*common, "--baseline", "old.json")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == 'tree/Kconfig:1: note: B has no "bool" [untyped-symbol]'
    assert done.stdout.splitlines()[-1] == "2 findings (1 in the baseline)"
    assert done.stderr == "1 finding of the baseline does not occur any more; write it again\n"
    empty = write_tree(tmp_path / "clean", CLEAN)
    kgen("lint", "--tree", str(empty), "--write-baseline", "none.json")
    assert kgen("lint", "--tree", str(empty), "--baseline", "none.json").returncode == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "invalid JSON"),
        ("[]", "this is not a baseline"),
        ('{"kgen-lint-baseline": 2, "findings": []}', "this is not a baseline"),
        ('{"kgen-lint-baseline": 1, "findings": [{"rule": "x"}]}', "entry 1"),
    ],
)
def test_a_broken_baseline_is_an_error(kgen: Run, tmp_path: Path, content: str, words: str) -> None:
    write_tree(tmp_path / "tree", CLEAN)
    (tmp_path / "base.json").write_text(content)
    done = kgen("lint", "--tree", "tree", "--baseline", "base.json")
    assert done.returncode == 1
    assert done.stderr.startswith("base.json")
    assert words in done.stderr
    assert kgen("lint", "--tree", "tree", "--baseline", "absent.json").returncode == 1


def test_of_several_smallest_witnesses_the_first_by_name(kgen: Run, tmp_path: Path) -> None:
    kconfig = """config SLOT
    bool
    default y
    depends on !ZOOM && !ALARM
config TRAY
    bool
    depends on SLOT
config VALVE
    bool
    select TRAY
config ZOOM
    bool
config ALARM
    bool
"""
    write_tree(tmp_path / "tree", TARGET | {"Kconfig": kconfig})
    done = kgen("lint", "--tree", "tree", "--select", "unmet-select", "--unlikely")
    assert "fails: arm-softmmu with CONFIG_ALARM=y CONFIG_VALVE=y\n" in done.stdout


def test_a_tree_with_a_circle_is_linted_without_the_solver(kgen: Run, tmp_path: Path) -> None:
    kconfig = "config A\n    bool\n    depends on B\n    select B\nconfig B\n"
    write_tree(tmp_path / "tree", TARGET | {"Kconfig": kconfig})
    done = kgen("lint", "--tree", "tree", "--select", "untyped-symbol,dead-symbol")
    assert "have a cycle" in done.stderr
    assert '5: note: B has no "bool"' in done.stdout


def test_a_devices_file_can_close_a_circle(kgen: Run, tmp_path: Path) -> None:
    devices = "CONFIG_A=y\nconfig B\n    bool\n    depends on A\n"
    kconfig = "config A\n    bool\n    depends on B\nconfig C\n    bool\n"
    files = {"Kconfig": kconfig, "configs/devices/arm-softmmu/default.mak": devices}
    write_tree(tmp_path / "tree", TARGET | files)
    done = kgen("lint", "--tree", "tree", "--select", "dead-symbol,unmet-select")
    assert "have a cycle" in done.stderr


def test_the_embedded_tree_and_its_sources_map(kgen: Run) -> None:
    done = kgen("lint", "--select", "unused-symbol,untyped-symbol,undefined-symbol")
    assert (done.returncode, done.stdout) == (0, "0 findings\n")


def test_an_empty_tree_has_nothing(kgen: Run, tmp_path: Path) -> None:
    write_tree(tmp_path / "tree", TARGET | {"Kconfig": ""})
    assert kgen("lint", "--tree", "tree").stdout == "0 findings\n"


def test_source_code_uses_symbols_and_builds_are_not_looked_at(tmp_path: Path) -> None:
    tree = TARGET | {
        "Kconfig": "config A\n    bool\nconfig B\n    bool\n",
        "hw/a.c": "#ifdef CONFIG_A\n#endif\n",
        "build/build.ninja": "",
        "build/b.c": "CONFIG_B",
        "build/Kconfig": "",
        ".hidden/Kconfig": "",
    }
    findings = _found(write_tree(tmp_path, tree), {"unused-symbol", "unsourced-file"})
    assert [item.symbol for item in findings] == ["B"]


def test_sarif_and_annotations(kgen: Run, tmp_path: Path) -> None:
    write_tree(tmp_path / "tree", CLEAN)
    hw = tmp_path / "tree" / "hw" / "Kconfig"
    hw.write_text(hw.read_text() + "config CARD\n    bool\n    select NIC\n")
    (tmp_path / "own.mak").write_text("CONFIG_PCI=y\nCONFIG_PCI=y\n")
    rules_asked = "unmet-select,repeated-assignment,KL001"
    words = ["lint", "--tree", "tree", "--select", rules_asked, "--devices", "own.mak", "--format"]
    done = kgen(*words, "sarif")
    assert (done.returncode, done.stderr) == (1, "")
    log = json.loads(done.stdout)
    SARIF.validate(log)
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["dead-symbol", "repeated-assignment", "unmet-select"]
    repeated, unmet = run["results"]
    assert (repeated["ruleId"], unmet["ruleId"]) == ("repeated-assignment", "unmet-select")
    places = [item["locations"][0]["physicalLocation"] for item in (repeated, unmet)]
    assert [place["artifactLocation"]["uri"] for place in places] == ["own.mak", "tree/hw/Kconfig"]
    assert [place["region"]["startLine"] for place in places] == [2, 25]
    assert unmet["message"]["text"].endswith("\nfails: avr-softmmu with CONFIG_CARD=y")
    done = kgen(*words, "github")
    assert done.returncode == 1
    first, second = done.stdout.splitlines()
    assert first.startswith("::warning file=own.mak,line=2,")
    assert "::warning file=tree/hw/Kconfig,line=25," in second
    assert second.endswith("depends on PCI%0Afails: avr-softmmu with CONFIG_CARD=y")
    # What is fine gives a log with every rule and no result, and no annotation.
    fine = ("lint", "--tree", "tree", "--select", "KL001", "--format")
    log = json.loads(kgen(*fine, "sarif").stdout)
    assert log["runs"][0]["results"] == []
    assert kgen(*fine, "github").stdout == ""


def test_a_finding_without_a_symbol_and_one_with_a_column(kgen: Run, tmp_path: Path) -> None:
    """A descriptor's lines have columns, in every format."""
    write_tree(
        tmp_path,
        {
            "Kconfig": "config A\n    bool\n    default y\n# kgen: ignore[always-on]\n",
            "d/x.toml": 'architecture = "x"\nendianness = "big"\n[symbols]\n  CONFIG_A = true\n',
        },
    )
    rules_asked = "no-effect-assignment,ignored-without-reason"
    words = ["lint", "--tree", ".", "--targets", "d", "--select", rules_asked, "--format"]
    found = json.loads(kgen(*words, "json").stdout)["findings"]
    assert [(item["symbol"], item["file"], item["line"], item["column"]) for item in found] == [
        (None, "Kconfig", 4, None),
        ("A", "d/x.toml", 4, 3),
    ]
    line = kgen(*words, "text").stdout.splitlines()[1]
    assert line.startswith("d/x.toml:4:3: note: CONFIG_A=y has no effect")
    line = kgen(*words, "github").stdout.splitlines()[1]
    assert line.startswith("::notice file=d/x.toml,line=4,col=3,")


def test_with_fewer_targets_more_is_dead_and_that_is_said(kgen: Run, tmp_path: Path) -> None:
    write_tree(tmp_path / "tree", CLEAN)
    done = kgen("lint", "--tree", "tree", "-t", "avr", "--select", "dead-symbol")
    assert "BOARD cannot be y in any configuration of any chosen target" in done.stdout
    assert done.stderr == "only the chosen targets were checked; results may differ without -t\n"
    done = kgen("lint", "--tree", "tree", "-t", "a*", "--select", "dead-symbol")
    assert (done.stdout, done.stderr) == ("0 findings\n", "")


def test_a_slip_of_the_command_line_is_no_finding(kgen: Run, tmp_path: Path) -> None:
    """lint goes on where the tree names what is not declared, but `--set` is not the tree's."""
    write_tree(tmp_path / "tree", TARGET | {"Kconfig": "config A\n    bool\n    depends on GONE\n"})
    done = kgen("lint", "--tree", "tree", "--set", "NOPE=y", "--select", "undefined-symbol")
    assert (done.returncode, done.stdout) == (1, "")
    assert "undefined symbol NOPE" in done.stderr
    done = kgen("lint", "--tree", "tree", "--set", "GONE=y", "--select", "undefined-symbol")
    assert done.stdout.endswith("1 finding\n")


def test_a_baseline_of_more_rules_and_targets_than_are_asked_for(kgen: Run, tmp_path: Path) -> None:
    """What was not looked for is not gone."""
    more = {
        "configs/targets/avr-softmmu.mak": "TARGET_ARCH=avr\n",
        "configs/devices/avr-softmmu/default.mak": "CONFIG_A=y\nCONFIG_A=y\n",
    }
    write_tree(tmp_path / "tree", TARGET | more | {"Kconfig": "config A\n"})
    rules = "untyped-symbol,repeated-assignment"
    common = ("lint", "--tree", "tree", "--select", rules, "--write-baseline", "old.json")
    assert "2 findings" in kgen(*common).stderr
    common = ("lint", "--tree", "tree", "--ignore", "KL017,KL013", "--baseline", "old.json")
    for words, told in (
        ([], "2 in the baseline"),
        (["--select", "untyped-symbol"], "1 in the baseline"),
        (["-t", "arm"], "1 in the baseline"),
    ):
        done = kgen(*common, *words)
        assert (done.returncode, done.stderr) == (0, ""), words
        assert done.stdout == f"0 findings ({told})\n"
    (tmp_path / "tree" / "Kconfig").write_text("config A\n    bool\n")
    assert "1 finding of the baseline does not occur any more" in kgen(*common).stderr


def test_a_baseline_that_is_nested_too_deeply(kgen: Run, tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("[" * 100_000)
    done = kgen("lint", "--baseline", "old.json", "--select", "untyped-symbol")
    assert done.stderr.startswith("old.json: error: KG804 this is not a baseline of kgen lint\n")


def test_ctrl_c_within_the_solver() -> None:
    """Its library tells that by an error of its own."""
    holes = range(10)  # eleven pigeons: far too hard for the time that the test gives
    clauses = [[1 + 11 * hole + pigeon for hole in holes] for pigeon in range(11)]
    for hole in holes:
        for pair in itertools.combinations(range(11), 2):
            clauses.append([-(1 + 11 * hole + pigeon) for pigeon in pair])
    solver = Solver(clauses)
    # From outside: no other thread runs while the solver does.
    killer = subprocess.Popen(["sh", "-c", f"sleep 0.5; kill -INT {os.getpid()}"])
    with pytest.raises(KeyboardInterrupt):
        solver.holds()
    assert killer.wait() == 0


# The solver's rules against every configuration of a small tree, one by one.


def _project(model: Model, needs: Sequence[str] = ("",)) -> Project:
    """needs: for each target the symbol that is always passed for it, or none."""
    lanes = []
    for number, name in enumerate(needs):
        passed = (Assignment(name, True, external=True),) if name else ()
        lanes.append(Lane(f"it{number}", "defconfig", passed))
    resolution = resolve(model, lanes)
    outcomes = []
    for number, name in enumerate(needs):
        target = Target(f"it{number}", devices="it.mak", needs=(name,) if name else ())
        outcomes.append(Outcome(target, resolution, number))
    group = Group(resolution, tuple(outcomes))
    return Project(open_tree("."), model, Options(), (group,), (), None)


def _everything(
    model: Model, needs: Sequence[str] = ("",)
) -> tuple[list[tuple[tuple[str, bool], ...]], Resolution]:
    """All configurations that some target has: what is assigned, the smallest first."""
    declared = sorted({entry.symbol for entry in model.entries})
    sets = [
        tuple((s, v) for s, v in zip(declared, choice, strict=True) if v is not None)
        for choice in itertools.product((None, True, False), repeat=len(declared))
    ]
    sets = [one for one in sets if any(not name or (name, True) in one for name in needs)]
    sets.sort(key=len)
    lanes = [Lane("it", "defconfig", tuple(Assignment(s, v) for s, v in one)) for one in sets]
    return sets, resolve(model, lanes)


@examples(120)
@given(
    tree=trees(acyclic=True),
    drawn=st.lists(st.integers(-1, 5), min_size=1, max_size=3),
    bits=st.sampled_from((0, 500, satisfiability.MOST_BITS)),
)
def test_solver_rules_against_every_configuration(tree: Tree, drawn: list[int], bits: int) -> None:
    with on_disk(tree) as (folder, inputs):
        try:
            model = load(inputs, folder, merge=True)
        except KgenError:
            return
    declared = {entry.symbol for entry in model.entries}
    if undefined(model) or not 1 <= len(declared) <= 6:
        return
    names = sorted(declared)
    needs = ["" if number < 0 else names[number % len(names)] for number in drawn]
    project = _project(model, needs)
    found: dict[str, set[tuple[str, ...]]] = {rule: set() for rule in RULES}
    witnesses = {}
    with mock.patch.object(satisfiability, "MOST_BITS", bits):
        items = list(all_configurations.findings(project, set(RULES), lambda: None, True))
    for item in items:
        key = (item.symbol, item.other) if item.other else (item.symbol,)
        found[item.rule].add(key)
        if item.witness is not None:
            witnesses[item.symbol, item.other, item.line, item.file] = item.witness
    sets, resolution = _everything(model, needs)
    everywhere = (1 << len(sets)) - 1
    valid = everywhere & ~resolution.failed
    if not valid:
        assert not any(found.values())
        return
    values = resolution.values
    assert found["dead-symbol"] == {(s,) for s in declared if not values[s] & valid}
    given_ = set(needs)
    assert found["always-on"] == {(s,) for s in declared - given_ if not ~values[s] & valid}
    dead = {s for (s,) in found["dead-symbol"]}
    seen: set[object] = set()
    shadowed = set()
    for index, clause in enumerate(model.clauses):
        line = (clause.kind, clause.symbol, clause.target, clause.value, clause.condition)
        told = clause.kind in ("default", "imply") and line not in seen
        decides = resolution.decided[index] & valid
        if told and not decides and not {clause.symbol, clause.target} & dead:
            shadowed.add((clause.target,))
        seen.add(line)
    assert found["shadowed-default"] == shadowed
    for (_, other, _, _), (target, assigned) in witnesses.items():
        pairs = [line.removeprefix("CONFIG_").split("=") for line in assigned]
        name = needs[int(target.removeprefix("it"))]
        every = [*pairs, [name, "y"]] if name else pairs
        lane = Lane("it", "defconfig", tuple(Assignment(s, v == "y") for s, v in every))
        assert [item.symbol for item in resolve(model, [lane]).contradictions] == [other]
    smallest = _smallest_failures(model, needs, sets, resolution)
    # A likelier witness may have more assignments than the smallest of all.
    assert witnesses.keys() == smallest.keys()
    assert all(len(lines) >= smallest[key] for key, (_, lines) in witnesses.items())


def _smallest_failures(
    model: Model,
    needs: Sequence[str],
    sets: list[tuple[tuple[str, bool], ...]],
    resolution: Resolution,
) -> dict[tuple[str, str, int, str], int]:
    """For each select that can be the only contradiction the fewest assignments, beside those that
    a target always has. Nothing is told of a target without any valid configuration."""
    able = {
        name
        for number, one in enumerate(sets)
        if not resolution.failed >> number & 1
        for name in needs
        if not name or (name, True) in one
    }
    alone: dict[str, int] = {}
    conflicts = [(item.symbol, item.lanes) for item in resolution.contradictions]
    for symbol, lanes in conflicts:
        others = 0
        for other, more in conflicts:
            if other != symbol:
                others |= more
        alone[symbol] = alone.get(symbol, 0) | (lanes & ~others)
    unmet: dict[str, int] = {}
    for index, clause in enumerate(model.clauses):
        if clause.kind == "depends":
            unmet[clause.symbol] = unmet.get(clause.symbol, 0) | resolution.decided[index]
    result = {}
    for index, clause in enumerate(model.clauses):
        target = clause.target
        if clause.kind != "select" or target not in unmet:
            continue
        yes, no = resolution.assigned.get(target, (0, 0))
        lanes = resolution.decided[index] & unmet[target] & alone.get(target, 0) & ~(yes | no)
        sizes = [
            len(sets[n]) - bool(name)
            for n in range(len(sets))
            if lanes >> n & 1
            for name in able
            if not name or (name, True) in sets[n]
        ]
        if sizes:
            key = (clause.symbol, target, clause.place.line, clause.place.file.path)
            result[key] = min(sizes)
    return result


@examples(80)
@given(tree=trees(acyclic=True))
def test_an_implied_dependency_can_go(tree: Tree) -> None:
    """Without one that is told, every configuration is what it was: same failures, same values."""
    with on_disk(tree) as (folder, inputs):
        try:
            model = load(inputs, folder, merge=True)
        except KgenError:
            return
    if undefined(model) or len({entry.symbol for entry in model.entries}) > 6:
        return
    for item in all_configurations.findings(_project(model), {"implied-dependency"}, lambda: None):
        needed = item.message.split(" depends on ")[1].split(", already ")[0]
        without = []
        for clause in model.clauses:
            if clause.kind == "depends" and clause.place.line == item.line:
                parts = conjuncts(clause.condition or ())
                kept = [part for part in parts if text(part) != needed]
                if clause.symbol == item.symbol and len(kept) < len(parts):
                    joined = tuple(itertools.chain(*kept)) + ("&&",) * (len(kept) - 1)
                    if kept:
                        without.append(clause._replace(condition=joined))
                    continue
            without.append(clause)
        smaller = model_of(
            model.entries, tuple(without), model.assignments, model.mentions, model.files
        )
        before, after = _everything(model)[1], _everything(smaller)[1]
        assert after.failed & ~before.failed == 0
        same = ~before.failed
        for symbol, lanes in before.values.items():
            assert (lanes ^ after.values[symbol]) & same & ((1 << len(before.lanes)) - 1) == 0


def test_what_is_written_is_only_the_baseline(tmp_path: Path, kgen: Callable[..., object]) -> None:
    tree = write_tree(tmp_path / "tree", CLEAN)
    before = {path: read_text(str(path)) for path in tree.rglob("*") if path.is_file()}
    kgen("lint", "--tree", "tree", "--write-baseline", "base.json")
    assert before == {p: read_text(str(p)) for p in tree.rglob("*") if p.is_file()}


def test_lint_takes_assignments_that_are_commented_out(kgen: Run, tmp_path: Path) -> None:
    own = "# CONFIG_GONE=y\n# # CONFIG_OLD=n\n# CONFIG_UNSET is not set\n\f#\fCONFIG_FEED=y\n"
    small_qemu.write(tmp_path / "tree", **{"configs__devices__arm-softmmu__default.mak": own})
    done = kgen("lint", "--tree", "tree", "--select", "stale-mak-comment")
    assert [line.split()[5] for line in done.stdout.splitlines()[:-1]] == [
        "GONE,",
        "OLD,",
        "FEED,",
    ]
