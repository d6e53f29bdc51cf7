"""Choices where n counts, as in Linux since 6.11: lanes against a list of members in each lane."""

from __future__ import annotations

from pathlib import Path
from random import Random

from running import Run, write_tree

from kgen.project.options import Options
from kgen.project.standard import load_standard

PROGRAM = "struct symbol *sym_calc_choice(struct menu *choice) { &choice->choice_members; }\n"
_TREES, _BOARDS = 60, 12


def test_each_choice_selects_what_linux_selects(tmp_path: Path) -> None:
    by_rule = dict.fromkeys(("set", "default", "free", "earliest n"), 0)
    for seed in range(_TREES):
        random = Random(seed)
        lines = {f"configs/b{number}_defconfig": board(random) for number in range(_BOARDS)}
        kconfig = tree(random)
        folder = write_tree(
            tmp_path / str(seed),
            {"Kconfig": kconfig, "scripts/kconfig/symbol.c": PROGRAM}
            | {name: "".join(f"{line}\n" for line in found) for name, found in lines.items()},
        )
        (part,) = load_standard(Options(tree=str(folder))).parts
        numbers, resolution = part.model.numbers(), part.resolution
        for lane, target in enumerate(part.targets):
            own = lines[f"configs/{target.name}_defconfig"]
            for choice in part.model.choices:
                names = [part.model.symbols[one].name for one in choice.members]
                visible = [one for one in names if resolution.visible[numbers[one]][0] >> lane & 1]
                default = next(
                    (
                        part.model.symbols[part.model.expressions[one.value][1]].name
                        for one in choice.defaults
                        if resolution.expressions[one.condition][0] >> lane & 1
                        and part.model.symbols[part.model.expressions[one.value][1]].name in visible
                    ),
                    visible[0] if visible else None,
                )
                rule, expected = selected(own, names, visible, default)
                on = [one for one in names if resolution.value(numbers[one], lane) == "y"]
                assert on == expected, (seed, target.name, own, kconfig)
                by_rule[rule] = by_rule.get(rule, 0) + 1
    assert min(by_rule.values()) > 20, by_rule


def selected(
    lines: list[str], names: list[str], visible: list[str], default: str | None
) -> tuple[str, list[str]]:
    """The rule by which a member is selected, and the member: sym_calc_choice in Linux's
    scripts/kconfig/symbol.c, written again."""
    queue = list(names)  # choice_members: the latest line first
    values: dict[str, str] = {}
    for line in lines:
        name, value = assignment(line)
        if name in names:
            values[name] = value
            queue.remove(name)
            queue.insert(0, name)
    for name in queue:
        if name in visible and values.get(name) == "y":
            return "set", [name]
    if default is not None and values.get(default) != "n":
        return "default", [default]
    for name in names:
        if name in visible and name not in values:
            return "free", [name]
    for name in reversed(queue):
        if name in visible:
            return "earliest n", [name]
    return "hidden", []


def assignment(line: str) -> tuple[str, str]:
    """The name and the value of a line."""
    if line.startswith("#"):
        return line.split()[1].removeprefix("CONFIG_"), "n"
    name, _, value = line.removeprefix("CONFIG_").partition("=")
    return name, value


def tree(random: Random) -> str:
    """A Kconfig file with two choices whose members and defaults have conditions."""
    text = "".join(f'config S{number}\n\tbool "s"\n' for number in range(3))
    for choice in range(2):
        text += 'choice\n\tprompt "c"' + random.choice(["\n", " if S2\n"])
        if random.random() < 0.3:
            text += "\tdepends on S0\n"
        for _ in range(random.randrange(3)):
            text += f"\tdefault C{choice}{random.randrange(4)}"
            text += random.choice(["\n", f" if S{random.randrange(3)}\n"])
        for member in range(4):
            text += f'config C{choice}{member}\n\tbool "m"\n'
            if random.random() < 0.4:
                text += f"\tdepends on S{random.randrange(3)}\n"
        text += "endchoice\n"
    return text


def board(random: Random) -> list[str]:
    """The lines of a defconfig, most of them n."""
    found = [f"CONFIG_S{number}=y" for number in range(3) if random.random() < 0.7]
    names = [f"C{choice}{member}" for choice in range(2) for member in range(4)]
    for _ in range(random.randrange(14)):
        name = random.choice(names)
        value = random.random() < 0.25
        found.append(f"CONFIG_{name}=y" if value else f"# CONFIG_{name} is not set")
    random.shuffle(found)
    return found


KCONFIG = """choice
	prompt "speed"
	default FAST
config SLOW
	bool "slow"
config FAST
	bool "fast"
config OTHER
	bool "other"
endchoice
"""


def test_commands_know_it(tmp_path: Path, kgen: Run) -> None:
    files = {
        "Kconfig": KCONFIG,
        "scripts/kconfig/symbol.c": PROGRAM,
        "configs/a_defconfig": "# CONFIG_FAST is not set\n",
        "configs/b_defconfig": "# CONFIG_OTHER is not set\n",
        "configs/c_defconfig": "CONFIG_OTHER=y\n# CONFIG_OTHER is not set\nCONFIG_OTHER=y\n",
        "configs/d_defconfig": "".join(
            f"# CONFIG_{one} is not set\n" for one in ("OTHER", "FAST", "SLOW")
        ),
        "configs/e_defconfig": "CONFIG_OTHER=y\n# CONFIG_OTHER is not set\n",
    }
    write_tree(tmp_path, files)
    done = kgen("audit", "--format", "csv")
    rows = [line.split(",") for line in done.stdout.splitlines()[1:]]
    assert {row[0]: "".join(row[5:]) for row in rows} == {
        "FAST": "nynny", "OTHER": "nnyyn", "SLOW": "ynnnn",
    }  # fmt: skip
    assert kgen("verify").stdout == "5 targets: 0 different\n", "with Kconfiglib's rules"
    needless = [line for line in kgen("lint").stdout.splitlines() if "not-minimal" in line]
    assert [line.split(":")[0] for line in needless] == [
        "configs/b_defconfig", "configs/e_defconfig",
    ]  # fmt: skip
    why = kgen("why", "SLOW").stdout
    assert "its default FAST is set to n" in why
    assert "it is its first visible member without a line" in why
    assert "the n of it is the earliest" in kgen("why", "OTHER", "-t", "d").stdout
    assert kgen("snapshot", "-o", "new.json").returncode == 0
    (tmp_path / "scripts/kconfig/symbol.c").write_text("")
    assert kgen("diff", ".", "new.json").stdout.count("its choice has changed") == 5
    (tmp_path / "scripts/kconfig/symbol.c").write_text(PROGRAM)
    assert kgen("diff", ".", "new.json").returncode == 0
    assert kgen("savedefconfig", "--write").returncode == 0
    assert (tmp_path / "configs/a_defconfig").read_text() == "CONFIG_SLOW=y\n"
    assert kgen("audit", "--format", "csv").stdout == done.stdout


OLDER = """config EXPERT
	bool "expert"
choice
	prompt "split" if EXPERT
	default THREE
config TWO
	bool "2"
config THREE
	bool "3"
endchoice
config PORT
	hex "port"
config COUNT
	int "count"
	default "" if EXPERT
config LEAST
	int "least"
	range 3 5
"""
NEWER = 'newval.val = "0x0";\n'


def test_hidden_choices_and_numbers_without_a_value(tmp_path: Path, kgen: Run) -> None:
    write_tree(tmp_path, {"Kconfig": OLDER, "configs/a_defconfig": "# CONFIG_TWO is not set\n"})
    assert config(kgen, tmp_path) == ["# CONFIG_EXPERT is not set", "CONFIG_PORT=", "CONFIG_COUNT=",
                            "CONFIG_LEAST=3"]  # fmt: skip
    write_tree(tmp_path, {"scripts/kconfig/symbol.c": PROGRAM + NEWER})
    assert config(kgen, tmp_path) == [
        "# CONFIG_EXPERT is not set", "# CONFIG_TWO is not set", "CONFIG_THREE=y",
        "CONFIG_PORT=0x0", "CONFIG_COUNT=0", "CONFIG_LEAST=3",
    ]  # fmt: skip
    assert kgen("savedefconfig", "-t", "a").stdout == "CONFIG_LEAST=3\n"
    assert kgen("verify").stdout == "1 target: 0 different\n"


def config(kgen: Run, folder: Path) -> list[str]:
    """The lines of the .config of the target."""
    done = kgen("generate", "-o", "out", "--output", "config")
    assert done.returncode == 0, done.stderr
    lines = (folder / "out/a/.config").read_text().splitlines()
    return [line for line in lines if "CONFIG_" in line]
