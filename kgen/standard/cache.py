"""Models of trees that were read before, in the user's cache folder.

A model is used again if everything that was asked of the disk to make it has the same answer: the
content of each file, the names in each folder with a glob; and so for each shell command.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from kgen import __version__
from kgen.files.cache import cache_path, keep, kept, modules_digest
from kgen.files.read import NotText, note_answers, noting, unchanged
from kgen.files.tree import Tree
from kgen.model.problems import KgenError
from kgen.standard.model import Choice, Default, Model, Prompt, Range, Reverse, Symbol
from kgen.standard.shell import Shell


def _head() -> str:
    """What a cache file begins with: it is of no use to a reader that reads otherwise."""
    return f"kgen standard 1 {__version__} {modules_digest('standard')}"


def model_of(
    tree: Tree,
    top: str,
    environment: Mapping[str, str],
    shell: Shell,
    may_miss: Sequence[str] = (),
) -> Model:
    """The model of a tree, from the cache or read. Raises KgenError; see `reader.read_model`."""
    outside = tree.within is None
    asked_for = tree.root, top, sorted(environment.items()), may_miss, outside, tree.shown
    key = json.dumps(asked_for)
    path = cache_path(key, "standard") if tree.on_disk else None
    model = None if path is None else _kept(path, key, shell)
    if model is None:
        from kgen.standard.reader import read_model  # and with it Kconfiglib

        with noting() as asked:
            model = read_model(tree, top, environment, shell, may_miss)
        if path is not None:
            answers = [(what, name, answer) for (what, name), answer in asked.items()]
            # As it is a tree of new tuples, it need not be searched for cycles.
            text = json.dumps(
                (key, answers, shell.asked, model), check_circular=False, separators=(",", ":")
            )
            keep(path, _head(), text)
    return model


def _kept(path: str, key: str, shell: Shell) -> Model | None:
    """The model in a cache file, if it is that of this tree as it is now."""
    try:
        written, answers, commands, model = json.loads(kept(path, _head()))
        if written != key or not unchanged(answers):
            return None
        if any(shell.answer(command) != answer for command, answer in commands.items()):
            return None
        found = model_of_rows(model)
    except (OSError, NotText, ValueError, TypeError, KeyError, IndexError, KgenError):
        return None
    note_answers(((what, name), answer) for what, name, answer in answers)
    return found


def model_of_rows(row: list[Any]) -> Model:
    """A model from what JSON makes of it. Raises TypeError and ValueError for other rows."""
    model: Any = Model(*row)
    found: Model = model._replace(
        symbols=tuple(map(_symbol, model.symbols)),
        choices=tuple(map(_choice, model.choices)),
        expressions=tuple(map(tuple, model.expressions)),
        outline=tuple(map(tuple, model.outline)),
        defined=tuple(model.defined),
        order=tuple(model.order),
        titles=tuple(model.titles),
        files=tuple(model.files),
    )
    return found


# Makes a record in less time than a call of it: a tree has 50,000.
_made = tuple.__new__


def _symbol(row: Any) -> Symbol:
    name, type_, spots, choice, prompts, defaults, ranges, depends, *more = row
    if not spots:  # a constant, which has nothing else
        return Symbol(name, type_)
    selected, implied, selected_by, implied_by, automatic, transitional = more
    return _made(Symbol, (
        name, type_, _tuples(spots), choice, _prompts(prompts), _defaults(defaults),
        tuple([Range(low, high, on, tuple(at)) for low, high, on, at in ranges]),
        depends, selected, implied, _reverses(selected_by), _reverses(implied_by),
        automatic, transitional,
    ))  # fmt: skip


def _choice(row: Any) -> Choice:
    name, type_, members, prompts, defaults, optional, spots = row
    return Choice(
        name, type_, tuple(members), _prompts(prompts), _defaults(defaults), optional,
        _tuples(spots),
    )  # fmt: skip


def _tuples(rows: Any) -> tuple[Any, ...]:
    return tuple([tuple(row) for row in rows])


def _prompts(rows: Any) -> tuple[Prompt, ...]:
    return tuple([_made(Prompt, (text, on, tuple(spot))) for text, on, spot in rows])


def _defaults(rows: Any) -> tuple[Default, ...]:
    return tuple([_made(Default, (value, on, tuple(spot))) for value, on, spot in rows])


def _reverses(rows: Any) -> tuple[Reverse, ...]:
    return tuple([_made(Reverse, (by, on, tuple(spot))) for by, on, spot in rows])
