"""Which dialect of Kconfig a tree is: QEMU's, or the standard one."""

from __future__ import annotations

import os

from kgen.files.read import is_folder
from kgen.project.options import Options
from kgen.targets.checkout import CONFIGS


def is_standard(options: Options) -> bool:
    """Whether the tree of the options is standard Kconfig.

    Without `--dialect`: a tree with `--configs`, and a folder that has defconfigs in the usual
    places and none of QEMU's targets. Asking costs next to nothing for a QEMU checkout.
    """
    if options.dialect != "auto" or options.configs:
        return options.dialect != "qemu"
    if options.tree is None or options.targets is not None or not is_folder(options.tree):
        return False
    if any(is_folder(os.path.join(options.tree, name, "targets")) for name in CONFIGS):
        return False
    from kgen.files.tree import open_tree
    from kgen.standard.targets import has_usual

    return has_usual(open_tree(options.tree, options.allow_outside))
