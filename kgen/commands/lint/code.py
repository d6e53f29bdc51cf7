"""Lint rules about meson.build and C: the symbols that they use, and those that are passed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set

from kgen.code.c.tokens import all_directives, directive, words
from kgen.code.meson.parser import Assign, Call, Chain, Index, Name, Text, parse
from kgen.commands.lint.rules import found
from kgen.model.clauses import Model
from kgen.model.finding import Finding
from kgen.model.places import File, Place, line_and_column, line_starts
from kgen.model.problems import Nearest
from kgen.model.record import Record

_PREFIX = "CONFIG_"

_SYMBOL = re.compile(r"CONFIG_(\w+?)(=[yn])?")

_MENTIONED = re.compile(r"CONFIG_(\w+)")

# The dictionary of the symbols that are y for some target, and its methods that read one.
_DEVICES = "config_all_devices"
_READ = ("get", "has_key")

# The variables that collect what is passed to Kconfig. That of QEMU 5.2 has bare names; in the
# others `CONFIG_X=y` is passed, and a bare name is only a use.
_BARE = "kconfig_external_symbols"
_PASSED = frozenset((_BARE, "host_kconfig", "target_kconfig", "accel_kconfig"))


# Symbols that the configure scripts of QEMU 5.2 to 8.1 wrote and `when:` uses, for a tree without
# that script.
_CONFIGURE = frozenset(
    """ATOMIC64 AUDIO_WIN_INT DARWIN L2TPV3 TRACE_FTRACE TRACE_SIMPLE VHOST_NET_USER
    VHOST_NET_VDPA VHOST_USER_VSOCK WIN32""".split()
)


class Use(Record):
    """A symbol in a meson.build. device: used where only symbols of targets are valid."""

    symbol: str
    path: str
    line: int
    device: bool


class Uses(Record):
    """What the meson.build files of a tree say of symbols.

    symbols: every `'CONFIG_X'`, sorted by path, in the order of each file. named: what any string
    names as CONFIG_X. begun: the first letters of names that are made, as in `'CONFIG_AUDIO_' + x`.
    passed: the symbols that the top-level file passes to Kconfig, with their lines.
    """

    symbols: tuple[Use, ...]
    named: frozenset[str]
    begun: tuple[str, ...]
    passed: dict[str, int]


def uses(meson: Mapping[str, str]) -> Uses:
    """The symbols of meson.build files. meson: texts by path.

    Of a file that is not Meson, what stands after the mistake counts as used elsewhere.
    """
    symbols: list[Use] = []
    named: set[str] = set()
    passed: dict[str, int] = {}
    for path in sorted(meson):
        if _PREFIX not in meson[path] and "\\" not in meson[path]:
            continue  # no string can have it
        block, mistake = parse(meson[path])
        for text, device, collector in _texts(block):
            named.update(_MENTIONED.findall(text.value))
            match = _SYMBOL.fullmatch(text.value)
            if match is None:
                continue
            symbols.append(Use(match[1], path, text.line, device))
            if path == "meson.build" and (collector == _BARE or (collector and match[2])):
                passed.setdefault(match[1], text.line)
        if mistake is not None:
            rest = "\n".join(meson[path].split("\n")[mistake.token.line - 1 :])
            names = _MENTIONED.findall(rest)
            named.update(names)
            symbols += (Use(name, path, mistake.token.line, False) for name in names)
    begun = sorted(name for name in named if name.endswith("_"))
    return Uses(tuple(symbols), frozenset(named), tuple(begun), passed)


def _texts(block: object) -> Iterator[tuple[Text, bool, str]]:
    """The strings of statements in their order.

    With each, whether it is a symbol of a target, as in `when:`, and the variable of _PASSED that
    it becomes a part of.
    """
    waiting: list[tuple[object, bool, str]] = [(block, False, "")]
    while waiting:
        node, device, collector = waiting.pop()
        inner: list[tuple[object, bool]]
        if isinstance(node, Text):
            yield node, device, collector
            continue
        if isinstance(node, Assign):
            collector = node.name if node.name in _PASSED else ""
            inner = [(node.value, False)]
        elif isinstance(node, Call):
            reads = node.function in _READ and _is_devices(node.receiver)
            inner = [(node.receiver, device), (node.positional, device or reads)]
            inner += ((value, device or name == "when") for name, value in node.named)
        elif isinstance(node, Index):
            inner = [(node.value, device), (node.key, device or _is_devices(node.value))]
        elif isinstance(node, Chain) and node.operator in ("in", "not in"):
            left, right = node.operands
            inner = [(left, device or _is_devices(right)), (right, device)]
        else:
            inner = [(one, device) for one in node] if isinstance(node, tuple) else []
        waiting += ((one, device, collector) for one, device in reversed(inner))


def _is_devices(node: object) -> bool:
    return isinstance(node, Name) and node.name == _DEVICES


def undeclared_in_meson(
    model: Model, used: Uses, elsewhere: Set[str], configure: str
) -> Iterator[Finding]:
    """Symbols that are used as a target's symbol but not declared, set or passed.

    `when:` can also use host symbols. A symbol that any meson.build names in another way (for
    example sets in config_host_data) counts as one. elsewhere: the symbols that the targets' own
    files set. configure: the text of that script, which wrote host symbols up to QEMU 8.1.
    """
    declared = model.declared()
    known = declared | elsewhere | {use.symbol for use in used.symbols if not use.device}
    known |= configured(configure)
    seen = set()
    for use in used.symbols:
        if use.symbol not in known and (use.symbol, use.path) not in seen:
            seen.add((use.symbol, use.path))
            message = f"CONFIG_{use.symbol} is not declared in any Kconfig file"
            yield found("undeclared-in-meson", message, Place(File(use.path), use.line), use.symbol)


def configured(configure: str) -> Set[str]:
    """The symbols that the text of the configure script names."""
    return frozenset(_MENTIONED.findall(configure)) if configure else _CONFIGURE


def host_mismatches(model: Model, used: Uses) -> Iterator[Finding]:
    """Host symbols that only one of Kconfig.host and meson.build has.

    Only if both files exist and meson.build passes symbols in a known way.
    """
    declared = {entry.symbol: entry.place for entry in model.entries}
    host = {name: at for name, at in declared.items() if at.file.path == "Kconfig.host"}
    if not used.passed or not host:
        return
    for name in sorted(host.keys() - used.passed.keys()):
        message = f"{name} is declared in Kconfig.host, but meson.build does not pass it"
        yield found("host-symbol-mismatch", message, host[name], name)
    for name in sorted(used.passed.keys() - declared.keys()):
        message = f"meson.build passes {name}, but Kconfig.host does not declare it"
        place = Place(File("meson.build"), used.passed[name])
        yield found("host-symbol-mismatch", message, place, name)


# Elsewhere in C a name that is not defined does not compile.
_ASKS = ("if", "ifdef", "ifndef", "elif", "elifdef", "elifndef")


def undeclared_in_source(
    texts: Mapping[str, str], declared: Set[str], known: Set[str], begun: tuple[str, ...]
) -> Iterator[Finding]:
    """Symbols that `#if` and the like ask for but nothing declares or sets, once for each file.

    texts: the C files that know the symbols of a target, by path. declared: all symbols. known:
    what else may be defined; begun: how names begin that are made, see `Uses`.
    """
    nearest = Nearest(declared)
    for path in sorted(texts):
        text = texts[path]
        seen: set[str] = set()
        starts = line_starts(text)
        for begin, _, written in all_directives(text):
            word, rest = directive(written)
            for name in words(rest) if word in _ASKS else ():
                symbol = name.removeprefix(_PREFIX)
                if symbol == name or symbol in seen or symbol in declared or symbol in known:
                    continue
                seen.add(symbol)
                if begun and symbol.startswith(begun):
                    continue
                place = Place(File(path), *line_and_column(starts, text.index(name, begin)))
                message = f"{name} is not declared in any Kconfig file"
                finding = found("undeclared-in-source", message, place, symbol)
                yield finding._replace(hint=nearest.hint(symbol))
