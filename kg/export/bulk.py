"""Files for the bulk loaders of servers: all that a store knows, so that the server is a store afterwards.

Past some millions of facts a server's own loader, which writes the database's files while nobody uses it, is many times faster
than transactions. What is written here is what `kg.stores.neo4j` and `kg.stores.sparql` keep, row by row, so that questions,
corrections and further loads work on the loaded server as on any other.
"""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kg.duck import identifier, literal
from kg.errors import UsageError
from kg.export import whole
from kg.shapes.believed import ends
from kg.shapes.property_graph import EDGE, KEPT, KEPT_NODE, LABEL, Property
from kg.shapes.rdf import graph, history
from kg.shapes.triples import UNWITNESSED, kept, of_believed, statements, write_ntriples
from kg.stores.base import batches, count
from kg.stores.neo4j import KEPT_REPORT
from kg.stores.packed import separators
from kg.stores.record import TABLES, properties
from kg.stores.server import NOTED
from kg.stores.sparql import noted
from kg.views import View

if TYPE_CHECKING:
    import duckdb

    from kg.stores.base import Store

#: What the database is called that the command fills, unless another is named.
DATABASE = "neo4j"
_TYPES = {
    "STRING": "string", "STRING[]": "string[]", "DATE": "date", "DOUBLE": "double", "INT64": "long", "TIMESTAMP": "localdatetime",
}  # fmt: skip
# What files of rows of `NOTED` are called.
_SEVERAL = {"reject": "rejects", "alias": "aliases", "merged": "merged"}
# What the importer holds of a file at a time, and so the longest field it takes; its own default.
_BUFFER = 4 * 1024 * 1024


# What is believed no more, as rows of each part of the shape.
_NO_MORE = {
    "entity": f"kg.entity e WHERE e.id NOT IN ({ends()})",
    "fact": f"{UNWITNESSED} f WHERE f.id NOT IN (SELECT id FROM believed)",
    "report": "kg.report r WHERE r.closed IS NOT NULL",
}


@contextmanager
def _chosen(store: Store, view: View) -> Iterator[duckdb.DuckDBPyConnection]:
    """The record's tables with ``believed``, the facts of a view; without one, all that was ever loaded is there."""
    with store.tables(*TABLES) if view.whole else store.viewing(view) as con:
        if not count(con, "kg.change"):
            raise store.nothing_loaded()
        con.execute(f"CREATE TEMP TABLE believed AS {view.believed()}", view.values())
        yield con


def write_quads(store: Store, view: View, path: Path, *, compressed: bool) -> int:
    """Write N-Quads of a view, or of all that a store knows; returns the number of facts that are believed.

    The facts of the view with their entities and reports are in the graph `kg.shapes.rdf.graph`, loads in its history. Without
    a view the history has closed reports, withdrawn facts, entities without facts and rejected rows too.
    """
    everything = view.whole
    now, before = graph(), history(graph())
    lines = [statements(kept(subject), rows, graph=now) for subject, rows in of_believed(view.reports()).items()]
    if everything:
        lines += [statements(kept(subject), rows, plain=False, graph=before) for subject, rows in _NO_MORE.items()]
    with _chosen(store, view) as con:
        write_ntriples(con, " UNION ALL ".join(lines), path, compressed=compressed)
        # Members of a gzip file may follow each other.
        with gzip.open(path, "at", encoding="utf-8") if compressed else path.open("a", encoding="utf-8") as file:
            seen: Counter[str] = Counter()
            for table in ("change", *NOTED) if everything else ("change",):
                for rows in batches(con, f"SELECT * FROM kg.{table}"):
                    file.writelines(f"{triple} <{before}> .\n" for triple in noted(table, rows, seen))
        return count(con, "believed")


def write_import(store: Store, view: View, folder: Path) -> int:
    """Write CSV files for ``neo4j-admin database import full`` and the command, ``import.sh``; returns the number of facts.

    Without a view all that the store knows is there, as in a Neo4j that was loaded through its driver.

    :raises UsageError: if the folder has something in it.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already", hint="name a new folder")
    with whole(folder) as unfinished, _chosen(store, view) as con:
        unfinished.mkdir()
        elements = "SELECT name AS v FROM kg.name UNION ALL SELECT unnest([publisher, dataset, url]) FROM kg.report"
        separator = separators(con, elements)[0]
        longest, given = 0, []
        for file in _files(view):
            sql = file.select(separator)
            con.execute(f"COPY ({sql}) TO {literal(unfinished / f'{file.name}.csv')} (FORMAT csv, HEADER true, NULLSTR '')")
            texts = ", ".join(f"strlen({identifier(h)}::VARCHAR)" for h in file.texts())
            longest = max(longest, count(con, f"({sql})", f"coalesce(max(greatest(0, {texts})), 0)"))
            named = f"./{file.name}.csv"  # Neo4j 2026 looks for a folder in front
            given.append(f"--nodes={file.labels}={named}" if file.labels else f"--relationships={named}")
        (unfinished / "import.sh").write_text(_script(given, separator, longest), encoding="utf-8")
        return count(con, "believed")


def _script(given: list[str], separator: str, longest: int) -> str:
    options = ["--multiline-fields=true", f"--array-delimiter=U+{ord(separator):04X}", "--report-file=./import.report", *given]
    if 2 * longest > _BUFFER:  # every quotation mark of a field may be doubled
        options.insert(0, f"--read-buffer-size={2 * longest + _BUFFER}")
    lines = " \\\n  ".join(['exec neo4j-admin database import full "$database"', *options, '"$@"'])
    return f"""#!/bin/sh
# Fills a database of a Neo4j that is not running with these files; neo4j-admin must be that server's.
#   sh import.sh [DATABASE] [OPTION...]      e.g. sh import.sh {DATABASE} --overwrite-destination
cd "$(dirname "$0")" || exit
case ${{1:--}} in -*) database={DATABASE} ;; *) database=$1; shift ;; esac
{lines}
"""


class _File(NamedTuple):
    """A file of the import: ``labels`` of its nodes, or none where its rows are relationships, and what a row is."""

    name: str
    labels: str
    properties: tuple[Property, ...]
    relation: str

    def select(self, separator: str) -> str:
        """SQL for the rows, named by the headers that the importer reads."""
        named = (f"{_as_text(p, separator)} AS {identifier(_header(p))}" for p in self.properties)
        return f"SELECT {', '.join(named)} FROM {self.relation}"

    def texts(self) -> list[str]:
        """The headers of what may be long."""
        return [_header(p) for p in self.properties if _TYPES.get(p.type, "").startswith("string")]


def _files(view: View) -> list[_File]:
    everything = view.whole
    nodes = (Property("id:ID", "", "e.id"), *KEPT_NODE[1:])
    first = (Property(":START_ID", "", "f.actor"), Property(":END_ID", "", "f.target"), Property(":TYPE", "", "f.type"))
    open_reports = f"{view.reports()} r JOIN believed f ON f.id = r.fact WHERE r.closed IS NULL"
    files = [
        _File("entities", "Entity", (*nodes, Property(":LABEL", "", LABEL)), f"kg.entity e WHERE e.id IN ({ends()})"),
        _File("facts", "", (*first, *EDGE, *KEPT), "believed f"),
        _File("reports", "Report", KEPT_REPORT, "kg.report r JOIN kg.fact f ON f.id = r.fact" if everything else open_reports),
        _File("changes", "Change", properties("change", "c"), "kg.change c"),
    ]
    if everything:
        files += [
            _File("former", "Former", nodes, f"kg.entity e WHERE e.id NOT IN ({ends()})"),
            _File("withdrawn", "Withdrawn", properties("fact", "f"), "kg.fact f WHERE f.id NOT IN (SELECT id FROM believed)"),
            *(_File(_SEVERAL[table], table.capitalize(), properties(table, "n"), f"kg.{table} n") for table in NOTED),
        ]
    return files


def _header(given: Property) -> str:
    return f"{given.name}:{_TYPES[given.type]}" if given.type else given.name


def _as_text(given: Property, separator: str) -> str:
    if given.type == "STRING[]":
        return f"array_to_string({given.sql}, chr({ord(separator)}))"
    return f"strftime({given.sql}, '%Y-%m-%dT%H:%M:%S.%f')" if given.type == "TIMESTAMP" else given.sql
