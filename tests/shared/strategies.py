"""Random trees in the dialect, as Hypothesis strategies, and kgen's answer to one."""

from __future__ import annotations

import os
import posixpath
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, reject, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from oracle import Result

from kgen.explain import failure_messages
from kgen.kconfig import kconfiglib_adapter
from kgen.model import expr
from kgen.model.clauses import Assignment, Model, model_of
from kgen.model.configurations import MODES, Lane, Resolution
from kgen.model.problems import KgenError
from kgen.resolve.resolver import resolve
from kgen.targets.undeclared import undefined

if TYPE_CHECKING:
    from kgen.model.configurations import Mode

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
        # Trees that are refused count for nothing in some laws, and may come in a row; the number
        # of examples that are tried to the end stays the same.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
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


def load(inputs: Sequence[Path], folder: Path, *, merge: bool) -> Model:
    """kgen's model of the inputs. Raises KgenError."""
    return kconfiglib_adapter.load(list(map(str, inputs)), root=str(folder), merge=lambda: merge)


def externals(tree: Tree) -> tuple[Assignment, ...]:
    """What is assigned from outside, as kgen has it."""
    return tuple(
        Assignment(name, value, origin=f"CONFIG_{name}", external=True)
        for name, value in tree.externals
    )


def answer(tree: Tree, folder: Path, inputs: Sequence[Path], *, merge: bool) -> Result:
    """What kgen makes of a tree that stands in a folder. Raises KgenError."""
    model = load(inputs, folder, merge=merge)
    outside = externals(tree)
    problems = undefined(model, outside)
    if problems:
        raise KgenError(*problems)
    found = resolve(model, [Lane("only", tree.mode, outside)])
    if found.failed:
        raise KgenError(*failure_messages.problems(found))
    result = Result(
        {symbol: bool(lanes) for symbol, lanes in found.values.items()},
        model.files,
        frozenset(found.external),
    )
    printed = "".join(f"CONFIG_{symbol}=y\n" for symbol in found.printed(0))
    assert printed == result.printed()
    assert found.all_printed() == [found.printed(0)]
    return result


def answer_or_error(
    tree: Tree, folder: Path, inputs: Sequence[Path], merge: bool
) -> Result | KgenError:
    """The same, with the error that it may be."""
    try:
        return answer(tree, folder, inputs, merge=merge)
    except KgenError as error:
        return error


# --------------------------------------------------------------------------------------------
# Expressions and statements, as tokens
#
# To build a strategy takes longer than to draw from it. So all that is drawn often comes from
# strategies that are built once: they give numbers, which stand for names of the tree at hand.

Tokens = tuple[str, ...]
Statement = tuple[str, ...]
_Shape = tuple[int | str, ...]

_NUMBER = st.integers(0, 11)
_LITTLE = st.integers(0, 5)
_COIN = st.booleans()
_LETTER = st.sampled_from("yn")
_MOSTLY_Y = st.sampled_from("yyyn")


def _shapes() -> SearchStrategy[_Shape]:
    """Infix tokens; operators are mixed without parentheses, so that precedence matters."""

    def longer(inner: SearchStrategy[_Shape]) -> SearchStrategy[_Shape]:
        joined = st.tuples(inner, st.sampled_from(["&&", "||"]), inner)
        return st.one_of(
            inner.map(lambda tokens: ("!", *tokens)),
            joined.map(lambda parts: (*parts[0], parts[1], *parts[2])),
            inner.map(lambda tokens: ("(", *tokens, ")")),
        )

    return st.recursive(_NUMBER.map(lambda number: (number,)), longer, max_leaves=5)


_SHAPE = _shapes()


def _named(shape: _Shape, names: Sequence[str]) -> Tokens:
    return tuple(names[item % len(names)] if isinstance(item, int) else item for item in shape)


def expressions(names: Sequence[str]) -> SearchStrategy[Tokens]:
    """An expression over these names, in infix tokens."""
    return _SHAPE.map(lambda shape: _named(shape, names))


_PROPERTIES = st.lists(
    st.tuples(
        st.sampled_from(["default", "depends", "select", "imply", "bool"]),
        _LETTER,
        _NUMBER,
        _SHAPE,
        _COIN,
    ),
    max_size=4,
)


@st.composite
def _properties(draw: DrawFn, before: Sequence[str], after: Sequence[str]) -> list[Statement]:
    """Properties that read the symbols of `before` and give a value to those of `after`."""
    found: list[Statement] = []
    for kind, letter, number, shape, conditional in draw(_PROPERTIES):
        condition = ("if", *_named(shape, before)) if before and conditional else ()
        if kind == "bool":
            found.append(("bool",))
        elif kind == "default":
            found.append(("default", letter, *condition))
        elif kind == "depends" and before:
            found.append(("depends", "on", *_named(shape, before)))
        elif kind != "depends" and after:
            found.append((kind, after[number % len(after)], *condition))
    return found


@lru_cache
def _orders(count: int) -> SearchStrategy[list[int]]:
    return st.permutations(range(count))


@st.composite
def _entries(draw: DrawFn, names: Sequence[str], acyclic: bool) -> list[list[Statement]]:
    """One entry or more for each name, in any order: each a `config` line and properties.

    acyclic: a symbol's value needs only names that stand before it in `names`. Else that is so
    for most, and one name may be declared nowhere.
    """
    places = [*range(len(names))]
    if draw(_COIN):
        places += [draw(_NUMBER) % len(names) for _ in range(draw(_LITTLE) // 2)]
    stray = () if acyclic or draw(_LITTLE) else (NAMES[draw(_NUMBER)],)
    found = []
    for index in draw(_orders(len(places))):
        at = places[index]
        before, after = (*names[:at], *stray), (*names[at + 1 :], *stray)
        if not acyclic and not draw(_LITTLE):
            before = after = (*names, *stray)
        found.append([("config", names[at]), *draw(_properties(before, after))])
    return found


@st.composite
def _assignments(draw: DrawFn, names: Sequence[str], most: int) -> list[list[Statement]]:
    """Mostly to y: an n contradicts a `select`, and few trees would be accepted."""
    return [
        [(f"CONFIG_{names[draw(_NUMBER) % len(names)]}", "=", draw(_MOSTLY_Y))]
        for _ in range(draw(_LITTLE) % (most + 1))
    ]


# --------------------------------------------------------------------------------------------
# Layout

_GLUES = st.lists(
    st.sampled_from((" ", "\t", "", "\n", "  # note && y\n", "\r\n\t", " \f", "\n\n    ")),
    min_size=1,
    max_size=4,
)
_ENDS = st.lists(
    st.sampled_from(("\n", "\n", "\n\n", " ", "\r\n", " # config A\n", "\n#\n  ")),
    min_size=1,
    max_size=3,
)


def _wordy(char: str) -> bool:
    return char.isalnum() or char == "_"


@st.composite
def _laid_out(draw: DrawFn, statements: Sequence[Statement]) -> str:
    """The text of a file: each statement on a line of its own, or in whatever way is allowed."""
    plain = draw(_COIN)
    glues = [" "] if plain else draw(_GLUES)
    ends = ["\n"] if plain else draw(_ENDS)
    text = ""
    for number, statement in enumerate(statements):
        end = ends[number % len(ends)]
        text += statement[0]
        for index, token in enumerate(statement[1:]):
            glue = glues[(number + index) % len(glues)]
            if statement[0] in ("source", "include"):
                # Nothing but blanks may stand before a path, and nothing after it on its line.
                glue = glue if glue.isspace() else " "
                end = end if end[0] in "\r\n" else "\n"
            elif plain and "=" in statement:
                glue = ""
            elif not glue and _wordy(text[-1]) and _wordy(token[0]):
                glue = " "
            text += glue + token
        text += end
    return text if draw(_COIN) else text.rstrip("\r\n")


# --------------------------------------------------------------------------------------------
# Trees

_SOURCE = st.sampled_from(["source", "include"])


def _spelled(word: str, way: int, source: str, target: str) -> Statement:
    """A `source` line in one file for another, with its path written in one of several ways."""
    folder = posixpath.dirname(source)
    path = posixpath.relpath(target, folder or ".")
    if way == 0 and folder:
        path = f"../{posixpath.basename(folder)}/{path}"
    if way == 2 and posixpath.dirname(path):
        path = f"{posixpath.dirname(path)}/../{path}"  # a way round through an existing folder
    return word, f"./{path}" if way == 1 else path


@st.composite
def _files(
    draw: DrawFn, names: Sequence[str], blocks: Sequence[list[Statement]], loops: bool
) -> dict[str, str]:
    """Blocks of statements dealt out to files that source each other; all files are reached."""
    contents: list[list[list[Statement]]] = [[] for _ in names]
    for block in blocks:
        contents[draw(_NUMBER) % len(names)].append(block)
    edges = [(draw(_NUMBER) % number, number) for number in range(1, len(names))]
    for _ in range(draw(_LITTLE) // 2):
        pair = draw(_NUMBER) % len(names), draw(_NUMBER) % len(names)
        if loops or pair[0] < pair[1]:
            edges.append(pair)
    for source, target in edges:
        line = _spelled(draw(_SOURCE), draw(_NUMBER), names[source], names[target])
        contents[source].insert(draw(_NUMBER) % (len(contents[source]) + 1), [line])
    return {
        name: draw(_laid_out([statement for block in content for statement in block]))
        for name, content in zip(names, contents, strict=True)
    }


_SOME_NAMES = st.lists(st.sampled_from(NAMES), min_size=2, max_size=12, unique=True)
_MODE = st.sampled_from(MODES)


@st.composite
def trees(draw: DrawFn, *, acyclic: bool = False) -> Tree:
    """A tree that is right in its syntax; acyclic: and whose symbols need no circle."""
    names = draw(_SOME_NAMES)
    blocks = draw(_entries(names, acyclic))
    if not draw(_LITTLE) // 2:
        blocks += draw(_assignments(names, 2))
    loops = not acyclic and not draw(_LITTLE)
    kconfigs = _KCONFIGS[: 1 + draw(_LITTLE) % len(_KCONFIGS)]
    maks = (DEVICES, *_COMMON)[: 1 + draw(_LITTLE) % 3]
    files = draw(_files(kconfigs, blocks, loops))
    files |= draw(_files(maks, draw(_assignments(names, 3)), loops))
    if loops:  # a devices file may source what the Kconfig files source, too, and the reverse
        every = sorted(files)
        one, other = (every[draw(_NUMBER) % len(every)] for _ in range(2))
        files[one] += "\n" + " ".join(_spelled("source", 3, one, other))
    outside = [name for name in names if name in _OUTSIDE] or ["A"]
    externals = [
        (outside[draw(_NUMBER) % len(outside)], draw(_MOSTLY_Y) == "y")
        for _ in range(draw(_LITTLE) // 2 if outside != ["A"] or not acyclic else 0)
    ]
    if acyclic:  # two that contradict each other are refused, and that is soon seen
        externals = list(dict(externals).items())
    return Tree(files, tuple(externals), draw(_MODE))


# What breaks a file, or nearly: Linux's words, quotes, control characters, blanks that are no
# ASCII, a NUL, a byte that is no UTF-8 (as a surrogate).
_WORDS = """help menu choice endif if tristate def_bool source include config depends on select
    imply default bool y n A ( ) ! != = && || & | " ' \\ $ _ # CONFIG_ CONFIG_A=m CONFIG_A=y <"""
_CHARS = " \n\t\r\0\x1b\x85\xa0\u2028\ufeff\u202e\udcff\udc80"
SHARDS = (*_WORDS.split(), *_CHARS, "\r\n", "\x1b[2J", "A" * 200, "((((", " # x\n", " bool ", "")
_SHARD = st.sampled_from(SHARDS)


@st.composite
def broken_text(draw: DrawFn, text: str) -> str:
    """A text with some pieces cut out, doubled, or put in."""
    for _ in range(1 + draw(_LITTLE) // 3):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + max(0, draw(_NUMBER) - 4))
        middle = text[start:end] * 2 if draw(_LITTLE) == 0 else draw(_SHARD)
        text = text[:start] + middle + text[end:]
    return text


@st.composite
def broken_trees(draw: DrawFn) -> Tree:
    """A tree of which a file or two were damaged; some of them are still right."""
    tree = draw(_ACYCLIC)
    files = dict(tree.files)
    for _ in range(1 + draw(_LITTLE) // 4):
        name = sorted(files)[draw(_NUMBER) % len(files)]
        files[name] = draw(broken_text(files[name]))
    return Tree(files, tree.externals, tree.mode)


_ACYCLIC = trees(acyclic=True)
ANY_RIGHT_TREE = st.one_of(_ACYCLIC, trees())
ANY_TREE = st.one_of(_ACYCLIC, trees(), broken_trees())


@st.composite
def lanes_for(draw: DrawFn, model: Model) -> list[Lane]:
    """Lanes in every mode, that assign symbols of the model: inside first, then from outside."""
    declared = list(dict.fromkeys(entry.symbol for entry in model.entries))
    lanes = []
    for number in range(1 + draw(_NUMBER)):
        assigned = []
        for _ in range(draw(_LITTLE) if declared else 0):
            symbol, value = declared[draw(_NUMBER) % len(declared)], draw(_MOSTLY_Y) == "y"
            external = symbol in _OUTSIDE and draw(_COIN)
            origin = "outside" if external else "inside"
            assigned.append(Assignment(symbol, value, origin=origin, external=external))
        assigned.sort(key=lambda item: item.external)
        lanes.append(Lane(f"lane{number}", draw(_MODE), tuple(assigned)))
    return lanes


def _model(tree: Tree) -> Model:
    """A tree's model, without a disk. Raises KgenError."""

    def read(path: str) -> str:
        if path not in files:
            raise FileNotFoundError(2, "No such file or directory", path)
        return files[path]

    files = {f"/t/{name}": text.replace("\r\n", "\n") for name, text in tree.files.items()}
    inputs = [f"/t/{DEVICES}", "/t/Kconfig"]
    return kconfiglib_adapter.load(inputs, root="/t", merge=lambda: True, read=read)


Case = tuple[Model, list[Lane]]


@st.composite
def cases(draw: DrawFn, *, acyclic: bool = False) -> Case:
    """A model and lanes that can be resolved, or fail, in it."""
    try:
        model = _model(draw(trees(acyclic=acyclic)))
    except KgenError:
        reject()
    if undefined(model):
        reject()
    return model, draw(lanes_for(model))


@st.composite
def resolutions(draw: DrawFn) -> Resolution:
    """A random tree without circles, resolved in some lanes; some of them may fail."""
    tree = draw(trees(acyclic=True))
    with on_disk(tree) as (folder, inputs):
        try:
            model = load(inputs, folder, merge=True)
        except KgenError:
            model = model_of((), (), (), (), ())
    declared = {entry.symbol for entry in model.entries}
    model = model_of(
        model.entries,
        tuple(
            clause
            for clause in model.clauses
            if {clause.target, clause.symbol, *expr.names(clause.condition or ())} <= declared
        ),
        tuple(item for item in model.assignments if item.symbol in declared),
        tuple(dict.fromkeys(entry.symbol for entry in model.entries)),
        model.files,
    )
    return resolve(model, draw(lanes_for(model)))
