"""Views: each is what a filter over all facts gives, whatever it is made of; what is asked under one is asked of its facts."""

import datetime as dt
import functools

import pytest
from helpers_history import go_through
from helpers_store import EXAMPLE, write_rows
from helpers_store import command as run
from hypothesis import given, settings
from hypothesis import strategies as st

import kg
from kg.errors import UsageError
from kg.facts import NO_TARGET
from kg.stores import merge
from kg.views import View, instant

FIRST = dt.datetime(2010, 1, 1, 12)
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A graph with a history of corrections, retractions and renamings, one change a day from `FIRST` on."""
    folder = tmp_path_factory.mktemp("lived")
    graph = kg.open(folder / "s.kg")
    clock = iter(range(10_000))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merge, "now", lambda: FIRST + next(clock) * DAY)
        go_through(graph, folder)
    return graph


@pytest.fixture(scope="module")
def everything(lived):
    """All facts and reports that there ever were, and how many changes."""
    with lived.store.tables() as con:
        facts = con.execute("SELECT id::VARCHAR, actor, target, type, start, until, precision, certainty FROM kg.fact").fetchall()
        reports = con.execute(
            "SELECT fact::VARCHAR, opened, coalesce(closed, 1000000), actor_state, target_state FROM kg.report"
        ).fetchall()
        changes = con.execute("SELECT id, recorded FROM kg.change").fetchall()
    assert len(changes) > 20 and len({f for f, *_ in reports}) > len(lived.facts())
    return facts, reports, changes


def within(view, start, until):
    """Whether the days of a fact are all in the span of a view."""
    return (view.start is None or start >= view.start) and (view.until is None or until <= view.until)


def exactly(view, start, until, precision):
    """Whether a fact that overlaps a view is known to do so: what has no beginning may have begun after it."""
    unbegun = precision == "span" and start == dt.date.min and until is not None
    return precision in ("day", "span") and not (unbegun and view.until and until > view.until)


def expected(everything, view):
    """Ids of the facts that a view means, by going through all of them."""
    facts, reports, changes = everything
    known = [n for n, recorded in changes if view.known_at is None or recorded < view.known_at]
    last = max(known, default=0)
    states = {}
    for fact, opened, closed, *behind in reports:
        if opened <= last < closed:
            states.setdefault(fact, []).append(behind)
    meant = {}
    for id_, actor, target, type_, start, until, precision, certainty in facts:
        if id_ not in states:
            continue
        behind = [min((s for s in some if s), default=None) for some in zip(*states[id_], strict=True)]
        ends = [{actor, behind[0] if view.roll_up else actor}, {target, behind[1] if view.roll_up else target}]
        wanted = (
            view.actor is None or view.actor in ends[0],
            view.target is None or view.target in ends[1],
            view.type in (None, type_),
            view.start is None or until is None or until > view.start,
            view.until is None or start < view.until,
            not view.certain or (certainty is None and (exactly(view, start, until, precision) or within(view, start, until))),
        )
        if all(wanted):
            meant[id_] = ends, [(b if view.roll_up else None) or end for b, end in zip(behind, (actor, target), strict=True)]
    if view.around is None:
        return set(meant)
    near = {view.around}
    for _ in range(view.depth - 1):
        touched = [led for ends, led in meant.values() if near & (ends[0] | ends[1])]
        near |= {end for led in touched for end in led} - {NO_TARGET}
    return {id_ for id_, (ends, _) in meant.items() if near & (ends[0] | ends[1])}


ENTITIES = ("USA", "RUS", "NATO", "POL", "CHE", "TCD", "BTN", "foo-bar", "baz", "barack-obama", "IRN", "FRA", NO_TARGET, "nobody")
DAYS = [
    dt.date(1998, 1, 1),
    dt.date(1999, 5, 4),
    dt.date(1999, 6, 1),
    dt.date(1999, 12, 31),
    *(dt.date(2008, 1, 1) + 61 * n * DAY for n in range(18)),
    dt.date(2030, 1, 1),
]


@st.composite
def views(draw):
    start, until = sorted(draw(st.lists(st.sampled_from(DAYS), min_size=2, max_size=2, unique=True)))
    return View(
        actor=draw(st.sampled_from((None, None, *ENTITIES))),
        target=draw(st.sampled_from((None, None, *ENTITIES))),
        type=draw(st.sampled_from((None, None, None, "CONSULT", "SANCTION", "AGREE"))),
        start=draw(st.sampled_from((None, start))),
        until=draw(st.sampled_from((None, until))),
        roll_up=draw(st.booleans()),
        certain=draw(st.booleans()),
        known_at=draw(st.one_of(st.none(), st.integers(-1, 30).map(lambda n: FIRST + n * DAY + dt.timedelta(hours=1)))),
        around=draw(st.sampled_from((None, *ENTITIES))),
        depth=draw(st.integers(1, 3)),
    )


@settings(derandomize=True, deadline=None, max_examples=250)
@given(view=views())
def test_a_view_is_what_a_filter_over_all_facts_gives(lived, everything, view):
    assert {fact.id for fact in lived.store.facts(view)} == expected(everything, view)


def test_the_property_meets_facts_and_not_only_none(lived, everything):
    for view in (
        View(around="USA", depth=2),
        View(actor="USA", roll_up=True),
        View(known_at=FIRST + 4 * DAY),
        View(certain=True),
    ):
        assert 0 < len(expected(everything, view)) < len(everything[0])


def test_what_was_believed_comes_back_as_it_was_then(tmp_path, monkeypatch):
    graph, days = kg.open(tmp_path / "s.kg"), iter(FIRST + n * DAY for n in range(9))
    monkeypatch.setattr(merge, "now", lambda: next(days))
    said = []
    for date in ("2009-03-27", "2009-05-05"):
        graph.load(write_rows(tmp_path / "f.csv", [("r1", "USA", "meets", "RUS", date)], ("native_id", *COLUMNS)), dataset="d")
        said.append(list(graph.rows()))
    graph.retract("d", "r1")
    assert list(graph.known_at("2009-12-31").rows()) == []
    assert list(graph.known_at("2010-01-01").rows()) == said[0] != said[1]
    assert list(graph.known_at("2010-01-02").rows()) == said[1]
    assert list(graph.known_at("2010-01-03").rows()) == list(graph.rows()) == []
    for name in ("then.csv", "then.nt", "then.json"):
        graph.known_at("2010-01-01").export(tmp_path / name)
        assert "2009-03-27" in (tmp_path / name).read_text() and "2009-05-05" not in (tmp_path / name).read_text()


COLUMNS = ("actor", "action", "target", "date")


def test_times_of_knowing():
    assert instant("2010-01-01") == instant(dt.date(2010, 1, 1)) == instant("1 January 2010") == dt.datetime(2010, 1, 2)
    assert instant("2010-01") == dt.datetime(2010, 2, 1) and instant("2010") == dt.datetime(2011, 1, 1)
    second = dt.datetime(2010, 1, 1, 12, 0, 0, 1)
    assert instant("2010-01-01T12:00:00Z") == instant("2010-01-01T14:00+02:00") == instant("2010-01-01 12:00") == second
    assert instant(dt.datetime(2010, 1, 1, 12)) == second
    for text in ("yesterday", "25:00", "2010/..", "2010-02-30", ""):
        with pytest.raises(UsageError, match="known-at"):
            instant(text)


@pytest.mark.parametrize(
    "text",
    ["2026-11-27T1937Z", "20261127T1937Z", "20261127T193700Z", "20261127193700", "2026-11-27 1937", "2026-11-27 19:37 UTC"],
)
def test_a_time_of_knowing_in_any_form_of_iso_is_that_time(text):
    assert instant(text) == dt.datetime(2026, 11, 27, 19, 37, 0, 1)


@pytest.mark.parametrize("text", ["27.11.2026 1937", "27/11/2026 19:37", "2026/11/27 1937", "2026-11-27T24:00"])
def test_a_clock_that_is_not_read_is_refused_and_never_the_end_of_the_day(text):
    with pytest.raises(UsageError, match="is not a time"):
        instant(text)


@pytest.mark.parametrize("text", ["2009~", "2009?", "../2009", "2009/2010", "2009/"])
def test_when_something_was_believed_is_no_span_and_in_no_doubt(text):
    with pytest.raises(UsageError, match=r"is a span|is approximate|is uncertain") as told:
        instant(text)
    assert "write 2010-01-01" in told.value.hint


@pytest.mark.parametrize("text", ["2009/2010", "../2009", "2009/.."])
def test_a_span_is_no_day(graph, text):
    assert graph.at("2009-09-18/2009-09-18").view == graph.at("2009-09-18").view
    with pytest.raises(UsageError, match=r"at: .* is a span") as told:
        graph.at(text)
    assert "--from" in told.value.hint and "--until" in told.value.hint


@pytest.mark.parametrize(
    "time", ["9999-12-31T23:59:59.999999", "9999-12-31T23:00-05:00", "0001-01-01T00:00+14:00", dt.date.max, dt.datetime.max]
)
def test_times_of_knowing_that_the_calendar_lacks(time):
    with pytest.raises(UsageError, match=r"known-at: .* is outside the calendar"):
        instant(time)


def test_views_compose_and_contradictions_are_told(lived):
    asked = lived.at("2009-09-18").around("NATO").known_at("2030-01-01")
    assert asked.facts() and asked.view == lived.known_at("2030-01-01").around("NATO").at("2009-09-18").view
    assert lived.between("2009").at("2009-09-18").view == lived.at("2009-09-18").between("2009").view
    for wrong, words in (
        (lambda: lived.between("2010").at("2009-09-18"), "is no span"),
        (lambda: lived.between("2010", "2009"), "is no span"),
        (lambda: lived.known_at("2010").known_at("2011"), "already"),
        (lambda: lived.around("NATO").around("USA"), "already"),
        (lambda: lived.around("NATO", 0), "depth"),
        (lambda: lived.around("NATO", 7), "depth"),
        (lambda: lived.at("2009-02-30"), "calendar"),
    ):
        with pytest.raises(UsageError, match=words):
            wrong()


@pytest.mark.parametrize("language", ["cypher", "sparql"])
def test_queries_are_asked_of_the_view(lived, language):
    counting = {
        "cypher": "MATCH (:Entity)-[r]->(:Entity) RETURN r.id AS id ORDER BY id",
        "sparql": "SELECT ?id { ?f kg:date ?d ; kg:id ?id } ORDER BY ?id",
    }[language]
    see = (
        lambda g: g,
        lambda g: g.at("2009-09-18"),
        lambda g: g.known_at("2010-01-04"),
        lambda g: g.known_at("2009"),
        lambda g: g.around("NATO", 2).between(None, "2009"),
        lambda g: g.rolled_up().by("USA"),
    )
    for narrow in see:
        graph = narrow(lived)
        found = getattr(graph, language)(counting).rows
        assert found == sorted((fact.id,) for fact in graph.facts()), graph


def test_query_text_may_name_the_views_dates(lived):
    day = lived.at("2009-09-18").known_at("2030")
    assert day.cypher("RETURN $at AS a, $from AS f, $until AS u, $known_at AS k").rows == [
        (dt.date(2009, 9, 18), dt.date(2009, 9, 18), dt.date(2009, 9, 19), "2030-12-31T23:59:59")
    ]
    assert day.sparql("SELECT ($at AS ?a) ($known_at AS ?k) {}").rows == [(dt.date(2009, 9, 18), "2030-12-31T23:59:59")]
    # A query that names none gets none, and what the call says goes first.
    assert day.cypher("RETURN 1 AS one").rows == [(1,)]
    assert day.cypher("RETURN $at AS a", {"at": 1}).rows == [(1,)]
    assert lived.at("2009-09-18").ask("facts-at").rows == lived.ask("facts-at", at="2009-09-18").rows


def test_a_copy_of_the_view_is_made_anew_when_the_store_changes(tmp_path):
    graph = kg.open(tmp_path / "s.kg")
    graph.load(EXAMPLE)
    day = graph.at("2009-09-18")
    count = functools.partial(day.cypher, "MATCH (:Entity)-[r]->(:Entity) RETURN count(r) AS n")
    before, copied = count().rows, day._snapshot
    assert count().rows == before and day._snapshot is copied
    graph.load(write_rows(tmp_path / "more.csv", [("USA", "meets", "Peru", "2009-09-18")]))
    assert count().rows == [(before[0][0] + 1,)] and day._snapshot is not copied
    folder = day._snapshot.store.path
    assert folder.exists()
    day.close()
    assert not folder.exists()


def test_a_view_can_be_copied_into_a_store(lived, tmp_path):
    for n, view in enumerate((lived.around("NATO"), lived.known_at("2010-01-04"), lived.at("2100-01-01"), lived)):
        view.copy(tmp_path / f"{n}.kg")
        assert list(kg.open(tmp_path / f"{n}.kg").rows()) == list(view.rows())


def test_every_command_that_reads_has_the_views_options(tmp_path):
    command = functools.partial(run, cwd=tmp_path)
    store = tmp_path / "s.kg"
    assert command("load", EXAMPLE, "--kg", store).returncode == 0
    view = ("--around", "NATO", "--from", "2009", "--known-at", "2100", "--at", "2009-09-18")
    asked = {
        "facts": ("facts", "--format", "csv"),
        "cypher": ("cypher", "MATCH (:Entity)-[r]->(:Entity) WHERE r.date = $at RETURN r.id"),
        "sparql": ("sparql", "SELECT ?f { ?f kg:date $at }"),
        "ask": ("ask", "facts-at", "--format", "csv"),
    }
    for name, words in asked.items():
        done = command(*words, *view, "--kg", store)
        assert (done.returncode, len(done.stdout.splitlines())) == (0, 3), (name, done.stderr)
    assert "wrote 2 facts" in command("export", tmp_path / "x.csv", *view, "--kg", store).stderr
    copied = command("copy", store, tmp_path / "copy.kg", *view)
    assert copied.returncode == 0 and "under this view" in copied.stderr
    assert "2 facts" in command("facts", "--kg", tmp_path / "copy.kg").stderr
    wrong = command("facts", "--depth", "2", "--kg", store)
    assert wrong.returncode == 2 and "--around" in wrong.stderr
