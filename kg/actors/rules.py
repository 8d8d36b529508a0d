"""The rules by which a name finds an entity, one function each; `kg.actors.look.RULES` says what they are."""

from __future__ import annotations

import datetime as dt
import re

from kg.actors.look import Look, Resolution, Word
from kg.actors.own import SOURCE
from kg.actors.senses import Role, Sense, Spell
from kg.actors.tables import holds, of_person
from kg.facts import Entity
from kg.text import slug

#: The offices whose holders news calls by surname alone.
PRINCIPAL = frozenset({"head of state", "head of government", "leader", "foreign minister", "head of organization"})

_WITH_COUNTRY = re.compile(r"(.*\S)\s*\(([^()]+)\)")
_CODE = re.compile(r"[A-Z][A-Z0-9_]*")
_ACTOR_CODE = re.compile(r"([A-Z]{3})((?:[A-Z]{3}){1,3})")
_SCHEME_CODE = re.compile(r"(\w+):\s*(\w+)")
_THE = re.compile(r"^the\s+", re.IGNORECASE)
# What stands between an office and what it is of, and before the name of a state, in English, German and Romance languages.
_OF = frozenset(["of", "for", "von", "der", "des", "de", "du", "da", "do", "dos", "das", "di", "del", "della", "degli", "d'"])
_ARTICLE = re.compile(r"(?:l['\u2019]|(?:der|die|das|den|dem|le|la|les|el|los|las|il|lo|gli|o|os|as)\s+)", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['\u2019]s?$")
_MOST_NAMES = 6
#: Kinds that a row may give of a name, of which no state is one.
_NO_STATES = frozenset({"group", "person", "topic"})


def own_names(look: Look) -> Resolution | None:
    """Names that the user gave."""
    own = look.tables.own
    senses = own.names.get(look.key)
    if not senses:
        return None
    found = look.settled({s.id: s for s in senses if look.holds(s.start, s.until)})
    if len(found) != 1:
        return look.ambiguous(found) if found else None
    (id_,) = found
    entity = look.tables.entity(id_) or look.own_name()
    spells = own.spells.get(id_, [])
    dated = [s for s in spells if (s.start or s.until) and look.holds(s.start, s.until)]
    # What has no dates holds on all days that nothing dated has.
    states = {s.entity for s in (dated or [s for s in spells if not s.start and not s.until])}
    behind = next(iter(states)) if len(states) == 1 else None
    if behind is None and entity.kind == "person":
        return look.person(id_, "own list", SOURCE)
    return Resolution(entity, "own list", behind or entity.state or look.given, SOURCE)


def names(look: Look) -> Resolution | None:
    """Codes and names."""
    tables, shown = look.tables.named, look.shown
    if ":" in shown and (match := _SCHEME_CODE.fullmatch(shown)):
        scheme = tables.schemes.get(match[1].casefold())
        senses = scheme.get(match[2].upper(), []) if scheme is not None else []
        # 490 is Congo's, and Zaire's while there was one: what has dates goes before what always has the code.
        spells = [s for s in senses if (s.start or s.until) and look.holds(s.start, s.until)]
        senses = spells if spells and look.on else senses
    else:
        capitals = (_THE.sub("", shown) if shown[:3].casefold() == "the" else shown).replace(".", "")
        senses = tables.codes.get(shown, []) + tables.abbreviations.get(capitals, []) or look.senses(tables.names)
        if not senses and ", " in look.key:  # "Congo, Republic of the", "Korea, South": as catalogues sort them
            last, first = look.key.split(", ", 1)
            senses = tables.names.get(f"{first} {last}", [])
    if look.kind in _NO_STATES:  # as the row says: "IS" in a list of armed groups is not Iceland
        senses = [s for s in senses if tables.entities[s.id].kind != "state"]
    return _settle(look, senses) if senses else None


def _settle(look: Look, senses: list[Sense], rule: str | None = None) -> Resolution:
    """The one sense that holds on the day, or the answer that there are several."""
    in_use = [s for s in senses if look.holds(s.start, s.until)] or senses
    found: dict[str, tuple[str, Sense]] = {}
    for sense in in_use:
        if look.exists(sense.id):
            found[sense.id] = (rule or _kind_of_name(look, sense), sense)
    if not found and look.on:
        earlier = [e for s in in_use for e in look.tables.named.continued.get(s.id, ()) if look.holds(e.start, e.until)]
        found = {e.id: ("predecessor", e) for e in earlier} or {s.id: ("outside its dates", s) for s in in_use}
    found = look.settled(found)
    if len(found) > 1:
        return look.ambiguous(found)
    id_, (how, sense) = next(iter(found.items()))
    entity = look.tables.named.entities[id_]
    note = _outside(entity) if how == "outside its dates" else None
    return Resolution(entity, how, entity.state, sense.source, note=note)


def _kind_of_name(look: Look, sense: Sense) -> str:
    if ":" in look.shown or (sense.form in ("code", "abbreviation") and _CODE.fullmatch(look.shown)):
        return "code"
    return "former name" if sense.form == "former" else "name"


def _outside(entity: Entity) -> str:
    start = f" from {entity.start}" if entity.start else ""
    until = f" until {entity.until}" if entity.until else ""
    return f"{entity.name} existed{start}{until}"


def metonyms(look: Look) -> Resolution | None:
    """Capitals, seats and buildings; without a day, as of today."""
    senses = look.senses(look.tables.metonyms)
    if not senses:
        return None
    if look.on is None:
        now = dt.date.today()
        found = {s.id: s for s in senses if holds(s.start, s.until, now)}
    else:
        found = {s.id: s for s in senses if look.holds(s.start, s.until) and look.exists(s.id)}
    found = look.settled(found)
    if len(found) > 1:
        return look.ambiguous(found)
    for id_, sense in found.items():
        return Resolution(look.tables.named.entities[id_], "metonym", look.tables.named.entities[id_].state, sense.source)
    return None


def people(look: Look) -> Resolution | None:
    """Full names; if several are so named, the one in office."""
    persons, name = look.tables.people.persons, of_person(look.key)
    if name.endswith(" i") and name not in persons:  # the first of his name is seldom called so
        name = name[:-2]
    senses, rule = persons.get(name, []), "person"
    words = name.split()
    if not senses and 2 < len(words) <= _MOST_NAMES and look.tables.role_words.isdisjoint(words):
        parts = {f"{words[0]} {words[-1]}", *(" ".join(some) for n in (2, 3) for some in (words[:n], words[-n:]))}
        senses, rule = [s for part in parts for s in persons.get(part, ()) if not _foreign(look, s.id)], "longer name"
    if not senses:
        return None
    found = {s.id: s for s in senses if look.in_office(s.id) or _was_principal(look, s.id)}
    if not found:  # a minister or legislator of that name, but not on that day: it may be anybody
        return None
    if len(found) > 1:
        found = {id_: s for id_, s in found.items() if _serves(look, look.in_office(id_))} or found
    if len(found) > 1:
        return look.ambiguous(found)
    id_, sense = next(iter(found.items()))
    return look.person(id_, rule, sense.source)


def _foreign(look: Look, person: str) -> bool:
    """Whether a row names a state and the person held offices of other states alone: Raul Hector Castro was an American."""
    of = {look.tables.named.entities[s.entity].state for s in look.tables.people.spells.get(person, ())}
    return look.given is not None and bool(of) and not of & {look.given, None}


def _was_principal(look: Look, person: str) -> bool:
    return any(spell.office in PRINCIPAL for spell in look.tables.people.spells.get(person, ()))


def _serves(
    look: Look, spells: list[Spell], entity: str | None = None, office: str | None = None, *, alone: bool = False
) -> bool:
    """Whether one of the spells is of that office, and of that state or organisation or the one the row names.

    Of a surname that stands ``alone`` only principal offices count.
    """
    wanted = entity or look.given
    return any(
        (not wanted or s.entity == wanted)
        and (not office or office in (s.office, s.title))
        and (not alone or s.office in PRINCIPAL)
        for s in spells
    )


def surname(
    look: Look, entity: str | None = None, office: str | None = None, rule: str = "surname in office"
) -> Resolution | None:
    """A surname alone, with a capital: of those in office on the day the only one; without a day, the only one ever."""
    ids = look.tables.people.surnames.get(of_person(look.key))
    if not any(c.isupper() for c in look.shown) or look.key in look.tables.roles:
        return None
    if not ids:
        return None
    found = [id_ for id_ in ids if _serves(look, look.in_office(id_), entity, office, alone=rule == "surname in office")]
    if not found and office and look.on:  # the title stays with who held the office: President Clinton in 2010
        held = {id_: look.tables.people.spells[id_] for id_ in ids}
        found = [id_ for id_, spells in held.items() if _serves(look, [s for s in spells if look.began(s)], entity, office)]
    if len(found) > 1:
        return look.ambiguous(found)
    return look.person(found[0], rule, look.tables.people.spells[found[0]][0].source) if found else None


def titled(look: Look) -> Resolution | None:
    """A title before a name: "President Putin", "the Danish prime minister Rasmussen"."""
    words = look.words
    if not words and len(pair := look.shown.split()) == 2 and _POSSESSIVE.search(pair[0]):  # NATO's Rasmussen
        whose, name = pair
        owner = names(look.at(_POSSESSIVE.sub("", whose)))
        return surname(look.at(name), owner.entity.id, None, "title and name") if owner else None
    for n in range(1, len(words)):
        if words[n - 1].key not in look.tables.role_words or (phrase := _phrase(look, words[:n])) is None:
            continue
        place, role = phrase
        tail = look.at(_joined(words[n:]), look.given)
        found = people(tail)
        if found is None or found.rule == "ambiguous":
            found = surname(tail, place, role.office or None, "title and name") or found
        if found is None and role.office and n + 1 < len(words):
            # "Prime Minister John M. Lynch": given names are many, holders of the office of that name few.
            found = surname(look.at(words[-1].shown, look.given), place, role.office, "title and name")
        if found and found.rule == "ambiguous":
            return found._replace(entity=look.own_name())
        if found:
            return found._replace(rule="title and name")
    return None


def offices(look: Look) -> Resolution | None:
    """An office or body of a state or organisation: its holder on the day, or an entity for the body."""
    words = look.words
    phrase = _phrase(look, words) if words else None
    if phrase is None or phrase[1].kind == "title":
        return None
    place, role = phrase
    if place is None:
        # "Police" in a row of a country: that country's; a bare "president" need not be the head of state.
        return _body_of(look, role, look.given, "country and role") if look.given else None
    if role.office and look.on:
        spells = [s for s in look.tables.people.offices.get((place, role.office), ()) if look.holds(s.start, s.until)]
        if len({s.person for s in spells}) > 1:
            return look.ambiguous({s.person for s in spells})
        if spells:
            return look.person(spells[0].person, "office", spells[0].source)
    return _body_of(look, role, place, "country and role")


def _body(role: Role, of: Entity, state: str | None, rule: str) -> Resolution:
    """The entity of a body or group of a state or organisation: the same whatever words name it."""
    name = f"{role.name} ({of.name})"
    return Resolution(Entity(slug(name), name, role.kind, state), rule, state, "roles.csv")


def _body_of(look: Look, role: Role, place: str, rule: str) -> Resolution:
    of = look.tables.named.entities[place]
    return _body(role, of, of.state, rule)


def without_article(text: str) -> str:
    """A text without the article of another language; the English one no key has."""
    return _ARTICLE.sub("", text, count=1) if _ARTICLE.match(text) else text


def _joined(words: list[Word]) -> str:
    return " ".join(word.shown for word in words)


def _phrase(look: Look, words: list[Word]) -> tuple[str | None, Role] | None:
    """The state or organisation and the role of "Russian president", "president of Russia", "Russia's president", "president"."""
    keys = [word.key for word in words]
    if "the" in keys:
        words = [word for word in words if word.key != "the"]
        keys = [word.key for word in words]
    roles = look.tables.roles
    if role := roles.get(" ".join(keys)):
        return None, role
    for n in range(1, min(len(words), 6)):
        if (role := roles.get(" ".join(keys[n:]))) and (place := _place(look, words[:n])):
            return place, role
        if role := roles.get(" ".join(keys[:n])):
            if keys[n] in _OF:
                if place := _place(look, words[n + 1 :]):
                    return place, role
            elif people_of := demonyms(look.at(without_article(_joined(words[n:])))):  # président français
                if people_of.rule != "ambiguous":
                    return people_of.entity.id, role
            elif role.kind == "title" and (rest := _phrase(look, words[n:])):
                return rest
    return None


def _place(look: Look, words: list[Word]) -> str | None:
    """The state or organisation that a name, a people's name or a possessive means on the day."""
    text = without_article(_POSSESSIVE.sub("", _joined(words).rstrip(",")))
    if not text:
        return None
    part = look.at(text, look.given)
    found = names(part) or demonyms(part) or metonyms(part)
    return found.entity.id if found and found.rule != "ambiguous" else None


def bracketed(look: Look) -> Resolution | None:
    """``Name (Country)``: what the name means in that country, or an entity of its own with that state behind it."""
    match = _WITH_COUNTRY.fullmatch(look.shown) if look.shown.endswith(")") else None
    if not match:
        return None
    within = look.at(match[2])
    country = names(within) or names(look.at(f"cameo:{match[2]}"))
    if country is None or country.rule == "outside its dates":
        country = places(within) or country or demonyms(within)
    if country is None or not country.state:
        return None
    id_ = country.state
    inner = look.at(match[1], id_)
    if (role := look.tables.roles.get(inner.key)) and role.kind != "title":
        return _body(role, country.entity, id_, "country in brackets")
    for rule in (own_names, names, metonyms, people, titled, surname, offices, places, demonyms):
        found = rule(inner)
        if found and found.rule != "ambiguous" and id_ in (found.entity.id, found.state):
            return found if found.entity.kind == "person" else found._replace(rule="country in brackets")
    return Resolution(Entity(slug(look.shown), look.shown, "unknown", id_), "country in brackets", id_, country.source)


def actor_codes(look: Look) -> Resolution | None:
    """CAMEO's codes of a country followed by roles, of which the last says the most."""
    match = _ACTOR_CODE.fullmatch(look.shown) if look.shown.isupper() else None
    if not match:
        return None
    roles = [look.tables.role_codes.get(match[2][n : n + 3]) for n in range(0, len(match[2]), 3)]
    country = look.tables.named.schemes["cameo"].get(match[1]) or look.tables.named.codes.get(match[1], [])
    if not country or None in roles:
        return None
    found = _settle(look, country)
    last = roles[-1]
    return _body_of(look, last, found.entity.id, "actor code") if last and found.rule != "ambiguous" else None


def demonyms(look: Look) -> Resolution | None:
    """A people or an adjective, for the state."""
    senses = look.senses(look.tables.named.peoples)
    return _settle(look, senses, "demonym") if senses else None


def places(look: Look) -> Resolution | None:
    """Provinces, regions and towns, for what they are: an entity of its own, with the state in which it lies."""
    senses = look.senses(look.tables.places)
    found = {s.id: s for s in senses if look.holds(s.start, s.until) and look.exists(s.id)}
    if len(found) != 1 or not look.shown[:1].isupper():
        return None
    ((id_, sense),) = found.items()
    return Resolution(Entity(slug(look.shown), look.shown, "place", id_), "place", id_, sense.source)
