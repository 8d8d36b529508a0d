"""A chronicle of two, and what of it was cooperation and conflict, period by period."""

import datetime as dt

import pytest
from helpers_store import EXAMPLE, command, shared, write_rows

import kg
from kg import actions
from kg.errors import UsageError


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    graph = kg.open(tmp_path_factory.mktemp("example") / "s.kg")
    graph.load(EXAMPLE)
    return graph


def test_a_chronicle_has_all_that_two_did_to_each_other_in_order(example):
    lines = example.timeline("NATO", "Russia")
    expected = [f for f in example.facts() if {f.actor, f.target} == {"NATO", "RUS"}]
    assert [line.fact for line in lines] == [f.id for f in sorted(expected, key=lambda f: (f.date, f.actor, f.target, f.action))]
    assert (lines[-1].date, lines[-1].action, lines[-1].sources) == (
        "2009-09-18", "proposes cooperation to", ["RFE/RL", "The Washington Post"],
    )  # fmt: skip
    assert {line.fact for line in example.timeline("NATO")} == {f.id for f in example.facts() if "NATO" in (f.actor, f.target)}
    assert example.at("2009-09-18").timeline("NATO", "Russia") == lines[-1:]
    assert example.timeline("Nobody at all", "Russia") == []
    with pytest.raises(UsageError, match="already"):
        example.by("USA").timeline("NATO", "Russia")


def test_a_trend_counts_deeds_by_period_and_shows_empty_ones(tmp_path):
    graph = kg.open(tmp_path / "s.kg")
    deeds = (
        ("USA", "", "040", "cameo", "RUS", "2009-01-15"),
        ("RUS", "", "190", "cameo", "USA", "2009-01"),
        ("USA", "", "057", "cameo", "RUS", "2009-04-30"),
        ("USA", "", "ALLIANCE", "kg", "RUS", "2009-02-01/2009-03-01"),
        ("USA", "", "130", "cameo", "POL", "2009-02-01"),
    )
    graph.load(write_rows(tmp_path / "f.csv", deeds, ("actor", "action", "code", "scheme", "target", "date")))
    table = actions.table()
    first = round((table["cameo", "040"].intensity + table["cameo", "190"].intensity) / 2, 2)
    assert graph.trend("USA", "RUS") == [
        (dt.date(2009, 1, 1), 1, 1, first, "goldstein"),
        (dt.date(2009, 2, 1), 0, 0, None, None),
        (dt.date(2009, 3, 1), 0, 0, None, None),
        (dt.date(2009, 4, 1), 1, 0, table["cameo", "057"].intensity, "goldstein"),
    ]
    assert [p[:3] for p in graph.trend("RUS", "USA", "year")] == [(dt.date(2009, 1, 1), 2, 1)]
    assert [p[:3] for p in graph.trend("USA", by="quarter")] == [(dt.date(2009, 1, 1), 1, 2), (dt.date(2009, 4, 1), 1, 0)]
    assert [p.period for p in graph.trend("USA", "RUS", "week")][:2] == [dt.date(2008, 12, 29), dt.date(2009, 1, 5)]
    assert len(graph.trend("USA", "RUS", "day")) == 120
    assert graph.trend("USA", "Peru") == []
    with pytest.raises(UsageError, match="no period 'decade'"):
        graph.trend("USA", "RUS", "decade")


def test_a_trend_leaves_out_deeds_without_a_beginning_and_says_so(tmp_path, caplog):
    graph = kg.open(tmp_path / "s.kg")
    dates = ("../1990", "../1990-03", "1990-05-04")
    deeds = [("USA", f"meets {n}", "040", "cameo", "GBR", date) for n, date in enumerate(dates)]
    graph.load(write_rows(tmp_path / "f.csv", deeds, ("actor", "action", "code", "scheme", "target", "date")))
    for by, first in (("day", dt.date(1990, 5, 4)), ("month", dt.date(1990, 5, 1)), ("year", dt.date(1990, 1, 1))):
        caplog.clear()
        assert [p[:3] for p in graph.trend("USA", "GBR", by)] == [(first, 1, 0)]
        assert [record.getMessage() for record in caplog.records] == [
            "2 deeds have no beginning, so they are in no period and are left out"
        ]
    assert [p[:3] for p in graph.between("1990-01", "1990-02").trend("USA", "GBR")] == [(dt.date(1990, 1, 1), 0, 0)]


def test_a_trend_of_a_year_of_events_is_what_counting_gives(tmp_path):
    graph = kg.open(tmp_path / "s.kg")
    graph.load(shared("tkg", "ICEWS14_full_named.tsv"))
    deeds = [f for f in graph.facts() if {f.actor, f.target} == {"CHN", "JPN"} and f.coded != "derived"]
    assert len(deeds) > 500
    for period in graph.trend("China", "Japan"):
        own = [f for f in deeds if (f.date.year, f.date.month) == (period.period.year, period.period.month)]
        assert period.cooperation == sum(f.quad_class in (1, 2) for f in own)
        assert period.conflict == sum(f.quad_class in (3, 4) for f in own)


def test_both_on_the_command_line(tmp_path):
    store = tmp_path / "s.kg"
    command("load", EXAMPLE, "--kg", store, cwd=tmp_path)
    told = command("timeline", "NATO", "Russia", "--type", "AGREE", "--kg", store, cwd=tmp_path)
    assert told.stdout.splitlines() == [
        "2009-09-18             North Atlantic Treaty Organization proposes cooperation to Russia  [RFE/RL, The Washington Post]"
    ]
    marked = command("timeline", "NATO", "--at", "2009-09-18", "--format", "md", "--kg", store, cwd=tmp_path)
    assert marked.stdout.startswith("- **2009-09-18** ") and len(marked.stdout.splitlines()) == 2
    assert '"fact": ' in command("timeline", "NATO", "--format", "jsonl", "--kg", store, cwd=tmp_path).stdout
    plotted = command("trend", "USA", "Russia", "--roll-up", "--by", "quarter", "--kg", store, cwd=tmp_path)
    assert plotted.stdout.splitlines()[-1].endswith("\t++++")
    assert "plot" not in command("trend", "USA", "Russia", "--format", "csv", "--kg", store, cwd=tmp_path).stdout
    wrong = command("trend", "USA", "Russia", "--by", "decade", "--kg", store, cwd=tmp_path)
    assert wrong.returncode == 2 and "one of day, week, month, quarter, year" in wrong.stderr
