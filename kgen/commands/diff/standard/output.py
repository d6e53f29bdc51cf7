"""A comparison of standard Kconfig as text, Markdown and JSON data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kgen.commands.diff.standard.compare import Cause, Diff
from kgen.commands.diff.text import as_markdown, as_text, where
from kgen.formats.terminal import count


def text(diff: Diff) -> str:
    """The comparison for a terminal."""
    return as_text(_head(diff), _notes(diff), _sections(diff))


def markdown(diff: Diff) -> str:
    """The comparison as Markdown, with collapsible sections."""
    return as_markdown(_head(diff), _notes(diff), _sections(diff))


def as_data(diff: Diff) -> dict[str, Any]:
    """The comparison as data; docs/standard.md describes the fields."""
    targets: dict[str, dict[str, Any]] = {
        now: {"gained": [], "lost": [], "changed": {}} for _, now in diff.pairs
    }
    for item in diff.causes:
        for name in item.targets:
            if item.change == "changed":
                targets[name]["changed"][item.symbol] = [item.before, item.after]
            else:
                targets[name][item.change].append(item.symbol)
    for one in targets.values():
        one["gained"].sort()
        one["lost"].sort()
    return {
        "old": {"name": diff.old.name, "version": diff.old.version, "targets": diff.old.targets},
        "new": {"name": diff.new.name, "version": diff.new.version, "targets": diff.new.targets},
        "targets": targets,
        "compared": {now: was for was, now in diff.pairs},
        "only-old": diff.gone,
        "only-new": diff.come,
        "causes": [_cause(item) for item in diff.causes],
        "renames": [one._asdict() for one in diff.renames],
    }


def _cause(item: Cause) -> dict[str, Any]:
    data = item._asdict()
    data["targets"] = list(item.targets)
    data["file"], data["line"] = item.file or None, item.line or None
    data["side"] = "old" if data.pop("old") else "new"
    return data


def _head(diff: Diff) -> str:
    sums = dict.fromkeys(("gained", "lost", "changed"), 0)
    differing: set[str] = set()
    for item in diff.causes:
        sums[item.change] += len(item.targets)
        differing.update(item.targets)
    old, new = (
        one.name + (f" ({one.version})" if one.version else "") for one in (diff.old, diff.new)
    )
    verb = "differs" if len(differing) == 1 else "differ"
    values = ", ".join(f"{number:,} {word}" for word, number in sums.items())
    result = f"{len(differing):,} {verb}: {values}" if differing else "none differs"
    return f"{old} -> {new}: {count(len(diff.pairs), 'target')} compared, {result}"


def _notes(diff: Diff) -> Iterator[str]:
    for was, now in diff.pairs:
        if was != now:
            yield f"target: {was} -> {now}"
    for words, names in (("old", diff.gone), ("new", diff.come)):
        if names:
            yield f"only on the {words} side: {where(names, 0)}"
    for one in diff.renames:
        place = f"{one.file}:{one.line}"
        yield f'{one.old} looks renamed to {one.new}: both are "{one.prompt}" ({place})'


_TITLES = {
    "new": "New symbols",
    "gone": "Removed symbols",
    "assignment": "Changed defconfigs, with what follows from them",
    "": "Other changes, with what follows from them",
}


def _sections(diff: Diff) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    follow: dict[int, list[Cause]] = {}
    for item in diff.causes:
        if item.root is not None:
            follow.setdefault(item.root, []).append(item)
    groups: dict[str, list[tuple[int, tuple[str, list[str]]]]] = {key: [] for key in _TITLES}
    everything = len(diff.pairs)
    for index, item in enumerate(diff.causes):
        if item.root is None:
            below = follow.get(index, [])
            key = item.cause if item.cause in _TITLES else ""
            row = _line(item, len({one.symbol for one in below}), everything)
            size = sum(len(one.targets) for one in (item, *below))
            groups[key].append((-size, (row, list(_below(below, item, everything)))))
    for key, rows in groups.items():
        if rows:
            yield f"{_TITLES[key]} ({len(rows):,})", [row for _, row in sorted(rows)]


def _line(item: Cause, below: int, everything: int) -> str:
    more = f", and {count(below, 'symbol')} with it" if below else ""
    targets = where(item.targets, everything)
    place = ""
    if item.file:
        place = f" ({item.file}:{item.line}{' in the old tree' if item.old else ''})"
        place = place if item.line else f" ({item.file})"
    joint = "" if item.alone else ", together with other changes"
    return f"{_value(item)} on {targets}{more}: {_happened(item)}{place}{joint}"


def _value(item: Cause) -> str:
    return f"{item.symbol} {item.before or 'empty'} -> {item.after or 'empty'}"


def _happened(item: Cause) -> str:
    was, now = f'"{item.was}"', f'"{item.now}"'
    plain = {
        "new": "it is new",
        "gone": "it was removed",
        "type": "it has another type",
        "choice": "its choice has changed",
        "several": "several changes together",
        "dependency": f"it depends on {now}, no longer on {was}",
    }
    if item.cause in plain:
        return plain[item.cause]
    if item.cause == "assignment":
        if not item.was and not item.now:
            return "another member of its choice is set"
        if item.was and item.now:
            return f"{item.was} is now {item.now}"
        return f"{item.now} is new" if item.now else f"{item.was} was removed"
    if item.cause == "selector" and item.of:
        done = "implied" if (item.now or item.was).startswith("imply") else "selected"
        if not item.now:
            return f"no longer {done} by {item.of}, {was}"
        return f"now {done} by {item.of}, {now}"
    if not item.was and not item.now:
        return f"its {item.cause} has changed"
    if not item.was:
        return f"it now has {now}"
    return f"it had {was} and has {now}" if item.now else f"it no longer has {was}"


def _below(items: list[Cause], root: Cause, everything: int) -> Iterator[str]:
    """What follows from a root; changes of the same kind on the same targets in one line."""
    groups: dict[tuple[bool, str, tuple[str, ...]], list[str]] = {}
    for item in items:
        word = item.symbol if item.change != "changed" else f"{_value(item)},"
        groups.setdefault((not item.alone, item.change, item.targets), []).append(word)
    for (joint, change, targets), words in sorted(groups.items()):
        at = "" if targets == root.targets else f" on {where(targets, everything)}"
        together = ", together with other changes" if joint else ""
        yield f"{change}{at}{together}: {' '.join(sorted(words))}".removesuffix(",")
