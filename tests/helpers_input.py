"""What the tests of input share: small rows, and what a store and its exports say of them."""

import csv
import json
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyoxigraph as ox

HEADER = "actor,action,target,date\n"
ROW = "USA,meets,Russia,2009-03-27\n"
ICEWS = "Event ID\tEvent Date\tSource Name\tEvent Text\tCAMEO Code\tTarget Name\n"
#: Files a view can be written to and read back from as rows.
TABLES = ("csv", "tsv", "json", "jsonl", "parquet")
KG = "https://w3id.org/diplomacy-kg#"


def dates(graph):
    return [fact.when for fact in graph.facts()]


def rejected(report):
    return [(row.row, row.reason) for _, row in report.rejects()]


def lines(report):
    """The line and the text of each rejected row."""
    return [(row.row, row.raw) for _, row in report.rejects()]


def only_error(report):
    (file,) = report.files
    assert file.error is not None, file
    return f"{file.error.message} {file.error.hint or ''}"


def reports(graph, *columns):
    """What reports say as it stood, in order of rows."""
    with graph.store.record.reading() as con:
        found = con.execute(f"SELECT {', '.join(columns)} FROM kg.report ORDER BY row, id").fetchall()
    return [row[0] for row in found] if len(columns) == 1 else found


def exported(graph, folder, form, *columns):
    """These columns of the facts, as they come back from a file of that form, sorted."""
    path = folder / f"out.{form}"
    graph.export(path)
    if form == "parquet":
        rows = pq.read_table(path).to_pylist()
    elif form in ("csv", "tsv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t" if form == "tsv" else ","))
    elif form == "json":
        rows = json.loads(path.read_text(encoding="utf-8"))
    else:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return sorted(tuple(str(row[c]) for c in columns) for row in rows)


def objects(graph, folder, form, predicate):
    """The values of a predicate of our own in a Turtle or N-Triples export, sorted."""
    path = folder / f"out.{form}"
    graph.export(path)
    kind = ox.RdfFormat.TURTLE if form == "ttl" else ox.RdfFormat.N_TRIPLES
    return sorted(q.object.value for q in ox.parse(path=str(path), format=kind) if q.predicate.value == KG + predicate)


def table(path, **columns):
    pq.write_table(pa.table(columns), path)
    return path


def sheet(path: Path, rows) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path
