"""Templates that are rendered without Jinja: exactly what Jinja makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2.meta
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from kgen.commands.generate.outputs import OUTPUTS, PLAIN, only_plain
from kgen.files import resources
from kgen.formats import jinja
from kgen.formats.templates import rendered_plainly

CONTEXT: dict[str, Any] = {
    "mode": "a%sb",
    "symbols": ["A", "%", "{{ mode }}"],
    "empty": [],
    "number": 3,
    "target": {"name": "t", "symbols": ["X", "Y"], "numbers": [1], "keys": ["Z"], "none": []},
}
NAMES = ("mode", "s", "target.name", "target.symbols", "number", "target.keys", "absent", "loop")
PIECES = st.one_of(
    st.sampled_from(
        [
            "{% for s in target.symbols %}\n", "{% endfor %}\n", "  {% for s in target.none %}\n",
            "{% for s in target.keys %}\n", "{% for s in target.numbers %}\n", "\t{% endfor %}\n",
            "{% for mode in target.symbols %}\n", "{% endfor %}", "{% if mode %}\n", "{# c #}",
            "{{ s | lower }}", "{{s}}", "{%- endfor %}\n", "{% set s = mode %}\n",
        ]
    ),
    st.sampled_from(NAMES).map(lambda name: f"{{{{ {name} }}}}"),
    st.text("a %\n\t#{}s", max_size=4),
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("templates")


@examples(300)
@given(pieces=st.lists(PIECES, max_size=8))
def test_what_is_rendered_plainly_is_what_jinja_renders(folder: Path, pieces: list[str]) -> None:
    text = "".join(pieces)
    made = rendered_plainly(text, CONTEXT)
    if made is not None:
        path = folder / "x.j2"
        path.write_text(text)
        jinja.compiled.cache_clear()
        assert jinja.render(CONTEXT | {"targets": []}, [str(path)])[0] == {"x": made}


LOOP = "{% for s in target.symbols %}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("a%sb {{ mode }}\n\n", "a%sb a%sb\n\n"),
        (f"<{{{{ target.name }}}}\n  {LOOP}+{{{{ s }}}}%\n{{% endfor %}}\n>", "<t\n+X%\n+Y%\n>"),
        (f"{LOOP}{{{{ s }}}}{{{{ s }}}}{{{{ target.name }}}}\n{{% endfor %}}\n", "XXt\nYYt\n"),
        (f"{LOOP}-{{% endfor %}}\n", None),  # a tag within a line
        (f"{LOOP}{LOOP}{{% endfor %}}\n{{% endfor %}}\n", None),
        ("{{{ mode }}", None),
        ("{{ absent }}", None),
        ("{{ number }}", None),
        ("{{ mode | upper }}", None),
        ("{% if mode %}\n{% endif %}\n", None),
        ("{% for s in target.keys %}\n{% endfor %}\n", None),  # of Jinja a method
    ],
)
def test_examples(text: str, expected: str | None) -> None:
    assert rendered_plainly(text, CONTEXT) == expected


def test_the_plain_outputs_are_those_whose_templates_are_plain() -> None:
    target = {"name": "t", "symbols": ["X"]}
    plain = {
        name
        for name, file in OUTPUTS.items()
        if rendered_plainly((Path(resources.templates()) / file).read_text(), {"target": target})
    }
    assert plain == PLAIN


def test_a_template_of_each_target_reads_that_target_alone() -> None:
    environment = jinja2.Environment()
    for file in OUTPUTS.values():
        read = jinja2.meta.find_undeclared_variables(
            environment.parse((Path(resources.templates()) / file).read_text())
        )
        assert not file.startswith("T-") or read == {"target"}


@pytest.mark.parametrize(
    ("words", "plain"),
    [
        (("-o", "out", "--output", "mak,header"), True),
        (("--output=mak", "-o", "out", "--output", "header"), True),
        (("-o", "out"), False),
        (("--output", "mak,json"), False),
        (("--output", "mak", "--template", "x"), False),
        (("--output", "mak", "--template=x"), False),
        (("--output", "mak", "--template-seconds", "3"), True),
        (("--output",), False),
    ],
)
def test_command_lines_that_need_no_jinja(words: tuple[str, ...], plain: bool) -> None:
    assert only_plain(words) == plain
