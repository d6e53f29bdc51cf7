"""A walk over a function's statements: which names it uses, where that code is not dead, and what
it does whenever it is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kgen.code.c.expressions import Node
from kgen.code.c.tokens import Define
from kgen.code.conditions import NEVER, both, either, inverted
from kgen.code.uses.facts import CHAINED, Argument, Assigned, Call, Row, Used
from kgen.code.uses.guards import Guards
from kgen.code.uses.values import (
    NAME,
    NUMBER,
    PARAMETER,
    RESULT,
    TEXT,
    UNKNOWN,
    Value,
    Values,
    fields_of,
    is_closed,
    parts,
    plain_kind,
)
from kgen.model.expr import Expr

# What is called or assigned where something has gone wrong.
_ERRORS = ("error_", "err", "local_err", "exit", "abort", "g_assert", "hw_error", "cpu_abort")

# What counts things that the command line gives: include/net/net.h.
_MAY_BE_NONE = ("nb_", "num_nics", "num_drives")

_ENDS = frozenset({"exit", "abort", "hw_error", "g_assert_not_reached"})

# The arguments of these are names of types and fields.
_OF_TYPES = frozenset({"offsetof", "__builtin_offsetof", "__builtin_types_compatible_p", "va_arg"})


# Items of the longest condition under which something is known to happen: those of boards have few,
# and without a limit a function with n of `if` would need memory in the order of n squared.
_LONGEST = 48


class Walk:
    """Collects what one function or variable uses.

    parameters: of the function, each with the last word of its type. place: the condition of an
    offset. line: of an offset. fields: the names of the fields of a struct, in order.
    """

    def __init__(
        self,
        guards: Guards,
        parameters: tuple[tuple[str, str], ...],
        place: Callable[[int], Expr],
        line: Callable[[int], int],
        fields: Callable[[str], tuple[str, ...]],
    ) -> None:
        self._guards = guards
        self._place = place
        self._line = line
        self._fields = fields
        self.values = Values(guards, parameters)
        self._used: dict[str, Used] = {}
        self._calls: dict[tuple[str, bool, tuple[Argument, ...]], Call] = {}
        self._within: set[Define] = set()
        self._jumps: dict[str, Expr] = {}  # where a `goto` before it leads to a label
        self._assigned: dict[tuple[str, str], Value] = {}
        self.returned: list[tuple[Value, Expr]] = []
        self.tables: dict[str, tuple[Row, ...]] = {}

    def used(self) -> list[Used]:
        """What is used, in the order of the first use."""
        return [one for one in self._used.values() if not self.values.is_local(one.name)]

    def calls(self) -> tuple[Call, ...]:
        """What is surely called."""
        return tuple(
            one for one in self._calls.values() if one.through or not self.values.is_local(one.name)
        )

    def assigned(self) -> tuple[Assigned, ...]:
        """What is assigned to fields: of each what it is given last."""
        return tuple(
            Assigned(*key, value) for key, value in self._assigned.items() if is_closed(value)
        )

    # Statements.

    def statement(self, node: Node | None, possibly: Expr, surely: Expr) -> tuple[Expr, Expr]:
        """Walk over a statement. possibly: where it is not dead; surely: where it is always
        reached. Returns the same for what follows it."""
        if node is None or (possibly == NEVER and node[0] not in ("block", "label")):
            return possibly, surely
        kind = node[0]
        if kind == "block":
            for one in node[1]:
                possibly, surely = self.statement(one, possibly, surely)
        elif kind == "do":
            self.expression(node[1], possibly, surely)
            if _ends(node[1]):
                return NEVER, NEVER
        elif kind == "declare":
            self._declare(node, possibly, surely)
        elif kind == "if":
            return self._if(node, possibly, surely)
        elif kind == "loop":
            self._loop(node, possibly, surely)
        elif kind == "return":
            if node[1] is not None:
                self.expression(node[1], possibly, surely)
                value = self.values.of(node[1])
                if value is not None and surely != NEVER:
                    self.returned.append((value, surely))
            return NEVER, NEVER
        elif kind == "jump":
            self._jumps[node[2]] = either(self._jumps.get(node[2], NEVER), possibly)
            return NEVER, NEVER
        elif kind == "label" and node[1] in self._jumps:
            return either(possibly, self._jumps[node[1]]), surely
        elif kind == "switch":
            return possibly, self._switch(node, possibly, surely)
        elif kind == "case":
            return possibly, surely
        return possibly, surely

    def _declare(self, node: Node, possibly: Expr, surely: Expr) -> None:
        _, kind, name, many, value, _ = node
        self.values.declare(name, kind, None if many else value)
        if value is not None:
            self.expression(value, possibly, surely)
            if many:
                self.table(name, kind, value)

    def table(self, name: str, kind: str, value: Node) -> None:
        """Keep the texts and names that a list gives to the fields of the rows of a table."""
        rows = []
        for _, one in value[1] if value[0] == "list" else ():
            cells = fields_of(one, self._fields(kind)) if one[0] == "list" else (("", one),)
            found = ((field, self.values.of(cell)) for field, cell in cells)
            rows.append(tuple((field, cell) for field, cell in found if cell and cell[0] != NUMBER))
        if any(rows):
            self.tables[name] = tuple(rows)

    def _if(self, node: Node, possibly: Expr, surely: Expr) -> tuple[Expr, Expr]:
        _, test, yes, no, _ = node
        self.expression(test, possibly, surely)
        true, false = self._guards.truth(test)
        sure = self.values.decided(test)
        before = self.values.state()
        # Before and after: what follows is dead where both branches end.
        after = self.statement(yes, both(possibly, true), _narrowed(surely, sure[0]))
        between = self.values.state()
        self.values.back(before)
        other = self.statement(no, both(possibly, false), _narrowed(surely, sure[1]))
        yes_ends, no_ends = yes is not None and after[0] == NEVER, no and other[0] == NEVER
        if no_ends:
            self.values.back(between)
        elif not yes_ends:
            self.values.join(between, sure)
        rest = either(
            NEVER if yes_ends else both(possibly, true),
            NEVER if no_ends else both(possibly, false),
        )
        if rest == NEVER:
            return NEVER, NEVER
        for branch, otherwise in ((yes, sure[1]), (no, sure[0])):
            if branch is not None and _returns(branch) and not self._is_error(test, branch):
                surely = _narrowed(surely, otherwise)
        return rest, surely

    def _is_error(self, test: Node, branch: Node) -> bool:
        """Whether a branch that leaves the function does so because something went wrong: also
        after `bus = isa_bus_new(dev, errp)`, where there is no `bus`."""
        errors = (PARAMETER, self.values.parameters.get("errp"))
        return _is_error(test, branch) or any(
            one[0] == RESULT and errors in one[2] for one in parts(self.values.of(test))
        )

    def _loop(self, node: Node, possibly: Expr, surely: Expr) -> None:
        _, first, test, step, body, _ = node
        self.statement(_as_statement(first), possibly, surely)
        self.values.loop(first, _parts((test, step, body)))
        inner = surely if _runs(first, test) else NEVER
        if test is not None:
            self.expression(test, possibly, surely)
            possibly = both(possibly, self._guards.truth(test)[0])
        self.statement(body, possibly, inner)
        if step is not None:
            self.expression(step, possibly, inner)
        self.values.loop(None, _parts((first, step, body)))

    def _switch(self, node: Node, possibly: Expr, surely: Expr) -> Expr:
        """Walk over a switch. Returns where what follows it is always reached."""
        _, test, body, _ = node
        self.expression(test, possibly, surely)
        statements = body[1] if body is not None and body[0] == "block" else (body,)
        choices = [one[1] for one in statements if one is not None and one[:1] == ("case",)]
        others = [self.values.decided(("binary", "==", test, one)) for one in choices if one]
        before = self.values.state()
        here, after = NEVER, surely
        for one in statements:
            if one is None:
                continue
            if one[0] == "case":
                if one[1] is None:
                    where = both(*(never for _, never in others))
                else:
                    where = self.values.decided(("binary", "==", test, one[1]))[0]
                here = either(here, _narrowed(surely, where))
                here = here if len(here) <= _LONGEST else NEVER
                self.values.back(before.copy())
            elif one[0] == "jump":
                self.statement(one, possibly, here)
                here = NEVER
            else:
                if _returns(one) and not _is_error(test, one):
                    after = _narrowed(after, inverted(here)) if here != NEVER else NEVER
                here = self.statement(one, possibly, here)[1]
        self.values.loop(None, _parts(body))
        return after

    # Expressions.

    def expression(self, node: Node | None, possibly: Expr, surely: Expr) -> None:
        """Walk over an expression."""
        if node is None or possibly == NEVER:
            return
        kind = node[0]
        if kind == "name":
            self._use(node[1], node[2], possibly, NEVER)
        elif kind == "call":
            self._call(node, possibly, surely)
        elif kind == "binary" and node[1] in ("&&", "||"):
            self.expression(node[2], possibly, surely)
            true, false = self._guards.truth(node[2])
            sure = self.values.decided(node[2])
            if node[1] == "||":
                true, sure = false, sure[::-1]
            self.expression(node[3], both(possibly, true), _narrowed(surely, sure[0]))
        elif kind == "either":
            self.expression(node[1], possibly, surely)
            true, false = self._guards.truth(node[1])
            sure = self.values.decided(node[1])
            self.expression(node[2], both(possibly, true), _narrowed(surely, sure[0]))
            self.expression(node[3], both(possibly, false), _narrowed(surely, sure[1]))
        elif kind == "list":
            for _, value in node[1]:
                self.expression(value, possibly, surely)
        elif kind == "join":
            for one in node[1]:
                self.expression(one, possibly, surely)
        elif kind == "assign":
            self._assign(node)
            self.expression(node[2], possibly, surely)
            self.expression(node[3], possibly, surely)
        elif kind != "sizeof":
            for one in node[1:]:
                if isinstance(one, tuple):
                    self.expression(one, possibly, surely)

    def _call(self, node: Node, possibly: Expr, surely: Expr) -> None:
        _, callee, given, _ = node
        if callee[0] == "name" and callee[1] in _OF_TYPES:
            return
        arguments = tuple(
            (position, value)
            for position, one in enumerate(given)
            if (value := self.values.of(one)) is not None
        )
        if callee[0] == "name":
            self._use(callee[1], callee[2], possibly, surely, arguments)
            if callee[1] == CHAINED and len(given) > 1 and given[1][0] == "name":
                self._assigned["", CHAINED] = (NAME, given[1][1])
            self.values.called(callee[1], given)
        else:
            self.expression(callee, possibly, surely)
            if callee[0] == "field":
                kind = self.values.kind(callee[1])
                self._surely(callee[2], kind, True, node[3], surely, arguments)
        for one in given:
            self.expression(one, possibly, surely)

    def _assign(self, node: Node) -> None:
        _, operator, target, source = node
        if target[0] == "name":
            self.values.assign(target[1], source if operator == "=" else None)
        if target[0] == "field":
            kind, value = self.values.kind(target[1]), self.values.of(source)
            if value is not None or kind:
                self._assigned[kind, target[2]] = value or UNKNOWN

    def fields(self, kind: str, node: Node) -> None:
        """Keep the fields of a struct that a list gives, if they are texts or names."""
        for name, value in node[1] if node[0] == "list" else ():
            what = self.values.of(value)
            if name is not None and what is not None and what[0] in (TEXT, NAME):
                self._assigned[plain_kind(kind), name] = what

    def _use(
        self,
        name: str,
        at: int,
        possibly: Expr,
        surely: Expr,
        arguments: tuple[Argument, ...] | None = None,
    ) -> None:
        """A use of a name; of a function that is called with its arguments."""
        where = self._place(at)
        possibly, surely = both(possibly, where), both(surely, where)
        if possibly == NEVER:
            return
        defines = self._guards.macro(name, at)
        if defines:
            self._macro(defines, at, possibly)
            return
        if name.isupper():  # a macro that is not in the tree, a constant, a cast
            return
        line = self._line(at)
        old = self._used.get(name)
        if old is not None:
            self._used[name] = old._replace(condition=either(old.condition, possibly))
        else:
            self._used[name] = Used(name, line, possibly)
        if arguments is not None:
            self._surely(name, "", False, at, surely, arguments)

    def _surely(
        self,
        name: str,
        kind: str,
        through: bool,
        at: int,
        surely: Expr,
        arguments: tuple[Argument, ...],
    ) -> None:
        surely = both(surely, self._place(at))
        if surely == NEVER:
            return
        key = name, through, arguments
        known = self._calls.get(key)
        if known is not None:
            wider = either(known.surely, surely)
            if len(wider) <= _LONGEST:
                self._calls[key] = known._replace(surely=wider)
        else:
            self._calls[key] = Call(name, through, self._line(at), surely, arguments, kind)

    def _macro(self, defines: list[tuple[Define, Expr]], at: int, possibly: Expr) -> None:
        """What a macro uses that depends on choices: the names in its text."""
        for define, condition in defines:
            inner = both(possibly, condition)
            if inner == NEVER or define in self._within:
                continue
            self._within.add(define)
            for word in self._guards.words(define):
                self._use(word, at, inner, NEVER)
            self._within.discard(define)


def _narrowed(surely: Expr, where: Expr) -> Expr:
    """Both conditions; NEVER, which is to say that it is not known, where that is too long."""
    found = both(surely, where)
    return found if len(found) <= _LONGEST else NEVER


def _as_statement(node: Node | None) -> Node | None:
    """What stands first in `for`: a declaration, or an expression."""
    if node is None or node[0] in ("declare", "block", "do"):
        return node
    return ("do", node, -1)


def _parts(node: Any) -> Any:
    """A node and all within it."""
    stack = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, tuple):
            yield one
            stack.extend(reversed(one))


def _ends(node: Node) -> bool:
    """Whether an expression does not return."""
    return node[0] == "call" and node[1][0] == "name" and node[1][1] in _ENDS


def _returns(node: Node) -> bool:
    """Whether a statement can leave the function, or go elsewhere in it."""
    return any(
        one[:1] == ("return",)
        or one[:2] == ("jump", "goto")
        or (one[:1] == ("do",) and _ends(one[1]))
        for one in _parts(node)
    )


def _is_error(test: Node, branch: Node) -> bool:
    """Whether a branch that leaves the function does so because something went wrong."""
    for one in (*_parts(test), *_parts(branch)):
        if one[:2] == ("jump", "goto"):
            return True
        if (
            one[:1] == ("name",)
            and isinstance(one[1], str)
            and (one[1].startswith(_ERRORS) or one[1] in _ENDS or one[1] == "errp")
        ):
            return True
        if one[:1] == ("return",) and one[1] is not None and one[1][:2] == ("unary", "-"):
            return True
    return False


def _runs(first: Node | None, test: Node | None) -> bool:
    """Whether a loop runs at least once: `i < 4`, `i < ARRAY_SIZE(x)`, `i < smp_cpus`, and also
    `i < s->num_uarts`, `i < n + more`: boards count their parts, and those that have none are
    rare."""
    if test is None:
        return True
    if test[0] != "binary" or test[1] not in ("<", "<=", "!="):
        return test[0] == "number" and bool(test[1])
    limit = test[3]
    if limit[0] == "number":
        return bool(limit[1])
    if limit[:2] == ("binary", "+"):
        limit = limit[2]
    if limit[0] in ("name", "field"):
        return not str(limit[1 if limit[0] == "name" else 2]).startswith(_MAY_BE_NONE)
    return any(one[:1] == ("sizeof",) for one in _parts(limit)) or (
        limit[0] == "call" and limit[1][:2] == ("name", "ARRAY_SIZE")
    )
