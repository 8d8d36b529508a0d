"""What is told of questions that nothing can answer to, of options that do nothing, and of files that would be lost."""

import csv

import pytest
from helpers_store import EXAMPLE

from kg import noticing
from kg.errors import QueryError, RejectedRows, UsageError

ROWS = "actor,action,target,date\nUSA,meets,Russia,2009-03-27\nUSA,meets,Russia,{}\n"


@pytest.fixture
def loaded(kg, load):
    load(EXAMPLE)
    return kg


# Names


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["facts", "--actor", "Korea"], "no fact speaks of 'Korea': say KOR or "),
        (["facts", "--target", "rus"], "no fact speaks of 'rus': say RUS"),
        (["facts", "--around", "Atlantis"], "no fact speaks of 'Atlantis';"),
        (["timeline", "Obma", "Russia"], "no fact speaks of 'Obma';"),
        (["trend", "Atlantis", "RUS"], "no fact speaks of 'Atlantis';"),
        (["relations", "Atlantis"], "no fact speaks of 'Atlantis';"),
        (["ask", "partners", "--param", "actor=Korea"], "no fact speaks of 'Korea': say KOR or "),
        (["export", "empty.csv", "--actor", "Atlantis"], "no fact speaks of 'Atlantis';"),
    ],
)
def test_who_is_unknown_is_told_apart_from_who_was_silent(loaded, arguments, told):
    ran = loaded(*arguments)
    assert ran.code == 0 and ran.err.count(told) == 1, ran.err


@pytest.mark.parametrize("name", ["Russia", "RUS", "France", "Abkhazia", "missile shield"])
def test_of_who_is_known_nothing_is_told(loaded, name):
    ran = loaded("facts", "--actor", name)
    assert ran.code == 0 and "no fact speaks" not in ran.err


# Terms of a query


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("SELECT * { ?f kg:acter ?a }", "nothing has kg:acter; there is kg:actor, "),
        ("SELECT * { ?f <https://w3id.org/diplomacy-kg#acter> ?a }", "nothing has kg:acter; there is kg:actor, "),
        ("SELECT * { ?f a kg:Sanktion }", "nothing has kg:Sanktion; there is kg:Sanction, "),
        ("SELECT * { ?a rdfs:label ?n }", "nothing has rdfs:label: names are skos:prefLabel"),
        ("SELECT * { ?a kg:name ?n }", "nothing has kg:name: names are skos:prefLabel"),
        ("SELECT * { ?f kg:qqqqqqqqq ?n }", "nothing has kg:qqqqqqqqq; schema/ontology.ttl has all terms"),
        ("SELECT * { ?f kg:actor $who }", "$who has no value, so it is a variable like ?who"),
    ],
)
def test_terms_that_there_are_none_of_are_told(loaded, text, told):
    ran = loaded("sparql", text)
    assert ran.code == 0 and f"note: {told}" in ran.err, ran.err


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?f kg:actor ?a ; kg:precision ?b }",
        "SELECT * { ?a kg:holdsOffice ?b . ?f a kg:HoldsOffice . ?b a kg:State }",
        "SELECT * { ?f kg:action 'kg:none', \"kg:none $x\", '''kg:none''' } # kg:none $x",
        "PREFIX kg: <http://example.org/> SELECT * { ?f kg:none ?a }",
        "SELECT * { ?f <http://example.org/kg:none> ?a . ?f skos:prefLabel ?l . ?f mykg:none ?a }",
    ],
)
def test_of_terms_that_there_are_and_of_others_vocabularies_nothing_is_told(text):
    assert [*noticing.unanswered(text)] == []


def test_every_question_names_terms_that_there_are():
    from kg import questions

    for name in questions.names():
        asked = questions.question(name, "sparql")
        assert [*noticing.unanswered(asked.text, [p.name for p in asked.parameters])] == [], name


def test_a_parameter_that_a_query_does_not_have_is_refused_in_both_languages(graph, load):
    load(EXAMPLE)
    for ask, text in ((graph.cypher, "MATCH (a:Entity) RETURN a.id"), (graph.sparql, "SELECT * { ?a kg:id ?b }")):
        with pytest.raises(QueryError, match=r"the query has no \$who"):
            ask(text, {"who": "USA"})


def test_cypher_of_a_folder_says_what_kinds_are_there_and_names_counts_as_written(graph, load):
    load(EXAMPLE)
    with pytest.raises(QueryError) as told:
        graph.cypher("MATCH (a:State) RETURN a.id")
    assert "(b:Entity {kind: 'state'})" in told.value.hint
    assert graph.cypher("MATCH (a:Entity)-[r]->(b) RETURN count(*), count(r)").columns == ["count(*)", "count(r)"]


def test_values_that_nobody_gave_are_told(loaded):
    assert "asked with a=NATO, b=RUS" not in loaded("ask", "dyad-timeline", "--param", "a=NATO", "--param", "b=RUS").err
    assert "asked with b=RUS; --param says otherwise" in loaded("ask", "dyad-timeline", "--param", "a=USA").err
    assert "asked with at=2009-09-18;" in loaded("ask", "facts-at").err
    assert "asked with" not in loaded("ask", "facts-at", "--at", "2009-09-17").err


def test_a_question_of_nearly_that_name_is_named(loaded):
    ran = loaded("ask", "partner")
    assert ran.code == 2 and "hint: did you mean partners" in ran.err and "kg ask --list; known: activity-by-type" in ran.err
    assert "did you mean" not in loaded("ask", "qqqq").err


# Periods


def test_a_trend_has_all_periods_of_the_span_that_is_asked_for(graph, load):
    load(EXAMPLE)
    trend = [p.period.isoformat()[:7] for p in graph.between("2008-01", "2010-01").trend("NATO", "Russia")]
    assert trend == [f"{year}-{month:02}" for year in (2008, 2009) for month in range(1, 13)]
    assert len(graph.between("1990", "1992").trend("NATO", "Russia", "quarter")) == 8
    [first, *_, last] = graph.between(None, "2010-01").trend("NATO", "Russia")
    assert first.cooperation + first.conflict and str(last.period) == "2009-12-01"
    [week] = graph.between("2009-09-16", "2009-09-18").trend("NATO", "Russia", "week")
    assert str(week.period) == "2009-09-14"
    assert graph.between("1990", None).trend("NATO", "Atlantis") == []


# Stores and files


def test_a_word_for_what_is_missing_is_told(kg, write):
    write("f.csv", "actor,action,target,date\nUSA,meets,NA,2009\nUSA,meets,NA,2010\nn/a,meets,Russia,2009\nUSA,meets,,2009\n")
    ran = kg("load", "f.csv")
    assert "'NA' is read as a name in 2 places" in ran.err and "'n/a' is read as a name in 1 place;" in ran.err
    assert ran.err.count("is read as a name") == 2


def test_a_load_is_undone_in_the_store_that_is_named(kg, write):
    write("f.csv", ROWS.format("2009-03-28"))
    for store in ("s.kg", "other.kg"):
        assert kg("load", "f.csv", "--kg", store).code == 0
    assert kg("loads", "--kg", "other.kg", "undo", "1").code == 0
    assert len(kg("facts", "--kg", "s.kg", "--format", "csv").out.splitlines()) == 3
    assert len(kg("facts", "--kg", "other.kg", "--format", "csv").out.splitlines()) == 1
    assert kg("loads", "--kg", "nowhere.kg", "undo", "1").code == 1


def test_strict_loading_writes_its_rejects(kg, graph, write, tmp_path):
    write("bad.csv", ROWS.format("never"))
    assert kg("load", "bad.csv", "--strict", "--rejects", "r.csv").code == 1
    [header, row] = csv.reader((tmp_path / "r.csv").read_text().splitlines())
    assert header == ["file", "row", "reason", "raw"] and row[1:3] == ["3", "'never' is not a date"]
    assert kg("load", "none.csv", "--strict", "--rejects", "r.csv").code == 1
    assert (tmp_path / "r.csv").read_text().splitlines() == ["file,row,reason,raw"]
    with pytest.raises(RejectedRows) as told:
        graph.load(tmp_path / "bad.csv", strict=True)
    assert [(file.rpartition("/")[2], row.row) for file, row in told.value.rows] == [("bad.csv", 3)]


def test_no_export_overwrites_a_file_that_was_loaded(kg, write, tmp_path):
    write("mine.csv", ROWS.format("2009-03-28"))
    assert kg("load", "mine.csv").code == 0
    (tmp_path / "copied.csv").write_bytes((tmp_path / "mine.csv").read_bytes())
    for name in ("mine.csv", "copied.csv"):
        ran = kg("export", name)
        assert ran.code == 2 and f"{name} is a file that was loaded (load 1)" in ran.err
        assert (tmp_path / name).read_text() == ROWS.format("2009-03-28")
    assert kg("export", "new.csv").code == kg("export", "new.csv").code == 0
    assert kg("load", "new.csv", "--kg", "two.kg").code == kg("export", "new.csv", "--kg", "two.kg").code == 0


def test_options_that_would_do_nothing_are_refused(loaded):
    for arguments in (
        ["export", "few.csv", "--top", "3"], ["export", "few.json", "--raw-cells"], ["export", "few.csv", "--title", "T"],
        ["info", "--rejects", "--types"], ["load", EXAMPLE, "--source", " "], ["diff", "2001", "2002", "--known-at", "2001"],
    ):  # fmt: skip
        ran = loaded(*arguments)
        assert ran.code == 2 and "hint:" in ran.err, arguments


def test_a_difference_has_no_third_time(graph, load):
    load(EXAMPLE)
    with pytest.raises(UsageError, match="states of knowledge"):
        graph.known_at("2030").differences("2001", "2040")
