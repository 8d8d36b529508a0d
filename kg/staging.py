"""A file's rows made ready beside the store: read, mapped by the loader's SQL, dated, resolved, identified.

All of it happens in a DuckDB of its own that spills to the working folder, so that a load needs the record only for the
short transaction that merges what is ready. Dates, names and actions are looked at once per distinct text.
"""

from __future__ import annotations

import os
import re
import sys
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kg import dates, duck, mapping, statements
from kg.actors import Resolver, resolver
from kg.duck import identifier, literal
from kg.errors import DateError, InputError
from kg.facts import DERIVED, REPORT_STATES, REPORT_TEXTS, Span, digest_sql
from kg.loaders import OUTPUT
from kg.readers.files import Source
from kg.readers.tables import (
    PROBLEM,
    WIDTH,
    N,
    Shape,
    line_of_byte,
    lines_between,
    reading_error,
    record_lines,
    rows_sql,
)
from kg.recognise import Reading

if TYPE_CHECKING:
    import duckdb

    from kg.stores.base import Progress

# Texts of a column ``deleted`` that mean so (a date or a Unix time is when it was), and SQL for rows that are not deleted.
_TRUE = "^(1|t|true|y|yes|x|deleted|[0-9]{4,}.*)$"
_KEPT = "coalesce(lower(trim(deleted)), '') IN ('', '0', 'f', 'false', 'n', 'no', 'null', 'none')"

#: Memory for staging; the rest spills to disk.
MEMORY = "800MB"


@dataclass
class Rejected:
    """A row that can't be read: its line (or number) in the file, why, and its text."""

    row: int
    reason: str
    raw: str


@dataclass
class Staged:
    """What a file gave: ``rows`` that say something, those rejected, and how names and actions were found (rows by rule).

    A loader may make several of one row of the file (a dispute of three against two): each counts. ``left_out`` are rows of
    the file that the loader, by its header, makes nothing of.
    """

    source: Source
    loader: str
    loader_version: str
    dataset: str
    rows: int = 0
    left_out: int = 0
    leaves_out: str = ""
    rejected: list[Rejected] = field(default_factory=list)
    name_rules: Counter[str] = field(default_factory=Counter)
    action_rules: Counter[str] = field(default_factory=Counter)
    #: The most frequent names that no rule knows, and those of what did not exist on the day, with how often they stand.
    unknown_names: Counter[str] = field(default_factory=Counter)
    misdated_names: Counter[str] = field(default_factory=Counter)
    #: Names that may be a program's word for what is missing, such as NA.
    missing_names: Counter[str] = field(default_factory=Counter)


def connect(work: Path, memory: str | None = None) -> duckdb.DuckDBPyConnection:
    """A DuckDB for staging, spilling to ``work`` what goes beyond ``memory``."""
    con = duck.connect(memory_limit=memory or MEMORY, temp_directory=str(work / "spill"))
    if memory:
        con.execute(f"SET threads = {min(2, os.cpu_count() or 1)}")  # each needs room of its own
    con.execute("SET TimeZone = 'UTC'")  # an instant is the same day on every machine
    return con


def confine(con: duckdb.DuckDBPyConnection, files: Iterable[Path], folders: Iterable[Path]) -> None:
    """From now on let ``con`` reach these files, what is in these folders, and nothing else: no network, no extension."""
    names = (", ".join(literal(str(path)) for path in sorted({*paths, *(p.absolute() for p in paths)})) for paths in (
        {*files}, {*folders}))  # fmt: skip
    for setting, listed in zip(("allowed_paths", "allowed_directories"), names, strict=True):
        con.execute(f"SET {setting} = [{listed}]")
    con.execute("SET enable_external_access = false")  # which DuckDB never takes back


def stage(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    reading: Reading,
    dataset: str | None,
    order: dates.Order | None,
    progress: Progress | None = None,
    known: Resolver | None = None,
) -> Staged:
    """Fill the tables ``prepared``, ``entities`` and ``names`` of ``con`` from a file.

    :param dataset: who says so, for all rows; by default what the loader says, or the file's stem.
    :param known: what resolves names; by default the tables as shipped.
    :param order: how dates like 03/04/2009 are to be read; by default the column settles it.
    :raises InputError: if the file can't be read as a whole, e.g. if nothing settles the order of its dates.
    """
    loader = reading.loader
    staged = Staged(source, loader.name, loader.version, dataset or loader.header.get("dataset") or source.stem)
    if staged.dataset == DERIVED:
        raise InputError(f"{source.name}: {DERIVED} is what the graph derives itself", hint="name the dataset: --source NAME")
    reading, refused = _read_either_way(con, source, reading, progress)
    if progress:
        progress(f"resolving {source.name}", 0, 0)
    _set_deletions_aside(con)
    if "statement" in mapping.columns_of(con, "staged"):
        _split_statements(con)
    if loader.header.get("witnesses"):
        _prepare_witnesses(con, staged.dataset, loader.header["witnesses"])
    else:
        _map_dates(con, source, order)
        mapping.map_names(con, known or resolver())
        mapping.map_actions(con)
        _prepare(con, staged.dataset)
        mapping.keep_used_names(con)
        mapping.count_rules(con, staged)
    staged.leaves_out = loader.header.get("leaves out", "")
    staged.left_out = _number_rows(con, source, reading, refused)
    bad = _rejected_rows(con, source, reading.shape, [r.row for r in refused])
    staged.rejected = sorted([*refused, *bad], key=lambda r: r.row)
    staged.rows = mapping.one(con, "SELECT (SELECT count(*) FROM prepared) + (SELECT count(*) FROM deletion)") + len(refused)
    return staged


def _read_either_way(
    con: duckdb.DuckDBPyConnection, source: Source, reading: Reading, progress: Progress | None
) -> tuple[Reading, list[Rejected]]:
    """`_read`, and the rows it refused. In a tab-separated file quotes are plain characters, so that a stray one swallows no
    rows; if that leaves rows torn, and with quoting none are, then the quotes were meant."""
    with _watched(con, source, progress):
        _read(con, source, reading)
    refused = _refused_by_reader(con, source, reading.shape)
    shape = reading.shape
    torn = "SELECT count(*) FROM staged WHERE problem LIKE 'expected %'"
    plain = shape.form == "csv" and shape.delimiter == "\t" and not shape.quote and reading.loader.header.get("quote") != "none"
    if plain and source.has_quotes and (refused or mapping.one(con, torn)):
        quoted = reading._replace(shape=replace(shape, quote='"'))
        _read(con, source, quoted)
        if not _refused_by_reader(con, source, quoted.shape) and not mapping.one(con, torn):
            return quoted, []
        _read(con, source, reading)
    return reading, refused


def _read(con: duckdb.DuckDBPyConnection, source: Source, reading: Reading) -> None:
    """The table ``staged``: what the loader makes of the file, numbered ``n``, with the row of the file, and `OUTPUT`."""
    import duckdb

    for table in ("reject_errors", "reject_scans"):
        con.execute(f"DROP TABLE IF EXISTS {table}")
    con.execute(f"CREATE OR REPLACE VIEW source AS {_source_sql(source, reading)}")
    try:
        given = {row[0] for row in con.execute(f"DESCRIBE ({reading.loader.text})").fetchall()}
    except duckdb.PermissionException as error:
        raise InputError(
            f"the loader {reading.loader.name} reaches for more than {source.name}: {str(error).splitlines()[0]}",
            hint="a loader reads from source, which is the file it is given, and from nothing else",
        ) from None
    except duckdb.Error as error:
        raise InputError(f"the loader {reading.loader.name} does not work on {source.name}: {error}") from None
    unknown = given - {*OUTPUT, "row"}
    if unknown:
        raise InputError(
            f"the loader {reading.loader.name} gives unknown columns: {', '.join(sorted(unknown))}",
            hint=f"a loader may give: row, {', '.join(OUTPUT)}",
        )
    if not {"statement", "of", "deleted"} & given and not ({"actor", "date"} <= given and {"action", "code"} & given):
        raise InputError(
            f"the loader {reading.loader.name} gives {', '.join(sorted(given)) or 'nothing'}",
            hint="it must give actor, date, and action or code; or statement; or of",
        )
    # "statement" and "of" stay out where the loader does not give them: their presence decides what happens next.
    wanted = [c for c in OUTPUT if c in given or c not in ("statement", "of")]
    texts = ", ".join(_text(c) if c in given else f"NULL::VARCHAR AS {identifier(c)}" for c in wanted)
    row = "row" if "row" in given else "row_number() OVER ()"
    try:
        con.execute(
            "CREATE OR REPLACE TABLE staged AS SELECT n, n AS record, * EXCLUDE n FROM "
            f"(SELECT {row} AS n, {texts} FROM ({reading.loader.text}))"
        )
        if mapping.one(con, "SELECT count(*) - count(DISTINCT n) FROM staged"):
            # Several of one row of the file: what comes first in it must not hang on how DuckDB joined them.
            con.execute(
                "CREATE OR REPLACE TABLE staged AS SELECT s.* REPLACE "
                "(row_number() OVER (ORDER BY record, actor, target, date, action, code) AS n) FROM staged s"
            )
    except duckdb.Error as error:
        raise reading_error(source, error) from None


def _text(column: str) -> str:
    """SQL for a column as written, NULL where it is blank."""
    c = identifier(column)
    # Only a text that begins with a blank or a control character, or is empty, can be blank: few need a closer look.
    return f"CASE WHEN {c}::VARCHAR < '!' AND trim({c}::VARCHAR, ' \t\r\n') = '' THEN NULL ELSE {c}::VARCHAR END AS {c}"


def _source_sql(source: Source, reading: Reading) -> str:
    """``source`` as the loader sees it: its own column names, NULL where the file lacks one, the rest as JSON in ``extra``."""
    loader, shape = reading.loader, reading.shape
    columns = [f"{_unguarded(identifier(c), reading)} AS {identifier(role)}" for role, c in reading.chosen.items()]
    taken = {role.casefold() for role in reading.chosen} | {"extra", "row", "problem", "width"}
    rest = [c for c in shape.columns if c not in reading.chosen.values()]
    columns += [f"NULL::VARCHAR AS {identifier(c)}" for c in loader.optional if c.casefold() not in taken]
    taken |= {c.casefold() for c in loader.optional}
    columns += [identifier(c) for c in rest if c.casefold() not in taken]
    fields = ", ".join(f"{literal(c)}, {identifier(c)}" for c in rest)
    columns.append(f"json_object({fields})::VARCHAR AS extra" if rest else "NULL::VARCHAR AS extra")
    problem = PROBLEM
    if reading.ragged:
        widths = ", ".join(map(str, loader.widths))
        problem = f"CASE WHEN {WIDTH} NOT IN ({widths}) THEN 'expected {widths} columns, found ' || {WIDTH} ELSE {PROBLEM} END"
        columns.append(f"{WIDTH} AS width")
    inner = rows_sql(source, shape, ragged=reading.ragged)
    return f"SELECT {N} AS row, {', '.join(columns)}, {problem} AS problem FROM ({inner})"


def _unguarded(column: str, reading: Reading) -> str:
    """SQL for a column without the apostrophe that an export set before what a spreadsheet would run."""
    marks = reading.loader.header.get("guarded")
    if marks is None or reading.shape.form != "csv":
        return column
    return f"CASE WHEN regexp_matches({column}, {literal(marks)}) THEN {column}[2:] ELSE {column} END"


def _refused_by_reader(con: duckdb.DuckDBPyConnection, source: Source, shape: Shape) -> list[Rejected]:
    """Rows that DuckDB could not split into the header's columns."""
    if shape.form != "csv":
        return []
    errors = con.execute(
        "SELECT line_byte_position, any_value(csv_line), any_value(error_message) FROM reject_errors GROUP BY 1 ORDER BY 1"
    ).fetchall()
    # Empty lines before a refused row are taken for its beginning.
    found = [(at + len(raw) - len(raw.lstrip("\n")), raw.strip("\n"), message) for at, raw, message in errors]
    lines = line_of_byte(source.path, [at for at, _, _ in found])
    return [Rejected(lines[at], _reader_reason(message, len(shape.columns)), raw) for at, raw, message in found]


def _reader_reason(message: str, expected: int) -> str:
    if match := re.match(r"Expected Number of Columns: \d+ Found: (\d+)", message):
        return f"expected {expected} fields, found {match[1]}"
    return message.rstrip(" .")


def _set_deletions_aside(con: duckdb.DuckDBPyConnection) -> None:
    """The table ``deletion``: the native ids of rows that say that they are deleted, taken out of ``staged``.

    What the store knows of these records is found when they are merged. A record that the same file gives is not deleted by
    it: which of the two came last nobody can say.
    """
    con.execute("CREATE OR REPLACE TABLE deletion (n BIGINT, row BIGINT, native_id VARCHAR)")
    if not mapping.one(con, "SELECT count(deleted) FROM staged"):
        return
    word = "lower(trim(deleted))"
    con.execute(f"""
        INSERT INTO deletion SELECT n, record, native_id FROM staged
        WHERE problem IS NULL AND native_id IS NOT NULL AND regexp_matches({word}, '{_TRUE}')
            AND native_id NOT IN (SELECT native_id FROM staged WHERE native_id IS NOT NULL AND {_KEPT})""")
    con.execute("DELETE FROM staged WHERE n IN (SELECT n FROM deletion)")
    con.execute(f"""
        UPDATE staged SET problem = CASE
            WHEN NOT regexp_matches({word}, '{_TRUE}') THEN 'deleted is ' || deleted || ', which is neither true nor false'
            WHEN native_id IS NULL THEN 'a deleted row needs the native id of a record'
            ELSE 'the file both gives and deletes ' || native_id END
        WHERE problem IS NULL AND NOT ({_KEPT})""")


def _split_statements(con: duckdb.DuckDBPyConnection) -> None:
    texts = [row[0] for row in con.execute("SELECT DISTINCT statement FROM staged WHERE statement IS NOT NULL").fetchall()]
    parsed = [statements.parse(text) for text in texts]
    mapping.as_table(
        con, "statement_map", {"text": texts} | {f: [getattr(p, f) for p in parsed] for f in statements.Statement._fields}
    )
    con.execute("""
        CREATE OR REPLACE TABLE staged AS SELECT s.* REPLACE (
            m.actor AS actor, m.action AS action, m.target AS target, coalesce(s.date, m.date) AS date,
            coalesce(s.quote, s.statement) AS quote,
            coalesce(s.problem, CASE WHEN s.statement IS NULL THEN 'the statement is empty' END, m.problem) AS problem)
        FROM staged s LEFT JOIN statement_map m ON m.text = s.statement""")


def _map_dates(con: duckdb.DuckDBPyConnection, source: Source, order: dates.Order | None) -> None:
    texts = [row[0] for row in con.execute("SELECT DISTINCT date FROM staged WHERE date IS NOT NULL").fetchall()]
    if order is None:
        try:
            order = dates.column_order(texts)
        except DateError as error:
            raise InputError(
                f"{source.name}: column date: {error}", hint="say --dates day-first or --dates month-first"
            ) from None
    spans: list[Span | None] = []
    problems: list[str | None] = []
    for text in texts:
        try:
            spans.append(dates.parse(text, order))
            problems.append(None)
        except DateError as error:
            spans.append(None)
            problems.append(str(error))
    columns: dict[str, list[object]] = {"text": [*texts], "problem": [*problems]}
    columns |= {f: [s and getattr(s, f) for s in spans] for f in Span._fields}
    mapping.as_table(con, "date_map", {"ix": [*range(len(texts))], **columns}, dates=("start", "until"))
    # The three parts of a fact's identity that are the date's, joined once per text and not once per row.
    con.execute(
        f"CREATE OR REPLACE TABLE date_map AS SELECT *, {mapping.DATE_KEY} AS key, {mapping.DATE_DAY} AS day FROM date_map"
    )


def _prepare(con: duckdb.DuckDBPyConnection, dataset: str) -> None:
    """The table ``prepared``: every row with its identities, or with the reason why it is rejected."""
    blank = _blank_columns(con)
    con.execute(f"""
        CREATE OR REPLACE TABLE prepared AS SELECT s.n, s.record AS row,
            CASE WHEN s.problem IS NOT NULL THEN s.problem
                 WHEN s.actor IS NULL OR a.rule = 'no target' THEN 'there is no actor'
                 WHEN x.key = '' THEN 'there is no action'
                 WHEN s.date IS NULL THEN 'there is no date'
                 ELSE coalesce(d.problem, a.problem, t.problem) END AS problem,
            {mapping.FACT} AS fact, {_report_digest(dataset, blank)} AS report, s.native_id, {_texts(blank)},
            a.ix AS actor_ix, t.ix AS target_ix, x.ix AS action_ix, d.ix AS date_ix
        FROM staged s LEFT JOIN date_map d ON d.text = s.date {mapping.joins(blank)}""")
    con.execute("DROP TABLE staged")


def _blank_columns(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The columns of ``staged`` that no row fills; most sources fill few, and what is never there need not be compared."""
    columns = mapping.columns_of(con, "staged")
    counts = con.execute(f"SELECT {', '.join(f'count({identifier(c)})' for c in columns)} FROM staged").fetchall()[0]
    return {c for c, n in zip(columns, counts, strict=True) if n == 0}


def _texts(blank: set[str]) -> str:
    return ", ".join(f"NULL::VARCHAR AS {c}" if c in blank else f"s.{c}" for c in REPORT_TEXTS)


def _prepare_witnesses(con: duckdb.DuckDBPyConnection, dataset: str, of: str) -> None:
    """The same for rows that are further reports of records the store knows, which are in ``known_record``."""
    blank = _blank_columns(con)
    con.execute(f"""
        CREATE OR REPLACE TABLE prepared AS SELECT s.n, s.record AS row,
            CASE WHEN s.problem IS NULL AND k.fact IS NULL
                 THEN 'no record ' || coalesce(s."of", '(empty)') || ' of {of} in the store: it was not loaded, or was rejected'
                 ELSE s.problem END AS problem,
            k.fact, {_report_digest(dataset, blank)} AS report, s.native_id, {_texts(blank)},
            NULL::INT AS actor_ix, NULL::INT AS target_ix, NULL::INT AS action_ix, NULL::INT AS date_ix
        FROM staged s LEFT JOIN known_record k ON k.native_id = s."of" """)
    for table in ("date_map", "name_map", "action_map"):
        con.execute(f"CREATE TABLE {table} AS FROM (VALUES (NULL::INT, NULL::VARCHAR)) t(ix, behind) WHERE false")
    con.execute(
        "CREATE OR REPLACE TABLE entities (id VARCHAR, name VARCHAR, kind VARCHAR, state VARCHAR, start DATE, until DATE)"
    )
    con.execute("CREATE OR REPLACE TABLE names (entity VARCHAR, name VARCHAR)")


def _report_digest(dataset: str, blank: set[str]) -> str:
    return digest_sql(
        literal(dataset), *("NULL" if c in blank else f"s.{c}" for c in ("native_id", *REPORT_TEXTS, *REPORT_STATES))
    )


def _number_rows(con: duckdb.DuckDBPyConnection, source: Source, reading: Reading, refused: list[Rejected]) -> int:
    """Make ``row`` the physical line where a text file's row begins, or its number in other files; returns how many rows of
    the file the loader makes nothing of, where its header says that it leaves some out."""
    shape = reading.shape
    con.execute("CREATE OR REPLACE TABLE line_map (n BIGINT, line BIGINT)")
    both = "(SELECT row FROM prepared UNION ALL SELECT row FROM deletion)"
    made = mapping.one(con, f"SELECT count(DISTINCT row) FROM {both}")
    rows = made
    if reading.loader.header.get("leaves out"):
        rows = mapping.one(con, "SELECT count(*) FROM source")
    elif made:
        rows = mapping.one(con, f"SELECT max(row) FROM {both}")
    left_out = rows - made if reading.loader.header.get("leaves out") else 0
    if shape.form in ("csv", "jsonl") and (refused or source.lines != rows + shape.header):
        found = list(record_lines(source.path, shape, {r.row for r in refused}))
        if len(found) == rows:
            mapping.as_table(con, "line_map", {"n": [*range(1, rows + 1)], "line": found})
            for table in ("prepared", "deletion"):
                con.execute(f"UPDATE {table} SET row = line FROM line_map WHERE line_map.n = {table}.row")
            return left_out
    for table in ("prepared", "deletion"):
        con.execute(f"UPDATE {table} SET row = row + {shape.header}")
    return left_out


def _rejected_rows(con: duckdb.DuckDBPyConnection, source: Source, shape: Shape, refused: list[int]) -> Iterator[Rejected]:
    texts = ", ".join(REPORT_TEXTS)
    bad = con.execute(
        f"SELECT row, problem, to_json({{{', '.join(f'{c}: {c}' for c in texts.split(', '))}}}) "
        "FROM prepared WHERE problem IS NOT NULL ORDER BY n"
    ).fetchall()
    if bad and shape.form in ("csv", "lines", "jsonl"):
        raw = lines_between(source.path, _extents(con, shape, refused))
    else:
        raw = {row: text for row, _, text in bad}
    for row, problem, _ in bad:
        yield Rejected(row, problem, raw.get(row, ""))


def _extents(con: duckdb.DuckDBPyConnection, shape: Shape, refused: list[int]) -> dict[int, int]:
    """For each rejected row the line after its last: the one where the next row begins, as only quoted rows go on over lines."""
    bad = [row for (row,) in con.execute("SELECT DISTINCT row FROM prepared WHERE problem IS NOT NULL").fetchall()]
    starts = [line for (line,) in con.execute("SELECT line FROM line_map ORDER BY line").fetchall()]
    if not (shape.form == "csv" and shape.quote and starts):
        return {row: row + 1 for row in bad}
    starts = [*sorted([*starts, *refused]), sys.maxsize]
    return {row: starts[bisect(starts, row)] for row in bad}


@contextmanager
def _watched(con: duckdb.DuckDBPyConnection, source: Source, progress: Progress | None) -> Iterator[None]:
    """Report how far DuckDB's current statement is, as rows of the file, while the body runs."""
    if progress is None:
        yield
        return
    import threading

    con.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            part = max(con.query_progress(), 0.0) / 100
            progress(f"reading {source.name}", int(source.lines * part), source.lines)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
