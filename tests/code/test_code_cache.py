"""What is kept of a tree's code is never used after something has changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kgen.code import inputs, registry
from kgen.code.code_cache import tree_sources, tree_sources_aside
from kgen.code.inputs import Inputs
from kgen.code.registry import read_registry
from kgen.files.tree import Folder

MAIN = "void qemu_init(int argc, char **argv)\n{\n    early();\n}\n"
TYPE = "static TypeInfo t = { .name = NAME };\n"
CALL = "void f(void)\n{\n    type_register(&t);\n}\n"
ROOT = "static void g(void)\n{\n    f();\n}\ntype_init(g)\n"
PATHS = ("hw/a.c", "hw/b.c", "hw/main.c")

# Each is a change of the tree: files with their new text, None to remove one.
CHANGES: tuple[dict[str, str | None], ...] = (
    {"hw/a.c": '#include "n.h"\n' + TYPE + "type_init(f)\n" + CALL},
    {"include/n.h": '#define NAME "of the header"\n'},
    {"hw/n.h": '#define NAME "of a nearer header"\n'},
    {"hw/n.h": None},
    {"hw/a.c": '#include "n.h"\n#include "part.c"\n' + TYPE},
    {"hw/part.c": "type_init(f)\n" + CALL},
    {"hw/part.c": "type_init(f)\n\n\n" + CALL},
    {"hw/b.c": '#define NAME "b"\n' + TYPE + CALL, "hw/a.c": ROOT},
    {"hw/b.c": '#define NAME "other b"\n' + TYPE + CALL},
    {"hw/b.c": ""},
    {"hw/b.c": '#define NAME "late"\n' + TYPE + CALL.replace("f(void)", "early(void)")},
    {"hw/main.c": ""},
    {"include/m.h": "#define MODULE(x) type_init(x)\n"},
    {"hw/b.c": '#include "m.h"\n' + '#define NAME "m"\n' + TYPE + CALL + "MODULE(f)\n"},
    {"include/m.h": "#define MODULE(x) other(x)\n"},
    {"hw/main.c": MAIN, "hw/a.c": None},
)


def change(root: Path, files: dict[str, str | None]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            path.unlink()
        else:
            path.write_text(text)


@pytest.mark.parametrize("settled", [True, False])
def test_after_each_change_it_is_as_if_nothing_had_been_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settled: bool
) -> None:
    """settled: also of files that were changed a moment ago the stamps count."""
    if settled:
        monkeypatch.setattr(inputs, "_SETTLED", -(10**18))
    root = tmp_path / "tree"
    change(root, {"hw/a.c": "", "hw/b.c": "", "hw/main.c": MAIN, "include/n.h": ""})
    seen = set()
    for files in CHANGES:
        change(root, files)
        monkeypatch.setenv("KGEN_CACHE", "off")
        expected = read_registry(Folder(str(root)), PATHS)
        monkeypatch.setenv("KGEN_CACHE", str(tmp_path / "cache"))
        for _ in range(2):
            assert read_registry(Folder(str(root)), PATHS) == expected
        seen.add(repr(expected))
    assert len(seen) > len(CHANGES) / 2  # the changes do change what is registered


def test_one_changed_file_is_read_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(inputs, "_SETTLED", -(10**18))
    root = tmp_path / "tree"
    of_one = '#define NAME "b"\n' + TYPE + "type_init(f)\n" + CALL
    change(root, {"hw/a.c": of_one, "hw/b.c": of_one, "hw/main.c": MAIN})
    read_registry(Folder(str(root)), PATHS)
    change(root, {"hw/b.c": of_one.replace('"b"', '"changed"')})
    asked: list[str] = []

    class Watched(Folder):
        def data(self, path: str) -> bytes:
            asked.append(os.path.basename(path))
            return super().data(path)

    found = read_registry(Watched(str(root)), PATHS)
    assert [one.name for one in found.files["hw/b.c"].types] == ["changed"]
    assert set(asked) == {"b.c"}


def test_a_stamp_of_a_file_that_was_just_changed_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "new.c").write_text("int x;\n")
    found = Inputs(Folder(str(tmp_path)))
    assert found.digest("new.c")
    assert found.files["new.c"][0] == ""


@pytest.mark.parametrize("apart", [True, False])
def test_meson_files_are_read_again_after_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apart: bool
) -> None:
    monkeypatch.setenv("KGEN_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "tree"
    settings = {"arm-softmmu": {"TARGET_ARCH": "arm", "TARGET_NAME": "arm"}}
    whole = (
        "sources = import('sourceset').source_set()\nsubdir('hw')\n"
        "foreach target : import('keyval').load('config-host.mak')['TARGET_DIRS'].split()\n"
        "  config = import('keyval').load(target + '-config-devices.mak')\n"
        "  executable('qemu-system-' + target, sources.apply(config, strict: false).sources())\n"
        "endforeach\n"
    )

    def paths() -> list[str]:
        if not apart:
            return [one.path for one in tree_sources(Folder(str(root)), settings, ()).files]
        with tree_sources_aside(Folder(str(root)), settings, ()) as sources:
            return [one.path for one in sources().files]

    change(root, {"meson.build": whole, "hw/meson.build": "sources.add(files('a.c'))\n"})
    assert paths() == paths() == ["hw/a.c"]
    change(root, {"hw/meson.build": "sources.add(files('b.c'))\n"})
    assert paths() == paths() == ["hw/b.c"]
    change(root, {"hw/meson.build": None})
    assert paths() == []
    change(root, {"hw/meson.build": "sources.add(files('c.c'))\n"})
    assert paths() == ["hw/c.c"]
    change(root, {"hw/meson.build": "sources.add(files('d.c'))\nif (\n"})
    assert paths() == ["hw/d.c"]  # with a problem, which no other process can hand over
    with tree_sources_aside(Folder(str(root)), settings, ()) as sources:
        assert [one.code for one in sources().problems] == ["KG108"]


def test_a_file_that_is_too_long_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "LONGEST", 100)
    change(tmp_path, {"hw/a.c": "x" * 101, "hw/b.c": "", "hw/main.c": MAIN})
    assert read_registry(Folder(str(tmp_path)), PATHS).unread == {"hw/a.c": "longer than 100 bytes"}
