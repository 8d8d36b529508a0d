"""The action tables of `schema/`: codes, labels and verbs agree, and agree with their sources."""

import csv
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg import actions

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "schema"
COLUMNS = [
    "scheme",
    "code",
    "name",
    "parent",
    "root",
    "type",
    "mode",
    "quad_class",
    "intensity",
    "scale",
    "aspect",
]
PLOVER = [
    "AGREE",
    "CONSULT",
    "SUPPORT",
    "CONCEDE",
    "COOPERATE",
    "AID",
    "RETREAT",
    "REQUEST",
    "ACCUSE",
    "REJECT",
    "THREATEN",
    "PROTEST",
    "SANCTION",
    "MOBILIZE",
    "COERCE",
    "ASSAULT",
]
STATES = [
    "ALLIANCE",
    "MEMBERSHIP",
    "DIPLOMATIC_RELATIONS",
    "EMBASSY",
    "RECOGNITION",
    "SANCTIONS_IN_FORCE",
    "WAR",
    "CEASEFIRE",
    "OCCUPATION",
    "HOLDS_OFFICE",
    "PART_OF",
    "SUCCEEDED_BY",
    "RUPTURE",
    "TALKS",
    "TALKS_SUSPENDED",
    "TREATY",
]
OWN_EVENTS = ["STATEMENT", "APPEAL", "ACT"]
UNSCORED = {"1213", "155", "176", "1834", "1951", "1952"}
# Codes GDELT, ICEWS and Phoenix score differently; the figures are GDELT's and the manual's.
DISPUTED = {
    "016": -2.0,
    "022": 3.2,
    "124": -4.0,
    "1246": -4.0,
    "163": -8.0,
    "164": -7.0,
    "165": -6.5,
    "166": -7.0,
}
CROSSWALK = {
    "01": "STATEMENT",
    "016": "STATEMENT",
    "0256": "APPEAL",
    "08": "CONCEDE",
    "080": "CONCEDE",
    "081": "CONCEDE",
    "0811": "CONCEDE",
    "0812": "CONCEDE",
    "0813": "RETREAT",
    "0814": "RETREAT",
    "083": "CONCEDE",
    "0834": "CONCEDE",
    "084": "RETREAT",
    "0874": "RETREAT",
    "09": "ACCUSE",
    "10": "REQUEST",
    "100": "REQUEST",
    "11": "ACCUSE",
    "15": "MOBILIZE",
    "155": "MOBILIZE",
    "16": "SANCTION",
    "161": "SANCTION",
    "163": "COERCE",
    "1712": "ASSAULT",
    "175": "ASSAULT",
    "176": "COERCE",
    "190": "ASSAULT",
    "191": "COERCE",
    "192": "COERCE",
    "20": "ASSAULT",
}
MODES = {
    "042": "visit",
    "0871": "ceasefire",
    "085": "",
    "1712": "destroy",
    "175": "crowd-control",
    "186": "targeted",
    "195": "aerial",
}
VERBS = {
    # Giving up a planned deployment eases tension: 087. No arms are handed over yet, as 0873 would have it,
    # and nothing was demanded, as for 0832. Scrapping a treaty or talks is another matter.
    "scraps": "087",
    "scraps shield": "087",
    "scraps treaty": "160",
    "scraps talks": "164",
    # The manual takes a proposal of one's own part (to mediate, to talk) for a commitment: 03, not 02.
    "proposes talks": "036",
    "offers to mediate": "039",
    # The manual's own examples: a summoned ambassador, an invasion, a closed border, an agreed ceasefire.
    "summons ambassador": "110",
    "closes border with": "191",
    "agrees to ceasefire": "0356",
    "calls for": "020",
    "urges": "020",
    "praises": "051",
    "recalls its ambassador": "161",
    "recalled ambassador from": "161",
    "imposes sanctions on": "163",
    "proposes": "020",
    "proposes cooperation": "030",
    "meets": "040",
    "signs treaty with": "057",
    "signs agreement with": "057",
    "invades": "192",
    "condemns": "111",
    "expels": "166",
    "expels diplomats": "161",
    "accuses": "112",
    "threatens": "130",
    "visits": "042",
    "hosts": "043",
    "ratified": "057",
    "suspends talks with": "164",
    "resumed talks with": "046",
    "broke off relations with": "161",
    "establishes diplomatic relations with": "054",
    "lifts sanctions on": "085",
    "bombs": "195",
    "shells": "194",
    "ceasefire": "0871",
    "withdrew from": "0874",
    "withdraws from treaty": "160",
    "deploys troops": "154",
    "asks": "020",
    "demands": "100",
    "rejects": "120",
    "denies": "016",
    "welcomes": "051",
    "accepts": "030",
    "apologises": "055",
    "warns": "130",
    "vetoes": "129",
    "extradites": "063",
    "frees": "0841",
    "pardons": "0841",
    "mediates": "045",
    "recognises independence of": "054",
    "annexes": "192",
    "blockades": "191",
    "embargoes": "163",
    "vows": "030",
    "negotiates with": "046",
    "phones": "041",
    "congratulates": "051",
    "mourns": "018",
    "protests to": "114",
}


def table(name: str) -> list[dict[str, str]]:
    with (SCHEMA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shared(*parts: str) -> Path:
    """A file or folder of the reference tables, which are no part of the repository."""
    base = Path(os.environ.get("KG_SHARED") or ROOT.parent / "shared")
    path = base.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"reference tables not found: {path} (set KG_SHARED to their folder)")
    return path


def fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def strip(text: str) -> str:
    return fold(text).removesuffix(", not specified below")


ACTIONS = table("actions.csv")
LABELS = table("labels.csv")
VERB_ROWS = table("verbs.csv")
CAMEO = {row["code"]: row for row in ACTIONS if row["scheme"] == "cameo"}
LOOKUP = {strip(row["name"]): code for code, row in CAMEO.items()} | {strip(row["label"]): row["code"] for row in LABELS}


def forms() -> Iterator[tuple[str, str]]:
    for row in VERB_ROWS:
        for form in row["forms"].split("|"):
            yield form, row["code"]


def test_counts() -> None:
    assert Counter(row["scheme"] for row in ACTIONS) == {"cameo": 317, "plover": 16, "kg": 19}
    assert [row["code"] for row in ACTIONS if row["scheme"] == "plover"] == sorted(PLOVER)
    own = {row["code"]: row["aspect"] for row in ACTIONS if row["scheme"] == "kg"}
    assert own == dict.fromkeys(STATES, "state") | dict.fromkeys(OWN_EVENTS, "event")


@pytest.mark.parametrize("name", ["actions.csv", "labels.csv", "verbs.csv"])
def test_files_are_plain(name: str) -> None:
    raw = (SCHEMA / name).read_bytes()
    assert b"\r" not in raw and not raw.startswith(b"\xef\xbb\xbf") and raw.endswith(b"\n")
    rows = table(name)
    assert all(None not in row and None not in row.values() for row in rows), "ragged rows"
    assert all(value == value.strip() for row in rows for value in row.values()), "blanks"


def test_actions_are_sorted_and_unique() -> None:
    assert list(ACTIONS[0]) == COLUMNS
    keys = [(row["scheme"], row["code"]) for row in ACTIONS]
    assert keys == sorted(set(keys))


def test_codes_are_text() -> None:
    assert all(re.fullmatch(r"(0[1-9]|1\d|20)\d{0,2}", code) for code in CAMEO)


def test_parents_and_roots_exist() -> None:
    for row in ACTIONS:
        of_scheme = {r["code"] for r in ACTIONS if r["scheme"] == row["scheme"]}
        assert row["root"] in of_scheme
        assert row["parent"] in of_scheme | {""}
    for code, row in CAMEO.items():
        assert row["root"] == code[:2]
        assert row["parent"] == ("" if len(code) == 2 else code[:-1] if len(code) == 4 else code[:2])


def test_types_are_a_closed_list() -> None:
    assert {row["type"] for row in ACTIONS} == {*PLOVER, *OWN_EVENTS, *STATES}
    assert {row["type"] for row in CAMEO.values()} == {*PLOVER, "STATEMENT", "APPEAL"}
    assert all(row["type"] == row["code"] for row in ACTIONS if row["scheme"] != "cameo")


def test_classes_scales_aspects() -> None:
    for row in ACTIONS:
        assert row["quad_class"] in {"", "1", "2", "3", "4"}
        assert row["aspect"] in {"event", "state"}
        assert (row["intensity"] != "") == (row["scale"] != "")
        assert not row["intensity"] or -10 <= float(row["intensity"]) <= 10
    assert {row["scale"] for row in CAMEO.values()} == {"", "goldstein"}
    for code, row in CAMEO.items():
        root = int(code[:2])
        assert row["quad_class"] == ("1" if root < 6 else "2" if root < 9 else "3" if root < 14 else "4")
        assert row["aspect"] == "event"


def test_names_are_short_and_distinct() -> None:
    assert all(row["name"] and len(row["name"]) <= 70 for row in ACTIONS)
    assert all(not row["name"].isupper() and row["name"][0].isupper() for row in ACTIONS)
    for scheme in ("cameo", "kg", "plover"):
        names = Counter(fold(row["name"]) for row in ACTIONS if row["scheme"] == scheme)
        assert not [name for name, count in names.items() if count > 1]


def test_scores() -> None:
    assert {code for code, row in CAMEO.items() if not row["intensity"]} == UNSCORED
    assert {code: float(CAMEO[code]["intensity"]) for code in DISPUTED} == DISPUTED
    plover = {row["code"]: float(row["intensity"]) for row in ACTIONS if row["scheme"] == "plover"}
    assert plover["ACCUSE"] == -3  # printed +3
    assert plover["AID"] == 10 and plover["ASSAULT"] == -9
    assert not any(row["intensity"] for row in ACTIONS if row["scheme"] == "kg")


@pytest.mark.parametrize(("code", "kind"), CROSSWALK.items())
def test_crosswalk(code: str, kind: str) -> None:
    assert CAMEO[code]["type"] == kind


@pytest.mark.parametrize(("code", "mode"), MODES.items())
def test_modes(code: str, mode: str) -> None:
    assert CAMEO[code]["mode"] == mode


def test_no_label_maps_to_two_codes() -> None:
    """A root and its x0 code may share a text, which then finds the x0 code."""
    found = defaultdict(set)
    for code, row in CAMEO.items():
        found[strip(row["name"])].add(code)
    for row in LABELS:
        assert row["scheme"] == "cameo" and row["code"] in CAMEO
        found[strip(row["label"])].add(row["code"])
    for text, codes in found.items():
        below_root = {code for code in codes if not (len(code) == 2 and f"{code}0" in codes)}
        assert len(below_root) == 1, (text, codes)
        assert LOOKUP[text] in below_root
    assert len({fold(row["label"]) for row in LABELS}) == len(LABELS)
    keys = [(row["code"], fold(row["label"])) for row in LABELS]
    assert keys == sorted(keys)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Demand", "100"),
        ("Express intent to meet or negotiate", "036"),
        ("Make statement", "010"),
        ("MAKE PUBLIC STATEMENT", "01"),
        ("Consult, not specified below", "040"),
        ("Meet at a 'third' location", "044"),
        ("Meet at a \u00d2hird\u00d3location", "044"),  # GDELT's
        ("Demand mediation", "108"),  # GDELT's name of 105
        ("Demand meeting, negotiation", "106"),  # GDELT's name of 108
        ("Conduct suicide, car, or other non-military bombing", "183"),
        ("fight with artillery and tanks", "194"),
    ],
)
def test_lookup(text: str, code: str) -> None:
    assert LOOKUP[strip(text)] == code


def test_icews_texts_find_their_codes() -> None:
    path = shared("data", "icews", "events.2018.sample.tab")
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        met = {(row["Event Text"], row["CAMEO Code"]) for row in rows}
    assert len(met) > 100
    assert {(text, LOOKUP.get(strip(text))) for text, _ in met} == met


def test_icews14_relations_are_found() -> None:
    path = shared("data", "tkg", "ICEWS14_full_named.tsv")
    relations = {line.split("\t")[1] for line in path.read_text(encoding="utf-8").splitlines()}
    assert len(relations) == 230
    assert not [relation for relation in relations if strip(relation) not in LOOKUP]


def test_gdelt_names_find_their_codes() -> None:
    path = shared("data", "gdelt_lookups", "post-plateaux", "CAMEO.eventcodes.txt")
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    assert len(lines) == 310
    wrong = set()
    for line in lines:
        code, name = line.split("\t")
        found = LOOKUP.get(strip(name))
        if found != code and found != f"{code}0":
            wrong.add((code, found))
    assert wrong == {("105", "108"), ("108", "106")}  # names of an older CAMEO


def test_tables_are_what_the_script_makes(tmp_path: Path) -> None:
    tables = shared("reference", "cameo.csv").parent.parent
    shared("data", "icews", "cameo-codes.csv")
    script = ROOT / "scripts" / "make_actions.py"
    command = [sys.executable, str(script), str(tables), "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1 and not done.stderr
    for name in ("actions.csv", "labels.csv"):
        assert (tmp_path / name).read_bytes() == (SCHEMA / name).read_bytes(), f"{name}: run {script.name}"


def test_verbs() -> None:
    assert list(VERB_ROWS[0]) == ["lemma", "forms", "code"]
    assert len(VERB_ROWS) >= 400
    assert all(row["code"] in CAMEO for row in VERB_ROWS)
    assert all(row["lemma"] in row["forms"].split("|") for row in VERB_ROWS)
    keys = [(row["code"], row["lemma"]) for row in VERB_ROWS]
    assert keys == sorted(keys)
    assert len({row["lemma"] for row in VERB_ROWS}) == len(VERB_ROWS)
    per_root = Counter(row["code"][:2] for row in VERB_ROWS)
    assert set(per_root) == {code for code in CAMEO if len(code) == 2}
    assert min(per_root.values()) >= 5


def test_no_form_twice() -> None:
    count = Counter(form for form, _ in forms())
    assert not [form for form, n in count.items() if n > 1]


def test_forms_are_clean() -> None:
    assert not [form for form, _ in forms() if not re.fullmatch(r"[a-z'-]+( [a-z'-]+)*", form)]


def test_forms_agree_with_labels() -> None:
    """A form that is a label too means the same code, or one of the same root."""
    for form, code in forms():
        named = LOOKUP.get(form, code)
        assert named == code or (len(named) == 2 and code.startswith(named)), (form, code, named)


@pytest.mark.parametrize(("form", "code"), VERBS.items())
def test_verb_codes(form: str, code: str) -> None:
    """Trailing prepositions need no row of their own: the longest phrase at the beginning counts."""
    assert actions.resolve(form).code == code
