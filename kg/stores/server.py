"""A store in a server. It keeps the record's tables in its own form; here they are brought in slices and sent back as changes.

What merging, correcting and retracting mean is said once, in `kg.stores.merge`, as SQL over the tables of a record. A load
into a server fetches the slice of those tables that its rows touch, merges into the slice, and sends what that changed, in
batches of facts, each with its reports and entities in one transaction of the server. So a load that is cut off leaves whole
facts, and loading the file again ends as if nothing had happened.
"""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kg.deeds import Rule
from kg.duck import literal
from kg.errors import StoreError, UsageError
from kg.facts import NO_TARGET
from kg.shapes.believed import ends
from kg.stores import derived, merge, merged, undoing
from kg.stores.base import Progress, Store, batches, count, dicts, rule_in_force
from kg.stores.batched import pick_batch, plan
from kg.stores.derived import Derived
from kg.stores.lease import Lease
from kg.stores.merge import Counts, Given
from kg.stores.merged import Merged
from kg.stores.record import columns
from kg.stores.slices import insert, sliced
from kg.stores.undoing import Undone
from kg.views import View

if TYPE_CHECKING:
    import duckdb

    from kg.staging import Staged

#: Rows and keys at a time.
BATCH = 5_000
#: What is noted beside facts, reports and entities, row by row.
NOTED = ("reject", "alias", "merged")
_SPELT = {"cypher": "Cypher", "sparql": "SPARQL"}


class Wanted(NamedTuple):
    """Which rows of a table are asked for.

    ``by`` is ``all``; ``view`` (facts, at least those that ``view`` means; of one around an entity those that are about any of
    ``values``, which its other conditions allow); ``deeds`` (facts that are believed and that rules of `kg.standing` may be
    about or have led to; with ``values`` those between these entities or the states behind); ``dyad`` (facts that are believed
    of an actor and a target, which ``values`` are in turn); ``id`` (of entities and facts);
    ``entity`` (names); ``fact`` (reports); ``open`` (reports); ``change`` (reports that a load read or that a change closed);
    ``record`` (reports of ``dataset`` with these native ids, or with any if ``values`` is empty).
    """

    table: str
    by: str = "all"
    values: Sequence[str] = ()
    view: View = View()
    dataset: str = ""


class ServerStore(Store):
    """What is the same for every server; a kind of server says how its rows are fetched and written."""

    #: What is shown of it: never with a user or a password.
    address: str
    #: Facts a transaction.
    batch = BATCH
    #: Less than for an embedded store: a batch on its way to the server takes room too.
    memory = "150MB"
    _held: Lease

    def __init__(self) -> None:
        self._rehearsed: Path | None = None
        self._loaded = False

    def __str__(self) -> str:
        return self.address

    def folders(self) -> list[Path]:
        return [] if self._rehearsed is None else [self._rehearsed.parent]

    @abstractmethod
    def fetch(self, wanted: Wanted) -> Iterator[tuple[Any, ...]]:
        """Rows with the columns of `kg.stores.record.TABLES`, as they come."""

    @abstractmethod
    def lease(self) -> Lease:
        """The right to write, which one process has at a time."""

    @abstractmethod
    def prepare(self) -> None:
        """Make sure that what the lease relies on is there; several processes may do this at once."""

    def equip(self) -> None:
        """Make sure, with the lease and before the first write, that what writing relies on is there."""

    @abstractmethod
    def write_change(self, change: dict[str, Any]) -> None:
        """Note a load or a retraction, before anything of it is written."""

    @abstractmethod
    def batch_writer(self, con: duckdb.DuckDBPyConnection) -> Callable[[], None]:
        """What writes a batch, in one transaction and so that doing it again changes nothing.

        All that is needed of ``con`` is read beforehand: the writing goes on in a thread of its own. Its tables say what belongs
        to the batch. ``sent_fact``: facts that are new or changed, as `kg.shapes.believed` has them, with ``existed`` (to be
        taken out of the server first) and ``believed`` (without witnesses if not). ``sent_report``: all reports of these facts,
        with ``told`` (new or closed). ``sent_entity``: entities that are new or have new names. ``older_entity`` (id), of all
        batches: others, which may be in the server already.
        """

    @abstractmethod
    def write_noted(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Note rows of one of `NOTED`."""

    # Reading.

    @contextmanager
    def reading(self, view: View | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        with sliced() as con:
            self._bring_changes(con)
            view = view or View()
            if view.around is None:
                self._bring(con, Wanted("fact", "view", view=view))
            else:
                self._bring_around(con, view)
            if view.deeds:
                self._bring(con, Wanted("merged"))
            if replace(view, deeds=False).whole:
                for wanted in (Wanted("entity"), Wanted("name"), Wanted("report", "open")):
                    self._bring(con, wanted)
            else:
                told = "SELECT id FROM kg.fact UNION SELECT fact FROM kg.merged SEMI JOIN kg.fact f ON f.id = deed"
                self._bring_by(con, "report", "fact", told)
                self._bring_ends(con)
            yield con

    def _bring_changes(self, con: duckdb.DuckDBPyConnection) -> None:
        self._bring(con, Wanted("change"))
        if not count(con, "kg.change"):
            raise self.nothing_loaded()

    def check_loaded(self) -> None:
        """Refuse to ask, or to change, what nothing was ever loaded into; what was found once is not looked for again."""
        self._loaded = self._loaded or any(True for _ in self.fetch(Wanted("change")))
        if not self._loaded:
            raise self.nothing_loaded()

    def _bring_around(self, con: duckdb.DuckDBPyConnection, view: View) -> None:
        """Facts that may be near enough to the entity the view is around, a step at a time."""
        reached: set[str] = set()
        fresh = {str(view.around)}
        for _ in range(view.depth):
            self._bring(con, Wanted("fact", "view", sorted(fresh), view))
            reached |= fresh
            found = con.execute(f"SELECT id FROM ({ends('kg.fact')}) WHERE id <> '{NO_TARGET}'").fetchall()
            fresh = {id_ for (id_,) in found} - reached

    @contextmanager
    def having(self, ids: Sequence[str]) -> Iterator[duckdb.DuckDBPyConnection]:
        with sliced() as con:
            self._bring(con, Wanted("change"))
            for first in range(0, len(ids), BATCH):
                self._bring(con, Wanted("fact", "id", ids[first : first + BATCH]))
                self._bring(con, Wanted("report", "fact", ids[first : first + BATCH]))
            self._bring_ends(con)
            yield con

    @contextmanager
    def tables(self, *names: str) -> Iterator[duckdb.DuckDBPyConnection]:
        with sliced() as con:
            for table in names:
                self._bring(con, Wanted(table))
            yield con

    def has_entity(self, id_: str) -> bool:
        return any(True for _ in self.fetch(Wanted("entity", "id", [id_])))

    def known_records(self, con: duckdb.DuckDBPyConnection, dataset: str) -> None:
        con.execute("CREATE OR REPLACE TABLE known_record (native_id VARCHAR, fact UUID)")
        with sliced(con):
            self._bring(con, Wanted("report", "record", dataset=dataset))
            con.execute("""
                INSERT INTO known_record SELECT native_id, any_value(fact) FROM kg.report
                WHERE closed IS NULL AND native_id IS NOT NULL GROUP BY 1""")

    def changes(self) -> list[dict[str, Any]]:
        """The loads and retractions, in their order."""
        rows = [dict(zip(columns("change"), row, strict=True)) for row in self.fetch(Wanted("change"))]
        return sorted(rows, key=lambda change: change["id"])

    def check_language(self, language: str) -> None:
        """Refuse a language that the server does not answer in.

        :raises UsageError: naming the one it does.
        """
        if language not in self.languages:
            [own] = self.languages
            hint = f"kg copy {self} copy.kg, then the same with --kg copy.kg"
            raise UsageError(f"{self} answers in {_SPELT[own]}, not in {_SPELT.get(language, language)}", hint=hint)

    def _bring(self, con: duckdb.DuckDBPyConnection, wanted: Wanted) -> None:
        """Put the rows that the server has into ``kg``, unless they are there already."""
        found = self.fetch(wanted)
        while rows := list(islice(found, BATCH)):
            insert(con, wanted.table, rows)

    def _bring_by(self, con: duckdb.DuckDBPyConnection, table: str, by: str, sql: str, dataset: str = "") -> None:
        """The same for rows whose keys an SQL query gives, a batch of keys at a time."""
        keys = con.cursor()
        keys.execute(f"SELECT DISTINCT k::VARCHAR FROM ({sql}) t(k)")
        while some := keys.fetchmany(BATCH):
            self._bring(con, Wanted(table, by, [key for (key,) in some], dataset=dataset))

    def _bring_ends(self, con: duckdb.DuckDBPyConnection) -> None:
        """The entities that the facts in ``kg`` speak of and that are not there yet, and their names."""
        # Reports that are closed may name other states than the fact has now.
        spoken_of = f"{ends('kg.fact')} UNION SELECT unnest([actor_state, target_state]) FROM kg.report"
        lacking = f"SELECT id FROM ({spoken_of}) ANTI JOIN kg.entity USING (id) WHERE id IS NOT NULL"
        self._bring_by(con, "name", "entity", lacking)
        self._bring_by(con, "entity", "id", lacking)

    # Writing.

    def add_aliases(self, given: Given) -> int:
        with sliced() as con, self._changing(con) as kg:
            self._bring(kg, Wanted("change"))
            change = merge.store_aliases(kg, given)
            if not self._rehearsed:
                self._send(kg, change, None)
        return len(given.rows)

    def reassign(self, con: duckdb.DuckDBPyConnection, progress: Progress | None = None) -> None:
        with self._changing(con) as kg:
            self._bring(kg, Wanted("change"))
            facts = "SELECT old FROM moved UNION SELECT fact FROM moved"
            self._bring_by(kg, "report", "fact", facts)
            self._bring_by(kg, "fact", "id", facts)
            self._bring_names(kg)
            change = merge.reassign(kg)
            # It has read everything anyway, so that what a broken-off one left undone is done now.
            self._follow(kg, change, whole=True)
            self._send(kg, change, progress)

    def add(self, con: duckdb.DuckDBPyConnection, staged: Staged, progress: Progress | None = None) -> Counts:
        merge.find_firsts(con)
        with self._changing(con) as kg:
            self._bring(kg, Wanted("change"))
            if count(kg, "kg.change"):
                self._bring_slice(kg, staged)
            counts = merge.compare(kg, staged)
            change = merge.store(kg, staged, counts)
            if self._rehearsed:
                return counts
            found = self._follow(kg, change)
            self._send(kg, change, progress)
        return replace(counts, derived=found.new, undone=found.closed)

    def derive(self, progress: Progress | None = None) -> Derived:
        with sliced() as con, self._changing(con, loaded=True) as kg:
            self._bring(kg, Wanted("change"))
            found = self._compare_derived(kg, whole=True)
            if any(found):
                change = merge.note_derivation(kg)
                derived.store(kg, change)
                self._send(kg, change, progress)
        return found

    def merge(self, rule: Rule, examples: int = 0) -> Merged:
        with sliced() as con, self._changing(con, loaded=True) as kg:
            for wanted in (Wanted("change"), Wanted("merged"), Wanted("fact", "view"), Wanted("report", "open")):
                self._bring(kg, wanted)
            found, change = merged.merge(kg, rule, examples)
            if change:
                self._send_noted(kg, change)
        return found

    def unmerge(self) -> int:
        with sliced() as con, self._changing(con, loaded=True) as kg:
            for table in ("change", "merged"):
                self._bring(kg, Wanted(table))
            apart, change = merged.take_away(kg)
            self._send_noted(kg, change)
        return apart

    def _regroup(self, con: duckdb.DuckDBPyConnection, change: int) -> None:
        """Merge facts into deeds anew in the dyads of all facts in the slice, also of those a broken-off load left behind."""
        if rule_in_force(con) is None:
            return
        self._bring(con, Wanted("merged"))
        pairs = con.execute(f"SELECT DISTINCT actor, target FROM kg.fact WHERE target <> '{NO_TARGET}'").fetchall()
        for first in range(0, len(pairs), BATCH):
            self._bring(con, Wanted("fact", "dyad", [end for pair in pairs[first : first + BATCH] for end in pair]))
        self._bring_by(con, "report", "fact", "SELECT f.id FROM kg.fact f ANTI JOIN kg.report r ON r.fact = f.id")
        merged.follow(con, change, "SELECT id FROM kg.fact")

    def _follow(self, con: duckdb.DuckDBPyConnection, change: int, *, whole: bool = False) -> Derived:
        """Derive and merge anew what a change touched."""
        found = self._derive(con, change, whole=whole)
        self._regroup(con, change)
        return found

    def _derive(self, con: duckdb.DuckDBPyConnection, change: int, *, whole: bool) -> Derived:
        """Derive anew what a change touched: the dyads of all facts in the slice, also of those a broken-off load left behind."""
        self._bring_ends(con)
        if not whole and not derived.find_touched(con, "FROM kg.fact"):
            return Derived()
        found = self._compare_derived(con, whole=whole)
        if any(found):
            derived.store(con, change)
        return found

    def _compare_derived(self, con: duckdb.DuckDBPyConnection, *, whole: bool) -> Derived:
        """`kg.stores.derived.compare`, with all in the slice that it and `kg.stores.derived.store` look at."""
        parties = "SELECT one FROM touched UNION SELECT other FROM touched"
        ends = [] if whole else [id_ for (id_,) in con.execute(parties).fetchall()]
        self._bring(con, Wanted("fact", "deeds", ends))
        self._bring_by(con, "report", "fact", "SELECT f.id FROM kg.fact f ANTI JOIN kg.report r ON r.fact = f.id")
        self._bring_ends(con)
        found = derived.compare(con, whole=whole)
        # What followed once and follows again is there as believed no more.
        back = [str(id_) for (id_,) in con.execute("SELECT fact FROM following").fetchall()]
        for first in range(0, len(back), BATCH):
            self._bring(con, Wanted("report", "fact", back[first : first + BATCH]))
            self._bring(con, Wanted("fact", "id", back[first : first + BATCH]))
        return found

    def rehearsal(self, folder: Path) -> Store:
        folder.mkdir()
        twin = copy.copy(self)
        twin._rehearsed = folder / "rehearsed.duckdb"
        return twin

    def retract(self, dataset: str, native_id: str) -> int:
        with sliced() as con, self._changing(con, loaded=True) as kg:
            self._bring(kg, Wanted("change"))
            self._bring(kg, Wanted("report", "record", [native_id], dataset=dataset))
            self._bring(kg, Wanted("report", "id", [native_id.lower()]))
            self._bring_by(kg, "report", "fact", "SELECT fact FROM kg.report")
            self._bring_by(kg, "fact", "id", "SELECT fact FROM kg.report")
            closed, change = merge.retract(kg, dataset, native_id)
            self._follow(kg, change)
            self._send(kg, change, None)
        return closed

    def undo(self, number: int) -> Undone:
        with sliced() as con, self._changing(con, loaded=True) as kg:
            self._bring(kg, Wanted("change"))
            self._bring(kg, Wanted("report", "change", [str(number)]))
            natives = "SELECT native_id FROM kg.report WHERE native_id IS NOT NULL"
            for (dataset,) in kg.execute("SELECT dataset FROM kg.change WHERE id = ?", [number]).fetchall():
                self._bring_by(kg, "report", "record", natives, dataset or "")
            self._bring_by(kg, "report", "fact", "SELECT fact FROM kg.report")
            self._bring_by(kg, "fact", "id", "SELECT fact FROM kg.report")
            done, own = undoing.undo(kg, number)
            self._follow(kg, own)
            self._send(kg, own, None)
        return done

    @contextmanager
    def _changing(self, con: duckdb.DuckDBPyConnection, *, loaded: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """The right to write (into what is ``loaded``), and ``kg`` for the slice; a rehearsed one stays for the next file."""
        if loaded:
            self.check_loaded()
        if self._rehearsed:
            with sliced(con, self._rehearsed):
                yield con
            return
        with self._writing(), sliced(con):
            yield con

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """The right to write, and a server that is ready for it."""
        self.prepare()
        self._held = self.lease()
        with self._held:
            self.equip()
            yield

    def _bring_slice(self, con: duckdb.DuckDBPyConnection, staged: Staged) -> None:
        """What merging the staged rows can look at: the facts they state, the records they correct, and all reports of both."""
        natives = (
            "SELECT native_id FROM prepared WHERE problem IS NULL AND native_id IS NOT NULL UNION SELECT native_id FROM deletion"
        )
        self._bring_by(con, "report", "fact", "SELECT id FROM first_fact")
        self._bring_by(con, "report", "record", natives, staged.dataset)
        if count(con, "kg.change", f"count(*) FILTER (WHERE kind = 'load' AND dataset = {literal(staged.dataset)})"):
            # What is told already may have been taken for other facts, by other lists of names.
            self._bring_by(con, "report", "id", "SELECT id FROM first_report ANTI JOIN kg.report USING (id)")
        self._bring_by(con, "report", "fact", "SELECT r.fact FROM kg.report r ANTI JOIN first_fact f ON f.id = r.fact")
        self._bring_by(con, "fact", "id", "SELECT fact FROM kg.report")
        self._bring_names(con)

    def _bring_names(self, con: duckdb.DuckDBPyConnection) -> None:
        self._bring_by(con, "entity", "id", "SELECT id FROM entities")
        self._bring_by(con, "name", "entity", "SELECT id FROM entities")

    def _send(self, con: duckdb.DuckDBPyConnection, change: int, progress: Progress | None) -> None:
        """Write what a change did to ``kg``."""
        if change > 1:
            self._bring_ends(con)  # now, because a fact may have got another state
        self._send_change(con, change)
        plan(
            con,
            self.batch,
            facts=f"SELECT fact FROM kg.report WHERE {change} IN (opened, closed) OR id IN (SELECT id FROM aside)",
            existing=f"SELECT id FROM kg.fact WHERE change < {change}",
            reports=f"SELECT id FROM kg.report WHERE {change} IN (opened, closed) OR id IN (SELECT id FROM aside)",
            entities=f"SELECT id FROM kg.entity WHERE change = {change} UNION SELECT entity FROM kg.name WHERE change = {change}",
        )
        self._write_planned(con, progress)
        self._send_rows(con, change)

    def _send_noted(self, con: duckdb.DuckDBPyConnection, change: int) -> None:
        """The same for one that touched no fact."""
        self._send_change(con, change)
        self._send_rows(con, change)

    def _send_change(self, con: duckdb.DuckDBPyConnection, change: int) -> None:
        con.execute("SELECT * FROM kg.change WHERE id = ?", [change])
        self.write_change(dicts(con)[0])

    def _send_rows(self, con: duckdb.DuckDBPyConnection, change: int) -> None:
        for table in NOTED:
            for rows in batches(con, f"SELECT * FROM kg.{table} WHERE change = {change}"):
                self._held.renew()
                self.write_noted(table, rows)

    def take(self, con: duckdb.DuckDBPyConnection, progress: Progress | None = None) -> None:
        with self._writing(), sliced() as own:
            self._bring(own, Wanted("change"))
            theirs, ours = (set(c.execute("SELECT id, recorded, kind, file FROM kg.change").fetchall()) for c in (con, own))
            if ours - theirs:
                raise StoreError(f"{self} has facts of its own", hint="copy into an empty store, or load the files there")
            self._bring(own, Wanted("report"))
            con.register("arrived", own.sql("SELECT id::VARCHAR AS id, opened, closed FROM kg.report").to_arrow_table())
            con.execute("CREATE OR REPLACE TEMP TABLE arrived_report AS SELECT id::UUID AS id, opened, closed FROM arrived")
            con.unregister("arrived")
            for table in NOTED:
                self._bring(own, Wanted(table))
            there = {table: Counter(own.execute(f"SELECT * FROM kg.{table}").fetchall()) for table in NOTED}
            noted = {row[0] for row in ours}
            con.execute("SELECT * FROM kg.change ORDER BY id")
            for change in dicts(con):
                if change["id"] not in noted:
                    self.write_change(change)
            lacking = """SELECT r.id, r.fact FROM kg.report r LEFT JOIN arrived_report a ON a.id = r.id AND a.opened = r.opened
                AND a.closed IS NOT DISTINCT FROM r.closed WHERE a.id IS NULL"""
            plan(
                con,
                self.batch,
                facts=f"SELECT fact FROM ({lacking})",
                existing="SELECT fact FROM kg.report SEMI JOIN arrived_report USING (id)",
                reports=f"SELECT id FROM ({lacking})",
                entities="SELECT id FROM kg.entity",
            )
            self._write_planned(con, progress)
            for table in NOTED:
                for rows in batches(con, f"SELECT * FROM kg.{table}"):
                    self._held.renew()
                    self.write_noted(table, _lacking(rows, there[table]))

    def _write_planned(self, con: duckdb.DuckDBPyConnection, progress: Progress | None) -> None:
        """Write the batches in their order, and make one ready while the server is busy with the one before."""
        total = count(con, "touched")
        with ThreadPoolExecutor(1) as thread:
            under_way: Future[None] | None = None
            for batch in range(count(con, "touched", "coalesce(max(batch) + 1, 0)")):
                pick_batch(con, batch)
                write = self.batch_writer(con)
                if under_way:
                    under_way.result()
                if progress:
                    progress(f"writing to {self}", batch * self.batch, total)
                under_way = thread.submit(write)
            if under_way:
                under_way.result()


def _lacking(rows: list[dict[str, Any]], there: Counter[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Rows that are not there as often, which is counted down: equal ones may be meant."""
    found = []
    for row in rows:
        there[key := tuple(row.values())] -= 1
        if there[key] < 0:
            found.append(row)
    return found
