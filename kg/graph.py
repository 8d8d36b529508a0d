"""The graph as Python users hold it: a store seen through a view; every narrowing gives the same kind of object."""

from __future__ import annotations

import datetime as dt
import logging
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import backups, between, chronicle, copying, history, naming, questions, views
from kg import deeds as same
from kg.backups import Backup
from kg.between import Relation
from kg.chronicle import Line, Period
from kg.errors import UsageError, check_count
from kg.facts import FACT_COLUMNS, Entity, Fact
from kg.history import Difference
from kg.naming import Taken, Unresolved
from kg.noticing import unanswered
from kg.snapshots import Snapshot, taken
from kg.stores import open_store
from kg.stores.base import Answer, Progress, Store
from kg.stores.checking import Finding
from kg.stores.merged import Merged
from kg.stores.undoing import Undone
from kg.views import View

if TYPE_CHECKING:
    import igraph
    import networkx
    import pandas
    import polars
    import pyarrow as pa
    import rdflib

    from kg.load import LoadReport
    from kg.relations import Related

_log = logging.getLogger(__name__)


class Graph:
    """Facts of a store under a view.

    >>> g = kg.open()
    >>> g.load("examples/missile-shield-2009.csv")
    >>> g.between("2009-09-01", "2009-10-01").facts()
    """

    def __init__(self, store: Store, view: View | None = None) -> None:
        self.store = store
        self.view = view or View()
        self._snapshot: Snapshot | None = None

    def __repr__(self) -> str:
        return f"Graph({str(self.store)!r}, {self.view})"

    def _repr_html_(self) -> str:
        """The page of this view, small, as a notebook shows a cell's last value."""
        from kg.export import pages

        return pages.frame(self.store, self.view)

    def __enter__(self) -> Graph:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections to a server, and of what queries under a view were asked of; using the graph again opens them
        again."""
        self.store.close()
        if self._snapshot:
            self._snapshot.close()
            self._snapshot = None

    def load(self, *files: str | os.PathLike[str], progress: Progress | None = None, **options: Any) -> LoadReport:
        """Load files; ``options`` are those of `kg.load.Options`. Rows and files that can't be read are in the report, and such
        files are told as warnings.

        :raises RejectedRows: with ``strict=True``, if there are such rows.
        """
        from kg import load as loading

        report = loading.load(self.store, files, loading.Options(**options), progress)
        for file in report.failed:
            _log.warning("%s", file.error)
        return report

    def between(self, start: str | dt.date | None = None, until: str | dt.date | None = None) -> Graph:
        """What overlaps [start, until): ``until`` is the first day that is out.

        :raises UsageError: if that are no days, or none of those that the graph is bounded to already.
        """
        first = None if start is None else views.first_day(start, "from")
        last = None if until is None else views.first_day(until, "until")
        return Graph(self.store, self.view.within(first, last))

    def at(self, day: str | dt.date) -> Graph:
        """What happened, or may have happened, on a day, and what held on it. Of a month or a year it is the first day."""
        first = views.first_day(day, "at")
        return self.between(first, first + dt.timedelta(days=1))

    def by(self, actor: str) -> Graph:
        """Deeds of an actor, named by id or by any form of the name, which is understood as on this view's last day: "Moscow" is
        the Soviet Union in ``at("1985").by("Moscow")``."""
        return Graph(self.store, self.view.narrowed(actor=views.meaning(self.store, self.view)(actor)))

    def to(self, target: str) -> Graph:
        """Deeds that concern a target, named likewise."""
        return Graph(self.store, self.view.narrowed(target=views.meaning(self.store, self.view)(target)))

    def of_type(self, type_: str) -> Graph:
        """Deeds of one type of the closed list."""
        return Graph(self.store, self.view.narrowed(type=views.action_type(type_)))

    def rolled_up(self) -> Graph:
        """The same for states: actors and targets are met by the state behind them too, so that ``by("USA")`` has what the
        United States and their officials did; `ask` asks about states."""
        return Graph(self.store, replace(self.view, roll_up=True))

    def known_at(self, when: str | dt.date) -> Graph:
        """What was believed at a time (UTC; of a date, at its end): later loads, corrections and retractions don't count."""
        return Graph(self.store, self.view.narrowed(known_at=views.instant(when)))

    def around(self, entity: str, depth: int = 1) -> Graph:
        """Facts at most ``depth`` steps from an entity: 1 is what it did and what was done to it, 2 the same of all that it
        dealt with in this view as well."""
        id_ = views.meaning(self.store, self.view)(entity)
        return Graph(self.store, replace(self.view.narrowed(around=id_), depth=views.steps(depth)))

    def certain(self) -> Graph:
        """What meets this view for certain: no date that is qualified, and of partial ones (a month, a year, ...) only those
        wholly within the span of the view; see `kg.views.View`."""
        return Graph(self.store, replace(self.view, certain=True))

    def deeds(self) -> Graph:
        """Facts that were merged into one deed (see `merge`) as one: that which stands for it, with the reports of all."""
        return Graph(self.store, replace(self.view, deeds=True))

    def relations(self, one: str, other: str | None = None, at: str | dt.date | None = None) -> list[Relation]:
        """What stands between two, or between one and all others: on a day, or ever, in order of its beginning.

        Of a month or a year it is the first day, and names are understood as on it. Whatever is `rolled_up` has the relations
        of officials too.
        """
        view = self.at(at).view if at is not None else self.view
        return between.relations(self.store, view, one, other)

    def timeline(self, one: str, other: str | None = None) -> list[Line]:
        """What two did to each other, or one and all others, in order of date.

        :raises UsageError: if this view is about others.
        """
        return [*chronicle.timeline(self.store, self.view, *self._ids(one, other))]

    def trend(self, one: str, other: str | None = None, by: str = "month") -> list[Period]:
        """How much of it was cooperation and how much conflict, by ``day``, ``week``, ``month``, ``quarter`` or ``year``; periods
        without deeds are there too.

        :raises UsageError: if there is no such period, or this view is about others.
        """
        return chronicle.trend(self.store, self.view, *self._ids(one, other), by)

    def _ids(self, one: str, other: str | None) -> tuple[str, str | None]:
        meant = views.meaning(self.store, self.view)
        return meant(one), None if other is None else meant(other)

    def facts(self) -> list[Fact]:
        """The facts, in order of date."""
        return self.store.facts(self.view)

    def entities(self) -> list[Entity]:
        """The actors and targets of the facts, and the states behind them, by id."""
        return self.store.entities(self.view)

    #: Columns of `rows` and `table`: date as EDTF text, names and ids of actor and target, and all else of `Fact`.
    columns = FACT_COLUMNS

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The facts as rows of ``columns``, read as they are taken."""
        return self.store.rows(self.view)

    def table(self) -> pa.Table:
        """The facts as an Arrow table of ``columns``."""
        return self.store.table(self.view)

    def cypher(self, text: str, parameters: Mapping[str, object] | None = None, progress: Progress | None = None) -> Answer:
        """The answer to a Cypher query over the facts of this view.

        A view that sets conditions is copied beside the store and asked there, by the engines of the embedded store. The text may
        name ``$at`` (of a single day), ``$from``, ``$until`` and ``$known_at`` (a text) of the view.

        :raises QueryError: if it is wrong, writes, or reaches out.
        """
        return self._query("cypher", text, parameters, progress)

    def sparql(self, text: str, parameters: Mapping[str, object] | None = None, progress: Progress | None = None) -> Answer:
        """The same in SPARQL; a parameter is written ``$name``. Nothing of the embedded store's views is copied, unless only an
        index can answer the text, see docs/sparql.md."""
        return self._query("sparql", text, parameters, progress)

    def explain_sparql(self, text: str, parameters: Mapping[str, object] | None = None) -> str:
        """The SQL by which `sparql` answers, or why it is answered otherwise.

        :raises UsageError: if the store does not answer SPARQL by SQL.
        """
        return self.store.explain_sparql(self.view, text, self._values(text, parameters))

    def _values(self, text: str, parameters: Mapping[str, object] | None) -> dict[str, object]:
        """The parameters of a query, with those of the view that it names."""
        bound = {name: value for name, value in self.view.bound().items() if re.search(rf"\${name}\b", text)}
        return bound | dict(parameters or {})

    def _query(self, language: str, text: str, parameters: Mapping[str, object] | None, progress: Progress | None) -> Answer:
        values = self._values(text, parameters)
        if language == "sparql":
            for told in unanswered(text, values):
                _log.warning("%s", told)
        return self._put(language, text, values, progress)

    def _put(self, language: str, text: str, values: Mapping[str, object], progress: Progress | None) -> Answer:
        if language == "sparql" and not self.view.whole:
            found = self.store.sparql_under(self.view, text, values)
            if found is not None:
                return found
        return self._asked(progress).query(language, text, values, progress)

    def _asked(self, progress: Progress | None) -> Store:
        """What queries are put to: the store, or a copy of what the view means of it."""
        if self.view.whole:
            return self.store
        if self._snapshot is None or not self._snapshot.shows(self.store):
            self._snapshot = Snapshot(self.store, self.view, progress)
        return self._snapshot.store

    def ask(
        self, name: str, language: str | None = None, *, progress: Progress | None = None, **parameters: str | dt.date | int
    ) -> Answer:
        """The answer to a named question of ``queries/`` over the facts of this view, by default in the language that the store
        answers in first. A date that the view sets and the call does not is the question's: ``at``, ``from``, ``until``.

        :raises UsageError: if there is no such question, or it is not asked of states and the graph is `rolled_up`.
        """
        return self.answer(name, parameters, language, progress)

    def answer(
        self,
        name: str,
        parameters: Mapping[str, str | dt.date | int],
        language: str | None = None,
        progress: Progress | None = None,
    ) -> Answer:
        """The same with the parameters as a mapping. Names are understood as on the day, or the last day, that is asked about.

        :raises UsageError: also if the question is of a day, and the view is of several.
        """
        name = questions.of_states(name) if self.view.roll_up else name
        language = language or self.store.languages[0]
        bound = self.view.bound()
        asked = questions.question(name, language)
        defaults = {p.name: p.default for p in asked.parameters}
        given = {**{p: bound[p] for p in defaults if p in bound}, **parameters}
        if "at" in defaults and "at" not in given and (self.view.start or self.view.until):
            hint = "which day? --at 2009-09-18, or --param at=2009-09-18"
            raise UsageError(f"{name} is asked of a day, and this view is bounded to several", hint=hint)
        days = views.asked_of(self.view, {"at": defaults["at"], **given} if "at" in defaults else given)
        return self._put(language, asked.text, asked.bind(given, views.meaning(self.store, days)), progress)

    def retract(self, dataset: str, native_id: str) -> int:
        """Close what a dataset reported under an id; returns how many reports that were."""
        return self.store.retract(dataset, native_id)

    def loads(self) -> list[dict[str, Any]]:
        """The loads, retractions and other changes of the store, in order: see `kg.stores.record.TABLES`, and ``undone_by``."""
        return history.loads(self.store)

    def undo(self, number: int) -> Undone:
        """Close what a load brought and open again what it closed, or what a retraction did; it stays in recorded time.

        :raises StoreError: if there is no such load, or it is undone already.
        """
        return self.store.undo(number)

    def differences(self, first: str | dt.date, then: str | dt.date) -> list[Difference]:
        """What was added, corrected and retracted between two states of knowledge, of the facts that this view means.

        :raises UsageError: if the first time is not before the second.
        """
        earlier, later = views.instant(first, "T1"), views.instant(then, "T2")
        if earlier >= later:
            raise UsageError(f"{first} is not before {then}", hint="the earlier state of knowledge is first")
        return [*history.difference(self.store, self.view, earlier, later)]

    def unresolved(self, top: int | None = None) -> list[Unresolved]:
        """The names in the store that no rule knows, the most frequent first; of these the ``top`` ones, by default all.

        :raises UsageError: if ``top`` is below zero.
        """
        check_count("top", top)
        return [*islice(naming.unresolved(self.store), top)]

    def add_names(self, file: str | os.PathLike[str], *, dictionary: bool = False) -> Taken:
        """Take a list of names of your own (columns `kg.naming.COLUMNS`), or an event coder's dictionary; they come before the
        tables from then on. What is loaded already is looked at again by `resolve_again`.

        :raises InputError: if it can't be read.
        """
        return (naming.add_dictionary if dictionary else naming.add)(self.store, Path(file))

    def resolve_again(self, progress: Progress | None = None) -> int:
        """Take the names of all reports for what they mean by now; returns how many reports this moved to other facts."""
        return naming.resolve_again(self.store, progress)

    def derive(self, progress: Progress | None = None) -> tuple[int, int]:
        """Derive all standing relations anew; returns how many follow that were not there, and how many no longer do.

        Loads, retractions and resolving again do this by themselves; it is for rules that have changed since.
        """
        return self.store.derive(progress)

    def merge(self, window: str | int = 1, level: str = "root", *, dry_run: bool = False, examples: int = 0) -> Merged:
        """Take facts of different datasets together that tell of one deed: the same actor and target, dates at most ``window``
        days apart, and the same ``code``, ``root`` of codes, ``type`` or ``quad`` class. It holds for later loads too, no fact is
        changed, `deeds` counts by it, and `unmerge` takes it away. See `kg.deeds`.

        :param dry_run: only say what that would be.
        :param examples: tell the ids of the facts of so many deeds.
        :raises UsageError: if there is no such level or window.
        """
        rule = same.rule(level, window)
        return (self.store.propose if dry_run else self.store.merge)(rule, examples)

    def unmerge(self) -> int:
        """Let every fact stand for itself again; returns how many did not. It stays in recorded time.

        :raises StoreError: if no facts are merged.
        """
        return self.store.unmerge()

    def relate(self, progress: Progress | None = None) -> Related:
        """Add what the tables of actors say of the store's entities: offices, memberships, parts and successions, dated."""
        from kg import relations

        return relations.relate(self.store, progress)

    def info(self) -> dict[str, Any]:
        """Counts, span, sources, changes and indexes of the store."""
        return self.store.info()

    def to_networkx(self, at: str | dt.date | None = None) -> networkx.MultiDiGraph[str]:
        """The facts as a graph of networkx: entities by id, an edge a fact with the fact's id as key.

        :param at: only what happened or held on that day.
        """
        from kg.export import graphs

        return graphs.to_networkx(self.store, self._on(at).view)

    def to_igraph(self, at: str | dt.date | None = None) -> igraph.Graph:
        """The same of igraph.

        :raises UsageError: if igraph is not installed.
        """
        from kg.export import graphs

        return graphs.to_igraph(self.store, self._on(at).view)

    def to_rdflib(self, at: str | dt.date | None = None) -> rdflib.Graph:
        """The facts as triples in a graph of rdflib, see docs/sparql.md for their shape; ``at`` as of `to_networkx`."""
        from kg.export import rdf

        return rdf.to_rdflib(self.store, self._on(at).view)

    def to_polars(self) -> polars.DataFrame:
        """The facts as a data frame of polars with ``columns``.

        :raises UsageError: if polars is not installed.
        """
        from kg.export import frames

        return frames.to_polars(self.table())

    def to_pandas(self) -> pandas.DataFrame:
        """The same of pandas; dates are ``datetime.date``, so that days before 1678 stay days.

        :raises UsageError: if pandas is not installed.
        """
        from kg.export import frames

        return frames.to_pandas(self.table())

    def _on(self, at: str | dt.date | None) -> Graph:
        return self if at is None else self.at(at)

    def export(self, path: str | os.PathLike[str], **options: Any) -> int:
        """Write the facts of this view to a file, in the form its suffix names; returns how many facts that were."""
        from kg import export

        return export.export(self.store, self.view, Path(path), **options)

    def export_neo4j_import(self, folder: str | os.PathLike[str]) -> int:
        """Write what ``neo4j-admin database import full`` reads, and the command; returns how many facts that were."""
        from kg import export

        return export.export_import(self.store, self.view, Path(folder))

    def check(self) -> list[Finding]:
        """What was looked at in the store's files, and how much of it is wrong; nothing is changed.

        :raises StoreDamaged: if they can't be read, with what can be saved.
        :raises UsageError: if the store is a server's.
        """
        return self.store.check()

    def backup(self, file: str | os.PathLike[str], progress: Progress | None = None) -> Backup:
        """Write all of a store in a folder into one file, with a checksum; see `kg.backups`."""
        return backups.write(self.store, Path(file), progress)

    def restore(self, file: str | os.PathLike[str], progress: Progress | None = None) -> Backup:
        """Make this graph's store, of which there must be nothing yet, from a backup.

        :raises InputError: if the file is no whole backup.
        :raises StoreError: if there is something already.
        """
        return backups.restore(Path(file), self.store, progress)

    def copy(self, place: str | os.PathLike[str], progress: Progress | None = None) -> dict[str, tuple[int, int]]:
        """Copy to another store, and compare: all that this one knows or, under a view, what it means; returns rows and a
        checksum a table.

        :raises StoreError: if the target has facts of its own, or if what is there afterwards is not what was read.
        """
        with taken(self.store, self.view, progress) as source:
            return copying.copy(source, open_store(place), progress)


def open_graph(place: str | os.PathLike[str] | None = None) -> Graph:
    """The graph in a folder, by default ``$KG`` or ``./diplomacy.kg``; it is made by the first load."""
    return Graph(open_store(place))
