"""Which dialect of Kconfig a tree is: QEMU's, or the standard one."""

from __future__ import annotations

import os

from kgen.files.read import is_folder
from kgen.model.problems import KgenError
from kgen.project.options import Options
from kgen.targets.checkout import CONFIGS


def is_standard(options: Options) -> bool:
    """Whether the tree of the options is standard Kconfig.

    Without `--dialect`: a tree with `--configs`, and a folder that has defconfigs in the usual
    places and none of QEMU's targets. Asking costs next to nothing for a QEMU checkout.
    """
    if options.dialect != "auto" or options.configs:
        return options.dialect != "qemu"
    if options.tree is None or options.targets is not None:
        return False
    if not is_folder(options.tree):
        return "@" in options.tree and _is_standard_revision(options.tree)
    if any(is_folder(os.path.join(options.tree, name, "targets")) for name in CONFIGS):
        return False
    from kgen.files.tree import open_tree
    from kgen.standard.targets import has_usual

    return has_usual(open_tree(options.tree, options.allow_outside))


def _is_standard_revision(spec: str) -> bool:
    """The same for DIR@REV. One that cannot be read is an error where it is read."""
    from kgen.files.tree import open_tree
    from kgen.standard.targets import has_usual

    try:
        tree = open_tree(spec)
    except KgenError:
        return False
    if any(tree.names(os.path.join(tree.root, name, "targets")) for name in CONFIGS):
        return False
    return has_usual(tree)
