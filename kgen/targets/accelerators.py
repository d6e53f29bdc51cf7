"""Messages about requested accelerators that a target cannot have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kgen.model.configurations import Build
from kgen.model.problems import Note, Problem
from kgen.targets import hosts
from kgen.targets.externals import no_accelerator_here

# The most targets that are named; of more, the others are counted.
_NAMED = 6


def divided(build: Build) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The accelerators of `--accel` that a target has on this host, and those that are left out.

    As in meson.build, the tree need not declare them: QEMU 5.2 has no symbol for HAX.
    """
    chosen = hosts.accelerators(build.accel)
    has = tuple(one for one in chosen if hosts.can_have(build, one, build.host_arch))
    return has, tuple(one for one in chosen if one not in has)


def warnings(builds: Iterable[Build]) -> tuple[str, ...]:
    """A line for each accelerator that was asked for and is left out for targets."""
    found: dict[tuple[str, str], list[Build]] = {}
    for build in builds:
        for name in divided(build)[1]:
            found.setdefault((name, build.host_arch), []).append(build)
    return tuple(_left_out(name, own) for (name, _), own in found.items())


def _left_out(name: str, builds: Sequence[Build]) -> str:
    reason = no_accelerator_here(name.upper(), builds, "it" if len(builds) == 1 else "them")
    return f"--accel {name}: left out for {_listed(builds)}: {reason}"


def none_left(builds: Sequence[Build]) -> Problem:
    """The error about targets for which no accelerator is left.

    QEMU's meson.build refuses them: "No accelerator available for target".
    """
    first = builds[0]
    chosen = hosts.accelerators(first.accel)
    hints = []
    if all(hosts.can_have(one, "tcg", one.host_arch) for one in builds):
        hints.append(f"--{first.side}accel {','.join((*chosen, 'tcg'))}")
    able = {hosts.host_for(first, [name]) for name in chosen} - {None, first.host_arch}
    if able and len(builds) == 1:
        hints.insert(0, f"--{first.side}host-arch {' or '.join(sorted(filter(None, able)))}")
    return Problem(
        f"no accelerator is available for {_listed(builds)}",
        notes=tuple(Note(None, line) for line in warnings(builds)),
        hint=", or ".join(hints),
        code="KG306",
    )


def targets_left_out(builds: Sequence[Build]) -> str:
    """The warning about targets that are not configured, as meson.build skips those that nobody
    named."""
    are = "is" if len(builds) == 1 else "are"
    return f"{_listed(builds)} {are} not configured: no accelerator is available"


def _listed(builds: Sequence[Build]) -> str:
    """The names of targets, of many only the first."""
    names = [build.target.name for build in builds]
    if len(names) > _NAMED:
        return f"{', '.join(names[: _NAMED - 1])} and {len(names) - _NAMED + 1} more targets"
    return ", ".join(names)
