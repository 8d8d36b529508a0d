"""Files of facts in the hands of those that they are for: networkx, igraph, rdflib, openpyxl, schemas, models, spreadsheets."""

import csv
import datetime as dt
import gzip
import io
import json
import logging
import re
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import igraph
import networkx as nx
import openpyxl
import pytest
import rdflib
import xmlschema
from helpers_export import awkward_in, story_in
from helpers_store import EXAMPLE, triples_in, write_rows
from hypothesis import given
from hypothesis import strategies as st

import kg
from kg import content
from kg.errors import StoreError, UsageError
from kg.export import FORMS, tables, workbook
from kg.export.rows import COLUMNS
from kg.shapes.rdf import KG, graph

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = {".gexf": "gexf-1.3.xsd", ".graphml": "graphml-1.0.xsd"}
GEXF = "{http://gexf.net/1.3}"
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    return story_in(tmp_path_factory.mktemp("story"))


@pytest.fixture(scope="module")
def awkward(tmp_path_factory):
    return awkward_in(tmp_path_factory.mktemp("awkward"))


@pytest.fixture(scope="module")
def nobody(tmp_path_factory):
    """A view without facts."""
    found = kg.open(tmp_path_factory.mktemp("nobody") / "s.kg")
    found.load(EXAMPLE)
    return found.between("1900-01-01", "1900-01-02")


def validated(path):
    """The document, which follows the schema of its form."""
    xmlschema.validate(path, ROOT / "tests" / "schemas" / SCHEMAS[path.suffix])
    return ElementTree.parse(path).getroot()


def load_lines(folder, *objects):
    found = kg.open(folder / "s.kg")
    (folder / "f.jsonl").write_text("".join(json.dumps(o) + "\n" for o in objects), encoding="utf-8")
    found.load(folder / "f.jsonl")
    return found


# -- graphs ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", SCHEMAS)
def test_graphs_follow_their_schema_and_networkx_reads_them(awkward, tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    assert awkward.export(path) == 11
    validated(path)
    read = nx.read_gexf(path) if suffix == ".gexf" else nx.read_graphml(path, force_multigraph=True)
    facts = {f.id: f for f in awkward.facts()}
    keys = [key for *_, key in read.edges(keys=True)]
    assert read.is_directed() and read.is_multigraph() and Counter(keys) == Counter(facts.keys())
    for _, _, key, data in read.edges(keys=True, data=True):
        fact = facts[key]
        assert (data["action"], data["date"], data["start"]) == (fact.action, fact.when, str(fact.date))
        assert (data["reports"], data.get("intensity"), data.get("code")) == (fact.reports, fact.intensity, fact.code)
        assert tuple(json.loads(data["sources"])) == fact.sources and tuple(json.loads(data.get("urls", "[]"))) == fact.urls
    entities = {e.id: e for e in awkward.entities()}
    ids = {node: data.get("entity", node) for node, data in read.nodes(data=True)}
    assert sorted(ids.values()) == sorted(entities)
    assert {read.nodes[n]["name"] for n in read} == {e.name for e in entities.values()}
    assert {(ids[a], ids[b]) for a, b in read.edges()} == {(f.actor, f.target) for f in facts.values()}


def test_igraph_reads_graphml(awkward, tmp_path):
    awkward.export(tmp_path / "out.graphml")
    read = igraph.Graph.Read_GraphML(str(tmp_path / "out.graphml"))
    assert (read.vcount(), read.ecount(), read.is_directed()) == (len(awkward.entities()), 11, True)
    assert sorted(read.es["fact"]) == sorted(f.id for f in awkward.facts())
    assert sorted(read.vs["entity"]) == sorted(e.id for e in awkward.entities())


def test_the_gexf_timeline_is_that_of_the_facts(awkward, tmp_path):
    awkward.export(tmp_path / "out.gexf")
    document = validated(tmp_path / "out.gexf")
    assert document.find(f"{GEXF}graph").attrib == {
        "defaultedgetype": "directed", "mode": "dynamic", "timeformat": "date", "timerepresentation": "interval",
        "start": "1066-10-14",  # and no end: one still holds
    }  # fmt: skip
    spells = {e.get("id"): (e.get("start"), e.get("end")) for e in document.iter(f"{GEXF}edge")}
    assert spells == {f.id: (str(f.date), f.until and str(f.until - DAY)) for f in awkward.facts()}
    assert ("2009-03-01", "2009-03-31") in spells.values() and ("2001-01-01", None) in spells.values()
    assert ("2009-09-17", "2009-09-17") in spells.values(), "a day is its own first and last"
    kinds = Counter((e.get("source"), e.get("target"), e.get("kind")) for e in document.iter(f"{GEXF}edge"))
    assert max(kinds.values()) == 1, "of parallel edges of one kind Gephi makes one"
    nodes = {n.get("id"): (n.get("start"), n.get("end")) for n in document.iter(f"{GEXF}node")}
    assert nodes["RUS"] == ("1991-12-26", None) and nodes["USA"] == ("1776-07-04", None) and nodes["shield"] == (None, None)


def test_a_node_that_ended_has_a_last_day(tmp_path):
    found = load_lines(tmp_path, {"actor": "Soviet Union", "action": "meets", "target": "USA", "date": "1985-11-19"})
    found.export(tmp_path / "out.gexf")
    (node,) = (n for n in validated(tmp_path / "out.gexf").iter(f"{GEXF}node") if n.get("id") == "SUN")
    assert (node.get("start"), node.get("end")) == ("1922-12-30", "1991-12-25")


@pytest.mark.parametrize("suffix", SCHEMAS)
def test_x01_what_is_missing_is_no_attribute(tmp_path, suffix):
    found = load_lines(
        tmp_path, {"actor": "USA", "action": "meets", "target": "RUS", "date": "2009-03-27", "sources": "AFP", "note": None},
        {"actor": "USA", "action": "meets", "target": "RUS", "date": "2009-03-27", "sources": "Reuters"},
        {"actor": "USA", "action": "zigzags past", "target": "POL", "date": "2009-03-28"},
    )  # fmt: skip
    found.export(tmp_path / f"out{suffix}")
    text = (tmp_path / f"out{suffix}").read_text("utf-8")
    assert "None" not in text and "null" not in text
    assert "[&quot;AFP&quot;, &quot;Reuters&quot;]" in text
    validated(tmp_path / f"out{suffix}")


@pytest.mark.parametrize("suffix", SCHEMAS)
def test_x02_edge_ids_are_four_and_the_same_next_time(tmp_path, suffix):
    deeds = [("USA", "scraps", "POL", "2009-09-17"), ("USA", "praises", "POL", "2009-09-18"),
             ("USA", "scraps", "CZE", "2009-09-17"), ("POL", "protests to", "USA", "2009-09-19")]  # fmt: skip
    ids = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        found = kg.open(folder / "s.kg")
        found.load(write_rows(folder / "f.csv", deeds))
        found.export(folder / f"out{suffix}", title="x")
        edges = [e for e in validated(folder / f"out{suffix}").iter() if str(e.tag).endswith("}edge")]
        ids.append([e.get("id") for e in edges])
    assert ids[0] == ids[1] and len(set(ids[0])) == 4
    assert (tmp_path / "a" / f"out{suffix}").read_bytes() == (tmp_path / "b" / f"out{suffix}").read_bytes()


@pytest.mark.parametrize("suffix", [*SCHEMAS, ".rdf", ".xlsx"])
def test_x03_control_characters_are_left_out_and_told(tmp_path, suffix, caplog):
    found = load_lines(
        tmp_path, {"actor": "A\u000bB", "action": "q\u0001x\u0008\ufffe", "target": "RUS", "date": "2009-03-27"},
        {"actor": "Tab here \U0001f54a", "action": "tabs\there\nand \ufffd", "target": "RUS", "date": "2009-03-28"},
    )  # fmt: skip
    with caplog.at_level(logging.WARNING):
        found.export(tmp_path / f"out{suffix}")
    (told,) = [r.getMessage() for r in caplog.records]
    # In RDF the text stands in the fact and in its report, and the name as it was spelled.
    assert told.startswith("7 control characters" if suffix == ".rdf" else "3 control characters")
    again = kg.open(tmp_path / "again.kg")
    again.load(tmp_path / f"out{suffix}")
    assert [f.action for f in again.facts()] == ["qx", "tabs\there\nand \ufffd"]
    assert {"A B", "Tab here \U0001f54a"} < {e.name for e in again.entities()}
    found.export(tmp_path / "out.jsonl")
    assert "q\\u0001x\\b\ufffe" in (tmp_path / "out.jsonl").read_text("utf-8")


def test_a_graph_of_networkx(awkward):
    graph = awkward.to_networkx()
    assert type(graph) is nx.MultiDiGraph and graph.number_of_edges() == 11
    facts = {f.id: f for f in awkward.facts()}
    for actor, target, key, data in graph.edges(keys=True, data=True):
        fact = facts[key]
        assert (actor, target, data["start"], data.get("until"), tuple(data["sources"])) == (
            fact.actor, fact.target, fact.date, fact.until, fact.sources)  # fmt: skip
        assert len(data["witnesses"]) == fact.reports and None not in data.values()
    assert graph.nodes["shield"] == {"name": "shield", "kind": "topic"}
    assert graph.graph["caption"].startswith("11 facts between ")
    on = awkward.to_networkx(at="2009-01-15")
    assert {k for *_, k in on.edges(keys=True)} == {f.id for f in awkward.at("2009-01-15").facts()} and on.number_of_edges() == 4


def test_graphs_and_frames_of_other_packages(awkward):
    graph = awkward.to_igraph()
    facts = {f.id: f for f in awkward.facts()}
    assert {(e["id"], graph.vs[e.source]["id"], graph.vs[e.target]["id"], e["start"]) for e in graph.es} == {
        (f.id, f.actor, f.target, f.date) for f in facts.values()}  # fmt: skip
    assert awkward.to_igraph(at="2009-03-27").ecount() == 5
    frame = awkward.to_polars()
    assert frame.columns == list(awkward.columns) and frame["sources"].to_list() == [list(f.sources) for f in awkward.facts()]
    assert frame["start"].to_list() == [f.date for f in awkward.facts()]
    other = awkward.to_pandas()
    assert list(other.columns) == list(awkward.columns) and dt.date(1066, 10, 14) in set(other["start"])


@pytest.mark.parametrize("name", ["igraph", "polars", "pandas"])
def test_where_a_package_is_missing_the_error_says_how_to_get_it(story, monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match=f"{name} is not installed") as caught:
        getattr(story, f"to_{name}")()
    assert caught.value.hint == f"pip install 'diplomacy-kg[{name}]'"


# -- RDF ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "form"),
    [(".ttl", "turtle"), (".nt", "nt"), (".trig", "trig"), (".jsonld", "json-ld"), (".rdf", "xml"), (".nq", "nquads"),
     (".nq.gz", "nquads")],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")  # its own parsers use what it deprecates
def test_rdflib_reads_the_same_triples_from_every_form(awkward, tmp_path, suffix, form):
    awkward.export(tmp_path / f"out{suffix}")
    data = (tmp_path / f"out{suffix}").read_bytes()
    store = rdflib.Dataset(default_union=True)
    store.parse(data=gzip.decompress(data) if suffix == ".nq.gz" else data, format=form)
    names = {str(context.identifier) for context in store.graphs() if len(context)} - {"urn:x-rdflib:default"}
    awkward.export(tmp_path / "same.nt")
    expected = rdflib.Graph().parse(tmp_path / "same.nt", format="nt")
    found = set(store.triples((None, None, None)))
    if suffix.startswith(".nq"):  # with what a store knows besides
        assert found > set(expected) and names == {graph(), f"{graph()}/history"}
    else:
        assert found == set(expected)
        assert names == ({graph()} if suffix == ".trig" else set())
    assert len(set(store.subjects(rdflib.URIRef(KG + "actor")))) == 11


def test_reports_of_a_recorded_time_are_those_that_counted_then(tmp_path):
    found = load_lines(
        tmp_path, {"id": "1", "actor": "USA", "action": "meets", "target": "RUS", "date": "2009-03-27", "source": "AFP"}
    )
    with found.store.tables("change") as con:
        first = con.execute("SELECT recorded FROM kg.change").fetchall()[0][0]
    load_lines(tmp_path, {"id": "1", "actor": "USA", "action": "meets", "target": "POL", "date": "2009-03-27", "source": "dpa"})
    then = found.known_at(first.isoformat())
    for suffix, ends in ((".ttl", "RUS"), (".csv", "RUS")):
        then.export(tmp_path / f"then{suffix}")
        again = kg.open(tmp_path / f"again{suffix}.kg")
        again.load(tmp_path / f"then{suffix}")
        assert [(f.target, f.sources, f.reports) for f in again.facts()] == [(ends, ("AFP",), 1)]
    found.export(tmp_path / "now.nt")
    then.export(tmp_path / "then.nt")
    for name, publisher in (("now", "dpa"), ("then", "AFP")):
        told = {q.object.value for q in triples_in(tmp_path / f"{name}.nt") if q.predicate.value == KG + "publisher"}
        assert told == {publisher}


# -- tables ---------------------------------------------------------------------------------------------------------------


def test_x06_no_cell_of_a_csv_is_run(tmp_path):
    names = ['=HYPERLINK("http://example.org","x")', "+1+1", "-2+3", "@SUM(1)", "=1", "'=1", "\uff1d1+1"]
    rows = [{"actor": "USA", "action": n, "target": "RUS", "date": f"2009-03-0{day}", "sources": "-x", "event": n}
            for day, n in enumerate([*names, "\t=1"], 1)]  # fmt: skip
    found = load_lines(tmp_path, *rows, {"actor": "USA", "code": "190", "target": "RUS", "date": "2009-03-27"})
    shown = sorted(f.action for f in found.facts())
    for suffix, delimiter in ((".csv", ","), (".tsv", "\t")):
        path = tmp_path / f"out{suffix}"
        found.export(path)
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter=delimiter))
        cells = [cell for row in rows for column, cell in row.items() if column != "intensity"]
        assert not [cell for cell in cells if cell[:1] in (*"=+-@", "\uff1d", "\t", "\r", "\n")]
        assert {row["intensity"] for row in rows} == {"-10.0", ""}, "a number is no text"
        assert {"'=1", "''=1", "'-x"} <= {*cells}
        again = kg.open(tmp_path / f"again{suffix}.kg")
        again.load(path)
        assert sorted(f.action for f in again.facts()) == shown and {f.sources for f in again.facts()} == {
            f.sources for f in found.facts()
        }
        found.export(path, raw_cells=True)
        assert "'=" not in path.read_text("utf-8").replace("'=1", "")
    for suffix in (".json", ".jsonl", ".graphml", ".nt"):
        found.export(tmp_path / f"out{suffix}")
        assert not re.search("'[+@-]", (tmp_path / f"out{suffix}").read_text("utf-8"))


def test_a_workbook(awkward, tmp_path, caplog):
    awkward.export(tmp_path / "out.xlsx", title="The title")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert book.sheetnames == ["facts", "about"]
    header, *rows = book["facts"].iter_rows()
    assert [c.value for c in header] == list(COLUMNS) and len(rows) == 11
    by_name = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    assert {c.data_type for row in rows for c in row} <= {"s", "inlineStr", "n", "d"}, "no formula, no error"
    assert {row["target"].value for row in by_name} >= {"=cmd()", None}
    assert {row["start"].value for row in by_name} >= {"1066-10-14", dt.datetime(2009, 9, 17)}
    assert {row["code"].value for row in by_name} >= {"042", "13y"}
    about = {row[0].value: row[1].value for row in book["about"].iter_rows()}
    assert (about["title"], about["facts"], about["first day"]) == ("The title", 11, "1066-10-14")
    assert not caplog.records


def test_a_cell_is_cut_where_it_is_full(tmp_path, caplog):
    found = load_lines(tmp_path, {"actor": "USA", "action": "x" * 40_000, "target": "RUS", "date": "2009-03-27"})
    found.export(tmp_path / "out.xlsx")
    assert [r.getMessage() for r in caplog.records] == ["1 cells were cut at 32767 characters, all that one holds"]
    assert len(openpyxl.load_workbook(tmp_path / "out.xlsx")["facts"]["D2"].value) == 32_767


def test_more_facts_than_a_worksheet_holds_are_refused(story, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "_MOST_ROWS", 30)
    with pytest.raises(StoreError, match="a worksheet holds 29 facts, and these are 33"):
        story.export(tmp_path / "out.xlsx")
    assert list(tmp_path.iterdir()) == []


# -- records of others ----------------------------------------------------------------------------------------------------


def numbered(path):
    return dict(line.split("\t") for line in path.read_text("utf-8").splitlines())


def test_quadruples_are_ids_split_by_date(tmp_path, caplog):
    found = kg.open(tmp_path / "s.kg")
    days = [dt.date(2009, 1, 1) + n * DAY for n in range(0, 40, 2)]
    deeds = [("USA" if n % 3 else "Foo (Bar)", ("meets", 'says\n"no"')[n % 2], "RUS", day) for n, day in enumerate(days)]
    found.load(write_rows(tmp_path / "f.csv", [*deeds, ("USA", "meets", "RUS", "2009"), ("USA", "mourns", "", "2009-01-05")]))
    assert found.export(tmp_path / "out.quads") == 20
    folder = tmp_path / "out.quads"
    assert [r.getMessage()[:7] for r in caplog.records] == ["2 facts"]
    entities, relations, times = (numbered(folder / f"{name}2id.txt") for name in ("entity", "relation", "time"))
    assert entities == {"Foo (Bar)": "0", "Russia": "1", "United States": "2"}
    assert relations == {"meets": "0", 'says "no"': "1"}
    assert times == {str(day): str((day - days[0]).days) for day in days}
    assert (folder / "stat.txt").read_text() == "3\t2\n"
    names = [{v: k for k, v in table.items()} for table in (entities, relations, entities, times)]
    parts = {}
    for part in ("train", "valid", "test"):
        rows = [line.split("\t") for line in (folder / f"{part}.txt").read_text("utf-8").splitlines()]
        parts[part] = [[table[cell] for table, cell in zip(names, row, strict=True)] for row in rows]
        told = [line.split("\t") for line in (folder / "named" / f"{part}.txt").read_text("utf-8").splitlines()]
        assert sorted(parts[part]) == sorted(told)
    assert {part: len(rows) for part, rows in parts.items()} == {"train": 16, "valid": 2, "test": 2}
    assert max(r[3] for r in parts["train"]) < min(r[3] for r in parts["valid"])
    assert max(r[3] for r in parts["valid"]) < min(r[3] for r in parts["test"])
    again = kg.open(tmp_path / "again.kg")
    report = again.load(*(folder / "named" / f"{part}.txt" for part in parts))
    assert report.files[0].staged.loader == "quads"
    dated = {
        (f.actor, " ".join(f.action.split()), f.target, f.when)
        for f in found.facts()
        if f.precision == "day" and f.target != "NONE"
    }
    assert {(f.actor, f.action, f.target, f.when) for f in again.facts()} == dated


def test_quadruples_of_a_benchmark_are_those_it_had(shared_data, tmp_path):
    lines = (shared_data / "tkg" / "ICEWS14_full_named.tsv").read_text("utf-8").splitlines()[:3000]
    (tmp_path / "q.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = kg.open(tmp_path / "s.kg")
    found.load(tmp_path / "q.tsv")
    found.export(tmp_path / "out.quads")
    told = [
        n
        for part in ("train", "valid", "test")
        for n in (tmp_path / "out.quads" / "named" / f"{part}.txt").read_text("utf-8").splitlines()
    ]
    again = kg.open(tmp_path / "again.kg")
    (tmp_path / "named.tsv").write_text("\n".join(told) + "\n", encoding="utf-8")
    again.load(tmp_path / "named.tsv")
    keys = [{(f.actor, f.action, f.target, f.when) for f in g.facts()} for g in (found, again)]
    assert len(keys[0]) > 2900 and keys[0] == keys[1]


def test_kgx_nodes_and_edges(awkward, tmp_path):
    assert awkward.export(tmp_path / "out.kgx") == 11
    nodes, edges = ([json.loads(line) for line in (tmp_path / "out.kgx" / f"out_{what}.jsonl").read_text("utf-8").splitlines()]
                    for what in ("nodes", "edges"))  # fmt: skip
    ids = {node["id"] for node in nodes}
    assert len(ids) == len(nodes) == len(awkward.entities()) and all(re.fullmatch(r"dkg:[^:\s]+", id_) for id_ in ids)
    assert all({"id", "category", "name"} <= node.keys() and node["category"][-1] == "biolink:NamedThing" for node in nodes)
    required = {"id", "subject", "predicate", "object", "knowledge_level", "agent_type"}
    assert all(required <= edge.keys() and {edge["subject"], edge["object"]} <= ids for edge in edges)
    assert {edge["id"] for edge in edges} == {f"urn:uuid:{f.id}" for f in awkward.facts()}
    assert all(value is not None for record in (*nodes, *edges) for value in record.values())
    by_id = {edge["id"]: edge for edge in edges}
    for fact in awkward.facts():
        edge = by_id[f"urn:uuid:{fact.id}"]
        assert (edge["action"], edge["date"], tuple(edge["sources"]), edge.get("code")) == (
            fact.action,
            fact.when,
            fact.sources,
            fact.code,
        )


def test_plover_records(awkward, tmp_path, caplog):
    count = awkward.export(tmp_path / "out.plover.jsonl")
    records = {r["id"]: r for r in map(json.loads, (tmp_path / "out.plover.jsonl").read_text("utf-8").splitlines())}
    known = {row["code"] for row in content.rows("actions.csv") if row["scheme"] == "plover"}
    facts = {f.id: f for f in awkward.facts() if f.type in known}
    assert len(known) == 16 and records.keys() == facts.keys() and len(records) == count
    assert [r.getMessage()[:2] for r in caplog.records] == [f"{11 - count} "]
    for id_, record in records.items():
        fact = facts[id_]
        assert {"id", "date", "source", "event"} <= record.keys()
        assert (record["date"], record["event"], record["event_text"]) == (str(fact.date), [fact.type], [fact.action])
        last = fact.until and str(fact.until - DAY)
        assert record.get("enddate") == (None if last == record["date"] else last)
        assert record["source"][0]["identifier_id"] == fact.actor and record["source"][0].get("code") == fact.actor_state
        assert ("recipient" in record) == (fact.target != "NONE")


def test_a_chronicle(tmp_path):
    found = load_lines(
        tmp_path, {"actor": "USA", "action": "meets *all* [x](javascript:a) <b>\nnow", "target": "RUS", "date": "2009-03",
                   "source": "A_B", "url": "https://example.org/a b?c=<d>"},
        {"actor": "USA", "action": "mourns", "date": "2008-12-31", "source": "AFP", "url": "javascript:alert(1)"},
    )  # fmt: skip
    found.export(tmp_path / "out.md", title="A # title")
    assert (tmp_path / "out.md").read_text("utf-8") == (
        "# A # title\n\n2 facts between 2 entities, 2008-12-31 to 2009-03-31; sources: AFP (1), A\\_B (1).\n\n"
        "## 2008\n\n- 2008-12-31: **United States** mourns — AFP\n\n"
        "## 2009\n\n- 2009-03: **United States** meets \\*all\\* \\[x\\](javascript:a) \\<b\\> now **Russia** — "
        "[A\\_B](<https://example.org/a%20b?c=%3Cd%3E>)\n"
    )


# -- every form -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [s for s in FORMS if s != ".html"])
def test_a_view_without_facts_is_a_whole_file(nobody, tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    assert nobody.export(path) == 0 and path.exists()
    if suffix in SCHEMAS:
        validated(path)
    if suffix in (".kgx", ".quads"):
        assert {f.stat().st_size for f in path.glob("*_*.jsonl")} <= {0}
        return
    if suffix not in (".md", ".plover.jsonl", ".nq", ".nq.gz"):
        report = kg.open(tmp_path / "again.kg").load(path)
        assert len(report.empty) == 1 and not report.failed


def test_an_empty_part_of_the_split_is_told(tmp_path, caplog):
    found = kg.open(tmp_path / "s.kg")
    found.load(write_rows(tmp_path / "f.csv", [("USA", "meets", "RUS", "2009-01-01"), ("USA", "meets", "POL", "2009-01-01")]))
    found.export(tmp_path / "one.quads")
    assert [r.getMessage() for r in caplog.records] == [
        "nothing is in valid.txt and test.txt: each day is whole in one part, and of 1 none is left for it"
    ]
    readme = (tmp_path / "one.quads" / "README.md").read_text("utf-8")
    assert "| train | 2 | 2009-01-01 | 2009-01-01 |\n| valid | 0 |  |  |\n| test | 0 |  |  |\n" in readme


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
def test_a_graph_of_rdflib_has_the_triples_of_the_view(awkward, tmp_path):
    awkward.by("USA").export(tmp_path / "out.nt")
    found = awkward.by("USA").to_rdflib()
    assert set(found) == set(rdflib.Graph().parse(tmp_path / "out.nt", format="nt"))
    acted = "SELECT ?f { ?f kg:actor/kg:id 'USA' }"
    assert 0 < len(found.query(acted)) == len(awkward.by("USA").facts()) < len(awkward.facts())
    on = awkward.to_rdflib(at="2009-01-15")
    assert len(on.query("SELECT ?f { ?f kg:actor ?x }")) == len(awkward.at("2009-01-15").facts())


_CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.dates(), st.text(st.sampled_from('a,"\t\r\n; \'=é')),
    st.lists(st.sampled_from(["x", "y, z"])),
)  # fmt: skip


@given(
    st.integers(1, 3).flatmap(lambda n: st.lists(st.tuples(*[_CELLS] * n), min_size=1, max_size=4)),
    st.sampled_from(["csv", "tsv"]),
)
def test_cells_are_quoted_as_pythons_own_writer_does(rows, form):
    names = ["a", 'b"', "c,\t"][: len(rows[0])]
    ours, theirs = io.StringIO(newline=""), io.StringIO(newline="")
    assert tables.write_rows(names, rows, ours, form) == len(rows)
    delimiter = "\t" if form == "tsv" else ","
    writer = csv.writer(theirs, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([[tables.cell_text(cell) for cell in row] for row in rows])
    # Told that lines end with "\r\n" it quotes cells with either in them; lines end with "\n" here.
    one, other = (csv.reader(io.StringIO(text.getvalue(), newline=""), delimiter=delimiter) for text in (ours, theirs))
    assert [*one] == [*other]
    assert len(ours.getvalue()) == len(theirs.getvalue()) - len(rows) - 1
