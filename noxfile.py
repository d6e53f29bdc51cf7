"""Runs the tests with each Python that kgen supports and that is installed: `nox`."""

from __future__ import annotations

import nox


@nox.session(python=["3.10", "3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """The tests, without the linters, which check for the oldest Python on any of them."""
    session.install("--editable", ".[test]")
    session.run("python", "-m", "pytest", "-n", "auto", "-q", *session.posargs)
