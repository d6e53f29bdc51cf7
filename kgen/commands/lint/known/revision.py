"""Findings that an earlier revision has, so that only what became worse is reported.

The revision is read like any other tree, and its findings are accounted for one by one.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import islice

from kgen.commands.lint.known.baseline import Key, compare, key
from kgen.commands.lint.rules import USES
from kgen.commands.lint.runner import Linted
from kgen.files.revision import Revision, parted
from kgen.files.tree import Tree, open_tree, text_of
from kgen.formats.terminal import count
from kgen.model.finding import Finding
from kgen.model.problems import KgenError, Problem, fail
from kgen.model.record import Record
from kgen.project.choose import names_target
from kgen.project.dialect import is_standard
from kgen.project.load import known_targets
from kgen.project.options import TREE, Options


class Earlier(Record):
    """A tree as it was. revision: what the user wrote. commit: where the history of the tree left
    that of the revision. options: those that read it."""

    revision: str
    commit: str
    options: Options


class Past(Record):
    """What was before. before: the number of findings. gone: of those that no longer occur, or now
    lack fewer symbols."""

    revision: str
    commit: str
    before: int
    gone: int

    def sentence(self) -> str:
        """What was before, and what became better."""
        return (
            f"since {self.revision} ({self.commit[:12]}): "
            f"{count(self.before, 'finding')} before, {self.gone} gone"
        )


def earlier(options: Options, revision: str) -> Earlier:
    """The tree of the options as it was where its history left that of a revision.

    Raises KgenError if that is not to be found.
    """
    if options.embedded and not is_standard(options):
        hint = "--tree takes a git work tree, or DIR@REV"
        raise fail("--since: the embedded tree has no history", hint=hint, code="KG426")
    tree = open_tree(options.tree or ".", options.allow_outside)
    folder, head = tree.shown, "HEAD"
    if isinstance(tree, Revision):
        folder, head = tree.folder, tree.commit
    commit = parted(tree.root, tree.shown, head, revision)
    old = options._replace(tree=f"{folder}@{commit}", tree_by=TREE)
    return Earlier(revision, commit, old)


def since(
    then: Earlier,
    lint: Callable[[Options], Linted],
    now: Linted,
    findings: Sequence[Finding],
    baseline: Counter[Key] | None,
) -> tuple[tuple[Finding, ...], Past]:
    """Those findings of a tree that it did not have then, and what was before.

    lint: finds those of a tree. findings: those of `now` without what a baseline has; it accounts
    for findings on both sides. Raises KgenError.
    """
    try:
        options = _with_its_targets(then.options)
        old = None if options is None else lint(options)
    except KgenError as error:
        message = f"the tree cannot be checked as it was at {then.revision}"
        hint = "without --since all findings are reported"
        raise KgenError(*error.problems, Problem(message, hint=hint, code="KG426")) from None
    if old is None:
        return tuple(findings), Past(then.revision, then.commit, 0, 0)
    before = old.findings if baseline is None else compare(old.findings, baseline)[0]
    new, _, gone = worsened(findings, before, moves(old.tree, now.tree))
    return new, Past(then.revision, then.commit, len(before), gone)


def _with_its_targets(options: Options) -> Options | None:
    """The options with those patterns of -t that match a target of their tree; None if no pattern
    does, since the targets are new."""
    if not options.only:
        return options
    if is_standard(options):
        from kgen.standard.targets import find_targets

        tree = open_tree(options.tree or ".", options.allow_outside)
        names = [target.name for target in find_targets(tree, options.configs)]
    else:
        names = known_targets(options)
    only = tuple(glob for glob in options.only if any(names_target(glob, one) for one in names))
    return options._replace(only=only) if only else None


# The rules about lines of files, wherever else the same is said. Those of others are about a
# symbol, and its entry or code may be moved to any file.
_OF_LINES = frozenset(
    """repeated-assignment no-effect-assignment stale-mak-comment unset-comment
    undeclared-in-meson undeclared-in-source unsourced-file ignored-without-reason
    assigned-but-not-taken undefined-in-defconfig not-minimal""".split()
)

_PLACE = re.compile(r"\S+:\d+(?::\d+)?")

_LEVELS = ("note", "warning", "error")

# Earlier findings with the same fingerprint that are looked at for one.
_LIKE_IT = 64


def worsened(
    findings: Sequence[Finding], before: Sequence[Finding], moved: Callable[[str, str], bool]
) -> tuple[tuple[Finding, ...], int, int]:
    """The findings that an earlier revision does not have, the number of those that it has, and
    the number of its findings that no longer occur or now lack fewer symbols.

    Each earlier finding accounts for one of the same rule about the same symbols, not for a
    graver one, and not for one about C sources that lacks a further symbol: first for those with
    the same words in the same file, then in the same file, then in others. Numbers of lines do not
    count. moved: whether what an earlier file had is now in another, so that also a finding of
    _OF_LINES or in other words may be the same.
    """

    def any_file(old: Finding, new: Finding) -> bool:
        return new.rule not in _OF_LINES or moved(old.file, new.file)

    def moved_file(old: Finding, new: Finding) -> bool:
        return new.rule in USES or moved(old.file, new.file)

    steps: tuple[tuple[bool, bool, Callable[[Finding, Finding], bool]], ...] = (
        (True, True, _covers),
        (True, False, _covers),
        (False, True, lambda old, new: _covers(old, new) and any_file(old, new)),
        (False, False, lambda old, new: _covers(old, new) and moved_file(old, new)),
    )
    new, left, less = list(findings), list(before), 0
    for of_file, of_words, same in steps:
        waiting: dict[Key, dict[int, Finding]] = {}
        for number, old in enumerate(left):
            waiting.setdefault(_fingerprint(old, of_file, of_words), {})[number] = old
        rest = []
        for item in new:
            several = waiting.get(_fingerprint(item, of_file, of_words), {})
            alike = islice(several.items(), _LIKE_IT)
            number = next((number for number, old in alike if same(old, item)), -1)
            if number < 0:
                rest.append(item)
            else:
                less += _others(item) < _others(several.pop(number))
        new = rest
        left = [old for several in waiting.values() for old in several.values()]
    return tuple(new), len(findings) - len(new), len(left) + less


def _fingerprint(finding: Finding, of_file: bool, of_words: bool) -> Key:
    rule, file, symbol, other = key(finding)
    return (
        rule,
        symbol,
        "" if finding.lacking else other,  # see _covers
        file if of_file else "",
        _PLACE.sub("", finding.message) if of_words else "",
    )


def _covers(old: Finding, new: Finding) -> bool:
    """Whether an earlier finding says as much as one with its fingerprint."""
    graver = _LEVELS.index(new.level) > _LEVELS.index(old.level)
    return not graver and _others(new) <= _others(old)


def _others(finding: Finding) -> frozenset[str]:
    """What a finding about C sources lacks."""
    return frozenset() if finding.lacking is None else frozenset(finding.lacking.others)


def moves(old: Tree, new: Tree) -> Callable[[str, str], bool]:
    """The question whether what one tree has in a file, another has in another file.

    That is so if one of them is in one tree alone, and they have most lines of the shorter.
    """

    def whole(path: str, tree: Tree) -> str:
        return os.path.join(tree.root, *path.split("/"))

    def lines(path: str, tree: Tree) -> frozenset[str]:
        return frozenset(map(str.strip, (text_of(tree, path) or "").split("\n"))) - {""}

    @cache
    def moved(before: str, after: str) -> bool:
        if new.is_file(whole(before, new)) and old.is_file(whole(after, old)):
            return False
        one, other = lines(before, old), lines(after, new)
        return 2 * len(one & other) > min(len(one), len(other))

    return moved
