"""The names of kgen's own outputs, and their templates."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# A template with a file for each target reads the variables of that target and no others.
OUTPUTS = {
    "mak": "T-config-devices.mak.j2",
    "header": "T-config-devices.h.j2",
    "meson": "meson.build.j2",
    "make": "config-devices.make.j2",
    "json": "config-devices.json.j2",
}

# Those that are rendered without Jinja.
PLAIN = frozenset(("mak", "header"))


def only_plain(words: Sequence[str]) -> bool:
    """Whether a command line surely asks for outputs that are rendered without Jinja, alone."""
    wanted = set()
    for word, after in zip(words, (*words[1:], ""), strict=True):
        flag, equals, value = word.partition("=")
        if flag == "--output":
            wanted.update((value if equals else after).split(","))
        elif flag == "--template":
            return False
    return bool(wanted) and wanted <= PLAIN
