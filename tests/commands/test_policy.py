"""Policies: what a file may say, what breaches it, and the formats of findings."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import small_qemu
from messages import said
from readers import SARIF, check_junit
from running import ROOT, Run

from kgen.commands.audit.breaches import ABOUT
from kgen.commands.audit.policy import read_policy
from kgen.formats.problems import describe
from kgen.model.problems import KgenError

ARM, SPARC = "arm-softmmu", "sparc-softmmu"

POLICY = """\
[groups]
noise = ["BEEPER", "@odd"]
odd = ["ODD_*"]
spare = ["SUN"]

[[require]]
symbols = ["NET_FAST", "BUS"]
targets = ["arm", "sp*"]
reason = "guests start from the net"

[[forbid]]
symbols = "@noise"
reason = "nobody wants it"
until = 2027-01-01

[[forbid]]
symbols = ["ARM_TINY", "NO_SUCH"]
reason = "out of support"
until = 2026-01-01

[[allow-only]]
symbols = ["ARM_BOARD"]
targets = "arm"
kinds = "board"
reason = "what we ship"

[[allow-only]]
symbols = ["ARM_TREE", "NO_BOARD"]
targets = ["arm", "vax"]
kinds = ["board"]
reason = "asked for"
"""


WORDS = "audit --tree tree --policy policy.toml --host LINUX,SOUND,FDT".split()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "policy.toml").write_text(POLICY)
    return small_qemu.write(tmp_path / "tree")


def _findings(kgen: Run, *options: str, today: str = "2026-06-01") -> list[dict[str, Any]]:
    words = (*WORDS, "--today", today)
    done = kgen(*words, "--format", "json", *options)
    data = json.loads(done.stdout)
    assert done.returncode == (1 if data["breaches"] or data["failures"] else 0)
    return list(data["breaches"])


def _brief(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(one["line"], one["rule"], one["symbol"], one["targets"]) for one in found]


def test_each_rule_names_its_line_its_targets_and_why(kgen: Run, tree: Path) -> None:
    found = _findings(kgen)
    assert _brief(found) == [
        (4, "policy-unmatched", None, []),
        (7, "policy-require", "NET_FAST", [SPARC]),
        (12, "policy-forbid", "BEEPER", [ARM, SPARC]),
        (12, "policy-forbid", "ODD_CARD", [SPARC]),
        (16, "policy-expired", None, []),
        (21, "policy-allow-only", "ARM_TINY", [ARM]),
        (28, "policy-unmatched", None, []),
        (29, "policy-unmatched", None, []),
    ]
    assert {one["file"] for one in found} == {"policy.toml"}
    require, beeper, odd = found[1:4]
    assert require["message"] == (
        "NET_FAST, which the policy requires, is n in sparc-softmmu: guests start from the net"
    )
    assert require["because"] == [
        {
            "message": 'n: "depends on FAST_BUS && LINUX" does not hold: FAST_BUS is n',
            "file": "tree/hw/net/Kconfig",
            "line": 10,
            "targets": [SPARC],
        }
    ]
    assert require["column"] == 13
    assert beeper["because"][0]["message"] == 'y: "default y"'
    assert odd["because"][0]["message"] == "y: CONFIG_ODD_CARD=y is assigned"
    assert odd["because"][0]["file"] == "tree/configs/devices/sparc-softmmu/common.mak"
    assert "2026-01-01" in found[4]["message"]


def test_dates_count_to_their_last_day(kgen: Run, tree: Path) -> None:
    """The clock can be set by an option or by SOURCE_DATE_EPOCH, the option first."""
    held = [("policy-forbid", "ARM_TINY"), ("policy-unmatched", None)]
    for today, expired, in_force in (("2026-01-01", 0, 1), ("2026-01-02", 1, 0)):
        found = [(one["rule"], one["symbol"]) for one in _findings(kgen, today=today)]
        assert found.count(("policy-expired", None)) == expired
        assert (held[0] in found) is bool(in_force)
    words = WORDS
    end_of_2027 = {"SOURCE_DATE_EPOCH": "1830000000"}
    assert kgen(*words, **end_of_2027).stdout.count("[policy-expired]") == 2
    assert kgen(*words, "--today", "2026-06-01", **end_of_2027).stdout.count("expired]") == 1
    done = kgen(*words, SOURCE_DATE_EPOCH="soon")
    assert (done.returncode, "SOURCE_DATE_EPOCH is not a date: soon" in done.stderr) == (1, True)
    assert kgen(*words, "--today", "tomorrow").returncode == 2


def test_globs_of_targets_are_only_missed_where_all_are_there(kgen: Run, tree: Path) -> None:
    found = _brief(_findings(kgen, "-t", "arm"))
    assert (29, "policy-unmatched", None, []) not in found
    assert (28, "policy-unmatched", None, []) in found


def test_a_policy_that_is_kept_is_silent(kgen: Run, tree: Path, tmp_path: Path) -> None:
    text = '[[require]]\nsymbols = "BUS"\nreason = "all have it"\n'
    (tmp_path / "policy.toml").write_text(text)
    assert _findings(kgen) == []
    done = kgen("audit", "--tree", "tree", "--policy", "policy.toml")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "policy.toml:1: passed: all have it [policy-require]",
        "1 policy entry checked on 2 configurations: 0 findings",
    ]
    data = json.loads(
        kgen("audit", "--tree", "tree", "--policy", "policy.toml", "--format", "json").stdout
    )
    assert data["passed"] == [
        {"rule": "policy-require", "file": "policy.toml", "line": 1, "reason": "all have it"}
    ]
    failing = kgen(
        *("audit", "--tree", "tree", "-t", "arm", "--set", "FAST_BUS=n"),
        *("--policy", "policy.toml", "--format", "json"),
    )
    assert json.loads(failing.stdout)["passed"] == []  # it was checked on nothing
    (tmp_path / "policy.toml").write_text("")
    assert kgen("audit", "--tree", "tree", "--policy", "policy.toml").returncode == 0


def test_a_target_that_fails_is_a_finding_and_the_others_are_checked(kgen: Run, tree: Path) -> None:
    done = kgen(*WORDS, "--set", "FAST_BUS=n", "--today", "2026-06-01")
    assert "[target-fails]" in done.stdout
    assert "BEEPER, which the policy forbids, is y in sparc-softmmu:" in done.stdout
    assert done.stderr == ""


def test_allow_only_entries_allow_together(kgen: Run, tree: Path, tmp_path: Path) -> None:
    """Each with its own date: when one is over, what it allowed is a breach."""
    text = """\
[[allow-only]]
symbols = ["NET_*"]
folders = "hw/net"
reason = "cards"
[[allow-only]]
symbols = ["ARM_TREE"]
kinds = ["board"]
folders = ["hw/arm"]
reason = "boards"
[[allow-only]]
symbols = ["ARM_BOARD", "ARM_TINY"]
kinds = ["board"]
reason = "more boards"
until = 2026-06-01
"""
    (tmp_path / "policy.toml").write_text(text)
    sun = (10, "policy-allow-only", "SUN", [SPARC])
    assert _brief(_findings(kgen, today="2026-06-01")) == [sun]
    assert _brief(_findings(kgen, today="2026-06-02")) == [
        (5, "policy-allow-only", "ARM_BOARD", [ARM]),
        (5, "policy-allow-only", "ARM_TINY", [ARM]),
        (10, "policy-expired", None, []),
    ]


WRONG = {
    "[[require]]\nsymbols = 'A'\n": "p.toml:1: error: this [[require]] has no reason",
    "[[forbid]]\nreason = 'r'\n": "p.toml:1: error: this [[forbid]] has no symbols",
    "[[forbid]]\nreason = ''\nsymbols = []\n": "p.toml:2:1: error: reason is empty",
    "[[forbid]]\nreason = 'r'\nsymbols = [1]\n": "p.toml:3:1: error: symbols: expected a symbol",
    "[[forbid]]\nreason = 'r'\nsymbols = 'A'\nkinds = 'board'\n": "p.toml:4:1: error: unknown key",
    "[[allow-only]]\nreason='r'\nsymbols='A'\nkinds='bord'\n": "p.toml:4:8: error: kinds: unknown",
    "[[forbid]]\nreason = 'r'\nsymbols = '@g'\n": 'p.toml:3:12: error: unknown group "g"',
    "[groups]\na = '@b'\nb = ['@a']\n[[forbid]]\nreason = 'r'\nsymbols = '@a'\n": (
        "p.toml:3:7: error: cycle of groups: a -> b -> a"
    ),
    "[groups]\na = 1\n": "p.toml:2:1: error: groups.a: expected a list of symbols",
    "groups = 1\n": "p.toml:1:1: error: groups: expected a table",
    "[forbid]\nsymbols = 'A'\n": "p.toml:1:1: error: forbid: expected an array",
    "[[forbids]]\nsymbols = 'A'\n": 'p.toml:1:1: error: unknown key "forbids"',
    "[[forbid]]\nsymbols = 'A'\nreason = 'r'\nuntil = 'May'\n": "p.toml:4:1: error: until:",
    "[[forbid]]\nsymbols = 'A'\nreason = 'r'\nuntil = 2027-01-01T00:00:00\n": (
        "p.toml:4:1: error: until: expected a date"
    ),
    "[[forbid\n": "p.toml:1:9: error:",
    "a = " + "[" * 5000 + "\n": "p.toml:1: error: nested too deeply",
}


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_a_mistake_has_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "p.toml"
    path.write_text(text)
    with pytest.raises(KgenError) as caught:
        read_policy(str(path), "p.toml")
    expected = WRONG[text].replace("error:", "error: KG409", 1)
    said = "\n".join(describe(problem) for problem in caught.value.problems)
    assert said.startswith(expected)


def test_all_mistakes_are_told_at_once(tmp_path: Path, kgen: Run) -> None:
    text = "[[forbid]]\nsymbols = '@x'\nreason = 'r'\n[[require]]\nreason = 1\nsymbol = 'A'\n"
    (tmp_path / "p.toml").write_text(text)
    done = kgen("audit", "--policy", "p.toml")
    assert done.returncode == 1
    assert done.stderr.count("error:") == 4
    assert "did you mean symbols?" in done.stderr
    assert "cannot read no.toml" in kgen("audit", "--policy", "no.toml").stderr


def test_sarif_is_right_by_the_official_schema(kgen: Run, tree: Path) -> None:
    words = (*WORDS, "--today", "2026-06-01")
    log = json.loads(kgen(*words, "--format", "sarif").stdout)
    SARIF.validate(log)
    (run,) = log["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == sorted(ABOUT)
    assert len(run["results"]) == 8
    result = run["results"][1]
    assert result["ruleId"] == run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "policy.toml"
    assert place["region"] == {"startLine": 7, "startColumn": 13}
    assert result["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] == 10
    # A log of a matrix without a policy says only which targets fail.
    log = json.loads(kgen("audit", "--tree", "tree", "--format", "sarif").stdout)
    SARIF.validate(log)
    assert log["runs"][0]["results"] == []


def test_junit_has_a_case_for_each_target_and_entry(kgen: Run, tree: Path) -> None:
    words = (*WORDS, "--today", "2026-06-01")
    suite = check_junit(kgen(*words, "--format", "junit").stdout)
    cases = [(case.get("classname"), case.get("name"), len(case)) for case in suite]
    assert cases[:3] == [
        ("configuration", ARM, 0),
        ("configuration", SPARC, 0),
        ("policy", "policy.toml:6: require: guests start from the net", 1),
    ]
    assert len(cases) == 2 + 5 + 1
    failing = kgen("audit", "--tree", "tree", "--set", "FAST_BUS=n", "--format", "junit")
    suite = check_junit(failing.stdout)
    assert [(case.get("name"), len(case)) for case in suite] == [(ARM, 1), (SPARC, 0)]


def test_annotations_on_the_command_line(kgen: Run, tree: Path) -> None:
    words = (*WORDS, "--today", "2026-06-01")
    lines = kgen(*words, "--format", "github").stdout.splitlines()
    assert lines[1] == (
        "::error file=policy.toml,line=7,col=13,title=policy-require::NET_FAST, which the policy "
        "requires, is n in sparc-softmmu: guests start from the net%0An: "
        '"depends on FAST_BUS && LINUX" does not hold: FAST_BUS is n (tree/hw/net/Kconfig:10)'
    )


def test_csv_and_markdown_list_the_findings(kgen: Run, tree: Path) -> None:
    words = (*WORDS, "--today", "2026-06-01")
    rows = list(csv.DictReader(io.StringIO(kgen(*words, "--format", "csv").stdout)))
    assert [row["rule"] for row in rows] == [one["rule"] for one in _findings(kgen)]
    lines = kgen(*words, "--format", "markdown").stdout.splitlines()
    assert len(lines) == 2 + len(rows)


def _said_of(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "p.toml").write_text(text)
    with pytest.raises(KgenError) as caught:
        read_policy(str(tmp_path / "p.toml"), "p.toml")
    return said(caught.value)


def test_places_in_policies(tmp_path: Path) -> None:
    assert _said_of(
        tmp_path,
        'forbid = [\n { symbols = "A", reason = "" },\n { symbols = ["@no"], reason = "r" }\n]\n',
    ) == [
        "p.toml:2:19: error: KG409 reason is empty",
        'p.toml:3:16: error: KG409 unknown group "no"',
    ]
    # A reason that quotes the word, a key of another table, a string that looks like a header.
    assert _said_of(
        tmp_path,
        """\
[[forbid]]
reason = '''not "@no":
[[forbid]]
symbol = "B"
'''
symbols = ["@no"]
symbol = 1
""",
    ) == [
        'p.toml:6:13: error: KG409 unknown group "no"',
        'p.toml:7:1: error: KG409 unknown key "symbol"',
    ]


NAMES = ROOT / "fixtures" / "cases" / "audit-policy-devices"


def _named(kgen: Run, tmp_path: Path, policy: str, *options: str) -> Any:
    shutil.copytree(NAMES / "tree", tmp_path / "tree", dirs_exist_ok=True)
    (tmp_path / "policy.toml").write_text(policy)
    return kgen("audit", "--tree", "tree", "--policy", "policy.toml", *options)


def test_what_is_not_known_is_no_finding_and_has_not_passed(kgen: Run, tmp_path: Path) -> None:
    for rule in ("require", "forbid", "allow-only"):
        names = "stone" if rule == "allow-only" else "grey-heron"
        policy = (
            f"[[{rule}]]\ndevices = ['{names}', 'sea-otter']\nreason = 'r'\ntargets = 'heron'\n"
        )
        policy = policy.replace(", 'sea-otter'", "") if rule == "forbid" else policy
        done = _named(kgen, tmp_path, policy, "--format", "json")
        data = json.loads(done.stdout)
        assert done.returncode == 0
        assert (data["breaches"], data["passed"]) == ([], [])
        (one,) = data["unknown"]
        assert (one["name"], one["symbol"], one["level"]) == ("grey-heron", None, "note")
        assert one["targets"] == ["heron-softmmu"]


def test_devices_in_all_formats(kgen: Run, tmp_path: Path) -> None:
    policy = (NAMES / "policy.toml").read_text()
    log = json.loads(_named(kgen, tmp_path, policy, "--format", "sarif").stdout)
    SARIF.validate(log)
    results = log["runs"][0]["results"]
    names = {one["properties"].get("name") for one in results}
    assert {"sea-otter", "grey-heron", "stone", "brook"} <= names
    assert len({one["partialFingerprints"]["kgen/v1"] for one in results}) == len(results)
    check_junit(_named(kgen, tmp_path, policy, "--format", "junit").stdout)
    table = list(
        csv.DictReader(io.StringIO(_named(kgen, tmp_path, policy, "--format", "csv").stdout))
    )
    assert {"sea-otter", "grey-heron", "EEL"} <= {row["symbol"] for row in table}


def test_devices_in_the_variants_of_a_target(kgen: Run, tmp_path: Path) -> None:
    policy = "[[require]]\ndevices = 'sea-otter'\nreason = 'r'\n"
    same = ("--compare", "set=OTTER=n", "--compare", "set=OTTER=n", "-t", "heron")
    done = _named(kgen, tmp_path, policy, *same, "--format", "json")
    (one,) = json.loads(done.stdout)["breaches"]
    assert len(one["targets"]) == 2
    assert one["because"][1]["message"].startswith("OTTER is n")
