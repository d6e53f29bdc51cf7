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
_ALIAS = re.compile(r'\{\s*"([^"]+)",\s*"([^"]+)"(?:,[^}]*)?\}')
_QUOTED = re.compile(r'"([^"]+)"')


class Usage(Record):
    """How a tree's QEMU reads its command line.

    options: the names of all; None if they are not known. flags: those without an argument.
    displays: the types of each value of -vga, one for each bus. defaults: the default device that
    is left out where a type is given by -device. aliases: the types that a name of -device stands
    for, one for each kind of machine.
    """

    options: frozenset[str] | None
    flags: frozenset[str]
    displays: dict[str, tuple[str, ...]]
    defaults: dict[str, str]
    aliases: dict[str, tuple[str, ...]]


def usage(tree: Tree) -> Usage:
    """Read qemu-options.hx, and of vl.c and qdev-monitor.c the tables; each is optional."""
    options = dict(_OPTION.findall(_text(tree, "qemu-options.hx")))
    start = _text(tree, "system/vl.c") or _text(tree, "softmmu/vl.c")
    monitor = _text(tree, "system/qdev-monitor.c") or _text(tree, "softmmu/qdev-monitor.c")
    begin = monitor.find("qdev_alias_table[]")
    aliases: dict[str, tuple[str, ...]] = {}
    for name, alias in _ALIAS.findall(monitor[begin : monitor.find("};", begin)]):
        aliases[alias] = (*aliases.get(alias, ()), name)
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
