"""Lanes of targets: their devices files, options and external assignments; and the targets that
have none, because QEMU's build does not configure them either.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from kgen.files.read import NotText
from kgen.files.tree import Tree
from kgen.model.clauses import SETTING, Assignment, Model
from kgen.model.configurations import Build, Lane, Target
from kgen.model.problems import KgenError, Problem
from kgen.model.record import Record
from kgen.project.choose import WrongSetting, is_named
from kgen.project.options import Options
from kgen.targets import accelerators, checkout, externals, hosts, undeclared
from kgen.targets.named import Names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from kgen.code.accelerators import Rules
    from kgen.code.conditions import Truth

    # What is done with a target for which no accelerator is available; see without_accelerators.
    Need = Literal["needed", "asked", "any"]


class Loaded(Record):
    """A model and its targets, before lanes are made."""

    model: Model
    targets: tuple[Target, ...]


class Allowed:
    """Which accelerators the tree's meson.build allows a target; it is read when that is first
    asked of another one than TCG, which every host of 64 bits has.

    files: the absolute path of that file, if it was read.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._read = False
        self._rules: Rules | None = None
        self._hosts: dict[str, Truth] = {}
        self.files: tuple[str, ...] = ()

    def __call__(self, target: Target, accelerator: str, host_architecture: str) -> bool | None:
        """Whether a target can have an accelerator (lower case) there; None if that is not said."""
        if accelerator == "tcg" and host_architecture not in hosts.NARROW:
            return True
        if not self._read:
            self._read = True
            self._rules = self._of_meson()
        if self._rules is None:
            return None
        # meson.build goes by the target's name, and a descriptor gives it any.
        name = target.name
        if not name.endswith("-softmmu"):
            name = f"{target.architecture}-softmmu"
        wide, narrow = target.word_size == 64, host_architecture in hosts.NARROW
        host = self._hosts.get(host_architecture)
        if host is None:
            host = self._hosts[host_architecture] = self._rules.on(host_architecture)
        return self._rules.has(accelerator, name, wide, host, narrow)

    def _of_meson(self) -> Rules | None:
        text = _meson_build(self._tree)
        if text is None:
            return None
        from kgen.code.accelerators import read_rules  # seldom needed

        self.files = (os.path.join(self._tree.root, "meson.build"),)
        return read_rules(text)


def _meson_build(tree: Tree) -> str | None:
    """The text of the tree's meson.build; None if it has none that can be read."""
    path = os.path.join(tree.root, "meson.build")
    try:
        return tree.read(path) if tree.is_file(path) else None
    except (OSError, NotText):
        return None


class _Given:
    """What the options give to targets; equal values are read once."""

    def __init__(
        self,
        loaded: Sequence[Loaded],
        tree: Tree,
        options: Options,
        allowed: Allowed | None = None,
    ) -> None:
        self._model = loaded[0].model
        self._tree = tree
        self._feature: externals.Features | None = None
        self._options = options
        self._allowed = allowed
        self._names = Names(frozenset[str]().union(*(part.model.declared() for part in loaded)))
        self._settings: dict[tuple[str, ...], tuple[Assignment, ...]] = {}
        self._hosts: dict[str, tuple[Assignment, ...]] = {}
        self._accelerators: dict[str, tuple[str, ...]] = {}
        self.declared = loaded[0].model.declared()

    def settings(self, target: Target) -> tuple[Assignment, ...]:
        """The assignments of `--set`."""
        own = self._options.of(target.name).settings
        if own not in self._settings:
            self._settings[own] = tuple(map(self._setting, own))
        return self._settings[own]

    def _setting(self, setting: str) -> Assignment:
        name, _, value = setting.partition("=")
        place = self._options.place("settings", setting)
        if value not in ("y", "n"):
            expected = "expected SYM=y or SYM=n"
            if place is None:
                raise WrongSetting(f"{setting[:60]!r}: {expected}")
            raise KgenError(Problem(f"set: {expected}, not {setting[:60]!r}", place, code="KG416"))
        origin = f"{SETTING}{setting}"
        return Assignment(self._names.known(name), value == "y", place, origin=origin)

    def host(self, target: Target) -> tuple[Assignment, ...]:
        """The assignments of `--host`."""
        own = self._options.of(target.name).host
        if own not in self._hosts:
            self._hosts[own] = hosts.host_features(
                own,
                self.declared,
                lambda item: self._options.place("host", item),
                self._not_passed,
            )
        return self._hosts[own]

    def _not_passed(self, symbol: str) -> str:
        """What passes or sets a symbol instead of `--host`; "" for what a host may pass."""
        if self._feature is None:
            from kgen.targets.build_folder import passable  # seldom needed

            meson = _meson_build(self._tree)
            self._feature = externals.Features(self._model, passable(meson or ""))
        return self._feature.instead(symbol)

    def accelerators(self, target: Target) -> tuple[str, ...]:
        """The accelerators of `--accel`, also those that the target cannot have."""
        own = self._options.of(target.name).accel
        if own not in self._accelerators:
            self._accelerators[own] = hosts.accelerators(
                own, lambda item: self._options.place("accel", item)
            )
        return self._accelerators[own]

    def build(self, target: Target) -> Build:
        """The options that decided the external symbols of a target."""
        own = self._options.of(target.name)
        return Build(target, own.host, own.accel, own.host_arch, own.side, self._allowed)


def without_accelerators(
    loaded: Sequence[Loaded],
    tree: Tree,
    options: Options,
    allowed: Allowed,
    need: Need = "needed",
) -> tuple[list[Loaded], tuple[Build, ...], tuple[str, ...]]:
    """The same without targets for which no accelerator is available; those that are kept in
    spite of it; and warnings, also about accelerators that are left out.

    As in QEMU's meson.build, a target that `-t` names is not left out: that is an error, and so it
    is if all would be left out. need: "needed"; "asked" keeps targets instead of raising; "any"
    keeps all. A tree that is not a QEMU checkout, or has descriptors, needs no accelerator.
    Raises KgenError.
    """
    given = _Given(loaded, tree, options, allowed)
    targets = [target for part in loaded for target in part.targets]
    for target in targets:
        given.accelerators(target)  # raises for unknown ones, with their places
    builds = [given.build(target) for target in targets]
    warnings = accelerators.warnings(builds)
    lacking = tuple(one for one in builds if not accelerators.divided(one)[0])
    own = options.targets is None and not options.embedded
    if not lacking or not own or not checkout.target_names(tree):
        return list(loaded), (), warnings
    named = tuple(one for one in lacking if is_named(one.target.name, options.only))
    refused = named or (lacking if len(lacking) == len(builds) else ())
    if need == "needed" and refused:
        raise KgenError(accelerators.none_left(refused))
    if need == "any" or refused == lacking:
        return list(loaded), lacking, warnings
    gone = [one for one in lacking if one not in refused]
    kept = _without(loaded, [one.target for one in gone])
    return kept, refused, (*warnings, accelerators.targets_left_out(gone))


def without_excluded(
    loaded: Sequence[Loaded], tree: Tree, options: Options
) -> tuple[list[Loaded], tuple[str, ...]]:
    """The same without the targets that need a feature that the host does not offer, and a warning
    about these.

    As in QEMU's meson.build, a target that `-t` names is not left out: that is an error. Raises
    KgenError.
    """
    given = _Given(loaded, tree, options)
    excluded: list[tuple[Target, tuple[str, ...]]] = []
    for target in (target for part in loaded for target in part.targets if target.needs):
        passed = (*given.host(target), *given.settings(target))
        lacking = hosts.lacking(target, passed, given.declared)
        if lacking:
            excluded.append((target, lacking))
    if not excluded:
        return list(loaded), ()
    problems = [
        _excluded(target, lacking, options)
        for target, lacking in excluded
        if is_named(target.name, options.only)
    ]
    if problems:
        raise KgenError(*problems)
    names = [target.name for target, _ in excluded]
    missing = sorted({name for _, lacking in excluded for name in lacking})
    are = "is" if len(names) == 1 else "are"
    warning = f"{', '.join(names)} {are} not configured: the host has no {' '.join(missing)}"
    return _without(loaded, (target for target, _ in excluded)), (warning,)


def _excluded(target: Target, lacking: Sequence[str], options: Options) -> Problem:
    own = options.of(target.name)
    host = hosts.host_with(own.host, dict.fromkeys(lacking, True))
    return Problem(
        f"{target.name} is never configured without {', '.join(lacking)}, "
        "which the host does not offer",
        hint=f"--{own.side}host {host}",
        code="KG305",
    )


def _without(loaded: Iterable[Loaded], gone: Iterable[Target]) -> list[Loaded]:
    names = {target.name for target in gone}
    return [
        part._replace(targets=tuple(one for one in part.targets if one.name not in names))
        for part in loaded
    ]


def make_lanes(
    loaded: Sequence[Loaded],
    tree: Tree,
    options: Options,
    allowed: Allowed,
    tolerant: bool = False,
) -> list[list[Lane]]:
    """A lane for each target: its devices file, then options, then external assignments.

    Raises KgenError for invalid options and for undefined symbols (tolerant: only for those used
    only by `--set`).
    """
    given = _Given(loaded, tree, options, allowed)
    declared = given.declared
    may_be_passed = externals.architectures(loaded[0].model, checkout.target_names(tree) != [])

    def lane(target: Target) -> Lane:
        own = options.of(target.name)
        host, settings = given.host(target), given.settings(target)
        chosen = given.accelerators(target)
        said.update(dict.fromkeys(settings))
        needed = hosts.needed(target, (*host, *settings), declared)
        build = given.build(target)
        passed = hosts.passed(build, host, chosen, declared, may_be_passed)
        lines = (*target.assignments, *settings, *needed, *passed)
        return Lane(target.name, own.mode, lines, build)

    said: dict[Assignment, None] = {}
    lanes = [[lane(target) for target in part.targets] for part in loaded]
    problems = _unknown_settings(loaded, list(said)) if tolerant else _undefined(loaded, lanes)
    if problems:
        raise KgenError(*problems)
    return lanes


def _undefined(loaded: Sequence[Loaded], lanes: Sequence[Sequence[Lane]]) -> list[Problem]:
    """A problem for each undefined symbol."""
    problems: dict[Problem, None] = {}
    for part, own in zip(loaded, lanes, strict=True):
        named = [item for lane in own for item in lane.assignments]
        problems.update(dict.fromkeys(undeclared.undefined(part.model, named)))
    return list(problems)


def _unknown_settings(loaded: Sequence[Loaded], settings: Sequence[Assignment]) -> list[Problem]:
    """A problem for each undefined symbol that is used only by `--set`, not by the tree."""
    declared = {entry.symbol for part in loaded for entry in part.model.entries}
    unknown = [item for item in settings if item.symbol not in declared]
    if not unknown:
        return []
    problems = undeclared.undefined(loaded[0].model, unknown)
    places = {None, *(item.place for item in unknown)}
    return [problem for problem in problems if problem.place in places]
