"""SPARQL from the record: translated to SQL it gives what Oxigraph gives of the same triples, or refuses.

``inputs/sparql/questions.txt`` has queries, ``answers.json`` what they must give of ``facts.csv``: written by the judge when
``KG_WRITE=1`` is set, and read by people as a diff.
"""

import datetime as dt
import json
import os
import re
from decimal import Decimal

import pytest
from helpers_facts import questioned
from helpers_sparql import Judge, Maker, typed
from helpers_store import EXAMPLE, FOR_THE_INDEX, HOSTILE, ROOT, command, shared

import kg
from kg import questions
from kg.errors import QueryError
from kg.shapes import rdf, triples
from kg.shapes.rdf import KG, PREFIXES, Described, Term
from kg.sparql import Refused, expressions, functions, groups, kinds, patterns, rewrite, rows, tables, translate
from kg.sparql.ir import Var, variables_of
from kg.stores import merge
from kg.stores.guard import sparql_term, with_parameters
from kg.stores.oxigraph import columns_of
from kg.views import View

FOLDER = ROOT / "tests" / "inputs" / "sparql"
ANSWERS = FOLDER / "answers.json"
#: How many queries are made by chance: few each time, 2 000 with ``KG_RANDOM=2000``.
CHANCES = int(os.environ.get("KG_RANDOM", "120"))
_REFUSED = " (refused)"


def blocks():
    for block in (FOLDER / "questions.txt").read_text(encoding="utf-8").strip().split("\n\n"):
        title, text = block.split("\n", 1)
        yield title.removeprefix("# "), text


QUESTIONS = dict(blocks())


def plain(answer):
    """Rows as JSON has them, in the order of the answer."""
    return [[{"date": v.isoformat()} if isinstance(v, dt.date) else v for v in row] for row in answer]


def given(answer):
    return [tuple(dt.date.fromisoformat(v["date"]) if isinstance(v, dict) else v for v in row) for row in answer]


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    """The facts of ``facts.csv``."""
    folder = tmp_path_factory.mktemp("few")
    graph = kg.open(folder / "s.kg")
    assert not graph.load(FOLDER / "facts.csv", dataset="d").failed
    one = Judge(graph, folder)
    yield one
    one.close()


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Facts of every kind, some taken back; texts that could be mistaken."""
    folder = tmp_path_factory.mktemp("many")
    one = Judge(questioned(folder), folder)
    yield one
    one.close()


@pytest.fixture(scope="module")
def answers(judge):
    if os.environ.get("KG_WRITE") == "1":
        found = {title: plain(sorted_unless(text, judge.true(text))) for title, text in QUESTIONS.items() if certain(text)}
        lines = (f" {json.dumps(k, ensure_ascii=False)}: {json.dumps(v, ensure_ascii=False)}" for k, v in found.items())
        ANSWERS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return {title: given(rows_) for title, rows_ in json.loads(ANSWERS.read_text(encoding="utf-8")).items()}


def certain(text):
    """Whether two runs give the same."""
    return "RAND" not in text


def open_order(text):
    """Whether its order is that of a group within, which nobody need keep."""
    return "LIMIT 2 }" in text


def sorted_unless(text, found):
    """Rows in an order of their own, unless the query has one."""
    return found if "ORDER BY" in text else sorted(found, key=repr)


def wrong(judge, title, expected):
    """How the translated answer to a question differs from what it must be; nothing if it does not."""
    text = QUESTIONS[title]
    try:
        ours = judge.translated(text)
    except Refused as why:
        return "" if title.endswith(_REFUSED) else f"refused: {why.message}"
    if title.endswith(_REFUSED):
        return "answered"
    if typed(ours) != typed(expected) or ("ORDER BY" in text and not open_order(text) and ours != expected):
        return f"{ours}\ninstead of\n{expected}"
    return ""


@pytest.mark.parametrize("title", QUESTIONS)
def test_a_question_is_answered_from_the_record_as_it_must_be(judge, answers, title):
    assert not (how := wrong(judge, title, answers.get(title))), f"{QUESTIONS[title]}\n{how}"


@pytest.mark.parametrize("title", [title for title, text in QUESTIONS.items() if certain(text)])
def test_the_judge_has_not_changed_its_mind(judge, answers, title):
    assert typed(judge.true(QUESTIONS[title])) == typed(answers[title])


def test_the_questions_are_many_and_few_are_refused():
    assert len(QUESTIONS) >= 150
    refused = [title for title in QUESTIONS if title.endswith(_REFUSED)]
    assert len(refused) < len(QUESTIONS) / 10


@pytest.mark.parametrize("title", [title for title, text in QUESTIONS.items() if certain(text)])
def test_a_question_of_other_facts_is_answered_as_the_judge_does(many, title):
    found = many.compare(QUESTIONS[title])
    assert found == "same" or found.startswith("refused") or open_order(QUESTIONS[title]), found


#: What docs/sparql.md says is refused, beside what the questions have.
REFUSALS = (FOLDER / "refused.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("text", REFUSALS)
def test_what_is_said_to_be_refused_is(judge, text):
    columns_of(text, text)  # it can be read
    with pytest.raises(Refused):
        judge.translated(text)


def test_a_comment_ends_with_a_carriage_return_too(judge):
    text = "SELECT ?a { ?f kg:action ?a # all\r FILTER(?a = 'mourns')\n}"
    assert judge.translated(text) == judge.true(text) == [("mourns",)]
    assert judge.compare(text.replace("\r", "\r\n")) == "same"


@pytest.mark.parametrize("value", [False, 0, 0.5, Decimal(0), Decimal("0.5"), "", "x", True, 1])
def test_a_parameter_as_a_condition_is_what_it_says(judge, value):
    text = with_parameters("SELECT ?a { ?f kg:action ?a FILTER($x) OPTIONAL { ?f kg:until ?u FILTER($x) } }", {"x": value})
    assert judge.compare(text) in ("same", "refused: a double value as a truth value")
    assert len(judge.true(text)) == (9 if value else 0)


# -- the named questions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", questions.names())
def test_named_questions_are_answered_from_the_record(many, name):
    asked = questions.question(name, "sparql")
    for more in (
        {},
        {"from": "2009-01-01", "until": "2009-09-18"},
        {"a": "USA", "b": "RUS"},
        {"actor": "NATO"},
        {"at": "2009-05-01"},
    ):
        values = {k: v for k, v in more.items() if k in {p.name for p in asked.parameters}}
        text = with_parameters(asked.text, asked.bind(values))
        assert many.translated(text) == many.true(text)


def test_named_questions_of_a_real_file_are_answered_as_the_judge_does(tmp_path):
    graph = kg.open(tmp_path / "s.kg")
    graph.load(shared("icews", "events.2018.sample.tab"))
    one = Judge(graph, tmp_path)
    for name in questions.names():
        asked = questions.question(name, "sparql")
        text = with_parameters(asked.text, asked.bind({}))
        assert one.translated(text) == one.true(text)
    one.close()


# -- by chance -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", range(4))
def test_queries_made_by_chance_are_answered_as_the_judge_does(many, part):
    kept = {"same": 0, "refused": 0}
    for seed in range(part, CHANCES, 4):
        text = Maker(seed, many.oxigraph).query()
        found = many.compare(text)
        assert found.partition(":")[0] in kept, f"seed {seed}\n{text}\n{found}"
        kept[found.partition(":")[0]] += 1
    assert kept["refused"] < 0.25 * sum(kept.values())


VIEWS = {
    "of an actor": View(actor="USA"),
    "at a target, rolled up": View(target="RUS", roll_up=True),
    "of a span": View(start=dt.date(2009, 1, 1), until=dt.date(2009, 9, 18)),
    "of a type, for certain": View(type="CONSULT", certain=True),
    "around an entity": View(around="NATO", depth=2),
    "of nothing": View(actor="nobody"),
}


def under(judge, text):
    """Whether a query is answered, and as the judge does."""
    found = judge.compare(text)
    assert found == "same" or found.startswith("refused") or open_order(text), f"{text}\n{found}"
    return found == "same"


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_under_a_view_a_query_sees_the_triples_of_the_view(tmp_path, view):
    one = Judge(questioned(tmp_path), tmp_path, view)
    asked = [text for n, (title, text) in enumerate(QUESTIONS.items()) if certain(text) and (n < 12 or n % 4 == 0)]
    assert sum(under(one, text) for text in asked) > 0.8 * len(asked)
    assert sum(under(one, Maker(seed, one.oxigraph).query()) for seed in range(10)) > 5
    one.close()


def test_under_a_view_of_recorded_time_a_query_sees_the_triples_of_then(tmp_path, monkeypatch):
    first = dt.datetime(2010, 1, 1)
    days = iter(first + n * dt.timedelta(days=1) for n in range(1000))
    monkeypatch.setattr(merge, "now", lambda: next(days))
    graph = questioned(tmp_path)
    for day in (2, 9, 17, 500):
        view = View(known_at=first + dt.timedelta(days=day, hours=1), actor="USA" if day == 17 else None, roll_up=day == 17)
        one = Judge(graph, tmp_path, view)
        assert sum(under(one, text) for text in list(QUESTIONS.values())[:40]) > 30
        one.close()


def test_a_graph_under_a_view_is_asked_without_a_copy(example, caplog):
    day = example.at("2009-09-17")
    text = "SELECT ?a { ?f kg:action ?a ; kg:date $at }"
    assert ("scraps",) in day.sparql(text).rows and day._snapshot is None
    assert len(day.ask("facts-at", "sparql").rows) == len(day.facts()) and day._snapshot is None
    assert "$start" in day.explain_sparql(text)
    assert len(day.sparql(FOR_THE_INDEX).rows) == len(day.facts()) < 30
    assert day._snapshot is not None and "the function RAND" in caplog.text


# -- a test of the tests: faults that must be found -------------------------------------------------------------------------


def without_nulls(left, right):
    return [c for c in (re.sub(r" OR \S+ IS NULL", "", c) for c in rows.compatible(left, right))]


def left_first(left, right, *, optional=False):
    return {**rows.merged(left, right, optional=optional), **left}


def counted_twice(type_):
    source = plain_of(type_)
    return tables.Source(
        source.relation.replace("DISTINCT ", ""), source.subject, source.predicate, source.object, spoken_of=True
    )


plain_of = tables._plain
truth_of = expressions.truth
shown = kinds.iri
#: A fault that needs two facts of one dyad and type.
TWICE = "a plain triple as often as facts say it"
#: Faults that somebody could make: where, what, and what stands there instead.
FAULTS = {
    "a join that takes unbound for different": (patterns, "compatible", without_nulls),
    "what the right side knows is lost": (patterns, "merged", left_first),
    "an aggregate that passes errors over": (groups, "_whole", lambda value, sql: sql),
    "DISTINCT in an aggregate is passed over": (groups, "_distinct", lambda node: ""),
    TWICE: (tables, "_plain", counted_twice),
    "an IRI that is not encoded": (kinds, "iri", lambda v: shown(v).replace("url_encode", "")),
    "an error in a negation is false": (expressions, "truth", lambda v: f"coalesce({truth_of(v)}, false)"),
    "several values read as one row": (rewrite, "_of_row", lambda triple: True),
    "names of columns without case": (rows.Names, "column", lambda self, v: "v_" + re.sub(r"\W", "_", v.name.lower())),
    "a union without duplicates": (rows.Names, "union", None),
    "division by doubles": (functions, "quotient", lambda a, b: f"({a} / {b})::DECIMAL(38,18)"),
    "a decimal is cut to a whole number by rounding": (functions, "_whole", lambda v: f"TRY_CAST({v.sql} AS BIGINT)"),
    "an IRI in another spelling": (kinds, "_iri_constant", None),
    "duplicates of paths": (
        patterns.Translator,
        "_union",
        lambda self, n, h: self.names.union([self.rows(n.left), self.rows(n.right)]),
    ),
    "either of two conditions says that it is bound": (patterns, "_said_bound", variables_of),
    "the unbound come last": (patterns.Translator, "_key", None),
    "lengths in bytes": (functions, "_FUNCTIONS", None),
}


def fault(name):
    """What stands in a place instead, where that needs more than a line."""
    where, what, instead = FAULTS[name]
    true = getattr(where, what)
    if name == "a union without duplicates":

        def union(self, parts):
            found = true(self, parts)
            return rows.Rows(found.sql.replace("UNION ALL", "UNION"), found.columns)

        return where, what, union
    if name == "an IRI in another spelling":
        return where, what, lambda iri: true(kinds.unquote(iri))
    if name == "the unbound come last":
        return where, what, lambda *given: true(*given).replace("NULLS FIRST", "NULLS LAST")
    if name == "lengths in bytes":
        in_bytes = (lambda v: kinds.of("integer", f"strlen({v.sql})::BIGINT", nullable=True), 1, 1)
        return where, what, {**true, "STRLEN": in_bytes}
    return where, what, instead


@pytest.mark.parametrize("name", sorted(FAULTS.keys() - {TWICE}))
def test_a_planted_fault_is_found(judge, answers, monkeypatch, name):
    with monkeypatch.context() as patch:
        patch.setattr(*fault(name))
        rewrite._possible.cache_clear()
        tried = [t for t in answers if not t.endswith(_REFUSED) or (name == "duplicates of paths" and "duplicates" in t)]
        found = next((title for title in tried if wrong(judge, title, answers[title])), None)
    rewrite._possible.cache_clear()
    assert found


def test_a_plain_triple_is_there_once_however_many_facts_say_it(many, monkeypatch):
    """The ten facts have no two that say one; that such a fault would be found."""
    each = " UNION ".join(f"{{ ?a kg:{deed} ?b }}" for deed in ("consult", "agree", "appeal", "support", "sanction", "act"))
    asked = f"SELECT (COUNT(*) AS ?n) {{ {each} }}"
    assert many.compare(asked) == "same"
    monkeypatch.setattr(*fault(TWICE))
    assert many.compare(asked).startswith("differs")


def test_entities_of_facts_taken_back_are_not_counted(many, monkeypatch):
    """That such a fault would be found."""
    text = "SELECT (COUNT(*) AS ?n) { ?s kg:id ?i }"
    assert many.compare(text) == "same"
    monkeypatch.setattr(tables, "_RELATIONS", {**tables._RELATIONS, "entity": "kg.entity e"})
    assert many.compare(text).startswith("differs")


# -- the table of the shape ------------------------------------------------------------------------------------------------


def reshaped(monkeypatch, term):
    """Put a further term of a fact into the table of the shape."""
    new = tuple(Described(d.subject, d.relation, d.key, (*d.terms, term)) if d.subject == "fact" else d for d in rdf.SHAPE)
    for module in (rdf, triples, tables):
        monkeypatch.setattr(module, "SHAPE", new)
    rewrite._possible.cache_clear()


def test_a_new_column_of_the_shape_can_be_asked_for(tmp_path, monkeypatch):
    reshaped(monkeypatch, Term(KG + "weekday", "string", "dayname(f.start)"))
    graph = kg.open(tmp_path / "s.kg")
    graph.load(EXAMPLE)
    one = Judge(graph, tmp_path)
    for text in ("SELECT ?a ?w { ?f kg:action ?a ; kg:weekday ?w }", "SELECT ?p { ?f ?p 'Friday' }", "SELECT * { ?s ?p ?o }"):
        assert one.compare(text) == "same"
    assert ("scraps", "Thursday") in one.translated("SELECT ?a ?w { ?f kg:action ?a ; kg:weekday ?w }")
    one.close()
    rewrite._possible.cache_clear()


def test_a_kind_of_value_that_the_translation_has_not_heard_of_is_refused(judge, monkeypatch):
    reshaped(monkeypatch, Term(KG + "lasting", "duration", "f.until - f.start"))
    for text in (
        "SELECT ?x { ?f kg:lasting ?x }",
        "SELECT ?p { <https://w3id.org/diplomacy-kg/fact/x> ?p ?x }",
        "SELECT * { ?s ?p ?o }",
    ):
        with pytest.raises(Refused, match="a term of the kind duration"):
            judge.translated(text)
    assert judge.translated("SELECT ?a { ?f kg:action 'mourns' ; kg:type ?a }")
    rewrite._possible.cache_clear()


# -- what a query may reach ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_that_would_end_a_statement_is_a_text(many, text):
    term = sparql_term(text)
    asked = (
        f"SELECT ?x (CONCAT({term}, ?n) AS ?y) {{ ?f kg:action ?n ; kg:actor ?x FILTER(?n = {term} || CONTAINS(?n, {term})) }}"
    )
    for query in (asked, f"SELECT ?v {{ VALUES ?v {{ {term} 1 }} }}", f"SELECT ?f {{ ?f kg:action {term} }}"):
        assert many.compare(query) == "same", query


@pytest.mark.parametrize("escaped", [r"\u0041", r"\u0022 } #", r"\U0001F600", r"\\u0041", r"\t\b\n\r\f\"\'\\"])
def test_letters_by_their_code_points_are_letters_of_a_text(judge, escaped):
    for text in (f'"{escaped}"', f"'''{escaped}'''"):
        assert judge.compare(f"SELECT (STRLEN({text}) AS ?n) ({text} AS ?t) {{ }}") == "same", text


def test_the_name_of_a_variable_is_no_name_in_sql():
    found = translate("SELECT ?select ?drop { ?select kg:action ?drop }", PREFIXES, ["select", "drop"])
    assert "drop" not in found.sql.lower().replace("'https://w3id.org/", "")
    assert rows.Names().column(Var("x; DROP")) == "v1"


# -- the store ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def example(tmp_path):
    graph = kg.open(tmp_path / "s.kg")
    graph.load(EXAMPLE)
    return graph


def test_nothing_is_built_to_answer(example, caplog):
    for text in ("SELECT ?a { ?f kg:action ?a }", "ASK { ?f kg:action 'scraps' }", "DESCRIBE ?f { ?f kg:action 'scraps' }"):
        assert example.sparql(text).rows
    assert example.info()["indexes"]["sparql"] is None and caplog.messages == []


def test_names_with_backslashes_and_literals_of_no_datatype_are_read(example, tmp_path):
    prefix = "PREFIX e: <https://w3id.org/diplomacy-kg/>"
    for text, rows_ in (("{ e:entity\\/USA skos:prefLabel ?x }", 1), ("{ ?x kg:id 'one'^^xsd:integer }", 0)):
        done = command("sparql", f"{prefix} SELECT ?x {text}", "--format", "jsonl", "--kg", example.store.path, cwd=tmp_path)
        assert done.returncode == 0 and len(done.stdout.splitlines()) == rows_
        assert done.stderr.count("\n") <= 1


def test_what_is_refused_is_answered_by_the_index_and_said_so(example, caplog):
    text = "SELECT ?a { ?f (kg:actor|kg:target)/kg:id ?a }"
    found = example.sparql(text)
    assert found.columns == ["a"] and len(found.rows) > 50
    (said,) = caplog.messages
    assert (
        said == "answered from the SPARQL index, not from the record: a path p|q whose duplicates count: engines differ on them"
    )
    assert example.info()["indexes"]["sparql"]["bytes"] > 0


def test_what_only_the_data_can_tell_goes_to_the_index_too(example, caplog):
    """Whole numbers of SQL end, those of SPARQL don't; an error to one is none to the other."""
    text = "SELECT (?r * 9223372036854775807 AS ?x) { ?f kg:action ?a ; kg:quad ?r }"
    rows_ = example.sparql(text).rows
    assert len(rows_) == 33 and (9223372036854775807,) in rows_ and (None,) in rows_
    assert "from the SPARQL index" in caplog.text


def test_a_query_that_is_wrong_is_an_error_as_before(example):
    for text, words in (("SELECT ?x { ?x }", "line 1, column"), ("DELETE WHERE { ?s ?p ?o }", "DELETE is refused")):
        with pytest.raises(QueryError, match=words):
            example.sparql(text)
        with pytest.raises(QueryError, match=words):
            example.explain_sparql(text)
    assert columns_of("SELECT ?b ?a { ?a kg:id ?b }", "") == ["b", "a"]


def test_the_command_explains(example, tmp_path):
    asked = "SELECT ?a { ?f kg:action ?a FILTER(?a = $x) }"
    done = command("sparql", asked, "--param", "x=O'Hara", "--explain", "--kg", example.store.path, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("WITH facts AS") and "'O''Hara'" in done.stdout
    with example.store.reading() as con:
        assert con.execute(done.stdout).fetchall() == []
    done = command("sparql", FOR_THE_INDEX, "--explain", "--kg", example.store.path, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "-- answered from the SPARQL index, not from the record: the function RAND\n"
    done = command("sparql", asked, "--explain", "--kg", "http://127.0.0.1:9/sparql", cwd=tmp_path)
    assert done.returncode == 2 and "does not answer SPARQL by SQL" in done.stderr


def test_the_command_says_on_stderr_that_the_index_answers(example, tmp_path):
    done = command("sparql", FOR_THE_INDEX, "--format", "jsonl", "--kg", example.store.path, cwd=tmp_path)
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 33
    assert done.stderr == "note: answered from the SPARQL index, not from the record: the function RAND\n"
