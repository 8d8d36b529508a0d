"""Stores of which files are made: the example's, and one of what forms may bend."""

from pathlib import Path

from helpers_store import EXAMPLE, write_rows

import kg

ROWS = [
    ("USA", "mourns", "", "2009-03-27", "AFP", "http://a", "", "", ""),
    ("USA", "meets", 'Foo "the" Bär; x', "2001/..", "AFP", "http://a/?x=1;y=2", "person", "", ""),
    ("USA", "scraps", "shield", "2009-09-17", "AFP", "http://a", "topic", "", "deed 1"),
    ("USA", "abandons", "shield", "2009-09-17", "dpa", "http://b", "topic", "", "deed 1"),
    ("USA", "scraps", "shield", "2009-09-17", "dpa", "http://b", "topic", "", "deed 1"),
    ("USA", "scraps", "shield", "2009-09-17", "dpa", "", "topic", "", "deed 1"),
    ("Minister (France)", "meets", "Georgia", "2009-03", "AFP", "", "", "", ""),
    ("Putin", "visits", "Lula", "2009", "", "", "", "", ""),
    ("USA", "x", "RUS", "2009", "AFP", "", "", "042", ""),
    ("USA", "x", "RUS", "2009-01-02", "AFP", "", "", "13y", ""),
    ("USA", 'line\nbreak, and "quotes"\ttab', "=cmd()", "2009-01-01/2009-02-01", "AFP", "", "", "", ""),
    ("../x", "-1+1", "a & b <c>", "1066-10-14", "\u200bx", "", "group", "", ""),
    ("USA", "consult", "RUS", "2009-05-01", "AFP", "", "", "", ""),
]  # fmt: skip


def story_in(folder: Path) -> kg.Graph:
    """The example."""
    graph = kg.open(folder / "s.kg")
    graph.load(EXAMPLE)
    return graph


def awkward_in(folder: Path) -> kg.Graph:
    """Facts that a form may bend: without target or end, texts with marks and line ends, codes, several sources and addresses."""
    graph = kg.open(folder / "s.kg")
    header = ("actor", "action", "target", "date", "publisher", "url", "target_kind", "code", "event")
    graph.load(write_rows(folder / "f.csv", ROWS, header))
    assert len(graph.facts()) == 11
    return graph
