"""The rules by which a name finds a person: in full, with more names than the tables have, or by the surname alone."""

from __future__ import annotations

import datetime as dt

from kg.actors.look import Look, Resolution
from kg.actors.senses import Sense, Spell
from kg.actors.tables import of_person
from kg.text import name_key

#: The offices whose holders news calls by surname alone.
PRINCIPAL = frozenset({"head of state", "head of government", "leader", "foreign minister", "head of organization"})
_LEADERS = frozenset({"head of state", "head of government"})

_MOST_NAMES = 6
# From so many people in the tables on, a given name or a surname is so common that both together are anybody's.
_COMMON = 3
# Capitals as short as these are an abbreviation, not a name: BAN.
_ABBREVIATION = 3
# Whoever left an office so long ago is seldom meant by "Mr" and a surname alone, if another of that name is in office.
_REMEMBERED = dt.timedelta(days=10 * 365)
# So long before somebody takes office news speaks of the one who is to.
_ELECTED = dt.timedelta(days=180)
# Parts of a name that are no name of their own.
_PARTICLES = frozenset(
    {
        "de", "da", "do", "dos", "das", "del", "della", "di", "du", "la", "van", "von", "der", "den", "af", "av", "bin", "ibn",
        "ben", "bint", "al", "el", "ul", "y", "e", "i",
    }
)  # fmt: skip
# Where a second family name follows the first, as the mother's, and is left out as often as not.
_TWO_SURNAMES = frozenset(
    {
        "AND", "ARG", "BOL", "CHL", "COL", "CRI", "CUB", "DOM", "ECU", "ESP", "GNQ", "GTM", "HND", "MEX", "NIC", "PAN", "PER",
        "PRY", "SLV", "URY", "VEN",
    }
)  # fmt: skip


def people(look: Look) -> Resolution | None:
    """Full names; if several are so named, the one in office."""
    persons, name = look.tables.people.persons, of_person(look.key)
    if name.endswith(" i") and name not in persons:  # the first of his name is seldom called so
        name = name[:-2]
    senses, rule = persons.get(name, []), "person"
    words = name.split()
    if not senses:
        senses = [s for s in look.tables.people.clipped.get(name, ()) if _named(look, s.id, words[0], words[-1])]
    if not senses and 2 < len(words) <= _MOST_NAMES and look.tables.no_name.isdisjoint(words):
        senses, rule = _longer(look, words), "longer name"
    if not senses:
        return None
    found = {s.id: s for s in senses if look.in_office(s.id) or was_principal(look, s.id)}
    if not found:  # a minister or legislator of that name, but not on that day: it may be anybody
        return None
    if len(found) > 1:
        found = {id_: s for id_, s in found.items() if serves(look, look.in_office(id_))} or found
    if len(found) > 1:
        return look.ambiguous(found)
    id_, sense = next(iter(found.items()))
    return look.person(id_, rule, sense.source)


def _longer(look: Look, words: list[str]) -> list[Sense]:
    """Those who by the day had held an office under a name that is part of this one, and whose other names don't differ.

    A name may have more names in the middle, and where people have two surnames the second behind. What else stands before
    or behind a name makes another of it: "Donald Trump Jr", "Charles de Gaulle Airport".
    """
    people, persons = look.tables.people, look.tables.people.persons
    middle = [w for w in words[1:-1] if w not in _PARTICLES]
    ends = f"{words[0]} {words[-1]}"
    so_named = {s.id: s for s in (*persons.get(ends, ()), *people.clipped.get(ends, ()))}
    found = [s for s in so_named.values() if _may_have(look, s.id, words[0], words[-1], middle)]
    if len(so_named) > 1:  # of several with these names only who is known to have the others
        found = [s for s in found if people.middles.get(s.id)]
    for n in range(2, len(words)):
        behind = [w for w in words[n:] if w not in _PARTICLES]
        if len(behind) == 1:
            of = persons.get(" ".join(words[:n]), ())
            found += [s for s in of if _two_surnames(look, s.id) and _named(look, s.id, words[0], words[n - 1])]
    return [s for s in found if not _foreign(look, s.id) and _has_served(look, s.id)]


def _named(look: Look, person: str, first: str, last: str) -> bool:
    """Whether these are a given name and a family name of the person, and not both so common that they are anybody's.

    Juan Carlos is two given names, and a Korean's first name is the family's.
    """
    people = look.tables.people
    given, family = people.parts[person]
    common = people.firsts[first] >= _COMMON and len(people.surnames.get(last, ())) >= _COMMON
    return first not in family and (last in family or last not in given) and not common


def _may_have(look: Look, person: str, first: str, last: str, middle: list[str]) -> bool:
    """Whether a person may have these names in the middle: of whom the tables know one, it must be among them."""
    if not _named(look, person, first, last):
        return False
    people = look.tables.people
    known = [w for w in people.middles.get(person, ()) if w not in _PARTICLES]
    if middle and known:
        return any(one.startswith(other) or other.startswith(one) for one in known for other in middle if _alike(one, other))
    # "Adolfo Díaz Suárez" is a Díaz, but "Jorge Enrique Taiana" a Taiana.
    return not _two_surnames(look, person) or all(len(w) == 1 or people.firsts[w] for w in middle)


def _alike(one: str, other: str) -> bool:
    """Whether two names are the same, or one is the other's initial."""
    return one == other or 1 in (len(one), len(other))


def _two_surnames(look: Look, person: str) -> bool:
    return any(spell.entity in _TWO_SURNAMES for spell in look.tables.people.spells.get(person, ()))


def _has_served(look: Look, person: str) -> bool:
    """Whether a person held or had held an office by the day, or was about to, as who is elected."""
    starts = [spell.start for spell in look.tables.people.spells.get(person, ())]
    return any(start is None or look.holds(start - _ELECTED, None) for start in starts)


def _foreign(look: Look, person: str) -> bool:
    """Whether a row names a state and the person held offices of other states alone: Raul Hector Castro was an American."""
    of = {look.tables.named.entities[s.entity].state for s in look.tables.people.spells.get(person, ())}
    return look.given is not None and bool(of) and not of & {look.given, None}


def was_principal(look: Look, person: str) -> bool:
    """Whether a person held a principal office on any day."""
    return any(spell.office in PRINCIPAL for spell in look.tables.people.spells.get(person, ()))


def serves(look: Look, spells: list[Spell], entity: str | None = None, office: str | None = None, *, alone: bool = False) -> bool:
    """Whether one of the spells is of that office, and of that state or organisation or the one the row names.

    Of a surname that stands ``alone`` only principal offices count.
    """
    wanted = entity or look.given
    return any(
        (not wanted or s.entity == wanted)
        and (not office or office in (s.office, s.title) or s.title.startswith((f"{office} of ", f"{office} to ")))
        and (not alone or s.office in PRINCIPAL)
        for s in spells
    )


def _so_named(look: Look) -> list[str]:
    """Those who bear the text as a surname, or are known by that one name; a surname has a capital."""
    if look.key in look.tables.roles or not any(c.isupper() for c in look.shown):
        return []
    return _surnamed(look, of_person(look.key))


def _surnamed(look: Look, name: str) -> list[str]:
    surnames = look.tables.people.surnames
    return surnames.get(name) or surnames.get(name.removesuffix(" i"), [])


def _only(look: Look, found: list[str], rule: str) -> Resolution | None:
    if len(found) > 1:
        return look.ambiguous(found)
    return look.person(found[0], rule, look.tables.people.spells[found[0]][0].source) if found else None


def surname(look: Look) -> Resolution | None:
    """A surname alone: of those in a principal office on the day the only one; without a day, the only one ever."""
    found = [id_ for id_ in _so_named(look) if serves(look, look.in_office(id_), alone=True)]
    return _only(look, found, "surname in office")


def alone(look: Look) -> Resolution | None:
    """`surname`, if the text is no people and no place; who leads a state may be meant by the name of a town as well."""
    if look.shown.isupper() and len(look.shown) <= _ABBREVIATION and not look.given:
        return None
    if look.senses(look.tables.named.peoples) or (found := surname(look)) is None:
        return None
    states = {s.id for s in look.senses(look.tables.places) if look.holds(s.start, s.until)}
    if not states:
        return found
    return look.ambiguous({*(found.rivals or (found.entity.id,)), *states}) if _leads(look, found) else None


def _leads(look: Look, found: Resolution) -> bool:
    ids = found.rivals or (found.entity.id,)
    return any(s.office in _LEADERS for id_ in ids for s in look.in_office(id_))


def leader(look: Look) -> Resolution | None:
    """The head of state or government on the day who bears the text as a surname."""
    found = surname(look)
    return found if found and _leads(look, found) else None


def held(look: Look, entity: str | None, office: str | None) -> Resolution | None:
    """Who of that surname holds the office, or else who has held it: President Clinton in 2010."""
    ids = _so_named(look)
    found = [id_ for id_ in ids if serves(look, look.in_office(id_), entity, office)]
    if not found and office and look.on:
        spells = look.tables.people.spells
        found = [id_ for id_ in ids if serves(look, [s for s in spells.get(id_, ()) if look.began(s)], entity, office)]
    return _only(look, found, "title and name")


def once(look: Look, entity: str | None, office: str) -> Resolution | None:
    """Who of that surname held the office until some day before: former President Clinton; if there are several, nobody."""
    spells = look.tables.people.spells
    found = [i for i in _so_named(look) if serves(look, [s for s in spells.get(i, ()) if look.ended(s)], entity, office)]
    return _only(look, found, "title and name")


def fuller(look: Look, entity: str | None, office: str, *, former: bool) -> Resolution | None:
    """Who holds the office (or once did) under a part of a longer name, or under its last word: Prime Minister John M. Lynch.

    Holders of one office are few, so that here what else the name has makes no other of it.
    """
    people, roles = look.tables.people, look.tables.roles
    words = [w for w in of_person(look.key).split() if w not in roles or roles[w].kind != "courtesy"]
    if len(words) < 2 or not look.tables.no_name.isdisjoint(words) or "and" in words:
        return None
    parts = {f"{words[0]} {words[-1]}", *(" ".join(some) for n in (2, 3) for some in (words[:n], words[-n:]))}
    # What is a given name is no last word of another's: Khalifa bin Hamad is no "Sulman al-Khalifa".
    last = {i for i in people.surnames.get(words[-1], ()) if of_person(name_key(people.entities[i].name)).split()[0] != words[-1]}
    for ids in ({s.id for part in parts for s in (*people.persons.get(part, ()), *people.clipped.get(part, ()))}, last):
        spells = {i: [s for s in people.spells.get(i, ()) if look.ended(s)] if former else look.in_office(i) for i in ids}
        if found := sorted(i for i in ids if serves(look, spells[i], entity, office)):
            return _only(look, found, "title and name")
    return None


def addressed(look: Look) -> Resolution | None:
    """A surname behind "Mr": as if it stood alone, but whoever held such an office of the same state lately counts too."""
    found = surname(look)
    if found is None or found.rule == "ambiguous" or not look.on:
        return found
    spells = look.tables.people.spells
    of = {s.entity for s in look.in_office(found.entity.id) if s.office in PRINCIPAL}
    lately = {
        id_
        for id_ in _so_named(look)
        for s in spells.get(id_, ())
        if s.office in PRINCIPAL and s.entity in of and s.until and look.holds(s.until, _later(s.until))
    }
    others = lately - {found.entity.id}
    return look.ambiguous({found.entity.id, *others}) if others else found


def _later(day: dt.date) -> dt.date | None:
    return day + _REMEMBERED if day < dt.date.max - _REMEMBERED else None
