"""What stands between two on a day, since when, and by which facts: alliances, embassies, sanctions, broken relations, talks."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from kg import actions, standing
from kg.facts import DERIVED
from kg.stores.base import Store
from kg.views import View, meaning


class Relation(NamedTuple):
    """A standing relation. ``relation`` is a type; where ``state`` is not ``holds`` it was broken off or suspended, and that is
    what stands. ``actor`` and ``target`` are names. ``until`` is the first day on which it stands no longer, ``None`` while
    there is none.

    ``origin`` is ``given`` if a source states it, else ``derived``; ``by`` are the facts that it rests on, in order of date, as
    lines of a chronicle, of a given one the fact itself. ``id`` is that of the fact, ``basis`` are theirs.
    """

    relation: str
    state: str
    actor: str
    target: str | None
    since: dt.date
    until: dt.date | None
    origin: str
    by: tuple[str, ...]
    id: str
    actor_id: str
    target_id: str
    basis: tuple[str, ...]


def relations(store: Store, view: View, one: str, other: str | None) -> list[Relation]:
    """What stands in a view between two, or between one and all others, in order of its beginning; names are understood as on
    the view's day, see `kg.views.meaning`.

    :raises UsageError: if the view is about others.
    """
    meant = meaning(store, view)
    ends = [meant(name) if name else None for name in (one, other)]
    rows: dict[str, dict[str, Any]] = {}
    for actor, target in (ends, reversed(ends)):
        conditions = {"actor": actor, "target": target}
        seen = view.narrowed(**{end: id_ for end, id_ in conditions.items() if id_})
        rows |= {row["id"]: row for row in store.standing(seen)}
    basis = sorted({id_ for row in rows.values() for id_ in row["basis"]})
    rests = {row["id"]: row for row in store.rows_of(basis, view)}
    found = [_relation(row, rests) for row in rows.values()]
    return sorted(found, key=lambda r: (r.since, r.relation, r.state, r.actor_id, r.target_id, r.id))


def _relation(row: dict[str, Any], rests: dict[str, dict[str, Any]]) -> Relation:
    of = standing.opposites().get(row["type"], row["type"])
    # A copy under a view may have what follows and not the deeds that it follows from.
    deeds = [rests[id_] for id_ in row["basis"] if id_ in rests]
    by = sorted(deeds, key=lambda r: (r["start"], r["id"])) or [row]
    return Relation(
        of, _state(row["type"], of), row["actor"], row["target"], row["start"], row["until"],
        "derived" if row["coded"] == DERIVED else "given", tuple(map(_line, by)),
        row["id"], row["actor_id"], row["target_id"], tuple(row["basis"]),
    )  # fmt: skip


def _state(type_: str, of: str) -> str:
    """``holds``, or what the name of an opposite adds to the relation's: ``broken off``, ``suspended``."""
    if type_ == of:
        return "holds"
    return actions.table()["kg", type_].name.removeprefix(actions.table()["kg", of].name).strip()


def _line(row: dict[str, Any]) -> str:
    """A fact as a line of a chronicle, with who says so."""
    who = " ".join(part for part in (row["date"], row["actor"], row["action"], row["target"]) if part)
    return f"{who} ({', '.join(row['sources'])})"
