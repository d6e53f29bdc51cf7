"""Write fixtures/history/symbols.txt anew: which QEMU releases declare which symbols.

    python tests/programs/history.py REPOSITORY VERSION=REVISION...

REPOSITORY is a clone of QEMU, a revision is what holds that release's files. Versions are given
from the oldest on.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from kgen.files.tree import open_tree  # noqa: E402
from kgen.kconfig import kconfiglib_adapter  # noqa: E402

HEAD = """\
# The symbols that QEMU's releases declare: the first and the last of the releases below that
# does. Written by tests/programs/history.py.
"""


def main(repository: str, *releases: str) -> None:
    """Write the table."""
    span: dict[str, tuple[str, str]] = {}
    versions = []
    for release in releases:
        version, _, revision = release.partition("=")
        versions.append(version)
        tree = open_tree(f"{repository}@{revision}")
        top = os.path.join(tree.root, "Kconfig")
        model = kconfiglib_adapter.load([top], root=tree.root, merge=lambda: True, read=tree.read)
        for entry in model.entries:
            span[entry.symbol] = (span.get(entry.symbol, (version, ""))[0], version)
    lines = [f"releases {' '.join(versions)}\n"]
    lines += [f"{name} {first} {last}\n" for name, (first, last) in sorted(span.items())]
    (ROOT / "fixtures" / "history" / "symbols.txt").write_text(HEAD + "".join(lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
