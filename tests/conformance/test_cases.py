"""Cases that other tools get wrong, on every store and in every language that it answers in; the letters are the cases' own."""

import datetime as dt
import json
import subprocess
import time
import urllib.parse
import urllib.request

import pytest
from helpers_history import same
from helpers_store import MAIN, child, command, environment, only, write_rows
from test_injection import BY_NAME, MORE_NAMES, N01, S05

import kg
from kg import actions
from kg.stores.local import LocalStore

#: What counts facts by their ends; ``$a`` and ``$b`` are ids, and facts of an actor with itself are among them.
INVOLVING = {
    "cypher": "MATCH (x:Entity)-[r]->(y:Entity) WHERE x.id = $a OR y.id = $a RETURN count(*)",
    "sparql": """SELECT (COUNT(DISTINCT ?f) AS ?n) WHERE {
        ?x kg:id $a . { ?f kg:actor ?x } UNION { ?f kg:target ?x } ?f kg:date ?any }""",
}
UNDIRECTED = {
    "cypher": "MATCH (x:Entity {id: $a})-[r]-(y:Entity {id: $b}) RETURN count(DISTINCT r.id)",
    "sparql": """SELECT (COUNT(DISTINCT ?f) AS ?n) WHERE { ?x kg:id $a . ?y kg:id $b .
        { ?f kg:actor ?x ; kg:target ?y } UNION { ?f kg:actor ?y ; kg:target ?x } }""",
}
DIRECTED = {
    "cypher": "MATCH (x:Entity {id: $a})-[r]->(y:Entity {id: $b}) RETURN count(*)",
    "sparql": "SELECT (COUNT(?f) AS ?n) WHERE { ?f kg:actor/kg:id $a ; kg:target/kg:id $b }",
}
OUT = {
    "cypher": "MATCH (x:Entity {id: $a})-[r]->(:Entity) RETURN count(*)",
    "sparql": "SELECT (COUNT(?f) AS ?n) WHERE { ?f kg:actor/kg:id $a }",
}
IN = {
    "cypher": "MATCH (:Entity)-[r]->(y:Entity {id: $a}) RETURN count(*)",
    "sparql": "SELECT (COUNT(?f) AS ?n) WHERE { ?f kg:target/kg:id $a }",
}


def driver(address):
    """A Neo4j by its own driver, for what the product has no word for."""
    from neo4j import GraphDatabase

    return GraphDatabase.driver(address)


def asked(address, **form):
    """An endpoint asked without the product: ``query`` or ``update``."""
    url = address if "query" in form else address.replace("/sparql", "/update")
    body = urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(url, body, {"Accept": "application/sparql-results+json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


@pytest.fixture
def canaries(graph, place, tmp_path):
    """Two things of somebody else in the store; called, it says how many are left."""
    if place.startswith("neo4j"):
        with driver(place) as opened:
            opened.execute_query("CREATE (:Canary {id: 'one'}), (:Canary {id: 'two'})")

        def left():
            with driver(place) as opened:
                return opened.execute_query("MATCH (c:Canary) RETURN count(c)").records[0][0]

    elif place.startswith("http"):
        theirs = "GRAPH <http://example.org/theirs>"
        asked(place, update=f"INSERT DATA {{ {theirs} {{ <urn:one> <urn:sings> 1 . <urn:two> <urn:sings> 2 }} }}")

        def left():
            answer = json.loads(asked(place, query=f"SELECT * {{ {theirs} {{ ?s ?p ?o }} }}"))
            return len(answer["results"]["bindings"])

    else:
        graph.load(write_rows(tmp_path / "canary.csv", [("canary one", "sings", "canary two", "1999")]))

        def left():
            return sum(e.name.startswith("canary") for e in graph.entities())

    assert left() == 2
    return left


def ours(graph):
    """The facts but for those of canaries."""
    return [f for f in graph.facts() if f.action != "sings"]


def number(graph, language, text, **values):
    ((found,),) = graph.store.query(language, text[language], values).rows
    return found


# -- c03: values of all types as JSON -------------------------------------------------------------------------------------

TEMPORAL = (
    "RETURN date('2009-03-27') AS d, datetime('2009-03-27T23:30:00-05:00') AS dt, duration('P1M2D') AS du, "
    "[date('2009-03-27')] AS l"
)
#: A known difference: Ladybug reads durations in words only, and there is no way round it that both engines take.
NO_DURATION = """error: Cypher: Conversion exception: Error occurred during parsing interval. Given: "P1M2D".
hint: write interval('1 month 2 days') for duration('P1M2D')
"""


def test_c03_json_of_dates_times_durations_lists_and_nodes(graph, place, inputs, tmp_path):
    graph.load(inputs / "i02.csv")
    for language in graph.store.languages:
        if language == "cypher":
            query = f"MATCH (n:Entity {{id: 'USA'}})-[r]->(m) {TEMPORAL}, n, r"
        else:
            query = (
                'SELECT ("2009-03-27"^^xsd:date AS ?d) ("2009-03-27T23:30:00-05:00"^^xsd:dateTime AS ?dt) '
                '("P1M2D"^^xsd:duration AS ?du) ?n { ?n kg:id "USA" }'
            )
        done = command(language, query, "--format", "json", "--kg", place, cwd=tmp_path)
        if language == "cypher" and isinstance(graph.store, LocalStore):
            assert (done.returncode, done.stdout, done.stderr) == (1, "", NO_DURATION)
            continue
        indexed = language == "sparql" and isinstance(graph.store, LocalStore)  # the record has no moments
        assert done.returncode == 0
        assert done.stderr.startswith("note: answered from the SPARQL index") if indexed else done.stderr == ""
        [row] = json.loads(done.stdout)
        assert (row["d"], row["dt"], row["du"]) == ("2009-03-27", "2009-03-27T23:30:00-05:00", "P1M2D")
        if language == "sparql":
            assert row["n"] == "https://w3id.org/diplomacy-kg/entity/USA"
            continue
        assert row["l"] == ["2009-03-27"]
        assert (row["n"]["id"], row["n"]["labels"]) == ("USA", ["Entity", "State"])
        assert row["n"]["properties"]["name"] == "United States"
        assert row["r"]["type"] == "RETREAT"
        assert row["r"]["properties"]["date"] == "2009-09-17"


# -- n01, n03: Cypher in the action, and in names of columns --------------------------------------------------------------


def test_n01_actions_that_are_cypher_stay_texts(graph, canaries, tmp_path):
    assert only(graph.load(write_rows(tmp_path / "facts.csv", N01))).new == 3
    assert canaries() == 2
    expected = sorted(row[1] for row in N01)
    assert sorted(f.action for f in ours(graph)) == expected
    assert {f.type for f in graph.facts()} == {"ACT"}
    texts = {
        "cypher": "MATCH (:Entity)-[r]->(:Entity) WHERE r.action <> 'sings' RETURN r.action",
        "sparql": "SELECT ?a { ?f kg:action ?a FILTER (?a != 'sings') }",
    }
    for language in graph.store.languages:
        assert sorted(row[0] for row in graph.store.query(language, texts[language]).rows) == expected
    if "cypher" in graph.store.languages:
        kinds = {row[0] for row in graph.cypher("MATCH (:Entity)-[r]->(:Entity) RETURN DISTINCT type(r)").rows}
        assert kinds <= set(actions.types())


ODD = {"x`: 1}) DETACH DELETE r //": "v", "a b": "v", "": "v"}
PLAIN = {"actor": "USA", "action": "meets", "target": "RUS", "date": "2009-03-27"}


def extras(graph, tmp_path):
    """What the one report says besides, by where that was read: the export, and each language that shows reports."""
    graph.export(tmp_path / "out.nt")
    [line] = [line for line in (tmp_path / "out.nt").read_text(encoding="utf-8").splitlines() if "#extra> " in line]
    found = {"export": json.loads(line.partition("#extra> ")[2].removesuffix(" ."))}
    if "sparql" in graph.store.languages:
        [(found["sparql"],)] = graph.sparql("SELECT ?x { ?r kg:extra ?x }").rows
    if not isinstance(graph.store, LocalStore) and "cypher" in graph.store.languages:
        [(found["cypher"],)] = graph.cypher("MATCH (r:Report) WHERE r.extra IS NOT NULL RETURN r.extra").rows
    return {where: json.loads(text) for where, text in found.items()}


def test_n03_names_of_properties_that_are_cypher(graph, canaries, tmp_path):
    (tmp_path / "facts.json").write_text(json.dumps([PLAIN | ODD]))
    assert only(graph.load(tmp_path / "facts.json")).new == 1
    assert canaries() == 2
    [fact] = ours(graph)
    assert (fact.actor, fact.action, fact.target) == ("USA", "meets", "RUS")
    for where, kept in extras(graph, tmp_path).items():
        assert set(kept.values()) == {"v"}, where
        assert len(kept) == 3, where
        assert {"x`: 1}) DETACH DELETE r //", "a b"} <= set(kept)


# -- n04, n05: keys that are null, values that are maps and lists ---------------------------------------------------------


def test_n04_a_row_without_actor_is_rejected_alone(graph, place, tmp_path):
    rows = [PLAIN, PLAIN | {"actor": None}, PLAIN | {"target": "POL"}]
    (tmp_path / "facts.json").write_text(json.dumps(rows))
    done = command("load", "facts.json", "--kg", place, cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    assert "loaded 2 of 3 rows" in done.stderr, done.stderr
    for word in ("Traceback", "Neo.", "neo4j.exceptions", "MERGE", "null property"):
        assert word not in done.stderr
    assert sorted(f.target for f in graph.facts()) == ["POL", "RUS"]
    [rejected] = graph.store.rejects()
    assert (rejected["row"], rejected["reason"]) == (2, "there is no actor")
    assert sorted(e.id for e in graph.entities()) == ["POL", "RUS", "USA"]
    if "cypher" in graph.store.languages:
        assert graph.cypher("MATCH (n:Entity) WHERE n.id IS NULL OR n.id = '' RETURN count(*)").rows == [(0,)]
        assert graph.cypher("MATCH (n:Entity) RETURN count(*)").rows == [(3,)]
    if "sparql" in graph.store.languages:
        assert graph.sparql("SELECT (COUNT(*) AS ?n) { ?e skos:prefLabel ?name }").rows == [(3,)]
        assert graph.sparql("SELECT ?e { ?e skos:prefLabel ?x FILTER NOT EXISTS { ?e kg:id ?i } }").rows == []


def test_n05_maps_and_mixed_lists_come_back_as_they_were(graph, tmp_path):
    nested = {"meta": {"a": [1, 2], "b": {"c": "d"}}, "mixed": [1, "x", None]}
    (tmp_path / "facts.json").write_text(json.dumps([PLAIN | nested]))
    assert only(graph.load(tmp_path / "facts.json")).new == 1
    assert len(graph.facts()) == 1
    for where, kept in extras(graph, tmp_path).items():
        assert {name: json.loads(text) for name, text in kept.items()} == nested, where


# -- n07: a bad row in the middle, a load that is cut off -----------------------------------------------------------------


def half_bad(path):
    days = (f"2009-{i % 12 + 1:02d}-{i % 28 + 1:02d}" if i != 1500 else "not-a-date" for i in range(3000))
    return write_rows(path, ((f"A{i % 100}", f"act{i // 100}", f"A{(i + 1) % 100}", day) for i, day in enumerate(days)))


def test_n07_one_bad_row_among_many_and_a_load_that_is_killed(graph, twin, place, tmp_path, contents):
    file = half_bad(tmp_path / "bad.csv")
    store = type(graph.store)
    # Small batches, so that there is a half to be killed at; the embedded store has one transaction and none.
    code = f"""
import sys
from {store.__module__} import {store.__name__} as Store
Store.batch = 100
from kg.cli import main
main()"""
    loading = child(code, "load", file, "--source", "d", "--kg", place)
    deadline = time.monotonic() + 60
    while not reached(graph, 1000):
        assert time.monotonic() < deadline, "the load did not get anywhere"
        assert loading.poll() is None, loading.communicate()
        time.sleep(0.05)
    loading.kill()
    loading.communicate()
    if not isinstance(graph.store, LocalStore):
        cut = at_rest(graph)
        assert 1000 <= len(cut) < 2999
        ends = {f.actor for f in cut} | {f.target for f in cut}
        assert {e.id for e in graph.entities()} == ends
        assert graph.info()["entities"] == len(ends)
    done = command("load", file, "--source", "d", "--kg", place, cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    assert "loaded 2999 of 3000 rows" in done.stderr, done.stderr
    assert "1 rejected" in done.stderr, done.stderr
    twin.load(file, dataset="d")
    found, expected = contents(graph), contents(twin)
    same(found, expected)
    assert len(found["facts"]) == found["counts"]["facts"] == 2999
    assert {(r["row"], r["reason"]) for r in found["rejects"]} == {(r["row"], r["reason"]) for r in expected["rejects"]}
    assert only(graph.load(file, dataset="d")).new == 0


def at_rest(graph):
    """The facts, once a server has done what a client asked that is no more: what it has received it works off."""
    deadline = time.monotonic() + 60
    facts, before = graph.facts(), None
    while before is None or len(facts) > len(before):
        assert time.monotonic() < deadline, "the server does not come to rest"
        time.sleep(1)
        before, facts = facts, graph.facts()
    return facts


def reached(graph, n):
    """Whether a load that is under way has stored so much; of the embedded store, whether it has begun to."""
    if isinstance(graph.store, LocalStore):
        return graph.store.path.exists()
    return graph.info()["facts"] >= n


# -- n08: two loaders -----------------------------------------------------------------------------------------------------


# Three times: ten, as the case has it, takes too long for every run of the tests.
@pytest.mark.parametrize("time", [1, 2, 3])
def test_n08_two_that_load_at_the_same_moment(graph, place, tmp_path, time):
    if place.startswith("neo4j"):
        # As fresh as it can be: the constraints are to be made by both of them too.
        with driver(place) as opened:
            for row in opened.execute_query("SHOW CONSTRAINTS YIELD name").records:
                opened.execute_query(f"DROP CONSTRAINT {row[0]}")
    rows = ((f"A{i % 50}", f"act{i // 50}", f"A{(i + 7) % 50}", f"2009-{i % 12 + 1:02d}-{i % 28 + 1:02d}") for i in range(500))
    file = write_rows(tmp_path / "many.csv", rows)
    words = [*MAIN, "load", str(file), "--source", "d", "--kg", place]
    both = [subprocess.Popen(words, env=environment(), stderr=subprocess.PIPE, text=True) for _ in range(2)]
    errors = [process.communicate(timeout=120)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], errors
    facts = graph.facts()
    assert len(facts) == len({f.id for f in facts}) == 500
    assert {f.reports for f in facts} == {1}
    entities = [e.id for e in graph.entities()]
    assert len(entities) == len(set(entities)) == 50
    info = graph.info()
    assert (info["facts"], info["entities"], info["reports"]) == (500, 50, 500)
    for language in graph.store.languages:
        assert number(graph, language, EDGES) == 500
        assert number(graph, language, NODES) == 50


EDGES = {
    "cypher": "MATCH (:Entity)-[r]->(:Entity) RETURN count(*)",
    "sparql": "SELECT (COUNT(*) AS ?n) { ?f kg:action ?a }",
}
NODES = {
    "cypher": "MATCH (e:Entity) RETURN count(*)",
    "sparql": "SELECT (COUNT(*) AS ?n) { ?e skos:prefLabel ?name }",
}


# -- q03, q04: dates of all forms in one range, counts of undirected and self edges ---------------------------------------


def test_q03_dates_of_every_form_are_found_by_bounds_of_every_form(graph, tmp_path):
    days = {"RUS": "2009-03-27", "POL": "2009-03-27T12:00:00", "CZE": "2009-03-27T23:30:00-05:00", "DEU": "March 2009"}
    graph.load(write_rows(tmp_path / "facts.csv", [("USA", "meets", t, day) for t, day in days.items()]))
    start, until = dt.date(2009, 3, 1), dt.date(2009, 4, 1)
    bounds = {
        "text": (str(start), str(until)),
        "date": (start, until),
        "datetime": (dt.datetime(2009, 3, 1), dt.datetime(2009, 4, 1)),
    }
    for what, (first, last) in bounds.items():
        assert len(graph.between(first, last).facts()) == 4, what
        for language in graph.store.languages:
            answer = graph.ask("facts-between", language, **{"from": first, "until": last})
            assert len(answer.rows) == 4, (what, language)
            assert {type(row[0]) for row in answer.rows} == {dt.date}
    kinds = {
        "cypher": "MATCH (:Entity)-[r]->(:Entity) WHERE r.date >= $start AND r.date < $until RETURN r.date",
        "sparql": "SELECT ?d { ?f kg:date ?d FILTER (?d >= $start && ?d < $until && DATATYPE(?d) = xsd:date) }",
    }
    for language in graph.store.languages:
        done = graph.store.query(language, kinds[language], {"start": start, "until": until})
        assert [type(row[0]) for row in done.rows] == [dt.date] * 4


def test_q04_undirected_and_self_edges_are_counted_once(graph, tmp_path):
    rows = [
        ("USA", "proposes to", "RUS", "2009-03-27"),
        ("RUS", "rejects", "USA", "2009-03-28"),
        ("RUS", "criticises", "RUS", "2009-03-29"),
    ]
    graph.load(write_rows(tmp_path / "facts.csv", rows))
    facts = graph.facts()
    both = {"USA", "RUS"}
    assert len(facts) == 3
    assert sum("RUS" in (f.actor, f.target) for f in facts) == 3
    assert sum({f.actor, f.target} == both for f in facts) == 2
    assert sum(f.actor == f.target == "RUS" for f in facts) == 1
    assert (len(graph.by("Russia").facts()), len(graph.to("Russia").facts())) == (2, 2)
    for language in graph.store.languages:
        assert number(graph, language, EDGES) == 3
        assert number(graph, language, INVOLVING, a="RUS") == 3
        assert number(graph, language, UNDIRECTED, a="USA", b="RUS") == 2
        assert number(graph, language, DIRECTED, a="RUS", b="RUS") == 1
        assert number(graph, language, OUT, a="RUS") == 2
        assert number(graph, language, IN, a="RUS") == 2
        assert len(graph.ask("dyad-timeline", language, a="USA", b="RUS").rows) == 2
        assert len(graph.ask("dyad-timeline", language, a="RUS", b="RUS").rows) == 1
        assert graph.ask("partners", language, actor="RUS").rows == [("USA", "United States", 2, 1, 1)]


# -- s04, s05: queries that reach out, names that end a string ------------------------------------------------------------


def test_s04_queries_that_reach_out_are_refused(graph, place, tmp_path, contents):
    graph.load(write_rows(tmp_path / "facts.csv", [("USA", "meets", "RUS", "2009-03-27")]))
    canary = tmp_path / "canary.ttl"
    canary.write_text("<http://example.org/s> <http://example.org/p> 'canary' .")
    queries = {
        "from.rq": (f"SELECT * FROM NAMED <file://{canary}> WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}\n", "FROM"),
        "load.ru": (f"LOAD <file://{canary}>\n", "LOAD"),
        "service.rq": ("SELECT * WHERE { SERVICE <http://127.0.0.1:9/sparql> { ?s ?p ?o } }\n", "SERVICE"),
        "loadcsv.cypher": (f"LOAD CSV FROM 'file://{canary}' AS l RETURN l\n", "LOAD"),
        "apoc.cypher": ("CALL apoc.load.json('http://127.0.0.1:9/') YIELD value RETURN value\n", "CALL apoc"),
    }
    before = contents(graph)
    for name, (text, word) in queries.items():
        (tmp_path / name).write_text(text)
        language = "cypher" if name.endswith("cypher") else "sparql"
        done = command(language, "--file", name, "--kg", place, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (1 if language in graph.store.languages else 2, ""), (name, done.stderr)
        assert "Traceback" not in done.stderr
        assert "canary'" not in done.stderr
        if language in graph.store.languages:
            assert done.stderr.startswith(f"error: {word} is refused"), (name, done.stderr)
            assert "hint: " in done.stderr
        with pytest.raises(kg.KGError):
            graph.store.query(language, text)
    assert contents(graph) == before


def test_s05_a_name_finds_its_own_facts_only(graph, place, tmp_path):
    rows = [("NATO", "proposes", "RUS", "2009-03-27"), ("USA", "meets", "RUS", "2009-03-27")]
    graph.load(write_rows(tmp_path / "facts.csv", rows))
    for name in (*S05, *MORE_NAMES):
        for language in graph.store.languages:
            found = graph.store.query(language, BY_NAME[language], {"name": name}).rows
            assert len(found) == int(name == "NATO"), (language, name)
            # Names of questions and views are resolved first, and a NUL is no letter.
            expected = int(name in ("NATO", "NATO\0"))
            assert len(graph.ask("partners", language, actor=name).rows) == expected, (language, name)
        assert len(graph.by(name).facts()) == expected, name
    for name in S05[1:]:
        for language in graph.store.languages:
            words = (language, BY_NAME[language], "--param", f"name={name}", "--format", "jsonl", "--kg", place)
            done = command(*words, cwd=tmp_path)
            assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), (language, name)
    assert len(graph.facts()) == 2
