"""An audit as one self-contained HTML file: no network, no second file.

The style sheet and the script are plain files next to the template. The script consists of several
files, which are joined into one module on the page. The data is JSON inside the page. Names come
from untrusted trees, so nothing of them is ever parsed as HTML: the JSON contains no `<`, `>` or
`&`, the script builds the page from text only, and the content security policy allows only this
script and this style sheet. What is to be there before the script runs is HTML, with all texts
escaped: see `static.py`.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from kgen import __version__
from kgen.commands.audit.page.models import models
from kgen.commands.audit.page.static import parts
from kgen.commands.audit.page.tables import Packer
from kgen.commands.audit.rows import Audit, Row
from kgen.files import resources
from kgen.files.read import read_text
from kgen.formats.escapes import inert_json, visible
from kgen.model.record import Record

# In this order: each uses only those before it.
SCRIPTS = tuple(
    """
    elements colours data words address notes what-if-model what-if-resolve what-if-lanes
    what-if-state pieces filters table-text looks lines paper marks columns rows first matrix
    reasons view-findings view-changes what-if-limits what-if-search what-if-ways what-if-bar
    what-if-panel panel-symbol panel-target standard panel matrix-keys views controls start
    """.split()
)
# Removed from the files: on the page all are one module.
_IMPORT = re.compile(r"^import \{[^}]*\} from \"[^\"]*\";\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|let|function)\b)", re.MULTILINE)
_NOT_ASCII = re.compile(r"[^\0-\x7f]")
# Of the data, what the matrix does not need: read after it is painted.
_LATER = ("steps", "clauses", "assignments", "outside", "vary", "reasons")
# In page.html.
_VARIABLE = re.compile(r"\{\{ (\w+) \}\}")


class More(Record):
    """Optional parts of a page besides the matrix, as the commands print them as JSON.

    about: a short description of the tree. made_from: pairs of what and which, see origin.py.
    changes: the output of `kgen diff`. findings: of a policy, and its entries, see findings.py;
    None without one. vary: what toggling features changes. chosen: which symbols are the rows, in
    words; "" for all. maybe: for each device and machine of the rows where it is not known; None if
    the rows are symbols only.
    """

    about: str = ""
    made_from: Sequence[tuple[str, str]] = ()
    changes: dict[str, Any] | None = None
    findings: list[dict[str, Any]] | None = None
    vary: dict[str, Any] | None = None
    entries: list[dict[str, Any]] | None = None
    chosen: str = ""
    maybe: Mapping[str, int] | None = None


def page(audit: Audit, shown: Sequence[Row], more: More | None = None) -> str:
    """The whole text of the page.

    shown: the rows of the matrix on the page; all rows can be explained.
    """
    more = more or More()
    packer = Packer(audit, shown, more.maybe or {})
    model = models(packer)
    return page_of(packer.data(), more, model)


def page_of(tables: Mapping[str, Any], more: More, model: Any = None) -> str:
    """The same for tables that are packed already. model: see models.py; None without what-if."""
    variables = context(tables, more, model)
    # The odd parts are names. To import Jinja would take a quarter of the run.
    parts = _VARIABLE.split(read_text(_path("page.html")))
    parts[1::2] = [variables[name] for name in parts[1::2]]
    # Style and scripts are ASCII already. With one other character a browser keeps all of the text
    # in two bytes for each character.
    return "".join(parts).encode("ascii", "xmlcharrefreplace").decode("ascii")


def context(tables: Mapping[str, Any], more: More, model: Any) -> dict[str, str]:
    """The variables of page.html, safe to insert into HTML."""
    style = _NOT_ASCII.sub(lambda found: f"\\{ord(found[0]):06x}", read_text(_path("style.css")))
    script = _script()
    data = {
        "kgen": __version__,
        **tables,
        "named": more.maybe is not None,
        "changes": more.changes,
        "findings": more.findings,
        "entries": more.entries or [],
        "chosen": visible(more.chosen),
        "vary": more.vary,
    }
    title = "Device configuration" if model is not None else "Configuration"
    return {
        "title": html.escape(f"{title}, {visible(more.about)}".removesuffix(", ")),
        "style": style,
        "style_hash": _hash(style),
        "script": script,
        "script_hash": _hash(script),
        "data": script_data({name: data[name] for name in data if name not in _LATER}),
        "later": script_data({name: data[name] for name in _LATER if name in data}),
        "model": script_data(model),
        **parts(data, more.about, more.made_from),
    }


def script_data(data: Any) -> str:
    """JSON that is safe inside a script element: ASCII without `<`, `>` and `&`."""
    text = inert_json(json.dumps(data, ensure_ascii=True, separators=(",", ":")))
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _script() -> str:
    """The script of the page, as one module: it defines no global names, and a browser can paint
    the heading before it compiles it."""
    texts = [read_text(_path(f"{name}.js")) for name in SCRIPTS]
    joined = "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)
    return _NOT_ASCII.sub(lambda found: f"\\u{ord(found[0]):04x}", joined)


def _path(name: str) -> str:
    """The path of a file of the page."""
    return os.path.join(resources.templates(), "report", name)


def _hash(text: str) -> str:
    """The source expression of the content security policy for an inline text."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
