"""`kgen policy` of standard Kconfig: the policy holds, and notices each change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from growth import MOST, growth, seconds
from running import Run, write_tree

from kgen.commands.audit.breaches import checks, findings_of
from kgen.commands.audit.policy import read_policy
from kgen.commands.audit.standard import matrix
from kgen.project.options import Options

# Strings that are globs, ranges and comparisons in a policy.
ODD = (
    "a*b",
    "[x]",
    "what?",
    " begins",
    "../up",
    "9..1",
    "1....2",
    "1....2",
    "= 4",
    "",
    "@none",
    "a, b",
    r"back\\slash",
)
TREE = {
    "Kconfig": (
        'config SPEED\n\tint "Speed"\n\tdefault 9600\n'
        'config AT\n\thex "At"\n\tdefault 0x1F\n'
        'config MODULES\n\tbool "Modules"\n\tmodules\n'
        'config RADIO\n\ttristate "Radio"\n'
        + "".join(f'config S{number}\n\tstring "S{number}"\n' for number in range(len(ODD)))
    ),
    "configs/one_defconfig": "CONFIG_MODULES=y\nCONFIG_RADIO=m\n"
    + "".join(f'CONFIG_S{number}="{text}"\n' for number, text in enumerate(ODD)),
    "configs/two_defconfig": "# CONFIG_RADIO is not set\nCONFIG_SPEED=300\n",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path, TREE)


def audit(kgen: Run, tree: Path, *more: str) -> tuple[int, str]:
    done = kgen("audit", "--tree", str(tree), "--policy", str(tree / "policy.toml"), *more)
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_each_value_is_kept(tree: Path, kgen: Run) -> None:
    policy = str(tree / "policy.toml")
    made = kgen("policy", "--tree", str(tree), "--from-config", "-o", policy)
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    status, words = audit(kgen, tree)
    assert (status, "0 findings" in words) == (0, True)
    for setting, target in [
        *((f"S{number}=other", "one") for number in range(len(ODD))),
        ("RADIO=y", "one"),
        ("RADIO=n", "one"),
        ("MODULES=y", "two"),
        ("SPEED=301", "two"),
        ("AT=0x20", "two"),
    ]:
        status, words = audit(kgen, tree, "-t", target, "--set", setting)
        assert status == 1, setting
        assert setting.partition("=")[0] in words


def test_of_the_lines_of_a_defconfig(tree: Path, kgen: Run) -> None:
    made = ("policy", "--tree", str(tree), "-o", str(tree / "policy.toml"), "--from-list")
    assert kgen(*made, str(tree / "configs/two_defconfig"), "-t", "two").returncode == 0
    text = (tree / "policy.toml").read_text()
    assert '"SPEED = 300"' in text
    assert '[[forbid]]\nsymbols = "@set-2"\ntargets = ["two"]' in text
    assert audit(kgen, tree)[0] == 0
    assert audit(kgen, tree, "--set", "RADIO=y")[0] == 1
    (tree / "more.config").write_text("CONFIG_SPED=3\n")
    done = kgen(*made, str(tree / "more.config"))
    assert (done.returncode, "KG201" in done.stderr, "SPEED" in done.stderr) == (1, True, True)


def test_twice_the_boards_are_twice_the_work(tmp_path: Path, kgen: Run) -> None:
    """Each board has a symbol and a text of its own, so the policy has an entry for each."""

    def work(size: int) -> Callable[[], object]:
        numbers = range(size)
        on = "".join(f'config ON{one}\n\tbool "On"\n' for one in numbers)
        boards = {
            f"configs/b{one}_defconfig": f'CONFIG_ON{one}=y\nCONFIG_NAME="[{one}]"\n'
            for one in numbers
        }
        files = {"Kconfig": f'config NAME\n\tstring "Name"\n{on}', **boards}
        tree = write_tree(tmp_path / f"{size}", files)
        path = str(tree / "policy.toml")
        assert kgen("policy", "--tree", str(tree), "--from-config", "-o", path).stderr == ""
        policy, table = read_policy(path, path), matrix([("", Options(tree=str(tree)))])
        assert len(policy.entries) == 2 * size + 1

        def check() -> None:
            made = checks(table.audit, policy, date(2020, 1, 1), str, {}, True, {}, table.why)
            assert findings_of(made) == []

        return check

    assert growth(work, 100, seconds) < MOST
