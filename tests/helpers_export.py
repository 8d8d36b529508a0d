"""Stores of which files are made: the example's, and one of what forms may bend; and a browser that is asked about a page."""

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
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


_ASKED = """
import json, sys, time
from playwright.sync_api import sync_playwright
address, browser, width, drawn, question = sys.argv[1:]
with sync_playwright() as playwright:
    page = playwright.chromium.launch(executable_path=browser, args=["--disable-gpu", "--no-sandbox"]).new_page(
        viewport={"width": int(width), "height": 800}, reduced_motion="reduce")
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(address)
    end = time.monotonic() + 30
    while drawn == "True" and not page.evaluate("performance.getEntriesByName('first-frame').length"):
        assert time.monotonic() < end, complaints
        page.wait_for_timeout(30)
    page.wait_for_timeout(500)
    print(json.dumps([page.evaluate(question), complaints]))
"""


def ask_page(path: Path, question: str, *, width: int = 1280, drawn: bool = True) -> Any:
    """What a page in a browser of its own says to a question in JavaScript; it must not complain of anything."""
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if not browser or not find_spec("playwright"):
        (pytest.fail if os.environ.get("KG_REQUIRE_SERVERS") == "1" else pytest.skip)("there is no browser for the page")
    words = [sys.executable, "-c", _ASKED, path.as_uri(), browser, str(width), str(drawn), question]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    answer, complaints = json.loads(done.stdout)
    assert complaints == []
    return answer
