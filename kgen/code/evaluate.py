"""A small evaluation of C: the functions that QEMU runs before `main` to register its types.

They are few and simple: they fill in a TypeInfo, walk over a table, make a name with
g_strdup_printf. What is not known stays unknown, and where an `if` asks for it, it is one more
question to `Choices`. Functions of class_init are evaluated in the same way: all that counts is
what they assign to the fields of their class.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

from kgen.code.c_parser import Function, Node, NotUnderstood, Parser
from kgen.code.c_tokens import Token
from kgen.code.unit import FIELDS, View, computed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Statements and calls of one evaluation, and calls within calls.
STEPS = 400_000
_DEEPEST = 60

# Repetitions of one loop: tables of CPU models have some hundred lines.
_ROUNDS = 20_000

# What registers a type: the number of arguments says whether it is one or a list.
REGISTERS = frozenset({"type_register", "type_register_static", "type_register_internal"})
REGISTERS_MANY = "type_register_static_array"

_OWN = REGISTERS | {REGISTERS_MANY, "set_bit", "snprintf"}

_CATEGORY = "DEVICE_CATEGORY_"


class _Unknown:
    """A value that is not known."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()


class Symbol:
    """A name with an address: a function, or something of another file."""

    def __init__(self, name: str, view: View) -> None:
        self.name = name
        self.view = view


class Struct:
    """A struct or an array: fields by name, and values by number. at: where its text begins."""

    def __init__(self, kind: str, view: View, at: int) -> None:
        self.kind = kind
        self.view = view
        self.at = at
        self.fields: dict[str, Any] = {}
        self.items: list[Any] = []

    def field(self, name: str) -> Any:
        """A field's value; 0 if nothing is said of it."""
        if name in self.fields:
            found = self.fields[name]
            if isinstance(found, Later):
                found = self.fields[name] = found.value()
            return found
        if self.items:
            names = self.view.unit.fields(self.kind)
            if name not in names:
                return UNKNOWN
            number = names.index(name)
            return self.items[number] if number < len(self.items) else 0
        return 0


class Later:
    """A value that is not evaluated before somebody asks for it: of a table within a table."""

    def __init__(self, value: Callable[[], Any]) -> None:
        self.value = value


class Text(Struct):
    """A text that was made at run time, and may be changed: an array of characters."""

    def __init__(self, text: str, view: View) -> None:
        super().__init__("char", view, -1)
        self.items = [*map(ord, text), 0]

    @property
    def text(self) -> str:
        """What it holds now."""
        return "".join(chr(one) for one in self.items[:-1] if isinstance(one, int))


class Element:
    """The address of an element of an array."""

    def __init__(self, array: Struct, number: int) -> None:
        self.array = array
        self.number = number

    @property
    def value(self) -> Any:
        """The element."""
        known = 0 <= self.number < len(self.array.items)
        return self.array.items[self.number] if known else UNKNOWN


def text_of(value: Any) -> Any:
    """A value, or the text that it holds."""
    return value.text if isinstance(value, Text) else value


class Class:
    """A class that is being initialized, by whatever type a pointer sees it."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.categories: dict[str, None] = {}


class TooLong(Exception):
    """An evaluation that does not come to an end."""


class _Return(Exception):
    def __init__(self, value: Any) -> None:
        self.value = value


class _Jump(Exception):
    """break, continue or goto."""


@lru_cache(maxsize=1 << 10)
def _parsed(body: tuple[Token, ...]) -> Node:
    try:
        return Parser(body).block()
    except NotUnderstood:
        return ("block", ())


class Evaluation:
    """One evaluation. registered: what the calls of type_register were given, in order."""

    def __init__(self) -> None:
        self.registered: list[Any] = []
        self._left = STEPS
        self._depth = 0

    # Functions.

    def call(self, view: View, function: Function, arguments: list[Any]) -> Any:
        """Evaluate a function; what it returns. Raises TooLong."""
        if self._depth >= _DEEPEST:
            return UNKNOWN
        known = [*arguments, *[UNKNOWN] * len(function.parameters)]
        values = dict(zip(function.parameters, known, strict=False))
        self._depth += 1
        try:
            self._run(_parsed(function.body), values, view)
        except _Return as found:
            return found.value
        except _Jump:
            return UNKNOWN
        finally:
            self._depth -= 1
        return UNKNOWN

    def called(self, symbol: Any, arguments: list[Any]) -> Any:
        """Call what a pointer to a function points to, wherever it is defined."""
        if not isinstance(symbol, Symbol):
            return UNKNOWN
        found = _definition(symbol)
        return UNKNOWN if found is None else self.call(found[0], found[1], arguments)

    # Statements.

    def _run(self, node: Node | None, values: dict[str, Any], view: View) -> None:
        if node is None:
            return
        self._left -= 1
        if self._left < 0:
            raise TooLong
        kind = node[0]
        if kind == "block":
            for one in node[1]:
                self._run(one, values, view)
        elif kind == "do":
            if node[1][0] == "call":
                self._call(node[1], values, view, used=False)
            else:
                self._value(node[1], values, view)
        elif kind == "declare":
            values[node[2]] = self._initial(node, values, view)
        elif kind == "if":
            self._if(node, values, view)
        elif kind == "loop":
            self._loop(node, values, view)
        elif kind == "return":
            raise _Return(0 if node[1] is None else self._value(node[1], values, view))
        elif kind == "jump":
            raise _Jump
        elif kind == "switch":
            self._switch(node, values, view)

    def _initial(self, node: Node, values: dict[str, Any], view: View) -> Any:
        _, kind, _, many, value, at = node
        if value is None:
            return Struct(kind, view, at) if not many else UNKNOWN
        if value[0] == "list":
            return self._list(value, values, view, kind, many)
        return self._value(value, values, view)

    def _if(self, node: Node, values: dict[str, Any], view: View) -> None:
        _, test, yes, no, at = node
        known = truth(self._value(test, values, view))
        if known is None:
            if not (matters(yes, view) or matters(no, view)):
                for name in assigned(node):
                    values[name] = UNKNOWN
                return
            known = view.choices.decide(unknown_at(view, at))
        self._run(yes if known else no, values, view)

    def _loop(self, node: Node, values: dict[str, Any], view: View) -> None:
        _, first, test, step, body, at = node
        self._run(first if first is None or first[0] != "binary" else None, values, view)
        for _ in range(_ROUNDS):
            known = True if test is None else truth(self._value(test, values, view))
            if known is None:
                if matters(body, view):
                    # What a loop of unknown length registers is unknown, too.
                    self.registered.append((UNKNOWN, view, at))
                for name in assigned(node):
                    values[name] = UNKNOWN
                return
            if not known:
                return
            try:
                self._run(body, values, view)
            except _Jump as jump:
                if jump.args and jump.args[0] != "continue":
                    return
            if step is not None:
                self._value(step, values, view)
            if test is None:
                return
        raise TooLong

    def _switch(self, node: Node, values: dict[str, Any], view: View) -> None:
        _, test, body, at = node
        if not matters(body, view):
            for name in assigned(node):
                values[name] = UNKNOWN
            return
        value = self._value(test, values, view)
        running = False
        for one in body[1] if body is not None and body[0] == "block" else ():
            if one[0] == "case":
                if one[1] is None:
                    running = True
                elif not running:
                    known = truth(equal(value, self._value(one[1], values, view)))
                    running = view.choices.decide(unknown_at(view, at)) if known is None else known
            elif running:
                try:
                    self._run(one, values, view)
                except _Jump:
                    return

    # Expressions.

    def _value(self, node: Node, values: dict[str, Any], view: View) -> Any:
        self._left -= 1
        if self._left < 0:
            raise TooLong
        kind = node[0]
        if kind in ("text", "number"):
            return UNKNOWN if node[1] is None else node[1]
        if kind == "name":
            return self._named(node[1], node[2], values, view)
        if kind == "field":
            return self._field(self._value(node[1], values, view), node[2])
        if kind == "call":
            return self._call(node, values, view)
        if kind == "assign":
            return self._assign(node, values, view)
        if kind == "binary":
            return self._binary(node, values, view)
        if kind == "unary":
            return self._unary(node, values, view)
        if kind == "either":
            return self._either(node, values, view)
        if kind == "element":
            number = self._value(node[2], values, view)
            array = self._value(node[1], values, view)
            return _element(array, number)
        if kind == "step":
            return self._step(node, values, view)
        if kind == "list":
            return self._list(node, values, view, "", False)
        if kind == "join":
            parts = [text_of(self._value(one, values, view)) for one in node[1]]
            return "".join(parts) if all(isinstance(one, str) for one in parts) else UNKNOWN
        return UNKNOWN

    def _named(self, name: str, at: int, values: dict[str, Any], view: View) -> Any:
        if name in values:
            return values[name]
        if name in ("true", "false", "NULL"):
            return int(name == "true")
        if name in view.values:
            return view.values[name]
        variable = view.variable(name)
        if variable is None:
            define = view.lookup(name, (at,))
            if define is not None and define.parameters is None:  # it depends on choices
                view.values[name] = UNKNOWN  # while it is evaluated: it may be in its own text
                view.values[name] = self._text_value(view.expanded(name, at), view)
                return view.values[name]
            view.values[name] = Symbol(name, view)
        else:
            view.values[name] = UNKNOWN  # while it is evaluated
            view.values[name] = self._global(variable, view)
        return view.values[name]

    def _global(self, variable: Any, view: View) -> Any:
        if not variable.value:
            return Struct(variable.kind, view, variable.at) if not variable.many else UNKNOWN
        return self._text_value(variable.value, view, variable.kind, variable.many)

    def _text_value(
        self, text: Sequence[Token], view: View, kind: str = "", many: bool = False
    ) -> Any:
        try:
            node = Parser(text).expression()
        except NotUnderstood:
            return UNKNOWN
        if node[0] == "list":
            return self._list(node, {}, view, kind, many)
        return self._value(node, {}, view)

    def _list(
        self, node: Node, values: dict[str, Any], view: View, kind: str, many: bool
    ) -> Struct:
        found = Struct(kind, view, node[2])
        for name, value in node[1]:
            if value[0] == "list":
                made: Any = self._list(value, values, view, kind if many else "", False)
            elif name is not None and value[0] == "name" and not values:
                made = Later(partial(self._value, value, values, view))
            else:
                made = self._value(value, values, view)
            if name is None:
                found.items.append(made)
            else:
                found.fields[name] = made
        return found

    def _field(self, value: Any, name: str) -> Any:
        if isinstance(value, Element):
            value = value.value
        if isinstance(value, Struct):
            if not value.fields and value.items and isinstance(value.items[0], Struct):
                value = value.items[0]  # an array stands for its first element
            return value.field(name)
        if isinstance(value, Class):
            # A part of the class is seen as the class; of its own fields only the few count.
            return value.fields.get(name, value if name not in FIELDS else UNKNOWN)
        return UNKNOWN

    def _either(self, node: Node, values: dict[str, Any], view: View) -> Any:
        test = self._value(node[1], values, view)
        known = truth(test)
        if known is None:
            yes = test if node[2] is None else self._value(node[2], values, view)
            no = self._value(node[3], values, view)
            return yes if yes is no or (isinstance(yes, str) and yes == no) else UNKNOWN
        if not known:
            return self._value(node[3], values, view)
        return test if node[2] is None else self._value(node[2], values, view)

    def _unary(self, node: Node, values: dict[str, Any], view: View) -> Any:
        value = self._value(node[2], values, view)
        if node[1] == "*":
            return value.value if isinstance(value, Element) else value
        if node[1] == "!":
            known = truth(value)
            return UNKNOWN if known is None else int(not known)
        if isinstance(value, int):
            return -value if node[1] == "-" else ~value
        return UNKNOWN

    def _binary(self, node: Node, values: dict[str, Any], view: View) -> Any:
        operator = node[1]
        left = self._value(node[2], values, view)
        if operator in ("&&", "||"):
            known = truth(left)
            if known is (operator == "||"):
                return int(known)
            other = truth(self._value(node[3], values, view))
            if known is None:
                return int(other) if other is (operator == "||") else UNKNOWN
            return UNKNOWN if other is None else int(other)
        right = self._value(node[3], values, view)
        if operator == ",":
            return right
        if isinstance(left, int) and isinstance(right, int):
            found = computed(operator, left, right)
            return UNKNOWN if found is None or abs(found) >> 128 else found
        if operator in ("==", "!="):
            same = truth(equal(left, right))
            return UNKNOWN if same is None else int(same is (operator == "=="))
        if operator in ("+", "-") and isinstance(right, int):
            if isinstance(left, Struct) and left.items:
                left = Element(left, 0)
            if isinstance(left, Element):
                return Element(left.array, left.number + (right if operator == "+" else -right))
        if isinstance(left, Struct | Element) and isinstance(right, Struct | Element):
            one, other_ = _address(left), _address(right)
            if one[0] is other_[0]:
                found = computed(operator, one[1], other_[1])
                return UNKNOWN if found is None else found
        return UNKNOWN

    def _assign(self, node: Node, values: dict[str, Any], view: View) -> Any:
        _, operator, target, source = node
        if target[0] == "field" and target[2] not in FIELDS:
            if isinstance(self._value(target[1], values, view), Class):
                return UNKNOWN
        value = self._value(source, values, view)
        if operator != "=":
            old = self._value(target, values, view)
            known = isinstance(old, int) and isinstance(value, int)
            value = computed(operator[:-1], old, value) if known else UNKNOWN
            value = UNKNOWN if value is None else value
        self._store(target, value, values, view)
        return value

    def _store(self, target: Node, value: Any, values: dict[str, Any], view: View) -> None:
        if target[0] == "name":
            if target[1] in values:
                values[target[1]] = value
            else:
                view.values[target[1]] = value
        elif target[0] == "field":
            owner = self._value(target[1], values, view)
            if isinstance(owner, Element):
                owner = owner.value
            if isinstance(owner, Struct):
                owner.fields[target[2]] = value
            elif isinstance(owner, Class) and target[2] in FIELDS:
                owner.fields[target[2]] = value
        elif target[0] == "unary" and target[1] == "*":
            place = self._value(target[2], values, view)
            if isinstance(place, Element) and 0 <= place.number < len(place.array.items):
                place.array.items[place.number] = value
        elif target[0] == "element":
            array = self._value(target[1], values, view)
            number = self._value(target[2], values, view)
            if isinstance(array, Struct) and number in range(len(array.items)):
                array.items[number] = value

    def _step(self, node: Node, values: dict[str, Any], view: View) -> Any:
        old = self._value(node[2], values, view)
        by = 1 if node[1] == "++" else -1
        if isinstance(old, Struct) and old.items:
            old = Element(old, 0)
        if isinstance(old, int):
            self._store(node[2], old + by, values, view)
        elif isinstance(old, Element):
            self._store(node[2], Element(old.array, old.number + by), values, view)
        else:
            self._store(node[2], UNKNOWN, values, view)
            return UNKNOWN
        return old

    # Calls.

    def _call(
        self, node: Node, values: dict[str, Any], view: View, used: bool = True
    ) -> Any:
        _, callee, given, at = node
        symbol = self._value(callee, values, view)
        if not used and isinstance(symbol, Symbol) and not acts(symbol):
            return UNKNOWN
        arguments = [self._value(one, values, view) for one in given]
        if not isinstance(symbol, Symbol):
            return UNKNOWN
        name = symbol.name
        if name in REGISTERS:
            self.registered += [(_as_it_is(one), view, at) for one in arguments[:1]]
            return UNKNOWN
        if name == REGISTERS_MANY:
            many = arguments[0] if arguments else UNKNOWN
            items = many.items if isinstance(many, Struct) else [UNKNOWN]
            self.registered += [(one, view, at) for one in items]
            return UNKNOWN
        if name == "ARRAY_SIZE":
            many = arguments[0] if arguments else UNKNOWN
            return len(many.items) if isinstance(many, Struct) else UNKNOWN
        if name == "set_bit":
            if len(arguments) == 2 and isinstance(arguments[1], Class):
                category = arguments[0]
                if isinstance(category, Symbol) and category.name.startswith(_CATEGORY):
                    arguments[1].categories[category.name.removeprefix(_CATEGORY)] = None
            return UNKNOWN
        if name == "strchr" and len(arguments) == 2:
            return _found_character(arguments[0], arguments[1])
        made = made_text(name, [text_of(one) for one in arguments])
        if made is not None:
            if isinstance(made, str):
                made = Text(made, view)
            if name == "snprintf" and given:
                self._store(given[0], made, values, view)
            return made
        found = _definition(symbol, used)
        if found is not None:
            return self.call(found[0], found[1], arguments)
        # A cast: DEVICE_CLASS(klass). Anything else of a class is of no interest.
        return next((one for one in arguments if isinstance(one, Class)), UNKNOWN)


def _as_it_is(info: Any) -> Any:
    """A TypeInfo with its present fields: it may be filled in again for the next type."""
    if isinstance(info, Element):
        info = info.value
    if not isinstance(info, Struct):
        return info
    copy = Struct(info.kind, info.view, info.at)
    copy.fields = dict(info.fields)
    copy.items = info.items
    return copy


def acts(symbol: Symbol) -> bool:
    """Whether to call a function has an effect that is of interest."""
    name, view = symbol.name, symbol.view
    return (
        name in _OWN
        or view.makes(name)
        or view.unit.matters(name)
        or (not view.unit.chunks_of(name) and view.load(name) is not None)
    )


def _definition(symbol: Symbol, small: bool = True) -> tuple[View, Function] | None:
    """The function of this name with the view of its file.

    None if it is not known, or if to call it has no effect. small: those that only make a name
    are wanted, too.
    """
    name, view = symbol.name, symbol.view
    if view.makes(name) or view.unit.matters(name):
        function = view.function(name)
        if function is not None:
            return view, function
    if view.unit.chunks_of(name):
        function = view.function(name) if small and view.unit.is_small(name) else None
        return None if function is None else (view, function)
    other = view.load(name)
    function = None if other is None else other.function(name)
    return None if other is None or function is None else (other, function)


def _found_character(text: Any, character: Any) -> Any:
    """What strchr returns."""
    text = Element(text, 0) if isinstance(text, Text) else text
    if not isinstance(text, Element) or not isinstance(character, int):
        return UNKNOWN
    for number in range(text.number, len(text.array.items)):
        if text.array.items[number] == character:
            return Element(text.array, number)
    return 0


def _element(array: Any, number: Any) -> Any:
    if isinstance(array, Element) and isinstance(number, int):
        return Element(array.array, array.number + number).value
    if isinstance(array, Struct) and isinstance(number, int) and 0 <= number < len(array.items):
        found = array.items[number]
        return found if not isinstance(found, Struct) else Element(array, number)
    return UNKNOWN


def _address(value: Any) -> tuple[Any, int]:
    return (value.array, value.number) if isinstance(value, Element) else (value, 0)


def truth(value: Any) -> bool | None:
    """Whether a value is true in C; None if it is not known."""
    if isinstance(value, int):
        return value != 0
    if isinstance(value, str | Struct | Class):
        return True
    if isinstance(value, Element):
        return True if value.number <= len(value.array.items) else None
    if isinstance(value, Symbol) and value.view.unit.chunks_of(value.name):
        return True
    return None


def equal(left: Any, right: Any) -> Any:
    """`left == right`: 1, 0 or UNKNOWN."""
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    if isinstance(left, int) and isinstance(right, int):
        return int(left == right)
    if isinstance(left, Symbol) and isinstance(right, Symbol):
        return 1 if left.name == right.name else UNKNOWN
    for one, other in ((left, right), (right, left)):
        if one == 0 and isinstance(one, int):
            known = truth(other)
            return UNKNOWN if known is None else int(not known)
    return int(left is right) if isinstance(left, Struct | Element) else UNKNOWN


_FORMAT = re.compile(r"%(?:%|[-+ #0]*\d*(?:\.\d+)?(?:hh|h|ll|l|z|j)?([sduixXc]))")


def made_text(name: str, arguments: list[Any]) -> Any:
    """The text that a function of glib or C makes; UNKNOWN, or None for any other function."""
    if name in ("g_strdup_printf", "snprintf", "g_snprintf"):
        rest = arguments if name == "g_strdup_printf" else arguments[2:]
        return formatted(rest)
    if name in ("g_strdup", "g_intern_string", "g_intern_static_string", "strdup"):
        return arguments[0] if arguments else UNKNOWN
    if name == "g_strconcat":
        parts = arguments[: arguments.index(0)] if 0 in arguments else arguments
        return "".join(parts) if all(isinstance(one, str) for one in parts) else UNKNOWN
    if name in ("g_ascii_strdown", "g_ascii_strup") and arguments:
        text = arguments[0]
        if not isinstance(text, str):
            return UNKNOWN
        return text.lower() if name == "g_ascii_strdown" else text.upper()
    if name in ("strcmp", "g_strcmp0", "g_str_equal") and len(arguments) == 2:
        one, other = arguments
        if isinstance(one, str) and isinstance(other, str):
            return int((one == other) == (name == "g_str_equal"))
        return UNKNOWN
    return None


def formatted(arguments: list[Any]) -> Any:
    """What printf makes of a format and its values; UNKNOWN if it needs one that is unknown."""
    if not arguments or not isinstance(arguments[0], str):
        return UNKNOWN
    given = iter(arguments[1:])
    parts: list[str] = []
    end = 0
    text = arguments[0]
    for match in _FORMAT.finditer(text):
        parts.append(text[end : match.start()])
        end = match.end()
        if match[1] is None:
            parts.append("%")
            continue
        value = next(given, UNKNOWN)
        if not isinstance(value, str if match[1] == "s" else int):
            return UNKNOWN
        kind = "d" if match[1] in "ui" else match[1]
        plain = re.sub(r"hh|h|ll|l|z|j", "", match[0])[:-1]
        parts.append((plain + kind) % value)
    return "".join([*parts, text[end:]])


def unknown_at(view: View, at: int) -> str:
    """The atom for something that is decided when QEMU runs."""
    text = view.unit.pieces[0].source.text
    return f"unknown:{view.unit.path}:{text.count(chr(10), 0, at) + 1}"


def assigned(node: Any) -> set[str]:
    """The names of variables that a statement may assign to."""
    found: set[str] = set()
    stack = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, tuple):
            if one[:1] == ("assign",) and one[2][0] == "name":
                found.add(one[2][1])
            elif one[:1] == ("step",) and one[2][0] == "name":
                found.add(one[2][1])
            stack.extend(part for part in one if isinstance(part, tuple))
    return found


def matters(node: Any, view: View) -> bool:
    """Whether a statement may register a type or assign to a field that is asked for."""
    stack = [node]
    while stack:
        one = stack.pop()
        if not isinstance(one, tuple):
            continue
        if one[:1] == ("assign",) and one[2][0] == "field" and one[2][2] in FIELDS:
            return True
        if one[:1] == ("call",) and one[1][0] == "name":
            name = one[1][1]
            if acts(Symbol(name, view)):
                return True
        stack.extend(part for part in one if isinstance(part, tuple))
    return False
