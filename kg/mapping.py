"""Distinct names and actions of staged rows, looked up once each and kept as tables that the rows are joined with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from kg import actions
from kg.actors import UNRESOLVED, Period, Resolution, Resolver, resolver
from kg.facts import EXACTNESS_SQL, KINDS, NO_BEGINNING, Entity, digest_of_parts_sql, part_sql
from kg.text import clean, slug

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from kg.staging import Staged

# So many names that no rule knows are kept of each file; the report shows twenty of all.
_MOST_NAMES = 1_000


def map_names(con: duckdb.DuckDBPyConnection, known: Resolver) -> None:
    """The table ``name_map``: text, state, kind and id as given, on the days from ``since`` to ``last``, to an entity.

    ``behind`` is the state behind the entity on those days.
    """
    found = con.execute("""
        SELECT DISTINCT actor, actor_state, actor_kind, actor_id FROM staged WHERE actor IS NOT NULL
        UNION SELECT DISTINCT target, target_state, target_kind, target_id FROM staged""").fetchall()
    periods = [(row, period) for row in found for period in _periods(known, *row)]
    answers = [period.resolution for _, period in periods]
    entities = [answer.entity for answer in answers]
    as_table(con, "name_map", {
        "ix": [*range(len(periods))], "text": [row[0] for row, _ in periods],
        "given_state": [row[1] for row, _ in periods], "given_kind": [row[2] for row, _ in periods],
        "given_id": [row[3] for row, _ in periods],
        "since": [p.start for _, p in periods], "last": [p.last for _, p in periods],
        "id": [e.id for e in entities], "rule": [a.rule for a in answers], "problem": [_no_kind(row[2]) for row, _ in periods],
        "name": [e.name for e in entities], "kind": [e.kind for e in entities], "state": [e.state for e in entities],
        "start": [e.start for e in entities], "until": [e.until for e in entities], "behind": [a.state for a in answers],
    }, dates=("since", "last", "start", "until"))  # fmt: skip


def _periods(known: Resolver, text: str | None, state: str | None, kind: str | None, id_: str | None) -> list[Period]:
    if id_ is None:
        found = known.timeline(text, state, kind)
        if kind != "group" or (state and not state.endswith(":")):  # "cameo:" names none
            return found
        return [p._replace(resolution=_no_group(text or "", p.resolution)) for p in found]
    return [Period(dt.date.min, dt.date.max, known.identified(id_, text, state, kind))]


def _no_group(text: str, found: Resolution) -> Resolution:
    """What a name means in a row that says it is a group, and of which state it does not say: no person, and no body of a
    state that merely goes by these letters, as BOSS and NSA do. What users say themselves (their own list) counts."""
    person = found.entity.kind == "person"
    letters = found.rule == "code" and found.entity.kind == "organization" and found.entity.state is not None
    if found.rule == "own list" or not (person or letters):
        return found
    name = clean(text)
    return Resolution(Entity(slug(name), name, "group"), "own name")


def _no_kind(kind: str | None) -> str | None:
    known = KINDS[:-1]
    return f"there is no kind {kind!r}; kinds are {', '.join(known)}" if kind and kind not in known else None


def map_actions(con: duckdb.DuckDBPyConnection) -> None:
    """The table ``action_map``: text, code and scheme as given, to an action."""
    found = con.execute("SELECT DISTINCT action, code, scheme FROM staged").fetchall()
    resolved = [actions.resolve(*row) for row in found]
    shown = [text or actions.name_of(action) for (text, _, _), action in zip(found, resolved, strict=True)]
    as_table(con, "action_map", {
        "ix": [*range(len(found))], "text": [r[0] for r in found],
        "given_code": [r[1] for r in found], "given_scheme": [r[2] for r in found],
        "shown": shown, **{f: [getattr(r, f) for r in resolved] for f in actions.Action._fields},
    })  # fmt: skip


def keep_used_names(con: duckdb.DuckDBPyConnection) -> None:
    """The tables ``entities`` and ``names``: what the rows that are not rejected speak of, and the states behind it."""
    ends = "SELECT actor_ix AS ix FROM prepared WHERE problem IS NULL UNION SELECT target_ix FROM prepared WHERE problem IS NULL"
    con.execute(f"CREATE OR REPLACE TEMP VIEW used AS FROM name_map SEMI JOIN ({ends}) USING (ix)")
    con.execute("""
        CREATE OR REPLACE TABLE entities AS SELECT id, min(name) AS name, min(kind) AS kind, min(state) AS state,
            min(start) AS start, min(until) AS until FROM used GROUP BY id""")
    behind = con.execute("SELECT DISTINCT behind FROM used WHERE behind NOT IN (SELECT id FROM entities)").fetchall()
    states = [resolver().tables.named.entities[id_] for (id_,) in behind]
    columns = {c: [getattr(e, c) for e in states] for c in columns_of(con, "entities")}
    as_table(con, "states", columns, dates=("start", "until"))
    con.execute("INSERT INTO entities FROM states")
    con.execute("CREATE OR REPLACE TABLE names AS SELECT DISTINCT id AS entity, text AS name FROM used WHERE text IS NOT NULL")


# What programs write where nothing is known; a name all the same, as NA is Namibia's code.
_MISSING = ("na", "n/a", "nan", "null", "none", "nil", "-", "--", "?", ".")


def count_rules(con: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Note how often each rule found a name or an action, and the names that none found."""
    for column, table, counter in (
        ("actor_ix", "name_map", staged.name_rules),
        ("target_ix", "name_map", staged.name_rules),
        ("action_ix", "action_map", staged.action_rules),
    ):
        rules = f"SELECT {column} AS ix, count(*) AS n FROM prepared WHERE problem IS NULL GROUP BY 1"
        for rule, n in con.execute(f"SELECT rule, sum(n) FROM ({rules}) JOIN {table} USING (ix) GROUP BY 1").fetchall():
            counter[rule] += int(n)
    ends = "SELECT unnest([actor_ix, target_ix]) AS ix FROM prepared WHERE problem IS NULL"
    for rule_names, counter in ((UNRESOLVED, staged.unknown_names), (["outside its dates"], staged.misdated_names)):
        sql = f"SELECT text, count(*) FROM ({ends}) JOIN name_map USING (ix) WHERE rule IN (SELECT unnest(?)) GROUP BY 1"
        counter.update(dict(con.execute(f"{sql} ORDER BY 2 DESC, 1 LIMIT {_MOST_NAMES}", [[*rule_names]]).fetchall()))
    missing = f"SELECT text, count(*) FROM ({ends}) JOIN name_map USING (ix) WHERE lower(text) IN (SELECT unnest(?)) GROUP BY 1"
    staged.missing_names.update(dict(con.execute(missing, [[*_MISSING]]).fetchall()))


def columns_of(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """The names of a table's columns."""
    return [row[0] for row in con.execute(f"DESCRIBE {table}").fetchall()]


def one(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The number that a query gives."""
    return int(con.execute(sql).fetchall()[0][0])


def as_table(
    con: duckdb.DuckDBPyConnection, name: str, columns: dict[str, list[object]] | dict[str, list[str]], dates: Iterable[str] = ()
) -> None:
    """A DuckDB table from columns of Python values: text, or as inferred where there are no texts."""
    import pyarrow as pa

    types: dict[str, Callable[[], pa.DataType]] = {
        "ix": pa.int32,
        "n": pa.int64,
        "line": pa.int64,
        "quad_class": pa.int32,
        "intensity": pa.float64,
    }
    arrays = {c: pa.array(values, pa.date32() if c in dates else types.get(c, pa.string)()) for c, values in columns.items()}
    con.register("incoming", pa.table(arrays))
    con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM incoming")
    con.unregister("incoming")


def join(alias: str, table: str, on: dict[str, str], blank: set[str]) -> str:
    """The join of a row with its line of a map, of names with the line of the row's day; a NULL meets a NULL.

    :param blank: the columns of the rows that none fills.
    """
    conditions = [
        # Without a date the row is rejected, but the reason may be the name's.
        *([f"coalesce(d.day, DATE '{NO_BEGINNING}') BETWEEN {alias}.since AND {alias}.last"] if table == "name_map" else ()),
        *(
            f"{alias}.{theirs} IS NULL" if ours in blank else f"{alias}.{theirs} IS NOT DISTINCT FROM s.{ours}"
            for theirs, ours in on.items()
        ),
    ]
    return f"LEFT JOIN {table} {alias} ON {' AND '.join(conditions)}"


def joins(blank: set[str]) -> str:
    """The joins of rows ``s`` with the maps of names (``a``, ``t``) and actions (``x``)."""
    return " ".join((
        *(
            join(alias, "name_map", {
                "text": end, "given_state": f"{end}_state", "given_kind": f"{end}_kind", "given_id": f"{end}_id",
            }, blank)
            for alias, end in (("a", "actor"), ("t", "target"))
        ),
        join("x", "action_map", {"text": "action", "given_code": "code", "given_scheme": "scheme"}, blank),
    ))  # fmt: skip


#: SQL for the identity of the fact of a row joined with its maps and, as ``d``, with its date.
FACT = digest_of_parts_sql(part_sql("a.id"), part_sql("x.key"), part_sql("t.id"), "d.key")
#: SQL for the three parts of that identity that are the date's.
DATE_KEY = f"concat({part_sql('start')}, {part_sql('until')}, {part_sql(EXACTNESS_SQL)})"
#: SQL for the day as of which names are taken: the first, or the last of a span that has no beginning.
DATE_DAY = f"CASE WHEN precision = 'span' AND start = DATE '{NO_BEGINNING}' THEN coalesce(until - 1, start) ELSE start END"
