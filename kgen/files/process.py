"""The start and the end of a whole command as a process."""

from __future__ import annotations

import gc
import io
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn


def leave(action: Callable[[], int]) -> NoReturn:
    """Run a whole command, which gives its exit status, and end the process with that."""
    # A run builds data that lives to its end: looking for garbage in it, and taking the
    # modules apart at the end, would each cost about a tenth of a short run.
    gc.disable()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(
            stream, io.TextIOWrapper
        ):  # a name that the terminal cannot show is no failure
            stream.reconfigure(errors="backslashreplace")
    try:
        status = action()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # closed by whoever started this process
                stream.flush()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr, flush=True)
        status = 1
    except BrokenPipeError:  # whoever reads the output has enough of it
        status = 1
    except OSError as error:
        print(f"error: cannot write the output: {error.strerror}", file=sys.stderr, flush=True)
        status = 1
    os._exit(status)
