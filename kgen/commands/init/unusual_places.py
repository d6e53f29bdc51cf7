"""Searches a tree for what `kgen init` has to know: its first Kconfig file, its defconfigs, and the
values of variables that are folders of the tree.

The usual places are asked first (`standard/targets.py`); this is for trees that have others. All
files of the tree are looked at by their names, which takes longer than other commands may.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from kgen.files.tree import Tree, matches, relative, text_of, walk

# Names of Kconfig files, of which the first one has a title for the main menu.
_TOPS = re.compile(r"kconfig|config\.(in|uk)", re.IGNORECASE)
_TITLE = re.compile(rb"^\s*mainmenu\b", re.MULTILINE)
# Folders whose Kconfig files and defconfigs are not those of the tree: of Kconfig's own tests.
_ASIDE = frozenset({"scripts", "kconfig", "Kconfiglib", "Documentation", "docs", "doc"})
# The styles of defconfigs: names of files with the glob for them; a tree has those of the first
# style that it has any of.
_STYLES = (
    (re.compile(r".+_defconfig"), "*_defconfig"),
    (re.compile(r"defconfig"), "defconfig"),
    (re.compile(r"[^.].*\.config"), "*.config"),
)
# More globs say nothing to a reader.
_MOST_GLOBS = 12
# A variable before a path: $(NAME)/lib/Kconfig, $NAME/lib/Kconfig, ${NAME}/scripts/version.sh.
_BEFORE_PATH = re.compile(r"\$[({]?(\w+)[)}]?/([\w.][\w./*-]*)", re.ASCII)
_VARIABLE = re.compile(r"\$\((\w+)\)", re.ASCII)
_WITH_VARIABLE = re.compile(
    r"""^\s*source\s+["']?([\w./-]*\$\(\w+\)[\w./-]*)""", re.ASCII | re.MULTILINE
)
# A file beside the one that reads it.
_BESIDE = re.compile(r"""^\s*o?rsource\s+["']?\$[({]?(\w+)""", re.ASCII | re.MULTILINE)


def first_file(tree: Tree) -> str | None:
    """The Kconfig file with a title for the main menu that is the least deep in the tree."""
    return next(iter(_titled(tree, _files(tree))), None)


def _titled(tree: Tree, paths: Iterable[str]) -> list[str]:
    """The Kconfig files with a title for the main menu, the least deep one first."""
    named = (path for path in paths if _TOPS.fullmatch(path.rpartition("/")[2]))
    inward = sorted(named, key=lambda path: (path.count("/"), path))
    return [path for path in inward if _TITLE.search(_data(tree, path))]


def _data(tree: Tree, path: str) -> bytes:
    try:
        return tree.data(os.path.join(tree.root, path))
    except OSError:
        return b""


def defconfig_globs(tree: Tree, top: str) -> tuple[str, ...]:
    """Globs of what looks like defconfigs; () if there is nothing. Of those in a folder with a
    first Kconfig file of its own, which is another project, there are none."""
    paths = list(_files(tree))
    others = tuple(
        f"{os.path.dirname(path)}/"
        for path in _titled(tree, paths)
        if path != top and os.path.dirname(path)
    )
    for name, glob in _STYLES:
        groups: dict[tuple[str, int], list[list[str]]] = {}
        for path in paths:
            *folders, file = path.split("/")
            if folders and name.fullmatch(file) and not path.startswith(others):
                groups.setdefault((folders[0], len(folders)), []).append([*folders, file])
        own = [key for key in sorted(groups) if not key[0].startswith("test")]
        globs = tuple(_glob(groups[key], glob) for key in own or sorted(groups))
        if globs:
            return globs[:_MOST_GLOBS]
    return ()


def _glob(paths: Sequence[Sequence[str]], name: str) -> str:
    """A glob for files of the same depth; the folder of an architecture gives variables."""
    folders = [same[0] if len({*same}) == 1 else "*" for same in zip(*paths, strict=True)]
    files = {path[-1] for path in paths}
    folders[-1] = files.pop() if len(files) == 1 and len(paths) > 1 else name
    for at, folder in enumerate(folders[1:-1]):
        if folder == "arch":
            folders[at + 2] = "{ARCH,SRCARCH}"
    return "/".join(folders)


def _files(tree: Tree) -> Iterable[str]:
    """All files that count, relative to the tree."""
    for path in walk(tree):
        inner = relative(path, tree.root)
        if not _ASIDE.intersection(inner.split("/")[:-1]):
            yield inner


def folders_of_tree(
    tree: Tree, texts: Iterable[str], names: Collection[str], top: str
) -> dict[str, str]:
    """Of variables without a value, those that stand before the path of a file of the tree, with
    the tree's folder; where a file beside the one that reads it is named, as a whole path."""
    texts = list(texts)
    found = {
        name
        for name, path in _before_paths(texts, names)
        if os.path.normpath(path) != top and matches(tree, path)[0]
    }
    beside = {name for text in texts for name in _BESIDE.findall(text)}
    return {name: "{tree}" if name in beside else "." for name in sorted(found)}


def read_elsewhere(
    tree: Tree, texts: Iterable[str], environments: Iterable[Mapping[str, str]]
) -> set[str]:
    """The variables that are read in the files of other targets: those whose path has a variable
    of the target, like `arch/$(SRCARCH)/Kconfig`."""
    paths = {path for text in texts for path in _WITH_VARIABLE.findall(text)}
    files = {_expanded(path, values) for values in environments for path in paths}
    return {
        name
        for file in sorted(files)
        for name in _VARIABLE.findall(text_of(tree, os.path.normpath(file)) or "")
    }


def _expanded(path: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda name: values.get(name[1], ""), path)


def of_paths(
    tree: Tree, texts: Iterable[str], names: Collection[str], globs: Sequence[str]
) -> tuple[str, ...]:
    """The globs, with the names of variables before a file that is in an outer folder of each
    defconfig: what `$(BOARD_DIR)/Kconfig` reads in `{BOARD_DIR:boards/*}/configs/defconfig`."""
    for name, path in dict.fromkeys(_before_paths(texts, names)):
        globs = [_with_variable(tree, name, path, glob) for glob in globs]
    return tuple(globs)


def _with_variable(tree: Tree, name: str, path: str, glob: str) -> str:
    parts = glob.split("/")
    if "{" in glob:
        return glob
    for size in range(len(parts) - 1, 0, -1):
        outer = "/".join(parts[:size])
        if matches(tree, f"{outer}/{path}")[0]:
            return "/".join((f"{{{name}:{outer}}}", *parts[size:]))
    return glob


def _before_paths(texts: Iterable[str], names: Collection[str]) -> list[tuple[str, str]]:
    found = (found for text in texts for found in _BEFORE_PATH.findall(text))
    return [(name, path) for name, path in found if name in names]
