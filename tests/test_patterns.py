"""Patterns of two relationships in Cypher on the embedded store, against the same joined by plain Python.

Ladybug 0.21 and 0.22 lose and invent rows of such a pattern as soon as the first relationship is filtered and there are several
types of them; hence the bound in pyproject.toml, which may go when these pass. All of them sort wrongly now and then with several
threads, unless only the first so many are wanted; hence one thread for what is ordered whole.
"""

import datetime as dt
import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
from generated import write_facts, write_spans

import kg
from kg.stores import ladybug

#: Patterns as Cypher, and of a fact the end that joins it to the other, and the end that is free.
PATTERNS = {
    "(a:Entity)-[r]->(m:Entity)<-[s]-(o:Entity)": (("target", "actor"), ("target", "actor")),
    "(a:Entity)-[r]->(m:Entity)-[s]->(o:Entity)": (("target", "actor"), ("actor", "target")),
    "(a:Entity)<-[r]-(m:Entity)-[s]->(o:Entity)": (("actor", "target"), ("actor", "target")),
}
#: Conditions as Cypher and as Python over both facts and the ids of the outer ends.
CONDITIONS = {
    "a.id = 'USA'": lambda r, s, a, o: a == "USA",
    "o.id = 'RUS'": lambda r, s, a, o: o == "RUS",
    "r.year >= 2005": lambda r, s, a, o: r.date.year >= 2005,
    "s.year < 2015": lambda r, s, a, o: s.date.year < 2015,
    "r.precision = 'day'": lambda r, s, a, o: r.precision == "day",
    "r.quad IN [1, 2]": lambda r, s, a, o: r.quad_class in (1, 2),
    "(s.until IS NULL OR s.until > date('2010-01-01'))": lambda r, s, a, o: s.until is None or s.until > dt.date(2010, 1, 1),
    "s.day >= r.day": lambda r, s, a, o: s.date >= r.date,
}


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    folder = tmp_path_factory.mktemp("patterns")
    graph = kg.open(folder / "s.kg")
    graph.load(write_facts(1_500, folder / "facts.csv"), write_spans(200, folder / "spans.csv"))
    return graph


@pytest.mark.parametrize("pattern", PATTERNS)
def test_two_relationships_are_joined_as_the_facts_are(graph, pattern):
    (joins, free), (on, other) = PATTERNS[pattern]
    facts = graph.facts()
    by = {}
    for s in facts:
        by.setdefault(getattr(s, on), []).append(s)
    pairs = [(r, s, getattr(r, free), getattr(s, other)) for r in facts for s in by.get(getattr(r, joins), [])]
    for some in itertools.chain(*(itertools.combinations(CONDITIONS, n) for n in (1, 2))):
        if not {"a.id = 'USA'", "o.id = 'RUS'"} & {*some}:
            continue
        expected = [(r.id, s.id) for r, s, a, o in pairs if all(CONDITIONS[c](r, s, a, o) for c in some)]
        # The same edge on both sides is one more difference between engines; nobody means it.
        text = f"MATCH {pattern} WHERE {' AND '.join(some)} AND r.id <> s.id RETURN r.id, s.id"
        found = graph.cypher(text).rows
        assert sorted(found) == sorted(p for p in expected if p[0] != p[1]), text


@pytest.mark.parametrize("limit", ["", " LIMIT 100000"])
def test_groups_come_in_the_order_that_is_asked_for(tmp_path, limit):
    """With two threads one answer in fifty was in another order, on a busy machine; so it is asked often, by several at once."""
    graph = kg.open(tmp_path / "s.kg")
    graph.load(write_facts(20_000, tmp_path / "facts.csv"))
    text = "MATCH (a:Entity)-[r]->(b:Entity) RETURN r.type AS t, r.year AS y, count(*), min(a.id), min(r.id)\nOrder  By t, y"
    first = graph.cypher(text).rows
    assert len(first) > 100 and first == sorted(first, key=lambda row: row[:2])
    with ThreadPoolExecutor(4) as pool:
        for rows in pool.map(lambda _: graph.cypher(text + limit).rows, range(200)):
            assert rows == first


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("MATCH (a) RETURN a.id", False),
        ("MATCH (a) RETURN a.id ORDER BY a.id", True),
        ("MATCH (a) RETURN a.id\norder\tby a.id // LIMIT 3", True),
        ("MATCH (a) RETURN a.id AS `LIMIT` ORDER BY `LIMIT`", True),
        ("MATCH (a) RETURN a.id ORDER BY a.id + ' LIMIT '", True),
        ("MATCH (a) RETURN a.id ORDER BY a.id LIMIT 3", False),
        ("MATCH (a) RETURN 'order by' AS a", False),
        ("MATCH (a) RETURN a.id ORDER BY a.id DESC SKIP 2 limit $n", False),
        ("MATCH (a) WITH a ORDER BY a.id SKIP 1 MATCH (a)-[r]-(b) RETURN b.id LIMIT 3", True),
        ("MATCH (a) WITH a ORDER BY a.id LIMIT 2 MATCH (a)-[r]-(b) RETURN b.id ORDER BY b.id", True),
        ("MATCH (a) WITH a ORDER BY a.id LIMIT 2 MATCH (a)-[r]-(b) RETURN b.id ORDER BY b.id LIMIT 1", False),
    ],
)
def test_only_what_is_sorted_whole_has_one_thread(monkeypatch, graph, text, whole):
    asked = []
    connected = ladybug._connected

    def told(db, threads=0):
        asked.append(threads)
        return connected(db, threads)

    monkeypatch.setattr(ladybug, "_connected", told)
    graph.cypher(text, {"n": 5} if "$n" in text else None)
    assert asked[-1] == (1 if whole else 0)
