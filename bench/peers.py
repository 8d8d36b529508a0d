"""What a user would pick instead, for `bench/beside.py`: each loads a table its own plain way and answers four questions.

A peer is a function of the table and of a folder of its own that returns the questions as functions; all of them count what
stands in the table, where rows with the same actor, action, target and day are one fact, so all must count the same:

- ``pair``: facts between two actors, whichever way, in a year.
- ``day``: facts on a day.
- ``around``: facts of an actor, as either end.
- ``hops``: actors two facts of a month away from an actor, or fewer, itself among them if so.
"""

from __future__ import annotations

import csv
import itertools
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

#: What is asked: the two actors (names, and ids as this project knows them), the days. Bounds do not belong to the span.
ONE, OTHER = "United States", "Russia"
ONE_ID, OTHER_ID = "USA", "RUS"
ACTOR = "NATO"
YEAR = ("2009-01-01", "2010-01-01")
DAY = ("2009-09-18", "2009-09-19")
MONTH = ("2009-09-01", "2009-10-01")

Count = Callable[[], int]
Questions = Mapping[str, Count]
Peer = Callable[[Any, Path], Questions]

_CHUNK = 10_000
_EX = "https://example.org/"


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as table:
        yield from csv.DictReader(table)


def sparql(file: Path | None, work: Path) -> Questions:
    """This project, asked in SPARQL; without a table what is there already."""
    import kg

    graph = kg.open(work / "kg")
    if file is not None:
        graph.load(file)

    def count(pattern: str) -> Count:
        text = f"SELECT (COUNT(DISTINCT ?n) AS ?count) {{ {pattern} }}"
        return lambda: int(graph.sparql(text).rows[0][0])

    def during(fact: str, days: tuple[str, str]) -> str:
        day = f"?d{fact}"
        return f'?{fact} kg:date {day} FILTER ({day} >= "{days[0]}"^^xsd:date && {day} < "{days[1]}"^^xsd:date) '

    way = '{{ ?n kg:actor/kg:id "{}" ; kg:target/kg:id "{}" . }}'
    step = "{{ ?{0} kg:actor {1} ; kg:target {2} }} UNION {{ ?{0} kg:actor {2} ; kg:target {1} }} "
    hop = f'?a kg:id "{ACTOR}" . {step.format("f", "?a", "?n")} {during("f", MONTH)}'
    near = f'?a kg:id "{ACTOR}" . {step.format("f", "?a", "?b")} {during("f", MONTH)}'
    two = f"{near} {step.format('g', '?b', '?n')} {during('g', MONTH)}"
    return {
        "pair": count(f"{way.format(ONE_ID, OTHER_ID)} UNION {way.format(OTHER_ID, ONE_ID)} {during('n', YEAR)}"),
        "day": count(during("n", DAY)),
        "around": count(f'{{ ?n kg:actor/kg:id "{ACTOR}" }} UNION {{ ?n kg:target/kg:id "{ACTOR}" }}'),
        "hops": count(f"{{ {hop} }} UNION {{ {two} }}"),
    }


def _cypher_questions(count: Callable[[str], int], *, key: str, day: str, one: str, other: str, fact: str) -> Questions:
    """The questions in Cypher, where entities are told by a property and facts by an expression."""

    def during(edge: str, days: tuple[str, str]) -> str:
        return f"{edge}.date >= {day.format(days[0])} AND {edge}.date < {day.format(days[1])}"

    return {
        "pair": lambda: sum(
            count(
                f"MATCH (:Entity {{{key}: '{a}'}})-[n]->(:Entity {{{key}: '{b}'}}) "
                f"WHERE {during('n', YEAR)} RETURN count(DISTINCT {fact})"
            )
            for a, b in ((one, other), (other, one))
        ),
        "day": lambda: count(f"MATCH (a:Entity)-[n]->(b:Entity) WHERE {during('n', DAY)} RETURN count(DISTINCT {fact})"),
        "around": lambda: count(f"MATCH (:Entity {{{key}: '{ACTOR}'}})-[n]-(:Entity) RETURN count(DISTINCT {fact})"),
        "hops": lambda: count(
            f"MATCH (:Entity {{{key}: '{ACTOR}'}})-[f]-(b:Entity) WHERE {during('f', MONTH)} WITH DISTINCT b "
            f"OPTIONAL MATCH (b)-[g]-(c:Entity) WHERE {during('g', MONTH)} "
            f"WITH collect(DISTINCT b.{key}) + collect(DISTINCT c.{key}) AS ids UNWIND ids AS i RETURN count(DISTINCT i)"
        ),
    }


def cypher(file: Path, work: Path) -> Questions:
    """This project, asked in Cypher: the first question makes the index."""
    import kg

    graph = kg.open(work / "kg")
    graph.load(file)

    def count(text: str) -> int:
        return int(graph.cypher(text).rows[0][0])

    return _cypher_questions(count, key="id", day="date('{}')", one=ONE_ID, other=OTHER_ID, fact="n.id")


def duckdb(file: Path, work: Path) -> Questions:
    """DuckDB alone: the table as it stands."""
    import duckdb

    con = duckdb.connect(str(work / "plain.duckdb"))
    con.execute("CREATE TABLE report AS SELECT * FROM read_csv(?)", [str(file)])

    def count(sql: str) -> Count:
        return lambda: int(con.execute(sql).fetchall()[0][0])

    def facts(where: str) -> Count:
        return count(f"SELECT count(*) FROM (SELECT DISTINCT actor, action, target, date FROM report WHERE {where})")

    def during(days: tuple[str, str]) -> str:
        return f"date >= DATE '{days[0]}' AND date < DATE '{days[1]}'"

    return {
        "pair": facts(f"{during(YEAR)} AND (actor = '{ONE}' AND target = '{OTHER}' OR actor = '{OTHER}' AND target = '{ONE}')"),
        "day": facts(during(DAY)),
        "around": facts(f"actor = '{ACTOR}' OR target = '{ACTOR}'"),
        "hops": count(
            f"WITH step AS (SELECT actor AS a, target AS b FROM report WHERE {during(MONTH)} "
            f"UNION SELECT target, actor FROM report WHERE {during(MONTH)}), "
            f"first AS (SELECT b FROM step WHERE a = '{ACTOR}') "
            "SELECT count(*) FROM (FROM first UNION SELECT s.b FROM step s JOIN first f ON s.a = f.b)"
        ),
    }


def neo4j(file: Path, work: Path) -> Questions:
    """Neo4j by its driver, as its documentation shows it; the server is at ``$KG_BENCH_NEO4J`` and empty."""
    import neo4j

    session = neo4j.GraphDatabase.driver(os.environ["KG_BENCH_NEO4J"]).session()
    session.run("CREATE CONSTRAINT peer IF NOT EXISTS FOR (n:Entity) REQUIRE n.name IS UNIQUE").consume()
    names: dict[str, None] = {}
    for row in _rows(file):
        names[row["actor"]] = names[row["target"]] = None
    for some in _chunks(names):
        session.run("UNWIND $names AS name CREATE (:Entity {name: name})", names=some).consume()
    for rows in _chunks(_rows(file)):
        session.run(
            "UNWIND $rows AS row MATCH (a:Entity {name: row.actor}) MATCH (b:Entity {name: row.target}) CREATE (a)-[:FACT "
            "{action: row.action, date: date(row.date), source: row.source, url: row.url, text: row.text}]->(b)",
            rows=rows,
        ).consume()

    def count(text: str) -> int:
        found = session.run(text).single(strict=True)
        return int(found[0])

    fact = "[startNode(n), n.action, endNode(n), n.date]"
    return _cypher_questions(count, key="name", day="date('{}')", one=ONE, other=OTHER, fact=fact)


def _chunks(rows: Any) -> Iterator[list[Any]]:
    waiting = iter(rows)
    while some := list(itertools.islice(waiting, _CHUNK)):
        yield some


def _rdf_questions(count: Callable[[str], int]) -> Questions:
    """The questions in SPARQL over reports as nodes."""
    said = "?f ex:actor ?x ; ex:action ?y ; ex:target ?z ; ex:date ?d ."

    def facts(where: str) -> Count:
        return ask(f"SELECT (COUNT(*) AS ?n) {{ SELECT DISTINCT ?x ?y ?z ?d {{ {where} {said} }} }}")

    def ask(text: str) -> Count:
        return lambda: count(f"PREFIX ex: <{_EX}> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> {text}")

    def during(date: str, days: tuple[str, str]) -> str:
        return f'FILTER ({date} >= "{days[0]}"^^xsd:date && {date} < "{days[1]}"^^xsd:date)'

    one, other, actor = (f"<{_entity(name)}>" for name in (ONE, OTHER, ACTOR))
    # Each hop a group of its own, so that its filter is applied before the next.
    near = f"{{ ?f ex:actor {actor} ; ex:target ?_ }} UNION {{ ?f ex:target {actor} ; ex:actor ?_ }} ?f ex:date ?d "
    near = f"{{ {near} {during('?d', MONTH)} }}"
    step = f"{{ ?g ex:actor ?b ; ex:target ?c }} UNION {{ ?g ex:target ?b ; ex:actor ?c }} ?g ex:date ?e {during('?e', MONTH)}"
    step = f"{{ {step} }}"
    pair = f"{{ ?f ex:actor {one} ; ex:target {other} }} UNION {{ ?f ex:actor {other} ; ex:target {one} }}"
    return {
        "pair": facts(f"{pair} ?f ex:date ?d . {during('?d', YEAR)}"),
        "day": facts(f"?f ex:date ?d . {during('?d', DAY)}"),
        "around": facts(f"{{ ?f ex:actor {actor} }} UNION {{ ?f ex:target {actor} }}"),
        "hops": ask(
            f"SELECT (COUNT(DISTINCT ?c) AS ?n) {{ {{ {near.replace('?_', '?c')} }} "
            f"UNION {{ {near.replace('?_', '?b')} {step} }} }}"
        ),
    }


def _entity(name: str) -> str:
    return f"{_EX}entity/{quote(name, safe='')}"


def rdflib(file: Path, work: Path) -> Questions:
    """rdflib: a graph in memory."""
    from rdflib import XSD, Graph, Literal, URIRef

    graph = Graph()
    terms = {name: URIRef(_EX + name) for name in ("actor", "action", "target", "date", "source", "url", "text")}
    for number, row in enumerate(_rows(file)):
        report = URIRef(f"{_EX}report/{number}")
        for name, term in terms.items():
            value = row[name]
            graph.add((report, term, URIRef(_entity(value)) if name in ("actor", "target") else
                       Literal(value, datatype=XSD.date) if name == "date" else Literal(value)))  # fmt: skip
    return _rdf_questions(lambda text: int(next(iter(graph.query(text)))[0]))


def oxigraph(file: Path, work: Path) -> Questions:
    """pyoxigraph: a store in a folder, filled in bulk."""
    import pyoxigraph as ox

    store = ox.Store(str(work / "triples"))
    day = ox.NamedNode("http://www.w3.org/2001/XMLSchema#date")
    terms = {name: ox.NamedNode(_EX + name) for name in ("actor", "action", "target", "date", "source", "url", "text")}

    def quads() -> Iterator[ox.Quad]:
        for number, row in enumerate(_rows(file)):
            report = ox.NamedNode(f"{_EX}report/{number}")
            for name, term in terms.items():
                value = row[name]
                yield ox.Quad(report, term, ox.NamedNode(_entity(value)) if name in ("actor", "target") else
                              ox.Literal(value, datatype=day) if name == "date" else ox.Literal(value))  # fmt: skip

    store.bulk_extend(quads())
    store.flush()
    return _rdf_questions(lambda text: int(next(iter(store.query(text)))[0].value))


def networkx(file: Path, work: Path) -> Questions:
    """pandas and networkx: a directed multigraph in memory."""
    import networkx as nx
    import pandas as pd

    table = pd.read_csv(file)
    graph = nx.from_pandas_edgelist(
        table, "actor", "target", ["action", "date", "source", "url", "text"], create_using=nx.MultiDiGraph
    )
    return _networkx_questions(graph)


def _networkx_questions(graph: Any) -> Questions:
    def facts(edges: Any, days: tuple[str, str] | None = None) -> set[tuple[str, str, str, str]]:
        return {(a, e["action"], b, e["date"]) for a, b, e in edges if days is None or days[0] <= e["date"] < days[1]}

    def pair() -> int:
        both = ((a, b, e) for a, b in ((ONE, OTHER), (OTHER, ONE)) for e in (graph.get_edge_data(a, b) or {}).values())
        return len(facts(both, YEAR))

    def near(node: str, days: tuple[str, str] | None) -> Iterator[tuple[str, str, str, str]]:
        yield from facts(graph.out_edges(node, data=True), days)
        yield from facts(graph.in_edges(node, data=True), days)

    def others(node: str) -> set[str]:
        return {b if a == node else a for a, _, b, _ in near(node, MONTH)}

    def hops() -> int:
        first = others(ACTOR)
        return len(first.union(*(others(node) for node in first)))

    return {
        "pair": pair,
        "day": lambda: len(facts(graph.edges(data=True), DAY)),
        "around": lambda: len(set(near(ACTOR, None))),
        "hops": hops,
    }


def kgx(file: Path, work: Path) -> Questions:
    """KGX: the table in its own form, transformed into its graph."""
    import uuid

    from kgx.transformer import Transformer

    names: dict[str, None] = {}
    with (work / "kgx_edges.tsv").open("w", encoding="utf-8", newline="") as out:
        edges = csv.writer(out, delimiter="\t", lineterminator="\n")
        edges.writerow(("id", "subject", "predicate", "object", "action", "date", "source", "url", "text"))
        for row in _rows(file):
            names[row["actor"]] = names[row["target"]] = None
            ends = (f"ex:{quote(row['actor'], safe='')}", "biolink:related_to", f"ex:{quote(row['target'], safe='')}")
            edges.writerow((uuid.uuid4(), *ends, row["action"], row["date"], row["source"], row["url"], row["text"]))
    with (work / "kgx_nodes.tsv").open("w", encoding="utf-8", newline="") as out:
        nodes = csv.writer(out, delimiter="\t", lineterminator="\n")
        nodes.writerow(("id", "category", "name"))
        nodes.writerows((f"ex:{quote(name, safe='')}", "biolink:NamedThing", name) for name in names)
    transformer = Transformer()
    transformer.transform({"filename": [str(work / "kgx_nodes.tsv"), str(work / "kgx_edges.tsv")], "format": "tsv"})
    import networkx as nx

    found = transformer.store.graph.graph
    return _networkx_questions(
        nx.relabel_nodes(found, {node: data.get("name", node) for node, data in found.nodes(data=True)}, copy=False)
    )


def raphtory(file: Path, work: Path) -> Questions:
    """Raphtory: a temporal graph in memory."""
    import pandas as pd
    from raphtory import Graph

    table = pd.read_csv(file, parse_dates=["date"])
    graph = Graph()
    graph.load_edges(table, time="date", src="actor", dst="target", properties=["action", "source", "url", "text"])

    def told(edge: Any, days: tuple[str, str] | None) -> Iterator[tuple[str, str, str, Any]]:
        for one in (edge if days is None else edge.window(*days)).explode():
            yield one.src.name, one.properties["action"], one.dst.name, one.time.t

    def facts(edges: Any, days: tuple[str, str] | None) -> int:
        return len({fact for edge in edges if edge is not None for fact in told(edge, days)})

    def hops() -> int:
        month = graph.window(*MONTH)
        start = month.node(ACTOR)
        first = set() if start is None else {n.name for n in start.neighbours}
        return len(first | {n.name for name in first for n in month.node(name).neighbours})

    return {
        "pair": lambda: facts([graph.edge(ONE, OTHER), graph.edge(OTHER, ONE)], YEAR),
        "day": lambda: facts(graph.window(*DAY).edges, DAY),
        "around": lambda: facts(graph.node(ACTOR).edges, None),
        "hops": hops,
    }


PEERS: dict[str, Peer] = {p.__name__: p for p in (sparql, cypher, duckdb, neo4j, oxigraph, rdflib, networkx, kgx, raphtory)}
