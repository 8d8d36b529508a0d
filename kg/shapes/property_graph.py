"""A fact as an edge: ``(:Entity)-[:SANCTION {id, action, date, ...}]->(:Entity)``.

The edge's type is the action's, from the closed list of ``schema/actions.csv``. Shared by every store that answers Cypher.
"""

from __future__ import annotations

from typing import NamedTuple


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

#: Of an edge, over `kg.shapes.believed.believed` as ``f``. ``until`` is the first day after; ``quad`` the quad class.
EDGE = (
    Property("id", "STRING", "f.id::VARCHAR"),
    Property("type", "STRING", "f.type"),
    Property("action", "STRING", "f.action"),
    Property("code", "STRING", "f.code"),
    Property("scheme", "STRING", "f.scheme"),
    Property("date", "DATE", "f.start"),
    Property("until", "DATE", "f.until"),
    Property("precision", "STRING", "f.precision"),
    Property("year", "INT64", "year(f.start)"),
    Property("intensity", "DOUBLE", "f.intensity"),
    Property("scale", "STRING", "f.scale"),
    Property("quad", "INT64", "f.quad_class::BIGINT"),
    Property("event", "STRING", "f.event"),
    Property("reports", "INT64", "f.reports"),
    Property("sources", "STRING[]", "f.sources"),
    Property("urls", "STRING[]", "f.urls"),
)

#: What a store keeps of an edge besides, so that the fact can be read back whole.
KEPT = (Property("coded", "STRING", "f.coded"), Property("change", "INT64", "f.change::BIGINT"))


def label(kind: str) -> str:
    """The second label of a node, where an engine has several: that of kind state is ``State``."""
    return kind.capitalize()


def select(properties: tuple[Property, ...], relation: str, *, ends: bool = False) -> str:
    """The SELECT of these properties over a relation; with ``ends``, of the ids of both ends first."""
    first = 'f.actor AS "from", f.target AS "to", ' if ends else ""
    return f"SELECT {first}{', '.join(f'{p.sql} AS {chr(34)}{p.name}{chr(34)}' for p in properties)} FROM {relation}"
