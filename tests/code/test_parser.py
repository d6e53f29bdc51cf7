"""meson.build to statements: every form that the language has, and what is wrong with a text."""

from __future__ import annotations

import pytest

from kgen.code.meson.parser import (
    DEPTH,
    Array,
    Assign,
    Call,
    Chain,
    Choice,
    Foreach,
    If,
    Index,
    Jump,
    Mapping,
    Name,
    Negation,
    Number,
    Text,
    Truth,
    chain_of,
    parse,
)


def written(node: object) -> str:
    """A node with all its parentheses."""
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Text):
        return ("f" if node.formatted else "") + repr(node.value)
    if isinstance(node, (Number, Truth)):
        return str(node.value)
    if isinstance(node, Array):
        return f"[{', '.join(map(written, node.items))}]"
    if isinstance(node, Mapping):
        return (
            "{" + ", ".join(f"{written(key)}: {written(value)}" for key, value in node.pairs) + "}"
        )
    if isinstance(node, Call):
        named = [f"{name}: {written(value)}" for name, value in node.named]
        given = ", ".join([*map(written, node.positional), *named])
        before = f"{written(node.receiver)}." if node.receiver else ""
        return f"{before}{node.function}({given})"
    if isinstance(node, Index):
        return f"{written(node.value)}[{written(node.key)}]"
    if isinstance(node, Negation):
        return f"({node.operator} {written(node.value)})"
    if isinstance(node, Chain):
        return "(" + f" {node.operator} ".join(map(written, node.operands)) + ")"
    if isinstance(node, Choice):
        return f"({written(node.condition)} ? {written(node.yes)} : {written(node.no)})"
    if isinstance(node, Assign):
        return f"{node.name} {'+=' if node.adds else '='} {written(node.value)}"
    if isinstance(node, If):
        return " ".join(
            f"if {written(condition) if condition else '-'} <{' ; '.join(map(written, block))}>"
            for condition, block in node.branches
        )
    if isinstance(node, Foreach):
        block = " ; ".join(map(written, node.block))
        return f"foreach {', '.join(node.names)} : {written(node.value)} <{block}>"
    assert isinstance(node, Jump)
    return node.word


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1 + 2 * 3 - 4", "a = ((1 + (2 * 3)) - 4)"),
        ("a or b and not c == d", "(a or (b and ((not c) == d)))"),
        ("not a.found() and b", "((not a.found()) and b)"),
        ("'x' not in y or 'z' in y", "(('x' not in y) or ('z' in y))"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("x += a / 'b' / 'c'", "x += (a / 'b' / 'c')"),
        ("-x[1]['k'].f(2).g()", "(- x[1]['k'].f(2).g())"),
        ("f('a', b, n: [1, 2,], m: {'k': v, },)", "f('a', b, n: [1, 2], m: {'k': v})"),
        ("(a)", "a"),
        ("x = 0x1F + 0o17 + 0b11 + 0", "x = (31 + 15 + 3 + 0)"),
        (r"x = 'it\'s\n\x41\u0042\101'", 'x = "it\'s\\nABA"'),
        (r"x = '''it's \n'''", 'x = "it\'s \\\\n"'),
        ("x = f'@y@.c'", "x = f'@y@.c'"),
        ("x = true # no 'comment\ny = \\\n  false", "x = True | y = False"),
        ("f(a,\n\n # why\n b)", "f(a, b)"),
        ("if a\n b()\nelif c\n d()\nelse\n e()\nendif", "if a <b()> if c <d()> if - <e()>"),
        ("foreach k, v : d\n if k\n  continue\n endif\n break\nendforeach",
         "foreach k, v : d <if k <continue> ; break>"),
        ("", ""),
    ],
)  # fmt: skip
def test_statements(text: str, expected: str) -> None:
    block, mistake = parse(text)
    assert mistake is None
    assert " | ".join(map(written, block)) == expected


def test_lines() -> None:
    text = "a = '''x\ny'''\n\nb(\n  c,\n  'd')\nif e \\\n and f\n g = [\n 1]\nendif\n"
    block, mistake = parse(text)
    assert mistake is None
    assert [statement.line for statement in block] == [1, 4, 7]
    branch = block[2]
    assert isinstance(branch, If)
    assert branch.branches[0][1][0].line == 9


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a = 1\nb = 'x\n", 2, "a string without its end"),
        ("a = 1\nb = $\n", 2, "'$' is not a token"),
        ("a = 1\nif b\nc()\n", 4, "endif is missing"),
        ("a = 1\nf(1, 2\n\n", 4, '"," is expected, not the end of the line'),
        ("a = 1\nf(1))\n", 2, 'the end of the line is expected, not ")"'),
        ("a = 1\nendif\n", 2, '"endif" is not expected here'),
        ("a = 1\n[1, x: 2]\n", 2, "a list has no names"),
        ("a = 1\nf()(2)\n", 2, "this cannot be called"),
        ("a = 1\nb = 007\n", 2, 'the end of the line is expected, not "0"'),
        ("a = 1\nb = " + "9" * 5000, 2, f'the end of the line is expected, not "{"9" * 19}"'),
        ("a = 1\nb = \n", 2, "the end of the line is not expected here"),
    ],
)
def test_what_is_wrong_has_its_line_and_what_is_before_it_is_read(
    text: str, line: int, message: str
) -> None:
    block, mistake = parse(text)
    assert [written(statement) for statement in block] == ["a = 1"]
    assert mistake is not None
    assert (mistake.token.line, mistake.message) == (line, message)


@pytest.mark.parametrize(
    ("before", "middle", "after"),
    [
        ("(", "a", ")"),
        ("[", "", "]"),
        ("f(", "", ")"),
        ("not ", "a", ""),
        ("", "a", " + 1 - 1"),
        ("a ? b : ", "c", ""),
        ("if a\n", "b\n", "endif\n"),
    ],
)
def test_what_is_nested_too_deep_is_a_mistake(before: str, middle: str, after: str) -> None:
    block, mistake = parse(before * 5_000 + middle + after * 5_000)
    assert not block
    assert mistake is not None
    assert mistake.message == f"nested deeper than {DEPTH}"


def test_a_long_chain_is_not_deep() -> None:
    block, mistake = parse("x = " + " + ".join(["a"] * 5_000))
    assert mistake is None
    statement = block[0]
    assert isinstance(statement, Assign)
    assert isinstance(statement.value, Chain)
    assert len(statement.value.operands) == 5_000


@pytest.mark.parametrize(("link", "count"), [(".strip()", 1), ("[0]", 1), (".get('a')[0]", 2)])
@pytest.mark.parametrize("begin", ["'a'", "unknown()", "[]"])
def test_a_chain_of_methods_and_elements_may_have_any_length(
    begin: str, link: str, count: int
) -> None:
    block, mistake = parse(f"x = {begin}{link * 10_000}")
    assert mistake is None
    assert isinstance(block[0], Assign)
    first, links = chain_of(block[0].value)
    assert written(first) == begin
    assert len(links) == 10_000 * count
