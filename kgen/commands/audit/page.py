"""An audit as one HTML file that needs nothing else: no network, no second file.

The page's look and behaviour are plain files beside its template; its script is several, modules
to who reads them and one text on the page. What they show is JSON inside the page. Names come from
trees that anybody may have written, so nothing of them is ever read as HTML: the JSON holds no
`<`, `>` or `&`, scripts build the page from text alone, and the page's content policy lets only the
two texts from here run and style it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Sequence
from typing import Any

from kgen import __version__
from kgen.commands.audit.matrix import Audit, Row
from kgen.commands.audit.page_data import Packer
from kgen.files import resources
from kgen.files.read import read_text
from kgen.formats.escapes import inert_json, visible
from kgen.model.record import Record

NAME = "page.html"
# In this order, so that each needs only those before it.
SCRIPTS = tuple(
    """
    elements data words address pieces filters lines marks matrix reasons panel-symbol panel-target
    panel matrix-keys view-findings view-changes views controls appearance start
    """.split()
)
# What makes a file a module: on the page all of them share one function instead.
_IMPORT = re.compile(r"^import \{[^}]*\} from \"[^\"]*\";\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|let|function)\b)", re.MULTILINE)


class More(Record):
    """What a page may have beside the matrix, as the commands print it for `--format json`.

    about: a few words on the tree. changes: of `kgen diff`. findings: of a policy; None without
    one. vary: what toggling changes.
    """

    about: str = ""
    changes: dict[str, Any] | None = None
    findings: list[dict[str, Any]] | None = None
    vary: dict[str, Any] | None = None


def page(audit: Audit, shown: Sequence[Row], more: More | None = None) -> str:
    """The whole text of the page.

    shown: the rows of the matrix; what is explained are all of them. Raises KgenError where the
    template cannot be read.
    """
    from kgen.formats.jinja import render  # Jinja's import is slow

    template = _path(f"{NAME}.j2")
    made, _ = render(context(audit, shown, more or More()), [template])
    return made[NAME]


def context(audit: Audit, shown: Sequence[Row], more: More) -> dict[str, Any]:
    """What the template sees: texts that may stand in HTML as they are, but for `title`."""
    style, script = read_text(_path("style.css")), _script()
    data = {
        "kgen": __version__,
        "about": visible(more.about),
        **Packer(audit, shown).data(),
        "changes": more.changes,
        "findings": more.findings,
        "vary": more.vary,
    }
    return {
        "title": f"Device configuration, {visible(more.about)}".removesuffix(", "),
        "style": style,
        "style_hash": _hash(style),
        "script": script,
        "script_hash": _hash(script),
        "data": script_data(data),
    }


def script_data(data: Any) -> str:
    """JSON that may stand inside a script element: ASCII without `<`, `>` and `&`."""
    text = inert_json(json.dumps(data, ensure_ascii=True, separators=(",", ":")))
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _script() -> str:
    """The page's script: one function, so that no name of it is the page's."""
    texts = [read_text(_path(f"{name}.js")) for name in SCRIPTS]
    joined = "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)
    return f'"use strict";\n(() => {{\n{joined}}})();\n'


def _path(name: str) -> str:
    """Where a file of the page lies."""
    return os.path.join(resources.templates(), "report", name)


def _hash(text: str) -> str:
    """The source expression of a content policy for an inline text."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
