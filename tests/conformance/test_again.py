"""What is told again after names changed, what comes back into a server's history, and an undoing that was cut off."""

import pytest
from helpers_history import COLUMNS, rows, same
from helpers_store import ON_SERVERS, write_rows

from kg.errors import StoreError

NAMES = "name,id\nBobland,POL\n"
#: A loader that makes two facts of a row, and so rejects one that has no date twice.
TWICE = """-- title: one who meets two
-- columns: who, one, other, day
SELECT who AS actor, 'meets' AS action, unnest([one, other]) AS target, day AS date, row FROM source
"""


def named(graph, folder):
    """Give the graph a list of names, without looking at what it has again."""
    (folder / "names.csv").write_text(NAMES, encoding="utf-8")
    graph.add_names(folder / "names.csv")


def reports(graph):
    """Every report there is or was, without the changes' times."""
    with graph.store.tables("report") as con:
        return con.execute("SELECT id, fact, opened, closed, load FROM kg.report ORDER BY id").fetchall()


@pytest.mark.parametrize("id_", ["", "x"], ids=["without an id", "with an id"])
def test_a_known_row_stays_with_its_fact_until_names_are_resolved_again(graph, twin, tmp_path, contents, id_):
    file = write_rows(tmp_path / "f.csv", rows((id_, "Russia", "criticizes", "Bobland", "2001-01-01")), COLUMNS)
    for g in (graph, twin):
        g.load(file, dataset="d")
        before = list(g.rows())
        named(g, tmp_path)
        [counts] = [f.counts for f in g.load(file, dataset="d").files]
        assert (counts.new, counts.known, counts.reports) == (0, 1, 0)
        assert list(g.rows()) == before
    same(contents(graph), contents(twin))
    assert reports(graph) == reports(twin)
    assert not [finding for finding in twin.check() if finding.wrong]


def test_what_was_told_of_another_fact_stays_in_recorded_time(graph, twin, tmp_path):
    file = write_rows(tmp_path / "f.csv", rows(("x", "Russia", "criticizes", "Bobland", "2001-01-01")), COLUMNS)
    for g in (graph, twin):
        g.load(file, dataset="d")
        g.retract("d", "x")
        named(g, tmp_path)
        g.load(file, dataset="d")
        assert [f.target for f in g.facts()] == ["POL"]
        assert [f.target for f in g.known_at(g.loads()[0]["recorded"]).facts()] == ["bobland"]
    assert reports(graph) == reports(twin)


@ON_SERVERS  # the embedded store has one transaction
def test_an_undoing_that_was_cut_off_is_ended_by_the_next(graph, twin, tmp_path, contents, monkeypatch):
    kind = type(graph.store)
    monkeypatch.setattr(kind, "batch", 2)
    given = [(str(n), "Russia", "criticizes", who, "2001-01-01") for n, who in enumerate(("POL", "DEU", "FRA", "ITA", "ESP"))]
    file = write_rows(tmp_path / "f.csv", rows(*given), COLUMNS)
    for g in (graph, twin):
        g.load(write_rows(tmp_path / "first.csv", rows(("0", "Russia", "meets", "POL", "2000-01-01")), COLUMNS), dataset="d")
        g.load(file, dataset="d")
    good, done = kind.batch_writer, []

    def failing(store, con):
        if done:
            raise StoreError("the power is gone")
        done.append(1)
        return good(store, con)

    monkeypatch.setattr(kind, "batch_writer", failing)
    with pytest.raises(StoreError, match="power"):
        graph.undo(2)
    assert 1 < len(graph.facts()) < 6
    monkeypatch.setattr(kind, "batch_writer", good)
    graph.undo(2)
    twin.undo(2)
    same(contents(graph), contents(twin))
    with pytest.raises(StoreError, match="load 2 is undone already, by change 3"):
        graph.undo(2)


def test_rows_that_are_rejected_twice_are_rejected_twice_in_a_copy(graph, twin, tmp_path):
    (tmp_path / "twice.sql").write_text(TWICE, encoding="utf-8")
    (tmp_path / "f.csv").write_text("who,one,other,day\nRUS,POL,DEU,2001-01-01\nRUS,POL,FRA,no day\n", encoding="utf-8")
    twin.load(tmp_path / "f.csv", loader=str(tmp_path / "twice.sql"))
    assert len(twin.store.rejects()) == 2
    twin.copy(str(graph.store))
    assert graph.store.rejects() == twin.store.rejects()


def test_an_actor_is_found_by_the_id_that_is_shown(graph, tmp_path):
    """Also where no table of ours has it: by a user's own, and by one that was made from a name."""
    odd = ("Cuba, Iran, and Iraq", "Foo/Bar: the 2nd", "łódź & co")
    given = [("", "Bobland", "criticizes", end, "2001-01-01") for end in odd]
    (tmp_path / "names.csv").write_text("name,id,kind\nBobland,BOB,group\n", encoding="utf-8")
    graph.load(write_rows(tmp_path / "f.csv", rows(*given), COLUMNS), dataset="d")
    graph.add_names(tmp_path / "names.csv")
    graph.resolve_again()
    ids = {f.target for f in graph.facts()}
    assert len(ids) == 3
    for id_ in ids:
        assert [f.target for f in graph.to(id_).facts()] == [id_]
        assert [f.target for f in graph.around(id_).facts()] == [id_]
        assert len(graph.ask("dyad-timeline", a="BOB", b=id_).rows) == len(graph.timeline("BOB", id_)) == 1
    assert len(graph.by("BOB").facts()) == 3
    assert graph.by("no such id").facts() == []
