"""What happened to a store: its loads are listed, each can be undone, and two states of knowledge compared."""

import datetime as dt
import itertools

import pytest
from helpers_history import COLUMNS, rows
from helpers_store import EXAMPLE, command, write_rows
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import kg
from kg.errors import StoreError, UsageError
from kg.stores import merge

FIRST = dt.datetime(2010, 1, 1, 12)
HOUR = dt.timedelta(hours=1)

#: A step is a load: making a failing history smaller takes longer than reading it.
PHASES = (Phase.explicit, Phase.generate)

#: What a record may say: two say the same fact, one leaves a state behind.
SAID = (
    ("USA", "meets", "RUS", "2009-03-27"),
    ("United States", "meets", "Russia", "2009-03-27"),
    ("USA", "threatens", "RUS", "2009"),
    ("Court (Chad)", "meets", "RUS", "2009-03-28"),
)
RECORDS = ("r1", "r2", "r3")

loads = st.dictionaries(st.sampled_from(RECORDS), st.sampled_from(SAID), min_size=1).map(lambda told: ("load", told))
steps = st.lists(st.one_of(loads, st.tuples(st.just("retract"), st.sampled_from(RECORDS))), min_size=2, max_size=6)


def do(graph, folder, step):
    """Do a step; whether there was anything to do."""
    kind, what = step
    if kind == "load":
        graph.load(write_rows(folder / "f.csv", rows(*((id_, *said) for id_, said in what.items())), COLUMNS), dataset="d")
        return True
    try:
        graph.retract("d", what)
    except StoreError:
        return False
    return True


@settings(derandomize=True, deadline=None, max_examples=25, phases=PHASES)
@given(steps=steps)
def test_undoing_gives_the_store_of_before(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("undone")
    graph = kg.open(folder / "s.kg")
    states = [[]]
    states += [list(graph.rows()) for step in steps if do(graph, folder, step)]
    if len(states) == 1:
        return
    entities = graph.entities()
    for number in range(len(states) - 1, 0, -1):
        graph.undo(number)
        assert list(graph.rows()) == states[number - 1], (number, steps)
    assert graph.known_at(graph.loads()[len(states) - 2]["recorded"]).entities() == entities


def in_order(steps):
    """Steps that each say something new, and of the record without an id only while nothing is believed of it: what is read
    again as it is believed leaves no trace in recorded time."""
    told, days = False, itertools.count(1)
    for kind, what in steps:
        if kind == "retract":
            told = told and bool(what)
            yield kind, what
            continue
        given = [(id_, "USA", "meets", "RUS", f"2009-01-{next(days):02}") for id_ in what if id_]
        given += [("", "USA", "meets", "FRA", "2009-03-27")] * ("" in what and not told)
        told = told or "" in what
        if given:
            yield kind, given


def replayed(graph, folder, steps):
    """Do steps; returns those that there was anything to do for."""
    done = []
    for kind, what in steps:
        if kind == "load":
            graph.load(write_rows(folder / "f.csv", rows(*what), COLUMNS), dataset="d")
        else:
            with graph.store.tables("report") as con:
                nameless = con.execute("SELECT id::VARCHAR FROM kg.report WHERE native_id IS NULL AND closed IS NULL").fetchall()
            try:
                graph.retract("d", what or (nameless[0][0] if nameless else "none"))
            except StoreError:
                continue
        done.append((kind, what))
    return done


tellings = st.lists(st.sampled_from(("r1", "r2", "")), min_size=1, max_size=3)


@settings(derandomize=True, deadline=None, max_examples=40, phases=PHASES)
@given(
    first=tellings,
    steps=st.lists(
        st.one_of(st.tuples(st.just("load"), tellings), st.tuples(st.just("retract"), st.sampled_from(("r1", "r2", "")))),
        min_size=2, max_size=5,
    ),
    chance=st.randoms(use_true_random=False),
)  # fmt: skip
def test_what_is_undone_in_any_order_might_never_have_been(tmp_path_factory, first, steps, chance):
    folder = tmp_path_factory.mktemp("undone")
    graph, twin = kg.open(folder / "s.kg"), kg.open(folder / "t.kg")
    done = replayed(graph, folder, in_order([("load", first), *steps]))
    undone = chance.sample(range(2, len(done) + 1), chance.randint(1, len(done) - 1)) if len(done) > 1 else []
    for number in undone:
        graph.undo(number)
    replayed(twin, folder, [step for number, step in enumerate(done, 1) if number not in undone])
    shown = [[row[1:] for row in g.rows()] for g in (graph, twin)]
    assert shown[0] == shown[1], (done, undone)
    assert not [finding for finding in graph.check() if finding.wrong]


@settings(derandomize=True, deadline=None, max_examples=15, phases=PHASES)
@given(steps=steps)
def test_differences_lead_from_one_state_of_knowledge_to_the_other(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("compared")
    graph, clock = kg.open(folder / "s.kg"), itertools.count()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merge, "now", lambda: FIRST + next(clock) * HOUR)
        for step in steps:
            do(graph, folder, step)
    if not graph.store.path.exists():
        return
    times = [FIRST + n * HOUR for n in range(-1, len(steps))]
    states = {time: {f.id for f in graph.known_at(time).facts()} for time in times}
    for first, then in itertools.combinations(times, 2):
        found = graph.differences(first, then)
        came = {d.fact for d in found if d.what != "retracted"}
        went = {d.fact for d in found if d.what == "retracted"} | {d.instead_of for d in found if d.instead_of}
        assert states[then] - states[first] <= came <= states[then]
        assert went == states[first] - states[then]
        assert all(first < d.recorded <= then for d in found)


def test_a_correction_is_told_with_what_was_said_before(graph, tmp_path, monkeypatch):
    clock = itertools.count()
    monkeypatch.setattr(merge, "now", lambda: FIRST + next(clock) * HOUR)
    do(graph, tmp_path, ("load", {"r1": SAID[0], "r2": SAID[2]}))
    do(graph, tmp_path, ("load", {"r1": SAID[3]}))
    do(graph, tmp_path, ("retract", "r2"))
    corrected, retracted = graph.differences("2010-01-01T12:30", "2010-01-02")
    assert (corrected.what, corrected.change, corrected.before) == ("corrected", 2, "2009-03-27 United States meets Russia")
    assert (corrected.date, corrected.actor, corrected.recorded) == ("2009-03-28", "Courts (Chad)", FIRST + HOUR)
    assert (retracted.what, retracted.change, retracted.date, retracted.actor) == ("retracted", 3, "2009", "United States")
    assert [d.what for d in graph.differences("2009", "2010-01-02")] == ["added"]
    assert [d.what for d in graph.by("USA").differences("2010-01-01T12:30", "2010-01-02")] == ["retracted", "retracted"]
    assert graph.by("NATO").differences("2009", "2010-01-02") == []
    with pytest.raises(UsageError, match="not before"):
        graph.differences("2010", "2010")


def test_of_a_record_of_two_facts_only_that_which_changed_is_told(graph, tmp_path, monkeypatch):
    clock = itertools.count()
    monkeypatch.setattr(merge, "now", lambda: FIRST + next(clock) * HOUR)
    for other in ("Germany", "France"):
        given = (("x", "Russia", "meets", end, "2001-01-01") for end in ("Poland", other))
        graph.load(write_rows(tmp_path / "f.csv", rows(*given), COLUMNS), dataset="d")
    [only] = graph.differences("2010-01-01T12:30", "2010-01-02")
    assert (only.what, only.change, only.target, only.before) == ("corrected", 2, "France", "2001-01-01 Russia meets Germany")


def test_what_later_changes_decided_stays_decided(graph, tmp_path):
    do(graph, tmp_path, ("load", {"r1": SAID[0], "r2": SAID[2]}))
    do(graph, tmp_path, ("load", {"r1": SAID[2], "r2": SAID[3]}))
    do(graph, tmp_path, ("load", {"r1": SAID[3]}))
    do(graph, tmp_path, ("retract", "r2"))
    before = list(graph.rows())
    assert graph.undo(2)[:2] == (0, 0), "both records were told or taken back again since"
    assert list(graph.rows()) == before
    assert graph.undo(4)[:2] == (0, 1), "of what the retraction closed"
    with pytest.raises(StoreError, match="change 5 is no load and no retraction but 'undo'"):
        graph.undo(5)
    with pytest.raises(StoreError, match="load 2 is undone already, by change 5"):
        graph.undo(2)
    with pytest.raises(StoreError, match="no load 99"):
        graph.undo(99)


def test_a_record_without_an_id_can_be_taken_back_and_given_back(graph, tmp_path):
    file = write_rows(tmp_path / "f.csv", [SAID[0], SAID[2]], ("actor", "action", "target", "date"))
    graph.load(file, dataset="d")
    before = list(graph.rows())
    with graph.store.tables("report") as con:
        report = con.execute("SELECT id::VARCHAR FROM kg.report ORDER BY row").fetchall()[0][0]
    graph.retract("d", report)
    assert graph.undo(2)[:2] == (0, 1) and list(graph.rows()) == before
    graph.retract("d", report)
    graph.load(file, dataset="d")
    assert list(graph.rows()) == before
    assert graph.undo(4)[:2] == (0, 0), "a load has brought it back since"
    assert list(graph.rows()) == before


def test_an_undone_file_can_be_loaded_again(graph):
    graph.load(EXAMPLE)
    before = list(graph.rows())
    graph.undo(1)
    assert graph.facts() == [] == graph.entities()
    told = graph.load(EXAMPLE)
    assert told.total("new") + told.total("derived") == len(before)
    assert list(graph.rows()) == before
    [first, undone, again] = graph.loads()
    assert (first["undone_by"], undone["undone"], again["undone_by"]) == (2, 1, None)
    assert (first["kind"], undone["kind"]) == ("load", "undo") and len(first["sha256"]) == 64


def test_loads_on_the_command_line(tmp_path):
    store = tmp_path / "s.kg"
    empty = command("loads", "--kg", store, cwd=tmp_path)
    assert empty.returncode == 1 and "kg load FILE" in empty.stderr
    command("load", EXAMPLE, "--kg", store, cwd=tmp_path)
    listed = command("loads", "--format", "jsonl", "--kg", store, cwd=tmp_path)
    assert '"kind": "load"' in listed.stdout and '"rows": 32' in listed.stdout
    undone = command("loads", "undo", "1", "--kg", store, cwd=tmp_path)
    assert undone.returncode == 0 and "undid 1: closed 32 reports, opened 0 reports again" in undone.stderr
    again = command("loads", "undo", "1", "--kg", store, cwd=tmp_path)
    assert again.returncode == 1 and "undone already" in again.stderr
    compared = command("diff", "2001", "2100", "--kg", store, cwd=tmp_path)
    assert compared.returncode == 0 and "0 added, 0 corrected, 0 retracted" in compared.stderr
