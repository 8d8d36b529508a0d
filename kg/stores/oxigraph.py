"""SPARQL over the embedded store: an Oxigraph database made from the record."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kg.errors import QueryError
from kg.shapes.believed import believed
from kg.shapes.rdf import PREFIXES, SHAPE, base, predicate_of
from kg.shapes.triples import described, statements, write_ntriples
from kg.stores.base import Answer, Progress
from kg.stores.guard import SPARQL_HINT, check_sparql, check_sparql_writes, with_parameters
from kg.stores.index import Changes, Index, wanted_entities
from kg.stores.terms import literal_value
from kg.text import fingerprint

if TYPE_CHECKING:
    import duckdb

_FOLDER = "triples"
# Where the rows of each part of the shape come from when all is built.
_RELATIONS = {
    "entity": "kg.entity e SEMI JOIN wanted USING (id)",
    "fact": "believed f",
    "report": "kg.report r WHERE r.closed IS NULL",
}
_OF_ENTITIES = {term.predicate for term in described("entity").terms}


class OxigraphIndex(Index):
    """The triples of the believed facts in an Oxigraph store."""

    language = "SPARQL"

    @cached_property
    def shape(self) -> str:  # type: ignore[override]
        return fingerprint("\n".join(statements(d) for d in SHAPE))

    def build(self, con: duckdb.DuckDBPyConnection, folder: Path, progress: Progress | None) -> None:
        import pyoxigraph as ox

        con.execute(f"CREATE OR REPLACE TEMP TABLE believed AS {believed()}")
        wanted_entities(con)
        store = ox.Store(str(folder / _FOLDER))
        file = folder / "rows.nt"
        for step, (subject, relation) in enumerate(_RELATIONS.items()):
            if progress:
                progress("building the SPARQL index", step, len(_RELATIONS))
            write_ntriples(con, statements(described(subject), relation), file)
            store.bulk_load(path=str(file), format=ox.RdfFormat.N_TRIPLES)
            file.unlink()
        store.flush()

    def update(self, con: duckdb.DuckDBPyConnection, old: Path, folder: Path) -> None:
        import pyoxigraph as ox

        # The backup is hard links to the old state's immutable files, so it costs neither time nor space.
        ox.Store.read_only(str(old / _FOLDER)).backup(str(folder / _FOLDER))
        store = ox.Store(str(folder / _FOLDER))
        self._remove_gone(con, store)
        con.execute(f"CREATE OR REPLACE TEMP TABLE believed AS {believed('f.id IN (FROM fresh)')}")
        self._exchange_entities(con, store)
        file = folder / "rows.nt"
        for subject, relation in (
            ("entity", "kg.entity e SEMI JOIN missing USING (id)"),
            ("fact", "believed f"),
            ("report", "kg.report r WHERE r.closed IS NULL AND r.fact IN (FROM fresh)"),
        ):
            write_ntriples(con, statements(described(subject), relation), file)
            store.load(path=str(file), format=ox.RdfFormat.N_TRIPLES)
            file.unlink()
        store.flush()

    def _exchange_entities(self, con: duckdb.DuckDBPyConnection, store: Any) -> None:
        """Take out entities that no fact speaks of any more or that got further names; fill ``missing`` with those to put in."""
        import pyoxigraph as ox

        wanted = {f"{base()}entity/{quote(id_, safe='')}": id_ for id_ in wanted_entities(con)}
        renamed = {row[0] for row in con.execute("SELECT DISTINCT entity FROM kg.name, newer WHERE change > version").fetchall()}
        present = {q.subject.value for q in store.quads_for_pattern(None, ox.NamedNode(PREFIXES["skos"] + "prefLabel"), None)}
        outdated = {iri for iri in present if iri not in wanted or wanted[iri] in renamed}
        for iri in outdated:
            for quad in list(store.quads_for_pattern(ox.NamedNode(iri), None, None)):
                # The plain triples of its deeds are the facts' affair.
                if quad.predicate.value in _OF_ENTITIES:
                    store.remove(quad)
        missing = sorted(wanted[iri] for iri in wanted.keys() - (present - outdated))
        con.execute("CREATE OR REPLACE TEMP TABLE missing AS SELECT unnest(?::VARCHAR[]) AS id", [missing])

    def _remove_gone(self, con: duckdb.DuckDBPyConnection, store: Any) -> None:
        """Take out the changed facts and their reports, and plain triples that no believed fact states any more."""
        import pyoxigraph as ox

        derived = ox.NamedNode(PREFIXES["prov"] + "wasDerivedFrom")
        pending = [ox.NamedNode(f"{base()}fact/{row[0]}") for row in con.execute("SELECT id::VARCHAR FROM gone").fetchall()]
        while pending:
            for quad in list(store.quads_for_pattern(pending.pop(), None, None)):
                if quad.predicate == derived:
                    pending.append(quad.object)
                store.remove(quad)
        unstated = con.execute("""
            SELECT DISTINCT f.type, f.actor, f.target FROM gone JOIN kg.fact f USING (id)
            ANTI JOIN (
                SELECT k.type, k.actor, k.target FROM kg.fact k
                SEMI JOIN (SELECT fact FROM kg.report WHERE closed IS NULL) r ON r.fact = k.id
            ) b USING (type, actor, target)""").fetchall()
        for type_, *ends in unstated:
            actor, target = (ox.NamedNode(f"{base()}entity/{quote(e, safe='')}") for e in ends)
            store.remove(ox.Quad(actor, ox.NamedNode(predicate_of(type_)), target))

    def open(self, folder: Path) -> Any:
        import pyoxigraph as ox

        return ox.Store.read_only(str(folder / _FOLDER))

    def facts(self, engine: Any) -> int:
        import pyoxigraph as ox

        return sum(1 for _ in engine.quads_for_pattern(None, ox.NamedNode(PREFIXES["kg"] + "actor"), None))

    def cheaper_to_update(self, changes: Changes) -> bool:
        # Seconds, measured on 2 cores: building 40 to 100 a million facts; updating about 1 a thousand.
        return 0.2 + 1e-3 * (changes.removed + changes.added) < 4e-5 * changes.total

    def query(self, text: str, parameters: dict[str, Any], progress: Progress | None) -> Answer:
        asked = with_parameters(text, parameters)
        check_sparql(asked)
        store = self.opened(progress)
        try:
            return _answer(store.query(asked, prefixes=PREFIXES))
        except SyntaxError as error:
            raise _unread(error, asked, text) from None
        except RuntimeError as error:  # a function that nobody has
            raise _explained(str(error), text) from None


def columns_of(asked: str, text: str) -> list[str]:
    """The columns that a SELECT's answer has, none of other queries; asked of an empty store, where it costs nothing.

    :param text: the query as the user wrote it, to point at what is wrong.
    :raises QueryError: if it can't be read, or would write.
    """
    import pyoxigraph as ox

    try:
        found = ox.Store().query(asked, prefixes=PREFIXES)
    except SyntaxError as error:
        raise _unread(error, asked, text) from None
    except RuntimeError as error:  # a function that nobody has
        raise _explained(str(error), text) from None
    return [v.value for v in found.variables] if isinstance(found, ox.QuerySolutions) else []


def _unread(error: SyntaxError, asked: str, text: str) -> QueryError:
    check_sparql_writes(asked)
    return _explained(str(error), text)


def _explained(message: str, text: str) -> QueryError:
    """A syntax error with the line it is about; Oxigraph names the place, and of what it expected only the last."""
    place = re.search(r"at (\d+):(\d+)", message)
    lines = text.splitlines()
    if place and int(place[1]) <= len(lines):
        line = lines[int(place[1]) - 1]
        message = f"the query can't be read at line {place[1]}, column {place[2]}:\n{line}\n{' ' * (int(place[2]) - 1)}^"
    return QueryError(
        f"SPARQL: {message}",
        hint=SPARQL_HINT,
    )


def _answer(result: Any) -> Answer:
    import pyoxigraph as ox

    if isinstance(result, ox.QueryBoolean):
        return Answer(["answer"], [(bool(result),)])
    if isinstance(result, ox.QueryTriples):
        return Answer(["subject", "predicate", "object"], [tuple(plain(t) for t in triple) for triple in result])
    columns = [v.value for v in result.variables]
    return Answer(columns, [tuple(plain(row[c]) for c in columns) for row in result])


def plain(term: Any) -> Any:
    """One of Oxigraph's terms as a Python value: see `kg.stores.terms`; IRIs and all else as text."""
    if term is None or not hasattr(term, "datatype"):
        return getattr(term, "value", None if term is None else str(term))
    return literal_value(term.value, term.datatype.value)
