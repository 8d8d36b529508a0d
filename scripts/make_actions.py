"""Make schema/actions.csv and schema/labels.csv from the reference tables.

Usage:
    python scripts/make_actions.py TABLES [--out DIR]

TABLES is a folder that is no part of this repository, with

    reference/cameo.csv, reference/plover.csv      the code tables
    data/petrarch_plover/CAMEO2PLOVER-2021.txt     CAMEO to PLOVER, OEDA, draft 0.8
    data/gdelt_lookups/post-plateaux/CAMEO.eventcodes.txt   GDELT's names of the codes
    data/icews/cameo-codes.csv                     ICEWS's names of the codes

DIR (default: schema/ of this checkout) receives actions.csv, one row per code of the
schemes cameo, kg and plover, and labels.csv, other texts by which data sets know a CAMEO
code. A text is looked up, whatever its case, first in labels.csv and then among the names
of actions.csv; so "Demand", the name of root 10, finds 100, as ICEWS has it.
schema/verbs.csv is kept by hand.

Where the tables contradict each other or themselves, the decision stands below beside its
reason. A contradiction not named there stops the script.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

COLUMNS = (
    "scheme", "code", "name", "parent", "root", "type",
    "mode", "quad_class", "intensity", "scale", "aspect",
)  # fmt: skip
LABEL_COLUMNS = ("scheme", "code", "label")
UNSPECIFIED = re.compile(r",?\s*not spec(?:ified)? below$", re.IGNORECASE)
CROSSWALK_LINE = re.compile(r"(\d+): ?([A-Z]+)(?:,([^,#]*))?(?:,[^#]*)?(?:#(.*))?$")

# PLOVER dropped CAMEO's roots 01 and 02; this project keeps them.
KEPT_ROOTS = {"01": "STATEMENT", "02": "APPEAL"}

# Names of our own where the label is longer than one. The label stays in labels.csv.
NAMES = {
    "032": "Express intent to engage in diplomatic cooperation",
    "083": "Accede to demands for political reform, not specified below",
    "183": "Conduct non-military bombing, not specified below",
}

# The manual (v2) prints +3 for ACCUSE, a verbal conflict whose modes score -2, -3.5 and
# -3.5: the sign was lost. (event: (printed, read))
SCORES = {"ACCUSE": (3.0, -3.0)}

# The crosswalk is of draft 0.8, manual v2 has other modes. Only what v2 has no place for,
# or names more exactly, is changed.
MODES = {
    "0842": "release",  # "return": v2 has one mode for return and release
    "085": "",  # "ease": "no longer a mode", the crosswalk's own remark at 0813
    "132": "restrict",  # "ban": in v2 a ban is a restriction
    "1321": "restrict",  # "political": a restriction by its very name
    "1322": "restrict",  # "ban"
    "1722": "restrict",  # "ban"
    "1712": "destroy",  # "seize" is no mode of ASSAULT; the code is "Destroy property"
    "175": "crowd-control",  # "pro_autocracy" is a context, printed in the wrong column
    "185": "targeted",  # "assassinate": v2 calls it targeted
    "186": "targeted",
    "200": "",  # "massacre": no such mode in v2, nor one like it
    "201": "",  # "cleansing": likewise
    "202": "",
    "203": "",
    "195": "aerial",  # "heavy-weapons": v2 has set aerial apart from it
    # Codes newer than the crosswalk, which v2 has modes for.
    "176": "cyber",
    "1834": "explosives",
    "1951": "aerial",
    "1952": "drone",
}

# GDELT's names of 101 to 108 are those of an older CAMEO. These two are now the names of
# other codes (108 and 106), so they can't stand for the codes GDELT gives them to.
OUTDATED = {("105", "Demand mediation"), ("108", "Demand meeting, negotiation")}
# Remarks of the crosswalk that are no labels: a type's name, and misspelt ones.
NO_LABELS = {
    "REQUEST",
    "Apolgize",
    "Demand easing of adminstrative sanctions",
    "Ostruct passage to demand change in institutions, regime",
}

# Spellings met in print that no table has.
SPELLINGS = (
    ("041", "Discuss by phone"),
    ("044", "Meet at a third location"),
    ("044", "Meet at a \u201cthird\u201d location"),
    ("044", "Meet at a \u2018third\u2019 location"),
    ("055", "Apologise"),
    ("0873", "Demobilise armed forces"),
    ("111", "Criticise or denounce"),
    ("153", "Mobilise or increase police power"),
    ("154", "Mobilise or increase armed forces"),
    ("155", "Mobilise or increase cyber-forces"),
)

# This project's own: (code, name, quad class, aspect).
OWN = (
    ("ACT", "Act of unknown nature", "", "event"),
    ("ALLIANCE", "Alliance", "2", "state"),
    ("APPEAL", "Appeal", "1", "event"),
    ("CEASEFIRE", "Ceasefire in force", "2", "state"),
    ("DIPLOMATIC_RELATIONS", "Diplomatic relations", "1", "state"),
    ("EMBASSY", "Embassy", "1", "state"),
    ("HOLDS_OFFICE", "Holds office", "", "state"),
    ("MEMBERSHIP", "Membership", "2", "state"),
    ("OCCUPATION", "Occupation", "4", "state"),
    ("PART_OF", "Part of", "", "state"),
    ("RECOGNITION", "Diplomatic recognition", "1", "state"),
    ("RUPTURE", "Diplomatic relations broken off", "3", "state"),
    ("SANCTIONS_IN_FORCE", "Sanctions in force", "4", "state"),
    ("STATEMENT", "Statement", "1", "event"),
    ("SUCCEEDED_BY", "Succeeded by", "", "state"),
    ("TALKS", "Talks", "1", "state"),
    ("TALKS_SUSPENDED", "Talks suspended", "3", "state"),
    ("TREATY", "Treaty in force", "1", "state"),
    ("WAR", "War", "4", "state"),
)

Row = dict[str, str]


def read_table(path: Path, delimiter: str = ",", encoding: str = "utf-8") -> list[Row]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def read_crosswalk(path: Path) -> list[tuple[str, str, str, str]]:
    """Code, event, mode and label of each line; a code may come twice."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if match := CROSSWALK_LINE.match(line):
            code, event, mode, remark = (part or "" for part in match.groups())
            label = re.split(r"\s{2,}", remark.strip())[0]  # a dated remark may follow
            rows.append((code, event, mode.strip(), label))
    return rows


def check_crosswalk(cameo: dict[str, Row], crosswalk: Path) -> None:
    """The crosswalk columns of cameo.csv must be the crosswalk's."""
    for code, event, mode, _ in read_crosswalk(crosswalk):
        row = cameo.get(code)
        if row is None or row["level"] == "1":
            continue  # cameo.csv has no 1214; root 08 is split in two there
        if (row["plover_event"], row["plover_mode"]) != (event, mode):
            here = f"{row['plover_event']}, {row['plover_mode']!r}"
            raise SystemExit(f"{code}: {event}, {mode!r} in {crosswalk.name}; cameo.csv: {here}")


def event_type(code: str, cameo: dict[str, Row]) -> str:
    """A root is typed as its x0 code; a code the crosswalk lacks, as its parent."""
    row = cameo[code]
    if row["root"] in KEPT_ROOTS:
        return KEPT_ROOTS[row["root"]]
    if row["plover_event"]:
        return row["plover_event"]
    return event_type(row["parent"] or f"{code}0", cameo)


def sentence_case(label: str) -> str:
    return label.capitalize() if label.isupper() else label[0].upper() + label[1:]


def score(text: str) -> str:
    return str(float(text)) if text else ""


def cameo_actions(cameo: dict[str, Row], modes: set[tuple[str, str]]) -> Iterator[Row]:
    for code, row in cameo.items():
        kind = event_type(code, cameo)
        mode = MODES.get(code, row["plover_mode"])
        if mode and (kind, mode) not in modes:
            raise SystemExit(f"{code}: {mode!r} is no mode of {kind} in plover.csv")
        yield {
            "scheme": "cameo",
            "code": code,
            "name": NAMES.get(code, sentence_case(row["name"])),
            "parent": row["parent"],
            "root": row["root"],
            "type": kind,
            "mode": mode,
            "quad_class": row["quad_class"],
            "intensity": score(row["goldstein"]),
            "scale": "goldstein" if row["goldstein"] else "",
            "aspect": "event",
        }


def plover_actions(plover: list[Row]) -> Iterator[Row]:
    for row in plover:
        if row["kind"] != "event":
            continue
        code, value = row["code"], float(row["score"])
        printed, read = SCORES.get(code, (value, value))
        yield {
            "scheme": "plover",
            "code": code,
            "name": sentence_case(row["name"]),
            "root": code,
            "type": code,
            "quad_class": row["quad_class"],
            "intensity": score(str(read if value == printed else value)),
            "scale": "plover",
            "aspect": "event",
        }


def own_actions() -> Iterator[Row]:
    for code, name, quad_class, aspect in OWN:
        yield {
            "scheme": "kg",
            "code": code,
            "name": name,
            "root": code,
            "type": code,
            "quad_class": quad_class,
            "aspect": aspect,
        }


def labels_met(tables: Path, cameo: dict[str, Row]) -> Iterator[tuple[str, str]]:
    """Code and text as each table has them, with and without 'not specified below'."""
    data = tables / "data"
    texts = [(code, row["name"]) for code, row in cameo.items()]
    gdelt = data / "gdelt_lookups" / "post-plateaux" / "CAMEO.eventcodes.txt"
    texts.extend((row["CAMEOEVENTCODE"], row["EVENTDESCRIPTION"].strip()) for row in read_table(gdelt, delimiter="\t"))
    icews = data / "icews" / "cameo-codes.csv"  # not UTF-8, but its names are ASCII
    texts.extend((row["code"], row["name"]) for row in read_table(icews, encoding="latin-1"))
    crosswalk = data / "petrarch_plover" / "CAMEO2PLOVER-2021.txt"
    texts.extend(
        (code, label) for code, _, _, label in read_crosswalk(crosswalk) if code in cameo and label and label not in NO_LABELS
    )
    texts.extend((*NAMES.items(), *SPELLINGS))
    for code, text in texts:
        if (code, text) not in OUTDATED:
            yield code, text
            yield code, UNSPECIFIED.sub("", text)


def fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def make_labels(actions: list[Row], met: Iterable[tuple[str, str]]) -> list[Row]:
    """The texts that are no code's name, and those a root's name and its x0 code share."""
    names = {fold(row["name"]): row["code"] for row in actions if row["scheme"] == "cameo"}
    labels: dict[str, Row] = {}
    for code, text in met:
        key = fold(text)
        named = names.get(key)
        if named == code:
            continue
        if named is not None and code != f"{named}0":
            raise SystemExit(f"{text!r} stands for {code} and is the name of {named}")
        row = labels.setdefault(key, {"scheme": "cameo", "code": code, "label": text})
        if row["code"] != code:
            raise SystemExit(f"{text!r} stands for {code} and for {row['code']}")
    return sorted(labels.values(), key=lambda row: (row["code"], fold(row["label"])))


def write_table(path: Path, columns: tuple[str, ...], rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def make(tables: Path, out: Path) -> str:
    """Write both files into `out` and tell their sizes."""
    reference = tables / "reference"
    cameo = {row["code"]: row for row in read_table(reference / "cameo.csv")}
    plover = read_table(reference / "plover.csv")
    check_crosswalk(cameo, tables / "data" / "petrarch_plover" / "CAMEO2PLOVER-2021.txt")
    modes = {(row["event"], row["code"]) for row in plover if row["kind"] == "mode"}
    actions = [*cameo_actions(cameo, modes), *own_actions(), *plover_actions(plover)]
    actions.sort(key=lambda row: (row["scheme"], row["code"]))
    labels = make_labels(actions, labels_met(tables, cameo))
    write_table(out / "actions.csv", COLUMNS, actions)
    write_table(out / "labels.csv", LABEL_COLUMNS, labels)
    return f"actions.csv: {len(actions)} actions; labels.csv: {len(labels)} labels"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("tables", type=Path, help="folder with reference/ and data/")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "schema")
    options = parser.parse_args()
    sys.stdout.write(make(options.tables, options.out) + "\n")


if __name__ == "__main__":
    main()
