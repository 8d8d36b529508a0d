"""A question to a server that takes too long is given up, in a Neo4j ended too, and the message is the same."""

import time

import pytest

import kg as package
from kg.stores.bolt import Bolt

ROWS = "actor,action,target,date\n" + "".join(f"A{n},meets,B{n % 60},2009-01-{n % 28 + 1:02d}\n" for n in range(600))
TOO_LONG = "error: the question took longer than 3 s and was stopped\nhint: allow it more (--timeout)"


def stopped(kg, *arguments):
    before = time.monotonic()
    ran = kg(*arguments, "--timeout", "3", timeout=120)
    assert (ran.code, ran.out, "Traceback" in ran.err) == (1, "", False)
    assert TOO_LONG in ran.err
    assert time.monotonic() - before < 60


def test_neo4j_ends_a_question_that_takes_too_long(kg, neo4j_url, write):
    assert kg("load", write("f.csv", ROWS), "--kg", neo4j_url, timeout=120).code == 0
    query = "MATCH (a:Entity)-[r]->(b:Entity), (c:Entity)-[s]->(d:Entity), (e:Entity)-[t]->(f:Entity) RETURN count(*) AS endless"
    stopped(kg, "cypher", query, "--kg", neo4j_url)
    bolt = package.open(neo4j_url).store.bolt
    assert isinstance(bolt, Bolt)
    for _ in range(50):
        texts = [row[0] or "" for row in bolt.stream("SHOW TRANSACTIONS YIELD currentQuery", {})]
        running = [text for text in texts if "endless" in text]
        if not running:
            break
        time.sleep(0.2)
    assert running == []
    ran = kg(
        "cypher", "MATCH (a:Entity)-[r]->(b:Entity) RETURN count(*) AS n", "--kg", neo4j_url, "--timeout", "100", timeout=120
    )
    assert (ran.code, ran.out) == (0, "n\n600\n")


def test_a_question_to_an_endpoint_is_given_up_and_the_next_is_answered(kg, fuseki_url, write):
    """Fuseki as it comes does not heed how long it may take, so that it counts on for a while."""
    assert kg("load", write("f.csv", ROWS), "--kg", fuseki_url, timeout=120).code == 0
    few = "FILTER(STR(?c) < 'https://w3id.org/diplomacy-kg/fact/4')"
    query = f"SELECT (COUNT(*) AS ?n) {{ ?a kg:actor ?u . ?b kg:actor ?v . ?c kg:actor ?w FILTER(?a != ?b && ?b != ?c) {few} }}"
    stopped(kg, "sparql", query, "--kg", fuseki_url)
    ran = kg("sparql", "SELECT (COUNT(*) AS ?n) { ?a kg:actor ?u }", "--kg", fuseki_url, "--timeout", "100", timeout=120)
    assert (ran.code, ran.out) == (0, "n\n600\n")


@pytest.mark.parametrize("verb", ["check", "backup", "restore"])
def test_what_is_for_folders_says_what_to_do_with_a_server(kg, verb):
    given = [] if verb == "check" else ["s.kgbackup"]
    for url in ("neo4j://localhost:7687", "http://localhost:3030/kg/sparql"):
        ran = kg(verb, *given, "--kg", url)
        assert (ran.code, ran.out) == (2, "")
        assert "is a server" in ran.err and "kg copy" in ran.err
