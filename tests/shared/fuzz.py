"""Random input for every reader: each gives a result or a KgenError, in time that grows linearly.

`make fuzz` runs this; KGEN_FUZZ is the number of examples for each reader and test. The texts are
the files of fixtures/corpus, changed at random. What is found is printed as an example that
Hypothesis reproduces; the text belongs into the corpus then.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running import ROOT

from kgen.commands import dispatch
from kgen.commands.audit.policy import read_policy
from kgen.commands.cli import given_by, main
from kgen.commands.diff.read_json import read_comparison
from kgen.commands.lint import code
from kgen.commands.lint.known import baseline
from kgen.commands.lint.rules import RULES
from kgen.commands.minikconf.command import read_words
from kgen.commands.project_file import read_project_file
from kgen.commands.snapshot import snapshot
from kgen.kconfig import kconfiglib_adapter, mak
from kgen.model.places import File, Place
from kgen.model.problems import KgenError
from kgen.targets.descriptors import read_descriptors
from kgen.targets.sources_map import read_sources

CORPUS = ROOT / "fixtures" / "corpus"
EXAMPLES = int(os.environ.get("KGEN_FUZZ", "200"))
SECONDS = 20  # for one text; none of them needs one


def read_kconfig(text: str) -> object:
    return kconfiglib_adapter.load(["/t/Kconfig"], root="/t", merge=lambda: True, read=only(text))


def read_mak(text: str) -> object:
    return mak.read_devices("/t/default.mak", "/t", only(text))


def only(text: str) -> Callable[[str], str]:
    """A function that reads the text as the first file; there is no other one."""
    first: list[str] = []

    def read(path: str) -> str:
        if first and path != first[0]:
            raise FileNotFoundError(2, "No such file or directory", path)
        first.append(path)
        return text

    return read


def on_disk(read: Callable[[str], object]) -> Callable[[str], object]:
    """A reader of a text, from one of the path of a file."""

    def of_text(text: str) -> object:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.toml"
            path.write_text(text, encoding="utf-8", newline="")
            return read(str(path))

    return of_text


def read_descriptor(path: str) -> object:
    return read_descriptors(os.path.dirname(path), ["x"], "x")


def read_baseline(text: str) -> object:
    return baseline.keys_of(text, Place(File("x", outside=True, text=text), 0), set(RULES))


def read_meson(text: str) -> object:
    model = kconfiglib_adapter.load(
        ["Kconfig.host"], read=only("config LINUX\n    bool\n"), root="/t"
    )
    used = code.uses({"meson.build": text})
    return [
        *code.undeclared_in_meson(model, used, set(), ""),
        *code.host_mismatches(model, used),
    ]


AUDIT = dispatch.module_of("audit").OPTIONS
READERS: dict[str, Callable[[str], object]] = {
    "kconfig": read_kconfig,
    "mak": read_mak,
    "descriptor": on_disk(read_descriptor),
    "policy": on_disk(lambda path: read_policy(path, "x")),
    "project": on_disk(
        lambda path: read_project_file(path, "audit", AUDIT, dispatch.NAMES, named=False)
    ),
    "sources": on_disk(lambda path: read_sources(path, "x", {"VIRTIO", "PCI"})),
    "snapshot": lambda text: snapshot.read(text, "x", lambda names: names),
    "baseline": read_baseline,
    "comparison": on_disk(read_comparison),
    "meson": read_meson,
}

# What a corpus may not hold of by itself: the long, the deep, the other, the invisible.
ODD = [
    "\0", "\r", "\r\n", "\\\n", "\t", "\f", "\u2028", "\x1b[2J", "\ufeff", "é", "²", "\U0001f600",
    "(", ")", "[", "]", "{", "}", '"', "'", '"""', "'''", "\\", "#", "=", ",", ".", "\n", " ",
    "(" * 3000, "[" * 3000, "{" * 3000, "!" * 3000, '{"a":' * 3000, "[[a]]\n" * 300, "a." * 3000,
    "9" * 5000, "-1", "0", "1e999", "NaN", "Infinity", "null", "true", "[]", "{}", '""', "1.5",
    '"\\ud800"', "2027-02-30", "1" * 25, "&&", "||", "!", "y", "n", "m", "if", "on", "config",
    "source", "include", "depends", "select", "default", "x" * 5000, "CONFIG_", "../" * 100, "/",
    "when:", "'CONFIG_X'",
]  # fmt: skip
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def seeds(reader: str) -> list[str]:
    found = [path.read_text() for path in sorted((CORPUS / reader).iterdir())]
    assert found
    return found


@st.composite
def changed(draw: st.DrawFn, reader: str) -> str:
    """A file of the corpus with a few changes."""
    tokens = re.findall(r"\w+|\s+|.", draw(st.sampled_from(seeds(reader))))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(tokens)))
        end = at + draw(st.integers(0, 6))
        more = draw(st.one_of(st.sampled_from(ODD), TEXT, st.none()))
        if more is None:
            tokens[at:end] = tokens[at:end] * draw(st.integers(0, 30))
        else:
            tokens[at:end] = [more]
    return "".join(tokens)


class TooSlow(BaseException):
    """A reader that may never end."""


@contextmanager
def in_time() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def read(reader: str, text: str) -> float:
    """Read a text; how long that took."""
    begin = time.process_time()
    with in_time():
        try:
            READERS[reader](text)
        except KgenError as error:
            if not error.problems:
                raise
    return time.process_time() - begin


fuzzed = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None
)


@pytest.mark.parametrize("reader", READERS)
def test_the_corpus_itself(reader: str) -> None:
    for text in seeds(reader):
        read(reader, text)


@pytest.mark.parametrize("reader", READERS)
def test_a_result_or_a_kgen_error(reader: str) -> None:
    @fuzzed
    @given(changed(reader))
    def check(text: str) -> None:
        read(reader, text)

    check()


LENGTH = 40_000


@pytest.mark.parametrize("reader", READERS)
def test_linear_time(reader: str) -> None:
    """A few tokens again and again: eight times the text takes at most some twenty times."""
    tokens = sorted({token for text in seeds(reader) for token in re.findall(r"\w+|\s+|.", text)})
    short = [odd for odd in ODD if len(odd) < 30]
    pieces = st.lists(st.sampled_from(tokens + short), min_size=1, max_size=6).map("".join)

    @settings(fuzzed, max_examples=max(EXAMPLES // 4, 1))
    @given(st.sampled_from(["", *seeds(reader)]), pieces, st.sampled_from(["", *short]))
    def check(before: str, piece: str, after: str) -> None:
        number = LENGTH // len(piece)
        times = [read(reader, before + piece * many + after) for many in (number, 8 * number)]
        assert times[1] < 20 * times[0] + 1

    check()


WORD = st.one_of(
    st.sampled_from(
        sorted(
            {
                part
                for name in dispatch.NAMES
                for option in dispatch.module_of(name).OPTIONS
                for part in (*option.flags, *option.choices, *(f"{f}=" for f in option.flags))
            }
        )
    ),
    st.sampled_from([odd for odd in ODD if "\0" not in odd]),
    st.text(st.characters(exclude_characters="\0"), max_size=8),  # also what is no UTF-8
    st.sampled_from(["--", "-", "--defconfig", "--randconfig", "CONFIG_A=y", "CONFIG_A=", "--x=y"]),
)


@fuzzed
@given(st.sampled_from([*dispatch.NAMES]), st.lists(WORD, max_size=7))
def test_command_lines(name: str, words: list[str]) -> None:
    """They are read, and not run: click and the quick reader agree, or it is a mistake."""
    module = dispatch.module_of(name)
    quick = dispatch.read_command([name, *words])
    command = main.get_command(click.Context(main), name)
    assert command is not None
    try:
        with in_time():
            context = command.make_context(name, list(words))
    except (click.ClickException, click.exceptions.Exit):
        assert quick is None
        return
    found = given_by(context)
    assert quick is None or quick[1] == found
    with contextlib.suppress(KgenError, dispatch.MissingOption):  # also of a project file
        dispatch.arguments_of(module, dispatch.completed(name, found))


@fuzzed
@given(st.lists(WORD, max_size=7))
def test_command_lines_of_the_drop_in(words: list[str]) -> None:
    try:
        with in_time():
            read_words(words)
    except KgenError as error:
        if not error.problems:
            raise
