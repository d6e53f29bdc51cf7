"""The text of a devices file with every choice of a target, each with a comment."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from itertools import groupby

from kgen.commands.mak.choices import Choices, Part
from kgen.formats.escapes import visible
from kgen.model.clauses import assignment_text, letter

_WIDTH = 92


def devices_file(choices: Choices, mode: str) -> str:
    """The text of the file. Unchanged, in its mode, it reproduces the configuration.

    mode: the mode in which the configuration was resolved, for the header.
    """
    return "".join(f"{line}\n" for line in _lines(choices, mode))


def _lines(choices: Choices, mode: str) -> list[str]:
    parts = [part for part in choices.parts if not part.elsewhere]
    lines = _head(choices, mode)
    lines += _section("Boards", [part for part in parts if part.kind == "board"])
    lines += _section("Device groups", [part for part in parts if part.kind == "group"])
    devices = [part for part in parts if part.kind == "device" and _can_choose(part)]
    for group in sorted({part.groups[0] for part in devices if part.groups}):
        members = [part for part in devices if part.groups[:1] == (group,)]
        lines += _by_folder(f"Devices of {group}", members)
    lines += _by_folder("Devices without a group", [part for part in devices if not part.groups])
    rest = [part for part in parts if part.kind not in ("board", "group", "device")]
    lines += _section("Other symbols that this configuration sets", rest)
    lines += _fixed([part for part in parts if part.kind == "device" and not _can_choose(part)])
    lines += _elsewhere([part for part in choices.parts if part.elsewhere])
    return [visible(line) for line in lines]


def _can_choose(part: Part) -> bool:
    return part.active or not part.fixed


def _head(choices: Choices, mode: str) -> list[str]:
    how = "" if mode == choices.aim else f" (resolved as {mode})"
    text = (
        f"Every board and optional device of {choices.target}{how}. Used as its devices file in "
        f"{choices.aim} mode, this file reproduces that configuration. A line that is commented "
        "out has the opposite of the present value: remove the # to change it. Each of these lines "
        "was tested by itself."
    )
    return [*_comment(text, "# "), ""]


def _section(title: str, parts: Sequence[Part]) -> list[str]:
    if not parts:
        return []
    lines = _title(title)
    for part in parts:
        lines += _entry(part)
    return lines


def _by_folder(title: str, parts: Sequence[Part]) -> list[str]:
    if not parts:
        return []
    lines = _title(title)
    by_folder = sorted(parts, key=lambda part: (part.folder, part.symbol))
    for folder, members in groupby(by_folder, key=lambda part: part.folder):
        lines += [f"# -- {folder or '.'} --", ""]
        for part in members:
            lines += _entry(part)
    return lines


def _title(title: str) -> list[str]:
    return [f"# {title}", f"# {'=' * len(title)}", ""]


def _entry(part: Part) -> list[str]:
    """A symbol's comment and its line: active, or commented out with the opposite value."""
    state = "on" if part.on else "off"
    lines = [f"# {part.symbol}: {part.kind}, {state}, {part.place}"]
    details = []
    if part.needs:
        details.append(
            f"needs {' && '.join(_in_conjunction(one, part.needs) for one in part.needs)}"
        )
    if part.given:
        details.append("; ".join(part.given))
    if part.implying:
        details.append(f"implied by {_some(part.implied_by[: part.implying], 8)}")
    elif part.implied_by:
        details.append(f"implied by {_some(part.implied_by, 3)} (off)")
    if part.brings:
        details.append(f"selects {_some(part.brings, 8)}")
    if part.needed_by:
        details.append(f"needed by {_some(part.needed_by, 8)}")
    if part.changes:
        details.append(f"={letter(not part.on)} also changes {_some(part.changes, 6)}")
    for one in details:
        lines += _comment(one, "#   ")
    if part.active:
        lines.append(assignment_text(part.symbol, part.on))
    elif part.fixed:
        lines += _comment(f"cannot be turned {'off' if part.on else 'on'}: {part.fixed}", "#   ")
    else:
        lines.append(f"# {assignment_text(part.symbol, not part.on)}")
    return [*lines, ""]


def _fixed(parts: Sequence[Part]) -> list[str]:
    """The symbols that cannot be inverted by themselves, by reason."""
    lines = []
    for title, on in (
        ("On, cannot be turned off by a line alone", True),
        ("Off, cannot be turned on by a line alone", False),
    ):
        members = [part for part in parts if part.on is on]
        if not members:
            continue
        lines += _title(title)
        reasons = sorted({part.fixed for part in members})
        for reason in reasons:
            lines += _comment(f"{reason}:", "# ")
            for part in members:
                if part.fixed == reason:
                    lines += _comment(f"{part.symbol} ({part.kind}, {part.place})", "#     ")
        lines.append("")
    return lines


def _elsewhere(parts: Sequence[Part]) -> list[str]:
    if not parts:
        return []
    lines = _title("Boards of other targets")
    for part in sorted(parts, key=lambda part: (part.folder, part.symbol)):
        needs = f", needs {' && '.join(part.needs)}" if part.needs else ""
        lines += _comment(f"{part.symbol} ({part.place}{needs})", "#     ")
    return [*lines, ""]


def _in_conjunction(one: str, all_: Sequence[str]) -> str:
    """An expression among others joined by `&&`, which binds looser than `||` here."""
    return f"({one})" if len(all_) > 1 and "||" in one else one


def _some(names: Iterable[str], most: int) -> str:
    listed = list(names)
    if len(listed) <= most + 1:
        return " ".join(listed)
    return f"{' '.join(listed[:most])} and {len(listed) - most} more"


def _comment(text: str, before: str) -> list[str]:
    following = before.rstrip() + " " * (len(before) - len(before.rstrip()))
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=before,
        subsequent_indent=following,
        break_long_words=False,
        break_on_hyphens=False,
    )
