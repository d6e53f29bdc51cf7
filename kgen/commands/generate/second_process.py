"""Rendering in a second process, which imports Jinja while this one reads the tree.

The user's templates need Jinja. Importing it takes longer than loading and resolving a whole QEMU
tree, and the two are independent until there is something to render, so they run in parallel. If
the second process fails in any way, the first one renders itself.

The fork happens early, while the process is small and cheap to copy, but after the modules that
both need are imported.
"""

from __future__ import annotations

import marshal
import os
from typing import TYPE_CHECKING

from kgen.files.process import ignore_interrupts, uninterrupted
from kgen.files.read import note_answers, note_modules, noted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from typing import Any, NoReturn

    from kgen.model.problems import Problem


class Renderer:
    """A renderer process that waits for one job; it ends no later than this process."""

    def __init__(self, process: int, job: int, result: int) -> None:
        self._process = process
        self._job = job
        self._result = result

    @classmethod
    def start(cls) -> Renderer | None:
        """Fork a renderer; None if that is impossible or, with one processor, not faster."""
        if not hasattr(os, "fork") or (os.cpu_count() or 1) < 2:
            return None
        descriptors: list[int] = []
        parent = os.getpid()
        try:
            descriptors += os.pipe()
            descriptors += os.pipe()
            with uninterrupted():
                child = os.fork()
                if child == 0:  # Ctrl-C reaches both processes; the first one handles it
                    ignore_interrupts()
        except OSError:
            for descriptor in descriptors:
                os.close(descriptor)
            return None
        job_out, job_in, result_out, result_in = descriptors
        if child == 0:
            os.close(job_in)
            os.close(result_out)
            _serve(parent, job_out, result_in)
        os.close(job_out)
        os.close(result_in)
        return cls(child, job_in, result_out)

    def end(self) -> None:
        """Kill the process and wait for its end."""
        try:
            os.kill(self._process, 9)
            os.waitpid(self._process, 0)
        except OSError:  # it has already ended and been waited for
            pass

    def render(
        self,
        context: dict[str, Any],
        templates: Sequence[str],
        step: Callable[[], None] = lambda: None,
        seconds: int = 0,
        done: Collection[str] = (),
    ) -> tuple[dict[str, str], list[str]]:
        """Like formats.jinja.render, in the other process; step is called only in the fallback."""
        try:
            with os.fdopen(self._job, "wb") as stream:
                stream.write(marshal.dumps((context, list(templates), seconds, list(done))))
            with os.fdopen(self._result, "rb") as stream:
                made, read, problems, answers = marshal.loads(stream.read())
        except (OSError, EOFError, ValueError, TypeError):
            from kgen.formats.jinja import render

            return render(context, templates, step, seconds, done)
        note_answers(answers)
        if problems:
            from kgen.model.problems import KgenError

            raise KgenError(*map(_from_plain, problems))
        return made, read


def _serve(parent: int, job: int, result: int) -> NoReturn:
    """Run the second process: import Jinja, wait for the job, answer it, exit."""
    import signal

    try:
        # A template may not terminate, and the first process may be killed meanwhile: check
        # each second whether it still exists.
        signal.signal(signal.SIGALRM, lambda *_: os.getppid() == parent or os._exit(0))
        signal.setitimer(signal.ITIMER_REAL, 1, 1)
        # A reader of the first process's output must not have to wait for this process.
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        from kgen.formats.jinja import render
        from kgen.model.problems import KgenError

        with os.fdopen(job, "rb") as stream:
            data = stream.read()
        if data:
            context, templates, seconds, done = marshal.loads(data)
            answer: tuple[Any, Any, Any]
            try:
                answer = (*render(context, templates, seconds=seconds, done=done), [])
            except KgenError as error:
                answer = ({}, [], [_to_plain(problem) for problem in error.problems])
            note_modules()
            with os.fdopen(result, "wb") as stream:
                stream.write(marshal.dumps((*answer, list(noted().items()))))
    finally:
        # Exit without the first process's cleanup and without a second traceback: if there is
        # no answer, the first process renders itself and raises the error.
        os._exit(0)


# A problem as marshal takes it: message, the file's path and text (None: no place), line, column,
# hint, code.
_Plain = tuple[str, "tuple[str, str] | None", int, int, str, str]


def _to_plain(problem: Problem) -> _Plain:
    place = problem.place
    file = None if place is None else (place.file.path, place.file.text)
    line, column = (0, 0) if place is None else (place.line, place.column)
    return problem.message, file, line, column, problem.hint, problem.code


def _from_plain(plain: _Plain) -> Problem:
    from kgen.model.places import File, Place
    from kgen.model.problems import Problem

    message, file, line, column, hint, code = plain
    place = None
    if file is not None:
        path, text = file
        place = Place(File(path, outside=True, text=text), line, column)
    return Problem(message, place, hint=hint, code=code)
