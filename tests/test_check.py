"""`kg check` finds what is wrong with a store and says what to do; a damaged record is refused in one line."""

import random
import shutil

import duckdb
import pytest
from helpers_store import EXAMPLE, STANDING_EXAMPLE, ask_index, many_rows, only, write_rows

import kg as package
from kg.errors import StoreDamaged, UsageError
from kg.stores.record import FILE, FORMAT


def wrong(graph):
    """What is found to be wrong, with how often."""
    return {f.what: f.wrong for f in graph.check() if f.wrong}


@pytest.fixture(scope="module")
def eventful(tmp_path_factory):
    """A store with corrections, retractions, an undone load, names of a user, derived relations and both indexes."""
    folder = tmp_path_factory.mktemp("eventful")
    graph = package.open(folder / "s.kg")
    graph.load(EXAMPLE, STANDING_EXAMPLE)
    columns = ("actor", "action", "target", "date", "native_id", "actor_state")
    rows = [("Ruritania", "criticizes", "RUS", "2009-05-01", "e1", None), ("Crowd", "attacks", "FRA", "2009-05", "e2", "FRA")]
    graph.load(write_rows(folder / "own.csv", rows, columns))
    rows[0] = ("Ruritania", "threatens", "RUS", "2009-05-02", "e1", None)
    graph.load(write_rows(folder / "own.csv", rows, columns))
    graph.retract("own", "e2")
    graph.load(write_rows(folder / "more.csv", [("NATO", "frobs", "Nobody at all", "2010"), ("NATO", "meets", "RUS", "x")]))
    graph.undo(graph.loads()[-1]["id"])
    graph.load(folder / "more.csv")
    graph.add_names(write_rows(folder / "names.csv", [("Ruritania", "RUR", "state")], ("name", "id", "kind")))
    assert graph.resolve_again() == 1
    assert graph.merge("0d", "type").deeds == 0
    graph.unmerge()
    graph.load(write_rows(folder / "wire.csv", [("NATO", "offers cooperation to", "RUS", "2009-09-19")]))
    assert graph.merge("1d", "root").facts == 2
    for language in ("cypher", "sparql"):
        ask_index(graph, "facts-at", language)
    return graph


@pytest.fixture
def g(eventful, tmp_path):
    """A copy of it that a test may spoil."""
    shutil.copytree(eventful.store.path, tmp_path / "s.kg")
    return package.open(tmp_path / "s.kg")


def test_a_store_with_a_history_is_whole(g, kg):
    found = g.check()
    assert wrong(g) == {}
    assert {f.what: f.looked_at for f in found}["every report's fact is there"] > 20
    assert [f.what for f in found[-2:]] == ["Cypher index: up to date", "SPARQL index: up to date"]
    ran = kg("check", "--format", "csv")
    assert (ran.code, ran.err) == (0, f"{kg.store} is whole\n")
    assert ran.out.splitlines()[0] == "what,looked at,wrong"


def test_an_index_that_is_behind_is_no_fault(g, tmp_path):
    g.load(many_rows(tmp_path / "more.csv", 3))
    assert wrong(g) == {}
    assert all("to be brought up to date" in f.what for f in g.check()[-2:])


#: What spoils a record, and the finding that must tell of it; others may too.
SPOILS = {
    "DELETE FROM change WHERE id = 2": "changes are numbered without a gap",
    "UPDATE change SET undone = 99 WHERE undone IS NOT NULL": "a change that is undone was there before",
    "UPDATE report SET opened = 99 WHERE closed IS NULL": "every row's change is there",
    "INSERT INTO entity FROM entity LIMIT 1": "an entity is there once, and of a known kind",
    "UPDATE entity SET kind = 'planet' WHERE id = 'RUS'": "an entity is there once, and of a known kind",
    "INSERT INTO name FROM name LIMIT 1": "a name is there once, and of an entity",
    "UPDATE name SET entity = 'nobody' WHERE entity = 'RUS'": "a name is there once, and of an entity",
    "INSERT INTO fact FROM fact LIMIT 1": "a fact is there once",
    "DELETE FROM entity WHERE id = 'RUS'": "every fact's ends, and the states behind, are entities",
    "UPDATE fact SET actor_state = 'XYZ' WHERE actor_state IS NOT NULL": "every fact's ends, and the states behind, are entities",
    "UPDATE fact SET type = 'LOVE'": "every fact is of a known type, and ends after it begins",
    "UPDATE fact SET until = start - 1": "every fact is of a known type, and ends after it begins",
    "DELETE FROM report WHERE fact = (SELECT min(fact) FROM report)": "every fact was reported",
    "DELETE FROM fact WHERE id = (SELECT min(fact) FROM report)": "every report's fact is there",
    "UPDATE report SET actor_state = 'XYZ' WHERE actor_state = 'RUS'": "the states that reports name are entities",
    "INSERT INTO report FROM report WHERE closed IS NULL LIMIT 1": "a report is there once",
    "UPDATE report SET closed = 1 WHERE opened > 1": "what is no longer believed was believed before",
    "UPDATE fact SET actor_state = NULL": "the states behind a fact's ends are those its reports name",
    "UPDATE fact SET start = start - 1 WHERE coded = 'verb'": "every fact's id is what it says",
    "UPDATE fact SET code = '193' WHERE coded IN ('code', 'label')": "every fact's id is what it says",
    "UPDATE fact SET action = action || ' not' WHERE coded = 'none'": "every fact's id is what it says",
    "UPDATE fact SET actor = 'FRA' WHERE actor = 'RUS'": "every fact's id is what it says",
    "UPDATE report SET closed = 99, opened = 99 WHERE dataset = 'derived'": "every row's change is there",
    "UPDATE report SET closed = (SELECT max(id) FROM change) WHERE dataset = 'derived'":
        "standing relations are those that follow from the deeds",
    "UPDATE change SET recorded = (SELECT recorded FROM change WHERE id = 1) WHERE id = 3":
        "every change was recorded after the one before it",
    "UPDATE merged SET change = 99": "every row's change is there",
    "UPDATE merged SET deed = fact": "what tells of a deed is a fact, and so is what stands for it",
    "DELETE FROM merged": "deeds are those that the rule in force makes",
}  # fmt: skip


@pytest.mark.parametrize("sql", SPOILS)
def test_rows_that_contradict_each_other_are_found(g, sql):
    with duckdb.connect(str(g.store.record.path)) as con:
        changed = con.execute(sql).fetchall()[0][0]
    assert changed, "the statement spoils nothing"
    assert SPOILS[sql] in wrong(g)


def test_the_command_says_what_is_wrong_and_what_to_do(g, kg):
    sql = next(iter(SPOILS))
    with duckdb.connect(str(g.store.record.path)) as con:
        con.execute(sql)
    ran = kg("check")
    assert (ran.code, "is whole" in ran.err) == (1, False)
    assert f"error: not so: {SPOILS[sql]} (" in ran.err and "hint: restore a backup from before" in ran.err


@pytest.mark.parametrize("language", ["Cypher", "SPARQL"])
def test_an_index_that_lost_a_fact_or_a_file_is_found(g, kg, language):
    index = g.store.index(language.lower())
    newer = index.ready()
    other = g.store.path.parent / "other.kg"
    package.open(other).load(STANDING_EXAMPLE)
    ask_index(package.open(other), "facts-at", language.lower())
    # the files of another store under this one's mark: as large as noted, and with other facts
    mark = (newer / "index.json").read_text()
    there = package.open(other).store.index(language.lower()).ready()
    for file in list(newer.iterdir()):
        shutil.rmtree(file) if file.is_dir() else file.unlink()
    shutil.copytree(there, newer, dirs_exist_ok=True)
    (newer / "index.json").write_text(mark)
    assert f"{language} index: damaged" in wrong(g)
    ran = kg("check")
    assert (ran.code, f"hint: remove the folder {index.folder}" in ran.err) == (1, True)
    shutil.rmtree(index.folder)
    assert wrong(g) == {}


# -- damage to the file ---------------------------------------------------------------------------------------------------


def assert_refused(graph, kg, *words):
    """Reading, checking and loading say in one line that the record is damaged, at once."""
    with pytest.raises(StoreDamaged) as caught:
        graph.facts()
    assert "\n" not in caught.value.message and caught.value.hint
    for arguments in (("facts",), ("check",), ("load", EXAMPLE)):
        ran = kg(*arguments, timeout=20, KG_WAIT="60")
        assert (ran.code, ran.out) == (1, ""), arguments
        lines = ran.err.splitlines()
        assert [line.partition(":")[0] for line in lines[-2:]] == ["error", "hint"], ran.err
        assert FILE in lines[-2] and any(word in ran.err for word in words), ran.err
        assert "Traceback" not in ran.err and "another process" not in ran.err


@pytest.mark.parametrize("part", [0.0001, 0.001, 0.5])
def test_a_truncated_record_is_refused(g, kg, part):
    data = g.store.record.path.read_bytes()
    g.store.record.path.write_bytes(data[: int(len(data) * part)])
    assert_refused(g, kg, "can't be read", "is damaged, in ")


def test_a_record_that_lacks_its_end_is_found_damaged_or_lacks_nothing(g, kg):
    """What is cut may be free, or of a table that a question does not read."""
    data, before = g.store.record.path.read_bytes(), sorted(map(str, g.rows()))
    g.store.record.path.write_bytes(data[: int(len(data) * 0.9999)])
    ran = kg("check")
    if ran.code:
        assert "is damaged" in ran.err and "Traceback" not in ran.err, ran.err
    else:
        assert (sorted(map(str, g.rows())), ran.err) == (before, f"{kg.store} is whole\n")


@pytest.mark.parametrize("at", [0, 8, 4100])
def test_bytes_flipped_in_the_head_are_refused_at_once(g, kg, at):
    """DuckDB says "block" of them, which is not the word "lock": nobody waits for another process."""
    spoil(g.store.record.path, at)
    assert_refused(g, kg, "can't be read")


def spoil(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.write_bytes(data)


def test_bytes_flipped_anywhere_are_found_or_matter_to_nobody(g, kg):
    """Each block has a checksum; what is free or unused has none and is never read."""
    data = g.store.record.path.read_bytes()
    before = sorted(map(str, g.rows()))
    pick = random.Random(7)
    found = 0
    for at in [pick.randrange(len(data)) for _ in range(40)]:
        g.store.record.path.write_bytes(data)
        spoil(g.store.record.path, at)
        try:
            assert wrong(g) == {}
            assert sorted(map(str, g.rows())) == before
        except StoreDamaged as error:
            found += 1
            assert "Corrupt" in error.message or "not a DuckDB file" in error.message
    assert found >= 5, "hardly any byte was one that counts"


def test_what_can_be_saved_of_a_damaged_record_is_said_and_can_be_saved(g, kg, tmp_path):
    """Byte by byte of the blocks, until one is hit that only one table needs."""
    path = g.store.record.path
    data = path.read_bytes()
    facts = len(g.facts())
    for at in range(12_288 + 4_000, len(data), 20_000):
        path.write_bytes(data)
        spoil(path, at)
        ran = kg("check")
        if "is damaged, in " in ran.err and "kg export facts.csv" in ran.err:
            break
    else:
        pytest.fail("no byte spoils one table only")
    assert (ran.code, ran.out) == (1, "")
    assert kg("export", "facts.csv").code == 0
    assert kg("load", "facts.csv", "--kg", "saved.kg").code == 0
    assert len(package.open(tmp_path / "saved.kg").facts()) == facts


def test_what_is_no_record_is_refused_and_nobody_is_asked_how_to_read_it(g, kg):
    """Of a SQLite file DuckDB would fetch an extension."""
    for content in (b"SQLite format 3\0" * 300, b"actor,action,target,date\n" * 300):
        g.store.record.path.write_bytes(content)
        assert_refused(g, kg, "not a DuckDB file")


def test_a_record_of_a_newer_format_is_refused(g, kg):
    with duckdb.connect(str(g.store.record.path)) as con:
        con.execute(f"UPDATE format SET number = {FORMAT + 1}")
    assert_refused(g, kg, f"has format {FORMAT + 1}, this version reads format {FORMAT}")


def test_a_record_that_lacks_a_table_is_refused(g, kg):
    with duckdb.connect(str(g.store.record.path)) as con:
        con.execute("DROP TABLE name")
    assert_refused(g, kg, "it has no table name")


def test_a_server_is_not_checked():
    for url in ("neo4j://localhost:7687", "http://localhost:3030/kg/sparql"):
        with pytest.raises(UsageError, match="is a server") as caught:
            package.open(url).check()
        assert f"kg copy {url}" in caught.value.hint


def test_a_large_store_is_whole(graph, tmp_path):
    assert only(graph.load(many_rows(tmp_path / "many.csv", 20_000))).new == 20_000
    assert wrong(graph) == {}
