"""What the text of a tree says of QEMU's command line."""

from __future__ import annotations

import re

from kgen.files.tree import Tree, text_of
from kgen.model.record import Record

# Options without an argument in QEMU 5.2 to 11.0, for a tree without qemu-options.hx.
_FLAGS = frozenset(
    """S alt-grab async-teardown audio-help ctrl-grab curses daemonize enable-fips enable-kvm
    enable-sync-profile full-screen h help jitdump mem-prealloc no-acpi no-fd-bootchk no-hpet
    no-quit no-reboot no-shutdown no-user-config nodefaults nographic old-param only-migratable
    perfmap portrait preconfig s sdl semihosting singlestep snapshot usb version win2k-hack
    xen-attach xen-domid-restrict""".split()
)

_OPTION = re.compile(r'^DEF\("([\w-]+)",\s*(0|HAS_ARG)', re.M)
_DISPLAY = re.compile(
    r'\.opt_name\s*=\s*"([\w-]+)"(?:(?!\.opt_name).)*?\.class_names\s*=\s*\{(.*?)\}', re.S
)
_DEFAULT = re.compile(r'\.driver\s*=\s*"([^"]+)",\s*\.flag\s*=\s*&default_(\w+)')
_ALIAS = re.compile(r'\{\s*"([^"]+)",\s*"([^"]+)"(?:,([^}]*))?\}')
_MASK = re.compile(r"^#define (QEMU_ARCH_\w+)[ \t]+\(((?:[^\n]*\\\n)*[^\n]*)\)", re.M)
_ARCHITECTURE = re.compile(r"QEMU_ARCH_(\w+)")
_QUOTED = re.compile(r'"([^"]+)"')


class Usage(Record):
    """How a tree's QEMU reads its command line.

    options: the names of all; None if they are not known. flags: those without an argument.
    displays: the types of each value of -vga, one for each bus. defaults: the default device that
    is left out where a type is given by -device. aliases: the types that a name of -device can
    stand for, each with the base architectures where it does; none: everywhere.
    """

    options: frozenset[str] | None
    flags: frozenset[str]
    displays: dict[str, tuple[str, ...]]
    defaults: dict[str, str]
    aliases: dict[str, tuple[tuple[str, frozenset[str]], ...]]

    def types_of(self, name: str, architecture: str) -> tuple[str, ...]:
        """The types that a name of -device can stand for on a base architecture.

        A type has its own name everywhere, an alias may have none: find_typename_by_alias of
        QEMU's qdev-monitor.c.
        """
        found = self.aliases.get(name)
        if found is None:
            return (name,)
        return tuple(one for one, where in found if not where or architecture in where)


def usage(tree: Tree) -> Usage:
    """Read qemu-options.hx, and of vl.c and qdev-monitor.c the tables; each is optional."""
    options = dict(_OPTION.findall(_text(tree, "qemu-options.hx")))
    start = _text(tree, "system/vl.c") or _text(tree, "softmmu/vl.c")
    monitor = _text(tree, "system/qdev-monitor.c") or _text(tree, "softmmu/qdev-monitor.c")
    # Up to 6.2 the masks are in the header.
    masks = dict(_MASK.findall(_text(tree, "include/sysemu/arch_init.h") + monitor))
    begin = monitor.find("qdev_alias_table[]")
    aliases: dict[str, tuple[tuple[str, frozenset[str]], ...]] = {}
    for name, alias, mask in _ALIAS.findall(monitor[begin : monitor.find("};", begin)]):
        where = _ARCHITECTURE.findall(masks.get(mask.strip(), mask))
        known = frozenset(word.lower() for word in where)
        aliases[alias] = (*aliases.get(alias, ()), (name, known))
    return Usage(
        frozenset(options) | {"h"} if options else None,
        frozenset(name for name, kind in options.items() if kind == "0") | {"h"}
        if options
        else _FLAGS,
        {name: tuple(_QUOTED.findall(classes)) for name, classes in _DISPLAY.findall(start)},
        dict(_DEFAULT.findall(start)),
        aliases,
    )


def _text(tree: Tree, path: str) -> str:
    return text_of(tree, path) or ""
