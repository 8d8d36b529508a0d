"""The actor tables of `schema/actors/`: well formed, no name leads to two actors, known traps resolved."""

import csv
import importlib.util
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ACTORS = ROOT / "schema" / "actors"
FORMS = {"official", "short", "former", "variant", "abbreviation"}
APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u201b\u02bc\u02bb\u02b9\u2032\u00b4`\uff07", "'"))
NEW_STATES = {  # those whose start is known and whose end is not
    *("CZE", "ERI", "HRV", "MNE", "NAM", "PLW", "SGP"),
    *("SRB", "SSD", "SVK", "SVN", "TLS", "XKX", "YEM"),
}
FORMER = {"ANT", "CSK", "DDR", "RVN", "SCG", "SUN", "VDR", "YAR", "YMD", "YUG"}
UNRECOGNISED = {"PSE", "TWN", "XKX"}
# What stands for two actors resolves to neither. A new clash must be declared here, or a name dropped.
CLASHES = {
    "AU": {"AUS", "AFRICANUNION"},
    "CS": {"CSK", "SCG"},  # ISO gave the code twice
    "EC": {"ECU", "EEC", "EUCOMMISSION"},
    "IS": {"ISL", "ISLAMICSTATE"},
    "PA": {"PAN", "PSE"},  # Palestinian Authority
}


def table(name: str) -> list[dict[str, str]]:
    with (ACTORS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


STATES, ORGANIZATIONS, NAMES = table("states.csv"), table("organizations.csv"), table("names.csv")
BY_ID = {row["id"]: row for row in STATES + ORGANIZATIONS}


def clean(text: str) -> str:
    """One spelling of apostrophes, blanks and composed letters."""
    text = unicodedata.normalize("NFKC", text.translate(APOSTROPHES))
    return " ".join("".join(char for char in text if unicodedata.category(char) != "Cf").split())


def bare(text: str) -> str:
    """The text cleaned, without a leading "the" and dots after single letters: "the U.S." becomes "US"."""
    text = re.sub(r"^the ", "", clean(text), flags=re.IGNORECASE)
    return re.sub(r"(?<!\w)([^\W\d_])\.", r"\1", text)


def key(text: str) -> str:
    """What two spellings of one name have in common; combining marks are kept."""
    return unicodedata.normalize("NFKC", bare(text).casefold())


def index(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """The ids that each text leads to."""
    result: dict[str, set[str]] = defaultdict(set)
    for text, actor in pairs:
        result[text].add(actor)
    return dict(result)


ACRONYMS = [row for row in NAMES if row["form"] == "abbreviation"]
OTHER_NAMES = [row for row in NAMES if row["form"] != "abbreviation"]
# matched as they stand, in upper case
CODE_COLUMNS = ("id", "iso2", "iso3")
CODES = index((row[c], row["id"]) for row in STATES + ORGANIZATIONS for c in CODE_COLUMNS if row.get(c))
# matched in the case they are written in, with or without dots
ABBREVIATIONS = index((bare(row["name"]), row["id"]) for row in ACRONYMS)
# matched by key, whatever the case
BY_KEY = index((key(row["name"]), row["id"]) for row in STATES + ORGANIZATIONS + OTHER_NAMES)


def resolve(text: str) -> str | None:
    """The id of the one actor that the text stands for, or nothing."""
    found = CODES.get(clean(text), set()) | ABBREVIATIONS.get(bare(text), set())
    found = found or BY_KEY.get(key(text), set())
    return next(iter(found)) if len(found) == 1 else None


# the tables


@pytest.mark.parametrize("name", ["states.csv", "organizations.csv", "names.csv"])
def test_files_are_plain_utf8_with_lf(name: str) -> None:
    raw = (ACTORS / name).read_bytes()
    assert b"\r" not in raw
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert raw.endswith(b"\n")
    raw.decode("utf-8")


def test_columns() -> None:
    assert list(STATES[0]) == [
        *("id", "name", "kind", "iso2", "iso3", "iso_numeric"),
        *("start", "until", "wikidata"),
    ]
    assert list(ORGANIZATIONS[0]) == ["id", "name", "kind", "start", "until", "wikidata"]
    assert list(NAMES[0]) == ["name", "id", "form"]


def test_ids_are_unique() -> None:
    ids = [row["id"] for row in STATES + ORGANIZATIONS]
    assert sorted(ids) == sorted(set(ids))
    assert all(re.fullmatch(r"[A-Z]{3}", row["id"]) for row in STATES)
    assert all(re.fullmatch(r"[A-Z0-9_]+", row["id"]) for row in ORGANIZATIONS)


def test_rows_are_sorted_and_trimmed() -> None:
    assert [row["id"] for row in STATES] == sorted(row["id"] for row in STATES)
    assert [row["id"] for row in ORGANIZATIONS] == sorted(row["id"] for row in ORGANIZATIONS)
    order = [(row["id"], row["form"], row["name"]) for row in NAMES]
    assert order == sorted(set(order))
    for row in STATES + ORGANIZATIONS + NAMES:
        assert all(value == " ".join(value.split()) for value in row.values()), row


def test_kinds() -> None:
    assert {row["kind"] for row in STATES} == {"state", "place"}
    assert {row["kind"] for row in ORGANIZATIONS} == {"organization", "group"}
    assert all(BY_ID[state]["kind"] == "state" for state in UNRECOGNISED)
    assert all(BY_ID[place]["kind"] == "place" for place in ("HKG", "GRL", "PRI", "ATA", "ESH"))
    living = [row for row in STATES if row["kind"] == "state" and not row["until"]]
    # 193 members of the United Nations, the Holy See, Palestine, Taiwan, Kosovo, Cook Islands, Niue
    assert len(living) == 199


def test_dates() -> None:
    for row in STATES + ORGANIZATIONS:
        start, until = (date.fromisoformat(row[c]) if row[c] else None for c in ("start", "until"))
        assert not (start and until) or start < until, row
    assert {row["id"] for row in STATES if row["until"]} == FORMER
    assert {row["id"] for row in STATES if row["start"] and not row["until"]} == NEW_STATES


def test_former_states_overlap_their_successors_by_no_day() -> None:
    assert BY_ID["YUG"]["until"] == BY_ID["SCG"]["start"] == "1992-04-27"
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


def test_tables_agree_with_pycountry() -> None:
    pycountry = pytest.importorskip("pycountry")
    assert {country.alpha_3 for country in pycountry.countries} <= BY_ID.keys()
    spec = importlib.util.spec_from_file_location("make_states", ROOT / "scripts" / "make_states.py")
    assert spec and spec.loader
    make_states = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_states)
    assert make_states.refresh(check=True) == []


def test_organizations() -> None:
    kinds = [row["kind"] for row in ORGANIZATIONS]
    assert kinds.count("organization") >= 40
    assert {"NATO", "EU", "UN", "UNSC", "OSCE", "IAEA", "WTO", "IMF", "WORLDBANK", "ICC"} <= BY_ID.keys()


# the names


def test_names_belong_to_known_actors() -> None:
    for row in NAMES:
        assert row["id"] in BY_ID, row
        assert row["form"] in FORMS, row
        assert row["name"] != BY_ID[row["id"]]["name"], row


def test_no_name_leads_to_two_actors() -> None:
    short = {text: CODES.get(text, set()) | ABBREVIATIONS.get(text, set()) for text in CODES | ABBREVIATIONS}
    assert {text: ids for text, ids in short.items() if len(ids) > 1} == CLASHES
    assert {text: ids for text, ids in BY_KEY.items() if len(ids) > 1} == {}


def test_no_code_reads_as_the_name_of_another_actor() -> None:
    for code, ids in (CODES | ABBREVIATIONS).items():
        assert BY_KEY.get(key(code), ids) <= ids, code


@pytest.mark.parametrize("text", sorted(CLASHES))
def test_declared_clashes_resolve_to_neither(text: str) -> None:
    assert resolve(text) is None


def test_every_accented_name_is_found_without_accents() -> None:
    for row in STATES + ORGANIZATIONS + NAMES:
        letters = unicodedata.normalize("NFD", row["name"])
        plain = "".join(char for char in letters if unicodedata.category(char) != "Mn")
        assert resolve(plain) == row["id"] or row["name"] in CLASHES, row


@pytest.mark.parametrize("row", STATES + ORGANIZATIONS, ids=lambda row: row["id"])
def test_every_actor_is_found_by_id_and_name(row: dict[str, str]) -> None:
    assert resolve(row["id"]) == row["id"]
    for text in (row["name"], row["name"].upper(), f" the\u00a0{row['name']}\u200b "):
        assert resolve(text) == row["id"]


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
    "Zaire": "COD",  # the same state under an earlier name
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
    "Federal Republic of Yugoslavia": "SCG",
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
    *("England", "Washington", "Kremlin", "Moscow", "Brussels"),
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
