"""Facts of different datasets that tell of one deed: grouped by the rule, whatever the order of loading; nothing is changed."""

import contextlib
import datetime as dt
import itertools

import pytest
from helpers_store import command, environment, triples_in, write_rows
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import kg
from kg import actions, deeds
from kg.deeds import LEVELS, Told
from kg.errors import StoreError, UsageError
from kg.facts import NO_TARGET
from kg.stores import merge, merged

COLUMNS = ("native_id", "actor", "code", "target", "date", "scheme", "action")
FIRST = dt.datetime(2010, 1, 1, 12)
HOUR = dt.timedelta(hours=1)
#: A step is a load: making a failing history smaller takes longer than reading it.
PHASES = (Phase.explicit, Phase.generate)


def by_hand(facts, window):
    """The groups by the rule, found by looking at all pairs again whenever two were joined: sets of ids, by their first."""
    groups = [[fact] for fact in sorted(facts, key=lambda f: f.order)]

    def may_join(one, other, width, same_code):
        days = [fact.day for fact in (*one, *other)]
        seen = [name for fact in (*one, *other) for name in fact.datasets]
        return max(days) - min(days) <= width and len(seen) == len(set(seen)) and (one[0].code == other[0].code or not same_code)

    for width, same_code in itertools.product(range(window + 1), (True, False)):
        joined = True
        while joined:
            pairs = itertools.combinations(sorted(groups, key=lambda g: min(f.order for f in g)), 2)
            joined = next((pair for pair in pairs if may_join(*pair, width, same_code)), None)
            if joined:
                groups = [g for g in groups if g not in joined] + [sorted(joined[0] + joined[1], key=lambda f: f.order)]
    return {group[0].id: {fact.id for fact in group} for group in groups if len(group) > 1}


some_facts = st.lists(
    st.builds(
        lambda day, code, datasets: (day, code, frozenset(datasets)),
        st.integers(0, 9), st.sampled_from(("030", "0311", "0312", "031")), st.sets(st.sampled_from("abcd"), min_size=1),
    ),
    max_size=12,
).map(lambda rows: [Told(f"f{n}", *row) for n, row in enumerate(rows)])  # fmt: skip


@settings(derandomize=True, deadline=None, max_examples=400)
@given(facts=some_facts, window=st.integers(0, 4), seed=st.randoms(use_true_random=False))
def test_groups_are_those_of_the_rule(facts, window, seed):
    found = deeds.grouped(facts, window)
    assert {group[0].id: {fact.id for fact in group} for group in found} == by_hand(facts, window)
    for group in found:
        days = [fact.day for fact in group]
        assert max(days) - min(days) <= window and group[0].day == min(days)
        assert len({name for fact in group for name in fact.datasets}) == sum(len(fact.datasets) for fact in group)
    assert len({fact.id for group in found for fact in group}) == sum(map(len, found))
    seed.shuffle(facts)
    assert deeds.grouped(facts, window) == found


def test_the_nearest_are_taken_first_and_no_chain_grows():
    def ids(*rows, window):
        told = [Told(id_, day, code, frozenset(datasets)) for id_, day, code, datasets in rows]
        return [[fact.id for fact in group] for group in deeds.grouped(told, window)]

    # Two of a dataset never meet; the later one of "a" is nearer to that of "b".
    assert ids(("x", 1, "040", "a"), ("y", 2, "040", "a"), ("z", 2, "040", "b"), window=1) == [["y", "z"]]
    # Of one day the same code comes first, and what is coded more exactly stands for it.
    assert ids(("x", 1, "036", "a"), ("y", 1, "030", "a"), ("z", 1, "036", "b"), window=0) == [["x", "z"]]
    assert ids(("x", 1, "030", "a"), ("y", 1, "0311", "b"), window=0) == [["y", "x"]]
    # A year of weekly meetings that two tell in turn stays what it is, and a window of six days joins none of them.
    weekly = [(f"w{n:02}", 7 * n, "040", "ab"[n % 2]) for n in range(52)]
    assert ids(*weekly, window=6) == []
    assert all(len(group) == 2 for group in ids(*weekly, window=7)) and len(ids(*weekly, window=7)) == 26
    daily = [(f"d{n:02}", n, "040", "abcdefgh"[n % 8]) for n in range(40)]
    assert {len(group) for group in ids(*daily, window=3)} <= {2, 3, 4}


def keys(fact, level):
    """What a fact is compared by, from the table of actions; None if it is not compared."""
    row = actions.table().get((fact.scheme, fact.code))
    compared = row and row.aspect == "event" and row.type != "ACT" and fact.target != NO_TARGET
    if not compared or fact.precision != "day" or fact.certainty:
        return None
    alike = {"code": (row.scheme, row.code), "root": (row.scheme, row.root), "type": row.type, "quad": row.quad_class}[level]
    return None if alike is None else (fact.actor, fact.target, alike)


def expected(facts, level, window):
    """What ``deeds`` should show of facts whose sources are their datasets: the id of each, how many reports, by whom."""
    found = {fact.id: (fact.reports, fact.sources) for fact in facts}
    compared = [fact for fact in facts if keys(fact, level)]
    for key in {keys(fact, level) for fact in compared}:
        told = [
            Told(fact.id, fact.date.toordinal(), fact.code, frozenset(fact.sources))
            for fact in compared
            if keys(fact, level) == key
        ]
        for first, group in by_hand(told, window).items():
            members = [found.pop(id_) for id_ in sorted(group)]
            found[first] = sum(n for n, _ in members), tuple(sorted({name for _, names in members for name in names}))
    return found


def shown(graph):
    return {fact.id: (fact.reports, fact.sources) for fact in graph.facts()}


SAID = [
    ("USA", code, "RUS", date, scheme)
    for code, scheme, dates in (
        ("040", "cameo", ("2009-01-01", "2009-01-02", "2009-01-03", "2009-01", "2009-01-02?", "2009-01-01/2009-01-02")),
        ("042", "cameo", ("2009-01-01", "2009-01-02", "2009-01-04")),
        ("036", "cameo", ("2009-01-02",)),
        ("CONSULT", "plover", ("2009-01-01", "2009-01-03")),
        ("ALLIANCE", "kg", ("2009-01-01",)),
        ("no such code", "cameo", ("2009-01-01",)),
    )
    for date in dates
] + [("USA", "040", "", "2009-01-01", "cameo"), ("RUS", "040", "USA", "2009-01-01", "cameo")]  # fmt: skip

loads = st.tuples(st.just("load"), st.sampled_from("abc"), st.dictionaries(st.integers(0, 3), st.sampled_from(SAID), min_size=1))
steps = st.one_of(
    loads, loads, loads, st.tuples(st.just("retract"), st.sampled_from("abc"), st.integers(0, 3)),
    st.tuples(st.just("undo"), st.integers(1, 6), st.none()),
)  # fmt: skip
rules = st.tuples(st.sampled_from(LEVELS), st.integers(0, 3))


def load(graph, folder, dataset, rows):
    """Load rows of native id, actor, code, target, date and scheme; all of them must be read."""
    report = graph.load(write_rows(folder / f"{dataset}.csv", [(*row, "") for row in rows], COLUMNS), dataset=dataset)
    assert not report.failed and not report.total("rejected"), list(report.rejects())


def do(graph, folder, step):
    """Do a step, if there is anything to do."""
    kind, which, what = step
    if kind == "load":
        return load(graph, folder, which, [(f"r{n}", *said) for n, said in what.items()])
    with contextlib.suppress(StoreError):
        graph.retract(which, f"r{what}") if kind == "retract" else graph.undo(which)


@settings(derandomize=True, deadline=None, max_examples=15, phases=PHASES)
@given(before=st.lists(loads, min_size=1, max_size=3), rule=rules, then=st.lists(steps, max_size=3), other=rules)
def test_the_layer_is_what_the_rule_makes_of_the_facts_believed(tmp_path_factory, before, rule, then, other):
    folder = tmp_path_factory.mktemp("deeds")
    graph, clock, states = kg.open(folder / "s.kg"), itertools.count(), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merge, "now", lambda: FIRST + next(clock) * HOUR)
        for step in before:
            do(graph, folder, step)
        told = list(graph.rows())
        graph.merge(rule[1], rule[0])
        assert list(graph.rows()) == told
        for step in (None, *then):
            if step:
                do(graph, folder, step)
            assert shown(graph.deeds()) == expected(graph.facts(), *rule), step
            states[graph.loads()[-1]["recorded"]] = shown(graph.deeds())
        graph.merge(other[1], other[0])
        assert shown(graph.deeds()) == expected(graph.facts(), *other)
        told = list(graph.rows())
        graph.unmerge()
    assert list(graph.rows()) == told
    with graph.store.tables("merged") as con:
        assert con.execute(merged.STANDS_FOR).fetchall() == []
    for recorded, state in states.items():
        assert shown(graph.known_at(recorded).deeds()) == state


def test_the_properties_meet_deeds_and_not_only_facts():
    facts = [Told(f"f{n}", n // 2, "040", frozenset("ab"[n % 2])) for n in range(6)]
    assert by_hand(facts, 0) == {"f0": {"f0", "f1"}, "f2": {"f2", "f3"}, "f4": {"f4", "f5"}}


@pytest.fixture
def two(tmp_path):
    """A graph that three datasets tell of: one deed three times, another twice, and one of each that nobody else tells."""
    graph = kg.open(tmp_path / "s.kg")
    for name, rows in {
        "a": [("1", "USA", "042", "RUS", "2009-07-06", "cameo"), ("2", "NATO", "030", "RUS", "2009-09-18", "cameo"),
              ("3", "USA", "190", "IRQ", "2003-03-20", "cameo")],
        "b": [("1", "USA", "040", "RUS", "2009-07-07", "cameo"), ("2", "NATO", "0311", "RUS", "2009-09-18", "cameo")],
        "c": [("1", "USA", "043", "RUS", "2009-07-06", "cameo"), ("2", "USA", "173", "RUS", "2009-07-06", "cameo")],
    }.items():  # fmt: skip
        load(graph, tmp_path, name, rows)
    return graph


def test_every_order_of_loading_and_merging_ends_alike(tmp_path):
    told = {
        "a": [("1", "USA", "042", "RUS", "2009-01-01", "cameo"), ("2", "USA", "040", "RUS", "2009-01-03", "cameo")],
        "b": [("1", "USA", "040", "RUS", "2009-01-02", "cameo")],
        "c": [("1", "USA", "043", "RUS", "2009-01-02", "cameo")],
    }
    found = []
    orders = [(first, "merge", *others) for first, *others in itertools.permutations(told)]
    for n, order in enumerate([*orders, (*told, "merge"), ("a", "b", "merge", "c")]):
        graph = kg.open(tmp_path / f"{n}.kg")
        for what in order:
            graph.merge(1) if what == "merge" else load(graph, tmp_path, what, told[what])
        found.append(shown(graph.deeds()))
    assert all(one == found[0] for one in found)
    # The two of one day first; what is a day before them is within the window then, and what is a day after no longer is.
    assert sorted(found[0].values()) == [(1, ("a",)), (3, ("a", "b", "c"))]


def test_what_stands_for_a_deed_has_the_reports_of_all(two):
    before = list(two.rows())
    assert two.merge(dry_run=True) == two.merge(dry_run=True)
    with pytest.raises(StoreError, match=r"no facts of .* are merged"):
        two.deeds().facts()
    found = two.merge(examples=9)
    assert (found.deeds, found.facts, found.changed) == (2, 5, True) and [len(ids) for ids in found.examples] == [3, 2]
    assert list(two.rows()) == before
    told = {(f.when, f.code): (f.reports, f.sources) for f in two.deeds().facts()}
    assert told == {
        ("2003-03-20", "190"): (1, ("a",)),
        ("2009-07-06", "042"): (3, ("a", "b", "c")),
        ("2009-07-06", "173"): (1, ("c",)),
        ("2009-09-18", "0311"): (2, ("a", "b")),
    }
    assert not two.merge().changed and len(two.loads()) == 4


def test_it_composes_with_every_other_condition(two):
    two.merge()
    assert [f.when for f in two.at("2009-07-07").facts()] == ["2009-07-07"]
    assert two.deeds().at("2009-07-07").facts() == []  # the conditions are about what stands for it
    assert len(two.deeds().between("2009").by("USA").facts()) == 2
    assert {f.code for f in two.around("NATO").deeds().facts()} == {"0311"}
    assert two.deeds().trend("USA", "RUS")[0][1:3] == (1, 1) and two.trend("USA", "RUS")[0][1:3] == (3, 1)
    assert [(line.reports, line.sources) for line in two.deeds().timeline("NATO", "RUS")] == [(2, ["a", "b"])]
    assert two.deeds().rolled_up().by("USA").table().num_rows == 3
    with pytest.raises(UsageError, match="not by deeds"):
        two.deeds().differences("2020", "2030")


@pytest.mark.parametrize("language", ["cypher", "sparql", "index"])
def test_questions_meet_deeds_only(two, language):
    two.merge()
    text = {
        "cypher": "MATCH (:Entity)-[r]->(:Entity) RETURN r.id AS id, r.reports AS n, size(r.sources) AS k ORDER BY id",
        "sparql": "SELECT ?id ?n (COUNT(?s) AS ?k) { ?f kg:id ?id ; kg:reports ?n ; kg:source ?s } GROUP BY ?id ?n ORDER BY ?id",
        "index": "SELECT ?id ?n (COUNT(?s) AS ?k) (MIN(RAND()) AS ?c) { ?f kg:id ?id ; kg:reports ?n ; kg:source ?s } "
        "GROUP BY ?id ?n ORDER BY ?id",
    }[language]
    rows = getattr(two.deeds(), "cypher" if language == "cypher" else "sparql")(text).rows
    assert [row[:3] for row in rows] == sorted((f.id, f.reports, len(f.sources)) for f in two.deeds().facts())
    if language != "index":
        assert two.deeds().ask("partners", language, actor="RUS").rows == [
            ("USA", "United States", 2, 1, 1), ("NATO", "North Atlantic Treaty Organization", 1, 1, 0),
        ]  # fmt: skip


def test_reports_of_all_are_described(two, tmp_path):
    two.merge()
    asked = "SELECT ?d { ?f kg:date ?date ; kg:code '042' ; prov:wasDerivedFrom/kg:dataset ?d } ORDER BY ?d"
    assert two.deeds().sparql(asked).rows == [("a",), ("b",), ("c",)] and two.sparql(asked).rows == [("a",)]
    for name in ("x.nt", "x.nq", "x.ttl", "x.csv", "x.html"):
        assert two.deeds().export(tmp_path / name) == 4
    described = {str(t.subject) for t in triples_in(tmp_path / "x.nt") if str(t.predicate).endswith("#dataset>")}
    pointed = {str(t.object) for t in triples_in(tmp_path / "x.nt") if str(t.predicate).endswith("wasDerivedFrom>")}
    assert described == pointed and len(described) == 7
    assert "--deeds" in (tmp_path / "x.html").read_text(encoding="utf-8")
    assert two.deeds().export_neo4j_import(tmp_path / "import") == 4
    assert len((tmp_path / "import" / "reports.csv").read_text(encoding="utf-8").splitlines()) == 1 + 7
    # A copy has the deeds as its facts, and loads into it go on from there.
    two.deeds().copy(tmp_path / "copy.kg")
    copy = kg.open(tmp_path / "copy.kg")
    assert list(copy.rows()) == list(two.deeds().rows())
    with pytest.raises(StoreError, match=r"no facts of .* are merged"):
        copy.deeds().facts()
    two.copy(tmp_path / "whole.kg")
    assert list(kg.open(tmp_path / "whole.kg").deeds().rows()) == list(two.deeds().rows())


def test_what_loses_its_witness_is_no_deed_of_others(two):
    two.merge()
    two.retract("a", "1")
    assert (2, ("b", "c")) in shown(two.deeds()).values()
    two.retract("b", "1")
    assert shown(two.deeds()) == {**expected(two.facts(), "root", 1)} and (1, ("c",)) in shown(two.deeds()).values()
    assert sorted(shown(two.deeds()).values()) == [(1, ("a",)), (1, ("c",)), (1, ("c",)), (2, ("a", "b"))]
    two.undo(len(two.loads()))
    assert (2, ("b", "c")) in shown(two.deeds()).values()


@pytest.mark.parametrize("wrong", [("2w", "root"), ("-1", "root"), ("32", "root"), ("1d", "verb"), ("", "code")])
def test_no_such_rule(two, wrong):
    with pytest.raises(UsageError):
        two.merge(*wrong)
    assert len(two.loads()) == 3


def test_the_command_says_what_it_did(two, tmp_path):
    def run(*words):
        return command(*words, cwd=tmp_path, **environment(KG=str(two.store.path)))

    said = run("merge", "--dry-run")
    assert (said.returncode, said.stderr) == (0, "would merge 5 facts into 2 deeds; nothing was written\n")
    lines = [line.split("\t") for line in said.stdout.splitlines()]
    assert lines[0] == ["deed", "date", "actor", "action", "target", "code", "reports", "sources", "id"]
    assert [(row[0], row[1], row[5], row[7]) for row in lines[1:]] == [
        ("1", "2009-07-06", "042", "a"), ("1", "2009-07-06", "043", "c"), ("1", "2009-07-07", "040", "b"),
        ("2", "2009-09-18", "0311", "b"), ("2", "2009-09-18", "030", "a"),
    ]  # fmt: skip
    assert run("facts", "--deeds").returncode == 1 and "kg merge" in run("facts", "--deeds").stderr
    said = run("merge", "--examples", "0")
    assert (said.stdout, said.stderr) == (
        "", "merged 5 facts into 2 deeds: --deeds counts each once, kg merge --undo takes it back\n",
    )  # fmt: skip
    assert run("merge").stderr == "merged 5 facts into 2 deeds already: nothing changed\n"
    assert (run("facts").stderr, run("facts", "--deeds").stderr) == ("7 facts\n", "4 facts\n")
    assert "2009-07-06\tUnited States\tConsult" not in run("facts", "--deeds", "--until", "2009-07-06").stdout
    assert "[a, b, c]" in run("timeline", "USA", "RUS", "--deeds").stdout
    assert "merge\t\troot 1d" in run("loads").stdout
    said = run("loads", "undo", "4")
    assert (said.returncode, "kg merge --undo" in said.stderr) == (1, True)
    assert "0 facts into 0 deeds (a wider --window" in run("merge", "--dry-run", "--level", "code", "--window", "0d").stderr
    assert run("merge", "--undo", "--dry-run").returncode == 2
    assert run("merge", "--undo").stderr == "3 facts of deeds told by others stand for themselves again\n"
    assert run("merge", "--undo").returncode == 1
    assert run("merge", "--window", "2w").returncode == 2
    empty = command("merge", cwd=tmp_path, **environment(KG=str(tmp_path / "empty.kg")))
    assert empty.returncode == 1 and "kg load FILE" in empty.stderr and not (tmp_path / "empty.kg").exists()
