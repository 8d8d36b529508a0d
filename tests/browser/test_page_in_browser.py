"""The page in a real browser with the network off: it draws, answers clicks, runs nothing from the data."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kg.export.html import About, write_page

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
    write_page(folder / "page.html", entities, facts, About("Test"))
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
    opened.page.get_by_role("button", name="Back", exact=True).click()
    assert "What happened" in opened.panel()
    opened.page.get_by_role("button", name="Actors", exact=True).click()
    names = opened.page.locator("#panel li button").all_inner_texts()
    assert names == ["United States\n5 facts", "Russia\n3 facts", "Polonia\n1 fact"]
    assert opened.complaints == []


def test_edge_shows_its_fact(tmp_path: Path, open_page: "Open") -> None:
    opened = open_page(diplomacy(tmp_path))
    opened.click_node("RUS")
    opened.page.locator("#panel").get_by_role("button", name="accuses").click()
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
    ids = [f"f0000{i}" for i in range(1, 6)]
    spots = [opened.page.evaluate("id => kgPage.spotOf(id)", each) for each in ids]
    assert len({(round(spot["x"]), round(spot["y"])) for spot in spots}) == 5
    for each, action in zip(ids, ("criticises", "telephones", "accuses", "recalls", "thanks"), strict=True):
        opened.click_line(each)
        assert opened.page.locator("#panel dd").first.inner_text() == action
    assert opened.complaints == []


def test_hover_text_is_text(tmp_path: Path, open_page: "Open") -> None:
    opened = open_page(page_of(tmp_path, [fact(1, HOSTILE[1], "RUS", action=HOSTILE[0], reports=2)]))
    spot = "id => kgPage.network.canvasToDOM(kgPage.network.getPositions([id])[id])"
    tooltip = opened.page.locator(".tooltip")
    for at, text in (
        (opened.page.evaluate(spot, HOSTILE[1]), f"{HOSTILE[1]}\nstate, 1 fact"),
        (
            opened.page.evaluate("kgPage.spotOf('f00001')"),
            f"{HOSTILE[1]} → RUS\n2009-03-27: {HOSTILE[0]} (CONSULT, 2 reports)",
        ),
    ):
        opened.page.locator("#graph").hover(position=at)
        tooltip.wait_for(state="visible")
        assert tooltip.text_content() == text
        assert tooltip.locator("*").count() == 0


def test_names_that_are_markup_do_not_run(tmp_path: Path, open_page: "Open") -> None:
    facts = [fact(i, name, "RUS", action=name, sources=[name], urls=[name]) for i, name in enumerate(HOSTILE)]
    opened = open_page(page_of(tmp_path, facts))
    for name in HOSTILE:
        opened.click_node(name)
        assert opened.page.locator("#panel h2").text_content() == name
        opened.page.locator("#panel li button").first.click()
        assert opened.page.locator("#panel dd").first.text_content() == name
        opened.page.get_by_role("button", name="Fit").click()
        opened.page.get_by_label("Find").fill(name)
        assert opened.page.locator("#names li bdi").first.text_content() == name
        opened.press("Escape")
    opened.page.get_by_role("button", name="Filter", exact=True).click()
    assert opened.page.evaluate("window.__kg_pwn") is None
    assert opened.page.locator("script").count() == 3
    assert opened.page.locator("img").count() == 0
    assert opened.complaints == []


def test_search_focuses_on_the_node(tmp_path: Path, open_page: "Open") -> None:
    opened = open_page(diplomacy(tmp_path))
    for text in ("Russia", "russ", "RUS", "ussia"):
        opened.page.get_by_role("button", name="Fit").click()
        opened.page.get_by_label("Find").fill(text)
        opened.press("Enter")
        assert opened.page.evaluate("kgPage.network.getSelectedNodes()") == ["RUS"]
        assert opened.page.locator("#panel h2").inner_text() == "Russia"
        place = opened.page.evaluate("kgPage.network.getPositions(['RUS'])['RUS']")
        middle = opened.page.evaluate("kgPage.network.getViewPosition()")
        assert (round(place["x"]), round(place["y"])) == (round(middle["x"]), round(middle["y"]))
    opened.page.get_by_label("Find").fill("Atlantis")
    opened.press("Enter")
    assert "Atlantis" in opened.page.locator("#message").inner_text()
    assert opened.complaints == []


def test_search_suggests_names(tmp_path: Path, open_page: "Open") -> None:
    names = {"USA": "Ünited States", "RUS": "Russia", "POL": "Poland of the United"}
    facts = [fact(1, "USA", "RUS"), fact(2, "POL", "USA"), fact(3, "RUS", "POL"), fact(4, "USA", "POL")]
    opened = open_page(page_of(tmp_path, facts, **names))
    field, options = opened.page.get_by_role("combobox", name="Find"), opened.page.locator("#names [role=option]")
    field.fill("unit")  # the beginning of a name comes before that of a word
    assert [each.split("\n")[0] for each in options.all_inner_texts()] == ["Ünited States", "Poland of the United"]
    assert field.get_attribute("aria-expanded") == "true"
    opened.press("ArrowDown", "ArrowDown")
    chosen = opened.page.locator("[role=option][aria-selected=true]")
    assert chosen.locator("bdi").inner_text() == "Poland of the United"
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    opened.press("Enter")
    assert opened.page.locator("#panel h2").inner_text() == "Poland of the United"
    assert options.count() == 0 or not options.first.is_visible()
    field.fill("rus")
    options.first.click()
    assert opened.page.locator("#panel h2").inner_text() == "Russia"


def test_keyboard_alone(tmp_path: Path, open_page: "Open") -> None:
    opened = open_page(diplomacy(tmp_path))
    focused = (
        "document.activeElement.id || document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"
    )
    reached = []
    for _ in range(16):
        opened.press("Tab")
        reached.append(opened.page.evaluate(focused))
    assert reached[:3] == ["name", "Show", "fit"]
    assert reached[3].startswith("Graph. Arrow keys")
    assert reached[4:9] == ["play", "earlier", "next", "step", "from"]
    assert "From, first day" in reached and "Until, first day that is out" in reached
    opened.page.locator(".vis-network").focus()
    opened.press("ArrowRight")
    assert opened.page.locator("#said").inner_text() == "United States, state, 5 facts. Enter opens its chronicle."
    places = opened.page.evaluate("kgPage.network.getPositions(['USA', 'RUS'])")
    across = abs(places["RUS"]["x"] - places["USA"]["x"]) > abs(places["RUS"]["y"] - places["USA"]["y"])
    ahead = places["RUS"]["x"] > places["USA"]["x"] if across else places["RUS"]["y"] > places["USA"]["y"]
    opened.press(f"Arrow{('Right' if ahead else 'Left') if across else ('Down' if ahead else 'Up')}", "Enter")
    assert opened.page.locator("#panel h2").inner_text() == "Russia"
    assert opened.page.evaluate("document.activeElement.id") == "panel"
    opened.press("Tab")
    while "accuses" not in opened.page.evaluate("document.activeElement.textContent"):
        opened.press("Tab")
        assert opened.page.evaluate("document.getElementById('panel').contains(document.activeElement)")
    opened.press("Enter")
    assert "112" in opened.panel()
    opened.page.locator(".vis-network").focus()
    opened.press("Escape")
    assert "What happened" in opened.panel()
    scale = opened.page.evaluate("kgPage.network.getScale()")
    opened.press("+")
    assert opened.page.evaluate("kgPage.network.getScale()") > scale * 1.2
    opened.press("Shift+ArrowRight", "0")
    assert opened.page.evaluate("kgPage.network.getScale()") == pytest.approx(scale)


def test_every_control_has_a_name(tmp_path: Path, open_page: "Open") -> None:
    opened = open_page(diplomacy(tmp_path))
    opened.page.get_by_role("button", name="Filter", exact=True).click()
    nameless = opened.page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, [tabindex="0"]')].filter((each) => !(
            each.getAttribute('aria-label') || each.textContent.trim() || each.labels?.length)).map((each) => each.outerHTML)"""
    )
    assert nameless == []
    assert opened.page.locator("canvas:not([aria-hidden])").count() <= 1  # vis-network's own, within a labelled frame


def test_no_facts(tmp_path: Path, open_page: "Open") -> None:
    opened = open_page(page_of(tmp_path, []), drawn=False)
    assert opened.page.get_by_text("No facts to show.").is_visible()
    assert opened.complaints == []


def test_thousands_of_facts_open_in_seconds(tmp_path: Path, open_page: "Open") -> None:
    ends = [(i * 7 + 1) % 1000 if i < 2000 else i % 97 for i in range(4000)]
    facts = [fact(i, f"a{i % 2000}", f"a{end}", date=f"20{i % 10:02}-03-27", until=None) for i, end in enumerate(ends)]
    opened = open_page(page_of(tmp_path, facts))
    first: Any = opened.page.evaluate("performance.getEntriesByName('first-frame')[0].startTime")
    assert first < 5000
    dots = opened.page.evaluate(INK)  # a large drawing begins as dots
    opened.page.wait_for_timeout(1500)
    assert 0.2 < dots / opened.page.evaluate(INK) < 1.2
    opened.page.evaluate("kgPage.change({ from: 12000, until: 13000 }, { moving: true })")
    opened.page.wait_for_timeout(100)
    assert 0.02 < opened.page.evaluate(INK) / dots < 0.9
    opened.page.evaluate("kgPage.change({ from: null, until: null })")
    opened.click_node("a5")
    assert opened.page.locator("#panel h2").inner_text() == "a5"
    assert opened.complaints == []


def test_names_that_are_long_or_run_the_other_way(tmp_path: Path, open_page: "Open") -> None:
    names = {"a": "N" * 10_000, "b": "روسيا", "c": "\u202egnol\u2066 \x00\x07\u2028", "d": "word " * 2_000}
    facts = [fact(i, *ends, action="says " * 500) for i, ends in enumerate([("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")])]
    opened = open_page(page_of(tmp_path, facts, **names), width=800)
    for key, name in names.items():
        opened.click_node(key)
        assert opened.page.locator("#panel h2").text_content() == name
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 800
    opened.page.locator("#graph").hover(position=opened.page.evaluate("kgPage.spotOf('f00000')"))
    box = opened.page.locator(".tooltip").bounding_box()
    assert box["height"] <= 300 and box["width"] <= 420
    assert opened.complaints == []
