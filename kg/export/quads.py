"""Quadruples as models of temporal knowledge graphs read them: a folder of ids, names and a split by date.

``train.txt``, ``valid.txt``, ``test.txt`` with ``entity2id.txt``, ``relation2id.txt`` and ``stat.txt`` are the form of RE-NET
(Jin et al. 2020) and of what was built on it; ``named/`` has the same rows in names and ISO dates, the form of the ICEWS sets of
García-Durán et al. (2018). A model knows days only: what is dated by a month, a year or a span has no day, and a deed without a
target no object; they are left out, and a note says how many.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from kg.duck import literal
from kg.facts import NO_TARGET
from kg.stores.base import count

if TYPE_CHECKING:
    import duckdb

    from kg.export.rows import Chosen

#: Shares of the facts, in order of date, up to which a day is for training and for validation; the rest is for testing.
SPLIT = (0.8, 0.9)
#: The parts of the split, in order of date.
PARTS = ("train", "valid", "test")
#: What the folder has.
FILES = (
    *(f"{part}.txt" for part in PARTS), *(f"named/{part}.txt" for part in PARTS), "entity2id.txt", "relation2id.txt",
    "time2id.txt", "stat.txt", "README.md",
)  # fmt: skip

# An entity's name has no blanks but single spaces; two of one name are told apart by their ids.
_NAMES = """
    CREATE TEMP TABLE named AS SELECT e.id, CASE WHEN count(*) OVER (PARTITION BY e.name) > 1
        THEN e.name || ' [' || e.id || ']' ELSE e.name END AS name
    FROM kg.entity e WHERE e.id IN (SELECT actor FROM dated UNION SELECT target FROM dated)"""
_QUADS = """
    CREATE TEMP TABLE quad AS SELECT DISTINCT s.name AS subject, trim(regexp_replace(f.action, '\\s+', ' ', 'g')) AS relation,
        o.name AS object, f.start AS day
    FROM dated f JOIN named s ON s.id = f.actor JOIN named o ON o.id = f.target"""
# A day goes where the middle of its facts is.
_DAYS = f"""
    CREATE TEMP TABLE day AS SELECT day, day - min(day) OVER () AS id,
        CASE WHEN middle < {SPLIT[0]} * total THEN 'train' WHEN middle < {SPLIT[1]} * total THEN 'valid' ELSE 'test' END AS part
    FROM (SELECT day, sum(count(*)) OVER (ORDER BY day) - count(*) / 2 AS middle, sum(count(*)) OVER () AS total
          FROM quad GROUP BY day)"""
_IDS = """
    CREATE TEMP TABLE {0} AS SELECT name, row_number() OVER (ORDER BY name) - 1 AS id FROM (
        SELECT DISTINCT name FROM ({1}) t(name))"""
_README = """# {title}

{facts} quadruples (subject, relation, object, day) between {entities} entities, {relations} relations.

| file | rows |
|---|---|
| `entity2id.txt`, `relation2id.txt`, `time2id.txt` | name and id, tab-separated; the id of a day is its distance from the first |
| `stat.txt` | number of entities, number of relations |
| `train.txt`, `valid.txt`, `test.txt` | subject, relation, object, day as ids |
| `named/*.txt` | the same rows as names and ISO dates |

The split is by date, so that no day of a later part is before one of an earlier part:

| part | quadruples | first day | last day |
|---|---|---|---|
{parts}

Left out: {out} facts that have no day (a month, a year, a span) or no target.
"""

_log = logging.getLogger(__name__)


def write(facts: Chosen, folder: Path, title: str) -> int:
    """Write the folder; returns how many facts are in it."""
    con = facts.con
    folder.mkdir()
    (folder / "named").mkdir()
    con.execute(f"CREATE TEMP TABLE dated AS FROM believed WHERE precision = 'day' AND target <> '{NO_TARGET}'")
    for sql in (_NAMES, _QUADS, _DAYS):
        con.execute(sql)
    con.execute(_IDS.format("entity_id", "SELECT subject FROM quad UNION SELECT object FROM quad"))
    con.execute(_IDS.format("relation_id", "SELECT relation FROM quad"))
    for name in ("entity", "relation"):
        _copy(con, f"SELECT name, id FROM {name}_id ORDER BY id", folder / f"{name}2id.txt")
    _copy(con, "SELECT day, id FROM day ORDER BY id", folder / "time2id.txt")
    for part in PARTS:
        rows = f"FROM quad q JOIN day d ON d.day = q.day AND d.part = '{part}'"
        ids = """JOIN entity_id s ON s.name = q.subject JOIN relation_id r ON r.name = q.relation
            JOIN entity_id o ON o.name = q.object"""
        _copy(con, f"SELECT s.id, r.id, o.id, d.id {rows} {ids} ORDER BY d.id, s.id, r.id, o.id", folder / f"{part}.txt")
        named = f"SELECT q.subject, q.relation, q.object, q.day {rows} ORDER BY q.day, q.subject, q.relation, q.object"
        _copy(con, named, folder / "named" / f"{part}.txt")
    entities, relations, quads, used, everything = (
        count(con, table) for table in ("entity_id", "relation_id", "quad", "dated", "believed")
    )
    out = everything - used
    empty = _empty(con)
    _tell(con, out, empty)
    (folder / "stat.txt").write_text(f"{entities}\t{relations}\n", encoding="utf-8")
    parts = con.execute("""SELECT part, count(*), min(q.day)::VARCHAR, max(q.day)::VARCHAR
        FROM quad q JOIN day d ON d.day = q.day GROUP BY part ORDER BY 3""").fetchall()
    parts += [(part, 0, "", "") for part in empty]
    lines = "\n".join(f"| {part} | {n} | {first} | {last} |" for part, n, first, last in parts)
    about = _README.format(title=title, facts=quads, entities=entities, relations=relations, parts=lines, out=out)
    (folder / "README.md").write_text(about, encoding="utf-8")
    return used


def _empty(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The parts of the split in which there is nothing."""
    there = {part for (part,) in con.execute("SELECT DISTINCT part FROM day").fetchall()}
    return [part for part in PARTS if part not in there]


def _tell(con: duckdb.DuckDBPyConnection, out: int, empty: list[str]) -> None:
    """Say what is not in the folder, though somebody may look for it."""
    if out:
        _log.warning("%d facts have no day (a month, a year, a span) or no target, and are not in it", out)
    if empty:
        files = " and ".join(f"{part}.txt" for part in empty)
        _log.warning("nothing is in %s: each day is whole in one part, and of %d none is left for it", files, count(con, "day"))


def _copy(con: duckdb.DuckDBPyConnection, sql: str, path: Path) -> None:
    con.execute(f"COPY ({sql}) TO {literal(path)} (FORMAT csv, HEADER false, DELIMITER '\t', QUOTE '', ESCAPE '')")
