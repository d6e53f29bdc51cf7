"""Depfiles: the files that an output was made from, in the syntax common to make and ninja.

make and ninja have different escapes. A name that they would read differently is an error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kgen.model.problems import KgenError, Problem

# Patterns that nearly no name needs are not compiled here.

# Characters that end a name in make or in ninja and have no common escape; control characters.
_NEVER = r"""["'`;|&*?^<>\x00-\x1f\x7f]"""
# Characters that cannot be written in some positions: make removes a backslash before the first
# group and ninja keeps it; neither accepts the last characters. make expands `[...]` and `~`.
_SOMETIMES = r"(?s)\\[#:$=]|^~|[ :\\]$|\[.*\]|\\.*\[|\[.*\\"
# `lib(member)`: an object in an archive.
_ARCHIVE = r"(?s).\(.*\)$"
# An assignment, even after another word.
_ASSIGNS = r"[:+!]*="
# A name without any of these, as nearly all are.
_PLAIN = re.compile(r"[A-Za-z0-9_/.+-]+")
# Targets with a special meaning in make.
_SPECIAL = frozenset(
    f".{word}"
    for word in (
        "DEFAULT DELETE_ON_ERROR EXPORT_ALL_VARIABLES IGNORE INTERMEDIATE LOW_RESOLUTION_TIME "
        "NOTINTERMEDIATE NOTPARALLEL ONESHELL PHONY POSIX PRECIOUS SECONDARY SECONDEXPANSION "
        "SILENT SUFFIXES WAIT"
    ).split()
)


def depfile_rule(outputs: Sequence[str], inputs: Sequence[str]) -> str:
    """A rule `outputs: inputs` that both make and ninja read, names escaped.

    Each input also gets an empty rule of its own, as with `gcc -MP`. Without it make would stop
    when an input has been deleted, even if nothing refers to it any more. (An input with a `%` or
    a `=` gets no rule, because make has no syntax for it.) Raises KgenError for a name that make
    or ninja would read as something else.
    """
    for name in outputs:
        _refuse(name, _unfit(name) or _unfit_target(name))
    for name in inputs:
        _refuse(name, _unfit(name))
    # make reads a `=` in the first name as an assignment, and `x(y z)` as members of an archive.
    # So a name with `=` must follow another name, and a name with `(` one that ends with `)`.
    ordered = sorted(inputs, key=lambda name: ("=" in name, "(" in name[1:]))
    if ordered and "=" in ordered[0]:
        _refuse(ordered[0], "make would read its '=' as an assignment")
    names = [*outputs, *ordered]
    for number, name in enumerate(names):
        if "(" in name[1:] and any(other.endswith(")") for other in names[number + 1 :]):
            _refuse(name, "make would read its '(' as that of an archive")
    targets = " ".join(map(escape_name, outputs))
    needed = list(map(escape_name, ordered))
    rule = " \\\n ".join([f"{targets}:", *needed]) + "\n"
    for name, written in zip(ordered, needed, strict=True):
        if "%" not in name and "=" not in name:
            rule += f"\n{written}:\n"
    return rule


def escape_name(name: str) -> str:
    """A file name as GNU make and ninja read it in a depfile."""
    if _PLAIN.fullmatch(name):
        return name
    out: list[str] = []
    for index, char in enumerate(name):
        if char == " ":
            # Backslashes before a blank would escape it, so they are doubled.
            run = len(name[:index]) - len(name[:index].rstrip("\\"))
            out.append("\\" * run + "\\" + char)
        elif char == "$":
            out.append("$$")
        elif char in "#:":
            out.append("\\" + char)
        else:
            out.append(char)
    return "".join(out)


def _refuse(name: str, why: str) -> None:
    if why:
        message = f"a depfile cannot hold the name {name!r}: {why}"
        raise KgenError(Problem(message, hint="rename the file or its folder", code="KG603"))


def _unfit(name: str) -> str:
    """The reason why a depfile cannot hold a name; "" if it can."""
    if _PLAIN.fullmatch(name):
        return ""
    if not name:
        return "it is empty"
    if "\n" in name:
        return "it has a line break"
    never = re.search(_NEVER, name)
    if never:
        return f"make or ninja would not read {never[0]!r} as part of it"
    sometimes = re.search(_SOMETIMES, name)
    if sometimes:
        return f"make and ninja would read {sometimes[0]!r} differently"
    if re.search(_ARCHIVE, name):
        return "make would read it as the member of an archive"
    if re.match(_ASSIGNS, name):
        return "make would read its '=' as an assignment"
    return ""


def _unfit_target(name: str) -> str:
    """The reason why make cannot read a name as a target; "" if it can."""
    if "%" in name:
        return "make would read its '%' as a pattern"
    if "=" in name:
        return "make would read its '=' as an assignment"
    if name.removeprefix("./") in _SPECIAL:
        return "make gives it a meaning of its own"
    return ""
