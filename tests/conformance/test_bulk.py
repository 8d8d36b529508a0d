"""What the bulk loaders of servers make of exported files is what loading through the server makes."""

import csv
import gzip
import os
import subprocess
import urllib.request

import pytest
from helpers_history import COLUMNS, TEXTS, go_through, rows, same
from helpers_store import write_rows
from servers import start as servers

import kg
from kg import copying
from kg.errors import StoreError, UsageError
from kg.stores.record import TABLES


@pytest.fixture
def full(tmp_path):
    """A store with corrections, retractions, entities without facts, rejected rows, every kind of text, and merged facts."""
    graph = kg.open(tmp_path / "full.kg")
    go_through(graph, tmp_path)
    graph.retract("d", "r9")
    told = [(f"t{n}", t, f"says {t}", t, "2009-03-27", t, f"https://e.example/{n}", t) for n, t in enumerate(TEXTS)]
    graph.load(write_rows(tmp_path / "texts.csv", told, (*COLUMNS, "quote")))
    graph.load(write_rows(tmp_path / "wire.csv", rows(("w", "NATO", "offers cooperation to", "RUS", "2009-09-19")), COLUMNS))
    assert graph.merge().deeds
    return graph


def digest(graph):
    with graph.store.tables(*TABLES) as con:
        return copying.digest(con)


def loaded_again(graph, twin, tmp_path, contents):
    """Both go on from here in the same way."""
    more = write_rows(
        tmp_path / "more.csv", rows(("r9", "Foo Bar", "meets", "Baz", "2001"), ("n", "A", "meets", "B", "2002")), COLUMNS
    )
    assert graph.load(more, dataset="d").files[0].counts == twin.load(more, dataset="d").files[0].counts
    theirs = contents(twin)
    same(contents(graph), theirs, theirs)


def imported(files, home, *options):
    """Run the written command as it says, with the ``neo4j-admin`` of a server that is not running."""
    path = servers.path_with_admin(home)
    done = subprocess.run(
        ["sh", str(files / "import.sh"), *options], env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def everything_in(graph):
    """Labels and properties of all nodes, and relationships with theirs, but for what a server notes of itself."""
    nodes = graph.cypher("MATCH (n) WHERE NOT n:Lease AND NOT n:SchemaStep RETURN labels(n) AS l, properties(n) AS p").rows
    edges = graph.cypher("MATCH (a)-[r]->(b) RETURN a.id, type(r), b.id, properties(r)").rows
    return sorted(repr((sorted(labels), sorted(p.items()))) for labels, p in nodes), sorted(
        repr((*ends, sorted(p.items()))) for *ends, p in edges
    )


def test_neo4j_admin_imports_all_of_a_store(full, neo4j_url, tmp_path, contents, start_server):
    assert full.export_neo4j_import(tmp_path / "files") == full.info()["facts"]
    imported(tmp_path / "files", tmp_path / "home", "neo4j")
    graph = kg.open(start_server(servers.neo4j, tmp_path / "home").url)
    assert digest(graph) == digest(full)
    through_the_driver = kg.open(neo4j_url)
    copying.copy(full.store, through_the_driver.store)
    for ours, theirs in zip(everything_in(graph), everything_in(through_the_driver), strict=True):
        assert set(ours) ^ set(theirs) == set()
        assert len(ours) == len(theirs)
    loaded_again(graph, full, tmp_path, contents)


def test_the_dump_for_rdf_stores_is_all_of_a_store(full, fuseki_url, tmp_path, contents):
    dump = tmp_path / "dump.nq.gz"
    assert full.export(dump) == full.info()["facts"]
    posted(fuseki_url, dump)
    graph = kg.open(fuseki_url)
    assert digest(graph) == digest(full)
    loaded_again(graph, full, tmp_path, contents)


def posted(url, dump):
    headers = {"Content-Type": "application/n-quads"}
    data = gzip.decompress(dump.read_bytes()) if dump.suffix == ".gz" else dump.read_bytes()
    with urllib.request.urlopen(urllib.request.Request(url.replace("/sparql", "/data"), data, headers), timeout=60):
        pass


def test_a_view_takes_its_facts_along_and_no_others(full, fuseki_url, tmp_path):
    view = full.of_type("consult")
    expected = view.facts()
    assert 0 < len(expected) < len(full.facts())
    assert view.export(tmp_path / "view.nq") == len(expected)
    posted(fuseki_url, tmp_path / "view.nq")
    served = kg.open(fuseki_url)
    assert served.facts() == expected
    assert served.entities() == view.entities()
    assert served.store.rejects() == []
    assert view.export_neo4j_import(tmp_path / "files") == len(expected)
    assert {f.name for f in (tmp_path / "files").iterdir()} == {
        "entities.csv", "facts.csv", "reports.csv", "changes.csv", "import.sh",
    }  # fmt: skip
    with (tmp_path / "files" / "facts.csv").open(encoding="utf-8", newline="") as file:
        assert {row["id:string"] for row in csv.DictReader(file)} == {f.id for f in expected}


def test_files_for_import_never_go_where_something_is(full, tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "mine.txt").write_text("mine")
    for folder in ("files", "files/mine.txt"):
        with pytest.raises(UsageError, match="there already"):
            full.export_neo4j_import(tmp_path / folder)
    with pytest.raises(StoreError, match="there is no store"):
        kg.open(tmp_path / "none.kg").export_neo4j_import(tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert [f.name for f in tmp_path.glob(".*")] == []
