"""The package as Python users see it: what it exports, views that compose, answers, and files that come back."""

import datetime as dt
import gzip
import inspect
import json
import random
import shutil
from dataclasses import FrozenInstanceError, fields
from typing import NamedTuple, get_args

import pyarrow as pa
import pyarrow.parquet as pq
import pyoxigraph as ox
import pytest
from helpers_store import COLUMNS, EXAMPLE, child, finished, only, triples_in, write_rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kg
from kg import actions, errors
from kg.errors import StoreError, UsageError
from kg.export import FORMS, tables
from kg.export.rows import COLUMNS as EXPORTED
from kg.facts import FACT_COLUMNS, QUALIFIERS, Precision
from kg.views import View

HEAVY = ("duckdb", "pyarrow", "rdflib", "networkx", "networkit", "pyvis", "neo4j", "ladybug", "pyoxigraph", "openpyxl", "numpy")
TABLES = (".csv", ".tsv", ".json", ".jsonl", ".parquet")


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The example's facts, which no test changes."""
    graph = kg.open(tmp_path_factory.mktemp("example") / "s.kg")
    graph.load(EXAMPLE)
    return graph


# -- the package ----------------------------------------------------------------------------------------------------------


def test_what_is_exported_is_sorted_and_there():
    assert kg.__all__ == sorted(kg.__all__)
    for name in kg.__all__:
        assert inspect.getdoc(getattr(kg, name)), name
    found = {}
    exec("from kg import *", found)
    assert set(kg.__all__) <= set(found)
    public = {name for name in vars(kg) if not name.startswith("_") and not inspect.ismodule(vars(kg)[name])}
    assert public - {"annotations", "TYPE_CHECKING", "Any"} <= set(kg.__all__)
    assert {kg.Fact, kg.Entity, kg.Graph, kg.KGError} == {getattr(kg, n) for n in kg.__all__ if inspect.isclass(getattr(kg, n))}
    with pytest.raises(AttributeError, match="nothing"):
        _ = kg.nothing


def test_importing_loads_nothing_heavy():
    code = "import sys, kg; kg.__all__; print(*sorted(sys.modules))"
    modules = {name.split(".")[0] for name in finished(child(code)).split()}
    assert modules & {*HEAVY, "typer", "rich", "click"} == set()


def test_the_command_and_the_types_load_nothing_heavy():
    """Nothing that reads, stores or draws is loaded before it is used."""
    code = "import sys, kg, kg.cli, kg.graph; kg.open, kg.Fact; kg.open('x.kg').between('2009'); print(*sorted(sys.modules))"
    modules = {name.split(".")[0] for name in finished(child(code)).split()}
    assert modules & set(HEAVY) == set()


def test_a_command_loads_no_pandas(tmp_path):
    """Which pyarrow and the driver of Neo4j do where it is installed."""
    pytest.importorskip("pandas")
    for words, needed in ((["load", str(EXAMPLE)], "pyarrow"), (["info", "--kg", "neo4j://127.0.0.1:1"], "neo4j")):
        code = f"""import os, sys; from kg.cli import main; os.chdir({str(tmp_path)!r}); sys.argv = ["kg", *{words!r}]
try:
    main()
except SystemExit:
    print({needed!r} in sys.modules, *sorted(m for m in sys.modules if m.startswith("pandas.")))"""
        assert finished(child(code)).splitlines()[-1] == "True"


def test_every_error_is_one_of_the_tree():
    tree = errors.__doc__
    found = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if cls.__module__ == errors.__name__]
    assert len(found) >= 9
    for cls in found:
        assert issubclass(cls, kg.KGError)
        assert cls.__name__ in tree
    shown = str(errors.QueryError("it is wrong", hint="do it right"))
    assert shown == "it is wrong\nhint: do it right"


# -- facts ----------------------------------------------------------------------------------------------------------------


def test_a_fact_has_these_fields(example):
    names = [f.name for f in fields(kg.Fact)]
    assert names == [
        "id", "actor", "action", "target", "date", "until", "precision", "certainty", "type", "code", "scheme", "coded",
        "quad_class", "intensity", "scale", "event", "actor_state", "target_state", "reports", "sources", "urls", "basis",
    ]  # fmt: skip
    fact = next(f for f in example.facts() if f.action == "scraps")
    assert (fact.actor, fact.target, fact.date, fact.until) == (
        "USA",
        "missile-shield",
        dt.date(2009, 9, 17),
        dt.date(2009, 9, 18),
    )
    assert (fact.precision, fact.when, fact.event, fact.reports) == ("day", "2009-09-17", "shield-decision-2009", 2)
    assert fact.sources == ("RFE/RL", "The New York Times") and len(fact.urls) == 1
    assert fact.type in actions.types() and (fact.scheme, fact.scale) == ("cameo", "goldstein")
    assert type(fact.date) is dt.date and type(fact.intensity) is float and type(fact.quad_class) is int
    with pytest.raises(FrozenInstanceError):
        fact.actor = "RUS"


def test_facts_rows_and_table_say_the_same(example):
    view = example.between("2009-09-01", "2009-10-01")
    facts, rows, table = view.facts(), list(view.rows()), view.table()
    assert table.column_names == list(example.columns) == list(FACT_COLUMNS)
    assert [tuple(row.values()) for row in table.to_pylist()] == rows
    columns = [dict(zip(example.columns, row, strict=True)) for row in rows]
    assert [(f.id, f.when, f.actor, f.target, f.date, f.until, list(f.sources)) for f in facts] == [
        (c["id"], c["date"], c["actor_id"], c["target_id"], c["start"], c["until"], c["sources"]) for c in columns
    ]
    assert [f.date for f in facts] == sorted(f.date for f in facts)
    names = {e.id: e.name for e in view.entities()}
    assert {(c["actor_id"], c["actor"]) for c in columns} | {(c["target_id"], c["target"]) for c in columns} == set(names.items())


def test_entities_are_those_of_the_view(example):
    view = example.between("2009-09-01", "2009-10-01")
    ids = [e.id for e in view.entities()]
    assert ids == sorted({i for f in view.facts() for i in (f.actor, f.target)})
    by_id = {e.id: e for e in view.entities()}
    assert (by_id["USA"].name, by_id["USA"].kind, by_id["USA"].state) == ("United States", "state", "USA")
    assert (by_id["missile-shield"].name, by_id["missile-shield"].kind) == ("missile shield", "topic")


# -- views ----------------------------------------------------------------------------------------------------------------

ACTORS = {"USA": "USA", "United States": "USA", "Russia": "RUS", "Foo": "foo", "Česko": "česko"}
DATES = [
    "2008",
    "2009",
    "2009-04",
    "2009-04-01",
    "2009-04-30",
    "2009-05-01",
    "2008-12-31/2009-04-01",
    "2009/..",
    "2008-01/2008-02",
    "2009-04~",
    "2009-04-01?",
    "2009-03-31/2009-04-29%",
    "../2009-04-01",
    "2009-21",
    "200X",
    "20XX",
]


class Many(NamedTuple):
    """A graph and its facts, shown in one word when a test fails."""

    graph: kg.Graph
    facts: list[kg.Fact]

    def __repr__(self):
        return "many"


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Random facts and the graph that holds them."""
    folder = tmp_path_factory.mktemp("many")
    pick = random.Random(2009)
    rows = [
        (
            pick.choice(list(ACTORS)),
            pick.choice(["meets", "criticizes", "scraps", "act"]),
            pick.choice([*ACTORS, ""]),
            pick.choice(DATES),
        )
        for _ in range(600)
    ]
    graph = kg.open(folder / "s.kg")
    graph.load(write_rows(folder / "f.csv", rows))
    facts = graph.facts()
    assert len(facts) > 300
    assert {f.precision for f in facts} == {*get_args(Precision)} and {f.certainty for f in facts} == {*QUALIFIERS}
    return Many(graph, facts)


days = st.dates(dt.date(2007, 12, 30), dt.date(2010, 1, 2))
windows = st.one_of(
    st.tuples(st.just("between"), st.one_of(st.none(), days), st.one_of(st.none(), days)),
    st.tuples(st.just("at"), days, st.none()),
    st.just(("between", None, None)),
)


@settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    window=windows,
    actor=st.sampled_from([None, *ACTORS, "nobody"]),
    target=st.sampled_from([None, *ACTORS]),
    type_=st.sampled_from([None, "CONSULT", "act", "Reject", "SANCTION"]),
    certain=st.booleans(),
    order=st.permutations(range(5)),
)
def test_views_compose_in_any_order_and_find_what_a_plain_filter_finds(many, window, actor, target, type_, certain, order):
    graph, facts = many
    verb, start, until = window
    if verb == "between" and start and until and start >= until:
        with pytest.raises(UsageError):
            graph.between(start, until)
        return
    steps = [
        lambda g: getattr(g, verb)(*(window[1:] if verb == "between" else window[1:2])),
        lambda g: g.by(actor) if actor else g,
        lambda g: g.to(target) if target else g,
        lambda g: g.of_type(type_) if type_ else g,
        lambda g: g.certain() if certain else g,
    ]
    view = graph
    for i in order:
        view = steps[i](view)
    if verb == "at":
        until = start + dt.timedelta(days=1)

    def within(f):
        return (start is None or f.date >= start) and (until is None or f.until <= until)

    def wanted(f):
        unbegun = f.precision == "span" and f.date == dt.date.min
        exact = f.precision in ("day", "span") and not (unbegun and f.until and until and f.until > until)
        return (
            (not certain or (f.certainty is None and (exact or within(f))))
            and (start is None or f.until is None or f.until > start)
            and (until is None or f.date < until)
            and (actor is None or f.actor == ACTORS.get(actor, actor))
            and (target is None or f.target == ACTORS[target])
            and (type_ is None or f.type == type_.upper())
        )

    assert view.facts() == [f for f in facts if wanted(f)]
    assert graph.view == View(), "the graph it came from is as it was"


@pytest.mark.parametrize(
    ("start", "until"),
    [("2009-10-01", "2009-09-01"), ("2009-09-01", "2009-09-01"), ("2009", "2009-01-01"), ("March 2010", dt.date(2009, 1, 1))],
)
def test_a_span_that_ends_before_it_begins_is_an_error(example, start, until):
    for narrow in (lambda: example.between(start, until), lambda: example.between(start).between(until=until)):
        with pytest.raises(UsageError, match="is no span"):
            narrow()


def test_dates_may_be_texts_of_all_forms_or_values(example):
    expected = example.between(dt.date(2009, 9, 1), dt.date(2009, 10, 1)).facts()
    assert len(expected) == 14  # two of them recognitions that hold since 2008
    for start, until in (("2009-09", "2009-10"), ("1 September 2009", "20091001"), ("2009-09-01T23:00:00+02:00", "Oct. 1, 2009")):
        assert example.between(start, until).facts() == expected
    with pytest.raises(UsageError, match="from: 'soon' is not a date"):
        example.between("soon")
    with pytest.raises(UsageError, match="day first or month first"):
        example.at("03/04/2009")


def test_a_time_of_day_means_its_day(example):
    """A datetime is a date too in Python; the facts of the day after must not slip in."""
    for day in (dt.date(2009, 9, 16), dt.date(2009, 9, 17), dt.date(2009, 9, 18)):
        noon = dt.datetime.combine(day, dt.time(12))
        assert example.at(noon).facts() == example.at(day).facts()
        assert example.between(noon, noon + dt.timedelta(days=1)).facts() == example.at(day).facts()


def test_names_of_all_forms_mean_the_same_actor(example):
    expected = example.by("RUS").facts()
    assert len(expected) == 7  # with the two recognitions that follow
    for name in ("Russia", "russia", "Russian Federation", " RUS "):
        assert example.by(name).facts() == expected


def test_what_contradicts_is_an_error_and_what_repeats_is_not(example):
    with pytest.raises(UsageError, match="actor is USA already"):
        example.by("USA").by("Russia")
    assert example.by("USA").by("United States").facts() == example.by("USA").facts()
    with pytest.raises(UsageError, match="no type 'HUG'"):
        example.of_type("HUG")


# -- answers --------------------------------------------------------------------------------------------------------------


def test_cypher_gives_plain_values(example):
    answer = example.cypher(
        "MATCH (a:Entity)-[r]->(b:Entity) WHERE r.action = $x RETURN a, r, b.id AS target, r.date, r.reports, r.intensity",
        {"x": "scraps"},
    )
    assert answer.columns[:3] == ["a", "r", "target"]
    ((a, r, target, date, reports, intensity),) = answer.rows
    assert (a["id"], a["labels"], a["properties"]["name"]) == ("USA", ["Entity"], "United States")
    assert (r["id"], r["type"], r["properties"]["action"]) == (r["properties"]["id"], r["properties"]["type"], "scraps")
    assert (target, date, reports, type(intensity)) == ("missile-shield", dt.date(2009, 9, 17), 2, float)
    assert (r["properties"]["date"], len(r["properties"]["urls"])) == (date, 1)
    assert not [key for key in (*a, *r, *a["properties"], *r["properties"]) if key.startswith("_")]


def test_sparql_gives_plain_values_and_the_three_other_forms(example):
    ((f, date, intensity, reports, none),) = example.sparql(
        "SELECT ?f ?date ?i ?n ?none WHERE { ?f kg:action $x ; kg:date ?date ; kg:intensity ?i ; kg:reports ?n "
        "OPTIONAL { ?f kg:nothing ?none } }",
        {"x": "scraps"},
    ).rows
    assert f.startswith("https://w3id.org/diplomacy-kg/fact/")
    assert (date, reports, none, type(intensity)) == (dt.date(2009, 9, 17), 2, None, float)
    assert example.sparql("ASK { ?f kg:action 'scraps' }").rows == [(True,)]
    built = example.sparql("CONSTRUCT { ?f kg:action ?a } WHERE { ?f kg:action ?a . FILTER(?a = 'scraps') }")
    assert (built.columns, [row[2] for row in built.rows]) == (["subject", "predicate", "object"], ["scraps"])
    assert len(example.sparql("DESCRIBE ?f WHERE { ?f kg:action 'scraps' }").rows) > 10


def test_ask_gives_the_same_in_both_languages(example):
    assert example.ask("facts-at", at="2009-09-17") == example.ask("facts-at", "sparql", at=dt.date(2009, 9, 17))


def test_info_says_what_is_there(example):
    info = example.info()
    assert (info["facts"], info["derived"], info["reports"], info["path"]) == (33, 3, 35, str(example.store.path))
    assert (info["first"], info["last"]) == (dt.date(2008, 1, 1), dt.date(2009, 12, 31))
    assert info["sources"] == [{"dataset": "missile-shield-2009", "reports": 32}, {"dataset": "derived", "reports": 3}]
    assert info["bytes"] > 0
    assert repr(example).startswith("Graph(")


# -- files ----------------------------------------------------------------------------------------------------------------


def content(facts):
    """What of facts a table can carry: who did what to whom, when, of which type."""
    return {(f.actor, f.action, f.target, f.date, f.until, f.precision, f.type) for f in facts}


@pytest.mark.parametrize("suffix", [".html", *TABLES, ".ttl", ".nt", ".nq", ".nq.gz"])
def test_every_suffix_writes_the_facts_of_the_view(example, tmp_path, suffix):
    view = example.between("2009-09-01", "2009-10-01")
    path = tmp_path / f"out{suffix.upper()}"
    assert view.export(path) == 14
    assert [f.name for f in tmp_path.iterdir()] == [path.name], "nothing else is left there"
    if suffix == ".parquet":
        assert pq.read_table(path).select(FACT_COLUMNS).equals(view.table())
    elif suffix == ".json":
        assert [row["id"] for row in json.loads(path.read_text("utf-8"))] == [f.id for f in view.facts()]
    elif suffix == ".jsonl":
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        assert [(row["id"], row["sources"]) for row in rows] == [(f.id, list(f.sources)) for f in view.facts()]
    elif suffix in (".csv", ".tsv"):
        header, *rows = path.read_text("utf-8").splitlines()
        assert header.split("," if suffix == ".csv" else "\t") == list(EXPORTED) and len(rows) == 14
    elif suffix == ".html":
        assert "Rasmussen" in path.read_text("utf-8") and "Iskander" not in path.read_text("utf-8")
    else:
        view.export(tmp_path / "same.nt")
        form = {".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES}.get(suffix, ox.RdfFormat.N_QUADS)
        store = ox.Store()
        data = gzip.decompress(path.read_bytes()) if suffix == ".nq.gz" else path.read_bytes()
        store.load(data, format=form)
        if suffix.startswith(".nq"):  # with what a store knows besides
            assert {quad.triple for quad in store} > triples_in(tmp_path / "same.nt")
        else:
            assert {quad.triple for quad in store} == triples_in(tmp_path / "same.nt")
        assert len({quad.subject for quad in store if "/fact/" in quad.subject.value}) == 14


@pytest.mark.parametrize("suffix", TABLES)
def test_exported_tables_can_be_loaded_again(example, tmp_path, suffix):
    example.export(tmp_path / f"out{suffix}")
    other = kg.open(tmp_path / "other.kg")
    counts = only(other.load(tmp_path / f"out{suffix}"))
    assert (counts.rows, counts.new, counts.known, counts.rejected) == (32, 30, 2, 0), "a row has a report a witness"
    assert content(other.facts()) == content(example.facts())
    assert {f.event for f in other.facts()} == {f.event for f in example.facts()}
    assert {(f.code, f.scheme) for f in other.facts()} == {(f.code, f.scheme) for f in example.facts()}


@pytest.fixture(scope="module")
def awkward(tmp_path_factory):
    """Facts that a table may bend: no target, no end, texts with quotes, two verbs of one code, several sources."""
    folder = tmp_path_factory.mktemp("awkward")
    graph = kg.open(folder / "s.kg")
    rows = [
        ("USA", "mourns", "", "2009-03-27", "AFP", "http://a", "", ""),
        ("USA", "meets", "Foo \"the\" Bär; x", "2001/..", "AFP", "http://a/?x=1;y=2", "person", ""),
        ("USA", "scraps", "shield", "2009-09-17", "AFP", "http://a", "topic", ""),
        ("USA", "abandons", "shield", "2009-09-17", "dpa", "http://b", "topic", ""),
        ("USA", "scraps", "shield", "2009-09-17", "dpa", "http://b", "topic", ""),
        ("Minister (France)", "meets", "Georgia", "2009-03", "AFP", "", "", ""),
        ("USA", "x", "RUS", "2009", "AFP", "", "", "042"),
        ("USA", "line\nbreak, and \"quotes\"", "=cmd()", "2009-01-01/2009-02-01", "AFP", "", "", ""),
    ]  # fmt: skip
    graph.load(write_rows(folder / "f.csv", rows, (*COLUMNS, "source", "url", "target_kind", "code")))
    assert len(graph.facts()) == 7
    return graph


@pytest.mark.parametrize("suffix", TABLES)
def test_awkward_facts_come_back_too(awkward, tmp_path, suffix):
    awkward.export(tmp_path / f"out{suffix}")
    other = kg.open(tmp_path / "other.kg")
    other.load(tmp_path / f"out{suffix}")
    assert content(other.facts()) == content(awkward.facts())


@pytest.mark.parametrize("suffix", TABLES)
def test_an_export_loaded_into_the_store_it_came_from_brings_no_new_fact(awkward, tmp_path, suffix):
    """A fact's identity must survive the way out and in, or sharing tables doubles what is known."""
    shutil.copytree(awkward.store.path, tmp_path / "s.kg")
    graph = kg.open(tmp_path / "s.kg")
    graph.export(tmp_path / f"out{suffix}")
    counts = only(graph.load(tmp_path / f"out{suffix}"))
    assert (counts.new, counts.known) == (0, 8)
    assert {f.id for f in graph.facts()} == {f.id for f in awkward.facts()}


def test_an_unknown_suffix_is_refused_before_anything_is_written(example, tmp_path):
    for name in ("out", "out.xls", "out.csv.gz", ".csv"):
        with pytest.raises(UsageError, match="can't tell from"):
            example.export(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", FORMS)
def test_where_nothing_can_be_written_the_error_says_so(example, tmp_path, suffix):
    for path in (tmp_path / "no" / "such" / f"folder{suffix}", EXAMPLE / f"out{suffix}", tmp_path / f"folder{suffix}"):
        if path.parent == tmp_path:
            path.mkdir()
            (path / "mine.txt").write_text("mine")
        with pytest.raises(StoreError) as caught:
            example.export(path)
        assert path.name in caught.value.message and caught.value.hint
    assert [f.name for f in tmp_path.iterdir()] == [f"folder{suffix}"]
    assert (tmp_path / f"folder{suffix}" / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("suffix", FORMS)
def test_an_older_file_stays_whole_if_writing_fails_half_way(example, tmp_path, suffix, monkeypatch):
    path = tmp_path / f"out{suffix}"
    path.write_text("older")

    def full(*arguments, **more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(StoreError, match="No space left on device"):
        example.export(path)
    assert path.read_text() == "older"
    assert [f.name for f in tmp_path.iterdir()] == [path.name]


def test_exports_replace_older_files(example, tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("older\n" * 10_000)
    example.export(path)
    assert "older" not in path.read_text("utf-8")


def test_lists_and_missing_values_have_one_form_in_tables(tmp_path):
    path = tmp_path / "x.csv"
    with path.open("w", newline="") as file:
        tables.write_rows(("a", "b", "c"), [(["x", "y"], None, dt.date(2009, 1, 2))], file, "csv")
    assert path.read_text() == "a,b,c\nx; y,,2009-01-02\n"
    tables.write_parquet(pa.table({"a": [1]}), tmp_path / "x.parquet")
    assert pq.read_table(tmp_path / "x.parquet").to_pydict() == {"a": [1]}


def test_numbers_below_zero_are_told(example, tmp_path):
    for asking in (lambda: example.unresolved(-1), lambda: example.export(tmp_path / "page.html", limit=-5)):
        with pytest.raises(UsageError, match=r"is -\d\n.*from 0 on"):
            asking()
