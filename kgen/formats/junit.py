"""Findings as JUnit XML, which build servers show as test results."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kgen.formats import findings
from kgen.formats.escapes import inert_xml
from kgen.model.finding import Finding

# Characters that XML 1.0 does not allow, not even as references.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(suite: str, checks: Sequence[tuple[str, str, Sequence[Finding]]]) -> str:
    """A test suite with one test per check; a check with findings is a failed test.

    checks: (class name, name, findings). A check without findings is a passed test, so that a
    build server shows all checks.
    """
    # Imported here, because only this format needs it.
    from xml.etree import ElementTree

    failed = sum(1 for _, _, found in checks if found)
    counts = {"tests": str(len(checks)), "failures": str(failed), "errors": "0", "skipped": "0"}
    root = ElementTree.Element("testsuites", {"name": suite, **counts})
    element = ElementTree.SubElement(root, "testsuite", {"name": _clean(suite), **counts})
    for group, name, found in checks:
        attributes = {"classname": _clean(group), "name": _clean(name), "time": "0"}
        if found and found[0].file:
            attributes["file"] = _clean(found[0].file)
            if found[0].line:
                attributes["line"] = str(found[0].line)
        case = ElementTree.SubElement(element, "testcase", attributes)
        if found:
            kind = {"message": _clean(found[0].message), "type": found[0].rule}
            failure = ElementTree.SubElement(case, "failure", kind)
            failure.text = _clean("\n".join(findings.text(found)))
    ElementTree.indent(root)
    body = inert_xml(ElementTree.tostring(root, encoding="unicode"))
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'


def _clean(value: str) -> str:
    return _FORBIDDEN.sub("\ufffd", value)
