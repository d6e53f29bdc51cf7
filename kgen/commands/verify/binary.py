"""Asks a built QEMU for its devices, machines and types.

The binary runs with a machine that has no parts, stopped, without network, display or monitor, with
a minimal environment, and with the limits of `program.py`. It is asked with `-version` and `-device
help`, and then over QMP, which it speaks on its stdin and stdout.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from kgen.commands.verify import program
from kgen.model.problems import KgenError, Problem, fail, os_reason
from kgen.model.record import Record

_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}

# Without the first accelerator that the binary has and that starts here, it has no QMP. `qtest` is
# the one that works for every binary and needs nothing of the machine.
_ACCELERATORS = "tcg:qtest:kvm:xen"

# The machine without parts, which every system emulator has.
_NONE = "none"

_BARE = (
    f"-machine {_NONE},accel={_ACCELERATORS} -S -nodefaults -no-user-config -display none"
    " -monitor none -serial none -parallel none -nic none -qmp stdio"
).split()

_QUESTIONS: tuple[Mapping[str, Any], ...] = (
    {"execute": "qmp_capabilities"},
    {"execute": "query-target", "id": "target"},
    {"execute": "query-machines", "id": "machines"},
    {"execute": "qom-list-types", "arguments": {"abstract": True}, "id": "types"},
    {"execute": "query-status", "id": "kgen-asked-all"},
)

# What the answer to the last question has. With `quit` as the last one, QEMU would end without what
# it has not yet written to a pipe that is full.
_ANSWERED = b'"kgen-asked-all"'

# Printed by system/vl.c and system/qdev-monitor.c of QEMU, in softmmu/ up to 8.1.
_VERSION = re.compile(r"^QEMU emulator version (\S+)", re.M)
_DEVICE = re.compile(r'^name "([^"\n]+)"', re.M)
_MACHINE = re.compile(r"^(?!Supported machines)(\S+) +\S", re.M)

_NAMED = re.compile(r"qemu-system-(\w+)")

# A type whose name has this is a copy of an interface that QOM makes for one class: `a::b`.
_COPY = "::"


class Binary(Record):
    """What a binary says.

    path: as the user gave it. version: such as 7.2.22. target: without -softmmu, "" if it does not
    say. devices, machines: their names, of machines also the aliases. types: for each QOM type its
    parent ("" for none); None if it does not speak QMP.
    """

    path: str
    version: str
    target: str
    devices: frozenset[str]
    machines: frozenset[str]
    types: Mapping[str, str] | None


def ask(path: str, seconds: float) -> Binary:
    """Ask a binary. seconds: the limit of each of its runs. Raises KgenError."""
    version = _VERSION.search(_output(path, ["-version"], seconds, errors=True))
    if version is None:
        raise fail(
            f"{path} is not a system emulator of QEMU",
            hint="--binary takes a program such as qemu-system-x86_64",
            code="KG713",
        )
    devices = frozenset(_DEVICE.findall(_help(path, "-device", seconds)))
    answers = _answers(path, seconds)
    target_data = answers.get("target")
    target = (
        str(target_data["arch"])
        if isinstance(target_data, dict) and _has(target_data, "arch")
        else ""
    )
    named = _NAMED.search(os.path.basename(path))
    types = _types(answers.get("types"))
    machines = frozenset(_machines(answers.get("machines")))
    if not machines:
        machines = frozenset(_MACHINE.findall(_help(path, "-M", seconds)))
    if _NONE not in machines:
        raise fail(f"{path} names no machines", hint="is it built for a target?", code="KG713")
    return Binary(
        path,
        version[1],
        target or (named[1] if named else ""),
        devices,
        machines,
        types or None,
    )


def _answers(path: str, seconds: float) -> dict[str, Any]:
    """What the binary answers over QMP, by the ids of the questions."""
    written = "".join(json.dumps(one) + "\n" for one in _QUESTIONS).encode()
    found = {}
    for line in _output(path, _BARE, seconds, written, until=_ANSWERED).splitlines():
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(answer, dict) and isinstance(answer.get("id"), str):
            found[answer["id"]] = answer.get("return")
    return found


def _has(item: Any, key: str) -> bool:
    return isinstance(item, dict) and isinstance(item.get(key), str)


def _items(answer: Any) -> Iterator[dict[str, Any]]:
    yield from (one for one in (answer if isinstance(answer, list) else ()) if _has(one, "name"))


def _types(answer: Any) -> dict[str, str]:
    found = {}
    for one in _items(answer):
        if _COPY not in one["name"]:
            found[one["name"]] = one["parent"] if _has(one, "parent") else ""
    return found


def _machines(answer: Any) -> Iterator[str]:
    for one in _items(answer):
        yield one["name"]
        if _has(one, "alias"):
            yield one["alias"]


def _help(path: str, option: str, seconds: float) -> str:
    """What an option with `help` prints. Raises KgenError, also if the binary fails."""
    return _output(path, [option, "help"], seconds, succeeds=True)


def _output(
    path: str,
    words: list[str],
    seconds: float,
    written: bytes = b"",
    errors: bool = False,
    succeeds: bool = False,
    until: bytes = b"",
) -> str:
    """What a run writes. Raises KgenError if it cannot be started or does not end.

    succeeds: also raises it for an exit status of failure. until: as for `program.run`.
    """
    # A name alone is looked for in PATH, as by a shell.
    command = [os.path.abspath(path) if os.sep in path else path, *words]
    try:
        done = program.run(
            command, "/", seconds, program.Runs(), written, _ENVIRONMENT, errors, until
        )
    except OSError as error:
        hint = "--binary takes the path of a program that runs here"
        problem = Problem(f"cannot run {path}: {os_reason(error)}", hint=hint, code="KG713")
        raise KgenError(problem) from None
    if done.stopped == program.TOO_MUCH:
        limit = f"printed more than {program.BYTES >> 20} MiB"
        raise fail(f"{path} {words[0]} {limit}", hint="is it a QEMU?", code="KG713")
    if done.stopped:
        raise fail(
            f"{path} {words[0]} did not end within {seconds:g} s",
            hint="--timeout gives it more time",
            code="KG713",
        )
    text = done.output.decode("utf-8", "replace")
    if succeeds and done.status:
        said = _output(path, words, seconds, errors=True).splitlines()
        message = f"{path} {' '.join(words)} ended with status {done.status}"
        raise fail(
            f"{message}: {said[-1][:200]}" if said else message,
            hint="modules of another version make it fail, and libraries that are missing",
            code="KG713",
        )
    return text
