"""README's commands for servers run as they stand, on empty servers."""

import csv
import io
import re
import shutil

import httpx
from helpers_store import EXAMPLE
from neo4j import GraphDatabase
from test_readme import ROOT, blocks, run

import kg


def said_by(commands, neo4j_url, fuseki_url, folder):
    """What commands print of which none may fail, with the servers of the tests in place of those on their usual ports."""
    said = []
    for command in commands:
        real = command.replace("neo4j://localhost:7687", neo4j_url).replace("http://localhost:3030/kg/sparql", fuseki_url)
        done = run(real, folder)
        assert done.returncode == 0, f"{real}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        said.append(done.stdout)
    return said


def test_commands_for_servers(neo4j_url, fuseki_url, tmp_path):
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    [block] = blocks(ROOT / "README.md", "bash")
    commands = block.splitlines()
    assert len(commands) == 5
    said = said_by(commands, neo4j_url, fuseki_url, tmp_path)
    assert said[1] == said[3]
    assert len(said[1].splitlines()) > 3
    assert re.search(r"fact\t33\t[0-9a-f]{16}", said[4])


def test_commands_of_the_page_about_servers(neo4j_url, fuseki_url, tmp_path):
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    [block] = blocks(ROOT / "docs" / "servers.md", "bash")
    said_by(block.splitlines(), neo4j_url, fuseki_url, tmp_path)
    for language in ("cypher", "sparql"):
        assert blocks(ROOT / "docs" / "servers.md", language) == blocks(ROOT / "README.md", language)


def test_queries_for_a_servers_own_page_give_what_ours_give(neo4j_url, fuseki_url, twin):
    """They are sent as they stand, by clients that know nothing of us."""
    twin.load(EXAMPLE)
    facts = twin.to("RUS").facts()
    expected = [(f.date.isoformat(), f.action) for f in sorted(facts, key=lambda f: (f.date, f.id))]
    assert len(expected) > 5
    [asked] = blocks(ROOT / "README.md", "cypher")
    [drawn] = re.findall(r"`(MATCH path = .*?)`", (ROOT / "README.md").read_text(encoding="utf-8"))
    kg.open(neo4j_url).load(EXAMPLE)
    with GraphDatabase.driver(neo4j_url) as driver:
        found = driver.execute_query(asked).records
        assert [(r["r.date"].iso_format(), r["r.action"]) for r in found] == expected
        paths = [r["path"] for r in driver.execute_query(drawn).records]
        assert len(paths) == len(twin.by("NATO").facts()) + len(twin.to("NATO").facts()) > 5
    kg.open(fuseki_url).load(EXAMPLE)
    [asked] = blocks(ROOT / "README.md", "sparql")
    answer = httpx.post(fuseki_url, data={"query": asked}, headers={"Accept": "text/csv"}).raise_for_status()
    rows = csv.DictReader(io.StringIO(answer.text))
    assert [(row["when"], row["did"]) for row in rows] == expected
