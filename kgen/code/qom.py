"""What a C file registers with QOM: types with their parents, and what their classes say.

The functions that `type_init` names are evaluated, with those that they call (`evaluation.py`),
once for every answer to what `#if` asks (`choices.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from kgen.code.c.choices import Choices, TooManyChoices, explore
from kgen.code.c.declarations import CONSTRUCTOR, ROOT, Function, Variable
from kgen.code.c.evaluation import Evaluation, TooLong
from kgen.code.c.expressions import NotUnderstood
from kgen.code.c.headers import Headers
from kgen.code.c.macros import Endless
from kgen.code.c.tokens import Chunk
from kgen.code.c.unit import EFFECT, Piece, Unit, reaches
from kgen.code.c.values import UNKNOWN, Class, Struct, Symbol, text_of, truth
from kgen.code.c.view import View
from kgen.code.conditions import NEVER, both
from kgen.code.registered import ClassFacts, QomType, Registered, Unread
from kgen.model.expr import Expr

# A file without these words, and without a macro that uses them, registers nothing.
_STARTS = re.compile(rf"\b(?:{ROOT}|{CONSTRUCTOR})\b")
_WORD = re.compile(r"[A-Za-z_]\w*")


# What a system emulator says of its target when it runs, of include/qemu/target-info.h: the macro
# that the target's cpu.h defines for it. The tree's own functions look it up in a type.
_BY_TARGET = {"target_cpu_type": "CPU_RESOLVING_TYPE"}
_OF_TARGET = "<target>"
_TARGET_TEXT = '#include "cpu.h"\n' + "".join(
    f"const char *{name}(void)\n{{\n    return {macro};\n}}\n" for name, macro in _BY_TARGET.items()
)


class _Views:
    """The views of one try: of a file, and of the other files whose functions it calls.

    find: the file that defines a function which this one does not; None if there is none.
    """

    def __init__(self, find: Callable[[str], Unit | None], choices: Choices) -> None:
        self._find = find
        self._choices = choices
        self._views: dict[str, View] = {}

    def of(self, unit: Unit) -> View:
        """The view of a file."""
        if unit.path not in self._views:
            self._views[unit.path] = View(unit, self._choices, self._load)
        return self._views[unit.path]

    def _load(self, name: str) -> View | None:
        unit = self._find(name)
        return None if unit is None else self.of(unit)

    def forget(self) -> None:
        """Empty the views, which are in cycles with their values: that is quicker than to look for
        the cycles. They cannot be used any more."""
        for view in self._views.values():
            vars(view).clear()
        self._views.clear()


class Reader:
    """Reads C files.

    headers: of their tree. text: of a C file; None if there is none. definer: the path of the C
    file that defines a function which is not static; None if unknown. early: functions that run
    when QEMU starts, besides those that type_init names.
    """

    def __init__(
        self,
        headers: Headers,
        text: Callable[[str], str | None],
        definer: Callable[[str], str | None],
        early: frozenset[str] = frozenset(),
    ) -> None:
        self._early = early
        self._headers = headers
        self._text = text
        self._definer = definer
        self._units: dict[str, Unit] = {}
        self._views: list[_Views] = []  # of the file that is being read

    def registered(self, path: str) -> Registered:
        """What a file registers."""
        try:
            return self._registered(path)
        finally:
            for views in self._views:
                views.forget()
            self._views.clear()

    def _registered(self, path: str) -> Registered:
        text = self._text(path)
        if text is None:
            return Registered((), (), ())
        unit = Unit(self._headers, path, text)
        others: dict[str, None] = {}
        types: dict[QomType, None] = {}
        unread = [Unread(unit.line(at), f"{part} {why}") for part, at, why in unit.unread]
        for piece in unit.pieces:
            chunks: Iterable[Chunk] = piece.source.chunks
            if not any(word in piece.source.text for word in (ROOT, CONSTRUCTOR, *self._early)):
                chunks = filter(unit.begins_like_call.__contains__, chunks)
            for chunk in chunks:
                if not self._is_root(unit, piece, chunk):
                    continue
                line = piece.source.text.count("\n", 0, chunk.begin) + 1
                try:
                    compute = partial(self._root, unit, piece, chunk, others)
                    for one, condition in explore(compute):
                        condition = both(one.condition, condition)
                        if condition != NEVER:
                            types[one._replace(condition=condition)] = None
                except TooManyChoices:
                    unread.append(Unread(line, "depends on too many conditions"))
                except TooLong:
                    unread.append(Unread(line, "the evaluation of this takes too long"))
                except NotUnderstood:
                    unread.append(Unread(line, "is not understood as C"))
                except RecursionError:
                    unread.append(Unread(line, "is nested too deeply"))
                except Endless as error:
                    unread.append(Unread(line, f"the macro {error.name} expands to too much"))
        return Registered(tuple(types), tuple(unread), tuple(others))

    def _is_root(self, unit: Unit, piece: Piece, chunk: Chunk) -> bool:
        """Whether a chunk has `type_init`, or a macro that expands to it."""
        text = piece.source.text[chunk.begin : chunk.end]
        if ROOT in text or (chunk.function and self._is_early(text)):
            return True
        if CONSTRUCTOR in text and self._acts(unit, text):
            return True
        if chunk not in unit.begins_like_call:
            return False
        head = text[: text.find("{")] if chunk.function else text
        return any(self._registers(unit, word) for word in set(_WORD.findall(head)))

    def _acts(self, unit: Unit, text: str) -> bool:
        """Whether a function with this text may register a type."""
        return bool(EFFECT.search(text)) or any(
            unit.matters(word) or self._definer(word) is not None
            for word in set(_WORD.findall(text))
        )

    def _is_early(self, text: str) -> bool:
        return any(name in text[: text.find("{")] for name in self._early)

    def _registers(self, unit: Unit, name: str) -> bool:
        """Whether a macro's text leads to `type_init`."""
        headers = self._headers.defining

        def texts(one: str) -> Iterator[str]:
            for _, define, _ in unit.own.get(one, ()):
                yield define.body or ""
            for _, define in headers.get(one, ()):
                yield define.body or ""

        if name not in unit.own and name not in headers:
            return False
        return reaches(name, _STARTS, texts, unit.registering)

    def _root(
        self, unit: Unit, piece: Piece, chunk: Chunk, others: dict[str, None], choices: Choices
    ) -> Iterable[QomType]:
        """The types that a chunk registers under these choices."""
        view = self._view(unit, choices, others)
        declared = view.declared(piece, chunk)
        view.local = {one.name: one for one in declared if isinstance(one, Function | Variable)}
        for one in declared:
            if isinstance(one, Variable) or (
                isinstance(one, Function) and one.name not in self._early
            ):
                continue
            evaluation = Evaluation()
            function = view.function(one[0])
            if function is None:
                continue
            evaluation.call(view, function, [])
            for info, where, at in evaluation.registered:
                # The struct, else the call; if both are in another file, the function of this one.
                if isinstance(info, Struct) and info.view.unit is view.unit:
                    place = info.at
                else:
                    place = at if where.unit is view.unit else function.at
                line = view.unit.line(place)
                yield from self._types(info, line, choices, others)

    def _view(self, unit: Unit, choices: Choices, others: dict[str, None]) -> View:
        def find(name: str) -> Unit | None:
            path = _OF_TARGET if name in _BY_TARGET else self._definer(name)
            if path is None or path == unit.path:
                return None
            if path != _OF_TARGET:
                others[path] = None
            return self._unit(path)

        views = _Views(find, choices)
        self._views.append(views)
        return views.of(unit)

    def _unit(self, path: str) -> Unit | None:
        if path not in self._units:
            text = _TARGET_TEXT if path == _OF_TARGET else self._text(path)
            if text is None:
                return None
            self._units[path] = Unit(self._headers, path, text)
        return self._units[path]

    def _types(
        self, info: Any, line: int, choices: Choices, others: dict[str, None]
    ) -> Iterable[QomType]:
        if not isinstance(info, Struct):
            yield QomType("", "?", False, (), ClassFacts(), line, ("const:y",))
            return
        name, parent = text_of(info.field("name")), text_of(info.field("parent"))
        abstract = truth(info.field("abstract"))
        init = info.field("class_init")
        instance = info.field("instance_init")
        made = QomType(
            name if isinstance(name, str) else "",
            parent if isinstance(parent, str) else "" if parent == 0 else "?",
            bool(abstract),
            _interfaces(info.field("interfaces")),
            ClassFacts(),
            line,
            ("const:y",),
            init.name if isinstance(init, Symbol) else "",
            instance.name if isinstance(instance, Symbol) else "",
        )
        if not isinstance(init, Symbol):
            yield made
            return
        for facts, condition in self._facts(init, info.field("class_data"), choices, others):
            yield made._replace(facts=facts, condition=condition)

    def _facts(
        self, init: Symbol, data: Any, choices: Choices, others: dict[str, None]
    ) -> list[tuple[ClassFacts, Expr]]:
        """What a function of class_init says of a class, each with its condition."""
        unit = init.view.unit

        def compute(inner: Choices) -> Iterable[ClassFacts]:
            view = self._view(unit, inner, others)
            view.local = init.view.local
            made = Class()
            Evaluation().called(Symbol(init.name, view), [made, data])
            return [_facts_of(made)]

        try:
            return explore(compute, choices.known)
        except (TooManyChoices, TooLong, NotUnderstood, Endless, RecursionError):
            return [(ClassFacts("unknown"), ("const:y",))]


def _facts_of(made: Class) -> ClassFacts:
    fields = made.fields
    creatable = None
    if "user_creatable" in fields:
        known = truth(fields["user_creatable"])
        creatable = "unknown" if known is None else "yes" if known else "no"
    default = truth(fields["is_default"]) if "is_default" in fields else None
    return ClassFacts(
        creatable,
        _text(fields, "bus_type"),
        tuple(sorted(made.categories)),
        _text(fields, "desc"),
        _text(fields, "alias"),
        default,
    )


def _text(fields: dict[str, Any], name: str) -> str | None:
    if name not in fields:
        return None
    value = text_of(fields[name])
    return value if isinstance(value, str) else "" if value == 0 else "?"


def _interfaces(value: Any) -> tuple[str, ...]:
    if not isinstance(value, Struct):
        return () if value == 0 else ("?",)
    found = []
    for one in value.items:
        name = one
        if isinstance(one, Struct):
            name = one.items[0] if one.items else one.field("type")
        name = text_of(name)
        if name is UNKNOWN or isinstance(name, Symbol):
            name = "?"
        if isinstance(name, str):
            found.append(name)
    return tuple(found)
