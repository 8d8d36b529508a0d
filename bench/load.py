"""Loading and asking, side by side with the engines alone: python bench/load.py [--rows N] [--runs N] [--markdown FILE]

Every measurement is a process of its own: seconds by the clock, most memory it ever held. A run measures everything once, one
thing after the other, so that what else the machine does meets all alike; shown are medians over the runs.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from measure import (
    Found,
    Line,
    Spent,
    alone,
    beside,
    command,
    conditions,
    markdown_table,
    measured,
    median,
    megabytes,
    run,
    say,
    section,
    step,
)

_HERE = Path(__file__).resolve()
_EXAMPLE = _HERE.parents[1] / "examples" / "missile-shield-2009.csv"
_QUESTIONS = tuple(sorted(path.stem for path in (_HERE.parents[1] / "queries").glob("*.cypher")))
_PACKAGES = ("diplomacy-kg", "duckdb", "ladybug", "pyoxigraph", "pyarrow")
#: Cheap to answer, so that the first question shows what making the index costs.
_FIRST = ["ask", "dyad-timeline", "--param", "a=FRA", "--param", "b=DEU"]
#: The same in SPARQL, which the record does not answer.
_FOR_THE_INDEX = 'SELECT ?f (RAND() AS ?x) { ?f kg:actor/kg:id "FRA" ; kg:target/kg:id "DEU" }'

#: What each figure must keep; `_table` says which figure is held to which.
TIMES_CREATE_TABLE, ROWS_A_SECOND, TIMES_FIRST_LOAD = 10.0, 150_000, 1.0
BYTES, TIMES_BYTES = 2e9, 1.5
TIMES_COPY, TIMES_BULK_LOAD = 2.0, 1.5
QUESTION, HELP, FACTS = 0.2, 0.25, 0.6


# Steps: what runs in a process of its own beside `kg`. Each prints seconds by name, as JSON.


def _create_table(file: str, database: str) -> None:
    import duckdb

    with duckdb.connect(database) as con:
        started = time.perf_counter()
        con.execute("CREATE TABLE facts AS SELECT * FROM read_csv(?)", [file])
        say(statement=time.perf_counter() - started)


def _write_parquet(store: str, folder: str) -> None:
    """What the Cypher index is made from, as the property graph's shape has it: a file of entities, one of each type's edges."""
    import kg
    from kg.shapes.believed import believed, ends
    from kg.shapes.property_graph import EDGE, NODE, select

    with kg.open(store).store.record.reading() as con:
        con.execute(f"CREATE TEMP TABLE believed AS {believed()}")
        parts = {"Entity": select(NODE, f"kg.entity e SEMI JOIN ({ends()}) USING (id)")}
        for (type_,) in con.execute("SELECT DISTINCT type FROM believed ORDER BY 1").fetchall():
            parts[type_] = select(EDGE, f"believed f WHERE f.type = '{type_}'", ends=True)
        for name, sql in parts.items():
            con.execute(f"COPY ({sql}) TO '{Path(folder, name)}.parquet' (FORMAT parquet)")


def _copy_parquet(folder: str, database: str) -> None:
    import ladybug

    from kg.shapes.property_graph import EDGE, NODE

    node, edge = (", ".join(f"`{p.name}` {p.type}" for p in shape) for shape in (NODE, EDGE))
    started = time.perf_counter()
    with ladybug.Database(database) as db, ladybug.Connection(db) as graph:
        graph.execute(f"CREATE NODE TABLE Entity({node}, PRIMARY KEY(id))")
        graph.execute(f"COPY Entity FROM '{folder}/Entity.parquet'")
        for file in sorted(Path(folder).glob("[A-Z]*.parquet")):
            if file.stem != "Entity":
                graph.execute(f"CREATE REL TABLE `{file.stem}`(FROM Entity TO Entity, {edge})")
                graph.execute(f"COPY `{file.stem}` FROM '{file}'")
    say(statement=time.perf_counter() - started)


def _bulk_load(file: str, folder: str) -> None:
    import pyoxigraph as ox

    store = ox.Store(folder)
    started = time.perf_counter()
    store.bulk_load(path=file, format=ox.RdfFormat.N_TRIPLES)
    store.flush()
    say(statement=time.perf_counter() - started)


def _ask(place: str) -> None:
    """Every question of ``queries/`` with its defaults in Cypher, the median of five, from one graph."""
    import kg

    graph = kg.open(place)
    spent = {}
    for name in _QUESTIONS:
        each = []
        for _ in range(5):
            started = time.perf_counter()
            graph.ask(name)
            each.append(time.perf_counter() - started)
        spent[name] = statistics.median(each)
    say(**spent)


_STEPS: dict[str, Callable[..., None]] = {
    f.__name__.strip("_").replace("_", "-"): f for f in (_create_table, _write_parquet, _copy_parquet, _bulk_load, _ask)
}


# Measuring.


def _measure(rows: int, work: Path) -> Iterator[tuple[str, Spent]]:
    """One run: every measurement by name."""
    yield from _measure_loads(work / "facts.csv", "", work)
    yield from _measure_loads(work / "facts3.csv", " 3", work)
    yield from _measure_indexes(work)
    yield from step(_HERE, "ask", work / "kg").items()
    yield "help", command("--help")
    if not (work / "example.kg").exists():
        command("load", _EXAMPLE, "--kg", work / "example.kg")
    yield "facts", command("facts", "--actor", "USA", "--kg", work / "example.kg")
    shutil.rmtree(work / "kg")


def _measure_loads(file: Path, which: str, work: Path) -> Iterator[tuple[str, Spent]]:
    store, database = work / f"kg{which.strip()}", work / "plain.duckdb"
    yield f"create table{which}", step(_HERE, "create-table", file, database)["statement"]
    database.unlink()
    yield f"load{which}", command("load", file, "--kg", store)
    yield f"again{which}", command("load", file, "--kg", store)
    if which:
        shutil.rmtree(store)


def _measure_indexes(work: Path) -> Iterator[tuple[str, Spent]]:
    parquet, triples = work / "parquet", work / "facts.nt"
    if not parquet.exists():
        parquet.mkdir()
        step(_HERE, "write-parquet", work / "kg", parquet)
        command("export", triples, "--kg", work / "kg")
    yield "copy", step(_HERE, "copy-parquet", parquet, work / "plain.lbug")["statement"]
    for file in work.glob("plain.lbug*"):
        file.unlink()
    yield "first cypher", command(*_FIRST, "--kg", work / "kg")
    yield "bulk load", step(_HERE, "bulk-load", triples, work / "plain.triples")["statement"]
    shutil.rmtree(work / "plain.triples")
    yield "first sparql", command("sparql", _FOR_THE_INDEX, "--kg", work / "kg")


# The table.


def _table(found: Found, rows: int) -> list[Line]:
    lines = []
    for n, which in ((rows, ""), (3 * rows, " 3")):
        load, again = found[f"load{which}"], found[f"again{which}"]
        rate = n / median(load)
        lines += [
            beside(f"`kg load` of {n:,} rows", load, "`CREATE TABLE AS`", found[f"create table{which}"], TIMES_CREATE_TABLE),
            Line("... rows a second", f"{rate:,.0f}", "", "", f"over {ROWS_A_SECOND:,}", rate > ROWS_A_SECOND),
            beside("... the same file again", again, "the first time", load, TIMES_FIRST_LOAD),
        ]
    once, thrice = (max(s.bytes for s in found[k]) for k in ("load", "load 3"))
    lines += [
        Line(f"memory at {rows:,} rows", megabytes(once), "", "", f"under {megabytes(BYTES)}", once < BYTES),
        Line(f"memory at {3 * rows:,} rows", megabytes(thrice), megabytes(once), f"{thrice / once:.2f}",
             f"at most {TIMES_BYTES:g}", thrice < BYTES and thrice / once <= TIMES_BYTES),
        beside("first question in Cypher", found["first cypher"], "Ladybug's `COPY`", found["copy"], TIMES_COPY),
        beside("first question in SPARQL", found["first sparql"], "Oxigraph's `bulk_load`", found["bulk load"], TIMES_BULK_LOAD),
    ]  # fmt: skip
    lines += [alone(f"`{name}` in Cypher", found[name], QUESTION) for name in _QUESTIONS]
    return [*lines, alone("`kg --help`", found["help"], HELP), alone("`kg facts --actor USA`, example", found["facts"], FACTS)]


def _page(table: str, rows: int, runs: int) -> str:
    return f"""Written by `python bench/load.py --rows {rows} --runs {runs} --markdown docs/performance.md`
(`make bench` prints the same).
{conditions(_PACKAGES)}

{table}
Figures are medians of {runs} runs, with the least and the most in brackets; a ratio is the median of the runs' own ratios.
Every measurement is a process of its own, and each run takes them all once, in turn.

- *load*: the whole of `kg load`, from the start of the interpreter to its end, into a new store; beside it the statement
  `CREATE TABLE facts AS SELECT * FROM read_csv(...)` alone, into a new DuckDB file.
- *again*: the same command on the same file and store; it finds that it knows every row.
- *memory*: the most that `kg load` ever held, of all runs.
- *first question in Cypher*: the whole of `kg ask`, which makes the index; beside it Ladybug alone, from opening an empty
  database to closing it, copying the same rows from Parquet files (one a type) that were written beforehand.
- *first question in SPARQL*: the same of a question that the record does not answer (docs/sparql.md); beside
  it Oxigraph's `bulk_load` of the same triples, with its flush, from one N-Triples file that was written beforehand.
- *questions*: those of `queries/` with their defaults, asked from Python over the whole graph of {rows:,} rows, the index made;
  of each run the median of five times asking.
- *commands*: the whole process; `kg facts` on a store with `examples/missile-shield-2009.csv`.

The rows are made up by `bench/generate.py`: always the same for the same number.
"""


def main() -> None:
    if sys.argv[1:2] == ["step"]:
        return _STEPS[sys.argv[2]](*sys.argv[3:])
    parser = argparse.ArgumentParser(description="Measure loading and asking beside DuckDB, Ladybug and Oxigraph alone.")
    parser.add_argument("--rows", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--runs", type=int, default=3, metavar="N")
    parser.add_argument("--quick", action="store_true", help="20 000 rows, one run: only to see that it works")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write a page with the table there")
    given = parser.parse_args()
    rows, runs = (20_000, 1) if given.quick else (given.rows, given.runs)
    with tempfile.TemporaryDirectory(prefix="kg-bench-") as folder:
        work = Path(folder)
        for n, file in ((rows, "facts.csv"), (3 * rows, "facts3.csv")):
            run([sys.executable, str(_HERE.with_name("generate.py")), str(n), str(work / file)])
        found = measured(runs, lambda: _measure(rows, work))
    table = markdown_table(_table(found, rows))
    print(table)
    if given.markdown:
        section(given.markdown, "The embedded store", _page(table, rows, runs))
    return None


if __name__ == "__main__":
    main()
