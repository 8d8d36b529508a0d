"""The facts of a view with all that a file needs to give them back, and the caption that every kind of file carries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from kg.collecting import fetched
from kg.facts import FACT_COLUMNS, NO_BEGINNING, NO_TARGET
from kg.shapes.believed import ends
from kg.stores.base import FACTS

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from kg.stores.base import Store
    from kg.views import View

#: The columns of a file of facts: those of `FACT_COLUMNS`, the kinds of both ends and, as JSON text, the witnesses: objects with
#: ``source`` and, where known, ``id``, ``url``, ``quote``, ``score`` and ``scale``, one a report.
COLUMNS = (*FACT_COLUMNS, "actor_kind", "target_kind", "witnesses")

_WITNESS = """json_object('source', coalesce(r.publisher, r.dataset), 'id', r.native_id, 'url', r.url, 'quote', r.quote,
    'score', r.score, 'scale', r.score_scale)"""
# A merge patch onto an empty object leaves out what is null.
_WITNESSES = f"""
    SELECT b.id, to_json(list(json_merge_patch('{{}}'::JSON, {_WITNESS}) ORDER BY r.id))::VARCHAR AS witnesses
    FROM (SELECT id, unnest(witnesses) AS report FROM believed) b JOIN kg.report r ON r.id = b.report GROUP BY b.id"""
_ROWS = f"""
    SELECT x.*, a.kind AS actor_kind, t.kind AS target_kind, w.witnesses
    FROM ({FACTS.format(believed="FROM believed")}) x JOIN ({_WITNESSES}) w ON w.id = x.id::UUID
    JOIN kg.entity a ON a.id = x.actor_id JOIN kg.entity t ON t.id = x.target_id
    ORDER BY x.start, x.until NULLS LAST, x.actor_id, x.target_id, x.action, x.id"""
_NODES = f"SELECT id, name, kind, state, start, until FROM kg.entity WHERE id IN ({ends()}) ORDER BY id"


class Node(NamedTuple):
    """An entity as a row; ``state`` is the id of the state behind it, ``until`` the first day it no longer existed."""

    id: str
    name: str
    kind: str
    state: str | None
    start: dt.date | None
    until: dt.date | None


@dataclass(frozen=True)
class Caption:
    """What is in a file: counts, the first and the last day (``None``: without facts, without a beginning, still going on), and
    each source with its number of reports, most first."""

    facts: int
    entities: int
    first: dt.date | None
    last: dt.date | None
    sources: tuple[tuple[str, int], ...]

    def text(self, most: int = 20) -> str:
        """All of it as one sentence that names the ``most`` frequent sources."""
        span = f", {self.first or '?'} to {self.last or 'today'}" if self.facts else ""
        named = ", ".join(f"{name} ({n})" for name, n in self.sources[:most])
        more = f" and {len(self.sources) - most} more" if len(self.sources) > most else ""
        told = f"; sources: {named}{more}" if named else ""
        return f"{self.facts} facts between {self.entities} entities{span}{told}"


class Chosen:
    """The facts of a view while the store is read. One thing is read at a time: what was begun before ends there."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Rows of `COLUMNS`, in order of date."""
        yield from _fetched(self.con, _ROWS)

    def mappings(self) -> Iterator[dict[str, Any]]:
        """The same by column."""
        for row in self.rows():
            yield dict(zip(COLUMNS, row, strict=True))

    def table(self) -> pa.RecordBatchReader:
        """The same as Arrow batches."""
        return self.con.sql(_ROWS).to_arrow_reader(100_000)

    def nodes(self) -> Iterator[Node]:
        """The actors, targets and the states behind them, by id."""
        yield from map(Node._make, _fetched(self.con, _NODES))

    def caption(self) -> Caption:
        """What the view has."""
        ((facts, first, last),) = self.con.execute(
            f"SELECT count(*), nullif(min(start), DATE '{NO_BEGINNING}'), "
            "CASE WHEN count(*) = count(until) THEN max(until - 1) END FROM believed"
        ).fetchall()
        ((entities,),) = self.con.execute(f"SELECT count(*) FROM ({ends()}) WHERE id <> '{NO_TARGET}'").fetchall()
        sources = self.con.execute("""SELECT coalesce(publisher, dataset), count(*) FROM kg.report
            WHERE id IN (SELECT unnest(witnesses) FROM believed) GROUP BY 1 ORDER BY 2 DESC, 1""").fetchall()
        return Caption(facts, entities, first, last, tuple(sources))


@contextmanager
def chosen(store: Store, view: View) -> Iterator[Chosen]:
    """The facts of a view, in the table ``believed`` of a connection that also has the tables of the record.

    :raises StoreError: if nothing was ever loaded.
    """
    with store.viewing(view) as con:
        con.execute(f"CREATE TEMP TABLE believed AS {view.believed()}", view.values())
        yield Chosen(con)


def _fetched(con: duckdb.DuckDBPyConnection, sql: str) -> Iterator[tuple[Any, ...]]:
    con.execute(sql)
    yield from chain.from_iterable(fetched(con))
