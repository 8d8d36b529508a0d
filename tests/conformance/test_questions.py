"""The named questions over a year of real events: the same rows on every store and in every language."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from helpers_store import shared
from servers import start as servers
from test_queries import ICEWS14, NAMES, types

import kg

#: Parameters that fit the year 2014, by question; each gives rows.
ASKED = {
    "activity-by-type": [{}, {"from": "2014-03", "until": "2014-05"}],
    "dyad-timeline": [
        {"a": "South Korea", "b": "North Korea"},
        {"a": "China", "b": "Japan", "from": "2014-06", "until": "2014-09"},
        {"a": "Barack Obama", "b": "Iran"},
        {"a": "National Transitional Council", "b": "National Transitional Council"},
    ],
    "dyad-timeline-of-states": [{"a": "China", "b": "Japan", "from": "2014-06", "until": "2014-09"}],
    "facts-at": [{"at": "2014-07-17"}],
    "facts-between": [{"from": "2014-02-27", "until": "2014-03-02"}],
    "partners": [
        {"actor": "Iran", "limit": "1000"},
        {"actor": "Citizen (Thailand)"},
        {"actor": "Barack Obama", "from": "2014-05-01", "until": "2014-06-01"},
    ],
    "partners-of-states": [{"actor": "Iran", "limit": "30"}],
}
CASES = [pytest.param(name, values, id=f"{name}-{n}") for name, given in ASKED.items() for n, values in enumerate(given)]


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


def test_all_questions_are_asked():
    assert sorted(ASKED) == NAMES


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


def test_every_store_counts_the_same(graphs):
    first, *others = ({k: graph.info()[k] for k in ("facts", "reports", "entities", "first", "last")} for graph in graphs)
    assert first["reports"] == 90_730
    assert others == [first, first]
