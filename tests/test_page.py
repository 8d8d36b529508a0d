"""The page of a graph without a browser: what is in the file, and how it gets there."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from itertools import combinations
from math import dist
from pathlib import Path
from typing import Any

import neo4j.time
import numpy as np
import pytest

from kg.export.html import About, PageSummary, write_page
from kg.export.layout import positions

ROOT = Path(__file__).resolve().parent.parent
HOSTILE = [
    "</script><script>window.__kg_pwn=1</script>",
    "<img src=x onerror=window.__kg_pwn=2>",
    'x" onmouseover="window.__kg_pwn=3',
    "${window.__kg_pwn=4}`",
    "<!--<script>",
    "a\u2028b",
    "{{7*7}}",
]


def fact(number: int, actor: str, target: str, **more: object) -> dict[str, object]:
    usual = {"type": "CONSULT", "action": "meets", "code": "040", "date": "2009-03-27", "until": "2009-03-28"}
    rest = {"precision": "day", "quad_class": 1, "intensity": 1.0, "reports": 1, "sources": [], "urls": []}
    return {"id": f"f{number:04}", "actor": actor, "target": target, **usual, **rest, **more}


Rows = Sequence[Mapping[str, object]]


def entities(*names: str) -> list[dict[str, object]]:
    return [{"id": name, "name": name, "kind": "state"} for name in names]


def write(folder: Path, actors: Rows, facts: Rows, *, limit: int = 10_000, **about: Any) -> str:
    write_page(folder / "page.html", actors, facts, About(**{"title": "Test", **about}), limit=limit)
    return (folder / "page.html").read_text(encoding="utf-8")


def data_of(page: str) -> dict[str, Any]:
    """The data block, read as strictly as JSON allows."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return dict(json.loads(found[1], parse_constant=refuse))


def facts_in(page: str) -> list[dict[str, Any]]:
    """The facts of a page as the page's script reads them: columns undone, with the ends and the class of their edge."""
    data = data_of(page)
    columns = {
        name: column if isinstance(column, list) else [column["of"][at] for at in column["at"]]
        for name, column in data["facts"].items()
    }
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return [{**row, **data["edges"][row["line"]]} for row in rows]


class Elements(HTMLParser):
    """Every element with its attributes, and the text of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] in ("script", "style") and data.strip():
            self.texts.append((self.found[-1][0], data))

    def count(self, tag: str) -> int:
        return sum(1 for name, _ in self.found if name == tag)


def test_same_facts_give_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    facts = [fact(i, *pair, date=f"2009-03-{i + 1:02}") for i, pair in enumerate(combinations("ABCDEF", 2))]
    once = write(tmp_path, entities(*"ABCDEF"), facts)
    assert write(tmp_path, entities(*"FEDCBA"), facts[::-1]) == once


def test_nothing_is_asked_of_the_network(tmp_path: Path) -> None:
    page = write(tmp_path, entities("USA", "RUS"), [fact(1, "USA", "RUS", urls=["https://example.org/a"])])
    elements = Elements(page)
    links = [a[key] for _, a in elements.found for key in ("src", "href", "srcset", "action") if key in a]
    assert links == ["data:,"]
    assert not any("@import" in text or "url(" in text for tag, text in elements.texts if tag == "style")
    assert "sourceMappingURL" not in page
    assert elements.found[0] == ("html", {"lang": "en"})
    assert ("meta", {"charset": "utf-8"}) in elements.found
    assert any(attributes.get("name") == "viewport" for _, attributes in elements.found)


def test_policy_allows_the_inline_blocks_and_nothing_else(tmp_path: Path) -> None:
    page = write(tmp_path, entities("USA", "RUS"), [fact(1, "USA", "RUS")])
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy[1].split(";")}
    assert rules["default-src"] == ["'none'"]
    assert rules["img-src"] == ["data:"]
    assert "connect-src" not in rules  # so default-src holds
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        blocks = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        hashes = [base64.b64encode(hashlib.sha256(block.encode()).digest()).decode() for block in blocks]
        assert rules[rule] == [f"'sha256-{each}'" for each in hashes]


def test_licence_of_vis_network_is_kept(tmp_path: Path) -> None:
    page = write(tmp_path, [], [])
    assert "@license" in page
    assert "visjs contributors" in page


def test_names_that_are_markup_stay_names(tmp_path: Path) -> None:
    facts = [fact(i, name, "RUS") for i, name in enumerate(HOSTILE)]
    page = write(tmp_path, entities(*HOSTILE, "RUS"), facts, title=HOSTILE[0], notes=HOSTILE)
    plain = [f"actor {i}" for i in range(len(HOSTILE))]
    tame = [fact(i, name, "RUS") for i, name in enumerate(plain)]
    harmless = write(tmp_path, entities(*plain, "RUS"), tame)
    assert Elements(page).count("script") == Elements(harmless).count("script") == 3
    assert len(re.findall("</?script", page)) == len(re.findall("</?script", harmless))
    assert Elements(page).count("img") == 0
    data = data_of(page)
    assert {node["name"] for node in data["nodes"]} == {*HOSTILE, "RUS"}
    assert {node["label"] for node in data["nodes"]} == {*HOSTILE, "RUS"}
    assert "\u2028" not in page.split('id="data">')[1].split("</script>")[0]
    assert not any(key.startswith("on") for _, attributes in Elements(page).found for key in attributes)


def test_half_a_surrogate_pair_and_control_characters_survive(tmp_path: Path) -> None:
    name = "bad \ud800 \x00 \x0b \r\n name"
    actors = [{"id": "x", "name": name, "kind": "state"}]
    page = write(tmp_path, actors, [fact(1, "x", "x")], title="a \ud800 b")
    assert data_of(page)["nodes"][0]["name"] == name


def test_few_facts_of_a_pair_are_lines_of_their_own(tmp_path: Path) -> None:
    ends = [("USA", "RUS"), ("USA", "RUS"), ("RUS", "USA"), ("USA", "USA"), ("USA", "USA")]
    given = [fact(i, *pair, action=f"act {i}", date=f"2009-03-{27 + i}") for i, pair in enumerate(ends)]
    page = write(tmp_path, entities("USA", "RUS"), given)
    facts = facts_in(page)
    assert [(each["from"], each["to"]) for each in facts] == ends
    assert [each["line"] for each in facts] == [0, 1, 2, 3, 4]
    assert [each["id"] for each in facts] == ["f0000", "f0001", "f0002", "f0003", "f0004"]
    assert [each["action"] for each in facts] == [f"act {i}" for i in range(5)]
    assert [each["start"] for each in facts] == [14330 + i for i in range(5)]  # days since 1970
    assert all(edge["arrows"] == "to" for edge in data_of(page)["edges"])


def test_many_facts_of_a_pair_are_a_bundle_for_each_direction_and_class(tmp_path: Path) -> None:
    there = [fact(i, "USA", "RUS", quad_class=1 + i % 2) for i in range(6)]
    back = [fact(10, "RUS", "USA", quad_class=None)]
    page = write(tmp_path, entities("USA", "RUS", "POL"), [*there, *back, fact(11, "POL", "USA")])
    edges = [(edge["from"], edge["to"], edge.get("quad_class")) for edge in data_of(page)["edges"]]
    assert sorted(edges, key=str) == [("POL", "USA", 1), ("RUS", "USA", None), ("USA", "RUS", 1), ("USA", "RUS", 2)]
    for each in facts_in(page):
        assert (each["from"], each["to"], each.get("quad_class")) == edges[each["line"]]
    assert len(facts_in(page)) == 8


def test_a_fact_takes_few_bytes(tmp_path: Path) -> None:
    import uuid

    empty = len(write(tmp_path, [], []))
    facts = []
    for i in range(2000):
        more = {"id": str(uuid.UUID(int=i**5)), "date": f"20{i % 20:02}-{i % 12 + 1:02}-{i % 28 + 1:02}", "until": None}
        urls = [f"https://www.example.org/news/2009/09/18/a-story-with-a-long-name-{i}.html"]
        facts.append(fact(i, f"a{i % 97}", f"a{i % 89}", sources=[f"Paper {i % 30}"], urls=urls) | more)
    page = write(tmp_path, entities(*(f"a{i}" for i in range(97))), facts)
    assert empty < 1_000_000
    assert len(page) < empty + 97 * 250 + 300 * 2000


def test_values_that_json_does_not_know(tmp_path: Path) -> None:
    odd = {
        "date": date(2009, 3, 27), "until": neo4j.time.Date(2009, 3, 28), "intensity": float("nan"),
        "reports": np.int64(3), "quad_class": np.int64(4), "score": Decimal("-2.5"), "endless": float("inf"),
        "tags": ["a", "b"], "when_seen": datetime(2009, 9, 17, 23, 30), "row": np.float32(1.5), "note": None,
        "list": np.array([1, 2]), "set": {"b", "a"},
    }  # fmt: skip
    more = facts_in(write(tmp_path, entities("USA", "RUS"), [fact(1, "USA", "RUS", **odd)]))[0]
    assert (more["start"], more["until"], more["when"]) == (14330, 14331, None)
    assert (more["reports"], more["quad_class"]) == (3, 4)
    assert more["intensity"] is None
    assert (more["score"], more["row"], more["endless"], more["tags"]) == (-2.5, 1.5, None, ["a", "b"])
    assert (more["when_seen"], more["list"], more["set"]) == ("2009-09-17T23:30:00", [1, 2], ["a", "b"])
    assert "note" not in more


@pytest.mark.parametrize(
    ("start", "until", "precision", "text", "days"),
    [
        ("2009-09-18", "2009-09-19", "day", None, 1),  # the first day says it all
        ("2009-09-18", None, "day", None, 1),
        ("2009-09-01", "2009-10-01", "month", "2009-09", 30),
        ("2009-01-01", "2010-01-01", "year", "2009", 365),
        ("2009-08-07", "2009-08-13", "span", "2009-08-07/2009-08-12", 6),
        ("2009-01-01", None, "span", "2009-01-01/..", None),
        ("1494-06-07", "1494-06-08", "day", None, 1),
        ("0001-01-01", "1990-12-26", "span", "../1990-12-25", 726826),
        ("2001-12-01", "2002-03-01", "season", "2001-24", 90),
        ("2010-01-01", "2020-01-01", "decade", "201X", 3652),
        ("1900-01-01", "2000-01-01", "century", "19XX", 36524),
        ("2009-09-17T23:30:00-05:00", "2009-09-18", "day", None, 1),
    ],
)
def test_time_as_fine_as_known(
    tmp_path: Path, start: str, until: str | None, precision: str, text: str | None, days: int | None
) -> None:
    given = fact(1, "USA", "RUS", date=start, until=until, precision=precision)
    (found,) = facts_in(write(tmp_path, entities("USA", "RUS"), [given]))
    assert found["when"] == text
    assert date.fromordinal(found["start"] + 719163).isoformat() == start[:10]
    assert found["until"] == (None if days is None else found["start"] + days)


def test_dates_that_are_none_and_those_that_the_caller_writes(tmp_path: Path) -> None:
    given = [fact(1, "USA", "RUS", date=None, until=None), fact(2, "USA", "RUS", when="2009-03-27~", certainty="approximate")]
    found = {each["id"]: each for each in facts_in(write(tmp_path, entities("USA", "RUS"), given))}
    assert (found["f0001"]["start"], found["f0001"]["when"]) == (None, None)
    assert (found["f0002"]["when"], found["f0002"]["certainty"]) == ("2009-03-27~", "approximate")


def test_locale_that_knows_no_greek(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from kg.export.html import About, write_page\n"
        "names = [chr(917) + chr(955), chr(197) + 'land']\n"
        "facts = [dict(id='1', actor=names[0], target=names[1], action='meets', date='2009-03-27')]\n"
        "actors = [dict(id=name, name=name, kind='state') for name in names]\n"
        "write_page(Path(sys.argv[1]), actors, facts, About(names[0]))\n"
    )
    settings = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(ROOT)}
    target = tmp_path / "page.html"
    subprocess.run([sys.executable, "-c", code, str(target)], env=os.environ | settings, check=True)
    page = target.read_bytes().decode("utf-8")
    assert '<meta charset="utf-8">' in page
    assert '<h1 dir="auto">Ελ</h1>' in page
    assert {node["name"] for node in data_of(page)["nodes"]} == {"Ελ", "Åland"}


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_failed_write_leaves_the_older_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    older = write(tmp_path, entities("USA", "RUS"), [fact(1, "USA", "RUS")])

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path, [], [])
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == older
    assert [file.name for file in tmp_path.iterdir()] == ["page.html"]


def test_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "nowhere", [], [])
    assert not list(tmp_path.iterdir())


def test_more_facts_than_the_limit(tmp_path: Path) -> None:
    busy = [fact(i, *("AB" if i % 2 else "BA"), date=f"2009-03-{i + 1:02}", until=None) for i in range(6)]
    quiet = [fact(10 + i, "C", name) for i, name in enumerate("DEF")]
    nobody = [fact(20 + i, "C", "NONE") for i in range(8)]
    target = tmp_path / "page.html"
    about = About("Test", notes=["A note"])
    summary = write_page(target, entities(*"ABCDEF", "NONE"), [*nobody, *quiet, *busy], about, limit=4)
    assert (summary.shown, summary.total, summary.entities) == (4, 17, 2)
    assert (summary.first, summary.last) == ("2009-03-03", "2009-03-06")
    page = target.read_text(encoding="utf-8")
    assert summary.size == target.stat().st_size
    assert summary.left_out == (
        "Only 4 of 17 facts are drawn: those of the busiest pairs, of a pair the latest. "
        "Left out: 13 facts of 5 pairs; a pair that is missing has at most 8 facts."
    )
    assert f"<li>{summary.left_out}</li><li>A note</li>" in page
    assert "4 of 17 facts" in summary.caption
    assert [each["id"] for each in facts_in(page)] == ["f0002", "f0003", "f0004", "f0005"]  # the latest
    assert {node["id"] for node in data_of(page)["nodes"]} == {"A", "B"}


def test_caption_counts_what_is_there(tmp_path: Path) -> None:
    kinds = {"USA": "state", "UN": "organization", "shield": "topic", "none": "none", "idle": "state"}
    actors = [{"id": key, "name": key, "kind": kind} for key, kind in kinds.items()]
    facts = [
        fact(1, "USA", "shield", date="2009-09-01", until="2009-10-01", precision="month"),
        fact(2, "USA", "none", date="2010-01-05", until="2010-01-06"),
        fact(3, "USA", "UN", date="1945-10-24", until=None, precision="span"),
    ]
    summary = write_page(tmp_path / "page.html", actors, facts, About("Test"))
    caption = "3 of 3 facts · 2 actors · 1 topic · 1945-10-24 to 2010-01-05 · 1 still holds"
    assert summary == PageSummary(3, 3, 4, "1945-10-24", "2010-01-05", caption, "", summary.size)


def test_what_the_page_says_of_itself(tmp_path: Path) -> None:
    sources = [[f"Paper {n}" for n in range(i, 8)] for i in range(8)]
    facts = [fact(i, "USA", "RUS", sources=sources[i]) for i in range(8)]
    terms = "free, https://example.org/terms?a=1&b=2; see there"
    datasets = [("a<b", 8, terms), ("c", 1, "")]
    about = {"command": "kg export p.html --actor '<USA>'", "exported": "2026-11-26", "datasets": datasets}
    page = write(tmp_path, entities("USA", "RUS"), facts, **about)
    (items,) = re.findall(r'<ul id="about">(.*?)</ul>', page)
    sources_line, *others = re.findall("<li>(.*?)</li>", items)
    assert re.sub("</?bdi>", "", sources_line) == (
        "Sources: Paper 7 (8), Paper 6 (7), Paper 5 (6), Paper 4 (5), Paper 3 (4), Paper 2 (3) and 2 more"
    )
    link = '<a href="https://example.org/terms?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow">'
    assert others == [
        f"Dataset <bdi>a&lt;b</bdi>: 8 reports; free, {link}https://example.org/terms?a=1&amp;b=2</a>; see there",
        "Dataset <bdi>c</bdi>: 1 report; licence not stated",
        "Exported on 2026-11-26",
        "Made by <code>kg export p.html --actor &#x27;&lt;USA&gt;&#x27;</code>",
    ]


def test_a_page_that_is_cut_says_what_its_numbers_are_of(tmp_path: Path) -> None:
    facts = [fact(i, "USA", "RUS", sources=["AFP"], coded="derived" if i == 2 else "code") for i in range(3)]
    page = write(
        tmp_path,
        entities("USA", "RUS", "POL"),
        [*facts, fact(3, "USA", "POL", sources=["dpa"])],
        limit=3,
        datasets=[("d", 4, "")],
    )
    (items,) = re.findall(r'<ul id="about">(.*?)</ul>', page)
    assert re.findall("<li>(.*?)</li>", items) == [
        "Sources of the 3 facts drawn: <bdi>AFP</bdi> (3)",
        "1 fact drawn derived from the others",
        "Dataset <bdi>d</bdi>: 4 reports of all 4 facts; licence not stated",
    ]


def test_a_span_without_beginning_is_not_the_first_day(tmp_path: Path) -> None:
    facts = [
        fact(1, "USA", "UN", date="0001-01-01", until="1990-12-26", precision="span", certainty="uncertain"),
        fact(2, "USA", "UN", date="1945-10-24", until=None, precision="span", certainty="approximate"),
        fact(3, "USA", "UN", date="1980-01-01", until="1990-01-01", precision="decade"),
    ]
    summary = write_page(tmp_path / "page.html", entities("USA", "UN"), facts, About("Test"))
    assert (summary.first, summary.last) == ("1945-10-24", "1990-12-25")
    assert write_page(tmp_path / "page.html", entities("USA", "UN"), facts[:1], About("Test")).first == "1990-12-25"


def test_no_facts(tmp_path: Path) -> None:
    summary = write_page(tmp_path / "page.html", entities("USA"), [], About("Nothing yet"))
    assert (summary.shown, summary.total, summary.entities, summary.first) == (0, 0, 0, "")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "0 of 0 facts" in page
    assert "No facts to show." in page
    assert data_of(page)["nodes"] == []


def test_facts_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"fact 'f0001': target 'RUS' is not among the entities"):
        write(tmp_path, entities("USA"), [fact(1, "USA", "RUS")])
    with pytest.raises(ValueError, match=r"1 fact ids occur more than once, the first is 'f0001'"):
        write(tmp_path, entities("USA"), [fact(1, "USA", "USA"), fact(1, "USA", "USA")])
    with pytest.raises(ValueError, match="limit is -1"):
        write(tmp_path, [], [], limit=-1)
    assert not list(tmp_path.iterdir())


def test_unknown_kind_is_drawn_as_unknown_and_named_as_given(tmp_path: Path) -> None:
    page = write(tmp_path, [{"id": "x", "name": "X", "kind": "spaceship"}], [fact(1, "x", "x")])
    node = data_of(page)["nodes"][0]
    assert (node["group"], node["kind"]) == ("unknown", "spaceship")


def tree(count: int, hubs: int) -> tuple[list[str], list[tuple[str, str]]]:
    """A large graph that is mostly leaves of a few hubs, which PivotMDS alone puts on top of each other."""
    nodes = [f"n{i}" for i in range(count)]
    ring = [(nodes[i], nodes[(i + 1) % hubs]) for i in range(hubs)]
    return nodes, ring + [(nodes[i], nodes[i % hubs]) for i in range(hubs, count)]


def test_layout_of_a_large_graph_keeps_nodes_apart() -> None:
    nodes, edges = tree(1200, 12)
    found = positions(nodes, edges)
    assert positions(nodes[::-1], [(b, a) for a, b in edges[::-1]]) == found
    assert set(found) == set(nodes)
    nearest = min(dist(found[a], found[b]) for a, b in combinations(nodes, 2))
    assert nearest > 25


@pytest.mark.parametrize(
    "edges",
    [
        [],
        [("a", "b")],
        [("a", "a")],
        [("hub", f"leaf {i}") for i in range(14)],
        [("hub", f"leaf {i}") for i in range(60)],
        [*combinations("abcdefgh", 2)],
        [(f"{a}{i}", f"{b}{i}") for i in range(30) for a, b in combinations("abc", 2)],
        [(f"{i}", f"{(i * 7 + 3) % 40}") for i in range(40)],
    ],
)
def test_layout_of_a_small_graph_gives_every_label_room(edges: list[tuple[str, str]]) -> None:
    nodes = sorted({node for edge in edges for node in edge} | {"alone", "apart"})
    boxes = dict.fromkeys(nodes, (110.0, 44.0))
    found = positions(nodes, edges, boxes=boxes)
    for a, b in combinations(nodes, 2):
        beside = abs(found[a][0] - found[b][0]) >= 108
        above = abs(found[a][1] - found[b][1]) >= 42
        assert beside or above, (a, b)


def test_layout_of_nothing_and_of_edges_to_nowhere() -> None:
    assert positions([], []) == {}
    assert positions(["a", "a"], []) == {"a": (0.0, 0.0)}
    with pytest.raises(ValueError, match="not in the list of nodes"):
        positions(["a"], [("a", "b")])
