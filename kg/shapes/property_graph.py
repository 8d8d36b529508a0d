"""A fact as an edge: ``(:Entity)-[:SANCTION {id, action, date, ...}]->(:Entity)``.

The edge's type is the action's, from the closed list of ``schema/actions.csv``. Shared by every store that answers Cypher.
"""

from __future__ import annotations

from typing import NamedTuple

from kg.shapes.believed import DAY


class Property(NamedTuple):
    """A property, its type (as Ladybug writes it) and the SQL that gives it."""

    name: str
    type: str
    sql: str


#: Of a node, over ``kg.entity e``.
NODE = (
    Property("id", "STRING", "e.id"),
    Property("name", "STRING", "e.name"),
    Property("kind", "STRING", "e.kind"),
    Property("state", "STRING", "e.state"),
    Property("start", "DATE", "e.start"),
    Property("until", "DATE", "e.until"),
)

#: Of an edge, over `kg.shapes.believed.believed` as ``f``. ``until`` is the first day after; ``quad`` the quad class,
#: ``actor_state`` and ``target_state`` the ids of the states behind both ends,
#: ``basis`` those of the facts that a derived one rests on.
EDGE = (
    Property("id", "STRING", "f.id::VARCHAR"),
    Property("type", "STRING", "f.type"),
    Property("action", "STRING", "f.action"),
    Property("code", "STRING", "f.code"),
    Property("scheme", "STRING", "f.scheme"),
    Property("date", "DATE", "f.start"),
    Property("until", "DATE", "f.until"),
    Property("precision", "STRING", "f.precision"),
    Property("certainty", "STRING", "f.certainty"),
    Property("year", "INT64", "year(f.start)"),
    Property("day", "INT64", DAY),
    Property("intensity", "DOUBLE", "f.intensity"),
    Property("scale", "STRING", "f.scale"),
    Property("quad", "INT64", "f.quad_class::BIGINT"),
    Property("event", "STRING", "f.event"),
    Property("actor_state", "STRING", "f.actor_state"),
    Property("target_state", "STRING", "f.target_state"),
    Property("reports", "INT64", "f.reports"),
    Property("sources", "STRING[]", "f.sources"),
    # None rather than an empty list, which Neo4j's importer can't make.
    Property("urls", "STRING[]", "CASE WHEN len(f.urls) > 0 THEN f.urls END"),
    Property("basis", "STRING[]", "CASE WHEN len(f.basis) > 0 THEN f.basis END"),
)

#: What a store keeps of an edge besides, so that the fact can be read back whole.
KEPT = (Property("coded", "STRING", "f.coded"), Property("change", "INT64", "f.change::BIGINT"))

#: The second label of a node, where an engine has several: that of kind state is ``State``.
LABEL = "upper(e.kind[1]) || e.kind[2:]"
#: Characters of a name that a server indexes, and so all that ``name`` has there: Neo4j's indexes take no key over 8 kB.
INDEXED = 2_000
#: Of a node in a server: as in `NODE`, with what is kept besides, so that the entity can be read back whole.
KEPT_NODE = (
    *(Property("name", "STRING", f"left(e.name, {INDEXED})") if p.name == "name" else p for p in NODE),
    Property("change", "INT64", "e.change::BIGINT"),
    Property("names", "STRING[]", "(SELECT list_sort(list(n.name)) FROM kg.name n WHERE n.entity = e.id)"),
    Property("label", "STRING", LABEL),
    Property("whole_name", "STRING", f"CASE WHEN length(e.name) > {INDEXED} THEN e.name END"),
)


def select(properties: tuple[Property, ...], relation: str, *, ends: bool = False) -> str:
    """The SELECT of these properties over a relation; with ``ends``, of the ids of both ends first."""
    first = 'f.actor AS "from", f.target AS "to", ' if ends else ""
    return f"SELECT {first}{', '.join(f'{p.sql} AS {chr(34)}{p.name}{chr(34)}' for p in properties)} FROM {relation}"
