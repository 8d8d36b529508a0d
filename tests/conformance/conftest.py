"""One suite for every store: each test runs on the embedded one, on Neo4j and on Fuseki, beside an embedded twin."""

from collections.abc import Callable
from pathlib import Path

import pytest
from helpers_store import STORES

import kg as package
from kg.graph import Graph


@pytest.fixture(params=STORES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Path or address of a store that nothing was loaded into."""
    if request.param == "embedded":
        return str(tmp_path / "s.kg")
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def graph(place: str) -> Graph:
    """A graph on it."""
    return package.open(place)


@pytest.fixture
def twin(tmp_path: Path) -> Graph:
    """A graph on an embedded store, to go through the same."""
    return package.open(tmp_path / "twin.kg")


@pytest.fixture
def contents(tmp_path: Path) -> Callable[[Graph], dict[str, object]]:
    """All that a store can say of itself, comparable between stores."""

    def said(graph: Graph) -> dict[str, object]:
        info = graph.info()
        triples = tmp_path / "contents.nt"
        graph.export(triples)
        changes = [{k: v for k, v in change.items() if k != "recorded"} for change in info["changes"]]
        return {
            "facts": list(graph.rows()),
            "entities": graph.entities(),
            "triples": sorted(triples.read_text(encoding="utf-8").splitlines()),
            "rejects": graph.store.rejects(),
            "changes": changes,
            "counts": {what: info[what] for what in ("facts", "entities")},
            **{what: info[what] for what in ("reports", "first", "last", "sources")},
        }

    return said
