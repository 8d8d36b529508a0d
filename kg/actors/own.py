"""Names that users give themselves: they come before the tables as shipped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from kg.actors.senses import Role, Sense, Senses, Spell
from kg.facts import Entity
from kg.text import name_key

#: What is said of such a row where the tables' rows are named.
SOURCE = "own list"


class Alias(NamedTuple):
    """A name for an entity, or with ``state`` what the entity was to a state; without an entity, a word for a body or group.

    ``role`` is the words or the code for it. With a state the days [start, until) are the role's, else the name's.
    """

    name: str
    entity: str
    kind: str | None = None
    state: str | None = None
    role: str | None = None
    start: dt.date | None = None
    until: dt.date | None = None


class Own:
    """Look-ups by a user's names; keys are `kg.text.name_key`."""

    def __init__(self, aliases: Iterable[Alias]) -> None:
        self.names: Senses = {}
        self.entities: dict[str, Entity] = {}
        self.spells: dict[str, list[Spell]] = {}
        self.roles: dict[str, Role] = {}
        for one in aliases:
            if not one.entity:
                self.roles[name_key(one.name)] = Role(one.name, one.role or "", "", one.kind or "group")
                continue
            span = (None, None) if one.state else (one.start, one.until)
            sense = Sense(one.entity, "own", *span, SOURCE)
            senses = self.names.setdefault(name_key(one.name), [])
            if sense not in senses:
                senses.append(sense)
            lasting = one.state if one.state and not one.role and not one.start and not one.until else None
            self.entities.setdefault(one.entity, Entity(one.entity, one.name, one.kind or "unknown", lasting))
            if one.state:
                role = one.role or ""
                spell = Spell(one.entity, role, role, one.state, one.start, one.until, SOURCE)
                self.spells.setdefault(one.entity, []).append(spell)
