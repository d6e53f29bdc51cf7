"""Kconfiglib's own evaluation of a tree of standard Kconfig: a program of its own.

It runs in the tree's folder and imports nothing of kgen, so nothing of kgen's process is changed.
Its argument names a job, a file with an object of JSON: kconfiglib, the file to load; environment,
the variables of the tree; top; configs, the files to evaluate; answers, of the commands; out, a
folder. It writes OUT/NUMBER.config, .defconfig and .header for each file.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any


def main() -> None:
    """Do the job. Ends with a message if Kconfiglib refuses the tree."""
    with open(sys.argv[1], encoding="utf-8") as stream:
        job = json.load(stream)
    # Not given to the process itself: a variable like LD_PRELOAD would change the program.
    os.environ.clear()
    os.environ.update(job["environment"])
    k = _loaded(job["kconfiglib"])
    k.iglob = _globbing(k.iglob, job["may_miss"])
    answers = job["answers"]
    k._shell_fn = lambda _, __, command: answers[command]
    try:
        tree = _reader(k)(job["top"], warn=False)
    except k.KconfigError as error:
        sys.exit(str(error).strip())
    for number, config in enumerate(job["configs"]):
        tree.unset_values()
        tree.load_config(config)
        # What was read by an earlier configuration can depend on values that are not set again.
        tree._invalidate_all()
        name = os.path.join(job["out"], str(number))
        tree.write_config(f"{name}.config", header="", save_old=False)
        tree.write_min_config(f"{name}.defconfig", header="")
        tree.write_autoconf(f"{name}.header", header="")


def _loaded(path: str) -> Any:
    """Kconfiglib, which imports a module for functions of a tree, unless it finds none."""
    spec = spec_from_file_location("kconfiglib", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)

    class NoModules:
        @staticmethod
        def import_module(name: str) -> None:
            raise ImportError(name)

    module.importlib = NoModules  # type: ignore[attr-defined]
    return module


def _globbing(found: Any, may_miss: Sequence[str]) -> Any:
    """The files of a pattern; an empty one for a pattern without any, where that is no mistake."""

    def globbing(pattern: str) -> list[str]:
        files = list(found(pattern))
        written = os.path.relpath(pattern)
        may = any(char in written for char in "*?[") or any(
            fnmatchcase(written, one) for one in may_miss
        )
        return [os.devnull] if may and not files else files

    return globbing


def _reader(k: Any) -> Any:
    """Kconfiglib's class, with what kgen's parser adds to it: the bare `modules` of newer trees; of
    older ones a `select` of n, characters that no word has, a help text that is not indented, and
    comments that are not UTF-8."""
    stray = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|#.*)|[]%*+,:;?@[\\^`{}~]""")
    keywords = ("config", "menuconfig", "choice", "comment", "menu", "if", "endmenu", "endchoice",
                "endif", "source", "rsource", "osource", "orsource", "mainmenu")  # fmt: skip

    class Reader(k.Kconfig):  # type: ignore[misc]
        own: Any = None
        _tokens: Any
        _tokens_i: int
        _readline: Any
        linenr: int

        def _next_line(self) -> bool:
            if not super()._next_line():
                return False
            first = self._tokens[0]
            if first is k._T_CONFIG or first is k._T_MENUCONFIG:
                self.own = self._tokens[1]
            elif first is k._T_MODULES:
                self.modules, self._tokens = self.own, (None,)
            return True

        def _expect_nonconst_sym(self) -> Any:
            selected = self._tokens[1]
            if isinstance(selected, k.Symbol) and selected.name in k.STR_TO_TRI:
                self._tokens_i = 2
                return self._lookup_sym(selected.name)
            return super()._expect_nonconst_sym()

        def _tokenize(self, s: str) -> Any:
            try:
                return super()._tokenize(s)
            except k.KconfigError:
                return super()._tokenize(stray.sub(lambda found: found[1] or " ", s))

        def _parse_help(self, node: Any) -> None:
            node.help = None
            super()._parse_help(node)

        def _empty_help(self, node: Any, line: str) -> None:
            if (
                line
                and line[0].isalpha()
                and not re.match("|".join(rf"{one}\b" for one in keywords), line)
            ):
                node.help = line
                while (line := self._readline()) and (line.isspace() or line[0].isspace()):
                    self.linenr += 1
                self.linenr += bool(line)
            if line:
                self._line_after_help(line)

        def _open(self, filename: str, mode: str) -> Any:
            return open(filename, mode, encoding="utf-8", errors="replace")

    return Reader


if __name__ == "__main__":
    main()
