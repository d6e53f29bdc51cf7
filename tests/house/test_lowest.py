"""The lowest versions that are tested are those that pyproject.toml allows."""

from __future__ import annotations

import re

from running import ROOT, read_toml

LINTERS = {"mypy", "ruff", "types-pyyaml", "types-jsonschema"}


def test_the_bounds_are_the_versions_that_are_tested() -> None:
    project = read_toml((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["solve"], *extras["test"]]
    wanted.remove("kgen[solve]")
    found = [re.match(r"([\w-]+)[>=]=([\w.]+)", item) for item in wanted]
    bounds = {match[1]: match[2] for match in found if match}
    assert len(bounds) == len(wanted), "each has a lower bound"
    lines = (ROOT / "tests" / "lowest.txt").read_text().splitlines()
    tested = dict(line.partition(";")[0].split("==") for line in lines if not line.startswith("#"))
    assert tested.keys() == bounds.keys() - LINTERS
    for name, version in tested.items():
        assert version in (bounds[name], f"{bounds[name]}.0"), name


def test_the_sandbox_of_templates_is_one_without_known_holes() -> None:
    lines = (ROOT / "tests" / "lowest.txt").read_text().splitlines()
    version = next(line for line in lines if line.startswith("jinja2==")).split("==")[1]
    assert tuple(map(int, version.split("."))) >= (3, 1, 6)
