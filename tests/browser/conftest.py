"""A browser without a network, and what it complains about."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
SPOT = "id => kgPage.network.canvasToDOM(kgPage.network.getPositions([id])[id])"


def missing(reason: str) -> NoReturn:
    """Skip loudly, or fail where the browser is required."""
    if os.environ.get("KG_REQUIRE_SERVERS") == "1":
        pytest.fail(f"{reason}, and KG_REQUIRE_SERVERS=1 asks for it")
    pytest.skip(f"{reason}; the page is not tested in a browser")


@dataclass
class Opened:
    """A page in the browser with everything it asked for and complained about."""

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def click_node(self, node: str) -> None:
        at = self.page.evaluate(SPOT, node)
        self.page.locator("#graph").click(position=at)

    def click_line(self, fact: str) -> None:
        """Click in the middle of the line that has a fact."""
        self.page.locator("#graph").click(position=self.page.evaluate("id => kgPage.spotOf(id)", fact))

    def shown(self) -> list[str]:
        """The ids of the facts that are shown."""
        return list(self.page.evaluate("kgPage.shown()"))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def until(self, expression: str, seconds: float = 30) -> None:
        """Wait until it is true. Playwright's own way has the page evaluate text, which its Content-Security-Policy forbids."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(expression):
            assert time.monotonic() < end, f"after {seconds} s still not so: {expression}"
            self.page.wait_for_timeout(30)

    def panel(self) -> str:
        return str(self.page.locator("#panel").inner_text())


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright is not installed")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        missing(f"none of {', '.join(NAMES)} is installed and CHROMIUM is not set")
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    options = [*OPTIONS, "--no-sandbox"] if root else list(OPTIONS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=options)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Callable[..., Opened]]:
    """Open a file with the network off, at an address within it, and wait until the graph is drawn."""
    contexts = []

    def opened(path: Path, at: str = "", *, width: int = 1280, drawn: bool = True, **options: Any) -> Opened:
        size = {"width": width, "height": 800}
        context = chromium.new_context(viewport=size, reduced_motion="reduce", **options)
        contexts.append(context)
        context.set_offline(True)
        seen = Opened(context.new_page())
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.on("console", lambda message: seen.complaints.append(message.text))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.goto(path.as_uri() + at)
        if drawn:
            seen.until("performance.getEntriesByName('first-frame').length > 0")
        return seen

    yield opened
    for context in contexts:
        context.close()
