"""A cursor over the tokens of SPARQL."""

from __future__ import annotations

import re
from typing import NamedTuple

from kg.sparql.ir import Refused
from kg.tokens import SPARQL

_SPACE = re.compile(r"[ \t\r\n]*")
NUMBERS = ("integer", "decimal", "double")


class Token(NamedTuple):
    """A token: its group in `kg.tokens.SPARQL`, the text of that, and where the token is in the query."""

    kind: str
    text: str
    start: int
    end: int


class Unread(Refused):
    """What the grammar does not have at this place, as this package knows it."""


class Tokens:
    """The tokens of a query, read one after the other; keywords are words in any case, and given here in capitals."""

    def __init__(self, text: str) -> None:
        """:raises Unread: for what is no token."""
        self._tokens = _tokens(text)
        self._at = 0

    @property
    def token(self) -> Token:
        """The next one."""
        return self._tokens[self._at]

    @property
    def following(self) -> Token:
        """The one after that, or the end."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def advance(self) -> Token:
        """The next one, which is read with that; the end stays the next one."""
        found = self.token
        self._at += found.kind != "end"
        return found

    def at(self, *wanted: str) -> bool:
        """Whether the next token is one of these marks or keywords."""
        token = self.token
        return (token.kind == "mark" and token.text in wanted) or (token.kind == "word" and token.text.upper() in wanted)

    def then(self, wanted: str) -> bool:
        """Whether the token after the next one is this keyword or mark."""
        following = self.following
        return following.kind in ("mark", "word") and following.text.upper() == wanted

    def accept(self, *wanted: str) -> str:
        """The next token, read, if it is one of these; else nothing."""
        return self.advance().text.upper() if self.at(*wanted) else ""

    def expect(self, *wanted: str) -> str:
        """:raises Unread: if the next token is none of these."""
        if not (found := self.accept(*wanted)):
            raise self.unread(" or ".join(wanted))
        return found

    def unread(self, wanted: str) -> Unread:
        """What to raise where something else is wanted."""
        found = self.token
        return Unread(f"{repr(found.text) if found.kind != 'end' else 'the end'} where {wanted} belongs")


def _tokens(text: str) -> list[Token]:
    found, end = [], 0
    for match in SPARQL.finditer(text):
        _all_space(text, end, match.start())
        end = match.end()
        kind = match.lastgroup
        if kind and kind != "comment":
            # In SPARQL a variable may begin with either.
            found.append(Token("variable" if kind == "parameter" else kind, match[kind], match.start(), end))
    _all_space(text, end, len(text))
    return [*found, Token("end", "", len(text), len(text))]


def _all_space(text: str, start: int, end: int) -> None:
    if not _SPACE.fullmatch(text, start, end):
        raise Unread(f"{text[start:end].strip()[:20]!r}, which is no token")
