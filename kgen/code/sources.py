"""The source files of system emulators, each with the condition under which it is built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from kgen.code.conditions import ALWAYS, NEVER
from kgen.model import expr
from kgen.model.expr import Expr
from kgen.model.problems import Problem
from kgen.model.record import Record


class Built(Record):
    """A source file.

    path: from the tree's root; of a generated file, its name. condition: where it is linked into
    the emulator. archive: where it is in a library of which the linker takes what is needed, such
    as the stubs. meson, line: the meson.build that names it.
    """

    path: str
    condition: Expr
    archive: Expr
    generated: bool
    meson: str
    line: int

    @property
    def conditions(self) -> tuple[Expr, Expr]:
        """Where it is linked, and where it is in an archive."""
        return self.condition, self.archive


class Sources(Record):
    """What the meson.build files of a tree say.

    files: sorted by path. facts: for each fact of the host that has a name of its own
    (`host:have_tpm`) what it stands for. options: the default of each option of meson_options.txt,
    as text. macros: for each macro of config-host.h where it is defined. passed: for each symbol
    that is passed from the host to Kconfig, where it is. read: the files that were read, by their
    paths from the root. problems: files with syntax errors, or that cannot be read.
    modules: for each file that `--enable-modules` puts in a module the name of that; @TARGET_NAME@
    stands for the target's.
    """

    files: tuple[Built, ...]
    facts: dict[str, Expr]
    options: dict[str, str]
    macros: dict[str, Expr]
    passed: dict[str, Expr]
    read: tuple[str, ...]
    problems: tuple[Problem, ...]
    modules: dict[str, str]

    def facts_of(self, conditions: Iterable[Expr]) -> dict[str, Expr]:
        """The named facts that these conditions use, and those that they are made of."""
        found: set[str] = set()
        todo = list(conditions)
        while todo:
            more = self.facts.keys() & set(expr.names(todo.pop())) - found
            found |= more
            todo += [self.facts[name] for name in more]
        return {name: self.facts[name] for name in sorted(found)}

    def configured(
        self,
        options: Mapping[str, str],
        defined: Set[str] | None = None,
        libraries: Set[str] | None = None,
    ) -> Sources:
        """The same for a build of which more is known.

        options: values in place of the defaults. defined: the names that its config-host.h and, up
        to QEMU 8.0, its config-host.mak define. libraries: the dependencies that Meson found.
        Modules count as built in, whatever these say.
        """
        facts, macros = dict(self.facts), dict(self.macros)
        conditions = [*facts.values(), *(one.condition for one in self.files)]
        for name in sorted({name for condition in conditions for name in expr.names(condition)}):
            fact = name.removeprefix("host:")
            if libraries is not None and fact.startswith(_DEPENDENCY):
                library = fact.removeprefix(_DEPENDENCY).removesuffix(")")
                facts[name] = ALWAYS if library in libraries else NEVER
            elif defined is not None and fact.startswith("CONFIG_") and fact != _MODULES:
                facts[name] = ALWAYS if fact in defined else NEVER
        for macro, condition in self.macros.items():
            if defined is not None and macro != _MODULES:
                macros[macro] = ALWAYS if macro in defined else NEVER
                if len(condition) == 1 and condition[0].startswith("host:"):
                    facts[condition[0]] = macros[macro]
        own = {name: value for name, value in options.items() if name != "modules"}
        return self._replace(options={**self.options, **own}, facts=facts, macros=macros)


_DEPENDENCY = "dependency("
_MODULES = "CONFIG_MODULES"


def setting(settings: Mapping[str, str], atom: str) -> bool:
    """Whether an atom `target:...` or `arch:...` is true of a target with these settings."""
    kind, _, rest = atom.partition(":")
    if kind == "arch":
        return rest == settings.get("TARGET_BASE_ARCH")
    key, equals, value = rest.partition("=")
    if equals:
        return settings.get(key, "").lower() == value
    return key in settings or key == f"TARGET_{settings.get('TARGET_ARCH', '').upper()}"
