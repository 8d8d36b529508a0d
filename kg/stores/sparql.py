"""A store behind a SPARQL 1.1 endpoint: the triples of `kg.shapes.rdf` in a named graph, and beside them what a record knows.

The graph (``https://w3id.org/diplomacy-kg/graph``, unless the address names another) has the facts that are believed, their
entities and reports. A second one, its name followed by ``/history``, has closed reports, withdrawn facts, entities without
facts, loads and rejected rows, so that questions don't meet them.
"""

from __future__ import annotations

import datetime as dt
import gc
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote
from uuid import UUID

from kg import actions, standing
from kg.facts import EXACT, NO_BEGINNING, NO_TARGET
from kg.shapes.rdf import KG, PREFIXES, RDF, XSD, base, class_of, history, predicate_of
from kg.shapes.triples import kept, statements
from kg.stores.base import Answer, Progress, derived_of
from kg.stores.batched import coming_back, perhaps_gone
from kg.stores.endpoint import Endpoint, from_graph
from kg.stores.guard import check_sparql, sparql_term, with_parameters
from kg.stores.lease import SECONDS, Lease
from kg.stores.record import TABLES, columns
from kg.stores.server import NOTED, ServerStore, Wanted
from kg.stores.terms import literal_value
from kg.views import View

if TYPE_CHECKING:
    import duckdb

# The table's columns as predicates of what is described, where they are called otherwise than the column.
_PREDICATES = {
    "entity": {"name": PREFIXES["skos"] + "prefLabel"},
    "fact": {
        "start": KG + "date", "quad_class": KG + "quad", "actor_state": KG + "actorState", "target_state": KG + "targetState",
    },
    "report": {
        "fact": KG + "ofFact", "native_id": KG + "nativeId", "actor": KG + "actorText", "action": KG + "actionText",
        "target": KG + "targetText", "date": KG + "dateText", "code": KG + "nativeCode", "scheme": KG + "nativeScheme",
        "score_scale": KG + "scoreScale", "event": KG + "nativeEvent", "actor_state": KG + "saysActorState",
        "target_state": KG + "saysTargetState",
    },
    "change": {"loader_version": KG + "loaderVersion"},
    "reject": {"change": KG + "ofChange"},
    "alias": {"change": KG + "ofChange", "entity": KG + "ofEntity"},
    "merged": {"change": KG + "ofChange", "fact": KG + "ofFact"},
}  # fmt: skip
# What a row can't be without; the rest is optional.
_MUST = {
    "entity": ("name", "change"),
    "fact": ("actor", "action", "start", "precision", "type", "change"),
    "report": ("fact", "dataset", "opened"),
    "change": ("recorded", "kind"),
    "reject": ("change", "reason"),
    "alias": ("change", "name", "entity"),
    "merged": ("change", "fact"),
}
_MARK = {
    "change": KG + "Change", "reject": KG + "Reject", "alias": KG + "Alias", "merged": KG + "Merged",
    "report": PREFIXES["prov"] + "Entity",
}  # fmt: skip
_READERS: dict[str, Callable[[str], Any]] = {
    "DATE": lambda text: literal_value(text, XSD + "date"), "INTEGER": int, "BIGINT": int, "DOUBLE": float,
    "TIMESTAMP": lambda text: dt.datetime.fromisoformat(text).replace(tzinfo=None),
}  # fmt: skip
# What leads from a fact to the entities that it speaks of.
_TO_ENDS = "|".join(f"<{KG}{name}>" for name in ("actor", "target", "actorState", "targetState"))
# Keys a question: what stands in its text.
_KEYS = 500
# Subjects whose lines are put together at a time: DuckDB holds them several times over.
_SUBJECTS = 500


class SparqlStore(ServerStore):
    """Facts behind a SPARQL 1.1 endpoint, ``http(s)://host/.../sparql``: see `kg.stores.endpoint` for its other addresses."""

    languages = ("sparql",)
    batch = 2_000

    def __init__(self, url: str) -> None:
        super().__init__()
        self.endpoint = Endpoint(url)
        self.address = self.endpoint.address
        self._history = history(self.endpoint.graph)
        self._noted: Counter[str] = Counter()

    def close(self) -> None:
        self.endpoint.close()

    # Reading.

    def fetch(self, wanted: Wanted) -> Iterator[tuple[Any, ...]]:
        if wanted.table == "name":
            yield from self._names(wanted)
            return
        types = dict(column.split(" ") for column in TABLES[wanted.table])
        readers = [None if column == "id" else _READERS.get(type_) for column, type_ in types.items()]
        for pattern in _patterns(wanted):
            for row in self.endpoint.stream(self._select(wanted, pattern), len(readers)):
                found = [reader(text) if reader and text else text for reader, text in zip(readers, row, strict=True)]
                yield _restored(wanted.table, found)

    def _select(self, wanted: Wanted, pattern: str) -> str:
        """A SELECT of a table's columns: from this graph for what is believed, from its history too otherwise."""
        table = wanted.table
        shown = " ".join(f"(STR(?{'s' if c == 'id' else c}) AS ?{c}_)" for c in columns(table))
        given = []
        for column in columns(table):
            if column == "id" or (table, column) == ("entity", "kind"):
                continue
            triple = f"?s <{_predicate(table, column)}> ?{column} ."
            given.append(triple if column in _MUST[table] else f"OPTIONAL {{ {triple} }}")
        now = wanted.by in ("open", "deeds", "dyad") or (wanted.by == "view" and wanted.view.known_at is None)
        graphs = [self.endpoint.graph] if now else [self.endpoint.graph, self._history]
        if table in ("change", *NOTED):
            graphs = [self._history]
        mark = f"?s a <{_MARK[table]}> ." if table in _MARK else "?s a ?kind ." if table == "entity" else ""
        body = " ".join([pattern, mark, *given])
        return f"SELECT {shown} {{ {' UNION '.join(f'{{ GRAPH <{g}> {{ {body} }} }}' for g in graphs)} }}"

    def _names(self, wanted: Wanted) -> Iterator[tuple[Any, ...]]:
        for pattern in _patterns(wanted._replace(table="entity", by="id" if wanted.by == "entity" else wanted.by)):
            for graph in (self.endpoint.graph, self._history):
                text = f"""SELECT (STR(?s) AS ?e) (STR(?n) AS ?name) (STR(?c) AS ?change) {{ GRAPH <{graph}> {{
                    {pattern} ?s <{KG}spelling> ?n ; <{KG}change> ?c }} }}"""
                for entity, name, change in self.endpoint.stream(text, 3):
                    yield _id_of(entity), name, int(change or 0)

    def query(
        self, language: str, text: str, parameters: Mapping[str, object] | None = None, progress: Progress | None = None
    ) -> Answer:
        self.check_language(language)
        asked = with_parameters(text, dict(parameters or {}))
        graphs = check_sparql(asked, graphs=True)
        self.check_loaded()
        return self.endpoint.ask(asked, graphs=graphs)

    def shown(self, language: str, text: str) -> str:
        # The endpoint's own page asks the graph without a name if none is named.
        return from_graph(text, self.endpoint.graph) if language == "sparql" else text

    def info(self) -> dict[str, Any]:
        graph = f"GRAPH <{self.endpoint.graph}>"
        begun = f'IF(?d > "{NO_BEGINNING}"^^<{XSD}date>, ?d, "{dt.date.max}"^^<{XSD}date>)'
        counted = f"""SELECT (COUNT(?f) AS ?n) (STR(MIN({begun})) AS ?first) (STR(MAX(?d)) AS ?last) (STR(MAX(?e)) AS ?until)
            {{ {graph} {{ ?f <{KG}date> ?d . OPTIONAL {{ ?f <{KG}until> ?u }} BIND (COALESCE(?u, ?d) AS ?e) }} }}"""
        facts, *texts = next(self.endpoint.stream(counted, 4))
        first, last, until = (dt.date.fromisoformat(text) if text else None for text in texts)
        first = first if first != dt.date.max else None  # nothing has a beginning
        (entities,) = next(
            self.endpoint.stream(f"SELECT (COUNT(?n) AS ?k) {{ {graph} {{ ?e <{PREFIXES['skos']}prefLabel> ?n }} }}", 1)
        )
        sources: list[dict[str, Any]] = [
            {"dataset": dataset, "reports": int(n or 0)}
            for dataset, n in self.endpoint.stream(
                f"""SELECT (STR(?d) AS ?dataset) (COUNT(?r) AS ?n) {{ {graph} {{
                ?r <{KG}dataset> ?d }} }} GROUP BY ?d ORDER BY DESC(?n) ?d""",
                2,
            )
            if dataset is not None
        ]
        return {
            "path": self.address, "facts": int(facts or 0), "derived": derived_of(sources),
            "reports": sum(s["reports"] for s in sources), "entities": int(entities or 0), "first": first,
            "last": max((d for d in (last, until and until - dt.timedelta(days=1)) if d), default=None), "sources": sources,
            "changes": self.changes(),
        }  # fmt: skip

    # Writing.

    def lease(self) -> Lease:
        return _SparqlLease(self.endpoint, self._history)

    def prepare(self) -> None:
        self.endpoint.update_url  # noqa: B018 - found, or refused, before anything is read
        self._noted.clear()

    def write_change(self, change: dict[str, Any]) -> None:
        self._note("change", [change])

    def write_noted(self, table: str, rows: list[dict[str, Any]]) -> None:
        for first in range(0, len(rows), self.batch):
            self._note(table, rows[first : first + self.batch])

    def _note(self, table: str, rows: Iterable[dict[str, Any]]) -> None:
        lines = [f"{triple} .\n" for triple in noted(table, rows, self._noted)]
        self.endpoint.update(f"INSERT DATA {{ GRAPH <{self._history}> {{\n{''.join(lines)}}} }}")

    def batch_writer(self, con: duckdb.DuckDBPyConnection) -> Callable[[], None]:
        taken, moved = self._taken_out(con), self._moved(con)
        now, history = _lines(con, believed=True), _lines(con, believed=False)
        if taken or moved or history:
            put = [
                f"INSERT DATA {{ GRAPH <{graph}> {{\n{lines.decode()}}} }}"
                for graph, lines in ((self.endpoint.graph, now), (self._history, history))
                if lines
            ]
            send = partial(self.endpoint.update, " ;\n".join([*taken, *put, *moved]))
        else:
            send = partial(self.endpoint.add, now)

        def write() -> None:
            self._held.renew()
            send()
            # httpx's response and its stream refer to each other, and so keep what was sent until the collector comes round.
            gc.collect()

        return write

    def _taken_out(self, con: duckdb.DuckDBPyConnection) -> list[str]:
        """Updates that take out facts in an older state with their reports, and entities that have new names."""
        subjects = con.execute("""
            SELECT 'fact', id::VARCHAR FROM sent_fact WHERE existed
            UNION ALL SELECT 'report', r.id::VARCHAR FROM sent_report r JOIN sent_fact f ON f.id = r.fact WHERE existed
            UNION ALL SELECT 'report', was::VARCHAR FROM aside JOIN sent_report r ON r.id = was
            UNION ALL SELECT 'entity', id FROM sent_entity WHERE change < (SELECT max(id) FROM kg.change)""").fetchall()
        ends = con.execute(f"""
            SELECT DISTINCT type, actor, target FROM sent_fact
            WHERE existed AND NOT believed AND target <> '{NO_TARGET}'""").fetchall()
        updates = []
        if subjects:
            values = " ".join(_iri(kind, id_) for kind, id_ in subjects)
            # The plain triples of an entity's deeds are the facts' affair.
            updates += [
                f"""DELETE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }} WHERE {{ VALUES ?s {{ {values} }}
                    GRAPH <{graph}> {{ ?s ?p ?o }} FILTER (?p NOT IN ({_plain_predicates()})) }}"""
                for graph in (self.endpoint.graph, self._history)
            ]
        if ends:
            rows = " ".join(
                f"({_iri('entity', a)} <{predicate_of(type_)}> {_iri('entity', t)} <{class_of(type_)}>)" for type_, a, t in ends
            )
            updates.append(f"""DELETE {{ GRAPH <{self.endpoint.graph}> {{ ?a ?p ?t }} }} WHERE {{
                VALUES (?a ?p ?t ?class) {{ {rows} }} FILTER NOT EXISTS {{ GRAPH <{self.endpoint.graph}> {{
                ?f a ?class ; <{KG}actor> ?a ; <{KG}target> ?t }} }} }}""")
        return updates

    def _moved(self, con: duckdb.DuckDBPyConnection) -> list[str]:
        """Updates that move entities into the history when no fact speaks of them any more, and back when one does again."""
        graph, updates = self.endpoint.graph, []
        for ends, source, goal, when in (
            (coming_back(con), self._history, graph, "EXISTS"),
            (perhaps_gone(con), graph, self._history, "NOT EXISTS"),
        ):
            if ends:
                values = " ".join(_iri("entity", id_) for id_ in ends)
                updates.append(f"""DELETE {{ GRAPH <{source}> {{ ?s ?p ?o }} }} INSERT {{ GRAPH <{goal}> {{ ?s ?p ?o }} }}
                    WHERE {{ VALUES ?s {{ {values} }} GRAPH <{source}> {{ ?s ?p ?o }}
                    FILTER {when} {{ GRAPH <{graph}> {{ ?f {_TO_ENDS} ?s }} }} }}""")
        return updates


class _SparqlLease(Lease):
    """Two triples in the history that say who writes and until when, by the clock of who asks."""

    def __init__(self, endpoint: Endpoint, history: str) -> None:
        super().__init__(endpoint.url, endpoint)
        self._endpoint, self._graph, self._iri = endpoint, f"GRAPH <{history}>", f"<{base()}lease>"
        self._renewed = 0.0

    def take(self, instead_of: str | None) -> str:
        mine = sparql_term(self.owner)
        free = " || ".join(["!BOUND(?o)", f"?until < {_instant(0)}", *(f"?o = {sparql_term(o)}" for o in (instead_of,) if o)])
        self._endpoint.update(f"""
            DELETE {{ {self._graph} {{ {self._iri} <{KG}owner> ?o ; <{KG}expires> ?until }} }}
            INSERT {{ {self._graph} {{ {self._iri} <{KG}owner> {mine} ; <{KG}expires> {_instant(SECONDS)} }} }}
            WHERE {{ OPTIONAL {{ {self._graph} {{ {self._iri} <{KG}owner> ?o ; <{KG}expires> ?until }} }} FILTER ({free}) }}""")
        self._renewed = time.monotonic()
        return self._owner() or ""

    def _owner(self) -> str | None:
        rows = self._endpoint.stream(
            f"SELECT (STR(?o) AS ?owner) {{ {self._graph} {{ {self._iri} <{KG}owner> ?o }} }} ORDER BY ?o", 1
        )
        return next((owner for (owner,) in rows), None)

    def renew(self) -> None:
        if time.monotonic() - self._renewed < SECONDS / 4:
            return
        self._endpoint.update(f"""
            DELETE {{ {self._graph} {{ {self._iri} <{KG}expires> ?until }} }}
            INSERT {{ {self._graph} {{ {self._iri} <{KG}expires> {_instant(SECONDS)} }} }}
            WHERE {{ {self._graph} {{ {self._iri} <{KG}owner> {sparql_term(self.owner)} ; <{KG}expires> ?until }} }}""")
        if self._owner() != self.owner:
            raise self.lost()
        self._renewed = time.monotonic()

    def give_back(self) -> None:
        self._endpoint.update(f"""
            DELETE {{ {self._graph} {{ {self._iri} ?p ?o }} }}
            WHERE {{ {self._graph} {{ {self._iri} <{KG}owner> {sparql_term(self.owner)} ; ?p ?o }} }}""")


def _instant(after: int) -> str:
    return f'"{dt.datetime.now(dt.UTC) + dt.timedelta(seconds=after):%Y-%m-%dT%H:%M:%SZ}"^^<{XSD}dateTime>'


def _predicate(table: str, column: str) -> str:
    return _PREDICATES.get(table, {}).get(column, KG + column)


def _plain_predicates() -> str:
    return ", ".join(f"<{predicate_of(t)}>" for t in actions.types() if predicate_of(t) not in _OF_ENTITIES)


_OF_ENTITIES = {term.predicate for term in kept("entity").terms}


def noted(table: str, rows: Iterable[Mapping[str, Any]], before: Counter[str]) -> Iterator[str]:
    """The triples, without their ends, that say what rows of ``change``, or of one of `NOTED`, do.

    :param before: how often a row was noted already, which is counted on: a row of a file that states several facts may be
        rejected as often, and what is there twice is one thing in RDF.
    """
    for row in rows:
        if table == "change":
            key = str(row["id"])
        else:
            key = _digest(repr(row))
            before[key] += 1
            if before[key] > 1:
                key = _digest(f"{key} {before[key]}")
        iri = f"<{base()}{table}/{key}>"
        yield f"{iri} <{RDF}type> <{_MARK[table]}>"
        for column, value in row.items():
            if value is not None and column != "id":
                yield f"{iri} <{_predicate(table, column)}> {_noted(value)}"


def _digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _noted(value: object) -> str:
    if isinstance(value, dt.datetime):
        return f'"{value.isoformat()}"^^<{XSD}dateTime>'
    if isinstance(value, int):
        return f'"{value}"^^<{XSD}integer>'
    return sparql_term(str(value) if isinstance(value, UUID) else value)


def _iri(kind: str, id_: str) -> str:
    return f"<{base()}{kind}/{quote(id_, safe='')}>"


def _id_of(iri: str | None) -> str | None:
    return None if iri is None else unquote(iri.rpartition("/")[2])


def _restored(table: str, row: list[Any]) -> tuple[Any, ...]:
    """A row with ids where the query gave IRIs."""
    at = columns(table).index
    if table == "change":
        row[at("id")] = int(str(_id_of(row[at("id")])))
    elif table not in NOTED:
        row[at("id")] = _id_of(row[at("id")])
    if table == "entity":
        row[at("kind")] = row[at("kind")].removeprefix(KG).lower()
        row[at("state")] = _id_of(row[at("state")])
    if table == "fact":
        for column in ("actor", "actor_state", "target_state"):
            row[at(column)] = _id_of(row[at(column)])
        row[at("target")] = _id_of(row[at("target")]) or NO_TARGET
    if table == "report":
        row[at("fact")] = _id_of(row[at("fact")])
    return tuple(row)


def _patterns(wanted: Wanted) -> Iterator[str]:
    """What picks the rows, as patterns about ``?s``; one for some keys at a time."""
    if wanted.by in ("all", "open"):
        yield ""
    elif wanted.by == "view":
        yield from _viewed(wanted.view, wanted.values)
        return
    elif wanted.by == "deeds":
        yield _deeds(wanted.values)
        return
    elif wanted.by == "dyad":
        yield from _dyads(wanted.values)
        return
    elif wanted.by == "change":
        read, closed = (f"{{ ?s <{_predicate('report', end)}> {int(wanted.values[0])} }}" for end in ("load", "closed"))
        yield f"{read} UNION {closed}"
        return
    elif wanted.by == "record" and not wanted.values:
        yield f"?s <{KG}dataset> {sparql_term(wanted.dataset)} ; <{KG}nativeId> ?native_id ."
    for first in range(0, len(wanted.values), _KEYS):
        some = wanted.values[first : first + _KEYS]
        if wanted.by == "record":
            values = " ".join(sparql_term(key) for key in some)
            yield f"VALUES ?native_id {{ {values} }} ?s <{KG}nativeId> ?native_id ; <{KG}dataset> {sparql_term(wanted.dataset)} ."
        elif wanted.by == "fact":
            yield f"VALUES ?fact {{ {' '.join(_iri('fact', key) for key in some)} }} ?s <{KG}ofFact> ?fact ."
        else:
            yield f"VALUES ?s {{ {' '.join(_iri(wanted.table, key) for key in some)} }}"


def _dyads(ends: Sequence[str]) -> Iterator[str]:
    """The facts of an actor and a target, which the ends are in turn."""
    for first in range(0, len(ends), 2 * _KEYS):
        some = [_iri("entity", id_) for id_ in ends[first : first + 2 * _KEYS]]
        pairs = " ".join(f"({a} {t})" for a, t in zip(some[::2], some[1::2], strict=True))
        yield f"VALUES (?one ?other) {{ {pairs} }} ?s <{KG}actor> ?one ; <{KG}target> ?other ."


def _deeds(ends: Sequence[str]) -> str:
    """The facts with a code that rules are about, or, of not too many entities, only those between them or the states behind."""
    codes = f"VALUES ?ruled {{ {' '.join(sparql_term(code) for code in standing.codes())} }} ?s <{KG}code> ?ruled ."
    if not 0 < len(ends) <= _KEYS:
        return codes
    values = " ".join(_iri("entity", id_) for id_ in ends)
    among = [
        f"FILTER EXISTS {{ VALUES ?its_{end} {{ {values} }} ?s <{KG}{end}>|<{KG}{end}State> ?its_{end} }}"
        for end in ("actor", "target")
    ]
    return " ".join([codes, *among])


def _viewed(view: View, near: Sequence[str]) -> Iterator[str]:
    """The facts of a view at least; `kg.views.View.where` says exactly which they are, in SQL."""
    found = []
    if view.actor and view.settled:
        found.append(_end("actor", view.actor, roll_up=view.roll_up))
    if view.target == NO_TARGET:
        found.append(f"FILTER NOT EXISTS {{ ?s <{KG}target> ?any }}")
    elif view.target and view.settled:
        found.append(_end("target", view.target, roll_up=view.roll_up))
    if view.type:
        found.append(f"?s <{KG}type> {sparql_term(view.type)} .")
    if view.until:
        found.append(f"?s <{KG}date> ?d . FILTER (?d < {sparql_term(view.until)})")
    if view.start:
        found.append(f"FILTER NOT EXISTS {{ ?s <{KG}until> ?u FILTER (?u <= {sparql_term(view.start)}) }}")
    if view.certain:
        found.append(_certainly(view))
    conditions = " ".join(found)
    if not near or not view.settled:
        yield conditions
    for first in range(0, len(near) if view.settled else 0, _KEYS):
        values = " ".join(_iri("entity", id_) for id_ in near[first : first + _KEYS])
        for end in ("actor", "target", *(("actorState", "targetState") if view.roll_up else ())):
            yield f"VALUES ?near {{ {values} }} ?s <{KG}{end}> ?near . {conditions}"


def _certainly(view: View) -> str:
    """What `View.certain` means of ``?s``."""
    exact = f"?exactness IN ({', '.join(map(sparql_term, EXACT))})"
    if view.until:  # see `View.certainly`
        begun = f'?first > {sparql_term(NO_BEGINNING)} || ?exactness != "span"'
        exact += f" && ({begun} || !BOUND(?end) || ?end <= {sparql_term(view.until)})"
    bounds = (("?first >=", view.start), ("?end <=", view.until))
    within = " && ".join(f"{text} {sparql_term(day)}" for text, day in bounds if day) or "true"
    return f"""?s <{KG}precision> ?exactness ; <{KG}date> ?first . OPTIONAL {{ ?s <{KG}until> ?end }}
        FILTER NOT EXISTS {{ ?s <{KG}certainty> ?doubt }} FILTER (({exact}) || ({within}))"""


def _end(which: str, id_: str, *, roll_up: bool) -> str:
    """What says that an entity is the actor or the target of ``?s``, or the state behind it; of one that is both only once."""
    itself = f"?s <{KG}{which}> {_iri('entity', id_)} ."
    if not roll_up:
        return itself
    behind = f"?s <{KG}{which}State> {_iri('entity', id_)} ."
    return f"{{ {itself} }} UNION {{ {behind} FILTER NOT EXISTS {{ {itself} }} }}"


def _lines(con: duckdb.DuckDBPyConnection, *, believed: bool) -> bytes:
    """The N-Triples lines of a batch: of what is believed, or of what is so no more."""
    no = "" if believed else "NOT "
    parts = {
        "fact": f"sent_fact f WHERE {no}believed",
        "report": f"sent_report r WHERE closed IS {no}NULL",
    }
    if believed:
        parts["entity"] = "sent_entity e WHERE true"
    texts: list[bytes] = []
    for subject, relation in parts.items():
        (last,) = con.execute(f"SELECT coalesce(max(rowid), -1) FROM sent_{subject}").fetchall()[0]
        for first in range(0, last + 1, _SUBJECTS):
            some = f"{relation} AND rowid BETWEEN {first} AND {first + _SUBJECTS - 1}"
            sql = statements(kept(subject), some, plain=believed)
            con.execute(f"SELECT array_to_string(lines, chr(10)) || chr(10) FROM ({sql}) WHERE len(lines) > 0")
            texts.append("".join(lines for (lines,) in con.fetchall()).encode())
    return b"".join(texts)
