"""Where the disk is full whatever changes a store says so, changes nothing, and does it once there is room."""

import shutil

import pytest
from helpers_store import assert_clear, command, limited, write_rows

import kg
from kg import copying
from kg.errors import NothingLoaded
from kg.stores.record import FILE, TABLES

COLUMNS = ("native_id", "actor", "action", "target", "date")
#: How large a new file may become: not at all, a little, almost enough.
NEW = (0, 40_000, 300_000)
#: What the record may grow beyond its size, in bytes; less than nothing: its log has no room either.
MORE = (None, 0, 40_000, 300_000)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A store with two loads, the names of a user and a backup."""
    folder = tmp_path_factory.mktemp("full")
    rows = [
        (
            f"r{n}",
            f"Party {n % 50}",
            "breaks off diplomatic relations with" if n % 2 else "meets",
            f"Land {n % 70}",
            f"{1900 + n % 90}",
        )
        for n in range(4_000)
    ]
    graph = kg.open(folder / "s.kg")
    graph.load(write_rows(folder / "a.csv", rows[:2_000], COLUMNS), dataset="d")
    graph.load(write_rows(folder / "b.csv", rows[2_000:], COLUMNS), dataset="d")
    graph.add_names(write_rows(folder / "n.csv", [(f"Party {n}", f"PTY{n}", "group") for n in range(50)], ("name", "id", "kind")))
    graph.backup(folder / "s.kgbackup")
    return graph.store.path


WORK = {
    "retract": ["retract", "--source", "d", "--id", "r1"],
    "undo": ["loads", "undo", "2"],
    "resolve again": ["resolve", "--again"],
    "names": ["actors", "add", "n.csv"],
    "backup": ["backup", "out.kgbackup"],
    "restore": ["restore", "s.kgbackup", "--kg", "out.kg"],
    "copy": ["copy", "s.kg", "out.kg"],
}


def digest(store):
    with kg.open(store).store.tables(*TABLES) as con:
        return copying.digest(con)


@pytest.mark.parametrize("what", WORK)
def test_work_without_room_says_so_and_changes_nothing(base, tmp_path, monkeypatch, what):
    monkeypatch.chdir(tmp_path)
    for file in base.parent.glob("*.csv*"):
        shutil.copy(file, tmp_path)
    shutil.copy(base.parent / "s.kgbackup", tmp_path)
    shutil.copytree(base, "s.kg")
    before, size = digest("s.kg"), (tmp_path / "s.kg" / FILE).stat().st_size
    new = what in ("backup", "restore", "copy")
    failed, done = 0, False
    for room in NEW if new else MORE:
        limit = (room or 0) if new else 100 if room is None else size + room
        code, out, err = limited(limit, *WORK[what], TMPDIR=str(tmp_path), KG="s.kg")
        if code == 0:
            done = True
            break  # where only the log had room this is said, and it is done
        failed += 1
        assert_clear(code, out, err, "File too large", "can't write", "not enough memory or room")
        assert "hint: " in err
        assert [f.wrong for f in kg.open("s.kg").check() if f.wrong] == []
        assert digest("s.kg") == before
        left = {f.name for f in tmp_path.iterdir()} - {"a.csv", "b.csv", "n.csv", "s.kg", "s.kgbackup"}
        # a copy goes on in the folder it has begun, which is no store yet
        assert left <= ({"out.kg"} if what == "copy" else set()), left
    assert failed, "there was room at once"
    if not done:
        ran = command(*WORK[what], cwd=tmp_path, KG="s.kg")
        assert ran.returncode == 0, ran.stderr
    if what in ("restore", "copy"):
        assert digest("out.kg") == before
    elif what != "backup":
        assert digest("s.kg") != before
    assert [f.wrong for f in kg.open("s.kg").check() if f.wrong] == []


def test_what_is_in_the_log_is_done_and_said_to_be(base, tmp_path, monkeypatch):
    """The record has no room for it, the log beside it has: who opens it next finds it, and folds it in when there is room."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(base, "s.kg")
    before, size = digest("s.kg"), (tmp_path / "s.kg" / FILE).stat().st_size
    code, out, err = limited(size, *WORK["retract"], TMPDIR=str(tmp_path), KG="s.kg")
    assert (code, out) == (0, ""), err
    assert f"note: it is done, and kept in {FILE}.wal" in err and "is the disk full?" in err
    after = digest("s.kg")
    assert after != before and (tmp_path / "s.kg" / f"{FILE}.wal").exists()
    assert command("retract", "--source", "d", "--id", "r2", cwd=tmp_path, KG="s.kg").returncode == 0
    assert not (tmp_path / "s.kg" / f"{FILE}.wal").exists()
    assert [f.wrong for f in kg.open("s.kg").check() if f.wrong] == []


def test_an_empty_record_is_none_and_is_loaded_into(tmp_path):
    """What a first load leaves that was cut off, or had no room, before a byte was written."""
    (tmp_path / "s.kg").mkdir()
    (tmp_path / "s.kg" / FILE).touch()
    graph = kg.open(tmp_path / "s.kg")
    with pytest.raises(NothingLoaded, match="there is no store"):
        graph.facts()
    graph.load(write_rows(tmp_path / "a.csv", [("r1", "USA", "meets", "RUS", "2009")], COLUMNS))
    assert len(graph.facts()) == 1
