"""All files of a tree that are its project's own."""

from __future__ import annotations

import os
from collections.abc import Iterator

from kgen.files.tree import Tree

# Folders without this project's own text: build outputs and third-party code.
_SKIPPED = frozenset({"subprojects", "roms", "pc-bios", "node_modules", "__pycache__", "venv"})


_BUILT = frozenset({"build.ninja", "meson-info", "config.status", "pyvenv.cfg"})


def walk(tree: Tree) -> Iterator[str]:
    """The absolute path of every file, without folders of builds and other repositories."""
    stack = [tree.root]
    while stack:
        folder = stack.pop()
        names = tree.names(folder)
        # `.git` below the top marks the work tree of another repository.
        if folder != tree.root and (_BUILT.intersection(names) or ".git" in names):
            continue
        for name in names:
            path = os.path.join(folder, name)
            if tree.is_file(path):
                yield path
            elif not name.startswith(".") and name not in _SKIPPED and not os.path.islink(path):
                stack.append(path)
