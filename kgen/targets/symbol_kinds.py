"""The kind of each symbol, derived from the clauses only.

QEMU's docs/devel/kconfig.rst defines five groups: subsystems (of which buses are a part), devices,
device groups, boards and internal elements. Kconfig files do not name the group of a symbol; it
follows from the directives of the symbol and from the symbols that refer to it. Two more kinds
are external: host features, and architectures, endianness and accelerators. docs/audit.md
describes the rules; the first rule that matches decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kgen.model.clauses import Clause, Model, model_of, of_code
from kgen.model.expr import NOT, Expr, names
from kgen.model.kinds import folder_of
from kgen.model.record import Record
from kgen.targets import hosts
from kgen.targets.externals import ARCHITECTURE_FOLDERS, ENDIANNESS, externals

# Machines up to QEMU 9.0 that another machine selects because it shares their code. Their entries
# have the same form as those of internal elements (compare MIPS_CPS, FSL_IMX6).
_SHARED_BOARDS = frozenset({"PPC405", "PPC440", "REALVIEW", "XTENSA_SIM"})


# Not boards, although they match the rule for boards: parts of a processor that no board selects
# in some version.
_NO_BOARDS = frozenset({"MIPS_CPS"})


# The number of selecting symbols that a message names.
_SHOWN = 4


# Names of flags: VIRTIO_MEM_SUPPORTED, MSI_NONBROKEN. The clauses of a flag that one device needs
# are those of a bus.
_FLAG = re.compile(r"(?:HAVE|HAS|SUPPORTS)_.|._(?:SUPPORTED|POSSIBLE|AVAILABLE|CAPABLE|NONBROKEN)$")


class _Symbol(Record):
    """The clauses of one symbol, by kind. folder: where it is declared, "" for the top level."""

    name: str
    file: str
    folder: str
    depends: list[Expr]
    defaults: list[Expr | None]
    selects: list[str]
    implies: list[str]
    selected: list[str]
    implied: list[str]


def kinds(model: Model, outside: Mapping[str, str] | None = None) -> dict[str, str]:
    """The kind of each declared symbol, in the order of declaration.

    outside: the external symbols, as from `externals.externals`; by default those that the tree
    declares. A device or machine that was made a symbol (`device:e1000`) is of one of
    model.kinds.NAMES, and its clauses do not count.
    """
    made = [entry.symbol for entry in model.entries if of_code(entry.symbol)]
    if made:
        model = model_of(
            tuple(one for one in model.entries if not of_code(one.symbol)),
            tuple(one for one in model.clauses if not of_code(one.target)),
            model.assignments,
            model.mentions,
            model.files,
        )
    found = _Sorter(model, externals(model) if outside is None else outside).kinds
    return found | {name: name.partition(":")[0] for name in made}


def internal_symbols(model: Model, kinds_of: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The symbols that no devices file should set to y, each with those that select it, sorted.

    kinds_of: the kind of each symbol, as from `kinds`.

    They are those of kind internal, and buses. Only the code of those that select it can say that
    an internal symbol is y: it is "never visible" in a devices file (docs/devel/kconfig.rst of
    QEMU), and a file that sets VIRTIO_MEM_SUPPORTED on a target whose boards do not select it gives
    C code that does not compile. Nothing can be plugged into a bus that nothing provides. So
    nothing that kgen proposes sets one to y, unless asked to.
    """
    selectors: dict[str, set[str]] = {}
    for clause in model.clauses:
        if clause.kind == "select":
            selectors.setdefault(clause.target, set()).add(clause.symbol)
    return {
        symbol: tuple(sorted(selectors.get(symbol, ())))
        for symbol, kind in kinds_of.items()
        if kind in ("internal", "bus")
    }


def only_selected_by(selectors: Sequence[str]) -> str:
    """In words what sets an internal symbol to y: `only PC selects it`."""
    if not selectors:
        return "nothing in this tree selects it"
    shown = list(selectors[:_SHOWN])
    if len(selectors) > _SHOWN:
        shown.append(f"{len(selectors) - _SHOWN} more")
    names = " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
    return f"only {names} {'selects' if len(selectors) == 1 else 'select'} it"


class _Sorter:
    """Determines the kinds of one model's symbols, rule by rule; `kinds` is the result."""

    def __init__(self, model: Model, outside: Mapping[str, str]) -> None:
        self.symbols = _collect(model)
        self.outside = {
            name: "host" if outside[name] == "host" else "external"
            for name in self.symbols
            if name in outside
        }
        self.architectures = {
            name
            for name, source in outside.items()
            if source == "architecture" and name != ENDIANNESS
        }
        self.architecture_folders = ARCHITECTURE_FOLDERS | {
            item.folder.removeprefix("target/")
            for item in self.symbols.values()
            if item.folder.startswith("target/")
        }
        self.read_by_defaults, self.read_by_depends = _readers(model)
        self.groups = {name for name in self.symbols if self._is_group(name)}
        self.boards = self._boards()
        self.lying = {name: self._lies_on(item) for name, item in self.symbols.items()}
        self.buses = self._buses()
        self.kinds = {name: self._kind(name) for name in self.symbols}

    def _kind(self, name: str) -> str:
        if name in self.outside:
            return self.outside[name]
        if name in self.groups:
            return "group"
        if name in self.boards:
            return "board"
        if self._is_flag(name):
            return "internal"
        if self._optional(name):
            return "device"
        if name in self.buses:
            return "bus"
        if self.lying[name] and not self._part(name):
            return "device"
        return "internal"

    def _is_group(self, name: str) -> bool:
        """No clause of its own, and read only by conditions of other symbols' defaults."""
        item = self.symbols[name]
        return (
            name not in self.outside
            and _has_no_line(item)
            and name in self.read_by_defaults
            and name not in self.read_by_depends
        )

    def _boards(self) -> set[str]:
        """Boards with a default (QEMU 9.1 and later) and without one (up to 9.0)."""
        boards = {name for name, item in self.symbols.items() if self._has_board_default(item)}
        boards |= {name for name, item in self.symbols.items() if self._is_chosen_board(item)}
        # A board may depend on another one (ISAPC on I440FX) or be selected by one (MICROVM).
        boards |= {
            name
            for name, item in self.symbols.items()
            if item.defaults
            and item.selects
            and not item.implied
            and self._beside_boards(item)
            # Not XIVE_SPAPR, which depends on a board but not on an architecture.
            and any(self._wants_architecture(expr) for expr in item.depends)
            and any(boards.intersection(names(expr)) for expr in item.depends)
        }
        known = boards | set(self.outside)
        return {
            name
            for name in boards
            if all(set(names(expr)) <= known for expr in self.symbols[name].depends)
            and boards >= set(self.symbols[name].selected)
        }

    def _has_board_default(self, item: _Symbol) -> bool:
        """Whether it has a default and is limited to architectures by external symbols only."""
        if not item.defaults or item.implied or item.name in self.outside:
            return False
        gates = [*item.depends, *(expr for expr in item.defaults if expr is not None)]
        if not all(name in self.outside for expr in gates for name in names(expr)):
            return False
        limiting = item.depends or gates
        if not any(self._wants_architecture(expr) for expr in limiting):
            return False
        if item.selects or item.implies:
            return True
        # MPS3R selects nothing and is a board; XEN_EMU and WINDUMP are not boards.
        return self._beside_boards(item) and bool(item.depends) and not _is_accelerated(item)

    def _wants_architecture(self, expr: Expr) -> bool:
        """Whether it names an architecture without `!`."""
        return any(
            item in self.architectures and following != NOT
            for item, following in zip(expr, (*expr[1:], ""), strict=True)
        )

    def _is_chosen_board(self, item: _Symbol) -> bool:
        """A board without a default: only a line of a devices file enables it (QEMU up to 9.0)."""
        return (
            self._beside_boards(item)
            and not item.defaults
            and not item.implied
            and (not item.selected or item.name in _SHARED_BOARDS)
            and item.name not in self.outside
            and item.name not in _NO_BOARDS
        )

    def _beside_boards(self, item: _Symbol) -> bool:
        top, _, rest = item.folder.partition("/")
        return top == "hw" and rest in self.architecture_folders

    def _is_flag(self, name: str) -> bool:
        """Named as what boards or transports can do, and given a y by none but them."""
        item = self.symbols[name]
        return _FLAG.search(name) is not None and not (item.defaults or item.implied)

    def _lies_on(self, item: _Symbol) -> set[str]:
        """The symbols that it depends on, except external ones."""
        return {name for expr in item.depends for name in names(expr)} - set(self.outside)

    def _optional(self, name: str) -> bool:
        """Whether a user can enable or disable it: it has a default or an imply, or no select."""
        item = self.symbols[name]
        return bool(item.defaults or item.implied or not item.selected)

    def _part(self, name: str) -> bool:
        """Code shared by devices: it is selected by devices only."""
        item = self.symbols[name]
        return not self._optional(name) and all(
            self._optional(other) and other not in self.boards and other not in self.outside
            for other in item.selected
        )

    def _buses(self) -> set[str]:
        """Buses and other subsystems that are selected and that devices depend on or use."""
        candidates = {
            name
            for name, item in self.symbols.items()
            if item.selected
            and not self._optional(name)
            and not item.implies
            and not self.lying[name]
            and name not in self.outside
            and name not in self.boards
            and not self._is_flag(name)
            and not self._beside_boards(item)
        }
        carrying = {
            next(iter(lying))
            for name, lying in self.lying.items()
            if len(lying) == 1
            and not self._part(name)
            # A symbol that also depends on KVM is a variant of a device (ARM_GIC_KVM).
            and not _is_accelerated(self.symbols[name])
        }
        return {
            name
            for name in candidates
            if name in carrying
            or _named_as_bus(self.symbols[name])
            or self._only_used(self.symbols[name])
        }

    def _only_used(self, item: _Symbol) -> bool:
        """No clause of its own, and selected by devices of several folders (EDID)."""
        if not _has_no_line(item) or item.name in self.read_by_depends:
            return False
        users = [self.symbols[name] for name in item.selected if self._optional(name)]
        folders = {
            user.folder
            for user in users
            if user.name not in self.boards and user.name not in self.outside
        }
        return len(folders) > 1


def _collect(model: Model) -> dict[str, _Symbol]:
    symbols: dict[str, _Symbol] = {}
    for entry in model.entries:
        path = entry.place.file.path
        if entry.symbol not in symbols:
            symbols[entry.symbol] = _Symbol(
                entry.symbol, path, folder_of(path), [], [], [], [], [], []
            )
    for clause in model.clauses:
        own, about = symbols.get(clause.symbol), symbols.get(clause.target)
        if own is not None and about is not None:
            _note(clause, own, about)
    return symbols


def _note(clause: Clause, own: _Symbol, about: _Symbol) -> None:
    if clause.kind == "depends":
        assert clause.condition is not None
        own.depends.append(clause.condition)
    elif clause.kind == "default":
        if clause.value:
            own.defaults.append(clause.condition)
    elif clause.kind == "select":
        own.selects.append(about.name)
        about.selected.append(own.name)
    else:
        own.implies.append(about.name)
        about.implied.append(own.name)


def _readers(model: Model) -> tuple[set[str], set[str]]:
    """The symbols read by conditions of defaults, and those read by `depends on`."""
    defaults: set[str] = set()
    depends: set[str] = set()
    for clause in model.clauses:
        if clause.condition is not None and clause.kind == "default":
            defaults.update(names(clause.condition))
        elif clause.condition is not None and clause.kind == "depends":
            depends.update(names(clause.condition))
    return defaults, depends


def _has_no_line(item: _Symbol) -> bool:
    return not (item.depends or item.defaults or item.selects or item.implies)


def _is_accelerated(item: _Symbol) -> bool:
    """Whether it depends on accelerators other than TCG."""
    named = {name.lower() for expr in item.depends for name in names(expr)}
    return bool(named & set(hosts.ACCELERATORS)) and "tcg" not in named


def _named_as_bus(item: _Symbol) -> bool:
    """Whether it is named after its folder (SCSI in `hw/scsi`) or ends in _BUS (CAN_BUS)."""
    last = item.folder.rpartition("/")[2].upper().replace("-", "_")
    return item.name.endswith("_BUS") or (bool(last) and item.name in (last, f"{last}_CORE"))
