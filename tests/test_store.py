"""The record: what loading, correcting and retracting leave in it, and what is no record."""

import datetime as dt
import itertools
import shutil
from collections import Counter

import duckdb
import pytest
from helpers_store import COLUMNS, WITH_IDS, command, many_rows, only, write_rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kg
from kg.errors import InputError, StoreDamaged, StoreError, UsageError
from kg.stores.merge import Counts


@pytest.fixture
def g(tmp_path):
    return kg.open(tmp_path / "s.kg")


def corrected(tmp_path, *rows):
    """A later file of the same dataset."""
    return write_rows(tmp_path / "later.csv", rows, WITH_IDS)


def deeds(graph):
    return {(f.actor, f.action, f.target, f.when): f.reports for f in graph.facts()}


def history(graph):
    """Open and closed reports."""
    with graph.store.record.reading() as con:
        return con.execute(
            "SELECT count(*) FILTER (closed IS NULL), count(*) FILTER (closed IS NOT NULL) FROM kg.report"
        ).fetchone()


# -- loading again, correcting, retracting --------------------------------------------------------------------------------


def test_loading_again_changes_nothing(g, records):
    assert only(g.load(records)) == Counts(rows=3, new=2, known=1, rejected=0, reports=3, closed=0)
    before, shown = g.facts(), history(g)
    for _ in range(2):
        assert only(g.load(records)) == Counts(rows=3, new=0, known=3, rejected=0, reports=0, closed=0)
    assert (g.facts(), history(g)) == (before, shown)
    assert g.info()["facts"] == 2


def test_witnesses_are_counted_with_their_names_and_addresses(g, records):
    g.load(records)
    fact = next(f for f in g.facts() if f.action == "scraps")
    assert (fact.reports, fact.sources, fact.urls) == (2, ("AFP", "Reuters"), ("http://a",))


def test_the_same_rows_from_another_dataset_are_further_witnesses(g, records):
    g.load(records, dataset="one")
    assert only(g.load(records, dataset="two")) == Counts(rows=3, new=0, known=3, rejected=0, reports=3, closed=0)
    assert sorted(deeds(g).values()) == [2, 4]
    assert {s["dataset"]: s["reports"] for s in g.info()["sources"]} == {"one": 3, "two": 3}


def test_a_corrected_record_replaces_its_report_and_its_fact(g, records, tmp_path):
    g.load(records, dataset="d")
    later = corrected(tmp_path, ("r1", "USA", "criticizes", "RUS", "2009-04-01", "AFP", ""))
    assert only(g.load(later, dataset="d")) == Counts(rows=1, new=1, known=0, rejected=0, reports=1, closed=1)
    assert deeds(g) == {("USA", "criticizes", "RUS", "2009-04-01"): 1, ("USA", "scraps", "shield", "2009-09-17"): 2}
    assert history(g) == (3, 1), "the old report stays in recorded time"
    assert only(g.load(later, dataset="d")).closed == 0


def test_a_fact_with_another_witness_outlives_the_correction(g, records, tmp_path):
    g.load(records, dataset="d")
    g.load(corrected(tmp_path, ("r2", "POL", "scraps", "shield", "2009-09-17", "AFP", "http://a")), dataset="d")
    assert deeds(g)["USA", "scraps", "shield", "2009-09-17"] == 1
    assert deeds(g)["POL", "scraps", "shield", "2009-09-17"] == 1


def test_a_correction_of_an_address_keeps_the_fact(g, records, tmp_path):
    g.load(records, dataset="d")
    before = {f.id for f in g.facts()}
    later = corrected(tmp_path, ("r2", "USA", "scraps", "shield", "2009-09-17", "AFP", "http://b"))
    assert only(g.load(later, dataset="d")) == Counts(rows=1, new=0, known=1, rejected=0, reports=1, closed=1)
    fact = next(f for f in g.facts() if f.action == "scraps")
    assert ({f.id for f in g.facts()}, fact.reports, fact.urls) == (before, 2, ("http://b",))


def test_a_correction_of_a_code_s_scheme_is_one(g, tmp_path):
    columns = ("native_id", *COLUMNS, "code", "scheme")
    for scheme in ("cameo", "other"):
        g.load(write_rows(tmp_path / "d.csv", [("r1", "USA", "x", "RUS", "2009", "042", scheme)], columns), dataset="d")
    assert [f.scheme for f in g.facts()] == ["other"]


def test_going_back_to_the_first_version_is_a_correction_too(g, records, tmp_path):
    g.load(records, dataset="d")
    before = deeds(g)
    later = corrected(tmp_path, ("r1", "USA", "criticizes", "RUS", "2009-04-01", "AFP", ""))
    g.load(later, dataset="d")
    assert only(g.load(records, dataset="d")) == Counts(rows=3, new=1, known=2, rejected=0, reports=1, closed=1)
    assert deeds(g) == before
    assert history(g) == (3, 2)


def test_other_datasets_have_other_ids(g, records, tmp_path):
    g.load(records, dataset="one")
    later = corrected(tmp_path, ("r1", "USA", "criticizes", "RUS", "2009-04-01", "AFP", ""))
    assert only(g.load(later, dataset="two")).closed == 0
    assert len(g.facts()) == 3


def test_a_record_twice_in_one_file_is_two_reports(g, tmp_path):
    rows = [("r1", "USA", "meets", "RUS", day, "", "") for day in ("2009-04-01", "2009-04-02")]
    file = corrected(tmp_path, *rows)
    for _ in range(2):
        g.load(file)
        assert history(g) == (2, 0)
    assert len(g.facts()) == 2


def test_a_rejected_correction_corrects_nothing(g, records, tmp_path):
    g.load(records, dataset="d")
    before = deeds(g)
    counts = only(g.load(corrected(tmp_path, ("r1", "USA", "meets", "RUS", "2009-02-30", "", "")), dataset="d"))
    assert (counts.rejected, counts.closed) == (1, 0)
    assert deeds(g) == before


def test_what_is_retracted_is_gone_and_comes_back_with_its_file(g, records):
    g.load(records, dataset="d")
    before = g.facts()
    assert g.retract("d", "r1") == 1
    assert deeds(g) == {("USA", "scraps", "shield", "2009-09-17"): 2}
    assert g.retract("d", "r3") == 1
    assert deeds(g) == {("USA", "scraps", "shield", "2009-09-17"): 1}
    assert history(g) == (1, 2)
    assert only(g.load(records, dataset="d")) == Counts(rows=3, new=1, known=2, rejected=0, reports=2, closed=0)
    assert g.facts() == before
    assert [c["kind"] for c in g.info()["changes"]] == ["load", "retract", "retract", "load"]


def test_a_report_without_an_id_of_its_own_is_retracted_by_the_store_s(g, tmp_path):
    g.load(write_rows(tmp_path / "f.csv", [("USA", "meets", "RUS", "2009")]), dataset="d")
    with g.store.record.reading() as con:
        ((report,),) = con.execute("SELECT id::VARCHAR FROM kg.report").fetchall()
    assert g.retract("d", report.upper()) == 1
    assert g.facts() == []


@pytest.mark.parametrize(("dataset", "id_"), [("d", "r9"), ("e", "r1"), ("d", ""), ("d", "%"), ("d", "' OR true --")])
def test_retracting_what_is_not_there_is_an_error(g, records, dataset, id_):
    g.load(records, dataset="d")
    with pytest.raises(StoreError, match="no open report"):
        g.retract(dataset, id_)
    assert history(g) == (3, 0)
    assert len(g.info()["changes"]) == 1


def test_retracting_twice_is_an_error(g, records):
    g.load(records, dataset="d")
    g.retract("d", "r1")
    with pytest.raises(StoreError, match="no open report"):
        g.retract("d", "r1")


# -- against a model ------------------------------------------------------------------------------------------------------

ROWS = st.tuples(
    st.sampled_from(["", "r1", "r2", "r3"]),
    st.sampled_from(["USA", "United States", "Foo"]),
    st.sampled_from(["meets", "act"]),
    st.sampled_from(["RUS", ""]),
    st.sampled_from(["2009-04-01", "1 April 2009", "2009-04", "2009-02-30"]),
)
STEPS = st.one_of(
    st.tuples(st.just("load"), st.sampled_from("de"), st.lists(ROWS, min_size=1, max_size=5)),
    st.tuples(st.just("retract"), st.sampled_from("de"), st.sampled_from(["r1", "r2"])),
)
ENTITIES = {"USA": "USA", "United States": "USA", "Foo": "foo", "RUS": "RUS", "": "NONE"}
SPANS = {"2009-04-01": "2009-04-01", "1 April 2009": "2009-04-01", "2009-04": "2009-04"}


class Model:
    """What the record should hold, in a few lines: open reports, each with its fact."""

    def __init__(self):
        self.open = set()

    @staticmethod
    def fact(report):
        _, _, actor, action, target, date = report
        return ENTITIES[actor], action, ENTITIES[target], SPANS[date]

    def facts(self):
        return Counter(map(self.fact, self.open))

    def load(self, dataset, rows):
        good = [(dataset, *row) for row in rows if row[4] in SPANS]
        ids = {report[1] for report in good} - {""}
        closed = {r for r in self.open if r[0] == dataset and r[1] in ids} - set(good)
        new = {self.fact(r) for r in good} - set(self.facts())
        added = set(good) - self.open
        self.open = (self.open - closed) | added
        rejected = len(rows) - len(good)
        return Counts(len(rows), len(new), len(good) - len(new), rejected, len(added), len(closed))

    def retract(self, dataset, id_):
        closed = {r for r in self.open if r[:2] == (dataset, id_)}
        self.open -= closed
        return len(closed)


@settings(max_examples=12, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=2, max_size=4))
def test_any_sequence_leaves_what_the_model_says(tmp_path, steps):
    place = tmp_path / "model.kg"
    shutil.rmtree(place, ignore_errors=True)
    graph, model = kg.open(place), Model()
    for step, dataset, what in steps:
        if step == "load":
            file = write_rows(tmp_path / "model.csv", what, ("native_id", *COLUMNS))
            foreseen = only(graph.load(file, dataset=dataset, dry_run=True))
            expected = model.load(dataset, what)
            assert foreseen == expected
            assert only(graph.load(file, dataset=dataset)) == expected
            assert expected.rows == expected.new + expected.known + expected.rejected
        elif expected := model.retract(dataset, what):
            assert graph.retract(dataset, what) == expected
        elif place.exists():
            with pytest.raises(StoreError):
                graph.retract(dataset, what)
        if place.exists():
            assert deeds(graph) == model.facts()
            info = graph.info()
            assert (info["facts"], info["reports"]) == (len(model.facts()), len(model.open))


# -- counting without loading, order, files -------------------------------------------------------------------------------


def test_a_dry_run_counts_the_same_and_leaves_nothing(tmp_path, records):
    done = command("load", records, "--dry-run", "--kg", tmp_path / "s.kg", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "would load 3 of 3 rows: 2 new facts, 1 known, 0 rejected" in done.stderr
    assert not (tmp_path / "s.kg").exists()
    done = command("load", records, "--kg", tmp_path / "s.kg", cwd=tmp_path)
    assert "loaded 3 of 3 rows: 2 new facts, 1 known, 0 rejected" in done.stderr


def test_a_dry_run_of_several_files_counts_what_they_share_once(g, records):
    """As loading them would: the second brings nothing new."""
    foreseen = [f.counts for f in g.load(records, records, dataset="d", dry_run=True).files]
    assert foreseen == [f.counts for f in g.load(records, records, dataset="d").files]


def test_the_order_of_files_makes_no_difference(tmp_path):
    first = [("USA", "meets", "RUS", "2009-04-01", "AFP"), ("Foo Bar", "act", "", "2009", "AFP")]
    second = [("Russia", "meets", "USA", "2009", "TASS"), ("U.S.", "Meets", "Russia", "1 April 2009", "TASS")]
    third = [("foo  bar", "ACT", "", "2009", "dpa"), ("USA", "meets", "RUS", "2009-04", "dpa")]
    files = [write_rows(tmp_path / f"{n}.csv", rows, (*COLUMNS, "source")) for n, rows in enumerate((first, second, third))]
    seen = set()
    for n, order in enumerate(itertools.permutations(files)):
        graph = kg.open(tmp_path / f"{n}.kg")
        graph.load(*order)
        seen.add(
            frozenset((f.id, f.actor, f.target, f.when, f.until, f.type, f.code, f.reports, f.sources) for f in graph.facts())
        )
    assert len(seen) == 1
    (facts,) = seen
    assert Counter(f[7] for f in facts) == {2: 2, 1: 2}


def test_counts_of_a_file_with_all_kinds_of_rows(g, tmp_path):
    rows = [
        ("USA", "meets", "RUS", "2009-04-01"),
        ("USA", "meets", "RUS", "2009-04-01"),
        ("United States", "MEETS", "Russia", "April 1, 2009"),
        ("", "meets", "RUS", "2009-04-01"),
        ("USA", "", "RUS", "2009-04-01"),
        ("USA", "meets", "RUS", ""),
        ("USA", "meets", "RUS", "2009-02-30"),
        ("USA", "meets", "", "2009-04-01"),
    ]
    report = g.load(write_rows(tmp_path / "f.csv", rows))
    assert only(report) == Counts(rows=8, new=2, known=2, rejected=4, reports=3, closed=0)
    assert [r.row for _, r in report.rejects()] == [5, 6, 7, 8]
    info = g.info()
    assert (info["facts"], info["reports"], info["entities"]) == (2, 3, 3)
    assert (info["first"], info["last"]) == (dt.date(2009, 4, 1), dt.date(2009, 4, 1))
    assert [r["row"] for r in g.store.rejects()] == [5, 6, 7, 8]


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        ((*COLUMNS, "code", "scheme"), [("USA", "x", "RUS", "2009", "042", scheme) for scheme in ("cameo", "other")]),
        (COLUMNS, [("USA\x1fa", "b", "RUS", "2009"), ("USA", "a\x1fb", "RUS", "2009")]),
    ],
    ids=["other scheme", "separator in a text"],
)
def test_every_new_fact_has_a_report_of_its_own(g, tmp_path, columns, rows):
    counts = only(g.load(write_rows(tmp_path / "f.csv", rows, columns)))
    assert (counts.new, counts.reports, len(g.facts())) == (2, 2, 2)


@pytest.mark.parametrize("blank", ["\u00a0", "\u200b", "\u3000 ", "\ufeff"])
def test_an_actor_or_action_that_cannot_be_seen_is_none(g, tmp_path, blank):
    """Names in real files end in such characters; a cell of nothing else is empty, and no actor is `facts.NO_TARGET`."""
    rows = [(blank, "meets", "RUS", "2009"), ("USA", blank, "RUS", "2009")]
    counts = only(g.load(write_rows(tmp_path / "f.csv", rows)))
    assert (counts.rejected, g.facts()) == (2, [])


def test_names_in_rejected_rows_leave_no_entity_behind(g, tmp_path):
    g.load(write_rows(tmp_path / "f.csv", [("USA", "meets", "RUS", "2009"), ("Nobody", "meets", "Noone", "soon")]))
    with g.store.record.reading() as con:
        assert con.execute("SELECT id FROM kg.entity ORDER BY id").fetchall() == [("RUS",), ("USA",)]


@pytest.mark.parametrize("width", [4, 13, 14, 15, 16, 57, 58, 61])
def test_a_table_of_any_width_is_one_of_facts(g, tmp_path, width):
    """Also of the width of a form without header, which is told by its width."""
    more = [f"more {i}" for i in range(width - len(COLUMNS))]
    counts = only(g.load(write_rows(tmp_path / "f.csv", [("USA", "meets", "RUS", "2009", *more)], (*COLUMNS, *more))))
    assert (counts.rows, counts.new) == (1, 1)


def test_a_file_that_cannot_be_read_changes_nothing(g, records, tmp_path):
    g.load(records)
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"actor,action,target,date\nUSA,meets,M\xfcnchen,2009\n")
    report = g.load(bad, records)
    assert [type(f.error) for f in report.files] == [InputError, type(None)]
    assert len(g.info()["changes"]) == 2 and len(g.facts()) == 2


def test_strict_loading_takes_all_or_nothing(g, tmp_path):
    rows = [("USA", "meets", "RUS", "2009"), ("USA", "meets", "RUS", "soon")]
    with pytest.raises(InputError, match="row 3"):
        g.load(write_rows(tmp_path / "f.csv", rows), strict=True)
    assert not g.store.path.exists()


# -- what is no store -----------------------------------------------------------------------------------------------------


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_folder_with_other_things_is_refused(tmp_path, records):
    other = tmp_path / "papers"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="other things"):
        kg.open(other)
    done = command("load", records, "--kg", other, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "other things" in done.stderr and "Traceback" not in done.stderr
    assert contents(other) == {"thesis.txt": b"mine"}


def test_a_file_is_no_store(tmp_path, records):
    with pytest.raises(UsageError, match="is a file"):
        kg.open(records)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ftp://localhost/kg", "no store for addresses like ftp://"),
        ("bolt+x://localhost", r"no store for addresses like bolt\+x://"),
        ("neo4j://", "is no address of a server"),
        ("neo4j://localhost:99999999", "is no address of a server"),
        ("http://me:secret@localhost/kg/sparql", "has a user in it"),
        ("http://localhost/kg/sparql?grpah=x", "'grpah' is no part"),
    ],
)
def test_what_is_no_address_of_a_store_is_refused_without_showing_a_password(address, said):
    with pytest.raises(UsageError, match=said) as refused:
        kg.open(address)
    assert "secret" not in str(refused.value)


def test_an_empty_folder_becomes_a_store(tmp_path, records):
    (tmp_path / "s.kg").mkdir()
    graph = kg.open(tmp_path / "s.kg")
    graph.load(records)
    assert len(graph.facts()) == 2


def test_asking_before_loading_says_so_and_makes_nothing(g):
    for ask in (g.facts, g.info, lambda: g.ask("facts-at"), lambda: g.ask("facts-at", "sparql"), lambda: g.retract("d", "r")):
        with pytest.raises(StoreError, match="no store"):
            ask()
    assert not g.store.path.exists()


def test_a_record_without_tables_is_an_empty_store(g, records):
    """What is left where the very first load was killed."""
    g.store.path.mkdir()
    duckdb.connect(str(g.store.record.path)).close()
    for ask in (g.facts, g.info, lambda: g.cypher("MATCH (n) RETURN n"), lambda: g.sparql("SELECT * {?s ?p ?o}")):
        with pytest.raises(StoreError, match="load"):
            ask()
    assert only(g.load(records)).new == 2
    assert len(g.facts()) == 2


@pytest.mark.parametrize("change", ["UPDATE format SET number = 99", "DROP TABLE format", "DELETE FROM format"])
def test_a_record_of_unknown_format_is_refused_and_left_alone(g, records, change):
    g.load(records)
    with duckdb.connect(str(g.store.record.path)) as con:
        con.execute(change)
    before = contents(g.store.path)
    for use in (g.facts, g.info, lambda: g.load(records), lambda: g.ask("facts-at"), lambda: g.retract("records", "r1")):
        with pytest.raises(StoreDamaged, match="format"):
            use()
    assert contents(g.store.path) == before


def test_a_record_that_is_no_database_is_refused_and_left_alone(g, records):
    g.store.path.mkdir()
    g.store.record.path.write_bytes(b"not a database\n" * 1000)
    before = contents(g.store.path)
    for use in (g.facts, lambda: g.load(records)):
        with pytest.raises(StoreDamaged, match="can't be read"):
            use()
    assert contents(g.store.path) == before


@pytest.mark.parametrize("lost", [0.3, 0.9])
def test_a_truncated_record_is_an_error_not_an_empty_answer(g, tmp_path, lost):
    g.load(many_rows(tmp_path / "f.csv", 5000))
    size = g.store.record.path.stat().st_size
    with g.store.record.path.open("r+b") as file:
        file.truncate(int(size * (1 - lost)))
    with pytest.raises(StoreError):
        g.facts()
