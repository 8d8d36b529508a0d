"""Side by side with what a user would pick instead: python bench/beside.py [--rows N,N,...] [--runs N] [--others PYTHON]

The same table of reports (`bench/generate.py --news`) goes into this project and into each peer of `bench/peers.py`, in its own
plain way and in a process of its own, until the first answer; then four questions are asked of it, warm. All must count the same.
A peer that needs longer than the limit or more memory than there is is not tried with more rows. ``--others`` is a Python that
has the peers which are no packages of this project: pip install pandas networkx kgx raphtory matplotlib.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import peers
from measure import Failed, Spent, brief, conditions, joined, median, megabytes, run, say, section, step, taken

_HERE = Path(__file__).resolve()
sys.path.insert(0, str(_HERE.parents[1] / "tests"))

_OURS = ("sparql", "cypher")
#: Asked by an interpreter of their own.
_OTHERS = ("networkx", "kgx", "raphtory")
_TITLES = {
    "sparql": "**this**, SPARQL", "cypher": "**this**, Cypher", "duckdb": "DuckDB alone", "neo4j": "Neo4j, driver",
    "oxigraph": "pyoxigraph", "rdflib": "rdflib", "networkx": "pandas, networkx", "kgx": "KGX", "raphtory": "Raphtory",
}  # fmt: skip
_QUESTIONS = ("pair", "day", "around", "hops")
_PACKAGES = ("diplomacy-kg", "duckdb", "ladybug", "neo4j", "pyoxigraph", "rdflib")
#: Of those that hold all in memory, so that the machine is not brought down.
_IN_MEMORY = ("rdflib", *_OTHERS)
_MOST_BYTES = 18 << 30
_ASKED = 5
#: Rows above which there is one run.
_OFTEN = 100_000

#: What each figure must keep: times faster than Neo4j and rdflib, the time of a row at the most rows to that at a tenth of them,
#: memory of loading and of asking, bytes on disk a fact (of three reports).
TIMES_NEO4J, TIMES_RDFLIB, LINEAR, LOADING, ASKING, BYTES = 10.0, 50.0, 1.5, 4e9, 2e9, 400.0

#: Of each size and peer: all runs' figures by what they are of; or why there are none.
Found = dict[int, dict[str, dict[str, list[Spent]] | str]]


# Steps: what runs in a process of its own.


def _load(name: str, file: str, folder: str) -> None:
    """Load into a peer and ask."""
    if name in _IN_MEMORY:
        resource.setrlimit(resource.RLIMIT_DATA, (_MOST_BYTES, _MOST_BYTES))
    started = time.perf_counter()
    asked = peers.PEERS[name](Path(file), Path(folder))
    loaded = time.perf_counter()
    counts = {"pair": asked["pair"]()}
    first = time.perf_counter()
    say(load=loaded - started, first=first - started)
    for question in _QUESTIONS:
        spent = _median(asked[question], counts, question)
        say(**{question: spent, f"{question} counted": counts[question]})


def _median(ask: peers.Count, counts: dict[str, int], question: str) -> float:
    """The median of the times after the first, which has yet to warm up."""
    spent = []
    for _ in range(_ASKED + 1):
        started = time.perf_counter()
        counts[question] = ask()
        spent.append(time.perf_counter() - started)
        if sum(spent) > 20:
            break
    return statistics.median(spent[1:] or spent)


def _ask(folder: str) -> None:
    """Ask this project's store that is there, for the memory that this takes."""
    for ask in peers.sparql(None, Path(folder)).values():
        ask()
    say(done=0)


_STEPS = {"load": _load, "ask": _ask}


# Measuring.


def _measure(sizes: list[int], runs: int, others: str | None, limit: float, work: Path) -> Found:
    """:raises SystemExit: if two peers count otherwise."""
    found: Found = {}
    given_up: dict[str, str] = {}
    for rows in sizes:
        file = work / "news.csv"
        run([sys.executable, str(_HERE.with_name("generate.py")), str(rows), str(file), "--news"])
        of_size = found[rows] = dict(given_up)
        for _ in range(runs if rows <= _OFTEN else 1):
            for name, figures, why in _one_run(file, [p for p in peers.PEERS if p not in given_up], others, limit, work):
                if why:
                    given_up[name] = why
                kept = of_size.setdefault(name, {} if figures else why)
                if isinstance(kept, dict):
                    for what, spent in figures.items():
                        kept.setdefault(what, []).append(spent)
                print(f"{rows:,} rows: {name}: {_said(figures)} {why}", file=sys.stderr, flush=True)
        _must_agree(rows, of_size)
    return found


def _said(figures: dict[str, Spent]) -> str:
    return ", ".join(f"{what} {spent.seconds:.3g}" for what, spent in figures.items())


def _one_run(
    file: Path, names: Iterable[str], others: str | None, limit: float, work: Path
) -> Iterator[tuple[str, dict[str, Spent], str]]:
    """What each peer takes, and why no more where it did not come to its end."""
    for name in names:
        python = others if name in _OTHERS else sys.executable
        if python is None:
            continue
        place = work / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        if name == "neo4j":
            from servers import start

            start.empty_neo4j(os.environ["KG_BENCH_NEO4J"])
        try:
            figures = step(_HERE, "load", name, file, place, python=python, limit=limit)
        except Failed as failed:
            yield name, taken(failed.spent, failed.said), _why(str(failed))
            continue
        if name in _OURS:
            size = sum(f.stat().st_size for f in (place / "kg").glob("kg.duckdb*"))
            figures["disk"] = Spent(size, 0, 0)
        if name == "sparql":
            figures |= {"asking": step(_HERE, "ask", place)["done"]}
        yield name, figures, ""
        shutil.rmtree(place)


def _why(said: str) -> str:
    last = said.strip().splitlines()[-1]
    if "URLError" in last:
        return "needs a network"
    return "out of memory" if "memory" in last.lower() else last[:80]


def _must_agree(rows: int, found: dict[str, dict[str, list[Spent]] | str]) -> None:
    for question in _QUESTIONS:
        what = f"{question} counted"
        counts = {n: {s.seconds for s in of[what]} for n, of in found.items() if not isinstance(of, str) and what in of}
        if len(set().union(*counts.values())) > 1:
            sys.exit(f"{rows:,} rows, {question}: {counts}")


# The page.


def _cell(of: dict[str, list[Spent]] | str | None, what: str) -> str:
    if of is None:
        return ""
    if isinstance(of, str):
        return of
    return brief(median(of[what])) if what in of else "too long"


def _table(head: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    head = list(head)
    return joined([head, ["---", *["---:"] * (len(head) - 1)], *lines])


def _loads(found: Found) -> str:
    lines = [[title, *(_cell(of.get(name), "first") for of in found.values())] for name, title in _TITLES.items()]
    return _table(("until the first answer", *(f"{rows:,} rows" for rows in found)), lines)


def _asked(found: Found, rows: int) -> str:
    of = found[rows]
    lines = [
        [title, *(_cell(of[n], q) for q in _QUESTIONS), _memory(of[n])]
        for n, title in _TITLES.items()
        if isinstance(of.get(n), dict)
    ]
    return _table((f"{rows:,} rows", *_QUESTIONS, "memory"), lines)


def _memory(of: dict[str, list[Spent]] | str) -> str:
    return "" if isinstance(of, str) else megabytes(max(s.bytes for s in of["load"]))


def _goals(found: Found) -> str:
    lines = []
    for name, least, shown in (("neo4j", TIMES_NEO4J, "Neo4j by its driver"), ("rdflib", TIMES_RDFLIB, "rdflib")):
        rows = max((n for n, of in found.items() if isinstance(of.get(name), dict)), default=None)
        if rows is not None:
            # A peer that was given up has fewer runs.
            both = zip(_runs(found, rows, name), _runs(found, rows, "sparql"), strict=False)
            times = statistics.median(a.seconds / b.seconds for a, b in both)
            lines.append(
                (f"loading {rows:,} rows, times faster than {shown}", f"{times:.1f}", f"at least {least:g}", times >= least)
            )
    most, ours = max(found), {rows: of["sparql"] for rows, of in found.items() if isinstance(of["sparql"], dict)}
    if most // 10 in ours and most in ours:
        a, b = (median(ours[n]["first"]) / n for n in (most, most // 10))
        lines.append(
            (f"a row's time at {most:,} rows to that at {most // 10:,}", f"{a / b:.2f}", f"at most {LINEAR:g}", a / b <= LINEAR)
        )
    if most in ours:
        loading, asking = (max(s.bytes for s in ours[most][what]) for what in ("load", "asking"))
        disk = median(ours[most]["disk"]) / (most / 3)
        lines += [
            (f"memory of loading {most:,} rows", megabytes(loading), f"under {megabytes(LOADING)}", loading < LOADING),
            ("... of asking", megabytes(asking), f"under {megabytes(ASKING)}", asking < ASKING),
            ("bytes of the record a fact, three reports each", f"{disk:,.0f}", f"under {BYTES:g}", disk < BYTES),
        ]  # fmt: skip
    return _table(("goal", "figure", "bound", "kept"), [[*line[:3], "yes" if line[3] else "**no**"] for line in lines])


def _runs(found: Found, rows: int, name: str) -> list[Spent]:
    of = found[rows][name]
    assert isinstance(of, dict)
    return of["first"]


def _page(found: Found, command: str, versions: str, limit: float, runs: int) -> str:
    from servers import start

    largest = [n for n in found if n <= 1_000_000][-1]
    tables = "\n".join(_asked(found, rows) for rows in dict.fromkeys((largest, max(found))))
    return f"""Written by `{command}`.
{conditions(_PACKAGES)}
Neo4j Community {start.NEO4J}, heap 4 GB; {versions}.

{_loads(found)}
![seconds until the first answer, by rows](beside.svg)

{tables}
{_goals(found)}
Rows are reports, three a fact, each with a text of a news item's length; names are as busy as a power law has it, days gather
around crises (`bench/generate.py --news`). Figures are medians of {runs} runs, of one over {_OFTEN:,} rows; every peer in
every run is a process of its own (`bench/peers.py` is how each is used), all count the same.

- *until the first answer*: from the table to the number of facts between two actors in a year, interpreter and imports apart.
- *pair*, *day*, *around*, *hops*: warm, in the same process: between two in a year, on a day, of an actor, whom an actor
  reaches in two facts of a month; distinct facts, each told three times.
- *memory*: the most that the process held; of Neo4j the client's.
- *over {limit:g} s*, *too long*: loading and asking, each question up to six times, took longer altogether; such a peer, or one
  that had not enough memory, is not tried with more rows.
"""


def _plot(found: Found, file: Path, others: str) -> None:
    series = []
    for name, title in _TITLES.items():
        points = [f"{rows}:{median(of[name]['first'])}" for rows, of in found.items() if isinstance(of.get(name), dict)]
        series.append(f"{title.replace('*', '')}={','.join(points)}")
    run([others, str(_HERE.with_name("plot.py")), str(file), *series])


def main() -> None:
    if sys.argv[1:2] == ["step"]:
        return _STEPS[sys.argv[2]](*sys.argv[3:])
    parser = argparse.ArgumentParser(description="Measure loading and asking beside what a user would pick instead.")
    parser.add_argument("--rows", default="10000,100000,1000000", metavar="N,N,...")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="one over a hundred thousand rows")
    parser.add_argument("--others", metavar="PYTHON", help="an interpreter that has the other peers")
    parser.add_argument("--limit", type=float, default=600, metavar="SECONDS", help="of a peer; default: 600")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="put the tables into a page there")
    given = parser.parse_args()
    from servers import start

    with tempfile.TemporaryDirectory(prefix="kg-bench-") as folder:
        work = Path(folder)
        with start.neo4j(work / "server", heap="4g", quick=False, server__memory__pagecache__size="2g") as server:
            os.environ["KG_BENCH_NEO4J"] = server.url
            sizes = [int(n) for n in given.rows.split(",")]
            found = _measure(sizes, given.runs, given.others, given.limit, work)
    versions = _versions(given.others)
    command = f"python bench/beside.py --rows {given.rows} --runs {given.runs} --others PYTHON --markdown docs/performance.md"
    page = _page(found, command, versions, given.limit, given.runs)
    print(page)
    if given.markdown:
        section(given.markdown, "Beside others", page)
        if given.others:
            _plot(found, given.markdown.with_name("beside.svg"), given.others)
    return None


def _versions(others: str | None) -> str:
    """Of the other peers."""
    if others is None:
        return "no other peers"
    text = f"from importlib.metadata import version as v; print(', '.join(f'{{n}} {{v(n)}}' for n in ('pandas', *{_OTHERS!r})))"
    return run([others, "-c", text])[1].strip()


if __name__ == "__main__":
    main()
