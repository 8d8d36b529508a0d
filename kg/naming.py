"""The names that a store's facts are told under: which no rule knows, what users say of them, and looking at them again."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from kg import dates, restaging, staging
from kg.actors import UNRESOLVED, Alias, Resolver, resolver
from kg.errors import DateError, InputError
from kg.facts import KINDS
from kg.readers.dictionaries import Agent, Entry, read_dictionary
from kg.stores.base import Progress, Store
from kg.stores.merge import Given
from kg.text import clean, slug

_ID = re.compile(r"[\w~-]+")
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
                    aliases.append(_alias(given))
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
    entity = _entity(given["id"] or given["name"])
    return Alias(given["name"], entity, given["kind"] or None, state, given["role"] or None, start, until)


def _entity(text: str) -> str:
    """The id of what the tables know under an id or a name, or a new one; what looks like an id stays as it is."""
    found = resolver().resolve(text)
    if found.rule not in UNRESOLVED:
        return found.entity.id
    return text if _ID.fullmatch(text) else slug(text)


def _of_entry(entry: Entry) -> Iterator[Alias]:
    """The rows of a dictionary's entry: one for each of its roles, and one for each synonym."""
    entity = _entity(entry.name)
    for role in entry.roles:
        state, rest = _country(resolver(), role.code)
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
