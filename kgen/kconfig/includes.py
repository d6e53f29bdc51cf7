"""Kconfig files and the files that they source, as statements in textual order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Set

from kgen.files.read import NotText, Outside, read_text
from kgen.kconfig import lexer, parser
from kgen.kconfig.parser import Statement
from kgen.model.places import File, Place
from kgen.model.problems import Problem, near, os_reason
from kgen.model.record import Record

# The maximum depth of inclusion. QEMU's program fails at a far smaller depth.
DEEPEST = 1000


class _Reading(Record):
    """A file that is being read, and its remaining statements."""

    file: File
    path: str
    text: str
    statements: Iterator[Statement]


class Reader:
    """Reads files and everything that they source.

    paths: the absolute paths read so far, in order. problems: unreadable files, syntax errors and
    inclusion loops found so far.
    """

    def __init__(
        self,
        root: str,
        read: Callable[[str], str] = read_text,
        shown: str = "",
        locate: Callable[[str, str], str] = os.path.join,
    ) -> None:
        """root: the folder that places are relative to, or "". read: reads the text of a path.
        shown: the root as the user gave it. locate: the path of a sourced file, from the folder of
        the file that sources it and the name in that line."""
        self.paths: list[str] = []
        self._seen: set[str] = set()
        self.problems: list[Problem] = []
        self._root = os.path.abspath(root) + os.sep if root else ""
        self._read = read
        self._shown = shown
        self._locate = locate

    def statements(self, inputs: Iterable[str]) -> Iterator[tuple[File, Statement]]:
        """Every statement except `source`, with its file. Statements with errors are skipped.

        An input is read even if it was read before; a sourced file is read only once.
        """
        for path in inputs:
            first = self._open(os.path.abspath(path), path, None)
            stack = [] if first is None else [first]
            above: set[str] = set()  # the paths of the files above the last one
            while stack:
                reading = stack[-1]
                file = reading.file
                for statement in reading.statements:
                    if statement.word == "source":
                        inner = self._follow(statement, reading, above)
                        if inner is not None:
                            above.add(reading.path)
                            stack.append(inner)
                            break
                        continue
                    yield file, statement
                else:
                    stack.pop()
                    if stack:
                        above.remove(stack[-1].path)

    def _open(
        self, path: str, shown: str, parent: _Reading | None, line: int = 0, written: str = ""
    ) -> _Reading | None:
        """Open and scan a file; if it cannot be read, record the problem and return None.

        written: the path before normalization. This path is opened, because normalizing removes
        `..` without resolving symbolic links or checking that the folder exists.
        """
        place = None if parent is None else Place(parent.file, line)
        chain: tuple[tuple[str, int], ...] = ()
        if parent is not None:
            chain = (*parent.file.includes, (parent.file.path, line))
        file = File(self._name(path), chain, root=self._shown)
        text = self._text(written or path, shown, file, place)
        if text is None:
            return None
        file = file._replace(text=text)
        self.paths.append(path)
        self._seen.add(path)
        statements, problems = parser.scan(text, file)
        self.problems += problems
        return _Reading(file, path, text, iter(statements))

    def _follow(self, statement: Statement, reading: _Reading, above: Set[str]) -> _Reading | None:
        """The sourced file, ready to be read; None if it is skipped or cannot be read.

        A file that was read before is skipped, also one that sources itself. A file that is still
        being read is an inclusion loop. scripts/minikconf.py compares unnormalized paths, so
        `../d/x.mak` from within `d` is read a second time; that is not reported as a loop.
        """
        written = self._locate(os.path.dirname(reading.path), statement.name)
        real = os.path.abspath(written)
        if written not in above:
            if written in self._seen:
                return None
            if real not in above and real != reading.path:
                if len(above) + 2 > DEEPEST:
                    self.problems.append(_too_deep(statement, reading))
                    return None
                return self._open(real, statement.name, reading, statement.line, written)
        column = lexer.find(reading.text, statement.name, statement.line)
        place = Place(reading.file, statement.line, column)
        steps = (*(f"{file}:{line}" for file, line in place.file.includes), str(place))
        self.problems.append(
            Problem(
                f"inclusion loop: {' -> '.join((*steps, self._name(real)))}",
                place,
                lexer.source_line(reading.text, statement.line),
                hint=f'remove this "source {statement.name}" or the line that includes this file',
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
        except Outside:
            message = f"{shown} is outside the tree"
            hint = "--allow-outside lets its files refer to others"
            self.problems.append(Problem(message, place, hint=hint, code="KG106"))
        except OSError as error:
            message = f"cannot read {shown}: {os_reason(error)}"
            hint = _similar_name(path) if isinstance(error, FileNotFoundError) else ""
            self.problems.append(Problem(message, place, hint=hint, code="KG104"))
        except ValueError:  # a NUL in the name
            self.problems.append(
                Problem(f"cannot read {shown}: invalid file name", place, code="KG104")
            )
        return None

    def _name(self, path: str) -> str:
        """A path for a Place: relative to the root, with `/`, if it is below the root."""
        if self._root and path.startswith(self._root):
            return path[len(self._root) :].replace(os.sep, "/")
        return path


def _too_deep(statement: Statement, reading: _Reading) -> Problem:
    """A line that includes one file too many. The files on the way there are left out."""
    return Problem(
        f"included more than {DEEPEST:,} levels deep",
        Place(reading.file._replace(includes=()), statement.line),
        hint="include the files from one of them",
        focus=statement.name,
        code="KG107",
    )


def _similar_name(path: str) -> str:
    """A hint that names the files in the same folder with similar names; "" if there are none."""
    try:
        siblings = os.listdir(os.path.dirname(path))
    except (OSError, ValueError):  # no such folder, or an invalid name
        return ""
    return near(os.path.basename(path), siblings)
