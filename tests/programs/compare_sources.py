"""Compares the files that kgen says a target builds with the build.ninja of a configured QEMU.

    python tests/programs/compare_sources.py TREE BUILD...

TREE: a QEMU checkout; BUILD: folders in which its configure ran. Of each target the symbols are
those of the build's own `T-config-devices.mak`. What a file's condition says of the host is not
known here, so a file counts as wrong if it is surely built and not in build.ninja, or in
build.ninja and surely not built. Ends with 1 if a file is wrong.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from kgen.code.conditions import Truth, text
from kgen.code.meson.reading import read_sources
from kgen.code.sources import setting
from kgen.files.tree import open_tree
from kgen.model import expr
from kgen.targets.checkout import settings

_EDGE = re.compile(r"build (.+?): \S+ (.*)")


def built(ninja: str, tree: Path, build: Path) -> dict[str, set[str]]:
    """For each emulator in build.ninja the source files of all objects that are linked whole."""
    edges = {}
    arguments = {}
    output = ""
    for line in ninja.replace("$\n", "").splitlines():
        edge = _EDGE.match(line)
        if edge is not None:
            output = edge[1].split(" | ")[0].split()[0]
            edges[output] = edge[2].split(" || ")[0].split(" | ")[0].split()
        elif line.startswith(" LINK_ARGS = "):
            arguments[output] = line
    found = {}
    for name in edges:
        if re.fullmatch(r"qemu-system-\w+", name):
            objects = list(edges[name])
            for whole in re.findall(r"--whole-archive (.*?)-Wl,--no-whole", arguments[name]):
                objects += [one for library in whole.split() for one in edges.get(library, ())]
            sources = {
                _source(edges[one][0], tree, build)
                for one in objects
                if one.endswith(".o") and one in edges
            }
            found[name.removeprefix("qemu-system-")] = sources - {""}
    return found


def _source(name: str, tree: Path, build: Path) -> str:
    """A source file from the tree's root; "" for one that the build makes."""
    try:
        return str((build / name).resolve().relative_to(tree.resolve()))
    except ValueError:
        return ""


def compare(tree: Path, build: Path) -> int:
    """Print what differs for each target of a build; return the number of wrong files."""
    opened = open_tree(str(tree))
    known = settings(opened)
    sources = read_sources(opened, known.values())
    files = [one for one in sources.files if not one.generated]
    real = built((build / "build.ninja").read_text(), tree, build)
    wrong = 0
    for short, linked in sorted(real.items()):
        name = f"{short}-softmmu"
        mak = build / f"{name}-config-devices.mak"
        header = (build / f"{name}-config-target.h").read_text()
        symbols = set(re.findall(r"^CONFIG_(\w+)=y", mak.read_text(), re.M))
        symbols |= set(re.findall(r"^#define CONFIG_(\w+) 1?$", header, re.M))
        values = {}
        for one in files:
            for atom in expr.names((*one.condition, *one.archive)):
                if atom.startswith(("target:", "arch:")):
                    values[atom] = (int(setting(known[name], atom)),) * 2
                elif ":" not in atom:
                    values[atom] = (int(atom in symbols),) * 2
        truth = Truth(values, 1)
        surely = {one.path for one in files if truth.of(one.condition)[0]}
        possibly = {one.path for one in files if truth.of(one.condition)[1]}
        texts = {one.path: text(one.condition) for one in files}
        for path in sorted(surely - linked):
            print(f"{name}: {path} is not linked, but kgen says {texts[path]}")
        for path in sorted(linked - possibly):
            print(f"{name}: {path} is linked, but kgen says {texts.get(path, 'nothing of it')}")
        wrong += len(surely - linked) + len(linked - possibly)
        print(f"{name}: {len(linked)} linked, {len(surely)} surely, {len(possibly)} possibly")
    return wrong


def main() -> int:
    """Compare each build of the command line."""
    tree = Path(sys.argv[1])
    wrong = sum(compare(tree, Path(build)) for build in sys.argv[2:])
    print(f"{wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
