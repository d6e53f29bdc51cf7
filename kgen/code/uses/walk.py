"""A walk over a function's statements: which names it uses, where that code is not dead, and what
it does whenever it is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kgen.code.c.expressions import Node
from kgen.code.c.tokens import Define
from kgen.code.conditions import NEVER, both, either, inverted
from kgen.code.uses.facts import (
    CHAINED,
    FIELD,
    PARAMETER,
    TEXT,
    Argument,
    Assigned,
    Call,
    Used,
)
from kgen.code.uses.guards import Guards
from kgen.model.expr import Expr

# What is called or assigned where something has gone wrong.
_ERRORS = ("error_", "err", "local_err", "exit", "abort", "g_assert", "hw_error", "cpu_abort")

# What counts things that the command line gives: include/net/net.h.
_MAY_BE_NONE = ("nb_", "num_nics", "num_drives")

_ENDS = frozenset({"exit", "abort", "hw_error", "g_assert_not_reached"})

# The arguments of these are names of types and fields.
_OF_TYPES = frozenset({"offsetof", "__builtin_offsetof", "__builtin_types_compatible_p", "va_arg"})


class Walk:
    """Collects what one function or variable uses.

    parameters: of the function. place: the condition of an offset. line: of an offset.
    """

    def __init__(
        self,
        guards: Guards,
        parameters: tuple[str, ...],
        place: Callable[[int], Expr],
        line: Callable[[int], int],
    ) -> None:
        self._guards = guards
        self._place = place
        self._line = line
        self._parameters = {name: number for number, name in enumerate(parameters)}
        self._kinds: dict[str, str] = {}
        self._texts: dict[str, str | None] = {}
        self._used: dict[str, Used] = {}
        self._calls: dict[tuple[str, bool, tuple[Argument, ...]], Call] = {}
        self._within: set[Define] = set()
        self.assigned: dict[Assigned, None] = {}

    def used(self) -> list[Used]:
        """What is used, in the order of the first use."""
        return [one for one in self._used.values() if not self._is_local(one.name)]

    def calls(self) -> tuple[Call, ...]:
        """What is surely called."""
        return tuple(
            one for one in self._calls.values() if one.through or not self._is_local(one.name)
        )

    def _is_local(self, name: str) -> bool:
        return name in self._kinds or name in self._parameters

    # Statements.

    def statement(self, node: Node | None, possibly: Expr, surely: Expr) -> tuple[Expr, Expr]:
        """Walk over a statement. possibly: where it is not dead; surely: where it is always
        reached. Returns the same for what follows it."""
        if node is None or possibly == NEVER:
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
            return NEVER, NEVER
        elif kind == "jump":
            return NEVER, NEVER
        elif kind == "switch":
            self._switch(node, possibly, surely)
            if _returns(node):
                return possibly, NEVER
        elif kind == "case":
            return possibly, surely
        return possibly, surely

    def _declare(self, node: Node, possibly: Expr, surely: Expr) -> None:
        _, kind, name, _, value, _ = node
        self._kinds[name] = _plain(kind)
        if value is not None:
            if value[0] == "text" and name not in self._texts:
                self._texts[name] = value[1]
            self.expression(value, possibly, surely)

    def _if(self, node: Node, possibly: Expr, surely: Expr) -> tuple[Expr, Expr]:
        _, test, yes, no, _ = node
        self.expression(test, possibly, surely)
        true, false = self._guards.truth(test)
        # Before and after: what follows is dead where both branches end.
        after = self.statement(yes, both(possibly, true), both(surely, inverted(false)))
        other = self.statement(no, both(possibly, false), both(surely, inverted(true)))
        rest = either(
            NEVER if yes is not None and after[0] == NEVER else both(possibly, true),
            NEVER if no is not None and other[0] == NEVER else both(possibly, false),
        )
        if rest == NEVER:
            return NEVER, NEVER
        for branch, reached in ((yes, true), (no, false)):
            if branch is not None and _returns(branch) and not _is_error(test, branch):
                surely = both(surely, inverted(reached))
        return rest, surely

    def _loop(self, node: Node, possibly: Expr, surely: Expr) -> None:
        _, first, test, step, body, _ = node
        self.statement(_as_statement(first), possibly, surely)
        inner = surely if _runs(first, test) else NEVER
        if test is not None:
            self.expression(test, possibly, surely)
            possibly = both(possibly, self._guards.truth(test)[0])
        self.statement(body, possibly, inner)
        if step is not None:
            self.expression(step, possibly, inner)

    def _switch(self, node: Node, possibly: Expr, surely: Expr) -> None:
        _, test, body, _ = node
        self.expression(test, possibly, surely)
        for one in body[1] if body is not None and body[0] == "block" else (body,):
            self.statement(one, possibly, NEVER)

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
            if node[1] == "||":
                true, false = false, true
            self.expression(node[3], both(possibly, true), both(surely, inverted(false)))
        elif kind == "either":
            self.expression(node[1], possibly, surely)
            true, false = self._guards.truth(node[1])
            self.expression(node[2], both(possibly, true), both(surely, inverted(false)))
            self.expression(node[3], both(possibly, false), both(surely, inverted(true)))
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
            (position, *value)
            for position, one in enumerate(given)
            if (value := self._argument(one)) is not None
        )
        if callee[0] == "name":
            self._use(callee[1], callee[2], possibly, surely, arguments)
            if callee[1] == CHAINED and len(given) > 1 and given[1][0] == "name":
                self.assigned[Assigned("", CHAINED, given[1][1], False)] = None
        else:
            self.expression(callee, possibly, surely)
            if callee[0] == "field":
                self._surely(callee[2], True, node[3], surely, arguments)
        for one in given:
            self.expression(one, possibly, surely)

    def _argument(self, node: Node) -> tuple[str, str | int] | None:
        """What is kept of an argument, but for its position."""
        if node[0] == "text":
            return TEXT, str(node[1])
        if node[0] == "field":
            return FIELD, str(node[2])
        if node[0] == "name":
            text = self._texts.get(node[1])
            if text is not None:
                return TEXT, text
            if node[1] in self._parameters:
                return PARAMETER, self._parameters[node[1]]
            text = self._guards.text(node[1], node[2])
            if text is not None:
                return TEXT, text
        return None

    def _assign(self, node: Node) -> None:
        _, _, target, source = node
        if target[0] == "name":
            self._texts[target[1]] = None  # no longer what it was declared with
        if target[0] == "field" and source[0] in ("name", "text"):
            owner, kind = target[1], ""
            if owner[0] == "name":
                kind = self._kinds.get(owner[1], "")
            elif owner[0] == "call" and owner[1][0] == "name":
                kind = _plain(owner[1][1])
            is_text = source[0] == "text"
            self.assigned[Assigned(kind, target[2], str(source[1]), is_text)] = None

    def fields(self, kind: str, node: Node) -> None:
        """Keep the fields of a struct with a name that a list gives, if they are texts or names."""
        for name, value in node[1] if node[0] == "list" else ():
            what = self._argument(value)
            if name is not None and what is not None and what[0] == TEXT:
                self.assigned[Assigned(_plain(kind), name, str(what[1]), True)] = None
            elif name is not None and value[0] == "name":
                self.assigned[Assigned(_plain(kind), name, value[1], False)] = None

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
            self._surely(name, False, at, surely, arguments)

    def _surely(
        self, name: str, through: bool, at: int, surely: Expr, arguments: tuple[Argument, ...]
    ) -> None:
        surely = both(surely, self._place(at))
        if surely == NEVER:
            return
        key = name, through, arguments
        known = self._calls.get(key)
        if known is not None:
            self._calls[key] = known._replace(surely=either(known.surely, surely))
        else:
            self._calls[key] = Call(name, through, self._line(at), surely, arguments)

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


def _plain(kind: str) -> str:
    return kind.replace("_", "").lower()


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
        one[:1] == ("return",) or one == ("jump", "goto") or (one[:1] == ("do",) and _ends(one[1]))
        for one in _parts(node)
    )


def _is_error(test: Node, branch: Node) -> bool:
    """Whether a branch that leaves the function does so because something went wrong."""
    for one in (*_parts(test), *_parts(branch)):
        if one == ("jump", "goto"):
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
    `i < s->num_uarts`: boards count their parts, and those that have none are rare."""
    if test is None:
        return True
    if test[0] != "binary" or test[1] not in ("<", "<=", "!="):
        return test[0] == "number" and bool(test[1])
    limit = test[3]
    if limit[0] == "number":
        return bool(limit[1])
    if limit[0] in ("name", "field"):
        return not str(limit[1 if limit[0] == "name" else 2]).startswith(_MAY_BE_NONE)
    return any(one[:1] == ("sizeof",) for one in _parts(limit)) or (
        limit[0] == "call" and limit[1][:2] == ("name", "ARRAY_SIZE")
    )
