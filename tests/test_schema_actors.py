"""The actor tables of `schema/actors/`: well formed, in step with ISO and CLDR, known traps resolved."""

import csv
import importlib.util
import re
from pathlib import Path

import pytest

from kg.actors import resolver

ROOT = Path(__file__).resolve().parent.parent
ACTORS = ROOT / "schema" / "actors"
FORMS = {"official", "short", "former", "variant", "abbreviation", "adjective", "demonym", "predecessor"}
UNRECOGNISED = {"PSE", "TWN", "XKX"}


def table(name: str) -> list[dict[str, str]]:
    with (ACTORS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


STATES, ORGANIZATIONS, BODIES = table("states.csv"), table("organizations.csv"), table("bodies.csv")
BY_ID = {row["id"]: row for row in STATES + ORGANIZATIONS + BODIES}


def resolve(text: str) -> str | None:
    """The id of the one entity of the tables that the text stands for on no day in particular, or nothing."""
    found = resolver().resolve(text)
    return found.entity.id if found.rule in ("code", "name", "former name") else None


@pytest.fixture(scope="module")
def script():
    """The script that makes and checks the tables."""
    spec = importlib.util.spec_from_file_location("make_actors", ROOT / "scripts" / "make_actors.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# the tables


@pytest.mark.parametrize("name", sorted(path.name for path in ACTORS.glob("*.csv")))
def test_files_are_plain_utf8_with_lf(name: str) -> None:
    raw = (ACTORS / name).read_bytes()
    assert b"\r" not in raw
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert raw.endswith(b"\n")
    raw.decode("utf-8")


def test_they_are_in_step_with_iso_and_cldr(script) -> None:
    assert script.refresh(check=True) == []


def test_they_have_no_faults(script) -> None:
    assert [*script.faults()] == []


def test_faults_are_found(script, monkeypatch, tmp_path) -> None:
    for path in ACTORS.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with (tmp_path / "offices.csv").open("a", encoding="utf-8") as file:
        file.write("Barack Obama,head of state,USA,2010-01-01,2011-01-01,president\n")  # two at a time
        file.write("Nobody Known,leader,USA,2010-02-30,,leader\n")  # no day, and not in people.csv
        file.write("Joe Biden,leader,XYZ,2011-01-02,2011-01-01,leader\n")  # no such state, the wrong way round
    with (tmp_path / "memberships.csv").open("a", encoding="utf-8") as file:
        file.write("USA,NATO,,\nUSA,NATO,,\n")
    monkeypatch.setattr(script, "ACTORS", tmp_path)
    found = "\n".join(script.faults())
    for part in (
        "are both head of state of USA",
        "day is out of range",
        "Nobody Known",
        "there is no XYZ",
        "is not before",
        "2 times",
    ):
        assert part in found


def test_ids_are_unique() -> None:
    ids = [row["id"] for row in STATES + ORGANIZATIONS + BODIES]
    assert sorted(ids) == sorted(set(ids))
    assert all(re.fullmatch(r"[A-Z]{3}", row["id"]) for row in STATES)
    assert all(re.fullmatch(r"[A-Z0-9_]+", row["id"]) for row in ORGANIZATIONS + BODIES)


def test_kinds() -> None:
    assert {row["kind"] for row in STATES} == {"state", "place"}
    assert {row["kind"] for row in ORGANIZATIONS + BODIES} == {"organization", "group"}
    assert all(BY_ID[state]["kind"] == "state" for state in UNRECOGNISED)
    assert all(BY_ID[place]["kind"] == "place" for place in ("HKG", "GRL", "PRI", "ATA", "ESH"))
    living = [row for row in STATES if row["kind"] == "state" and not row["until"]]
    # 193 members of the United Nations, the Holy See, Palestine, Taiwan, Kosovo, Cook Islands, Niue
    assert len(living) == 199


def test_states_of_the_system_have_their_start() -> None:
    """All members of the system of Correlates of War that are members of the United Nations: but for a few that are old."""
    without = {row["id"] for row in STATES if row["kind"] == "state" and row["cow"] and not row["start"]}
    assert len(without) <= 40, sorted(without)


def test_former_states_overlap_their_successors_by_no_day() -> None:
    assert BY_ID["YUG"]["until"] == BY_ID["SCG"]["start"] == "2003-02-04"
    assert BY_ID["SCG"]["until"] == BY_ID["SRB"]["start"] == "2006-06-05"
    assert BY_ID["CSK"]["until"] == BY_ID["CZE"]["start"] == BY_ID["SVK"]["start"] == "1993-01-01"
    assert BY_ID["YMD"]["until"] == BY_ID["YAR"]["until"] == BY_ID["YEM"]["start"] == "1990-05-22"


def test_wikidata_ids() -> None:
    ids = [row["wikidata"] for row in STATES + ORGANIZATIONS if row["wikidata"]]
    assert all(re.fullmatch(r"Q[1-9]\d*", item) for item in ids)
    assert len(ids) == len(set(ids))
    assert (BY_ID["USA"]["wikidata"], BY_ID["RUS"]["wikidata"]) == ("Q30", "Q159")


def test_iso_codes() -> None:
    assigned = [row for row in STATES if row["iso3"] and not row["until"] and row["id"] != "XKX"]
    assert len(assigned) == 249
    for row in assigned:
        assert row["iso3"] == row["id"]
        assert re.fullmatch(r"[A-Z]{2}", row["iso2"]), row
        assert re.fullmatch(r"\d{3}", row["iso_numeric"]), row
    for column in ("iso2", "iso_numeric"):
        assert len({row[column] for row in assigned}) == 249
    assert BY_ID["AFG"]["iso_numeric"] == "004"
    assert BY_ID["NAM"]["iso2"] == "NA"


def test_how_much_there_is() -> None:
    assert len(ORGANIZATIONS) >= 150
    of = {(row["office"], row["entity"]) for row in table("offices.csv")}
    states = {row["id"] for row in STATES if row["kind"] == "state" and not row["until"]}
    for office, least in (("head of state", 40), ("head of government", 40), ("foreign minister", 40)):
        assert len({entity for o, entity in of if o == office and entity in states}) >= least, office
    assert len({entity for office, entity in of if office == "head of organization"}) >= 15
    members = {row["organization"] for row in table("memberships.csv")}
    assert members >= {
        "NATO", "EU", "UN", "OSCE", "WARSAWPACT", "ASEAN", "AFRICANUNION", "ARABLEAGUE", "G7", "G8", "BRICS", "OPEC", "SCO",
    }  # fmt: skip
    languages = {row["lang"] for row in table("names.csv")}
    assert languages >= {"ar", "zh", "en", "fr", "ru", "es", "de", "pt", "it", "ja", "ko", "tr"}


# the names


def test_words_for_roles_have_known_kinds() -> None:
    rows = table("roles.csv")
    assert {row["kind"] for row in rows} == {
        "organization", "group", "institution", "person", "title", "courtesy", "former", "thing",
    }  # fmt: skip
    assert len({row["word"] for row in rows}) == len(rows)
    # What says nothing of an office finds nobody by one.
    assert not [row for row in rows if row["kind"] in ("courtesy", "former", "thing") and (row["office"] or row["code"])]


def test_names_have_known_forms() -> None:
    for row in table("names.csv") + table("organization_names.csv"):
        assert row["form"] in FORMS, row


@pytest.mark.parametrize("row", [r for r in STATES if not r["until"]] + ORGANIZATIONS, ids=lambda row: row["id"])
def test_every_actor_is_found_by_id_and_name(row: dict[str, str]) -> None:
    shouted = row["name"].upper()
    for text in (row["id"], row["name"], row["id"] if shouted in BY_ID else shouted, f" the\u00a0{row['name']}\u200b "):
        found = resolver().resolve(text)
        assert found.entity.id == row["id"] or row["id"] in found.rivals, text


LOOK_ALIKES = {
    "Niger": "NER",
    "Nigeria": "NGA",
    "Guinea": "GIN",  # one of four states of that name, but it is the whole name of this one only
    "Guinea-Bissau": "GNB",
    "Guinea Bissau": "GNB",
    "Papua New Guinea": "PNG",
    "Equatorial Guinea": "GNQ",
    "Dominica": "DMA",
    "Dominican Republic": "DOM",
    "Oman": "OMN",
    "Romania": "ROU",
    "Mali": "MLI",
    "Somalia": "SOM",
    "Sudan": "SDN",
    "South Sudan": "SSD",
    "Georgia": "GEO",  # the US state is not an actor
}
CONGOS_AND_KOREAS = {
    "D.R. Congo": "COD",
    "DR Congo": "COD",
    "DRC": "COD",
    "Congo, Dem. Rep.": "COD",
    "Congo, Democratic Republic of the": "COD",
    "Congo-Kinshasa": "COD",
    "Congo-Brazzaville": "COG",
    "Republic of the Congo": "COG",
    "Congo, Rep.": "COG",
    "Korea DPR": "PRK",
    "D.P.R. Korea": "PRK",
    "Korea, Dem. Rep.": "PRK",
    "North Korea": "PRK",
    "DPRK": "PRK",
    "South Korea": "KOR",
    "Republic of Korea": "KOR",
    "Korea, Rep.": "KOR",
    "Korea, Republic of": "KOR",
    "Korea, Democratic People's Republic of": "PRK",
}
NOT_A_COUNTRY = {
    "NATO": "NATO",
    "Nato": "NATO",
    "European Union": "EU",
    "United Nations": "UN",
    "America": "USA",
    "UK": "GBR",
    "Kosovo": "XKX",
}
SPELLINGS = {
    "U.S.": "USA",
    "the U.S.": "USA",
    "U.S.A.": "USA",
    "UNITED STATES": "USA",
    "THE US": "USA",
    "Great Britain": "GBR",
    "U.A.E.": "ARE",
    "Russian Federation": "RUS",
    "Ivory Coast": "CIV",
    "Cote d'Ivoire": "CIV",
    "C\u00f4te d'Ivoire": "CIV",
    "Co\u0302te d'Ivoire": "CIV",
    "C\u00f4te d\u2019Ivoire": "CIV",
    "C\u00f4te\u00a0d'Ivoire ": "CIV",
    "Turkiye": "TUR",
    "T\u00fcrkiye": "TUR",
    "Czech Republic": "CZE",
    "Burma": "MMR",
    "Holland": "NLD",
    "Swaziland": "SWZ",
    "Cabo Verde": "CPV",
    "East Timor": "TLS",
    "Vatican": "VAT",
    "Bosnia": "BIH",
    "Trinidad": "TTO",
    "St. Lucia": "LCA",
    "Viet Nam": "VNM",
    "Lao PDR": "LAO",
    "PRC": "CHN",
    "KSA": "SAU",
    "Chinese Taipei": "TWN",
    "Occupied Palestinian Territory": "PSE",
    "Palestinian Territory, Occupied": "PSE",
    "the former Yugoslav Republic of Macedonia": "MKD",
    "Moldova, Republic of": "MDA",
    "Democratic Republic of Congo": "COD",
    "Zaire": "ZAR",
    "Islamic State of Iraq and the Levant": "ISLAMICSTATE",
    "League of Arab States": "ARABLEAGUE",
    "the U.N.": "UN",
    "A.U.": "AFRICANUNION",  # bare AU may be Australia
}
FORMER_STATES = {
    "Soviet Union": "SUN",
    "USSR": "SUN",
    "U.S.S.R.": "SUN",
    "Czechoslovakia": "CSK",
    "Yugoslavia": "YUG",
    "Serbia and Montenegro": "SCG",
    "East Germany": "DDR",
    "West Germany": "DEU",
    "South Yemen": "YMD",
}
ISO_CODES = {"NA": "NAM", "NAM": "NAM", "US": "USA", "GB": "GBR", "XK": "XKX", "NE": "NER", "NG": "NGA"}
EXPECTED = LOOK_ALIKES | CONGOS_AND_KOREAS | NOT_A_COUNTRY | SPELLINGS | FORMER_STATES | ISO_CODES
UNRESOLVED = [
    # stand for two states
    *("ROC", "Congo", "the Congo", "Korea", "Republic of China", "Virgin Islands"),
    # parts, cities and seats: not in these tables
    *("Washington", "Kremlin", "Moscow", "Brussels"),
    # words, not codes or abbreviations
    *("us", "Us", "u.s.", "na", "Na", "N.A.", "who", "un", "it", "is"),
    # kept as written by the reader, and nobody's name
    *("None", "null", "nan", "n/a", "", " ", "the", "."),
]


@pytest.mark.parametrize(("text", "expected"), EXPECTED.items())
def test_names_resolve(text: str, expected: str) -> None:
    assert resolve(text) == expected


@pytest.mark.parametrize("text", UNRESOLVED)
def test_names_stay_unresolved(text: str) -> None:
    assert resolve(text) is None
