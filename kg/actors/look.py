"""One name being looked at on a day, and what an answer is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from kg.actors.senses import Sense, Senses, Spell
from kg.actors.tables import Tables, holds, plain
from kg.facts import Entity
from kg.text import name_key, slug

T = TypeVar("T")

#: Rules in the order in which they are asked, with what each says; `Resolution.rule` is one of them.
RULES = {
    "own list": "a name that you gave the store yourself (kg actors add, kg actors import)",
    "code": "a code, as written in capitals (ISO 3166, or said to be of a scheme: fips:GM)",
    "name": "a name of the tables that was in use on the day",
    "former name": "a name that was given up since",
    "predecessor": "the state that bore the name on the day, before the one that bears it now",
    "outside its dates": "a name of something that did not exist on the day: it may be a slip",
    "metonym": "a capital, seat or building that stood for a government or an organisation on the day",
    "person": "a full name",
    "longer name": "a full name with more names before, between or behind",
    "title and name": "a title before a name: of those so named who held such an office on the day, the only one",
    "surname in office": "of all office holders of the day, the only one of that name",
    "office": "who held the office on the day",
    "country in brackets": "a name with a country behind it in brackets",
    "actor code": "a CAMEO code of country and roles (USAGOV)",
    "country and role": "a country and a word for a body or group (Russian military)",
    "demonym": "a people, for its state",
    "place": "a province, region or town, with the state in which it lies",
    "ambiguous": "several senses on the day, and nothing settles which",
    "given id": "the id of an entity, in a file that kg export wrote; no rule looks at the name",
    "own name": "no rule knows it",
    "no target": "there is no name",
}
#: Rules that leave a name as it stands.
UNRESOLVED = frozenset({"ambiguous", "own name"})

_MOST_WORDS = 12


class Resolution(NamedTuple):
    """An entity, the rule (of `RULES`) that led to it and the table row it goes back to.

    ``state`` is the id of the state behind the entity on the day: of an office holder that of the office. ``rivals`` are the ids
    of what the name may mean besides; ``note`` says what is odd, as a name outside its dates.
    """

    entity: Entity
    rule: str
    state: str | None = None
    source: str | None = None
    rivals: tuple[str, ...] = ()
    note: str | None = None


class Word(NamedTuple):
    """A word of a name, as it stands and as it is compared."""

    shown: str
    key: str


@dataclass(slots=True)
class Look:
    """One name being looked at. ``days`` collects the days on which the answer may change; ``kind`` is the one the row gives."""

    tables: Tables
    shown: str
    on: dt.date | None
    given: str | None = None
    days: set[dt.date] = field(default_factory=set)
    key: str = ""
    kind: str | None = None
    _words: list[Word] | None = None

    def __post_init__(self) -> None:
        self.key = name_key(self.shown)

    @property
    def words(self) -> list[Word]:
        """The words of a name; none if they name no role, or are too many for a phrase."""
        if self._words is None:
            self._words = self._split()
        return self._words

    def _split(self) -> list[Word]:
        keys, shown = self.key.replace(",", "").split(), self.shown.split()
        if "-" in self.key:  # US-Präsident
            keys, shown = self._parted(keys), self._parted(shown)
        if self.tables.role_words.isdisjoint(keys):
            return []
        if shown[0].casefold() == "the":  # which a key has not
            shown = shown[1:]
        if len(shown) > _MOST_WORDS or len(shown) != len(keys):
            return []
        return [Word(*pair) for pair in zip(shown, keys, strict=True)]

    def _parted(self, words: list[str]) -> list[str]:
        """Words, and instead of a state or organisation joined to a role by a hyphen both."""
        parts = []
        for word in words:
            before, _, role = word.rpartition("-")
            joined = bool(before) and role.casefold() in self.tables.role_words and word.casefold() not in self.tables.roles
            parts += [before, role] if joined else [word]
        return parts

    def at(self, text: str, given: str | None = None) -> Look:
        """The same day, another text."""
        return Look(self.tables, text, self.on, given, self.days)

    def holds(self, start: dt.date | None, until: dt.date | None) -> bool:
        """Whether the day lies in [start, until); any does if no day is given."""
        if start:
            self.days.add(start)
        if until:
            self.days.add(until)
        return self.on is None or holds(start, until, self.on)

    def exists(self, id_: str) -> bool:
        """Whether the entity existed on the day."""
        entity = self.tables.named.entities[id_]
        return self.holds(entity.start, entity.until)

    def senses(self, table: Senses) -> list[Sense]:
        """What a table has for the name, with or without its accents."""
        return table.get(self.key) or table.get(plain(self.key), [])

    def settled(self, found: dict[str, T]) -> dict[str, T]:
        """Of several senses by id the one that the row names, if it names one."""
        return {self.given: found[self.given]} if self.given in found else found

    def ambiguous(self, ids: Iterable[str]) -> Resolution:
        """The answer that there are several."""
        return Resolution(self.own_name(), "ambiguous", self.given, rivals=tuple(sorted(ids)))

    def own_name(self) -> Entity:
        """An entity under the name as it stands."""
        return Entity(slug(self.shown), self.shown, "unknown", self.given)

    def in_office(self, person: str) -> list[Spell]:
        """The spells of office that a person was in on the day."""
        return [s for s in self.tables.people.spells.get(person, ()) if self.holds(s.start, s.until)]

    def began(self, spell: Spell) -> bool:
        """Whether a spell of office had begun by the day."""
        return self.holds(spell.start, None)

    def ended(self, spell: Spell) -> bool:
        """Whether a spell of office had ended by the day."""
        return spell.until is not None and self.holds(spell.until, None)

    def behind(self, id_: str) -> str | None:
        """The state of a body on the day: where its own did not exist yet, the one that this came out of, if that is sure."""
        named = self.tables.named
        state = named.entities[id_].state
        if self.on is None or state is None or state == id_ or self.holds(named.entities[state].start, None):
            return state
        earlier = {s.id for s in named.continued.get(state, ()) if self.holds(s.start, s.until)}
        earlier |= {b.one for b in named.successors if b.other == state and self.exists(b.one)}
        return next(iter(earlier)) if len(earlier) == 1 else None

    def person(self, id_: str, rule: str, source: str) -> Resolution:
        """A person, with the state whose office the person held on the day, or else the state that the row names."""
        # Who leads an opposition does not act for the state.
        spells = [s for s in self.in_office(id_) if s.office != "opposition leader"] if self.on else []
        of = {s.source: self.behind(s.entity) for s in spells}
        states = {state for state in of.values() if state}
        behind = next(iter(states)) if len(states) == 1 else self.given
        office = next((row for row, state in of.items() if state and state == behind), None)
        return Resolution(self.tables.entity(id_) or self.own_name(), rule, behind, office or source)
