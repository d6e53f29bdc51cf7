"""Source sets, dependencies and libraries: where each source file of a meson.build goes.

Meson: https://mesonbuild.com/SourceSet-module.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from kgen.code.conditions import ALWAYS, NEVER, both, either, inverted
from kgen.code.meson.values import Items, elements
from kgen.model import expr
from kgen.model.expr import Expr
from kgen.model.record import Record

if TYPE_CHECKING:
    Pairs = list[tuple[Expr, Any]]

# The first part of the atom of a key in `when:`, which `apply` looks up in a dictionary.
WHEN = "when:"


class SourceFile(Record):
    """A source file. path: from the tree's root. generated: it is not in the tree but made by the
    build, and path is its name. meson, line: where a meson.build names it."""

    path: str
    generated: bool
    meson: str
    line: int


class Rule(Record):
    """One call of `add`. when: over atoms of Meson and `when:KEY`. yes, no: elements with their
    conditions: files, dependencies and other sets."""

    when: Expr
    yes: Pairs
    no: Pairs


class Applied(Record):
    """What a source set selects."""

    sources: Items
    dependencies: Items


class SourceSet:
    """Rules, in the order in which they were added."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def selected(self, lookup: Callable[[str], Expr]) -> Applied:
        """What the set selects where the keys of `when:` have the values that lookup gives."""
        known: dict[Expr, Expr] = {}

        def value(when: Expr) -> Expr:
            if when not in known:
                known[when] = expr.fold(when, leaf, inverted, both, either)
            return known[when]

        def leaf(name: str) -> Expr:
            return lookup(name.removeprefix(WHEN)) if name.startswith(WHEN) else (name,)

        def parts(rules: list[Rule]) -> Iterator[tuple[Expr, Any]]:
            for rule in rules:
                when = value(rule.when)
                for elements_, condition in ((rule.yes, when), (rule.no, inverted(when))):
                    if condition != NEVER:
                        for inner, one in elements_:
                            yield both(condition, value(inner)), one

        return self._gathered(parts)

    def everything(self) -> Applied:
        """All that the set could select."""

        def parts(rules: list[Rule]) -> Iterator[tuple[Expr, Any]]:
            for rule in rules:
                yield from ((ALWAYS, one) for _, one in (*rule.yes, *rule.no))

        return self._gathered(parts)

    def _gathered(self, parts: Callable[[list[Rule]], Iterator[tuple[Expr, Any]]]) -> Applied:
        sources: Pairs = []
        dependencies: Pairs = []
        inside = {self}
        stack = [(ALWAYS, self, parts(self.rules))]
        while stack:
            outer, owner, rest = stack[-1]
            for inner, one in rest:
                condition = both(outer, inner)
                if condition == NEVER:
                    continue
                if isinstance(one, SourceSet):
                    if one not in inside:  # a set in itself adds nothing
                        inside.add(one)
                        stack.append((condition, one, parts(one.rules)))
                        break
                elif isinstance(one, Bundle):
                    dependencies.append((condition, one))
                else:
                    sources.append((condition, one))
            else:
                inside.discard(owner)
                stack.pop()
        return Applied(Items(tuple(sources)), Items(tuple(dependencies)))


class Bundle:
    """A dependency or a library: files, and other bundles that come with it.

    found: for a dependency the condition under which it is there. name: of a library. whole: used
    with all their files; archives: libraries of which the linker takes what is needed. Each with
    its condition.
    """

    def __init__(
        self,
        found: Expr = ALWAYS,
        name: Any = "",
        files: Iterable[tuple[Expr, Any]] = (),
        whole: Iterable[tuple[Expr, Any]] = (),
        archives: Iterable[tuple[Expr, Any]] = (),
    ) -> None:
        self.found = found
        self.name = name
        self.files = [pair for pair in files if isinstance(pair[1], SourceFile)]
        self.whole = [pair for pair in whole if isinstance(pair[1], Bundle)]
        self.archives = [pair for pair in archives if isinstance(pair[1], Bundle)]

    @staticmethod
    def united(pairs: list[tuple[Expr, Bundle]]) -> Bundle:
        """The dependency that is each of these under its condition."""
        return Bundle(
            either(*(both(condition, one.found) for condition, one in pairs)),
            pairs[0][1].name,
            whole=[pair for pair in pairs if not pair[1].external()],
        )

    def external(self) -> bool:
        """Whether nothing of this tree comes with it."""
        return not (self.files or self.whole or self.archives)


class Linked(Record):
    """How a file gets into a program: linked with the others, or from an archive if needed."""

    file: SourceFile
    whole: Expr
    archive: Expr


def linked(program: Bundle) -> list[Linked]:
    """All files of a program, each once, in the order in which they are met."""
    reached: dict[tuple[Bundle, bool], Expr] = {(program, True): ALWAYS}
    files: dict[str, tuple[SourceFile, list[Expr], list[Expr]]] = {}
    for bundle, whole in _ordered(program):
        condition = reached[bundle, whole]
        for own, file in bundle.files:
            _, linked_, archived = files.setdefault(file.path, (file, [], []))
            (linked_ if whole else archived).append(both(condition, own))
        for own, other, mode in _edges(bundle, whole):
            key = other, mode
            reached[key] = either(reached.get(key, NEVER), both(condition, own))
    return [
        Linked(file, either(*linked_), either(*archived))
        for file, linked_, archived in files.values()
    ]


def _edges(bundle: Bundle, whole: bool) -> Iterator[tuple[Expr, Bundle, bool]]:
    yield from ((condition, other, whole) for condition, other in bundle.whole)
    yield from ((condition, other, False) for condition, other in bundle.archives)


def _ordered(program: Bundle) -> list[tuple[Bundle, bool]]:
    """Every bundle that is reached, each after all those that it is reached from.

    A bundle names only bundles that were made before it, so there is no cycle.
    """
    seen = {(program, True)}
    after: list[tuple[Bundle, bool]] = []
    stack = [((program, True), _edges(program, True))]
    while stack:
        node, rest = stack[-1]
        for _, other, mode in rest:
            if (other, mode) not in seen:
                seen.add((other, mode))
                stack.append(((other, mode), _edges(other, mode)))
                break
        else:
            after.append(node)
            stack.pop()
    return after[::-1]


def parts_of(value: Any, condition: Expr = ALWAYS) -> Pairs:
    """The elements of a list of lists, and of what a source set selected."""
    found: Pairs = []
    for inner, one in elements(value, condition):
        if isinstance(one, Applied):
            found += elements(one.sources, inner) + elements(one.dependencies, inner)
        else:
            found.append((inner, one))
    return found
