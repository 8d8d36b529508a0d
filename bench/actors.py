"""How many names of real data resolve, how many of these rightly, and what it costs.

    python bench/actors.py ../shared/data                            # the folder of real data
    python bench/actors.py ../shared/data --markdown docs/actors.md  # also into the page

The answer key is in the data: the columns and brackets that name a country are hidden from the resolver and compared with the
state behind the actor that it finds on the row's day. A row counts as resolved if a state is found, as right if it is the
key's or, where the key names a former state by its successor, one that it continues.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

from measure import conditions, section

from kg import dates
from kg.actors import Resolver, resolver
from kg.errors import DateError
from kg.text import slug

_BRACKETS = re.compile(r"\s*\(([^()]*)\)$")
#: Country slugs of the State Department that a table of today's countries lacks.
_FORMER = {
    "soviet-union": "SUN", "yugoslavia": "YUG", "czechoslovakia": "CSK", "german-democratic-republic": "DDR", "zaire": "ZAR",
    "burma": "MMR", "ivory-coast": "CIV", "cote-divoire": "CIV", "swaziland": "SWZ", "cabo-verde": "CPV", "holy-see": "VAT",
    "vietnam": "VNM", "republic-of-vietnam": "RVN", "korea": "KOR", "south-korea": "KOR", "congo-republic-of": "COG",
    "republic-of-the-congo": "COG", "congo-democratic-republic-of": "COD", "congo": "COD", "laos": "LAO", "russia": "RUS",
    "iran": "IRN", "syria": "SYR", "taiwan": "TWN", "china": "CHN", "china-republic-of": "TWN", "macedonia": "MKD",
    "north-macedonia": "MKD", "tanzania": "TZA", "venezuela": "VEN", "bolivia": "BOL", "moldova": "MDA", "brunei": "BRN",
    "micronesia": "FSM", "the-gambia": "GMB", "gambia": "GMB", "bahamas": "BHS", "czech-republic": "CZE", "turkey": "TUR",
    "united-kingdom": "GBR", "kosovo": "XKX", "hawaii": "HWI", "east-timor": "TLS", "timor-leste": "TLS", "palestine": "PSE",
    "palestinian-authority": "PSE", "cape-verde": "CPV", "vatican-city": "VAT", "netherlands": "NLD", "eswatini": "SWZ",
}  # fmt: skip


class Row(NamedTuple):
    """A name on a day, and the country that the data gives it."""

    text: str
    on: dt.date | None
    key: str


class Score(NamedTuple):
    """Rows of a kind of names: all, resolved, right; and what was taken for what, most frequent first."""

    rows: int
    resolved: int
    right: int
    confusions: Counter[tuple[str, str, str]]
    missed: Counter[str]


def day(text: str) -> dt.date | None:
    try:
        return dates.parse(text).start
    except DateError:
        return None


def table(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def slugs(data: Path) -> dict[str, str]:
    """Country slugs to ids, by a table of countries that the resolver does not read."""
    found = {}
    with (data / "country_names" / "datasets_country-codes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for column in ("CLDR display name", "UNTERM English Short", "official_name_en"):
                name = re.sub(r"\s*\(.*\)", "", row.get(column) or "")
                if name and row["ISO3166-1-Alpha-3"]:
                    found[slug(name.replace("'", "").replace("’", "")).split("~")[0]] = row["ISO3166-1-Alpha-3"]
    return found | _FORMER


def state_department(data: Path, column: str) -> Iterator[Row]:
    """Countries of visits and travels, or the visitors."""
    ids = slugs(data)
    for row in table(data / "state_dept" / "visits_to_us.tsv"):
        text = row["from"] if column == "country" else row["visitor"]
        if row["from_id"] in ids:
            yield Row(text, day(row["start_date"]), ids[row["from_id"]])
    if column == "country":
        for row in table(data / "state_dept" / "travels_abroad.tsv"):
            if row["country_id"] in ids:
                yield Row(row["country"], day(row["start_date"]), ids[row["country_id"]])


def icews(data: Path, bare: bool) -> Iterator[Row]:
    """Names of the sample of 2018 with their country column; ``bare`` without the country in brackets."""
    for row in table(data / "icews" / "events.2018.sample.tab"):
        for end in ("Source", "Target"):
            yield from _bracketed(row[f"{end} Name"], day(row["Event Date"]), row[f"{end} Country"], bare)


def icews14(data: Path) -> Iterator[Row]:
    """Names of ICEWS14 that have a country in brackets."""
    for line in (data / "tkg" / "ICEWS14_full_named.tsv").read_text(encoding="utf-8").splitlines():
        actor, _, target, date = line.split("\t")[:4]
        for name in (actor, target):
            if match := _BRACKETS.search(name):
                yield from _bracketed(name, day(date), match[1], bare=False)


def _bracketed(name: str, on: dt.date | None, country: str, bare: bool) -> Iterator[Row]:
    key = resolver().resolve(country, on=on)
    if country not in ("", "NA") and key.entity.kind in ("state", "place") and key.state:
        yield Row(_BRACKETS.sub("", name) if bare else name, on, key.state)


def gdelt(data: Path) -> Iterator[Row]:
    """Names, or codes where there is no name, with the country code column."""
    cameo = resolver().tables.named.schemes["cameo"]
    for path in sorted((data / "gdelt").glob("*.[cC][sS][vV]")):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            cells = line.split("\t")
            if len(cells) not in (57, 58, 61):
                continue
            for code, name, country in (cells[5:8], cells[15:18]):
                if country in cameo and (name or code):
                    yield Row(name or code, day(cells[1]), cameo[country][0].id)


def score(found: Resolver, rows: Iterator[Row]) -> Score:
    counts: Counter[str] = Counter()
    confusions: Counter[tuple[str, str, str]] = Counter()
    missed: Counter[str] = Counter()
    continued = found.tables.named.continued
    bonds = {(b.other, b.one) for b in found.tables.named.successors}
    for row in rows:
        answer = found.resolve(row.text, on=row.on)
        counts["rows"] += 1
        if not answer.state:
            missed[row.text] += 1
            continue
        counts["resolved"] += 1
        if (
            answer.state == row.key
            or (row.key, answer.state) in bonds
            or answer.state in {s.id for s in continued.get(row.key, ())}
        ):
            counts["right"] += 1
        else:
            confusions[row.text, answer.state, row.key] += 1
    return Score(counts["rows"], counts["resolved"], counts["right"], confusions, missed)


def cost(names: int = 100_000, runs: int = 3) -> float:
    """Seconds to resolve distinct names that mostly no rule knows, on all days; the median of runs."""
    kinds = cycle(("Mayor", "Smith", "Foreign Minister", "Rebels", "Company", "Example"))
    texts = [f"{kind} of Town {n}" if n % 3 else f"Jan {n} {kind}" for n, kind in zip(range(names), kinds, strict=False)]
    spent = []
    for _ in range(runs):
        started = time.perf_counter()
        for text in texts:
            resolver().timeline(text)
        spent.append(time.perf_counter() - started)
    return statistics.median(spent)


KINDS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "State Department, countries": lambda data: state_department(data, "country"),
    "State Department, visitors": lambda data: state_department(data, "visitor"),
    "ICEWS 2018, names as they stand": lambda data: icews(data, bare=False),
    "ICEWS 2018, without the brackets": lambda data: icews(data, bare=True),
    "ICEWS14, names as they stand": icews14,
    "GDELT": gdelt,
}


_SAID = """`python bench/actors.py DATA`: names of real event data and of the State Department's lists of visits and travels,
each with its date. The answer key is the data's own column or bracket that names the country; it is hidden from the
resolver, but for the brackets of ICEWS names where the line says that the names stand as they are. *Resolved* rows found a
state behind the actor, *right* ones the key's (or, where the key names a former state by its successor, that one).
"Police" and "Citizen" without their brackets have no state to be found, so that line can't be high. ICEWS14 has no country
but in the brackets, so its line shows only that brackets are read."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder of real data")
    parser.add_argument("--markdown", type=Path, help="put the table into this page")
    parser.add_argument("--show", type=int, default=25, help="so many confusions and misses of each kind")
    options = parser.parse_args()
    lines = ["| names | rows | resolved | right of these |", "| --- | ---: | ---: | ---: |"]
    for name, rows in KINDS.items():
        found = score(resolver(), rows(options.data))
        lines.append(f"| {name} | {found.rows:,} | {found.resolved / found.rows:.1%} | {found.right / found.resolved:.2%} |")
        print(lines[-1], file=sys.stderr)
        for (text, got, key), n in found.confusions.most_common(options.show):
            print(f"    {n} x {text!r} taken for {got}, is {key}", file=sys.stderr)
        print("    missed:", ", ".join(f"{text} ({n})" for text, n in found.missed.most_common(options.show)), file=sys.stderr)
    seconds = cost()
    lines += ["", f"100,000 distinct names, on all days: {seconds:.1f} s."]
    text = "\n".join(lines)
    print(text)
    if options.markdown:
        section(options.markdown, "Measured", f"{_SAID}\n\n{text}\n\n{conditions(['duckdb'])}")


if __name__ == "__main__":
    main()
