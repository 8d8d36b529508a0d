"""The named questions: the same rows in Cypher and in SPARQL, and in both what the record says."""

import datetime as dt
import itertools
import re
import shlex
from collections import defaultdict

import pytest
from helpers_store import EXAMPLE, ROOT, command, shared, write_rows

import kg
from kg import questions
from kg.errors import UsageError
from kg.facts import NO_TARGET

SHELF = ROOT / "queries"
NAMES = sorted(path.stem for path in SHELF.glob("*.cypher"))
LANGUAGES = ("cypher", "sparql")
#: Real files, in the order in which they are loaded: mentions come after the events they are of.
FILES = (
    ("icews", "events.2018.sample.tab"),
    ("gdelt", "geomesa_20180101000000.export.CSV"),
    ("gdelt", "reed9999_sample_events.csv"),
    ("gdelt", "spark-gdelt_events.csv"),
    ("gdelt", "spark-gdelt_events1.csv"),
    ("gdelt", "spark-gdelt_eventsT.csv"),
    ("gdelt", "spark-gdelt_mentions.csv"),
)
ICEWS14 = ("tkg", "ICEWS14_full_named.tsv")

#: Parameter values for every question, beside its defaults. Years that the real files have, and years they don't.
VALUES = {
    "activity-by-type": [{"from": "2018"}, {"until": "2000-01-01"}, {"from": "2009-08", "until": "2009-10"}, {"from": "2100"}],
    "dyad-timeline": [
        {"b": "Poland"},
        {"a": "Dmitry Medvedev", "b": "Barack Obama"},
        {"a": "Obama", "b": "Medvedev"},
        {"a": "North Korea", "b": "South Korea"},
        {"a": "USA", "b": "USA"},
        {"a": "China", "b": "Japan", "from": "2014-03", "until": "2014-05"},
        {"a": "nobody at all", "b": "RUS"},
    ],
    "dyad-timeline-of-states": [
        {"a": "Poland"},
        {"a": "Citizen (Thailand)", "b": "Thailand"},
        {"a": "USA", "b": "USA", "from": "2018-01-01", "until": "2018-02-01"},
        {"a": "China", "b": "Japan"},
        {"a": "NATO", "b": "RUS"},
        {"a": "nobody at all", "b": "RUS"},
    ],
    "facts-at": [{"at": "2009-09-17"}, {"at": "2008"}, {"at": "2018-06-01"}, {"at": "2015-07-29"}, {"at": "1 January 2100"}],
    "facts-between": [
        {"from": "2008-08", "until": "2009"},
        {"from": "2016-07-01", "until": "2016-08-01"},
        {"from": "2017-12-20", "until": "2017-12-31"},
        {"from": "2014-02-27", "until": "2014-03-01"},
        {"from": "1979", "until": "1983"},
    ],
    "partners": [
        {"actor": "Russia", "limit": "5"},
        {"actor": "NATO"},
        {"actor": "Citizen (Thailand)", "limit": "3"},
        {"actor": "Germany", "from": "2018-06-01", "until": "2018-06-02"},
        {"actor": "nobody at all"},
        {"actor": "POLICE", "limit": "1000"},
        {"limit": "0"},
    ],
    "partners-of-states": [
        {"actor": "Russia", "limit": "5"},
        {"actor": "NATO"},
        {"actor": "Citizen (Thailand)", "limit": "1000"},
        {"actor": "Thailand", "limit": "1000"},
        {"actor": "Germany", "from": "2018-06-01", "until": "2018-06-02"},
        {"actor": "nobody at all"},
    ],
}
CASES = [pytest.param(name, values, id=f"{name}-{n}") for name in NAMES for n, values in enumerate([{}, *VALUES.get(name, [])])]
#: With ninety thousand facts more, where a scan in SPARQL takes seconds: one scan, and what starts from an actor.
LARGE = [
    ("partners", {"actor": "Iran", "limit": "30"}),
    ("partners-of-states", {"actor": "Iran", "limit": "30"}),
    ("dyad-timeline-of-states", {"a": "China", "b": "Japan", "from": "2014-06", "until": "2014-09"}),
    ("dyad-timeline", {"a": "China", "b": "Japan", "from": "2014-06", "until": "2014-09"}),
    ("facts-at", {"at": "2014-07-04"}),
]


def loaded(folder, *files):
    graph = kg.open(folder / "s.kg")
    report = graph.load(*files)
    assert not report.failed
    return graph


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    return loaded(tmp_path_factory.mktemp("example"), EXAMPLE)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The example and the smaller real files in one store."""
    return loaded(tmp_path_factory.mktemp("real"), EXAMPLE, *(shared(*file) for file in FILES))


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """All of it, ICEWS14 included."""
    return loaded(tmp_path_factory.mktemp("large"), EXAMPLE, *(shared(*file) for file in FILES), shared(*ICEWS14))


def types(rows):
    """The types in each column, by place."""
    found = defaultdict(set)
    for row in rows:
        for place, value in enumerate(row):
            found[place].add(type(value))
    return dict(found)


def assert_same(graph, name, values):
    """The same columns, rows and types in both languages; returns the rows."""
    cypher, sparql = (graph.ask(name, language, **values) for language in LANGUAGES)
    assert cypher.columns == sparql.columns
    assert cypher.rows == sparql.rows
    assert types(cypher.rows) == types(sparql.rows)
    assert {t for found in types(cypher.rows).values() for t in found} <= {str, int, dt.date}
    return cypher.rows


@pytest.mark.parametrize(("name", "values"), CASES)
def test_both_languages_give_the_same_of_the_example(example, name, values):
    assert_same(example, name, values)


@pytest.mark.parametrize(("name", "values"), CASES)
def test_both_languages_give_the_same_of_real_files(real, name, values):
    assert_same(real, name, values)


@pytest.mark.parametrize(("name", "values"), LARGE)
def test_both_languages_give_the_same_of_a_large_file(large, name, values):
    assert assert_same(large, name, values)


# -- what the answers say -------------------------------------------------------------------------------------------------


def overlapping(graph, start, until):
    return [f for f in graph.facts() if f.date < until and (f.until is None or f.until > start)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_are_what_the_record_says(real, language):
    """Against the facts themselves, by plain Python."""
    start, until = dt.date(2009, 9, 1), dt.date(2009, 10, 1)
    window = overlapping(real, start, until)
    rows = [(f.date, f.precision, f.actor, f.type, f.action, f.target, f.reports, f.id) for f in window]
    asked = real.ask("facts-between", language, **{"from": start, "until": until}).rows
    assert sorted(asked, key=repr) == sorted(rows, key=repr) and len(rows) > 10

    counts = defaultdict(lambda: [0, 0])
    for f in real.facts():
        counts[f.date.year, f.type][0] += 1
        counts[f.date.year, f.type][1] += f.reports
    assert real.ask("activity-by-type", language).rows == [(*k, *v) for k, v in sorted(counts.items())]

    partners = defaultdict(lambda: [0, 0, 0])
    for f in real.facts():
        for other in {f.actor: [f.target], f.target: [f.actor]}.get("RUS", []):
            if other not in (NO_TARGET, "RUS"):
                partners[other][0] += 1
                partners[other][1] += f.quad_class in (1, 2)
                partners[other][2] += f.quad_class in (3, 4)
    expected = sorted(((k, *v) for k, v in partners.items()), key=lambda row: (-row[1], row[0]))
    asked = [(r[0], *r[2:]) for r in real.ask("partners", language, actor="Russia", limit=10_000).rows]
    assert asked == expected and len(expected) > 10


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("one", ["USA", "RUS", "NATO"])
def test_answers_about_states_are_what_the_record_says(real, language, one):
    found, partners = set(), defaultdict(lambda: [0, 0, 0])
    for f in real.facts():
        doer, other = ({f.actor, f.actor_state}, {f.target, f.target_state})
        if (one in doer and "GBR" in other) or ("GBR" in doer and one in other):
            found.add((f.date, f.precision, f.actor_state or f.actor, f.actor, f.type, f.action, f.target, f.reports, f.id))
        if f.target != NO_TARGET and (one in doer) != (one in other):
            partner = (f.target_state or f.target) if one in doer else (f.actor_state or f.actor)
            partners[partner][0] += 1
            partners[partner][1] += f.quad_class in (1, 2)
            partners[partner][2] += f.quad_class in (3, 4)
    asked = real.rolled_up().ask("dyad-timeline", language, a=one, b="United Kingdom").rows
    assert set(asked) == found and len(asked) == len(found)
    assert one == "NATO" or len(found) > len(real.ask("dyad-timeline", language, a=one, b="GBR").rows)
    expected = sorted(((k, *v) for k, v in partners.items()), key=lambda row: (-row[1], row[0]))
    asked = real.rolled_up().ask("partners", language, actor=one, limit=10_000).rows
    assert [(r[0], *r[2:]) for r in asked] == expected and (one == "NATO" or len(expected) > 10)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dyad_with_itself_is_not_counted_twice(tmp_path, language):
    rows = [
        ("USA", "proposes to", "RUS", "2009-03-27"),
        ("RUS", "rejects", "USA", "2009-03-28"),
        ("RUS", "criticises", "RUS", "2009-03-29"),
    ]
    graph = loaded(tmp_path, write_rows(tmp_path / "f.csv", rows))
    assert len(graph.ask("dyad-timeline", language, a="USA", b="RUS").rows) == 2
    assert len(graph.ask("dyad-timeline", language, a="RUS", b="RUS").rows) == 1
    assert graph.ask("partners", language, actor="RUS").rows == [("USA", "United States", 2, 1, 1)]
    assert sum(row[2] for row in graph.ask("activity-by-type", language).rows) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_last_day_is_in_and_the_first_day_after_is_out(tmp_path, language):
    days = ("2009-02-28", "2009-03-01", "2009-03-31", "2009-03-31T23:30:00Z", "2009-04-01T00:00:00Z")
    graph = loaded(tmp_path, write_rows(tmp_path / "f.csv", [("USA", f"act{i}", "RUS", day) for i, day in enumerate(days)]))
    rows = graph.ask("facts-between", language, **{"from": "2009-03-01", "until": "2009-04-01"}).rows
    assert [row[4] for row in rows] == ["act1", "act2", "act3"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_dates_of_all_forms_are_of_one_type(tmp_path, language):
    days = {"RUS": "2009-03-27", "POL": "2009-03-27T12:00:00", "CZE": "2009-03-27T23:30:00-05:00", "DEU": "March 2009"}
    graph = loaded(tmp_path, write_rows(tmp_path / "f.csv", [("USA", "meets", t, day) for t, day in days.items()]))
    rows = graph.ask("facts-between", language, **{"from": "2009-03-01", "until": dt.date(2009, 4, 1)}).rows
    assert len(rows) == 4 and types(rows)[0] == {dt.date}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_has_no_target_or_no_end_is_found(tmp_path, language):
    rows = [
        ("USA", "mourns", "", "2009-03-27"),
        ("USA", "meets", "RUS", "2001/.."),
        ("USA", "meets", "POL", "2001-01-01/2009-03-26"),
    ]
    graph = loaded(tmp_path, write_rows(tmp_path / "f.csv", rows))
    found = graph.ask("facts-at", language, at="2009-03-27").rows
    assert [(row[5], row[1]) for row in found] == [("RUS", "span"), ("NONE", "day")]


# -- the files ------------------------------------------------------------------------------------------------------------


def both(name):
    return tuple(questions.question(name, language) for language in LANGUAGES)


def test_every_question_stands_there_in_both_languages():
    assert {path.stem for path in SHELF.glob("*.rq")} == set(NAMES) == set(questions.names())
    assert {path.suffix for path in SHELF.iterdir()} == {".cypher", ".rq"}, "the shelf holds questions only"
    assert NAMES


@pytest.mark.parametrize("name", NAMES)
def test_both_texts_of_a_question_have_the_same_header(name):
    cypher, sparql = both(name)
    assert (cypher.title, cypher.parameters) == (sparql.title, sparql.parameters)
    assert cypher.title != name and cypher.title[0].isupper() and not cypher.title.endswith((".", "?"))
    assert cypher.parameters


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_uses_the_parameters_it_declares(name, language):
    question = questions.question(name, language)
    text = re.sub(r"(?m)^\s*(//|#).*$", "", question.text)
    assert set(re.findall(r"\$(\w+)", text)) == {p.name for p in question.parameters}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_of_the_header_runs_and_finds_something(example, tmp_path, name, language):
    question = questions.question(name, language)
    words = shlex.split(question.example)
    assert words[:3] == ["kg", "ask", name]
    assert ("--language" in words) == (language == "sparql")
    given = dict(word.split("=", 1) for before, word in itertools.pairwise(words) if before == "--param")
    assert given.keys() <= {p.name for p in question.parameters}
    done = command(*words[1:], "--kg", example.store.path, "--format", "jsonl", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == len(example.ask(name, language, **given).rows) > 0


@pytest.mark.parametrize("name", NAMES)
def test_rows_have_an_order_that_leaves_nothing_open(real, name):
    """Two runs, or two engines, must not differ in the order of rows that compare equal."""
    for language in LANGUAGES:
        text = questions.question(name, language).text
        assert "ORDER BY" in text
        answer = real.ask(name, language)
        assert answer.rows == real.ask(name, language).rows
        assert len(set(answer.rows)) == len(answer.rows)


def test_wrong_calls_are_refused_before_anything_is_asked(tmp_path):
    graph = kg.open(tmp_path / "none.kg")
    for arguments, values, words in (
        (("no-such",), {}, "no question 'no-such'"),
        (("facts-at", "sql"), {}, "no query language 'sql'"),
        (("facts-at",), {"day": "2009"}, "no parameter 'day'"),
        (("facts-at",), {"at": "yesterday"}, "'yesterday' is not a date"),
        (("facts-at",), {"at": "2009-02-30"}, "no day of the calendar"),
        (("facts-at",), {"at": "03/04/2009"}, "day first or month first"),
        (("partners",), {"limit": "many"}, "not a whole number"),
    ):
        with pytest.raises(UsageError, match=words):
            graph.ask(*arguments, **values)


def test_values_may_be_texts_or_values(example):
    texts = example.ask("partners", actor="USA", until="2009-09-18", limit="3")
    values = example.ask("partners", actor="USA", until=dt.date(2009, 9, 18), limit=3)
    assert texts == values and len(texts.rows) == 3


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("limit", ["-1", "1.5", ""])
def test_a_limit_that_makes_no_sense_is_an_error_not_a_crash(example, language, limit):
    with pytest.raises(kg.KGError):
        example.ask("partners", language, limit=limit)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("start", "until"), [("2009-10-01", "2009-09-01"), ("2009", "2009-01-01")])
def test_a_window_that_ends_before_it_begins_is_an_error_not_an_empty_answer(example, language, start, until):
    with pytest.raises(UsageError):
        example.ask("facts-between", language, **{"from": start, "until": until})
