"""`examples/missile-shield-2009.csv`: the facts around the end of the missile shield, as a user would write them."""

import csv
import datetime as dt
from collections import Counter, defaultdict
from pathlib import Path

import pytest

import kg
from kg import actions, dates
from kg.actors import resolver

FILE = Path(__file__).resolve().parent.parent / "examples" / "missile-shield-2009.csv"
COLUMNS = ["actor", "action", "target", "date", "source", "url", "actor_kind", "target_kind", "event"]
FIRST, UNTIL = dt.date(2008, 8, 1), dt.date(2009, 10, 1)

#: Names the tables must know, with the entity each is.
KNOWN = {
    "United States": "USA",
    "Russia": "RUS",
    "Georgia": "GEO",
    "Ukraine": "UKR",
    "Poland": "POL",
    "Czech Republic": "CZE",
    "NATO": "NATO",
}


def read() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ROWS = read()


def entity(name: str) -> str:
    return resolver().resolve(name).entity.id


def dated(actor: str, target: str) -> set[str]:
    """The dates, as written, of what an actor did to a target."""
    return {row["date"] for row in ROWS if (entity(row["actor"]), entity(row["target"])) == (actor, target)}


def test_it_is_a_plain_table() -> None:
    raw = FILE.read_bytes()
    assert b"\r" not in raw and not raw.startswith(b"\xef\xbb\xbf") and raw.endswith(b"\n")
    assert list(ROWS[0]) == COLUMNS
    for row in ROWS:
        assert None not in row and None not in row.values(), row
        assert all(value == value.strip() for value in row.values()), row
        assert all(row[column] for column in ("actor", "action", "target", "date", "source")), row


def test_facts_are_many_and_some_have_two_witnesses() -> None:
    witnesses = Counter((row["actor"], row["action"], row["target"], row["date"]) for row in ROWS)
    assert len(witnesses) >= 20
    assert max(witnesses.values()) > 1
    assert len({tuple(row.values()) for row in ROWS}) == len(ROWS), "a row twice"


def test_dates_are_of_all_precisions_and_of_the_time() -> None:
    spans = [dates.parse(row["date"]) for row in ROWS]
    assert {span.precision for span in spans} == {"day", "month", "year", "span"}
    for span in spans:
        assert span.start < UNTIL and span.until and span.until > FIRST, span


def test_most_actions_are_in_the_lexicon() -> None:
    rules = [actions.resolve(row["action"]).rule for row in ROWS]
    assert sum(rule != "none" for rule in rules) >= 0.8 * len(rules)


@pytest.mark.parametrize(("name", "id_"), KNOWN.items())
def test_states_and_organisations_are_known(name: str, id_: str) -> None:
    assert entity(name) == id_
    assert any(name in (row["actor"], row["target"]) for row in ROWS)


def test_one_name_for_one_entity() -> None:
    names = defaultdict(set)
    for row in ROWS:
        for name in (row["actor"], row["target"]):
            names[entity(name)].add(name)
    assert {id_: found for id_, found in names.items() if len(found) > 1} == {}


def test_kinds_of_targets() -> None:
    """A thing is said to be one, wherever it is a target; it never acts."""
    kinds = {row["target"]: row["target_kind"] for row in ROWS}
    assert all(kinds[row["target"]] == row["target_kind"] for row in ROWS)
    assert set(kinds.values()) == {"", "person", "topic", "place"}
    assert not {row["actor"] for row in ROWS} & {name for name, kind in kinds.items() if kind == "topic"}


def test_the_shield_is_scrapped() -> None:
    scrapped = [row for row in ROWS if (entity(row["actor"]), row["target"]) == ("USA", "missile shield")]
    assert {(row["date"], row["target_kind"]) for row in scrapped} == {("2009-09-17", "topic")}
    assert {actions.resolve(row["action"]).type for row in scrapped} == {"RETREAT"}


def test_required_dyads() -> None:
    assert "2009-09-18" in dated("NATO", "RUS")
    assert "2008-08-07/2008-08-12" in dated("RUS", "GEO")
    for target in ("USA", "NATO", "RUS"):
        assert "2009-09-18" in dated("anders-fogh-rasmussen", target)
    for actor in ("POL", "CZE", "vladimir-putin", entity("Kommersant")):
        assert dated(actor, "USA"), actor
    assert dated("dmitry-medvedev", "joint-security-architecture")
    assert "2009" in dated("barack-obama", "RUS")
    assert dated("UKR", "NATO")


def test_an_event_ties_several_facts() -> None:
    events = defaultdict(list)
    for row in ROWS:
        if row["event"]:
            events[row["event"]].append(row)
    assert all(len(rows) > 1 for rows in events.values())
    offer = {(entity(row["actor"]), entity(row["target"])) for row in events["nato-offer-2009"]}
    assert len(offer) > 2


def test_it_loads_whole(tmp_path: Path) -> None:
    graph = kg.open(tmp_path / "store.kg")
    report = graph.load(FILE)
    assert report.failed == [] and list(report.rejects()) == []
    assert sum(fact.reports for fact in graph.facts() if fact.coded != "derived") == len(ROWS)
    # The talks that NATO suspended stand still until it resumes relations.
    assert [(f.type, f.actor, f.when) for f in graph.facts() if f.coded == "derived"] == [
        ("TALKS_SUSPENDED", "NATO", "2008-08-19/2009-06-26"),
        ("RECOGNITION", "RUS", "2008-08-26/.."),
        ("RECOGNITION", "RUS", "2008-08-26/.."),
    ]
    assert {entity.kind for entity in graph.entities()} >= {"state", "organization", "place", "topic"}
