"""`python -m kgen`, and what the installed `kgen` runs."""

from __future__ import annotations

import gc
import os
import re  # noqa: F401  # these two, and what they import, the renderer needs too
import sys
import typing  # noqa: F401

from kgen.renderer import Renderer


def run() -> None:
    """The whole command: runs it, and leaves with its exit status."""
    # A run builds data that lives to its end: looking for garbage in it, and taking the
    # modules apart at the end, would each cost about a tenth of a short run.
    gc.disable()
    try:
        status = _status(sys.argv[1:])
        sys.stdout.flush()
        sys.stderr.flush()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr, flush=True)
        status = 1
    except BrokenPipeError:  # whoever reads the output has enough of it
        status = 1
    except OSError as error:
        print(f"error: cannot write the output: {error.strerror}", file=sys.stderr, flush=True)
        status = 1
    os._exit(status)


def _status(words: list[str]) -> int:
    # First of all, so that the renderer has the most time to get ready.
    renderer = Renderer.start() if words[:1] == ["generate"] else None
    try:
        from kgen import commands, options, project

        plain = options.read_plain(words)
        if plain is not None:
            return commands.run(*plain, renderer)
    except project.UnknownTarget:
        pass  # click says it, with the usage
    finally:
        if renderer is not None:
            renderer.end()
    from kgen.cli import main

    try:
        main(prog_name="kgen")
    except SystemExit as stop:
        if isinstance(stop.code, int):
            return stop.code
        return 0 if stop.code is None else 1
    return 0


if __name__ == "__main__":
    run()
