"""What a row of a table says of a name or of an office."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple


class Sense(NamedTuple):
    """What a name or a code means on the days [start, until), and the row that says so."""

    id: str
    form: str
    start: dt.date | None
    until: dt.date | None
    source: str


class Spell(NamedTuple):
    """Who held which office of what (a state's or an organisation's id) on the days [start, until)."""

    person: str
    office: str
    title: str
    entity: str
    start: dt.date | None
    until: dt.date | None
    source: str


class Role(NamedTuple):
    """A word for an office, a body or a group of people: ``office`` is that of `Spell` (or its title), ``code`` CAMEO's role."""

    name: str
    code: str
    office: str
    kind: str


#: Senses by a name's key.
Senses = dict[str, list[Sense]]
