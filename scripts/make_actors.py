"""Bring the actor tables in `schema/actors/` up to date with ISO 3166 and CLDR, and check all of them.

    python scripts/make_actors.py            # rewrite states.csv and names.csv
    python scripts/make_actors.py --check    # change nothing; exit 1 if they are out of date or a table has a fault

The tables are edited by hand; this script only adds to them and corrects codes. What it does:

- `states.csv`: every entry of ISO 3166-1 (from pycountry) has a row whose `id` is its alpha-3 code;
  `iso2`, `iso3` and `iso_numeric` are set from pycountry. A new entry starts as kind `place`: look at its
  name and kind before committing. All else of rows that exist is left alone, and so are rows that ISO 3166-1
  lacks: Kosovo (XK and XKX are in wide use, but not assigned by ISO) and states that ended (codes from
  ISO 3166-3 where there is one, else the abbreviation of Correlates of War).
- `names.csv`: every name that pycountry knows for an entry and every territory name of the CLDR (from Babel, in `LOCALES`)
  has a row, unless it is in `AMBIGUOUS`. Rows that exist are left alone, also when ISO renames a country: the old name
  must still be found. Sorted by id, form, language, name and start.

`until` is the first day on which something no longer was. Faults are what `faults` lists.
"""

import argparse
import csv
import datetime as dt
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pycountry
from babel import Locale

ACTORS = Path(__file__).resolve().parent.parent / "schema" / "actors"
#: Names that ISO or the CLDR gives to one state, and the news as often to another.
AMBIGUOUS = {"Congo"}
LOCALES = (
    "ar", "de", "en", "es", "fa", "fr", "he", "hi", "it", "ja", "ko", "nl", "pl", "pt", "pt_PT", "ru", "tr",
    "uk", "zh", "zh_Hant",
)  # fmt: skip
TABLES = {
    "states.csv": "id", "organizations.csv": "id", "bodies.csv": "state", "names.csv": "id", "organization_names.csv": "id",
    "metonyms.csv": "id", "places.csv": "state", "offices.csv": "entity", "memberships.csv": "member", "codes.csv": "id",
    "people.csv": "", "roles.csv": "",
}  # fmt: skip
#: Offices that one person holds at a time.
SINGLE = {"head of state", "head of government", "foreign minister"}

Row = dict[str, str]


def read_table(name: str) -> tuple[list[str], list[Row]]:
    """Columns and rows of one table."""
    with (ACTORS / name).open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        return list(reader.fieldnames or []), rows


def write_table(name: str, columns: list[str], rows: list[Row]) -> None:
    """Write one table as UTF-8 with LF line ends."""
    with (ACTORS / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def given_names(states: list[Row]) -> Iterator[Row]:
    """The rows of names.csv that pycountry and Babel give."""
    for country in pycountry.countries:
        forms = {"common_name": "short", "name": "official", "official_name": "official"}
        for field, form in forms.items():
            if name := getattr(country, field, None):
                yield {"name": name, "id": country.alpha_3, "form": form, "lang": "en"}
    ids = {row["iso2"]: row["id"] for row in states if row["iso2"] and not row["until"]}
    for code in LOCALES:
        for iso2, name in Locale.parse(code).territories.items():
            if iso2 in ids:
                # marks of direction belong to a page, not to a name
                shown = name.translate({0x200E: None, 0x200F: None})
                yield {"name": shown, "id": ids[iso2], "form": "short", "lang": code.split("_")[0]}


def refresh_states(rows: list[Row], columns: list[str]) -> list[Row]:
    """The rows of states.csv with ISO's entries added and ISO's codes set."""
    by_id = {row["id"]: dict(row) for row in rows}
    for country in pycountry.countries:
        row = by_id.get(country.alpha_3)
        if row is None:
            name = getattr(country, "common_name", country.name)
            row = dict.fromkeys(columns, "") | {"id": country.alpha_3, "name": name, "kind": "place"}
            by_id[country.alpha_3] = row
        row |= {"iso2": country.alpha_2, "iso3": country.alpha_3, "iso_numeric": country.numeric}
    return sorted(by_id.values(), key=lambda row: row["id"])


def refresh_names(rows: list[Row], states: list[Row]) -> list[Row]:
    """The rows of names.csv with the names of ISO and CLDR added."""
    result = list(rows)
    known = {(key(row["name"]), row["id"]) for row in rows + states}
    for row in given_names(states):
        entry = (key(row["name"]), row["id"])
        if entry not in known and row["name"] not in AMBIGUOUS:
            known.add(entry)
            result.append(row | {"start": "", "until": ""})
    return sorted(result, key=lambda row: tuple(row[c] for c in ("id", "form", "lang", "name", "start")))


def key(name: str) -> str:
    """What two spellings have in common."""
    return unicodedata.normalize("NFKC", name.replace("\u2019", "'")).casefold()


def refresh(check: bool) -> list[str]:
    """Bring both tables up to date (with `check`: only compare) and return the names of those that differ."""
    state_columns, states = read_table("states.csv")
    name_columns, names = read_table("names.csv")
    new_states = refresh_states(states, state_columns)
    changed = []
    for table, columns, old, new in (
        ("states.csv", state_columns, states, new_states),
        ("names.csv", name_columns, names, refresh_names(names, new_states)),
    ):
        if old != new:
            changed.append(table)
            if not check:
                write_table(table, columns, new)
    return changed


def faults() -> Iterator[str]:
    """What is wrong in the tables, a line each: blanks, repetitions, unknown ids, dates that are none or the wrong way round,
    people without a row, two holders of one office on one day."""
    tables = {name: read_table(name)[1] for name in TABLES}
    ids = {row["id"] for name in ("states.csv", "organizations.csv", "bodies.csv") for row in tables[name]}
    for name, rows in tables.items():
        counted = Counter(tuple(row.values()) for row in rows)
        yield from (f"{name}: {row} stands there {n} times" for row, n in counted.items() if n > 1)
        for number, row in enumerate(rows, 2):
            for problem in _row_faults(row, ids, TABLES[name]):
                yield f"{name}, row {number}: {problem}"
    people = {row["person"] for row in tables["people.csv"]}
    if len(people) != len(tables["people.csv"]):
        yield "people.csv: a person stands there twice"
    holders = {row["person"] for row in tables["offices.csv"]}
    yield from (f"{person} is in only one of people.csv and offices.csv" for person in sorted(people ^ holders))
    yield from _overlaps(tables["offices.csv"])


def _row_faults(row: Row, ids: set[str], column: str) -> Iterator[str]:
    for name, value in row.items():
        if value != " ".join(value.split()):
            yield f"{name} has blanks that say nothing: {value!r}"
    referred = [row[column]] if column and row[column] else []
    for id_ in [*referred, *row.get("successor", "").split(), *row.get("predecessor", "").split()]:
        if id_ not in ids:
            yield f"there is no {id_}"
    days = [row.get(c) or None for c in ("start", "until")]
    try:
        start, until = (dt.date.fromisoformat(day) if day else None for day in days)
    except ValueError as error:
        yield str(error)
        return
    if start and until and start >= until:
        yield f"{start} is not before {until}"


def _overlaps(offices: list[Row]) -> Iterator[str]:
    held: dict[tuple[str, str], list[Row]] = {}
    for row in offices:
        if row["office"] in SINGLE:
            held.setdefault((row["entity"], row["office"]), []).append(row)
    for spells in held.values():
        for one, other in pairwise(sorted(spells, key=lambda row: row["start"])):
            if (one["until"] or "9999") > other["start"]:
                yield f"{one['person']} and {other['person']} are both {one['office']} of {one['entity']} on {other['start']}"


def main() -> int:
    """Run from the command line; the exit code is 1 if `--check` finds something to do, or there are faults."""
    parser = argparse.ArgumentParser(description="Bring the actor tables up to date with ISO 3166 and CLDR, and check them.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if out of date")
    check = parser.parse_args().check
    changed = refresh(check)
    for table in changed:
        sys.stderr.write(f"{table}: {'out of date' if check else 'rewritten'}\n")
    found = [*faults()]
    sys.stderr.writelines(f"{fault}\n" for fault in found)
    return 1 if found or (check and changed) else 0


if __name__ == "__main__":
    sys.exit(main())
