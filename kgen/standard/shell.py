"""Answers for `$(shell,...)`, and for macros made of it like `$(cc-option,...)`.

Reading a tree runs nothing. What a command prints is taken from a file of answers, or the command
is run, if the user allows it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from kgen.files.read import read_input
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Problem, brief, fail

# Seconds for one command.
_LONGEST = 60


class Shell:
    """Answers the commands of a tree. given: the answers that are known.

    An answer belongs to its command alone, as in a file of answers. So the targets of a project can
    have the same `answers`, and each command is run once.
    """

    def __init__(
        self,
        given: Mapping[str, str],
        allowed: bool = False,
        folder: str = "",
        environment: Mapping[str, str] | None = None,
        answers: dict[str, str] | None = None,
    ) -> None:
        """allowed: other commands are run, in a folder, with these variables and PATH. answers:
        known ones beyond the given; new ones are added."""
        self._answers = {} if answers is None else answers
        self._given = given
        self._allowed, self._folder = allowed, folder
        self._environment = environment or {}
        self.asked: dict[str, str] = {}

    @property
    def ran(self) -> bool:
        """Whether a command was run."""
        return not self.asked.keys() <= self._given.keys()

    def answer(self, command: str, place: Place | None = None) -> str:
        """What a command prints, as one line. Raises KgenError without an answer."""
        found = self._given.get(command, self._answers.get(command))
        if found is None:
            if not self._allowed:
                hint = "--allow-shell lets it, --shell-answers FILE has what such commands print"
                message = f"$(shell,...) would run a program: {brief(command)}"
                raise fail(message, place, hint, code="KG113")
            found = self._answers[command] = self._run(command, place)
        self.asked[command] = found
        return found

    def _run(self, command: str, place: Place | None) -> str:
        import subprocess  # only where the user allows it

        environment = {"PATH": os.environ.get("PATH", os.defpath), **self._environment}
        try:
            done = subprocess.run(
                command, shell=True, cwd=self._folder, env=environment, timeout=_LONGEST,
                stdin=subprocess.DEVNULL, capture_output=True, check=False,
            )  # fmt: skip
            text = done.stdout.decode("utf-8")
        except (OSError, subprocess.SubprocessError, UnicodeDecodeError) as error:
            raise fail(f"$(shell,...) failed: {error}", place, code="KG113") from None
        return " ".join(text.rstrip("\n").splitlines())


def answers_text(answers: Mapping[str, str]) -> str:
    """A file of answers, as `read_answers` reads it."""
    return f"{json.dumps(answers, indent=2, sort_keys=True)}\n"


def read_answers(path: str) -> dict[str, str]:
    """The answers in a file, an object of JSON: commands with what they print. Raises KgenError."""
    text = read_input(path, path)
    try:
        answers = json.loads(text)
        if isinstance(answers, dict) and all(isinstance(one, str) for one in answers.values()):
            return answers
        reason, line = "expected an object of strings", 1
    except json.JSONDecodeError as error:
        reason, line = error.msg, error.lineno
    except RecursionError:
        reason, line = "it is nested too deep", 1
    place = Place(File(path, outside=True, text=text), line)
    hint = 'for example {"echo y": "y"}'
    raise KgenError(Problem(f"not a file of answers: {reason}", place, hint=hint, code="KG113"))
