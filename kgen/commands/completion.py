"""What a shell can complete: targets, symbols, files, and the parts of lists.

click calls `completions` when a shell asks, with the script that
`_KGEN_COMPLETE=bash_source kgen` prints (or zsh_source, fish_source).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from click.shell_completion import CompletionItem, FishComplete, add_completion_class

from kgen.commands.dispatch import before_the_command_line, completed
from kgen.commands.generate.outputs import OUTPUTS
from kgen.commands.lint.rules import RULES
from kgen.commands.options import Option
from kgen.model.problems import KgenError
from kgen.project import load
from kgen.project.options import Options
from kgen.targets import hosts
from kgen.targets.build_folder import BuildFolder, read_build


class _Fish(FishComplete):
    """click's script for fish, which cuts values at commas."""

    source_template = FishComplete.source_template.replace("split ", "split --max 1 ")


add_completion_class(_Fish, "fish")

_TARGETS = ("only", "old_target", "new_target")
_FILES = {"FILE": "file", "DIR": "dir", "DIR[@REV]": "dir"}
_FILES |= dict.fromkeys(("OLD", "NEW", "[OLD]", "[NEW]"), "file")  # folders or snapshots


def completions(option: Option, values: Mapping[str, Any], word: str) -> list[CompletionItem]:
    """How the word can go on, as a value of the option.

    values: of the options before it, by field. A tree that cannot be read offers nothing: a shell
    has no place for messages.
    """
    try:
        return _completions(option, values, word)
    except (KgenError, OSError):
        return []


def _completions(option: Option, values: Mapping[str, Any], word: str) -> list[CompletionItem]:
    files = _FILES.get(option.metavar)
    if files is not None:
        return [CompletionItem(word, type=files)]
    if option.choices:
        return _items(option.choices, word)
    if option.field in _TARGETS:
        build = _build(values)
        if build is not None:
            names = [one.name for one in build.built]
        else:
            names = load.known_targets(_options(values))
        return _items([name.removesuffix("-softmmu") for name in names], word)
    if option.field.endswith("devices"):
        return [*_items(["default"], word), CompletionItem(word, type="file")]
    parts = _parts(option.field)
    if parts:
        before, comma, _ = word.rpartition(",")
        return _items([f"{before}{comma}{one}" for one in parts], word)
    if option.metavar == "SYM=y|n":
        name, equals, _ = word.partition("=")
        known = [name] if equals else _symbols(values, name)
        return _items([f"{one}={value}" for one in known for value in "yn"], word)
    if option.metavar in ("[SYMBOL]", "SYMBOL...", "GLOB"):
        return _items(_symbols(values, word), word)
    return []


def _parts(field: str) -> Sequence[str]:
    """What the list that is the value of an option can consist of; () for other options."""
    if field.endswith("accel"):
        return hosts.ACCELERATORS
    if field.endswith("host"):
        return tuple(hosts.PROFILES)
    if field == "outputs":
        return tuple(OUTPUTS)
    return tuple(RULES) if field in ("select", "ignore") else ()


def _items(names: Iterable[str], word: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(word)]


def _symbols(values: Mapping[str, Any], word: str) -> Sequence[str]:
    """The declared symbols, spelled like the word: with or without CONFIG_, in small letters or
    capitals, with - or _."""
    tree = load.open_tree(_options(values))
    declared = load.load_models(tree, ())[0].model.declared()
    prefix = word[:7] if word[:7].upper() == "CONFIG_" else ""
    names = sorted(declared)
    if word != word.upper():
        names = [name.lower() for name in names]
    if "-" in word:
        names = [name.replace("_", "-") for name in names]
    return [f"{prefix}{name}" for name in names]


def _options(values: Mapping[str, Any]) -> Options:
    """The tree of the command line so far, of a comparison its first, or of the project file."""
    given = _given(values, "project", "no_project", "tree", "targets")
    tree = values.get("tree") or values.get("old")
    build = _build(values) if tree is None else None
    if build is not None:
        return Options(tree=build.source)
    if tree is not None:
        given["tree"] = os.path.expanduser(tree)
    options: Options = completed("targets", given)["options"]
    return options


def _build(values: Mapping[str, Any]) -> BuildFolder | None:
    """The build folder of the command line so far, or of the project file. It is only read: what
    it was configured with, which takes longer, decides on no name."""
    given = _given(values, "project", "no_project", "tree", "targets")
    folder = values.get("build") or values.get("from_build")
    if folder is None:
        base = before_the_command_line("targets", given)[1]
        folder = base.from_build
    return None if folder is None else read_build(os.path.expanduser(folder))


def _given(values: Mapping[str, Any], *fields: str) -> dict[str, Any]:
    return {field: values[field] for field in fields if values.get(field)}
