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


def _reader(k: Any) -> Any:
    """Kconfiglib's class, with what kgen's parser adds to it: the bare `modules` of newer trees; of
    older ones a `select` of n, lines without words, and comments that are not UTF-8."""
    no_words = re.compile(r"\s*[]!%&()*+,./:;<=>?@[^`{|}~]+\s*", re.ASCII)

    class Reader(k.Kconfig):  # type: ignore[misc]
        own: Any = None
        _tokens: Any
        _tokens_i: int

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
            return (None,) if no_words.fullmatch(s) else super()._tokenize(s)

        def _open(self, filename: str, mode: str) -> Any:
            return open(filename, mode, encoding="utf-8", errors="replace")

    return Reader


if __name__ == "__main__":
    main()
