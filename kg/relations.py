"""What the tables of actors say of offices, memberships, parts and successions, as dated facts of the graph.

They are loaded like any file, as the dataset ``actors``: loading them again after other loads adds what new entities bring,
and after the tables have changed it corrects what they say otherwise now.
"""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from kg.actors import Tables, resolver
from kg.facts import Entity, edtf
from kg.load import LoadReport, Options, load
from kg.stores.base import Progress, Store

#: Who says so.
DATASET = "actors"


class _Relation(NamedTuple):
    actor: str
    action: str
    code: str
    target: str
    start: dt.date
    until: dt.date | None


class Related(NamedTuple):
    """How many relations are new, and how many were known."""

    new: int
    known: int


def relate(store: Store, progress: Progress | None = None) -> Related:
    """Add the relations that the tables have for the store's entities.

    Of a person in the store all offices (``HOLDS_OFFICE``, the action is the title); of states and organisations in it the
    memberships (``MEMBERSHIP``) and successions (``SUCCEEDED_BY``) among them; of a body of a state that it is part of it
    (``PART_OF``). What has no start in the tables is left out.

    :raises StoreError: if nothing was ever loaded, or the store can't take them.
    """
    report = _added(store, progress)
    new, known = 0, report.total("known")
    # A relation may bring an entity into the store of which the tables say more.
    while added := report.total("new"):
        new += added
        report = _added(store, progress)
    return Related(new, known)


def _added(store: Store, progress: Progress | None) -> LoadReport:
    """The load of what the tables say of the entities that are there now."""
    entities = {entity.id: entity for entity in store.entities()}
    with tempfile.TemporaryDirectory(prefix="kg-relations-") as folder:
        file = Path(folder) / "relations.csv"
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(("native_id", "actor", "action", "code", "scheme", "target", "date"))
            for r in _relations(resolver().tables, entities):
                key = f"{r.code} {r.actor} {r.action} {r.target} {r.start}"
                actor, target = (_called(end, r.start) for end in (r.actor, r.target))
                writer.writerow((key, actor, r.action, r.code, "kg", target, edtf(r.start, r.until, "span")))
        return load(store, [file], Options(loader="facts", dataset=DATASET), progress)


def _called(id_: str, on: dt.date) -> str:
    """What an entity is called in a file: its id, or its name where other entities are called like the id (CEI)."""
    known = resolver()
    entity = known.tables.entity(id_)
    return id_ if entity is None or known.resolve(id_, on=on).entity.id == id_ else entity.name


def _relations(tables: Tables, entities: dict[str, Entity]) -> Iterator[_Relation]:
    for spells in tables.people.spells.values():
        for spell in spells:
            if spell.person in entities and spell.start:
                name = tables.people.entities[spell.person].name
                yield _Relation(name, spell.title, "HOLDS_OFFICE", spell.entity, spell.start, spell.until)
    for bond in tables.memberships:
        if bond.one in entities and bond.other in entities and bond.start:
            yield _Relation(bond.one, "member of", "MEMBERSHIP", bond.other, bond.start, bond.until)
    for bond in tables.named.successors:
        if bond.one in entities and bond.other in entities and bond.start:
            yield _Relation(bond.one, "succeeded by", "SUCCEEDED_BY", bond.other, bond.start, None)
    for entity in entities.values():
        state = tables.named.entities.get(entity.state or "")
        if not state or not state.start or entity.id == state.id:
            continue
        if resolver().resolve(entity.name, entity.state, None, state.start).entity.id == entity.id:
            yield _Relation(entity.name, "part of", "PART_OF", state.id, state.start, state.until)
