"""From options to results: a tree's targets read, put into lanes and resolved in one call."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from kgen.files import resources
from kgen.files.read import NotText
from kgen.files.tree import Tree, open_tree
from kgen.kconfig import duplicates, kconfiglib_adapter
from kgen.model.clauses import Assignment, Model
from kgen.model.configurations import Lane, Outcome, Resolution, Target
from kgen.model.problems import KgenError, Problem, fail
from kgen.model.record import Record
from kgen.project.options import Options
from kgen.resolve.resolver import resolve
from kgen.targets import checkout, hosts, undeclared
from kgen.targets.select import choose

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kgen.model.configurations import Mode


class Project(Record):
    """A resolved tree. inputs: absolute paths of all that was read from disk, sorted."""

    tree: Tree
    model: Model
    mode: Mode
    outcomes: tuple[Outcome, ...]
    inputs: tuple[str, ...]
    sources: str | None

    def resolutions(self) -> list[Resolution]:
        """The resolutions of all targets: one, and one for each target that declares symbols."""
        found: dict[int, Resolution] = {}
        for outcome in self.outcomes:
            found.setdefault(id(outcome.resolution), outcome.resolution)
        return list(found.values())

    def failures(self) -> list[Resolution]:
        """Each resolution in which a lane fails."""
        return [resolution for resolution in self.resolutions() if resolution.failed]


def load(options: Options, tolerant: bool = False) -> Project:
    """Read and resolve everything that the options ask for. Raises KgenError, UnknownTarget.

    tolerant: symbols that are defined twice are merged and those that are declared nowhere are
    n, whatever the tree's version makes of them, for a caller that looks for such mistakes; but
    one that `--set` alone names is an error.
    """
    embedded = options.tree is None
    tree = open_tree(resources.embedded_tree() if options.tree is None else options.tree)
    top = os.path.join(tree.root, "Kconfig")
    if not tree.is_file(top):
        raise fail(
            f"{tree.shown} has no Kconfig file", hint="--tree takes a folder with one", code="KG401"
        )

    def merge() -> bool | None:
        return tolerant or merges_duplicates(tree, options.duplicates)

    targets = _targets(tree, options, embedded)
    model = kconfiglib_adapter.load([top], root=tree.root, merge=merge, read=tree.read)
    declared = {entry.symbol for entry in model.entries}
    architectures = _architectures(model, checkout.target_names(tree) != [])
    settings = _settings(options.settings)
    host = hosts.host_features(options.host, declared)
    chosen = hosts.accelerators(options.accel)
    problems: list[Problem] = []
    groups: list[tuple[Model, list[tuple[Target, Lane]]]] = []
    shared: list[tuple[Target, Lane]] = []
    for target in targets:
        own_model = _own_model(tree, target, model, merge)
        outside = hosts.externals(target, host, chosen, options.host_arch, declared, architectures)
        # Where the devices file is part of the model, its lines are facts twice, which is fine.
        inside = (*target.assignments, *settings)
        lane = Lane(target.name, options.mode, (*inside, *outside))
        if own_model is None:
            shared.append((target, lane))
        else:
            groups.append((own_model, [(target, lane)]))
    groups.insert(0, (model, shared))
    for one_model, members in groups:
        named = [item for _, lane in members for item in lane.assignments]
        problems += [p for p in undeclared.undefined(one_model, named) if p not in problems]
    if tolerant:
        problems = _slips(model, [one for one, _ in groups], settings)
    if problems:
        raise KgenError(*problems)
    outcomes = _resolve(groups)
    outcomes.sort(key=lambda outcome: outcome.target.name)
    files = {path for target in targets for path in target.files}
    files.update(path for one_model, _ in groups for path in one_model.files)
    if not tree.on_disk:
        files = {path for path in files if not path.startswith(tree.root + os.sep)}
    sources = resources.embedded_sources() if embedded else None
    return Project(tree, model, options.mode, tuple(outcomes), tuple(sorted(files)), sources)


def _slips(model: Model, models: list[Model], settings: tuple[Assignment, ...]) -> list[Problem]:
    """A problem for each symbol that `--set` alone names: that is no mistake of the tree."""
    declared = {entry.symbol for one in models for entry in one.entries}
    unknown = [item for item in settings if item.symbol not in declared]
    if not unknown:
        return []
    return [p for p in undeclared.undefined(model, unknown) if p.place is None]


def merges_duplicates(tree: Tree, choice: str = "auto") -> bool | None:
    """What two entries of one symbol are in this tree; see versions.merges_duplicates."""

    def read(path: str) -> str | None:
        try:
            return tree.read(path)
        except (OSError, NotText):
            return None

    return duplicates.merges_duplicates(read, tree.root, choice)


def known_targets(options: Options) -> list[str]:
    """The names of all targets that the options' tree or descriptors have. Raises KgenError."""
    if options.tree is not None and options.targets is None:
        found = checkout.target_names(open_tree(options.tree))
        if found:
            return found
    from kgen.targets import descriptors

    folder = options.targets
    if folder is None:
        folder = resources.embedded_descriptors() if options.tree is None else ""
    return descriptors.descriptor_names(folder) if folder else []


def _targets(tree: Tree, options: Options, embedded: bool) -> list[Target]:
    """The chosen targets, from descriptors or from the tree's own files."""
    from_tree = [] if options.targets is not None or embedded else checkout.target_names(tree)
    if from_tree:
        names = choose(from_tree, options.only)
        return checkout.read_targets(tree, names, options.devices)
    # Only descriptors need msgspec, and its import costs as much as loading a whole tree.
    from kgen.targets import descriptors

    folder = options.targets
    if folder is None:
        if not embedded:
            raise fail(
                f"{tree.shown} has no configs/targets, so its targets are not known",
                hint="describe them in a folder and name it with --targets",
                code="KG403",
            )
        folder = resources.embedded_descriptors()
    known = descriptors.descriptor_names(folder)
    checkout.check_names(known)
    if not known:
        raise fail(f"no descriptors (*.toml) in {folder}", code="KG403")
    names = choose(known, options.only)
    targets = descriptors.read_descriptors(folder, names, folder)
    if options.devices == "default":
        return targets
    path = os.path.abspath(options.devices)
    own = checkout.read_devices(tree, path)
    return [
        target._replace(
            assignments=(*target.assignments, *own.assignments),
            devices=options.devices,
            files=(*target.files, *own.files),
            devices_file=path,
            declares=own.declares,
        )
        for target in targets
    ]


def _architectures(model: Model, in_checkout: bool) -> set[str]:
    """The symbols that may stand for an architecture.

    A QEMU checkout declares them below `target/`. Up to 5.2 it has none, but boards of the
    same name (LM32), which nobody passes from outside.
    """
    return {
        entry.symbol
        for entry in model.entries
        if not in_checkout or entry.place.file.path.startswith("target/")
    }


def _settings(settings: Sequence[str]) -> tuple[Assignment, ...]:
    """`--set SYM=y|n`, each one more assignment as a devices file would give it."""
    found = []
    for setting in settings:
        name, _, value = setting.partition("=")
        symbol = name.removeprefix("CONFIG_")
        found.append(Assignment(symbol, value == "y", origin=f"--set {setting}"))
    return tuple(found)


def _own_model(
    tree: Tree, target: Target, model: Model, merge: Callable[[], bool | None]
) -> Model | None:
    """The model of a target whose devices file does more than assign; None for all others.

    It may declare symbols, or read a file that the Kconfig tree reads too, which then is not
    read again there. Such a target is loaded as the reference loads each: on its own.
    """
    if not target.devices_file:
        return None
    if not target.declares and not set(target.files) & set(model.files):
        return None
    inputs = [target.devices_file, os.path.join(tree.root, "Kconfig")]
    return kconfiglib_adapter.load(inputs, root=tree.root, merge=merge, read=tree.read)


def _resolve(groups: list[tuple[Model, list[tuple[Target, Lane]]]]) -> list[Outcome]:
    outcomes = []
    for model, members in groups:
        if members:
            resolution = resolve(model, [lane for _, lane in members])
            outcomes += [
                Outcome(target, resolution, number) for number, (target, _) in enumerate(members)
            ]
    return outcomes
