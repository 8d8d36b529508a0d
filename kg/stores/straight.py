"""SPARQL over the embedded store: from the record itself, and from an Oxigraph index what `kg.sparql` refuses."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from kg.shapes.rdf import PREFIXES
from kg.shapes.rdf import base as base_iri
from kg.sparql import Base, Refused, Translation, base, translate
from kg.stores.base import Answer, Progress
from kg.stores.guard import check_sparql, with_parameters
from kg.stores.oxigraph import OxigraphIndex, columns_of
from kg.stores.record import Record

log = logging.getLogger("kg")

_GRAPH = ["subject", "predicate", "object"]
#: What a question may hold before it spills.
_MEMORY = "1GB"


class StraightSparql:
    """Answers SPARQL. Nobody chooses between the two ways: what the one is not sure of, the other answers."""

    def __init__(self, record: Record, index: OxigraphIndex) -> None:
        self.record = record
        self.index = index

    def query(self, text: str, parameters: Mapping[str, object], progress: Progress | None) -> Answer:
        asked = with_parameters(text, parameters)
        check_sparql(asked)
        columns = columns_of(asked, text)
        try:
            translation = _translated(asked, tuple(columns), base_iri())
            with self.record.reading() as con:
                con.execute(f"SET memory_limit = '{_MEMORY}'")
                rows = translation.rows(con, _base(con))
        except Refused as why:
            log.warning("answered from the SPARQL index, not from the record: %s", why.message)
            return self.index.query(text, dict(parameters), progress)
        return Answer({"SELECT": columns, "ASK": ["answer"]}.get(translation.form, _GRAPH), rows)

    def explain(self, text: str, parameters: Mapping[str, object]) -> str:
        """The SQL that answers a query, or why there is none.

        :raises QueryError: if the text is wrong, or would reach outside the store.
        """
        asked = with_parameters(text, parameters)
        check_sparql(asked)
        columns = columns_of(asked, text)
        try:
            translation = _translated(asked, tuple(columns), base_iri())
            with self.record.reading() as con:
                given = _base(con)
                con.execute(f"EXPLAIN {translation.text(given)}", list(given.values))
            return translation.text(given)
        except Refused as why:
            return f"-- answered from the SPARQL index, not from the record: {why.message}"


def _base(con: Any) -> Base:
    """The facts that questions are asked of: all that are believed."""
    ((closed,),) = con.execute("SELECT count(closed) FROM kg.report").fetchall()
    return base(all_open=not closed)


@lru_cache(maxsize=256)
def _translated(asked: str, columns: tuple[str, ...], _base: str) -> Translation:
    return translate(asked, PREFIXES, columns)
