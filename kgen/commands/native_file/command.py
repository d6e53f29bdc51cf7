"""`kgen native-file`: a Meson native file that makes an unpatched QEMU use kgen."""

from __future__ import annotations

from kgen.commands.native_file.native_file import added_to, command, native_file
from kgen.commands.options import FORMAT, OUTPUT, Option
from kgen.files.atomic import commit
from kgen.formats import terminal
from kgen.model.record import Record

HELP = """Write a Meson native file that makes an unpatched QEMU use kgen.

\b
Example: kgen native-file -o kgen.ini
"""


OPTIONS = (
    OUTPUT,
    Option(("--into",), "into", "FILE", "Add the entry to an existing machine file."),
    FORMAT,
)


class Arguments(Record):
    """The command line of `kgen native-file`, read."""

    form: str
    output: str | None
    into: str | None


def run(arguments: Arguments) -> int:
    """Write or print the native file; return 0."""
    output, into = arguments.output, arguments.into
    if into is not None and output is None:
        output = into
    text = native_file() if into is None else added_to(into)
    if output is not None:
        commit({output: text})
    if arguments.form == "json":
        terminal.print_json({"command": command(), "file": output})
    elif output is None:
        print(text, end="")
    return 0
