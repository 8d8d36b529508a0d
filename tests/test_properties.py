"""What must hold for every text and every date: round trips, identities, and texts that stay whole in every language."""

import datetime as dt
import hashlib
import itertools
import re
import unicodedata
from decimal import Decimal
from uuid import UUID

import duckdb
import pyoxigraph as ox
import pytest
from helpers_store import HOSTILE
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from kg import dates, facts, mapping
from kg.actors import resolver
from kg.errors import DateError, QueryError
from kg.shapes.rdf import XSD
from kg.shapes.triples import described, statements, write_ntriples
from kg.stores.guard import sparql_term, with_parameters
from kg.text import clean, key, name_key, slug

settings.register_profile(
    "repeatable", derandomize=True, deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("repeatable")

FIRST, LAST = dt.date(1, 1, 1), dt.date(9998, 12, 31)
DAY = dt.timedelta(days=1)

days = st.dates(FIRST, LAST)
#: Any text UTF-8 can hold, a NUL among them.
texts = st.text(st.characters(codec="utf-8"), max_size=40)
#: Texts made of what has meaning in one of the languages.
tricky = st.text(
    st.sampled_from("\"'`\\\n\r\t\0\x08\x0b\x0c\x1f\x7f\x85\u2028\ufeff\ufffe<>{}|^$%#;.,@/ \u200baé\U0001f600"), max_size=25
)
anything = st.one_of(texts, tricky, st.sampled_from(HOSTILE))
#: Names as sources write them.
names = st.text(st.sampled_from("aAzZéÉöÖñÇçßЖжΩωčŠ .'’-()&/0129\u00a0\u200b"), min_size=1, max_size=20)


@pytest.fixture(scope="module")
def con():
    with duckdb.connect() as opened:
        yield opened


def month(day: dt.date) -> facts.Span:
    start = day.replace(day=1)
    return facts.Span(start, (start + 31 * DAY).replace(day=1), "month")


@st.composite
def spans(draw: st.DrawFn) -> facts.Span:
    """Spans of every precision and certainty that `kg.dates.parse` can give."""
    day, last = draw(days), draw(days)
    first = day.year - day.year % 10, day.year - day.year % 100
    season = dt.date(day.year, day.month // 4 * 3 + 3, 1)
    found = draw(st.sampled_from([
        facts.Span(day, day + DAY, "day"),
        month(day),
        facts.Span(season, (season + 92 * DAY).replace(day=1), "season"),
        facts.Span(dt.date(day.year, 1, 1), dt.date(day.year + 1, 1, 1), "year"),
        facts.Span(dt.date(max(first[0], 1), 1, 1), dt.date(min(first[0] + 10, 9990), 1, 1), "decade"),
        facts.Span(dt.date(max(first[1], 1), 1, 1), dt.date(min(first[1] + 100, 9900), 1, 1), "century"),
        facts.Span(min(day, last), max(day, last) + DAY, "span"),
        facts.Span(day, None, "span"),
        facts.Span(FIRST, day + DAY, "span"),
    ]))  # fmt: skip
    assume(found.until is None or found.start < found.until)  # there is no decade 999X
    return found._replace(certainty=draw(st.sampled_from([*facts.QUALIFIERS])))


@given(spans())
@example(facts.Span(FIRST, FIRST + DAY, "day"))
@example(facts.Span(dt.date(9998, 1, 1), dt.date(9999, 1, 1), "year"))
@example(facts.Span(dt.date(9998, 12, 1), dt.date(9999, 1, 1), "month"))
@example(facts.Span(dt.date(2008, 2, 29), dt.date(2008, 3, 1), "span"))
@example(facts.Span(FIRST, FIRST + DAY, "span", "approximate"))
@example(facts.Span(FIRST, None, "span", "uncertain"))
@example(facts.Span(dt.date(9998, 12, 1), dt.date(9999, 3, 1), "season"))
def test_a_span_written_as_edtf_is_read_as_the_same_span(span):
    assert dates.parse(facts.edtf(*span)) == span


@given(spans())
@example(facts.Span(FIRST, FIRST + DAY, "day"))
@example(facts.Span(dt.date(33, 4, 1), dt.date(33, 5, 1), "month"))
@example(facts.Span(dt.date(476, 9, 4), None, "span"))
@example(facts.Span(FIRST, None, "span", "uncertain and approximate"))
@example(facts.Span(FIRST, dt.date(2008, 3, 1), "span", "uncertain"))
def test_edtf_in_sql_is_edtf_in_python(con, span):
    row = "(SELECT ?::DATE AS start, ?::DATE AS until, ?::VARCHAR AS precision, ?::VARCHAR AS certainty)"
    assert con.execute(f"SELECT {facts.EDTF_SQL} FROM {row} f", list(span)).fetchone() == (facts.edtf(*span),)


@given(
    days,
    st.sampled_from(
        ["%Y%m%d", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b. %d, %Y", "%A, %d %B %Y", "%Y/%m/%d", "%Y-%m-%dT23:59:59-11:00"]
    ),
)
def test_the_forms_people_write_mean_the_same_day(day, form):
    # strftime doesn't pad years before 1000
    text = day.strftime(form.replace("%Y", f"{day.year:04d}"))
    assert dates.parse(text) == facts.Span(day, day + DAY, "day")


@given(days, st.sampled_from("-/."))
def test_numeric_dates_need_an_order_where_there_are_two_readings(day, mark):
    first = f"{day.day:02d}{mark}{day.month:02d}{mark}{day.year:04d}"
    other = f"{day.month:02d}{mark}{day.day:02d}{mark}{day.year:04d}"
    assert dates.parse(first, "day-first").start == dates.parse(other, "month-first").start == day
    if day.day > 12 or day.day == day.month:
        assert dates.parse(first).start == dates.parse(other).start == day
    else:
        with pytest.raises(DateError):
            dates.parse(first)


@given(st.lists(days, min_size=1, max_size=8), st.sampled_from(["day-first", "month-first"]))
def test_the_order_of_a_column_is_never_guessed(found, order):
    form = "%d/%m/{:04d}" if order == "day-first" else "%m/%d/{:04d}"
    texts = [d.strftime(form.format(d.year)) for d in found]
    try:
        settled = dates.column_order(texts)
    except DateError:
        assert all(d.day <= 12 for d in found)
        return
    assert [dates.parse(text, settled).start for text in texts] == found


@given(texts)
@example("2009-02-30")
@example("2009-13")
@example("0000-01-01")
@example("9999")
@example("2009-9-31/2010")
def test_any_text_is_a_date_or_a_date_error(text):
    try:
        span = dates.parse(text)
    except DateError:
        return
    assert span.until is None or span.start < span.until


@pytest.mark.parametrize(
    "text", ["2009/2010/2011", "2009/2010/..", "2009-01-01/2009-02-01/2009-03-01", "2010/2009", "../..", "/"]
)
def test_what_is_no_interval_is_refused(text):
    with pytest.raises(DateError):
        dates.parse(text)


@given(st.tuples(anything, anything, anything), spans())
@example(("USA", 'say "no"', "O'Brien\\"), facts.Span(FIRST, None, "span"))
@example(("", "", ""), facts.Span(FIRST, FIRST + DAY, "day"))
def test_the_identity_of_a_fact_is_the_same_in_sql(con, parts, span):
    digest = facts.digest_sql("actor", "action_key", "target", "start", "until", facts.EXACTNESS_SQL)
    dated = "?::DATE AS start, ?::DATE AS until, ? AS precision, ? AS certainty"
    row = f"(SELECT ? AS actor, ? AS action_key, ? AS target, {dated})"
    actor, action, target = parts
    found = con.execute(f"SELECT {digest}::VARCHAR FROM {row}", [*parts, *span]).fetchone()
    assert found == (facts.fact_id(actor, action, target, span),)
    key = f"{facts.part_sql('actor')}, {facts.part_sql('action_key')}, {facts.part_sql('target')}, {mapping.DATE_KEY}"
    joined = con.execute(f"SELECT {facts.digest_of_parts_sql(key)}::VARCHAR FROM {row}", [*parts, *span]).fetchone()
    assert joined == found, "a load makes it of the date's three parts at once"


@given(st.lists(anything, min_size=2, max_size=4), st.lists(anything, min_size=2, max_size=4))
@example(["a\x1fb", "c"], ["a", "b\x1fc"])
def test_rows_of_texts_that_differ_have_other_identities(con, first, second):
    """Also where a text holds the very character that joins them: texts of a report come in as they stand in the file."""
    second = (second + first)[: len(first)]
    digest = facts.digest_sql(*(f"c{i}" for i in range(len(first))))
    row = ", ".join(f"? AS c{i}" for i in range(len(first)))
    one, other = (con.execute(f"SELECT {digest} FROM (SELECT {row})", values).fetchone() for values in (first, second))
    assert (one == other) == (first == second)


@given(anything)
@example("\uff40")
@example("\u0149")
@example("e\u200b\u0301")
def test_the_key_of_a_key_is_itself(text):
    assert key(key(text)) == key(text)
    assert name_key(key(text)) == name_key(text)


@given(anything)
@example("e\u200b\u0301")
@example("a \u200b b")
@example("a\u200b b")
def test_a_clean_text_is_clean(text):
    found = clean(text)
    assert clean(found) == found
    assert unicodedata.is_normalized("NFC", found)
    assert "  " not in found
    assert found == found.strip()
    assert key(found) == key(text)


@given(names, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]), st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_spellings_that_a_reader_takes_for_the_same_have_one_key(text, form, case):
    spelled = unicodedata.normalize(form, case(text)).replace(" ", "\u00a0\t ").replace("'", "’")
    assert key(f" \ufeff{spelled}\n") == key(text)
    assert slug(spelled) == slug(text)


@given(anything, anything)
@example("../x", "x")
@example("a-b", "a b")
@example("", "!")
def test_two_names_share_an_id_only_if_they_share_a_key(one, other):
    assert (slug(one) == slug(other)) == (key(one) == key(other))


@given(anything)
@example("x!")
@example("!")
def test_no_name_takes_the_id_of_another_by_spelling_it(text):
    """The id of a name that is not plain has digits of a digest; a name that consists of just that id is another name."""
    for name in (slug(text), slug(text).replace("-", " ")):
        assert (slug(name) == slug(text)) == (key(name) == key(text)), name


def test_ids_of_names_that_differ_in_marks_only_do_not_meet():
    """As many as a big store may have: with eight hexadecimal digits, two of 300 000 names meet almost surely."""
    marks = "!?.,;:+*/"
    found = {slug("a" + "".join(m)): None for m in itertools.islice(itertools.product(marks, repeat=6), 300_000)}
    assert len(found) == 300_000


@given(anything)
def test_no_name_becomes_a_curated_entity_by_its_slug(text):
    assert slug(text) not in resolver().entities
    assert slug(text) != facts.NO_TARGET


@given(anything)
def test_a_text_is_whole_as_a_sparql_term(text):
    if text.startswith("<") and text.endswith(">"):
        return
    store = ox.Store()
    (row,) = store.query(f"SELECT ({sparql_term(text)} AS ?x) WHERE {{}}")
    assert row["x"] == ox.Literal(text)


@given(anything)
def test_a_text_cannot_break_out_of_its_place_in_a_query(text):
    """Whatever the value, the query asks for one thing, and finds it only where it is."""
    if text.startswith("<") and text.endswith(">"):
        return
    names = [ox.Literal("NATO"), ox.Literal("USA"), ox.Literal("kept: " + text)]
    store = ox.Store()
    for i, name in enumerate(names):
        store.add(ox.Quad(ox.NamedNode(f"http://example.org/{i}"), ox.NamedNode("http://example.org/name"), name))
    query = with_parameters("SELECT ?s WHERE { ?s <http://example.org/name> $name }", {"name": text})
    assert len(list(store.query(query))) == (text in ("NATO", "USA"))


@pytest.mark.parametrize("value", [0, -1, 7, 2**62, 0.5, -2.5, 1e-7, 1e22, float("inf")])
def test_a_number_is_one_that_can_be_calculated_with(value):
    term = sparql_term(value)
    assert bool(ox.Store().query(f"ASK {{ FILTER({term} + 0 = {term} && {term} > -3) }}"))


@pytest.mark.parametrize(
    ("value", "term"),
    [
        (Decimal("1.50"), ox.Literal("1.50", datatype=ox.NamedNode(XSD + "decimal"))),
        (Decimal("-1E+2"), ox.Literal("-100", datatype=ox.NamedNode(XSD + "decimal"))),
        (Decimal("1E-9"), ox.Literal("0.000000001", datatype=ox.NamedNode(XSD + "decimal"))),
        (float("inf"), ox.Literal("INF", datatype=ox.NamedNode(XSD + "double"))),
        (float("-inf"), ox.Literal("-INF", datatype=ox.NamedNode(XSD + "double"))),
        (float("nan"), ox.Literal("NaN", datatype=ox.NamedNode(XSD + "double"))),
        (UUID(int=7), ox.Literal("00000000-0000-0000-0000-000000000007")),
    ],
)
def test_a_number_is_written_as_its_datatype_has_it(value, term):
    assert sparql_term(value) == str(term)


@pytest.mark.parametrize(
    ("value", "what", "hint"),
    [
        (None, r"\$x is None", "UNDEF"),
        (["USA", "RUS"], r"\$x is a list", r"VALUES \?x \{ \$a \$b \}"),
        (("USA",), r"\$x is a tuple", "VALUES"),
        ({"a": 1}, r"\$x is a dict", "a text, a number"),
        (b"USA", r"\$x is a bytes", "a text, a number"),
        (Decimal("NaN"), r"\$x is the decimal NaN", "a text, a number"),
    ],
)
def test_what_has_no_term_does_not_become_a_text(value, what, hint):
    with pytest.raises(QueryError, match=what) as raised:
        with_parameters("SELECT ?s { ?s kg:id $x }", {"x": value})
    assert re.search(hint, raised.value.hint)


@pytest.mark.parametrize("value", [0, 7])
def test_a_whole_number_can_stand_after_limit(value):
    """LIMIT takes digits, not a typed literal."""
    assert len(list(ox.Store().query(f"SELECT ?x WHERE {{ VALUES ?x {{ 1 2 3 }} }} LIMIT {sparql_term(value)}"))) == min(value, 3)


@pytest.mark.parametrize(
    ("value", "condition"), [(True, "$x"), (False, "!$x"), (dt.date(1, 1, 1), "$x < '0001-01-02'^^xsd:date")]
)
def test_truth_values_and_dates_are_what_they_say(value, condition):
    query = with_parameters(f"ASK {{ FILTER({condition}) }}", {"x": value})
    assert bool(ox.Store().query(query, prefixes={"xsd": "http://www.w3.org/2001/XMLSchema#"}))


def test_a_time_is_its_day_in_sparql():
    """There is one datatype for dates, so a datetime must not become an ill-typed xsd:date."""
    assert sparql_term(dt.datetime(2009, 9, 18, 23, 30)) == sparql_term(dt.date(2009, 9, 18))


@pytest.mark.parametrize("value", ["<http://example.org/a b>", "<>", "<a> <b>", '<http://e/">', "<http://e/\x01>"])
def test_what_is_no_iri_does_not_become_one(value):
    (row,) = ox.Store().query(f"SELECT ({sparql_term(value)} AS ?x) WHERE {{}}")
    assert row["x"] == ox.Literal(value)


def test_a_parameter_in_a_string_or_a_comment_is_text():
    text = 'SELECT ("$x" AS ?a) ($x AS ?b) WHERE {} # $x'
    (row,) = ox.Store().query(with_parameters(text, {"x": "v"}))
    assert (row["a"].value, row["b"].value) == ("$x", "v")
    with pytest.raises(QueryError, match=r"no \$y"):
        with_parameters(text, {"y": "v"})
    named = r"SELECT (<http://e/a#> AS ?a) (e:\$x AS ?b) (e:\#\'\" AS ?c) ($x AS ?d) # ' "
    assert with_parameters(named, {"x": 7}) == named.replace("($x", "( 7 ")


# -- N-Triples ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def record():
    """A connection with one entity and one report whose texts can be set."""
    with duckdb.connect() as opened:
        opened.execute("ATTACH ':memory:' AS kg")
        opened.execute("CREATE TABLE kg.entity (id VARCHAR, name VARCHAR, kind VARCHAR, state VARCHAR, start DATE, until DATE)")
        opened.execute("CREATE TABLE kg.name (entity VARCHAR, name VARCHAR)")
        yield opened


def triples_about(record: duckdb.DuckDBPyConnection, folder, rows: list[tuple[str, str, str]]) -> list[ox.Triple]:
    """Entities of (id, name, other name), as SQL writes them and Oxigraph reads them."""
    record.execute("DELETE FROM kg.entity; DELETE FROM kg.name")
    for id_, name, other in rows:
        record.execute("INSERT INTO kg.entity VALUES (?, ?, 'unknown', NULL, NULL, NULL)", [id_, name])
        record.execute("INSERT INTO kg.name VALUES (?, ?)", [id_, other])
    file = folder / "x.nt"
    write_ntriples(record, statements(described("entity")), file)
    return [quad.triple for quad in ox.parse(path=str(file), format=ox.RdfFormat.N_TRIPLES)]


@given(st.lists(st.tuples(anything, anything, anything), min_size=1, max_size=5, unique_by=lambda row: row[0]))
@example([("id", 'a "quote", a \\ and a\nline\r', "control \x00\x01\x08\x1f\x7f\x85\u2028\ufffe")])
@example([("../a b/ü?#%", "x", "y")])
@settings(max_examples=80)
def test_texts_come_back_from_ntriples_as_they_were(record, tmp_path, rows):
    """Every text that a store can hold is held by N-Triples and Oxigraph too, NUL and other control characters included."""
    found = triples_about(record, tmp_path, rows)
    skos = "http://www.w3.org/2004/02/skos/core#"
    ids = {t.subject: t.object.value for t in found if t.predicate.value.endswith("#id")}
    assert len(ids) == len(rows), "ids share an IRI"
    assert sorted(ids.values()) == sorted(id_ for id_, _, _ in rows)
    labels = {ids[t.subject]: t.object.value for t in found if t.predicate.value == skos + "prefLabel"}
    assert labels == {id_: name for id_, name, _ in rows}
    others = {ids[t.subject]: t.object.value for t in found if t.predicate.value == skos + "altLabel"}
    assert others == {id_: other for id_, name, other in rows if other != name}


@given(anything)
@settings(max_examples=60)
def test_an_id_cannot_leave_its_iri(record, tmp_path, text):
    found = triples_about(record, tmp_path, [(text, "x", "x")])
    (subject,) = {t.subject for t in found}
    base = "https://w3id.org/diplomacy-kg/entity/"
    assert subject.value.startswith(base)
    assert not set(subject.value.removeprefix(base)) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%-._~")


def test_an_id_is_the_md5_of_its_parts_with_their_lengths():
    """Written down here once more: an identity that changes makes every store's facts strangers to the next load."""
    for exactness, certainty in ((b"3:day", None), (b"15:day approximate", "approximate")):
        joined = b"3:USA6:scraps6:shield10:2009-09-1710:2009-09-18" + exactness
        digits = hashlib.md5(joined, usedforsecurity=False).digest()[::-1].hex()
        span = facts.Span(dt.date(2009, 9, 17), dt.date(2009, 9, 18), "day", certainty)
        assert facts.fact_id("USA", "scraps", "shield", span).replace("-", "") == digits
