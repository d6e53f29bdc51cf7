"""What all C files and headers of a tree define and use: read once, and kept for the next time.

A C file is read again if its text has changed, all files if a header has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from kgen.code.c.headers import Headers
from kgen.code.code_cache import read_kept, write_kept
from kgen.code.inputs import Inputs
from kgen.code.registry import Files, architectures, header_paths, read_each, silent
from kgen.code.uses.facts import Facts, from_plain, plain
from kgen.code.uses.guards import Either
from kgen.code.uses.reader import Reader
from kgen.files.tree import Tree
from kgen.model.record import Record

_KIND = "uses"


class Uses(Record):
    """The facts of each C file, by path. inlines: for the name of each function that headers
    define its facts, each with the path of the header."""

    files: dict[str, Facts]
    inlines: dict[str, list[tuple[str, Facts]]]


def read_uses(tree: Tree, paths: Iterable[str], progress: Callable[[int], Any] = silent) -> Uses:
    """What these C files of a tree define and use, and the headers beside them and in `include`.

    progress: a context that gives the function to call after each file, from the number of files.
    """
    paths = sorted(set(paths))
    # Of files, of folders, of what is no C file; and what was read of each file.
    kept = read_kept(tree, _KIND) or [{}, {}, {}, {}]
    before = {path: (stamp, digest) for path, (stamp, digest) in kept[0].items()}
    inputs = Inputs(tree, before)
    files = Files(inputs)
    rows: dict[str, Any] = kept[3] if inputs.are_same(kept[2], kept[1]) else {}
    headers = sorted(header_paths(inputs, paths))
    missing = [path for path in headers if path not in rows]
    waiting = [
        path
        for path in paths
        if path not in rows or inputs.digest(path) != before.get(path, ("", "?"))[1]
    ]
    if waiting or missing:
        shared = Headers(files.text, architectures(inputs))
        with progress(len(waiting) + len(missing)) as step:
            first = Reader(shared, files.text, {})
            rows |= read_each(files, lambda path: _of_header(first, files, path), missing, step)
            reader = Reader(shared, files.text, _constants(rows[path][1] for path in headers))
            waiting.sort(key=lambda path: (-len(files.text(path) or ""), path))
            rows |= read_each(files, lambda path: plain(reader.facts(path)), waiting, step)
        every = {path: one for path, one in before.items() if path in rows} | inputs.files
        others = {path: digest for path, (_, digest) in every.items() if not path.endswith(".c")}
        write_kept(tree, _KIND, [every, kept[1] | inputs.folders, others, rows])
    inlines: dict[str, list[tuple[str, Facts]]] = {}
    for path in headers:
        for one in map(from_plain, rows[path][0]):
            inlines.setdefault(one.bodies[0].name, []).append((path, one))
    return Uses({path: from_plain(rows[path]) for path in paths}, inlines)


def _of_header(reader: Reader, files: Files, path: str) -> list[Any]:
    """The facts of each function of a header, and its constant functions."""
    if "inline" not in (files.text(path) or ""):
        return [[], {}]
    every, constants = reader.inlines(path)
    values = {name: [list(part) for part in value] for name, value in constants.items()}
    return [[plain(one) for one in every if one.bodies[0].own], values]


def _constants(every: Iterable[dict[str, list[list[str]]]]) -> dict[str, Either]:
    """The functions of headers that only return a constant; of several headers those of the first
    count only if no other one says something else."""
    found: dict[str, Either] = {}
    for one in every:
        for name, (true, false) in one.items():
            value = tuple(true), tuple(false)
            if found.setdefault(name, value) != value:
                found[name] = ("const:y",), ("const:y",)
    return found
