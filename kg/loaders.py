"""What a loader is: one SQL SELECT over a file, with a header comment that says what it is for and how its files look.

Header lines are ``-- key: value`` at the top, before prose and the SELECT; `Loader` names the keys. The SELECT reads from
``source``, a relation with one text column per column of the file (and ``row``, ``width``), and gives the columns of `OUTPUT`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kg import content, dates
from kg.errors import InputError, UsageError
from kg.text import fingerprint

#: What a loader's SELECT may give, all as text. ``actor``, ``action`` and ``date``, or ``statement``, or ``of`` it must give:
#: ``statement`` is text to be split, ``of`` the native id of the known record that a row is one more report of. A row that
#: is ``deleted`` takes the record of its native id back and needs nothing else. With ``actor_id``
#: or ``target_id`` no rule looks at the name: the entity has that id, and the row's state, or none, behind it.
OUTPUT = (
    "actor", "action", "target", "date", "code", "scheme", "actor_state", "target_state", "actor_kind", "target_kind",
    "event", "native_id", "publisher", "url", "quote", "score", "score_scale", "extra", "statement", "of", "deleted", "problem",
    "actor_id", "target_id",
)  # fmt: skip

_HEADER = re.compile(r"--\s*(alias .+?|[a-z][a-z_ ]*?)\s*:\s*(.*)")
_KNOWN_KEYS = {
    "title", "dataset", "reads", "columns", "optional", "widths", "names", "delimiter", "quote", "line", "first",
    "witnesses", "licence", "example", "encoding", "leaves out", "refuses", "guarded",
}  # fmt: skip

# Those whose value is a regular expression.
_PATTERNS = {"line", "first", "guarded"}


@dataclass(frozen=True)
class Loader:
    """A loader file, read.

    Keys of its header: ``title``; ``dataset`` (the name reports get; by default the file's stem); ``reads`` ``table`` or
    ``lines``; ``columns`` that must be there; ``optional`` ones, NULL where absent; ``alias ROLE`` other names for a column
    called ROLE, in order of preference; ``widths`` of files without a header, whose columns are then called by ``names`` or
    ``c1``, ``c2``, ...; ``first`` a regular expression for
    their first cell; ``delimiter`` ``tab`` or ``comma``; ``quote`` ``none``; ``line`` a regular expression that the lines of a
    ``lines`` file match, whatever the case, with ``<date>`` for a date as people write it; ``witnesses`` the dataset whose known
    records the rows are further reports of; ``encoding`` of its files where not UTF-8; ``leaves out`` which rows it makes
    nothing of, in words; ``licence`` of the data, or where its terms stand; ``refuses`` why such files are of no use and,
    behind a semicolon, what is instead; ``guarded`` a regular expression for cells of CSV and TSV that got an apostrophe in
    front; ``example``.
    """

    name: str
    text: str
    header: Mapping[str, str]

    @property
    def title(self) -> str:
        return self.header.get("title", self.name)

    @property
    def recognised_by(self) -> str:
        """What a file must have, in words."""
        if self.reads == "lines":
            return "lines that begin with a date"
        widths = f"no header and {' or '.join(map(str, self.widths))} columns" if self.widths else ""
        columns = f"columns {', '.join(self.columns)}" if self.columns else ""
        return "; or ".join(filter(None, (columns, widths)))

    @property
    def reads(self) -> str:
        return self.header.get("reads", "table")

    @cached_property
    def version(self) -> str:
        """The fingerprint of the file: changes with every edit."""
        return fingerprint(self.text)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return _names(self.header.get("columns", ""))

    @cached_property
    def optional(self) -> tuple[str, ...]:
        return _names(self.header.get("optional", ""))

    @cached_property
    def widths(self) -> tuple[int, ...]:
        return tuple(int(w) for w in _names(self.header.get("widths", "")))

    @cached_property
    def line(self) -> re.Pattern[str]:
        """What the lines of a ``lines`` file match."""
        return re.compile(self.header.get("line", ".*").replace("<date>", f"(?:{dates.LEADING})"), re.IGNORECASE)

    @cached_property
    def aliases(self) -> dict[str, tuple[str, ...]]:
        """Other names of a column, by the name the SELECT uses."""
        return {k.removeprefix("alias "): _names(v) for k, v in self.header.items() if k.startswith("alias ")}

    def positions(self, width: int) -> list[str]:
        """Column names of a file without a header."""
        named = list(_names(self.header.get("names", "")))[:width]
        return named + [f"c{i + 1}" for i in range(len(named), width)]

    def renaming(self, columns: Sequence[str], given: Mapping[str, str] | None = None) -> dict[str, str]:
        """The file's column for each column the SELECT uses, as far as the file has it.

        :param given: the user's ``--map``, which goes before the aliases.
        :raises UsageError: if ``given`` names a role that the loader lacks.
        :raises InputError: if it names a column that the file lacks.
        """
        by_key = {column_key(c): c for c in reversed(columns)}
        chosen: dict[str, str] = {}
        roles = dict.fromkeys((*self.columns, *self.optional, *self.aliases))
        for role, column in (given or {}).items():
            if roles and role not in roles:
                raise UsageError(f"--map {role}={column}: {self.name} has no {role!r}", hint=f"it has: {', '.join(roles)}")
            if column_key(column) not in by_key:
                raise InputError(f"--map {role}={column}: the file has no column {column!r}", hint=_has(columns))
            chosen[role] = by_key[column_key(column)]
        for role in (*self.aliases, *self.columns, *self.optional):
            for name in () if role in chosen else (role, *self.aliases.get(role, ())):
                found = by_key.get(column_key(name))
                if found is not None and found not in chosen.values():
                    chosen[role] = found
                    break
        return chosen

    def lacks(self, columns: Sequence[str], given: Mapping[str, str] | None = None) -> list[str]:
        """The columns it needs and a file with these columns does not have."""
        found = self.renaming(columns, given)
        return [c for c in self.columns if c not in found]


def column_key(name: str) -> str:
    """How column names are compared: case, blanks, hyphens and underscores make no difference."""
    return re.sub(r"[\W_]+", "", name.casefold()) or name


def read(path: Path) -> Loader:
    """A loader from its file.

    :raises UsageError: if it can't be opened, or its header has an unknown key or a value that is none.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"can't read the loader {path}: {error}") from error
    header: dict[str, str] = {}
    for line in text.splitlines():
        if match := _HEADER.fullmatch(line.strip()):
            key, value = match.groups()
            if key not in _KNOWN_KEYS and not key.startswith("alias "):
                raise UsageError(f"{path}: unknown header key {key!r}", hint=f"known: {', '.join(sorted(_KNOWN_KEYS))}")
            header[key] = f"{header[key]}, {value}" if key in header else value
        elif line.strip() and (header or not line.startswith("--")):  # prose, which may have colons, or the SELECT
            break
    loader = Loader(path.stem, text.rstrip().rstrip(";") + "\n", header)
    _check_header(path, loader)
    return loader


def _check_header(path: Path, loader: Loader) -> None:
    try:
        _ = loader.widths
    except ValueError:
        raise UsageError(f"{path}: widths: {loader.header['widths']} are no numbers", hint="e.g. -- widths: 57, 58") from None
    for key in _PATTERNS & loader.header.keys():
        try:
            _ = loader.line if key == "line" else re.compile(loader.header[key])
        except re.error as error:
            raise UsageError(
                f"{path}: {key}: {loader.header[key]} is no regular expression: {error}", hint="a bracket is written \\("
            ) from None


def check_select(loader: Loader) -> None:
    """Make sure that a loader is one SELECT: what stands behind a semicolon, or behind a bracket too many, would be run as well.

    :raises UsageError: if it is not.
    """
    import duckdb

    try:
        found = duckdb.extract_statements(loader.text)
    except duckdb.Error as error:
        raise UsageError(f"the loader {loader.name} is no SQL: {str(error).splitlines()[0]}") from None
    # A PIVOT is several to DuckDB, and may be one in a SELECT.
    if [one.type for one in found] not in ([duckdb.StatementType.SELECT], [duckdb.StatementType.MULTI]):
        kinds = ", ".join(one.type.name for one in found) or "nothing"
        raise UsageError(f"the loader {loader.name} is {kinds}", hint="a loader is one SELECT from source")


def all_loaders() -> dict[str, Loader]:
    """The loaders of ``loaders/``, by name."""
    return {name: read(path) for name, path in content.files("loaders", ".sql").items()}


def encoding_of(head: bytes) -> str | None:
    """The encoding that a loader says of files with such a first line, if one does."""
    columns = {column_key(c) for c in head.partition(b"\n")[0].decode("latin-1").strip().split("\t")}
    told = (one for one in all_loaders().values() if one.header.get("encoding"))
    return next((one.header["encoding"] for one in told if {column_key(c) for c in one.columns} <= columns), None)


def named(name: str) -> Loader:
    """The loader of that name, or in that ``.sql`` file.

    :raises UsageError: if there is none.
    """
    if name.endswith(".sql"):
        own = read(Path(name))
        check_select(own)
        return own
    known = all_loaders()
    if name not in known:
        raise UsageError(f"there is no loader {name!r}", hint=f"known: {', '.join(known)}; or give a file my.sql")
    return known[name]


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _has(columns: Sequence[str]) -> str:
    return f"its columns are: {', '.join(columns)}"
