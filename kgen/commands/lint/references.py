"""The files of a tree that may refer to its symbols, besides the sourced Kconfig files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from kgen.files.tree import Tree, text_of, walk
from kgen.model.record import Record
from kgen.project.load import Project

_CODE = (".c", ".h", ".inc", ".S", ".rs", ".hx", ".m", ".cc", ".json", ".toml", ".py", ".sh", ".pl")


_USED = re.compile(r"CONFIG_(\w+)")

C_FILES = (".c", ".h", ".inc", ".m", ".cc")

# Directives without their `#`, which `_directives` looks for: so they begin with a letter, and are
# found quickly. The first is how a C file includes the header with the symbols of its target.
_DEVICES = re.compile(r"include[ \t]+(CONFIG_DEVICES)\b")
_INCLUDED = re.compile(r"include[ \t]+[\"<]([^\">\n]+)[\">]")
_DEFINED = re.compile(r"define[ \t]+CONFIG_(\w+)")

# Characters before them in which the `#` has to be, so that a long line is read once.
_NEAR = 80


class References(Record):
    """Texts by path, relative to the tree's root and with `/`.

    kconfig: all files with the name of a Kconfig file, and all that the tree sources. maks: the
    devices files. targets: the targets' own files. meson: the meson.build files. configure:
    the text of the tree's configure script, "" if there is none. built: the symbols that the
    tree's sources map names. code: paths of source files that may name symbols, not read yet.
    """

    kconfig: dict[str, str]
    maks: dict[str, str]
    targets: dict[str, str]
    meson: dict[str, str]
    configure: str
    built: frozenset[str]
    code: tuple[str, ...]

    @property
    def has_c(self) -> bool:
        """Whether the tree has C files."""
        return any(path.endswith(".c") for path in self.code)


def survey(project: Project) -> References:
    """Find and read the files of a project's tree, without those that cannot be read as text."""
    tree = project.tree
    configure = text_of(tree, os.path.join(tree.root, "configure"))
    found = References({}, {}, {}, {}, configure or "", _built(project), ())
    code: list[str] = []
    root = os.path.join(tree.root, "")
    for path in walk(tree):
        name = os.path.basename(path)
        shown = path.removeprefix(root).replace(os.sep, "/")
        if name == "Kconfig" or name.startswith("Kconfig."):
            _put(tree, found.kconfig, path, shown)
        elif name == "meson.build":
            _put(tree, found.meson, path, shown)
        elif name.endswith(".mak"):
            folders = shown.split("/")
            if "targets" in folders:
                _put(tree, found.targets, path, shown)
            elif "devices" in folders:
                _put(tree, found.maks, path, shown)
        elif name.endswith(_CODE):
            code.append(path)
    _sourced(project, found)
    return found._replace(code=tuple(code))


def _built(project: Project) -> frozenset[str]:
    if project.sources is None:
        return frozenset()
    from kgen.targets.sources_map import read_sources  # it needs msgspec

    declared = project.model.declared()
    rules = read_sources(project.sources, project.sources, declared)
    return frozenset(name for rule in rules for name in rule.when)


def _sourced(project: Project, found: References) -> None:
    """Add the files that were read under another name or from outside the tree."""
    root = project.tree.root + os.sep
    kconfigs = [path for path in project.model.files if path.startswith(root)]
    maks = [path for outcome in project.outcomes for path in outcome.target.files]
    for path, into in [*((p, found.kconfig) for p in kconfigs), *((p, found.maks) for p in maks)]:
        inside = path.startswith(root)
        shown = path[len(root) :].replace(os.sep, "/") if inside else path
        if shown not in into and shown not in found.targets and path.endswith(".mak") | inside:
            _put(project.tree, into, path, shown)


def named_in_code(project: Project, references: References, names: Iterable[str]) -> set[str]:
    """The symbols among these that a source file names as CONFIG_X.

    Reads one source file after another until every name was seen.
    """
    wanted = set(names)
    seen: set[str] = set()
    for path in references.code:
        if not wanted - seen:
            break
        text = text_of(project.tree, path)
        if text is not None and "CONFIG_" in text:
            seen |= wanted.intersection(_USED.findall(text))
    return seen


class DeviceCode(Record):
    """The C files that know the symbols of a target, by path: they include CONFIG_DEVICES,
    directly or through a header. defined: the names CONFIG_X that any C file defines."""

    texts: dict[str, str]
    defined: frozenset[str]


def device_code(project: Project, references: References) -> DeviceCode:
    """Read the C files of a project's tree."""
    texts: dict[str, str] = {}
    including: dict[str, list[str]] = {}  # for each name in #include, the files
    defined: set[str] = set()
    waiting = []
    root = os.path.join(project.tree.root, "")
    for path in references.code:
        text = text_of(project.tree, path) if path.endswith(C_FILES) else None
        if text is None or "CONFIG_" not in text:
            continue
        shown = path.removeprefix(root).replace(os.sep, "/")
        texts[shown] = text
        defined.update(_directives(text, _DEFINED))
        for name in _directives(text, _INCLUDED):
            including.setdefault(name, []).append(shown)
        if any(_directives(text, _DEVICES)):
            waiting.append(shown)
    found: dict[str, str] = {}
    while waiting:
        shown = waiting.pop()
        if shown in found:
            continue
        found[shown] = texts[shown]
        parts = shown.split("/")
        for first in range(len(parts)):  # it is included by some of the last parts of its path
            waiting += including.pop("/".join(parts[first:]), ())
    return DeviceCode(found, frozenset(defined))


def _directives(text: str, pattern: re.Pattern[str]) -> Iterator[str]:
    """What directives of a C file name; pattern: the directive after `#`."""
    for match in pattern.finditer(text):
        at = match.start()
        before = text[max(at - _NEAR, 0) : at].rpartition("\n")
        if before[2].strip() == "#" and (before[1] or at <= _NEAR):
            yield match[1]


def _put(tree: Tree, into: dict[str, str], path: str, shown: str) -> None:
    text = text_of(tree, path)
    if text is not None:
        into[shown] = text
