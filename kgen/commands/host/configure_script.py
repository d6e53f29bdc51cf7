"""What QEMU's own scripts say of configure's options, read as text.

`configure` has a line for each option, which sets variables of the shell or passes an option to
Meson; from 7.0 on `scripts/meson-buildoptions.sh` has the rest. Up to 6.2 `configure` also looks
for many features itself, and writes them to config-host.mak.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence
from typing import Any

from kgen.code.meson.parser import Array, Block, Call, Node, Number, Text, Truth
from kgen.commands.host.meson_values import CHECK, NONE, Feature, Maybe
from kgen.model.problems import KgenError, Problem, near
from kgen.model.record import Record

# `  --enable-tpm|--with-tpm) tpm="yes"`, up to `;;`; from 7.0 on also `meson_option_add -Dtpm=...`.
_CASE = re.compile(r"^ {2,6}(-[^)\s\"]*(?: ?\| ?-[^)\s\"]*)*)\)([\s\S]*?);;", re.M)
_ASSIGNMENT = re.compile(r"(?:^|[\s;])(\w+)=(\"[^\"\n]*\"|[^\s;\"]*)")
_TO_MESON = re.compile(r"-D(\w+)=([^\s\"]*)")
_INITIAL = re.compile(r"^(\w+)=(\"[^\"\n$]*\"|[\w-]*)$", re.M)
_FOLLOWS = re.compile(r"^ *(\w+)=\"?\$\{?default_feature(?::([-+]))?(\w*)", re.M)
_PASSED = re.compile(r"-D(\w+)=\$\{?(\w+)\}?(?=[\s\\])")
_WRITTEN = re.compile(
    r"^ *if (test [^\n]*?) *; *then\n *echo [\"'](CONFIG_\w+)=y[\"'] >> \$config_host_mak$", re.M
)
_TEST = re.compile(r"test \"\$(\w+)\" = \"?(\w+)\"?")

# Options that stand for a value: `--cpu=*`. The value is what stands behind the sign.
_VALUE = re.compile(r"\$(?:optarg|2|\{?opt#[^}]*\}?)")

_DEPRECATED = re.compile(r"^deprecated_targets_list=([\w,-]+)$", re.M)

# What configure of 5.2 to 6.2 finds on every Linux host: `vhost_kernel=$linux`, `tpm=yes` except
# on Windows, eventfd(2), of which it makes ivshmem.
_ON_LINUX = frozenset("linux vhost_user vhost_kernel vhost_vdpa tpm eventfd ivshmem".split())

# Options that are not those of one version: they choose what is built.
_TARGETS = "--target-list="
_EXCLUDED = "--target-list-exclude="
_DEVICES = re.compile(r"--with-devices-([A-Za-z0-9_-]+)=(.+)")
_NO_FEATURES = "--without-default-features"


class Line(Record):
    """A configure command line, understood.

    meson: options of Meson that it sets. variables: of configure. features: whether options that
    are not given are found out (`auto`), and not off. targets, excluded: of --target-list and
    --target-list-exclude, None if they are not given. devices: the name of the devices file for
    each architecture. cpu: "" if it is not given.
    """

    meson: Mapping[str, str]
    variables: Mapping[str, str]
    features: bool
    targets: tuple[str, ...] | None
    excluded: tuple[str, ...]
    devices: Mapping[str, str]
    cpu: str


def read_line(words: Sequence[str], configure: str, buildoptions: str) -> Line:
    """Read the options of a configure command line with the texts of the tree's scripts.

    Raises KgenError for options that the scripts do not know.
    """
    known = _cases(configure, buildoptions)
    meson: dict[str, str] = {}
    variables: dict[str, str] = {}
    devices: dict[str, str] = {}
    targets: tuple[str, ...] | None = None
    excluded: tuple[str, ...] = ()
    problems = []
    for word in words:
        given = _DEVICES.fullmatch(word)
        if word.startswith(_TARGETS):
            targets = tuple(_names(word))
        elif word.startswith(_EXCLUDED):
            excluded = tuple(_names(word))
        elif given:
            devices[given[1]] = given[2]
        elif word.startswith("-D") and "=" in word:
            name, _, value = word[2:].partition("=")
            meson[name] = value
        elif "=" in word and not word.startswith("-"):
            continue  # CC=clang
        else:
            body = _action(word, known)
            if body is None:
                problems.append(_unknown(word, known))
                continue
            value = word.partition("=")[2]
            for name, text in _TO_MESON.findall(body):
                meson[name] = value if _VALUE.fullmatch(text) else text
            for name, text in _ASSIGNMENT.findall(body):
                text = text.strip('"')
                variables[name] = value if _VALUE.fullmatch(text) else text
    if problems:
        raise KgenError(*problems)
    return Line(
        meson,
        variables,
        _NO_FEATURES not in words,
        targets,
        excluded,
        devices,
        variables.get("cpu", ""),
    )


def default_targets(line: Line, configure: str, known: Sequence[str]) -> list[str]:
    """The system targets that configure builds without `--target-list`.

    Up to 7.2 it leaves out those of `deprecated_targets_list`.
    """
    if "no" in (line.variables.get("softmmu"), line.variables.get("system")):
        return []
    match = _DEPRECATED.search(configure)
    left_out = {*line.excluded, *(match[1].split(",") if match else ())}
    return [name for name in known if name not in left_out]


def _names(word: str) -> list[str]:
    return [name for name in re.split(r"[,\s]+", word.partition("=")[2]) if name]


def _cases(configure: str, buildoptions: str) -> dict[str, str]:
    """What is done for each pattern of options; a pattern that all options match is none."""
    found: dict[str, str] = {}
    for text in (buildoptions, configure):
        for patterns, body in _CASE.findall(text):
            for pattern in re.split(r" ?\| ?", patterns):
                if pattern not in ("-*", "--*", "-D*") and "[" not in pattern:
                    found[pattern] = found.get(pattern, "") + "\n" + body
    return found


def _action(word: str, known: Mapping[str, str]) -> str | None:
    """What is done for an option; None if it is not known."""
    if word in known:
        return known[word]
    matches = [name for name in known if "*" in name and fnmatch.fnmatchcase(word, name)]
    return known[max(matches, key=len)] if matches else None


def _unknown(word: str, known: Mapping[str, str]) -> Problem:
    options = {name.partition("=")[0].rstrip("*") for name in known}
    return Problem(
        f"configure of this tree has no option {word}",
        hint=near(word.partition("=")[0], options) or "./configure --help lists them",
        code="KG415",
    )


def options(declared: Block, line: Line, configure: str) -> dict[str, Any]:
    """The value of each option of a parsed meson_options.txt, with this command line."""
    given = _from_variables(line, configure)
    given.update(line.meson)
    found: dict[str, Any] = {}
    for call in declared:
        if not isinstance(call, Call) or call.function != "option" or not call.positional:
            continue
        name, keys = _literal(call.positional[0]), dict(call.named)
        kind = _literal(keys.get("type"))
        default = _literal(keys.get("value"))
        if isinstance(name, str):
            found[name] = _option(name, kind, default, given.get(name, ""), line.features)
    return found


def _literal(node: Node | None) -> Any:
    """The value of a literal, or of a list of them; None of anything else."""
    if isinstance(node, Array):
        return [one for one in map(_literal, node.items) if one is not None]
    return node.value if isinstance(node, Text | Number | Truth) else None


def _option(name: str, kind: Any, default: Any, given: str, features: bool) -> Any:
    """An option's value, from what is given or from its default."""
    if kind == "feature":
        state = given if given in ("enabled", "disabled", "auto") else ""
        state = state or (default if isinstance(default, str) else "auto")
        if state == "auto" and not features:  # Meson's auto_features
            state = "disabled"
        causes = frozenset((f"option {name}",)) if state == "auto" else NONE
        return Feature(name, frozenset((state,)), causes)
    if kind == "boolean":
        text = given or ("true" if default is None else str(default).lower())
        return text in ("true", "yes")
    if given:
        return given.split(",") if kind == "array" else given
    return "" if default is None else default


def _from_variables(line: Line, configure: str) -> dict[str, str]:
    """The options that configure passes to Meson as the value of a variable."""
    initial = _initial(configure, line.features)
    found = {}
    for name, variable in _PASSED.findall(configure):
        value = line.variables.get(variable, initial.get(variable, ""))
        if value:
            found[name] = value
    return found


def _initial(configure: str, features: bool) -> dict[str, str]:
    """The first value of each variable of configure that is a plain text.

    Without features, also those of the variables that follow `default_feature`.
    """
    found: dict[str, str] = {}
    for name, text in _INITIAL.findall(configure):
        found.setdefault(name, text.strip('"'))
    return found if features else {**found, **_without_features(configure)}


def _without_features(configure: str) -> dict[str, str]:
    """What --without-default-features makes of variables: `spice="$default_feature"` is no."""
    return {
        name: other if sign == "+" else "no" for name, sign, other in _FOLLOWS.findall(configure)
    }


def host_makefile(line: Line, configure: str) -> dict[str, Any]:
    """The symbols that configure writes to config-host.mak: "y", or Maybe if it depends.

    Empty for QEMU 7.1 and later, where Meson finds everything.
    """
    off = {} if line.features else _without_features(configure)
    found: dict[str, Any] = {}
    for condition, symbol in _WRITTEN.findall(configure):
        causes, never = NONE, False
        for variable, wanted in _TEST.findall(condition) or [("", "")]:
            value = line.variables.get(variable, off.get(variable))
            if value is None and variable in _ON_LINUX:
                value = "yes"
            if value is None:
                option = f"--enable-{variable.replace('_', '-')}" in configure
                causes |= frozenset((f"option {variable}",)) if option else CHECK
            never = never or (value is not None and value != wanted)
        if not never:
            found.setdefault(symbol, Maybe("y", causes) if causes else "y")
    return found
