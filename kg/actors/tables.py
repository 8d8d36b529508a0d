"""The tables of ``schema/actors/``, read into look-ups by name, code, office and day, each when it is first asked for.

A row speaks of the days [start, until); an empty start is "always", an empty until "still". Every row keeps where it stands
(``names.csv, row 12``), so that an answer can name it.
"""

from __future__ import annotations

import copy
import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

from kg import content
from kg.actors.own import Own
from kg.actors.senses import Role, Sense, Senses, Spell
from kg.facts import Entity
from kg.text import name_key, slug

#: The schemes a code may be said to be of, as ``fips:GM``.
SCHEMES = ("iso2", "iso3", "iso_numeric", "cow", "gw", "fips", "cameo", "wikidata")
#: Schemes whose codes are understood without saying so: in both GM is the Gambia, never Germany.
_PLAIN_SCHEMES = ("iso2", "iso3")
#: Forms of names that stand for the people or belong to it, and only then for the state.
_PEOPLE = ("adjective", "demonym")
# Letters that are no letter with a mark: how they are written without, and how German and the Nordic languages spell them out.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "\u0131": "i", "ð": "d", "þ": "th"})
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_NUMERAL = re.compile(r"[ivxl]+")
_ALPHABETS = re.compile("LATIN|CYRILLIC|GREEK|ARABIC|HEBREW|DEVANAGARI")
# Where the family name comes first at home, and in part of the news.
_FAMILY_FIRST = frozenset({"JPN", "KOR", "PRK", "HUN", "VNM", "TWN"})


class Bond(NamedTuple):
    """A dated relation between two entities: a membership or a succession."""

    one: str
    other: str
    start: dt.date | None
    until: dt.date | None
    source: str


def holds(start: dt.date | None, until: dt.date | None, on: dt.date) -> bool:
    """Whether a day lies in [start, until)."""
    return (start is None or start <= on) and (until is None or on < until)


def plain(text: str) -> str:
    """A key without the marks on its letters: "françois" is "francois"."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text.translate(_LETTERS))
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if unicodedata.category(c) != "Mn"))


def person_key(text: str) -> str:
    """How names of people are compared: by their `kg.text.name_key` without marks, and with a blank for a hyphen."""
    return of_person(name_key(text))


def of_person(key: str) -> str:
    """`person_key`, of a text whose `kg.text.name_key` is known."""
    return plain(key).replace("-", " ")


def _is_surname(name: str) -> bool:
    """Whether one word of a script that sets words apart, and no abbreviation."""
    return (
        " " not in name.strip()
        and not name.isupper()
        and all(_ALPHABETS.match(unicodedata.name(c, "")) for c in name if c.isalpha())
    )


@dataclass(frozen=True, slots=True)
class _Row:
    columns: Mapping[str, int]
    values: list[str]
    source: str

    def __getitem__(self, column: str) -> str:
        return self.values[self.columns[column]] if column in self.columns else ""

    @property
    def span(self) -> tuple[dt.date | None, dt.date | None]:
        return _date(self.values[self.columns["start"]]), _date(self.values[self.columns["until"]])

    def sense(self, form: str, id_: str | None = None) -> Sense:
        return Sense(id_ or self["id"], form, *self.span, self.source)


def _rows(table: str) -> Iterator[_Row]:
    lines = content.lists("actors", table)
    columns = {column: n for n, column in enumerate(next(lines))}
    for n, values in enumerate(lines, 2):
        yield _Row(columns, values, f"{table}, row {n}")


@cache
def _date(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


class Named:
    """Names and codes of states, organisations and bodies; keys are `kg.text.name_key`."""

    def __init__(self) -> None:
        self.entities: dict[str, Entity] = {}
        self.codes: Senses = {}
        self.schemes: dict[str, Senses] = {scheme: {} for scheme in SCHEMES}
        self.abbreviations: Senses = {}
        self.names: Senses = {}
        self.peoples: Senses = {}
        #: By the id of a state that goes on from an earlier one under the same name (Russia): the earlier one's spell.
        self.continued: Senses = {}
        self.successors: list[Bond] = []
        for table in ("states.csv", "organizations.csv", "bodies.csv"):
            for row in _rows(table):
                self._add_entity(row, row["id"] if table == "states.csv" else row["state"] or None)
        for row in _rows("codes.csv"):
            self.schemes[row["scheme"]].setdefault(row["code"], []).append(row.sense("code"))
        for table in ("names.csv", "organization_names.csv"):
            for row in _rows(table):
                self._add_name(row["name"], row.sense(row["form"]))

    def _add_entity(self, row: _Row, state: str | None) -> None:
        id_ = row["id"]
        self.entities[id_] = Entity(id_, row["name"], row["kind"], state, *row.span)
        sense = Sense(id_, "code", None, None, row.source)
        self.codes.setdefault(id_, []).append(sense)
        self._add_name(row["name"], sense._replace(form="short"))
        for scheme in SCHEMES:
            if code := row[scheme]:
                self.schemes[scheme].setdefault(code, []).append(sense)
                if scheme in _PLAIN_SCHEMES and code != id_:
                    self.codes.setdefault(code, []).append(sense)
        for alias in filter(None, row["aliases"].split("|")):
            form = "abbreviation" if alias.isupper() and alias.isascii() else "variant"
            self._add_name(alias, sense._replace(form=form))
        for successor in row["successor"].split():
            self.successors.append(Bond(id_, successor, row.span[1], None, row.source))

    def _add_name(self, name: str, sense: Sense) -> None:
        if sense.form == "predecessor":
            for id_ in {s.id for s in self.names[name_key(name)]}:
                self.continued.setdefault(id_, []).append(sense)
        elif sense.form == "abbreviation":
            # Capitals count: "US" and "U.S." are the state, "us" is not.
            self.abbreviations.setdefault(name.replace(".", ""), []).append(sense)
        else:
            table = self.peoples if sense.form in _PEOPLE else self.names
            table.setdefault(name_key(name), []).append(sense)


class People:
    """People by name, and who held which office when; keys are `person_key`."""

    def __init__(self) -> None:
        self.entities: dict[str, Entity] = {}
        self.persons: Senses = {}
        #: By the first name and the surname, of those who have names between.
        self.clipped: Senses = {}
        #: By a surname, or by the one word that somebody is known by.
        self.surnames: dict[str, list[str]] = {}
        #: By id the given names and the family names of people, and the names between the first and the last.
        self.parts: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        self.middles: dict[str, set[str]] = {}
        #: How many people have a first name.
        self.firsts: Counter[str] = Counter()
        self.spells: dict[str, list[Spell]] = {}
        #: By what the office is of, and by the office or its title.
        self.offices: dict[tuple[str, str], list[Spell]] = {}
        ids: dict[str, str] = {}
        for row in _rows("offices.csv"):
            person = row["person"]
            if person not in ids:
                ids[person] = slug(person)
            spell = Spell(ids[person], row["office"], row["title"], row["entity"], *row.span, row.source)
            self.spells.setdefault(spell.person, []).append(spell)
            for office in {spell.office, spell.title}:
                self.offices.setdefault((spell.entity, office), []).append(spell)
        for row in _rows("people.csv"):
            self._add(ids[row["person"]], row)

    def _add(self, id_: str, row: _Row) -> None:
        person, surname, source = row["person"], row["surname"], row.source
        aliases = [alias for alias in row["aliases"].split("|") if alias]
        self.entities[id_] = Entity(id_, person, "person")
        sense = Sense(id_, "person", None, None, source)
        words, last = person_key(person).split(), person_key(surname).split()
        names = {person_key(name): name for name in (person, *aliases)}
        names |= {person_key(n.casefold().translate(_SPELT_OUT)): n for n in (person, *aliases) if not n.isascii()}
        # A surname alone counts only in office; but what a script without blanks writes, or capitals, is the whole name.
        # But who is known by one word that is the whole name, or no part of it, is so always: Suharto, Prachanda.
        byname = " ".join(last) if last == words or not set(last) & set(words) else ""
        short = {key for key, name in names.items() if key != byname and _is_surname(name)}
        whole = {*names} - short
        self._add_parts(id_, words, last, whole)
        if len(words) > 2 and words[-len(last) :] == last:
            self.clipped.setdefault(" ".join([words[0], *last]), []).append(sense)  # Recep Erdogan
        if len(words) == 2 and any(s.entity in _FAMILY_FIRST for s in self.spells.get(id_, ())):
            whole.add(" ".join(reversed(words)))  # Kishida Fumio
        for name in whole:
            self.persons.setdefault(name, []).append(sense)
        # Of a surname of several words the last one counts too: Anders Fogh Rasmussen is one of those "Rasmussen" may mean.
        # But "bin Salman" without his "bin" is his father.
        own = () if last[:1] in (["bin"], ["ibn"]) else last[-1:]
        for name in {" ".join(last), *own, *short, *(words if len(words) == 1 else ())}:
            if not _NUMERAL.fullmatch(name):
                self.surnames.setdefault(name, []).append(id_)

    def _add_parts(self, id_: str, words: list[str], last: list[str], whole: set[str]) -> None:
        self.firsts[words[0]] += 1
        self.parts[id_] = frozenset(words) - frozenset(last), frozenset(last)
        # The names between of the forms that begin and end alike: of Josip Broz Tito, but not of Pope Francis.
        forms = [name.split() for name in whole]
        self.middles[id_] = {w for f in forms if len(f) > 2 and f[-1] in last for w in f[1:-1] if w not in last}


class Tables:
    """All look-ups, with what users gave themselves beside what is shipped."""

    def __init__(self, own: Own | None = None) -> None:
        self.own = own or Own(())

    def with_own(self, own: Own) -> Tables:
        """The same tables, not read again, with other names of a user's own."""
        for name in ("named", "people", "metonyms", "places", "_role_rows", "roles", "role_words", "role_codes", "memberships"):
            getattr(self, name)  # read once, shared by all
        twin = copy.copy(self)
        twin.own = own
        twin.roles = own.roles | self.roles
        twin.role_words = self.role_words | {word.rsplit(" ", 1)[-1] for word in own.roles}
        twin.no_name = self.no_name | twin.role_words
        return twin

    @cached_property
    def named(self) -> Named:
        """States, organisations and bodies."""
        return Named()

    @cached_property
    def people(self) -> People:
        """People and offices."""
        return People()

    @cached_property
    def metonyms(self) -> Senses:
        """Capitals, seats and buildings."""
        return self._senses("metonyms.csv", "id", "sense")

    @cached_property
    def places(self) -> Senses:
        """Places inside a state, by the state's id."""
        return self._senses("places.csv", "state", "kind")

    def _senses(self, table: str, id_: str, form: str) -> Senses:
        found: Senses = {}
        for row in _rows(table):
            found.setdefault(name_key(row["name"]), []).append(row.sense(row[form], row[id_]))
        return found

    @cached_property
    def _role_rows(self) -> dict[str, Role]:
        return {row["word"]: Role(row["name"], row["code"], row["office"], row["kind"]) for row in _rows("roles.csv")}

    @cached_property
    def roles(self) -> dict[str, Role]:
        """Words for offices, bodies and groups, and titles."""
        return {word: role for word, role in self._role_rows.items() if role.kind not in ("former", "thing")}

    @cached_property
    def former(self) -> frozenset[str]:
        """Words that say of an office that somebody held it once."""
        return frozenset(word for word, role in self._role_rows.items() if role.kind == "former")

    @cached_property
    def no_name(self) -> frozenset[str]:
        """Words that make of somebody's name that of an office, a relative or a thing."""
        words = {word for word, role in self._role_rows.items() if role.kind in ("former", "thing")}
        return self.role_words | words

    @cached_property
    def role_words(self) -> frozenset[str]:
        """The last words of ``roles``: a text without one of them names no role."""
        return frozenset(word.rsplit(" ", 1)[-1] for word in self.roles)

    @cached_property
    def role_codes(self) -> dict[str, Role]:
        """The first body or group of each of CAMEO's role codes."""
        found: dict[str, Role] = {}
        for role in self.roles.values():
            if role.code and not role.office:
                found.setdefault(role.code, role)
        return found

    @cached_property
    def memberships(self) -> list[Bond]:
        """Who was a member of what."""
        return [Bond(row["member"], row["organization"], *row.span, row.source) for row in _rows("memberships.csv")]

    def entity(self, id_: str) -> Entity | None:
        """The entity with that id, if the tables have it."""
        return self.named.entities.get(id_) or self.people.entities.get(id_) or self.own.entities.get(id_)

    def described(self, id_: str) -> Iterator[tuple[str, str, dt.date | None, dt.date | None, str]]:
        """All that the tables say of an entity: what, value, start, until and the row that says so."""
        entity, named, people = self.entity(id_), self.named, self.people
        if entity is None:
            return
        first = next((s.source for s in named.codes.get(id_, ()) if s.id == id_), "")
        yield "name", entity.name, entity.start, entity.until, first
        yield "kind", entity.kind, None, None, first
        for scheme, codes in named.schemes.items():
            yield from ((scheme, c, s.start, s.until, s.source) for c, senses in codes.items() for s in senses if s.id == id_)
        for table in (
            self.own.names,
            named.names,
            named.abbreviations,
            named.peoples,
            self.metonyms,
            people.persons,
            people.clipped,
        ):
            for name, senses in table.items():
                yield from ((s.form, name, s.start, s.until, s.source) for s in senses if s.id == id_)
        for spells in (*people.spells.values(), *self.own.spells.values()):
            for spell in spells:
                if id_ in (spell.person, spell.entity):
                    other = spell.entity if id_ == spell.person else spell.person
                    yield spell.title, other, spell.start, spell.until, spell.source
        for whose, of, bonds in (("member", "member of", self.memberships), ("predecessor", "successor", named.successors)):
            for bond in bonds:
                if id_ in (bond.one, bond.other):
                    what, other = (of, bond.other) if id_ == bond.one else (whose, bond.one)
                    yield what, other, bond.start, bond.until, bond.source
