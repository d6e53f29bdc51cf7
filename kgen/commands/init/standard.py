"""What the project file of a tree of standard Kconfig says: its defconfigs, variables and commands.

Nothing of the tree is run unless the user allows it. What the files read as `$(NAME)` is found by
reading them; the values of well-known names are those of the projects' makefiles.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

from kgen.commands.init.unusual_places import (
    defconfig_globs,
    first_file,
    folders_of_tree,
    of_paths,
    read_elsewhere,
)
from kgen.files.tree import Tree, open_tree, text_of
from kgen.model.problems import KgenError, Problem
from kgen.model.record import Record
from kgen.project.options import Options, Override
from kgen.project.standard import load_standard, of_tree
from kgen.standard.parser.kconfiglib_parser import ALWAYS, Parser
from kgen.standard.shell import Shell, read_answers
from kgen.standard.targets import Target, find_targets, names_of, top_of, usual_globs

# The keys of the file, as those of `text`.
KEYS = (
    ("tree", "tree", "u-boot", "the folder, or DIR@REV for a revision of git"),
    ("dialect", "dialect", "standard", "the dialect of Kconfig"),
    ("configs", "configs", ["configs/*_defconfig"], "the defconfigs: each is a target"),
    ("fragments", "fragment", ["debug.config"], "further assignments after each defconfig"),
    ("kconfig", "kconfig", "Kconfig", "the first Kconfig file"),
    ("env", "env", ["CC=gcc"], "what $(NAME) gives; variables of the shell are not read"),
    ("may_miss", "may-miss", ["site/Kconfig"], "generated Kconfig files, empty where missing"),
    ("shell_answers", "shell-answers", "answers.json", "what the commands of $(shell,...) print"),
    ("only", "target", ["stm32*"], "the targets; default: all"),
    ("settings", "set", ["NET=y"], "further assignments"),
)
MORE = """\
# What differs between targets, by name or glob; of several that match, the last wins:
# [target."arm-*"]
# env = ["CC=arm-none-eabi-gcc"]

# What one command has of its own:
# [generate]
# directory = "build"
# output = ["config", "header"]
"""
# The answers of a tree's commands, beside the project file.
ANSWERS = "kconfig-answers.json"

# The values of variables that are the same wherever a project reads them.
_VALUES = {
    # Linux, U-Boot, barebox, Xen.
    "CC": "gcc", "LD": "ld", "AR": "ar", "NM": "nm", "HOSTCC": "gcc", "OBJCOPY": "objcopy",
    "RUSTC": "rustc", "BINDGEN": "bindgen", "PAHOLE": "pahole", "PYTHON3": "python3",
    "HEADER_ARCH": "x86",  # of arch/um
    # NuttX.
    "BINDIR": ".", "EXTERNALDIR": "dummy", "APPSDIR": "dummy", "APPSBINDIR": "dummy",
    # Buildroot.
    "BR2_BASE_DIR": "output", "BASE_DIR": "output", "HOSTARCH": "x86_64",
    "BR2_BUILD_DIR": "output", "BR2_EXTERNAL": "support/dummy-external",
    # coreboot.
    "obj": "build", "objk": "build/util/kconfig", "top": ".",
    # Unikraft.
    "UK_BASE": "{tree}", "UK_APP": "{tree}", "KCONFIG_DIR": "{tree}/build/kconfig",
    "KCONFIG_PLAT_BASE": "{tree}/plat", "KCONFIG_DRIV_BASE": "{tree}/drivers",
    "KCONFIG_LIB_BASE": "{tree}/lib",
}  # fmt: skip
# Those of RIOT, where an application is what is configured.
_OF_APPLICATIONS = {
    "RIOTBASE": "{tree}", "RIOTBOARD": "{tree}/boards", "RIOTCPU": "{tree}/cpu",
    "BOARD": "native64", "BOARDDIR": "{tree}/boards/native64", "CPU": "native",
    "PKGDIRBASE": "build/pkg", "KCONFIG_GENERATED_DEPENDENCIES": "bin/generated/Kconfig.dep",
    "KCONFIG_EXTERNAL_MODULE_CONFIGS": "bin/generated/Kconfig.external_modules",
    "KCONFIG_EXTERNAL_PKG_CONFIGS": "bin/generated/Kconfig.external_pkgs",
}  # fmt: skip
# The applications of NuttX, beside its tree.
_APPLICATIONS = os.path.join("..", "apps")
# What a build generates without content, unless the user has something to add: NuttX's copies of
# the Kconfig files of boards outside the tree, Buildroot's of external trees, coreboot's site.
_MAY_MISS = (
    "arch/dummy/Kconfig", "boards/dummy/Kconfig", "drivers/platform/Kconfig", "dummy/Kconfig",
    "configs/dummy/Kconfig",
    "output/.br2-external.in", "output/.br2-external.in.*", "site-local/Kconfig",
)  # fmt: skip
# What a tree can lack and its project file is still right: generated files, files outside the tree,
# answers of commands, defconfigs.
_NOT_YET = {"KG104", "KG106", "KG113", "KG424"}
_ASSIGNED = re.compile(r"[A-Z]\w*=", re.ASCII)


class Recognised(Record):
    """A tree: the options for it, and what the reader of its project file should know.

    answers: what its commands print. targets: the names, as far as they are known. missing: why
    the tree cannot be resolved yet.
    """

    options: Options
    remarks: tuple[str, ...]
    answers: Mapping[str, str]
    targets: tuple[str, ...]
    missing: tuple[Problem, ...]


def recognised(options: Options, answers_path: str) -> Recognised:
    """The options for a tree, from those of the user and what the tree says. Raises KgenError.

    answers_path: where the answers of its commands will be.
    """
    tree = open_tree(options.tree or ".", options.allow_outside)
    top = _first_file(tree, options)
    configs = options.configs or usual_globs(tree) or defconfig_globs(tree, top)
    found = options.changed(
        tree=options.tree or ".",
        dialect="standard",
        configs=configs,
        kconfig=top,
    )
    targets = _targets(tree, configs)
    env = _variables(tree, options, targets[0].variables if targets else ())
    parser = _parsed(tree, found, env)
    if not options.configs and (empty := _empty(parser, env)):
        configs = of_paths(tree, parser.texts, empty, configs)
        targets = _targets(tree, configs)
        env = _variables(tree, options, targets[0].variables if targets else ())
        found = found._replace(configs=configs)
    while folders := folders_of_tree(tree, parser.texts, _empty(parser, env), top):
        env.update(folders)
        parser = _parsed(tree, found, env)
    if targets and (prefix := _prefix(tree, targets[0].path, parser)) is not None:
        env.setdefault("CONFIG_", prefix)
        parser.asked["CONFIG_"] = None
    others = [dict(setting.split("=", 1) for setting in target.variables) for target in targets]
    more = read_elsewhere(tree, parser.texts, others)
    parser.asked.update(dict.fromkeys(sorted(more.intersection(env).difference(parser.asked))))
    by_path = {name for target in targets for name in names_of(target.variables)}
    new = env.keys() - names_of(options.env) - by_path - ALWAYS.keys()
    wanted = (f"{name}={env[name]}" for name in parser.asked if name in new)
    found = found.changed(env=(*wanted, *options.env), may_miss=tuple(parser.missed))
    if {"arm32", "arm64", "pvshim"} <= {target.name for target in targets}:
        own = (Override(name, {"env": (f"ARCH={name}",)}) for name in ("arm32", "arm64", "x86_64"))
        found = found._replace(overrides=(*own, *found.overrides))
    remarks = _remarks(found, _empty(parser, env))
    return _proven(found, remarks, [target.name for target in targets], answers_path)


def _first_file(tree: Tree, options: Options) -> str:
    """The first Kconfig file. Raises KgenError."""
    try:
        return top_of(tree, options.kconfig)
    except KgenError:
        found = None if options.kconfig else first_file(tree)
        if found is None:
            raise
        return found


def _targets(tree: Tree, configs: Sequence[str]) -> list[Target]:
    try:
        return find_targets(tree, configs)
    except KgenError:
        return []  # what is wrong is reported when they are resolved


def _empty(parser: Parser, env: Mapping[str, str]) -> list[str]:
    """The variables that the files read, and that have no value."""
    return [name for name in parser.asked if name.isidentifier() and name not in env]


def _variables(tree: Tree, options: Options, of_path: Sequence[str]) -> dict[str, str]:
    """The variables that have a value: well-known ones, of a target's path, and the user's."""
    known = {**_VALUES, **ALWAYS}
    if "APPDIR" in names_of(of_path):
        known.update(_OF_APPLICATIONS)
    if tree.is_file(os.path.normpath(os.path.join(tree.root, _APPLICATIONS, "Kconfig"))):
        known.update(APPSDIR=_APPLICATIONS, APPSBINDIR=_APPLICATIONS)
    for setting in (*of_path, *options.env):
        name, _, known[name] = setting.partition("=")
    return known


def _parsed(tree: Tree, options: Options, env: Mapping[str, str]) -> Parser:
    """A parser that has read the tree, as far as it can be read."""
    given = {} if options.shell_answers is None else read_answers(options.shell_answers)
    env = of_tree(tree, env)
    shell = Shell(given, options.allow_shell, tree.root, env)
    may_miss = (*options.may_miss, *_MAY_MISS)
    parser = Parser(tree, options.kconfig or "", env, shell, may_miss)
    try:
        parser.parse()
    except KgenError:
        pass  # what is wrong is reported when the targets are resolved
    return parser


def _prefix(tree: Tree, path: str, parser: Parser) -> str | None:
    """What stands before the names of symbols in a defconfig, if it is not `CONFIG_`: the beginning
    with which most of them are names that the Kconfig files define."""
    lines = (text_of(tree, path) or "").split("\n")
    names = [line.partition("=")[0] for line in lines if _ASSIGNED.match(line)]
    if not names or any(name.startswith("CONFIG_") for name in names):
        return None
    defined = {symbol.name for symbol in parser.defined_syms}
    beginning, underscore, _ = names[0].partition("_")
    prefix = beginning + underscore
    without = sum(name.startswith(prefix) and name[len(prefix) :] in defined for name in names)
    return prefix if without > sum(name in defined for name in names) else ""


def _remarks(options: Options, empty: Sequence[str]) -> list[str]:
    remarks = []
    if empty:
        remarks.append(f"read as $(NAME), and empty: {', '.join(empty)}")
    if "APPSDIR=dummy" in options.env:
        remarks.append("the applications are missing: their symbols are undefined, so do not")
        remarks.append("write minimal defconfigs without them (see docs/standard.md)")
    if f"APPSDIR={_APPLICATIONS}" in options.env:
        remarks.append(f"{_APPLICATIONS} is outside the tree: --allow-outside lets it be read")
    return remarks


def _proven(
    options: Options, remarks: list[str], targets: Sequence[str], answers_path: str
) -> Recognised:
    """The result, after an attempt to resolve all targets. Raises KgenError if it cannot work."""
    answers: Mapping[str, str] = {}
    missing: tuple[Problem, ...] = ()
    try:
        project = load_standard(options)
        targets = project.names
        answers = project.answers if project.ran else {}
    except KgenError as error:
        missing = error.problems
        if not {one.code for one in missing} <= _NOT_YET:
            raise
    if answers:
        options = options.changed(shell_answers=answers_path)
    elif any(one.code == "KG113" for one in missing):
        remarks.append("its files run commands: kgen init --allow-shell runs them, and keeps their")
        remarks.append("answers; or write them yourself, and name the file as shell-answers")
    return Recognised(options, tuple(remarks), answers, tuple(targets), missing)
