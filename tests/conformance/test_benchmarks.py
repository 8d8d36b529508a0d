"""What the benchmarks measure works, and gives what is held against it: each step on few rows, in a process of its own."""

import json
import os
import subprocess
import sys

import pytest
from servers import start as servers
from test_readme import ROOT

import kg

BENCH = ROOT / "bench"
#: Of those in `bench/peers.py`, the packages that this project has.
PEERS = ("sparql", "cypher", "duckdb", "neo4j", "oxigraph", "rdflib", "networkx")


def step(script, *arguments, **variables):
    words = [sys.executable, BENCH / script, "step", *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", env=os.environ | variables, check=False)
    assert done.returncode == 0, done.stderr
    return {what: value for line in done.stdout.splitlines() for what, value in json.loads(line).items()}


@pytest.fixture(scope="module")
def news(tmp_path_factory):
    file = tmp_path_factory.mktemp("news") / "news.csv"
    subprocess.run([sys.executable, BENCH / "generate.py", "9000", file, "--news"], check=True)
    return file


@pytest.fixture
def own_neo4j(start_server, tmp_path):
    """The address of a server that no other test uses: what is held against ours makes constraints of its own."""
    return start_server(servers.neo4j, tmp_path / "server").url


def test_all_peers_count_the_same(news, own_neo4j, tmp_path):
    counted = {}
    for name in PEERS:
        place = tmp_path / name
        place.mkdir()
        said = step("beside.py", "load", name, news, place, KG_BENCH_NEO4J=own_neo4j)
        assert 0 < said["load"] < said["first"]
        counted[name] = {question: n for question, n in said.items() if question.endswith("counted")}
    assert len({json.dumps(counts) for counts in counted.values()}) == 1, counted
    assert counted["sparql"]["around counted"] > 0
    step("beside.py", "ask", tmp_path / "sparql")


def test_what_servers_are_held_against(news, own_neo4j, tmp_path):
    kg.open(tmp_path / "store").load(news)
    said = step("servers.py", "plain-neo4j", own_neo4j, tmp_path / "store")
    assert 0 < said["facts"] < said["all"]
    [(reports,)] = kg.open(own_neo4j).store.bolt.stream("MATCH (r:Report) RETURN count(r)", {})
    assert reports == 9000


def test_servers_are_asked_what_the_store_is(news, own_neo4j, tmp_path):
    kg.open(tmp_path / "store").load(news)
    kg.open(own_neo4j).load(news)
    said = step("asked.py", own_neo4j, tmp_path / "store", "dyad-timeline")
    assert said["rows"] == len(kg.open(tmp_path / "store").ask("dyad-timeline", a="USA", b="RUS").rows) > 0
    assert said["seconds"] > 0


def test_what_indexes_are_held_against(news, tmp_path):
    kg.open(tmp_path / "store").load(news)
    (tmp_path / "parquet").mkdir()
    step("load.py", "write-parquet", tmp_path / "store", tmp_path / "parquet")
    assert step("load.py", "copy-parquet", tmp_path / "parquet", tmp_path / "plain.lbug")["statement"] > 0
