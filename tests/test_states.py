"""The states behind actors and targets: what holds where sources disagree, and what the command line makes of them."""

import csv
import itertools
import json

import duckdb
import pytest
from helpers_store import INDEXES, command, everything, index_of, write_rows

import kg
from kg.errors import StoreDamaged, UsageError
from kg.views import View

COLUMNS = ("actor", "action", "target", "date", "actor_state")
#: One deed, told in files of their own: without a state, with either of two, and with an official of a known state.
FILES = {
    "none": [("Crowd", "attacks", "Bystanders", "2009-01-01", "")],
    "france": [("Crowd", "attacks", "Bystanders", "2009-01-01", "France"), ("Crowd", "meets", "USA", "2009", "FRA")],
    "russia": [("Crowd", "attacks", "Bystanders", "2009-01-01", "RUS")],
}


@pytest.mark.parametrize("order", [*itertools.permutations(FILES)])
def test_the_order_of_loading_makes_no_difference(tmp_path, order):
    found = []
    for name, names in (("usual", tuple(FILES)), ("other", order)):
        graph = kg.open(tmp_path / name)
        for n in names:
            graph.load(write_rows(tmp_path / f"{n}.csv", FILES[n], COLUMNS))
            for language in INDEXES:  # brought up to date after each load, as somebody asks
                index_of(graph, language).ready()
        facts = [{**dict(zip(graph.columns, row, strict=True))} for row in graph.rows()]
        edges = {item for item in everything(index_of(graph, "cypher")) if item[0] == "edge"}
        states = {t for t in everything(index_of(graph, "sparql")) if t.predicate.value.endswith("State")}
        found.append((facts, edges, states))
    assert found[0] == found[1]
    assert [(f["reports"], f["actor_state"], f["target_state"]) for f in found[0][0]] == [(3, "FRA", None), (1, "FRA", "USA")]


def test_rows_of_one_file_that_differ_in_the_state_are_two_reports(graph, load, write):
    rows = "\n".join(f"Crowd,attacks,Bystanders,2009-01-01,{state}" for state in ("RUS", "FRA", "FRA", ""))
    load(write("f.csv", f"{','.join(COLUMNS)}\n{rows}\n"))
    [fact] = graph.facts()
    assert (fact.reports, fact.actor_state) == (3, "FRA")
    assert {e.id for e in graph.entities()} == {"crowd", "bystanders", "FRA"}


def test_a_further_report_of_a_record_says_what_the_record_said(tmp_path, write):
    graph = kg.open(tmp_path / "s.kg")
    events = write("events.csv", "native_id,actor,action,target,date,actor_state\ne1,Crowd,attacks,Bystanders,2009-01-01,FRA\n")
    graph.load(events, dataset="events")
    loader = write("mentions.sql", '-- witnesses: events\n-- columns: event, paper\n-- reads: table\n'
                   'SELECT row, event AS "of", paper AS publisher, problem FROM source\n')  # fmt: skip
    assert graph.load(write("m.csv", "event,paper\ne1,Le Monde\n"), loader=str(loader)).total("reports") == 1
    graph.retract("events", "e1")
    [fact] = graph.facts()
    assert (fact.sources, fact.actor_state) == (("Le Monde",), "FRA")


def test_a_record_of_an_older_format_is_refused(graph, load, store):
    load(write_rows(store.path.parent / "f.csv", FILES["none"], COLUMNS))
    with duckdb.connect(str(store.record.path)) as con:
        con.execute("UPDATE format SET number = 1")
    with pytest.raises(StoreDamaged, match="has format 1, this version reads format 4") as caught:
        graph.facts()
    assert caught.value.hint == "load the files anew"


@pytest.fixture
def officials(tmp_path):
    rows = [("Joe Doe", "meets", "Court (Chad)", "2009-01-01", "USA"), ("USA", "accuses", "Iran", "2009-01-02", "")]
    graph = kg.open(tmp_path / "s.kg")
    graph.load(write_rows(tmp_path / "f.csv", rows, COLUMNS))
    return graph


def test_the_command_line_rolls_up(officials, tmp_path):
    def ran(*words):
        done = command(*words, "--kg", officials.store.path, cwd=tmp_path)
        return done.returncode, done.stdout, done.stderr

    def listed(*words):
        return [json.loads(line)["actor_id"] for line in ran("facts", "--format", "jsonl", *words)[1].splitlines()]

    assert listed("--actor", "USA") == ["USA"]
    assert listed("--actor", "USA", "--roll-up") == ["joe-doe", "USA"]
    assert listed("--target", "TCD", "--roll-up") == ["joe-doe"]
    assert ran("export", "out.csv", "--actor", "USA", "--roll-up")[0] == 0
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        assert [(r["actor_state"], r["target_state"]) for r in csv.DictReader(file)] == [("USA", "TCD"), ("USA", "IRN")]
    asked = ran("ask", "partners", "--param", "actor=USA", "--roll-up", "--format", "csv")[1]
    assert [line.split(",")[0] for line in asked.splitlines()[1:]] == ["IRN", "TCD"]
    assert "actor_state" in ran("ask", "partners", "--show", "cypher", "--roll-up")[1]
    assert "actor_state" not in ran("ask", "partners", "--show", "cypher")[1]
    code, _, said = ran("ask", "facts-at", "--roll-up")
    assert (code, said) == (
        2,
        "error: facts-at can't be rolled up to states\nhint: these can: dyad-timeline, partners\n",
    )


def test_a_table_comes_back_with_its_states(officials, tmp_path):
    officials.export(tmp_path / "out.csv")
    again = kg.open(tmp_path / "again.kg")
    again.load(tmp_path / "out.csv")
    assert [(f.id, f.actor_state, f.target_state) for f in again.facts()] == [
        (f.id, f.actor_state, f.target_state) for f in officials.facts()
    ]


def test_a_view_of_states(officials):
    assert View(actor="USA", roll_up=True).where() == "(f.actor = $actor OR f.actor_state = $actor)"
    assert View(roll_up=True).whole and not View(actor="USA").whole
    assert officials.rolled_up().by("USA").facts() == officials.by("USA").rolled_up().facts() != officials.by("USA").facts()
    with pytest.raises(UsageError, match="can't be rolled up"):
        officials.rolled_up().ask("activity-by-type")
    with pytest.raises(UsageError, match="no question"):
        officials.rolled_up().ask("nothing")
    direct, rolled = (
        officials.ask("partners-of-states", actor="USA"),
        officials.rolled_up().ask("partners-of-states", actor="USA"),
    )
    assert direct == rolled
