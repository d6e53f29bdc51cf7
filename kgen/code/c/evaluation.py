"""A small evaluation of C: the functions that QEMU runs before `main` to register its types.

They are few and simple: they fill in a TypeInfo, walk over a table, make a name with
g_strdup_printf. What is not known stays unknown, and where an `if` asks for it, it is one more
question to `Choices`. Functions of class_init are evaluated in the same way: all that counts is
what they assign to the fields of their class.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from kgen.code.c.declarations import Function
from kgen.code.c.effects import (
    REGISTERS,
    REGISTERS_MANY,
    STARTS,
    acts,
    as_it_is,
    assigned,
    definition,
    is_idle,
    is_length,
    matters,
    undefined,
    unknown_at,
    variable,
)
from kgen.code.c.expressions import Node
from kgen.code.c.statements import parsed, parsed_value
from kgen.code.c.tokens import Token
from kgen.code.c.unit import FIELDS
from kgen.code.c.values import (
    UNKNOWN,
    Class,
    Element,
    Later,
    Struct,
    Symbol,
    Text,
    add_category,
    address,
    concatenated,
    element,
    equal,
    found_character,
    made_text,
    text_of,
    truth,
)
from kgen.code.c.view import View, computed

# Statements and calls of one evaluation, and calls within calls.
STEPS = 400_000
_DEEPEST = 60
_ROUNDS = 20_000  # of one loop: tables of CPU models have some hundred lines


class TooLong(Exception):
    """An evaluation that does not come to an end."""


class _Return(Exception):
    def __init__(self, value: Any) -> None:
        self.value = value


class _Jump(Exception):
    """break, continue or goto."""


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
            self._run(parsed(function.body), values, view)
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
        found = definition(symbol)
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
            raise _Jump(node[1])
        elif kind == "switch":
            self._switch(node, values, view)

    def _initial(self, node: Node, values: dict[str, Any], view: View) -> Any:
        _, kind, _, many, value, at = node
        if value is None:
            return Struct(kind, view, at) if not many else UNKNOWN
        if value[0] == "list":
            return self._list(value, values, view, kind, many)
        if is_length(value) and value[2][0][1] not in values:
            # The length of a table does not change, and is rarely needed.
            return Later(partial(self._value, value, values, view))
        return self._value(value, values, view)

    def _if(self, node: Node, values: dict[str, Any], view: View) -> None:
        _, test, yes, no, at = node
        if is_idle(node, view):
            return
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
                if jump.args != ("continue",):
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
            return element(array, number)
        if kind == "step":
            return self._step(node, values, view)
        if kind == "list":
            return self._list(node, values, view, "", False)
        if kind == "join":
            return concatenated([text_of(self._value(one, values, view)) for one in node[1]])
        return UNKNOWN

    def _named(self, name: str, at: int, values: dict[str, Any], view: View) -> Any:
        if name in values:
            found = values[name]
            if isinstance(found, Later):
                found = values[name] = found.value()
            return found
        if name in ("true", "false", "NULL"):
            return int(name == "true")
        if name in view.values:
            return view.values[name]
        owner, found = variable(name, view)
        if found is None:
            define = view.lookup(name, (at,))
            if define is not None and define.parameters is None:  # it depends on choices
                view.values[name] = UNKNOWN  # while it is evaluated: it may be in its own text
                view.values[name] = self._text_value(view.expanded(name, at), view)
                return view.values[name]
            view.values[name] = undefined(name, view)
        else:
            view.values[name] = UNKNOWN  # while it is evaluated
            view.values[name] = self._global(found, owner)
        return view.values[name]

    def _global(self, variable: Any, view: View) -> Any:
        if not variable.value:
            return Struct(variable.kind, view, variable.at) if not variable.many else UNKNOWN
        return self._text_value(variable.value, view, variable.kind, variable.many)

    def _text_value(
        self, text: list[Token] | tuple[Token, ...], view: View, kind: str = "", many: bool = False
    ) -> Any:
        node = parsed_value(tuple(text))
        if node is None:
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
            elif name is not None and value[0] not in ("text", "number") and not values:
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
            one, other_ = address(left), address(right)
            if one[0] is other_[0]:
                found = computed(operator, one[1], other_[1])
                return UNKNOWN if found is None else found
        return UNKNOWN

    def _assign(self, node: Node, values: dict[str, Any], view: View) -> Any:
        _, operator, target, source = node
        other = target[0] == "field" and target[2] not in FIELDS
        if other and isinstance(self._value(target[1], values, view), Class):
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
            if isinstance(owner, Struct) or (isinstance(owner, Class) and target[2] in FIELDS):
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

    def _call(self, node: Node, values: dict[str, Any], view: View, used: bool = True) -> Any:
        _, callee, given, at = node
        symbol = self._value(callee, values, view)
        if not used and isinstance(symbol, Symbol) and not acts(symbol):
            return UNKNOWN
        arguments = [self._value(one, values, view) for one in given]
        if not isinstance(symbol, Symbol):
            return UNKNOWN
        name, first = symbol.name, arguments[0] if arguments else UNKNOWN
        if name in REGISTERS:
            self.registered += [(as_it_is(one), view, at) for one in arguments[:1]]
            return UNKNOWN
        if name == REGISTERS_MANY:
            items = first.items if isinstance(first, Struct) else [UNKNOWN]
            self.registered += [(one, view, at) for one in items]
            return UNKNOWN
        if name == "ARRAY_SIZE":
            return len(first.items) if isinstance(first, Struct) else UNKNOWN
        if name in STARTS:
            return self.called(first, [])
        if name == "set_bit":
            add_category(arguments)
            return UNKNOWN
        if name == "strchr" and len(arguments) == 2:
            return found_character(arguments[0], arguments[1])
        made = made_text(name, [text_of(one) for one in arguments])
        if made is not None:
            made = Text(made, view) if isinstance(made, str) else made
            if name == "snprintf" and given:
                self._store(given[0], made, values, view)
            return made
        found = definition(symbol, used)
        if found is not None:
            return self.call(found[0], found[1], arguments)
        # A cast: DEVICE_CLASS(klass). Anything else of a class is of no interest.
        return next((one for one in arguments if isinstance(one, Class)), UNKNOWN)
