"""Names to entities, by tables a reader can follow; nothing is guessed by likeness.

First form: states and territories by ISO 3166 name and code, international organisations, the forms news uses, and
``Name (Country)``. Every other name becomes an entity of its own under that name.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache, cached_property
from typing import NamedTuple

from kg import content
from kg.facts import KINDS, NO_TARGET, Entity
from kg.text import clean, name_key, slug

_WITH_COUNTRY = re.compile(r"(.*\S)\s*\(([^()]+)\)")
_CODE = re.compile(r"[A-Z][A-Z0-9_]*")
_THE = re.compile(r"^the\s+", re.IGNORECASE)


class Resolution(NamedTuple):
    """An entity and the rule that led to it: ``code``, ``name``, ``country in brackets``, ``ambiguous``, ``own name``
    or ``no target``."""

    entity: Entity
    rule: str


class Actors:
    """The tables of ``schema/actors/``, read once; `resolver` gives the shared one."""

    @cached_property
    def entities(self) -> dict[str, Entity]:
        """All curated entities by id."""
        found = {}
        for table in ("states.csv", "organizations.csv"):
            for row in content.rows("actors", table):
                found[row["id"]] = Entity(
                    id=row["id"],
                    name=row["name"],
                    kind=row["kind"],
                    state=row["id"] if table == "states.csv" else None,
                    start=_date(row["start"]),
                    until=_date(row["until"]),
                )
        return found

    @cached_property
    def _codes(self) -> dict[str, set[str]]:
        """Ids by code, which counts only as written in capitals ("NA" is Namibia, "na" and "N.A." are not)."""
        found: dict[str, set[str]] = {id_: {id_} for id_ in self.entities}
        for row in content.rows("actors", "states.csv"):
            for code in (row["iso2"], row["iso3"]):
                if code:
                    found.setdefault(code, set()).add(row["id"])
        for name, ids in self._abbreviations.items():
            if name in found:
                found[name] |= ids
        return found

    @cached_property
    def _abbreviations(self) -> dict[str, set[str]]:
        """Ids by abbreviation in capitals, without its dots ("U.S." and "US", never "us")."""
        found: dict[str, set[str]] = {}
        for row in content.rows("actors", "names.csv"):
            if row["form"] == "abbreviation":
                found.setdefault(row["name"].replace(".", ""), set()).add(row["id"])
        return found

    @cached_property
    def _names(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for entity in self.entities.values():
            found.setdefault(name_key(entity.name), set()).add(entity.id)
        for row in content.rows("actors", "names.csv"):
            if row["form"] != "abbreviation":
                found.setdefault(name_key(row["name"]), set()).add(row["id"])
        return found

    def find(self, text: str) -> set[str]:
        """Ids of the curated entities that a name or code may mean; empty if the tables don't have it."""
        shown = clean(text)
        short = _THE.sub("", shown).replace(".", "")
        return self._codes.get(shown) or self._abbreviations.get(short) or self._names.get(name_key(shown)) or set()

    def resolve(self, text: str | None, state: str | None = None, kind: str | None = None) -> Resolution:
        """The entity a name means.

        :param state: a country name or code from the row's other columns; kept for a name the tables don't have.
        :param kind: the kind the row gives for a name the tables don't have.
        """
        if text is None or not clean(text):
            return Resolution(Entity(NO_TARGET, "(no target)", "none"), "no target")
        shown = clean(text)
        ids = self.find(shown)
        if len(ids) == 1:
            rule = "code" if _CODE.fullmatch(shown) else "name"
            return Resolution(self.entities[next(iter(ids))], rule)
        kind = kind if kind in KINDS[:-1] else "unknown"
        if match := _WITH_COUNTRY.fullmatch(shown):
            country = self._only(match[2])
            if country and self._only(match[1]) == country:
                return Resolution(self.entities[country], "country in brackets")
            if country and self.entities[country].state:
                return Resolution(Entity(slug(shown), shown, kind, country), "country in brackets")
        behind = self._only(state) if state else None
        return Resolution(Entity(slug(shown), shown, kind, behind), "ambiguous" if ids else "own name")

    def _only(self, text: str) -> str | None:
        ids = self.find(text)
        return next(iter(ids)) if len(ids) == 1 else None


@cache
def resolver() -> Actors:
    """The shared tables."""
    return Actors()


def _date(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
