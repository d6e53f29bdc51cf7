"""Findings as SARIF 2.1.0, a format for code hosts and editors."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from kgen import __version__
from kgen.formats.findings import unplaced
from kgen.model.finding import Finding, Related

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def sarif(findings: Sequence[Finding], about: Mapping[str, str]) -> dict[str, Any]:
    """A SARIF log with one run.

    about: rule names and their descriptions. All rules of `about` are listed, also those without
    findings, so that a viewer can distinguish "passed" from "not checked".
    """
    numbers = {item.rule: item.number for item in findings}
    rules = sorted({*about, *numbers})
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "kgen",
                        "semanticVersion": __version__,
                        "rules": [_rule(name, about.get(name, name)) for name in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(item, rules) for item in findings],
            }
        ],
    }


def _rule(name: str, about: str) -> dict[str, Any]:
    return {"id": name, "shortDescription": {"text": about}}


def _result(item: Finding, rules: Sequence[str]) -> dict[str, Any]:
    text = item.message if not item.hint else f"{item.message}\n{item.hint}"
    result: dict[str, Any] = {
        "ruleId": item.rule,
        "ruleIndex": rules.index(item.rule),
        "level": item.level,
        "message": {"text": text},
    }
    if item.file:
        result["locations"] = [_location(item)]
    related = [
        {**_location(more), "message": {"text": more.message}} for more in item.related if more.file
    ]
    if related:  # the schema requires unique items
        result["relatedLocations"] = [
            one for number, one in enumerate(related) if one not in related[:number]
        ]
    for line in unplaced(item):
        result["message"]["text"] += f"\n{line}"
    properties = {
        "number": item.number,
        "symbol": item.symbol,
        "name": item.name,
        "targets": list(item.targets),
    }
    result["properties"] = {key: value for key, value in properties.items() if value}
    # Independent of line numbers, so that a code host can track a finding.
    fingerprint = "/".join((item.rule, item.file, item.symbol or item.name, *item.targets))
    result["partialFingerprints"] = {"kgen/v1": fingerprint}
    return result


def _location(item: Finding | Related) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(item.file)}}
    if item.line:
        region = {"startLine": item.line}
        if item.column:
            region["startColumn"] = item.column
        physical["region"] = region
    return {"physicalLocation": physical}


def _uri(path: str) -> str:
    """A relative path as a relative reference, an absolute one as a `file` URI."""
    quoted = quote(os.fsencode(path).replace(os.sep.encode(), b"/"))
    return f"file://{quoted}" if path.startswith("/") else quoted
