"""No text of a tree is taken for a command by the runner of a CI job that prints it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import small_qemu
from hypothesis import given
from hypothesis import strategies as st
from running import Run
from strategies import examples

from kgen.formats.escapes import inert_comments, inert_json, inert_xml, visible
from kgen.formats.problems import describe
from kgen.model.places import File, Place
from kgen.model.problems import Note, Problem

ATTACKS = (
    "::set-output name=a::b",
    "::error file=x::y",
    "##[error]x",
    "##vso[task.setvariable variable=a]b",
    "###[command]x",
)


def obeyed(output: str) -> list[str]:
    """The lines that a runner of GitHub or of Azure takes for commands: the first kind where they
    begin so, the others wherever they are."""
    return [
        line
        for line in output.splitlines()
        if line.lstrip().startswith("::") or "##[" in line or "##vso[" in line
    ]


def hostile(folder: Path, **more: str) -> Path:
    """A tree whose folders, comments and texts hold commands, and that can be configured."""
    sources = "".join(f"source {attack}/Kconfig\n" for attack in ATTACKS)
    kconfigs = {
        f"hw/{attack}/Kconfig": (
            f"# {attack}\n#{attack}\nconfig ODD{number}\n    bool # {attack}\n"
            f"    default y\n    depends on BUS\nconfig NEVER{number}\n    bool\n"
            f"    depends on BUS && !BUS\n"
        )
        for number, attack in enumerate(ATTACKS)
    }
    comments = "".join(f"#{attack}\n  ##{attack}\n" for attack in ATTACKS)
    devices = "configs/devices/sparc-softmmu/default.mak"
    files = {
        "hw/Kconfig": small_qemu.FILES["hw/Kconfig"] + sources,
        devices: comments + small_qemu.FILES[devices] + "CONFIG_ODD1=n\nCONFIG_ODD2=y\n",
        **kconfigs,
        **more,
    }
    return small_qemu.write(folder, **files)


COMMANDS = [
    ("why", "ODD2", "-t", "sparc"),
    ("why", "ODD2", "-t", "sparc", "--format", "json"),
    ("why", "ODD2", "-t", "sparc", "--format", "dot"),
    ("why", "ODD2", "-t", "sparc", "--format", "mermaid"),
    ("why", "NEVER0"),
    ("why", "--unused"),
    ("audit",),
    *(
        ("audit", *policy, "--format", form)
        for policy in ((), ("--policy", "policy.toml"))
        for form in ("text", "json", "csv", "markdown", "html", "sarif", "junit")
    ),
    ("audit", "--vary", "host"),
    *(("lint", "--format", form) for form in ("text", "json", "sarif")),
    ("enable", "NEVER0", "-t", "sparc"),
    ("enable", "NEVER2", "-t", "sparc", "--format", "json"),
    ("targets",),
    ("sweep", "-n", "50"),
    ("mak", "-t", "sparc"),
    ("savedefconfig", "-t", "sparc"),
    ("diff", "old", "t"),
    ("diff", "old", "t", "--format", "markdown"),
    ("diff", "old", "t", "--format", "json"),
    ("migrate", "old", "t", "--devices", "old.mak", "-t", "sparc"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_output_holds_a_command(kgen: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    hostile(tmp_path / "t")
    small_qemu.write(tmp_path / "old")
    (tmp_path / "old.mak").write_text("".join(f"#{attack}\n" for attack in ATTACKS))
    entries = "".join(
        f"[[forbid]]\nsymbols = 'ODD{number}'\nreason = {json.dumps(attack)}\n"
        for number, attack in enumerate(ATTACKS)
    )
    (tmp_path / "policy.toml").write_text(entries)
    tree = () if words[0] in ("diff", "migrate") else ("--tree", "t")
    done = kgen(*words, *tree)
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout + done.stderr
    assert obeyed(done.stdout + "\n" + done.stderr) == []
    if "json" in words or "sarif" in words:
        assert json.loads(done.stdout)


@pytest.mark.parametrize("command", ["lint", "audit"])
def test_annotations_are_the_only_commands(kgen: Run, tmp_path: Path, command: str) -> None:
    hostile(tmp_path / "t")
    policy = '[[forbid]]\nsymbols = "ODD*"\nreason = "::error::x\\n::error::y ##[error]z"\n'
    (tmp_path / "policy.toml").write_text(policy)
    more = ("--policy", "policy.toml") if command == "audit" else ()
    done = kgen(command, "--tree", "t", "--format", "github", *more)
    assert done.stdout
    for line in done.stdout.splitlines():
        assert line.startswith(("::error file=", "::warning file=", "::notice file="))
        assert "##[" not in line
    assert obeyed(done.stderr) == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_error_that_quotes_a_line_holds_no_command(
    kgen: Run, tmp_path: Path, attack: str
) -> None:
    for text in (f"  {attack}\n", f"source {attack}\n", f"config A\n {attack}\n", f"menu {attack}"):
        (tmp_path / "Kconfig").write_text(text)
        (tmp_path / "targets").mkdir(exist_ok=True)
        (tmp_path / "targets" / f"{attack}.toml").write_text(f"{attack}\n")
        for words in (("why", "A", "--tree", "."), ("targets", "--tree", ".", "-t", "none*")):
            done = kgen(*words, "--targets", "targets")
            assert done.returncode
            assert obeyed(done.stdout + "\n" + done.stderr) == []


def test_a_quoted_line_is_marked_and_its_column_fits() -> None:
    source = "\t::set-output name=a::b $"
    place = Place(File("Kconfig", text=source), 1, source.index("$") + 1)
    problem = Problem("x", place, source, notes=(Note(None, "::a::"),), hint="::b::", code="KG101")
    _, quoted, marker, note, hint = describe(problem).split("\n")
    assert quoted == "    |  ::set-output name=a::b $"
    assert marker.index("^") == quoted.index("$")
    assert obeyed("\n".join((note, hint))) == []


@examples(200)
@given(st.text(st.sampled_from(':#[]\\v so\t\xa0\u200ba"')))
def test_whatever_a_line_is_no_runner_obeys_it(written: str) -> None:
    assert obeyed(visible(written)) == []
    assert visible(visible(written)) == visible(written)
    data = json.dumps(written)
    assert "##[" not in inert_json(data)
    assert json.loads(inert_json(data)) == written
    assert "##[" not in inert_xml(written)
    assert "##[" not in inert_comments(written)
