"""Revisions that a user can write: `v8.2.0`, `HEAD~3`, `1600b9f`, `master@{1}`, `v8.2.0^{commit}`.

git has more notations. Some depend on the configuration (`@{upstream}`), some search the history
(`:/words`) or compare dates. `git rev-parse` prints the commit id for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kgen.files.git.objects import Objects
from kgen.files.git.references import References
from kgen.files.git.repository import Repository, Unreadable
from kgen.model.problems import near

_REVISION = re.compile(
    r"(?P<base>[^\^~:{}]*?)(?:@\{(?P<entry>[^{}]*)\})?(?P<steps>(?:\^\{[^{}]*\}|[\^~][0-9]*)*)",
    re.S,
)
_STEP = re.compile(r"\^\{([^{}]*)\}|([\^~])([0-9]*)")
_FETCHED = "kgen does not fetch; `git fetch --tags` gets new commits and tags"
_AS_ID = "use the full commit id, which `git rev-parse REVISION` prints"
# The maximum number of objects with the same beginning that are read to find the only commit.
_ALIKE = 100
# difflib takes a second for this many names.
_NAMES = 5000


def resolve(repository: Repository, objects: Objects, revision: str) -> str:
    """The name of the commit that a revision refers to. Raises Unreadable."""
    references = References(repository)
    match = _REVISION.fullmatch(revision)
    if match is None:
        raise Unreadable(f"kgen does not support revisions such as {revision}", _AS_ID)
    if match["entry"] is None:
        name = _base(repository, objects, references, match["base"], revision)
    else:
        name = _logged(references, match["base"], match["entry"], revision)
    for step in _STEP.finditer(match["steps"]):
        name = _step(objects, name, step, revision)
    return _commit(objects, name, revision)


def _base(
    repository: Repository, objects: Objects, references: References, word: str, revision: str
) -> str:
    digits = 2 * repository.width
    if re.fullmatch(rf"[0-9a-fA-F]{{{digits}}}", word):
        return word.lower()
    known = references.named("HEAD" if word == "@" else word)
    value = known and references.value(known)
    if value:
        return value
    # `v8.2.0-17-g1600b9f` is what `git describe` prints.
    short = re.fullmatch(r"(?:.+-[0-9]+-g)?([0-9a-fA-F]{4,})", word, re.S)
    if short and len(short[1]) < digits:
        alike = sorted(objects.beginning(short[1].lower()))
        if len(alike) > 1:
            alike = list(_commits(objects, alike[:_ALIKE]))
        if len(alike) > 1:
            raise Unreadable(f"{word} is ambiguous: {' or '.join(alike[:3])}", "write more digits")
        if alike:
            return alike[0]
    names = references.short_names()
    hint = near(word, names) if len(names) < _NAMES else ""
    hints = "; ".join(filter(None, (hint, objects.shallow_hint())))
    raise Unreadable(f"there is no revision {revision}", hints or _FETCHED)


def _commits(objects: Objects, names: list[str]) -> Iterator[str]:
    """The names of commits, and of tags of commits, among these."""
    for name in names:
        try:
            if objects.peeled(name)[1] == "commit":
                yield name
        except Unreadable:
            continue


def _logged(references: References, word: str, entry: str, revision: str) -> str:
    """`master@{2}`: the branch before its last two changes. Without a name, the current branch."""
    if not re.fullmatch(r"[0-9]{1,9}", entry):
        raise Unreadable(f"kgen does not support revisions such as {revision}", _AS_ID)
    name = references.named("HEAD" if word == "@" else word) if word else references.end("HEAD")
    value = references.value(name) if name else None
    if name is None or value is None:
        raise Unreadable(f"there is no revision {revision}", _FETCHED)
    back = int(entry)
    if back == 0:
        return value
    if word:
        name = name if name == "HEAD" else references.end(name)
    log = references.log(name)
    if back < len(log):
        return log[-1 - back][1]
    if back == len(log) and log[0][0].strip("0"):
        return log[0][0]
    raise Unreadable(f"the reflog of {name} does not go back {back} steps", _AS_ID)


def _step(objects: Objects, name: str, step: re.Match[str], revision: str) -> str:
    """The object after one step: `^`, `~3`, `^2` or `^{commit}`."""
    kind, sign, digits = step.groups()
    if sign is None:
        if kind not in ("", "object", "commit", "tag"):
            raise Unreadable(f"kgen does not support revisions such as {revision}", _AS_ID)
        return _commit(objects, name, revision) if kind == "commit" else name
    if len(digits) > 9:
        raise Unreadable(f"there is no revision {revision}", _FETCHED)
    number = int(digits or "1")
    name = _commit(objects, name, revision)
    times, parent = (number, 1) if sign == "~" else (1 if number else 0, number)
    for _ in range(times):
        parents = objects.commit(name).parents
        if objects.is_shallow(name):
            raise Unreadable(
                f"there is no revision {revision}: the history ends at {name}",
                objects.shallow_hint(),
            )
        if parent > len(parents):
            raise Unreadable(f"there is no revision {revision}", _FETCHED)
        name = parents[parent - 1]
    return name


def _commit(objects: Objects, name: str, revision: str) -> str:
    name, kind = objects.peeled(name)
    if kind != "commit":
        raise Unreadable(f"{revision} is a {kind}, not a commit", _AS_ID)
    return name
