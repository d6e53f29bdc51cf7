"""Depfiles: what an output was made from, for make and ninja."""

from __future__ import annotations

from collections.abc import Sequence

from kgen.model.problems import KgenError, Problem


def depfile_rule(outputs: Sequence[str], inputs: Sequence[str]) -> str:
    """A rule `outputs: inputs` that both make and ninja read, names escaped.

    Each input also gets an empty rule of its own, as `gcc -MP` does: else make would refuse to
    go on once an input is gone, even if nothing refers to it any more. Raises KgenError for a
    name with a line break, which neither can hold.
    """
    for name in (*outputs, *inputs):
        if "\n" in name:
            message = f"a depfile cannot hold the name {name!r}, which has a line break"
            raise KgenError(Problem(message, hint="rename the file", code="KG603"))
    targets = " ".join(map(escape_name, outputs))
    needed = list(map(escape_name, inputs))
    rule = " \\\n ".join([f"{targets}:", *needed]) + "\n"
    return rule + "".join(f"\n{name}:\n" for name in needed)


def escape_name(name: str) -> str:
    """A file name as it stands in a depfile of GNU make and of ninja."""
    out: list[str] = []
    for index, char in enumerate(name):
        if char in " \t":
            # A backslash before a blank would be read as its escape: double that run of them.
            run = len(name[:index]) - len(name[:index].rstrip("\\"))
            out.append("\\" * run + "\\" + char)
        elif char == "$":
            out.append("$$")
        elif char in "#:":
            out.append("\\" + char)
        else:
            out.append(char)
    return "".join(out)
