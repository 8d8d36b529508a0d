"""What a Neo4j is given before facts are written: `kg schema pending` and `apply`, and what a load does of it."""

import json

import pytest
from helpers_store import command, write_rows

import kg
from kg.stores.neo4j import schema_steps

NUMBERS = [number for number, *_ in schema_steps()]
#: An index that the fifth step makes, for one of the types.
ONE = "kg_TREATY_date"


@pytest.fixture
def bolt(neo4j_url):
    return kg.open(neo4j_url).store.bolt


def indexes(bolt):
    return {name for (name,) in bolt.stream("SHOW INDEXES YIELD name", {})}


def states(url, folder):
    done = command("schema", "pending", "--format", "jsonl", "--kg", url, cwd=folder)
    assert done.returncode == 0, done.stderr
    return {row["step"]: row["state"] for row in map(json.loads, done.stdout.splitlines())}


def test_steps_are_listed_applied_and_noted(neo4j_url, bolt, tmp_path):
    assert states(neo4j_url, tmp_path) == dict.fromkeys(NUMBERS, "pending")
    assert states(neo4j_url, tmp_path) == dict.fromkeys(NUMBERS, "pending"), "listing them does nothing"
    done = command("schema", "apply", "--kg", neo4j_url, cwd=tmp_path)
    assert (done.returncode, [line.split(":")[0] for line in done.stderr.splitlines()]) == (0, [f"step {n}" for n in NUMBERS])
    assert states(neo4j_url, tmp_path) == dict.fromkeys(NUMBERS, "done")
    assert {"kg_entity_id", "kg_entity_name", "kg_TREATY_id", ONE} <= indexes(bolt)
    again = command("schema", "apply", "--kg", neo4j_url, cwd=tmp_path)
    assert (again.returncode, again.stderr) == (0, "nothing was pending\n")


def test_a_step_that_knew_fewer_types_is_done_again_by_the_next_load(neo4j_url, bolt, tmp_path):
    graph = kg.open(neo4j_url)
    graph.load(write_rows(tmp_path / "f.csv", [("USA", "meets", "RUS", "2009-04-01")]))
    assert set(states(neo4j_url, tmp_path).values()) == {"done"}
    bolt.define(f"DROP INDEX {ONE}")
    bolt.write([("MATCH (s:SchemaStep {number: 5}) SET s.digest = 'of then'", {})])
    assert [n for n, state in states(neo4j_url, tmp_path).items() if state == "pending"] == [5]
    graph.load(write_rows(tmp_path / "g.csv", [("USA", "meets", "POL", "2009-04-02")]))
    assert ONE in indexes(bolt)
    assert set(states(neo4j_url, tmp_path).values()) == {"done"}


def test_only_a_neo4j_has_steps(tmp_path):
    done = command("schema", "apply", "--kg", tmp_path / "s.kg", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.endswith("needs no schema\nhint: name a Neo4j: --kg neo4j://localhost:7687\n")
