"""A diff as text and as Markdown."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from kgen.commands.diff.diff import Cause, Diff, Pair
from kgen.commands.diff.names import ALIAS, CHANGES, RENAMED, UNKNOWN, WENT, NameChange
from kgen.formats.escapes import visible
from kgen.formats.terminal import count
from kgen.project.side import Side

_WIDTH = 100


class Item:
    """A root cause with those that follow from it."""

    def __init__(self, diff: Diff, index: int) -> None:
        self.cause = diff.causes[index]
        self.follow = [item for item in diff.causes if item.root == index]

    @property
    def size(self) -> int:
        return len({(item.symbol, name) for item in self.follow for name in item.targets})


# Titles with items, each a line and the lines that follow from it.
Sections = Iterable[tuple[str, Iterable[tuple[str, Sequence[str]]]]]


def text(diff: Diff) -> str:
    """The diff for a terminal."""
    return as_text(head(diff), notes(diff), sections(diff))


def markdown(diff: Diff) -> str:
    """The diff as Markdown for a comment on a pull request, with collapsible sections."""
    return as_markdown(head(diff), notes(diff), sections(diff))


def as_text(first: str, remarks: Iterable[str], parts_of: Sections) -> str:
    """A comparison for a terminal: one line, remarks, and sections."""
    lines = [first]
    lines += [f"    {line}" for line in remarks]
    for title, parts in parts_of:
        lines += ["", title]
        for words, more in parts:
            lines.append(f"  {words}")
            for line in more:
                lines += textwrap.wrap(
                    line,
                    _WIDTH,
                    initial_indent="      ",
                    subsequent_indent="        ",
                    break_long_words=False,
                    break_on_hyphens=False,
                )
    return "\n".join(map(visible, lines)) + "\n"


def as_markdown(first: str, remarks: Iterable[str], parts_of: Sections) -> str:
    """The same as Markdown."""
    lines = [f"**{_escaped(first)}**", ""]
    lines += [f"- {_escaped(line)}" for line in remarks]
    for title, parts in parts_of:
        lines += ["", f"<details><summary>{_escaped(title)}</summary>", ""]
        for words, more in parts:
            lines.append(f"- {_escaped(words)}")
            lines += [f"  - {_escaped(line)}" for line in more]
        lines += ["", "</details>"]
    return "\n".join(map(visible, lines)) + "\n"


def _escaped(line: str) -> str:
    """Text with the special characters of Markdown and HTML escaped."""
    codes = {ord(char): f"&#{ord(char)};" for char in "&<>"}
    codes |= {ord(char): f"\\{char}" for char in "\\`*[]|~"}
    return line.translate(codes)


def head(diff: Diff) -> str:
    """One line: what was compared, and the number of differences."""
    gained = sum(len(pair.gained) for pair in diff.pairs)
    lost = sum(len(pair.lost) for pair in diff.pairs)
    different = sum(bool(pair.gained or pair.lost) for pair in diff.pairs)
    old, new = _named(diff.old), _named(diff.new)
    verb = "differs" if different == 1 else "differ"
    result = (
        f"{different} {verb}: {gained:,} gained, {lost:,} lost" if different else "none differs"
    )
    return f"{old} -> {new}: {count(len(diff.pairs), 'target')} compared, {result}"


def _named(side: Side) -> str:
    version = f" ({side.version})" if side.version and side.version not in side.name else ""
    return side.name + version


def notes(diff: Diff) -> Iterator[str]:
    """Notes on the two sides: different modes and targets, failures, and probable renames."""
    if diff.old.mode != diff.new.mode:
        yield f"mode: {diff.old.mode} -> {diff.new.mode}"
    for pair in diff.pairs:
        if pair.was != pair.target:
            yield f"target: {pair.was} -> {pair.target}"
    for words, pairs in (("old", diff.gone), ("new", diff.new_targets)):
        if pairs:
            yield f"only on the {words} side: {', '.join(map(_counted, pairs))}"
    for side in ("old", "new"):
        failing = [target for where, target in diff.failed if where == side]
        if failing:
            names = ", ".join(failing)
            yield f"not compared, because the {side} side cannot be configured: {names}"
    for item in diff.renames:
        yield (
            f"{item.old} looks renamed to {item.new}: {item.same} of {item.of} "
            f"clauses are the same ({item.file}:{item.line})"
        )
    yield from _name_counts(diff)


def _name_counts(diff: Diff) -> Iterator[str]:
    """A note with the number of devices and machines of each change, if they were asked for."""
    if diff.names is None:
        return
    words = {UNKNOWN: "not known", ALIAS: "for another machine"}
    counts = Counter(item.change for item in diff.names)
    parts = [f"{counts[one]:,} {words.get(one, one)}" for one in CHANGES if counts[one]]
    yield f"devices and machines: {', '.join(parts) or 'the same'}"


def _counted(pair: Pair) -> str:
    return f"{pair.target} ({count(len(pair.gained or pair.lost), 'symbol')})"


def sections(diff: Diff) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """The changes as titles with items, each a line and the lines that follow from it."""
    roots = [
        Item(diff, index)
        for index, cause in enumerate(diff.causes)
        if cause.root is None and not cause.cause.startswith("target-")
    ]
    everything = len(diff.pairs)
    titles = (
        (("new",), "New symbols that are y"),
        (("gone",), "Removed symbols that were y"),
        ((), "Other changes, with what follows from them"),
    )
    for causes, title in titles:
        chosen = [
            item
            for item in roots
            if (item.cause.cause in causes if causes else item.cause.cause not in ("new", "gone"))
        ]
        if not chosen:
            continue
        moded = [item for item in chosen if item.cause.cause == "mode"]
        single = sorted(
            (item for item in chosen if item.cause.cause != "mode"), key=lambda item: -item.size
        )
        rows = [(_root(item, everything), list(_below(item, everything))) for item in single]
        if moded:
            rows.insert(0, _by_mode(moded, everything))
        yield f"{title} ({len({item.cause.symbol for item in chosen})})", rows
    for title, names in name_sections(diff):
        yield title, [(line, []) for line in names]


def name_sections(diff: Diff) -> Iterator[tuple[str, list[str]]]:
    """The devices and the machines that changed: a title, and a line for each."""
    for of in sorted({item.of for item in diff.names or ()}):
        names = [item for item in diff.names or () if item.of == of]
        lines = [_name(item, len(diff.pairs)) for item in names]
        yield f"{of.capitalize()}s ({len(names)})", lines


def _name(item: NameChange, everything: int) -> str:
    """A device or a machine that changed: how, where, and what it needs."""
    on = where(item.targets, everything)
    if item.change == ALIAS:
        return f"{item.name} on {on}: now {item.now}, not {item.was}"
    what = {RENAMED: f"renamed from {item.was}", UNKNOWN: "not known on one side"}
    old = " in the old tree" if item.change == WENT else ""
    place = f"({item.file}:{item.line}{old})"
    return f"{item.name} {what.get(item.change, item.change)} on {on}: needs {item.needs} {place}"


def _root(item: Item, everything: int) -> str:
    cause = item.cause
    targets = where(cause.targets, everything)
    if cause.cause in ("new", "gone"):
        outer = " (external)" if cause.change in ("on", "off") else ""
        return f"{cause.symbol}{outer} on {targets}: {_place(cause)}"
    size = len({below.symbol for below in item.follow})
    more = f", and {count(size, 'symbol')} with it" if size else ""
    change = {"on": "now y externally", "off": "no longer y externally"}
    word = change.get(cause.change, cause.change)
    return f"{cause.symbol} {word} on {targets}{more}: {sentence(cause)}"


def _by_mode(items: list[Item], everything: int) -> tuple[str, list[str]]:
    """All changes by the mode, and those that follow from them, as one item."""
    groups: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for cause in (cause for item in items for cause in (item.cause, *item.follow)):
        groups.setdefault((cause.change, cause.targets), set()).add(cause.symbol)
    lines = [
        f"{change} on {where(targets, everything)}: {' '.join(sorted(symbols))}"
        for (change, targets), symbols in sorted(groups.items())
    ]
    return _happened(items[0].cause), lines


def _below(item: Item, everything: int) -> Iterator[str]:
    """The symbols that follow from a root, those of the same targets in one line."""
    groups: dict[tuple[bool, str, tuple[str, ...]], list[str]] = {}
    for cause in item.follow:
        groups.setdefault((not cause.alone, cause.change, cause.targets), []).append(cause.symbol)
    for (joint, change, targets), symbols in sorted(groups.items()):
        same = targets == item.cause.targets
        at = "" if same else f" on {where(targets, everything)}"
        together = ", together with other changes" if joint else ""
        yield f"{change}{at}{together}: {' '.join(sorted(symbols))}"


def where(targets: Sequence[str], everything: int) -> str:
    """The names of targets without -softmmu, or their number."""
    if len(targets) == everything > 3:
        return f"all {everything} targets"
    short = [target.removesuffix("-softmmu") for target in targets]
    if len(short) > 6:
        return f"{len(short)} targets ({', '.join(short[:5])}, ...)"
    return ", ".join(short)


def sentence(cause: Cause) -> str:
    """The cause of a root change, with its place."""
    return f"{_happened(cause)}{_at(cause)}{'' if cause.alone else ', together with other changes'}"


def _happened(cause: Cause) -> str:
    was, now = f'"{cause.was}"', f'"{cause.now}"'
    if cause.cause == "mode":
        return f"the mode is {cause.now}, not {cause.was}"
    plain = {"follows": f"it follows from {cause.of}", "new": "it is new", "gone": "it was removed"}
    if cause.cause in plain:
        return plain[cause.cause]
    if cause.cause == "selector":
        done = "implied" if (cause.now or cause.was).startswith("imply") else "selected"
        if not cause.was:
            return f"now {done} by {cause.of}, {now}"
        if not cause.now:
            return f"no longer {done} by {cause.of}, {was}"
        return f"{cause.of} had {was} and has {now}"
    if cause.cause in ("assignment", "external"):
        by = " externally" if cause.cause == "external" else ""
        if not cause.was:
            return f"{cause.now} is now assigned{by}"
        return f"{cause.was} is no longer assigned{by}" + (
            f", but {cause.now} is" if cause.now else ""
        )
    if cause.was == cause.now:
        return "its defaults are in another order"
    if not cause.was:
        return f"it now has {now}"
    return f"it no longer has {was}" if not cause.now else f"it had {was} and has {now}"


def _at(cause: Cause) -> str:
    return f" ({_place(cause)})" if cause.file else ""


def _place(cause: Cause) -> str:
    return f"{cause.file}:{cause.line}{' in the old tree' if cause.old else ''}"
