"""From options to results: open the tree, find the targets, load the model, make the lanes,
resolve.

`load` runs these five stages in order. Each stage is also a function, for callers that need only
some of them: `kgen targets` on a broken tree, a device list tried on a target, the same tree in
another configuration.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

from kgen.files import resources
from kgen.files.tree import Tree, text_of
from kgen.files.tree import open_tree as open_folder
from kgen.kconfig import duplicates
from kgen.model.clauses import Assignment, Model
from kgen.model.configurations import Build, Group, Lane, Outcome, Resolution, Target
from kgen.model.problems import KgenError, Problem, fail
from kgen.model.record import Record
from kgen.project.choose import choose, names_target, near_target
from kgen.project.dialect import is_standard
from kgen.project.lanes import Allowed, Loaded, make_lanes, without_accelerators, without_excluded
from kgen.project.options import TREE, Options
from kgen.resolve.resolver import resolve
from kgen.targets import checkout, copied_list, externals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kgen.model.configurations import Mode
    from kgen.project.lanes import Need
    from kgen.targets.copied_list import Locate


class Project(Record):
    """A resolved tree.

    model: of the tree itself. options: what it was loaded with. groups: the outcomes, grouped by
    model. The first group has all targets whose devices file only assigns; each target whose
    devices file declares symbols or reads a file of the tree is a group of its own. inputs:
    absolute paths of all files read from disk, sorted. sources: path of the sources map that comes
    with the embedded tree, else None. warnings: what of the options has no effect, and targets that
    are left out. lacking: targets that have no accelerator, so that QEMU's build refuses them.
    """

    tree: Tree
    model: Model
    options: Options
    groups: tuple[Group, ...]
    inputs: tuple[str, ...]
    sources: str | None
    warnings: tuple[str, ...] = ()
    lacking: tuple[Build, ...] = ()

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The configurations of all targets, sorted by target."""
        outcomes = [outcome for group in self.groups for outcome in group.outcomes]
        return tuple(sorted(outcomes, key=lambda outcome: outcome.target.name))

    @property
    def mode(self) -> Mode:
        """The mode of all targets; where they differ, the one for those without their own."""
        modes = {outcome.as_lane.mode for outcome in self.outcomes}
        return modes.pop() if len(modes) == 1 else self.options.mode

    def declared(self) -> frozenset[str]:
        """The symbols that the tree or a devices file declares."""
        return frozenset[str]().union(
            self.model.declared(), *(one.model.declared() for one in self.resolutions())
        )

    def group_of(self, outcome: Outcome) -> int:
        """The index of the group that contains an outcome."""
        return next(
            number
            for number, group in enumerate(self.groups)
            if any(one.target.name == outcome.target.name for one in group.outcomes)
        )

    def externals(self, model: Model) -> dict[str, str]:
        """The external symbols of one of its models, each with its source."""
        return externals.externals(model, self.outcomes)

    def kinds(self, model: Model) -> dict[str, str]:
        """The kind of each declared symbol in one of its models: one of model.kinds.KINDS."""
        from kgen.targets.symbol_kinds import kinds  # not needed by generate

        return kinds(model, self.externals(model))

    def models(self) -> list[Model]:
        """That of the tree, and those of the targets whose devices files declare symbols."""
        models = [self.model]
        for group in self.groups:
            if all(model is not group.resolution.model for model in models):
                models.append(group.resolution.model)
        return models

    def resolutions(self) -> list[Resolution]:
        """The resolutions of all groups."""
        return [group.resolution for group in self.groups]

    def failures(self) -> list[Resolution]:
        """The resolutions in which a lane fails."""
        return [resolution for resolution in self.resolutions() if resolution.failed]


def load(
    options: Options, tolerant: bool = False, need: Need = "needed", any_host: bool = False
) -> Project:
    """Read and resolve everything that the options select. Raises KgenError, UnknownTarget.

    tolerant: duplicate definitions are merged and undefined symbols are n, independently of the
    tree's version; for callers that report such mistakes themselves. A symbol that is undefined
    and used only by `--set` is still an error. need: what is done with targets for which no
    accelerator is available, see `without_accelerators`. any_host, or need "any": targets that need
    a feature of the host are given it, instead of `without_excluded`.
    """
    if is_standard(options):
        hint = "docs/standard.md says which do; --dialect qemu reads it as QEMU's"
        raise fail("this command does not read standard Kconfig", hint=hint, code="KG425")
    tree = open_tree(options)
    targets = read_targets(tree, options)
    loaded = load_models(tree, targets, "merge" if tolerant else options.duplicates)
    allowed = Allowed(tree)
    loaded, lacking, warnings = without_accelerators(loaded, tree, options, allowed, need)
    if need != "any" and not any_host:
        loaded, more = without_excluded(loaded, tree, options)
        warnings = (*warnings, *more)
    lanes = make_lanes(loaded, tree, options, allowed, tolerant)
    groups = tuple(resolve_group(*pair) for pair in zip(loaded, lanes, strict=True) if pair[1])
    model = loaded[0].model
    sources = resources.embedded_sources() if options.embedded else None
    inputs = _inputs(tree, loaded, options, allowed.files)
    return Project(tree, model, options, groups, inputs, sources, warnings, lacking)


# 1. Open the tree.


def open_tree(options: Options) -> Tree:
    """Open the tree of the options. Raises KgenError, also for a folder without a Kconfig file."""
    spec = resources.embedded_tree() if options.tree is None else options.tree
    # What comes with kgen may be installed as links.
    tree = open_folder(spec, options.allow_outside or options.embedded)
    if tree.within is not None:
        for devices in filter(checkout.is_path, options.devices_of_any()):
            tree.within.add_beside(devices)
    if not tree.is_file(_top(tree)):
        hint = "--tree needs a folder with one"
        names = tree.names(tree.root)
        inner = [name for name in sorted(names) if _is_root(tree, name)]
        if inner and tree.on_disk:
            hint = f"--tree {os.path.normpath(os.path.join(tree.shown, inner[0]))} has one"
        if {"HEAD", "objects", "refs"} <= {*names}:
            hint = f"it is a bare repository; read a revision of it: --tree {options.tree}@HEAD"
        raise fail(f"{tree.shown} has no Kconfig file", hint=hint, code="KG401")
    return tree


def _is_root(tree: Tree, name: str) -> bool:
    return tree.is_file(os.path.join(tree.root, name, "Kconfig"))


def _top(tree: Tree) -> str:
    return os.path.join(tree.root, "Kconfig")


# 2. Find the targets.


def known_targets(options: Options) -> list[str]:
    """The names of all targets of the options' tree or descriptors. Raises KgenError."""
    if options.tree is not None and options.targets is None:
        names = checkout.target_names(open_folder(options.tree))
        if names:
            return names
    from kgen.targets import descriptors

    folder = options.targets
    if folder is None:
        folder = resources.embedded_descriptors() if options.embedded else ""
    return descriptors.descriptor_names(folder) if folder else []


def read_targets(tree: Tree, options: Options) -> list[Target]:
    """The chosen targets, from descriptors or from the tree's own files. Raises KgenError."""

    def list_of(name: str) -> checkout.List:
        own = options.of(name)
        return checkout.List(own.devices, own.devices_as, options.place("devices", own.devices))

    if options.devices_as is not None and not any(map(checkout.is_path, options.devices_of_any())):
        hint = "--devices PATH names one"
        raise fail("--devices-as is for a devices file given by its path", hint=hint, code="KG410")
    own = options.targets is None and not options.embedded
    from_tree = checkout.target_names(tree) if own else []
    if from_tree:
        return checkout.read_targets(tree, chosen_targets(from_tree, options, tree.shown), list_of)
    return _described_targets(tree, options)


def chosen_targets(known: Sequence[str], options: Options, shown: str) -> list[str]:
    """The chosen ones of the known targets of a tree or a build folder.

    Raises UnknownTarget, and KgenError for patterns of a project file that match none; its tables
    are meant for the tree that is not named elsewhere.
    """
    written = [(pattern, options.place("only", pattern)) for pattern in options.only]
    if options.tree_by != TREE:
        written += [(item.glob, item.place) for item in options.overrides]
    problems = [
        Problem(
            f"no target of {shown} matches {pattern}",
            place,
            hint=near_target(pattern, known),
            code="KG416",
        )
        for pattern, place in written
        if place is not None and not any(names_target(pattern, name) for name in known)
    ]
    if problems:
        raise KgenError(*problems)
    return choose(known, options.only)


def _described_targets(tree: Tree, options: Options) -> list[Target]:
    # Imported here because it needs msgspec, whose import takes as long as loading a tree.
    from kgen.targets import descriptors

    folder = options.targets
    if folder is None:
        if not options.embedded:
            hint = "describe them in a folder and give it with --targets"
            if checkout.before_5_2(tree):
                hint = f"its default-configs are QEMU's before 5.2, for make; {hint}"
            raise fail(
                f"{tree.shown} has no configs/targets, so its targets are unknown",
                hint=hint,
                code="KG403",
            )
        folder = resources.embedded_descriptors()
    known = descriptors.descriptor_names(folder)
    checkout.check_names(known)
    if not known:
        raise fail(f"no descriptors (*.toml) in {folder}", code="KG403")
    names = chosen_targets(known, options, tree.shown)
    targets = descriptors.read_descriptors(folder, names, folder)
    return [_with_devices(tree, target, options.of(target.name)) for target in targets]


def _with_devices(tree: Tree, target: Target, options: Options) -> Target:
    """A described target, with a devices file on top of its descriptor."""
    if options.devices == "default":
        return target
    path = os.path.abspath(options.devices)
    copied = None
    if options.devices_as is not None:
        folder = copied_list.named_folder(tree, options.devices_as)
        copied = copied_list.copied(path, folder, asked=True)
    own = checkout.read_devices(tree, options.devices, copied)
    return target._replace(
        assignments=(*target.assignments, *own.assignments),
        devices=options.devices,
        files=(*target.files, *own.files),
        devices_file=path,
        declares=own.declares,
        copied=copied,
    )


# 3. Load the model.


def load_models(tree: Tree, targets: Sequence[Target], merging: str = "auto") -> list[Loaded]:
    """The tree's model with the targets that share it, then each target with its own model.

    merging: the value of `--duplicates`. Raises KgenError.
    """

    def load_files(inputs: Iterable[str], locate: Locate = os.path.join) -> Model:
        return load_model(tree, inputs, checkout.reader(tree), merging, locate)

    model = load_files([_top(tree)])
    shared: list[Target] = []
    alone: list[Loaded] = []
    for target in targets:
        if declares(target, model):
            alone.append(with_own_model(tree, target, load_files))
        else:
            shared.append(target)
    return [Loaded(model, tuple(shared)), *alone]


def load_model(
    tree: Tree,
    inputs: Iterable[str],
    read: Callable[[str], str],
    merging: str,
    locate: Locate = os.path.join,
) -> Model:
    """The model of these files of a tree, read in order as one text. Raises KgenError."""

    def merge() -> bool | None:
        return merges_duplicates(tree, merging)

    from kgen.kconfig import kconfiglib_adapter  # so that help needs no Kconfiglib

    return kconfiglib_adapter.load(
        inputs, root=tree.root, shown=tree.shown, merge=merge, read=read, locate=locate
    )


def merges_duplicates(tree: Tree, choice: str = "auto") -> bool | None:
    """Whether duplicate entries are merged in this tree; see duplicates.merges_duplicates."""
    return duplicates.merges_duplicates(lambda path: text_of(tree, path), tree.root, choice)


def declares(target: Target, model: Model) -> bool:
    """Whether a target needs its own model, because its devices file does more than assign.

    It may declare symbols, or it may include a file of the Kconfig tree, which is then not read
    again there. scripts/minikconf.py loads every target separately; kgen only these.
    """
    if not target.devices_file:
        return False
    return target.declares or not set(target.files).isdisjoint(model.files)


def with_own_model(
    tree: Tree, target: Target, load_files: Callable[[Iterable[str], Locate], Model]
) -> Loaded:
    """A target's devices file and the tree, read as one text.

    The assignments of the devices file are moved from the model to the target, as for every other
    target: the model has the declarations, the lane has the assignments.
    """
    locate = copied_list.locator(tree, target.copied)
    model = load_files([target.devices_file, _top(tree)], locate)
    kept: list[Assignment] = []
    lines: list[Assignment] = []
    for item in model.assignments:
        (kept if _of_tree(item) else lines).append(item)
    before = target.assignments[: len(target.assignments) - len(lines)]
    own = target._replace(assignments=(*before, *lines))
    return Loaded(model._replace(assignments=tuple(kept)), (own,))


def _of_tree(item: Assignment) -> bool:
    """Whether an assignment comes from the tree's Kconfig file or a file that it sources."""
    assert item.place is not None  # every assignment of a model has a place
    file = item.place.file
    return (file.includes[0][0] if file.includes else file.path) == "Kconfig"


# 4. Make the lanes: see `lanes`.


# 5. Resolve.


def resolve_group(loaded: Loaded, lanes: Sequence[Lane]) -> Group:
    """Resolve all targets of one model in one pass."""
    resolution = resolve(loaded.model, lanes)
    outcomes = (Outcome(target, resolution, number) for number, target in enumerate(loaded.targets))
    return Group(resolution, tuple(outcomes))


def _inputs(
    tree: Tree, loaded: Sequence[Loaded], options: Options, more: Iterable[str]
) -> tuple[str, ...]:
    """The absolute paths of all files read from disk, sorted. more: further ones."""
    files = {*more}
    files |= {path for part in loaded for target in part.targets for path in target.files}
    files.update(path for part in loaded for path in part.model.files)
    if options.file is not None:
        files.add(os.path.abspath(options.file))
    if not tree.on_disk:
        files = {path for path in files if not path.startswith(tree.root + os.sep)}
    return tuple(sorted(files))
