"""All meson.build files of a tree, read: which source files system emulators have, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kgen.code.conditions import ALWAYS, NEVER, both, either, inverted
from kgen.code.inputs import Inputs
from kgen.code.meson.default_build import AFTER, BEFORE
from kgen.code.meson.interpreter import Interpreter
from kgen.code.meson.parser import Block, parse
from kgen.code.meson.sources import Bundle, linked
from kgen.code.meson.state import Known
from kgen.code.meson.values import Items, Pattern, elements
from kgen.code.sources import Built, Sources, setting
from kgen.files.read import NotText, decoded
from kgen.files.tree import Tree
from kgen.model import expr
from kgen.model.expr import Expr
from kgen.model.places import File, Place
from kgen.model.problems import Problem, os_reason

# What the name of a system emulator begins with.
_EMULATOR = "qemu-system-"


class _Reader:
    """Reads and parses the tree's meson.build files, and keeps what is wrong with them."""

    def __init__(self, tree: Tree, inputs: Inputs) -> None:
        self.tree = tree
        self.inputs = inputs
        self.texts: dict[str, str | None] = {}
        self.problems: list[Problem] = []

    def text(self, path: str) -> str | None:
        """The text of a file; None if there is none, or it cannot be read."""
        if path not in self.texts:
            self.texts[path] = self._read(path)
        return self.texts[path]

    def _read(self, path: str) -> str | None:
        try:
            data = self.inputs.data(path)
            if data is not None:
                return decoded(data)
            folder, slash, name = path.rpartition("/")
            if slash and name in self.inputs.listed(folder):
                self.problems.append(Problem(f"{path} is not a file", code="KG104"))
        except NotText as error:
            place = Place(File(path, root=self.tree.shown), error.line, error.column)
            self.problems.append(Problem("not valid UTF-8", place, code="KG103"))
        except OSError as error:
            reason = f"cannot read {path}: {os_reason(error)}"
            self.problems.append(Problem(reason, code="KG104"))
        return None

    def block(self, path: str) -> Block | None:
        """The statements of a file, up to what is wrong with it; None if it cannot be read."""
        text = self.text(path)
        if text is None:
            return None
        block, mistake = parse(text)
        if mistake is not None:
            place = mistake.place(path, self.tree.shown, text)
            hint = "the statements before this line are used"
            problem = Problem(mistake.message, place, hint=hint, code="KG108")
            if problem not in self.problems:
                self.problems.append(problem)
        return block

    def names(self, folder: str) -> list[str]:
        """The names in a folder, sorted."""
        return self.inputs.names(folder)


def read_sources(
    tree: Tree,
    targets: Iterable[Mapping[str, str]],
    mesons: Iterable[str] = (),
    inputs: Inputs | None = None,
) -> Sources:
    """Read the meson.build files of a tree.

    targets: what the files in configs/targets set, see `kgen.targets.checkout.settings`. mesons:
    all meson.build files of the tree, for a tree that has none at its root. inputs: has, after
    that, the digests of all that was read.
    """
    known = tuple(dict(settings) for settings in targets)
    reader = _Reader(tree, inputs or Inputs(tree))
    configured = _configured(reader.text("configure") or "")._replace(targets=known)
    root = reader.block("meson.build")
    programs: list[tuple[Expr, Bundle]] = []
    if root is not None:
        run = _started(reader, configured)
        run.run(root)
        programs = _emulators(run)
    if not programs:
        run = _started(reader, configured)
        run.run(parse(BEFORE)[0])
        run.run(root or ())
        for path in sorted(mesons, key=lambda path: (path.count("/"), path)):
            run.subdir(path.rpartition("/")[0])
        run.run(parse(AFTER)[0])
        programs = _emulators(run)
    every = linked(Bundle(whole=programs))
    data = run.datas.get("config_host_data")
    macros = dict(data.values) if data is not None else {}
    passed = _passed(run)
    used = [condition for one in every for condition in (one.whole, one.archive)]
    facts, names = _facts(run, [*used, *macros.values(), *passed.values()])
    tidy = _Tidy(known, names)
    files = []
    for one in every:
        whole, archive = tidy.condition(one.whole), tidy.condition(one.archive)
        if not whole == archive == NEVER:
            files.append(Built(one.file.path, whole, archive, *one.file[1:]))
    return Sources(
        tuple(sorted(files)),
        {names[fact][0]: tidy.condition(condition) for fact, condition in facts.items()},
        {name: _default(*option) for name, option in run.options.items()},
        {name: tidy.condition(condition) for name, condition in macros.items()},
        {symbol: tidy.condition(condition) for symbol, condition in passed.items()},
        tuple(sorted(path for path, text in reader.texts.items() if text is not None)),
        tuple(reader.problems),
        _modules(run),
    )


def _modules(run: Interpreter) -> dict[str, str]:
    """The module of each file that can be in one."""
    return {
        file.path: name
        for name in run.modules
        if name in run.libraries
        for _, file in run.libraries[name].files
        if not file.generated
    }


def _started(reader: _Reader, known: Known) -> Interpreter:
    """A run that knows the tree's options."""
    run = Interpreter(reader, known)
    for name in ("meson_options.txt", "meson.options"):
        run.run(reader.block(name) or ())
    return run


def _facts(run: Interpreter, used: list[Expr]) -> tuple[dict[str, Expr], dict[str, Expr]]:
    """The named facts that are used, in the order in which they were made, and new names for them.

    Of several values that one variable had, the last has the variable's name.
    """
    made = {fact: condition for condition, fact in run.facts.items()}
    found: set[str] = set()
    while used:
        more = made.keys() & set(expr.names(used.pop())) - found
        found |= more
        used += [made[fact] for fact in more]
    kept = {fact: condition for fact, condition in made.items() if fact in found}
    names: dict[str, Expr] = {}
    taken: dict[str, int] = {}
    for fact in reversed(kept):
        base = fact.rpartition(".")[0] if fact[-1:].isdigit() and "." in fact else fact
        number = taken[base] = taken.get(base, -1) + 1
        names[fact] = (f"{base}.{number}" if number else base,)
    return kept, names


def _configured(configure: str) -> Known:
    """The names that the script `configure` mentions as CONFIG_X, and as CONFIG_X$variable."""
    import re

    found = re.findall(r"CONFIG_(\w+)(\$?)", configure)
    names = frozenset(name for name, more in found if not more)
    return Known((), names, tuple(sorted({name for name, more in found if more})))


def _emulators(run: Interpreter) -> list[tuple[Expr, Bundle]]:
    """The programs whose name is `qemu-system-` with a property of the target.

    Windows has a second one for each target, with a `w` after that.
    """
    found = []
    for condition, name, made in run.programs:
        for _, one in elements(name):
            if isinstance(one, Pattern) and one.before == _EMULATOR and one.after[:1] != "w":
                found.append((condition, made))
                break
    return found


def _default(kind: str, value: Any) -> str:
    """The default of an option as text; of a list its elements with commas."""
    if value is None:
        return {"feature": "auto", "boolean": "true"}.get(kind, "")
    if type(value) is tuple:
        return "true" if value == ALWAYS else "false"
    if isinstance(value, Items):
        return ",".join(one for _, one in value.pairs if isinstance(one, str))
    return value if isinstance(value, str) else ""


def _passed(run: Interpreter) -> dict[str, Expr]:
    """The symbols in the list that meson.build passes to scripts/minikconf.py."""
    found: dict[str, Expr] = {}
    value = run.lookup("host_kconfig")
    for condition, text in elements(value) if value is not None else ():
        if isinstance(text, str) and text.startswith("CONFIG_") and text.endswith("=y"):
            symbol = text.removeprefix("CONFIG_").removesuffix("=y")
            found[symbol] = either(found.get(symbol, NEVER), condition)
    return found


def _implied(part: Expr, parts: list[Expr]) -> bool:
    """Whether a part `any:X` stands beside `X`."""
    return len(part) == 1 and part[0].startswith("any:") and (part[0][4:],) in parts


class _Tidy:
    """Simplifies conditions by what the tree's targets are, and gives facts their names."""

    def __init__(self, targets: tuple[dict[str, str], ...], names: Mapping[str, Expr]) -> None:
        self._targets = targets
        self._names = names
        self._all = (1 << len(targets)) - 1
        self._masks: dict[str, int | None] = {}
        self._shortest: dict[int, Expr] = {0: NEVER, self._all: ALWAYS}
        self._done: dict[Expr, Expr] = {}
        for settings in targets:
            self._leaf(f"arch:{settings.get('TARGET_BASE_ARCH', '')}")
        for settings in targets:
            self._leaf(f"target:TARGET_{settings.get('TARGET_ARCH', '').upper()}")

    def condition(self, condition: Expr) -> Expr:
        """The condition with each part that is only about targets as short as it can be said.

        `any:X` beside `X` says nothing.
        """
        found = self._done.get(condition)
        if found is None:
            found = expr.fold(condition, self._leaf, self._not, self._and, self._or)[0]
            if any(name.startswith("any:") for name in found):
                parts = expr.conjuncts(found)
                found = both(*(one for one in parts if not _implied(one, parts)))
            self._done[condition] = found
        return found

    def _leaf(self, name: str) -> tuple[Expr, int | None]:
        if name not in self._masks:
            mask = None
            if not self._targets:
                pass
            elif name.startswith(("arch:", "target:")):
                mask = sum(1 << at for at, one in enumerate(self._targets) if setting(one, name))
                self._shortest.setdefault(mask, (name,))
            elif name.startswith("const:"):
                mask = self._all if (name,) == ALWAYS else 0
            self._masks[name] = mask
        return self._made(self._names.get(name, (name,)), self._masks[name])

    def _made(self, condition: Expr, mask: int | None) -> tuple[Expr, int | None]:
        if mask is None:
            return condition, None
        return self._shortest.get(mask, condition), mask

    def _not(self, value: tuple[Expr, int | None]) -> tuple[Expr, int | None]:
        condition, mask = value
        return self._made(inverted(condition), None if mask is None else self._all ^ mask)

    def _and(
        self, left: tuple[Expr, int | None], right: tuple[Expr, int | None]
    ) -> tuple[Expr, int | None]:
        mask = None if left[1] is None or right[1] is None else left[1] & right[1]
        return self._made(both(left[0], right[0]), mask)

    def _or(
        self, left: tuple[Expr, int | None], right: tuple[Expr, int | None]
    ) -> tuple[Expr, int | None]:
        mask = None if left[1] is None or right[1] is None else left[1] | right[1]
        return self._made(either(left[0], right[0]), mask)
