"""Facts merged into deeds: the same on every store, after every change, and in copies."""

import pytest
from helpers_history import same
from helpers_store import write_rows

import kg
from kg import copying
from kg.errors import NothingLoaded, StoreError

COLUMNS = ("native_id", "actor", "action", "target", "date")
OFFERS = "proposes cooperation to"
#: What happens to a store in which facts are merged: a fact joins a deed, leaves it by a correction, comes back, stands for it.
STEPS = [
    lambda g, f: g.load(f(("1", "NATO", OFFERS, "RUS", "2009-09-18"), ("2", "USA", "meets", "RUS", "2009-07-06")), dataset="a"),
    lambda g, f: g.merge(1, "root"),
    lambda g, f: g.load(
        f(("1", "NATO", "offers to cooperate with", "RUS", "2009-09-19"), ("2", "USA", "talks with", "RUS", "2009-07-06"),
          ("3", "Court (Chad)", "meets", "RUS", "2009-07-06")), dataset="b"),
    lambda g, f: g.load(
        f(("1", "Russia", "meets", "USA", "2009-07-07"), ("2", "NATO", OFFERS, "RUS", "2009-09-20")), dataset="c"),
    lambda g, f: g.load(f(("1", "NATO", OFFERS, "RUS", "2009-09-21")), dataset="a"),
    lambda g, f: g.retract("b", "2"),
    lambda g, f: g.undo(6),
    lambda g, f: g.merge(3, "quad"),
    lambda g, f: g.retract("a", "2"),
    lambda g, f: g.unmerge(),
    lambda g, f: g.merge(2, "type"),
]  # fmt: skip


def layer(graph):
    with graph.store.tables("merged", "change") as con:
        return sorted(map(str, con.execute("SELECT * FROM kg.merged").fetchall()))


def go(graph, folder, n):
    STEPS[n](graph, lambda *given: write_rows(folder / f"{n}.csv", given, COLUMNS))


def test_the_layer_follows_every_change(graph, twin, tmp_path, contents):
    deeds = []
    for n in range(len(STEPS)):
        for g in (graph, twin):
            go(g, tmp_path, n)
        assert layer(graph) == layer(twin), n
        if n not in (0, 9):
            ours, theirs = graph.deeds(), twin.deeds()
            assert list(ours.rows()) == list(theirs.rows()), n
            assert list(ours.by("USA").at("2009-07-06").rows()) == list(theirs.by("USA").at("2009-07-06").rows()), n
            deeds.append(list(theirs.rows()))
    assert len(deeds) == len(STEPS) - 2 and any(len(rows) < len(list(twin.rows())) for rows in deeds)
    same(contents(graph), contents(twin))
    [language] = graph.store.languages[:1]
    ours, theirs = graph.deeds().ask("partners", language, actor="RUS"), twin.deeds().ask("partners", language, actor="RUS")
    assert ours.rows == theirs.rows != twin.ask("partners", language, actor="RUS").rows
    for name in ("ours.nt", "theirs.nt"):
        (graph if name == "ours.nt" else twin).deeds().export(tmp_path / name)
    ours, theirs = (sorted((tmp_path / name).read_text(encoding="utf-8").splitlines()) for name in ("ours.nt", "theirs.nt"))
    assert ours == theirs


def test_it_is_copied_from_any_store_to_any_other(graph, twin, tmp_path):
    for n in range(4):
        go(twin, tmp_path, n)
    copying.copy(twin.store, graph.store)
    back = kg.open(tmp_path / "back.kg")
    copying.copy(graph.store, back.store)
    assert layer(graph) == layer(twin) == layer(back) != []
    for g in (graph, back):
        assert list(g.deeds().rows()) == list(twin.deeds().rows())
    go(graph, tmp_path, 4)
    go(twin, tmp_path, 4)
    assert list(graph.deeds().rows()) == list(twin.deeds().rows())


def test_earlier_states_of_knowledge_have_the_layer_of_then(graph, tmp_path):
    states = []
    for n in range(1, 5):
        for step in (0, 1) if n == 1 else (n,):
            go(graph, tmp_path, step)
        states.append((graph.loads()[-1]["recorded"], list(graph.deeds().rows())))
    graph.unmerge()
    for recorded, rows in states:
        assert list(graph.known_at(recorded).deeds().rows()) == rows


def test_there_must_be_something_to_merge_and_to_undo(graph, tmp_path):
    for wrong in (graph.merge, lambda: graph.merge(dry_run=True), graph.unmerge):
        with pytest.raises(NothingLoaded):
            wrong()
    go(graph, tmp_path, 0)
    with pytest.raises(StoreError, match="nothing to undo"):
        graph.unmerge()
    with pytest.raises(StoreError, match="no facts of"):
        graph.deeds().facts()
