"""The rules by which a name finds an entity, one function each; `kg.actors.look.RULES` says what they are."""

from __future__ import annotations

import datetime as dt
import re

from kg.actors.look import Look, Resolution, Word
from kg.actors.own import SOURCE
from kg.actors.persons import addressed, alone, fuller, held, leader, once, people
from kg.actors.senses import Role, Sense
from kg.actors.tables import holds
from kg.facts import Entity
from kg.text import slug

_WITH_COUNTRY = re.compile(r"(.*\S)\s*\(([^()]+)\)")
_CODE = re.compile(r"[A-Z][A-Z0-9_]*")
_ACTOR_CODE = re.compile(r"([A-Z]{3})((?:[A-Z]{3}){1,3})")
_SCHEME_CODE = re.compile(r"(\w+):\s*(\w+)")
_THE = re.compile(r"^the\s+", re.IGNORECASE)
# What stands between an office and what it is of, and before the name of a state, in English, German and Romance languages.
_OF = frozenset(["of", "for", "von", "der", "des", "de", "du", "da", "do", "dos", "das", "di", "del", "della", "degli", "d'"])
_ARTICLE = re.compile(r"(?:l['\u2019]|(?:der|die|das|den|dem|le|la|les|el|los|las|il|lo|gli|o|os|as)\s+)", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['\u2019]s?$")
#: Kinds of words that stand before names and are no body of a state.
_TITLES = frozenset({"title", "courtesy"})
# What a capital stands for: its government and forces, but no police, companies or universities of its own.
_OF_A_CAPITAL = frozenset({"GOV", "MIL", "SPY"})
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
        own = [s for s in senses if s.id == shown and tables.entities[shown].kind == "state"]
        if own and not look.given:  # tables of states by code have NLD, and no Burmese party in it
            senses = own
        if not senses and ", " in look.key:  # "Congo, Republic of the", "Korea, South": as catalogues sort them
            last, first = look.key.split(", ", 1)
            senses = tables.names.get(f"{first} {last}", [])
    if look.kind in _NO_STATES:  # as the row says: "IS" in a list of armed groups is not Iceland
        senses = [s for s in senses if tables.entities[s.id].kind != "state"]
    return _settle(look, senses) if senses else None


def country_names(look: Look) -> Resolution | None:
    """`names`; but where a lesser name of a state is the surname of who leads one on the day, it may be either: Hollande."""
    found = names(look)
    if found and found.rule == "name" and found.entity.kind == "state" and " " not in look.key:
        forms = {sense.form for sense in look.senses(look.tables.named.names) if sense.id == found.entity.id}
        if forms == {"variant"} and (person := leader(look)):
            return person if look.given else look.ambiguous({found.entity.id, *(person.rivals or (person.entity.id,))})
    return found


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
    return Resolution(entity, how, look.behind(id_), sense.source, note=note)


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
        return Resolution(look.tables.named.entities[id_], "metonym", look.behind(id_), sense.source)
    return None


def titled(look: Look) -> Resolution | None:
    """A title before a name: "President Putin", "the Danish prime minister Rasmussen", "former President Clinton"."""
    words = look.words
    if not words and len(pair := look.shown.split()) == 2 and _POSSESSIVE.search(pair[0]):  # NATO's Rasmussen
        whose, name = pair
        owner = names(look.at(_POSSESSIVE.sub("", whose)))
        return held(look.at(name), owner.entity.id, None) if owner and owner.rule != "ambiguous" else None
    for n in range(1, len(words)):
        if words[n - 1].key not in look.tables.role_words or "." in words[n - 1].shown[:-1]:  # M.R. Sharma is no Mr Sharma
            continue
        head = [word for word in words[:n] if word.key not in look.tables.former]
        if (phrase := _phrase(look, head)) is None:
            continue
        place, role = phrase
        tail = look.at(_joined(words[n:]), look.given)
        found, former = people(tail), len(head) < n
        if found is None or found.rule == "ambiguous":
            found = _bearer(tail, place, role, former=former) or found
        if found is None and role.office:
            found = fuller(tail, place, role.office, former=former)
        if found and found.rule == "ambiguous":
            return found._replace(entity=look.own_name())
        if found:
            return found._replace(rule="title and name")
    return None


def _bearer(tail: Look, place: str | None, role: Role, *, former: bool) -> Resolution | None:
    """Who is meant by a role and a surname."""
    office = role.office or role.name.casefold()
    if former:
        return once(tail, place, office)
    if role.kind == "courtesy":  # which says nothing of an office, so that what the surname alone is decides
        known = country_names(tail) or metonyms(tail) or places(tail) or demonyms(tail)
        return None if place or (known and known.rule != "ambiguous") else addressed(tail)
    # General, sheikh: where the state is named, whoever leads it; else none whom the tables don't know by that title.
    found = held(tail, place, office)
    return found or (addressed(tail.at(tail.shown, place or tail.given)) if place or tail.given else None)


def offices(look: Look) -> Resolution | None:
    """An office or body of a state or organisation: its holder on the day, or an entity for the body."""
    words = look.words
    phrase = _phrase(look, words) if words else None
    if phrase is None or phrase[1].kind in _TITLES:
        return None
    place, role = phrase
    if place and role.kind == "institution":
        return _one_of_many(look, role, place)
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


def _one_of_many(look: Look, role: Role, place: str) -> Resolution | None:
    """ "Russian company" is any, and Companies (Russia); "University of South Africa" is one of many: the name is its own."""
    of = look.tables.named.entities[place]
    if of.kind not in ("state", "place"):  # General Dynamics Corporation is no company of General Dynamics'
        return None
    if look.shown.isupper() or any(w.shown.islower() for w in look.words if w.key in look.tables.role_words):
        return _body_of(look, role, place, "country and role")
    state = look.behind(place)
    return Resolution(Entity(slug(look.shown), look.shown, "organization", state), "country and role", state, "roles.csv")


def _body(role: Role, of: Entity, state: str | None, rule: str) -> Resolution:
    """The entity of a body or group of a state or organisation: the same whatever words name it."""
    name = f"{role.name} ({of.name})"
    kind = "group" if role.kind == "institution" else role.kind
    return Resolution(Entity(slug(name), name, kind, state), rule, state, "roles.csv")


def _body_of(look: Look, role: Role, place: str, rule: str) -> Resolution:
    of = look.tables.named.entities[place]
    return _body(role, of, look.behind(place), rule)


def without_article(text: str) -> str:
    """A text without the article of another language; the English one no key has."""
    return _ARTICLE.sub("", text, count=1) if _ARTICLE.match(text) else text


def without_possessive(text: str) -> str:
    """A text without the possessive at its end: Russia's."""
    return _POSSESSIVE.sub("", text)


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
        if (role := roles.get(" ".join(keys[n:]))) and (place := _place(look, words[:n], role)):
            return place, role
        if role := roles.get(" ".join(keys[:n])):
            if keys[n] in _OF:
                if place := _place(look, words[n + 1 :], role):
                    return place, role
            elif people_of := demonyms(look.at(without_article(_joined(words[n:])))):  # président français
                if people_of.rule != "ambiguous":
                    return people_of.entity.id, role
            elif role.kind in _TITLES and (rest := _phrase(look, words[n:])):
                return rest
    return None


def _place(look: Look, words: list[Word], role: Role) -> str | None:
    """The state or organisation that a name, a people's name or a possessive means on the day."""
    text = without_article(_POSSESSIVE.sub("", _joined(words).rstrip(",")))
    if not text:
        return None
    part = look.at(text, look.given)
    found = names(part) or demonyms(part) or (metonyms(part) if role.code in _OF_A_CAPITAL else None)
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
    if (role := look.tables.roles.get(inner.key)) and role.kind not in _TITLES:
        return _body(role, country.entity, id_, "country in brackets")
    for rule in (own_names, names, metonyms, people, titled, alone, offices, places, demonyms):
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
