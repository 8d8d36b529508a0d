"""Loading into servers, side by side with what a user would write by hand.

python bench/servers.py [--facts N] [--runs N] [--markdown FILE]

Real servers, started on free ports and emptied before every measurement; Maven fetches them once. Each measurement is a process
of its own, and a run takes all of them, one after the other.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from measure import (
    Line,
    Spent,
    beside,
    command,
    conditions,
    markdown_table,
    measured,
    megabytes,
    run,
    say,
    seconds,
    section,
    step,
)

_HERE = Path(__file__).resolve()
sys.path.insert(0, str(_HERE.parents[1] / "tests"))

from servers import start  # noqa: E402 - the tests' servers

_PACKAGES = ("diplomacy-kg", "neo4j", "httpx", "duckdb")
_CHUNK = 10_000
#: Of facts sent one by one; all of them would take longer than all the rest.
_SINGLE = 2_000
#: What each figure must keep.
PLAIN, SINGLE, ONE_FILE, BYTES = 1 / 1.5, 1 / 5, 1.5, 500e6


# Steps: what runs in a process of its own beside `kg`. Each prints seconds by name, as JSON.


def _plain_neo4j(url: str, store: str) -> None:
    """What the driver's documentation shows: rows as dictionaries, 10 000 a statement, one session.

    ``facts`` are entities and relationships with the properties that `kg` gives them; ``all`` has the reports too.
    """
    import neo4j

    import kg
    from kg.shapes.believed import believed, ends
    from kg.shapes.property_graph import EDGE, KEPT, KEPT_NODE, select
    from kg.stores.base import dicts

    with kg.open(store).store.record.reading() as con:
        con.execute(f"CREATE TEMP TABLE believed AS {believed()}")
        con.execute(select(KEPT_NODE, f"kg.entity e SEMI JOIN ({ends()}) USING (id)"))
        entities = dicts(con)
        con.execute(select((*EDGE, *KEPT), "believed f ORDER BY f.type", ends=True))
        facts = [{"from": row.pop("from"), "to": row.pop("to"), "properties": row} for row in dicts(con)]
        con.execute("SELECT r.* REPLACE (r.id::VARCHAR AS id, r.fact::VARCHAR AS fact) FROM kg.report r")
        reports = dicts(con)
    with neo4j.GraphDatabase.driver(url) as driver, driver.session() as session:
        for label in ("Entity", "Report"):
            session.run(f"CREATE CONSTRAINT plain_{label} IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE").consume()
        session.run("CALL db.awaitIndexes()").consume()
        started = time.perf_counter()
        for kind, some in itertools.groupby(sorted(entities, key=lambda e: e["kind"]), lambda e: e["kind"]):
            for rows in _chunks(list(some)):
                session.run(f"UNWIND $rows AS row CREATE (e:Entity:{kind.capitalize()}) SET e = row", rows=rows).consume()
        for type_, some in itertools.groupby(facts, lambda f: f["properties"]["type"]):
            for rows in _chunks(list(some)):
                session.run(
                    "UNWIND $rows AS row MATCH (a:Entity {id: row.from}) MATCH (b:Entity {id: row.to}) "
                    f"CREATE (a)-[r:{type_}]->(b) SET r = row.properties",
                    rows=rows,
                ).consume()
        done = time.perf_counter() - started
        for rows in _chunks(reports):
            session.run("UNWIND $rows AS row CREATE (r:Report) SET r = row", rows=rows).consume()
        say(facts=done, all=time.perf_counter() - started)


def _single_facts(url: str, file: str) -> None:
    """One request a fact: its own triples and those of its reports, over one connection."""
    import httpx

    from kg.shapes.rdf import graph

    facts: dict[str, list[str]] = {}
    owner: dict[str, str] = {}
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            subject, predicate, rest = line.split(" ", 2)
            if "/fact/" in subject:
                facts.setdefault(subject, []).append(line)
                if predicate.endswith("wasDerivedFrom>"):
                    owner[rest.removesuffix(" .\n")] = subject
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            subject = line.split(" ", 1)[0]
            if subject in owner:
                facts[owner[subject]].append(line)
    with httpx.Client() as client:
        started = time.perf_counter()
        for lines_ in itertools.islice(facts.values(), _SINGLE):
            text = f"INSERT DATA {{ GRAPH <{graph()}> {{ {''.join(lines_)} }} }}"
            client.post(url.replace("/sparql", "/update"), data={"update": text}).raise_for_status()
        say(statement=time.perf_counter() - started)


def _one_file(url: str, file: str) -> None:
    """The Graph Store Protocol, once."""
    import httpx

    from kg.shapes.rdf import graph

    with open(file, "rb") as triples:
        started = time.perf_counter()
        httpx.post(
            url.replace("/sparql", "/data"), params={"graph": graph()}, content=triples,
            headers={"Content-Type": "application/n-triples"}, timeout=None,
        ).raise_for_status()  # fmt: skip
        say(statement=time.perf_counter() - started)


def _chunks(rows: list[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    for first in range(0, len(rows), _CHUNK):
        yield rows[first : first + _CHUNK]


_STEPS: dict[str, Callable[..., None]] = {
    f.__name__.strip("_").replace("_", "-"): f for f in (_plain_neo4j, _single_facts, _one_file)
}


# Measuring.


def _measure_neo4j(work: Path, url: str) -> Iterator[tuple[str, Spent]]:
    start.empty_neo4j(url)
    yield "neo4j load", command("load", work / "facts.csv", "--kg", url)
    start.empty_neo4j(url)
    plain = step(_HERE, "plain-neo4j", url, work / "store")
    yield "neo4j plain facts", plain["facts"]
    yield "neo4j plain all", plain["all"]


def _measure_fuseki(work: Path) -> Iterator[tuple[str, Spent]]:
    """Each into a server of its own that has had a small load: to empty one of many triples takes longer than to fill it."""
    measures: dict[str, Callable[[str], Spent]] = {
        "fuseki load": lambda url: command("load", work / "facts.csv", "--kg", url),
        "fuseki one file": lambda url: step(_HERE, "one-file", url, work / "now.nt")["statement"],
        "fuseki single": lambda url: step(_HERE, "single-facts", url, work / "now.nt")["statement"],
    }
    for name, measure in measures.items():
        with start.fuseki(work / "fuseki", heap="4g", files=True, quick=False) as server:
            command("load", work / "few.csv", "--kg", server.url)
            start.empty_fuseki(server.url)
            yield name, measure(server.url)
        shutil.rmtree(work / "fuseki")


def _measure_import(work: Path, home: Path) -> Iterator[tuple[str, Spent]]:
    files = work / "files"
    yield "export for neo4j-admin", command("export", "neo4j-import", files, "--kg", work / "large")
    os.environ["PATH"] = start.path_with_admin(home, quick=False)
    yield "neo4j-admin", run(["sh", str(files / "import.sh"), "neo4j", "--overwrite-destination"])[0]
    run(["rm", "-r", str(files)])
    yield "dump", command("export", work / "dump.nq.gz", "--kg", work / "large")


def _prepare(work: Path, facts: int) -> None:
    generate = [sys.executable, str(_HERE.with_name("generate.py"))]
    run([*generate, str(facts), str(work / "facts.csv")])
    run([*generate, str(_SINGLE), str(work / "few.csv")])
    run([*generate, str(10 * facts), str(work / "large.csv")])
    command("load", work / "facts.csv", "--kg", work / "store")
    command("load", work / "large.csv", "--kg", work / "large")
    command("export", work / "dump.nq", "--kg", work / "store")
    from kg.shapes.rdf import graph

    end = f" <{graph()}> .\n"
    with (work / "dump.nq").open(encoding="utf-8") as quads, (work / "now.nt").open("w", encoding="utf-8") as triples:
        triples.writelines(line.removesuffix(end) + " .\n" for line in quads if line.endswith(end))


def _table(found: dict[str, list[Spent]], facts: int) -> list[Line]:
    each = [s._replace(seconds=s.seconds * facts / _SINGLE) for s in found["fuseki single"]]
    by_hand, with_reports, one_file = (found[k] for k in ("neo4j plain facts", "neo4j plain all", "fuseki one file"))
    requests = f"a request a fact ({_SINGLE:,} of them, times {facts / _SINGLE:g})"
    neo4j, fuseki = found["neo4j load"], found["fuseki load"]
    lines = [
        beside(f"`kg load` of {facts:,} rows into Neo4j", neo4j, "by hand: entities and relationships", by_hand, PLAIN),
        beside("... which writes the reports too", neo4j, "by hand: these and reports", with_reports, PLAIN),
        beside(f"`kg load` of {facts:,} rows into Fuseki", fuseki, "one file", one_file, ONE_FILE),
        beside("... the same", fuseki, requests, each, SINGLE),
    ]
    for server in ("neo4j", "fuseki"):
        most = max(s.bytes for s in found[f"{server} load"])
        lines.append(Line(f"memory of `kg load`, {server}", megabytes(most), "", "", f"under {megabytes(BYTES)}", most < BYTES))
    for what, name in (
        (f"`kg export neo4j-import` of {10 * facts:,} rows", "export for neo4j-admin"),
        ("... and its `import.sh`", "neo4j-admin"),
        (f"`kg export dump.nq.gz` of {10 * facts:,} rows", "dump"),
    ):
        lines.append(Line(what, seconds(found[name]), megabytes(max(s.bytes for s in found[name])), "", "", kept=True))
    return lines


def _page(table: str, facts: int, runs: int) -> str:
    return f"""Written by `python bench/servers.py --facts {facts} --runs {runs} --markdown docs/performance.md`.
{conditions(_PACKAGES)}
Neo4j Community {start.NEO4J} (heap 2 GB) and Apache Jena Fuseki {start.FUSEKI} (its files on disk, heap 4 GB)
on the same machine.

{table}
Figures and ratios as above. A server has run a load before it is measured; Fuseki is begun anew for each figure.

- *load*: the whole of `kg load`, from the start of the interpreter to its end, into an emptied server.
- *by hand*: the statements alone, their rows in memory beforehand, as the driver's documentation shows it: one session,
  `UNWIND` of {_CHUNK:,} rows, `MATCH` of both ends by a constraint, `CREATE`, with the properties that `kg load` writes.
- *one file*, *a request a fact*: the requests alone, by httpx, of the triples that `kg load` leaves in the graph.
- *memory*: the most that a process ever held, of all runs; of Java for `import.sh`.
"""


def main() -> None:
    if sys.argv[1:2] == ["step"]:
        return _STEPS[sys.argv[2]](*sys.argv[3:])
    parser = argparse.ArgumentParser(description="Measure loading into servers beside statements and requests written by hand.")
    parser.add_argument("--facts", type=int, default=100_000, metavar="N", help="rows to load; ten times as many are exported")
    parser.add_argument("--runs", type=int, default=3, metavar="N")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="put the table into a page there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kg-bench-") as folder:
        work = Path(folder)
        _prepare(work, given.facts)
        with start.neo4j(work / "neo4j", heap="2g", quick=False, server__memory__pagecache__size="1g") as server:
            command("load", work / "facts.csv", "--kg", server.url)
            found = measured(given.runs, lambda: _measure_neo4j(work, server.url))
        found |= measured(given.runs, lambda: _measure_fuseki(work))
        found |= measured(given.runs, lambda: _measure_import(work, work / "home"))
    table = markdown_table(_table(found, given.facts))
    print(table)
    if given.markdown:
        section(given.markdown, "Servers", _page(table, given.facts, given.runs))
    return None


if __name__ == "__main__":
    main()
