"""What a run of meson.build files knows: variables, facts of the host, what was collected.

Conditions are read off values here: what is true, what compares, what a dictionary has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from kgen.code.conditions import ALWAYS, LIMIT, NEVER, both, either, inverted
from kgen.code.host_facts import ACCELERATORS
from kgen.code.meson import parser as ast
from kgen.code.meson.sources import Bundle, SourceFile, parts_of
from kgen.code.meson.values import (
    ALTERNATIVES,
    Either,
    Feature,
    HostText,
    Items,
    Key,
    Layer,
    Pattern,
    Table,
    Targets,
    Unknown,
    elements,
    equal,
    merged,
)
from kgen.model.expr import Expr, names
from kgen.model.record import Record

if TYPE_CHECKING:
    from typing import Any, Protocol

    Value = Any
else:
    Protocol = object


class Known(Record):
    """What is known of a tree besides its meson.build files.

    targets: for each target what its file in configs/targets sets. configure: the names that the
    script `configure` writes for meson.build as CONFIG_X; prefixes: what some of them begin with.
    """

    targets: tuple[dict[str, str], ...] = ()
    configure: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()


class Object(Record):
    """An object of which only the kind matters: `meson`, `compiler`, `keyval`, ..."""

    kind: str
    name: str = ""


class Data:
    """A configuration_data(): what it sets, each with its condition."""

    def __init__(self) -> None:
        self.values: dict[str, Expr] = {}


class Reader(Protocol):
    """Reads a tree. Paths are from its root, with `/`."""

    def block(self, path: str) -> ast.Block | None:
        """The statements of a file; None if it cannot be read."""

    def text(self, path: str) -> str | None:
        """The text of a file; None if it cannot be read."""

    def names(self, folder: str) -> list[str]:
        """The names in a folder, sorted."""


class State:
    """The state of a run.

    reader: of the tree. known: what else is known of it. folder, file, line: of what is run, from
    the tree's root. path: the condition of what is run. scopes: the variables, and on top of them
    those that the branches assign which are run now. facts: conditions of facts of the host, each
    with the fact that stands for it. taken: how often each name was given. programs: what was made,
    with its condition and name. libraries: the static ones, by name. modules: their names. datas:
    by its variable each configuration_data().
    """

    def __init__(self, reader: Reader, known: Known) -> None:
        self.read = reader.block
        self.text = reader.text
        self.names = reader.names
        self.known = known
        self.target_keys = frozenset(key for settings in known.targets for key in settings)
        self.folder = ""
        self.file = "meson.build"
        self.line = 1
        self.path: Expr = ALWAYS
        self.scopes: list[dict[str, Value]] = [
            {
                "meson": Object("meson"),
                "host_machine": Object("machine"),
                "build_machine": Object("machine", "build-"),
                "target_machine": Object("machine"),
            }
        ]
        self.entered = {""}
        self.skipping = 0
        self.facts: dict[Expr, str] = {}
        self.taken: dict[str, int] = {}
        self.options: dict[str, tuple[str, Value]] = {}
        self.programs: list[tuple[Expr, Value, Bundle]] = []
        self.libraries: dict[str, Bundle] = {}
        self.modules: list[str] = []
        self.datas: dict[str, Data] = {}

    # Variables.

    def lookup(self, name: str) -> Value:
        """The value of a variable; None if nothing has assigned it."""
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return None

    def variable(self, name: str, line: int) -> Value:
        """The value of a variable; Unknown if nothing has assigned it."""
        value = self.lookup(name)
        return Unknown(self.file, line) if value is None else value

    def assign(self, name: str, value: Value) -> None:
        """Assign a variable; a condition of several facts of the host gets its name as a fact."""
        if type(value) is tuple:
            value = self._named(name, value)
        elif isinstance(value, Bundle):
            value.found = self._named(name, value.found)
        elif isinstance(value, Either):
            value = Either(tuple((self._named(name, own), one) for own, one in value.pairs))
        elif isinstance(value, Data):
            self.datas[name] = value
        self.scopes[-1][name] = value

    def _named(self, name: str, condition: Expr) -> Expr:
        if len(condition) <= 2 or not all(one.startswith("host:") for one in names(condition)):
            return condition
        given = self.facts.get(condition)
        if given is None:
            taken = self.taken.get(name, 0)
            self.taken[name] = taken + 1
            given = f"host:{name}.{taken}" if taken else f"host:{name}"
            self.facts[condition] = given
        return (given,)

    # Conditions and strings.

    def truth(self, value: Value, line: int) -> Expr:
        """The condition under which a value is true."""
        if type(value) is tuple:
            return value
        if isinstance(value, Either):
            return either(*(both(c, self.truth(one, line)) for c, one in value.pairs))
        if isinstance(value, HostText):
            return (f"host:{value.name}",)
        if isinstance(value, Unknown):
            return (f"unknown:{value.path}:{value.line}",)
        if isinstance(value, Feature):
            return value.enabled
        return (f"unknown:{self.file}:{line}",)

    def compared(self, operator: str, left: Value, right: Value, line: int) -> Expr:
        """The condition under which two values compare so."""
        if operator == "!=":
            return inverted(self.compared("==", left, right, line))
        if operator == "==":
            for one in (left, right):
                if isinstance(one, Unknown):
                    return self.truth(one, line)
            if isinstance(left, Items) and isinstance(right, Items):
                return self._same_lists(left, right)
            if type(left) is tuple and type(right) is tuple:
                return either(both(left, right), both(inverted(left), inverted(right)))
            return equal(left, right)
        if isinstance(left, int) and isinstance(right, int):
            less = {"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}
            return ALWAYS if less[operator] else NEVER
        if isinstance(left, HostText):
            other = right if isinstance(right, int) else self.spelled(right)
            return (f"host:{left.name}{operator}{other}",)
        return (f"unknown:{self.file}:{line}",)

    def _same_lists(self, left: Items, right: Items) -> Expr:
        """Of lists that depend, only whether they are empty is compared."""
        if left == right:
            return ALWAYS
        for one, other in ((left, right), (right, left)):
            if not other.pairs:
                return inverted(either(*(condition for condition, _ in one.pairs)))
        return NEVER

    def contained(self, key: Value, whole: Value, line: int) -> Expr:
        """The condition under which `key in whole` is true."""
        if isinstance(whole, Either):
            return either(*(both(c, self.contained(key, one, line)) for c, one in whole.pairs))
        if isinstance(whole, Table):
            return self.has(whole, key)
        if isinstance(whole, Items):
            return either(*(both(c, equal(one, key)) for c, one in elements(whole)))
        if isinstance(whole, HostText) and isinstance(key, str):
            return (f"host:{whole.name}={key}",)
        if isinstance(whole, str) and isinstance(key, str):
            return ALWAYS if key in whole else NEVER
        if isinstance(whole, Targets):
            return (f"host:target={key}",) if isinstance(key, str) else ALWAYS
        return self.truth(whole if isinstance(whole, Unknown) else None, line)

    def begins(self, pattern: Pattern, text: str) -> Expr:
        """The condition under which a target's property begins with a text."""
        values = {settings.get(pattern.key.name, "") for settings in self.known.targets}
        fitting = sorted(value for value in values if value.startswith(text))
        return either(*(equal(pattern, value) for value in fitting))

    def concatenated(self, values: Iterable[Value], line: int) -> Value:
        """One string of these; at most one of them may depend on the target."""
        before, key, after = "", None, ""
        for value in values:
            text = str(value) if isinstance(value, int) else value
            if isinstance(text, Pattern) and key is None:
                before, key, after = before + text.before, text.key, text.after
            elif isinstance(text, str) and key is None:
                before += text
            elif isinstance(text, str):
                after += text
            else:
                return text if isinstance(text, Unknown) else Unknown(self.file, line)
        return before if key is None else Pattern(before, key, after)

    def calculated(self, operator: str, left: int, right: int, line: int) -> Value:
        """The result of an operation on integers."""
        if operator in ("/", "%"):
            if not right:
                return Unknown(self.file, line)
            return left // right if operator == "/" else left % right
        if operator == "*":
            return left * right if abs(left) < 1 << 64 > abs(right) else Unknown(self.file, line)
        return left + right if operator == "+" else left - right

    # Dictionaries and lists.

    def has(self, table: Table, key: Value) -> Expr:
        """The condition under which a dictionary has a key."""
        found = [condition for condition, _ in table.found(key)]
        if isinstance(key, str):
            symbol = key.removeprefix("CONFIG_")
            kinds = {layer.kind for layer in table.layers}
            if symbol != key and symbol in ACCELERATORS and kinds & {"devices", "all devices"}:
                return (symbol,) if "devices" in kinds else (f"any:{symbol}",)
            found += (self._in_layer(kind, key) for kind in sorted(kinds))
        return either(*found)

    def _in_layer(self, kind: str, key: str) -> Expr:
        symbol = key.removeprefix("CONFIG_")
        if kind in ("devices", "all devices"):
            if symbol == key:
                return NEVER
            return (symbol,) if kind == "devices" else (f"any:{symbol}",)
        if kind == "host":
            known = symbol in self.known.configure or symbol.startswith(self.known.prefixes)
            return (f"host:{key}",) if known and symbol != key else NEVER
        if key not in self.target_keys:
            return ALWAYS if key in _COMPLETED else NEVER
        return (f"target:{key}",) if kind == "target" else (f"any:target:{key}",)

    def at(self, value: Value, key: Value, line: int, default: Value = None) -> Value:
        """`value[key]`, or the default if a dictionary does not have the key."""
        if isinstance(value, Table):
            if isinstance(key, str) and key in _COMPLETED and Layer("target") in value.layers:
                return Pattern("", Key(key))
            pairs = list(value.found(key))
            if isinstance(key, str):
                for layer in value.layers:
                    host = layer.kind == "host"  # what is asked for there is there
                    has = ALWAYS if host else self._in_layer(layer.kind, key)
                    if has != NEVER:
                        pairs.append((has, self._of_layer(layer.kind, key)))
            if default is not None:
                rest = inverted(either(*(condition for condition, _ in pairs)))
                pairs += [(rest, default)] if rest != NEVER else []
            return self.joined(pairs) if pairs else Unknown(self.file, line)
        if isinstance(value, Items) and isinstance(key, int):
            own = value.pairs
            return own[key][1] if -len(own) <= key < len(own) else Unknown(self.file, line)
        if isinstance(value, (SourceFile, Unknown)):
            return value  # a generated file of several
        return Unknown(self.file, line)

    def _of_layer(self, kind: str, key: str) -> Value:
        if kind == "target":
            return Pattern("", Key(key))
        if key == "TARGET_DIRS":
            return Targets()
        return HostText("cpu" if key == "ARCH" else key)

    def joined(self, pairs: list[tuple[Expr, Value]]) -> Value:
        """The value that is each of these under its condition."""
        value = merged(pairs)
        if isinstance(value, Either) and (
            len(value.pairs) > ALTERNATIVES or any(len(own) > LIMIT for own, _ in value.pairs)
        ):
            return Unknown(self.file, self.line)
        return value

    def each(self, value: Value, operation: Callable[[Value], Value]) -> Value:
        """The operation on each alternative of a value."""
        if not isinstance(value, Either):
            return operation(value)
        return self.joined([(condition, operation(one)) for condition, one in value.pairs])

    def subdir(self, name: Value) -> Value:
        """Run the meson.build of a folder."""
        raise NotImplementedError

    # Files.

    def spelled(self, name: Value) -> str:
        """The name of a file; `@KEY@` stands for a property of the target."""
        if isinstance(name, Pattern):
            return f"{name.before}@{name.key.name}@{name.after}"
        return name if isinstance(name, str) else ""

    def files(self, values: Iterable[Value], line: int) -> list[tuple[Expr, Value]]:
        """What these stand for in a list of sources: a string is a file in the current folder."""
        found = []
        for condition, one in parts_of(Items(tuple((ALWAYS, value) for value in values))):
            if isinstance(one, str):
                one = SourceFile(self.full_path(one), False, self.file, line)
            found.append((condition, one))
        return found

    def full_path(self, name: str, folder: str | None = None) -> str:
        """A path from the root, without `.` and `..`, of a name in a folder; the current one."""
        if folder is None:
            folder = "" if name.startswith("/") else self.folder
        parts: list[str] = []
        for part in f"{folder}/{name}".split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        return "/".join(parts)


# Keys that QEMU's meson.build completes for each target.
_COMPLETED = frozenset(("TARGET_NAME", "TARGET_ARCH", "TARGET_BASE_ARCH"))
