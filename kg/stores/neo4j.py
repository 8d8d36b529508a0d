"""A store in Neo4j: the property graph itself, and beside it what a record knows besides.

Facts that are believed are relationships between ``:Entity`` nodes, as in the Cypher index of the embedded store. Reports are
``:Report`` nodes (property ``fact``), loads and retractions ``:Change``, rows that could not be read ``:Reject``. A fact that
nobody reports any more is a ``:Withdrawn`` node, an entity without any fact ``:Former``: questions don't meet them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kg import actions, content, standing
from kg.errors import UsageError
from kg.facts import NO_BEGINNING
from kg.shapes.property_graph import EDGE, KEPT, KEPT_NODE, Property
from kg.stores.address import credentials, parsed
from kg.stores.base import Answer, Progress, derived_of
from kg.stores.batched import coming_back, perhaps_gone
from kg.stores.bolt import Bolt, Statement, plain
from kg.stores.guard import check_cypher
from kg.stores.lease import SECONDS, Lease
from kg.stores.packed import unwound
from kg.stores.record import columns, properties
from kg.stores.server import ServerStore, Wanted
from kg.text import fingerprint
from kg.views import View

if TYPE_CHECKING:
    import duckdb

_SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
_ENTITY = tuple(columns("entity"))
_REPORT = tuple(columns("report"))
_FACTS = properties("fact", "f")
#: Of a report: its row, and the type of its fact, over ``kg.report r`` and ``kg.fact f``.
KEPT_REPORT = (*properties("report", "r"), Property("fact_type", "STRING", "f.type"))
# A fact's columns as properties of a relationship `r` from `a` to `b`; where they are called otherwise.
_ON_EDGE = {"actor": "a.id", "target": "b.id", "start": "r.date", "quad_class": "r.quad"}
_EDGE_PROPERTIES: tuple[Property, ...] = (*EDGE, *KEPT)
# Procedures that only look at the catalogue.
_CALLS = frozenset({"DB"})


class Neo4jStore(ServerStore):
    """Facts in a Neo4j, over Bolt: ``neo4j://host[:port][/database]``, also ``bolt://``, and ``+s`` or ``+ssc`` for TLS."""

    languages = ("cypher",)
    _held: _Neo4jLease

    def __init__(self, url: str) -> None:
        super().__init__()
        parts = parsed(url)
        if parts.scheme not in _SCHEMES:
            raise UsageError(f"no store for addresses like {parts.scheme}://", hint=f"one of {', '.join(_SCHEMES)}")
        self.address = f"{parts.scheme}://{parts.netloc}{parts.path}"
        self.database = parts.path.strip("/") or None
        self._server = f"{parts.scheme}://{parts.netloc}"
        self._host = parts.hostname or ""

    @cached_property
    def bolt(self) -> Bolt:
        """The connection, made when it is first needed."""
        return Bolt(self._server, self.address, self.database, credentials(self._host, "neo4j"))

    def close(self) -> None:
        self.bolt.close()

    # Reading.

    def fetch(self, wanted: Wanted) -> Iterator[tuple[Any, ...]]:
        if (wanted.table, wanted.by) == ("fact", "id"):
            yield from self._facts_by_id(wanted.values)
            return
        for text, values in _fetching(wanted):
            yield from self.bolt.stream(text, values)

    def _facts_by_id(self, ids: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        # A relationship's index belongs to its type; the reports know which it is.
        types: dict[str, list[str]] = {}
        for id_, type_ in self.bolt.stream(
            "UNWIND $ids AS id MATCH (w:Report {fact: id}) RETURN DISTINCT id, w.fact_type", {"ids": list(ids)}
        ):
            types.setdefault(type_, []).append(id_)
        for type_, some in types.items():
            yield from self.bolt.stream(
                f"UNWIND $ids AS id MATCH (a:Entity)-[r:{_quoted(type_)} {{id: id}}]->(b:Entity) {_FACT}", {"ids": some}
            )
        yield from self.bolt.stream(f"UNWIND $ids AS id MATCH (w:Withdrawn {{id: id}}) {_WITHDRAWN}", {"ids": list(ids)})

    def query(
        self, language: str, text: str, parameters: Mapping[str, object] | None = None, progress: Progress | None = None
    ) -> Answer:
        self.check_language(language)
        check_cypher(text, parameters or {}, _CALLS)
        self.check_loaded()
        found, rows = self.bolt.ask(text, parameters or {})
        return Answer(found, [tuple(plain(v) for v in row) for row in rows])

    def info(self) -> dict[str, Any]:
        facts, first, last = self.bolt.one(
            "MATCH (:Entity)-[r]->(:Entity) RETURN count(r), "
            f"min(CASE WHEN r.date > date('{NO_BEGINNING}') THEN r.date END), "
            "max(coalesce(r.until - duration({days: 1}), r.date))"
        )
        (entities,) = self.bolt.one("MATCH (e:Entity) RETURN count(e)")
        sources = [
            {"dataset": dataset, "reports": n}
            for dataset, n in self.bolt.stream(
                "MATCH (r:Report) WHERE r.closed IS NULL RETURN r.dataset AS d, count(*) AS n ORDER BY n DESC, d", {}
            )
        ]
        return {
            "path": self.address, "facts": facts, "derived": derived_of(sources), "reports": sum(s["reports"] for s in sources),
            "entities": entities, "first": first, "last": last, "sources": sources, "changes": self.changes(),
        }  # fmt: skip

    # Writing.

    def lease(self) -> _Neo4jLease:
        return _Neo4jLease(self.bolt, self.address)

    def prepare(self) -> None:
        self._apply(schema_steps()[:1])

    def equip(self) -> None:
        self._apply(schema_steps())

    def schema_steps(self) -> list[tuple[int, str, bool]]:
        """Number, title and whether it is done, of every step of ``schema/neo4j.cypher``."""
        done = self._done()
        return [(number, title, number in done) for number, title, _ in schema_steps()]

    def apply_schema(self) -> list[tuple[int, str]]:
        """Do the steps that are pending; returns their numbers and titles."""
        before = self._done()
        self.prepare()
        with self.lease():
            self.equip()
        return [(number, title) for number, title, _ in schema_steps() if number not in before]

    def _done(self) -> set[int]:
        """Steps whose statements were all run: one that has got more of them since, for a new type, is to be done again."""
        noted = dict(self.bolt.stream("MATCH (s:SchemaStep) RETURN s.number, s.digest", {}))
        return {number for number, _, statements in schema_steps() if noted.get(number) == _digest(statements)}

    def _apply(self, steps: Sequence[tuple[int, str, list[str]]]) -> None:
        done = self._done()
        for number, title, statements in steps:
            if number not in done:
                self._do(number, title, statements)

    def _do(self, number: int, title: str, statements: Sequence[str]) -> None:
        self.bolt.write([(statement, {}) for statement in statements])
        self.bolt.define("CALL db.awaitIndexes(300)")
        noted = "MERGE (s:SchemaStep {number: $n}) SET s.title = $t, s.digest = $d, s.applied = datetime()"
        self.bolt.write([(noted, {"n": number, "t": title, "d": _digest(statements)})])

    def write_change(self, change: dict[str, Any]) -> None:
        self._write([("MERGE (c:Change {id: $row.id}) SET c = $row", {"row": change})])

    def write_noted(self, table: str, rows: list[dict[str, Any]]) -> None:
        # Not MERGE, which takes no empty values; the lease keeps others out, and a transaction is retried as a whole.
        given = [{name: str(value) if isinstance(value, UUID) else value for name, value in row.items()} for row in rows]
        self._write([(f"UNWIND $rows AS row CREATE (n:{table.capitalize()}) SET n = row", {"rows": given})])

    def batch_writer(self, con: duckdb.DuckDBPyConnection) -> Callable[[], None]:
        parts = (_entities, _taken_out, _put_in, _reports, _former)
        statements = [statement for part in parts for statement in part(con)]
        return lambda: self._write(statements)

    def _write(self, statements: Sequence[Statement]) -> None:
        """Statements in one transaction, which fails if another process has taken over the lease."""
        self.bolt.write(statements, self._held.still)


class _Neo4jLease(Lease):
    """A ``:Lease`` node that says who writes and until when."""

    def __init__(self, bolt: Bolt, address: str) -> None:
        super().__init__(address, bolt)
        self._bolt = bolt

    def take(self, instead_of: str | None) -> str:
        # Setting a property locks the node, so that what is read next is no other's half.
        text = """MERGE (l:Lease {id: 'kg'}) SET l.asked = datetime()
            WITH l, l.owner IS NULL OR l.owner IN [$me, $dead] OR l.expires < datetime() AS free
            SET l.owner = CASE WHEN free THEN $me ELSE l.owner END,
                l.expires = CASE WHEN free THEN datetime() + duration({seconds: $seconds}) ELSE l.expires END
            RETURN l.owner"""
        return str(self._bolt.write([(text, {"me": self.owner, "dead": instead_of, "seconds": SECONDS})])[0][0])

    @property
    def still(self) -> tuple[str, dict[str, Any], Exception]:
        """A statement that gives a row while we have the lease, and what to raise if it gives none."""
        text = """MATCH (l:Lease {id: 'kg', owner: $me}) SET l.expires = datetime() + duration({seconds: $seconds})
            RETURN l.owner"""
        return text, {"me": self.owner, "seconds": SECONDS}, self.lost()

    def renew(self) -> None:
        self._bolt.write([], self.still)

    def give_back(self) -> None:
        text = "MATCH (l:Lease {id: 'kg', owner: $me}) REMOVE l.owner, l.expires"
        self._bolt.write([(text, {"me": self.owner})])


@cache
def schema_steps() -> list[tuple[int, str, list[str]]]:
    """Number, title and statements of the steps in ``schema/neo4j.cypher``."""
    text = (content.shelf("schema") / "neo4j.cypher").read_text(encoding="utf-8")
    steps = []
    for number, title, body in re.findall(r"^// (\d+): (.*)\n((?:(?!// \d+:).*\n?)*)", text, re.MULTILINE):
        statements = [s.strip() for s in body.split(";") if s.strip()]
        steps.append((int(number), title, [one for s in statements for one in _for_types(s)]))
    return steps


def _digest(statements: Sequence[str]) -> str:
    return fingerprint("\n".join(statements))


def _for_types(statement: str) -> list[str]:
    return [statement.replace("{type}", t) for t in actions.types()] if "{type}" in statement else [statement]


def _listed(type_: str) -> str:
    """A relationship's type; one that the closed list has not can't get into a statement.

    :raises ValueError: if it is not on the list.
    """
    if type_ not in actions.types():
        raise ValueError(f"{type_!r} is no type of the closed list")
    return type_


def _quoted(type_: str) -> str:
    """The same as Cypher writes it."""
    return f"`{_listed(type_)}`"


# What fetches rows: statements by table.

_FACT = "RETURN " + ", ".join(_ON_EDGE.get(c, f"r.{c}") for c in columns("fact"))
_WITHDRAWN = "RETURN " + ", ".join(f"w.{c}" for c in columns("fact"))
_A_REPORT = "RETURN " + ", ".join(f"r.{c}" for c in _REPORT)
_ENTITIES = "RETURN " + ", ".join("coalesce(e.whole_name, e.name)" if c == "name" else f"e.{c}" for c in _ENTITY)
_NAMES = "UNWIND e.names AS name RETURN e.id, name, e.change"


def _fetching(wanted: Wanted) -> list[tuple[str, dict[str, Any]]]:
    keys = {"keys": list(wanted.values), "dataset": wanted.dataset}
    returned = {"entity": _ENTITIES, "name": _NAMES, "report": _A_REPORT}.get(wanted.table, "")
    match wanted.table, wanted.by:
        case ("change" | "reject" | "alias" | "merged") as table, "all":
            named = ", ".join(f"n.{c}" for c in columns(table))
            return [(f"MATCH (n:{table.capitalize()}) RETURN {named}", {})]
        case (("entity" | "name"), "all"):
            return [(f"MATCH (e:{label}) {returned}", {}) for label in ("Entity", "Former")]
        case (("entity" | "name"), _):
            return [(f"UNWIND $keys AS key MATCH (e:{label} {{id: key}}) {returned}", keys) for label in ("Entity", "Former")]
        case "fact", "all":
            return [(f"MATCH (a:Entity)-[r]->(b:Entity) {_FACT}", {}), (f"MATCH (w:Withdrawn) {_WITHDRAWN}", {})]
        case "fact", "deeds":
            return [_deeds(wanted.values)]
        case "fact", "dyad":
            pairs = {"pairs": [*map(list, zip(wanted.values[::2], wanted.values[1::2], strict=True))]}
            return [(f"UNWIND $pairs AS pair MATCH (a:Entity {{id: pair[0]}})-[r]->(b:Entity {{id: pair[1]}}) {_FACT}", pairs)]
        case "fact", "view":
            return list(_viewed(wanted.view, wanted.values))
        case "report", "all":
            return [(f"MATCH (r:Report) {returned}", {})]
        case "report", "open":
            return [(f"MATCH (r:Report) WHERE r.closed IS NULL {returned}", {})]
        case "report", "record" if not wanted.values:
            return [
                (f"MATCH (r:Report {{dataset: $dataset}}) WHERE r.closed IS NULL AND r.native_id IS NOT NULL {returned}", keys)
            ]
        case "report", "record":
            return [(f"UNWIND $keys AS key MATCH (r:Report {{dataset: $dataset, native_id: key}}) {returned}", keys)]
        case "report", "change":
            number = int(wanted.values[0])
            return [(f"MATCH (r:Report) WHERE $number IN [r.load, r.closed] {returned}", {"number": number})]
        case "report", by:
            return [(f"UNWIND $keys AS key MATCH (r:Report {{{by}: key}}) {returned}", keys)]
        case table, by:
            raise ValueError(f"{table} can't be fetched by {by}")


def _viewed(view: View, near: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The facts of a view at least; `kg.views.View.where` says exactly which they are, in SQL."""
    type_ = f":{_quoted(view.type)}" if view.type else ""
    yield from _met(view, near, f"(a:Entity)-[r{type_}]->(b:Entity)", _FACT, ("a.id", "b.id", "r"))
    if view.known_at is not None:
        yield from _met(view, near, "(w:Withdrawn)", _WITHDRAWN, ("w.actor", "w.target", "w"))


def _met(
    view: View, near: Sequence[str], pattern: str, returned: str, called: tuple[str, str, str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Statements for what a view means of a pattern, in which actor, target and fact are called so."""
    actor, target, fact = called
    date = "start" if fact == "w" else "date"

    def of_end(end: str, which: str, test: str) -> str:
        return f"({end} {test} OR {fact}.{which}_state {test})" if view.roll_up else f"{end} {test}"

    conditions = [
        text
        for text, wanted in (
            (of_end(actor, "actor", "= $actor"), view.actor is not None and view.settled),
            (of_end(target, "target", "= $target"), view.target is not None and view.settled),
            (f"{fact}.type = $type", view.type is not None and fact == "w"),
            (f"({fact}.until > $start OR {fact}.until IS NULL)", view.start is not None),
            (f"{fact}.{date} < $until", view.until is not None),
            (view.certainly(fact, date), view.certain),
        )
        if wanted
    ]
    values = view.values() | ({"near": list(near)} if near else {})
    # Two statements, because each can begin at the entities that are named.
    ends = [of_end(actor, "actor", "IN $near"), of_end(target, "target", "IN $near")] if near and view.settled else [""]
    for end in ends:
        given = [*conditions, end] if end else conditions
        where = f"WHERE {' AND '.join(given)}" if given else ""
        yield f"MATCH {pattern} {where} {returned}", {k: v for k, v in values.items() if f"${k}" in where}


def _deeds(ends: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The facts with a code that rules are about, or only those between some entities or the states behind."""
    among = " AND ".join(f"({e}.id IN $ends OR r.{end}_state IN $ends)" for e, end in (("a", "actor"), ("b", "target")))
    types = "|".join(_quoted(type_) for type_ in standing.types())
    where = f"r.code IN $codes{f' AND {among}' if ends else ''}"
    return f"MATCH (a:Entity)-[r:{types}]->(b:Entity) WHERE {where} {_FACT}", {"codes": [*standing.codes()], "ends": [*ends]}


# What writes a batch: statements with their rows, in this order.


def _sets(variable: str, given: Sequence[Property]) -> str:
    """Sets all but the first, which is the id."""
    return "SET " + ", ".join(f"{variable}.{p.name} = {{{n}}}" for n, p in enumerate(given) if n)


def _made(given: Sequence[Property], first: int = 0) -> str:
    """All as the properties of what is created."""
    return "{{" + ", ".join(f"{p.name}: {{{n}}}" for n, p in enumerate(given, first)) + "}}"


def _entities(con: duckdb.DuckDBPyConnection) -> Iterator[Statement]:
    """Entities that are new or have new names, and those that come back because a fact speaks of them again."""
    # New names, too, may be those of an entity that was without facts.
    named = con.execute("SELECT id FROM sent_entity").fetchall()
    again = [*coming_back(con), *(id_ for (id_,) in named)]
    if again:
        yield "UNWIND $ids AS id MATCH (e:Former {id: id}) REMOVE e:Former SET e:Entity SET e:$(e.label)", {"ids": again}
    merged = f"MERGE (e:Entity {{{{id: {{0}}}}}}) {_sets('e', KEPT_NODE)} SET e:$(e.label)"
    yield from unwound(con, KEPT_NODE, "sent_entity e", merged)


def _taken_out(con: duckdb.DuckDBPyConnection) -> Iterator[Statement]:
    """Facts that are in the server in an older state."""
    rows = con.execute("SELECT type, id::VARCHAR FROM sent_fact WHERE existed")
    by_type: dict[str, list[str]] = {}
    for type_, id_ in rows.fetchall():
        by_type.setdefault(type_, []).append(id_)
    for type_, ids in sorted(by_type.items()):
        yield f"UNWIND $ids AS id MATCH (:Entity)-[r:{_quoted(type_)} {{id: id}}]->(:Entity) DELETE r", {"ids": ids}
    if by_type:
        ids = [id_ for some in by_type.values() for id_ in some]
        yield "UNWIND $ids AS id MATCH (w:Withdrawn {id: id}) DELETE w", {"ids": ids}


def _put_in(con: duckdb.DuckDBPyConnection) -> Iterator[Statement]:
    """Facts as they are now: relationships if somebody reports them, ``:Withdrawn`` nodes if nobody does any more.

    What was there in an older state is taken out by then, so that nothing need be looked for.
    """
    columns = (Property("from", "STRING", "f.actor"), Property("to", "STRING", "f.target"), *_EDGE_PROPERTIES)
    of_batch = "sent_fact f WHERE believed"
    for (type_,) in con.execute(f"SELECT DISTINCT f.type FROM {of_batch}").fetchall():
        _listed(type_)
    # One statement for all types: what a server plans anew for every batch is what takes long.
    type_at = next(n for n, p in enumerate(columns) if p.name == "type")
    created = (
        "MATCH (a:Entity {{id: {0}}}) MATCH (b:Entity {{id: {1}}}) "
        f"CREATE (a)-[:$({{{type_at}}}) {_made(_EDGE_PROPERTIES, 2)}]->(b)"
    )
    yield from unwound(con, columns, of_batch, created)
    yield from unwound(con, _FACTS, "sent_fact f WHERE NOT believed", f"CREATE (:Withdrawn {_made(_FACTS)})")


def _reports(con: duckdb.DuckDBPyConnection) -> Iterator[Statement]:
    """Reports that are new or closed. Those of facts that were not there are not there either, but for what is opened again."""
    for there, said in (
        (False, f"CREATE (:Report {_made(KEPT_REPORT)})"),
        (True, f"MERGE (r:Report {{{{id: {{0}}}}}}) {_sets('r', KEPT_REPORT)}"),
    ):
        may_be = "(existed OR r.id IN (SELECT was FROM aside))"
        ours = f"sent_report r JOIN sent_fact f ON f.id = r.fact WHERE told AND {may_be} = {there}"
        yield from unwound(con, KEPT_REPORT, ours, said)


def _former(con: duckdb.DuckDBPyConnection) -> Iterator[Statement]:
    """Entities that no fact speaks of any more."""
    ends = perhaps_gone(con)
    if ends:
        # That a fact's end has it for its state is sought, in all facts, only of the few that are no end themselves.
        yield (
            "UNWIND $ids AS id MATCH (e:Entity {id: id}) WHERE NOT EXISTS { (e)--(:Entity) } WITH collect(e) AS alone "
            "UNWIND alone AS e WITH e WHERE NOT EXISTS { "
            "MATCH (:Entity)-[r]->(:Entity) WHERE r.actor_state = e.id OR r.target_state = e.id } "
            "REMOVE e:Entity REMOVE e:$(e.label) SET e:Former",
            {"ids": ends},
        )
