"""Defconfigs that several targets read, by an `#include` or a link: which of them can be minimal.

What follows from the other lines of one target may not follow from those of another one that
includes the file. So such a file is changed only if all targets that read it keep their values.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kgen.files.read import Links
from kgen.model.lanes import members
from kgen.standard.defconfigs import Defconfigs, Lines, Passage, assigned
from kgen.standard.resolver import Resolution, resolve

if TYPE_CHECKING:
    from kgen.files.read import Within
    from kgen.files.tree import Tree
    from kgen.project.standard import Part, StandardProject


class Files:
    """The files of a tree by what their paths lead to."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._links = Links()

    def real(self, path: str) -> str:
        """What a path, from the tree's root, leads to."""
        path = os.path.join(self._tree.root, path)
        return self._links.real(path) if self._tree.on_disk else path


class _Changed:
    """A tree in which some files, named by what they really are, have another text."""

    def __init__(self, tree: Tree, files: Files, texts: Mapping[str, str]) -> None:
        self.root, self.shown, self.on_disk = tree.root, tree.shown, tree.on_disk
        self.within: Within | None = tree.within
        self._tree, self._files, self._texts = tree, files, texts
        self.data, self.names = tree.data, tree.names
        self.is_file, self.stamp = tree.is_file, tree.stamp

    def read(self, path: str) -> str:
        text = self._texts.get(self._files.real(path))
        return self._tree.read(path) if text is None else text


def changed(part: Part, after: Resolution) -> dict[int, list[str]]:
    """The symbols whose values differ from those of another resolution, for each lane with some."""
    before = part.resolution
    differing: dict[int, list[str]] = {}
    for number in part.model.defined:
        if part.model.symbols[number].transitional:
            continue  # it only hands its value on to others
        lanes = (before.low[number] ^ after.low[number]) | (
            before.high[number] ^ after.high[number]
        )
        for text, where in (before.text[number] or {}).items():
            lanes |= where & ~(after.text[number] or {}).get(text, 0)
        if lanes:
            for lane in members(lanes):
                differing.setdefault(lane, []).append(part.model.symbols[number].name)
    return differing


def refused(project: StandardProject, files: Files, texts: Mapping[str, str]) -> set[str]:
    """Of files with new texts, named by what they really are, those that have to stay as they are:
    a target that reads them would get other values."""
    left = dict(texts)
    while broken := set(_broken(project, files, left)):
        for file in broken:
            del left[file]
    return texts.keys() - left.keys()


def _broken(project: StandardProject, files: Files, texts: Mapping[str, str]) -> Iterator[str]:
    for part in project.parts:
        read = {
            lane: texts.keys() & {files.real(path) for path in lines.files}
            for lane, lines in enumerate(part.lines)
        }
        if not any(read.values()):
            continue
        before = Defconfigs(project.tree, part.model.prefix)
        after = Defconfigs(_Changed(project.tree, files, texts), part.model.prefix)
        lanes = [
            _with(part, lane, before, after) if read[lane] else lines
            for lane, lines in enumerate(part.lines)
        ]
        for lane in changed(part, resolve(part.model, assigned(part.model, lanes)[0])):
            yield from read[lane]


def _with(part: Part, lane: int, before: Defconfigs, after: Defconfigs) -> Lines:
    """The lines of a target where files have other texts; those of options stay after them."""
    path = part.targets[lane].path
    options: Sequence[tuple[str, str | None]] = [
        (line.name, line.value) for line in part.lines[lane][len(before.lines(path)) :]
    ]
    return after.lines(path) + Lines((Passage("", 0, options),))
