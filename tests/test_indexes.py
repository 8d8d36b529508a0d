"""The indexes for Cypher and SPARQL: whatever happened to the record or to their files, they show what the record says."""

import datetime as dt
import json
import logging
import random
import shutil

import pytest
from helpers_store import (
    COLUMNS,
    EXAMPLE,
    INDEXES,
    ask_index,
    everything,
    index_of,
    only,
    triples_in,
    triples_of,
    write_rows,
)

import kg
from kg.errors import StoreBusy, StoreError
from kg.shapes.rdf import base
from kg.stores.index import Index

LANGUAGES = sorted(INDEXES)
ALL = ("native_id", *COLUMNS, "target_kind", "source", "url", "quote", "event")


@pytest.fixture
def g(tmp_path):
    return kg.open(tmp_path / "s.kg")


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


@pytest.fixture
def made(monkeypatch):
    """What was done to bring indexes up to date, in order: (language, build or update)."""
    done = []
    for name, cls in INDEXES.items():
        for verb in ("build", "update"):
            plain = getattr(cls, verb)

            def noted(self, *arguments, _plain=plain, _note=(name, verb)):
                done.append(_note)
                return _plain(self, *arguments)

            monkeypatch.setattr(cls, verb, noted)
    return done


@pytest.fixture(params=[True, False], ids=["update", "rebuild"])
def updating(request, monkeypatch):
    """Bring indexes up to date in one of the two ways, whatever is cheaper."""
    for cls in INDEXES.values():
        monkeypatch.setattr(cls, "cheaper_to_update", lambda self, changes: request.param)
    return request.param


def row(id_, actor, action, target, date, kind="", source="", url="", quote="", event=""):
    return id_, actor, action, target, date, kind, source, url, quote, event


def load(graph, tmp_path, dataset, *rows):
    return only(graph.load(write_rows(tmp_path / f"{dataset}.csv", rows, ALL), dataset=dataset))


#: One change to the record after the other. Where ``None`` stands, the indexes are asked and compared.
STEPS = (
    ("d", row("r1", "USA", "meets", "RUS", "2009-04-01", source="AFP", url="http://a", quote='say "hi" \\ \n there')),
    ("d", row("r2", "USA", "scraps", "shield", "2009-09-17", kind="topic", event="e1"),
          row("r3", "USA", "meets", "RUS", "2009-05", source="AFP")),
    None,
    # a further witness of a fact, with a spelling that is new
    ("e", row("x1", "United States", "meets", "Russia", "1 April 2009", source="TASS", url="http://b")),
    None,
    # a correction: the fact goes, another comes; a fact of the same dyad and type stays, and so must the plain triple
    ("d", row("r3", "USA", "criticizes", "RUS", "2009-05", source="AFP")),
    None,
    # the last fact of a dyad and type goes
    ("retract", "d", "r3"),
    # one of two witnesses goes
    ("retract", "d", "r1"),
    None,
    # no target, a target that is the actor, an open span, names with everything
    ("f", row("", "Foo's \"Bär\" <x>", "act", "", "2009/.."), row("", "USA", "mourns", "USA", "2009"),
          row("", "Česko\u00a0", "meets", "`x`]->()", "2009-01-01/2009-02-01", source="a; b", url="http://x/?a=1&b=<2>")),
    None,
    # comes and goes between two questions; and one that was there comes back
    ("d", row("r9", "NATO", "meets", "UKR", "2009-07-01")),
    ("retract", "d", "r9"),
    ("d", row("r1", "USA", "meets", "RUS", "2009-04-01", source="AFP", url="http://a", quote='say "hi" \\ \n there')),
    None,
    # comes, goes and comes again between two questions
    ("g", row("q", "CHN", "meets", "JPN", "2001")),
    ("retract", "g", "q"),
    ("g", row("q", "CHN", "meets", "JPN", "2001")),
    None,
    # goes and comes back unchanged between two questions; a correction that changes no fact
    ("retract", "g", "q"),
    ("g", row("q", "CHN", "meets", "JPN", "2001")),
    ("d", row("r2", "USA", "scraps", "shield", "2009-09-17", kind="topic", event="e1", source="Reuters")),
    None,
)  # fmt: skip


def apply(graph, tmp_path, step):
    what, *rest = step
    if what == "retract":
        assert graph.retract(*rest) > 0
    else:
        load(graph, tmp_path, what, *rest)


@pytest.fixture(scope="module")
def with_indexes(tmp_path_factory):
    """A store of the example with both indexes, to be copied; and the answer to a question."""
    graph = kg.open(tmp_path_factory.mktemp("indexed") / "s.kg")
    graph.load(EXAMPLE)
    (answer, other) = (ask_index(graph, "facts-between", language) for language in LANGUAGES)
    assert answer.rows == other.rows and len(answer.rows) == 14
    return graph.store.path, answer


@pytest.fixture
def copied(tmp_path, with_indexes):
    """A copy of it, and the answer."""
    path, answer = with_indexes
    shutil.copytree(path, tmp_path / "s.kg")
    return kg.open(tmp_path / "s.kg"), answer


@pytest.fixture(scope="module")
def stops(tmp_path_factory):
    """The record as it stands at each stop of `STEPS`."""
    folder = tmp_path_factory.mktemp("stops")
    graph = kg.open(folder / "s.kg")
    found = []
    for step in STEPS:
        if step is not None:
            apply(graph, folder, step)
        else:
            found.append(folder / f"{len(found)}.duckdb")
            shutil.copyfile(graph.store.record.path, found[-1])
    return found


def go_to(graph, stop):
    """Put the record of a stop into a store."""
    graph.store.path.mkdir(exist_ok=True)
    shutil.copyfile(stop, graph.store.record.path)


def assert_current(graph, language, folder):
    """The store's own index holds what one made anew holds."""
    found, fresh = everything(index_of(graph, language)), everything(index_of(graph, language, folder))
    assert found == fresh


@pytest.fixture
def always_updating(monkeypatch):
    for cls in INDEXES.values():
        monkeypatch.setattr(cls, "cheaper_to_update", lambda self, changes: True)


def test_after_every_change_an_updated_index_equals_one_made_anew(g, tmp_path, language, stops, always_updating, made):
    for n, stop in enumerate(stops):
        go_to(g, stop)
        index_of(g, language).ready()
        assert made == [(language, "update" if n else "build")]
        if n % 2:
            assert_current(g, language, tmp_path / f"fresh{n}")
        made.clear()
    assert len(stops) == 8


def test_a_rebuilt_index_equals_an_updated_one(g, tmp_path, language, stops, monkeypatch, made):
    for updating in (False, True):
        for cls in INDEXES.values():
            monkeypatch.setattr(cls, "cheaper_to_update", lambda self, changes, answer=updating: answer)
        for stop in (stops[1], stops[-1]):
            go_to(g, stop)
            index_of(g, language, tmp_path / str(updating)).ready()
    assert made == [(language, verb) for verb in ("build", "build", "build", "update")]
    rebuilt, updated = (everything(index_of(g, language, tmp_path / str(u))) for u in (False, True))
    assert rebuilt == updated


def test_after_a_random_history_an_index_equals_one_made_anew(g, tmp_path, language, always_updating):
    pick = random.Random(1)
    for n in range(3):
        for _ in range(pick.randint(1, 2)):
            rows = [
                row(
                    pick.choice(["", "r1", "r2", "r3", "r4"]),
                    pick.choice(["USA", "United States", "NATO", "Foo"]),
                    pick.choice(["meets", "criticizes", "act"]),
                    pick.choice(["RUS", "Russia", "USA", "", "Foo"]),
                    pick.choice(["2009", "2009-04-01", "2009-04", "2009/.."]),
                    source=pick.choice(["", "AFP", "dpa"]),
                )
                for _ in range(pick.randint(1, 6))
            ]
            load(g, tmp_path, pick.choice("de"), *rows)
        with g.store.record.reading() as con:
            known = con.execute(
                "SELECT DISTINCT dataset, native_id FROM kg.report WHERE closed IS NULL AND native_id IS NOT NULL ORDER BY ALL"
            ).fetchall()
        for dataset, id_ in pick.sample(known, min(len(known), pick.randint(0, 2))):
            g.retract(dataset, id_)
        assert_current(g, language, tmp_path / f"fresh{n}")


def test_edges_are_the_facts(g, stops, updating):
    """Every property of an edge, against the facts that the record gives."""
    for stop in (stops[1], stops[-1]):
        go_to(g, stop)
        index_of(g, "cypher").ready()
    expected = {
        ("edge", f.actor, f.target, f.type, f.id, f.type, f.action, f.code, f.scheme, f.date, f.until, f.precision,
         f.certainty, f.date.year, (f.date - dt.date(1970, 1, 1)).days, f.intensity, f.scale, f.quad_class, f.event,
         f.actor_state, f.target_state, f.reports, f.sources, f.urls or None, f.basis or None)
        for f in g.facts()
    }  # fmt: skip
    assert {row for row in everything(index_of(g, "cypher")) if row[0] == "edge"} == expected


def about(triples, kinds):
    """The triples whose subject is an entity, a fact or a report; plain ones between entities count as the fact's."""
    found = set()
    for triple in triples:
        kind = triple.subject.value.removeprefix(base()).split("/")[0]
        plain = kind == "entity" and getattr(triple.object, "value", "").startswith(f"{base()}entity/")
        if ("fact" if plain and not triple.predicate.value.endswith("#state") else kind) in kinds:
            found.add(triple)
    return found


def test_triples_are_those_of_the_export(g, tmp_path, stops, always_updating):
    file = tmp_path / "all.nt"
    for stop in stops:
        go_to(g, stop)
        found = triples_of(index_of(g, "sparql"))
        assert g.export(file) == len(g.facts())
        exported = triples_in(file)
        assert about(found, {"fact", "report"}) == about(exported, {"fact", "report"})
        assert about(found, {"entity"}) >= about(exported, {"entity"})


def test_triples_of_the_example_are_those_of_the_export(g, tmp_path):
    g.load(EXAMPLE)
    g.export(tmp_path / "all.nt")
    assert triples_of(index_of(g, "sparql")) == triples_in(tmp_path / "all.nt")


def test_entities_are_those_of_the_facts(g, tmp_path, language):
    """`kg info`, the export and both languages count the same entities, also when all facts of one are retracted."""
    load(g, tmp_path, "d", row("r1", "USA", "meets", "RUS", "2009"), row("r2", "Foo", "meets", "Bar", "2009"))
    ask_index(g, "facts-at", language)
    g.retract("d", "r2")
    assert g.info()["entities"] == 2
    if language == "cypher":
        found = {id_ for (id_,) in g.cypher("MATCH (n:Entity) RETURN n.id").rows}
    else:
        asked = "SELECT ?id WHERE { ?e kg:id ?id ; skos:prefLabel ?n }"
        found = {id_ for (id_,) in g.sparql(asked).rows}
        assert found == {id_ for (id_,) in g.store.index("sparql").query(asked, {}, None).rows}
    assert found == {e.id for e in g.entities()} == {"USA", "RUS"}


def test_loading_again_leaves_the_triples_as_they_were(g, tmp_path):
    rows = [("USA", "scraps shield", "POL", "2009-09-17", "AFP"), ("NATO", "proposes cooperation", "USA", "2009-09-18", "AFP")]
    file = write_rows(tmp_path / "facts.csv", rows, (*COLUMNS, "source"))
    seen = []
    for _ in range(3):
        g.load(file)
        seen.append((triples_of(index_of(g, "sparql")), g.entities(), g.facts()))
    assert seen[0] == seen[1] == seen[2]
    assert (len(seen[0][1]), len(seen[0][2])) == (3, 2)


def test_an_index_is_made_once(copied, language, made):
    g, before = copied
    for _ in range(3):
        assert ask_index(kg.open(g.store.path), "facts-between", language) == before
    assert made == []


def test_another_record_in_the_same_folder_gets_another_index(g, tmp_path, language):
    load(g, tmp_path, "d", row("r1", "USA", "meets", "RUS", "2009"))
    ask_index(g, "facts-at", language)
    g.store.record.path.unlink()
    load(g, tmp_path, "d", row("r1", "NATO", "meets", "UKR", "2009"))
    assert [r[2] for r in ask_index(g, "facts-at", language, at="2009").rows] == ["NATO"]


def test_nobody_writes_between_looking_and_building(g, tmp_path, language, monkeypatch):
    """The version is read and the index is made while the record is read: a load in between has to wait."""
    load(g, tmp_path, "d", row("r1", "USA", "meets", "RUS", "2009"))
    monkeypatch.setenv("KG_WAIT", "0.2")
    plain = Index._make

    def while_somebody_loads(self, *arguments):
        with pytest.raises(StoreBusy):
            load(g, tmp_path, "e", row("r2", "NATO", "criticizes", "Foo", "2009"))
        return plain(self, *arguments)

    monkeypatch.setattr(Index, "_make", while_somebody_loads)
    ask_index(g, "facts-at", language)
    monkeypatch.undo()
    load(g, tmp_path, "f", row("r3", "UKR", "meets", "POL", "2009"))
    assert_current(g, language, tmp_path / "fresh")


# -- damage ---------------------------------------------------------------------------------------------------------------


def the_state(graph, language):
    """The one whole state of an index."""
    (mark,) = (graph.store.path / "index" / language).glob("*/index.json")
    return mark.parent


def data_files(state):
    """Its files with data, the biggest first."""
    found = [f for f in state.rglob("*") if f.is_file() and f.name != "index.json" and f.stat().st_size]
    return sorted(found, key=lambda f: (f.suffix in (".lbug", ".sst"), f.stat().st_size), reverse=True)


def truncated(state):
    biggest = data_files(state)[0]
    with biggest.open("r+b") as file:
        file.truncate(biggest.stat().st_size // 2)


def emptied(state):
    data_files(state)[0].write_bytes(b"")


def overwritten(state):
    biggest = data_files(state)[0]
    biggest.write_bytes(b"\xa5" * biggest.stat().st_size)


def shortened(state):
    biggest = data_files(state)[0]
    biggest.write_bytes(biggest.read_bytes()[:-1])


def deleted(state):
    data_files(state)[0].unlink()


def all_deleted(state):
    for file in data_files(state):
        file.unlink()


def with_mark(text):
    def garbled(state):
        (state / "index.json").write_bytes(text)

    return garbled


def without_files(state):
    noted = json.loads((state / "index.json").read_text())
    (state / "index.json").write_text(json.dumps({"state": noted["state"]}))


def of_another_kind(state):
    noted = json.loads((state / "index.json").read_text())
    noted["state"]["version"] = "one"
    (state / "index.json").write_text(json.dumps(noted))


DAMAGE = {
    "truncated file": truncated,
    "file without its last byte": shortened,
    "emptied file": emptied,
    "overwritten file": overwritten,
    "deleted file": deleted,
    "no file left": all_deleted,
    "empty index.json": with_mark(b""),
    "half an index.json": with_mark(b'{"state": {"record": "x", "ver'),
    "bytes in index.json": with_mark(b"\xff\xfe\x00{}"),
    "a list in index.json": with_mark(b"[1, 2]"),
    "index.json without files": without_files,
    "index.json with a text for a number": of_another_kind,
}


# What is wrong with index.json is no matter of the language.
@pytest.mark.parametrize(
    ("language", "damage"),
    [pytest.param(q, f, id=f"{q}-{d}") for q in LANGUAGES for d, f in DAMAGE.items() if q == "sparql" or "index.json" not in d],
)
def test_a_damaged_index_is_made_anew_and_said_so(copied, language, damage, made, caplog):
    caplog.set_level(logging.WARNING, "kg")
    g, before = copied
    damage(the_state(g, language))
    assert ask_index(g, "facts-between", language) == before
    assert made == [(language, "build")]
    name = {"cypher": "Cypher", "sparql": "SPARQL"}[language]
    assert [m for m in caplog.messages if f"{name} index is damaged" in m and "anew" in m], caplog.messages
    assert ask_index(g, "facts-between", language) == before, "and stays so"
    assert len(made) == 1


def test_info_speaks_of_a_damaged_index_without_an_error(copied, language):
    g, _ = copied
    assert g.info()["indexes"][language]["version"] == 1
    truncated(the_state(g, language))
    assert g.info()["facts"] == 33


def test_what_a_stopped_build_left_is_passed_over_and_cleared_away(copied, language):
    """Its folder has no index.json."""
    g, _ = copied
    whole = the_state(g, language)
    left = whole.parent / "2-abandoned"
    shutil.copytree(whole, left)
    (left / "index.json").unlink()
    empty = whole.parent / "3-empty"
    empty.mkdir()
    assert len(ask_index(g, "facts-between", language).rows) == 14
    g.retract(g.info()["sources"][0]["dataset"], report_of(g, "2009-04-01"))
    assert len(ask_index(g, "facts-at", language, at="2009-04-01").rows) == 5
    assert not left.exists() and not empty.exists() and not whole.exists()


def report_of(graph, date):
    with graph.store.record.reading() as con:
        return con.execute("SELECT id::VARCHAR FROM kg.report WHERE date = ?", [date]).fetchone()[0]


def test_a_folder_named_as_the_next_state_is_not_taken_for_it(g, language, tmp_path):
    g.load(EXAMPLE)
    (g.store.path / "index" / language / "1-00000000").mkdir(parents=True)
    assert len(ask_index(g, "facts-between", language).rows) == 14


@pytest.mark.parametrize("lost", ["index", "index/{}"])
def test_a_lost_index_costs_nothing_but_time(copied, language, lost, made):
    g, before = copied
    shutil.rmtree(g.store.path / lost.format(language))
    assert g.info()["indexes"][language] is None
    assert ask_index(g, "facts-between", language) == before
    assert made == [(language, "build")]


def test_a_build_that_fails_leaves_no_half_and_the_old_state(g, tmp_path, language, monkeypatch):
    load(g, tmp_path, "d", row("r1", "USA", "meets", "RUS", "2009"))
    ask_index(g, "facts-at", language)
    old = the_state(g, language)
    load(g, tmp_path, "d", row("r2", "USA", "meets", "POL", "2009"))

    def failing(self, con, folder, *rest):
        (folder / "half").write_text("x")
        raise StoreError("no room")

    with monkeypatch.context() as patch:
        for verb in ("build", "update"):
            patch.setattr(INDEXES[language], verb, failing)
        with pytest.raises(StoreError, match="no room"):
            ask_index(g, "facts-at", language)
    assert [f.name for f in old.parent.iterdir() if f.is_dir()] == [old.name]
    assert len(ask_index(g, "facts-at", language, at="2009").rows) == 2
