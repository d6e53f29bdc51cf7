"""One version: of the program, the last release of the change log, and the recipes."""

from __future__ import annotations

import re

from running import ROOT, run_kgen

from kgen import __version__


def test_the_change_log_ends_with_this_version() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    releases = [heading for heading in headings if heading != "Unreleased"]
    assert releases[0] == __version__
    assert headings.index(__version__) <= 1, "only what is unreleased stands above it"
    numbers = [tuple(map(int, release.split("."))) for release in releases]
    assert numbers == sorted(set(numbers), reverse=True)


def test_the_spec_file_has_it() -> None:
    text = (ROOT / "packaging" / "kgen.spec").read_text()
    assert re.findall(r"^Version: +(\S+)$", text, re.MULTILINE) == [__version__]


def test_the_program_says_it() -> None:
    assert run_kgen(["--version"], ROOT).stdout == f"kgen, version {__version__}\n"
    verbose = run_kgen(["--version", "--verbose"], ROOT).stdout
    assert {"Python", "click", "jinja2", "kconfiglib", "msgspec", "python-sat"} <= {
        re.split(r"[ :]", line)[0] for line in verbose.splitlines()
    }
