"""The shape of a file (delimiter, header, columns) and the SQL that gives its rows as text columns."""

from __future__ import annotations

import csv
import itertools
import json
import mmap
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kg.duck import identifier, literal
from kg.errors import InputError
from kg.readers.files import Source, text_lines
from kg.readers.sheets import unique

if TYPE_CHECKING:
    import duckdb

_DELIMITERS = ("\t", ",", ";", "|")
_SAMPLE_LINES = 50
_JSON_BLANKS = b"\xef\xbb\xbf \t\r\n"
_SAMPLE_BYTES = 1 << 18
_CHUNK = 1 << 20
_NESTED = re.compile(r"\]$|^(STRUCT|MAP)\(")
# A text no file has: with it as DuckDB's NULL, an empty field ('') and one that is not there (NULL) are told apart.
_NEVER = "\x01\x02"
#: Names, as SQL identifiers, of what a row has beside its own columns; no file calls a column so.
N, WIDTH, PROBLEM = '"\x01n"', '"\x01width"', '"\x01problem"'
# The column after the last one, and a field without the quotes around it.
_SURPLUS = "\x01surplus"
_UNWRAPPED = (
    """CASE WHEN len({c}) > 1 AND {c}[1] = '"' AND {c}[-1] = '"' THEN replace({c}[2:-2], '""', '"') ELSE {c} END AS {c}"""
)
#: A line longer than this is refused by DuckDB; the default of 2 MB is too short for some article texts.
_LONGEST_LINE = 16 << 20
# By default buffers have room for sixteen such lines each, which nothing can spill.
_BUFFERED = f"max_line_size={_LONGEST_LINE}, buffer_size={_LONGEST_LINE}"


@dataclass(frozen=True)
class Shape:
    """How a file's rows lie in it. ``header`` is the number of lines before the first row; ``trailing`` says
    that some line ends with a delimiter: an empty last field, or one field too many;
    ``empty`` how many empty lines it begins with; ``keys`` are the keys of JSON objects, in the order of their columns;
    ``nested`` the columns of Parquet that hold lists or objects, and which; ``single`` the columns that must hold neither."""

    form: str  # csv, lines, jsonl, json or parquet
    columns: list[str]
    delimiter: str = ""
    quote: str = ""
    header: int = 0
    trailing: bool = False
    empty: int = 0
    sample: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    nested: tuple[tuple[str, str], ...] = ()
    single: tuple[str, ...] = ()


def shape_of(source: Source, con: duckdb.DuckDBPyConnection) -> Shape:
    """The shape of a file, with its first line taken for a header if it is a table; `headless` takes it for a row.

    :raises InputError: if it is JSON or Parquet that can't be read.
    """
    import duckdb

    if source.kind == "parquet":
        try:
            described = con.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(source.path)]).fetchall()
        except duckdb.Error as error:
            raise reading_error(source, error) from None
        return Shape("parquet", [row[0] for row in described], nested=_nested(described))
    if source.kind == "json":
        return _json_shape(source, con)
    empty, sample = _sample(source.path)
    if not sample:
        return Shape("lines", [])
    delimiter = max(_DELIMITERS, key=lambda d: _fields(sample[0], d, '"'))
    quote = '"' if source.has_quotes else ""
    first = next(split(sample, delimiter, '"'))
    trailing = _some_line_ends_with(source, delimiter)
    return Shape("csv", unique([c.strip() for c in first]), delimiter, quote, 1, trailing, empty, sample)


def _nested(described: Iterable[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    """The columns that hold lists or objects, by how DuckDB describes them: its types are ``VARCHAR[]``, ``STRUCT(...)``."""
    kinds = ((name, "a list" if type_.endswith("]") else "an object") for name, type_, *_ in described if _NESTED.search(type_))
    return tuple(kinds)


def _some_line_ends_with(source: Source, delimiter: str) -> bool:
    ends = ("\n", "\r") if source.has_returns else ("\n",)
    with source.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(content.find(f"{delimiter}{end}".encode()) >= 0 for end in ends)


def _sample(path: Path) -> tuple[int, tuple[str, ...]]:
    """How many empty lines a file begins with (there may be megabytes of them), and the first lines that are not empty."""
    found: list[str] = []
    read = empty = 0
    for line in text_lines(path):
        read += len(line)
        empty += not found and not line.strip("\r\n")
        if line.strip():
            found.append(line)
        if found and (len(found) == _SAMPLE_LINES or read > _SAMPLE_BYTES):
            break
    return empty, tuple(found)


def headless(shape: Shape, names: Sequence[str]) -> Shape:
    """The same file taken as having no header."""
    return replace(shape, columns=list(names), header=0)


def as_lines(shape: Shape) -> Shape:
    """The same file taken as lines of text."""
    return replace(shape, form="lines", columns=["line"], header=0)


def unquoted(shape: Shape) -> Shape:
    """The same file with quotes as plain characters: one stray quote must not swallow the rows after it."""
    return replace(shape, quote="")


def _fields(line: str, delimiter: str, quote: str) -> int:
    return len(next(split([line], delimiter, quote), []))


def split(lines: Iterable[str], delimiter: str, quote: str) -> Iterator[list[str]]:
    """The fields of lines; without a quote, quotes are plain characters."""
    csv.field_size_limit(_LONGEST_LINE)
    if quote:
        return csv.reader(lines, delimiter=delimiter)
    return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)


def _json_shape(source: Source, con: duckdb.DuckDBPyConnection) -> Shape:
    """JSON lines if some line at the top is an object by itself; else one value, or several in a row, over lines."""
    import duckdb

    _, sample = _sample(source.path)
    array = "".join(sample[:1]).lstrip().startswith("[")
    form = "jsonl" if not array and any(line.startswith("{") and _is_object(line) for line in sample) else "json"
    keys = f"SELECT DISTINCT unnest(json_keys(json)) FROM ({_json_sql(source, form)}) WHERE json_type(json) = 'OBJECT'"
    try:
        found = [row[0] for row in con.execute(f"SELECT * FROM ({keys}) ORDER BY 1").fetchall()]
        values = con.execute(f"SELECT count(*) FROM ({_json_sql(source, form)})").fetchall()[0][0]
    except duckdb.Error as error:
        raise reading_error(source, error) from None
    if values and not found:
        raise InputError(f"{source.name} has {values} JSON values, and none is an object with keys")
    return Shape(form, unique(found), keys=tuple(found))


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _json_sql(source: Source, form: str) -> str:
    file = literal(str(source.path))
    if form == "jsonl":
        return f"SELECT json FROM read_json_objects({file}, format='newline_delimited', ignore_errors=true)"
    with source.path.open("rb") as opened:
        array = opened.read(4096).lstrip(_JSON_BLANKS).startswith(b"[")
        opened.seek(max(0, source.path.stat().st_size - 4096))
        if array and not opened.read().rstrip(_JSON_BLANKS).endswith(b"]"):
            raise InputError(f"{source.name} is a JSON array without an end", hint="the file was cut short? get it again")
    return f"SELECT json FROM read_json_objects({file}, format='{'array' if array else 'unstructured'}')"


def rows_sql(source: Source, shape: Shape, *, ragged: bool = False) -> str:
    """A SELECT of `N` (position among the rows read, from 1), every column as text, `WIDTH` and `PROBLEM`.

    :param ragged: rows may have fewer columns than ``shape`` says; `WIDTH` tells how many each has.
    """
    file = literal(str(source.path))
    if shape.form == "parquet":
        texts = "".join(f", {c}::VARCHAR AS {c}" for c in map(identifier, shape.columns))
        cases = (
            f"WHEN {identifier(c)} IS NOT NULL THEN {literal(f'{c} is {kind}')}" for c, kind in shape.nested if c in shape.single
        )
        problem = f"CASE {' '.join(cases)} END" if {c for c, _ in shape.nested} & {*shape.single} else "NULL"
        return f"SELECT row_number() OVER () AS {N}{texts}, {problem} AS {PROBLEM} FROM read_parquet({file})"
    if shape.form in ("json", "jsonl"):
        texts = "".join(
            f", json_extract_string(json, {literal('/' + _pointer(key))}) AS {identifier(c)}"
            for key, c in zip(shape.keys, shape.columns, strict=True)
        )
        problem = _json_problem(shape)
        return f"SELECT row_number() OVER () AS {N}{texts}, {problem} AS {PROBLEM} FROM ({_json_sql(source, shape.form)})"
    if shape.form == "lines":
        options = f"auto_detect=false, header=false, delim='\x01', quote='', escape='', {_BUFFERED}"
        read = f"read_csv({file}, columns={{'line': 'VARCHAR'}}, {options})"
        rows = f"SELECT row_number() OVER () AS {N}, line, NULL AS {PROBLEM} FROM {read}"
        return f"SELECT * FROM ({rows}) WHERE trim(line) <> ''"
    return _csv_sql(file, shape, source.has_quotes, ragged)


def _json_problem(shape: Shape) -> str:
    cases = ["WHEN json IS NULL THEN 'not valid JSON' WHEN json_type(json) <> 'OBJECT' THEN 'not a JSON object'"]
    for key, c in zip(shape.keys, shape.columns, strict=True):
        if c in shape.single:
            type_ = f"json_type(json, {literal('/' + _pointer(key))})"
            kind = f"CASE {type_} WHEN 'ARRAY' THEN 'a list' ELSE 'an object' END"
            cases.append(f"WHEN {type_} IN ('ARRAY', 'OBJECT') THEN {literal(f'{c} is ')} || {kind}")
    return f"CASE {' '.join(cases)} END"


def _csv_sql(file: str, shape: Shape, has_quotes: bool, ragged: bool) -> str:
    # DuckDB takes a row with one empty field too many for a whole one, so where lines end with a delimiter fields are counted.
    counted = ragged or (shape.trailing and shape.header)
    columns = [*shape.columns, _SURPLUS] if counted and not ragged else shape.columns
    typed = ", ".join(f"{literal(c)}: 'VARCHAR'" for c in columns)
    quote = "quote='\"', escape='\"'" if shape.quote else "quote='', escape=''"
    options = (
        f"columns={{{typed}}}, auto_detect=false, header={bool(shape.header)}, delim={literal(shape.delimiter)}, {quote}, "
        f"strict_mode=true, store_rejects=true, {_BUFFERED}, skip={shape.empty}"
    )
    width, problem = str(len(columns)), "NULL"
    if counted:
        # DuckDB can't fill up rows and split the file among threads at quoted line ends at once.
        options += f", null_padding=true, nullstr=[{literal(_NEVER)}], parallel={not shape.quote}"
        width = " + ".join(f"({identifier(c)} IS NOT NULL)::INT" for c in columns)
    if counted and not ragged:
        n = len(shape.columns)
        problem = f"CASE WHEN {width} <> {n} THEN 'expected {n} fields, found ' || ({width}) END"
    # Read without quoting, a field that is wrapped in quotes as a whole is unwrapped.
    unwrap = has_quotes and not shape.quote
    texts = ", ".join(_UNWRAPPED.format(c=identifier(c)) if unwrap else identifier(c) for c in shape.columns)
    rows = f"SELECT row_number() OVER () AS {N}, {texts}, {width} AS {WIDTH}, {problem} AS {PROBLEM}"
    return f"{rows} FROM read_csv({file}, {options})"


def record_lines(path: Path, shape: Shape, skip: set[int]) -> Iterator[int]:
    """The physical line, from 1, on which each row begins that DuckDB reads from a text file.

    :param skip: first lines of the rows that DuckDB refused.
    """
    if shape.form != "csv" or not shape.quote:
        lines = _filled_lines(path)
        yield from (n for n in itertools.islice(lines, shape.header, None) if n not in skip)
        return
    reader = csv.reader(text_lines(path), delimiter=shape.delimiter)
    csv.field_size_limit(_LONGEST_LINE)
    start, headers = 1, shape.header
    for record in reader:
        if record and headers:
            headers -= 1
        elif record and start not in skip:
            yield start
        start = reader.line_num + 1


def _filled_lines(path: Path) -> Iterator[int]:
    """The physical lines that are not empty; runs of empty ones, of whatever length, cost little time and no memory."""
    if path.stat().st_size == 0:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        line, seen = 1, 0
        for match in re.finditer(rb"[^\r\n][^\n]*", content):
            for start in range(seen, match.start(), _CHUNK):
                line += content[start : min(start + _CHUNK, match.start())].count(b"\n")
            seen = match.start()
            yield line


def lines_between(path: Path, ranges: Mapping[int, int]) -> dict[int, str]:
    """The text from each first physical line up to, not including, its last, without the final line end."""
    found: dict[int, str] = {}
    first = 0
    for number, line in enumerate(text_lines(path), 1):
        if number in ranges:
            first, found[number] = number, line
        elif first and number < ranges[first]:
            found[first] += line
    return {number: text.rstrip("\r\n") for number, text in found.items()}


def line_of_byte(path: Path, positions: Sequence[int]) -> dict[int, int]:
    """The physical line, from 1, of each byte position (from 1, as DuckDB counts)."""
    found: dict[int, int] = {}
    line, offset, wanted = 1, 0, sorted(positions)
    if not wanted:
        return found
    with path.open("rb") as file:
        for text in file:
            while wanted and wanted[0] - 1 < offset + len(text):
                found[wanted.pop(0)] = line
            offset, line = offset + len(text), line + 1
    return found | dict.fromkeys(wanted, line)


def reading_error(source: Source, error: Exception) -> Exception:
    """An engine's error on reading a file, as one line that names the file; that there is no room is not the file's fault."""
    import duckdb

    first = str(error).splitlines()[0].removeprefix("Invalid Input Error: ")
    if isinstance(error, duckdb.OutOfMemoryException) or first.startswith("IO Error: Could not write"):
        return error
    return InputError(f"can't read {source.name}: {first}")


def _pointer(key: str) -> str:
    """A key as a part of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")
