"""A store for questions: facts of every kind among few actors, some reported twice, some taken back."""

import random
from pathlib import Path

from helpers_history import TEXTS, go_through
from helpers_store import EXAMPLE, write_rows

import kg

_COLUMNS = ("native_id", "actor", "action", "target", "date", "code", "scheme", "source", "url", "quote", "event")
_ACTORS = (
    "USA",
    "Russia",
    "NATO",
    "Poland",
    "Barack Obama",
    "Vladimir Putin",
    "United States of America",
    "Foreign Ministry (Russia)",
)
_ACTIONS = (
    ("meets", "040"),
    ("criticizes", "111"),
    ("sanctions", "163"),
    ("praises", ""),
    ("does something to", ""),
    ("attacks", "190"),
)
_SOURCES = ("", "AFP", "dpa", "Interfax")
_EVENTS = ("", "", "e1")
_DATES = ("2009-09-17", "2009-09-18", "2009-09", "2008", "2009/..", "2008-01-01/2009-06-30", "2010-02-28", "0999-12-31")


def questioned(folder: Path, *, taken_back: bool = True) -> kg.Graph:
    """The store, in a folder of its own."""
    graph = kg.open(folder / "s.kg")
    graph.load(EXAMPLE)
    pick = random.Random(7)
    rows = []
    for n in range(30):
        (action, code), source, url = pick.choice(_ACTIONS), pick.choice(_SOURCES), pick.choice(("", f"https://a.example/{n}"))
        ends = pick.choice(_ACTORS), action, pick.choice(("", *_ACTORS)), pick.choice(_DATES)
        rows.append(
            (f"n{n}", *ends, code, "cameo" if code else "", source, url, pick.choice(("", "it said 'so'")), pick.choice(_EVENTS))
        )
    rows += [
        (f"t{n}", f"Teller {n % 4}", text, "Russia", "2009-09-18", "", "", text[:40], "", text, "")
        for n, text in enumerate(TEXTS)
    ]
    report = graph.load(write_rows(folder / "many.csv", rows, _COLUMNS), dataset="many")
    assert not report.failed
    if taken_back:
        go_through(graph, folder)
        for n in (3, 14, 15):
            graph.retract("many", f"n{n}")
    return graph
