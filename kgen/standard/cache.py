"""Models of trees that were read before, in the user's cache folder.

A model is used again if everything that was asked of the disk to make it has the same answer: the
content of each file, the names in each folder with a glob; and so for each shell command.

A process that read a tree gives the model to another one in the same form, and writes the file
after that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, islice, repeat
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
    return f"kgen standard 2 {__version__} {modules_digest('standard')}"


# A model on its way: what was asked of the disk and answered, the shell commands with what they
# print, and the model by columns; as JSON and marshal take it.
Data = tuple[Sequence[Sequence[str]], Mapping[str, str], dict[str, Any]]


class Reading:
    """A model that is wanted, from the cache or from its tree. See `reader.read_model`.

    Once there is a model, the shell was asked all commands that it rests on."""

    def __init__(
        self,
        tree: Tree,
        top: str,
        environment: Mapping[str, str],
        shell: Shell,
        may_miss: Sequence[str] = (),
    ) -> None:
        self._tree, self._top, self._may_miss = tree, top, may_miss
        self._environment, self._shell = environment, shell
        outside = tree.within is None
        asked_for = tree.root, top, sorted(environment.items()), may_miss, outside, tree.shown
        self._key = json.dumps(asked_for)
        self._path = cache_path(self._key, "standard") if tree.on_disk else None
        self._new: Data | None = None

    def model(self) -> Model:
        """The model, kept for later runs. Raises KgenError."""
        data = self._kept()
        if data is not None:
            return self.taken(data)
        model, answers = self._read()
        if self._path is not None:
            self._new = answers, self._shell.asked, _columns(model)
            self.keep()
        return model

    def data(self) -> Data:
        """What `taken` makes the model of, here or in another process; `keep` may follow. Raises
        KgenError."""
        data = self._kept()
        if data is None:
            model, answers = self._read()
            data = self._new = answers, self._shell.asked, _columns(model)
        return data

    def taken(self, data: Data) -> Model:
        """The model of what `data` gives; what was asked to make it counts as asked here."""
        answers, commands, columns = data
        note_answers(((what, name), answer) for what, name, answer in answers)
        self._shell.asked.update(commands)
        return _model(columns)

    def keep(self) -> None:
        """Keep a model that was read for later runs, if there is a cache."""
        if self._path is None or self._new is None:
            return
        answers, commands, columns = self._new
        # As they are trees of new tuples, they need not be searched for cycles.
        text = "\n".join(
            json.dumps(part, check_circular=False, separators=(",", ":"))
            for part in ((self._key, answers, commands), columns)
        )
        keep(self._path, _head(), text)

    def _kept(self) -> Data | None:
        """What is in the cache, if it is of the tree as it is now."""
        try:
            text = "" if self._path is None else kept(self._path, _head())
            asked, _, columns = text.partition("\n")
            key, answers, commands = json.loads(asked)
            same = key == self._key and unchanged(answers)
            answer = self._shell.answer
            if same and all(answer(one) == commands[one] for one in commands):
                return answers, commands, json.loads(columns)
        except (OSError, NotText, ValueError, TypeError, KeyError, KgenError):
            pass
        return None

    def _read(self) -> tuple[Model, list[tuple[str, str, str]]]:
        """The model as the tree gives it now, and what was asked of the disk for it."""
        from kgen.standard.reader import read_model  # and with it Kconfiglib

        with noting() as asked:
            model = read_model(
                self._tree, self._top, self._environment, self._shell, self._may_miss
            )
        return model, [(what, name, answer) for (what, name), answer in asked.items()]


# The symbols of a model, as all its lists of records, are written by columns: one list of all their
# names, one of their types. A list for each would take twice the time to read.

# Makes a record in less time than a call of it: a tree has 50,000.
_made: Any = tuple.__new__

Rows = Iterable[Any]


def _records_of(kind: type) -> Callable[..., Rows]:
    """What makes records with a spot, the last of their fields, of their columns."""
    return lambda *columns: map(
        _made, repeat(kind), zip(*columns[:-2], zip(*columns[-2:], strict=True), strict=True)
    )


# The fields with several values, and what makes those of their columns.
_LISTS: dict[str, Callable[..., Rows]] = {
    "spots": lambda files, lines: zip(files, lines, strict=True),
    "members": lambda numbers: numbers,
    "prompts": _records_of(Prompt),
    "defaults": _records_of(Default),
    "ranges": _records_of(Range),
    "selected_by": _records_of(Reverse),
    "implied_by": _records_of(Reverse),
}


def _columns(model: Model) -> Any:
    """A model whose lists are columns, as JSON has them."""
    return model._asdict() | {
        "symbols": _by_column(model.symbols),
        "choices": _by_column(model.choices),
        "expressions": list(zip(*model.expressions, strict=True)),
        "outline": list(zip(*model.outline, strict=True)),
    }


def _by_column(records: Sequence[Any]) -> dict[str, Any]:
    """Each field of all records. One with several values: how many, and then their columns."""
    found: dict[str, Any] = {}
    fields = records[0]._fields if records else ()
    for name, column in zip(fields, zip(*records, strict=True), strict=True):
        found[name] = column
        if name in _LISTS:
            rows = map(_flat, chain.from_iterable(column))
            found[name] = [list(map(len, column)), *zip(*rows, strict=True)]
    return found


def _flat(value: Any) -> tuple[Any, ...]:
    """A value of a field with several, with the parts of its spot as its last ones."""
    if not isinstance(value, tuple):
        return (value,)
    return (*value[:-1], *value[-1]) if isinstance(value[-1], tuple) else value


def _model(columns: dict[str, Any]) -> Model:
    """A model of its columns."""
    model: Any = Model(**columns)
    found: Model = model._replace(
        symbols=_of_columns(Symbol, model.symbols),
        choices=_of_columns(Choice, model.choices),
        expressions=tuple(zip(*model.expressions, strict=True)),
        outline=tuple(zip(*model.outline, strict=True)),
        defined=tuple(model.defined),
        order=tuple(model.order),
        titles=tuple(model.titles),
        files=tuple(model.files),
    )
    return found


def _of_columns(kind: type, columns: dict[str, Any]) -> tuple[Any, ...]:
    """The records of which `_by_column` made columns."""
    fields: list[Any] = []
    for name, column in columns.items():
        if name in _LISTS:
            counts, *parts = column
            values = iter(_LISTS[name](*parts) if parts else ())
            column = [tuple(islice(values, count)) if count else () for count in counts]
        fields.append(column)
    return tuple(map(_made, repeat(kind), zip(*fields, strict=True)))
