"""What was read of a tree's code, as data that the cache keeps for the next time.

One file for a tree and a kind, in the user's cache folder. It is not used after kgen's own code has
changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from kgen import __version__
from kgen.code.inputs import Inputs
from kgen.code.processes import aside
from kgen.code.registered import ClassFacts, QomType, Registered, Unread
from kgen.code.sources import Built, Sources
from kgen.files.cache import cache_path, keep, kept, modules_digest
from kgen.files.read import NotText
from kgen.files.tree import Tree


def read_kept(tree: Tree, kind: str) -> Any:
    """What `write_kept` was given for this tree; None if there is nothing that can be used."""
    path = cache_path(_key(tree), kind)
    if path is None:
        return None
    try:
        return json.loads(kept(path, _head(tree)))
    except (OSError, NotText, ValueError, RecursionError):
        return None


def write_kept(tree: Tree, kind: str, data: Any) -> None:
    """Keep data that JSON can write; failures are ignored."""
    path = cache_path(_key(tree), kind)
    if path is not None:
        keep(path, _head(tree), json.dumps(data, separators=(",", ":")))


def _key(tree: Tree) -> str:
    return f"{tree.shown if not tree.on_disk else ''}\0{tree.root}"


def _head(tree: Tree) -> str:
    return f"kgen code 2 {__version__} {modules_digest('code')} {_key(tree)!r}"


def plain_registered(found: Registered) -> list[Any]:
    """As lists, which JSON and marshal can write."""
    types = [
        [
            one.name,
            one.parent,
            one.abstract,
            list(one.interfaces),
            [list(fact) if isinstance(fact, tuple) else fact for fact in one.facts],
            one.line,
            list(one.condition),
            one.class_init,
            one.instance_init,
        ]
        for one in found.types
    ]
    return [types, [list(one) for one in found.unread], list(found.others)]


def registered(plain: list[Any]) -> Registered:
    """What `plain_registered` was given."""
    types, unread, others = plain
    made = []
    for name, parent, abstract, interfaces, facts, line, condition, *functions in types:
        creatable, bus, categories, description, alias, default = facts
        said = ClassFacts(creatable, bus, tuple(categories), description, alias, default)
        made.append(
            QomType(
                name, parent, abstract, tuple(interfaces), said, line, tuple(condition), *functions
            )
        )
    return Registered(tuple(made), tuple(Unread(*one) for one in unread), tuple(others))


def plain_sources(sources: Sources) -> list[Any]:
    """As lists, which JSON and marshal can write, but for the problems."""
    conditions = (sources.facts, sources.macros, sources.passed)
    files = [list(one) for one in sources.files]
    return [files, sources.options, list(sources.read), sources.modules, *conditions]


def kept_sources(plain: list[Any]) -> Sources:
    """What `plain_sources` was given, without problems."""
    files, options, read, modules, *conditions = plain
    made = tuple(
        Built(path, tuple(condition), tuple(archive), generated, meson, line)
        for path, condition, archive, generated, meson, line in files
    )
    facts, macros, passed = (
        {name: tuple(condition) for name, condition in one.items()} for one in conditions
    )
    return Sources(made, facts, options, macros, passed, tuple(read), (), modules)


def tree_sources(
    tree: Tree, targets: Mapping[str, Mapping[str, str]], mesons: Sequence[str]
) -> Sources:
    """`read_sources` of a tree; nothing is read again if no meson.build has changed.

    targets: for each target what its file in configs/targets sets.
    """
    asked = [targets, list(mesons)]
    return _same_sources(tree, asked) or _entered(tree, asked, _read(tree, targets, mesons))


@contextmanager
def tree_sources_aside(
    tree: Tree, targets: Mapping[str, Mapping[str, str]], mesons: Sequence[str]
) -> Iterator[Callable[[], Sources]]:
    """`tree_sources`, in a process of its own while this one goes on in the `with` block.

    Gives a function that waits for them, to be called once.
    """
    asked = [targets, list(mesons)]
    same = _same_sources(tree, asked)
    if same is not None:
        yield lambda: same
        return
    with aside(lambda: _read(tree, targets, mesons)) as read:
        yield lambda: _entered(tree, asked, read())


def _same_sources(tree: Tree, asked: list[Any]) -> Sources | None:
    """What is kept, if all that was read is the same."""
    data = read_kept(tree, "sources")
    if data is None or data[0] != asked:
        return None
    known = {path: (stamp, found) for path, (stamp, found) in data[1].items()}
    digests = {path: found for path, (_, found) in known.items()}
    return kept_sources(data[3]) if Inputs(tree, known).are_same(digests, data[2]) else None


def _read(
    tree: Tree, targets: Mapping[str, Mapping[str, str]], mesons: Sequence[str]
) -> tuple[Any, ...]:
    """The files and folders that were read, and what they say, as lists; and the problems.

    If there are problems, marshal does not take them: then all is read where it is asked for.
    """
    from kgen.code.meson.reading import read_sources  # nothing of it is needed for what is kept

    inputs = Inputs(tree)
    sources = read_sources(tree, targets.values(), mesons, inputs)
    return inputs.files, inputs.folders, plain_sources(sources), sources.problems


def _entered(tree: Tree, asked: list[Any], read: tuple[Any, ...]) -> Sources:
    """What `_read` gave, which is kept if it has no problems."""
    *data, problems = read
    if not problems:
        write_kept(tree, "sources", [asked, *data])
    return kept_sources(data[2])._replace(problems=problems)
