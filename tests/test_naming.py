"""Names that users give: lists, dictionaries of event coders, and what is loaded already looked at again."""

from __future__ import annotations

import datetime as dt

import pytest
from helpers_store import write_rows

import kg
from kg.errors import InputError, NothingLoaded

HEADER = "name,id,kind,state,role,start,until\n"
ROWS = [
    ("Foo Bar", "meets", "Russia", "2009-03-01"),
    ("Foo Bar", "meets", "Russia", "2011-03-01"),
    ("Putin", "criticizes", "Baz Org", "2009-03-01"),
]


@pytest.fixture
def graph(tmp_path):
    graph = kg.open(tmp_path / "a.kg")
    graph.load(write_rows(tmp_path / "facts.csv", ROWS, ("actor", "action", "target", "date")))
    return graph


@pytest.fixture
def given(tmp_path):
    def write(text, name="names.csv", header=HEADER):
        file = tmp_path / name
        file.write_text(header + text, encoding="utf-8")
        return file

    return write


def ends(graph):
    return [(f.date.year, f.actor, f.actor_state, f.target, f.target_state) for f in graph.facts()]


def test_what_no_rule_knows_is_listed_most_frequent_first(graph):
    found = graph.unresolved()
    assert [(u.name, u.mentions, u.first, u.last, u.rule) for u in found] == [
        ("Foo Bar", 2, dt.date(2009, 3, 1), dt.date(2011, 3, 1), "own name"),
        ("Baz Org", 1, dt.date(2009, 3, 1), dt.date(2009, 3, 1), "own name"),
    ]
    assert [u.name for u in graph.unresolved(1)] == ["Foo Bar"]


def test_a_list_counts_from_then_on_and_again_for_what_was_loaded(graph, given, tmp_path):
    before = ends(graph)
    reports = graph.info()["reports"]
    taken = graph.add_names(given("Foo Bar,,person,Denmark,GOV,2009-01-01,2010-01-01\nBaz Org,NATO,,,,,\n"))
    assert (taken.rows, taken.rejected) == (2, [])
    assert ends(graph) == before
    assert graph.unresolved() == []
    assert graph.resolve_again() == 2
    assert ends(graph) == [
        (2009, "foo-bar", "DNK", "RUS", "RUS"), (2009, "vladimir-putin", "RUS", "NATO", None),
        (2011, "foo-bar", None, "RUS", "RUS"),
    ]  # fmt: skip
    assert graph.resolve_again() == 0
    assert graph.info()["reports"] == reports
    assert [f.actor for f in graph.by("DNK").rolled_up().facts()] == ["foo-bar"]
    # Loading the file again changes nothing: its rows are known, under what their names mean now.
    report = graph.load(tmp_path / "facts.csv")
    assert (report.total("new"), report.total("known"), report.total("reports")) == (0, 3, 0)


def test_what_a_name_was_taken_for_stays_in_recorded_time(graph, given):
    graph.add_names(given("Baz Org,NATO,,,,,\n"))
    graph.resolve_again()
    with graph.store.tables("report", "fact", "change") as con:
        told = con.execute("""
            SELECT r.target, f.target, r.opened, r.closed FROM kg.report r JOIN kg.fact f ON f.id = r.fact
            WHERE r.target = 'Baz Org' ORDER BY r.opened""").fetchall()
        kinds = con.execute("SELECT id, kind FROM kg.change ORDER BY id").fetchall()
    assert told == [("Baz Org", "baz-org", 1, 3), ("Baz Org", "NATO", 3, None)]
    assert kinds == [(1, "load"), (2, "actors"), (3, "resolve")]


def test_both_languages_answer_for_the_new_actors(graph, given):
    graph.cypher("MATCH (e:Entity) RETURN count(*)")
    graph.sparql("SELECT * { ?e a kg:Organization }")
    graph.add_names(given("Baz Org,NATO,,,,,\n"))
    graph.resolve_again()
    assert graph.cypher("MATCH (a:Entity)-[r]->(b:Entity {id: 'NATO'}) RETURN a.id").rows == [("vladimir-putin",)]
    assert graph.cypher("MATCH (e:Entity {id: 'baz-org'}) RETURN e.id").rows == []
    found = graph.sparql('SELECT ?a { ?f kg:target/kg:id "NATO" ; kg:actor/kg:id ?a }')
    assert found.rows == [("vladimir-putin",)]


def test_mentions_go_where_their_record_goes(tmp_path, given):
    graph = kg.open(tmp_path / "m.kg")
    columns = ("native_id", "actor", "action", "target", "date")
    graph.load(write_rows(tmp_path / "f.csv", [("1", "USA", "meets", "Baz Org", "2009-03-01")], columns), dataset="d")
    loader = tmp_path / "mentions.sql"
    loader.write_text("-- title: m\n-- witnesses: d\n-- columns: of, paper\nSELECT of, paper AS publisher FROM source\n")
    graph.load(write_rows(tmp_path / "m.csv", [("1", "AFP")], ("of", "paper")), loader=str(loader), dataset="m")
    assert [f.reports for f in graph.facts()] == [2]
    graph.add_names(given("Baz Org,NATO,,,,,\n"))
    assert graph.resolve_again() == 2
    assert [(f.target, f.reports) for f in graph.facts()] == [("NATO", 2)]


def test_the_last_list_counts(graph, given):
    graph.add_names(given("Baz Org,NATO,,,,,\n"))
    graph.add_names(given("Baz Org,EU,,,,,\n", "later.csv"))
    graph.resolve_again()
    assert "EU" in {f.target for f in graph.facts()}
    graph.add_names(given("Baz Org,baz-org,,,,,\n", "back.csv"))
    graph.resolve_again()
    assert "baz-org" in {f.target for f in graph.facts()}


def test_own_names_come_before_the_tables(graph, given, tmp_path):
    graph.add_names(given("Moscow,Moscow town council,organization,,,,\nThe Firm,,group,USA,,,\n"))
    rows = [("Moscow", "meets", "USA", "2009-05-01"), ("the firm", "meets", "USA", "2009-05-02")]
    graph.load(write_rows(tmp_path / "more.csv", rows, ("actor", "action", "target", "date")))
    assert ends(graph.between("2009-05"))[0][:3] == (2009, "moscow-town-council", None)
    assert ends(graph.between("2009-05"))[1][1:3] == ("the-firm", "USA")
    assert [f.actor for f in graph.by("Moscow").facts()] == ["moscow-town-council"]
    assert kg.open(tmp_path / "other.kg").store.resolver().resolve("Moscow").entity.id == "RUS"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",NATO,,,,,", "there is no name"),
        ("A,,person,Nowhere,,,", "there is no state 'Nowhere'"),
        ("A,,human,,,,", "there is no kind 'human'"),
        ("A,NATO,,,,2009-02-30,", "2009-02-30"),
        ("A,,,DNK,GOV,2010-01-01,2009-01-01", "it begins on 2010-01-01 and ends on 2009-01-01"),
    ],
)
def test_bad_lines_are_told_and_the_others_taken(graph, given, row, reason):
    taken = graph.add_names(given(f"Good,NATO,,,,,\n{row}\n\nNot filled in,,,,,,\n"))
    assert taken.rows == 1
    [bad] = taken.rejected
    assert bad.line == 3
    assert reason in bad.reason


@pytest.mark.parametrize("header", ["", "who,what\n", "name,what\n"])
def test_what_is_no_list_is_refused(graph, given, header):
    with pytest.raises(InputError, match="is no list of names"):
        graph.add_names(given("", header=header))


def test_a_store_that_is_not_there_yet(tmp_path, given):
    graph = kg.open(tmp_path / "none.kg")
    with pytest.raises(NothingLoaded):
        graph.resolve_again()
    graph.add_names(given("Baz Org,NATO,,,,,\n"))
    graph.load(write_rows(tmp_path / "facts.csv", ROWS, ("actor", "action", "target", "date")))
    assert "NATO" in {f.target for f in graph.facts()}


DICTIONARY = """\
JOHN_DOE_ ; a minister, then in opposition
+DOE_THE_ELDER
    [DNKGOV 20090101-20091231]
    [DNKOPP >20100101]
SHADOW_GROUP [IMGXXX]
BAD_DATE [DNKGOV 20091301-20091231]
"""
AGENTS = "TOWN_CRIER [~MED] # a voice\nPEOPLE_OF_NOTE {} [~ELI]\n"


def test_a_dictionary_gives_dated_roles(tmp_path, given):
    graph = kg.open(tmp_path / "d.kg")
    taken = graph.add_names(given(DICTIONARY, "a.actors.txt", header=""), dictionary=True)
    assert (taken.rows, [bad.line for bad in taken.rejected]) == (4, [6])
    known = graph.store.resolver()
    for day, state in (("2009-06-01", "DNK"), ("2012-06-01", "DNK"), ("2008-06-01", None)):
        for name in ("John Doe", "Doe the Elder"):
            found = known.resolve(name, on=dt.date.fromisoformat(day))
            assert (found.entity.id, found.rule, found.state) == ("john-doe", "own list", state)
    assert known.resolve("Shadow Group").state is None


def test_agents_are_words_for_groups(tmp_path, given):
    graph = kg.open(tmp_path / "d.kg")
    graph.add_names(given(AGENTS, "agents.txt", header=""), dictionary=True)
    found = graph.store.resolver().resolve("Danish town criers")
    assert (found.rule, found.state, found.entity.kind) == ("country and role", "DNK", "group")


def test_relations_of_the_tables_are_facts(tmp_path):
    graph = kg.open(tmp_path / "r.kg")
    rows = [("Putin", "meets", "NATO", "2009-03-01"), ("Russian military", "meets", "Poland", "1995-03-01")]
    graph.load(write_rows(tmp_path / "f.csv", rows, ("actor", "action", "target", "date")))
    assert graph.relate().new > 5
    assert graph.relate().new == 0
    held = {(f.action, f.target, f.date.isoformat()) for f in graph.of_type("HOLDS_OFFICE").facts()}
    assert {("president", "RUS", "2000-05-07"), ("prime minister", "RUS", "2008-05-08")} & held
    member = [(f.actor, f.target, f.when) for f in graph.of_type("MEMBERSHIP").facts()]
    assert ("POL", "NATO", "1999-03-12/..") in member
    parts = [(f.actor, f.target, f.date.isoformat()) for f in graph.of_type("PART_OF").facts()]
    assert [(target, date) for _, target, date in parts] == [("RUS", "1991-12-26")]


def test_what_is_no_command_of_actors_is_looked_for(kg):
    found = kg("actors", "south korea", "--format", "csv")
    assert (found.code, found.err) == (0, "")
    assert "KOR,South Korea,state,1948-08-15," in found.out.splitlines()
    assert found == kg("actors", "list", "south korea", "--format", "csv")
    assert "kg actors --help lists the commands" in kg("actors", "lisst").err
    assert kg("actors", "--nonsense").code == 2


def test_an_id_is_taken_as_it_is_written_and_a_name_only_where_it_is_exactly_that(graph, given):
    rows = {
        "Scotland,SCOTLAND,place,GBR,,,": ("SCOTLAND", "GBR"),
        "Roma,ROMA,group,,,,": ("ROMA", None),
        "Donald Trump Jr,,person,,,,": ("donald-trump-jr", None),
        "David Brown,,person,USA,,,": ("david-brown", "USA"),
        "Victoria,,place,AUS,,,": ("victoria-place~", "AUS"),  # the queen has the id victoria
        "Barack Obama,,person,,,,": ("barack-obama", None),
        "Cape Verde,,state,,,,": ("CPV", "CPV"),
        "My Kremlin,Kremlin,topic,,,,": ("Kremlin", None),
        "Kremlin,,organization,,,,": ("kremlin", None),
        "Some Congo,congo,,,,,": ("congo", None),
    }
    taken = graph.add_names(given("".join(f"{row}\n" for row in rows)))
    assert taken.rejected == []
    known = graph.store.resolver()
    for row, (id_, state) in rows.items():
        found = known.resolve(row.split(",")[0])
        assert found.entity.id == id_ or (id_.endswith("~") and found.entity.id.startswith(id_)), found
        assert (found.rule, found.state) == ("own list", state)


def test_a_person_of_another_state_is_somebody_else(graph, given):
    graph.add_names(given("Jorge Rodriguez,,person,Argentina,,,\nIgor Ivanov,,person,Russia,,,\n"))
    known = graph.store.resolver()
    assert known.resolve("Jorge Rodriguez").entity.id not in known.tables.people.entities
    assert known.resolve("Igor Ivanov").entity.id == "igor-ivanov"


def test_an_id_of_another_kind_is_told(graph, given):
    taken = graph.add_names(given("Russia,RUS,person,,,,\nHamas,HAMAS,organization,,,,\nRussia,RUS,,,,,\n"))
    assert (taken.rows, [(bad.line, bad.reason) for bad in taken.rejected]) == (
        2,
        [(2, "RUS is Russia, of kind state, no person")],
    )


def test_a_second_state_for_the_same_days_is_told(graph, given):
    rows = (
        "Zork,ZORK,organization,RUS,,,\nZork,ZORK,organization,USA,,,\nZork Inc,ZORK,,USA,,,\n"
        "Zork,ZORK,,FRA,,2001-01-01,2003-01-01\nZork,ZORK,,ITA,,2002-01-01,\nZork,ZORK,,ITA,,2003-01-01,\n"
    )
    taken = graph.add_names(given(rows))
    assert (taken.rows, [bad.line for bad in taken.rejected]) == (3, [3, 4, 6])
    assert taken.rejected[0].reason.startswith("line 2 says that ZORK is of RUS, not of USA")
    known = graph.store.resolver()
    found = [known.resolve("Zork", on=dt.date(year, 6, 1)).state for year in (2000, 2002, 2004)]
    assert found == ["RUS", "FRA", "ITA"]


def test_a_dictionary_makes_nobody_of_the_tables_out_of_a_longer_name_or_a_surname(tmp_path, given):
    graph = kg.open(tmp_path / "d.kg")
    text = "JUAN_CARLOS_ROMERO_ [ARGGOV]\nPUTIN_ [RUSGOV]\nMOHAMED_MORSI_ [EGYGOV 20120630-20130703]\n"
    graph.add_names(given(text, "a.actors.txt", header=""), dictionary=True)
    known = graph.store.resolver()
    found = {name: known.resolve(name).entity.id for name in ("Juan Carlos Romero", "Putin", "Mohamed Morsi")}
    assert found == {"Juan Carlos Romero": "juan-carlos-romero", "Putin": "putin", "Mohamed Morsi": "mohamed-morsi"}


def test_show_knows_own_names_and_what_a_name_and_a_state_make(kg, tmp_path):
    (tmp_path / "names.csv").write_text(HEADER + "Baz Org,BAZ,organization,DNK,GOV,2001-01-01,\n", encoding="utf-8")
    assert kg("actors", "add", tmp_path / "names.csv").code == 0
    for name in ("Baz Org", "BAZ"):
        assert "kind,organization,,," in kg("actors", "show", name, "--format", "csv").out.splitlines()
    assert "GOV,DNK,2001-01-01,,own list" in kg("actors", "show", "BAZ", "--format", "csv").out.splitlines()
    shown = kg("actors", "show", "Government (USA)", "--format", "csv").out.splitlines()
    assert shown[1:] == [
        "name,Government (United States),,,roles.csv", "kind,organization,,,roles.csv", "state,USA,,,roles.csv",
    ]  # fmt: skip
    for name in ("", "Nobody Known"):
        assert kg("actors", "show", name).code == 2


def test_a_table_of_names_says_which_row_has_no_date(kg, tmp_path):
    file = tmp_path / "asked.csv"
    file.write_text("Name,Date,STATE\nObama,2010-01-01,\nKorea,2010-01-01,KOR\n", encoding="utf-8")
    found = kg("resolve", "--file", file, "--format", "csv")
    assert [line.split(",")[2] for line in found.out.splitlines()[1:]] == ["barack-obama", "KOR"]
    file.write_text("name,date\nObama,2010-01-01\nPutin,2010-02-30\n", encoding="utf-8")
    found = kg("resolve", "--file", file)
    assert (found.code, found.out) == (1, "")
    assert "asked.csv, line 3, column date" in found.err


def test_relate_is_complete_in_one_run(kg, tmp_path):
    file = write_rows(
        tmp_path / "f.csv", [("Jaap de Hoop Scheffer", "speaks", "", "2005-03-01")], ("actor", "action", "target", "date")
    )
    assert kg("load", file).code == 0
    first = kg("actors", "relate").err
    assert not first.startswith("0 new")
    # His offices bring in the Netherlands and NATO, and these the membership of the one in the other.
    assert kg("actors", "relate").err.startswith("0 new relations")
    assert "Netherlands" in kg("facts", "--type", "MEMBERSHIP").out
