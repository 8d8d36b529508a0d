"""SPARQL over the embedded store: from the record itself, and from an Oxigraph index what `kg.sparql` refuses."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import TYPE_CHECKING

from kg import limits
from kg.shapes.rdf import PREFIXES
from kg.shapes.rdf import base as base_iri
from kg.sparql import Base, Refused, Translation, base, translate
from kg.stores.base import Answer, Progress
from kg.stores.guard import check_sparql, with_parameters
from kg.stores.oxigraph import OxigraphIndex, columns_of
from kg.views import View

if TYPE_CHECKING:
    import duckdb

log = logging.getLogger("kg")

#: Opens the record for a view, see `kg.stores.base.Store.viewing`.
Viewing = Callable[[View], AbstractContextManager["duckdb.DuckDBPyConnection"]]
#: What is said when the translation refuses.
ELSEWHERE = "answered from the SPARQL index, not from the record"
_GRAPH = ["subject", "predicate", "object"]
#: What a question may hold before it spills.
_MEMORY = "1GB"


class StraightSparql:
    """Answers SPARQL. Nobody chooses between the two ways: what the one is not sure of, the other answers."""

    def __init__(self, viewing: Viewing, index: OxigraphIndex) -> None:
        self._viewing = viewing
        self._index = index

    def query(self, text: str, parameters: Mapping[str, object], progress: Progress | None) -> Answer:
        """The answer of all facts.

        :raises QueryError: if the text is wrong, or would write or reach outside the store.
        """
        try:
            return self.answer(View(), text, parameters)
        except Refused as why:
            log.warning("%s: %s", ELSEWHERE, why.message)
            return self._index.query(text, dict(parameters), progress)

    def answer(self, view: View, text: str, parameters: Mapping[str, object]) -> Answer:
        """The answer of a view's facts.

        :raises QueryError: as `query` does.
        :raises Refused: if it is not certain that SQL would answer as the standard says.
        """
        columns, translation = _translated(text, parameters)
        with self._viewing(view) as con:
            if limits.memory() is None:
                con.execute(f"SET memory_limit = '{_MEMORY}'")
            rows = translation.rows(con, _base(con, view))
        return Answer({"SELECT": columns, "ASK": ["answer"]}.get(translation.form, _GRAPH), rows)

    def explain(self, view: View, text: str, parameters: Mapping[str, object]) -> str:
        """The SQL that answers a query, or why there is none.

        :raises QueryError: as `query` does.
        """
        try:
            _, translation = _translated(text, parameters)
            with self._viewing(view) as con:
                given = _base(con, view)
                translation.check(con, given)
                return translation.text(given)
        except Refused as why:
            return f"-- {ELSEWHERE}: {why.message}"


def _base(con: duckdb.DuckDBPyConnection, view: View) -> Base:
    ((closed,),) = con.execute("SELECT count(closed) FROM kg.report").fetchall()
    return base(view, all_open=not closed)


def _translated(text: str, parameters: Mapping[str, object]) -> tuple[list[str], Translation]:
    asked = with_parameters(text, parameters)
    check_sparql(asked)
    columns = columns_of(asked, text)
    return columns, _translation(asked, tuple(columns), base_iri())


@lru_cache(maxsize=256)
def _translation(asked: str, columns: tuple[str, ...], _base: str) -> Translation:
    return translate(asked, PREFIXES, columns)
