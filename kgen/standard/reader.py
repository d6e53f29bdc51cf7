"""Reads a tree into a `Model`: what the menus around an entry add to its properties.

As menu_finalize in Linux's scripts/kconfig/menu.c: the dependencies of menus, `if` blocks and
choices are added to the conditions of all properties in them, `visible if` to the prompts. What a
choice offers are the symbols directly in it, but not those that form a submenu of another one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kgen.files.tree import Tree
from kgen.model.places import File, Place
from kgen.model.problems import KgenError, Problem
from kgen.standard import model as m
from kgen.standard.order import ordered
from kgen.standard.parser.kconfiglib_parser import (
    MENU,
    TYPES,
    KconfigChoice,
    KconfigSymbol,
    Parser,
    Shell,
)

if TYPE_CHECKING:
    from typing import Any

    from kgen.standard.expressions import Expressions


def read_model(
    tree: Tree,
    top: str,
    environment: Mapping[str, str],
    shell: Shell,
    may_miss: Sequence[str] = (),
) -> m.Model:
    """The model of a tree. Raises KgenError with all mistakes that were found.

    top: the first Kconfig file, relative to the tree. environment: all variables that there are.
    may_miss: globs of Kconfig files that count as empty where they are missing.
    """
    parser = Parser(tree, top, environment, shell, may_miss)
    parser.parse()
    model = _Menus(parser).model()._replace(prefix=m.prefix_of(environment))

    def place(spot: m.Spot) -> Place:
        path = model.files[spot[0]]
        return Place(File(path, root=tree.shown, text=parser.text(path)), spot[1])

    problems = [
        Problem(f"the default of {name} has to be one symbol or value", place(spot), code="KG111")
        for name, spot in _malformed_defaults(model)
    ]
    if problems:
        raise KgenError(*problems)
    model = ordered(model, place)
    parser.forget()
    return model


def _malformed_defaults(model: m.Model) -> Iterator[tuple[str, m.Spot]]:
    """The defaults of strings, numbers and choices that are expressions."""
    named = [
        (f"the {symbol.type} symbol {symbol.name}", symbol.defaults)
        for symbol in model.symbols
        if symbol.type and not symbol.logical
    ]
    named += [(f"choice {choice.name}".strip(), choice.defaults) for choice in model.choices]
    for name, defaults in named:
        for default in defaults:
            if model.expressions[default.value][0] not in (m.VALUE_OF, m.CONSTANT):
                yield name, default.spot


class _Gathered:
    """The properties of a symbol or a choice, from all its entries."""

    def __init__(self) -> None:
        self.spots: list[m.Spot] = []
        self.prompts: list[m.Prompt] = []
        self.defaults: list[m.Default] = []
        self.ranges: list[m.Range] = []
        self.depends = self.selected = self.implied = m.N
        self.selected_by: list[m.Reverse] = []
        self.implied_by: list[m.Reverse] = []
        self.members: list[Any] = []  # of a choice
        self.choice = -1


class _Level:
    """The nodes in a menu, choice, `if` or the top, what is around them, and `visible if`.

    node: the owner; title: of a menu. filled: whether there is a node other than `if`.
    """

    def __init__(self, node: Any, around: int, visible: int, title: int = -1) -> None:
        self.node, self.around, self.visible, self.title = node, around, visible, title
        self.nodes = _siblings(node.list)
        self.filled = False


class _Menus:
    """Walks through the menu nodes of a parser, in the order of the text."""

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self._expressions: Expressions = parser.expressions
        self._choices: dict[Any, int] = {}
        self._gathered: dict[Any, _Gathered] = {}
        self._outline: list[tuple[int, int, int]] = []
        self._titles: list[str] = []
        levels = [_Level(parser.top_node, m.Y, m.Y)]
        while levels:
            level = levels[-1]
            node = next(level.nodes, None)
            if node is None:
                levels.pop()
                self._leave(level, levels)
            else:
                level.filled = level.filled or node.item is not None
                inner = self._visit(node, level)
                if node.list:
                    levels.append(inner)

    def _visit(self, node: Any, level: _Level) -> _Level:
        """Take over a node; returns the level inside it."""
        both = self._expressions.both
        condition = node.dep = both(node.dep, level.around)
        item, visible, title = node.item, level.visible, -1
        inner = condition
        if item.__class__ is KconfigSymbol or item.__class__ is KconfigChoice:
            found = self._properties(node, level)
            if item.__class__ is KconfigChoice:
                number = self._choices.setdefault(item, len(self._choices))
                inner = self._expressions.mode_of(number)
            elif len(found.spots) == 1:
                self._outline.append((m.ENTRY, self._parser.number(item), m.Y))
        elif item is not None:
            title = len(self._titles)
            self._titles.append(node.prompt[0])
            if item is MENU:
                visible = both(visible, node.visibility)
                shown = both(condition, node.visibility)
                self._outline.append((m.MENU, title, shown))
            else:
                self._outline.append((m.COMMENT, title, condition))
        return _Level(node, inner, visible, title)

    def _of(self, item: Any) -> _Gathered:
        found = self._gathered.get(item)
        if found is None:
            found = self._gathered[item] = _Gathered()
        return found

    def _properties(self, node: Any, level: _Level) -> _Gathered:
        """Take over the properties of an entry of a symbol or a choice."""
        parser, both, either = self._parser, self._expressions.both, self._expressions.either
        depends: int = node.dep
        file = parser.files[node.filename]

        def full(condition: Any) -> tuple[int, m.Spot]:
            if condition.__class__ is tuple:
                return both(condition[0], depends), (file, condition[1])
            return both(condition, depends), (file, node.linenr)

        found = self._of(node.item)
        found.spots.append((file, node.linenr))
        if node.prompt:
            text, (condition, line) = node.prompt
            shown = both(condition, both(level.visible, depends))
            node.prompt = text, shown
            found.prompts.append(m.Prompt(text, shown, (file, line)))
        for value, condition in node.defaults:
            if value.__class__ is KconfigSymbol:  # of an `option env`
                value = parser.value_of(value)
            found.defaults.append(m.Default(value, *full(condition)))
        found.depends = either(found.depends, depends)
        if node.item.__class__ is KconfigChoice:
            return found
        for low, high, condition in node.ranges:
            numbers = parser.number(low), parser.number(high)
            found.ranges.append(m.Range(*numbers, *full(condition)))
        by, value = parser.number(node.item), parser.value_of(node.item)
        for target, condition in node.selects:
            raises, spot = full(condition)
            other, raises = self._of(target), both(value, raises)
            other.selected = either(other.selected, raises)
            other.selected_by.append(m.Reverse(by, raises, spot))
        for target, condition in node.implies:
            raises, spot = full(condition)
            other, raises = self._of(target), both(value, raises)
            other.implied = either(other.implied, raises)
            other.implied_by.append(m.Reverse(by, raises, spot))
        return found

    def _leave(self, level: _Level, outer: list[_Level]) -> None:
        """The end of a menu, a choice or an `if`."""
        item = level.node.item
        if not outer:
            return
        if item is None:
            outer[-1].filled = outer[-1].filled or level.filled
        elif item is MENU and level.filled:
            shown = self._expressions.both(level.node.dep, level.node.visibility)
            self._outline.append((m.END_OF_MENU, level.title, shown))
        elif item.__class__ is KconfigChoice:
            members = list(self._members(level.node))
            self._of(item).members += members
            for member in members:
                self._of(member).choice = self._choices[item]
            # A choice has the type of its first member that has one, and members without one
            # have that of the choice.
            typed = (one.orig_type for one in self._of(item).members if one.orig_type)
            item.orig_type = item.orig_type or next(typed, 0)
            for member in members:
                member.orig_type = member.orig_type or item.orig_type

    def _members(self, choice: Any) -> Iterator[Any]:
        """The symbols that a choice offers.

        A node that depends on the symbol before it belongs to a submenu of that symbol. Submenus
        of symbols without a prompt, and `if` blocks, are not seen as such.
        """
        # For each level: its nodes, whether they are in a submenu, and the symbols that can have
        # the next node in theirs, each with whether that submenu is seen.
        levels: list[tuple[Iterator[Any], bool, list[tuple[int, bool]]]]
        levels = [(_siblings(choice.list), False, [])]
        while levels:
            nodes, hidden, owners = levels[-1]
            node = next(nodes, None)
            if node is None:
                levels.pop()
                continue
            condition = node.prompt[1] if node.prompt else node.dep
            while owners and not self._rests_on(condition, owners[-1][0]):
                owners.pop()
            hidden = owners[-1][1] if owners else hidden
            if node.item.__class__ is KconfigSymbol:
                if not hidden:
                    yield node.item
                owners.append((self._parser.number(node.item), hidden or bool(node.prompt)))
            elif node.item is None and node.list:
                levels.append((_siblings(node.list), hidden, []))

    def _rests_on(self, condition: int, symbol: int) -> bool:
        """Whether a condition is n where a symbol is, as one can see from its form."""
        number, constants = self._parser.number, self._parser.const_syms
        y, n, of_m = (number(constants[name]) for name in "ynm")
        nodes = self._expressions.nodes
        stack = [condition]
        while stack:
            kind, first, second = nodes[stack.pop()]
            if kind == m.AND:
                stack += first, second
            elif kind == m.VALUE_OF and first == symbol:
                return True
            elif kind in (m.EQUAL, m.UNEQUAL) and symbol in (first, second):
                other = first if second == symbol else second
                # The last is Kconfiglib's own: `A != y`, too.
                if (
                    (kind == m.EQUAL and other == of_m)
                    or (kind == m.UNEQUAL and other == n)
                    or other == y
                ):
                    return True
        return False

    def model(self) -> m.Model:
        """The model, without an order of evaluation."""
        parser = self._parser
        modules = parser.number(parser.modules)
        self._expressions.set_modules(modules)
        choices = tuple(self._choice(item) for item in self._choices)
        defined = tuple(dict.fromkeys(map(parser.number, parser.defined_syms)))
        symbols = tuple(self._symbol(item) for item in parser.numbers)
        return m.Model(
            symbols, choices, tuple(self._expressions.nodes), defined, modules, (), 0,
            tuple(self._outline), tuple(self._titles), tuple(parser.files),
        )  # fmt: skip

    def _choice(self, item: Any) -> m.Choice:
        found = self._of(item)
        members = tuple(map(self._parser.number, found.members))
        return m.Choice(
            item.name or "", TYPES[item.orig_type], members, tuple(found.prompts),
            tuple(found.defaults), item.is_optional, tuple(found.spots), found.depends,
        )  # fmt: skip

    def _symbol(self, item: Any) -> m.Symbol:
        found = self._gathered.get(item) or _Gathered()
        return m.Symbol(
            item.name, TYPES[item.orig_type], tuple(found.spots), found.choice,
            tuple(found.prompts), tuple(found.defaults), tuple(found.ranges),
            found.depends, found.selected, found.implied,
            tuple(found.selected_by), tuple(found.implied_by),
            item.env_var is not None or item is self._parser.defconfig_list,
            item in self._parser.transitional,
        )  # fmt: skip


def _siblings(node: Any) -> Iterator[Any]:
    while node:
        yield node
        node = node.next
