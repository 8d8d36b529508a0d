"""Dates of every precision and certainty on every store: what is kept of them, and which views they meet for certain."""

import datetime as dt
import itertools

import pytest
from helpers_history import COLUMNS, DATES, rows
from helpers_store import write_rows

import kg
from kg import dates
from kg.stores.server import ServerStore, Wanted
from kg.views import first_day

BOUNDS = (None, "0001-01-02", "1900", "1990", "1999-03", "1999-05-04", "1999-05-05", "1999-06-11", "1999-07", "2000", "2001")


@pytest.fixture
def file(tmp_path):
    """A fact of each date, whose action says which."""
    said = rows(*((f"t{n}", "Baz", f"meets {date}", "Foo Bar", date) for n, date in enumerate(DATES)))
    return write_rows(tmp_path / "dates.csv", said, COLUMNS)


def test_a_store_keeps_how_a_date_is_qualified(graph, twin, file, tmp_path):
    for g in (graph, twin):
        assert not [*g.load(file).rejects()]
    spans = {f"meets {date}": dates.parse(date) for date in DATES}
    facts = graph.facts()
    assert {f.action: (f.date, f.until, f.precision, f.certainty) for f in facts} == spans
    written = {"1999-07/..": "1999-07-01/..", "1999-07-01/1999-07-03~": "1999-07-01~/1999-07-03~"}
    assert {f.action: f.when for f in facts} == {f"meets {date}": written.get(date, date) for date in DATES}
    assert [*graph.rows()] == [*twin.rows()]
    # What was written is read as the same facts.
    graph.export(tmp_path / "out.csv")
    again = kg.open(tmp_path / "again.kg")
    again.load(tmp_path / "out.csv")
    assert [f.id for f in again.facts()] == [f.id for f in facts]


def test_questions_can_ask_for_certainty(graph, file):
    graph.load(file)
    doubted = sorted((f"meets {date}", dates.parse(date).certainty) for date in DATES if dates.parse(date).certainty)
    if "cypher" in graph.store.languages:
        asked = "MATCH ()-[r]->() WHERE r.certainty IS NOT NULL RETURN r.action AS a, r.certainty AS c ORDER BY a"
        assert graph.cypher(asked).rows == doubted
    if "sparql" in graph.store.languages:
        asked = "SELECT ?action ?certainty { ?f kg:certainty ?certainty ; kg:action ?action } ORDER BY ?action"
        assert graph.sparql(asked).rows == doubted


def test_a_certain_view_has_what_meets_it_for_certain(graph, file):
    graph.load(file)
    facts = graph.facts()
    for start, until in itertools.product(BOUNDS, repeat=2):
        first, last = (day and first_day(day) for day in (start, until))
        if first and last and first >= last:
            continue
        wanted = [
            f.action
            for f in facts
            if (not first or not f.until or f.until > first) and (not last or f.date < last) and f.certainty is None
            if (f.precision in ("day", "span") and not (f.date == dt.date.min and last and f.until and f.until > last))
            or ((not first or f.date >= first) and (not last or f.until <= last))
        ]
        view = graph.between(start, until).certain()
        assert [f.action for f in view.facts()] == wanted, (start, until)
        if isinstance(graph.store, ServerStore):
            fetched = [*graph.store.fetch(Wanted("fact", "view", view=view.view))]
            assert len(fetched) == len(wanted), "the server itself leaves the others out"


def test_names_of_a_span_without_beginning_are_those_of_its_last_day(graph, tmp_path):
    said = rows(("a", "Russia", "meets", "NATO", "../1985"), ("b", "Soviet Union", "meets", "NATO", "../1985"))
    report = graph.load(write_rows(tmp_path / "f.csv", said, COLUMNS))
    assert report.sum_of("misdated_names") == {}
    assert {f.actor for f in graph.at("1984-12-31").facts()} == {f.actor for f in graph.facts()}
    assert "SUN" in {f.actor for f in graph.facts()}
    assert graph.resolve_again() == 0
    assert [one.name for one in graph.unresolved()] == []


def test_the_first_day_of_a_store_is_of_what_has_a_beginning(graph, tmp_path):
    graph.load(write_rows(tmp_path / "f.csv", rows(("a", "FRA", "meets", "NATO", "../1985")), COLUMNS))
    assert (graph.info()["first"], graph.info()["last"]) == (None, dt.date(1985, 12, 31))
    graph.load(write_rows(tmp_path / "g.csv", rows(("b", "FRA", "meets", "NATO", "1984-05-01")), COLUMNS))
    assert (graph.info()["first"], graph.info()["last"]) == (dt.date(1984, 5, 1), dt.date(1985, 12, 31))
