"""Depfiles as the programs read them: real make and real ninja give back every name, or kgen
refuses it before anything is written.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from running import Run, write_tree

from kgen.files.depfile import depfile_rule
from kgen.model.problems import KgenError

PRINTABLE = [chr(code) for code in range(32, 127)] + ["é", "\udcff"]
POSITIONS = (
    "{}ab", "a{}b", "ab{}", "a{}:b", "a{0}{0}b", "a\\{}b", "a{}\\b", "a{} b", "a {}b", "a{0}b{0}c",
)  # fmt: skip
NAMES = sorted(
    {
        form.format(char)
        for char in PRINTABLE
        for form in POSITIONS
        if char not in "/."  # which make and ninja simplify: kgen's own paths are simple
    }
)

Read = list[list[str] | None]


def rule(outputs: Sequence[str], inputs: Sequence[str]) -> str | None:
    """The depfile, None if it is refused."""
    try:
        return depfile_rule(outputs, inputs)
    except KgenError as error:
        return None if error.problems[0].code == "KG603" else "no refusal"


def write(folder: Path, texts: Sequence[str]) -> None:
    for number, text in enumerate(texts):
        (folder / f"d{number}").write_bytes(text.encode("utf-8", "surrogateescape"))


def decoded(output: bytes) -> list[str]:
    return output.decode("utf-8", "surrogateescape").split("\n")


def makes_prerequisites(folder: Path, texts: Sequence[str]) -> list[str]:
    """What GNU make takes for the prerequisites of `o0`, `o1`..., each list in one string."""
    write(folder, texts)
    outputs = " ".join(f"o{number}" for number in range(len(texts)))
    lines = ["all:", *(f"include d{number}" for number in range(len(texts)))]
    # A name with `%` or `=` has no rule of its own; a catch-all stands for the file.
    lines += [f"all: {outputs}", f"{outputs}: ; $(info <$@|$^>)", "%: ;"]
    (folder / "Makefile").write_text("\n".join(lines) + "\n")
    done = subprocess.run(["make", "-rRs"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    read = {}
    for line in decoded(done.stdout):
        if line.startswith("<"):
            output, _, names = line[1:-1].partition("|")
            read[output] = names
    return [read[f"o{number}"] for number in range(len(texts))]


def ninjas_inputs(folder: Path, texts: Sequence[str]) -> Read:
    """What ninja takes for the inputs of `o0`, `o1`..."""
    write(folder, texts)
    (folder / "build.ninja").write_text(
        "rule r\n command = cp d$n $out.d && touch $out\n depfile = $out.d\n deps = gcc\n"
        + "".join(f"build o{n}: r\n n = {n}\n" for n in range(len(texts)))
    )
    subprocess.run([ninja()], cwd=folder, capture_output=True, check=True)
    done = subprocess.run([ninja(), "-t", "deps"], cwd=folder, capture_output=True, check=True)
    read: dict[str, list[str]] = {}
    inputs: list[str] = []
    for line in decoded(done.stdout):
        if line.startswith("    "):
            inputs.append(line[4:])
        elif ":" in line:
            inputs = read[line.partition(":")[0]] = []
    return [read.get(f"o{number}") for number in range(len(texts))]


def makes_targets(folder: Path, texts: Sequence[str]) -> list[str]:
    """What GNU make takes for the target of `in0`, `in1`..., from its own list of all rules."""
    write(folder, texts)
    lines = ["all:", *(f"include d{number}" for number in range(len(texts)))]
    (folder / "Makefile").write_text("\n".join(lines) + "\n")
    done = subprocess.run(["make", "-rRpq"], cwd=folder, capture_output=True, check=False)
    assert done.stderr == b""
    read = {}
    for line in decoded(done.stdout):
        target, _, needed = line.rpartition(": ")
        read[needed] = target
    return [read.get(f"in{number}", "") for number in range(len(texts))]


def ninja_refuses(folder: Path, names: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The names for which ninja does not find the output in its depfile."""
    write(folder, texts)
    for number in range(len(texts)):
        (folder / f"in{number}").touch()
    escaped = [name.replace("$", "$$").replace(":", "$:").replace(" ", "$ ") for name in names]
    text = "rule r\n command = true\n depfile = d$n\n" + "".join(
        f"build {name}: r\n n = {n}\n" for n, name in enumerate(escaped)
    )
    (folder / "build.ninja").write_bytes(text.encode("utf-8", "surrogateescape"))
    for name in names:
        (folder / name).touch()
    done = subprocess.run(
        [ninja(), "-n", "-d", "explain"], cwd=folder, capture_output=True, check=False
    )
    lines = decoded(done.stdout + done.stderr)
    assert not any("error" in line for line in lines), lines
    return [line for line in lines if "to mention" in line]


def ninja() -> str:
    beside = Path(sys.executable).parent / "ninja"
    found = str(beside) if beside.exists() else shutil.which("ninja")
    assert found is not None
    return found


def test_every_character_in_every_position_as_an_input(tmp_path: Path) -> None:
    """Alone, and between other inputs."""
    wanted = []
    texts: list[str] = []
    for name in NAMES:
        for inputs in ([f"/z/{name}"], ["/z/0", f"/z/{name}", "/z/~"]):
            text = rule([f"o{len(texts)}"], inputs)
            if text is not None:
                texts.append(text)
                wanted.append(sorted(inputs, key=lambda name: ("=" in name, "(" in name[1:])))
    assert len(texts) > 0.6 * 2 * len(NAMES)
    assert makes_prerequisites(tmp_path, texts) == [" ".join(inputs) for inputs in wanted]
    assert ninjas_inputs(tmp_path, texts) == wanted


def test_every_character_in_every_position_as_a_target(tmp_path: Path) -> None:
    names = []
    texts: list[str] = []
    for name in NAMES:
        text = rule([name], [f"in{len(texts)}"])
        if text is not None:
            names.append(name)
            texts.append(text)
    assert len(texts) > 0.6 * len(NAMES)
    assert makes_targets(tmp_path, texts) == names
    assert ninja_refuses(tmp_path, names, texts) == []


@pytest.mark.parametrize("seed", range(4))
def test_names_at_random(seed: int, tmp_path: Path) -> None:
    """Several odd names together: one must not change how another is read."""
    drawn = random.Random(seed)
    odd = "ab\\\\ $$#:~[](){}%=@!,+-"
    wanted: list[list[str]] = []
    texts: list[str] = []
    while len(texts) < 300:
        inputs = [
            "/z/" + "".join(drawn.choice(odd) for _ in range(drawn.randint(1, 5)))
            for _ in range(drawn.randint(1, 3))
        ]
        inputs = sorted({*inputs, *drawn.choice(([], ["/z/plain"]))})
        text = rule([f"o{len(texts)}"], inputs)
        if text is not None:
            texts.append(text)
            wanted.append(sorted(inputs, key=lambda name: ("=" in name, "(" in name[1:])))
    assert makes_prerequisites(tmp_path, texts) == [" ".join(inputs) for inputs in wanted]
    assert ninjas_inputs(tmp_path, texts) == wanted


def test_what_neither_can_hold_is_refused() -> None:
    """Each of these was written before, and read as something else."""
    for name in (
        "a;b", "a|b", "a'b", 'a"b', "a&b", "a*b", "a?b", "a^b", "a<b", "a>b", "a`b", "ab\\", "ab:",
        "a\\:b", "a\\#b", "a\\$b", "a\nb", "a\tb", "a\x7fb", "ab ", "a[b]", "a(b)", "~a", "",
    ):  # fmt: skip
        assert rule(["o"], [name, "plain"]) is None, name
        assert rule([name], ["plain"]) is None, name
    for name in ("a%b", "a=b", ".PHONY"):
        assert rule([name], ["plain"]) is None, name
    assert rule(["o"], ["a=b"]) is None, "make assigns"
    assert rule(["o"], ["a(b", "c) (d)e"]) is not None, "ordered"
    assert rule(["a(b", "c)"], ["plain"]) is None, "the order of outputs is the user's"


def test_names_that_people_have_are_written_as_before() -> None:
    assert depfile_rule(["out/a b.mak"], ["/q/x$y", "/q/c#:d"]) == (
        "out/a\\ b.mak: \\\n /q/x$$y \\\n /q/c\\#\\:d\n\n/q/x$$y:\n\n/q/c\\#\\:d:\n"
    )


TREE = {
    "t/Kconfig": "config NIC\n    default y\n",
    "t/targets/a-softmmu.toml": 'architecture = "x86_64"\nendianness = "little"\n',
}
GENERATE = (
    "generate", "--tree", "t", "--targets", "t/targets", "--output", "mak", "-o", "out",
    "--depfile", "d",
)  # fmt: skip


def test_generate_writes_names_that_both_read(kgen: Run, tmp_path: Path) -> None:
    """All names at once that an output and an input may have, from templates."""
    write_tree(tmp_path, TREE)
    names = []
    for name in NAMES:
        template = f"{tmp_path}/{name}.j2"
        if rule([f"out/{name}"], ["p", template]) is None or set(name) & set("()"):
            continue
        (tmp_path / os.fsdecode(template.encode("utf-8", "surrogateescape"))).write_text("x")
        names.append(name)
    words = [word for name in names for word in ("--template", f"{name}.j2")]
    done = kgen(*GENERATE, *words, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    text = (tmp_path / "d").read_bytes().decode("utf-8", "surrogateescape")
    folder = tmp_path / "read"
    folder.mkdir()
    head, _, rest = text.partition(": \\\n")
    (joined,) = makes_prerequisites(folder, [f"o0: \\\n{rest}"])
    (read,) = ninjas_inputs(folder, [f"o0: \\\n{rest}"])
    assert read is not None
    assert {f"{tmp_path}/{name}.j2" for name in names} <= set(read)
    assert joined == " ".join(read)
    assert head.split(" ")[0] == "out/a-softmmu-config-devices.mak"


@pytest.mark.parametrize("name", ["a;b", "a'b", "a|b", "ab\\", "a\nb", "a*b", "a(b)"])
@pytest.mark.parametrize("words", [(), ("--depfile-target", "stamp")])
def test_generate_refuses_before_it_writes(
    name: str, words: tuple[str, ...], kgen: Run, tmp_path: Path
) -> None:
    """As the folder of an input, as an output and as the target."""
    write_tree(tmp_path, TREE)
    (tmp_path / f"{name}.j2").write_text("x")
    done = kgen(*GENERATE, *words, "--template", f"{name}.j2", cwd=tmp_path)
    assert done.returncode == (0 if words and name in ("ab\\", "a(b)") else 1), done.stderr
    if done.returncode:
        assert "KG603" in done.stderr
        assert not (tmp_path / "out").exists()
        assert not (tmp_path / "d").exists()
    done = kgen(*GENERATE, "--depfile-target", name, cwd=tmp_path)
    assert (done.returncode, "KG603" in done.stderr) == (1, True)
