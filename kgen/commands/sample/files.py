"""Samples as devices files, and as CI jobs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from kgen.commands.sample.pairwise import Pairs, Sample
from kgen.formats.terminal import count
from kgen.model.clauses import assignment_texts, of_code
from kgen.model.record import Record

CI_FILES = {"gitlab": "gitlab-ci.yml", "github": "matrix.json"}


_GITLAB = """\
# A child pipeline: a job for each sample. A parent job triggers it with `trigger: include:`.
# Define .kgen-sample again in the parent's template to build in another way.
.kgen-sample:
  script:
    - cp "$KGEN_FILE" "configs/devices/$KGEN_TARGET/$KGEN_NAME.mak"
    - mkdir -p build
    - cd build
    - ../configure "--target-list=$KGEN_TARGET" "$KGEN_CONFIGURE"
    - make -j"$(nproc)"
"""


class Set(Record):
    """The samples of one target. pairs: the coverage of pairs, with --pairwise."""

    target: str
    samples: tuple[Sample, ...]
    pairs: Pairs | None = None


def texts(sets: Sequence[Set], folder: str, ci: str | None) -> dict[str, str]:
    """The text of every file to write, by its path below the output folder.

    folder: the output folder as the jobs see it. ci: a key of CI_FILES.
    """
    made: dict[str, str] = {}
    for one in sets:
        for number, sample in enumerate(one.samples, 1):
            head = f"# {one.target}, sample {number} of {len(one.samples)}, by kgen sample\n"
            lines = [f"{line}\n" for line in assignment_texts(sample.assigned)]
            made[file_name(one, number)] = head + "".join(lines)
    if ci is not None:
        jobs = _jobs(sets, folder)
        made[CI_FILES[ci]] = _gitlab(jobs) if ci == "gitlab" else _github(jobs)
    return made


def file_name(one: Set, number: int) -> str:
    """The path of a sample's devices file below the output folder; numbers start at 1."""
    return f"{one.target}/{_name(one, number)}.mak"


def _name(one: Set, number: int) -> str:
    return f"kgen-{number:0{len(str(len(one.samples)))}d}"


def _jobs(sets: Sequence[Set], folder: str) -> list[dict[str, str]]:
    return [
        {
            "target": one.target,
            "name": _name(one, number),
            "file": f"{folder}/{file_name(one, number)}",
            # ARCH in configure's options is the target's name without its suffix.
            "configure": f"--with-devices-{one.target.removesuffix('-softmmu')}="
            f"{_name(one, number)}",
        }
        for one in sets
        for number in range(1, len(one.samples) + 1)
    ]


def _github(jobs: Sequence[dict[str, str]]) -> str:
    return json.dumps({"include": jobs}, indent=2, ensure_ascii=False) + "\n"


def _gitlab(jobs: Sequence[dict[str, str]]) -> str:
    # Every JSON string is also a YAML string.
    lines = [_GITLAB]
    for job in jobs:
        lines.append(f"{json.dumps(job['target'] + ' ' + job['name'])}:\n")
        lines.append("  extends: .kgen-sample\n  variables:\n")
        lines += [f"    KGEN_{key.upper()}: {json.dumps(job[key])}\n" for key in job]
    return "".join(lines)


def _noun(pairs: Pairs) -> str:
    return "name" if any(map(of_code, pairs.settings)) else "setting"


def line(one: Set) -> str:
    """The summary line of a target's samples."""
    head = f"{one.target}: {count(len(one.samples), 'configuration')}"
    if one.pairs is None:
        return head
    pairs = one.pairs
    return (
        f"{head}, {count(pairs.covered, 'pair')} of {count(len(pairs.settings), _noun(pairs))}; "
        f"{pairs.impossible:,} proved impossible, {len(pairs.missing):,} not found"
    )
