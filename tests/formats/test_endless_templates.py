"""Templates that never end, or make a text without end: an error at the line, within the limits."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import Run

BOUND = "{% for a in range(90000) %}{% for b in range(90000) %}"
END = "{% endfor %}{% endfor %}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"\n{BOUND}{END}", "x.txt.j2:2:1: error: KG501 rendering takes more than 1 second"),
        (f"{BOUND}{'x' * 500}{END}", "KG501 the output has more than 67,108,864 characters"),
        ("\n{{ 'ab' * 100000000 }}\n", "x.txt.j2:2:1: error: KG501 100000000 times is too long"),
        ("{{ 100000000 * [0] }}\n", "KG501 100000000 times is too long"),
        ("{{ 10 ** 100000000 }}\n", "KG501 100000000 is too large a power"),
    ],
)
@pytest.mark.parametrize("file", ["x.txt.j2", "T-x.txt.j2"])
def test_it_ends_with_a_message(
    text: str, message: str, file: str, kgen: Run, tmp_path: Path
) -> None:
    (tmp_path / file).write_text(text)
    words = ["--output", "mak", "--template", file, "--template-seconds", "1"]
    done = kgen("generate", "-t", "e2k", "-o", "out", *words)
    assert done.returncode == 1
    assert message in done.stderr
    assert not (tmp_path / "out").exists()


def test_what_ends_in_time_is_written(kgen: Run, tmp_path: Path) -> None:
    (tmp_path / "x.txt.j2").write_text("{{ 'ab' * 3 }}{{ 2 ** 10 }}{{ 2 * 3 }}{{ 2 ** 0.5 }}\n")
    words = ["--output", "mak", "--template", "x.txt.j2", "--template-seconds", "0"]
    assert kgen("generate", "-t", "e2k", "-o", "out", *words).returncode == 0
    assert (tmp_path / "out" / "x.txt").read_text() == "ababab102461.4142135623730951\n"
