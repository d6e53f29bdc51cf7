"""Random trees in the dialect, as Hypothesis strategies, and kgen's answer to one."""

from __future__ import annotations

import os
import posixpath
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from oracle import Result

from kgen import failures, kconfig
from kgen.errors import KgenError
from kgen.model import MODES, Assignment, Lane, Mode
from kgen.resolve import resolve

T = TypeVar("T")

# Names that could be taken for something else: numbers, keywords with a tail, a name that
# begins like an assignment, letters that are no ASCII.
NAMES = tuple(
    """A B C D VIRTIO_PCI 8139 0X_ lower y2 n_ selector sourceX on_ iffy config2 boolean
    CONFIG_Z É² dependsA imply8 Y N m""".split()
)
_OUTSIDE = frozenset("ABCDYN") | {"VIRTIO_PCI", "8139", "0X_", "CONFIG_Z"}

DEVICES = "configs/devices.mak"
_COMMON = ("common.mak", "configs/more/common.mak")
_KCONFIGS = ("Kconfig", "hw/Kconfig", "hw/net/Kconfig", "sub/lib.kconfig")


def examples(number: int) -> settings:
    """The settings of a test: this many examples, or KGEN_EXAMPLES if that is more."""
    return settings(
        max_examples=max(number, int(os.environ.get("KGEN_EXAMPLES", "0"))),
        deadline=None,  # other work on the machine is no failure
        derandomize=bool(os.environ.get("CI")),
        suppress_health_check=[HealthCheck.too_slow],
    )


@dataclass(frozen=True)
class Tree:
    """Files by relative name, what is assigned from outside, and a mode.

    Texts are written as they stand, `\\r\\n` included; a lone surrogate stands for the byte that
    is no UTF-8.
    """

    files: dict[str, str]
    externals: tuple[tuple[str, bool], ...] = ()
    mode: Mode = "defconfig"

    def write(self, folder: Path) -> list[Path]:
        """Write all files below a folder; the inputs, in the order in which they are read."""
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8", "surrogateescape"))
        return [folder / DEVICES, folder / "Kconfig"]


@contextmanager
def on_disk(tree: Tree) -> Iterator[tuple[Path, list[Path]]]:
    """The folder in which the tree stands, and its inputs."""
    with tempfile.TemporaryDirectory(prefix="kgen-") as name:
        folder = Path(name).resolve()
        yield folder, tree.write(folder)


def answer(tree: Tree, folder: Path, inputs: Sequence[Path], *, merge: bool) -> Result:
    """What kgen makes of a tree that stands in a folder. Raises KgenError."""
    model = kconfig.load([str(path) for path in inputs], root=str(folder), merge=merge)
    outside = tuple(
        Assignment(name, value, origin=f"CONFIG_{name}", external=True)
        for name, value in tree.externals
    )
    problems = kconfig.undefined(model, outside)
    if problems:
        raise KgenError(*problems)
    found = resolve(model, [Lane("only", tree.mode, outside)])
    if found.failed:
        raise KgenError(*failures.problems(found))
    result = Result(
        {symbol: bool(lanes) for symbol, lanes in found.values.items()},
        model.files,
        frozenset(found.external),
    )
    printed = "".join(f"CONFIG_{symbol}=y\n" for symbol in found.printed(0))
    assert printed == result.printed()
    assert found.all_printed() == [found.printed(0)]
    return result


# --------------------------------------------------------------------------------------------
# Expressions and statements, as tokens


def expressions(names: Sequence[str], leaves: int = 5) -> SearchStrategy[tuple[str, ...]]:
    """Infix tokens; operators are mixed without parentheses, so precedence matters."""
    name = st.sampled_from(names).map(lambda name: (name,))
    operator = st.sampled_from([("&&",), ("||",)])
    return st.recursive(
        name,
        lambda inner: st.one_of(
            st.tuples(st.just(("!",)), inner).map(_flat),
            st.tuples(inner, operator, inner).map(_flat),
            inner.map(lambda tokens: ("(", *tokens, ")")),
        ),
        max_leaves=leaves,
    )


def _flat(parts: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(token for part in parts for token in part)


Statement = tuple[str, ...]


@st.composite
def _properties(draw: DrawFn, before: Sequence[str], after: Sequence[str]) -> list[Statement]:
    """Properties that read the symbols of `before` and give a value to those of `after`."""
    found: list[Statement] = []
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["default", "depends", "select", "imply", "bool"]))
        if kind == "bool":
            found.append(("bool",))
            continue
        if kind == "default":
            words: Statement = ("default", draw(st.sampled_from("yn")))
        elif kind == "depends":
            if before:
                found.append(("depends", "on", *draw(expressions(before))))
            continue
        elif after:
            words = (kind, draw(st.sampled_from(after)))
        else:
            continue
        if before and draw(st.booleans()):
            words = (*words, "if", *draw(expressions(before)))
        found.append(words)
    return found


@st.composite
def _entries(draw: DrawFn, names: Sequence[str], acyclic: bool) -> list[list[Statement]]:
    """One entry or more for each name, in any order: each a `config` line and properties.

    acyclic: a symbol's value needs only names that stand before it in `names`.
    """
    again = draw(st.one_of(st.just([]), st.lists(st.sampled_from(names), max_size=2)))
    anything = [*names, *draw(st.lists(st.sampled_from(NAMES), max_size=1))]
    if draw(st.integers(0, 5)):
        anything = list(names)  # mostly without a name that may not be declared
    found = []
    for name in draw(st.permutations([*names, *again])):
        at = names.index(name)
        before, after = (names[:at], names[at + 1 :]) if acyclic else (anything, anything)
        found.append([("config", name), *draw(_properties(before, after))])
    return found


def _assignments(names: Sequence[str], most: int) -> SearchStrategy[list[Statement]]:
    """Mostly y: an n contradicts a `select`, and few trees would be accepted."""
    one = st.tuples(st.sampled_from(names), st.sampled_from("yyyn"))
    return st.lists(one.map(lambda pair: (f"CONFIG_{pair[0]}", "=", pair[1])), max_size=most)


# --------------------------------------------------------------------------------------------
# Layout

_GLUE = (" ", "\t", "", "\n", "  # note && y\n", "\r\n\t", " \f", "\n\n    ")
_BETWEEN = ("\n", "\n", "\n\n", " ", "\r\n", " # config A\n", "\n#\n  ")


def _wordy(char: str) -> bool:
    return char.isalnum() or char == "_"


def _glued(left: str, glue: str, right: str) -> str:
    if not glue and _wordy(left[-1]) and _wordy(right[0]):
        glue = " "
    return glue + right


@st.composite
def _laid_out(draw: DrawFn, statements: Sequence[Statement]) -> str:
    """The text of a file: each statement on a line of its own, or in whatever way is allowed."""
    plain = draw(st.booleans())
    glue = [" "] if plain else draw(st.lists(st.sampled_from(_GLUE), min_size=1, max_size=4))
    ends = ["\n"] if plain else draw(st.lists(st.sampled_from(_BETWEEN), min_size=1, max_size=3))
    text = ""
    for number, statement in enumerate(statements):
        end = ends[number % len(ends)]
        if statement[0] in ("source", "include"):
            word, path = statement
            # Nothing but blanks may stand before a path, and nothing after it on its line.
            blank = glue[number % len(glue)]
            text += word + (blank if blank.isspace() else " ") + path
            end = end if end.startswith(("\n", "\r\n")) else "\n"
        elif statement[1:2] == ("=",) and plain:
            text += "".join(statement)
        else:
            text += statement[0]
            for index, token in enumerate(statement[1:]):
                text += _glued(text, glue[index % len(glue)], token)
        text += end
    return text if draw(st.booleans()) else text.rstrip("\r\n")


# --------------------------------------------------------------------------------------------
# Trees


@st.composite
def _spelled(draw: DrawFn, source: str, target: str) -> Statement:
    """A `source` line in one file for another, with its path written in one of many ways."""
    folder = posixpath.dirname(source)
    path = posixpath.relpath(target, folder or ".")
    ways = [path, path, path, f"./{path}"]
    if folder:
        ways.append(f"../{posixpath.basename(folder)}/{path}")
    return draw(st.sampled_from(["source", "include"])), draw(st.sampled_from(ways))


@st.composite
def _with_sources(
    draw: DrawFn, names: Sequence[str], contents: Sequence[list[list[Statement]]], loops: bool
) -> list[list[list[Statement]]]:
    """The blocks of each file with `source` lines between them; all files are reached."""
    found = [list(blocks) for blocks in contents]
    numbers = range(len(names))
    edges = [(draw(st.integers(0, number - 1)), number) for number in numbers if number]
    if draw(st.booleans()):
        extra = draw(st.lists(st.tuples(*[st.sampled_from(numbers)] * 2), max_size=2))
        edges += extra if loops else [(min(pair), max(pair)) for pair in extra]
    for source, target in edges:
        at = draw(st.integers(0, len(found[source])))
        found[source].insert(at, [draw(_spelled(names[source], names[target]))])
    return found


@st.composite
def _files(
    draw: DrawFn, names: Sequence[str], blocks: Sequence[list[Statement]], loops: bool
) -> dict[str, str]:
    """Blocks of statements dealt out to files that source each other."""
    contents: list[list[list[Statement]]] = [[] for _ in names]
    for block in blocks:
        contents[draw(st.integers(0, len(names) - 1))].append(block)
    contents = draw(_with_sources(names, contents, loops))
    return {
        name: draw(_laid_out([statement for block in content for statement in block]))
        for name, content in zip(names, contents, strict=True)
    }


@st.composite
def trees(draw: DrawFn, *, acyclic: bool = False) -> Tree:
    """A tree that is right in its syntax; acyclic: and whose symbols need no circle."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=12, unique=True))
    blocks = draw(_entries(names, acyclic))
    if not draw(st.integers(0, 3)):
        blocks += [[item] for item in draw(_assignments(names, 2))]
    loops = not acyclic and draw(st.integers(0, 3)) == 0
    kconfigs = _KCONFIGS[: draw(st.integers(1, len(_KCONFIGS)))]
    files = draw(_files(kconfigs, blocks, loops))
    maks = (DEVICES, *_COMMON[: draw(st.integers(0, len(_COMMON)))])
    assigned = [[item] for item in draw(_assignments(names, 3))]
    files |= draw(_files(maks, assigned, loops))
    if loops:  # a devices file may source what the Kconfig files source, too, and the reverse
        ends = draw(st.permutations(sorted(files)))[:2]
        path = posixpath.relpath(ends[1], posixpath.dirname(ends[0]) or ".")
        files[ends[0]] += f"\nsource {path}"
    outside = [name for name in names if name in _OUTSIDE] or ["A"]
    externals = draw(
        st.lists(
            st.tuples(st.sampled_from(outside), st.sampled_from([True, True, False])),
            max_size=2 if len(outside) > 1 else 0,
            unique_by=lambda pair: pair[0] if acyclic else pair,
        )
    )
    return Tree(files, tuple(externals), draw(st.sampled_from(MODES)))


# What breaks a file, or nearly: Linux's words, quotes, control characters, blanks that are no
# ASCII, a NUL, a byte that is no UTF-8 (as a surrogate).
_SHARDS = tuple(
    """help menu choice endif if tristate def_bool source include config depends on select imply
    default y n ( ) ! != = && || & | " ' \\ $ _ # CONFIG_ CONFIG_A=m CONFIG_A=y <""".split()
) + (*" \n\t\r\0\x1b\x85\xa0\u2028\ufeff\u202e\udcff\udc80", "\r\n", "\x1b[2J", "A" * 200, "((((")


@st.composite
def broken_text(draw: DrawFn, text: str) -> str:
    """A text with some pieces cut out, doubled, or put in."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 12)))
        middle = draw(
            st.one_of(st.sampled_from(_SHARDS), st.just(""), st.just(text[start:end] * 2))
        )
        text = text[:start] + middle + text[end:]
    return text


@st.composite
def broken_trees(draw: DrawFn) -> Tree:
    """A tree of which a file or two were damaged; some of them are still right."""
    tree = draw(trees(acyclic=True))
    files = dict(tree.files)
    for name in draw(st.lists(st.sampled_from(sorted(files)), min_size=1, max_size=2)):
        files[name] = draw(broken_text(files[name]))
    return Tree(files, tree.externals, tree.mode)


def any_trees() -> SearchStrategy[Tree]:
    """Trees of every sort."""
    return st.one_of(trees(acyclic=True), trees(), broken_trees())
