"""Findings of any kind, in every format that they can have."""

from __future__ import annotations

import json
import re
import sys

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from readers import SARIF, check_junit
from strategies import examples

from kgen.commands.audit.breaches import ABOUT
from kgen.formats import findings, junit, sarif
from kgen.model.finding import Finding, Related

_TEXT = st.text(max_size=12)
_NUMBER = st.integers(0, 9)
_FINDING = st.builds(
    Finding,
    rule=st.sampled_from([*ABOUT, "of-lint"]),
    number=st.just("P001"),
    message=_TEXT,
    file=_TEXT,
    line=_NUMBER,
    column=_NUMBER,
    symbol=_TEXT,
    targets=st.lists(_TEXT, max_size=2).map(tuple),
    level=st.sampled_from(["error", "warning", "note"]),
    related=st.lists(st.builds(Related, message=_TEXT, file=_TEXT, line=_NUMBER), max_size=2).map(
        tuple
    ),
    hint=_TEXT,
    other=_TEXT,
    witness=st.none() | st.tuples(_TEXT, st.lists(_TEXT, max_size=2).map(tuple)),
)
_FINDINGS = st.lists(_FINDING, max_size=3)


@given(_FINDINGS)
@examples(60)
def test_sarif_of_any_findings_is_right(found: list[Finding]) -> None:
    log = sarif.sarif(found, ABOUT)
    SARIF.validate(json.loads(json.dumps(log)))
    assert len(log["runs"][0]["results"]) == len(found)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the schema is in a package for Python 3.11")
def test_the_schema_finds_what_is_wrong() -> None:
    """Else the tests above would show nothing."""
    log = sarif.sarif([Finding("r", "P001", "m", "f", 1)], {})
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        SARIF.validate(log)


@given(_FINDINGS, _TEXT)
@examples(60)
def test_junit_of_any_findings_can_be_read(found: list[Finding], name: str) -> None:
    check_junit(junit.junit("kgen", [("c", name, found), (name, "fine", [])]))


def _unescaped(text: str) -> str:
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


@given(_FINDINGS)
@examples(60)
def test_annotations_of_any_findings_stay_one_command_each(found: list[Finding]) -> None:
    """Read back as GitHub reads them: properties up to `::`, then the message."""
    lines = findings.github(found)
    assert len(lines) == len(found)
    for line, item in zip(lines, found, strict=True):
        assert "\n" not in line
        assert "\r" not in line
        match = re.fullmatch(r"::(error|warning|notice) ([^:]*?)::(.*)", line)
        assert match is not None
        values = dict(part.split("=", 1) for part in match[2].split(","))
        assert values["title"] == item.rule
        if item.file and item.file.isprintable():
            assert _unescaped(values["file"]) == item.file
        if item.message.isprintable():
            assert _unescaped(match[3]).startswith(item.message)


def test_everything_of_a_finding_is_in_every_format() -> None:
    """In this order: the related places, what stands in no file, the witness, the hint."""
    related = (Related("nowhere"), Related("there", "b", 3, 4))
    witness = ("arm", ("CONFIG_A=y", "CONFIG_B=n"))
    found = [
        Finding("r", "P001", "m", "a", 1, 2, "A", ("arm",), "note", related, "h", "B", witness)
    ]
    assert findings.text(found) == [
        "a:1:2: note: m [r]",
        "    b:3:4: there",
        "    nowhere",
        "    fails: arm with CONFIG_A=y CONFIG_B=n",
        "    hint: h",
    ]
    assert findings.data(found) == [
        {
            "rule": "r",
            "number": "P001",
            "level": "note",
            "message": "m",
            "symbol": "A",
            "targets": ["arm"],
            "file": "a",
            "line": 1,
            "column": 2,
            "because": [
                {"message": "nowhere", "file": None, "line": None, "targets": ["arm"]},
                {"message": "there", "file": "b", "line": 3, "targets": ["arm"]},
            ],
            "hint": "h",
            "other": "B",
            "witness": {"target": "arm", "assignments": ["CONFIG_A=y", "CONFIG_B=n"]},
        }
    ]
    fails = "fails: arm with CONFIG_A=y CONFIG_B=n"
    assert findings.rows(found)[1][-1] == f"nowhere; there (b:3:4); {fails}"
    assert findings.github(found) == [
        f"::notice file=a,line=1,col=2,title=r::m%0Anowhere%0Athere (b:3:4)%0A{fails}%0Ahint: h"
    ]
    text = sarif.sarif(found, {})["runs"][0]["results"][0]["message"]["text"]
    assert text == f"m\nh\nnowhere\n{fails}"
