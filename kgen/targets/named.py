"""The symbol that a user means by a name; `model.spelling` says which names are equal."""

from __future__ import annotations

from kgen.model.problems import fail
from kgen.model.spelling import capitals, folded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Names:
    """The names of symbols, to be found by what users write."""

    def __init__(self, declared: Iterable[str]) -> None:
        self._declared = frozenset(declared)
        self._capitals: dict[str, list[str]] | None = None

    def symbol(self, name: str) -> str | None:
        """The symbol that a name means; an exact name first. None if there is no such symbol.

        Raises KgenError for a name that is not exact and means several symbols.
        """
        for exact in (name, name.removeprefix("CONFIG_")):
            if exact in self._declared:
                return exact
        if self._capitals is None:
            self._capitals = {}
            for symbol in sorted(self._declared):
                self._capitals.setdefault(capitals(symbol), []).append(symbol)
        found = self._capitals.get(capitals(name)) or self._capitals.get(folded(name), [])
        if len(found) > 1:
            message = f"{name} can mean {', '.join(found[:-1])} or {found[-1]}"
            raise fail(message, hint="write the symbol as the tree does", code="KG712")
        return found[0] if found else None

    def known(self, name: str) -> str:
        """The symbol that a name means, or the name itself, without `CONFIG_`."""
        return self.symbol(name) or name.removeprefix("CONFIG_")
