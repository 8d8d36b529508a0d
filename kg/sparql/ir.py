"""A SPARQL query as this package understands it: the algebra of the standard (18.2), without anything of a parser.

Paths are spelt out as triples and unions, blank nodes are variables that nobody can name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cache

from kg.errors import KGError


class Refused(KGError):
    """What the translation is not sure to answer as the standard does; the text says what. Another engine answers then."""


@dataclass(frozen=True)
class Var:
    """A variable. The name of a blank node begins with a space, so that no query can mean it."""

    name: str

    @property
    def hidden(self) -> bool:
        """Whether it is a blank node, or a place on a path."""
        return self.name.startswith(" ")


@dataclass(frozen=True)
class Iri:
    """An IRI, absolute."""

    value: str


@dataclass(frozen=True)
class Literal:
    """A literal without a language; the datatype is a full IRI."""

    text: str
    datatype: str


Term = Var | Iri | Literal


@dataclass(frozen=True)
class Triple:
    """A triple pattern."""

    subject: Term
    predicate: Var | Iri
    object: Term

    def terms(self) -> tuple[Term, Term, Term]:
        return self.subject, self.predicate, self.object


@dataclass(frozen=True)
class Call:
    """An operator or a function: ``=``, ``&&``, ``STRLEN``, a cast by its IRI."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Exists:
    """``EXISTS``; ``NOT EXISTS`` is the negation of it."""

    pattern: Pattern


Expression = Var | Iri | Literal | Call | Exists


@dataclass(frozen=True)
class Bgp:
    """Triples that all match; ``optional`` ones have a subject that the others bind and an object that nothing else does.

    ``spoken_of``: variables that matter only where they are entities of facts, as other parts of the query see to.
    """

    triples: tuple[Triple, ...]
    optional: tuple[Triple, ...] = ()
    spoken_of: tuple[Var, ...] = ()


@dataclass(frozen=True)
class Join:
    left: Pattern
    right: Pattern


@dataclass(frozen=True)
class LeftJoin:
    left: Pattern
    right: Pattern
    condition: Expression | None


@dataclass(frozen=True)
class Minus:
    left: Pattern
    right: Pattern


@dataclass(frozen=True)
class Union:
    """``alternative`` says that it was a path ``p|q``."""

    left: Pattern
    right: Pattern
    alternative: bool = False


@dataclass(frozen=True)
class Filter:
    pattern: Pattern
    condition: Expression


@dataclass(frozen=True)
class Extend:
    pattern: Pattern
    variable: Var
    value: Expression


@dataclass(frozen=True)
class Values:
    """Rows of constants; ``None`` is UNDEF."""

    variables: tuple[Var, ...]
    rows: tuple[tuple[Iri | Literal | None, ...], ...]


@dataclass(frozen=True)
class Aggregate:
    """``expression`` is ``None`` in ``COUNT(*)``."""

    function: str
    expression: Expression | None
    distinct: bool = False
    separator: str = " "


@dataclass(frozen=True)
class Group:
    """One row a group. Without keys all is one group, even if there is no row."""

    pattern: Pattern
    keys: tuple[Var, ...]
    aggregates: tuple[tuple[Var, Aggregate], ...]


@dataclass(frozen=True)
class Told:
    """What the reports of facts say: triples whose objects nothing in the pattern asks for, so that they are looked up last."""

    pattern: Pattern
    triples: tuple[Triple, ...]


@dataclass(frozen=True)
class Project:
    pattern: Pattern
    variables: tuple[Var, ...]


@dataclass(frozen=True)
class Distinct:
    pattern: Pattern


@dataclass(frozen=True)
class Order:
    """``keys``: expressions, each with whether it goes down."""

    pattern: Pattern
    keys: tuple[tuple[Expression, bool], ...]


@dataclass(frozen=True)
class Slice:
    pattern: Pattern
    offset: int
    limit: int | None


Pattern = (
    Bgp | Join | LeftJoin | Minus | Union | Filter | Extend | Values | Group | Told | Project | Distinct | Order | Slice
)  # fmt: skip


@dataclass(frozen=True)
class Query:
    """A whole query. ``form`` is SELECT, ASK, CONSTRUCT or DESCRIBE; ``described`` is what DESCRIBE names. Without WHERE
    ``pattern`` is ``None``."""

    form: str
    pattern: Pattern | None
    template: tuple[Triple, ...] = ()
    described: tuple[Term, ...] = ()


def parts(node: object) -> Iterator[object]:
    """A node and all that is in it, from the outside in."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, tuple):
            waiting.extend(reversed(one))
        else:
            waiting.extend(getattr(one, name) for name in _parts_of(type(one)))  # type: ignore[arg-type]


@cache
def _parts_of(kind: type) -> tuple[str, ...]:
    """The names of a node's fields, the last one first."""
    return tuple(reversed([field.name for field in fields(kind)])) if is_dataclass(kind) else ()


def variables_of(node: object) -> set[Var]:
    """All variables that occur in a node."""
    return {p for p in parts(node) if isinstance(p, Var)}
