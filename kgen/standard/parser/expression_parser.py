"""Kconfiglib's parser, with expressions that are parsed into numbers (see `Expressions`), without
recursion."""

from __future__ import annotations

from typing import Any

import kconfiglib as k

from kgen.standard import model as m
from kgen.standard.expressions import Expressions
from kgen.standard.parser.every_mistake import EveryMistake

_RELATIONS = {
    k.EQUAL: m.EQUAL, k.UNEQUAL: m.UNEQUAL, k.LESS: m.LESS, k.LESS_EQUAL: m.LESS_EQUAL,
    k.GREATER: m.GREATER, k.GREATER_EQUAL: m.GREATER_EQUAL,
}  # fmt: skip
_BINDING = {k._T_OPEN_PAREN: 0, k._T_OR: 1, k._T_AND: 2, k._T_NOT: 3}


class ExpressionParser(EveryMistake):
    """The parser; conditions of its nodes are numbers of `expressions`."""

    _tokens: Any

    def __init__(self) -> None:
        super().__init__()
        self.expressions = Expressions()
        self.numbers: dict[k.Symbol, int] = {}

    def _parse_expr(self, transform_m: bool) -> int:
        """The number of the expression at the current token; `||` binds least, `!` most."""
        first = self._tokens[self._tokens_i]
        if first.__class__ is k.Symbol and self._tokens[self._tokens_i + 1] in (None, k._T_IF):
            self._tokens_i += 1  # most expressions are one symbol
            return self._operand(first, transform_m)
        expressions = self.expressions
        operands: list[int] = []
        operators: list[int] = []
        parentheses = 0

        def apply(least: int) -> None:
            """Apply the operators on top that bind at least so much."""
            while operators and _BINDING[operators[-1]] >= least:
                operator, right = operators.pop(), operands.pop()
                if operator is k._T_NOT:
                    operands.append(expressions.made(m.NOT, right))
                else:
                    kind = m.AND if operator is k._T_AND else m.OR
                    operands.append(expressions.made(kind, operands.pop(), right))

        while True:
            token = self._tokens[self._tokens_i]
            self._tokens_i += 1
            if token is k._T_NOT or token is k._T_OPEN_PAREN:
                parentheses += token is k._T_OPEN_PAREN
                operators.append(token)
                continue
            if token.__class__ is not k.Symbol:
                self._parse_error("malformed expression")
            operands.append(self._operand(token, transform_m))
            apply(_BINDING[k._T_NOT])
            while parentheses and self._check_token(k._T_CLOSE_PAREN):
                parentheses -= 1
                apply(_BINDING[k._T_OR])
                operators.pop()
                apply(_BINDING[k._T_NOT])
            operator = self._tokens[self._tokens_i]
            if operator is not k._T_AND and operator is not k._T_OR:
                break
            self._tokens_i += 1
            apply(_BINDING[operator])
            operators.append(operator)
        apply(_BINDING[k._T_OR])
        if operators:
            self._parse_error("malformed expression")
        return operands[0]

    def _operand(self, symbol: k.Symbol, transform_m: bool) -> int:
        """A symbol, or the relation that begins with it."""
        relation = _RELATIONS.get(self._tokens[self._tokens_i])
        if relation is not None:
            self._tokens_i += 1
            other = self._expect_sym()
            return self.expressions.made(relation, self.number(symbol), self.number(other))
        if symbol.is_constant and transform_m and symbol.name == "m":
            return self.expressions.m_if_modules
        return self.value_of(symbol)

    def number(self, symbol: k.Symbol) -> int:
        """A symbol's number in the model."""
        return self.numbers.setdefault(symbol, len(self.numbers))

    def value_of(self, symbol: k.Symbol) -> int:
        """The expression that is a symbol; n, m and y are their own."""
        if symbol.is_constant and symbol.name in k.STR_TO_TRI:
            return int(k.STR_TO_TRI[symbol.name])
        return self.expressions.made(m.VALUE_OF, self.number(symbol))
