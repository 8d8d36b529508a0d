"""Standing relations by rules: against a plain reading of the same rules, and what is stated of odd cases."""

import datetime as dt
import itertools
import json
import random
import re
from collections import defaultdict

import pytest
from helpers_store import ROOT, write_rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kg
from kg import actions, content, standing
from kg.errors import KGError, UsageError

COLUMNS = ("native_id", "actor", "action", "target", "date", "code")
EXAMPLE = ROOT / "examples" / "usa-cuba.csv"


def loaded(graph, tmp_path, *rows, name="f", dataset="d"):
    numbered = [(f"{name}{n}", *row, *("",) * (5 - len(row))) for n, row in enumerate(rows)]
    graph.load(write_rows(tmp_path / f"{name}.csv", numbered, COLUMNS), dataset=dataset)


def derived(graph):
    return [(f.type, f.actor, f.target, f.when) for f in graph.facts() if f.coded == "derived"]


# The table.


def test_rules_name_states_verbs_and_codes_that_there_are():
    assert len(standing.rules()) > 60
    assert set(standing.relations()) <= set(actions.states())
    assert standing.opposites() == {"RUPTURE": "DIPLOMATIC_RELATIONS", "TALKS_SUSPENDED": "TALKS"}
    rows = list(content.rows("relations.csv"))
    keys = [(r["relation"], r["effect"] != "opens", r["code"], r["verb"]) for r in rows]
    assert len(set(keys)) == len(keys)
    assert [k[0] for k in keys] == sorted(k[0] for k in keys)
    ends = defaultdict(set)
    for row in rows:
        ends[row["relation"]].add(row["ends"])
        assert bool(row["verb"]) != bool(row["code"]), row
        assert row["effect"] == "closes" or not row["opposite"], row
    assert all(given in ({"symmetric"}, {"directed"}) for given in ends.values())


def test_what_is_closed_lets_its_opposite_begin_and_what_is_opened_ends_it():
    by = {(r.relation, r.effect, r.verb) for r in standing.rules()}
    assert ("RUPTURE", "opens", "break off relations with") in by
    assert ("RUPTURE", "closes", "restore diplomatic relations with") in by
    assert ("RUPTURE", "closes", "establish diplomatic relations with") in by
    assert ("TALKS_SUSPENDED", "closes", "begin talks with") in by


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("WAR", "opens", "declare war on"), ("WAR", "closes", "declare war on")], "opens and closes the same relation"),
        ([("WAR", "opens", "declare peace on")], "is no rule"),
        ([("ACCUSE", "opens", "declare war on")], "is no rule"),
        ([("WAR", "begins", "declare war on")], "is no rule"),
    ],
)
def test_a_table_at_odds_with_itself_is_refused(monkeypatch, rows, message):
    columns = ("relation", "effect", "verb", "scheme", "code", "opposite", "actors", "targets", "lasts")
    table = [dict(zip(columns, (*row, *[""] * 6), strict=True), ends="symmetric") for row in rows]
    real = content.rows
    monkeypatch.setattr(content, "rows", lambda *path: iter(table) if path == ("relations.csv",) else real(*path))
    standing.rules.cache_clear()
    standing.opposites.cache_clear()
    try:
        with pytest.raises(KGError, match=message):
            standing.rules()
    finally:
        monkeypatch.undo()
        standing.rules.cache_clear()
        standing.opposites.cache_clear()


@pytest.mark.parametrize(
    ("text", "lemma"),
    [
        ("broke off diplomatic relations with", "break off relations with"),
        ("restored full diplomatic relations with", "restore diplomatic relations with"),
        ("re-establishes diplomatic ties with", "restore diplomatic relations with"),
        ("opens consulate in", "open consulate in"),
        ("eases sanctions on", "ease sanctions on"),
        ("signs a peace treaty with", "make peace with"),
        ("signs a treaty with", "sign treaty with"),
        ("withdraws from deal", "withdraw from agreement with"),
        ("breaks ceasefire with", "violate ceasefire with"),
        ("agrees to lift sanctions on", "agree to lift sanctions on"),
        ("threatens to break relations with", "threaten to break relations with"),
        ("Halt negotiations", None),
        ("Occupy territory", None),
        ("grinds its teeth at", None),
        ("suspends talks in the council with", "suspend talks with"),
        ("Recognised", "recognize"),
        ("recognizes importance of", None),
        ("recognises Kosovo despite", None),
        ("imposes sanctions on Iran together with", None),
        ("opens embassy in Jerusalem angering", None),
    ],
)
def test_wordings_are_told_apart(text, lemma):
    assert actions.lemma(text) == lemma


# What is stated of odd cases.

#: Rows, and what follows from them.
CASES = {
    "closing what does not stand closes nothing, and what begins instead begins": (
        [("USA", "breaks off relations with", "CUB", "1961-01-03"), ("USA", "lifts sanctions on", "CUB", "1999")],
        [("RUPTURE", "CUB", "USA", "1961-01-03/..")]),
    "two closings: the first ends it": (
        [("USA", "declares war on", "JPN", "1941-12-08"), ("USA", "makes peace with", "JPN", "1951-09-08"),
         ("JPN", "makes peace with", "USA", "1952-04-28")],
        [("WAR", "JPN", "USA", "1941-12-08/1951-09-07")]),
    "two openings: the first begins it": (
        [("JPN", "declares war on", "USA", "1941-12-07"), ("USA", "declares war on", "JPN", "1941-12-08")],
        [("WAR", "JPN", "USA", "1941-12-07/..")]),
    "a reopening begins another": (
        [("USA", "imposes sanctions on", "IRN", "1979-11-14"), ("USA", "lifts sanctions on", "IRN", "2016-01-16"),
         ("USA", "reimposes sanctions on", "IRN", "2018-08-07")],
        [("SANCTIONS_IN_FORCE", "USA", "IRN", "1979-11-14/2016-01-15"), ("SANCTIONS_IN_FORCE", "USA", "IRN", "2018-08-07/..")]),
    "a day that opens and closes changes nothing": (
        [("FRA", "opens embassy in", "IRQ", "2000-05-01"), ("FRA", "closes embassy in", "IRQ", "2001-02-03"),
         ("FRA", "reopens embassy in", "IRQ", "2001-02-03")],
        [("EMBASSY", "FRA", "IRQ", "2000-05-01/..")]),
    "a day that does so with nothing before": (
        [("FRA", "opens embassy in", "IRQ", "2000-05-01"), ("FRA", "closes embassy in", "IRQ", "2000-05-01")], []),
    "months and years count from their first day": (
        [("FRA", "recognizes", "ISR", "1949"), ("FRA", "withdraws recognition of", "ISR", "1951-05")],
        [("RECOGNITION", "FRA", "ISR", "1949-01-01~/1951-04-30~")]),
    "one exact date is enough": (
        [("FRA", "recognizes", "ISR", "1949"), ("FRA", "recognizes independence of", "ISR", "1949-01-01"),
         ("FRA", "withdraws recognition of", "ISR", "1951-05-03?")],
        [("RECOGNITION", "FRA", "ISR", "1949-01-01~/1951-05-02~")]),
    "without a beginning there is no day to count from": ([("FRA", "recognizes", "ISR", "../1949-05-01")], []),
    "a month and its first day contradict each other": (
        [("FRA", "opens embassy in", "IRQ", "2000-05"), ("FRA", "closes embassy in", "IRQ", "2000-05-01")], []),
    "a deed that took days counts from the first": (
        [("FRA", "begins talks with", "DEU", "2000-05-03/2000-05-09"), ("DEU", "ends talks with", "FRA", "2000-05-07")],
        [("TALKS", "DEU", "FRA", "2000-05-03/2000-05-06")]),
    "what lasted ends where its span does": (
        [("USA", "occupies", "JPN", "1945-09-02/1952-04-27"), ("GBR", "imposes embargo on", "ARG", "1982-04-02/1985-07-08"),
         ("USA", "imposes sanctions on", "CUB", "1960-10-19/..")],
        [("OCCUPATION", "USA", "JPN", "1945-09-02/1952-04-27"), ("SANCTIONS_IN_FORCE", "GBR", "ARG", "1982-04-02/1985-07-08"),
         ("SANCTIONS_IN_FORCE", "USA", "CUB", "1960-10-19/..")]),
    "of two that lasted the later end counts, and what was lifted before is lifted": (
        [("USA", "sanctions", "IRN", "1980/1985"), ("USA", "sanctions", "IRN", "1984/1990"),
         ("USA", "sanctions", "IRQ", "1990/2003"), ("USA", "lifts sanctions on", "IRQ", "2000-05-01")],
        [("SANCTIONS_IN_FORCE", "USA", "IRN", "1980-01-01/1990-12-31"),
         ("SANCTIONS_IN_FORCE", "USA", "IRQ", "1990-01-01/2000-04-30")]),
    "where the next begins on the end of the one before, nothing ends": (
        [("USA", "sanctions", "LBY", "1986-01-07/1992-03-30"), ("USA", "sanctions", "LBY", "1992-03-31/2004-09-19")],
        [("SANCTIONS_IN_FORCE", "USA", "LBY", "1986-01-07/2004-09-19")]),
    "directed relations go one way": (
        [("USA", "imposes sanctions on", "RUS", "2014-03-17"), ("RUS", "lifts sanctions on", "USA", "2014-08-01")],
        [("SANCTIONS_IN_FORCE", "USA", "RUS", "2014-03-17/..")]),
    "persons and bodies act for their state, groups do not": (
        [("Barack Obama", "restores diplomatic relations with", "Raúl Castro", "2015-07-20"),
         ("Protesters (USA)", "declare war on", "CUB", "2015-07-21"),
         ("Foreign Ministry (Russia)", "recognizes independence of", "Abkhazia", "2008-08-26")],
        [("RECOGNITION", "RUS", "ABK", "2008-08-26/.."), ("WAR", "CUB", "protesters-united-states", "2015-07-21/.."),
         ("DIPLOMATIC_RELATIONS", "CUB", "USA", "2015-07-20/..")]),
    "sanctions on a minister are none on the state": (
        [("USA", "imposes sanctions on", "Foreign Ministry (Iran)", "2019-07-31")],
        [("SANCTIONS_IN_FORCE", "USA", "foreign-ministry-iran", "2019-07-31/..")]),
    "a state has no relation with itself": (
        [("Barack Obama", "breaks off talks with", "Congress (USA)", "2013-10-01")], []),
    "a topic is no party": ([("USA", "recognizes", "the need for reform", "2013-10-01", "")], []),
    "codes of a source count where they are precise": (
        [("USA", "", "IRN", "2010-07-01", "163"), ("USA", "", "IRN", "2016-01-16", "085"),
         ("USA", "", "IRN", "2012-01-01", "161"),
         ("USA", "", "IRN", "2013-01-01", "192"), ("USA", "", "PRK", "2013-02-01", "164"),
         ("PRK", "", "USA", "2013-03-01", "046")],
        [("SANCTIONS_IN_FORCE", "USA", "IRN", "2010-07-01/2016-01-15"),
         ("TALKS_SUSPENDED", "PRK", "USA", "2013-02-01/2013-02-28")]),
    "easing ends nothing, threats and intents begin nothing": (
        [("USA", "imposes sanctions on", "MMR", "1997-05-20"), ("USA", "eases sanctions on", "MMR", "2012-05-17"),
         ("USA", "agrees to lift sanctions on", "MMR", "2012-07-11"),
         ("USA", "threatens to break relations with", "MMR", "1998")],
        [("SANCTIONS_IN_FORCE", "USA", "MMR", "1997-05-20/..")]),
    "war ends a ceasefire": (
        [("ISR", "declares ceasefire with", "SYR", "1970-08-07"), ("SYR", "declares war on", "ISR", "1973-10-06")],
        [("CEASEFIRE", "ISR", "SYR", "1970-08-07/1973-10-05"), ("WAR", "ISR", "SYR", "1973-10-06/..")]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_stated_outcomes(graph, tmp_path, case):
    rows, expected = CASES[case]
    loaded(graph, tmp_path, *rows)
    assert sorted((t, a, b.split("~")[0], d) for t, a, b, d in derived(graph)) == sorted((t, a, b, d) for t, a, b, d in expected)


def test_what_a_source_states_stays_as_it_is(graph, tmp_path):
    file = tmp_path / "cow.csv"
    file.write_text("actor,action,target,date,code,scheme\nUSA,ally of,GBR,1949-04-04/..,ALLIANCE,kg\n", encoding="utf-8")
    graph.load(file)
    loaded(graph, tmp_path, ("USA", "ends alliance with", "GBR", "2000-01-01"), ("USA", "forms alliance with", "GBR", "1990"))
    assert derived(graph) == [("ALLIANCE", "GBR", "USA", "1990-01-01~/1999-12-31~")]
    found = [(r.origin, r.since.year, r.until and r.until.year) for r in graph.relations("GBR", "USA")]
    assert found == [("given", 1949, None), ("derived", 1990, 2000)]


# Against a plain reading of the rules.

WORDS = {
    "WAR": ("declares war on", "makes peace with"),
    "SANCTIONS_IN_FORCE": ("imposes sanctions on", "lifts sanctions on"),
    "DIPLOMATIC_RELATIONS": ("restores diplomatic relations with", "breaks off relations with"),
}
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["USA", "RUS", "Barack Obama", "NATO"]),
        st.sampled_from(["RUS", "USA", "Vladimir Putin", "NATO"]),
        st.sampled_from([*WORDS]),
        st.booleans(),
        st.dates(dt.date(2013, 1, 1), dt.date(2013, 1, 12)),
    ),
    max_size=14,
)
STATE_OF = {"Barack Obama": "USA", "Vladimir Putin": "RUS"}
PERSON = {"Vladimir Putin": "vladimir-putin"}


def plainly(deeds):
    """What follows, deed by deed and day by day."""
    days = defaultdict(set)
    for actor, target, relation, opens, day in deeds:
        one = STATE_OF.get(actor, actor)
        if relation == "SANCTIONS_IN_FORCE":
            ends = (one, PERSON.get(target, target))
        else:
            ends = tuple(sorted((one, STATE_OF.get(target, target))))
        if ends[0] != ends[1]:
            days[relation, ends, day].add(opens)
            if relation == "DIPLOMATIC_RELATIONS":
                days["RUPTURE", ends, day].add(not opens)
    found, since = [], {}
    for relation, ends, day in sorted(days):
        happened = days[relation, ends, day]
        if happened == {True} and (relation, ends) not in since:
            since[relation, ends] = day
        elif happened == {False} and (relation, ends) in since:
            found.append((relation, *ends, since.pop((relation, ends)), day))
    return sorted([*found, *((relation, *ends, day, None) for (relation, ends), day in since.items())], key=str)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS, cuts=st.lists(st.integers(0, 14), max_size=2), seed=st.integers(0, 99), retracted=st.integers(0, 13))
def test_any_order_and_any_split_gives_what_a_plain_reading_gives(tmp_path_factory, deeds, cuts, seed, retracted):
    folder = tmp_path_factory.mktemp("d")
    numbered = [
        (n, actor, WORDS[relation][not opens], target, day) for n, (actor, target, relation, opens, day) in enumerate(deeds)
    ]
    random.Random(seed).shuffle(numbered)
    graph = kg.open(folder / "s.kg")
    bounds = [0, *sorted(cuts), len(numbered)]
    for k, (first, last) in enumerate(itertools.pairwise(bounds)):
        if part := [(f"r{n}", a, w, t, d, "") for n, a, w, t, d in numbered[first:last]]:
            graph.load(write_rows(folder / f"{k}.csv", part, COLUMNS), dataset="d")

    def says():
        return sorted(((f.type, f.actor, f.target, f.date, f.until) for f in graph.facts() if f.coded == "derived"), key=str)

    if deeds:
        assert says() == plainly(deeds)
        if retracted < len(deeds):
            graph.retract("d", f"r{retracted}")
            left = [deed for n, deed in enumerate(deeds) if n != retracted]
            assert says() == plainly(left)
        assert graph.derive() == (0, 0)
        assert all(f.basis for f in graph.facts() if f.coded == "derived")


# Recorded time.


def test_what_no_longer_follows_is_closed_and_stays_in_recorded_time(graph, tmp_path, store):
    loaded(graph, tmp_path, ("USA", "declares war on", "JPN", "1941-12-08"))
    loaded(graph, tmp_path, ("USA", "makes peace with", "JPN", "1951-09-08"), name="g")
    graph.retract("d", "g0")
    with store.tables() as con:
        told = con.execute("""
            SELECT f.until, r.opened, r.closed, r.native_id, r.extra FROM kg.report r JOIN kg.fact f ON f.id = r.fact
            WHERE r.dataset = 'derived' ORDER BY r.opened""").fetchall()
    assert [row[:4] for row in told] == [
        (None, 1, 2, "WAR JPN USA 1941-12-08"),
        (dt.date(1951, 9, 8), 2, 3, "WAR JPN USA 1941-12-08"),
        (None, 3, None, "WAR JPN USA 1941-12-08"),
    ]
    assert json.loads(told[1][4])["rules"] == ["closes: make peace with", "opens: declare war on"]
    assert derived(graph) == [("WAR", "JPN", "USA", "1941-12-08/..")]
    # Loads and retractions count their own rows only.
    assert [(c["kind"], c["reports"], c["closed"]) for c in graph.info()["changes"]] == [
        ("load", 1, 0), ("load", 1, 0), ("retract", None, 1),
    ]  # fmt: skip


def test_what_was_known_is_what_followed_then(graph, tmp_path):
    loaded(graph, tmp_path, ("USA", "declares war on", "JPN", "1941-12-08"))
    then = dt.datetime.now(dt.UTC)
    loaded(graph, tmp_path, ("USA", "makes peace with", "JPN", "1951-09-08"), name="g")
    [before], [after] = (g.relations("JPN", "USA", "1945") for g in (graph.known_at(then), graph))
    assert (before.until, after.until) == (None, dt.date(1951, 9, 8))
    assert before.by == ("1941-12-08 United States declares war on Japan (d)",)
    assert len(after.by) == 2
    graph.retract("d", "f0")
    assert graph.relations("JPN", "USA") == []
    # Neither what followed nor what it rested on is believed by now, and both were then.
    assert [(r.until, r.by) for r in graph.known_at(then).relations("JPN", "USA", "1945")] == [(None, before.by)]


def test_undoing_a_load_undoes_what_followed(graph, tmp_path):
    loaded(graph, tmp_path, ("USA", "declares war on", "JPN", "1941-12-08"))
    loaded(graph, tmp_path, ("USA", "makes peace with", "JPN", "1951-09-08"), name="g")
    loaded(graph, tmp_path, ("USA", "makes peace with", "JPN", "1952-04-28"), name="h")
    done = graph.undo(2)
    assert (done.closed, done.reopened) == (1, 0)
    assert derived(graph) == [("WAR", "JPN", "USA", "1941-12-08/1952-04-27")]
    graph.undo(1)
    assert derived(graph) == []
    loaded(graph, tmp_path, ("USA", "declares war on", "JPN", "1941-12-08"))
    assert derived(graph) == [("WAR", "JPN", "USA", "1941-12-08/1952-04-27")]
    graph.retract("d", "f0")
    number = graph.loads()[-1]["id"]
    assert derived(graph) == []
    graph.undo(number)
    assert derived(graph) == [("WAR", "JPN", "USA", "1941-12-08/1952-04-27")]
    assert graph.derive() == (0, 0)


def test_what_rests_on_partial_dates_is_not_certain(graph, tmp_path):
    loaded(graph, tmp_path, ("USA", "declares war on", "JPN", "1941"), ("USA", "declares war on", "DEU", "1941-12-11"))
    assert [r.actor for r in graph.relations("USA", at="1943")] == ["Japan", "Germany"]
    assert [r.actor for r in graph.certain().relations("USA", at="1943")] == ["Germany"]


def test_a_store_from_before_the_rules_is_derived_once(graph, tmp_path, monkeypatch):
    from kg.stores import derived as into

    monkeypatch.setattr(into, "follow", lambda con, change: into.Derived())
    loaded(graph, tmp_path, ("USA", "declares war on", "JPN", "1941-12-08"))
    monkeypatch.undo()
    assert derived(graph) == []
    assert graph.derive() == (1, 0)
    assert derived(graph) == [("WAR", "JPN", "USA", "1941-12-08/..")]
    assert [c["kind"] for c in graph.info()["changes"]] == ["load", "derive"]
    assert graph.derive() == (0, 0)
    assert len(graph.info()["changes"]) == 2


# The question.


def stands(graph, day, **more):
    return [
        (r.relation, r.state, r.actor_id, r.target_id, r.since.isoformat()) for r in graph.relations("USA", "CUB", day, **more)
    ]


BROKEN = ("DIPLOMATIC_RELATIONS", "broken off", "CUB", "USA", "1961-01-03")
EMBARGO = ("SANCTIONS_IN_FORCE", "holds", "USA", "CUB", "1960-10-19")
RECOGNISED = ("RECOGNITION", "holds", "USA", "CUB", "1959-01-07")
AT = {
    "1902-05-26": [],
    "1960-10-18": [("DIPLOMATIC_RELATIONS", "holds", "CUB", "USA", "1902-05-27"),
                   ("EMBASSY", "holds", "USA", "CUB", "1923-02-10"), RECOGNISED],
    "1961-01-02": [("DIPLOMATIC_RELATIONS", "holds", "CUB", "USA", "1902-05-27"),
                   ("EMBASSY", "holds", "USA", "CUB", "1923-02-10"), RECOGNISED, EMBARGO],
    "1961-01-03": [RECOGNISED, EMBARGO, BROKEN],
    "1962-01-01": [RECOGNISED, EMBARGO, BROKEN],
    "1962": [RECOGNISED, EMBARGO, BROKEN],
    "2015-07-19": [RECOGNISED, EMBARGO, BROKEN],
    "2016-01-01": [RECOGNISED, EMBARGO, ("DIPLOMATIC_RELATIONS", "holds", "CUB", "USA", "2015-07-20"),
                   ("EMBASSY", "holds", "CUB", "USA", "2015-07-20"), ("EMBASSY", "holds", "USA", "CUB", "2015-07-20")],
}  # fmt: skip


def test_what_stands_between_usa_and_cuba(graph):
    graph.load(EXAMPLE)
    for day, expected in AT.items():
        assert stands(graph, day) == expected, day
    [*_, broken] = graph.relations("Cuba", "United States", "1962-01-01")
    assert broken.by == (
        "1961-01-03 United States breaks off diplomatic relations with Cuba (Office of the Historian)",
        *sorted(broken.by[1:]),
    )
    assert len(broken.by) == len(broken.basis) == 3
    assert (broken.until, broken.origin) == (dt.date(2015, 7, 20), "derived")
    assert len(graph.relations("Cuba")) == 8
    assert graph.relations("USA", "POL") == []
    with pytest.raises(UsageError, match="at: 'noon' is not a date"):
        graph.relations("USA", "CUB", "noon")


AT_DAY = {
    "cypher": """MATCH (a:Entity)-[r]->(b:Entity) 
        WHERE r.basis IS NOT NULL AND r.date <= $at AND (r.until IS NULL OR r.until > $at)
        RETURN r.type AS type, a.id AS actor, b.id AS target, r.date AS since ORDER BY since, type, actor""",
    "sparql": """SELECT ?type ?a ?b ?since {
        ?f kg:type ?type ; kg:source "derived" ; kg:actor/kg:id ?a ; kg:target/kg:id ?b ; kg:date ?since .
        OPTIONAL { ?f kg:until ?until } FILTER (?since <= $at && (!BOUND(?until) || ?until > $at)) } ORDER BY ?since ?type ?a""",
}  # fmt: skip


@pytest.mark.parametrize("language", ["cypher", "sparql"])
def test_the_same_in_both_languages(graph, language):
    graph.load(EXAMPLE)
    for day in ("1962-01-01", "2016-01-01"):
        rows = graph.store.query(language, AT_DAY[language], {"at": dt.date.fromisoformat(day)}).rows
        types = {"RUPTURE": ("DIPLOMATIC_RELATIONS", "broken off")}
        assert [(*types.get(t, (t, "holds")), a, b, since.isoformat()) for t, a, b, since in rows] == AT[day]


def test_questions_about_what_stands_know_all_that_can_stand():
    found = {p.name: p.read_text(encoding="utf-8") for p in (ROOT / "queries").iterdir()}
    about = {name: text for name, text in found.items() if "PART_OF" in text}
    assert {"relations-at.cypher", "relations-at.rq", "relations-between.cypher", "relations-between.rq"} <= set(about)
    for name, text in about.items():
        times = text.count("PART_OF")
        lacking = [state for state in actions.states() if len(re.findall(rf"\b{state}\b", text)) < times]
        assert not lacking, name


@pytest.mark.parametrize("language", ["cypher", "sparql"])
def test_the_named_question_gives_the_same(graph, language):
    graph.load(EXAMPLE)
    types = {"RUPTURE": ("DIPLOMATIC_RELATIONS", "broken off")}
    for day in ("1962-01-01", "2016-01-01"):
        answer = graph.ask("relations-between", language, a="USA", b="CUB", at=day)
        at = [answer.columns.index(column) for column in ("type", "actor", "target", "since")]
        rows = [[row[i] for i in at] for row in answer.rows]
        assert sorted((*types.get(t, (t, "holds")), a, b, since.isoformat()) for t, a, b, since in rows) == sorted(AT[day])


def test_officials_relations_count_where_states_are_meant(graph, tmp_path):
    loaded(graph, tmp_path, ("USA", "imposes sanctions on", "Foreign Ministry (Iran)", "2019-07-31"))
    assert graph.relations("USA", "IRN", "2020") == []
    [found] = graph.rolled_up().relations("IRN", "USA", "2020")
    assert (found.relation, found.target) == ("SANCTIONS_IN_FORCE", "Foreign Ministry (Iran)")


def test_the_command(kg):
    kg("load", EXAMPLE)
    done = kg("relations", "USA", "CUB", "--at", "1962-01-01", "--format", "csv")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == "relation,state,actor,target,since,until,origin,by"
    assert [line.split(",")[:6] for line in lines[1:]] == [
        ["RECOGNITION", "holds", "United States", "Cuba", "1959-01-07", ""],
        ["SANCTIONS_IN_FORCE", "holds", "United States", "Cuba", "1960-10-19", ""],
        ["DIPLOMATIC_RELATIONS", "broken off", "Cuba", "United States", "1961-01-03", "2015-07-20"],
    ]
    nothing = kg("relations", "USA", "POL", "--at", "1962-01-01")
    assert (nothing.code, nothing.err.strip()) == (0, "nothing is known to stand between USA and POL on 1962-01-01")
    assert kg("relations", "USA", "CUB", "--at", "1962-02-30").code == 2
    assert kg("derive").err.strip() == "derived 0 standing relations that were not there; 0 no longer follow"
    info = dict(line.split("\t")[:2] for line in kg("info").out.splitlines())
    assert (info["facts"], info["derived"]) == ("27", "8")


def test_a_load_says_what_it_derived(kg, write):
    done = kg("load", write("war.csv", "actor,action,target,date\nUSA,declares war on,JPN,1941-12-08\n"))
    assert "derived 1 standing relation\n" in done.err
    done = kg("load", write("peace.csv", "actor,action,target,date\nUSA,makes peace with,JPN,1951-09-08\n"))
    assert "derived 1 standing relation; 1 no longer follows\n" in done.err
    done = kg("load", write("talk.csv", "actor,action,target,date\nUSA,phones,JPN,1951-09-08\n"))
    assert "derived" not in done.err


def test_relations_are_told_where_the_deeds_were_not_copied(tmp_path):
    graph = kg.open(tmp_path / "s.kg")
    graph.load(ROOT / "examples" / "missile-shield-2009.csv")
    graph.of_type("TALKS_SUSPENDED").copy(tmp_path / "copy.kg")
    [whole], [alone] = (g.relations("NATO", "Russia") for g in (graph, kg.open(tmp_path / "copy.kg")))
    assert alone._replace(by=whole.by) == whole and len(whole.by) == 2
    assert [line.split(" ")[0] for line in alone.by] == ["2008-08-19/2009-06-26"]
