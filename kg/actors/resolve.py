"""A name on a day to an entity, by rules in a fixed order; the first that has an answer gives it, and says so.

Nothing is decided by likeness. Where a name has several senses on the day and nothing in the row settles which, that is the
answer: ``ambiguous``, with the rivals. What no rule knows becomes an entity of its own under its name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

from kg.actors.look import Look, Resolution
from kg.actors.persons import alone, people
from kg.actors.rules import (
    actor_codes,
    bracketed,
    country_names,
    demonyms,
    metonyms,
    names,
    offices,
    own_names,
    places,
    titled,
    without_article,
    without_possessive,
)
from kg.actors.tables import Tables, person_key
from kg.facts import KINDS, NO_TARGET, Entity
from kg.text import clean

# Rules by which a text as a whole is a name.
_WHOLE = frozenset({"own list", "code", "name", "former name", "metonym", "person", "demonym", "ambiguous"})


class Period(NamedTuple):
    """An answer and the first and the last day on which it is the answer."""

    start: dt.date
    last: dt.date
    resolution: Resolution


Rule = Callable[[Look], Resolution | None]
_ORDER: tuple[Rule, ...] = (
    own_names, country_names, metonyms, people, titled, alone, offices, bracketed, actor_codes, places, demonyms,
)  # fmt: skip

# Behind an article no surname alone and no people: "La Russa" is a man.
_BEHIND_ARTICLES: tuple[Rule, ...] = (names, metonyms, titled, offices)
_POSSESSED: tuple[Rule, ...] = (names, metonyms)


class Resolver:
    """Names to entities by the rules above, over tables."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    @cached_property
    def entities(self) -> dict[str, Entity]:
        """All entities of the tables by id."""
        return self.tables.named.entities | self.tables.people.entities

    def resolve(
        self, text: str | None, state: str | None = None, kind: str | None = None, on: dt.date | None = None
    ) -> Resolution:
        """The entity that a name means on a day.

        :param state: a country's name or code (``fips:GM``) from the row's other columns: it settles what is ambiguous, and
            stands behind a name the tables don't have.
        :param kind: the kind the row gives for a name the tables don't have; a group, person or topic is no state.
        :param on: the day; without it nothing that hangs on a day counts: office holders are then found by name alone.
        """
        return self._resolve(text, state, kind, on, set())

    def _resolve(
        self, text: str | None, state: str | None, kind: str | None, on: dt.date | None, days: set[dt.date]
    ) -> Resolution:
        shown = clean(text) if text else ""
        if not shown:
            return Resolution(Entity(NO_TARGET, "(no target)", "none"), "no target")
        look = Look(self.tables, shown, on, None, days, kind=kind)
        if state and clean(state):
            look.given = self._country(look.at(clean(state)))
        found = next((r for rule in _ORDER if (r := rule(look))), None)
        if found is None and (bare := without_article(shown)) != shown:  # l'Ukraine, die USA
            found = next((r for rule in _BEHIND_ARTICLES if (r := rule(look.at(bare, look.given)))), None)
        if found is None and (bare := without_possessive(shown)) != shown:  # Russia's; but Kohl's is a shop
            found = next((r for rule in _POSSESSED if (r := rule(look.at(bare, look.given)))), None)
        if found and found.rule == "outside its dates":  # Texas was a state once
            found = places(look) or found
        found = found or Resolution(look.own_name(), "own name", look.given)
        if kind in KINDS[:-1] and found.entity.kind == "unknown":
            found = found._replace(entity=Entity(found.entity.id, found.entity.name, kind, found.entity.state))
        return found

    def _country(self, look: Look) -> str | None:
        """The id of what another column of the row names: of NLD the state, though a party goes by the letters too."""
        found = names(look)
        if found is None or found.rule != "ambiguous":
            return found.entity.id if found else None
        states = [id_ for id_ in found.rivals if self.tables.named.entities[id_].kind in ("state", "place")]
        return states[0] if len(states) == 1 else None

    def timeline(self, text: str | None, state: str | None = None, kind: str | None = None) -> list[Period]:
        """What a name means on all days: periods without gaps, from the first day of the calendar to the last.

        The tables' rows that were looked at say on which days the answer may change, so that few days are looked at.
        """
        days: set[dt.date] = {dt.date.min}
        found: dict[dt.date, Resolution] = {}
        while pending := days - found.keys():
            for day in pending:
                found[day] = self._resolve(text, state, kind, day, days)
        if len(found) == 1:  # the most: no rule looks at the day
            return [Period(dt.date.min, dt.date.max, found[dt.date.min])]
        periods: list[Period] = []
        last = dt.date.max
        for day in sorted(found, reverse=True):
            if periods and periods[-1].resolution == found[day]:
                periods[-1] = periods[-1]._replace(start=day)
            else:
                periods.append(Period(day, last, found[day]))
            last = day - dt.timedelta(days=1) if day > dt.date.min else day
        return periods[::-1]

    def identified(self, id_: str, text: str | None, state: str | None, kind: str | None) -> Resolution:
        """The entity that a file of our own gives by id; its name, kind and state are those of the file where no table has it.

        :param state: the id of the state behind it; ``None`` where there is none.
        """
        behind = state if state in self.tables.named.entities else None
        if id_ == NO_TARGET:
            return Resolution(Entity(NO_TARGET, "(no target)", "none"), "no target")
        given = Entity(id_, clean(text or "") or id_, kind if kind in KINDS[:-1] else "unknown", behind)
        return Resolution(self.tables.entity(id_) or given, "given id", behind)

    def knows(self, text: str) -> bool:
        """Whether a text as a whole is a name of the tables, or a title and a name."""
        found = self.resolve(text)
        return found.rule in _WHOLE or (
            found.rule == "title and name" and person_key(text).endswith(person_key(found.entity.name))
        )
