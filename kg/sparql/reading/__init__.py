"""SPARQL text to the algebra in `kg.sparql.ir`.

The grammar of SPARQL is LL(1), so that each of its rules is a method that looks at the next token: tokens, terms, triples,
conditions, patterns, queries, each module building on those before. The text was read by Oxigraph before, whose message is the
better one; what is left to refuse here is what the translation has no use for.
"""

from __future__ import annotations

from collections.abc import Mapping

from kg.sparql.ir import Query
from kg.sparql.reading.queries import Queries

__all__ = ["parse"]


def parse(text: str, prefixes: Mapping[str, str]) -> Query:
    """The algebra of a query that some engine could read already.

    :param prefixes: those that need not be declared, with their namespaces.
    :raises Refused: for what can't be read, or is not translated.
    """
    return Queries(text, prefixes).query()
