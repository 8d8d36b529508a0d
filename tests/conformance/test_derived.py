"""Standing relations that follow from deeds: the same on every store, whatever the order of loading."""

import datetime as dt
import itertools

import pytest
from helpers_history import same
from helpers_store import ON_SERVERS, ROOT, write_rows

import kg
from kg import copying
from kg.errors import StoreError

COLUMNS = ("native_id", "actor", "action", "target", "date")
#: The case i07: three facts that may come in any order.
TALKS = [
    ("r1", "USA", "resumes talks with", "RUS", "2009-03-01"),
    ("r2", "USA", "suspends talks with", "RUS", "2009-01-10"),
    ("r3", "POL", "signs with", "USA", "2009-02-15"),
]


def derived(graph):
    """The derived facts as type, actor, target and EDTF date."""
    return [(f.type, f.actor, f.target, f.when) for f in graph.facts() if f.coded == "derived"]


def states(graph, day):
    return {f.type for f in graph.at(day).facts() if f.coded == "derived"}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_loading_makes_no_difference(graph, tmp_path, order):
    for n in order:
        graph.load(write_rows(tmp_path / f"{n}.csv", [TALKS[n]], COLUMNS), dataset="d")
    assert derived(graph) == [
        ("TALKS_SUSPENDED", "RUS", "USA", "2009-01-10/2009-02-28"),
        ("TALKS", "RUS", "USA", "2009-03-01/.."),
    ]
    assert (states(graph, "2009-02-01"), states(graph, "2009-04-01")) == ({"TALKS_SUSPENDED"}, {"TALKS"})
    assert states(graph, "2009-01-09") == set()
    [signed] = graph.by("POL").facts()
    assert (signed.date, signed.until) == (dt.date(2009, 2, 15), dt.date(2009, 2, 16))


#: What happens to a store of standing relations, and what follows then.
STEPS = [
    (lambda g, f: g.load(f(("b1", "USA", "breaks off diplomatic relations with", "CUB", "1961-01-03")), dataset="d"),
     [("RUPTURE", "CUB", "USA", "1961-01-03/..")]),
    (lambda g, f: g.load(f(("e1", "USA", "establishes diplomatic relations with", "CUB", "1902-05-27"),
                           ("s1", "Government (USA)", "imposes embargo on", "CUB", "1960-10-19")), dataset="d"),
     [("DIPLOMATIC_RELATIONS", "CUB", "USA", "1902-05-27/1961-01-02"), ("SANCTIONS_IN_FORCE", "USA", "CUB", "1960-10-19/.."),
      ("RUPTURE", "CUB", "USA", "1961-01-03/..")]),
    (lambda g, f: g.load(f(("w1", "CUB", "restores diplomatic relations with", "USA", "2015-07-20")), dataset="e"),
     [("DIPLOMATIC_RELATIONS", "CUB", "USA", "1902-05-27/1961-01-02"), ("SANCTIONS_IN_FORCE", "USA", "CUB", "1960-10-19/.."),
      ("RUPTURE", "CUB", "USA", "1961-01-03/2015-07-19"), ("DIPLOMATIC_RELATIONS", "CUB", "USA", "2015-07-20/..")]),
    # A correction of its date, then of its actor.
    (lambda g, f: g.load(f(("s1", "Government (USA)", "imposes embargo on", "CUB", "1962-02-07")), dataset="d"),
     [("DIPLOMATIC_RELATIONS", "CUB", "USA", "1902-05-27/1961-01-02"), ("RUPTURE", "CUB", "USA", "1961-01-03/2015-07-19"),
      ("SANCTIONS_IN_FORCE", "USA", "CUB", "1962-02-07/.."), ("DIPLOMATIC_RELATIONS", "CUB", "USA", "2015-07-20/..")]),
    (lambda g, f: g.load(f(("s1", "Government (Mexico)", "imposes embargo on", "CUB", "1962-02-07")), dataset="d"),
     [("DIPLOMATIC_RELATIONS", "CUB", "USA", "1902-05-27/1961-01-02"), ("RUPTURE", "CUB", "USA", "1961-01-03/2015-07-19"),
      ("SANCTIONS_IN_FORCE", "MEX", "CUB", "1962-02-07/.."), ("DIPLOMATIC_RELATIONS", "CUB", "USA", "2015-07-20/..")]),
    (lambda g, f: g.retract("d", "b1"),
     [("DIPLOMATIC_RELATIONS", "CUB", "USA", "1902-05-27/.."), ("SANCTIONS_IN_FORCE", "MEX", "CUB", "1962-02-07/..")]),
    # It comes back, and with it what followed from it.
    (lambda g, f: g.load(f(("b1", "USA", "breaks off diplomatic relations with", "CUB", "1961-01-03")), dataset="d"),
     [("DIPLOMATIC_RELATIONS", "CUB", "USA", "1902-05-27/1961-01-02"), ("RUPTURE", "CUB", "USA", "1961-01-03/2015-07-19"),
      ("SANCTIONS_IN_FORCE", "MEX", "CUB", "1962-02-07/.."), ("DIPLOMATIC_RELATIONS", "CUB", "USA", "2015-07-20/..")]),
    (lambda g, f: [g.retract(*one) for one in (("d", "b1"), ("d", "e1"), ("d", "s1"), ("e", "w1"))], []),
]  # fmt: skip


def test_derived_facts_follow_every_change(graph, twin, tmp_path, contents):
    for n, (step, expected) in enumerate(STEPS):

        def file(*given, n=n):
            return write_rows(tmp_path / f"{n}.csv", given, COLUMNS)

        for g in (graph, twin):
            step(g, file)
        assert derived(graph) == derived(twin) == expected, n
        ours, theirs = contents(graph), contents(twin)
        for part in theirs:
            assert ours[part] == theirs[part], (n, part)
        assert graph.info()["derived"] == twin.info()["derived"] == len(expected)
    # What is believed no more stays in recorded time, on every store alike.
    with graph.store.tables("report", "fact", "change") as one, twin.store.tables("report", "fact", "change") as other:
        for table in ("report", "fact"):
            rows = [sorted(map(str, con.execute(f"SELECT * FROM kg.{table}").fetchall())) for con in (one, other)]
            assert rows[0] == rows[1], table


def test_undoing_and_earlier_states_of_knowledge(graph, twin, tmp_path, contents):
    files = [write_rows(tmp_path / f"{n}.csv", [row], COLUMNS) for n, row in enumerate(TALKS)]
    suspended = [("TALKS_SUSPENDED", "RUS", "USA", "2009-01-10/..")]
    both = [("TALKS_SUSPENDED", "RUS", "USA", "2009-01-10/2009-02-28"), ("TALKS", "RUS", "USA", "2009-03-01/..")]
    for g in (graph, twin):
        g.load(files[1], dataset="d")
        then = dt.datetime.now(dt.UTC)
        g.load(files[0], dataset="d")
        assert derived(g) == both
        assert derived(g.known_at(then)) == suspended
        found = [
            [(r.relation, r.state, r.until) for r in seen.relations("RUS", "USA", "2009-02")] for seen in (g, g.known_at(then))
        ]
        assert found == [[("TALKS", "suspended", until)] for until in (dt.date(2009, 3, 1), None)]
        g.undo(2)
        assert derived(g) == suspended
        g.undo(1)
        assert derived(g) == []
        g.load(files[0], files[1], dataset="d")
        assert derived(g) == both
    same(contents(graph), contents(twin))


def test_what_stands_is_told_by_every_store(graph, twin):
    for g in (graph, twin):
        g.load(ROOT / "examples" / "usa-cuba.csv")
    for day in ("1905", "1962-01-01", "2016-01-01", None):
        found = graph.relations("USA", "CUB", day)
        assert found == twin.relations("USA", "CUB", day)
        assert len(found) == {"1905": 1, "1962-01-01": 3, "2016-01-01": 5, None: 8}[day]
    assert graph.rolled_up().relations("Cuba", at="1962") == twin.relations("Cuba", at="1962")


def test_a_derived_fact_names_what_it_rests_on_in_every_language(graph, tmp_path):
    graph.load(write_rows(tmp_path / "talks.csv", TALKS, COLUMNS), dataset="d")
    by_action = {f.action: f.id for f in graph.facts()}
    rests = sorted([by_action["suspends talks with"], by_action["resumes talks with"]])
    [suspended] = graph.of_type("TALKS_SUSPENDED").facts()
    assert (suspended.coded, suspended.sources, [*suspended.basis]) == ("derived", ("derived",), rests)
    assert all(f.basis == () for f in graph.facts() if f.coded != "derived")
    if "cypher" in graph.store.languages:
        asked = "MATCH (:Entity)-[r:TALKS_SUSPENDED]->(:Entity) RETURN r.date, r.until, r.basis, r.sources"
        assert graph.cypher(asked).rows == [(dt.date(2009, 1, 10), dt.date(2009, 3, 1), rests, ["derived"])]
        assert graph.cypher("MATCH (:Entity)-[r]->(:Entity) WHERE r.basis IS NOT NULL RETURN count(r)").rows == [(2,)]
    if "sparql" in graph.store.languages:
        asked = """SELECT ?d ?u ?b ?s { ?f a kg:TalksSuspended ; kg:date ?d ; kg:until ?u ; kg:source ?s ; kg:basis/kg:id ?b }
            ORDER BY ?b"""
        assert graph.sparql(asked).rows == [(dt.date(2009, 1, 10), dt.date(2009, 3, 1), b, "derived") for b in rests]


def test_a_load_says_what_it_derived_and_loading_again_changes_nothing(graph, tmp_path, contents):
    file = write_rows(tmp_path / "talks.csv", TALKS, COLUMNS)
    assert (graph.load(file, dry_run=True).total("derived")) == 0
    first = graph.load(file)
    assert [first.total(c) for c in ("rows", "new", "known", "reports", "derived", "undone")] == [3, 3, 0, 3, 2, 0]
    before = contents(graph)
    again = graph.load(file)
    assert [again.total(c) for c in ("rows", "new", "known", "reports", "derived", "undone")] == [3, 0, 3, 0, 0, 0]
    same(contents(graph), before)
    broken = write_rows(tmp_path / "more.csv", [("r4", "RUS", "breaks off talks with", "USA", "2009-05-01")], COLUMNS)
    more = graph.load(broken)
    assert [more.total(c) for c in ("new", "derived", "undone")] == [1, 2, 1]
    assert graph.store.derive() == (0, 0)
    assert len(graph.info()["changes"]) == 3


def test_derived_facts_cannot_be_retracted_or_loaded(graph, tmp_path):
    file = write_rows(tmp_path / "talks.csv", TALKS, COLUMNS)
    graph.load(file)
    with pytest.raises(StoreError, match="can't be retracted"):
        graph.retract("derived", "TALKS RUS USA 2009-03-01")
    [report] = graph.load(file, dataset="derived").files
    assert "derived is what the graph derives itself" in str(report.error)


def test_resolving_again_moves_what_follows_too(graph, twin, tmp_path, contents):
    file = write_rows(tmp_path / "d.csv", [("1", "Foo Bar", "declares war on", "Baz", "1999-05-01")], COLUMNS)
    names = tmp_path / "names.csv"
    names.write_text("name,id,kind,state,role,start,until\nFoo Bar,DNK,,,,,\nBaz,NATO,,,,,\n", encoding="utf-8")
    for g in (graph, twin):
        g.load(file)
        assert derived(g) == [("WAR", "baz", "foo-bar", "1999-05-01/..")]
        g.add_names(names)
        g.resolve_again()
        assert derived(g) == [("WAR", "DNK", "NATO", "1999-05-01/..")]
    same(contents(graph), contents(twin))


@pytest.mark.parametrize("goal", ["embedded", "neo4j", "fuseki"])
def test_derived_facts_are_copied(goal, tmp_path, request):
    source = kg.open(tmp_path / "source.kg")
    source.load(write_rows(tmp_path / "talks.csv", TALKS, COLUMNS))
    source.retract("talks", "r1")
    target = kg.open(tmp_path / "goal.kg" if goal == "embedded" else request.getfixturevalue(f"{goal}_url"))
    copying.copy(source.store, target.store)
    assert list(target.rows()) == list(source.rows())
    # And it goes on from there: nothing is missing that deriving would add.
    assert target.store.derive() == (0, 0)
    target.load(write_rows(tmp_path / "again.csv", TALKS[:1], COLUMNS), dataset="talks")
    assert [f[0] for f in derived(target)] == ["TALKS_SUSPENDED", "TALKS"]


@ON_SERVERS  # the embedded store has one transaction a file
def test_what_a_broken_off_load_left_underived_is_derived_by_the_next(graph, tmp_path, contents, monkeypatch, twin):
    kind = type(graph.store)
    monkeypatch.setattr(kind, "batch", 1)
    good, done = kind.batch_writer, []

    def failing(store, con):
        if len(done) == 3:
            raise StoreError("the power is gone")
        done.append(1)
        return good(store, con)

    monkeypatch.setattr(kind, "batch_writer", failing)
    file = write_rows(tmp_path / "talks.csv", TALKS, COLUMNS)
    with pytest.raises(StoreError, match="power"):
        graph.load(file)
    monkeypatch.setattr(kind, "batch_writer", good)
    for g in (graph, twin):
        g.load(file)
    same(contents(graph), contents(twin))
    assert len(derived(graph)) == 2
