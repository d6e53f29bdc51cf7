"""TOML files of the user: what is wrong in them, and where."""

from __future__ import annotations

import re
import tomllib

import msgspec

from kgen.model.places import File, Place
from kgen.model.problems import Problem


def unreadable(error: Exception) -> str:
    """What tomllib could not do with a file that may be well formed, in words."""
    return "nested too deeply" if isinstance(error, RecursionError) else "a number is too long"


def toml_problem(error: tomllib.TOMLDecodeError, file: File) -> Problem:
    """What tomllib found, with its place taken out of its words."""
    match = re.search(r" \(at line (\d+), column (\d+)\)$", str(error))
    message = str(error)
    if match is None:
        return Problem(message.removesuffix(" (at end of document)"), Place(file, 1), code="KG405")
    place = Place(file, int(match[1]), int(match[2]))
    return Problem(message[: match.start()], place, code="KG405")


def reason(error: msgspec.ValidationError) -> str:
    """msgspec's words for a wrong type, as part of a sentence."""
    words = str(error).replace("`", "").split(" - at ")[0]
    return words[:1].lower() + words[1:]
