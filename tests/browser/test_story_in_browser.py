"""The page of a store in a browser: time, filters, what is open, and all of it in an address."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from helpers_store import EXAMPLE, command, write_rows

import kg

if TYPE_CHECKING:
    from conftest import Opened

    Open = Callable[..., Opened]

#: Besides the example: what lasts, what still holds, what is known to the month or the year, and a bundle.
MORE = [
    ("Poland", "is allied with", "United States", "1999-03-12/.."),
    ("Russia", "fights", "Ukraine", "2008-12-30/2009-01-02"),
    ("France", "meets", "Germany", "2009-01"),
    ("France", "meets", "Germany", "2008"),
    ("France", "meets", "Germany", "2008-12-31"),
    ("France", "meets", "Germany", "2009-01-01"),
    ("France", "meets", "Germany", "2009-01-31"),
    ("France", "meets", "Germany", "2009-02-01"),
    ("Germany", "criticizes", "France", "2009-02-01"),
    ("France", "criticizes", "France", "2009-02-02"),
]
BUNDLE = "kgPage.facts.find(each => each.from.id === 'FRA' && each.to.id === 'DEU').id"


def run(folder: Path, *words: object, **env: str) -> str:
    """What the command prints, on the store in a folder."""
    done = command(*words, cwd=folder, KG=str(folder / "s.kg"), **env)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the example and `MORE`, beside its store."""
    folder = tmp_path_factory.mktemp("story")
    run(folder, "load", EXAMPLE, write_rows(folder / "more.csv", MORE))
    run(folder, "export", "story.html", "--title", "The missile shield")
    return folder / "story.html"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the example alone."""
    folder = tmp_path_factory.mktemp("example")
    run(folder, "load", EXAMPLE)
    run(folder, "export", "story.html", "--title", "The missile shield", "--from", "2008", SOURCE_DATE_EPOCH="1253232000")
    return folder / "story.html"


def asked(story: Path, *options: str) -> list[str]:
    """The ids of the facts that `kg facts` gives."""
    return sorted(json.loads(line)["id"] for line in run(story.parent, "facts", *options, "--format", "jsonl").splitlines())


def window(opened: "Opened") -> list[str]:
    """The window as options of `kg facts`."""
    found = opened.page.evaluate("['from', 'until'].map(key => document.getElementById(key).value)")
    return [word for key, day in zip(("--from", "--until"), found, strict=True) if day for word in (key, day)]


def drag(opened: "Opened", what: str, share: float) -> None:
    """Drag a handle, or the window, by a share of the slider's width."""
    box = opened.page.locator(what).bounding_box()
    whole = opened.page.locator("#strip").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 10
    opened.page.mouse.move(x, y)
    opened.page.mouse.down()
    opened.page.mouse.move(x + share * whole["width"] / 2, y)
    opened.page.mouse.move(x + share * whole["width"], y)
    opened.page.mouse.up()


def test_slider_shows_what_kg_facts_gives(story: Path, open_page: "Open") -> None:
    opened = open_page(story)
    assert sorted(opened.shown()) == asked(story)
    total = len(opened.shown())
    seen = set()
    moves = [(".handle.from", 0.62), (".handle.until", -0.1), (".handle.until", -0.12), (".grip", 0.1), (".grip", -0.3)]
    for step in ("year", "month", "week", "day"):
        opened.page.locator("#step").select_option(step)
        for what, share in moves:
            drag(opened, what, share / (1 if step == "year" else 4))
            options = window(opened)
            seen.add(tuple(options))
            assert sorted(opened.shown()) == asked(story, *options), options
            count = opened.page.locator("#count").inner_text()
            assert count == (f"{shown} of {total} facts" if (shown := len(opened.shown())) < total else f"all {total} facts")
    assert len(seen) > 8
    assert opened.complaints == []
    assert opened.requests == [story.as_uri()]


def test_window_by_keys_and_by_hand(story: Path, open_page: "Open") -> None:
    opened = open_page(story)
    opened.page.locator("#step").select_option("month")
    for key, text in (("from", "2008-12-31"), ("until", "2009-02")):
        opened.page.locator(f"#{key}").fill(text)
        opened.press("Enter")
    assert window(opened) == ["--from", "2008-12-31", "--until", "2009-02-01"]
    assert sorted(opened.shown()) == asked(story, *window(opened))
    opened.page.get_by_role("slider", name="From").focus()
    for key, day in (("ArrowRight", "2009-01-01"), ("ArrowRight", "2009-01-01"), ("PageDown", "2008-03-01"), ("Home", "")):
        opened.press(key)  # never past the other end: one step before it at most
        assert opened.page.locator("#from").input_value() == day
        assert sorted(opened.shown()) == asked(story, *window(opened))
    slider = opened.page.get_by_role("slider", name="Until")
    slider.focus()
    opened.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "2009-03-01"
    opened.press("End")
    assert window(opened) == []
    opened.page.locator("#from").fill("2009-02-30")
    opened.press("Enter")
    assert opened.page.locator("#from").get_attribute("aria-invalid") == "true"
    assert "no date" in opened.page.locator("#said").inner_text()
    assert sorted(opened.shown()) == asked(story)


def test_lines_are_those_of_what_is_shown(story: Path, open_page: "Open") -> None:
    opened = open_page(story, "#from=2009-01-01&until=2009-01-02")
    drawn = opened.page.evaluate(
        "kgPage.lines().flatMap(line => line.facts.map(fact => fact.id).filter(id => kgPage.shown().includes(id)))"
    )
    assert sorted(drawn) == sorted(opened.shown())
    assert opened.page.evaluate("kgPage.lines().every(line => line.count > 0)")
    active = opened.page.evaluate("kgPage.nodes.filter(node => node.active).map(node => node.id).sort()")
    faded = opened.page.evaluate("kgPage.nodes.filter(node => kgPage.network.body.nodes[node.id].options.opacity < 1).length")
    # Obama's promise is of 2009; Russia recognises two and talks with NATO are suspended.
    assert set(active) == {"POL", "USA", "RUS", "UKR", "FRA", "DEU", "barack-obama", "ABK", "SOT", "NATO"}
    assert faded == opened.page.evaluate("kgPage.nodes.length") - len(active)


def test_play_goes_through_time(story: Path, open_page: "Open") -> None:
    opened = open_page(story, "#from=2008-08-01&until=2008-09-01&step=month")
    opened.page.locator("#play").click()
    opened.until("kgPage.state.from >= 14245")  # 2009-01-01
    opened.page.locator("#play").click()
    assert opened.page.locator("#play").inner_text() == "Play"
    first, until = opened.page.evaluate("[kgPage.state.from, kgPage.state.until]")
    assert 28 <= until - first <= 31
    opened.page.wait_for_timeout(500)
    assert opened.page.evaluate("kgPage.state.from") == first
    opened.page.locator("#next").click()
    assert opened.page.evaluate("kgPage.state.from") == until
    opened.page.locator("#earlier").click()
    assert opened.page.evaluate("kgPage.state.from") == first
    opened.page.locator("#all").click()
    opened.page.locator("#step").select_option("year")
    opened.page.locator("#play").click()  # without a window, time fills up
    opened.until("kgPage.state.from === null && kgPage.state.until > 10957")
    opened.until("kgPage.state.until === null && document.getElementById('play').textContent === 'Play'")


def test_address_shows_what_the_sender_saw(story: Path, open_page: "Open") -> None:
    sent = open_page(story)
    sent.page.locator("#from").fill("2008")
    sent.press("Enter")
    sent.page.locator("#legend").get_by_role("button", name="verbal cooperation").click()
    sent.click_node("FRA")
    sent.page.get_by_role("button", name="Only its neighbours").click()
    sent.page.locator(".partners").get_by_role("button", name="Germany").click()
    sent.page.get_by_role("button", name="Draw each deed").click()
    sent.page.locator(".vis-network").focus()
    sent.press("+", "Shift+ArrowUp")
    sent.page.wait_for_timeout(500)
    address = sent.page.evaluate("location.hash")
    got = open_page(story, address)
    assert sent.shown() == got.shown() and len(got.shown()) == 6
    assert sent.panel().replace("Back\n", "") == got.panel()
    for look in ("kgPage.lines().length", "[...kgPage.state.open]", "kgPage.state.focus", "location.hash"):
        assert sent.page.evaluate(look) == got.page.evaluate(look), look
    view = "[kgPage.network.getScale(), ...Object.values(kgPage.network.getViewPosition())]"
    assert got.page.evaluate(view) == pytest.approx(sent.page.evaluate(view), rel=1e-3)
    assert sent.complaints == got.complaints == []


@pytest.mark.parametrize(
    "address",
    [
        "#from=2009-13-45&until=x&step=eon&node=nobody&view=1,2",
        "#class=9&type=%00&open=x&fact=%F0",
        "#%%%",
        "#from=2010&until=2009",
    ],
)
def test_address_that_makes_no_sense(story: Path, open_page: "Open", address: str) -> None:
    opened = open_page(story, address)
    assert opened.complaints == []
    assert opened.page.locator("#panel h2").inner_text() in ("What happened", "Nothing to show")


def test_back_returns_to_what_was_shown(story: Path, open_page: "Open") -> None:
    opened = open_page(story)
    heading = opened.page.locator("#panel h2")
    opened.click_node("RUS")
    opened.click_node("NATO")
    opened.page.locator("#panel .rows button").first.click()
    assert "North Atlantic" in heading.inner_text() and opened.page.locator("#panel dl").count() == 1
    back = opened.page.get_by_role("button", name="Back", exact=True)
    back.click()
    opened.until("document.querySelector('#panel dl') === null")
    assert heading.inner_text() == "North Atlantic Treaty Organization"
    opened.page.go_back()  # the browser's own
    opened.until("document.querySelector('#panel h2').textContent === 'Russia'")
    assert opened.page.evaluate("kgPage.network.getSelectedNodes()") == ["RUS"]
    back.click()
    opened.until("document.querySelector('#panel h2').textContent === 'What happened'")
    assert not back.is_visible()


def test_filters_by_class_kind_type_and_source(story: Path, open_page: "Open") -> None:
    opened = open_page(story)

    def kept(test: str) -> None:
        wanted = opened.page.evaluate(f"kgPage.facts.filter({test}).map(each => each.id)")
        assert 0 < len(wanted) < opened.page.evaluate("kgPage.facts.length")
        assert opened.shown() == wanted, test

    legend = opened.page.locator("#legend")
    legend.get_by_role("button", name="material conflict").click()
    kept("each => each.quad === 4")
    legend.get_by_role("button", name="verbal conflict").click()
    kept("each => each.quad === 4 || each.quad === 3")
    legend.get_by_role("button", name="person").click()
    kept("each => each.quad > 2 && [each.from.kind, each.to.kind].includes('person')")
    for chip in ("material conflict", "verbal conflict", "person"):
        opened.page.get_by_role("button", name=f"Stop showing only: {chip}").click()
    assert len(opened.shown()) == opened.page.evaluate("kgPage.facts.length")
    opened.page.get_by_role("button", name="Filter", exact=True).click()
    opened.page.get_by_role("checkbox", name="SANCTION").check()
    kept("each => each.type === 'SANCTION'")
    opened.page.get_by_role("checkbox", name="SANCTION").uncheck()
    opened.page.get_by_role("checkbox", name="RFE/RL").check()
    kept("each => each.sources.includes('RFE/RL')")
    opened.page.get_by_role("checkbox", name="more").check()  # the dataset's name, where no publisher is given
    kept("each => each.sources.includes('RFE/RL') || each.sources.includes('more')")
    opened.page.locator("#until").fill("1990")
    opened.press("Enter")
    assert opened.shown() == []
    assert opened.page.get_by_text("No facts to show.").is_visible()
    assert opened.complaints == []


def test_bundle_opens(story: Path, open_page: "Open") -> None:
    opened = open_page(story)
    bundle = f"kgPage.lines().find(line => line.facts.some(fact => fact.id === {BUNDLE}))"
    assert opened.page.evaluate(f"{bundle}.count") == 6
    opened.click_line(opened.page.evaluate(BUNDLE))
    assert "France" in opened.panel() and "verbal cooperation · 6 facts" in opened.panel()
    days = opened.page.locator("#panel article time").all_inner_texts()
    assert days == ["2008", "2008-12-31", "2009-01-01", "2009-01", "2009-01-31", "2009-02-01"]
    assert "some day in January 2009" in opened.panel()
    assert opened.page.locator("#panel time.partial").all_inner_texts() == ["2008", "2009-01"]
    opened.page.get_by_role("button", name="All 7 between the two").click()
    assert opened.page.locator("#panel article").count() == 7
    before = opened.page.evaluate("kgPage.lines().length")
    opened.page.get_by_role("button", name="Draw each deed").click()
    assert opened.page.evaluate("kgPage.lines().length") == before + 5
    both = f"kgPage.facts.filter(each => each.pair === kgPage.facts.find(fact => fact.id === {BUNDLE}).pair)"
    spots = opened.page.evaluate(f"{both}.map(each => kgPage.spotOf(each.id))")
    assert len({(round(spot["x"]), round(spot["y"])) for spot in spots}) == 7
    opened.page.get_by_role("button", name="Draw each deed").click()
    assert opened.page.evaluate("kgPage.lines().length") == before
    assert opened.complaints == []


def test_neighbours_only(story: Path, open_page: "Open") -> None:
    opened = open_page(story)
    opened.click_node("FRA")
    opened.page.get_by_role("button", name="Only its neighbours").click()
    assert opened.page.evaluate("kgPage.nodes.filter(node => !node.away).map(node => node.id).sort()") == ["DEU", "FRA"]
    assert len(opened.shown()) == 8
    opened.page.get_by_role("button", name="Stop showing only: neighbours of France").click()
    assert opened.page.evaluate("kgPage.nodes.every(node => !node.away)")
    assert len(opened.shown()) == opened.page.evaluate("kgPage.facts.length")


def test_partial_dates_and_spans_look_so(story: Path, open_page: "Open") -> None:
    opened = open_page(story)
    fills = opened.page.locator("#strip path").evaluate_all("found => found.map(each => each.getAttribute('fill') || '')")
    assert any(fill.startswith("url(#hatch") for fill in fills) and "" in fills
    assert opened.page.locator("#strip rect.lasting").count() > 3
    assert "day not known" in opened.page.locator("#legend").inner_text()
    pale = opened.page.evaluate("kgPage.lines().filter(line => !line.sure).every(line => line.facts.every(fact => fact.partial))")
    assert pale and opened.page.evaluate("kgPage.lines().some(line => !line.sure)")
    opened.page.evaluate("kgPage.show({ what: 'fact', id: kgPage.facts[0].id })")
    assert "1999-03-12/\n.." in opened.panel() or "1999-03-12/.." in opened.panel()
    assert "since 1999-03-12, still holds" in opened.panel()


@pytest.mark.parametrize("width", [1280, 800, 390])
def test_labels_at_first_sight(example: Path, open_page: "Open", width: int) -> None:
    opened = open_page(example, width=width)
    opened.page.wait_for_timeout(600)
    labels: list[dict[str, Any]] = opened.page.evaluate("kgPage.labels()")
    assert len(labels) == 17
    stage = opened.page.locator("#graph").bounding_box()
    for each in labels:
        assert each["x"] >= 0 and each["x"] + each["width"] <= stage["width"], each
        assert each["y"] >= 0 and each["y"] + each["height"] <= stage["height"], each
        for other in labels:
            apart = (
                each["x"] + each["width"] <= other["x"] + 0.1 or other["x"] + other["width"] <= each["x"] + 0.1
                or each["y"] + each["height"] <= other["y"] + 0.1 or other["y"] + other["height"] <= each["y"] + 0.1
            )  # fmt: skip
            assert each is other or apart, (each, other)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_story_is_told(example: Path, open_page: "Open") -> None:
    opened = open_page(example)
    assert opened.page.locator("h1").inner_text() == "The missile shield"
    caption = opened.page.locator("header").inner_text()
    for text in ("33 of 33 facts", "13 actors", "2 topics", "2008 to 2009", "2 still hold"):
        assert text in caption
    about = opened.page.locator("footer").inner_text()
    assert "Sources: own summary (17), RFE/RL (6), The New York Times (2)" in about
    assert "3 facts derived from the others" in about
    assert "Dataset missile-shield-2009: 32 reports; licence not stated" in about
    assert "Exported on 2009-09-18" in about
    assert "Made by kg export story.html --from 2008-01-01 --title 'The missile shield'" in about
    for text in (
        "United States scraps missile shield\n2 reports: RFE/RL, The New York Times",
        "NATO proposes cooperation to Russia",
    ):
        assert text in opened.panel()
    opened.page.locator("#panel .rows button").filter(has_text="scraps").click()
    link = opened.page.locator("#panel a")
    assert "rferl.org" in str(link.get_attribute("href"))
    opened.page.evaluate(
        "kgPage.show({ what: 'pair', id: kgPage.facts.find(f => f.from.id === 'NATO' && f.to.id === 'RUS').id })"
    )
    assert opened.page.locator("#panel article").count() == 5
    opened.page.locator("#panel article .deed").filter(has_text="Talks suspended: NATO → Russia").click()
    assert "follows from 2 facts" in opened.panel()
    opened.page.locator("#panel .deed").filter(has_text="2009-06-27: NATO resumes relations with Russia").click()
    assert "RNZ" in opened.panel()


def test_in_a_frame_of_another_page(story: Path, open_page: "Open") -> None:
    host = story.with_name("host.html")
    host.write_text('<!DOCTYPE html><iframe src="story.html" width="900" height="700" sandbox="allow-scripts"></iframe>')
    opened = open_page(host, drawn=False)
    frame = opened.page.frame_locator("iframe")
    frame.locator("#panel .rows button").first.click()
    frame.get_by_role("button", name="Back", exact=True).click()
    frame.get_by_role("heading", name="What happened").wait_for()
    assert opened.complaints == []


def test_notebook_shows_the_graph(story: Path, tmp_path: Path, open_page: "Open") -> None:
    graph = kg.open(story.with_name("s.kg"))
    host = tmp_path / "host.html"
    cell = graph.between("2009-09-17", "2009-09-19").by("NATO")._repr_html_()
    host.write_text(f"<!DOCTYPE html><meta charset=utf-8>{cell}", encoding="utf-8")
    opened = open_page(host, drawn=False)
    frame = opened.page.frame_locator("iframe")
    frame.locator("#panel .rows button").first.wait_for()
    assert frame.locator("h1").inner_text() == "1 fact"
    assert "proposes cooperation to" in frame.locator("#panel").inner_text()
    frame.locator("#panel .rows button").first.click()
    frame.get_by_role("button", name="Back", exact=True).click()
    frame.get_by_role("heading", name="What happened").wait_for()
    frame.locator("#from").fill("2009-09-20")
    frame.locator("#from").press("Enter")
    assert opened.complaints == []
    assert [each for each in opened.requests if not each.startswith(("file:", "about:"))] == []


def test_print_and_dark(story: Path, open_page: "Open") -> None:
    opened = open_page(story, color_scheme="dark")
    paper = "getComputedStyle(document.documentElement).getPropertyValue('--paper').trim()"
    assert opened.page.evaluate(paper) == "#14181e"
    opened.page.emulate_media(media="print", color_scheme="dark")
    assert opened.page.evaluate(paper) == "#fff"
    assert not opened.page.locator("#search").is_visible() and not opened.page.locator("#play").is_visible()
    assert opened.page.locator("#panel .rows").is_visible() and opened.page.locator("footer").is_visible()
    assert len(opened.page.pdf()) > 20_000
    assert opened.complaints == []
