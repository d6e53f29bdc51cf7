"""kgen's own templates without Jinja: exactly what Jinja makes of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jinja2.meta
from hypothesis import given
from hypothesis import strategies as st
from running import ROOT
from strategies import examples

from kgen.commands.generate import own_templates
from kgen.commands.generate.outputs import OUTPUTS
from kgen.files import resources
from kgen.formats import jinja

PATHS = [str(Path(resources.templates()) / file) for file in OUTPUTS.values()]

# Whatever JSON, Jinja and `%` could take for something else; no line ends, as in names.
TEXTS = st.text(st.sampled_from("aZ_.-/ %{}<>&'\"\\ü\x7f\u2028😀"), max_size=6)
SYMBOLS = st.lists(TEXTS, max_size=3)
# With --names, all of them.
NAMES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "devices": SYMBOLS,
        "machines": SYMBOLS,
        "aliases": st.dictionaries(TEXTS, TEXTS, max_size=2),
        "maybe": SYMBOLS,
    }
)
WITHOUT_NAMES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "name": TEXTS,
        "architecture": TEXTS,
        "base_architecture": TEXTS,
        "endianness": st.sampled_from(("big", "little")),
        "word_size": st.sampled_from((32, 64, None)),
        "mode": st.sampled_from(("defconfig", "allnoconfig")),
        "symbols": SYMBOLS,
        "external": st.dictionaries(TEXTS, st.sampled_from("yn"), max_size=3),
    }
)
TARGETS = st.builds(dict.__or__, WITHOUT_NAMES, st.one_of(st.just({}), NAMES))
FILES = st.one_of(TEXTS, TEXTS.map(lambda text: f"{text}.c"))
CONTEXTS = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(("defconfig", "allyesconfig")),
        "symbols": SYMBOLS,
        "targets": st.lists(TARGETS, max_size=3),
        "sources": st.lists(
            st.fixed_dictionaries({"when": SYMBOLS, "files": st.lists(FILES, max_size=3)}),
            max_size=3,
        ),
    }
)


@examples(200)
@given(context=CONTEXTS)
def test_own_templates_make_what_jinja_makes(context: dict[str, Any]) -> None:
    context["targets"] = list({target["name"]: target for target in context["targets"]}.values())
    made = {}
    for path in PATHS:
        file = Path(path)
        name = file.name.removesuffix(".j2")
        render = own_templates.renderer(file.name, file.read_text())
        assert render is not None
        if name.startswith("T-"):
            for target in context["targets"]:
                found = render({"target": target})
                made[f"{target['name']}{name[1:]}"] = found
        else:
            made[name] = render(context)
    assert made == jinja.render(context, PATHS)[0]


def test_they_are_written_from_the_templates(tmp_path: Path) -> None:
    made = tmp_path / "made.py"
    subprocess.run([sys.executable, ROOT / "docs" / "write_templates.py", made], check=True)
    kept = Path(own_templates.__file__).read_text()
    assert kept == made.read_text(), "run: python docs/write_templates.py"


def test_a_template_of_each_target_reads_that_target_alone() -> None:
    environment = jinja2.Environment()
    for path in PATHS:
        read = jinja2.meta.find_undeclared_variables(environment.parse(Path(path).read_text()))
        assert not Path(path).name.startswith("T-") or read == {"target"}


CHANGED = """
import sys
from kgen.files import resources
resources.templates = lambda: "own"
from kgen.__main__ import run
run()
"""


def test_a_template_that_was_changed_is_jinjas(tmp_path: Path) -> None:
    """As of a distribution that adds a line to an installed one."""
    own = shutil.copytree(resources.templates(), tmp_path / "own")
    with (own / OUTPUTS["mak"]).open("a") as file:
        file.write("# {{ target.endianness | upper }}\n")
    words = ("generate", "-t", "s390x", "-o", "out")
    subprocess.run(
        [sys.executable, "-c", CHANGED, *words],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True,
    )  # fmt: skip
    mak = (tmp_path / "out" / "s390x-softmmu-config-devices.mak").read_text()
    assert mak.endswith("CONFIG_VIRTIO_RNG=y\n# BIG\n")
    header = (tmp_path / "out" / "s390x-softmmu-config-devices.h").read_text()
    assert header.endswith("#define CONFIG_VIRTIO_RNG 1\n")


def test_another_template_is_not_known() -> None:
    text = Path(PATHS[0]).read_text()
    render = own_templates.renderer(OUTPUTS["mak"], text)
    assert render is not None
    assert render({"target": {"name": "t", "symbols": ["X"]}}) == "CONFIG_X=y\n"
    assert own_templates.renderer(OUTPUTS["header"], text) is None
    assert own_templates.renderer("T-other.mak.j2", text) is None
