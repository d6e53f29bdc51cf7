"""A replacement for QEMU's `scripts/minikconf.py`, with the same command line.

    kgen-minikconf [--defconfig|--allnoconfig|--allyesconfig|--randconfig] OUTPUT DEPFILE
                   INPUT... [CONFIG_X=y...]

Arguments, standard output, depfile and exit statuses (0, or 1 for any failure) are the same.
kgen's own options may precede OUTPUT; `--help` lists them.
"""

from __future__ import annotations

import os
import sys

from kgen.commands.minikconf import cache
from kgen.files.atomic import commit
from kgen.files.process import leave
from kgen.files.read import NotText, read_stream, read_text
from kgen.kconfig import duplicates, mak
from kgen.model.clauses import Assignment, Model, assignment_text, model_of
from kgen.model.configurations import Lane
from kgen.model.problems import KgenError, Problem, brief, fail
from kgen.model.record import Record
from kgen.resolve.resolver import resolve
from kgen.targets import undeclared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

    from kgen.model.configurations import Mode

_HELP = """\
usage: kgen-minikconf [MODE] [OPTION...] OUTPUT DEPFILE INPUT... [CONFIG_X=y|n...]

Does what QEMU's scripts/minikconf.py does: reads the INPUT files (a devices file, then Kconfig),
prints the symbols that are y, and writes the files that it read to DEPFILE, as inputs of OUTPUT.

MODE      --defconfig (default), --allnoconfig, --allyesconfig or --randconfig
OPTION    --seed N             seed for --randconfig; also KGEN_SEED; printed on stderr
          --duplicates WHAT    for a symbol defined twice: merge, error, or auto (default),
                               which follows the tree's own program or version
          --no-cache           do not use cached trees; also KGEN_CACHE=off

example: kgen-minikconf --defconfig x86_64-softmmu-config-devices.mak deps.d \\
           configs/devices/x86_64-softmmu/default.mak Kconfig CONFIG_TCG=y CONFIG_LINUX=y
"""


_MODES: dict[str, Mode] = {
    "--defconfig": "defconfig",
    "--allnoconfig": "allnoconfig",
    "--allyesconfig": "allyesconfig",
    "--randconfig": "randconfig",
}


class Request(Record):
    """A parsed command line. seed: None unless given."""

    mode: Mode
    output: str
    depfile: str
    inputs: tuple[str, ...]
    externals: tuple[Assignment, ...]
    seed: int | None
    duplicates: str
    cached: bool


def run() -> NoReturn:
    """The entry point of the installed `kgen-minikconf`."""
    leave(lambda: main(sys.argv[1:]))


def main(words: list[str]) -> int:
    """Run the program with these arguments: print, write, and return the exit status."""
    if words[:1] in (["-h"], ["--help"]):
        print(_HELP, end="")
        return 0
    try:
        request = read_words(words)
        printed, files, seed = configure(request)
        if seed is not None:
            print(f"seed {seed}", file=sys.stderr)
        # As the reference writes it: one line per file, nothing escaped.
        lines = [f"{request.output}: {path}\n" for path in files]
        commit({request.depfile: "".join(lines)})
    except (KgenError, ImportError, AttributeError) as error:
        from kgen.formats.problems import report

        return report(error)
    print(printed, end="")
    return 0


def read_words(words: list[str]) -> Request:
    """Parse the arguments after the program's name. Raises KgenError."""
    mode: Mode = "defconfig"
    seed: int | None = None
    duplicates = "auto"
    cached = os.environ.get("KGEN_CACHE") != "off"
    rest = list(words)
    while rest and rest[0].startswith("-"):
        word, _, value = rest.pop(0).partition("=")
        if word in _MODES and not value:
            mode = _MODES[word]
        elif word == "--no-cache" and not value:
            cached = False
        elif word in ("--seed", "--duplicates"):
            value = value or (rest.pop(0) if rest else "")
            if word == "--seed":
                seed = _seed(value, word)
            elif value in ("auto", "merge", "error"):
                duplicates = value
            else:
                raise fail(
                    f"--duplicates: expected auto, merge or error, not {brief(value)}", code="KG702"
                )
        else:
            raise fail(f"invalid option {word}", hint="see kgen-minikconf --help", code="KG702")
    if len(rest) < 2:
        raise fail(
            "expected OUTPUT DEPFILE INPUT...", hint="see kgen-minikconf --help", code="KG702"
        )
    if seed is None and mode == "randconfig" and os.environ.get("KGEN_SEED"):
        seed = _seed(os.environ["KGEN_SEED"], "KGEN_SEED")
    inputs = [word for word in rest[2:] if _external(word) is None]
    externals = []
    for number, word in enumerate(rest[2:]):
        item = _external(word)
        if item is not None:
            # The reference processes its arguments in order. Whether an assignment comes before or
            # after the tree matters only for a symbol that depends on itself.
            early = not any(_external(before) is None for before in rest[2 : 2 + number])
            externals.append(item._replace(after=0 if early else None))
    return Request(
        mode, rest[0], rest[1], tuple(inputs), tuple(externals), seed, duplicates, cached
    )


def configure(request: Request) -> tuple[str, tuple[str, ...], int | None]:
    """Returns the output, the files read in order, and the seed, None if unused.

    Raises KgenError for errors in the files or the configuration.
    """
    model, assignments = _load(request)
    lane = Lane("this configuration", request.mode, (*assignments, *request.externals))
    problems = undeclared.undefined(model, lane.assignments)
    if problems:
        raise KgenError(*problems)
    seed = request.seed
    if request.mode == "randconfig" and seed is None:
        seed = int.from_bytes(os.urandom(4), "big")
    resolution = resolve(model, [lane], seed or 0)
    if resolution.failed:
        from kgen.explain import failure_messages

        raise KgenError(*failure_messages.problems(resolution))
    printed = "".join(f"{assignment_text(symbol, True)}\n" for symbol in resolution.printed(0))
    _check_printable(printed)
    return printed, model.files, seed if request.mode == "randconfig" else None


def _check_printable(text: str) -> None:
    """Raise KgenError if standard output cannot encode the text: it is input of a build, which
    escapes would not be."""
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeEncodeError as error:
        line = text[text.rfind("\n", 0, error.start) + 1 :].partition("\n")[0]
        raise fail(
            f"standard output is {sys.stdout.encoding}, which cannot encode {line}",
            hint="set PYTHONIOENCODING=utf-8",
            code="KG702",
        ) from None


def _load(request: Request) -> tuple[Model, tuple[Assignment, ...]]:
    """The tree, from the cache if possible, and the assignments of the devices files before it.

    Reading them separately makes no difference, unless a devices file declares symbols, or a file
    would be read a second time, which the reference does not: such inputs are read together.
    """
    if not request.inputs:
        return model_of((), (), (), (), ()), ()
    *devices, top = request.inputs
    folder = os.path.dirname(top)
    read = _reader(request.inputs)

    def merge() -> bool | None:
        return duplicates.merges_duplicates(_read_or_none, folder, request.duplicates)

    def load(read: Callable[[str], str]) -> Model:
        from kgen.kconfig import kconfiglib_adapter

        # Duplicate definitions are checked below, also for trees from the cache.
        return kconfiglib_adapter.load([top], merge=lambda: True, read=read)

    apart: list[mak.Devices] = []
    problems: list[Problem] = []
    for path in devices:
        try:
            apart.append(mak.read_devices(path, "", read))
        except KgenError as error:
            problems += error.problems
    try:
        cached = request.cached and os.path.isfile(top)
        model = cache.load_tree(top, load) if cached else load(read)
    except KgenError as error:
        problems += error.problems
    if problems:
        raise KgenError(*problems)
    files = [name for one in apart for name in one.files]
    again = len(set(files)) < len(files) or {*files} & {*model.files}
    if again or any(one.declares for one in apart):
        from kgen.kconfig import kconfiglib_adapter

        return kconfiglib_adapter.load(request.inputs, merge=merge, read=read), ()
    problems = duplicates.duplicate_problems(model.entries, merge)
    if problems:
        raise KgenError(*problems)
    assigned = tuple(item for one in apart for item in one.assignments)
    return model._replace(files=(*files, *model.files)), assigned


def _reader(inputs: Sequence[str]) -> Callable[[str], str]:
    """Reads files. Like the reference, also pipes and devices, if they are inputs; each once."""
    named = {os.path.abspath(path) for path in inputs}
    texts: dict[str, str] = {}

    def read(path: str) -> str:
        if os.path.abspath(path) not in named or os.path.isfile(path):
            return read_text(path)
        if path not in texts:
            texts[path] = read_stream(path)
        return texts[path]

    return read


def _read_or_none(path: str) -> str | None:
    try:
        return read_text(path)
    except (OSError, NotText):
        return None


def _external(word: str) -> Assignment | None:
    """Parse `CONFIG_X=y`, `=n` or `=` (which means n), with X in A-Z, 0-9 and `_`; else None."""
    name, equals, value = word.removesuffix("\n").partition("=")
    symbol = name.removeprefix("CONFIG_")
    if not equals or symbol == name or not symbol or value not in ("y", "n", ""):
        return None
    if not symbol.isascii() or not symbol.replace("_", "0").isalnum() or symbol != symbol.upper():
        return None
    return Assignment(symbol, value == "y", external=True, origin="the command line")


def _seed(value: str, source: str) -> int:
    from kgen.commands.options import SEED, is_seed  # most runs have no seed

    if not is_seed(value):
        raise fail(f"{source}: expected {SEED}, not {brief(value)}", code="KG702")
    return int(value)
