"""Files of the dialect, with what they source: statements in textual order over all of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

from kgen.files.read import NotText, read_text
from kgen.kconfig import lexer, parser
from kgen.kconfig.parser import Statement
from kgen.model.places import File, Place
from kgen.model.problems import Problem, near, os_reason
from kgen.model.record import Record


class _Reading(Record):
    """A file that is being read: the statements to come, and the paths that led to it."""

    file: File
    path: str
    text: str
    above: tuple[str, ...]
    statements: Iterator[Statement]


class Reader:
    """Reads files and everything that they source.

    paths: the absolute paths read so far, in the order read. problems: what was wrong with
    them: files that cannot be read, syntax, inclusion loops.
    """

    def __init__(self, root: str, read: Callable[[str], str] = read_text, shown: str = "") -> None:
        """root: the folder that places are relative to, or "". read: how a path is read. shown:
        the root as the user gave it."""
        self.paths: list[str] = []
        self.problems: list[Problem] = []
        self._root = os.path.abspath(root) + os.sep if root else ""
        self._read = read
        self._shown = shown

    def statements(self, inputs: Iterable[str]) -> Iterator[tuple[File, Statement]]:
        """Every statement but `source`, each with its file. A broken file gives what it can.

        An input is read even if it was read before; what it sources is not.
        """
        for path in inputs:
            stack = [self._open(os.path.abspath(path), path, None)]
            while stack:
                reading = stack[-1]
                if reading is None:
                    stack.pop()
                    continue
                file = reading.file
                for statement in reading.statements:
                    if statement.word == "source":
                        stack.append(self._follow(statement, reading))
                        break
                    yield file, statement
                else:
                    stack.pop()

    def _open(
        self, path: str, shown: str, parent: _Reading | None, line: int = 0, written: str = ""
    ) -> _Reading | None:
        """Open and scan a file; None, with the problem noted, if it cannot be read.

        written: the path before it was shortened. That is the one to open: a `..` behind a
        link leads elsewhere, and behind a folder that does not exist nowhere.
        """
        place = None if parent is None else Place(parent.file, line)
        chain: tuple[tuple[str, int], ...] = ()
        above: tuple[str, ...] = ()
        if parent is not None:
            chain = (*parent.file.includes, (parent.file.path, line))
            above = (*parent.above, parent.path)
        file = File(self._name(path), chain, root=self._shown)
        text = self._text(written or path, shown, file, place)
        if text is None:
            return None
        file = file._replace(text=text)
        self.paths.append(path)
        statements, problems = parser.scan(text, file)
        self.problems += problems
        return _Reading(file, path, text, above, iter(statements))

    def _follow(self, statement: Statement, reading: _Reading) -> _Reading | None:
        """The sourced file, ready to be read; None if it is skipped or cannot be.

        A file that was read before is skipped, which includes one that sources itself; one that
        is still being read further up is a loop. The reference compares paths as they are
        written, so `../d/x.mak` from within `d` is read once more; it must then be no loop.
        """
        written = os.path.join(os.path.dirname(reading.path), statement.name)
        real = os.path.abspath(written)
        if written not in reading.above:
            if written in self.paths:
                return None
            if real not in reading.above and real != reading.path:
                return self._open(real, statement.name, reading, statement.line, written)
        column = lexer.find(reading.text, statement.name, statement.line)
        place = Place(reading.file, statement.line, column)
        steps = (*(f"{file}:{line}" for file, line in place.file.includes), str(place))
        self.problems.append(
            Problem(
                f"inclusion loop: {' -> '.join((*steps, self._name(real)))}",
                place,
                lexer.source_line(reading.text, statement.line),
                hint=f'remove this "source {statement.name}", or the one that leads here',
                code="KG105",
            )
        )
        return None

    def _text(self, path: str, shown: str, file: File, place: Place | None) -> str | None:
        try:
            return self._read(path)
        except NotText as error:
            self.problems.append(
                Problem("not valid UTF-8", Place(file, error.line, error.column), code="KG103")
            )
        except OSError as error:
            message = f"cannot read {shown}: {os_reason(error)}"
            hint = _neighbour(path) if isinstance(error, FileNotFoundError) else ""
            self.problems.append(Problem(message, place, hint=hint, code="KG104"))
        except ValueError:  # a NUL in the name
            self.problems.append(Problem(f"cannot read {shown}: no such name", place, code="KG104"))
        return None

    def _name(self, path: str) -> str:
        """A path as places give it: relative to the root and with `/`, if it is below it."""
        if self._root and path.startswith(self._root):
            return path[len(self._root) :].replace(os.sep, "/")
        return path


def _neighbour(path: str) -> str:
    """A file beside a missing one whose name is close to it."""
    try:
        beside = os.listdir(os.path.dirname(path))
    except (OSError, ValueError):  # not there, or a name that no file can have
        return ""
    return near(os.path.basename(path), beside)
