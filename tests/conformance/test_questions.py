"""The named questions over a year of real events: the same rows on every store and in every language."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from asked import VALUES, YEAR
from helpers_store import ROOT, shared
from servers import start as servers
from test_queries import ICEWS14, NAMES, types

import kg

CASES = [pytest.param(name, values, id=f"{name}-{n}") for name, given in YEAR.items() for n, values in enumerate(given)]


def loaded(place):
    graph = kg.open(place)
    report = graph.load(shared(*ICEWS14))
    assert (report.total("rows"), report.total("rejected"), report.failed) == (90_730, 0, [])
    return graph


@pytest.fixture(scope="module")
def graphs(start_module_server, tmp_path_factory):
    """A graph of all of it on each store, loaded once and side by side: what takes long is each server's own affair."""
    shared(*ICEWS14)  # skips before a server is started
    places = (
        tmp_path_factory.mktemp("embedded") / "s.kg",
        start_module_server(servers.neo4j, quick=False).url,
        start_module_server(servers.fuseki, files=True, quick=False).url,
    )
    with ThreadPoolExecutor(len(places)) as threads:
        found = list(threads.map(loaded, places))
    yield found
    for graph in found:
        graph.store.close()


def test_all_questions_are_asked_that_it_says_something_of():
    standing = {name for name in NAMES if name.endswith(("-at", "-in-force", "relations-between")) and name != "facts-at"}
    assert set(NAMES) - set(YEAR) == standing | {"witnesses-of", "most-disputed"}


@pytest.mark.parametrize(("name", "values"), CASES)
def test_every_store_gives_the_same_rows(graphs, name, values):
    answers = {
        (str(graph.store), language): graph.ask(name, language, **values)
        for graph in graphs
        for language in graph.store.languages
    }
    assert len(answers) == 4
    first, *others = answers.values()
    assert first.rows
    for other in others:
        assert other.columns == first.columns
        assert other.rows == first.rows
        assert types(other.rows) == types(first.rows)


def test_all_questions_of_the_examples_have_the_same_rows_on_every_store(graph, twin):
    files = sorted((ROOT / "examples").glob("*.csv"))
    assert len(files) == 3
    for g in (graph, twin):
        g.load(*files)
    for name in NAMES:
        for values in ({}, *VALUES.get(name, [])[:1]):
            expected = twin.ask(name, "cypher", **values)
            for language in graph.store.languages:
                found = graph.ask(name, language, **values)
                assert (found.columns, found.rows) == (expected.columns, expected.rows), (name, values, language)
                assert types(found.rows) == types(expected.rows), (name, values, language)


def test_every_store_counts_the_same(graphs):
    counted = ("facts", "derived", "reports", "entities", "first", "last")
    first, *others = ({k: graph.info()[k] for k in counted} for graph in graphs)
    assert first["reports"] - first["derived"] == 90_730
    assert others == [first, first]
