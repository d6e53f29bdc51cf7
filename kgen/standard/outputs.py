"""The files of configurations: .config, minimal defconfig, auto.conf, autoconf.h.

Byte for byte as Kconfiglib writes them: write_config, write_min_config, sync_deps (which is how
`conf --syncconfig` writes auto.conf) and write_autoconf.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import compress

from kgen.standard.model import END_OF_MENU, ENTRY, Assigned, Logical, Model, Symbol
from kgen.standard.resolver import Resolution, default_selection, resolve

# Lines, each with the lanes that have it.
Rows = Iterable[tuple[int, str]]


def configs(resolution: Resolution, count: int) -> list[str]:
    """The .config of each of so many lanes."""
    return distributed(_config(resolution), count)


def defconfigs(resolution: Resolution, count: int, also: Iterable[int] = ()) -> list[str]:
    """The minimal defconfig of each of so many lanes.

    also: symbols that are in it wherever they are written and not n.
    """
    resolution = _read_again(resolution)
    model, kept = resolution.model, minimal(resolution)
    for number in also:
        lanes = resolution.written[number]
        if model.symbols[number].logical:
            lanes &= resolution.low[number]
        kept[number] |= lanes
    rows = (
        (lanes & kept[number], line)
        for number in model.defined
        if kept[number]
        for lanes, line in _lines(resolution, number)
    )
    return distributed(rows, count)


def _read_again(resolution: Resolution) -> Resolution:
    """What the .config of each lane gives, which differs where there are transitional symbols.

    They are read and never written: a value that rests on one is the user's own from then on, and
    has to be in a minimal defconfig.
    """
    model = resolution.model
    if not any(symbol.transitional for symbol in model.symbols):
        return resolution
    logical: dict[int, Logical] = {}
    texts: dict[int, dict[str, int]] = {}
    for number in model.defined:
        written = resolution.written[number]
        found = resolution.text[number]
        if found is None:
            low, high = resolution.low[number], resolution.high[number]
            logical[number] = written, low & written, high & written
        else:
            texts[number] = {text: lanes & written for text, lanes in found.items()}
    modes: dict[int, Logical] = {}
    members: dict[int, dict[int, int]] = {}
    for number, choice in enumerate(model.choices):
        set_ = [logical[member] for member in choice.members if member in logical]
        low = high = 0
        for _, least, most in set_:
            low, high = low | least, high | most
        modes[number] = low, low, high
        members[number] = {
            member: logical[member][2] for member in choice.members if member in logical
        }
    return resolve(model, Assigned(resolution.lanes, logical, texts, modes, members))


def auto_confs(resolution: Resolution, count: int) -> list[str]:
    """The auto.conf of each of so many lanes: what is not n."""
    rows = (
        (lanes, line)
        for number in resolution.model.defined
        for lanes, line in _lines(resolution, number)
        if not line.startswith("#")
    )
    return distributed(rows, count)


def headers(resolution: Resolution, count: int) -> list[str]:
    """The autoconf.h of each of so many lanes."""
    return distributed(_header(resolution), count)


def quoted(model: Model, text: str) -> str:
    """A string in quotes, with escapes unless the tree has none."""
    if not model.verbatim:
        text = text.replace("\\", r"\\").replace('"', r"\"")
    return f'"{text}"'


def values_of(resolution: Resolution, number: int) -> Iterator[tuple[int, str]]:
    """Each value of a symbol that is written, with its lanes."""
    written = resolution.written[number]
    texts = resolution.text[number]
    if texts is None:
        low, high = resolution.low[number] & written, resolution.high[number] & written
        yield written & ~low, "n"
        yield low & ~high, "m"
        yield high, "y"
    else:
        for text, lanes in texts.items():
            yield lanes & written, text


def _lines(resolution: Resolution, number: int) -> Iterator[tuple[int, str]]:
    """The lines of a symbol in a .config, each with its lanes."""
    symbol = resolution.model.symbols[number]
    for lanes, text in values_of(resolution, number):
        if lanes:
            yield lanes, config_line(resolution.model, symbol, text)


def config_line(model: Model, symbol: Symbol, text: str) -> str:
    """A value of a symbol as a line of a .config."""
    if symbol.logical and text == "n":
        return f"# {model.prefix}{symbol.name} is not set\n"
    if symbol.type == "string":
        text = quoted(model, text)
    return f"{model.prefix}{symbol.name}={text}\n"


def _config(resolution: Resolution) -> Iterator[tuple[int, str]]:
    model, values = resolution.model, resolution.expressions
    ended = 0  # the lanes in which the last line is the end of a menu
    for kind, number, condition in model.outline:
        if kind == ENTRY:
            if resolution.written[number]:
                for lanes, line in _lines(resolution, number):
                    if lanes & ended:
                        yield lanes & ended, f"\n{line}"
                        yield lanes & ~ended, line
                        ended &= ~lanes
                    else:
                        yield lanes, line
            continue
        lanes, title = values[condition][0], model.titles[number]
        if kind == END_OF_MENU:
            yield lanes, f"# end of {title}\n"
            ended |= lanes
        else:
            yield lanes, f"\n#\n# {title}\n#\n"
            ended &= ~lanes


def _header(resolution: Resolution) -> Iterator[tuple[int, str]]:
    for number in resolution.model.defined:
        if not resolution.written[number]:
            continue
        symbol = resolution.model.symbols[number]
        define = f"#define {resolution.model.prefix}{symbol.name}"
        if symbol.logical:
            low, high = resolution.low[number], resolution.high[number]
            yield high & resolution.written[number], f"{define} 1\n"
            yield low & ~high & resolution.written[number], f"{define}_MODULE 1\n"
            continue
        for lanes, text in values_of(resolution, number):
            if symbol.type == "string":
                text = quoted(resolution.model, text)
            elif symbol.type == "hex" and not text.startswith(("0x", "0X")):
                text = f"0x{text}"
            yield lanes, f"{define} {text}\n"


def minimal(resolution: Resolution) -> list[int]:
    """For each symbol the lanes in whose minimal defconfig it is.

    These are the lanes in which a user can change it and its value is not the one that it has by
    itself, as conf_write_defconfig in Linux's scripts/kconfig/confdata.c decides.
    """
    model = resolution.model
    kept = [0] * len(model.symbols)
    defaults = [
        default_selection(model, choice, resolution.lanes, resolution, {})
        if not choice.optional
        else {}
        for choice in model.choices
    ]
    for number in model.defined:
        lanes = resolution.written[number]
        if not lanes:
            continue
        symbol = model.symbols[number]
        if symbol.choice < 0:
            low, high = resolution.visible[number]
            selected = resolution.expressions[symbol.selected]
            lanes &= low & ~selected[0] | high & ~selected[1]
        if lanes and symbol.logical:
            lanes &= _differs(resolution, number, symbol)
            if symbol.choice >= 0 and symbol.type == "bool":
                lanes &= ~(defaults[symbol.choice].get(number, 0) & resolution.high[number])
        elif lanes:
            lanes &= ~_as_by_default(resolution, number, symbol)
        kept[number] = lanes
    return kept


def _differs(resolution: Resolution, number: int, symbol: Symbol) -> int:
    """The lanes in which n, m or y is not what a bool or tristate has by itself."""
    values = resolution.expressions
    low = high = 0
    if symbol.choice < 0:
        left = resolution.lanes
        for default in symbol.defaults:
            condition = values[default.condition]
            lanes = left & condition[0]
            value = values[default.value]
            low |= lanes & value[0]
            high |= lanes & value[1] & condition[1]
            left ^= lanes
        selected, implied = values[symbol.selected], values[symbol.implied]
        low |= selected[0] | implied[0]
        high |= selected[1] | implied[1]
        modules = resolution.low[resolution.model.modules] if symbol.type == "tristate" else 0
        high |= low & ~modules
    return (low ^ resolution.low[number]) | (high ^ resolution.high[number])


def _as_by_default(resolution: Resolution, number: int, symbol: Symbol) -> int:
    """The lanes in which a text is that of the first default that holds, or empty without one."""
    texts = resolution.text[number] or {}
    same, left = 0, resolution.lanes
    nothing = resolution.model.without_value(symbol.type)
    for default in symbol.defaults:
        lanes = left & resolution.expressions[default.condition][0]
        if lanes:
            left ^= lanes
            for text, others in resolution.texts_of(default.value).items():
                same |= lanes & others & texts.get(text or nothing, 0)
    return same | left & texts.get(nothing, 0)


def distributed(rows: Rows, count: int) -> list[str]:
    """The text of each of so many lanes: its lines, joined.

    Which lanes have which line is a word for each line and 64 lanes, and of these a byte for each
    eight, so that loops of C choose the lines that any of the 64 has, of these those that any of
    eight has, and of these the ones of each.
    """
    some = [(lanes, line) for lanes, line in rows if lanes]
    lines = [line for _, line in some]
    words = (count + 63) // 64
    whole = array("Q", b"".join([lanes.to_bytes(8 * words, "little") for lanes, _ in some]))
    found: list[str] = []
    for word in range(words):
        column = whole[word::words]
        near = list(compress(lines, column))
        those = array("Q", filter(None, column)).tobytes()
        for eight in range(8):
            of_each = those[eight::8]
            chosen = list(compress(near, of_each))
            of_each = of_each.translate(None, b"\0")
            for bit in _BITS[: count - len(found)]:
                found.append("".join(compress(chosen, of_each.translate(bit))))
    return found


# For each bit of a byte: whether each byte has it.
_BITS = [bytes(byte >> bit & 1 for byte in range(256)) for bit in range(8)]
