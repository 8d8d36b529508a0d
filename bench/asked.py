"""The named questions, in this project and in servers that have the same facts: python bench/asked.py [--rows N] [--fewer N]

The graph of `bench/questions.py`. Neo4j gets it by its own importer, Fuseki a smaller one by `kg load`, since filling it takes
minutes a hundred thousand facts. Each question is asked of each in a process of its own, warm: once, and then the median of
five. The rows must be the same.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from measure import Late, brief, command, conditions, joined, run, section
from questions import asked_with, digest, make, timed
from questions import step as step_of_questions

_HERE = Path(__file__).resolve()
sys.path.insert(0, str(_HERE.parents[1] / "tests"))

_PACKAGES = ("diplomacy-kg", "duckdb", "ladybug", "neo4j", "httpx")
#: Seconds in which a server must have answered all times; after them it is asked no more.
_LIMIT = 60.0
#: How many times faster a question in Cypher must be than in Neo4j.
TIMES_NEO4J = 3.0

#: By question: seconds of this project and of the server (the limit, if it took longer), and the number of rows.
Asked = dict[str, tuple[float, float, int]]


def _ask(url: str, place: str, name: str) -> dict[str, Any]:
    """What a server takes for a question, with the parameters that the store in a folder is asked with."""
    import kg

    given = asked_with(kg.open(place), name)
    server = kg.open(url)
    server.ask(name, **given)
    seconds, answer = timed(lambda: server.ask(name, **given), patience=_LIMIT / 2)
    return {"seconds": seconds, "rows": len(answer.rows), "digest": digest(answer.rows)}


def _asked(place: Path, url: str, language: str) -> Asked:
    """:raises SystemExit: if the server gives other rows."""
    ours = step_of_questions(language, place)
    found: Asked = {}
    for name, one in ours.items():
        mine = one["cypher" if language == "cypher" else "uncached"]
        try:
            theirs = json.loads(run([sys.executable, str(_HERE), "step", url, str(place), name], _LIMIT)[1])
        except Late:
            theirs = {"seconds": _LIMIT, **{k: one[k] for k in ("rows", "digest")}}
        if theirs["digest"] != one["digest"]:
            sys.exit(f"{name} in {language}: {one['rows']} rows from the store, {theirs['rows']} other ones from the server")
        found[name] = mine, theirs["seconds"], one["rows"]
        print(f"{name}: {mine:.3f} s, {theirs['seconds']:.3f} s", file=sys.stderr, flush=True)
    return found


@contextmanager
def _neo4j(place: Path, work: Path) -> Iterator[str]:
    from servers import start

    home, files = work / "neo4j", work / "files"
    command("export", "neo4j-import", files, "--kg", place)
    os.environ["PATH"] = start.path_with_admin(home, quick=False)
    run(["sh", str(files / "import.sh"), "neo4j", "--overwrite-destination"])
    with start.neo4j(home, heap="4g", quick=False, server__memory__pagecache__size="2g") as server:
        command("schema", "apply", "--kg", server.url)
        yield server.url


@contextmanager
def _fuseki(files: list[Path], work: Path) -> Iterator[str]:
    from servers import start

    with start.fuseki(work / "fuseki", heap="4g", files=True, quick=False) as server:
        command("load", *files, "--kg", server.url)
        yield server.url


def _graph(rows: int, work: Path) -> tuple[list[Path], Path]:
    """The files of a graph and the store with it."""
    work.mkdir(parents=True, exist_ok=True)
    files, _ = make(rows, work)
    if not (work / "kg").exists():
        command("load", *files, "--kg", work / "kg")
    return files, work / "kg"


def _table(asked: Asked, ours: str, server: str) -> str:
    lines = [("question", "rows", ours, server, "times faster"), ("---", *(["---:"] * 4))]
    for name, (mine, theirs, rows) in sorted(asked.items()):
        over, times = "over " if theirs >= _LIMIT else "", theirs / mine
        lines.append((f"`{name}`", f"{rows:,}", brief(mine), f"{over}{brief(theirs)}", f"{over}{times:,.1f}"))
    return joined(lines)


def _said(asked: Asked) -> str:
    times = [theirs / mine for mine, theirs, _ in asked.values()]
    return f"{statistics.geometric_mean(times):.1f} times faster by the geometric mean, {min(times):.1f} to {max(times):,.0f}"


def _page(cypher: Asked, sparql: Asked, rows: int, fewer: int) -> str:
    from servers import start

    missed = [name for name, (mine, theirs, _) in cypher.items() if theirs / mine < TIMES_NEO4J]
    return f"""Written by `python bench/asked.py --rows {rows} --fewer {fewer} --markdown docs/performance.md`.
{conditions(_PACKAGES)}
Neo4j Community {start.NEO4J} (heap 4 GB) and Apache Jena Fuseki {start.FUSEKI} (its files on disk, heap 4 GB)
on the same machine.

In Cypher, {rows:,} rows: {_said(cypher)}; at least {TIMES_NEO4J:g} times in {len(cypher) - len(missed)} of {len(cypher)}.

{_table(cypher, "this", "Neo4j")}
In SPARQL, {fewer:,} rows: {_said(sparql)}.

{_table(sparql, "this", "Fuseki")}
The same graph as above, the same questions and parameters, the same rows. Each is asked once and then up to five times, from
Python, by this project's own `ask`; the median. In SPARQL this project translates the text anew each time. A server that has
not answered all times in {_LIMIT:g} s is over it.
"""


def main() -> None:
    if sys.argv[1:2] == ["step"]:
        print(json.dumps(_ask(*sys.argv[2:])))
        return
    parser = argparse.ArgumentParser(description="Measure the named questions beside the same in servers.")
    parser.add_argument("--rows", type=int, default=1_000_000, metavar="N", help="of the graph for Neo4j")
    parser.add_argument("--fewer", type=int, default=10_000, metavar="N", help="of the graph for Fuseki")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="make the graphs there, or take those that are there")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write a section with the tables there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kg-bench-") as folder:
        work, kept = Path(folder), given.keep or Path(folder)
        _, place = _graph(given.rows, kept / f"{given.rows}")
        with _neo4j(place, work) as url:
            cypher = _asked(place, url, "cypher")
        files, place = _graph(given.fewer, kept / f"{given.fewer}")
        with _fuseki(files, work) as url:
            sparql = _asked(place, url, "sparql")
    page = _page(cypher, sparql, given.rows, given.fewer)
    print(page)
    if given.markdown:
        section(given.markdown, "Questions beside servers", page)


if __name__ == "__main__":
    main()
