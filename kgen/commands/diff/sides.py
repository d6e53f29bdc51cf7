"""Opens OLD or NEW of the command line: a tree, a git revision, or a snapshot."""

from __future__ import annotations

import os
from collections.abc import Sequence

from kgen.commands.loading import load, read_code
from kgen.files.read import read_input
from kgen.files.tree import version_of
from kgen.model.problems import fail
from kgen.project.choose import UnknownTarget, choose
from kgen.project.load import known_targets
from kgen.project.options import Options
from kgen.project.side import Side, of_project


def open_side(options: Options, said: set[str], names: bool) -> tuple[Side, set[str]]:
    """The side whose tree or snapshot is `options.tree`, and the patterns of `options.only` that
    match none of its targets. Raises KgenError.

    For a snapshot, `options.only` is the only option that applies. said: the warnings that were
    printed before. names: with its devices and machines.
    """
    spec = options.tree
    missing: set[str] = set()

    def wanted(known: Sequence[str]) -> list[str]:
        found: set[str] = set()
        for pattern in options.only:
            try:
                found.update(choose(known, (pattern,)))
            except UnknownTarget:
                missing.add(pattern)
        return sorted(found) if options.only else sorted(known)

    if spec is not None and is_file(spec):
        text = read_input(spec, spec)
        from kgen.commands.snapshot import snapshot  # msgspec is slow to import

        if not snapshot.is_snapshot(text):
            raise fail(
                f"{spec} is not a snapshot", hint="`kgen snapshot -o FILE` writes one", code="KG721"
            )
        side = snapshot.read(text, spec, wanted)
        if names and side.things is None:
            raise fail(
                f"{spec} is a snapshot without devices and machines",
                hint="write it with `kgen snapshot --names`, or remove --names",
                code="KG722",
            )
        return side if names else side._replace(things=None), missing
    try:
        return _of_tree(options, said, names), missing
    except UnknownTarget:
        chosen = wanted(known_targets(options))
    if not chosen:
        things = () if names else None
        return Side(_shown_side(options), "", options.mode, (), things), missing
    return _of_tree(options._replace(only=tuple(chosen)), said, names), missing


def is_file(spec: str) -> bool:
    """Whether OLD or NEW is a file, which must then be a snapshot."""
    return os.path.isfile(spec)


def _of_tree(options: Options, said: set[str], names: bool) -> Side:
    loaded = load(options, said=said)
    side = of_project(loaded, version_of(loaded.tree))._replace(name=_shown_side(options))
    if not names:
        return side
    from kgen.project.code.things import things  # reading C is slow

    return side._replace(things=things(read_code(loaded, said)))


def _shown_side(options: Options) -> str:
    return "the embedded tree" if options.tree is None else options.tree
