"""A table of made-up facts for measuring: python bench/generate.py ROWS FILE [--seed N] [--spans | --turns | --news]

Columns actor, action, target, date, source, url. 10 000 names (states by names and codes, organisations, made-up persons and
ministries) of which the n-th is n times rarer than the first, 60 verb phrases of the lexicon and four it does not have, days
from 1995 to 2023 that gather around crises, 50 publishers. With ``--spans`` standing relations instead, which began since 1816
and of which a third still hold, with their codes. With ``--turns`` deeds between states that open and close standing
relations, worded as the rules of ``schema/relations.csv`` are. With ``--news`` deeds each of which is told three times, by other
publishers and with other words, at the length of a news item; on whole days, every actor under one name, so that tools which
know no names count as this one does. The same rows, seed and ``schema/`` always give the same file.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import io
import itertools
import random
from collections.abc import Iterator
from pathlib import Path

_SCHEMA = Path(__file__).resolve().parents[1] / "schema"
_HEADER = ("actor", "action", "target", "date", "source", "url")
_NAMES = 10_000
_CHUNK = 50_000
_CRISES = 200
#: Reports a fact.
_TOLD = 3
_BUSIEST = ("USA", "Russia", "China", "United States", "NATO", "Ukraine", "GBR", "France", "Germany", "IRN")
_FIELDS = ("Foreign Affairs", "Defence", "Finance", "Trade", "Energy", "Justice", "Interior", "Health", "Culture", "Transport")
_UNREAD = ("mulls over a pipeline with", "reshuffles envoys to", "is tight-lipped about", "files a note verbale to")
#: Of each code of a standing relation: its weight, and what kinds of entities it is between.
_STANDING = {
    "ALLIANCE": (6, "state", "state"),
    "CEASEFIRE": (1, "state", "state"),
    "DIPLOMATIC_RELATIONS": (20, "state", "state"),
    "EMBASSY": (20, "state", "state"),
    "HOLDS_OFFICE": (20, "person", "state"),
    "MEMBERSHIP": (20, "state", "organization"),
    "OCCUPATION": (1, "state", "state"),
    "RECOGNITION": (5, "state", "state"),
    "SANCTIONS_IN_FORCE": (5, "state", "state"),
    "WAR": (2, "state", "state"),
}
_SINCE = dt.date(1816, 1, 1)
_FIRST, _LAST = dt.date(1995, 1, 1), dt.date(2023, 12, 31)


def write_facts(rows: int, file: Path, seed: int = 1) -> None:
    """Write a table of that many facts; memory does not grow with it."""
    with file.open("w", encoding="utf-8", newline="\n") as out:
        out.write(",".join(_HEADER) + "\n")
        for chunk in _chunks(rows, random.Random(seed)):
            out.writelines(chunk)


def write_spans(rows: int, file: Path, seed: int = 1) -> None:
    """Write a table of that many standing relations."""
    rng = random.Random(seed)
    by_kind = {
        "state": [*_BUSIEST[:4], *(row["name"] for row in _table("actors/states.csv"))],
        "organization": [row["name"] for row in _table("actors/organizations.csv")],
        "person": [f"Person {n}" for n in range(1, 2_000)],
    }
    weights = {kind: list(itertools.accumulate(1 / rank for rank in range(1, len(of) + 1))) for kind, of in by_kind.items()}
    codes, code_weights = list(_STANDING), list(itertools.accumulate(weight for weight, *_ in _STANDING.values()))
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow((*_HEADER[:2], "code", "scheme", *_HEADER[2:5]))
        for code in rng.choices(codes, cum_weights=code_weights, k=rows):
            _, *kinds = _STANDING[code]
            actor, target = (rng.choices(by_kind[kind], cum_weights=weights[kind])[0] for kind in kinds)
            start = _SINCE + dt.timedelta(days=rng.randrange((_LAST - _SINCE).days))
            until = start + dt.timedelta(days=rng.randrange(1, 10_000))
            text = f"{start.isoformat()[: rng.choice((10, 10, 10, 10, 7, 4))]}/{rng.choice(('..', until, until))}"
            writer.writerow((actor, code.lower().replace("_", " "), code, "kg", target, text, f"Yearbook {rng.randint(1, 9)}"))


def write_turns(rows: int, file: Path, seed: int = 1) -> None:
    """Write a table of that many deeds of which standing relations follow."""
    rng = random.Random(seed)
    states = [*_BUSIEST[:4], *(row["name"] for row in _table("actors/states.csv"))]
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(states) + 1)))
    verbs = sorted({row["verb"] for row in _table("relations.csv") if row["verb"]})
    days, day_weights = _days(rng)
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(_HEADER[:5])
        for day in rng.choices(days, cum_weights=day_weights, k=rows):
            actor, target = rng.choices(states, cum_weights=weights, k=2)
            writer.writerow((actor, rng.choice(verbs), target, day, f"Newspaper {rng.randint(1, 50)}"))


def write_news(rows: int, file: Path, seed: int = 1) -> None:
    """Write a table of that many reports; memory does not grow with it."""
    rng = random.Random(seed)
    again = {"USA", "GBR", "IRN", "North Atlantic Treaty Organization", *(row["iso3"] for row in _table("actors/states.csv"))}
    names = [name for name in _names(rng) if name not in again]
    by_rank = list(itertools.accumulate(1 / rank for rank in range(1, len(names) + 1)))
    actions = _actions(rng)
    action_weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(actions))))
    days, day_weights = _days(rng, months=False)
    words = sorted({word for row in _table("verbs.csv") for word in row["forms"].replace("|", " ").split() if word.isalpha()})
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow((*_HEADER, "text"))
        for number in range(rows):
            if number % _TOLD == 0:
                actor, target = rng.choices(names, cum_weights=by_rank, k=2)
                action = rng.choices(actions, cum_weights=action_weights)[0]
                day = rng.choices(days, cum_weights=day_weights)[0]
            text = f"{actor} {action} {target}, {' '.join(rng.choices(words, k=25))}."
            paper = f"Newspaper {number * 17 % 50 + 1}"
            writer.writerow((actor, action, target, day, paper, f"https://news.example/{number + 1}", text))


def _chunks(rows: int, rng: random.Random) -> Iterator[map[str]]:
    names = [_field(name) for name in _names(rng)]
    by_rank = list(itertools.accumulate(1 / rank for rank in range(1, len(names) + 1)))
    # One deed in 33 has no target.
    targets, target_weights = [*names, ""], [*by_rank, by_rank[-1] * 1.03]
    actions = [_field(action) for action in _actions(rng)]
    action_weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(actions))))
    days, day_weights = _days(rng)
    papers = [f"Newspaper {n}" for n in range(1, 51)]
    for start in range(0, rows, _CHUNK):
        n = min(_CHUNK, rows - start)
        yield map(
            "{},{},{},{},{},https://news.example/{}\n".format,
            rng.choices(names, cum_weights=by_rank, k=n),
            rng.choices(actions, cum_weights=action_weights, k=n),
            rng.choices(targets, cum_weights=target_weights, k=n),
            rng.choices(days, cum_weights=day_weights, k=n),
            rng.choices(papers, k=n),
            range(start + 1, start + n + 1),
        )


def _names(rng: random.Random) -> list[str]:
    """Names by how busy they are: well-known ones, then the tables' and made-up ones mixed."""
    states, organizations = _table("actors/states.csv"), _table("actors/organizations.csv")
    curated = [row["name"] for row in (*states, *organizations)] + [row["iso3"] for row in states if row["iso3"]]
    ministries = [f"Ministry of {field} ({row['name']})" for row in states for field in _FIELDS]
    known = dict.fromkeys((*curated, *ministries))
    for name in _BUSIEST:
        known.pop(name, None)
    mixed = [*known, *(f"Person {n}" for n in range(1, _NAMES - len(known) - len(_BUSIEST) + 1))]
    rng.shuffle(mixed)
    return [*_BUSIEST, *mixed]


def _actions(rng: random.Random) -> list[str]:
    """Three verb phrases, in the third person, of each of the scheme's twenty roots, and those the lexicon does not have."""
    by_root: dict[str, list[str]] = {}
    for row in _table("verbs.csv"):
        if row["code"][:2].isdigit():
            by_root.setdefault(row["code"][:2], []).append(row["forms"].split("|")[:2][-1])
    chosen = [phrase for root in sorted(by_root) for phrase in rng.sample(by_root[root], 3)]
    rng.shuffle(chosen)
    return [*chosen, *_UNREAD]


def _days(rng: random.Random, *, months: bool = True) -> tuple[list[str], list[float]]:
    """The days from first to last, some as months if they may be, with cumulative weights: more when a crisis begins."""
    days = [_FIRST + dt.timedelta(days=n) for n in range((_LAST - _FIRST).days + 1)]
    weights = [1.0] * len(days)
    for _ in range(_CRISES):
        begin, size = rng.randrange(len(days)), rng.uniform(2, 20)
        for n in range(begin, min(begin + 60, len(days))):
            weights[n] += size * 0.9 ** (n - begin)
    some = list(dict.fromkeys(day.isoformat()[:7] for day in days)) if months else []
    # A date in fifty is only a month.
    weights += [sum(weights) / 50 / max(len(some), 1)] * len(some)
    return [*(day.isoformat() for day in days), *some], list(itertools.accumulate(weights))


def _table(name: str) -> list[dict[str, str]]:
    with (_SCHEMA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _field(text: str) -> str:
    """A text as CSV writes it."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([text])
    return line.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a table of made-up facts for measuring.")
    parser.add_argument("rows", type=int, metavar="ROWS")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--spans", action="store_true", help="standing relations instead of deeds")
    instead.add_argument("--turns", action="store_true", help="deeds of which standing relations follow")
    instead.add_argument("--news", action="store_true", help="deeds each of which is told three times at length")
    given = parser.parse_args()
    write = write_spans if given.spans else write_turns if given.turns else write_news if given.news else write_facts
    write(given.rows, given.file, given.seed)


if __name__ == "__main__":
    main()
