"""Triples of SPARQL, with property lists, collections and paths; a path is spelt out as triples and unions (18.2.2.4)."""

from __future__ import annotations

from dataclasses import dataclass, field

from kg.shapes.rdf import RDF
from kg.sparql.ir import Bgp, Iri, Join, Pattern, Refused, Term, Triple, Union, Var
from kg.sparql.reading.terms import Terms


@dataclass(frozen=True)
class Inverse:
    """``^path``."""

    path: Path


@dataclass(frozen=True)
class Sequence:
    """``path/path``."""

    steps: tuple[Path, ...]


@dataclass(frozen=True)
class Alternative:
    """``path|path``."""

    ways: tuple[Path, ...]


Path = Iri | Var | Inverse | Sequence | Alternative


@dataclass
class Block:
    """Triples that stand together: plain ones, and what paths became that are more."""

    triples: list[Triple] = field(default_factory=list)
    others: list[Pattern] = field(default_factory=list)

    def pattern(self) -> Pattern:
        """All of it."""
        found: Pattern = Bgp(tuple(self.triples))
        for other in self.others:
            found = joined(found, other)
        return found


def joined(one: Pattern, other: Pattern) -> Pattern:
    """The join of two patterns, of which an empty one changes nothing (18.2.2.8)."""
    if one == Bgp(()):
        return other
    return one if other == Bgp(()) else Join(one, other)


class Triples(Terms):
    """Reads triples."""

    def triples(self, block: Block) -> None:
        """The triples of one subject."""
        listed = self.at("[", "(")
        before = len(block.triples) + len(block.others)
        subject = self._node(block)
        # What stands in brackets may have said all already.
        if not listed or before == len(block.triples) + len(block.others) or self._at_verb():
            self._properties(subject, block)

    def at_triples(self) -> bool:
        """Whether the next token can begin a subject."""
        return self.token.kind in ("variable", "blank") or self.at_iri() or self.at_literal() or self.at("[", "(")

    def _properties(self, subject: Term, block: Block) -> None:
        while True:
            verb = self._verb()
            _spelt_out(self, subject, verb, self._node(block), block)
            while self.accept(","):
                _spelt_out(self, subject, verb, self._node(block), block)
            more = False
            while self.accept(";"):
                more = True
            if not more or not self._at_verb():
                return

    def _node(self, block: Block) -> Term:
        """A term, or what stands in brackets, whose triples go to the block."""
        if self.accept("["):
            blank = self.fresh_blank()
            if not self.accept("]"):
                self._properties(blank, block)
                self.expect("]")
            return blank
        if self.accept("("):
            return self._collection(block)
        return self.term()

    def _collection(self, block: Block) -> Term:
        if self.accept(")"):
            return Iri(RDF + "nil")
        head = cell = self.fresh_blank()
        while True:
            block.triples.append(Triple(cell, Iri(RDF + "first"), self._node(block)))
            if self.accept(")"):
                block.triples.append(Triple(cell, Iri(RDF + "rest"), Iri(RDF + "nil")))
                return head
            following = self.fresh_blank()
            block.triples.append(Triple(cell, Iri(RDF + "rest"), following))
            cell = following

    # Paths.

    def _at_verb(self) -> bool:
        token = self.token
        return token.kind == "variable" or self.at_iri() or self.at("^", "!", "(") or (token.kind, token.text) == ("word", "a")

    def _verb(self) -> Path:
        return self.variable() if self.token.kind == "variable" else self._alternative()

    def _alternative(self) -> Path:
        ways = [self._sequence()]
        while self.accept("|"):
            ways.append(self._sequence())
        return Alternative(tuple(ways)) if len(ways) > 1 else ways[0]

    def _sequence(self) -> Path:
        steps = [self._step()]
        while self.accept("/"):
            steps.append(self._step())
        return Sequence(tuple(steps)) if len(steps) > 1 else steps[0]

    def _step(self) -> Path:
        inverse = self.accept("^")
        if self.accept("!"):
            raise Refused("a path with !")
        found: Path
        if self.accept("("):
            found = self._alternative()
            self.expect(")")
        elif (self.token.kind, self.token.text) == ("word", "a"):
            self.advance()
            found = Iri(RDF + "type")
        else:
            found = self.iri()
        if self.at("*", "+", "?"):
            raise Refused("a path with *, + or ?")
        return Inverse(found) if inverse else found


def _spelt_out(terms: Terms, subject: Term, path: Path, obj: Term, block: Block) -> None:
    match path:
        case Inverse(inner):
            _spelt_out(terms, obj, inner, subject, block)
        case Sequence(steps):
            places = [subject, *(terms.fresh() for _ in steps[1:]), obj]
            for start, step, end in zip(places, steps, places[1:], strict=False):
                _spelt_out(terms, start, step, end, block)
        case Alternative(ways):
            branches = []
            for way in ways:
                inner_block = Block()
                _spelt_out(terms, subject, way, obj, inner_block)
                branches.append(inner_block.pattern())
            found = branches[0]
            for branch in branches[1:]:
                found = Union(found, branch, alternative=True)
            block.others.append(found)
        case _:
            block.triples.append(Triple(subject, path, obj))
