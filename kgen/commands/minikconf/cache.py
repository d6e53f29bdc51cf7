"""A cache of loaded trees, as plain text in the user's cache folder.

A cached tree contains the text of every file it was made from. It is used only if each of those
files still has the same text, so it cannot be stale: reading a hundred files takes a tenth of the
time of parsing them. `kgen.files.cache` says which cache files are not used. Nothing in one is
executed, and its line numbers and symbols are checked when it is read.
"""

from __future__ import annotations

import os

from kgen import __version__
from kgen.files.cache import cache_path, keep, kept
from kgen.files.read import NotText, read_text
from kgen.model.clauses import Assignment, Clause, Entry, Model, letter, model_of
from kgen.model.expr import is_name, names, well_formed
from kgen.model.places import File, Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from kgen.model.clauses import Kind
    from kgen.model.expr import Expr

# The format and the version of kgen; caches of other versions are ignored.
_HEAD = f"kgen tree 1 {__version__}"


_KINDS: dict[str, Kind] = {
    "depends": "depends",
    "select": "select",
    "imply": "imply",
    "default": "default",
}


class _Unusable(Exception):
    """The cache file is not valid."""


def load_tree(top: str, load: Callable[[Callable[[str], str]], Model]) -> Model:
    """The model of the tree below a Kconfig file, from the cache or else from `load`.

    load: called with the function that it must read files with. Its exceptions are passed on, and
    nothing is cached then. A cache that cannot be read or written is not an error.
    """
    top = os.path.abspath(top)
    path = cache_path(top, "tree")
    if path is None:
        return load(read_text)
    model = _kept(path, top)
    if model is not None:
        return model
    texts: dict[str, str] = {}
    odd = False

    def read(name: str) -> str:
        nonlocal odd
        short = os.path.abspath(name)
        # With `..` after a symbolic link, a path can name another file than its normalized form,
        # which is what the next run would compare.
        odd = odd or (short != name and os.path.realpath(short) != os.path.realpath(name))
        texts[short] = text = read_text(name)
        return text

    model = load(read)
    if not odd:
        _keep(path, top, texts, model)
    return model


def _kept(path: str, top: str) -> Model | None:
    """The cached model, if it is valid and all its files are unchanged; else None."""
    try:
        name, counts, body = kept(path, _HEAD).split("\n", 2)
        return _model([int(count) for count in counts.split()], body) if name == top else None
    except (OSError, NotText, ValueError, IndexError, KeyError, _Unusable):
        return None


def _model(counts: list[int], body: str) -> Model | None:
    """The model in the body of a cache file; None if an input file has changed."""
    sources, files, entries, clauses, assignments, mentioned = counts
    if min(counts) < 0:
        raise _Unusable
    rest, marker, texts = body.partition("\n\f\n")
    lines = rest.split("\n")
    if len(lines) != sources + files + entries + clauses + assignments + 1 or not marker:
        raise _Unusable
    cut = iter(lines)
    paths = []
    read: dict[str, str] = {}
    at = 0
    for _ in range(sources):
        size, path = next(cut).split("\t")
        paths.append(path)
        end = at + int(size)
        read[path] = text = read_text(path)
        if end < at or text != texts[at:end]:
            return None
        at = end
    known: list[File] = []
    for _ in range(files):
        path, *chain = next(cut).split("\t")
        steps = zip(chain[::2], map(int, chain[1::2]), strict=True)
        known.append(File(path, tuple(steps), text=read.get(path, "")))
    made_entries = []
    for _ in range(entries):
        symbol, file, line = next(cut).split("\t")
        made_entries.append(Entry(symbol, Place(known[int(file)], int(line))))
    named = set(lines[-1].split("\t"))
    if not all(map(is_name, named)) or not named.issuperset(item.symbol for item in made_entries):
        raise _Unusable
    conditions: dict[str, Expr | None] = {"": None}
    made_clauses = []
    for _ in range(clauses):
        kind, symbol, target, value, condition, file, line = next(cut).split("\t")
        if condition not in conditions:
            conditions[condition] = _condition(condition, named)
        if symbol not in named or target not in named:
            raise _Unusable
        made_clauses.append(
            Clause(
                _KINDS[kind],
                symbol,
                target,
                value == "y",
                conditions[condition],
                Place(known[int(file)], int(line)),
            )
        )
    made_assignments = []
    for _ in range(assignments):
        symbol, value, after, file, line = next(cut).split("\t")
        if symbol not in named:
            raise _Unusable
        place = Place(known[int(file)], int(line))
        made_assignments.append(Assignment(symbol, value == "y", place, after=int(after)))
    mentions = next(cut).split("\t") if mentioned else []
    if len(mentions) != mentioned:
        raise _Unusable
    return model_of(
        tuple(made_entries),
        tuple(made_clauses),
        tuple(made_assignments),
        tuple(mentions),
        tuple(paths),
    )


def _condition(written: str, named: set[str]) -> Expr:
    """Parse a condition in postfix order; raises _Unusable if it or a name in it is invalid."""
    expr = tuple(written.split(" "))
    if not well_formed(expr) or not named.issuperset(names(expr)):
        raise _Unusable
    return expr


def _keep(path: str, top: str, texts: dict[str, str], model: Model) -> None:
    """Write a model to the cache; failures are ignored."""
    known: dict[File, int] = {}

    def at(place: Place | None) -> str:
        assert place is not None  # everything in a tree has a place
        return f"{known.setdefault(place.file, len(known))}\t{place.line}"

    entries = [f"{entry.symbol}\t{at(entry.place)}" for entry in model.entries]
    clauses = [
        "\t".join(
            (
                item.kind,
                item.symbol,
                item.target,
                letter(item.value),
                " ".join(item.condition or ()),
                at(item.place),
            )
        )
        for item in model.clauses
    ]
    assignments = [
        f"{item.symbol}\t{letter(item.value)}\t{item.after}\t{at(item.place)}"
        for item in model.assignments
    ]
    sources = [f"{len(texts[name])}\t{name}" for name in model.files]
    files = ["\t".join((file.path, *_chain(file))) for file in known]
    lines = [*sources, *files, *entries, *clauses, *assignments, "\t".join(model.mentions)]
    fields = (*model.files, *(file.path for file in known), top)
    if any(char in name for name in fields for char in "\t\n\r\f"):
        return  # the format cannot represent such names
    parts = (sources, files, entries, clauses, assignments, model.mentions)
    counts = " ".join(str(len(part)) for part in parts)
    contents = "".join(texts[name] for name in model.files)
    rest = "\n".join((top, counts, "\n".join(lines) + "\n\f\n" + contents))
    keep(path, _HEAD, rest)


def _chain(file: File) -> list[str]:
    return [part for path, line in file.includes for part in (path, str(line))]
