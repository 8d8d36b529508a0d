"""Engines that read records are kept from one reading to the next, and nothing of a reading with them."""

import duckdb
import pytest
from helpers_store import EXAMPLE

import kg
from kg.stores import engines


@pytest.fixture
def example(tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "_waiting", [])
    graph = kg.open(tmp_path / "it's.kg")
    graph.load(EXAMPLE)
    engines._waiting.clear()
    return graph


def setting(con, name):
    return con.execute(f"SELECT current_setting('{name}')").fetchall()[0][0]


def test_the_next_reading_has_the_engine_and_nothing_of_the_last(example):
    with example.store.reading() as con:
        before = setting(con, "memory_limit"), setting(con, "threads")
        con.execute("CREATE TEMP TABLE near AS SELECT 1 AS id")
        con.execute("SET memory_limit = '77MB'")
        con.execute("SET threads = 1")
    ((_, engine),) = engines._waiting
    with example.store.reading() as con:
        assert not engines._waiting
        assert (setting(con, "memory_limit"), setting(con, "threads")) == before
        assert setting(con, "temp_directory") == f"{example.store.record.path}.tmp"
        with pytest.raises(duckdb.CatalogException):
            con.execute("FROM near")
    assert engines._waiting[0][1] is engine


def test_an_engine_in_which_something_failed_is_not_kept(example):
    with pytest.raises(duckdb.Error), example.store.reading() as con:
        con.execute("FROM nothing")
    assert not engines._waiting


def test_an_engine_of_another_process_is_not_used(example):
    with example.store.reading():
        pass
    ((process, engine),) = engines._waiting
    engines._waiting[:] = [(process + 1, engine)]
    with example.store.reading() as con:
        assert con.execute("SELECT count(*) > 0 FROM kg.fact").fetchall() == [(True,)]
    assert engines._waiting[0][1] is not engine


def test_two_readings_at_once_and_then_a_writer(example):
    with example.store.reading() as one, example.store.reading() as other:
        counts = [con.execute("SELECT count(*) FROM kg.fact").fetchall() for con in (one, other)]
        assert counts[0] == counts[1]
    assert len(engines._waiting) == 2
    assert example.derive() is not None


def test_a_name_given_meanwhile_is_known_to_the_next_question(example, tmp_path):
    assert example.store.aliases() == []
    names = tmp_path / "names.csv"
    names.write_text("name,id\nthe Boss of Bosses,USA\n", encoding="utf-8")
    example.add_names(names)
    assert len(example.store.aliases()) == 1
