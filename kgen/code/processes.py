"""Work in several processes, which are copies of this one and inherit what it has read."""

from __future__ import annotations

import gc
import marshal
import os
import selectors
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from typing import Any, NoReturn

from kgen.files.process import ignore_interrupts, uninterrupted

# Processes that read, and the number of files for which they are started.
_PROCESSES = 4
_WORTH = 40

# Jobs, of two bytes: as many as a pipe surely holds at once. A job is every 1,024th file.
_JOBS = 1 << 10

# Jobs after which a process looks for what it needs no more: little, so this is for the rest.
_COLLECTED = 500


def are_worth(count: int) -> bool:
    """Whether processes are of use for this number of files, on this machine."""
    return count >= _WORTH and _several()


@contextmanager
def aside(
    compute: Callable[[], Any], afterwards: Callable[[], object] | None = None
) -> Iterator[Callable[[], Any]]:
    """Begin a computation in a process of its own, while this one goes on in the `with` block.

    Gives a function that waits for what `compute` gives, to be called once. It is data that marshal
    takes; if that process fails, or none can be started, it is computed when it is waited for.
    afterwards: what is done where it was computed, while the value is used; the end of the block
    waits for that.
    """

    def computed() -> Any:
        value = compute()
        if afterwards is not None:
            afterwards()
        return value

    if not _several():
        yield computed
        return
    result, written = os.pipe()
    try:
        child = _forked()
    except OSError:  # the system lets there be no more processes, or has no memory for one
        os.close(result)
        os.close(written)
        yield computed
        return
    if child == 0:
        try:
            gc.disable()
            with os.fdopen(written, "wb") as answer:
                answer.write(marshal.dumps(compute()))
            if afterwards is not None:
                afterwards()
        finally:
            os._exit(0)
    os.close(written)
    with os.fdopen(result, "rb") as stream:
        taken = False

        def value() -> Any:
            nonlocal taken
            data = stream.read()
            taken = bool(data)
            return marshal.loads(data) if taken else computed()

        try:
            yield value
            if taken and afterwards is not None:
                os.waitpid(child, 0)
                child = 0  # its number may be another one's from now on
        finally:
            if child:
                _end(child)


@contextmanager
def all_aside(
    computations: Sequence[Callable[[], Any]], afterwards: Sequence[Callable[[], object]] = ()
) -> Iterator[list[Callable[[], Any]]]:
    """`aside` for several computations, in as many processes as there are processors."""
    count = min(_processors(), len(computations))
    with ExitStack() as stack:
        # What each process computes, asked for once.
        shares = [
            cache(
                stack.enter_context(
                    aside(
                        partial(_all, computations[number::count]),
                        partial(_all, afterwards[number::count]) if afterwards else None,
                    )
                )
            )
            for number in range(count)
        ]
        yield [partial(_one, shares, number) for number in range(len(computations))]


def _all(computations: Sequence[Callable[[], Any]]) -> list[Any]:
    return [compute() for compute in computations]


def _one(shares: Sequence[Callable[[], list[Any]]], number: int) -> Any:
    return shares[number % len(shares)]()[number // len(shares)]


def in_processes(
    read: Callable[[str], Any], learned: Callable[[], Any], paths: Sequence[str]
) -> Iterator[tuple[str, Any]]:
    """What `read` gives for each path, in any order, as data that marshal takes.

    The paths are taken one after the other, so the longest files should be first. At the end each
    process adds ("", what `learned` gives). A path that is missing was not read: its process ended.
    """
    jobs, queue = os.pipe()
    pipes: dict[int, bytearray] = {}
    children = []
    try:
        for _ in range(min(_PROCESSES, _processors())):
            result, written = os.pipe()
            child = _forked()
            if child == 0:
                os.close(queue)
                _serve(read, learned, paths, jobs, written)
            os.close(written)
            children.append(child)
            pipes[result] = bytearray()
        for number in range(min(len(paths), _JOBS)):
            os.write(queue, number.to_bytes(2, "big"))
        os.close(queue)
        queue = -1
        with selectors.DefaultSelector() as selector:
            for result in pipes:
                selector.register(result, selectors.EVENT_READ)
            while selector.get_map():
                for key, _ in selector.select():
                    data = os.read(key.fd, 1 << 20)
                    if not data:
                        selector.unregister(key.fd)
                    pipes[key.fd] += data
                    yield from _messages(pipes[key.fd])
    finally:
        for descriptor in (jobs, *([queue] if queue >= 0 else []), *pipes):
            os.close(descriptor)
        for child in children:
            _end(child)


def _forked() -> int:
    """Copy this process; 0 in the copy, which Ctrl-C does not end: the first one handles it."""
    with uninterrupted():
        child = os.fork()
        if child == 0:
            ignore_interrupts()
    return child


def _end(child: int) -> None:
    """End a process, if it has not ended, and wait for that."""
    try:
        os.kill(child, 9)
        os.waitpid(child, 0)
    except OSError:  # it has ended and been waited for
        pass


def _messages(pending: bytearray) -> Iterator[tuple[str, Any]]:
    """Take whole messages from what has arrived."""
    while len(pending) >= 4:
        size = int.from_bytes(pending[:4], "big")
        if len(pending) < 4 + size:
            return
        path, value = marshal.loads(bytes(pending[4 : 4 + size]))
        del pending[: 4 + size]
        yield path, value


def _serve(
    read: Callable[[str], Any],
    learned: Callable[[], Any],
    paths: Sequence[str],
    jobs: int,
    written: int,
) -> NoReturn:
    """A process that reads files until there are no more, or something is wrong."""
    try:
        # To look for cycles all the time would take a fifth of the whole.
        gc.freeze()
        gc.disable()
        with os.fdopen(written, "wb") as stream:

            def send(path: str, value: Any) -> None:
                data = marshal.dumps((path, value))
                stream.write(len(data).to_bytes(4, "big") + data)
                stream.flush()

            for number, job in enumerate(iter(lambda: os.read(jobs, 2), b"")):
                for path in paths[int.from_bytes(job, "big") :: _JOBS]:
                    send(path, read(path))
                if number % _COLLECTED == _COLLECTED - 1:
                    gc.collect()
                    gc.freeze()  # what is left stays: it need not be looked at again
            send("", learned())
    finally:
        os._exit(0)


def _several() -> bool:
    """Whether there can be more than one process at a time."""
    return _processors() > 1 and hasattr(os, "fork")


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
