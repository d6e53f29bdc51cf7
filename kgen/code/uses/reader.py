"""Reads what C files and headers define and use: see `facts.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from kgen.code.c.choices import Choices, TooManyChoices, explore
from kgen.code.c.declarations import Function, Variable
from kgen.code.c.expressions import Node, NotUnderstood
from kgen.code.c.headers import Headers, architecture_of
from kgen.code.c.macros import Endless
from kgen.code.c.statements import Parser, parsed
from kgen.code.c.tokens import Chunk, Guard, Token
from kgen.code.c.unit import Piece, Unit, is_part
from kgen.code.conditions import ALWAYS, NEVER, both, either, inverted, limited
from kgen.code.uses.facts import PROPERTY, TYPE_INFO, Body, Facts, Used
from kgen.code.uses.guards import Either, Guards
from kgen.code.uses.values import NUMBER, Value, properties
from kgen.code.uses.walk import Walk
from kgen.model.expr import Expr
from kgen.model.places import line_and_column, line_starts

# Answers to `#if` for which a part of a file is read: one for each branch in it, up to this.
_MOST = 64

# A use of a macro without `;` at file scope can look like a function of this name.
_KEYWORDS = frozenset({"if", "for", "while", "switch", "return", "else", "do"})


class Reader:
    """Reads files of a tree.

    text: of a file; None if there is none. constants: see `Guards`.
    """

    def __init__(
        self,
        headers: Headers,
        text: Callable[[str], str | None],
        constants: Mapping[str, Either],
    ) -> None:
        self._headers = headers
        self._text = text
        self._constants = constants

    def facts(self, path: str) -> Facts:
        """What a C file defines and uses."""
        read = _File(self._headers, path, self._text(path) or "", self._constants)
        named = {use.name for used in read.bodies.values() for use in used}
        # The compiler warns of a function that nothing uses: what looks like one is used by
        # something that is not understood.
        started = read.started | {one.name for one in read.bodies} - named - read.inlines
        return Facts(tuple(read.bodies), _used(read.bodies, started))

    def inlines(self, path: str) -> tuple[list[Facts], dict[str, Either]]:
        """What each function that a header defines uses, and those that only return a constant.

        A header of an architecture counts for the targets of that architecture.
        """
        read = _File(self._headers, path, self._text(path) or "", self._constants)
        return [Facts((body,), tuple(used)) for body, used in read.bodies.items()], read.constants


class _File:
    """A file that is read: what it defines, with what that uses, and what runs before `main`."""

    def __init__(
        self, headers: Headers, path: str, text: str, constants: Mapping[str, Either]
    ) -> None:
        self.bodies: dict[Body, list[Used]] = {}
        self.constants: dict[str, Either] = {}
        self.started: set[str] = set()
        self.inlines: set[str] = set()
        unit = Unit(headers, path, text)
        guards = Guards(unit, constants.get)
        is_header = not is_part(path)
        architecture = architecture_of(path.rpartition("/")[0]) if is_header else ""
        outer: Expr = (f"arch:{architecture}",) if architecture else ALWAYS
        for piece in unit.pieces:
            line = _Lines(line_starts(piece.source.text))
            for chunk in piece.source.chunks:
                place = guards.places(piece, chunk)
                functions = []
                for one in _declared(guards, piece, chunk):
                    if isinstance(one, Function):
                        functions.append(one)
                    if not isinstance(one, Function | Variable):
                        self.started.add(one[0])
                        continue
                    condition = both(outer, place(one.at))
                    if condition != NEVER:
                        made, used = _body(guards, one, condition, place, line)
                        self.bodies[made] = used
                        if isinstance(one, Function) and one.inline:
                            self.inlines.add(one.name)
                if is_header and chunk.function and all(_result(one) for one in functions):
                    self._constants(guards, piece, chunk, outer)

    def _constants(self, guards: Guards, piece: Piece, chunk: Chunk, outer: Expr) -> None:
        """Enter a function that only returns a constant, under each answer to what `#if` asks."""

        def functions(choices: Choices) -> list[Function]:
            declared = guards.view(choices).declared(piece, chunk)
            return [one for one in declared if isinstance(one, Function)]

        try:
            every = explore(functions)
        except (TooManyChoices, NotUnderstood, Endless):
            return
        values = [(one.name, condition, _returned(guards, one)) for one, condition in every]
        if any(value is None for _, _, value in values):
            return
        for name, condition, value in values:
            where = both(outer, condition)
            # Where there is another function of this name, what it returns is not known.
            true, false = self.constants.get(name, (ALWAYS, ALWAYS))
            if value is not None:
                rest = inverted(where)
                self.constants[name] = (
                    both(true, either(rest, value[0])),
                    both(false, either(rest, value[1])),
                )


class _Lines:
    """The line of an offset."""

    def __init__(self, starts: list[int]) -> None:
        self._starts = starts

    def __call__(self, at: int) -> int:
        return line_and_column(self._starts, at)[0]


def _declared(guards: Guards, piece: Piece, chunk: Chunk) -> Iterator[Function | Variable | Token]:
    """What a chunk defines under any answers to what `#if` asks.

    Not for all combinations of answers: each answer is given once. The condition of what is found
    comes from its place.
    """
    seen: set[object] = set()
    tried: set[str] = set()
    # Answers of an earlier try: which were given, and those that followed up to one that is turned.
    waiting: list[tuple[dict[str, bool], list[tuple[str, bool]], int]]
    waiting = [(_taking(chunk.guard), [], -1)]
    for _ in range(_MOST):
        if not waiting:
            break
        before, path, turned = waiting.pop()
        given = {**before, **dict(path[: turned + 1])}
        if path:
            given[path[turned][0]] = False
        choices = Choices(given, [])
        try:
            declared = guards.view(choices).declared(piece, chunk)
        except (NotUnderstood, Endless):
            declared = []
        for one in declared:
            if one not in seen and one[0] not in _KEYWORDS:
                seen.add(one)
                yield one
        for number, (name, _) in enumerate(choices.path):
            if name not in tried:
                tried.add(name)
                waiting.append((given, choices.path, number))


def _taking(guard: Guard) -> dict[str, bool]:
    """The answers with which the branches of `#if` are taken that ask for one name only."""
    names = ((test.removeprefix("defined "), positive) for test, positive, _ in guard)
    return {f"macro:{name}": positive for name, positive in names if name.isidentifier()}


def _body(
    guards: Guards,
    one: Function | Variable,
    condition: Expr,
    place: Callable[[int], Expr],
    line: Callable[[int], int],
) -> tuple[Body, list[Used]]:
    """What is kept of a function or variable, and what it uses."""
    parameters: tuple[tuple[str, str], ...] = ()
    if isinstance(one, Function):
        parameters = tuple(zip(one.parameters, one.kinds, strict=True))
    walk = Walk(guards, parameters, place, line, guards.fields)
    defaults: tuple[tuple[str, str, Value], ...] = ()
    try:
        if isinstance(one, Function):
            walk.statement(parsed(one.body), ALWAYS, ALWAYS)
        elif one.value:
            value = Parser(one.value).expression()
            walk.expression(value, ALWAYS, NEVER)
            if one.kind == TYPE_INFO:
                walk.fields(one.kind, value)
            elif one.kind == PROPERTY:
                defaults = properties(value)
            elif one.many:
                walk.table(one.name, one.kind, value)
    except (NotUnderstood, RecursionError):
        pass
    made = Body(
        one.name,
        line(one.at),
        one.static,
        condition,
        walk.calls(),
        walk.assigned(),
        walk.values.tests(),
        _returns(walk.returned),
        tuple(walk.tables.items()),
        defaults,
    )
    return made, walk.used()


def _returns(every: list[tuple[Value, Expr]]) -> tuple[tuple[Value, Expr], ...]:
    """What a function returns, if it is more than numbers."""
    return tuple(every) if any(value[0] != NUMBER for value, _ in every) else ()


def _result(function: Function) -> Node | None:
    """What a function returns that does nothing else; None if it does more."""
    statements = parsed(function.body)[1]
    only: Node = statements[0] if len(statements) == 1 else ("",)
    return only[1] if only[0] == "return" else None


def _returned(guards: Guards, function: Function) -> Either | None:
    """Where what a function returns can be true, and where false; None if it does more."""
    result = _result(function)
    return None if result is None else guards.truth(result)


def _used(bodies: Mapping[Body, list[Used]], started: set[str]) -> tuple[Used, ...]:
    """The names that a file uses, each with its condition: from what other files see, and what
    runs before `main`, over the functions that only the file sees."""
    by_name: dict[str, list[Body]] = {}
    for one in bodies:
        by_name.setdefault(one.name, []).append(one)
    defined = {
        name: either(*(one.condition for one in several)) for name, several in by_name.items()
    }
    kept: dict[Body, Expr] = {}
    found: dict[str, Used] = {}
    waiting = [(one, one.condition) for one in bodies if not one.own or one.name in started]
    while waiting:
        body, where = waiting.pop()
        old = kept.get(body, NEVER)
        new = limited(either(old, where), body.name, body.line)
        if new == old:
            continue
        kept[body] = new
        for use in bodies[body]:
            condition = both(new, use.condition)
            for one in by_name.get(use.name, ()):
                if one is not body and condition != NEVER:
                    waiting.append((one, both(condition, one.condition)))
            condition = both(condition, inverted(defined.get(use.name, NEVER)))
            if condition != NEVER:
                known = found.get(use.name)
                if known is None:
                    found[use.name] = use._replace(condition=condition)
                else:
                    either_ = either(known.condition, condition)
                    found[use.name] = known._replace(condition=either_)
    return tuple(found[name] for name in sorted(found))
