"""A store saved by an earlier version opens and says what it said; one of a format that is no longer read is refused clearly.

``inputs/saved/format-N.kgbackup`` is what ``kg backup`` wrote of a small store with corrections, a retraction, an undone load,
names of a user, a rejected row, derived relations and, since format 4, a deed, in format N of the record; beside it what
``kg facts`` and ``kg loads`` said of it. They are never written anew: a new format gets files of its own
(``scripts/save_store.py``), and the older ones then show how they are refused.
"""

import csv
import io
import shutil
import zipfile

import pytest
from helpers_store import ROOT

import kg as package
from kg.errors import InputError, StoreDamaged
from kg.export import tables
from kg.stores.record import FILE, FORMAT

SAVED = {int(file.stem.removeprefix("format-")): file for file in (ROOT / "tests/inputs/saved").glob("format-*.kgbackup")}


def beside(number, kind):
    file = SAVED[number].with_name(f"format-{number}{kind}.csv")
    return list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))


def written(columns, rows):
    text = io.StringIO()
    tables.write_rows(columns, rows, text, "csv")
    return list(csv.DictReader(io.StringIO(text.getvalue())))


def test_there_is_a_saved_store_of_the_format_of_today():
    assert FORMAT in SAVED, f"the format is {FORMAT} now: python scripts/save_store.py saves a store of it; keep the older ones"
    assert all(file.stat().st_size < 50_000 for file in SAVED.values())


@pytest.mark.parametrize("number", [n for n in SAVED if n == FORMAT])
@pytest.mark.parametrize("way", ["restored", "unpacked"])
def test_a_saved_store_says_what_it_said(tmp_path, number, way):
    graph = package.open(tmp_path / "s.kg")
    if way == "restored":
        graph.restore(SAVED[number])
    else:  # by hand: the record is in it as it is
        with zipfile.ZipFile(SAVED[number]) as file:
            file.extract(FILE, tmp_path / "s.kg")
    assert written(graph.columns, graph.rows()) == beside(number, "")
    loads = beside(number, "-loads")
    assert [(row.get("load", row.get("id")), row["kind"], row["sha256"]) for row in loads] == [
        (str(c["id"]), c["kind"], c["sha256"] or "") for c in graph.loads()
    ]
    assert [f.wrong for f in graph.check() if f.wrong] == []
    assert [row["raw"] for row in graph.store.rejects()] == ["q5,USA,meets,Russia,2009-02-30,"]
    assert [len(graph.known_at(graph.loads()[n]["recorded"]).facts()) for n in (1, 2, 3)] == [6, 5, 7]
    assert {row[0] for row in graph.ask("partners", "cypher", actor="USA").rows} == {"CUB"}
    # it goes on from there: rows that were loaded are known, what was retracted may come back
    file = shutil.copy(SAVED[number].with_name("facts.csv"), tmp_path)
    assert graph.load(file, dataset="saved").total("rejected") == 0
    assert [f.actor for f in graph.facts() if f.action == "frobs the widget"] == ["RUR"]


@pytest.mark.parametrize("number", [*(n for n in SAVED if n != FORMAT), FORMAT])
def test_a_store_of_another_format_is_refused_and_what_to_do_is_said(tmp_path, monkeypatch, number):
    """Of those that were saved, and as the next version will see the one of today."""
    with zipfile.ZipFile(SAVED[number]) as file:
        file.extract(FILE, tmp_path / "s.kg")
    before = (tmp_path / "s.kg" / FILE).read_bytes()
    if number == FORMAT:
        for module in ("kg.stores.record", "kg.backups"):
            monkeypatch.setattr(f"{module}.FORMAT", FORMAT + 1)
    with pytest.raises(StoreDamaged, match=rf"has format {number}, this version reads format \d") as caught:
        package.open(tmp_path / "s.kg").facts()
    assert caught.value.hint == "load the files anew"
    assert (tmp_path / "s.kg" / FILE).read_bytes() == before
    with pytest.raises(InputError, match=f"has a store of format {number}, this version reads format") as refused:
        package.open(tmp_path / "other.kg").restore(SAVED[number])
    assert "restore it with the version that made it" in refused.value.hint
    assert not (tmp_path / "other.kg").exists()
