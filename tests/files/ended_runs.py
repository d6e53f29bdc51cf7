"""A program that ends commits of files at every point and at random, for test_journal.py.

    ended_runs.py FOLDER points     end a child at each call that touches the disk
    ended_runs.py FOLDER random N   kill -9 a child at a random moment, N times
    ended_runs.py FOLDER new        end a child that makes a folder with all files, as with points

Each is followed by a run that changes nothing of its own, and the folder is looked at: prints a
line for each mixture, each file left behind and each set with a journal that is whole all the
same; at last how many runs there were, and how many were mixtures before the second run.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kgen.files.atomic import commit

CALLS = ("open", "write", "link", "replace", "unlink", "fsync", "mkdir", "chmod")


def main(folder: Path, kind: str, number: int = 0) -> None:
    """Run all cases of a kind, each in a folder of its own."""
    mixtures = runs = 0
    if kind == "points":
        for files, refused in ((5, ""), (4, "link")):
            for call in CALLS:
                if call != refused:
                    for count in range(1, 100):
                        case = Case(folder / f"{files}{refused}{call}{count}", files)
                        ended = case.child(lambda: end_at(call, count, refused))  # noqa: B023
                        mixtures += case.mixture()
                        case.check()
                        runs += 1
                        if not ended:
                            break
    elif kind == "new":
        for call in ("mkdir", "open", "write", "rename"):
            for count in range(1, 100):
                case = NewFolder(folder / f"{call}{count}")
                ended = case.child(lambda: end_at(call, count, ""))  # noqa: B023
                mixtures += case.mixture()
                case.check()
                runs += 1
                if not ended:
                    break
    else:
        drawn = random.Random(number)
        for index in range(number):
            case = Case(folder / f"random{index}", 40)
            prepare, longest = ((slow_down, 0.05), (lambda: None, 0.012))[index % 3 == 0]
            case.child(prepare, drawn.uniform(0.0, longest))
            mixtures += case.mixture()
            case.check()
            runs += 1
    print(f"{runs} runs, {mixtures} mixtures")


def end_at(call: str, count: int, refused: str) -> None:
    """Have the process end without any clean-up at the n-th call, and one call fail always."""
    left = count
    real = getattr(os, call)

    def ending(*arguments: Any, **named: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            os._exit(9)
        return real(*arguments, **named)

    def refusing(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    setattr(os, call, ending)
    if refused:
        setattr(os, refused, refusing)


def slow_down() -> None:
    """Give a kill a chance to come between two files that change places."""
    real = os.replace

    def replace(*arguments: Any) -> None:
        time.sleep(0.001)
        real(*arguments)

    os.replace = replace  # type: ignore[assignment]


class Case:
    """A set of files in two folders, some of them new, some links and one in a third place."""

    def __init__(self, folder: Path, files: int) -> None:
        self.folder = folder
        out = folder / "out"
        out.mkdir(parents=True)
        (folder / "far").mkdir()
        names = [f"out/{number}" for number in range(files)]
        self.old = {name: f"old {name}\n" for name in names[: files // 2]}
        self.old |= {"d": "old depfile\n", "far/linked": "old linked\n"}
        self.new = {name: f"new {name}\n" * 50 for name in (*names, "d", "far/linked")}
        for name, text in self.old.items():
            (folder / name).write_text(text)
        (out / "link").symlink_to("../far/linked")

    def commit(self) -> None:
        """Write the new files."""
        linked = {"far/linked": "out/link"}
        commit({str(self.folder / linked.get(name, name)): self.new[name] for name in self.new})

    def child(self, prepare: Callable[[], None], killed_after: float = 0) -> bool:
        """Write them in a child; whether that was ended before it was done."""
        child = os.fork()
        if child == 0:
            prepare()
            self.commit()
            os._exit(0)
        if killed_after:
            time.sleep(killed_after)
            os.kill(child, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0

    def content(self) -> dict[str, str]:
        """All files, by their names."""
        return {
            str(path.relative_to(self.folder)): path.read_text()
            for path in self.folder.rglob("*")
            if path.is_file() and not path.is_symlink()
        }

    def mixture(self) -> bool:
        """Whether the files are partly old and partly new now; then there must be a journal."""
        found = {name: text for name, text in self.content().items() if ".kgen-" not in name}
        mixed = found not in (self.old, self.new)
        journals = list(self.folder.rglob(".kgen-journal"))
        if mixed and {path.parent.name for path in journals} != {self.folder.name, "out", "far"}:
            print(f"{self.folder}: a mixture without all its journals")
        if any(text not in (self.old.get(name), self.new[name]) for name, text in found.items()):
            print(f"{self.folder}: a file that is neither old nor new")
        return mixed

    def check(self) -> None:
        """A run of something else, in one of the folders, completes or undoes everything."""
        where = random.Random(self.folder.name).choice(("", "out", "far"))
        commit({str(self.folder / where / "other"): "other\n"})
        (self.folder / where / "other").unlink()
        if where == "far":  # this folder alone says nothing of a set that never began
            commit({str(self.folder / "out" / "other"): "other\n"})
            (self.folder / "out" / "other").unlink()
        commit({str(self.folder / "d"): (self.folder / "d").read_text()})
        for name in ("far/linked", "out/0"):
            if (self.folder / name).exists():
                commit({str(self.folder / name): (self.folder / name).read_text()})
        found = self.content()
        if found not in (self.old, self.new):
            print(f"{self.folder}: a mixture, or something left: {sorted(found)}")
        self.commit()
        if self.content() != self.new:
            print(f"{self.folder}: the same run again does not give the new files")
        shutil.rmtree(self.folder)


class NewFolder(Case):
    """A set of files in a folder that does not exist: then it does not, or has them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        names = ("out/a", "out/one/b", "out/one/c", "out/one/two/d", "out/three/e")
        self.old = {}
        self.new = {name: f"new {name}\n" * 50 for name in names}

    def commit(self) -> None:
        commit({str(self.folder / name): text for name, text in self.new.items()})

    def mixture(self) -> bool:
        """Whether the folder is there without all files; nothing tells of it then."""
        there = (self.folder / "out").exists()
        if there != (self.content() == self.new):
            print(f"{self.folder}: a folder that is not whole")
        return any(".kgen-" in str(path) for path in self.folder.rglob("*"))

    def check(self) -> None:
        """The same run again makes the folder, and removes what was left."""
        self.commit()
        if self.content() != self.new or any(self.folder.rglob(".kgen-*")):
            print(f"{self.folder}: something left: {sorted(self.folder.rglob('*'))}")
        shutil.rmtree(self.folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:]))
