"""A store that is killed again and again while it loads, indexes, retracts, undoes, merges, derives and copies is whole.

What it believes is compared with the files that were given; `kg check` looks at the rest. ``KG_KILLS=200`` kills so often, and
``KG_KILLS_SEED=7`` at other moments; each kind of work comes in turn, and the table at the end says what was cut off.
"""

import csv
import datetime as dt
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from contextlib import contextmanager

import pytest
from helpers_store import FOR_THE_INDEX, child, write_rows

import kg
from kg import copying, standing
from kg.errors import NothingLoaded
from kg.stores.record import TABLES

KILLS = int(os.environ.get("KG_KILLS", "12"))
SEED = int(os.environ.get("KG_KILLS_SEED", "1"))
COLUMNS = ("native_id", "actor", "action", "target", "date")
ACTORS = ("USA", "RUS", "CHN", "FRA", "GBR", "DEU", "Iran", "Cuba", "NATO", "Some Party")
ACTIONS = (
    "breaks off diplomatic relations with", "restores diplomatic relations with", "imposes sanctions on", "lifts sanctions on",
    "meets", "criticizes",
)  # fmt: skip
DERIVED = "standing relations are those that follow from the deeds"

#: What the killed process does; it says when it begins and when it is done.
CODE = """
import sys, kg, duckdb, pyarrow, ladybug, pyoxigraph
from kg import backups, copying
from kg.stores import derived, undoing
place, what, *given = sys.argv[1:]
graph = kg.open(place)
print("begins", flush=True)
if what == "load":
    graph.load(given[0], dataset="d")
elif what == "retract":
    graph.retract("d", given[0])
elif what == "undo":
    graph.undo(int(given[0]))
elif what == "derive":
    graph.derive()
elif what == "merge":
    graph.merge(int(given[0]), "type")
elif what == "copy":
    graph.copy(given[0])
elif what == "backup":
    graph.backup(given[0])
elif what == "cypher":
    graph.cypher("MATCH (a:Entity) RETURN count(*)")
elif what == "sparql":
    graph.sparql(given[0])
print("done", flush=True)
"""
WORK = ("load", "cypher", "retract", "sparql", "undo", "merge", "load", "copy", "derive", "backup")


class Life:
    """A store, and what it must believe by the files that were given: rows by their native id, and by which load."""

    def __init__(self, folder, seed):
        self.folder, self.pick, self.number = folder, random.Random(seed), 0
        self.graph = kg.open(folder / "life.kg")
        self.believed = {}
        self.cut = Counter()
        self.took = {}

    def file(self, rows):
        """A new file of rows that no other has."""
        self.number += 1
        found = [
            (f"r{self.number}-{n}", *self.pick.sample(ACTORS, 1), self.pick.choice(ACTIONS), self.pick.choice(ACTORS),
             f"{self.pick.randrange(1950, 2020)}-{self.pick.randrange(1, 13):02d}-{self.pick.randrange(1, 29):02d}")
            for n in range(rows)
        ]  # fmt: skip
        return write_rows(self.folder / f"f{self.number}.csv", found, COLUMNS)

    def told(self):
        """The rows whose reports are open, as they were written."""
        with self.graph.store.tables("report") as con:
            listed = ", ".join(COLUMNS)
            rows = con.execute(f"SELECT {listed} FROM kg.report WHERE closed IS NULL AND dataset = 'd'").fetchall()
        assert len({row[0] for row in rows}) == len(rows)
        return {row[0]: row[1:] for row in rows}

    def prepared(self, what):
        """The arguments of the work, and what is believed once it is done."""
        after = dict(self.believed)
        if what == "load":
            file = self.file(self.pick.choice((50, 500, 2000)))
            with file.open(encoding="utf-8", newline="") as text:
                after |= {row[0]: tuple(row[1:]) for row in list(csv.reader(text))[1:]}
            return [file], after
        if what == "retract":
            one = self.pick.choice(sorted(after))
            del after[one]
            return [one], after
        if what == "undo":
            open_ = [c for c in self.graph.loads() if (c["kind"], c["dataset"]) == ("load", "d") and not c["undone_by"]]
            load = self.pick.choice(open_)
            prefix = load["file"].rpartition("/")[2].removesuffix(".csv").replace("f", "r") + "-"
            return [load["id"]], {k: v for k, v in after.items() if not k.startswith(prefix)}
        if what == "merge":
            self.told_elsewhere()
            return [self.number], after  # days, more each time: another rule than that in force
        if what == "copy":
            return [self.folder / "copy.kg"], after
        if what == "backup":
            return [self.folder / "life.kgbackup"], after
        return [FOR_THE_INDEX] if what == "sparql" else [], after

    def loaded(self):
        """Load a file and kill nobody: there must be something to retract and to undo."""
        (file,), self.believed = self.prepared("load")
        self.graph.load(file, dataset="d")

    def told_elsewhere(self):
        """Another dataset tells of the same a day later, so that there is something to merge."""
        rows = [
            (f"e{self.number}-{n}", actor, action, target, dt.date.fromisoformat(day) + dt.timedelta(days=1))
            for n, (actor, action, target, day) in enumerate(self.believed.values())
        ]
        self.graph.load(write_rows(self.folder / "elsewhere.csv", rows, COLUMNS), dataset="e")

    def killed(self, what):
        """Do some work in another process and kill it at a random moment; the store is whole, before or after it."""
        given, after = self.prepared(what)
        if what == "derive":
            with fewer_rules():
                self.graph.derive()
        process = child(CODE, self.graph.store.path, what, *given)
        assert process.stdout.readline() == "begins\n", process.communicate()[1]
        begun = time.monotonic()
        if what in self.took:
            time.sleep(self.pick.random() * self.took[what])
            process.kill()
        out, err = process.communicate(timeout=120)
        done = out == "done\n"
        assert process.returncode in ((0, -signal.SIGKILL) if what in self.took else (0,)), err
        self.cut[what, "finished" if done else "cut off"] += what in self.took
        # the first time it may finish: how long it takes is when to kill the next; later it may have got slower
        self.took[what] = time.monotonic() - begun if done and what not in self.took else self.took.get(what, 1.0)
        self.look(what, given, after, done)

    def look(self, what, given, after, done):
        wrong = {f.what: (f.wrong, f.example) for f in self.graph.check() if f.wrong}
        if what == "derive" and not done:
            wrong.pop(DERIVED, None)  # all or nothing: what it should have made anew
            assert self.graph.derive()[1] == 0
        assert wrong == {}, (what, given)
        told = self.told()
        assert told in ([after] if done else [self.believed, after]), (what, given)
        self.believed = told
        if what in ("cypher", "sparql"):
            index = self.graph.store.index(what)
            assert index.facts(index.open(index.ready())) == len(self.graph.facts())
        if what in ("copy", "backup"):
            self.look_at_copy(what, given[0], done)

    def look_at_copy(self, what, place, done):
        mine = self.digest(self.graph)
        if what == "copy":
            other = kg.open(place)
            try:
                assert self.digest(other) == mine
            except NothingLoaded:
                assert not done
            if not done:
                self.graph.copy(place)  # goes on where the other was cut off
                assert self.digest(other) == mine
        elif place.exists():
            other = kg.open(self.folder / "copy.kg")
            other.restore(place)
            assert self.digest(other) == mine
            place.unlink()
        else:
            assert not done
        shutil.rmtree(self.folder / "copy.kg", ignore_errors=True)

    @staticmethod
    def digest(graph):
        with graph.store.tables(*TABLES) as con:
            return copying.digest(con)


@contextmanager
def fewer_rules():
    """As if there were no rule about sanctions, so that deriving has something to do afterwards."""
    plain = standing.rules
    standing.rules = lambda: tuple(r for r in plain() if "SANCTION" not in r.relation.upper())
    try:
        yield
    finally:
        standing.rules = plain


def test_killed_at_random_moments_a_store_is_whole_and_believes_what_it_was_given(tmp_path, capsys):
    life = Life(tmp_path, SEED)
    life.killed("load")
    n = 0
    while sum(life.cut.values()) < KILLS:
        if not life.believed:
            life.loaded()
        life.killed(WORK[n % len(WORK)])
        n += 1
    with capsys.disabled():
        for what in sorted(set(WORK)):
            counts = (life.cut[what, how] for how in ("cut off", "finished"))
            sys.stdout.write("\n{:8} cut off {:4}, finished before {:4}".format(what, *counts))
        sys.stdout.write("\n")
    cut = sum(count for (_, how), count in life.cut.items() if how == "cut off")
    assert cut >= KILLS // 3, "hardly any run was cut off: the moments come too late"
    # all files once more: what was retracted or undone comes back, and nothing twice
    for file in sorted(tmp_path.glob("f*.csv")):
        life.graph.load(file, dataset="d")
    again = life.told()
    rows = sum(len(file.read_text().splitlines()) - 1 for file in tmp_path.glob("f*.csv"))
    assert life.graph.merge(1, "type").deeds > 0
    assert (len(again), [f.wrong for f in life.graph.check() if f.wrong]) == (rows, [])


def test_the_test_can_fail(tmp_path):
    """A store that lost a row, or kept half of a change, is not taken for whole."""
    life = Life(tmp_path, SEED)
    life.killed("load")
    with life.graph.store.record.writing() as con:
        con.execute("DELETE FROM kg.report WHERE native_id = 'r1-3'")
    with pytest.raises(AssertionError):
        life.look("load", [], life.believed, False)
