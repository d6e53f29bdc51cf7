"""The order in which symbols and expressions are evaluated, and the cycles that leave none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from kgen.model.places import Place
from kgen.model.problems import KgenError, Note, Problem
from kgen.standard.model import (
    CONSTANT,
    EQUAL,
    IS_N,
    MODE_OF,
    NOT,
    OF_EXPRESSION,
    OF_MODE,
    OF_SELECTION,
    OF_VALUE,
    OF_VISIBILITY,
    STEPS,
    VALUE_OF,
    Model,
    Spot,
)

_KINDS = len(STEPS)
# The most cycles that are reported.
_MOST_CYCLES = 20


def ordered(model: Model, place: Callable[[Spot], Place]) -> Model:
    """The model with an order of evaluation. Raises KgenError with the cycles that it has."""
    wanted = [OF_VALUE + _KINDS * number for number in model.defined]
    wanted += (OF_SELECTION + _KINDS * number for number in range(len(model.choices)))
    wanted += (OF_EXPRESSION + _KINDS * condition for _, _, condition in model.outline)
    order: list[int] = []
    done: set[int] = set()
    cycles: list[list[int]] = []
    _append([OF_VALUE + _KINDS * model.modules], model, order, done, cycles)
    modules_end = len(order)
    _append(wanted, model, order, done, cycles)
    if cycles:
        # Several ways through one symbol's expressions can be the same cycle of symbols.
        problems = {one.message: one for one in (_problem(model, one, place) for one in cycles)}
        raise KgenError(*list(problems.values())[:_MOST_CYCLES])
    return model._replace(order=tuple(order), modules_end=modules_end)


def _append(
    wanted: list[int], model: Model, order: list[int], done: set[int], cycles: list[list[int]]
) -> None:
    """Append the wanted steps to the order, each after all that it needs."""
    for root in wanted:
        if root in done:
            continue
        way = {root: None}  # the steps that are begun, in order
        stack = [(root, _needed(model, root))]
        while stack:
            step, rest = stack[-1]
            for following in rest:
                if following in done:
                    continue
                if following in way:
                    begun = list(way)
                    cycles.append(begun[begun.index(following) :])
                else:
                    way[following] = None
                    stack.append((following, _needed(model, following)))
                    break
            else:
                stack.pop()
                del way[step]
                done.add(step)
                order.append(step)


def steps_of(model: Model, kind: int, number: int) -> tuple[list[int], list[int]]:
    """The steps that a step needs, in order, itself the last; without those of the symbols that it
    reads, and these symbols."""
    order: list[int] = []
    read: dict[int, None] = {}
    root = kind + _KINDS * number
    seen = {root}
    stack = [(root, _needed(model, root))]
    while stack:
        step, rest = stack[-1]
        following = next(rest, None)
        if following is None:
            stack.pop()
            order.append(step)
        elif following % _KINDS == OF_VALUE:
            read[following // _KINDS] = None
        elif following not in seen:
            seen.add(following)
            stack.append((following, _needed(model, following)))
    return order, list(read)


def cone(model: Model, symbols: Iterable[int]) -> list[int]:
    """The steps, in order, on which the values of some symbols rest; those of MODULES first."""
    stack = [OF_VALUE + _KINDS * number for number in symbols]
    wanted = set(model.order[: model.modules_end])
    while stack:
        step = stack.pop()
        if step not in wanted:
            wanted.add(step)
            stack += _needed(model, step)
    return [step for step in model.order if step in wanted]


def _needed(model: Model, step: int) -> Iterator[int]:
    """The steps whose results a step reads."""
    kind, number = step % _KINDS, step // _KINDS
    if kind == OF_EXPRESSION:
        operator, first, second = model.expressions[number]
        if operator == VALUE_OF:
            yield OF_VALUE + _KINDS * first
        elif operator == MODE_OF:
            yield OF_MODE + _KINDS * first
        elif operator >= EQUAL:
            yield OF_VALUE + _KINDS * first
            yield OF_VALUE + _KINDS * second
        elif operator != CONSTANT:
            yield OF_EXPRESSION + _KINDS * first
            if operator not in (NOT, IS_N):
                yield OF_EXPRESSION + _KINDS * second
        return
    if kind in (OF_MODE, OF_SELECTION):
        choice = model.choices[number]
        if kind == OF_MODE:
            for prompt in choice.prompts:
                yield OF_EXPRESSION + _KINDS * prompt.condition
            yield OF_EXPRESSION + _KINDS * choice.depends
            return
        yield OF_MODE + _KINDS * number
        for default in choice.defaults:
            yield OF_EXPRESSION + _KINDS * default.condition
            operator, member, _ = model.expressions[default.value]
            if operator == VALUE_OF:
                yield OF_VISIBILITY + _KINDS * member
        for member in choice.members:
            yield OF_VISIBILITY + _KINDS * member
        return
    symbol = model.symbols[number]
    if kind == OF_VISIBILITY:
        for prompt in symbol.prompts:
            yield OF_EXPRESSION + _KINDS * prompt.condition
        if symbol.choice >= 0:
            yield OF_MODE + _KINDS * symbol.choice
        return
    if not symbol.spots:
        return
    yield OF_VISIBILITY + _KINDS * number
    if symbol.choice >= 0 and symbol.logical:
        yield OF_SELECTION + _KINDS * symbol.choice
        return
    for default in symbol.defaults:
        yield OF_EXPRESSION + _KINDS * default.condition
        yield OF_EXPRESSION + _KINDS * default.value
    for item in symbol.ranges:
        yield OF_VALUE + _KINDS * item.low
        yield OF_VALUE + _KINDS * item.high
        yield OF_EXPRESSION + _KINDS * item.condition
    if symbol.logical:
        for expression in (symbol.selected, symbol.implied, symbol.depends):
            yield OF_EXPRESSION + _KINDS * expression


def _problem(model: Model, cycle: list[int], place: Callable[[Spot], Place]) -> Problem:
    names: dict[str, Spot] = {}
    for step in cycle:
        kind, number = step % _KINDS, step // _KINDS
        if kind in (OF_VALUE, OF_VISIBILITY) and model.symbols[number].spots:
            names.setdefault(model.symbols[number].name, model.symbols[number].spots[0])
        elif kind in (OF_MODE, OF_SELECTION):
            choice = model.choices[number]
            names.setdefault(choice.name or "a choice", choice.spots[0])
    first, *others = names
    shown = [*list(names)[:8], *(["..."] if len(names) > 8 else []), first]
    notes = tuple(Note(place(names[name]), f"{name} is here") for name in others[:8])
    message = f"dependency cycle: {' needs '.join(shown)}"
    hint = "remove one of these dependencies, selects or defaults"
    return Problem(message, place(names[first]), notes=notes, hint=hint, code="KG203")
