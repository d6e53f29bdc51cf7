# ruff: noqa: E501 - lines of roff are as long as they are
"""Writes the man pages of kgen, from the help and the options of each command.

    python docs/write_man.py            writes them into docs/man
    python docs/write_man.py DIR        writes them into another folder

The wheel installs docs/man as share/man/man1. A test compares the pages with the commands.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kgen import __version__  # noqa: E402
from kgen.commands import dispatch  # noqa: E402
from kgen.commands.options import COMMON, Option  # noqa: E402

ABOUT = "Resolve Kconfig device configurations for every target in one pass."
FIRST = """\
kgen resolves QEMU\\(aqs device configuration for every target in one pass, with the same output as
QEMU\\(aqs scripts/minikconf.py, and explains, audits and compares it.
"""
STATUS = """\
.SH EXIT STATUS
0: success. 1: a failure or findings. 2: an error in the command line.
"""


def pages() -> dict[str, str]:
    """The text of every page, by file name."""
    made = {"kgen.1": _overview(), "kgen-minikconf.1": _minikconf()}
    for name in dispatch.NAMES:
        module = dispatch.module_of(name)
        made[f"kgen-{name}.1"] = _command(name, inspect.cleandoc(module.HELP), module.OPTIONS)
    return made


def _overview() -> str:
    rows = "".join(
        f".TP\n.BR kgen\\-{escaped(name)} (1)\n{escaped(_brief(dispatch.module_of(name).HELP))}\n"
        for name in dispatch.NAMES
    )
    return (
        f"{_head('kgen', 'device configurations from Kconfig')}"
        ".SH SYNOPSIS\n.B kgen\n.I COMMAND\n[\\fIOPTIONS\\fR]\n.br\n"
        ".B kgen \\-\\-version\n[\\fB\\-\\-verbose\\fR]\n"
        f".SH DESCRIPTION\n{FIRST}.SH COMMANDS\n{rows}"
        ".TP\n.BR kgen\\-minikconf (1)\nAccept the command line of QEMU\\(aqs scripts/minikconf.py.\n"
        f".SH COMMON OPTIONS\n{_options(COMMON)}{STATUS}"
    )


def _minikconf() -> str:
    return (
        f"{_head('kgen-minikconf', 'drop-in for scripts/minikconf.py of QEMU')}"
        ".SH SYNOPSIS\n.B kgen\\-minikconf\n"
        "[\\fB\\-\\-defconfig\\fR|\\fB\\-\\-allnoconfig\\fR|\\fB\\-\\-allyesconfig\\fR|"
        "\\fB\\-\\-randconfig\\fR]\n.I OUTPUT DEPFILE INPUT...\n[\\fICONFIG_X=y\\fR|\\fIn\\fR ...]\n"
        ".SH DESCRIPTION\nReads the inputs, devices files and Kconfig files, writes the assignments "
        "to OUTPUT\nand the names of the inputs to DEPFILE.\n"
        ".SH SEE ALSO\n.BR kgen (1)\n"
    )


def _command(name: str, help_: str, options: Sequence[Option]) -> str:
    text, examples = [], []
    for part in help_.split("\n\n"):
        (examples if part.startswith("\b") else text).append(part.removeprefix("\b\n"))
    arguments = " ".join(f"\\fI{escaped(one.metavar)}\\fR" for one in options if not one.flags)
    brief, *more = text
    described = "\n.PP\n".join(escaped(" ".join(part.split())) for part in [brief, *more])
    shown = "".join(f".SH EXAMPLES\n.nf\n{_examples(part)}\n.fi\n" for part in examples)
    return (
        f"{_head(f'kgen-{name}', _brief(help_))}"
        f".SH SYNOPSIS\n.B kgen {escaped(name)}\n[\\fIOPTIONS\\fR] {arguments}\n"
        f".SH DESCRIPTION\n{described}\n"
        f".SH OPTIONS\n{_options(options)}{shown}{STATUS}"
        ".SH SEE ALSO\n.BR kgen (1)\n"
    )


def _brief(help_: str) -> str:
    return " ".join(inspect.cleandoc(help_).split("\n\n")[0].split()).rstrip(".:")


def _head(name: str, brief: str) -> str:
    title = escaped(name.upper())
    return (
        f'.TH "{title}" 1 "" "kgen {__version__}" "User Commands"\n'
        f".SH NAME\n{escaped(name)} \\- {escaped(brief)}\n"
    )


def _options(options: Sequence[Option]) -> str:
    return "".join(map(_option, options))


def _option(option: Option) -> str:
    value = "" if option.switch else f" \\fI{escaped(option.metavar)}\\fR"
    flags = ", ".join(f"\\fB{escaped(flag)}\\fR" for flag in option.flags)
    words = [option.help]
    if option.choices:
        words.append(f"One of: {', '.join(option.choices)}.")
    if option.default is not None:
        words.append(f"Default: {option.default}.")
    if option.multiple and option.flags:
        words.append("May be repeated.")
    text = " ".join(word for word in words if word)
    return f".TP\n{flags}{value}".replace("\n ", "\n") + f"\n{escaped(text)}\n"


def _examples(text: str) -> str:
    found = re.sub(r"^Examples?: *", "", inspect.cleandoc(text))
    return "\n".join(escaped(line.strip()) for line in found.split("\n"))


def escaped(text: str) -> str:
    """Text that roff shows as it is, whatever it begins with."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return re.sub(r"^(?=[.])", r"\\&", text, flags=re.MULTILINE)


def main(folder: Path) -> None:
    """Write all pages, and remove those of commands that are gone."""
    folder.mkdir(exist_ok=True)
    made = pages()
    for path in folder.glob("*.1"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "docs" / "man")
