"""What the classes and objects of types have in their fields, and what values are there: for all
lanes at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import product
from typing import TypeVar

from kgen.code.conditions import Truth, either
from kgen.code.lane_truth import LaneTruth
from kgen.code.qom_types import QomTypes, Variant
from kgen.code.uses.answers import Answers
from kgen.code.uses.facts import Assigned
from kgen.code.uses.program import Function, Program
from kgen.code.uses.values import (
    ADDRESS,
    CHOICE,
    ELEMENT,
    EQUAL,
    FIELD,
    HEAD,
    JOIN,
    NAME,
    NUMBER,
    ONE,
    PARAMETER,
    RESULT,
    TEST,
    TEXT,
    UNKNOWN,
    ZERO,
    Value,
    bound,
)
from kgen.model.expr import Expr
from kgen.model.lanes import union
from kgen.model.record import Record

# Parents of parents of a type, and functions that a class_init calls and that these call ...
_MOST = 64

# Values that are tried together, tests of which all answers are tried together, and functions whose
# results rest on those of others ...
_TOGETHER = 16
_TESTS = 4
_DEEPEST = 6

# The field of MachineState that has MachineClass.default_cpu_type, if nothing else is asked for.
_DEFAULT = "default_"

# What is given for the parameters of a function that matter.
Given = tuple[tuple[int, Value], ...]

_Key = TypeVar("_Key")

# What a value is, and where.
Found = list[tuple[Value, int]]


class Frame(Record):
    """A function that runs. owner: the type whose class and object count in it. giver: the file
    that has the text that is given, if one is."""

    function: Function
    owner: str
    given: Given
    giver: str = ""


class Classes:
    """Answers what is in a field of a type's class or object, and what a value is in a frame.

    command_line: what is known of it; see Answers.
    """

    def __init__(
        self, program: Program, types: QomTypes, truth: LaneTruth, command_line: Set[str]
    ) -> None:
        self._program = program
        self._answers = Answers(truth, command_line)
        self._types = types
        self._truth = truth
        self._assigned: dict[tuple[str, str], list[tuple[str, Assigned]]] = {}
        self._fields: dict[tuple[str, str, str], list[tuple[str, Value, int]]] = {}
        self._compiled: dict[int, int] = {}
        # What functions return, by the type whose object counts in them; "" if none does.
        self._returns: dict[str, dict[tuple[int, Given], Found]] = {}
        self._depth = 0
        # What the functions of a type give to the properties of what they make, and who made a
        # type.
        self._given: dict[tuple[str, str], dict[Value, int]] = {}
        self._makers: dict[str, dict[str, int]] = {}
        self._made: dict[str, set[str]] = {}
        # How often something new of these was noted.
        self.learned = 0

    def forget(self) -> None:
        """Begin anew: nothing was made or given."""
        for one in (self._given, self._makers, self._made):
            one.clear()
        self._returns = {"": self._returns.get("", {})}

    def makes(self, maker: str, name: str, lanes: int) -> None:
        """A function of a type makes another one."""
        if self._note(self._makers.setdefault(name, {}), maker, lanes):
            self._made.setdefault(maker, set()).add(name)
            self._returns.pop(name, None)

    def gives(self, maker: str, field: str, value: Value, lanes: int) -> None:
        """A function of a type gives a value to a property of something that it makes."""
        if self._note(self._given.setdefault((maker, field), {}), value, lanes):
            for name in self._made.get(maker, ()):
                self._returns.pop(name, None)

    def _note(self, known: dict[_Key, int], key: _Key, lanes: int) -> bool:
        """Whether this is new."""
        if not lanes & ~known.get(key, 0):
            return False
        known[key] = known.get(key, 0) | lanes
        self.learned += 1
        return True

    def compiled(self, function: Function) -> int:
        """The lanes in which a function is compiled."""
        found = self._compiled.get(function.number)
        if found is None:
            found = self._truth.of(function.built)[0] & self._truth.of(function.body.condition)[0]
            self._compiled[function.number] = found
        return found

    def line(self, name: str, lanes: int) -> Iterator[tuple[Variant, int]]:
        """A type and its parents, with the lanes in which they are registered."""
        waiting = [(name, lanes)]
        for _ in range(_MOST):
            if not waiting:
                return
            name, lanes = waiting.pop()
            for one in self._types.variants.get(name, ()):
                here = lanes & one.lanes[0]
                if here:
                    yield one, here
                    waiting.append((one.type.parent, here))

    def of_class(self, path: str, name: str) -> list[tuple[str, Assigned]]:
        """What class_init assigns, and what it calls, each with the path of the file."""
        found = self._assigned.get((path, name))
        if found is None:
            found = self._assigned[path, name] = []
            seen = {(path, name)}
            waiting: list[tuple[str, str, dict[int, Value | None]]] = [(path, name, {})]
            while waiting and len(seen) < _MOST:
                path, name, arguments = waiting.pop(0)
                for one in self._program.called(path, name):
                    for item in one.body.assigned:
                        value = bound(item.value, arguments)
                        if value is not None:
                            found.append((one.path, item._replace(value=value)))
                    for call in one.body.calls:
                        key = one.path, call.name
                        if key not in seen and not call.through:
                            seen.add(key)
                            inner = {at: bound(each, arguments) for at, each in call.arguments}
                            waiting.append((*key, inner))
        return found

    def field(self, owner: str, kind: str, name: str) -> list[tuple[str, Value, int]]:
        """What the class or the object of a type has in a field of a struct: the path of the file
        in which it is assigned, the value, and the lanes in which it is not a parent's that
        counts."""
        found = self._fields.get((owner, kind, name))
        if found is None:
            found = self._fields[owner, kind, name] = []
            rest = self._truth.everywhere
            is_class = kind.endswith("class")
            known = 0
            for one, here in self.line(owner, rest):
                starts = (one.type.class_init,) if is_class or not kind else ()
                starts = starts if is_class else (*starts, one.type.instance_init)
                for start in starts:
                    for path, item in self.of_class(one.path, start):
                        same = not kind or not item.kind or item.kind == kind
                        if not is_class and (kind, name) in self._program.changed:
                            continue
                        if same and is_class:
                            known |= here
                        if item.field == name and same and here & rest:
                            found.append((path, item.value, here & rest))
                            rest &= ~here
            if known & rest:
                found.append(("", ZERO, known & rest))  # a class begins with zeros
        return found

    def of(self, value: Value | None, frame: Frame) -> Found:
        """What a value is in a frame: texts, numbers, names or UNKNOWN; in lanes that none of them
        has, it is not known."""
        if value is None:
            return []
        if value[0] in (TEXT, NUMBER, NAME, "?"):
            return [(value, self._truth.everywhere)]
        if value[0] == PARAMETER:
            for number, one in frame.given:
                if number == value[1]:
                    return [(one, self._truth.everywhere)]
            return []
        if self._depth > _DEEPEST:
            return []
        self._depth += 1
        found = self._of(value, frame)
        self._depth -= 1
        return found

    def _of(self, value: Value, frame: Frame) -> Found:
        kind = value[0]
        if kind in (FIELD, RESULT):
            own_card = (FIELD, "machineclass", "default_nic")
            found = self._answers.of(value, frame.function.body, lambda: self.of(own_card, frame))
            if found:
                return found
        if kind == FIELD:
            return self._field(value, frame)
        if kind == CHOICE:
            return [
                (one, lanes & where)
                for each, condition in value[1]
                if (where := self.sure(condition, frame))
                for one, lanes in self.of(each, frame)
                if lanes & where
            ]
        if kind == EQUAL:
            return [
                (_same(left, right), one & other)
                for left, one in self.of(value[1], frame)
                for right, other in self.of(value[2], frame)
                if one & other
            ]
        if kind == JOIN:
            return [
                ((TEXT, "".join(str(one[1]) for one in every)), lanes)
                for every, lanes in self._together([self.of(one, frame) for one in value[1]])
                if all(one[0] in (TEXT, NUMBER) for one in every)
            ]
        if kind == HEAD:
            return [
                ((TEXT, one[1][: value[1]].split(" ")[0]), lanes)
                for one, lanes in self.of(value[2], frame)
                if one[0] == TEXT
            ]
        if kind == ELEMENT:
            rows = self._program.tables.get((frame.function.path, value[1]), ())
            return [
                found
                for row in rows
                for field, one in row
                if field == value[2]
                for found in self.of(one, frame)
            ]
        if kind == RESULT:
            return self._result(value, frame)
        return []

    def _field(self, value: Value, frame: Frame) -> Found:
        _, kind, name = value
        found: Found = []
        rest = self._truth.everywhere
        if not kind.endswith("class"):
            for maker, where in self._makers.get(frame.owner, {}).items():
                for one, lanes in self._given.get((maker, name), {}).items():
                    if lanes & where:
                        found.append((one, lanes & where))
            for _, lanes in found:
                rest &= ~lanes
        for owner, field in ((kind, name), ("machineclass", _DEFAULT + name)):
            if field != name and kind != "machine":
                continue
            for path, each, lanes in self.field(frame.owner, owner, field) if rest else ():
                inner = frame if frame.function.path == path else self._in(path, frame)
                for one, where in self.of(each, inner):
                    if where & lanes & rest:
                        if one[0] == NAME and not one[1].isupper():
                            one = (ADDRESS, one[1])
                        found.append((one, where & lanes & rest))
                        rest &= ~(where & lanes)
        default = self._program.defaults.get((kind, name))
        if default is not None and rest:
            found.append((default, rest))
        return found

    def _in(self, path: str, frame: Frame) -> Frame:
        """A frame of no function, in a file."""
        return frame._replace(function=frame.function._replace(path=path), given=())

    def _result(self, value: Value, frame: Frame) -> Found:
        _, name, arguments = value
        found: Found = []
        for one in self._program.called(frame.function.path, name):
            if not one.body.returned or not self.compiled(one):
                continue
            numbers = [(at, each) for at, each in enumerate(arguments) if each is not None]
            for given, lanes in self.frames(one, numbers, frame):
                for each, here in self._returned(one, frame.owner, given):
                    if here & lanes:
                        found.append((each, here & lanes))
        return found

    def _returned(self, function: Function, owner: str, given: Given) -> Found:
        """What a function returns that is given this."""
        owner = owner if function.asks else ""
        known = self._returns.setdefault(owner, {})
        key = function.number, given
        found = known.get(key)
        if found is None:
            found = known[key] = []  # of one that calls itself nothing is known
            inner = Frame(function, owner, given)
            for returned, condition in function.body.returned:
                where = self.compiled(function) & self.sure(condition, inner)
                for each, here in self.of(returned, inner) if where else ():
                    if here & where:
                        found.append((each, here & where))
        return found

    def one_of(self, value: Value, frame: Frame) -> tuple[tuple[str, ...], int]:
        """Texts, and lanes in which a value is surely one of them, whichever that is."""
        found = [(one[1], lanes) for one, lanes in self.of(value, frame) if one[0] == TEXT]
        names, where = dict.fromkeys(name for name, _ in found), union(lanes for _, lanes in found)
        if self._depth <= _DEEPEST:
            self._depth += 1
            for branches, inner, lanes in self._branches(value, frame):
                lanes &= self._complete(branches, inner)
                for each, condition in branches if lanes else ():
                    others, known = self.one_of(each, inner)
                    lanes &= known | ~self._lanes(condition, inner)[1]
                    names |= dict.fromkeys(others)
                where |= lanes
            self._depth -= 1
        return tuple(names), where

    def _branches(
        self, value: Value, frame: Frame
    ) -> Iterator[tuple[Sequence[tuple[Value, Expr]], Frame, int]]:
        """What a value can be, each with its condition in a frame; and the lanes for all."""
        if value[0] == CHOICE:
            yield value[1], frame, self._truth.everywhere
        elif value[0] == RESULT:
            numbers = [(at, each) for at, each in enumerate(value[2]) if each is not None]
            for one in self._program.called(frame.function.path, value[1]):
                for given, lanes in self.frames(one, numbers, frame):
                    inner = Frame(one, frame.owner, given)
                    yield one.body.returned, inner, lanes & self.compiled(one)

    def _complete(self, branches: Sequence[tuple[Value, Expr]], frame: Frame) -> int:
        """The lanes in which one of the conditions holds, whatever the tests in them give."""
        whole = either(*(condition for _, condition in branches))
        tests = sorted({name for name in whole if name.startswith(TEST)})
        if len(tests) > _TESTS:
            return 0
        lanes = everywhere = self._truth.everywhere
        for answers in product((0, everywhere), repeat=len(tests)):
            given = dict(zip(tests, answers, strict=True))
            lanes &= self._lanes(whole, frame, given)[0]
        return lanes

    def frames(
        self, function: Function, arguments: Sequence[tuple[int, Value]], frame: Frame
    ) -> list[tuple[Given, int]]:
        """What is given to a function that is called in a frame, with the lanes."""
        matters = self._program.matters(function)
        if not matters:
            return [((), self._truth.everywhere)]
        named = [(at, self.of(value, frame)) for at, value in arguments if at in matters]
        named = [(at, found) for at, found in named if found]
        rest = self._truth.everywhere
        made = []
        for every, lanes in self._together([found for _, found in named]):
            made.append((tuple(zip((at for at, _ in named), every, strict=True)), lanes))
            rest &= ~lanes
        return [*made, ((), rest)] if rest else made

    def _together(self, several: list[Found]) -> list[tuple[tuple[Value, ...], int]]:
        """All combinations, with the lanes of each."""
        made: list[tuple[tuple[Value, ...], int]] = [((), self._truth.everywhere)]
        for found in several:
            made = [
                ((*every, one), lanes & where)
                for every, lanes in made
                for one, where in found
                if lanes & where
            ]
            if len(made) > _TOGETHER:
                return []
        return made

    def sure(self, condition: Expr, frame: Frame) -> int:
        """The lanes in which a condition surely holds in a frame."""
        return self._lanes(condition, frame)[0]

    def _lanes(
        self, condition: Expr, frame: Frame, given: Mapping[str, int] | None = None
    ) -> tuple[int, int]:
        """The lanes in which a condition surely holds in a frame, and those in which it may. given:
        where tests are true, instead of what is known of them."""
        if not any(name.startswith(TEST) for name in condition):
            return self._truth.of(condition)
        known = {}
        for name in condition:
            if given is not None and name in given:
                known[name] = given[name], given[name]
            elif name.startswith(TEST):
                value = frame.function.body.tests[int(name.removeprefix(TEST))]
                known[name] = self._tested(value, frame)
            elif name not in ("!", "&&", "||"):
                known[name] = self._truth.of((name,))
        return Truth(known, self._truth.everywhere).of(condition)

    def _tested(self, value: Value, frame: Frame) -> tuple[int, int]:
        """Where a test is surely true, and where possibly."""
        yes = no = 0
        for one, lanes in self.of(value, frame):
            true = _true(one)
            yes |= 0 if true is False else lanes
            no |= 0 if true is True else lanes
        return yes & ~no, self._truth.everywhere & ~(no & ~yes)


def _true(value: Value) -> bool | None:
    """Whether a value is not 0; None if that is not known."""
    if value[0] == NUMBER:
        return bool(value[1])
    return True if value[0] in (TEXT, ADDRESS) else None


def _same(left: Value, right: Value) -> Value:
    """Whether two values are equal."""
    if UNKNOWN in (left, right):
        return UNKNOWN
    if left[0] == right[0]:
        known = left[0] != NAME or (left[1].isupper() and right[1].isupper())
        return ONE if left == right else ZERO if known else UNKNOWN
    for one, other in ((left, right), (right, left)):
        if one[0] == NUMBER:
            true = _true(other)
            if not one[1]:
                return UNKNOWN if true is None else ZERO if true else ONE
    return UNKNOWN
