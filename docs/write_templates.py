"""Writes kgen's own templates as plain Python, which needs no Jinja.

    python docs/write_templates.py            writes kgen/commands/generate/own_templates.py
    python docs/write_templates.py FILE       writes another file

It follows Jinja's own parser. What it does not know in a template is an error: teach it, or say it
in another way. A test compares the module with the templates, and what both make.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from jinja2 import nodes

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kgen.commands.generate.outputs import OUTPUTS  # noqa: E402
from kgen.files.read import digest  # noqa: E402
from kgen.formats.jinja import environment  # noqa: E402

PATH = ROOT / "kgen" / "commands" / "generate" / "own_templates.py"

HEAD = '''\
# ruff: noqa: E501 - lines of templates are as long as they are
# fmt: off
"""What kgen's own templates make, in plain Python: docs/write_templates.py writes this module.

To import Jinja takes longer than to load and resolve a tree.
"""

from __future__ import annotations

from kgen.files.read import digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    Render = Callable[[Mapping[str, Any]], str]


def renderer(name: str, source: str) -> Render | None:
    """What renders a template as Jinja does, given the variables of docs/templates.md; None for one
    that is not as it came with kgen. name: of its file. source: its text."""
    known, render = _TEMPLATES.get(name, ("", None))
    return render if digest(source.encode("utf-8")) == known else None


def _to_json(value: str | int | list[str] | dict[str, str] | None) -> str:
    """Jinja's filter `tojson`, with kgen's settings."""
    quoted = _quoting()
    if isinstance(value, list):
        text = f"[{', '.join(map(quoted, value))}]"
    elif isinstance(value, dict):
        pairs = sorted(value.items())
        text = f"{{{', '.join([f'{quoted(key)}: {quoted(item)}' for key, item in pairs])}}}"
    elif isinstance(value, str):
        text = quoted(value)
    else:
        text = "null" if value is None else str(value)
    for character in "<>&'":
        text = text.replace(character, f"\\\\u{ord(character):04x}")
    return text


def _quoting() -> Callable[[str], str]:
    """What writes a string in JSON."""
    try:
        from _json import encode_basestring  # without json, whose import takes longer than all this
    except ImportError:
        from json.encoder import encode_basestring
    return encode_basestring


def _each(before: str, items: Sequence[str], after: str) -> str:
    """Each item with a text before and after it."""
    return f"{before}{f'{after}{before}'.join(items)}{after}" if items else ""


def _with_last(items: Sequence[Any]) -> Iterable[tuple[bool, Any]]:
    """Each item, and whether it is the last one."""
    return zip([*[False] * (len(items) - 1), True], items, strict=False)
'''

# Jinja's operators, in Python.
_COMPARED = {"eq": "==", "ne": "!="}


class _Function:
    """The Python of one template."""

    def __init__(self) -> None:
        self._own: set[str] = set()  # the variables that the template itself sets
        self._into = ["made"]  # the lists that texts are added to, the innermost last
        self._loops: list[str] = []  # the variables of the loops around

    def block(self, body: Sequence[nodes.Node]) -> list[str]:
        """The lines of statements."""
        return [line for node in body for line in self._statement(node)]

    def _inside(self, body: Sequence[nodes.Node]) -> list[str]:
        return [f"    {line}" for line in self.block(body)]

    def _statement(self, node: nodes.Node) -> list[str]:
        match node:
            case nodes.Output():
                return [f"{self._into[-1]}.append({self._text(node)})"]
            case nodes.For(target=nodes.Name(name=name), test=None, recursive=False, else_=[]):
                return self._loop(node, name)
            case nodes.If():
                lines = [f"if {self._value(node.test)}:", *self._inside(node.body)]
                for other in node.elif_:
                    lines += [f"elif {self._value(other.test)}:", *self._inside(other.body)]
                return lines + (["else:", *self._inside(node.else_)] if node.else_ else [])
            case nodes.AssignBlock(target=nodes.Name(name=name), filter=None):
                parts = f"{name}_parts"
                self._into.append(parts)
                lines = [f"{parts}: list[str] = []", *self.block(node.body)]
                self._into.pop()
                self._own.add(name)
                return [*lines, f'{name} = "".join({parts})']
        raise NotImplementedError(f"line {node.lineno}: {node}")

    def _loop(self, node: nodes.For, name: str) -> list[str]:
        items = self._value(node.iter)
        head = f"for {name} in {items}"
        if any(map(_names_loop, node.body)):
            head = f"for last_{name}, {name} in _with_last({items})"
        self._own.add(name)
        self._loops.append(name)
        match node.body:
            case [nodes.Output() as only] if (around := _around(only, name)) is not None:
                before, after = around
                lines = [f"{self._into[-1]}.append(_each({before!r}, {items}, {after!r}))"]
            case [nodes.Output() as only]:
                lines = [f'{self._into[-1]}.append("".join([{self._text(only)} {head}]))']
            case _:
                lines = [f"{head}:", *self._inside(node.body)]
        self._loops.pop()
        return lines

    def _text(self, node: nodes.Output) -> str:
        """An expression for a text; all values in it are strings."""
        return " + ".join(
            repr(part.data) if isinstance(part, nodes.TemplateData) else self._value(part)
            for part in node.nodes
        )

    def _value(self, node: nodes.Node | None) -> str:
        """The Python of an expression."""
        value = self._value
        match node:
            case None:
                return '""'
            case nodes.Const():
                return repr(node.value)
            case nodes.Name():
                return node.name if node.name in self._own else f"variables[{node.name!r}]"
            case nodes.Getattr(node=nodes.Name(name="loop"), attr="last"):
                return f"last_{self._loops[-1]}"
            case nodes.Getattr():
                return f"{value(node.node)}[{node.attr!r}]"
            case nodes.Call(node=nodes.Getattr() as method, kwargs=[]):
                words = ", ".join(map(value, node.args))
                return f"{value(method.node)}.{method.attr}({words})"
            case nodes.Getitem(arg=nodes.Slice(step=None) as part):
                ends = [value(end) if end else "" for end in (part.start, part.stop)]
                return f"{value(node.node)}[{':'.join(ends)}]"
            case nodes.Getitem():
                return f"{value(node.node)}[{value(node.arg)}]"
            case nodes.Test(name="defined", node=nodes.Getattr() as part):
                return f"({part.attr!r} in {value(part.node)})"
            case nodes.Filter(name="tojson", args=[]):
                return f"_to_json({value(node.node)})"
            case nodes.Filter(name="length", args=[]):
                return f"len({value(node.node)})"
            case nodes.Test(name="defined", node=nodes.Getattr() as asked):
                return f"({asked.attr!r} in {value(asked.node)})"
            case nodes.CondExpr():
                return f"({value(node.expr1)} if {value(node.test)} else {value(node.expr2)})"
            case nodes.Compare(ops=[nodes.Operand(op=name, expr=right)]) if name in _COMPARED:
                return f"({value(node.expr)} {_COMPARED[name]} {value(right)})"
            case nodes.Or() | nodes.Mul():
                operator = "or" if isinstance(node, nodes.Or) else "*"
                return f"({value(node.left)} {operator} {value(node.right)})"
            case nodes.Not():
                return f"(not {value(node.node)})"
            case nodes.Neg():
                return f"-{value(node.node)}"
        raise NotImplementedError(f"line {node.lineno}: {node}")


def _around(node: nodes.Output, name: str) -> tuple[str, str] | None:
    """The texts before and after a variable; None if there is something else."""
    texts = [""]
    for part in node.nodes:
        if isinstance(part, nodes.TemplateData):
            texts[-1] += part.data
        elif isinstance(part, nodes.Name) and part.name == name:
            texts.append("")
        else:
            return None
    return (texts[0], texts[1]) if len(texts) == 2 else None


def _names_loop(node: nodes.Node) -> bool:
    """Whether a node reads `loop`, without the loops in it."""
    if isinstance(node, nodes.For):
        return _names_loop(node.iter)
    own = isinstance(node, nodes.Name) and node.name == "loop"
    return own or any(map(_names_loop, node.iter_child_nodes()))


def module() -> str:
    """The text of the module."""
    parts, table = [HEAD], []
    for name, file in OUTPUTS.items():
        source = (ROOT / "templates" / file).read_text(encoding="utf-8")
        lines = _Function().block(environment().parse(source).body)
        lines = ["made: list[str] = []", *lines, 'return "".join(made)']
        head = f"def _{name}(variables: Mapping[str, Any]) -> str:"
        parts.append("\n".join([head, *(f"    {line}" for line in lines), ""]))
        table.append(f"    {file!r}: ({digest(source.encode())!r}, _{name}),\n")
    parts.append(f"_TEMPLATES = {{\n{''.join(table)}}}\n")
    return "\n\n".join(parts)


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else PATH
    path.write_text(module(), encoding="utf-8")
