"""Terms of SPARQL: variables, IRIs, literals and blank nodes."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from decimal import Decimal
from itertools import count

from kg.shapes.rdf import XSD
from kg.sparql.ir import Iri, Literal, Refused, Term, Var
from kg.sparql.reading.tokens import NUMBERS, Tokens

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ESCAPED = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
#: How the literals of a datatype are written (XML Schema 1.1, part 2, 3.3); dates without a time zone, as the graph has them.
_LEXICAL = {
    XSD + "integer": re.compile(r"[+-]?[0-9]+"),
    XSD + "decimal": re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"),
    XSD + "double": re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"),
    XSD + "boolean": re.compile(r"true|false|1|0"),
    XSD + "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
}


class Terms(Tokens):
    """Reads terms; numbers what has no name."""

    def __init__(self, text: str, prefixes: Mapping[str, str]) -> None:
        super().__init__(text)
        self._prefixes = dict(prefixes)
        self._number = count(1)

    def fresh(self) -> Var:
        """A variable that no query can name."""
        return Var(f" {next(self._number)}")

    def fresh_blank(self) -> Var:
        """A blank node without a label; no label has a space in it."""
        return Var(f" _ {next(self._number)}")

    def prologue(self) -> None:
        """What is declared before a query; of two declarations of a prefix the last one counts."""
        while word := self.accept("PREFIX", "BASE"):
            if word == "BASE":
                raise Refused("BASE")
            name = self.advance()
            if name.kind != "name" or not name.text.endswith(":"):
                raise self.unread("a prefix")
            self._prefixes[name.text[:-1]] = self.iri().value

    def at_iri(self) -> bool:
        return self.token.kind in ("iri", "name")

    def iri(self) -> Iri:
        """:raises Refused: if there is none, or a relative one."""
        if not self.at_iri():
            raise self.unread("an IRI")
        token = self.advance()
        if token.kind == "iri":
            found = token.text[1:-1]
        else:
            prefix, _, local = token.text.partition(":")
            if prefix not in self._prefixes:
                raise Refused(f"the prefix {prefix}:")
            found = self._prefixes[prefix] + re.sub(r"\\(.)", r"\1", local)
        if not _ABSOLUTE.match(found):
            raise Refused(f"the relative IRI <{found}>")
        return Iri(found)

    def variable(self) -> Var:
        """:raises Refused: if there is none."""
        if self.token.kind != "variable":
            raise self.unread("a variable")
        return Var(self.advance().text)

    def at_literal(self) -> bool:
        token = self.token
        return token.kind in ("text", *NUMBERS) or self.at("TRUE", "FALSE", "+", "-")

    def literal(self) -> Literal:
        """:raises Refused: if there is none, or one that is not of its datatype, or a text with a language."""
        if word := self.accept("TRUE", "FALSE"):
            return Literal(word.lower(), XSD + "boolean")
        before, sign = self.token, self.accept("+", "-")
        token = self.advance()
        if sign and before.end != token.start:
            raise Refused("a sign apart from its number")
        if token.kind in NUMBERS:
            return _literal(sign + token.text, XSD + token.kind)
        if sign or token.kind != "text":
            raise Refused(f"{sign}{token.text!r} where a literal belongs")
        if self.token.kind == "language":
            raise Refused("a text with a language")
        text = _unescaped(token.text)
        return _literal(text, self.iri().value) if self.accept("^^") else Literal(text, XSD + "string")

    def term(self) -> Term:
        """A variable, an IRI, a literal, or a blank node with a label.

        :raises Refused: if there is none.
        """
        kind = self.token.kind
        if kind == "variable":
            return self.variable()
        if kind == "blank":
            return Var(f" _{self.advance().text[2:]}")
        return self.iri() if self.at_iri() else self.literal()


def _literal(text: str, datatype: str) -> Literal:
    form = _LEXICAL.get(datatype)
    if form and not form.fullmatch(text):
        raise Refused(f"{text!r} is no {datatype}")
    return Literal(format(Decimal(text), "f") if datatype == XSD + "decimal" else text, datatype)


def _unescaped(written: str) -> str:
    """A text as it was meant. A letter by its code point is a letter of the text, never its end (19.2, as SPARQL 1.2 has it).

    :raises Refused: for a backslash before what it can't be before.
    """
    quotes = 3 if written.startswith(('"""', "'''")) else 1
    return _ESCAPED.sub(_letter, written[quotes:-quotes])


def _letter(escaped: re.Match[str]) -> str:
    code = escaped[1]
    if len(code) > 1 and int(code[1:], 16) <= sys.maxunicode and not 0xD800 <= int(code[1:], 16) < 0xE000:
        return chr(int(code[1:], 16))
    if code not in _ESCAPES:
        raise Refused(f"the backslash before {code!r}")
    return _ESCAPES[code]
