"""Bring the actor tables in `schema/actors/` up to date with ISO 3166.

    python scripts/make_states.py            # rewrite the tables
    python scripts/make_states.py --check    # change nothing; exit 1 if they are out of date

The tables are edited by hand; this script only adds to them and corrects codes. What it does:

- `states.csv`: every entry of ISO 3166-1 (from pycountry) has a row whose `id` is its alpha-3 code;
  `iso2`, `iso3` and `iso_numeric` are set from pycountry. A new entry starts as kind `place`: look at its
  name and kind before committing. Names, kinds, dates and Wikidata ids of rows that exist are left alone,
  and so are rows that ISO 3166-1 lacks: Kosovo (XK and XKX are in wide use, but not assigned by ISO) and
  states that ended (codes from ISO 3166-3 where there is one, else the abbreviation of Correlates of War).
- `names.csv`: every name pycountry knows for an entry has a row, and every name with an accent (in any of
  the three tables) has one without. Rows that exist are left alone, also when ISO renames a country: the
  old name must still be found. Names in `AMBIGUOUS` are never added.
- Both files are sorted by id (names also by form and name).

`until` is the first day on which the state no longer existed. `organizations.csv` is read, never written.
"""

import argparse
import csv
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pycountry

ACTORS = Path(__file__).resolve().parent.parent / "schema" / "actors"
AMBIGUOUS = {"Congo"}  # ISO's short name of COG, but as often the other Congo

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


def without_accents(name: str) -> str:
    """The name without its combining marks: "Côte d'Ivoire" becomes "Cote d'Ivoire"."""
    decomposed = unicodedata.normalize("NFD", name)
    return "".join(char for char in decomposed if unicodedata.category(char) != "Mn")


def iso_names() -> Iterator[Row]:
    """The rows of names.csv that pycountry gives: short, inverted and official names."""
    for country in pycountry.countries:
        forms = {"common_name": "short", "name": "official", "official_name": "official"}
        for field, form in forms.items():
            name = getattr(country, field, None)
            if name and name not in AMBIGUOUS:
                yield {"name": name, "id": country.alpha_3, "form": form}


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


def refresh_names(rows: list[Row], actors: list[Row]) -> list[Row]:
    """The rows of names.csv with ISO's names and the forms without accents added."""
    result = list(rows)
    known = {(row["name"], row["id"]) for row in rows + actors}

    def add(row: Row) -> None:
        if (row["name"], row["id"]) not in known:
            known.add((row["name"], row["id"]))
            result.append(row)

    for row in iso_names():
        add(row)
    for row in result + actors:
        add({"name": without_accents(row["name"]), "id": row["id"], "form": "variant"})
    return sorted(result, key=lambda row: (row["id"], row["form"], row["name"]))


def refresh(check: bool) -> list[str]:
    """Bring both tables up to date (with `check`: only compare) and return the names of those that differ."""
    state_columns, states = read_table("states.csv")
    name_columns, names = read_table("names.csv")
    _, organizations = read_table("organizations.csv")
    new_states = refresh_states(states, state_columns)
    new_names = refresh_names(names, new_states + organizations)
    changed = []
    for table, columns, old, new in (
        ("states.csv", state_columns, states, new_states),
        ("names.csv", name_columns, names, new_names),
    ):
        if old != new:
            changed.append(table)
            if not check:
                write_table(table, columns, new)
    return changed


def main() -> int:
    """Run from the command line; the exit code is 1 if `--check` finds something to do."""
    parser = argparse.ArgumentParser(description="Bring the actor tables up to date with ISO 3166.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if out of date")
    check = parser.parse_args().check
    changed = refresh(check)
    for table in changed:
        sys.stderr.write(f"{table}: {'out of date' if check else 'rewritten'}\n")
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
