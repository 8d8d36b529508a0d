"""Hostile texts: in files, in parameters, and in queries. They stay texts; nothing is run, read or written."""

import datetime as dt
import json
import socket
import threading

import pytest
from helpers_store import COLUMNS, HOSTILE, command, only, write_rows

import kg
from kg import actions
from kg.errors import QueryError

LANGUAGES = ("cypher", "sparql")
#: Case n01: action texts that end a relationship type and go on.
N01 = (
    ("USA", "MEETS`]->(x) WITH 1 AS a MATCH (n) DETACH DELETE n //", "RUS", "2009-03-27"),
    ("USA", "X]->() DELETE r //", "RUS", "2009-03-28"),
    ("USA", "`", "RUS", "2009-03-29"),
)
#: Case s05: names that end a string and go on, a trailing backslash, an escape; only the first is an actor's.
S05 = ("NATO", 'NATO" . } UNION { ?s ?p ?o } #', "NATO\\", "NATO\\u0022 } #", "''' ; DROP ALL ; #")
MORE_NAMES = (
    "NATO' OR true OR 'a' = '",
    "NATO\\' OR true //",
    'NATO" OR true //',
    "NATO`",
    "NATO\nUNION",
    "NATO\0",
    "<NATO>",
    "<http://example.org/> . ?s ?p ?o",
    "$name",
    "?s",
    "%NATO%",
    "NATO;DROP TABLE kg.fact",
    "\\",
    '"',
    "'",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
)


@pytest.fixture
def g(tmp_path):
    return kg.open(tmp_path / "s.kg")


@pytest.fixture
def s05(g, tmp_path):
    g.load(write_rows(tmp_path / "facts.csv", [("NATO", "proposes", "RUS", "2009-03-27"), ("USA", "meets", "RUS", "2009-03-27")]))
    return g


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A store of two facts with both indexes, which no test changes."""
    folder = tmp_path_factory.mktemp("small")
    graph = kg.open(folder / "s.kg")
    graph.load(
        write_rows(folder / "facts.csv", [("NATO", "proposes", "RUS", "2009-03-27"), ("USA", "meets", "RUS", "2009-03-27")])
    )
    for language in LANGUAGES:
        graph.ask("facts-at", language)
    return graph


@pytest.fixture
def listener():
    """A port of this machine and what arrived there."""
    arrived = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept():
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                arrived.append(peer)
                peer.close()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server.getsockname()[1], arrived
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def files_below(folder):
    return {str(p.relative_to(folder)) for p in folder.rglob("*")}


# -- texts in files -------------------------------------------------------------------------------------------------------


def texts_everywhere(graph):
    """The action texts as the record, Cypher and SPARQL give them."""
    return [
        sorted(f.action for f in graph.facts()),
        sorted(row[0] for row in graph.cypher("MATCH (:Entity)-[r]->(:Entity) RETURN r.action").rows),
        sorted(row[0] for row in graph.sparql("SELECT ?a WHERE { ?f kg:action ?a }").rows),
    ]


def test_actions_that_are_cypher_stay_texts(g, tmp_path):
    canaries = write_rows(tmp_path / "canary.csv", [("canary one", "sings", "canary two", "2009")])
    g.load(canaries)
    assert only(g.load(write_rows(tmp_path / "facts.csv", N01))).new == 3
    assert len(g.facts()) == 4
    expected = sorted([*(row[1] for row in N01), "sings"])
    assert texts_everywhere(g) == [expected] * 3
    assert {f.type for f in g.facts()} == {"ACT"}
    assert g.cypher("MATCH (n:Entity) WHERE n.name STARTS WITH 'canary' RETURN count(*)").rows == [(2,)]
    assert {row[0] for row in g.cypher("MATCH (:Entity)-[r]->(:Entity) RETURN DISTINCT type(r)").rows} <= set(actions.types())


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_texts_in_every_column_come_back_as_they_were(g, tmp_path, language):
    columns = (
        *COLUMNS,
        "code",
        "scheme",
        "event",
        "native_id",
        "source",
        "url",
        "quote",
        "score",
        "score_scale",
        'it\'s "x"; --',
    )
    rows = [(t, t, t, "2009-03-27", t, t, t, t, t, t, t, t, t, t) for t in HOSTILE]
    counts = only(g.load(write_rows(tmp_path / "hostile.csv", rows, columns), dataset=HOSTILE[0], loader="facts"))
    assert (counts.new, counts.rejected) == (len(HOSTILE), 0)
    facts = {f.event: f for f in g.facts()}
    assert set(facts) == set(HOSTILE)
    for text, fact in facts.items():
        assert (fact.action, fact.code, fact.sources, fact.urls, fact.type) == (text, text, (text,), (text,), "ACT")
    if language == "cypher":
        found = g.cypher("MATCH (a:Entity)-[r]->(b:Entity) RETURN r.event, r.action, r.code, r.sources, r.urls, a.id, b.id").rows
        assert {row[0]: row[1:] for row in found} == {t: (t, t, [t], [t], f.actor, f.target) for t, f in facts.items()}
    else:
        found = g.sparql("""
            SELECT ?event ?action ?code ?source ?url ?quote ?dataset ?actor WHERE {
              ?f kg:event ?event ; kg:action ?action ; kg:code ?code ; kg:source ?source ; kg:actor/kg:id ?actor ;
                 prov:wasDerivedFrom ?r . ?r kg:url ?url ; kg:quote ?quote ; kg:dataset ?dataset }""").rows
        assert {row[0]: row[1:] for row in found} == {t: (t, t, t, t, t, HOSTILE[0], f.actor) for t, f in facts.items()}


def test_hostile_ids_are_retracted_one_at_a_time(g, tmp_path):
    rows = [("USA", f"act {i}", "RUS", "2009", t) for i, t in enumerate(HOSTILE)]
    g.load(write_rows(tmp_path / "h.csv", rows, (*COLUMNS, "native_id")), dataset="it's; --")
    for n, text in enumerate(HOSTILE, 1):
        assert g.retract("it's; --", text) == 1
        assert len(g.facts()) == len(HOSTILE) - n


def test_a_kind_cannot_write_triples(g, tmp_path):
    rows = [
        ("USA", "meets", "shield", "2009", "X> . <http://evil.example/s> <http://evil.example/p> <http://evil.example/o"),
        ("USA", "meets", "other shield", "2009", "head of state"),
        ("USA", "meets", "third shield", "2009", "topic"),
    ]
    g.load(write_rows(tmp_path / "f.csv", rows, (*COLUMNS, "target_kind")))
    answer = g.sparql("SELECT ?s ?p ?o WHERE { ?s ?p ?o FILTER(CONTAINS(STR(?s), 'evil')) }")
    assert answer.rows == []
    assert len(g.ask("facts-at", "sparql", at="2009").rows) == len(g.facts()) >= 1


def test_names_of_columns_and_files_cannot_be_sql(g, tmp_path):
    columns = ("Actor's; DROP TABLE x; --", 'act"ion', "tar,get", "d\\ate")
    given = dict(zip(COLUMNS, columns, strict=True))
    file = write_rows(tmp_path / "it's; DROP TABLE kg.fact; --.csv", [("USA", "meets", "RUS", "2009")], columns)
    assert only(g.load(file, columns=given)).new == 1
    assert g.info()["sources"][0]["dataset"].startswith("it's; DROP TABLE kg")


# -- parameters -----------------------------------------------------------------------------------------------------------

BY_NAME = {
    "sparql": "SELECT DISTINCT ?f WHERE { ?a kg:id|skos:prefLabel|skos:altLabel $name . ?f kg:actor ?a }",
    "cypher": "MATCH (a:Entity)-[r]->(:Entity) WHERE a.id = $name OR a.name = $name RETURN r.id",
}


@pytest.mark.parametrize("name", [*S05, *MORE_NAMES])
def test_a_name_finds_its_own_facts_only(small, name):
    for language in LANGUAGES:
        assert len(small.store.query(language, BY_NAME[language], {"name": name}).rows) == int(name == "NATO"), language
    # the names of questions and views are resolved first, and a NUL is no letter
    expected = int(name in ("NATO", "NATO\0"))
    for language in LANGUAGES:
        assert len(small.ask("partners", language, actor=name).rows) == expected, language
    assert len(small.by(name).facts()) == expected
    assert len(small.facts()) == 2


@pytest.mark.parametrize("name", [S05[1], S05[2], S05[3]])
def test_a_name_on_the_command_line_finds_its_own_facts_only(small, tmp_path, name):
    for arguments in (
        ["sparql", BY_NAME["sparql"], "--param", f"name={name}"],
        ["ask", "partners", "--param", f"actor={name}", "--language", "sparql"],
        ["facts", "--actor", name],
    ):
        done = command(*arguments, "--kg", small.store.path, "--format", "jsonl", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (0, ""), arguments
        told = "" if arguments[0] == "sparql" else "no fact speaks of 'NATO"
        assert len(done.stderr.splitlines()) == bool(told) and done.stderr.startswith(f"note: {told}" if told else ""), arguments


#: What a parameter on the command line means: numbers, dates and truth values as they are written; a code is a text.
MEANT = {
    "7": 7, "-2.5": -2.5, "2009-09-18": "2009-09-18", "true": True, "042": "042", "NaN": "NaN", "inf": "inf", "1_000": "1_000",
    '"7"': "7", '"<http://example.org/>"': "<http://example.org/>", "it's": "it's",
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_parameter_on_the_command_line_is_what_it_looks_like(small, tmp_path, language):
    names = [f"p{i}" for i in range(len(MEANT))]
    if language == "cypher":
        query = f"RETURN {', '.join(f'${n} AS {n}' for n in names)}"
    else:
        query = f"SELECT {' '.join(f'(${n} AS ?{n})' for n in names)} WHERE {{}}"
    pairs = [word for n, text in zip(names, MEANT, strict=True) for word in ("--param", f"{n}={text}")]
    done = command(language, query, *pairs, "--kg", small.store.path, "--format", "jsonl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {text: found[n] for n, text in zip(names, MEANT, strict=True)} == MEANT


@pytest.mark.parametrize("language", LANGUAGES)
def test_values_of_all_types_arrive(small, language):
    values = {"a": 7, "b": 2.5, "c": dt.date(2009, 9, 18), "d": True, "e": 'it\'s "x" \\'}
    for name, value in values.items():
        query = {"sparql": f"SELECT (${name} AS ?x) WHERE {{}}", "cypher": f"RETURN ${name} AS x"}[language]
        ((found,),) = small.store.query(language, query, {name: value}).rows
        assert found == value and type(found) is type(value)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_missing_parameter_is_said_to_be(small, language):
    query = {"sparql": "SELECT ?s WHERE { ?s kg:id $name . FILTER($other) }", "cypher": "RETURN $name, $other"}[language]
    with pytest.raises(QueryError, match=r"\$"):
        small.store.query(language, query, {"no": "such"})


# -- queries that reach out -----------------------------------------------------------------------------------------------

#: ``@`` is an address of this machine that listens.
REACHING_SPARQL = {
    "service": "SELECT * WHERE { SERVICE <@> { ?s ?p ?o } }",
    "lower case": "select * where { service <@> { ?s ?p ?o } }",
    "mixed case, silent": "SELECT * WHERE { SeRvIcE SILENT <@> { ?s ?p ?o } }",
    "comment between": "SELECT * WHERE { SERVICE # to\n <@> { ?s ?p ?o } }",
    "by variable": "SELECT * WHERE { VALUES ?x { <@> } SERVICE ?x { ?s ?p ?o } }",
    "by prefix": "PREFIX x: <@> SELECT * WHERE { SERVICE x: { ?s ?p ?o } }",
    "in exists": "SELECT * WHERE { ?a ?b ?c FILTER EXISTS { SERVICE <@> { ?s ?p ?o } } }",
    "in a subquery": "SELECT * WHERE { { SELECT ?s { SERVICE <@> { ?s ?p ?o } } } }",
    "in construct": "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE <@> { ?s ?p ?o } }",
    "in ask": "ASK { SERVICE <@> { ?s ?p ?o } }",
    "in describe": "DESCRIBE ?s { SERVICE <@> { ?s ?p ?o } }",
    "after a comment ended by a carriage return": "SELECT * WHERE { # note\rSERVICE <@> { ?s ?p ?o } }",
    "after a hash in an IRI": "SELECT * WHERE { OPTIONAL { ?s <http://a/\u00a0#> ?o } SERVICE <@> { ?s ?p ?o } }",
    "after an escape in an IRI": "SELECT * WHERE { OPTIONAL { ?s <http://a/\\u0041#> ?o } SERVICE <@> { ?s ?p ?o } }",
    "after a quote in an IRI": "SELECT * WHERE { OPTIONAL { ?s <http://a/\\u0041'> ?o } SERVICE <@> { ?s ?p ?o } } # '",
    "between less and greater": "SELECT * WHERE { FILTER(1<2)SERVICE#>\n <@> { ?s ?p ?o } }",
    "after an escaped quote in a name": "SELECT * WHERE { OPTIONAL { ?s kg:x\\' ?o } SERVICE <@> { ?s ?p ?o } } # '",
    "after an escaped hash in a name": "SELECT * WHERE { OPTIONAL { ?s kg:x\\#y ?o } SERVICE <@> { ?s ?p ?o } }",
    "behind a name that ends with its colon": "SELECT * WHERE { ?q kg:id* kg:.SERVICE <@> { ?s ?p ?o } }",
    "behind a string": "SELECT * WHERE { ?q kg:id 'NATO'SERVICE <@> { ?s ?p ?o } }",
    "behind a number": "SELECT * WHERE { ?q kg:id* 1e5SERVICE <@> { ?s ?p ?o } }",
    "behind true": "SELECT * WHERE { ?q kg:id* trueSERVICE <@> { ?s ?p ?o } }",
    "with an escaped letter": "SELECT * WHERE { \\u0053ERVICE <@> { ?s ?p ?o } }",
    "behind a language tag": 'SELECT * WHERE { BIND("a"@en AS ?x)SERVICE <@> { ?s ?p ?o } }',
    "behind a long string": "SELECT * WHERE { BIND('''a'b''' AS ?x)SERVICE <@> { ?s ?p ?o } } # '''",
    "from": "SELECT * FROM <@> WHERE { ?s ?p ?o }",
    "from named": "SELECT * FROM NAMED <@> WHERE { GRAPH ?g { ?s ?p ?o } }",
    "from, after an escaped hash in a name": "SELECT (kg:x\\#y AS ?x) FROM <@> WHERE { ?s ?p ?o }",
    "from, after an escaped quote in a name": "SELECT (kg:x\\' AS ?x) FROM <@> WHERE { ?s ?p ?o } # '",
    "from, after a hash in an IRI": "SELECT (<http://a/\u00a0#> AS ?x) FROM <@> WHERE { ?s ?p ?o }",
    "from, after a comment ended by a carriage return": "SELECT * # note\rFROM <@> WHERE { ?s ?p ?o }",
    "load": "LOAD <@>",
    "load, lower case": "load silent <@> into graph <http://example.org/g>",
    "load behind a prefix": "PREFIX x: <http://example.org/> LOAD <@>",
    "load behind a query": "SELECT * WHERE { ?s ?p ?o } ; LOAD <@>",
}


@pytest.mark.parametrize("query", REACHING_SPARQL.values(), ids=REACHING_SPARQL)
def test_sparql_cannot_reach_the_network(small, listener, query):
    port, arrived = listener
    with pytest.raises(QueryError) as caught:
        small.sparql(query.replace("@>", f"http://127.0.0.1:{port}/sparql>"))
    assert caught.value.hint
    assert arrived == []


PLAIN = ("service", "lower case", "by variable", "from", "from named", "load", "load, lower case", "load behind a prefix")


@pytest.mark.parametrize("which", PLAIN)
def test_the_refusal_names_the_word(small, which):
    word = {"f": "FROM", "l": "LOAD"}.get(which[0], "SERVICE") if which != "lower case" else "SERVICE"
    with pytest.raises(QueryError, match=f"{word} is refused"):
        small.sparql(REACHING_SPARQL[which].replace("@>", "http://127.0.0.1:9/>"))


@pytest.mark.parametrize(
    "query",
    [
        "INSERT DATA { <http://example.org/s> <http://example.org/p> 1 }",
        "PREFIX x: <http://example.org/> INSERT DATA { x:s x:p 1 }",
        "BASE <http://example.org/> DELETE WHERE { ?s ?p ?o }",
        "delete { ?s ?p ?o } where { ?s ?p ?o }",
        "# a comment\nDROP ALL",
        "CLEAR DEFAULT",
        "CREATE GRAPH <http://example.org/g>",
        "COPY DEFAULT TO <http://example.org/g>",
        "MOVE DEFAULT TO <http://example.org/g>",
        "ADD DEFAULT TO <http://example.org/g>",
        "WITH <http://example.org/g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
    ],
)
def test_sparql_cannot_write(small, query):
    with pytest.raises(QueryError, match="is refused: queries don't write"):
        small.sparql(query)
    assert len(small.ask("facts-at", "sparql", at="2009-03-27").rows) == 2


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT ?service WHERE { ?service kg:id 'NATO' }", 1),
        ("SELECT ?from ?my_service WHERE { ?from kg:id ?my_service }", 5),
        ("SELECT $load WHERE { $load kg:id 'NATO' }", 1),
        ('SELECT ?s WHERE { ?s kg:id "SERVICE <http://127.0.0.1:9/> { ?s ?p ?o }" }', 0),
        ("SELECT ?s WHERE { ?s kg:id '''LOAD <file:///etc/hostname> FROM''' }", 0),
        ('SELECT ?s WHERE { ?s kg:id "a \\" SERVICE" }', 0),
        ("SELECT ?s WHERE { ?s kg:id 'NATO' } # SERVICE <http://127.0.0.1:9/> FROM", 1),
        ("# LOAD and SERVICE\nSELECT ?s WHERE { ?s kg:id 'NATO' }", 1),
        ("SELECT ?s WHERE { ?s <http://example.org/service#x> ?o }", 0),
        ("SELECT ?s WHERE { ?s <http://example.org/SERVICE> ?o }", 0),
        ("PREFIX service: <http://example.org/> SELECT ?s WHERE { ?s service:from kg:service }", 0),
        ("PREFIX from: <http://example.org/> SELECT ?s WHERE { ?s from:load-service ?o }", 0),
        ("SELECT (COUNT(*) AS ?insert) WHERE { ?s kg:id ?delete }", 1),
        ("SELECT ?s WHERE { ?s kg:date ?d FILTER(?d<'2010-01-01'^^xsd:date&&?d>'2009-01-01'^^xsd:date) }", 2),
        ("SELECT ?s WHERE { ?s kg:id 'it\\'s' }", 0),
        ("ASK { ?s kg:id 'NATO' }", 1),
    ],
)
def test_sparql_may_speak_of_such_words(small, query, rows):
    assert len(small.sparql(query).rows) == rows


#: ``{file}`` is a file that is there, ``{out}`` one that is not.
REACHING_CYPHER = {
    "load csv": "LOAD CSV FROM '{file}' AS l RETURN l",
    "load csv with headers": "LOAD CSV WITH HEADERS FROM 'file://{file}' AS row RETURN row",
    "load from": "LOAD FROM '{file}' RETURN *",
    "lower case": "load from '{file}' return *",
    "comment between": "LOAD/* x */FROM/**/'{file}' RETURN *",
    "line comment between": "LOAD // x\nFROM '{file}' RETURN *",
    "no-break space between": "LOAD\u00a0FROM '{file}' RETURN *",
    "after a match": "MATCH (n:Entity)LOAD FROM '{file}' RETURN *",
    "after with": "WITH 1 AS x LOAD FROM '{file}' RETURN *",
    "after a number": "MATCH (n:Entity) WHERE 0 < 1e5LOAD FROM '{file}' RETURN *",
    "after a decimal number": "MATCH (n:Entity) WHERE 0 < 1.5LOAD FROM '{file}' RETURN *",
    "after a string": "MATCH (n:Entity) WHERE n.id < 'z'LOAD FROM '{file}' RETURN *",
    "after an escaped quote": "MATCH (n:Entity) WHERE n.id < 'z\\''LOAD FROM '{file}' RETURN * //'",
    "after a name": "MATCH (n:Entity) WHERE n.`id`='a'LOAD FROM '{file}' RETURN *",
    "in a union": "RETURN 1 AS a UNION ALL LOAD FROM '{file}' RETURN a",
    "explained": "EXPLAIN LOAD FROM '{file}' RETURN *",
    "second statement": "RETURN 1; LOAD FROM '{file}' RETURN *",
    "comment that is none": "// x\rLOAD FROM '{file}' RETURN *",
    "comment that ended": "/* ' */ LOAD FROM '{file}' RETURN * /* ' */",
    "copy to": "COPY (MATCH (n:Entity) RETURN n.id) TO '{out}'",
    "copy to, lower case": "copy (match (n:Entity) return n.id) to '{out}'",
    "copy from": "COPY Entity FROM '{file}'",
    "export": "EXPORT DATABASE '{out}'",
    "import": "IMPORT DATABASE '{out}'",
    "attach": "ATTACH '{file}' AS other (dbtype duckdb)",
    "detach": "DETACH other",
    "use": "USE other",
    "install": "INSTALL httpfs",
    "force install": "FORCE INSTALL httpfs",
    "install from": "INSTALL httpfs FROM 'http://127.0.0.1:{port}/'",
    "load extension": "LOAD EXTENSION '{file}'",
    "load an installed extension": "LOAD httpfs",
    "uninstall": "UNINSTALL httpfs",
    "update": "UPDATE httpfs",
    "analyze": "ANALYZE",
    "setting": "CALL threads=4",
    "setting, spaced": "CALL /* x */ home_directory = '{out}'",
    "setting, lower case": "call spill_to_disk=true",
    "project graph": "CALL project_graph('g', ['Entity'], []) RETURN *",
    "apoc": "CALL apoc.load.json('http://127.0.0.1:{port}/') YIELD value RETURN value",
    "checkpoint": "CHECKPOINT",
    "transaction": "BEGIN TRANSACTION",
}


@pytest.mark.parametrize("query", REACHING_CYPHER.values(), ids=REACHING_CYPHER)
def test_cypher_cannot_reach_files_or_the_network(small, tmp_path, listener, query):
    port, arrived = listener
    file = tmp_path / "canary.csv"
    file.write_text("a,b\ncanary,1\n")
    before = files_below(tmp_path), files_below(small.store.path)
    text = query.replace("{file}", str(file)).replace("{out}", str(tmp_path / "out")).replace("{port}", str(port))
    with pytest.raises(QueryError) as caught:
        small.cypher(text)
    assert caught.value.hint
    assert arrived == []
    assert (files_below(tmp_path), files_below(small.store.path)) == before


@pytest.mark.parametrize(
    "query",
    [
        "CREATE (:Entity {id: 'x'})",
        "create (:Entity {id: 'x'})",
        "MATCH (n:Entity) DELETE n",
        "MATCH (n) DETACH DELETE n",
        "MATCH (n:Entity) SET n.name = 'x'",
        "MATCH (n:Entity) REMOVE n.name",
        "MERGE (:Entity {id: 'x'})",
        "MATCH (n:Entity) WITH n/* */CREATE (:Entity {id: 'x'})",
        "UNWIND [1] AS x MERGE(:Entity {id: 'x'}) RETURN x",
        "DROP TABLE Entity",
        "ALTER TABLE Entity ADD x STRING",
        "COMMENT ON TABLE Entity IS 'x'",
        "CREATE NODE TABLE T(id STRING, PRIMARY KEY(id))",
        "CREATE MACRO f(x) AS x",
    ],
)
def test_cypher_cannot_write(small, query):
    with pytest.raises(QueryError, match="is refused: queries don't write"):
        small.cypher(query)
    assert small.cypher("MATCH (n:Entity) RETURN count(*)").rows == [(3,)]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("MATCH (:Entity)-[r]->(:Entity) WHERE r.action = 'LOAD FROM x' RETURN r.id", 0),
        ('MATCH (:Entity)-[r]->(:Entity) WHERE r.action <> "COPY (x) TO y; CREATE" RETURN r.id', 2),
        ('RETURN \'it\\\'s; DROP TABLE x\', "say \\"LOAD FROM\\""', 1),
        ("MATCH (`load from`:Entity) RETURN `load from`.id AS `set`", 3),
        ("MATCH (n:Entity) RETURN n.id AS `LOAD`", 3),
        ("RETURN {load: 1, copy: 2} AS m", 1),
        ("// LOAD FROM 'x'\nMATCH (n:Entity) RETURN n.id /* CREATE, DELETE */", 3),
        ("MATCH (n:Entity) WHERE n.name CONTAINS 'CALL threads=4' RETURN n.id", 0),
        ("MATCH (loader:Entity) RETURN loader.id AS created, 1 AS settings", 3),
        ("MATCH (n:Entity) RETURN n.id;", 3),
        ("CALL show_tables() RETURN name", None),
        ("call SHOW_TABLES() return *", None),
        ("CALL table_info('Entity') RETURN *", None),
    ],
)
def test_cypher_may_speak_of_such_words(small, query, rows):
    found = small.cypher(query).rows
    assert len(found) == rows if rows is not None else found


def test_a_property_called_load_is_a_property(small):
    """The guard lets it pass; that edges don't have it is another matter."""
    with pytest.raises(QueryError, match="Cannot find property load") as caught:
        small.cypher("MATCH (n:Entity) WHERE n.load = 'x' RETURN n.load")
    assert "refused" not in str(caught.value)


def test_the_command_refuses_the_four_queries(small, tmp_path, listener):
    port, arrived = listener
    canary = tmp_path / "canary.ttl"
    canary.write_text("<http://example.org/s> <http://example.org/p> 'canary' .")
    queries = {
        "from.rq": f"SELECT * FROM NAMED <file://{canary}> WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}\n",
        "load.ru": f"LOAD <file://{canary}>\n",
        "loadcsv.cypher": "LOAD CSV FROM 'file:///etc/hostname' AS l RETURN l\n",
        "service.rq": f"SELECT * WHERE {{ SERVICE <http://127.0.0.1:{port}/sparql> {{ ?s ?p ?o }} }}\n",
    }
    for name, text in queries.items():
        (tmp_path / name).write_text(text)
        before = files_below(tmp_path), files_below(small.store.path)
        language = "cypher" if name.endswith("cypher") else "sparql"
        done = command(language, "--file", name, "--kg", small.store.path, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (1, ""), name
        assert done.stderr.startswith("error: ") and " is refused" in done.stderr and "hint: " in done.stderr
        assert "canary'" not in done.stderr and "Traceback" not in done.stderr
        assert (files_below(tmp_path), files_below(small.store.path)) == before
    assert arrived == []
