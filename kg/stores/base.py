"""What every store answers, whatever is behind it: the reading half is the same SQL over the record's tables."""

from __future__ import annotations

import datetime as dt
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields
from functools import cache
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import actions
from kg.actors import Resolver, resolver_with
from kg.collecting import fetched, uncollected
from kg.deeds import Rule
from kg.errors import NothingLoaded, StoreError, UsageError
from kg.facts import DERIVED, EDTF_SQL, FACT_COLUMNS, NO_TARGET, Entity, Fact
from kg.mapping import DATE_DAY
from kg.shapes.believed import believed, ends
from kg.shapes.triples import described, of_believed, statements, write_ntriples
from kg.views import LAST, View

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from kg.staging import Staged
    from kg.stores.checking import Finding
    from kg.stores.derived import Derived
    from kg.stores.merge import Counts, Given
    from kg.stores.merged import Merged
    from kg.stores.undoing import Undone

_log = logging.getLogger(__name__)

#: Called with what is being done, how much of it is done and how much there is (0 if that is not known).
Progress = Callable[[str, int, int], None]

#: SQL for rows of `FACT_COLUMNS`, in order of date, over a relation that `kg.shapes.believed.believed` gives.
FACTS = f"""
    SELECT f.id::VARCHAR AS id, {EDTF_SQL} AS date, a.name AS actor, f.action,
        CASE WHEN f.target <> '{NO_TARGET}' THEN t.name END AS target, f.type, f.code, f.scheme, f.coded,
        f.quad_class, f.intensity, f.scale, f.event, f.actor AS actor_id, f.target AS target_id, f.actor_state, f.target_state,
        f.start, f.until, f.precision, f.certainty, f.reports, f.sources, f.urls, f.basis
    FROM ({{believed}}) f JOIN kg.entity a ON a.id = f.actor JOIN kg.entity t ON t.id = f.target
    ORDER BY f.start, f.until NULLS LAST, f.actor, f.target, f.action, f.id"""


@dataclass(frozen=True)
class Answer:
    """Rows of an answer. Values are plain: text, whole and decimal numbers, booleans, dates, lists, and for nodes and
    relationships dictionaries with ``id``, ``labels`` (or ``type``) and ``properties``."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


class Store(ABC):
    """Where facts are kept. A view's facts are read by the same SQL from every store; how it takes and answers is its own."""

    #: The query languages it answers in, the usual one first.
    languages: tuple[str, ...]
    #: What a load may hold beside it before it spills, e.g. ``800MB``; the usual by default.
    memory: str | None = None

    @abstractmethod
    def reading(self, view: View | None = None) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A connection whose schema ``kg`` has the tables of the record, with all that belongs to a view's facts at least.

        :raises StoreError: if nothing was ever loaded.
        """

    @contextmanager
    def viewing(self, view: View) -> Iterator[duckdb.DuckDBPyConnection]:
        """The same with what the SQL of `kg.views.View.believed` reads: ``near``, if the view is around an entity."""
        with self.reading(view) as con:
            if view.deeds and rule_in_force(con, view) is None:
                if view.known_at:
                    raise StoreError(f"no facts of {self} were merged into deeds then", hint="kg loads says since when they are")
                raise StoreError(f"no facts of {self} are merged into deeds", hint="merge them first: kg merge")
            find_near(con, view)
            yield con

    @abstractmethod
    def add(self, con: duckdb.DuckDBPyConnection, staged: Staged, progress: Progress | None = None) -> Counts:
        """Merge what a load has staged in ``con``."""

    @abstractmethod
    def add_aliases(self, given: Given) -> int:
        """Keep names that a user gives; returns how many rows there were."""

    @abstractmethod
    def reassign(self, con: duckdb.DuckDBPyConnection, progress: Progress | None = None) -> None:
        """Take the reports that `kg.restaging.stage_again` has put into ``con`` for other facts."""

    def aliases(self) -> list[tuple[Any, ...]]:
        """The rows of ``alias`` that count: of each name those of its last change; none of a store that is not there yet."""
        sql = """SELECT name, entity, kind, state, role, start, until FROM kg.alias
            QUALIFY change = max(change) OVER (PARTITION BY name) ORDER BY ALL"""
        try:
            with self.tables("alias") as con:
                return con.execute(sql).fetchall()
        except NothingLoaded:
            return []

    def resolver(self) -> Resolver:
        """Names to entities: by the tables as shipped, and before them by what users gave this store."""
        return resolver_with(tuple(self.aliases()))

    def entity_ids(self, on: dt.date | None = None) -> Callable[[str], str]:
        """What gives the id of the entity that a user means, on a day: by any form of its name, or by its id, also where no table
        has it but users' names or facts do. The store is read for names once, and when it is first asked. Who no fact speaks of
        is told as a warning, so that a name that nobody has is not taken for one that nothing happened to."""
        known: Callable[[], Resolver] = cache(self.resolver)

        @cache
        def meant(text: str) -> str:
            found = known().resolve(text, on=on)
            id_ = found.entity.id
            nobody = found.rule in ("own name", "ambiguous")
            if nobody and text != id_ and (known().tables.entity(text) or self.has_entity(text)):
                return text
            if nobody and not self.has_entity(id_):
                upper = [text.upper()] if known().tables.entity(text.upper()) else []
                meant_is = " or ".join(found.rivals or upper)
                instead = f": say {meant_is}" if meant_is else ""
                _log.warning("no fact speaks of %r%s; kg resolve says what a name means", text, instead)
            return id_

        return meant

    @abstractmethod
    def has_entity(self, id_: str) -> bool:
        """Whether facts speak, or once spoke, of an entity with that id."""

    @abstractmethod
    def tables(self, *names: str) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """The same with these tables of the record whole: what is no longer believed too."""

    @abstractmethod
    def take(self, con: duckdb.DuckDBPyConnection, progress: Progress | None = None) -> None:
        """Take over all tables of another store, read by ``con``; what is there already stays.

        :raises StoreError: if this store has facts of its own.
        """

    @abstractmethod
    def rehearsal(self, folder: Path) -> Store:
        """A store that counts as this one would and changes nothing in it, with what it needs in a new folder."""

    def folders(self) -> list[Path]:
        """Where its own files are, which merging has to reach."""
        return []

    @abstractmethod
    def known_records(self, con: duckdb.DuckDBPyConnection, dataset: str) -> None:
        """Fill ``known_record`` of ``con`` with the native id and the fact of each record of a dataset."""

    @abstractmethod
    def retract(self, dataset: str, native_id: str) -> int:
        """Close the reports that a dataset gives under that id; returns how many.

        :raises StoreError: if there is no store or no such open report.
        """

    @abstractmethod
    def undo(self, number: int) -> Undone:
        """Undo a load or a retraction: see `kg.stores.undoing.undo`.

        :raises StoreError: if there is no such change, if it can't be undone, or if it is undone already.
        """

    @abstractmethod
    def derive(self, progress: Progress | None = None) -> Derived:
        """Derive all standing relations anew, as rules say that have changed; each change of a store does so where it touches.

        :raises StoreError: if nothing was ever loaded.
        """

    @abstractmethod
    def merge(self, rule: Rule, examples: int = 0) -> Merged:
        """Take facts of different datasets together that tell of one deed, from now on: see `kg.stores.merged`.

        :param examples: ids of the facts of so many deeds are to be told.
        :raises StoreError: if nothing was ever loaded.
        """

    def propose(self, rule: Rule, examples: int = 0) -> Merged:
        """What `merge` would do; nothing is written."""
        from kg.stores import merged

        with self.reading(View(deeds=True)) as con:
            return merged.propose(con, rule, examples)

    @abstractmethod
    def unmerge(self) -> int:
        """Let every fact stand for itself again; returns how many did not.

        :raises StoreError: if no facts are merged.
        """

    @abstractmethod
    def query(
        self, language: str, text: str, parameters: Mapping[str, object] | None = None, progress: Progress | None = None
    ) -> Answer:
        """The answer to a question in one of `languages`.

        :raises QueryError: if the text is wrong, or would write or reach outside the store.
        :raises UsageError: if the store does not answer in that language.
        """

    def sparql_under(self, view: View, text: str, parameters: Mapping[str, object]) -> Answer | None:
        """The answer to a SPARQL query over a view's facts, if the store can give it without a copy of them.

        :raises QueryError: as `query` does.
        """
        return None

    def explain_sparql(self, view: View, text: str, parameters: Mapping[str, object]) -> str:
        """The SQL by which a SPARQL query over a view's facts is answered, or why it is answered otherwise.

        :raises UsageError: if the store does not answer SPARQL by SQL.
        """
        raise UsageError(f"{self} does not answer SPARQL by SQL", hint="only a store in a folder does")

    @abstractmethod
    def info(self) -> dict[str, Any]:
        """Counts, span, sources, changes and what else there is to say."""

    def check(self) -> list[Finding]:
        """What is wrong with the store.

        :raises UsageError: if the store is not in a folder: a server looks after its own files.
        """
        raise UsageError(
            f"{self} is a server, which checks its own files",
            hint=f"compare with a copy in a folder, and check that: kg copy {self} copy.kg, then kg check --kg copy.kg",
        )

    def nothing_loaded(self) -> NothingLoaded:
        """What to raise where nothing was ever loaded."""
        return NothingLoaded(f"nothing was ever loaded into {self}", hint=f"load something first: kg load FILE --kg {self}")

    def shown(self, language: str, text: str) -> str:
        """A question's text as it is asked of this store elsewhere, as on a server's own page."""
        return text

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        """Let go of connections; using the store again opens them again."""

    def rows(self, view: View | None = None) -> Iterator[tuple[Any, ...]]:
        """The facts of a view as rows of `FACT_COLUMNS`, in order of date; the store is read while they are taken."""
        view = view or View()
        with self.viewing(view) as con:
            con.execute(FACTS.format(believed=view.believed()), view.values())
            yield from chain.from_iterable(fetched(con))

    def table(self, view: View | None = None) -> pa.Table:
        """The same as an Arrow table."""
        view = view or View()
        with self.viewing(view) as con:
            return con.sql(FACTS.format(believed=view.believed()), params=view.values()).to_arrow_table()

    def facts(self, view: View | None = None) -> list[Fact]:
        """The same as facts."""
        with uncollected():
            return [*map(_fact, self.rows(view))]

    def standing(self, view: View) -> list[dict[str, Any]]:
        """The facts of a view that are states, what holds until it ends, as dictionaries of `FACT_COLUMNS`, in order of date."""
        types = ", ".join(f"'{type_}'" for type_ in actions.states())
        with self.viewing(view) as con:
            con.execute(FACTS.format(believed=f"SELECT * FROM ({view.believed()}) f WHERE f.type IN ({types})"), view.values())
            return dicts(con)

    def rows_of(self, ids: Sequence[str], view: View) -> list[dict[str, Any]]:
        """The same for the facts with these ids, as far as they are believed when a view asks."""
        if not ids:
            return []
        told = View(known_at=view.known_at)
        meant = believed("f.id IN (SELECT unnest($ids)::UUID)", held=told.held())
        with self.having(ids) as con:
            con.execute(FACTS.format(believed=meant), {"ids": [*ids], **told.values()})
            return dicts(con)

    @abstractmethod
    def having(self, ids: Sequence[str]) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """The same as `tables`, with all that belongs to the facts with these ids at least."""

    def entities(self, view: View | None = None) -> list[Entity]:
        """The entities in the facts of a view, and the states behind them, by id."""
        view = view or View()
        wanted = f"WITH b AS ({view.believed()}) {ends('b')}"
        sql = f"SELECT id, name, kind, state, start, until FROM kg.entity SEMI JOIN ({wanted}) USING (id) ORDER BY id"
        with self.viewing(view) as con:
            return [Entity(*row) for row in con.execute(sql, view.values()).fetchall()]

    def write_ntriples(self, view: View, file: Path) -> int:
        """Write the triples of a view's facts, their entities and reports; returns the number of facts."""
        with self.viewing(view) as con:
            con.execute(f"CREATE TEMP TABLE believed AS {view.believed()}", view.values())
            write_ntriples(
                con, " UNION ALL ".join(statements(described(s), r) for s, r in of_believed(view.reports()).items()), file
            )
            return count(con, "believed")

    def mentions(self) -> list[tuple[str, str | None, int, dt.date, dt.date]]:
        """The names under which open reports tell of actors and targets, most frequent first.

        Each with the state behind what it was taken for, how often it stands, and the first and the last day.
        """
        ends = " UNION ALL ".join(
            f"SELECT r.{end} AS text, f.{end} AS id, {DATE_DAY} AS day FROM kg.report r JOIN kg.fact f ON f.id = r.fact "
            f"WHERE r.closed IS NULL AND r.{end} IS NOT NULL"
            for end in ("actor", "target")
        )
        sql = f"""SELECT text, e.state, count(*), min(day), max(day) FROM ({ends}) t JOIN kg.entity e USING (id)
            GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"""
        with self.reading() as con:
            return con.execute(sql).fetchall()

    def rejects(self) -> list[dict[str, Any]]:
        """The rows that loads could not read, with change, file, row, reason and raw text."""
        with self.tables("change", "reject") as con:
            con.execute(
                "SELECT change, file, row, reason, raw FROM kg.reject JOIN kg.change ON change.id = reject.change "
                "ORDER BY change, row"
            )
            return dicts(con)


def find_near(con: duckdb.DuckDBPyConnection, view: View) -> None:
    """Fill ``near`` with the ids of what is less than ``depth`` steps from the entity the view is around, if it is around one."""
    if view.around is None:
        return
    con.execute("CREATE OR REPLACE TEMP TABLE near AS SELECT $around::VARCHAR AS id", {"around": view.around})
    for _ in range(view.depth - 1):
        con.execute(f"INSERT INTO near FROM ({view.neighbours()}) ANTI JOIN near USING (id)", view.values())


def rule_in_force(con: duckdb.DuckDBPyConnection, view: View | None = None) -> Rule | None:
    """The rule by which facts are merged into deeds now, or were when a view asks; see `kg.stores.merged`."""
    then = "true" if view is None or view.known_at is None else f"id <= {LAST}"
    given = {"known_at": view.known_at} if view and view.known_at else {}
    found = con.execute(
        f"""WITH known AS (FROM kg.change WHERE {then})
        SELECT loader, rtrim(loader_version, 'd')::INTEGER FROM known
        WHERE id = (SELECT max(id) FROM known WHERE kind = 'merge')
            AND id NOT IN (SELECT undone FROM known WHERE undone IS NOT NULL)""",
        given,
    ).fetchall()
    return Rule(*found[0]) if found else None


def derived_of(sources: Iterable[Mapping[str, Any]]) -> int:
    """How many facts are derived, of which each has one report, by what `Store.info` says of sources."""
    return sum(source["reports"] for source in sources if source["dataset"] == DERIVED)


def dicts(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The rows of the last result as dictionaries."""
    names = [c[0] for c in con.description or ()]
    return [dict(zip(names, row, strict=True)) for row in con.fetchall()]


def batches(con: duckdb.DuckDBPyConnection, sql: str) -> Iterator[list[dict[str, Any]]]:
    """The rows of a query on the tables of ``kg`` as dictionaries, some thousands at a time."""
    cursor = con.cursor()
    cursor.execute(sql)
    names = [c[0] for c in cursor.description or ()]
    for rows in fetched(cursor):
        yield [dict(zip(names, row, strict=True)) for row in rows]


def count(con: duckdb.DuckDBPyConnection, table: str, what: str = "count(*)") -> int:
    """A number that SQL gives of a table."""
    return int(con.execute(f"SELECT {what} FROM {table}").fetchall()[0][0])


# A fact's fields are columns of its row, three of them under other names; those that are lists come last in both.
_LISTS = ("sources", "urls", "basis")
_UNDER = {"actor": "actor_id", "target": "target_id", "date": "start"}
_SINGLE = itemgetter(*(FACT_COLUMNS.index(_UNDER.get(f.name, f.name)) for f in fields(Fact) if f.name not in _LISTS))


def _fact(row: tuple[Any, ...]) -> Fact:
    return Fact(*_SINGLE(row), *map(tuple, row[-len(_LISTS) :]))
