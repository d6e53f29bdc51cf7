"""The record of a command line's last run, so that an identical run can be skipped.

It holds every question that the run asked of the disk, with the answer: what each file held that
it read or wrote, the names in folders, what did not exist, where links led, the time of each module
of kgen. A run with the same command line in the same folder, to which the disk gives the same
answers, would do what that run did: so there is nothing to do.

Where an answer differs, the record still says which outputs are made of the same as before.
"""

from __future__ import annotations

import os
import sys

from kgen import __version__
from kgen.files import read
from kgen.files.cache import cache_path, keep, kept
from kgen.files.process import messages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_HEAD = f"kgen run 1 {__version__}"


class LastRun:
    """What is known of the last run of a command line; nothing if there is no record of it."""

    def __init__(self, words: list[str]) -> None:
        """words: the command line. From then on this process notes its questions, too."""
        self._answers: list[tuple[str, str, str]] = []
        self._made: dict[str, tuple[str, str]] = {}
        self._printed = self._messages = ""
        self._path: str | None = None
        try:
            # All that a run depends on beside the disk.
            surroundings = (
                sys.version, sys.path, sys.flags, os.getcwd(), os.path.expanduser("~"),
                os.environ.get("_KGEN_COMPLETE"), sys.stdout.encoding, sys.stderr.encoding,
            )  # fmt: skip
            self._key = ascii((words, *surroundings))
            self._path = cache_path(self._key, "run")
            if self._path is not None:
                self._read(kept(self._path, _HEAD))
        except (OSError, ValueError, read.NotText):  # no folder to be in, or no record
            pass

    def _read(self, text: str) -> None:
        """Take over a record. Raises ValueError."""
        key, answers, made, printed, said = text.split("\f")
        if key != self._key:
            raise ValueError
        self._made = {}
        for line in made.splitlines():
            path, basis, content = line.split("\t")
            self._made[path] = basis, content
        for line in answers.splitlines():
            what, path, answer = line.split("\t")
            self._answers.append((what, path, answer))
        self._printed, self._messages = printed, said

    def repeated(self) -> bool:
        """Print what the last run would print now, if this one would do the same; whether so."""
        try:
            same = bool(self._answers) and read.unchanged(self._answers)
        except KeyError:
            same = False
        if same:
            sys.stderr.write(self._messages)
            sys.stdout.write(self._printed)
        elif self._path is not None:
            read.note_questions()
        return same

    def text(self, path: str, basis: str) -> str | None:
        """The text of an output that was made of the same and is still as it was made; else None.

        basis: a digest of all that it is made of.
        """
        before, content = self._made.get(path, ("", ""))
        data = read.peek(path) if before == basis else None
        if data is None or read.digest(data) != content:
            return None
        return data.decode("utf-8", "surrogateescape")

    def keep(self, outputs: Mapping[str, str], bases: Mapping[str, str], printed: str) -> None:
        """Record this run. outputs: the text of each file that it has now. bases: for `text`.
        printed: what it prints if nothing changes."""
        said = messages()
        if self._path is None or said is None or not all(map(os.path.isfile, outputs)):
            return  # a pipe is written to each time
        read.note_modules()
        digests = {}
        for path, text in outputs.items():
            digests[path] = read.digest(text.encode("utf-8", "surrogateescape"))
            read.note_written(path, digests[path])
        answers = [(what, path, answer) for (what, path), answer in read.noted().items()]
        # What differs most often comes first.
        answers.sort(key=lambda item: (item[0] != "content", item[1] in outputs))
        made = [(path, basis, digests[path]) for path, basis in bases.items()]
        if all(field.isprintable() for row in (*answers, *made) for field in row):
            lines = ["\n".join(map("\t".join, rows)) for rows in (answers, made)]
            if not any(char in text for text in (printed, said) for char in "\f\r"):
                keep(self._path, _HEAD, "\f".join((self._key, *lines, printed, said)))
