"""Two levels in one graph: who acted, and the state behind on the fact's date, on every store and in every language."""

import pytest
from helpers_history import COLUMNS, rows, same
from helpers_store import write_rows

import kg
from kg import copying

#: Officials whose state stands in brackets or in a column of its own, beside states, an organisation and a deed without target.
OFFICIALS = [
    ("Foreign Ministry (Russia)", "criticizes", "USA", "2009-01-01", "", ""),
    ("Joe Doe", "criticizes", "Foreign Ministry (Russia)", "2009-01-02", "USA", ""),
    ("Joe Doe", "meets", "Jane Doe", "2009-01-03", "USA", "United States"),
    ("Joe Doe", "meets", "Jean Dupont", "2009-01-04", "USA", "France"),
    ("Russia", "meets", "USA", "2009-01-05", "", ""),
    ("Joe Doe", "mourns", "", "2009-01-06", "USA", ""),
    ("NATO", "meets", "Jean Dupont", "2009-01-07", "", "FRA"),
    ("Nobody", "meets", "Nothing", "2009-01-08", "", "no such state"),
]
STATED = ("actor", "action", "target", "date", "actor_state", "target_state")
STATES = [
    ("RUS", "USA"), ("USA", "RUS"), ("USA", "USA"), ("USA", "FRA"), ("RUS", "USA"), ("USA", None), (None, "FRA"), (None, None),
]  # fmt: skip

#: Views and the days of January 2009 whose facts they have.
VIEWS = {
    "deeds of a state": (lambda g: g.by("USA"), []),
    "and of its officials": (lambda g: g.by("USA").rolled_up(), [2, 3, 4, 6]),
    "of the state itself and its officials": (lambda g: g.rolled_up().by("Russia"), [1, 5]),
    "towards a state": (lambda g: g.to("USA").rolled_up(), [1, 3, 5]),
    "towards one of which nobody spoke": (lambda g: g.to("FRA").rolled_up(), [4, 7]),
    "of one to another": (lambda g: g.by("USA").to("RUS").between("2009-01-02").rolled_up(), [2]),
    "of an official": (lambda g: g.by("Joe Doe").rolled_up().of_type("consult"), [3, 4]),
    "of an organisation": (lambda g: g.by("NATO").rolled_up(), [7]),
    "all": (lambda g: g.rolled_up(), [1, 2, 3, 4, 5, 6, 7, 8]),
}

#: Questions about states: what they are asked, and rows without what the facts say anyway.
ASKED = [
    ("dyad-timeline", {"a": "USA", "b": "RUS"}, lambda r: (r[0].day, r[2]), [(1, "RUS"), (2, "USA"), (5, "RUS")]),
    ("dyad-timeline", {"a": "USA", "b": "USA"}, lambda r: (r[0].day, r[2]), [(3, "USA")]),
    ("dyad-timeline", {"a": "NATO", "b": "France"}, lambda r: (r[0].day, r[2]), [(7, "NATO")]),
    ("dyad-timeline", {"a": "Joe Doe", "b": "RUS"}, lambda r: (r[0].day, r[2]), [(2, "USA")]),
    ("partners", {"actor": "USA"}, tuple, [("RUS", "Russia", 3, 1, 2), ("FRA", "France", 1, 1, 0)]),
    ("partners", {"actor": "FRA"}, lambda r: (r[0], r[2]), [("NATO", 1), ("USA", 1)]),
    ("partners", {"actor": "Joe Doe", "limit": 2}, lambda r: (r[0], r[2]), [("FRA", 1), ("RUS", 1)]),
]


@pytest.fixture
def officials(tmp_path):
    return write_rows(tmp_path / "officials.csv", OFFICIALS, STATED)


def test_facts_have_the_states_behind_their_ends(graph, twin, officials, contents):
    for g in (graph, twin):
        g.load(officials)
    assert [(f.actor_state, f.target_state) for f in graph.facts()] == STATES
    same(contents(graph), contents(twin), contents(twin))
    # A state of which no row speaks is there too, with its name.
    [france] = [e for e in graph.entities() if e.id == "FRA"]
    assert (france.name, france.kind) == ("France", "state")
    if "cypher" in graph.store.languages:
        asked = "MATCH (x:Entity)-[r]->(:Entity) RETURN r.actor_state AS a, r.target_state AS t, r.date AS d ORDER BY d"
        assert [tuple(row[:2]) for row in graph.cypher(asked).rows] == STATES
    if "sparql" in graph.store.languages:
        asked = """SELECT ?a ?t { ?f kg:date ?d OPTIONAL { ?f kg:actorState/kg:id ?a } OPTIONAL { ?f kg:targetState/kg:id ?t } }
            ORDER BY ?d"""
        assert graph.sparql(asked).rows == STATES


def test_a_view_can_be_rolled_up_to_states(graph, twin, officials):
    for g in (graph, twin):
        g.load(officials)
    for name, (see, days) in VIEWS.items():
        assert [f.date.day for f in see(graph).facts()] == days, name
        assert list(see(graph).rows()) == list(see(twin).rows()), name
        assert see(graph).entities() == see(twin).entities(), name


@pytest.mark.parametrize(("name", "values", "shown", "expected"), ASKED)
def test_questions_can_be_asked_of_states(graph, officials, name, values, shown, expected):
    graph.load(officials)
    for language in graph.store.languages:
        assert [shown(row) for row in graph.rolled_up().ask(name, language, **values).rows] == expected, language


def test_a_state_is_there_as_long_as_a_fact_has_it(graph, twin, tmp_path, contents):
    def file(name, *given):
        return write_rows(tmp_path / name, rows(*given), COLUMNS)

    for step in (
        lambda g: g.load(file("0", ("r2", "USA", "meets", "Foo", "2009")), dataset="d"),
        lambda g: g.load(file("1", ("r1", "Court (Bhutan)", "meets", "Foo", "2009")), dataset="d"),
        lambda g: g.retract("d", "r1"),
        lambda g: g.load(file("2", ("r3", "Palace (Bhutan)", "meets", "Foo", "2010")), dataset="d"),
        lambda g: g.load(file("3", ("r3", "Palace (Chad)", "meets", "Foo", "2010")), dataset="d"),
        lambda g: g.load(file("4", ("r4", "Bhutan", "meets", "Court (Bhutan)", "2011")), dataset="d"),
        lambda g: g.retract("d", "r4"),
    ):  # fmt: skip
        for g in (graph, twin):
            step(g)
        same(contents(graph), contents(twin), contents(twin))
        assert {e.id for e in graph.entities()} >= {s for f in graph.facts() for s in (f.actor_state, f.target_state) if s}


#: The same deed as told by three, in files of their own: by one who names no state, and by two who name different ones.
TOLD = {"none": "", "first": "FRA", "second": "RUS"}


def told(folder, who, correction=""):
    row = (who, "Crowd", "attacks", "Bystanders", "2009-01-01", correction or TOLD[who])
    return write_rows(folder / f"{who}.csv", [row], ("native_id", "actor", "action", "target", "date", "actor_state"))


def state(graph):
    [fact] = graph.facts()
    return fact.actor_state


def test_states_follow_from_what_reports_say_now(graph, twin, tmp_path, contents):
    steps = (
        (lambda g: g.load(told(tmp_path, "none"), dataset="d"), None),
        (lambda g: g.load(told(tmp_path, "second"), dataset="d"), "RUS"),
        (lambda g: g.load(told(tmp_path, "first"), dataset="d"), "FRA"),
        (lambda g: g.retract("d", "first"), "RUS"),
        (lambda g: g.load(told(tmp_path, "second", "USA"), dataset="d"), "USA"),
        (lambda g: g.load(told(tmp_path, "first"), dataset="d"), "FRA"),
        (lambda g: (g.retract("d", "first"), g.retract("d", "second")), None),
    )
    for step, expected in steps:
        for g in (graph, twin):
            step(g)
        assert state(graph) == state(twin) == expected
        ours, theirs = contents(graph), contents(twin)
        same(ours, theirs, ("facts", "triples", "reports", "counts"))
        for language in graph.store.languages:
            text = {
                "cypher": "MATCH (:Entity)-[r]->(:Entity) RETURN r.actor_state",
                "sparql": "SELECT ?s { ?f kg:actor ?a OPTIONAL { ?f kg:actorState/kg:id ?s } }",
            }[language]
            assert graph.store.query(language, text).rows == [(expected,)]


@pytest.mark.parametrize("goal", ["embedded", "neo4j", "fuseki"])
def test_states_are_copied(officials, goal, tmp_path, request):
    source = kg.open(tmp_path / "source.kg")
    source.load(officials)
    source.retract("officials", source.sparql('SELECT ?r { ?f kg:actor/kg:id "NATO" ; prov:wasDerivedFrom ?r }').rows[0][0][-36:])
    target = kg.open(tmp_path / "goal.kg" if goal == "embedded" else request.getfixturevalue(f"{goal}_url"))
    copying.copy(source.store, target.store)
    assert target.facts() == source.facts()
    assert [f.target_state for f in target.rolled_up().to("FRA").facts()] == ["FRA"]
