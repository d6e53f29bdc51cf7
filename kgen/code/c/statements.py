"""Statements of C as nested tuples, from tokens without macros.

The nodes: `("block", (s, ...))`, `("if", c, s, s or None, at)`, `("loop", first, c, step, s, at)`,
`("return", x)`, `("jump", word, label or "")`, `("label", name)`,
`("declare", type, name, is_list, x, at)`, `("switch", x, s, at)`, `("case", x or None)`,
`("do", x, at)`, where x and c are expressions. None stands for an empty statement.
`at` is an offset in the file.

What is not understood is left out up to the next `;`.
"""

from __future__ import annotations

from functools import lru_cache

from kgen.code.c.expressions import DEEPEST, TYPE_WORDS, Expressions, Node, NotUnderstood
from kgen.code.c.tokens import Token, is_identifier


class Parser(Expressions):
    """Reads statements and expressions from tokens."""

    def block(self) -> Node:
        """Statements up to the end or a closing brace."""
        found = []
        while self.word and self.word != "}":
            begin, depth = self._at, self._depth
            try:
                statement = self._statement()
            except NotUnderstood:
                if depth >= DEEPEST - 2:
                    raise
                self._depth = depth
                self._go_to(begin)
                self._skip()
                continue
            if statement is not None:
                found.append(statement)
        return ("block", tuple(found))

    def _skip(self) -> None:
        """Go behind the next `;`, or block, at this level."""
        depth = 0
        while self.word:
            word = self.word
            if word in "([{":
                depth += 1
            elif word in ")]}":
                if not depth and word == "}":
                    return
                depth -= 1
                if not depth and word == "}":
                    self._next()
                    return
            elif word == ";" and depth <= 0:
                self._next()
                return
            self._next()

    def _statement(self) -> Node | None:
        self._deeper()
        found = self._one_statement()
        self._depth -= 1
        return found

    def _one_statement(self) -> Node | None:
        word, at = self.word, self.offset
        if word == "{":
            self._next()
            block = self.block()
            self._expect("}")
            return block
        if self._take(";"):
            return None
        if word == "if":
            self._next()
            test = self._in_parentheses()
            yes = self._statement()
            no = self._statement() if self._take("else") else None
            return ("if", test, yes, no, at)
        if word == "while":
            self._next()
            return ("loop", None, self._in_parentheses(), None, self._statement(), at)
        if word == "do":
            self._next()
            body = self._statement()
            self._expect("while")
            self._in_parentheses()
            self._take(";")
            return body  # in nearly all of them the condition is 0
        if word == "for":
            return self._for()
        if word == "switch":
            self._next()
            value = self._in_parentheses()
            return ("switch", value, self._statement(), at)
        if word in ("case", "default"):
            self._next()
            choice = None if word == "default" else self.expression()
            if self._take("..."):
                self.expression()
            self._expect(":")
            return ("case", choice)
        if word == "return":
            self._next()
            result = None if self.word == ";" else self.expression()
            self._expect(";")
            return ("return", result)
        if word in ("break", "continue", "goto"):
            label = self._peek() if word == "goto" else ""
            self._skip()
            return ("jump", word, label)
        if is_identifier(word) and self._peek() == ":" and self._peek(2) != ":":
            self._next(2)
            return ("label", word)
        return self._declaration_or_expression()

    def _for(self) -> Node:
        at = self.offset
        self._next()
        self._expect("(")
        first = None if self._take(";") else self._declaration_or_expression()
        test = None if self.word == ";" else self.expression()
        self._expect(";")
        step = None if self.word == ")" else self._comma()
        self._expect(")")
        return ("loop", first, test, step, self._statement(), at)

    def _declaration_or_expression(self) -> Node:
        if self._declares():
            return self._declaration()
        at = self.offset
        value = self._comma()
        self._expect(";")
        return ("do", value, at)

    def _declares(self) -> bool:
        """Whether a declaration begins: two words, or a word, stars and a word."""
        if self.word in TYPE_WORDS:
            return True
        if not is_identifier(self.word):
            return False
        distance = 1
        while self._peek(distance) == "*" or self._peek(distance) == "const":
            distance += 1
        following = self._peek(distance)
        if not is_identifier(following):
            return False
        return distance == 1 or self._peek(distance + 1) in ("=", ";", ",", "[")

    def _declaration(self) -> Node:
        found = []
        kind = ""
        while is_identifier(self.word) or self.word in ("*", "("):
            if self.word == "(":  # an attribute, or a pointer to a function
                if kind != "__attribute__":
                    raise NotUnderstood(self.offset)
                self._balanced()
                continue
            if self.word in ("struct", "union", "enum") and self._peek() == "{":
                self._next()
                self._balanced()
                continue
            if self.word != "*":
                following = self._peek()
                if following in ("=", ";", ",", "[", ":") and kind:
                    break
                if self.word not in ("const", "static", "volatile", "register", "inline"):
                    kind = self.word
            elif self._peek() == "{":
                raise NotUnderstood(self.offset)
            self._next()
            if self.word == "{":
                self._balanced()
        while True:
            while self._take("*") or self._take("const"):
                pass
            name, at = self.word, self.offset
            if not is_identifier(name):
                raise NotUnderstood(at)
            self._next()
            many = False
            while self.word == "[":
                many = True
                self._balanced()
            value = self._assignment() if self._take("=") else None
            found.append(("declare", kind, name, many, value, at))
            if not self._take(","):
                break
        self._expect(";")
        return found[0] if len(found) == 1 else ("block", tuple(found))


@lru_cache(maxsize=1 << 10)
def parsed(body: tuple[Token, ...]) -> Node:
    """The statements of a function's body; what is not understood is left out."""
    try:
        return Parser(body).block()
    except NotUnderstood:
        return ("block", ())


@lru_cache(maxsize=1 << 6)
def parsed_value(text: tuple[Token, ...]) -> Node | None:
    """The expression of an initializer or a macro; None if it is not understood."""
    try:
        return Parser(text).expression()
    except NotUnderstood:
        return None
