"""Input that is nested deeply, or that names one thing many times: no recursion, no doubling."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from growth import MOST, growth
from running import Run, write_tree

from kgen.commands.audit.policy import Policy, read_policy
from kgen.commands.migrate.list_files import read_list
from kgen.commands.sample.refute import _State
from kgen.files.tree import open_tree
from kgen.kconfig.mak_lines import lines_of
from kgen.model.configurations import Copied, Target
from kgen.model.expr import parse
from kgen.model.problems import KgenError
from kgen.targets.descriptors import read_descriptors

TREE = {
    "Kconfig": "config A\n    bool\nconfig B\n    bool\n    depends on A\n",
    "VERSION": "9.0.0\n",
    "configs/targets/avr-softmmu.mak": "TARGET_ARCH=avr\n",
    "configs/devices/avr-softmmu/default.mak": "CONFIG_A=y\nCONFIG_B=y\n",
}
COMMANDS = (
    ("generate", "-o", "out"),
    ("why", "A", "--format", "json", "-t", "avr"),
    ("why", "A", "--full", "-t", "avr"),
    ("why", "B"),
    ("audit",),
    ("audit", "--format", "html"),
    ("enable", "B", "-t", "avr"),
    ("disable", "A", "-t", "avr"),
    ("lint",),
    ("sweep", "-n", "20"),
    ("sample", "-n", "1", "-o", "samples"),
    ("sample", "--pairwise", "-o", "pairs"),
    ("snapshot", "-o", "snapshot.json"),
    ("diff", "t", "t"),
    ("migrate", "t", "t", "--devices", "t/configs/devices/avr-softmmu/default.mak"),
    ("savedefconfig", "-t", "avr"),
    ("mak", "-t", "avr"),
    ("targets",),
)


def chain(folder: str, number: int, last: str) -> dict[str, str]:
    """Files of which each includes the next."""
    files = {f"{folder}/{n}.mak": f"include {n + 1}.mak\n" for n in range(1, number)}
    return {**files, f"{folder}/{number}.mak": last}


def of_includes(number: int) -> dict[str, str]:
    folder = "configs/devices/avr-softmmu"
    return {
        **TREE,
        f"{folder}/default.mak": "include 1.mak\n",
        **chain(folder, number, "CONFIG_A=y\nCONFIG_B=y\n"),
    }


def of_sources(number: int) -> dict[str, str]:
    return {**TREE, "Kconfig": "source k/1.mak\n", **chain("k", number, TREE["Kconfig"])}


def of_selects(number: int) -> dict[str, str]:
    chained = "".join(f"config C{n}\n    select C{n + 1}\n" for n in range(number))
    text = f"config A\n    select C0\nconfig B\n    depends on C{number}\n"
    return {**TREE, "Kconfig": f"{text}{chained}config C{number}\n    bool\n"}


def of_conditions(number: int) -> dict[str, str]:
    condition = "!(" * number + "A && C" + ")" * number
    more = "".join(f" || (A && {n % 2 * '!'}C" for n in range(number)) + ")" * number
    text = f"config A\n    bool\nconfig C\n    bool\nconfig B\n    depends on {condition}{more}\n"
    return {**TREE, "Kconfig": text}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_reads_what_is_nested_deeply(
    kgen: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    for files in (of_includes(900), of_sources(900), of_selects(700), of_conditions(1200)):
        write_tree(tmp_path / "t", files)
        tree = () if words[0] in ("diff", "migrate") else ("--tree", "t")
        done = kgen(*words, *tree)
        assert "Traceback" not in done.stderr
        assert "renders" not in done.stderr
        assert done.returncode in (0, 1), done.stderr
        assert "KG1" not in done.stderr


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_what_is_nested_too_deeply_is_an_error_everywhere(
    kgen: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    for files in (of_includes(1500), of_sources(1500)):
        write_tree(tmp_path / "t", files)
        tree = () if words[0] in ("diff", "migrate") else ("--tree", "t")
        done = kgen(*words, *tree)
        assert done.returncode == 1
        told = json.loads(done.stdout)["errors"][0]["code"] if "json" in words else done.stderr
        assert "KG107" in told
        assert len(done.stderr) < 1000


def policy(folder: Path, groups: str) -> Policy:
    path = folder / "policy.toml"
    path.write_text(f"[groups]\n{groups}\n[[forbid]]\nsymbols = ['@g0']\nreason = 'x'\n")
    return read_policy(str(path), "policy.toml")


def chained_groups(number: int) -> str:
    return "".join(f"g{n} = ['S{n}', '@g{n + 1}']\n" for n in range(number)) + f"g{number} = 'Z'\n"


def test_chained_groups_are_expanded_in_linear_work(tmp_path: Path) -> None:
    patterns = policy(tmp_path, chained_groups(3000)).entries[0].patterns
    assert [pattern.glob for pattern in patterns] == [*(f"S{n}" for n in range(3000)), "Z"]
    assert growth(lambda size: lambda: policy(tmp_path, chained_groups(size)), 300) < MOST


def test_groups_that_double_are_expanded_once_each(tmp_path: Path) -> None:
    def doubling(number: int) -> str:
        names = range(number)
        return "".join(f"g{n} = ['S{n}', '@g{n + 1}', '@g{n + 1}']\n" for n in names) + (
            f"g{number} = ['Z']\n"
        )

    assert len(policy(tmp_path, doubling(40)).entries[0].patterns) == 41
    assert growth(lambda size: lambda: policy(tmp_path, doubling(size)), 300) < MOST


def test_groups_that_hold_themselves_are_reported_however_deep(tmp_path: Path) -> None:
    with pytest.raises(KgenError) as caught:
        policy(tmp_path, f"{chained_groups(600)}".replace("g600 = 'Z'", "g600 = '@g599'"))
    assert [problem.message for problem in caught.value.problems] == [
        "cycle of groups: g599 -> g600 -> g599"
    ]


def descriptors(folder: Path, number: int) -> Any:
    folder.mkdir(exist_ok=True)
    for n in range(number):
        more = f'extends = "t{n + 1}"\n' if n < number - 1 else 'endianness = "big"\n'
        (folder / f"t{n}.toml").write_text(f'{more}architecture = "a{n}"\n')
    return lambda: read_descriptors(str(folder), ["t0"], "targets")


def test_chained_descriptors_are_read_in_linear_work(tmp_path: Path) -> None:
    (target,) = descriptors(tmp_path / "all", 1500)()
    assert target.architecture == "a0"
    assert target.big_endian
    assert growth(lambda size: descriptors(tmp_path / f"{size}", size), 200) < MOST


def test_a_loop_of_descriptors_is_found_once(tmp_path: Path) -> None:
    for name, other in (("b", "c"), ("c", "a"), ("a", "b"), ("d", "b")):
        (tmp_path / f"{name}.toml").write_text(f'extends = "{other}"\n')
    with pytest.raises(KgenError) as caught:
        read_descriptors(str(tmp_path), ["b", "c", "d", "a"], "targets")
    assert [item.message for item in caught.value.problems] == ["extends loop: a -> b -> c -> a"]


def test_a_devices_files_lines_are_read_in_linear_work(tmp_path: Path) -> None:
    files = {f"/d/{n}.mak": f"CONFIG_A{n}=y\ninclude {n + 1}.mak\n\n" for n in range(8000)}

    def lines(size: int) -> Any:
        texts = {**files, f"/d/{size}.mak": "CONFIG_Z=y\n"}
        return lambda: lines_of("/d/0.mak", texts.__getitem__)

    found = lines(4000)()
    assert found[:2] == ["CONFIG_A0=y", "CONFIG_A1=y"]
    assert found[-4:] == ["CONFIG_A3999=y", "CONFIG_Z=y", "", ""]
    assert growth(lines, 1000) < MOST
    write_tree(tmp_path, chain("d", 900, "CONFIG_Z=y\n"))
    old = open_tree(str(tmp_path), True)
    new = open_tree(str(write_tree(tmp_path / "new", {"a": ""})))
    first = str(tmp_path / "d" / "1.mak")
    target = Target("arm-softmmu", devices="d/1.mak", devices_file=first)
    found = read_list(old, new, target, str(tmp_path / "new" / "d"), False, frozenset())
    assert len(found.files) == 900
    assert [item.symbol for item in found.assignments()] == ["Z"]
    outside = Target(
        "arm-softmmu",
        devices="1.mak",
        devices_file=str(tmp_path.parent / "1.mak"),
        copied=Copied(str(tmp_path.parent), str(tmp_path / "d"), False),
    )
    write_tree(tmp_path.parent, {"1.mak": "include 2.mak\n"})
    found = read_list(old, new, outside, str(tmp_path / "new" / "d"), False, frozenset())
    texts = [line.text for line in found.files[0].lines]
    assert texts[0] == "# Start of 2.mak."
    assert texts[899:901] == ["CONFIG_Z=y", "# End of 900.mak."]
    assert len(texts) == 1799


def test_what_a_condition_requires_is_noted_without_recursion() -> None:
    def required(size: int) -> Any:
        tokens = ("(", "!") * size + ("A", "||", "B") + (")",) * size
        expr = parse(tokens)
        return lambda: _State(1).require(expr, 1, True)

    required(5000)()
    assert growth(required, 500) < MOST
    state = _State(2)
    state.be("A", 1, False)
    state.require(parse(("A", "||", "!", "(", "B", "&&", "C", ")")), 1, True)
    state.be("B", 1, True)
    state.require(parse(("A", "||", "!", "(", "B", "&&", "C", ")")), 1, True)
    assert state.false["C"] == 1
