"""Cypher over the embedded store: a Ladybug database made from the record."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import actions, content, limits
from kg.collecting import uncollected
from kg.duck import literal
from kg.errors import QueryError, StoreError
from kg.facts import KINDS
from kg.shapes.believed import believed
from kg.shapes.property_graph import EDGE, NODE, Property, select
from kg.stores.base import Answer, Progress
from kg.stores.guard import CYPHER_REACHING, check_cypher, cypher_words, disguised
from kg.stores.index import Changes, Index, wanted_entities
from kg.text import fingerprint

if TYPE_CHECKING:
    import duckdb

_FILE = "graph.lbug"
# What Neo4j's Cypher has and Ladybug's has not, by what its message says; with what to write instead.
_DIFFERENCES = (
    (r"has data type (DATE|TIMESTAMP)", "write year(r.date), date_part('month', r.date); r.year is there too"),
    (r"SHORTESTPATH", "write MATCH p = (a)-[* SHORTEST 1..3]-(b)"),
    (r"parsing interval", "write interval('1 month 2 days') for duration('P1M2D')"),
    (r"Variable \w+ is not in scope", "for [x IN list | ...] write list_transform(list, x -> ...)"),
    (r"function DATE\.", "write date('2009-09-18')"),
    (
        rf"Table ({'|'.join(map(str.capitalize, KINDS))}) does not exist",
        "only in Neo4j kinds are labels as well; here write (b:Entity {kind: 'state'})",
    ),
    (r"Table \w+ does not exist", "nodes are :Entity, edges have a type of the closed list: kg info --types"),
    (
        r"Cannot find property",
        "properties of nodes: id, name, kind, state, start, until; of edges: " + ", ".join(p.name for p in EDGE),
    ),
)

_ORDER = re.compile(r"\border\s+by\b", re.IGNORECASE)
_CLAUSE = re.compile(r"\b(?:call|match|optional|return|union|unwind|with)\b", re.IGNORECASE)

# Types whose values are plain as they come, and lists of them.
_PLAIN = re.compile(r"(STRING|UUID|BOOL|DATE|TIMESTAMP|INTERVAL|DOUBLE|FLOAT|U?INT(8|16|32|64))(\[\])*")


class LadybugIndex(Index):
    """The property graph of the believed facts, as one Ladybug file."""

    language = "Cypher"

    @cached_property
    def shape(self) -> str:  # type: ignore[override]
        return fingerprint("\n".join(self._schema()))

    def _schema(self) -> list[str]:
        node = f"CREATE NODE TABLE Entity({_columns(NODE)}, PRIMARY KEY(id))"
        edges = [f"CREATE REL TABLE `{t}`(FROM Entity TO Entity, {_columns(EDGE)})" for t in actions.types()]
        macros = (content.shelf("schema") / "ladybug.cypher").read_text(encoding="utf-8")
        statements = [s.strip() for s in re.sub(r"//[^\n]*", "", macros).split(";") if s.strip()]
        return [node, *edges, *statements]

    def build(self, con: duckdb.DuckDBPyConnection, folder: Path, progress: Progress | None) -> None:
        con.execute(f"CREATE OR REPLACE TEMP TABLE believed AS {believed()}")
        total = con.execute("SELECT count(*) FROM believed").fetchall()[0][0]
        with _writing(folder) as graph:
            for statement in self._schema():
                graph.execute(statement)
            wanted_entities(con)
            _copy(con, graph, folder, "Entity", select(NODE, "kg.entity e SEMI JOIN wanted USING (id)"))
            self._copy_edges(con, graph, folder, total, progress)
            graph.execute("CHECKPOINT")

    def update(self, con: duckdb.DuckDBPyConnection, old: Path, folder: Path) -> None:
        shutil.copyfile(old / _FILE, folder / _FILE)
        con.execute(f"CREATE OR REPLACE TEMP TABLE believed AS {believed('f.id IN (FROM fresh)')}")
        gone = [row[0] for row in con.execute("SELECT id::VARCHAR FROM gone").fetchall()]
        with _writing(folder) as graph:
            if gone:
                graph.execute("MATCH (:Entity)-[r]->(:Entity) WHERE r.id IN $ids DELETE r", {"ids": gone})
            wanted, present = (
                set(wanted_entities(con)),
                {row[0] for row in graph.execute("MATCH (e:Entity) RETURN e.id").get_all()},
            )
            if present - wanted:
                graph.execute("MATCH (e:Entity) WHERE e.id IN $ids DELETE e", {"ids": sorted(present - wanted)})
            con.execute("CREATE OR REPLACE TEMP TABLE missing AS SELECT unnest(?::VARCHAR[]) AS id", [sorted(wanted - present)])
            _copy(con, graph, folder, "Entity", select(NODE, "kg.entity e SEMI JOIN missing USING (id)"))
            self._copy_edges(con, graph, folder, 0, None)
            graph.execute("CHECKPOINT")

    def open(self, folder: Path) -> Any:
        import ladybug

        return ladybug.Database(str(folder / _FILE), read_only=True, buffer_pool_size=limits.memory() or 0)

    def facts(self, engine: Any) -> int:
        with _connected(engine) as graph:
            return int(graph.execute("MATCH (:Entity)-[r]->(:Entity) RETURN count(*)").get_all()[0][0])

    def cheaper_to_update(self, changes: Changes) -> bool:
        # Seconds, measured on 2 cores at one million facts: appending 3, deleting 7 a thousand, building 6 to 15 a million.
        return 3 + 0.007 * changes.removed + 1e-5 * changes.added < 1e-5 * changes.total

    def _copy_edges(
        self, con: duckdb.DuckDBPyConnection, graph: Any, folder: Path, total: int, progress: Progress | None
    ) -> None:
        done = 0
        for type_, n in con.execute("SELECT type, count(*) FROM believed GROUP BY 1 ORDER BY 1").fetchall():
            if progress:
                progress("building the Cypher index", done, total)
            _copy(con, graph, folder, type_, select(EDGE, f"believed f WHERE f.type = '{type_}'", ends=True))
            done += n

    def query(self, text: str, parameters: dict[str, Any], progress: Progress | None) -> Answer:
        check_cypher(text, parameters)
        with _connected(self.opened(progress), threads=1 if _sorted_whole(text) else 0) as graph:
            try:
                _check_reading(graph, text)
                return _answer(graph.execute(text, parameters))
            except RuntimeError as error:
                full = limits.engine_full() if str(error).startswith("Buffer manager exception") else None
                raise full or _explained(str(error)) from None


def _sorted_whole(text: str) -> bool:
    """Whether a query has an ORDER BY without a LIMIT.

    Such ones Ladybug 0.20.4 sorts wrongly with several threads: groups of rows come in another order than asked for, in one of
    four answers to "RETURN r.type AS t, r.year AS y, count(*) ORDER BY t, y" on a busy machine. The first so many it finds in
    another way, of which 5 000 such answers were right.
    """
    _, *ordered = _ORDER.split(cypher_words(text))
    return not all(re.search(r"\blimit\b", _CLAUSE.split(rest, maxsplit=1)[0], re.IGNORECASE) for rest in ordered)


def _check_reading(graph: Any, text: str) -> None:
    """Let Ladybug's own parser say whether a word that reaches out is a word of the query, or part of a name or a text."""
    spoilt = disguised(text, CYPHER_REACHING)
    if spoilt is None:
        return
    try:
        # EXPLAIN plans and does nothing; a text that explains itself is harmless as it stands, with its words spoilt.
        explained = re.match(r"\s*(explain|profile)\b", spoilt, re.IGNORECASE)
        graph.execute(spoilt if explained else f"EXPLAIN {spoilt}")
    except RuntimeError as error:
        if str(error).startswith("Parser exception"):
            raise QueryError(
                f"Cypher: the query can't be read without one of {', '.join(CYPHER_REACHING).upper()}, and those are refused",
                hint="a query reads the graph only; load files with kg load",
            ) from None


@contextmanager
def _writing(folder: Path) -> Iterator[Any]:
    """A connection to a database that nobody else knows of yet."""
    import ladybug

    with ladybug.Database(str(folder / _FILE), buffer_pool_size=limits.memory() or 0) as db, _connected(db) as graph:
        yield graph


@contextmanager
def _connected(db: Any, threads: int = 0) -> Iterator[Any]:
    """A connection whose queries run with so many threads; 0 for one a processor."""
    import ladybug

    with ladybug.Connection(db, num_threads=threads) as graph:
        yield graph


def _columns(properties: tuple[Property, ...]) -> str:
    return ", ".join(f"`{p.name}` {p.type}" for p in properties)


def _copy(con: duckdb.DuckDBPyConnection, graph: Any, folder: Path, table: str, sql: str) -> None:
    """Hand the rows of an SQL query over to a Ladybug table, through a Parquet file."""
    # Ladybug takes brackets in a path for a pattern.
    odd = any(c in str(folder) for c in "*?[]{}")
    with tempfile.TemporaryDirectory(prefix="kg-index-") if odd else nullcontext(folder) as place:
        _copy_through(con, graph, Path(place) / "rows.parquet", table, sql)


def _copy_through(con: duckdb.DuckDBPyConnection, graph: Any, file: Path, table: str, sql: str) -> None:
    escaped = str(file).replace("\\", "\\\\").replace("'", "\\'")
    if not con.execute(f"COPY ({sql}) TO {literal(file)} (FORMAT parquet)").fetchall()[0][0]:
        file.unlink()
        return
    try:
        graph.execute(f"COPY `{table}` FROM '{escaped}'")
    except RuntimeError as error:
        raise StoreError(f"building the Cypher index failed at {table}: {error}") from error
    finally:
        file.unlink()


def _answer(result: Any) -> Answer:
    # Ladybug shows what its macros stand for; the user wrote type(r).
    columns = [re.sub(r"^LABEL\((\w+)\._ID,.*\)$", r"type(\1)", c) for c in result.get_column_names()]
    columns = [re.sub(r"^COUNT\((\w+)\._ID\)$", r"count(\1)", c).replace("COUNT_STAR()", "count(*)") for c in columns]
    # Of many rows looking at every value would take as long as fetching them.
    odd = [n for n, type_ in enumerate(result.get_column_data_types()) if not _PLAIN.fullmatch(type_)]
    with uncollected():
        rows = result.get_all()
        for row in rows if odd else ():
            for n in odd:
                row[n] = _plain(row[n])
        return Answer(columns, [*map(tuple, rows)])


def _plain(value: Any) -> Any:
    """Ladybug's nodes, relationships and paths as dictionaries without internal ids."""
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, Decimal):  # what sums of whole numbers come as
        return int(value) if value == int(value) else float(value)
    if not isinstance(value, dict):
        return value
    if "_NODES" in value:
        return {"nodes": _plain(value["_NODES"]), "relationships": _plain(value["_RELS"])}
    properties = {k: _plain(v) for k, v in value.items() if k not in ("_ID", "_LABEL", "_SRC", "_DST") and v is not None}
    if "_SRC" in value:
        return {"id": value.get("id"), "type": value["_LABEL"], "properties": properties}
    if "_LABEL" in value:
        return {"id": value.get("id"), "labels": [value["_LABEL"]], "properties": properties}
    return {k: _plain(v) for k, v in value.items()}


def _explained(message: str) -> QueryError:
    hint = next((h for pattern, h in _DIFFERENCES if re.search(pattern, message, re.IGNORECASE)), None)
    place = "the place is marked ^; " if "^" in message else ""
    return QueryError(f"Cypher: {message.strip()}", hint=hint or f"{place}a query that works: kg ask facts-at --show cypher")
