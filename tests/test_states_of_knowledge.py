"""States of knowledge and views in time: what differs, clocks that were set back, certainty, names and questions of a day."""

import datetime as dt
import itertools

import pytest
from helpers_store import write_rows

from kg.errors import StoreError, UsageError
from kg.stores import merge

FIRST = dt.datetime(2010, 1, 1, 12)
HOUR = dt.timedelta(hours=1)
COLUMNS = ("native_id", "actor", "action", "target", "date")


@pytest.fixture
def add(graph, tmp_path):
    """Load rows into the graph's store, as dataset w."""
    return lambda *rows, columns=COLUMNS: graph.load(write_rows(tmp_path / "f.csv", rows, columns), dataset="w")


@pytest.fixture
def hours(monkeypatch):
    """A change an hour from `FIRST` on."""
    clock = itertools.count()
    monkeypatch.setattr(merge, "now", lambda: FIRST + next(clock) * HOUR)


def told(graph):
    return {(fact.actor, fact.target) for fact in graph.facts()}


def after(change):
    """An instant after a change, numbered from 1."""
    return FIRST + (change - 1) * HOUR + HOUR / 2


NEAR = (("a", "NATO", "meets", "RUS", "2009-01-01"), ("b", "RUS", "meets", "CHN", "2009-01-02"))


# Differences


def test_what_goes_out_of_a_view_because_others_did_is_told_without_a_change(graph, add, hours):
    add(*NEAR)
    graph.retract("w", "a")
    add(("c", "NATO", "meets", "RUS", "2009-02-01"))
    near = graph.around("NATO", 2)
    went = near.differences(after(1), after(2))
    assert [(d.what, d.change, d.recorded, d.target) for d in went] == [
        ("retracted", 2, FIRST + HOUR, "Russia"), ("retracted", None, None, "China"),
    ]  # fmt: skip
    came = near.differences(after(2), after(3))
    assert [(d.what, d.change, d.recorded, d.target) for d in came] == [
        ("added", 3, FIRST + 2 * HOUR, "Russia"), ("added", None, None, "China"),
    ]  # fmt: skip


def test_the_command_says_which_rows_have_no_change(graph, kg, add):
    add(*NEAR)
    [first] = graph.loads()
    graph.retract("w", "a")
    ran = kg("diff", f"{first['recorded'].isoformat()}Z", "2100", "--around", "NATO", "--depth", "2", "--format", "csv")
    assert ran.code == 0 and ran.out.splitlines()[2].startswith("retracted,,,2009-01-02,Russia"), ran.err
    assert "2 retracted\n1 row without a change" in ran.err


def test_what_moved_to_another_state_by_a_witness_has_its_change(graph, add, hours):
    columns = (*COLUMNS, "actor_state")
    add(("a", "Foo Bar", "meets", "FRA", "2009-01-01", ""), columns=columns)
    add(("b", "Foo Bar", "meets", "FRA", "2009-01-01", "USA"), columns=columns)
    [came] = graph.rolled_up().by("USA").differences(after(1), after(2))
    assert (came.what, came.change, came.recorded) == ("added", 2, FIRST + HOUR)
    graph.retract("w", "b")
    [went] = graph.rolled_up().by("USA").differences(after(2), after(3))
    assert (went.what, went.change) == ("retracted", 3)


def test_what_was_retracted_twice_was_retracted_by_the_last_change(graph, add, hours):
    add(*NEAR)
    graph.retract("w", "a")
    graph.undo(2)
    graph.retract("w", "a")
    assert [(d.what, d.change) for d in graph.differences(after(1), after(4))] == [("retracted", 4)]
    assert [(d.what, d.change) for d in graph.differences(after(2), after(3))] == [("added", 3)]


def test_times_in_the_wrong_order_are_told_as_written(kg, add):
    add(*NEAR)
    ran = kg("diff", "2100", "2001")
    assert ran.code == 2 and "error: 2100 is not before 2001" in ran.err


def test_what_was_undone_is_called_what_it_was(graph, add):
    add(*NEAR)
    graph.retract("w", "a")
    graph.undo(2)
    with pytest.raises(StoreError, match=r"^retraction 2 is undone already, by change 3") as refused:
        graph.undo(2)
    assert "kg retract" in refused.value.hint and "load" not in refused.value.hint


# Clocks


def test_recorded_time_rises_where_a_clock_is_set_back(graph, add, monkeypatch):
    clock = iter([FIRST, FIRST - HOUR, FIRST - HOUR, FIRST - 2 * HOUR, FIRST + HOUR])
    monkeypatch.setattr(merge, "now", lambda: next(clock))
    add(NEAR[0])
    add(NEAR[1])
    graph.retract("w", "a")
    graph.undo(3)
    add(("c", "USA", "meets", "FRA", "2009-01-03"))
    micro = dt.timedelta(microseconds=1)
    assert [change["recorded"] for change in graph.loads()] == [FIRST, *(FIRST + n * micro for n in (1, 2, 3)), FIRST + HOUR]
    assert told(graph.known_at(FIRST - HOUR / 2)) == set()
    assert told(graph.known_at(FIRST)) == {("NATO", "RUS")}
    assert not [finding for finding in graph.check() if finding.wrong]


# Certainty


def test_what_has_no_known_beginning_is_certain_where_its_last_day_is(graph, add):
    add(("a", "FRA", "meets", "POL", "../1990"), ("b", "FRA", "meets", "DEU", "0001-01-01/.."))
    sure = graph.certain()
    always = ("FRA", "DEU")
    assert told(sure.at("1500-01-01")) == told(sure.between("1980", "1990-12-31")) == {always}
    assert told(sure.at("1990-12-31")) == told(sure.between(None, "1991")) == {always, ("FRA", "POL")}
    assert told(sure.between("1990")) == told(sure) == {always, ("FRA", "POL")}
    assert told(graph.at("1500-01-01")) == {always, ("FRA", "POL")}


# Questions of a day


@pytest.mark.parametrize("question", ["relations-at", "facts-at", "members-at", "silence"])
def test_a_question_of_a_day_is_not_asked_of_a_span_without_saying_which(graph, add, question):
    add(*NEAR)
    for view in (graph.between("2008", "2010"), graph.between("2008"), graph.between(None, "2010")):
        with pytest.raises(UsageError, match=f"{question} is asked of a day") as refused:
            view.ask(question)
        assert "--at" in refused.value.hint and "--param at=" in refused.value.hint
        view.ask(question, at="2009-09-18")
    graph.ask(question)
    graph.at("2009-01-01").ask(question)


# Names of a day

MOSCOW = (("a", "Moscow", "meets", "USA", "1985-03-01"), ("b", "USA", "meets", "Moscow", "2009-07-06"))


def test_a_name_is_understood_as_on_the_day_of_the_view(graph, add):
    add(*MOSCOW)
    day = graph.at("1985-03-01")
    assert told(day.by("Moscow")) == told(graph.between("1980", "1990").around("Moscow")) == {("SUN", "USA")}
    assert told(graph.at("2009-07-06").to("Moscow")) == {("USA", "RUS")} == told(graph.between("1980").to("Moscow"))
    assert [line.actor for line in day.timeline("Moscow", "USA")] == ["Soviet Union"]
    assert sum(p.cooperation for p in day.trend("USA", "Moscow")) == 1
    asked = graph.ask("partners", actor="Moscow", until="1990").rows
    assert asked == graph.between(None, "1990").ask("partners", actor="Moscow").rows == graph.ask("partners", actor="SUN").rows
    assert graph.ask("silence", actor="Moscow", at="1986-01-01").rows == graph.ask("silence", actor="SUN", at="1986-01-01").rows


def test_a_name_on_the_command_line_is_too_whatever_the_order_of_options(kg, add):
    add(*MOSCOW)
    for view in (["--at", "1985-03-01"], ["--from", "1985", "--until", "1986"]):
        ran = kg("facts", "--actor", "Moscow", *view)
        assert ran.code == 0 and ran.err == "1 fact\n", ran.err


def test_who_had_the_name_on_the_last_day_no_more_is_meant_by_it_still(graph, add, caplog):
    add(("a", "Barack Obama", "meets", "RUS", "2009-07-06"))
    for until in ("2020", "2100"):
        assert told(graph.between("2009", until).by("Obama")) == {("barack-obama", "RUS")}
    assert "no fact speaks" not in caplog.text


# Chronicles


def test_a_chronicle_of_one_has_only_its_own_dealings_however_deep_the_view(graph, add):
    add(*NEAR)
    deep = graph.around("NATO", 2)
    assert [line.target for line in deep.timeline("NATO")] == ["Russia"]
    assert sum(p.cooperation for p in deep.trend("NATO")) == 1
    assert told(deep) == {("NATO", "RUS"), ("RUS", "CHN")}


@pytest.mark.parametrize(("by", "first", "n"), [("day", (2009, 1, 5), 3), ("week", (2009, 1, 5), 1), ("month", (2009, 1, 1), 1)])
def test_a_trend_has_no_periods_before_its_bounds(graph, add, by, first, n):
    add(("a", "NATO", "meets", "RUS", "2008-12/2009-02"), ("b", "NATO", "meets", "RUS", "2009-01-06"))
    found = graph.between("2009-01-05", "2009-01-08").trend("NATO", "RUS", by)
    assert (len(found), found[0].period, sum(p.cooperation for p in found)) == (n, dt.date(*first), 2)
    assert found[0].cooperation == (1 if by == "day" else 2)
