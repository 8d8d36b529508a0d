"""Files of facts loaded again: the same facts come back, and what can't be read says so."""

import datetime as dt
import json
import os
import re
import tempfile
from pathlib import Path

import networkx as nx
import openpyxl
import pytest
from helpers_export import awkward_in, story_in
from helpers_input import only_error, rejected, reports
from helpers_store import WITH_IDS, write_rows
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

import kg
from kg.errors import StoreError
from kg.export import FORMS

#: Forms that can hold any text, and those that are XML.
TEXTS = (".csv", ".tsv", ".json", ".jsonl", ".parquet", ".ttl", ".trig", ".nt", ".jsonld", ".nq", ".nq.gz")
XML = (".gexf", ".graphml", ".rdf", ".xlsx")


def everything(graph):
    """All that a fact says, of each fact."""
    return {(f.id, f.actor, f.action, f.target, f.when, f.precision, f.certainty, f.type, f.code, f.scheme, f.coded,
             f.quad_class, f.intensity, f.event, f.actor_state, f.target_state, f.reports, f.sources, f.urls, f.basis)
            for f in graph.facts()}  # fmt: skip


def again(path, folder):
    """What comes of loading a file into an empty store."""
    graph = kg.open(folder / f"again{path.suffix}.kg")
    report = graph.load(path)
    assert not report.failed, only_error(report)
    assert rejected(report) == []
    return graph


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    return story_in(tmp_path_factory.mktemp("story"))


@pytest.fixture(scope="module")
def awkward(tmp_path_factory):
    return awkward_in(tmp_path_factory.mktemp("awkward"))


# -- loaded again ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [*TEXTS, *XML])
def test_awkward_facts_come_back_whole(awkward, tmp_path, suffix):
    awkward.export(tmp_path / f"out{suffix}")
    other = again(tmp_path / f"out{suffix}", tmp_path)
    assert everything(other) == everything(awkward)
    assert other.entities() == awkward.entities()


@pytest.mark.parametrize("suffix", [".csv", ".graphml", ".ttl"])
def test_loaded_into_the_store_it_came_from_it_brings_no_new_fact(awkward, tmp_path, suffix):
    before = {f.id for f in awkward.facts()}
    awkward.export(tmp_path / f"out{suffix}")
    copy = kg.open(tmp_path / "copy.kg")
    awkward.export(tmp_path / "all.nq")
    copy.load(tmp_path / "all.nq")
    report = copy.load(tmp_path / f"out{suffix}")
    assert (report.total("new"), report.total("rejected")) == (0, 0)
    assert {f.id for f in copy.facts()} == before


def test_names_of_a_list_of_ones_own_come_back_where_the_list_is_not(tmp_path):
    graph = kg.open(tmp_path / "s.kg")
    graph.load(write_rows(tmp_path / "f.csv", [("Ivan the Boss", "meets", "USA", "2009-01-01")]))
    names = tmp_path / "names.csv"
    names.write_text("name,id,kind,state,role,start,until\nIvan the Boss,RUS,,,,,\n", encoding="utf-8")
    graph.add_names(names)
    graph.resolve_again()
    assert [f.actor for f in graph.facts()] == ["RUS"]
    graph.export(tmp_path / "out.csv")
    graph.export(tmp_path / "out.ttl")
    for suffix in (".csv", ".ttl"):
        assert {f.id for f in again(tmp_path / f"out{suffix}", tmp_path).facts()} == {f.id for f in graph.facts()}


def test_each_witness_keeps_its_own_words(tmp_path):
    graph = kg.open(tmp_path / "s.kg")
    rows = [("USA", "meets", "RUS", "2009-01-01", "AFP", "http://a", "They met.", "7.5", "goldstein"),
            ("USA", "meets", "RUS", "2009-01-01", "dpa", "", 'Sie "trafen" sich.', "", "")]  # fmt: skip
    graph.load(write_rows(tmp_path / "f.csv", rows, ("actor", "action", "target", "date", "publisher", "url", "quote", "score",
                                                     "score_scale")))  # fmt: skip
    for suffix in (".csv", ".xlsx", ".graphml", ".ttl"):
        graph.export(tmp_path / f"out{suffix}")
        told = reports(again(tmp_path / f"out{suffix}", tmp_path), "publisher", "url", "quote", "score", "score_scale")
        assert sorted(told) == [
            ("AFP", "http://a", "They met.", "7.5", "goldstein"),
            ("dpa", None, 'Sie "trafen" sich.', None, None),
        ]


#: A fact of which AFP reports the same twice, under ids or under none, and dpa something else.
ALIKE = [
    ("1", "USA", "meets", "RUS", "2009-01-01", "AFP", "http://a"),
    ("2", "USA", "meets", "RUS", "2009-01-01", "AFP", "http://a"),
    ("3", "USA", "meets", "RUS", "2009-01-01", "dpa", ""),
    ("4", "USA", "meets", "POL", "2009-01-02", "AFP", "http://a"),
]


def story_of_alike(folder):
    graph = kg.open(folder / "alike.kg")
    graph.load(write_rows(folder / "alike.csv", ALIKE, WITH_IDS))
    assert [f.reports for f in graph.facts()] == [3, 1]
    return graph


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".jsonl", ".parquet", ".gexf", ".ttl", ".rdf", ".nq"])
def test_witnesses_that_say_the_same_stay_as_many(tmp_path, suffix):
    graph = story_of_alike(tmp_path)
    graph.export(tmp_path / f"out{suffix}")
    other = again(tmp_path / f"out{suffix}", tmp_path)
    assert everything(other) == everything(graph)
    report = other.load(tmp_path / f"out{suffix}")
    assert (report.total("reports"), report.total("closed")) == (0, 0)
    other.export(tmp_path / f"next{suffix}")
    assert everything(again(tmp_path / f"next{suffix}", tmp_path / "next")) == everything(graph)


def test_a_part_of_a_file_loaded_again_changes_nothing(tmp_path):
    graph = story_of_alike(tmp_path)
    graph.export(tmp_path / "out.csv")
    header, first, second = (tmp_path / "out.csv").read_text("utf-8").splitlines()
    other = again(tmp_path / "out.csv", tmp_path)
    for n, lines in enumerate(([second], [first], [second, first, first])):
        (tmp_path / f"part{n}.csv").write_text("\n".join([header, *lines, ""]), encoding="utf-8")
        report = other.load(tmp_path / f"part{n}.csv", dataset="out")
        assert (report.total("reports"), report.total("closed"), report.total("rejected")) == (0, 0, 0)
    assert everything(other) == everything(graph)


def test_a_witness_that_was_lost_is_found_when_the_file_is_loaded_again(tmp_path):
    """Of those that say the same the first has nothing to tell it apart, so what is there of it is known."""
    graph = story_of_alike(tmp_path)
    graph.export(tmp_path / "out.jsonl")
    first, second = map(json.loads, (tmp_path / "out.jsonl").read_text("utf-8").splitlines())
    kept = {**first, "witnesses": [w for w in first["witnesses"] if w["id"] != "2"]}
    (tmp_path / "fewer.jsonl").write_text("\n".join(map(json.dumps, (kept, second))), encoding="utf-8")
    other = kg.open(tmp_path / "other.kg")
    other.load(tmp_path / "fewer.jsonl", dataset="out")
    assert [f.reports for f in other.facts()] == [2, 1]
    report = other.load(tmp_path / "out.jsonl")
    assert (report.total("reports"), report.total("closed")) == (1, 0)
    assert everything(other) == everything(graph)


days = st.dates(dt.date(1000, 1, 1), dt.date(9000, 12, 31))
#: Any text, and texts of what has meaning in one of the forms, NUL and other controls among them.
marks = st.text(
    st.sampled_from("\"'`\\\n\r\t\0\x08\x0b\x1f\x7f\x85\u2028\ufeff\ufffe\uffff<>&;,|[]{}=+-@_x0041é\U0001f600 "), max_size=12
)
texts = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=20), marks, st.sampled_from(["NA", "null", "'=1", "''-x", "_x0041_", "#N/A"])
)
names = st.one_of(texts, st.sampled_from(["USA", "Russia", "NATO", "Georgia", "Putin", "Minister (France)"]))
rows = st.lists(
    st.tuples(names, texts, names, days, st.integers(0, 9), st.none() | texts, st.none() | texts), min_size=1, max_size=20
)


def written(day, how):
    """A date text of one of the kinds that `kg.dates` reads."""
    iso, later = day.isoformat(), (day + dt.timedelta(days=9)).isoformat()
    return (
        iso,
        iso[:7],
        iso[:4],
        f"{iso}/..",
        f"{iso}/{later}",
        f"{iso}?",
        f"{iso[:4]}~",
        f"{iso[:5]}22",
        f"{iso[:3]}X",
        f"../{iso}",
    )[how]


@given(rows)
@example(
    [
        ("USA", "=1", "'=x", dt.date(1600, 2, 29), 1, "a; b", None),
        ("USA", "\u0000a\ufffe", "\ufffe", dt.date(2000, 1, 1), 0, None, "x"),
    ]
)
@settings(
    max_examples=6, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],  # a smaller one is found by hand: each costs ten loads
)  # fmt: skip
def test_any_facts_come_back_from_every_form(found):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        graph = kg.open(folder / "s.kg")
        keys = ("actor", "action", "target", "date", "publisher", "url")
        lines = [(a, b, c, written(d, how), p, u) for a, b, c, d, how, p, u in found]
        (folder / "f.jsonl").write_text("".join(json.dumps(dict(zip(keys, r, strict=True))) + "\n" for r in lines), "utf-8")
        graph.load(folder / "f.jsonl")
        if not graph.store.path.exists() or not graph.facts():
            return
        for suffix in (".csv", ".tsv", ".jsonl", ".parquet", ".ttl"):
            graph.export(folder / f"out{suffix}")
            assert everything(again(folder / f"out{suffix}", folder)) == everything(graph), suffix
        for suffix in XML:
            graph.export(folder / f"out{suffix}")
            assert without_controls(again(folder / f"out{suffix}", folder)) == without_controls(graph), suffix


def without_controls(graph):
    """What XML can hold of each fact. Two texts may become one, so the facts are a set."""

    def held(text):
        return text and re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text).replace("\r\n", "\n").replace("\r", "\n")

    found = graph.facts()
    return {(held(f.actor), held(f.action), held(f.target), f.when, f.type, tuple(map(held, f.sources))) for f in found}


@pytest.mark.parametrize("case", ["e07", "i01"])
def test_x07_cases_come_back(inputs, tmp_path, case):
    graph = kg.open(tmp_path / "s.kg")
    graph.load(inputs / f"{case}.csv")
    for edges in ("links", "edges"):
        data = nx.node_link_data(graph.to_networkx(), edges=edges)
        (tmp_path / f"{edges}.json").write_text(json.dumps(data, default=str), encoding="utf-8")
        assert everything(again(tmp_path / f"{edges}.json", tmp_path / edges)) == everything(graph)
    for suffix in (".graphml", ".gexf", ".ttl"):
        graph.export(tmp_path / f"out{suffix}")
        assert everything(again(tmp_path / f"out{suffix}", tmp_path)) == everything(graph)


@pytest.mark.parametrize("edges", ["links", "edges"])
def test_x07_a_graph_of_anybody_in_json(load, graph, write, edges):
    found = {"directed": True, "multigraph": True, "graph": {}, "nodes": [{"id": "USA"}, {"id": "RUS"}],
             edges: [{"source": "USA", "target": "RUS", "key": 0, "action": "meets", "date": "2009-03-27"}]}  # fmt: skip
    load(write("g.json", json.dumps(found)))
    assert [(f.actor, f.action, f.target, f.when) for f in graph.facts()] == [("USA", "meets", "RUS", "2009-03-27")]


def test_a_graph_that_networkx_saved_is_loaded_too(awkward, tmp_path):
    """What networkx does not take it is not given; all else it gives back."""
    graph = awkward.to_networkx()
    for *_, data in graph.edges(data=True):
        data |= {"sources": json.dumps(data["sources"]), "witnesses": json.dumps(data["witnesses"]), "urls": "", "until": ""}
        data |= {"start": str(data["start"]), "basis": ""}
    for _, data in graph.nodes(data=True):
        data |= {name: str(data[name]) for name in ("start", "until") if name in data}
    nx.write_graphml(graph, tmp_path / "g.graphml")
    nx.write_gexf(graph, tmp_path / "g.gexf")
    for name in ("g.graphml", "g.gexf"):
        assert everything(again(tmp_path / name, tmp_path)) == everything(awkward)


# -- where it is written -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".quads", ".kgx"])
def test_a_folder_is_replaced_whole(story, tmp_path, suffix):
    out = tmp_path / f"out{suffix}"
    out.mkdir()
    story.export(out)
    (next(out.glob("*s.jsonl"), None) or out / "train.txt").write_text("older", encoding="utf-8")
    seen = {}
    for view in (story, story.between("2009-09-17", "2009-09-18")):
        assert view.export(out) > 0
        view.export(tmp_path / "new" / out.name) if (tmp_path / "new").exists() else (tmp_path / "new").mkdir()
        seen = contents(out)
        assert b"older" not in seen.values()
    assert seen == contents(tmp_path / "new" / out.name)
    assert sorted(f.name for f in tmp_path.iterdir()) == ["new", out.name]


def contents(folder):
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


@pytest.mark.parametrize("suffix", [".quads", ".kgx"])
@pytest.mark.parametrize(
    ("name", "told"), [("mine.txt", "it has mine.txt"), ("train.txt/x", "it has train.txt"), ("README.md", "it has")]
)
def test_a_folder_of_something_else_is_left_alone(story, tmp_path, suffix, name, told, monkeypatch):
    out = tmp_path / f"out{suffix}"
    (out / name).parent.mkdir(parents=True)
    (out / name).write_text("mine", encoding="utf-8")
    (tmp_path / f"file{suffix}").write_text("mine", encoding="utf-8")
    with pytest.raises(StoreError, match="Not a directory") as caught:
        story.export(tmp_path / f"file{suffix}")
    assert caught.value.hint.endswith("this form is a folder, so name another")
    assert (tmp_path / f"file{suffix}").read_text("utf-8") == "mine"
    monkeypatch.setattr("kg.export._write", lambda *_: pytest.fail("it was refused after the work"))
    with pytest.raises(StoreError, match=f"can't write .*out{suffix}: the folder there is no export of this form, {told}"):
        story.export(out)
    assert [*contents(out).values()] == [b"mine"]


@pytest.mark.parametrize("suffix", [".quads", ".kgx"])
def test_a_folder_that_can_not_be_replaced_comes_back(story, tmp_path, suffix, monkeypatch):
    out = tmp_path / f"out{suffix}"
    story.export(out)
    before, rename = contents(out), os.rename

    def full(old, new):
        if Path(new) == out and not str(old).endswith(".old"):
            raise OSError(28, "No space left on device")
        rename(old, new)

    monkeypatch.setattr(os, "rename", full)
    with pytest.raises(StoreError, match="No space left on device"):
        story.at("2009-09-17").export(out)
    assert contents(out) == before and [f.name for f in tmp_path.iterdir()] == [out.name]


@pytest.mark.parametrize("suffix", FORMS)
def test_what_a_link_leads_to_is_written(story, tmp_path, suffix):
    (tmp_path / "there").mkdir()
    real, link = tmp_path / "there" / f"real{suffix}", tmp_path / f"out{suffix}"
    link.symlink_to(real)
    for _ in range(2):
        assert story.export(link) > 0
        assert link.is_symlink() and real.exists() and not real.is_symlink()
    assert sorted(f.name for f in tmp_path.rglob("*")) == sorted(["there", real.name, link.name] + (
        [f.name for f in real.rglob("*")] if real.is_dir() else []))  # fmt: skip


@pytest.mark.parametrize("suffix", FORMS)
def test_where_nothing_can_be_written_the_hint_says_why(story, tmp_path, suffix):
    (tmp_path / "file").write_text("")
    (tmp_path / f"folder{suffix}").mkdir()
    cases = [(tmp_path / "no" / "where" / f"out{suffix}", "where is not there", f"mkdir -p {tmp_path}/no/where"),
             (tmp_path / "file" / f"out{suffix}", "file is no folder", "name another")]  # fmt: skip
    if suffix not in (".quads", ".kgx"):
        cases.append((tmp_path / f"folder{suffix}", "it is a folder", "name a file"))
    for path, what, hint in cases:
        with pytest.raises(StoreError, match=what) as caught:
            story.export(path)
        assert str(caught.value).startswith(f"can't write {path}: ") and hint in caught.value.hint
    (tmp_path / f"dangling{suffix}").symlink_to(tmp_path / "nowhere" / "x")
    with pytest.raises(StoreError, match="nowhere is not there"):
        story.export(tmp_path / f"dangling{suffix}")
    with pytest.raises(StoreError, match="where is not there"):
        story.export_neo4j_import(tmp_path / "no" / "where" / "import")
    assert sorted(f.name for f in tmp_path.iterdir()) == [f"dangling{suffix}", "file", f"folder{suffix}"]


@pytest.mark.parametrize("suffix", FORMS)
def test_names_that_are_no_text_or_as_long_as_can_be(story, tmp_path, suffix):
    for stem in ("bad\udcff", "x" * (254 - len("_edges.jsonl"))):
        path = tmp_path / f"{stem[: 255 - len(suffix)]}{suffix}"
        assert story.export(path) > 0 and path.exists()


@pytest.mark.parametrize("suffix", FORMS)
def test_a_title_with_bytes_that_are_no_text(story, tmp_path, suffix):
    story.export(tmp_path / f"out{suffix}", title="bad\udcff \ud800title")
    if suffix in (".md", ".gexf", ".graphml"):
        assert "bad\ufffd \ufffdtitle" in (tmp_path / f"out{suffix}").read_text("utf-8")
    if suffix == ".xlsx":
        assert openpyxl.load_workbook(tmp_path / "out.xlsx")["about"]["B1"].value == "bad\ufffd \ufffdtitle"


# -- what can't be read ---------------------------------------------------------------------------------------------------


def bomb(depth, declaration="rdf:RDF"):
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, depth + 1))
    declared = f'<!DOCTYPE {declaration} [<!ENTITY l0 "lol">{entities}]>'
    return f'<?xml version="1.0"?>\n{declared}\n<{declaration}>&l{depth};</{declaration}>'


@pytest.mark.parametrize("name", ["f.rdf", "f.graphml", "f.gexf", "f.xml", "f.csv"])
@pytest.mark.parametrize("depth", [0, 4, 9])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_s01_entities_are_refused(load, graph, write, name, depth, encoding):
    text = bomb(depth).replace("rdf:RDF", {"f.graphml": "graphml", "f.gexf": "gexf"}.get(name, "rdf:RDF"))
    said = only_error(load(write(name, text.encode(encoding))))
    assert "entity declarations are not allowed" in said and "'l0'" in said and name in said
    assert not graph.store.path.exists()


def test_s03_no_context_is_fetched(load, graph, write, tmp_path):
    secret = tmp_path / "ctx.json"
    secret.write_text('{"@context": {"actor": "http://example.org/a"}}', encoding="utf-8")
    for address in ("http://127.0.0.1:9/ctx.json", secret.as_uri()):
        for context in (address, [address, {"x": "http://example.org/x"}]):
            found = {"@context": context, "@id": "http://example.org/e1", "actor": "USA"}
            said = only_error(load(write("f.jsonld", json.dumps(found))))
            assert f"would have to be fetched: {address}" in said


def test_what_is_no_graph_of_facts_says_so(load, write):
    assert "no facts of this project's shape" in only_error(load(write("f.trig", "<http://a> <http://b> <http://c> .")))
    assert "no loader fits" in only_error(load(write("f.ttl", "<http://a> <http://b> <http://c> .")))
    assert "line 2" in only_error(load(write("f.nq", "<http://a> <http://b> <http://c> .\n<http://a> <b")))
    assert "XML of a kind that is not read: <svg>" in only_error(load(write("f.xml", "<svg><body/></svg>")))
    for page in ("<html><body/></html>", "<!DOCTYPE html>\n<p>Not found &nbsp;<br>"):
        assert "f.xml is a web page" in only_error(load(write("f.xml", page)))
    assert "f.graphml: unclosed token" in only_error(load(write("f.graphml", "<graphml><graph><node id='a'")))
    plain = (
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="directed"><node id="a"/></graph></graphml>'
    )
    assert load(write("f.graphml", plain)).empty


def test_a_graph_of_anybody_whose_edges_say_when(load, graph, write):
    text = """<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2"><graph mode="dynamic" timeformat="date">
        <nodes><node id="1" label="United States"/><node id="2" label="NATO"/></nodes>
        <edges><edge id="7" source="1" target="2" label="praises" start="2009-09-18"/>
        <edge id="8" source="2" target="1" label="criticizes" start="2009-09-18" end="2009-09-20"/></edges></graph></gexf>"""
    load(write("f.gexf", text))
    assert {(f.actor, f.action, f.target, f.when) for f in graph.facts()} == {
        ("USA", "praises", "NATO", "2009-09-18/.."), ("NATO", "criticizes", "USA", "2009-09-18/2009-09-20"),
    }  # fmt: skip


def test_a_code_that_only_the_text_led_to_is_told_by_the_id(story, tmp_path):
    """RDF does not say how a code was found, but a fact's id does: with the code in it the id would be another."""
    story.export(tmp_path / "out.ttl")
    text = (tmp_path / "out.ttl").read_text("utf-8")
    (tmp_path / "edited.ttl").write_text(re.sub(r'kg:id "[0-9a-f-]{36}" ;', "", text), encoding="utf-8")
    assert {f.coded for f in again(tmp_path / "out.ttl", tmp_path).facts()} == {f.coded for f in story.facts()}
    edited = again(tmp_path / "edited.ttl", tmp_path / "edited").facts()
    # Two deeds whose verbs have one code are one where the code counts; three facts are derived.
    assert len(edited) == 29 + 3 and {f.coded for f in edited if f.code} == {"code", "derived"}
