"""Draws the packages of kgen from their imports, as the picture in docs/design.md.

    python docs/draw_packages.py            prints the Mermaid text
    python docs/draw_packages.py --write    puts it into docs/design.md

An arrow means "imports". Arrows that follow from others are left out: where A imports B and B
imports C, the arrow from A to C is not drawn. A test compares the picture with the document.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "design.md"
BLOCK = re.compile(r"(?<=<!-- drawn by docs/draw_packages.py -->\n)```mermaid\n.*?```\n", re.S)


def imports(package: Path) -> set[str]:
    """The other packages of kgen that the modules of one package import."""
    found: set[str] = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kgen."):
                found.add((node.module or "").split(".")[1])
    return found - {package.name}


def arrows() -> dict[str, set[str]]:
    """For each package those that it imports."""
    packages = [path for path in (ROOT / "kgen").iterdir() if (path / "__init__.py").exists()]
    return {path.name: imports(path) for path in sorted(packages)}


def reduced(found: dict[str, set[str]]) -> dict[str, set[str]]:
    """The same without the arrows that follow from others."""

    def below(package: str) -> set[str]:
        direct = found[package]
        return direct | {name for other in direct for name in below(other)}

    return {
        package: {name for name in direct if not any(name in below(o) for o in direct - {name})}
        for package, direct in found.items()
    }


def floors(found: dict[str, set[str]]) -> list[list[str]]:
    """The packages from the top down: each stands above all that it imports."""
    height: dict[str, int] = {}
    while len(height) < len(found):
        for package, direct in found.items():
            if package not in height and all(name in height for name in direct):
                height[package] = 1 + max((height[name] for name in direct), default=0)
    top = max(height.values())
    return [[name for name in found if height[name] == floor] for floor in range(top, 0, -1)]


def mermaid() -> str:
    """The picture as a Mermaid block."""
    found = arrows()
    drawn = reduced(found)
    lines = ["```mermaid", "flowchart TD"]
    for floor in floors(found):
        lines += [
            f"    {package} --> {name}" for package in floor for name in sorted(drawn[package])
        ]
    return "\n".join([*lines, "```"]) + "\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(BLOCK.sub(lambda _: mermaid(), PAGE.read_text(encoding="utf-8")), "utf-8")
    else:
        print(mermaid(), end="")
