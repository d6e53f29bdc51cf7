"""The command `kgen`, also as `python -m kgen`."""

from __future__ import annotations

import sys

try:
    from kgen.files.process import catch_interrupts, leave
except KeyboardInterrupt:  # what answers an interrupt was not yet there
    sys.exit("interrupted")


def run() -> None:
    """Run the command line of this process."""
    catch_interrupts()  # before anything else is imported
    leave(lambda: _reported(sys.argv[1:]))


def _reported(words: list[str]) -> int:
    """The exit status of a command line; a package that is missing is reported."""
    try:
        return _status(words)
    except (ImportError, AttributeError) as error:
        from kgen.formats.problems import report

        return report(error)


def _status(words: list[str]) -> int:
    """Run a command line; its exit status."""
    if words[:1] == ["minikconf"]:
        from kgen.commands.minikconf.command import main as minikconf

        return minikconf(words[1:])
    status = _generated(words) if words[:1] == ["generate"] else _plain_status(words)
    if status is not None:
        return status
    from kgen.commands.cli import main

    try:
        main(prog_name="kgen")
    except SystemExit as stop:
        if isinstance(stop.code, int):
            return stop.code
        return 0 if stop.code is None else 1
    return 0


def _generated(words: list[str]) -> int | None:
    """_plain_status of `kgen generate`."""
    from kgen.commands.generate.last_run import LastRun

    last = LastRun(words)
    if last.repeated():
        return 0
    return _plain_status(words, last)


def _plain_status(words: list[str], *more: object) -> int | None:
    """The exit status of a plain command line; None for one that click has to read.

    more: what the command takes beside its arguments.
    """
    from kgen.commands import dispatch
    from kgen.project.choose import UnknownTarget

    plain = dispatch.read_command(words)
    if plain is None:
        return None
    try:
        return dispatch.run(*plain, *more)
    except (UnknownTarget, dispatch.MissingOption):
        return None


if __name__ == "__main__":
    run()
