"""The names that a store's facts are told under: which no rule knows, what users say of them, and looking at them again."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import re
import tempfile
from collections.abc import Iterator, Set
from pathlib import Path
from typing import NamedTuple

from kg import dates, restaging, staging
from kg.actors import UNRESOLVED, Alias, Resolver, resolver
from kg.errors import DateError, InputError
from kg.facts import KINDS, Entity
from kg.readers.dictionaries import Agent, Entry, read_dictionary
from kg.stores.base import Progress, Store
from kg.stores.merge import Given
from kg.text import clean, slug

_ID = re.compile(r"[\w~-]+")
#: The rules that know a whole name, and kinds of which one is not sure.
_EXACT = frozenset({"code", "name", "former name", "person"})
_ALIKE = ({"group", "organization"}, {"state", "place"})
#: The columns of a list of names; a name may stand in several rows, one a role or a time.
COLUMNS = ("name", "id", "kind", "state", "role", "start", "until")


class Unresolved(NamedTuple):
    """A name that no rule knows: how often it stands as actor or target, on which days, and why it is not resolved."""

    name: str
    mentions: int
    first: dt.date
    last: dt.date
    rule: str
    rivals: tuple[str, ...]


class Unread(NamedTuple):
    """A line of a list that can't be taken, and why."""

    line: int
    reason: str
    text: str


class Taken(NamedTuple):
    """What came of a list: how many rows a store took, and the lines that it could not."""

    rows: int
    rejected: list[Unread]


def unresolved(store: Store) -> Iterator[Unresolved]:
    """The names that no rule knows, the most frequent first.

    :raises StoreError: if nothing was ever loaded.
    """
    known = store.resolver()
    for name, state, mentions, first, last in store.mentions():
        found = known.resolve(name, state, None, first)
        if found.rule in UNRESOLVED:
            yield Unresolved(name, mentions, first, last, found.rule, found.rivals)


def add(store: Store, file: Path) -> Taken:
    """Take a user's list of names: CSV with `COLUMNS`, of which name and one other must be filled in; more columns do no harm.

    :raises InputError: if it can't be read, or has no such columns.
    """
    return _keep(store, file, *_read_list(file))


def add_dictionary(store: Store, file: Path) -> Taken:
    """Take the entries of an event coder's dictionary (see `kg.readers.dictionaries`) as names.

    :raises InputError: if it can't be read.
    """
    found = read_dictionary(file)
    aliases = [alias for entry in found.entries for alias in _of_entry(entry)]
    aliases += [alias for agent in found.agents for alias in _of_agent(agent)]
    return _keep(store, file, aliases, [Unread(*one) for one in found.rejected])


def resolve_again(store: Store, progress: Progress | None = None) -> int:
    """Take the names of all reports for what they mean by now; returns how many reports this moved to other facts.

    The reports themselves stay, and so does, in recorded time, what they were taken for.

    :raises StoreError: if nothing was ever loaded.
    """
    known = store.resolver()
    with tempfile.TemporaryDirectory(prefix="kg-resolve-") as work:
        con = staging.connect(Path(work), store.memory)
        try:
            with store.tables("report", "fact", "entity") as told:
                con.register("telling", told.sql(restaging.TOLD).to_arrow_reader(100_000))
                con.execute("CREATE TABLE told AS FROM telling")
                con.unregister("telling")
            moved = restaging.stage_again(con, known)
            if moved:
                store.reassign(con, progress)
            return moved
        finally:
            con.close()


def _keep(store: Store, file: Path, aliases: list[Alias], rejected: list[Unread]) -> Taken:
    if aliases:
        store.add_aliases(Given(file.name, hashlib.sha256(file.read_bytes()).hexdigest(), aliases))
    return Taken(len(aliases), rejected)


def _read_list(file: Path) -> tuple[list[Alias], list[Unread]]:
    aliases: list[Alias] = []
    rejected: list[Unread] = []
    states: dict[str, list[tuple[int, Alias]]] = {}
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            columns = [c.strip().casefold() for c in reader.fieldnames or ()]
            if "name" not in columns or not {"id", "kind", "state"} & set(columns):
                raise InputError(
                    f"{file} is no list of names: its columns are {', '.join(columns) or 'none'}",
                    hint=f"it needs name and one of id, kind, state; it may have {', '.join(COLUMNS)}",
                )
            reader.fieldnames = columns
            for row in reader:
                given = {c: clean(row.get(c) or "") for c in COLUMNS}
                if not any(given[c] for c in ("id", "kind", "state")):
                    continue  # not filled in
                try:
                    alias = _alias(given)
                    _check_state(alias, states.setdefault(alias.entity, []), reader.line_num)
                    aliases.append(alias)
                except (InputError, DateError) as error:
                    rejected.append(Unread(reader.line_num, error.message, ",".join(given.values())))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"can't read {file}: {error}") from None
    return aliases, rejected


def _alias(given: dict[str, str]) -> Alias:
    """A row of a list.

    :raises InputError: if its name, kind, state or span is none.
    :raises DateError: if a date is none.
    """
    if not given["name"]:
        raise InputError("there is no name")
    if given["kind"] and given["kind"] not in KINDS[:-1]:
        raise InputError(f"there is no kind {given['kind']!r}; kinds are {', '.join(KINDS[:-1])}")
    state = resolver().resolve(given["state"]).state if given["state"] else None
    if given["state"] and not state:
        raise InputError(f"there is no state {given['state']!r}")
    start, until = (dates.parse(given[c]).start if given[c] else None for c in ("start", "until"))
    if start and until and start >= until:
        raise InputError(f"it begins on {start} and ends on {until}")
    entity = _with_id(given["id"], given["kind"]) if given["id"] else _named(given["name"], given["kind"], {state} - {None})
    return Alias(given["name"], entity, given["kind"] or None, state, given["role"] or None, start, until)


def _check_state(alias: Alias, earlier: list[tuple[int, Alias]], line: int) -> None:
    """Keep a row with a state among the earlier ones of its entity.

    :raises InputError: if one of these has another state for the same days; what has no dates holds where nothing dated does.
    """
    if alias.state is None:
        return
    dated = bool(alias.start or alias.until)
    for number, other in earlier:
        both = dated == bool(other.start or other.until)
        apart = (alias.until and other.start and alias.until <= other.start) or (
            other.until and alias.start and other.until <= alias.start
        )
        if both and not apart and other.state != alias.state:
            raise InputError(
                f"line {number} says that {alias.entity} is of {other.state}, not of {alias.state}; dates may set both apart"
            )
    earlier.append((line, alias))


def _with_id(text: str, kind: str) -> str:
    """An id as a list gives it: one of the tables' as it is written there, else a new one, which no rule makes another of.

    :raises InputError: if it is one of the tables', of another kind.
    """
    entity = resolver().tables.entity(text)
    if entity is None:
        return text if _ID.fullmatch(text) else slug(text)
    if not _agree(kind, entity.kind):
        raise InputError(f"{text} is {entity.name}, of kind {entity.kind}, no {kind}")
    return text


def _named(name: str, kind: str, states: Set[str | None]) -> str:
    """The id of what the tables have under exactly that name or code, if it is of that kind and state; else a new one.

    What a name stands for, who is in office under it or would be with fewer words is none of it.
    """
    found = resolver().resolve(name)
    if found.rule in _EXACT and _agree(kind, found.entity.kind) and _of_one_of(found.entity, states):
        return found.entity.id
    new = slug(name)
    return slug(f"{name} ({kind or 'own'})") if resolver().tables.entity(new) else new


def _of_one_of(entity: Entity, states: Set[str | None]) -> bool:
    """Whether a person held an office of one of the states, or of one that it came out of: many are called David Brown."""
    tables = resolver().tables
    if entity.kind != "person" or not states:
        return True
    of = {tables.named.entities[spell.entity].state for spell in tables.people.spells.get(entity.id, ())}
    of |= {b.one for b in tables.named.successors if b.other in of} | {b.other for b in tables.named.successors if b.one in of}
    return None in of or bool(of & states)


def _agree(kind: str, known: str) -> bool:
    """Whether a list and the tables may mean the same thing: what one calls a group the other may call an organisation."""
    return kind in ("", "unknown", known) or {kind, known} in _ALIKE


def _of_entry(entry: Entry) -> Iterator[Alias]:
    """The rows of a dictionary's entry: one for each of its roles, and one for each synonym."""
    roles = [(role, *_country(resolver(), role.code)) for role in entry.roles]
    entity = _named(entry.name, "", {state for _, state, _ in roles} - {None})
    for role, state, rest in roles:
        yield Alias(entry.name, entity, None, state, rest or None, role.start, role.until)
    for synonym in entry.synonyms:
        yield Alias(synonym, entity)


def _of_agent(agent: Agent) -> Iterator[Alias]:
    """The rows of a common noun, which is a word for a body or group, in both numbers: ``~GOV`` is the role GOV."""
    shown = agent.name[:1].upper() + agent.name[1:]
    plural = agent.name + "s" if agent.plural is None else agent.plural
    for name in (shown, plural):
        if name:
            yield Alias(name, "", "group", role=agent.code.strip("~"))


def _country(known: Resolver, code: str) -> tuple[str | None, str]:
    """The state that a code begins with, and the rest: of USAGOV the United States and GOV; of IGOUNO none, and all of it."""
    found = known.resolve(f"cameo:{code[:3]}")
    return (found.state, code[3:]) if found.rule == "code" and found.state else (None, code)
