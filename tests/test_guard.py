"""What the text of a query may do, told by its words: however it is written, and no more than that."""

import pytest

from kg.errors import QueryError
from kg.stores.guard import check_cypher, check_sparql, with_parameters
from kg.stores.neo4j import _CALLS

ELSEWHERE = "<http://127.0.0.1:9/x> { ?s ?p ?o }"
#: A code point that becomes a backslash, were it read before texts are, would put what follows into a text.
IN_DISGUISE = 'SELECT * {{ FILTER("\\U0000005C") {} FILTER(") }}#") }}'


@pytest.mark.parametrize(
    "text",
    [
        IN_DISGUISE.format(f"{{}} OPTIONAL{{SERVICESILENT{ELSEWHERE}}}"),
        "PREFIX : <http://127.0.0.1:9/> " + IN_DISGUISE.format("SERVICE:x { ?s ?p ?o }"),
        IN_DISGUISE.format(f"?a ?b trueSERVICE{ELSEWHERE}"),
        f"SELECT * {{ {{}}SERVICE{ELSEWHERE} }}",
        f"SELECT * {{ S\\u0045RVICE {ELSEWHERE} }}",
    ],
)
def test_no_writing_of_service_gets_by(text):
    with pytest.raises(QueryError, match="SERVICE is refused"):
        check_sparql(text)


def test_a_name_that_looks_spoilt_hides_no_from():
    for name in ("FROqq", "froqqq"):
        with pytest.raises(QueryError, match="FROM is refused"):
            check_sparql(f"PREFIX {name}: <http://q/> PREFIX : <http://g/> DESCRIBE <http://a> FROM:x {{ }}")


@pytest.mark.parametrize(
    "value", ["\\u0041 from", "\\u0041 service", "C:\\u0041\\from", "from", "a service", '\\"} SERVICE <x> {']
)
def test_what_only_a_text_says_is_asked(value):
    assert not check_sparql(with_parameters("SELECT ?x { ?f kg:action ?x FILTER(?x = $n) }", {"n": value}))
    assert not check_sparql('SELECT ?x { ?f kg:action "\\U0000005C from" ; kg:actor <http://x/service/from> }')


@pytest.mark.parametrize(
    "text",
    [
        'CALL `apoc`.load.json("http://h") YIELD value RETURN value',
        'CALL apoc . load.json("http://h") YIELD value RETURN value',
        'MATCH (n) // x\rLOAD CSV FROM "http://h/x" AS l RETURN l',
        'MATCH (n) WITH n \\u004COAD CSV FROM "http://h/x" AS l RETURN l',
        "RETURN \"\\u0022 AS x LOAD CSV FROM 'http://h/x' AS l RETURN l //\"",
        'MATCH (n) WITH 1. LOAD CSV FROM "http://h" AS l RETURN l',
        'MATCH (n) WITH 1 AS x LOAD CSV FROM "http://h" AS l RETURN l',
        "MATCH (n) FOREACH (x IN [1] | SET n.x = 1)",
        "MATCH (n) WITH [x IN [1] | x] AS l SET n.x = 1",
        "MATCH (n) INSERT (m)",
        "MATCH (n) CALL (n) { SET n.x = 1 } RETURN n",
    ],
)
def test_no_writing_of_cypher_reaches_out_or_writes(text):
    with pytest.raises(QueryError, match="is refused"):
        check_cypher(text, {}, _CALLS)


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (a)-[r:SANCTION|AID|`SET`]->(b) RETURN r.load, b.set, r.`call`, type(r) ORDER BY r.set",
        "MATCH (n) RETURN n.id AS comment",
        "MATCH (set) RETURN set",
        "MATCH (n:Set:Load) RETURN {set: 1, load: n.create} AS call",
        "RETURN 'LOAD CSV' AS x, \"CALL apoc\" AS y // SET\n",
        "CALL (x) { RETURN 1 AS y } RETURN y",
        "CALL db.labels() YIELD label RETURN label",
        "MATCH (n) WHERE n.x IN [1, 2] RETURN [y IN [1] | y + 1.5] AS z",
    ],
)
def test_names_are_no_words_of_the_language(text):
    check_cypher(text, {}, _CALLS)


def test_a_value_is_apart_from_what_stands_beside_it():
    assert with_parameters("VALUES ?x {$a$b}", {"a": 1, "b": 2}).split() == ["VALUES", "?x", "{", "1", "2", "}"]
    assert "kg:quad 2" in with_parameters("?f kg:quad$q", {"q": 2})
    assert with_parameters('"x"@en ?a$n@en', {"n": "y"}) == '"x"@en ?a"y"@en'


def test_a_comparison_without_blanks_is_no_iri():
    found = with_parameters("FILTER(?q<$to&&?q>$from) FILTER(?q<$to)", {"to": 4, "from": 1})
    assert "$" not in found and found.count(" 4 ") == 2


def test_half_a_letter_is_told():
    for ask in (lambda: check_sparql("SELECT ?\ud800 {}"), lambda: with_parameters("$n", {"n": "a\ud800"})):
        with pytest.raises(QueryError, match="half a letter"):
            ask()
