"""Real files, as public repositories have them: every row is accounted for, and loading one again changes nothing."""

import calendar
import csv
import datetime as dt
import json
from collections import Counter, defaultdict

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
    facts = [fact for fact in graph.facts() if fact.coded != "derived"]
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
            "SELECT native_id, code, replace(date, '-', ''), coalesce(url, '') FROM kg.report "
            "WHERE dataset <> 'derived' ORDER BY row"
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
    assert {row.reason.partition(" of ")[2] for _, row in report.rejects()} == {
        "gdelt in the store: it was not loaded, or was rejected"
    }


def test_icews14(load, graph, shared_data):
    path = shared_data / "tkg" / "ICEWS14_full_named.tsv"
    report = load(path)
    assert report.files[0].staged.loader == "quads"
    assert (report.total("rows"), report.total("rejected")) == (90_730, 0)
    assert 90_000 <= report.total("new") <= 90_730 and report.total("reports") == 90_730
    info = graph.info()
    assert (info["first"].isoformat(), info["last"].isoformat()) == ("2014-01-01", "2014-12-31")
    with graph.store.record.reading() as con:
        found = con.execute("""SELECT actor, action, target, date FROM kg.report
            WHERE dataset <> 'derived' ORDER BY row""").fetchall()
    assert [list(row) for row in found] == cells(path)
    again = load(path)
    assert (again.total("new"), again.total("known"), again.total("reports")) == (0, 90_730, 0)


#: Of each file its folder, the loader, what the rows came to (rows, new, known, rejected) and how many were left out.
OTHERS = {
    "MIDB 5.0.csv": ("cow", "cow-mid", (5888, 5888, 0, 0), 1446),
    "Diplomatic_Exchange_2006v1_excerpt.csv": ("cow", "cow-diplomatic-exchange", (33, 22, 11, 0), 11),
    "cow_alliances_polycube.json": ("cow", "cow-alliances", (414, 411, 3, 0), 0),
    "ucdp_ged_syria_3500.csv": ("ucdp", "ucdp-ged", (3944, 2723, 1221, 0), 0),
    "visits_to_us.tsv": ("state_dept", "us-visits", (3264, 3263, 1, 0), 0),
    "travels_abroad.tsv": ("state_dept", "us-travels", (4271, 4267, 4, 0), 0),
    "chiefs_of_mission.tsv": ("state_dept", "us-chiefs-of-mission", (5741, 5558, 0, 183), 2),
    "PLOVER_GSR_CAMEO.txt": ("petrarch_plover", "plover", (363, 357, 5, 1), 1),
    "plovigy-DEDI-input-sample.jsonl": ("petrarch_plover", "dedi", (30, 23, 7, 0), 0),
    "schrodt_sample_output.jsonl": ("icews", "dedi", (4, 4, 0, 0), 0),
    "wikidata_P530_germany.ttl": ("eventkg_rdf", "wikidata", (3, 1, 0, 2), 0),
}


@pytest.mark.parametrize("name", OTHERS)
def test_every_row_of_other_data_sets_is_accounted_for(load, graph, shared_data, name):
    folder, loader, counts, left_out = OTHERS[name]
    path = shared_data / folder / name
    report = load(path)
    staged = report.files[0].staged
    assert staged.loader == loader and staged.left_out == left_out
    assert tuple(report.total(what) for what in ("rows", "new", "known", "rejected")) == counts
    assert reloaded(load, graph, path).total("known") == counts[0] - counts[3]


def facts_of(load, graph, path, event=None):
    load(path)
    facts = [f for f in graph.facts() if event is None or f.event == event]
    return [(f.when, f.actor, f.type, f.target) for f in facts]


def test_disputes_are_who_against_whom_at_the_same_time(load, graph, shared_data):
    path = shared_data / "cow" / "MIDB 5.0.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    def days(row, when):
        year, month, day = (int(row[f"{when}{part}"]) for part in ("year", "mon", "day"))
        if day > 0:
            return dt.date(year, month, day)
        return dt.date(year, month, 1) if when == "st" else dt.date(year, month, calendar.monthrange(year, month)[1])

    spells = defaultdict(list)
    for row in rows:
        spells[row["dispnum"]].append((row, days(row, "st"), days(row, "end")))
    # Found one by one, as the loader's header says it.
    expected = Counter(
        (a["dispnum"], f"cow:{a['ccode']}", f"cow:{b['ccode']}", a["hostlev"], a["hostlev"] == b["hostlev"] == "5")
        for those in spells.values()
        for a, since, till in those
        for b, other_since, other_till in those
        if a["sidea"] != b["sidea"]
        and a["ccode"] != b["ccode"]
        and a["hostlev"] != "1"
        and other_since <= till
        and since <= other_till
    )
    load(path)
    with graph.store.record.reading() as con:
        found = con.execute("SELECT native_id, actor, target, score, code = 'WAR' FROM kg.report").fetchall()
    assert Counter(found) == expected and sum(expected.values()) == 5888


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("MID 3630", [("1982-03-01/1982-06-14", "ARG", "WAR", "GBR"), ("1982-03-01/1982-06-14", "GBR", "WAR", "ARG")]),
        ("MID 61", [("1962-01-28/1962-12-12", a, t, b) for a, t, b in (
            ("CUB", "ASSAULT", "USA"), ("SUN", "ASSAULT", "USA"), ("USA", "COERCE", "CUB"), ("USA", "COERCE", "SUN"))]),
        # The day on which it began is not known. The British did nothing.
        ("MID 2", [("1902-07-01/1903-01-24", "USA", "MOBILIZE", "GBR")]),
    ],
    ids=["the Falklands", "missiles in Cuba", "Alaska"],
)  # fmt: skip
def test_disputes_that_are_well_known(load, graph, shared_data, event, expected):
    assert facts_of(load, graph, shared_data / "cow" / "MIDB 5.0.csv", event) == expected


def test_world_war_one_is_one_war_of_many(load, graph, shared_data):
    facts = facts_of(load, graph, shared_data / "cow" / "MIDB 5.0.csv", "MID 257")
    assert ("1917-04-17/1918-11-11", "USA", "WAR", "DEU") in facts and ("1915-05-23/1918-11-03", "AUH", "WAR", "ITA") in facts
    # Russia was out of it before Bulgaria, and allies don't fight.
    assert ("1915-10-14/1917-12-15", "BGR", "WAR", "RUE") in facts
    assert not [f for f in facts if {f[1], f[3]} <= {"DEU", "AUH", "OTT", "BGR"}] and len(facts) == 88


def test_missions_are_spans_of_years(load, graph, shared_data):
    facts = facts_of(load, graph, shared_data / "cow" / "Diplomatic_Exchange_2006v1_excerpt.csv")
    # The United States had a legation in Ottawa when Canada's in Washington was vacant; none of the two ends is known after 2005.
    assert [f for f in facts if {f[1], f[3]} == {"USA", "CAN"}] == [
        ("1930-01-01/1940-12-31", "USA", "EMBASSY", "CAN"),
        ("1935-01-01/1940-12-31", "CAN", "EMBASSY", "USA"),
        ("1950-01-01/1970-12-31", "CAN", "EMBASSY", "USA"),
        ("1950-01-01/1970-12-31", "USA", "EMBASSY", "CAN"),
        ("2005-01-01/..", "CAN", "EMBASSY", "USA"),
        ("2005-01-01/..", "USA", "EMBASSY", "CAN"),
    ]
    # Interests sections in Havana and Washington, from 1977 on, are "other" and no exchange.
    assert max(f[0] for f in facts if {f[1], f[3]} == {"USA", "CUB"}) == "1960"


def test_alliances_that_held_when_the_data_ended_hold(load, graph, shared_data):
    facts = facts_of(load, graph, shared_data / "cow" / "cow_alliances_polycube.json")
    assert sum(when.endswith("/..") for when, *_ in facts) == 97
    assert {("1951-01-01/..", "USA", "ALLIANCE", "JPN"), ("1979-01-01/..", "EGY", "ALLIANCE", "ISR")} <= set(facts)
    assert {("1950-01-01/1980-12-31", "SUN", "ALLIANCE", "CHN"), ("1893-01-01/1917-12-31", "FRA", "ALLIANCE", "RUE")} <= set(
        facts
    )
    # COW's Germany of 1851 is Prussia.
    assert ("1851-01-01/1854-12-31", "PRU", "ALLIANCE", "AUH") in facts


def test_violence_has_its_days_and_its_deaths(load, graph, shared_data):
    path = shared_data / "ucdp" / "ucdp_ged_syria_3500.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    load(path)
    with graph.store.record.reading() as con:
        found = con.execute("""SELECT r.native_id, r.score, r.extra->>'$.best', r.quote, f.start, f.until FROM kg.report r
            JOIN kg.fact f ON f.id = r.fact""").fetchall()
    assert {row[0] for row in found} == set(rows) and len(found) == 3944
    for native_id, score, best, quote, start, until in found:
        row = rows[native_id]
        assert (best, quote) == (row["best"], row["source_article"])
        assert score == (None if ", " in row["side_a"] + row["side_b"] else row["best"])
        assert (start.isoformat(), (until - dt.timedelta(1)).isoformat()) == (row["date_start"], row["date_end"])
    assert {f.actor for f in graph.facts()} >= {"ISLAMICSTATE"} and "ISL" not in {e.id for e in graph.entities()}
    assert ("2019-11-20", "Government (Iran)", "Government (Israel)") in [
        (f.when, n[f.actor], n[f.target]) for n in [{e.id: e.name for e in graph.entities()}] for f in graph.facts()
    ]


def test_chiefs_of_mission_by_the_dates_they_have(load, graph, shared_data):
    path = shared_data / "state_dept" / "chiefs_of_mission.tsv"
    header, *rows = cells(path)
    at = [header.index(c) for c in ("appointed", "started", "ended")]
    # Three ids stand twice; of two of them one version is unfinished.
    finished = {row[0] for row in rows if row[at[2]]}
    unfinished = [row for row in rows if row[0] in finished and not row[at[2]]]
    assert {row[0] for row in unfinished} == {"sv-2012-apon-01", "tr-2014-bass-01"}
    dateless = [n for n, row in enumerate(rows, 2) if not any(row[i] for i in at)]
    report = load(path)
    assert [(row.row, row.reason) for _, row in report.rejects()] == [(n, "there is no date") for n in dateless]
    facts = graph.facts()
    assert Counter(f.type for f in facts) == {"EMBASSY": 5262, "HOLDS_OFFICE": 44, "ACT": 252}
    # Appointed, and neither started nor ended.
    assert sum(bool(row[at[0]]) and not row[at[1]] and not row[at[2]] for row in rows if row not in unfinished) == 252
    names = {e.id: e.name for e in graph.entities()}
    cuba = [(f.when, names[f.actor]) for f in facts if f.target == "CUB" and f.type == "EMBASSY"]
    assert ("1959-03-03/1960-10-28", "Philip Wilson Bonsal") in cuba
    assert not [when for when, _ in cuba if "1961-02" <= when < "2015-07-20"], "there was no embassy in Havana"
    assert ("2018-12-22/..", "COD") in [(f.when, f.target) for f in facts]
    assert {f.actor_state for f in facts} == {"USA"}


def test_visitors_are_who_they_were(load, graph, shared_data):
    visits = facts_of(load, graph, shared_data / "state_dept" / "visits_to_us.tsv")
    assert ("1959-09-15/1959-09-16", "nikita-khrushchev", "CONSULT", "USA") in visits
    assert [f.actor_state for f in graph.facts() if f.when == "1943-05-12/1943-05-19"] == ["CSK"]
    load(shared_data / "state_dept" / "travels_abroad.tsv")
    trips = [(f.when, f.actor_state, f.target) for f in graph.facts() if f.actor == "richard-nixon"]
    assert ("1969-07-30", "USA", "RVN") in trips


def test_a_statement_of_wikidata_that_only_ended(load, graph, shared_data):
    report = load(shared_data / "eventkg_rdf" / "wikidata_P530_germany.ttl")
    # 1972-00-00 is a year. Bhutan is deprecated, Cape Verde has no date at all.
    assert [(f.when, f.actor, f.target) for f in graph.facts()] == [("../1972-12-31", "DEU", "TWN")]
    assert [row.reason.partition(":")[0] for _, row in report.rejects()] == [
        "Wikidata has deprecated this statement", "the statement has no date",
    ]  # fmt: skip


def test_plover_sources_and_targets_are_lists(load, graph, shared_data):
    path = shared_data / "petrarch_plover" / "PLOVER_GSR_CAMEO.txt"
    records = json.loads(path.read_text(encoding="utf-8"))
    report = load(path)
    (refused,) = report.rejects()
    assert refused[1].reason == "there is no actor" and "source" not in records[refused[1].row - 1]
    with graph.store.record.reading() as con:
        found = Counter(row[0] for row in con.execute("SELECT native_id FROM kg.report").fetchall())
    expected: Counter[str] = Counter()  # an id that is there twice is one record of two deeds
    for record in records[1:]:
        sources, targets = record.get("source") or [], record.get("target") or []
        targets = [targets] if isinstance(targets, str) else targets
        n = len(sources)
        expected[record["id"]] += n * len(targets) or n * max(n - 1, 1)
    assert found == +expected


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
