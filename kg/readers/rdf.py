"""Our own shape of RDF (`kg.shapes.rdf`), read back as a table of facts; other RDF says nothing here.

Triples come in any order, so they are put into a table first, and a database that spills makes rows of them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kg import actions, duck
from kg.duck import literal
from kg.errors import InputError
from kg.facts import EDTF_SQL, EXACTNESS_SQL, NO_TARGET, digest_sql
from kg.shapes.rdf import KG, PROV, RDF, SKOS

if TYPE_CHECKING:
    import duckdb

_BATCH = 100_000
_CONTEXT = re.compile(r'"@context"\s*:\s*(?:\[[^\]{]*?)?"([^"]+)"')
_LOOKED_AT = 1 << 20
_MEMORY = "400MB"
_OF_FACT = ("id", "actor", "target", "actorState", "targetState", "action", "code", "scheme", "coded", "date", "until",
            "precision", "certainty", "event", "basis")  # fmt: skip
_OF_REPORT = ("dataset", "nativeId", "publisher", "url", "quote", "score", "scoreScale")
#: What is read of predicates: their names here.
_READ = {KG + name: name for name in (*_OF_FACT, *_OF_REPORT)} | {
    RDF + "type": "class", SKOS + "prefLabel": "name", PROV + "wasDerivedFrom": "report",
}  # fmt: skip

_FACTS = f"""
    CREATE TABLE fact AS SELECT coalesce(f.id, f.s) AS id, a.id AS actor_id, coalesce(t.id, '{NO_TARGET}') AS target_id,
        a.name AS actor, t.name AS target, a.kind AS actor_kind, t.kind AS target_kind, f.action, f.code, f.scheme, f.coded,
        b.id AS actor_state, c.id AS target_state, try_cast(f.date AS DATE) AS start, try_cast(f.until AS DATE) AS until,
        coalesce(f.precision, 'day') AS precision, f.certainty, f.event, f.basis, f.s
    FROM ({{facts}}) f LEFT JOIN entity a ON a.s = f.actor LEFT JOIN entity t ON t.s = f.target
    LEFT JOIN entity b ON b.s = f."actorState" LEFT JOIN entity c ON c.s = f."targetState" """
# A code that only the text led to is no part of a fact's identity: with it the identity would be another.
_KEY = digest_sql("f.actor_id", "x.key", "f.target_id", "f.start", "f.until", EXACTNESS_SQL)
_ROWS = f"""
    SELECT f.id, {EDTF_SQL} AS date, f.actor, f.actor_id, f.actor_kind, f.actor_state, f.action,
        f.target, f.target_id, f.target_kind, f.target_state, f.code, f.scheme, f.event,
        coalesce(f.coded, CASE WHEN f.basis IS NOT NULL THEN 'derived'
            WHEN f.code IS NOT NULL AND {_KEY}::VARCHAR <> f.id THEN 'code' ELSE 'text' END) AS coded,
        w.witnesses
    FROM fact f LEFT JOIN action x ON x.action IS NOT DISTINCT FROM f.action LEFT JOIN witness w ON w.s = f.s
    ORDER BY f.start, f.id"""
_WITNESS = """json_merge_patch('{{}}'::JSON, json_object('source', coalesce(r.publisher, r.dataset), 'id', r."nativeId",
    'url', r.url, 'quote', r.quote, 'score', r.score, 'scale', r."scoreScale"))"""
_WITNESSES = f"""
    CREATE TABLE witness AS SELECT d.s, to_json(list({_WITNESS} ORDER BY r.s))::VARCHAR AS witnesses
    FROM triple d JOIN ({{reports}}) r ON r.s = d.o WHERE d.p = 'report' GROUP BY d.s"""


def as_table(name: str, path: Path, suffix: str, plain: Path) -> Path:
    """The facts of an RDF file as a Parquet table at ``plain``.

    What a store believes no more (graphs that end in ``/history``) is not read. Nothing is fetched, whatever the file names.

    :raises InputError: if it can't be parsed, or has no facts of our shape.
    """
    triples = plain.with_name(plain.name + ".triples")
    try:
        said_anything = _write_triples(triples, _parsed(name, path, suffix))
        folder = str(plain.parent / "spill-rdf")
        with duck.connect(memory_limit=_MEMORY, temp_directory=folder) as con:
            con.execute(f"CREATE VIEW triple AS FROM read_parquet({literal(triples)})")
            _make_tables(con)
            if said_anything and not con.execute("SELECT 1 FROM fact LIMIT 1").fetchall():
                raise InputError(
                    f"{name} has no facts of this project's shape: no subject has {KG}actor and {KG}action",
                    hint="what kg export writes is read; of other RDF make a table, e.g. by a SPARQL query",
                )
            con.execute(f"COPY ({_ROWS}) TO {literal(plain)} (FORMAT parquet)")
    finally:
        triples.unlink(missing_ok=True)
    return plain


def _parsed(name: str, path: Path, suffix: str) -> Iterator[tuple[str, str | None, str]]:
    """What the file says: subject, name of the predicate if it is one of ours, object."""
    import pyoxigraph as ox

    forms = {
        ".ttl": ox.RdfFormat.TURTLE, ".trig": ox.RdfFormat.TRIG, ".nt": ox.RdfFormat.N_TRIPLES, ".nq": ox.RdfFormat.N_QUADS,
        ".jsonld": ox.RdfFormat.JSON_LD, ".rdf": ox.RdfFormat.RDF_XML, ".owl": ox.RdfFormat.RDF_XML,
    }  # fmt: skip
    try:
        for quad in ox.parse(path=str(path), format=forms[suffix]):
            if not str(getattr(quad.graph_name, "value", "")).endswith("/history"):
                yield getattr(quad.subject, "value", ""), _READ.get(quad.predicate.value), getattr(quad.object, "value", "")
    except (SyntaxError, ValueError) as error:
        if suffix == ".jsonld" and (context := _context(path)):
            raise InputError(
                f"{name} names a context that would have to be fetched: {context}",
                hint="nothing is ever fetched; put the context into the file, or expand it first",
            ) from None
        said = error.msg if isinstance(error, SyntaxError) else str(error)
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        raise InputError(f"can't read {name}{line}: {said}") from None


def _context(path: Path) -> str | None:
    """The address of the first context that a JSON-LD file does not bring with it."""
    with path.open(encoding="utf-8", errors="replace") as file:
        found = _CONTEXT.search(file.read(_LOOKED_AT))
    return found[1] if found else None


def _write_triples(plain: Path, triples: Iterator[tuple[str, str | None, str]]) -> bool:
    """Write what has a predicate of ours as a Parquet table; returns whether there was any triple at all."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(c, pa.string()) for c in "spo"])
    with pq.ParquetWriter(plain, schema) as writer:
        some = False
        while batch := [*itertools.islice(triples, _BATCH)]:
            some = True
            ours = [triple for triple in batch if triple[1]]
            columns = [pa.array([triple[i] for triple in ours], pa.string()) for i in range(3)]
            writer.write_batch(pa.record_batch(columns, schema=schema))
    return some


def _make_tables(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(f"""
        CREATE TABLE entity AS SELECT s, coalesce(id, s) AS id, coalesce(name, id, s) AS name,
            lower(regexp_extract(class, '[^#/]*$')) AS kind
        FROM ({_pivot("s IN (SELECT s FROM triple WHERE p = 'name')", ("id", "name", "class"))})""")
    con.execute(_FACTS.format(facts=_pivot("s IN (SELECT s FROM triple WHERE p = 'action')", _OF_FACT)))
    con.execute(_WITNESSES.format(reports=_pivot("s IN (SELECT o FROM triple WHERE p = 'report')", _OF_REPORT)))
    texts = [row[0] for row in con.execute("SELECT DISTINCT action FROM fact").fetchall()]
    con.execute("CREATE TABLE action (action VARCHAR, key VARCHAR)")
    if texts:
        con.executemany("INSERT INTO action VALUES (?, ?)", [(text, actions.resolve(text).key) for text in texts])


def _pivot(where: str, names: tuple[str, ...]) -> str:
    """SQL for a row a subject, with what it says as columns."""
    columns = ", ".join(f"min(o) FILTER (p = '{name}') AS \"{name}\"" for name in names)
    return f"SELECT s, {columns} FROM triple WHERE {where} GROUP BY s"
