"""Real files, as public repositories have them: every row is accounted for, and loading one again changes nothing."""

from collections import Counter

import pytest

from kg.errors import InputError

GDELT = [
    "geomesa_20180101000000.export.CSV",
    "reed9999_sample_events.csv",
    "spark-gdelt_events.csv",
    "spark-gdelt_events1.csv",
    "spark-gdelt_eventsT.csv",
]
#: Columns of a GDELT export by name, counted from 0.
ID, DATE, ACTOR, TARGET, CODE = 0, 1, slice(5, 8), slice(15, 18), 26


def cells(path):
    with path.open(encoding="utf-8", newline="") as file:
        return [line.rstrip("\r\n").split("\t") for line in file]


def state(graph):
    info = graph.info()
    return info["facts"], info["reports"], info["entities"], info["first"], info["last"]


def reloaded(load, graph, *paths):
    """Load files again: all that was taken is known, and the graph is as it was."""
    before = state(graph), graph.facts()
    report = load(*paths)
    assert (report.total("new"), report.total("reports"), report.total("closed")) == (0, 0, 0)
    assert (state(graph), graph.facts()) == before
    return report


def test_icews(load, graph, shared_data):
    path = shared_data / "icews" / "events.2018.sample.tab"
    header, *rows = cells(path)
    at = [header.index(c) for c in ("Event Date", "Source Name", "CAMEO Code", "Target Name")]
    report = load(path)
    assert report.files[0].staged.loader == "icews"
    assert {what: report.total(what) for what in ("rows", "new", "known", "rejected", "reports", "closed")} == {
        "rows": 3705, "new": 2733, "known": 972, "rejected": 0, "reports": 3705, "closed": 0,
    }  # fmt: skip
    # As many as there are deeds, but for one told of a lawmaker and again of a member of parliament.
    assert len({tuple(row[i] for i in at) for row in rows}) == 2734
    facts = graph.facts()
    assert sum(f.reports for f in facts) == 3705 and {f.date.isoformat() for f in facts} == {"2018-06-01", "2018-06-02"}
    assert Counter(row[at[2]] for row in rows) == Counter(c for f in facts for c in [f.code] * f.reports)
    assert {e.id for e in graph.entities() if e.name == "Namibia"} <= {"NAM"}
    assert reloaded(load, graph, path).total("known") == 3705


@pytest.mark.parametrize("name", GDELT)
def test_gdelt_events(load, graph, shared_data, name):
    path = shared_data / "gdelt" / name
    rows = cells(path)
    # A name is told apart by its country; where there is none, the code stands for it.
    ends = [tuple(row[part][1:] if row[part][1] else row[part][:1] for part in (ACTOR, TARGET)) for row in rows]
    lacking = [n for n, (actor, _) in enumerate(ends, 1) if not any(actor)]
    report = load(path)
    assert report.files[0].staged.loader == "gdelt"
    assert [(row.row, row.reason) for _, row in report.rejects()] == [(n, "there is no actor") for n in lacking]
    assert report.total("rows") == len(rows) and report.total("reports") == len(rows) - len(lacking)
    told_apart = {
        (str(actor), row[CODE], str(target), row[DATE]) for row, (actor, target) in zip(rows, ends, strict=True) if any(actor)
    }
    # Some names of one state are one actor, so there may be a few facts less.
    assert 0.95 * len(told_apart) <= report.total("new") <= len(told_apart)
    with graph.store.record.reading() as con:
        found = con.execute(
            "SELECT native_id, code, replace(date, '-', ''), coalesce(url, '') FROM kg.report ORDER BY row"
        ).fetchall()
    assert found == [
        (row[ID], row[CODE], row[DATE], row[-1] if len(row) > 57 else "")
        for n, row in enumerate(rows, 1)
        if n not in set(lacking)
    ]
    reloaded(load, graph, path)


def test_gdelt_widths_are_those_of_the_files(shared_data):
    widths = [Counter(map(len, cells(shared_data / "gdelt" / name))) for name in GDELT]
    assert widths == [{61: 2414}, {57: 201, 58: 509}, {61: 100}, {57: 40, 58: 60}, {61: 100}]


def test_gdelt_mentions_are_further_reports_of_their_events(load, graph, shared_data):
    events = [shared_data / "gdelt" / name for name in ("spark-gdelt_events.csv", "spark-gdelt_eventsT.csv")]
    mentions = shared_data / "gdelt" / "spark-gdelt_mentions.csv"
    load(*events)
    with graph.store.record.reading() as con:
        known = {row[0] for row in con.execute("SELECT native_id FROM kg.report").fetchall()}
    facts, before, *_ = state(graph)
    report = load(mentions)
    rows = cells(mentions)
    assert report.files[0].staged.loader == "gdelt-mentions" and report.total("rows") == len(rows) == 100
    assert report.total("known") == sum(row[0] in known for row in rows) > 0
    assert report.total("new") == 0 and report.total("reports") == report.total("known")
    assert [row.row for _, row in report.rejects()] == [n for n, row in enumerate(rows, 1) if row[0] not in known]
    assert state(graph)[:2] == (facts, before + report.total("reports"))
    reloaded(load, graph, *events, mentions)


def test_gdelt_mentions_without_their_events_are_rejected(load, shared_data):
    report = load(shared_data / "gdelt" / "gdeltPyR_mentionssamp.csv")
    assert (report.total("rows"), report.total("rejected")) == (1635, 1635)
    assert {row.reason.partition(" of ")[2] for _, row in report.rejects()} == {"gdelt in the store; load it first"}


def test_icews14(load, graph, shared_data):
    path = shared_data / "tkg" / "ICEWS14_full_named.tsv"
    report = load(path)
    assert report.files[0].staged.loader == "quads"
    assert (report.total("rows"), report.total("rejected")) == (90_730, 0)
    assert 90_000 <= report.total("new") <= 90_730 and report.total("reports") == 90_730
    info = graph.info()
    assert (info["first"].isoformat(), info["last"].isoformat()) == ("2014-01-01", "2014-12-31")
    with graph.store.record.reading() as con:
        found = con.execute("SELECT actor, action, target, date FROM kg.report ORDER BY row").fetchall()
    assert [list(row) for row in found] == cells(path)
    again = load(path)
    assert (again.total("new"), again.total("known"), again.total("reports")) == (0, 90_730, 0)


@pytest.mark.parametrize("name", ["visits_to_us.tsv", "travels_abroad.tsv"])
def test_tables_without_a_loader_are_refused(load, graph, shared_data, name):
    report = load(shared_data / "state_dept" / name)
    assert report.failed and not graph.store.path.exists(), [f.actor for f in graph.facts()[:3]]


def test_every_other_file_is_read_or_refused(load, graph, shared_data):
    taken = {shared_data / "icews" / "events.2018.sample.tab", shared_data / "tkg" / "ICEWS14_full_named.tsv"}
    taken |= set((shared_data / "gdelt").iterdir()) | set((shared_data / "state_dept").iterdir())
    files = sorted(path for path in shared_data.rglob("*") if path.is_file() and path not in taken)
    assert len(files) > 20
    read = set()
    for path in files:
        (report,) = load(path).files
        if report.error:
            assert type(report.error) is InputError and path.name in report.error.message
        elif report.counts and report.counts.new:
            read.add(path.name)
    assert read >= {"schrodt_sample_output.jsonl", "wikipedia_current_events_items.tsv", "plovigy-DEDI-input-sample.jsonl"}
