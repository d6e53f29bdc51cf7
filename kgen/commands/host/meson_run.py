"""Follows a meson.build without Meson: what it would pass to scripts/minikconf.py.

The statements are evaluated in order with what is known of each value. Where a condition is not
known, both ways are followed and their results joined; a way that ends in `error()` is none. No
program is run and no file outside the tree is read: what only Meson can find out stays unknown,
with its causes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kgen.code.meson.parser import (
    Array,
    Assign,
    Block,
    Call,
    Chain,
    Choice,
    Foreach,
    If,
    Jump,
    Name,
    Negation,
    Node,
    Number,
    Statement,
    Text,
    Truth,
    chain_of,
)
from kgen.code.meson.parser import (
    Mapping as Pairs,
)
from kgen.commands.host.meson_values import (
    CHECK,
    NONE,
    Causes,
    Dependency,
    Feature,
    Maybe,
    Thing,
    Unknown,
    added,
    causes_of,
    collection_method,
    feature_method,
    item_of,
    joined,
    negated,
    operated,
    text_method,
    truth,
)
from kgen.model.problems import fail
from kgen.model.record import Record

# Steps of evaluation. QEMU 11.0 with all its targets takes a hundredth of it.
STEPS = 10_000_000

# Libraries of one system only.
_ONLY_ON = {"appleframeworks": "darwin"}

DEVICES = "-config-devices.mak"


class Command(Record):
    """The command line of scripts/minikconf.py for one target: strings, and Maybe for words that
    depend on something."""

    target: str
    words: tuple[Any, ...]


class Given(Record):
    """What is known before meson.build is followed.

    options: the values of get_option, by name. host_makefile: config-host.mak. header: symbols of
    config-host.h that are known whatever is checked. devices: for each target the name of its
    devices file, where it is not `default`. read: the `KEY=value` pairs of a file of the tree.
    """

    options: Mapping[str, Any]
    host_makefile: Mapping[str, Any]
    header: Mapping[str, bool]
    cpu: str
    system: str
    devices: Mapping[str, str]
    read: Callable[[str], Mapping[str, str]]


class _Ended(Exception):
    """This way through the file ends here. message: of an error; "" for break and continue."""

    def __init__(self, message: str = "", again: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.again = again


def follow(statements: Block, given: Given) -> tuple[Command, ...]:
    """The command lines of scripts/minikconf.py, one for each target, in order.

    Raises KgenError if meson.build would end with an error, or takes too long.
    """
    run = _Run(given)
    try:
        run.file(statements)
    except _Ended as end:
        if not run.commands:
            raise fail(
                f"QEMU's meson.build refuses this: {end.message}",
                hint="change the options of configure that it names",
                code="KG414",
            ) from None
    return tuple(run.commands.values())


class _Run:
    """One run. The variables are in layers: one for each way that may not be taken."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._layers: list[dict[str, Any]] = [
            {
                "meson": Thing("meson"),
                "host_machine": Thing("machine"),
                "build_machine": Thing("machine"),
                "target_machine": Thing("machine"),
            }
        ]
        self._steps = 0
        self.commands: dict[str, Command] = {}

    # Variables.

    def _get(self, name: str) -> Any:
        for layer in reversed(self._layers):
            if name in layer:
                return layer[name]
        return Unknown(CHECK)

    def _set(self, name: str, value: Any) -> None:
        self._layers[-1][name] = value

    # Statements.

    def file(self, statements: Block) -> None:
        """The statements of a file, up to the end of the loop over the targets."""
        for statement in statements:
            self._statement(statement)
            if self.commands:
                return

    def _all(self, statements: Block) -> None:
        for statement in statements:
            self._statement(statement)

    def _statement(self, node: Statement) -> None:
        if isinstance(node, Assign):
            value = self.value(node.value)
            self._set(node.name, added(self._get(node.name), value) if node.adds else value)
        elif isinstance(node, If):
            self._if(node)
        elif isinstance(node, Foreach):
            self._foreach(node)
        elif isinstance(node, Jump):
            raise _Ended(again=node.word == "continue")
        else:
            self.value(node)

    def _if(self, node: If) -> None:
        """The branches whose conditions may hold; their results joined."""
        ways: list[tuple[dict[str, Any], Causes]] = []
        ended: _Ended | None = None
        excluded: list[Node] = []
        causes = NONE
        for condition, body in (*node.branches, (None, ())):
            holds = True if condition is None else truth(self.value(condition))
            if holds is False:
                continue
            if holds is True and not causes:
                self._all(body)
                return
            causes |= causes_of(holds)
            self._layers.append({})
            try:
                for one in excluded:
                    self._assume(one, False)
                if condition is not None:
                    self._assume(condition, True)
                self._all(body)
                ways.append((self._layers[-1], causes))
            except _Ended as end:
                ended = end
            finally:
                self._layers.pop()
            if holds is True:
                break
            if condition is not None:
                excluded.append(condition)
        if not ways and ended is not None:
            raise ended
        self._join([way for way, _ in ways], causes)

    def _join(self, ways: list[dict[str, Any]], causes: Causes) -> None:
        """What holds after one of these ways, whichever it was."""
        for name in dict.fromkeys(name for way in ways for name in way):
            values = [way[name] if name in way else self._get(name) for way in ways]
            value = values[0]
            for other in values[1:]:
                value = joined(value, other, causes)
            self._set(name, value)

    def _assume(self, node: Node, holds: bool) -> None:
        """A condition is known on this way: note what follows for its variables."""
        if isinstance(node, Name):
            if isinstance(self._get(node.name), Unknown):
                self._set(node.name, holds)
        elif isinstance(node, Negation):
            self._assume(node.value, not holds)
        elif isinstance(node, Chain) and node.operator in ("and", "or"):
            parts = list(node.operands)
            plain = node.operator == "and"
            if holds is not plain:  # one of them decides: the only one that can
                parts = [part for part in parts if truth(self.value(part)) is not plain]
                parts = parts if len(parts) == 1 else []
            for part in parts:
                self._assume(part, holds)
        elif isinstance(node, Call) and node.function == "found":
            of = node.receiver
            if isinstance(of, Name) and isinstance(self._get(of.name), Dependency):
                self._set(of.name, Dependency(holds))

    def _foreach(self, node: Foreach) -> None:
        names, body = node.names, node.block
        items = self.value(node.value)
        if isinstance(items, dict):
            items = [
                Maybe((key, value.value), value.causes)
                if isinstance(value, Maybe)
                else (key, value)
                for key, value in items.items()
            ]
        if not isinstance(items, list):
            items = [Maybe(Unknown(causes_of(items) or CHECK), causes_of(items) or CHECK)]
        for item in items:
            value = item.value if isinstance(item, Maybe) else item
            pairs = value if isinstance(value, tuple) and len(names) == 2 else (value,)
            try:
                if isinstance(item, Maybe):
                    self._perhaps(names, pairs, body, item.causes)
                else:
                    self._iterate(names, pairs, body)
            except _Ended as end:
                if end.message:
                    raise
                if not end.again:
                    break

    def _iterate(self, names: tuple[str, ...], pairs: Any, body: Block) -> None:
        for name, value in zip(names, pairs, strict=False):
            self._set(name, value)
        self._all(body)

    def _perhaps(self, names: tuple[str, ...], pairs: Any, body: Block, causes: Causes) -> None:
        """An iteration that may not be."""
        self._layers.append({})
        try:
            self._iterate(names, pairs, body)
        except _Ended as end:
            if end.message:
                self._layers[-1].clear()
        finally:
            way = self._layers.pop()
        self._join([way, {}], causes)

    # Expressions.

    def value(self, node: Node) -> Any:
        """What is known of an expression's value."""
        self._steps += 1
        if self._steps > STEPS:
            raise fail("meson.build takes too long to follow", code="KG413")
        if isinstance(node, (Text, Number, Truth)):
            return Unknown(CHECK) if isinstance(node, Text) and node.formatted else node.value
        if isinstance(node, Name):
            return self._get(node.name)
        if isinstance(node, Array):
            return self._flat(node.items)
        if isinstance(node, Pairs):
            pairs = ((self.value(key), self.value(value)) for key, value in node.pairs)
            return {key: value for key, value in pairs if isinstance(key, str)}
        if isinstance(node, Negation):
            return self._negation(node)
        if isinstance(node, Choice):
            return self._choice(node)
        if isinstance(node, Chain):
            return self._chain(node)
        if isinstance(node, Call) and node.receiver is None:
            return self._function(node.function, *self._arguments(node))
        first, links = chain_of(node)
        found = self.value(first)
        for one in links:
            if isinstance(one, Call):
                found = self._method(found, one.function, *self._arguments(one))
            else:
                key = self.value(one.key)
                found = item_of(found, key, Unknown(causes_of(found) | causes_of(key) or CHECK))
        return found

    def _arguments(self, node: Call) -> tuple[list[Any], dict[str, Any]]:
        """The values of a call's arguments: those without a name, and the others."""
        return self._flat(node.positional), {name: self.value(one) for name, one in node.named}

    def _flat(self, nodes: tuple[Node, ...]) -> list[Any]:
        """The values; Meson flattens lists in lists and in arguments."""
        values = map(self.value, nodes)
        return [one for value in values for one in (value if isinstance(value, list) else (value,))]

    def _negation(self, node: Negation) -> Any:
        found = self.value(node.value)
        if node.operator == "not":
            return negated(found)
        return -found if isinstance(found, int) else Unknown(causes_of(found) or CHECK)

    def _choice(self, node: Choice) -> Any:
        condition = truth(self.value(node.condition))
        if isinstance(condition, Unknown):
            return joined(self.value(node.yes), self.value(node.no), condition.causes)
        return self.value(node.yes if condition else node.no)

    def _chain(self, node: Chain) -> Any:
        mark = node.operator
        found = self.value(node.operands[0])
        for part in node.operands[1:]:
            if mark in ("and", "or"):
                decided = mark == "or"
                found = truth(found)
                if found is decided:
                    return found
                other = truth(self.value(part))
                if other is decided or not isinstance(found, Unknown):
                    found = other
                elif isinstance(other, Unknown):
                    found = Unknown(found.causes | other.causes)
            else:
                found = operated(mark, found, self.value(part))
        return found

    def _function(self, name: str, values: list[Any], keywords: dict[str, Any]) -> Any:
        first = values[0] if values else None
        if name == "error":
            raise _Ended(str(first) if isinstance(first, str) else "with an error of its own")
        if name == "get_option" and isinstance(first, str):
            return self._given.options.get(first, Unknown(CHECK))
        if name == "configuration_data":
            return Thing("data", f"data {self._steps}")
        if name in ("dependency", "find_program", "subproject"):
            if (
                isinstance(first, str)
                and _ONLY_ON.get(first, system := self._given.system) != system
            ):
                return Dependency(False)
            return _found(name, first, keywords)
        if name == "declare_dependency":
            return Dependency(True)
        if name == "import" and isinstance(first, str):
            return Thing(first.removeprefix("unstable-"))
        if name == "configure_file":
            self._note(keywords.get("output"), keywords.get("command"), keywords.get("input"))
        if name == "get_variable" and isinstance(first, str) and len(values) > 1:
            known = any(first in layer for layer in self._layers)
            return self._get(first) if known else values[1]
        return Unknown(NONE.union(*map(causes_of, values)) or CHECK)

    def _note(self, output: Any, command: Any, inputs: Any) -> None:
        """Keep the command of a config-devices.mak."""
        if not isinstance(command, list) or not isinstance(output, str):
            return
        if output.endswith(DEVICES):
            words = [
                word
                for item in command
                for word in (inputs if item == "@INPUT@" and isinstance(inputs, list) else [item])
            ]
            target = output.removesuffix(DEVICES)
            self.commands[target] = Command(target, tuple(words))

    def _method(self, found: Any, name: str, values: list[Any], keywords: dict[str, Any]) -> Any:
        first = values[0] if values else None
        if isinstance(found, Feature):
            return feature_method(found, name, truth(first) if values else False)
        if isinstance(found, Dependency) and name == "found":
            return found.found
        if isinstance(found, str):
            return text_method(found, name, values)
        if isinstance(found, (list, dict)):
            return collection_method(found, name, values)
        if isinstance(found, Thing):
            return self._of_thing(found, name, values)
        if name in ("find_library", "find_program"):
            return _found(name, first, keywords)
        return Unknown(causes_of(found) or CHECK)

    def _of_thing(self, thing: Thing, name: str, values: list[Any]) -> Any:
        first = values[0] if values else None
        second = values[1] if len(values) > 1 else Unknown(CHECK)
        if thing.kind == "machine":
            facts = {"cpu_family": self._given.cpu, "system": self._given.system}
            return facts.get(name, Unknown(CHECK))
        if thing.kind == "meson" and name == "get_external_property" and isinstance(first, str):
            return self._given.devices.get(first, second)
        if thing.kind == "meson" and name.endswith(("_dir", "_root")):
            return ""
        if thing.kind == "keyval" and name == "load" and isinstance(first, str):
            if first.endswith("config-host.mak"):
                return dict(self._given.host_makefile)
            return dict(self._given.read(first)) if first.endswith(".mak") else {}
        if thing.kind == "data" and isinstance(first, str):
            if name.startswith("set"):
                self._set(f"{thing.name} {first}", second)
            elif name in ("get", "has") and first in self._given.header:
                return self._given.header[first]
            elif name == "get":
                return self._get(f"{thing.name} {first}")
        return Unknown(CHECK)


def _found(kind: str, name: Any, keywords: dict[str, Any]) -> Dependency:
    """A library or program that is looked for, by what `required:` says."""
    required = keywords.get("required", True)
    if name == "":
        return Dependency(False)
    causes = frozenset((f"library {name}",)) if isinstance(name, str) else CHECK
    if kind == "find_program":
        causes = frozenset((f"program {name}",)) if isinstance(name, str) else CHECK
    if isinstance(required, Feature):
        if required.states == {"disabled"}:
            return Dependency(False)
        if required.states == {"enabled"}:
            return Dependency(True)
        return Dependency(Unknown(causes | required.causes))
    if required is True:
        return Dependency(True)
    return Dependency(Unknown(causes | causes_of(required)))
