"""Random trees of standard Kconfig, with defconfigs, and Kconfiglib's own evaluation of them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import kconfiglib

from kgen.model.places import Place

_TYPES = ("bool", "bool", "bool", "tristate", "tristate", "int", "hex", "string")
_TEXTS = ("", "a", "b c", r"back\\slash", r"\"quoted\"", "10", "0x1f", "7", "y", "n", "#no")
_NUMBERS = {"int": ("0", "3", "7", "10", "-4", "64"), "hex": ("0x0", "0x1f", "7", "0xFF", "a")}
ENVIRONMENT = {"GIVEN": "some text", "NUMBER": "7", "FOLDER": "sub"}


class NoShell:
    """These trees have no commands."""

    def answer(self, command: str, place: Place) -> str:
        raise AssertionError(command)


@dataclass
class Made:
    """A tree's files by name, and the lines of its defconfigs."""

    files: dict[str, str] = field(default_factory=dict)
    defconfigs: list[str] = field(default_factory=list)


class _Writer:
    """Writes entries one after the other; each reads only those before, and selects those after.

    A loop is still possible, through a second entry of a symbol or a choice: Kconfiglib refuses
    such a tree.
    """

    def __init__(self, random: Random, size: int) -> None:
        self.random = random
        self.size = size
        self.types: dict[str, str] = {}
        for number in range(size):
            self.types[f"S{number}"] = random.choice(_TYPES)
        if random.random() < 0.8:
            self.types["MODULES"] = "bool"
        self.done: list[str] = []  # what may be read
        self.lines: list[str] = []
        self.left = [name for name in self.types if name != "MODULES"]

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def operand(self) -> str:
        if self.done and self.chance(0.85):
            return self.random.choice(self.done)
        return self.random.choice(("y", "n", "m", "UNKNOWN_ONE"))

    def relation(self) -> str:
        sign = self.random.choice(("=", "!=", "<", "<=", ">", ">="))
        left = self.random.choice(self.done) if self.done else "y"
        kind = self.types.get(left, "bool")
        if kind in _NUMBERS:
            right = self.random.choice(_NUMBERS[kind])
        elif kind == "string":
            right = f'"{self.random.choice(_TEXTS)}"'
        else:
            right = self.random.choice(("y", "m", "n"))
        if self.done and self.chance(0.3):
            right = self.random.choice(self.done)
        return f"{left} {sign} {right}"

    def expression(self, depth: int = 0) -> str:
        if depth > 2 or self.chance(0.4):
            return self.relation() if self.chance(0.25) else self.operand()
        if self.chance(0.25):
            return f"!{self.operand()}" if self.chance(0.6) else f"!({self.expression(depth + 1)})"
        sign = self.random.choice((" && ", " || "))
        parts = (self.expression(depth + 1), self.expression(depth + 1))
        text = sign.join(parts)
        return f"({text})" if self.chance(0.5) else text

    def condition(self, share: float = 0.4) -> str:
        return f" if {self.expression()}" if self.chance(share) else ""

    def value(self, kind: str) -> str:
        if kind in ("bool", "tristate"):
            return self.expression() if self.chance(0.4) else self.random.choice(("y", "n", "m"))
        same = [name for name in self.done if self.types[name] == kind]
        if same and self.chance(0.3):
            return self.random.choice(same)
        if kind == "string":
            macro = ("$(GIVEN)", "$(lower)", "$NUMBER")
            return f'"{self.random.choice(_TEXTS if self.chance(0.8) else macro)}"'
        return self.random.choice(_NUMBERS[kind])

    def entry(self, name: str, member: bool = False) -> None:
        add, kind = self.lines.append, self.types[name]
        add(f"{self.random.choice(('config', 'config', 'menuconfig'))} {name}")
        prompt = member or self.chance(0.6)
        if not (member and self.chance(0.2)):
            add(f"\t{kind}" + (f' "{name} prompt"{self.condition(0.3)}' if prompt else ""))
        elif prompt:
            add(f'\tprompt "{name} prompt"{self.condition(0.3)}')
        for _ in range(self.random.choice((0, 0, 1, 1, 2))):
            more = self.condition() if self.chance(0.15) else ""
            add(f"\tdepends on {self.expression()}" if not more else "")
        for _ in range(self.random.choice((0, 1, 1, 2))):
            if kind in ("bool", "tristate") and self.chance(0.1):
                add(f"\tdef_{kind} {self.value(kind)}{self.condition()}")
            else:
                add(f"\tdefault {self.value(kind)}{self.condition()}")
        if kind in _NUMBERS:
            for _ in range(self.random.choice((0, 1, 2))):
                low, high = self.value(kind), self.value(kind)
                add(f"\trange {low} {high}{self.condition()}")
        if kind in ("bool", "tristate"):
            later = [one for one in self.left if self.types[one] in ("bool", "tristate")]
            for word in ("select", "imply"):
                if later and self.chance(0.3):
                    add(f"\t{word} {self.random.choice(later)}{self.condition()}")
        if kind == "string" and self.chance(0.1):
            add(f'\toption env="{self.random.choice(("GIVEN", "MISSING"))}"')
        if self.chance(0.2):
            add("\thelp\n\t  Some help.\n\n\t  config NOT_AN_ENTRY")

    def finished(self, names: list[str]) -> None:
        self.done += names

    def choice(self) -> None:
        add = self.lines.append
        names = [self.left.pop(0) for _ in range(min(self.random.randrange(1, 5), len(self.left)))]
        kind = self.random.choice(("bool", "bool", "tristate"))
        for name in names:
            if self.types[name] not in ("bool", "tristate") and self.chance(0.9):
                self.types[name] = kind
        add("choice" + (f" NAMED{len(self.lines)}" if self.chance(0.2) else ""))
        if self.chance(0.7):
            add(f'\t{kind} "choice"{self.condition(0.2)}')
        else:
            add('\tprompt "choice"')
        if self.chance(0.3):
            add("\toptional")
        if self.chance(0.4):
            add(f"\tdepends on {self.expression()}")
        # In the submenu of the member before, and so no members. A default that names one of
        # these would be a loop.
        inner = {name for name in names[1:] if self.chance(0.15)}
        members = [name for name in names if name not in inner]
        for _ in range(self.random.choice((0, 1, 2))):
            add(f"\tdefault {self.random.choice(members)}{self.condition()}")
        block = self.chance(0.2)
        if block:
            add(f"if {self.expression()}")
        for number, name in enumerate(names):
            self.entry(name, member=not self.chance(0.1))
            if name in inner:
                add(f"\tdepends on {names[number - 1]}")
        if block:
            add("endif")
        add("endchoice")
        self.finished(names)

    def block(self, depth: int = 0) -> None:
        """Some entries, in menus and `if` blocks."""
        add = self.lines.append
        for _ in range(self.random.randrange(1, 5)):
            if not self.left:
                return
            what = self.random.random()
            if what < 0.5 or depth > 3:
                name = self.left.pop(0)
                self.entry(name)
                self.finished([name])
            elif what < 0.62:
                self.choice()
            elif what < 0.66:
                add(f'comment "A remark {len(self.lines)}"')
                if self.chance(0.5):
                    add(f"\tdepends on {self.expression()}")
            elif what < 0.7 and self.done:
                # A second entry of a symbol, which reads what its first could read.
                done, at = self.done, self.random.randrange(len(self.done))
                name, self.done = done[at], done[: max(at - 5, 0)]
                if name != "MODULES":
                    add(f"config {name}")
                    add(f"\tdefault {self.value(self.types[name])}" if self.chance(0.5) else "")
                    add(f'\tprompt "again"{self.condition()}')
                self.done = done
            elif what < 0.86:
                add(f'menu "Menu {len(self.lines)}"')
                if self.chance(0.4):
                    add(f"\tdepends on {self.expression()}")
                if self.chance(0.3):
                    add(f"\tvisible if {self.expression()}")
                self.block(depth + 1)
                add("endmenu")
            else:
                add(f"if {self.expression()}")
                self.block(depth + 1)
                add("endif")


def made(seed: int, size: int = 24, defconfigs: int = 5) -> Made:
    """The tree of a seed."""
    random = Random(seed)
    writer = _Writer(random, size)
    head = ['mainmenu "A tree"', "lower := $(NUMBER) and more", ""]
    if "MODULES" in writer.types:
        early = random.random() < 0.7
        modules = ["config MODULES", '\tbool "modules"', "\toption modules" if early else ""]
        modules.append("\tdefault y" if random.random() < 0.5 else "")
        head += modules
        writer.done.append("MODULES")
    while writer.left:
        writer.block()
    lines = writer.lines
    cut = next((at for at, line in enumerate(lines) if line.startswith("config")), 0)
    found = Made()
    if random.random() < 0.3 and all(not one.startswith(("end", "menu", "if")) for one in lines):
        found.files = {
            "Kconfig": "\n".join([*head, *lines[:cut], 'source "$(FOLDER)/Kconfig.*"', ""]),
            "sub/Kconfig.one": "\n".join(lines[cut:]) + "\n",
        }
    else:
        found.files = {"Kconfig": "\n".join([*head, *lines]) + "\n"}
    found.defconfigs = [_defconfig(random, writer.types) for _ in range(defconfigs)]
    return found


def _defconfig(random: Random, types: dict[str, str]) -> str:
    """Lines that are mostly right: some have a value of another type, some come twice."""
    lines = ["# A comment", ""]
    names = random.sample(sorted(types), random.randrange(len(types)))
    names += random.sample(names, min(len(names), 2))
    for name in names:
        kind = types[name] if random.random() < 0.95 else random.choice(_TYPES)
        if kind in ("bool", "tristate"):
            value = random.choice("yyynm" if kind == "tristate" else "yyn")
            lines.append(
                f"# CONFIG_{name} is not set" if value == "n" else f"CONFIG_{name}={value}"
            )
        elif kind == "string":
            lines.append(f'CONFIG_{name}="{random.choice(_TEXTS)}"')
        else:
            lines.append(f"CONFIG_{name}={random.choice(_NUMBERS[kind])}")
    if random.random() < 0.2:
        lines.append("CONFIG_UNKNOWN_ONE=y")
    return "\n".join(lines) + "\n"


@dataclass
class Answer:
    """What Kconfiglib makes of a defconfig: values by name, what is written, and the files."""

    values: dict[str, str]
    written: set[str]
    config: str
    defconfig: str
    header: str
    auto_conf: str


def answers(folder: Path, defconfigs: list[Path]) -> list[Answer] | None:
    """Kconfiglib's own evaluation of each defconfig; None for a tree that it refuses, or in
    whose loops it gets lost."""
    environment = {**ENVIRONMENT, "srctree": str(folder)}
    with patch.dict(os.environ, environment):
        try:
            tree = kconfiglib.Kconfig("Kconfig", warn=False)
            return [_answer(tree, path) for path in defconfigs]
        except (kconfiglib.KconfigError, RecursionError):
            return None


def _answer(tree: Any, path: Path) -> Answer:
    tree.unset_values()  # else the member that was selected last stays, where a mode is given
    tree.load_config(str(path))
    tree._invalidate_all()  # a value can be left over where a choice is read through its members
    symbols = tree.unique_defined_syms
    values = {symbol.name: symbol.str_value for symbol in symbols}
    written = {symbol.name for symbol in symbols if symbol.config_string}
    return Answer(
        values,
        written,
        tree._config_contents(""),
        tree._min_config_contents(""),
        tree._autoconf_contents(""),
        tree._old_vals_contents(),
    )
