"""The loaders of data sets: small files of their forms, with every fact they give and every row they refuse."""

import json

import pytest
from helpers_input import only_error, rejected, reports

from kg.loaders import all_loaders

# Of each file the loader, the rows left out, the rejected rows, and when, who, whom, type and code of the facts.
EXPECTED = {
    "midb.csv": (
        "cow-mid", 4,
        [(9, "nobody of the other side is in dispute 9003 at the same time"),
         (11, "1900-02-31/1900-06-06 are no days of the calendar"),
         (14, "hostility level -9 is none of 1 to 5")],
        [("1900-02-01/1900-06-06", "CHL", "ARG", "MOBILIZE", "152"),
         ("1939-09-01/1939-09-27", "DEU", "POL", "WAR", "WAR"),
         ("1939-09-01/1939-09-27", "POL", "DEU", "WAR", "WAR"),
         ("1940-01-01/1940-02-01", "DEU", "ESP", "ASSAULT", "190"),
         ("1940-01-01/1940-02-01", "ESP", "DEU", "ASSAULT", "190"),
         ("1950-02-03/1950-06-10", "SUN", "USA", "MOBILIZE", "150"),
         ("1950-02-03/1950-06-10", "USA", "SUN", "ASSAULT", "190"),
         # Canada's spell, from some day of March, is the shorter one; it did nothing itself.
         ("1950-03-01/1950-04-20", "SUN", "CAN", "MOBILIZE", "150"),
         ("1950-05-01/1950-06-10", "POL", "USA", "THREATEN", "138"),
         ("1950-05-01/1950-06-10", "USA", "POL", "ASSAULT", "190")],
    ),
    "exchange.csv": (
        "cow-diplomatic-exchange", 1,
        [(11, "level 7 is none of 0, 1, 2, 3, 9"), (12, "? is not a year")],
        [("1935-01-01/1940-12-31", "FRA", "USA", "EMBASSY", "EMBASSY"),
         ("1935-01-01/1940-12-31", "USA", "FRA", "EMBASSY", "EMBASSY"),
         ("1950-01-01/1955-12-31", "FRA", "USA", "EMBASSY", "EMBASSY"),
         ("1950-01-01/1965-12-31", "USA", "FRA", "EMBASSY", "EMBASSY"),
         ("2000", "USA", "FRA", "EMBASSY", "EMBASSY"),
         ("2000-01-01/..", "FRA", "USA", "EMBASSY", "EMBASSY")],
    ),
    "alliances.json": (
        "cow-alliances", 0,
        [(5, "'1979/1960' ends before it begins")],
        [("1850-01-01/1859-12-31", "PRU", "AUH", "ALLIANCE", "ALLIANCE"),
         ("1949-01-01/..", "USA", "CAN", "ALLIANCE", "ALLIANCE"),
         ("1974", "COG", "FRA", "ALLIANCE", "ALLIANCE"),
         ("1979-01-01/..", "EGY", "ISR", "ALLIANCE", "ALLIANCE")],
    ),
    "alliances-by-dyad.csv": (
        "cow-alliances-by-dyad", 0,
        [],
        [("1894-01-01/1917-12-31", "FRA", "RUE", "ALLIANCE", "ALLIANCE"),
         ("1949-08-24/..", "USA", "GBR", "ALLIANCE", "ALLIANCE"),
         ("1950-02-14/1980-04-10", "SUN", "CHN", "ALLIANCE", "ALLIANCE")],
    ),
    "ged.csv": (
        "ucdp-ged", 0,
        [(7, "type of violence 9 is none of 1, 2, 3"), (8, "'2016-13-01' is no day of the calendar")],
        [("2016", "Government (Iraq)", "ISLAMICSTATE", "ASSAULT", "190"),
         ("2016-02", "ISLAMICSTATE", "Civilians (Syria)", "ASSAULT", "180"),
         ("2016-03-02", "Government (Syria)", "Insurgents (Syria)", "ASSAULT", "190"),
         ("2017-03-02~/2017-03-05~", "ISLAMICSTATE", "HTS", "ASSAULT", "190"),
         ("2017-03-02~/2017-03-05~", "ISLAMICSTATE", "Southern Front", "ASSAULT", "190")],
    ),
    # A side bears one name in all years; the state is that of the day.
    "ged-renamed.csv": (
        "ucdp-ged", 0,
        [],
        [("1989-04-09", "Government (Soviet Union)", "Rebels of the Valley", "ASSAULT", "190"),
         ("1989-05-01", "Government (Zaire)", "Civilians (Zaire)", "ASSAULT", "180"),
         ("1989-06-01~", "Government (North Yemen)", "Rebels of the Valley", "ASSAULT", "190"),
         ("1999-06-01", "Government (Yugoslavia)", "Rebels of the Valley", "ASSAULT", "190"),
         ("2001-06-01", "Government (North Macedonia)", "Rebels of the Valley", "ASSAULT", "190"),
         ("2007-06-01~/2007-09-30~", "Government (Serbia)", "Rebels of the Valley", "ASSAULT", "190"),
         ("2010-05-01~/2010-05-07~", "Hill Militia", "Civilians (Democratic Republic of the Congo)", "ASSAULT", "180"),
         ("2012-06-01/2012-06-03", "Government (Myanmar)", "Hill Militia", "ASSAULT", "190"),
         ("2012-06-01/2012-06-03", "Government (Myanmar)", "Rebels of the Valley", "ASSAULT", "190"),
         ("2014-06", "Government (Saudi Arabia)", "Rebels of the Valley", "ASSAULT", "190"),
         ("2014-06", "Government (Yemen)", "Rebels of the Valley", "ASSAULT", "190"),
         ("2022-04-09", "Government (Russia)", "Government (Ukraine)", "ASSAULT", "190"),
         # A group of these letters, and no agency of a state.
         ("2023-06-01", "Government (Turkey)", "NSA", "ASSAULT", "190")],
    ),
    "visits.tsv": (
        "us-visits", 0,
        [],
        [("1943-05-01", "King Nobody", "USA", "CONSULT", "042"),
         ("1961-05-03/1961-05-05", "Habib Bourguiba", "USA", "CONSULT", "042"),
         ("1961-05-07", "President Nobody", "USA", "CONSULT", "042"),
         ("1996-05-07", "President Nemo", "USA", "CONSULT", "042"),
         ("2022-05-07", "Minister Nihil", "USA", "CONSULT", "042"),
         ("2009-03-24", "Kevin Rudd", "USA", "CONSULT", "042")],
    ),
    "travels.tsv": (
        "us-travels", 0,
        [],
        [("1966-10-26", "Lyndon B. Johnson", "RVN", "CONSULT", "042"),
         ("2000-11-16/2000-11-19", "Bill Clinton", "VNM", "CONSULT", "042"),
         ("2009-04-03/2009-04-05", "Barack Obama", "DEU", "CONSULT", "042")],
    ),
    "chiefs.tsv": (
        "us-chiefs-of-mission", 1,
        [(7, "there is no date")],
        [("1939-02-03", "Ann Toe", "ESP", "EMBASSY", "EMBASSY"),
         ("1950-01-01/1951-12-31", "Ann Koe", "KOR", "EMBASSY", "EMBASSY"),
         ("1990-03-04/1992-05-31", "Jane Q Doe", "FRA", "EMBASSY", "EMBASSY"),
         ("1990-09-01/1993-07-31", "Ann Soe", "USA", "HOLDS_OFFICE", "HOLDS_OFFICE"),
         # Somebody came after, so that it ended, nobody knows when.
         ("1993-02-01", "Richard Roe Jr", "FRA", "EMBASSY", "EMBASSY"),
         ("2001-01-01~/2002-01-01~", "Ann Poe", "ESP", "EMBASSY", "EMBASSY"),
         # Of the two versions of one id the finished one; of two offices under one id both.
         ("2001-03-04/2003-05-06", "Ann Joe", "ITA", "EMBASSY", "EMBASSY"),
         ("2003-01-01", "Ann Loe", "ESP", "ACT", "ACT"),
         ("2004-01-02/2004-03-04", "Ann Zoe", "ITA", "EMBASSY", "EMBASSY"),
         ("2004-03-04/2006-05-06", "Ann Zoe", "ITA", "EMBASSY", "EMBASSY"),
         ("2019-02-01/..", "Max Van Moe", "FRA", "EMBASSY", "EMBASSY")],
    ),
    "plover.json": (
        "plover", 1,
        [(5, "there is no actor")],
        [("2000-01-01?", "NOR", "MLI", "AID", "AID"),
         ("2011-02-03", "DEU", "FRA", "AGREE", "AGREE"),
         ("2011-02-03", "FRA", "DEU", "AGREE", "AGREE"),
         ("2011-02-04", "Diplomats (Russia)", "CHN", "ACCUSE", "ACCUSE"),
         ("2011-02-04", "Diplomats (Russia)", "JPN", "ACCUSE", "ACCUSE"),
         ("2011-02-05", "NOR", "NONE", "ASSAULT", "ASSAULT")],
    ),
    "dissent.jsonl": (
        "dedi", 0,
        [],
        [("2022-12-13", "GREENPEACE", "NONE", "PROTEST", "145"),
         ("2022-12-13/2022-12-14", "Students (Chile)", "NONE", "PROTEST", "141")],
    ),
    "polecat.txt": (
        "polecat", 0,
        [(4, "there is no actor")],
        [("2021-05-04", "CIV", "José Ramos-Horta", "CONSULT", "CONSULT"),
         ("2021-05-04", "FRA", "José Ramos-Horta", "CONSULT", "CONSULT"),
         ("2021-05-05", "Protesters (Chile)", "NONE", "PROTEST", "PROTEST")],
    ),
    # Several without a recipient act on one another.
    "polecat-together.txt": (
        "polecat", 0,
        [],
        [("2021-05-07", "JPN", "Jonas Nobody", "CONSULT", "CONSULT"),
         ("2021-05-07", "Jonas Nobody", "JPN", "CONSULT", "CONSULT"),
         ("2021-05-08", "JPN", "NONE", "CONSULT", "CONSULT")],
    ),
    "phoenix.txt": (
        "phoenix", 0,
        [(3, "there is no actor")],
        [("2014-06-20", "Government (Russia)", "UKR", "CONSULT", "042"),
         ("2014-06-20", "USA", "NONE", "ACCUSE", "112")],
    ),
    "acled.csv": (
        "acled", 0,
        [(6, "'someday' is not a date")],
        [("2020-01-02", "Military (Syria)", "Islamic State (Syria)", "ASSAULT", "ASSAULT"),
         ("2020-01-05~", "Protesters (Syria)", "NONE", "PROTEST", "PROTEST"),
         ("2020-03", "Military (Turkey)", "Military (Russia)", "AGREE", "AGREE"),
         ("2020-03-15", "Unidentified Armed Group (Syria)", "Civilians (Syria)", "COERCE", "COERCE"),
         ("2020-03-16", "Rioters (Syria)", "NONE", "ACT", None)],
    ),
    "acled-forms.csv": (
        "acled", 0,
        [(6, "the date is known to the month alone (time_precision 3), and 04/03/2020 does not tell the month"),
         (10, "the date is known to the month alone (time_precision 3), and 15th of March 2020 does not tell the month")],
        [("2020-03", "Military Forces of Iran Islamic Revolutionary Guard Corps", "Rebels of the Valley", "ASSAULT", "ASSAULT"),
         ("2020-03", "Mutiny of Military Forces of the Democratic Republic of Congo Presidential Guard", "Military (Iran)",
          "ASSAULT", "ASSAULT"),
         ("2020-03", "Rebels of the Valley", "Hill Militia", "ASSAULT", "ASSAULT"),
         ("2020-03-15~", "Rebels of the Valley", "Hill Militia", "ASSAULT", "ASSAULT"),
         ("2020-03-15~", "Rebels of the Valley", "Police Forces of Syria Prison Guards", "ASSAULT", "ASSAULT"),
         ("2020-03~", "Rebels of the Valley", "Hill Militia", "ASSAULT", "ASSAULT")],
    ),
    # What GDELT takes for a role, a religion or a people is nobody's name, unless its codes or the tables say more.
    "gdelt-roles.csv": (
        "gdelt", 0,
        [],
        [("2016-03-01", "BBC", "SRB", "CONSULT", "042"),
         ("2016-03-01", "CHRISTIAN", "BOSS", "CONSULT", "042"),
         ("2016-03-01", "ECONOMIST", "PRESIDENT", "CONSULT", "042"),
         ("2016-03-01", "Peter M. Christian", "BOSS", "CONSULT", "042"),
         ("2016-03-01", "ROU", "TWN", "CONSULT", "042"),
         ("2016-03-01", "UN", "UNSC", "CONSULT", "042")],
    ),
    "exported.csv": (
        "exported", 1,
        [(5, "'never' is not a date")],
        [("2009-09-17~", "USA", "missile shield", "RETREAT", "087"),
         ("2009", "RUS", "NONE", "ACT", None),
         ("2009-01-02", "USA", "RUS", "CONSULT", "042")],
    ),
    "wikidata.ttl": (
        "wikidata", 1,
        [(3, "Wikidata has deprecated this statement")],
        [("1858-01-01/1941-12-08", "FRA", "JPN", "DIPLOMATIC_RELATIONS", "DIPLOMATIC_RELATIONS"),
         ("1861-04", "FRA", "ITA", "DIPLOMATIC_RELATIONS", "DIPLOMATIC_RELATIONS"),
         ("1949-04-04/..", "FRA", "NATO", "MEMBERSHIP", "MEMBERSHIP"),
         ("1951-01-01/..", "FRA", "DEU", "DIPLOMATIC_RELATIONS", "DIPLOMATIC_RELATIONS")],
    ),
    # Of an unknown end the beginning is known; with "no value" it holds. Centuries as Wikibase shows them.
    "wikidata-unknown.ttl": (
        "wikidata", 0,
        [(4, "the statement has no date: neither start time, end time nor point in time is known"),
         (9, "a date is no more exact than 1,000 years")],
        [(when, "FRA", target, "DIPLOMATIC_RELATIONS", "DIPLOMATIC_RELATIONS") for when, target in (
            ("../1951-02-03", "ESP"), ("18XX", "GBR"), ("190X", "BRA"), ("1951", "JPN"), ("1951-02-03", "DEU"),
            ("1951-02-03/..", "USA"), ("19XX", "POL"))],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_every_fact_of_a_small_file(load, graph, inputs, name):
    loader, left_out, refused, facts = EXPECTED[name]
    path = inputs / "loaders" / name
    report = load(path)
    assert not report.failed, only_error(report)
    staged = report.files[0].staged
    assert (staged.loader, staged.left_out) == (loader, left_out)
    assert rejected(report) == refused
    names = {e.id: e.id if e.id.isupper() else e.name for e in graph.entities()}
    found = [(f.when, names[f.actor], names[f.target], f.type, f.code) for f in graph.facts()]
    assert sorted(found, key=str) == sorted(facts, key=str)
    again = load(path)
    assert (again.total("new"), again.total("reports"), again.total("closed")) == (0, 0, 0)
    assert again.total("known") == report.total("rows") - len(refused)


#: The states behind the ends of facts, by file and actor: what the names alone don't tell.
BEHIND = {
    "ged-renamed.csv": {("Government (Soviet Union)", "SUN", None), ("Government (Russia)", "RUS", "UKR"),
                        ("Government (Zaire)", "ZAR", "ZAR"), ("Hill Militia", None, "COD")},
    "acled-forms.csv": {("Military Forces of Iran Islamic Revolutionary Guard Corps", "IRN", None),
                        ("Mutiny of Military Forces of the Democratic Republic of Congo Presidential Guard", "COD", "IRN"),
                        ("Rebels of the Valley", None, "SYR")},
    "visits.tsv": {("President Nobody", "KOR", "USA"), ("President Nemo", "BIH", "USA"), ("Minister Nihil", "WSM", "USA")},
    "polecat-together.txt": {("Japan", "JPN", "NOR"), ("Jonas Nobody", "NOR", "JPN")},
    "gdelt-roles.csv": {("CHRISTIAN", None, None), ("ECONOMIST", None, None), ("Peter M. Christian", "FSM", "SSD")},
}  # fmt: skip


@pytest.mark.parametrize("name", BEHIND)
def test_the_states_behind_the_facts_of_a_small_file(load, graph, inputs, name):
    load(inputs / "loaders" / name)
    names = {e.id: e.name for e in graph.entities()}
    assert BEHIND[name] <= {(names[f.actor], f.actor_state, f.target_state) for f in graph.facts()}


def test_somewhere_within_some_days_is_not_certain(load, graph, inputs):
    load(inputs / "loaders" / "ged-renamed.csv")
    days = {f.when for f in graph.at("2010-05-02").facts()}
    assert days == {"2010-05-01~/2010-05-07~"} and not graph.at("2010-05-02").certain().facts()
    assert {f.when for f in graph.at("2012-06-02").certain().facts()} == {"2012-06-01/2012-06-03"}


def test_names_of_sides_are_kept_as_they_stood(load, graph, inputs):
    load(inputs / "loaders" / "ged-renamed.csv")
    extra = [json.loads(text) for text in reports(graph, "extra")]
    assert (extra[0]["side_a"], "side_b" in extra[0]) == ("Government of Russia (Soviet Union)", False)


def test_roles_are_nobody_unless_a_user_says_who(load, graph, inputs, write):
    path = inputs / "loaders" / "gdelt-roles.csv"
    load(path)
    assert graph.resolve_again() == 0 and {"christian", "economist"} <= {f.actor for f in graph.facts()}
    graph.add_names(write("own.csv", "name,id,kind\nCHRISTIAN,SOMEBODY,person\n"))
    graph.resolve_again()
    assert "SOMEBODY" in {f.actor for f in graph.facts()}
    other = path.read_text(encoding="utf-8").replace("20160301", "20160302")
    load(write("other.csv", other))
    assert "SOMEBODY" in {f.actor for f in graph.facts() if f.when == "2016-03-02"}


def test_mentions_of_what_is_not_there_say_so(load, graph, inputs, write):
    load(inputs / "loaders" / "gdelt-roles.csv")
    mention = "{}\t20160301000000\t20160301001500\t1\texample.org\thttp://example.org/{}\t1\t-1\t4\t9\t1\t60\t900\t1.0"
    report = load(write("m.csv", "\n".join(mention.format(n, n) for n in (1, 99)) + "\n"))
    assert rejected(report) == [(2, "no record 99 of gdelt in the store: it was not loaded, or was rejected")]


def test_every_loader_has_a_small_file():
    own = {loader for loader, *_ in EXPECTED.values()}
    elsewhere = {"facts", "gdelt-mentions", "icews", "quads", "statements", "statements-table"}
    assert own | elsewhere | {"cow-mid-disputes", "deletions"} == set(all_loaders())


def test_disputes_without_participants_are_refused_with_advice(load, graph, inputs):
    error = only_error(load(inputs / "loaders" / "mida.csv"))
    assert "no use here" in error and 'kg load "MIDB 5.0.csv"' in error
    assert not graph.store.path.exists()


def test_no_dispute_goes_on_as_a_standing_relation(load, graph, write, inputs):
    """An occupation or a declared war of a dispute ends with it, so that no relation is derived from it that never ends."""
    head, *_ = (inputs / "loaders" / "midb.csv").read_text(encoding="utf-8").splitlines()
    rows = [
        f'77,"{name}",{code},1,2,1818,3,4,1818,{side},0,{act},4,1,5' for name, code, side, act in
        (("USA", 2, 1, 14), ("SPN", 230, 0, 18))
    ]  # fmt: skip
    load(write("midb.csv", "\n".join([head, *rows])))
    assert [(f.when, f.actor, f.action, f.type) for f in graph.facts()] == [
        ("1818-02-01/1818-04-03", "ESP", "declaration of war on", "ASSAULT"),
        ("1818-02-01/1818-04-03", "USA", "occupation of territory of", "COERCE"),
    ]


def test_what_a_dispute_keeps(load, graph, inputs):
    load(inputs / "loaders" / "midb.csv")
    kept = dict(zip(("event", "native_id", "score", "score_scale", "extra"), reports(
        graph, "event", "native_id", "score", "score_scale", "extra")[0], strict=True))  # fmt: skip
    assert (kept["event"], kept["native_id"], kept["score"], kept["score_scale"]) == ("MID 9001", "9001", "4", "cow-hostility")
    extra = json.loads(kept["extra"])
    assert (extra["stabb"], extra["hiact"], extra["orig"]) == ("USA", "16", "1")


def test_a_row_of_the_file_is_the_row_of_each_of_its_facts(load, graph, inputs):
    load(inputs / "loaders" / "ged.csv")
    # The first row has two lines, the second one two facts.
    assert reports(graph, "row") == [2, 4, 4, 5, 6]
    assert reports(graph, "score") == ["2", None, None, "5", "5"]
    assert "Shells\nfall, again" in reports(graph, "quote")[0]


def test_deaths_that_are_of_several_stand_apart(load, graph, inputs):
    load(inputs / "loaders" / "ged.csv")
    assert [json.loads(text)["best"] for text in reports(graph, "extra")] == ["2", "8", "8", "5", "5"]


def test_a_corrected_dispute_closes_what_it_no_longer_says(load, graph, inputs, write):
    path = inputs / "loaders" / "midb.csv"
    load(path)
    fewer = [line for line in path.read_text(encoding="utf-8").splitlines() if '"POL",290,1,5,1950' not in line]
    report = load(write("midb.csv", "\n".join(fewer)))
    assert (report.total("new"), report.total("reports"), report.total("closed")) == (0, 0, 2)
    assert not [f for f in graph.facts() if f.event == "MID 9001" and "POL" in (f.actor, f.target)]


def test_columns_that_go_by_another_name_in_other_years(load, graph, inputs):
    load(inputs / "loaders" / "polecat.txt")
    assert reports(graph, "score", "publisher") == [("1.5", "Le Monde"), ("1.5", "Le Monde"), (None, None)]


def test_latin_1_is_read_without_being_told_where_a_loader_says_so(load, graph, inputs, write):
    text = (inputs / "loaders" / "polecat.txt").read_text(encoding="latin-1")
    load(write("utf8.txt", text))
    assert {f.actor for f in graph.facts()} >= {"CIV"}
    assert "is not UTF-8" in only_error(
        load(write("other.csv", "actor,action,target,date\nC\xf4te,meets,France,2009\n".encode("latin-1")))
    )


def test_wikidata_files_that_are_damaged_or_have_no_statements(load, inputs, write):
    whole = (inputs / "loaders" / "wikidata.ttl").read_text(encoding="utf-8")
    assert "can't read the Turtle" in only_error(load(write("cut.ttl", whole[: whole.index("wds:e ps")] + "wds:")))
    assert "no loader fits" in only_error(load(write("other.ttl", "<a:b> <a:c> <a:d> .\n")))


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("-- widths: x", "widths: x are no numbers"),
        ("-- widths: 3, 4.5", "widths: 3, 4.5 are no numbers"),
        ("-- reads: lines\n-- line: (", "line: ( is no regular expression"),
        ("-- reads: lines\n-- line: <date> [a", "line: <date> [a is no regular expression"),
        ("-- widths: 4\n-- first: *", "first: * is no regular expression"),
        ("-- columns: actor\n-- guarded: (", "guarded: ( is no regular expression"),
    ],
)
def test_a_header_with_a_value_that_can_not_be(kg, write, header, words):
    write("mine.sql", f"-- title: mine\n{header}\nSELECT row, c1 AS actor FROM source\n")
    write("f.csv", "USA,meets,Russia,2009\n")
    ran = kg("load", "f.csv", "--loader", "mine.sql")
    assert (ran.code, ran.out) == (2, "") and f"error: mine.sql: {words}" in ran.err and "hint:" in ran.err
    assert not kg.store.exists()


LIVE = "id,actor,action,target,date,deleted\n"
ROW_1, ROW_2 = "1,USA,meets,Russia,2009-03-27,{}\n", "2,USA,meets,Poland,2009-03-28,{}\n"


@pytest.mark.parametrize("word", ["1", "true", "T", "yes", " x ", "1700000000", "2020-01-02"])
def test_a_deleted_row_takes_its_record_back(load, graph, write, word):
    load(write("d.csv", LIVE + ROW_1.format("") + ROW_2.format("0")))
    report = load(write("d.csv", LIVE + ROW_1.format(word) + ROW_2.format("false")))
    counts = report.files[0].counts
    assert (counts.rows, counts.new, counts.known, counts.rejected, counts.closed, counts.deleted) == (2, 0, 2, 0, 1, 1)
    assert [f.target for f in graph.facts()] == ["POL"]
    again = load(write("d.csv", LIVE + ROW_1.format(word)))
    assert (again.total("known"), again.total("closed"), again.total("rejected")) == (1, 0, 0)
    back = load(write("d.csv", LIVE + ROW_1.format("")))
    assert back.total("new") == 1 and [f.target for f in graph.facts()] == ["RUS", "POL"]


def test_a_load_that_deletes_can_be_undone(load, graph, write):
    load(write("d.csv", LIVE + ROW_1.format("") + ROW_2.format("")))
    load(write("d.csv", LIVE + ROW_1.format("yes")))
    assert graph.undo(2) == (0, 1)
    assert [f.target for f in graph.facts()] == ["RUS", "POL"]


def test_deleted_rows_that_can_not_be_taken(load, graph, write):
    load(write("d.csv", LIVE + ROW_1.format("")))
    rows = ROW_1.format("perhaps") + "9,,,,,yes\n,USA,meets,Poland,2009,yes\n" + ROW_2.format("") + ROW_2.format("1")
    report = load(write("d.csv", LIVE + rows))
    assert rejected(report) == [
        (2, "deleted is perhaps, which is neither true nor false"),
        (3, "there is no record 9 of d to delete"),
        (4, "a deleted row needs the native id of a record"),
        (6, "the file both gives and deletes 2"),
    ]
    assert [f.target for f in graph.facts()] == ["RUS", "POL"]


def test_a_list_of_deletions(load, graph, write, inputs):
    load(inputs / "loaders" / "acled.csv")
    gone = "event_id_cnty,deleted_timestamp\nSYR1,1600000001\nSYR2,\nSYR9,1600000001\n"
    report = load(write("gone.csv", gone), dataset="acled")
    assert report.files[0].staged.loader == "deletions" and report.files[0].staged.left_out == 1
    assert rejected(report) == [(4, "there is no record SYR9 of acled to delete")]
    assert (report.total("known"), report.total("deleted")) == (1, 1)
    assert "2020-01-02" not in [f.when for f in graph.facts()] and len(graph.facts()) == 4


def test_deletions_are_told_by_the_command(kg, write):
    write("d.csv", LIVE + ROW_1.format(""))
    assert kg("load", "d.csv").code == 0
    write("d.csv", LIVE + ROW_1.format("yes"))
    ran = kg("load", "d.csv")
    assert ran.code == 0, ran.err
    header, row = (line.split() for line in ran.out.splitlines() if line.split()[:1] in (["file"], ["d.csv"]))
    assert row[header.index("deleted")] == "1" and row[header.index("corrected")] == "0"
    assert "0 facts" not in ran.err and "1 known" in ran.err
