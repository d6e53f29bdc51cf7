"""Runs the meson.build files of a tree without deciding what only a build would know.

Nothing is built, found or started. What a build decides by the host, by options of configure or by
the target becomes a condition: both branches of an `if` are taken, each under its condition, and
what they assign differently becomes one value with alternatives. QEMU's loops over the targets are
run once, for a target of which nothing is known. So the result is for all targets at once: for
each source file the condition under which it is in a system emulator.

Functions and methods are in `functions.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from kgen.code.conditions import ALWAYS, NEVER, both, either, inverted, limited
from kgen.code.host_facts import ACCELERATORS
from kgen.code.meson import parser as ast
from kgen.code.meson.calls import Call
from kgen.code.meson.early_exit import Left
from kgen.code.meson.functions import FUNCTIONS
from kgen.code.meson.methods import METHODS
from kgen.code.meson.state import Object, State
from kgen.code.meson.values import (
    Either,
    HostText,
    Items,
    Key,
    Layer,
    Pattern,
    Table,
    Targets,
    Unknown,
    elements,
    items,
    one_list,
)
from kgen.model.expr import Expr

if TYPE_CHECKING:
    Value = Any

# Folders in folders that `subdir` enters.
_DEEPEST = 50


_STAYED = Left()


class Interpreter(State):
    """The state of a run: variables, the condition of what is run now, and what was collected.

    read: gives the statements of a file below the tree's root, None if there is none. known: see
    `Known`.
    """

    def run(self, block: ast.Block) -> None:
        """Run the statements of the tree's root or of another file."""
        self._block(block)

    def subdir(self, name: Value) -> Value:
        """Run the meson.build of a folder below the one of the file that is run now."""
        if not isinstance(name, str):
            return None
        folder = self.full_path(f"{self.folder}/{name}".lstrip("/"), "")
        if folder in self.entered or folder.count("/") > _DEEPEST:
            return None
        self.entered.add(folder)
        block = self.read(f"{folder}/meson.build")
        if block is None:
            return None
        before = self.folder, self.file
        self.folder, self.file = folder, f"{folder}/meson.build"
        self._block(block)
        self.folder, self.file = before
        return ALWAYS

    # Statements.

    def _block(self, block: ast.Block) -> Left:
        left = _STAYED
        for number, statement in enumerate(block):
            one = self._statement(statement)
            if one is _STAYED:
                continue
            away = one.any()
            if one.failed or away == ALWAYS:
                return left.also(one)
            left = left.also(one)
            if away != NEVER:
                stays = inverted(away)
                rest, assigned = self._aside(block[number + 1 :], stays)
                self._merge([(stays, assigned), (away, {})])
                return left.also(rest.under(stays)._replace(failed=False))
        return left

    def _statement(self, statement: ast.Statement) -> Left:
        self.line = statement.line
        if isinstance(statement, ast.Assign):
            value = self.value(statement.value)
            if statement.adds:
                value = self._sum(self.variable(statement.name, statement.line), value, statement)
            self.assign(statement.name, value)
        elif isinstance(statement, ast.If):
            return self._if(statement)
        elif isinstance(statement, ast.Foreach):
            return self._foreach(statement)
        elif isinstance(statement, ast.Jump):
            return Left(turn=ALWAYS) if statement.word == "continue" else Left(loop=ALWAYS)
        elif isinstance(statement, ast.Call) and statement.receiver is None:
            if statement.function == "error":
                return Left(failed=True)
            if statement.function == "subdir_done":
                return Left(file=ALWAYS)
            self.value(statement)
        else:
            self.value(statement)
        return _STAYED

    def _if(self, statement: ast.If) -> Left:
        rest = ALWAYS  # none of the conditions before is true
        results: list[tuple[Expr, dict[str, Value]]] = []
        left = _STAYED
        for node, block in statement.branches:
            own = ALWAYS if node is None else self.truth(self.value(node), statement.line)
            here = limited(both(rest, own), self.file, statement.line)
            if here == ALWAYS:
                return self._block(block)
            if both(self.path, here) != NEVER:
                one, assigned = self._aside(block, here)
                if not one.failed:
                    results.append((here, assigned))
                    left = left.also(one.under(here))
            rest = limited(both(rest, inverted(own)), self.file, statement.line)
            if rest == NEVER:
                break
        if rest != NEVER:
            results.append((rest, {}))
        if not results:
            return Left(failed=True)
        self._merge(results)
        return left

    def _aside(self, block: ast.Block, condition: Expr) -> tuple[Left, dict[str, Value]]:
        """Run statements under a condition; what they assign is returned and not assigned."""
        before = self.path
        self.path = limited(both(before, condition), self.file, 0)
        self.scopes.append({})
        left = self._block(block)
        self.path = before
        return left, self.scopes.pop()

    def _merge(self, results: list[tuple[Expr, dict[str, Value]]]) -> None:
        """Assign what each of these branches assigns under its condition."""
        for name in dict.fromkeys(name for _, assigned in results for name in assigned):
            old = self.lookup(name)
            pairs = []
            for condition, assigned in results:
                value = assigned.get(name, old)
                if value is not None:
                    pairs.append((condition, value))
            if len(pairs) == len(results):
                self.assign(name, self.joined(pairs))
            else:  # not assigned elsewhere: nothing else reads it there
                self.assign(name, self.joined(pairs) if len(pairs) > 1 else pairs[0][1])

    def _foreach(self, statement: ast.Foreach) -> Left:
        value = self.value(statement.value)
        done = broken = NEVER
        # What only the body assigns is forgotten with each turn: else it would be what any of the
        # turns before gave it, and no meson.build reads that.
        own = {name for name in _assigned(statement.block) if self.lookup(name) is None}
        for condition, values, target in self._turns(value, len(statement.names), statement.line):
            here = both(condition, inverted(broken), inverted(done))
            for name in own:
                self.scopes[-1].pop(name, None)
            if both(self.path, here) == NEVER:
                continue
            if target:
                self._for_a_target(statement, values)
                continue
            if here == ALWAYS:
                for name, one in zip(statement.names, values, strict=True):
                    self.assign(name, one)
                left = self._block(statement.block)
            else:
                before = self.path
                self.path = both(before, here)
                self.scopes.append(dict(zip(statement.names, values, strict=True)))
                left = self._block(statement.block)
                self.path = before
                self._merge([(here, self.scopes.pop()), (inverted(here), {})])
                left = left.under(here)
            broken = either(broken, left.loop)
            done = either(done, left.file)
            if ALWAYS in (broken, done):
                break
        return Left(file=done) if done != NEVER else _STAYED

    def _turns(
        self, value: Value, width: int, line: int
    ) -> Iterable[tuple[Expr, list[Value], bool]]:
        """The turns of a loop: the condition, the loop's variables, whether they are a target."""
        whole = Pattern("", Key("NAME"))
        for condition, one in value.pairs if isinstance(value, Either) else [(ALWAYS, value)]:
            if isinstance(one, Targets):
                yield condition, [whole] * width, True
            elif isinstance(one, Items) and width == 1:
                for inner, element in one.pairs:
                    yield both(condition, inner), [element], element == whole
            elif isinstance(one, Table) and width == 2:
                for key, (inner, element) in list(one.entries.items()):
                    target = isinstance(key, Pattern)
                    yield both(condition, inner), [key, element], target
            else:
                unknown = one if isinstance(one, Unknown) else Unknown(self.file, line)
                maybe = (f"unknown:{unknown.path}:{unknown.line}",)
                yield both(condition, maybe), [unknown] * width, False

    def _for_a_target(self, statement: ast.Foreach, values: list[Value]) -> None:
        """Run the body once for any target.

        A target that the body skips is not built, so it does not matter. What the body adds to a
        variable is what all targets add.
        """
        for name, one in zip(statement.names, values, strict=True):
            self.assign(name, one)
        before = {name: self.lookup(name) for name in _assigned(statement.block)}
        self.skipping += 1
        self._block(_without_skips(statement.block))
        self.skipping -= 1
        for name, old in before.items():
            value = self.lookup(name)
            if old is not None and isinstance(value, Table):
                self.assign(name, _of_all(value))

    # Expressions.

    def value(self, node: ast.Node) -> Value:
        """The value of an expression."""
        return _EVALUATE[type(node)](self, node)

    def _name(self, node: ast.Name) -> Value:
        return self.variable(node.name, node.line)

    def _text(self, node: ast.Text) -> Value:
        if not node.formatted:
            return node.value
        parts = re.split(r"@(\w+)@", node.value)
        values = [self.variable(one, node.line) if at % 2 else one for at, one in enumerate(parts)]
        return self.concatenated(values, node.line)

    def _number(self, node: ast.Number) -> Value:
        return node.value

    def _truth(self, node: ast.Truth) -> Value:
        return ALWAYS if node.value else NEVER

    def _array(self, node: ast.Array) -> Value:
        return items([self.value(one) for one in node.items])

    def _mapping(self, node: ast.Mapping) -> Value:
        table = Table()
        for key, value in node.pairs:
            inside = self.value(value)
            for condition, name in elements(self.value(key)):
                if not isinstance(name, (str, Pattern)):
                    continue
                if condition == ALWAYS:
                    table.entries[name] = condition, inside
                else:
                    table = table.joined(Table({name: (condition, inside)}))
        return table

    def _call(self, node: ast.Call) -> Value:
        if node.receiver is not None:
            return self._of_object(node)
        return self.called(FUNCTIONS.get(node.function), self._given(node, None))

    def _of_object(self, node: ast.Call | ast.Index) -> Value:
        """The value at the end of a chain of methods and elements."""
        first, links = ast.chain_of(node)
        value = self.value(first)
        for one in links:
            if isinstance(one, ast.Index):
                value = self._item(one, value)
            else:
                value = self._method(one, value)
        return value

    def _given(self, node: ast.Call, receiver: Value) -> Call:
        arguments = tuple(self.value(one) for one in node.positional)
        named = {name: self.value(one) for name, one in node.named}
        return Call(receiver, arguments, named, node.line)

    def _method(self, node: ast.Call, receiver: Value) -> Value:
        given = self._given(node, receiver)

        def method(value: Value) -> Value:
            if isinstance(value, Unknown):
                return value
            kind = value.kind if isinstance(value, Object) else type(value)
            call = given._replace(receiver=value)
            return self.called(METHODS.get((kind, node.function)), call)

        return self.each(receiver, method)

    def called(self, function: Callable[[State, Call], Value] | None, call: Call) -> Value:
        """The result of a function or method; Unknown if there is none, or if it gives None."""
        value = function(self, call) if function is not None else None
        return Unknown(self.file, call.line) if value is None else value

    def _item(self, node: ast.Index, value: Value) -> Value:
        key = self.value(node.key)
        return self.each(value, lambda one: self.at(one, key, node.line))

    def _negation(self, node: ast.Negation) -> Value:
        value = self.value(node.value)
        if node.operator == "not":
            return inverted(self.truth(value, node.line))
        return -value if isinstance(value, int) else Unknown(self.file, node.line)

    def _choice(self, node: ast.Choice) -> Value:
        condition = self.truth(self.value(node.condition), node.line)
        if condition == ALWAYS:
            return self.value(node.yes)
        if condition == NEVER:
            return self.value(node.no)
        yes, no = self.value(node.yes), self.value(node.no)
        return self.joined([(condition, yes), (inverted(condition), no)])

    def _chain(self, node: ast.Chain) -> Value:
        operator = node.operator
        if operator in ("and", "or"):
            join, decided = (both, NEVER) if operator == "and" else (either, ALWAYS)
            parts: list[Expr] = []
            for one in node.operands:
                parts.append(self.truth(self.value(one), node.line))
                if parts[-1] == decided:
                    return decided
            return limited(join(*parts), self.file, node.line)
        values = [self.value(one) for one in node.operands]
        if operator == "+" and isinstance(values[0], Items):
            return one_list(values)
        if operator in ("+", "/", "-", "*", "%"):
            total = values[0]
            for one in values[1:]:
                total = self._sum(total, one, node)
            return total
        left, right = values
        if operator in ("in", "not in"):
            found = self.contained(left, right, node.line)
            return found if operator == "in" else inverted(found)
        return self.compared(operator, left, right, node.line)

    def _sum(self, left: Value, right: Value, node: ast.Chain | ast.Assign) -> Value:
        operator = node.operator if isinstance(node, ast.Chain) else "+"
        if isinstance(left, Either):
            return self.each(left, lambda one: self._sum(one, right, node))
        if operator == "+":
            if isinstance(left, Items):
                more = right.pairs if isinstance(right, Items) else ((ALWAYS, right),)
                return Items((*left.pairs, *more))
            if isinstance(left, Table):
                return self._with(left, right, node.line)
        if isinstance(right, Either):
            return self.each(right, lambda one: self._sum(left, one, node))
        if isinstance(left, HostText) and isinstance(right, int):
            return left  # a number of the host stays one
        if isinstance(left, int) and isinstance(right, int):
            return self.calculated(operator, left, right, node.line)
        if operator == "/":
            if isinstance(right, str) and right.startswith("/"):
                return right
            return self.concatenated([left, "/", right], node.line)
        if operator == "+":
            return self.concatenated([left, right], node.line)
        return Unknown(self.file, node.line)

    def _with(self, left: Table, right: Value, line: int) -> Value:
        total = left
        for condition, one in right.pairs if isinstance(right, Either) else [(ALWAYS, right)]:
            if not isinstance(one, Table):
                return one if isinstance(one, Unknown) else Unknown(self.file, line)
            total = total.joined(one if condition == ALWAYS else one.guarded(condition))
        return total


_OF_ALL = {"devices": "all devices", "target": "all targets"}


def _of_all(table: Table) -> Table:
    """What the dictionaries of all targets have, from what the dictionary of any target has."""
    layers = tuple(Layer(_OF_ALL.get(layer.kind, layer.kind)) for layer in table.layers)
    entries = dict(table.entries)
    for name in ACCELERATORS:
        key = f"CONFIG_{name}"
        if key in entries:
            entries[key] = (f"any:{name}",), entries[key][1]
    return Table(entries, layers)


def _assigned(block: ast.Block) -> set[str]:
    """The variables that statements assign, those within them included."""
    found = set()
    stack: list[ast.Statement] = list(block)
    while stack:
        one = stack.pop()
        if isinstance(one, ast.Assign):
            found.add(one.name)
        elif isinstance(one, ast.Foreach):
            stack += one.block
        elif isinstance(one, ast.If):
            stack += [inner for _, inside in one.branches for inner in inside]
    return found


def _without_skips(block: ast.Block) -> ast.Block:
    """The statements of a loop with an error for each `continue` that is not in an inner loop."""
    return tuple(_without_skip(statement) for statement in block)


_FAILS = ast.Call(None, "error", (), (), 0)


def _without_skip(statement: ast.Statement) -> ast.Statement:
    if isinstance(statement, ast.Jump):
        return _FAILS
    if isinstance(statement, ast.If):
        branches = tuple((test, _without_skips(block)) for test, block in statement.branches)
        return ast.If(branches, statement.line)
    return statement


_EVALUATE: dict[type, Callable[[Interpreter, Any], Value]] = {
    ast.Name: Interpreter._name,
    ast.Text: Interpreter._text,
    ast.Number: Interpreter._number,
    ast.Truth: Interpreter._truth,
    ast.Array: Interpreter._array,
    ast.Mapping: Interpreter._mapping,
    ast.Call: Interpreter._call,
    ast.Index: Interpreter._of_object,
    ast.Negation: Interpreter._negation,
    ast.Choice: Interpreter._choice,
    ast.Chain: Interpreter._chain,
}
