"""The named questions: the same rows in Cypher and in SPARQL, and in both what the record says."""

import datetime as dt
import itertools
import re
import shlex
from collections import defaultdict

import pytest
from answers import STANDING, Known, answer
from asked import VALUES, YEAR
from generated import write_facts, write_spans
from helpers_store import EXAMPLE, ROOT, STANDING_EXAMPLE, command, shared, write_rows

import kg
from kg import questions
from kg.errors import QueryError, UsageError

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
    """A graph of these files, and what is known of it."""
    graph = kg.open(folder / "s.kg")
    report = graph.load(*files)
    assert not report.failed and report.total("rejected") == 0
    return graph, Known(graph)


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    return loaded(tmp_path_factory.mktemp("example"), EXAMPLE, STANDING_EXAMPLE)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The examples, and made-up deeds and standing relations."""
    folder = tmp_path_factory.mktemp("made")
    facts, spans = write_facts(2_500, folder / "facts.csv", seed=3), write_spans(400, folder / "spans.csv", seed=3)
    return loaded(folder, EXAMPLE, STANDING_EXAMPLE, facts, spans)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The examples and the smaller real files in one store."""
    graph = kg.open(tmp_path_factory.mktemp("real") / "s.kg")
    graph.load(EXAMPLE, STANDING_EXAMPLE, *(shared(*file) for file in FILES))
    return graph, Known(graph)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """All of it, ICEWS14 included."""
    graph = kg.open(tmp_path_factory.mktemp("large") / "s.kg")
    graph.load(EXAMPLE, STANDING_EXAMPLE, *(shared(*file) for file in FILES), shared(*ICEWS14))
    return graph, Known(graph)


def types(rows):
    """The types in each column, by place."""
    found = defaultdict(set)
    for row in rows:
        for place, value in enumerate(row):
            found[place].add(type(value))
    return dict(found)


def assert_right(one, name, values, languages=LANGUAGES):
    """The same columns, types and rows in both languages, and the rows are those that the facts give; returns them."""
    graph, known = one
    answers = [graph.ask(name, language, **values) for language in languages]
    expected = answer(name, known, questions.question(name).bind(values))
    for found in answers:
        assert found.columns == answers[0].columns
        assert found.rows == expected
        assert types(found.rows) == types(expected)
    assert {t for found in types(expected).values() for t in found} <= {str, int, float, dt.date, type(None)}
    return expected


@pytest.mark.parametrize(("name", "values"), CASES)
def test_both_languages_answer_of_the_examples_what_the_facts_say(example, name, values):
    assert_right(example, name, values)


@pytest.mark.parametrize(("name", "values"), CASES)
def test_both_languages_answer_of_made_up_facts_what_they_say(made, name, values):
    assert_right(made, name, values)


@pytest.mark.parametrize(("name", "values"), CASES)
def test_both_languages_answer_of_real_files_what_the_facts_say(real, name, values):
    assert_right(real, name, values)


@pytest.mark.parametrize(("name", "values"), LARGE)
def test_both_languages_answer_of_a_large_file_what_the_facts_say(large, name, values):
    assert assert_right(large, name, values)


@pytest.mark.parametrize(("name", "values"), [(name, values) for name, given in YEAR.items() for values in given])
def test_cypher_answers_of_a_year_of_events_what_the_facts_say(large, name, values):
    assert assert_right(large, name, values, ["cypher"])


@pytest.mark.parametrize("name", NAMES)
def test_every_question_has_an_answer_that_tells_something(example, made, real, name):
    """No question is tested by empty answers alone."""
    found = [
        len(answer(name, known, questions.question(name).bind(values)))
        for _, known in (example, made, real)
        for values in [{}, *VALUES.get(name, [])]
    ]
    assert max(found) > 1 and sum(map(bool, found)) >= 3


# -- what the answers say -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dyad_with_itself_is_not_counted_twice(tmp_path, language):
    rows = [
        ("USA", "proposes to", "RUS", "2009-03-27"),
        ("RUS", "rejects", "USA", "2009-03-28"),
        ("RUS", "criticises", "RUS", "2009-03-29"),
    ]
    graph, _ = loaded(tmp_path, write_rows(tmp_path / "f.csv", rows))
    assert len(graph.ask("dyad-timeline", language, a="USA", b="RUS").rows) == 2
    assert len(graph.ask("dyad-timeline", language, a="RUS", b="RUS").rows) == 1
    assert graph.ask("partners", language, actor="RUS").rows == [("USA", "United States", 2, 1, 1)]
    assert sum(row[2] for row in graph.ask("activity-by-type", language).rows) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_last_day_is_in_and_the_first_day_after_is_out(tmp_path, language):
    days = ("2009-02-28", "2009-03-01", "2009-03-31", "2009-03-31T23:30:00Z", "2009-04-01T00:00:00Z")
    graph, _ = loaded(tmp_path, write_rows(tmp_path / "f.csv", [("USA", f"act{i}", "RUS", day) for i, day in enumerate(days)]))
    rows = graph.ask("facts-between", language, **{"from": "2009-03-01", "until": "2009-04-01"}).rows
    assert [row[4] for row in rows] == ["act1", "act2", "act3"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_dates_of_all_forms_are_of_one_type(tmp_path, language):
    days = {"RUS": "2009-03-27", "POL": "2009-03-27T12:00:00", "CZE": "2009-03-27T23:30:00-05:00", "DEU": "March 2009"}
    graph, _ = loaded(tmp_path, write_rows(tmp_path / "f.csv", [("USA", "meets", t, day) for t, day in days.items()]))
    rows = graph.ask("facts-between", language, **{"from": "2009-03-01", "until": dt.date(2009, 4, 1)}).rows
    assert len(rows) == 4 and types(rows)[0] == {dt.date}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_has_no_target_or_no_end_is_found(tmp_path, language):
    rows = [
        ("USA", "mourns", "", "2009-03-27"),
        ("USA", "meets", "RUS", "2001/.."),
        ("USA", "meets", "POL", "2001-01-01/2009-03-26"),
    ]
    graph, _ = loaded(tmp_path, write_rows(tmp_path / "f.csv", rows))
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
    assert (cypher.title, cypher.theme, cypher.parameters) == (sparql.title, sparql.theme, sparql.parameters)
    assert cypher.theme in questions.THEMES
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
def test_what_a_question_calls_standing_are_the_types_that_last(name, language):
    """The list stands in the texts, because neither language knows a type's aspect; it is all of them or a single one."""
    named = STANDING & set(re.findall(r"\b[A-Z_]{3,}\b", questions.question(name, language).text))
    assert named == STANDING or len(named) <= 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_of_the_header_runs_and_finds_something(example, tmp_path, name, language):
    graph, _ = example
    question = questions.question(name, language)
    words = shlex.split(question.example)
    assert words[:3] == ["kg", "ask", name]
    assert ("--language" in words) == (language == "sparql")
    given = dict(word.split("=", 1) for before, word in itertools.pairwise(words) if before == "--param")
    assert given.keys() <= {p.name for p in question.parameters}
    done = command(*words[1:], "--kg", graph.store.path, "--format", "jsonl", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == len(graph.ask(name, language, **given).rows) > 0


@pytest.mark.parametrize("name", NAMES)
def test_rows_have_an_order_that_leaves_nothing_open(real, name):
    """Two runs, or two engines, must not differ in the order of rows that compare equal."""
    for language in LANGUAGES:
        text = questions.question(name, language).text
        assert "ORDER BY" in text
        found = real[0].ask(name, language)
        assert found.rows == real[0].ask(name, language).rows
        assert len(set(found.rows)) == len(found.rows)


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
    graph, _ = example
    texts = graph.ask("partners", actor="USA", until="2009-09-18", limit="3")
    values = graph.ask("partners", actor="USA", until=dt.date(2009, 9, 18), limit=3)
    assert texts == values and len(texts.rows) == 3


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("limit", ["-1", "1.5", ""])
def test_a_limit_that_makes_no_sense_is_an_error_not_a_crash(example, language, limit):
    with pytest.raises(kg.KGError):
        example[0].ask("partners", language, limit=limit)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("start", "until"), [("2009-10-01", "2009-09-01"), ("2009", "2009-01-01")])
def test_a_window_that_ends_before_it_begins_is_an_error_not_an_empty_answer(example, language, start, until):
    with pytest.raises(UsageError):
        example[0].ask("facts-between", language, **{"from": start, "until": until})


@pytest.mark.parametrize(
    ("query", "row"),
    [
        ("RETURN $x /* $y */ AS z", ("v",)),
        ("RETURN $x /* it's $y\n'$y' */ + '$y' AS z", ("v$y",)),
        ("RETURN $x AS `$y`", ("v",)),
        ("RETURN $x AS `'$y`", ("v",)),
        ("RETURN '/* ' + $x + ' */' AS z // $y", ("/* v */",)),
    ],
)
def test_what_looks_like_a_parameter_of_cypher_in_a_text_a_comment_or_a_name_is_none(example, query, row):
    assert example[0].store.query("cypher", query, {"x": "v"}).rows == [row]
    with pytest.raises(QueryError, match=r"no value for \$x\n"):
        example[0].store.query("cypher", query, {})
