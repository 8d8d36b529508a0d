"""Names of folders and files: all that an operating system allows, or a refusal."""

import pytest
from helpers_store import INDEXES, ask_index, index_of, only, write_rows

import kg
from kg.errors import UsageError


@pytest.fixture
def g(tmp_path):
    return kg.open(tmp_path / "s.kg")


def assert_works(folder, monkeypatch):
    """Load, ask in both languages, update the indexes, export: all in a folder of that name."""
    graph = kg.open(folder / "s.kg")
    file = write_rows(folder / "facts.csv", [("USA", "meets", "RUS", "2009")])
    assert only(graph.load(file)).new == 1
    for language in INDEXES:
        assert len(graph.ask("facts-at", language, at="2009").rows) == 1
        assert len(ask_index(graph, "facts-at", language, at="2009").rows) == 1
    graph.load(write_rows(file, [("USA", "meets", "POL", "2009")]), dataset="more")
    for language, cls in INDEXES.items():
        monkeypatch.setattr(cls, "cheaper_to_update", lambda self, changes: True)
        assert len(ask_index(graph, "facts-at", language, at="2009").rows) == 2
        assert index_of(graph, language).state()["version"] == 2
    for suffix in ("html", "csv", "parquet", "nt", "ttl"):
        assert graph.export(folder / f"out.{suffix}") == 2
        assert (folder / f"out.{suffix}").stat().st_size > 0


@pytest.mark.parametrize("name", ['it\'s "odd"', "per%20cent ü #", "$(touch x) `y`; --", "br[a]c{k,e}ts", "st*r"])
def test_a_store_may_be_in_a_folder_of_any_name(tmp_path, name, monkeypatch):
    (tmp_path / name).mkdir()
    assert_works(tmp_path / name, monkeypatch)
    assert {f.name for f in tmp_path.iterdir()} == {name}


@pytest.mark.parametrize("name", ["what?", "back\\slash"])
def test_a_folder_that_duckdb_cannot_name_is_refused_at_once(tmp_path, name, monkeypatch):
    """It takes a question mark for the parameters of an address and a backslash for a slash, and would write elsewhere."""
    (tmp_path / name).mkdir()
    try:
        kg.open(tmp_path / name / "s.kg")
    except UsageError:
        return
    assert_works(tmp_path / name, monkeypatch)


@pytest.mark.parametrize("name", ["facts [1].csv", "what?.csv", "it's.csv", "a{b,c}*.csv", "back\\slash.csv"])
def test_a_file_may_have_any_name(g, tmp_path, name):
    write_rows(tmp_path / "facts 1.csv", [("NATO", "meets", "UKR", "2001")])
    file = write_rows(tmp_path / name, [("USA", "meets", "RUS", "2009")])
    assert only(g.load(file)).new == 1
    assert [f.actor for f in g.facts()] == ["USA"]
