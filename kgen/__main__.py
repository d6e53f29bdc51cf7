"""`python -m kgen`, and what the installed `kgen` runs."""

from __future__ import annotations

import gc
import os
import sys


def run() -> None:
    """The whole command: runs it, and leaves with its exit status."""
    # A run builds data that lives to its end: looking for garbage in it, and taking the
    # modules apart at the end, would each cost about a tenth of a short run.
    gc.disable()
    status = _status()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        status = status or 1
    os._exit(status)


def _status() -> int:
    renderer = None
    if sys.argv[1:2] == ["generate"]:
        from kgen.renderer import Renderer

        renderer = Renderer.start()
    from kgen.cli import main

    try:
        main(prog_name="kgen", obj=renderer)
    except SystemExit as stop:
        if isinstance(stop.code, int):
            return stop.code
        return 0 if stop.code is None else 1
    return 0


if __name__ == "__main__":
    run()
