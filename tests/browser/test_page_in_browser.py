"""The page in a real browser with the network off: it draws, answers clicks, runs nothing from the data."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kg.export.html import write_page

if TYPE_CHECKING:
    from conftest import Opened

    Open = Callable[..., Opened]

HOSTILE = [
    "</script><script>window.__kg_pwn=1</script>",
    "<img src=x onerror=window.__kg_pwn=2>",
    'x" onmouseover="window.__kg_pwn=3',
    "${window.__kg_pwn=4}`",
    "<!--<script>",
    "a\u2028b",
    "{{7*7}}",
]
INK = """() => {
    const canvas = document.querySelector('#graph canvas');
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
    copy.drawImage(canvas, 0, 0);
    const pixels = copy.getImageData(0, 0, canvas.width, canvas.height).data;
    let ink = 0;
    for (let i = 3; i < pixels.length; i += 4) if (pixels[i] > 0) ink += 1;
    return ink;
}"""


def fact(number: int, actor: str, target: str, **more: object) -> dict[str, object]:
    usual = {"type": "CONSULT", "action": "meets", "date": "2009-03-27", "until": "2009-03-28"}
    return {"id": f"f{number:05}", "actor": actor, "target": target, "quad_class": 1, **usual, **more}


def page_of(folder: Path, facts: list[dict[str, object]], **names: str) -> Path:
    keys = sorted({str(each[end]) for each in facts for end in ("actor", "target")})
    entities = [{"id": key, "name": names.get(key, key), "kind": "state"} for key in keys]
    write_page(folder / "page.html", entities, facts, title="Test")
    return folder / "page.html"


def diplomacy(folder: Path) -> Path:
    """The four facts of a dyad: two there, one back, one with itself; and one with a third state."""
    facts = [
        fact(1, "USA", "RUS", action="criticises", date="2009-03-27", until="2009-03-28"),
        fact(2, "USA", "RUS", action="telephones", date="2009-09-01", until="2009-10-01", precision="month"),
        fact(
            *(3, "RUS", "USA"),
            action="accuses",
            code="112",
            reports=3,
            sources=["AFP", "Reuters"],
            urls=["https://example.org/story", "javascript:window.__kg_pwn=5"],
        ),
        fact(4, "USA", "USA", action="recalls", date="2010-01-01", until="2011-01-01", precision="year"),
        fact(5, "POL", "USA", action="thanks"),
    ]
    return page_of(folder, facts, USA="United States", RUS="Russia", POL="Polonia")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_draws_without_a_network(tmp_path: Path, open_page: "Open", width: int, scheme: str) -> None:
    path = diplomacy(tmp_path)
    opened = open_page(path, width=width, color_scheme=scheme)
    assert opened.page.evaluate(INK) > 500
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    opened.page.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
    opened.page.wait_for_timeout(100)
    assert opened.page.evaluate(INK) > 500
    assert opened.requests == [path.as_uri()]
    assert opened.complaints == []


def test_node_shows_its_chronicle(tmp_path: Path, open_page: "Open") -> None:
    opened = open_page(diplomacy(tmp_path))
    opened.click_node("USA")
    assert "United States" in opened.panel()
    rows = opened.page.locator("#panel li time").all_inner_texts()
    assert rows == ["2009-03-27", "2009-03-27", "2009-03-27", "2009-09", "2010"]
    assert "← Russia: accuses" in opened.panel()
    assert "telephones → Russia" in opened.panel()
    opened.page.get_by_role("button", name="All actors").click()
    assert "Busiest actors" in opened.panel()
    assert opened.complaints == []


def test_edge_shows_its_fact(tmp_path: Path, open_page: "Open") -> None:
    opened = open_page(diplomacy(tmp_path))
    opened.click_node("RUS")
    opened.page.get_by_role("button", name="accuses").click()
    for text in ("Russia", "accuses", "2009-03-27", "112", "verbal cooperation", "3 reports", "Reuters"):
        assert text in opened.panel()
    links = opened.page.locator("#panel a")
    assert links.count() == 1
    assert links.get_attribute("href") == "https://example.org/story"
    assert links.get_attribute("rel") == "noopener noreferrer nofollow"
    assert links.get_attribute("target") == "_blank"
    assert "javascript:window.__kg_pwn=5" in opened.panel()
    assert opened.complaints == []


def test_parallel_facts_are_drawn_apart(tmp_path: Path, open_page: "Open") -> None:
    opened = open_page(diplomacy(tmp_path))
    middles = opened.page.evaluate(
        """() => Object.values(kgPage.network.body.edges).map((edge) => {
            const loop = edge.fromId === edge.toId;
            const middle = loop ? { x: edge.from.x + 30, y: edge.from.y - 30 } : edge.edgeType.getPoint(0.5);
            return [edge.id, Math.round(middle.x), Math.round(middle.y)];
        })"""
    )
    assert sorted(edge for edge, *_ in middles) == ["f00001", "f00002", "f00003", "f00004", "f00005"]
    assert len({(x, y) for _, x, y in middles}) == 5


def test_edge_can_be_clicked_on_its_line(tmp_path: Path, open_page: "Open") -> None:
    opened = open_page(diplomacy(tmp_path))
    at = opened.page.evaluate("""() => kgPage.network.canvasToDOM(kgPage.network.body.edges['f00005'].edgeType.getPoint(0.5))""")
    opened.page.locator("#graph").click(position=at)
    assert "thanks" in opened.panel()
    assert "Polonia" in opened.panel()


def test_hover_text_is_text(tmp_path: Path, open_page: "Open") -> None:
    opened = open_page(page_of(tmp_path, [fact(1, HOSTILE[1], "RUS")]))
    spot = "id => kgPage.network.canvasToDOM(kgPage.network.getPositions([id])[id])"
    at = opened.page.evaluate(spot, HOSTILE[1])
    opened.page.locator("#graph").hover(position=at)
    tooltip = opened.page.locator(".vis-tooltip")
    tooltip.wait_for(state="visible")
    assert HOSTILE[1] in tooltip.inner_text()
    assert tooltip.locator("*:not(br)").count() == 0


def test_names_that_are_markup_do_not_run(tmp_path: Path, open_page: "Open") -> None:
    facts = [fact(i, name, "RUS", action=name, sources=[name], urls=[name]) for i, name in enumerate(HOSTILE)]
    opened = open_page(page_of(tmp_path, facts))
    for i, name in enumerate(HOSTILE):
        opened.click_node(name)
        assert opened.page.locator("#panel h2").text_content() == name
        opened.page.evaluate("id => kgPage.showEdge(id, true)", f"f{i:05}")
        opened.page.wait_for_timeout(20)
        opened.page.get_by_role("button", name="Fit").click()
    assert opened.page.evaluate("window.__kg_pwn") is None
    assert opened.page.locator("script").count() == 3
    assert opened.page.locator("img").count() == 0
    assert opened.complaints == []


def test_search_focuses_on_the_node(tmp_path: Path, open_page: "Open") -> None:
    opened = open_page(diplomacy(tmp_path))
    opened.page.locator("#names option").first.wait_for(state="attached")
    names = opened.page.locator("#names option").evaluate_all("found => found.map((each) => each.value)")
    assert sorted(names) == ["Polonia", "Russia", "United States"]
    for text in ("Russia", "russ", "RUS", "ussia"):
        opened.page.get_by_role("button", name="Fit").click()
        opened.page.get_by_label("Find").fill(text)
        opened.page.keyboard.press("Enter")
        assert opened.page.evaluate("kgPage.network.getSelectedNodes()") == ["RUS"]
        assert opened.page.locator("#panel h2").inner_text() == "Russia"
        place = opened.page.evaluate("kgPage.network.getPositions(['RUS'])['RUS']")
        middle = opened.page.evaluate("kgPage.network.getViewPosition()")
        assert (round(place["x"]), round(place["y"])) == (round(middle["x"]), round(middle["y"]))
    opened.page.get_by_label("Find").fill("Atlantis")
    opened.page.keyboard.press("Enter")
    assert "Atlantis" in opened.page.get_by_role("status").inner_text()


def test_controls_are_reached_by_the_keyboard(tmp_path: Path, open_page: "Open") -> None:
    opened = open_page(diplomacy(tmp_path))
    reached = []
    for _ in range(6):
        opened.page.keyboard.press("Tab")
        reached.append(opened.page.evaluate("document.activeElement.textContent || document.activeElement.id"))
    assert reached[:3] == ["name", "Show", "Fit"]
    assert any("United States" in text for text in reached[3:])


def test_no_facts(tmp_path: Path, open_page: "Open") -> None:
    opened = open_page(page_of(tmp_path, []), drawn=False)
    assert opened.page.get_by_text("No facts to show.").is_visible()
    assert opened.complaints == []


def test_thousands_of_facts_open_in_seconds(tmp_path: Path, open_page: "Open") -> None:
    ends = [(i * 7 + 1) % 1000 if i < 2000 else i % 97 for i in range(4000)]
    facts = [fact(i, f"a{i % 2000}", f"a{end}") for i, end in enumerate(ends)]
    opened = open_page(page_of(tmp_path, facts))
    first: Any = opened.page.evaluate("performance.getEntriesByName('first-frame')[0].startTime")
    assert first < 5000
    opened.click_node("a5")
    opened.page.get_by_role("button", name="All actors").wait_for()
    assert opened.complaints == []
