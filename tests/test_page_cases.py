"""Pages that the command makes of files with which other tools' pages broke."""

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from helpers_export import ask_page
from helpers_store import write_rows
from test_page import Elements, data_of, entities, fact, facts_in, write

from kg.export.pages import USUAL, command
from kg.graph import Graph
from kg.views import instant

if TYPE_CHECKING:
    from conftest import Command


def page(kg: "Command", file: Path, *options: str) -> str:
    """The page of a file's facts."""
    assert kg("load", file).code in (0, 3)
    done = kg("export", "page.html", *options)
    assert done.code == 0, done.err
    return (kg.folder / "page.html").read_text(encoding="utf-8")


def test_h01_names_that_are_markup(kg: "Command", inputs: Path) -> None:
    found = page(kg, inputs / "h01.csv")
    assert Elements(found).count("script") == 3 and Elements(found).count("img") == 0
    rows = json.loads(kg("facts", "--format", "json").out)
    names = {row["actor"] for row in rows}
    assert len(names) == 7 and "{{7*7}}" in names
    assert {node["name"] for node in data_of(found)["nodes"]} == names | {"Russia"}


def test_h04_nothing_from_the_network(kg: "Command", inputs: Path) -> None:
    found = page(kg, inputs / "h04.csv")
    links = [a[key] for _, a in Elements(found).found for key in ("src", "href") if key in a]
    assert links == ["data:,"]
    assert sorted(each.name for each in kg.folder.iterdir()) == ["page.html", "s.kg"]


def test_h05_several_acts_between_one_pair(kg: "Command", inputs: Path) -> None:
    facts = facts_in(page(kg, inputs / "h05.csv"))
    assert [(each["from"], each["action"], each["to"]) for each in facts] == [
        ("USA", "x", "RUS"), ("USA", "y", "RUS"), ("RUS", "z", "USA"), ("USA", "self", "USA"),
    ]  # fmt: skip
    assert len({each["id"] for each in facts}) == len({each["line"] for each in facts}) == 4
    assert [each["start"] - facts[0]["start"] for each in facts] == [0, 1, 2, 3]


def test_h06_values_that_json_does_not_know(kg: "Command", inputs: Path) -> None:
    (found,) = facts_in(page(kg, inputs / "h06.json"))
    assert (found["from"], found["action"], found["to"], found["start"]) == ("USA", "meets", "RUS", 14330)


def test_h07_locale_that_knows_no_greek(kg: "Command", inputs: Path) -> None:
    assert kg("load", inputs / "h07.csv").code == 0
    done = kg("export", "page.html", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert done.code == 0, done.err
    found = (kg.folder / "page.html").read_bytes().decode("utf-8")
    assert '<meta charset="utf-8">' in found
    assert {node["name"] for node in data_of(found)["nodes"]} == {"Ελλάς", "Åland Islands"}


def test_write_that_fails_leaves_the_older_page(kg: "Command", inputs: Path) -> None:
    older = page(kg, inputs / "h04.csv")
    words = shlex.join([*kg.words, "export", "page.html", "--title", "Another"])
    done = subprocess.run(
        ["bash", "-c", f"ulimit -f 100; {words}"], cwd=kg.folder, env=kg.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "can't write page.html: File too large" in done.stderr and "as it was" in done.stderr
    assert (kg.folder / "page.html").read_text(encoding="utf-8") == older
    assert sorted(each.name for each in kg.folder.iterdir()) == ["page.html", "s.kg"]


def test_h08_thousands_of_nodes(kg: "Command", tmp_path: Path) -> None:
    n = 20_000
    rows = [(f"N{i % n}", "meets", f"N{(i * 13 + 1) % n}", f"2009-{i % 12 + 1:02d}-{i % 28 + 1:02d}") for i in range(2 * n)]
    assert kg("load", write_rows(tmp_path / "large.csv", rows), timeout=300).code == 0
    done = kg("export", "page.html", "--top", "3000", timeout=300)
    assert done.code == 0
    told = re.search(r"note: Only 3,000 of ([\d,]+) facts are drawn: .* Left out: ([\d,]+) facts of", done.err)
    assert told, done.err
    assert int(told[2].replace(",", "")) == int(told[1].replace(",", "")) - 3000 > 30_000
    found = (kg.folder / "page.html").read_text(encoding="utf-8")
    assert told[0].removeprefix("note: ") in found
    assert "Made by <code>kg export page.html --top 3000</code>" in found
    assert len(facts_in(found)) == 3000


def test_view_without_facts(kg: "Command", inputs: Path) -> None:
    found = page(kg, inputs / "h04.csv", "--from", "2050")
    assert "No facts to show." in found and "0 of 0 facts" in found
    assert data_of(found)["nodes"] == []


def test_command_names_the_view_and_no_place(kg: "Command", inputs: Path) -> None:
    options = ["--actor", "United States", "--from", "2009", "--until", "2010-01", "--roll-up", "--title", "It's <b>"]
    found = page(kg, inputs / "h05.csv", *options)
    told = re.search("Made by <code>(.*?)</code>", found)
    assert told
    wanted = "kg export page.html --actor USA --from 2009-01-01 --until 2010-01-01 --roll-up --title 'It'\"'\"'s <b>'"
    assert told[1].replace("&#x27;", "'").replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">") == wanted
    again = kg("export", "again.html", *shlex.split(wanted)[3:])
    assert again.code == 0
    one, other = ((kg.folder / name).read_text(encoding="utf-8") for name in ("page.html", "again.html"))
    assert facts_in(one) == facts_in(other) != []
    assert str(kg.folder) not in one


def test_command_of_an_earlier_state_of_knowledge_names_the_view_too(kg: "Command", inputs: Path) -> None:
    options = "--actor USA --from 2009-01-01 --until 2010-01-01 --known-at 2100-01-01T12:00:00 --around RUS --depth 2 --top 3"
    found = page(kg, inputs / "h05.csv", *options.split())
    assert f"Made by <code>kg export page.html {options}</code>" in found
    assert facts_in(found) != []


def test_command_names_every_condition(graph: Graph) -> None:
    view = graph.at("2009-09-18").around("NATO", 2).known_at("2030-01-01").certain().of_type("CONSULT").view
    wanted = "--from 2009-09-18 --until 2009-09-19 --certain --known-at 2030-01-01T23:59:59.999999 --around NATO --depth 2"
    assert command(view, "p.html", title=None, limit=USUAL) == f"kg export p.html --type CONSULT {wanted}"
    assert instant("2030-01-01T23:59:59.999999") == view.known_at


def test_licences_of_the_datasets(kg: "Command", tmp_path: Path) -> None:
    columns = "Event ID\tEvent Date\tSource Name\tEvent Text\tCAMEO Code\tTarget Name\tIntensity\n"
    (tmp_path / "events.tab").write_text(f"{columns}1\t2014-01-01\tFrance\tConsult\t040\tGermany\t1.0\n", encoding="utf-8")
    found = page(kg, tmp_path / "events.tab")
    assert "Dataset <bdi>icews</bdi>: 1 report; terms of the Harvard Dataverse, <a href=" in found


@pytest.mark.parametrize("loaded", [True, False])
def test_notebook_cell(graph: Graph, inputs: Path, loaded: bool) -> None:
    if not loaded:
        assert graph._repr_html_() == f"<p>there is no store at {graph.store}.</p>"
        return
    graph.load(inputs / "h01.csv")
    cell: Any = Elements(graph._repr_html_())
    ((tag, attributes),) = cell.found
    assert tag == "iframe" and attributes["sandbox"] == "allow-scripts allow-popups"
    assert len(facts_in(attributes["srcdoc"])) == 7


def test_notebook_cell_of_too_much(graph: Graph, inputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph.load(inputs / "h05.csv")
    monkeypatch.setattr("kg.export.pages.READ", 3)
    for narrowed in (graph, graph.between("2009")):
        assert "4 facts, too many for a picture here" in narrowed._repr_html_()
    monkeypatch.setattr("kg.export.pages.INLINE", 2)
    assert "Only 2 of 3 facts are drawn" in graph.by("USA")._repr_html_()


def test_names_that_every_object_of_javascript_has(tmp_path: Path) -> None:
    names = ("constructor", "__proto__", "toString", "hasOwnProperty", "USA")
    write(tmp_path, entities(*names), [fact(i, name, "USA") for i, name in enumerate(names)])
    question = """() => {
        const drawn = kgPage.network.body.nodeIndices.length;
        const answer = [kgPage.nodes.length, drawn, kgPage.labels().map((each) => each.id).sort()];
        for (const id of ["__proto__", "constructor"]) {
            kgPage.show({ what: "node", id }, { move: true });
            kgPage.change({ focus: id });
            const { x, y } = kgPage.nodes.find((node) => node.id === id);
            const at = kgPage.network.canvasToDOM({ x, y });
            document.querySelector("#graph canvas:last-of-type").dispatchEvent(new PointerEvent("pointermove", {
                bubbles: true, clientX: at.x + document.getElementById("graph").getBoundingClientRect().left,
                clientY: at.y + document.getElementById("graph").getBoundingClientRect().top }));
            answer.push(document.querySelector("#panel h2").textContent, kgPage.network.getSelectedNodes().length);
        }
        return answer;
    }"""
    assert ask_page(tmp_path / "page.html", question) == [5, 5, sorted(names), "__proto__", 1, "constructor", 1]


def test_only_labels_of_the_busiest_nodes_cover_others(tmp_path: Path) -> None:
    """Whoever found no room comes first in another try, but may not cover nodes for that."""
    names = [f"The Ministry of Something {i}" for i in range(40)]
    pairs = [(a, b) for a in range(40) for b in range(a) if (a * 7 + b * 3) % (2 + a // 4) == 0]
    write(tmp_path, entities(*names), [fact(i, names[a], names[b]) for i, (a, b) in enumerate(pairs)])
    question = """() => {
        const scale = kgPage.network.getScale();
        const discs = kgPage.nodes.map((node) => ({ id: node.id, ...kgPage.network.canvasToDOM(node), r: Math.max(node.size * scale * 0.85, 3) }));
        const covers = ({ id, x, y, width, height }) => discs.some((disc) => disc.id !== id
            && disc.x + disc.r > x && disc.x - disc.r < x + width && disc.y + disc.r > y && disc.y - disc.r < y + height);
        const order = [...kgPage.nodes].reverse().map((node) => node.id);
        return kgPage.labels().filter(covers).map((label) => order.indexOf(label.id)).sort((a, b) => a - b);
    }"""  # noqa: E501
    covering = ask_page(tmp_path / "page.html", question, width=420)
    assert covering and max(covering) < 10


def test_an_empty_page_has_no_dead_tabs(tmp_path: Path) -> None:
    write(tmp_path, [], [])
    question = """[...document.querySelectorAll("#panel .tab")].map((tab) => [tab.textContent, tab.disabled])"""
    tabs = ["Chronicle", "Actors", "Filter"]
    assert ask_page(tmp_path / "page.html", question, drawn=False) == [[tab, True] for tab in tabs]
    write(tmp_path, entities("USA", "RUS"), [fact(1, "USA", "RUS")])
    assert ask_page(tmp_path / "page.html", question) == [[tab, False] for tab in tabs]
