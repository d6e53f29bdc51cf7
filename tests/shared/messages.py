"""What errors say, as tests compare it."""

from __future__ import annotations

from kgen.formats.problems import describe
from kgen.model.problems import KgenError


def said(error: KgenError) -> list[str]:
    """The first line of each problem."""
    return [describe(problem).split("\n")[0] for problem in error.problems]
