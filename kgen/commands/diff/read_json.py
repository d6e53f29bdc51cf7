"""Reads the output of `kgen diff --format json`, for the report page."""

from __future__ import annotations

from typing import Any

import msgspec

from kgen.files.read import read_input
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Problem


class _Lists(msgspec.Struct):
    gained: list[str]
    lost: list[str]


class _Cause(msgspec.Struct):
    symbol: str
    change: str
    targets: list[str]
    cause: str
    of: str = ""
    file: str | None = None
    line: int | None = None
    side: str = "new"
    was: str = ""
    now: str = ""
    root: int | None = None


class _Rename(msgspec.Struct):
    old: str
    new: str


class _Side(msgspec.Struct):
    name: str = ""
    version: str = ""


class _Comparison(msgspec.Struct):
    """The fields that the page shows; others are ignored."""

    targets: dict[str, _Lists]
    causes: list[_Cause]
    old: _Side = msgspec.field(default_factory=_Side)
    new: _Side = msgspec.field(default_factory=_Side)
    renames: list[_Rename] = []


def read_comparison(path: str) -> dict[str, Any]:
    """The comparison in a file as plain data. Raises KgenError."""
    text = read_input(path, path)
    try:
        found = msgspec.json.decode(text.encode("utf-8"), type=_Comparison)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _wrong(path, str(error)) from None
    for cause in found.causes:
        if cause.root is None:
            continue
        if not 0 <= cause.root < len(found.causes) or found.causes[cause.root].root is not None:
            raise _wrong(path, f"the root of {cause.symbol} is not a root cause")
    plain: dict[str, Any] = msgspec.to_builtins(found)
    return plain


def _wrong(path: str, message: str) -> KgenError:
    hint = "expected the output of kgen diff OLD NEW --format json"
    return KgenError(Problem(message, Place(File(path, outside=True), 0), hint=hint, code="KG711"))
