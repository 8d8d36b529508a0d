"""Asking, side by side with other ways to ask the same: python bench/questions.py [--rows N] [--keep FOLDER] [--markdown FILE]

One graph of that many rows: deeds of busy and rare actors that gather around crises, a tenth spans, a twentieth deeds that open
and close standing relations. Every question of ``queries/`` is asked of it in SPARQL from the record, of Oxigraph, in Cypher,
and most as SQL by hand; the rows must be the same. Figures are medians of five or more, all from one run; every kind of
measurement is a process of its own.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import generate
from by_hand import SQL
from measure import brief, conditions, joined, section

if TYPE_CHECKING:
    from kg import Graph

_HERE = Path(__file__).resolve()
_PACKAGES = ("diplomacy-kg", "duckdb", "ladybug", "pyoxigraph", "rdflib")
_RUNS = 5
#: A question that takes Oxigraph longer is asked until this is over, once at least; after thrice that it is given up.
_PATIENCE = 6
#: Questions are asked with their defaults, but for these, which meet the busiest.
_GIVEN = {
    "dyad-timeline": {"a": "USA", "b": "RUS"},
    "dyad-timeline-of-states": {"a": "USA", "b": "RUS"},
    "escalation-chains": {"a": "USA", "b": "RUS"},
    "monthly-balance": {"a": "USA", "b": "RUS"},
    "relations-between": {"a": "USA", "b": "RUS"},
    "turning-points": {"a": "USA", "b": "RUS"},
    "who-sided-with-whom": {"actor": "USA"},
}
#: The same where only the graph tells what to ask of: SQL for the value.
_LOOKED_UP = {
    "members-at": ("of", "SELECT target FROM kg.fact WHERE type = 'MEMBERSHIP' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"),
    "witnesses-of": ("fact", "SELECT id::VARCHAR FROM kg.fact WHERE coded <> 'derived' ORDER BY id LIMIT 1"),
}
#: Views, as `kg facts` has them.
_VIEWS: dict[str, Callable[[Graph], Graph]] = {
    "--at 2009-09-18": lambda g: g.at("2009-09-18"),
    "--from 2009-09 --until 2009-10": lambda g: g.between("2009-09", "2009-10"),
    "--from 2009-09 --until 2009-10 --certain": lambda g: g.between("2009-09", "2009-10").certain(),
    "--known-at NOW --at 2009-09-18": lambda g: g.known_at(_now()).at("2009-09-18"),
    "--known-at NOW --actor IRN": lambda g: g.known_at(_now()).by("IRN"),
    "--around IRN": lambda g: g.around("IRN"),
    "--around IRN --depth 2 --at 2009-09-18": lambda g: g.around("IRN", 2).at("2009-09-18"),
    "--actor IRN": lambda g: g.by("IRN"),
    "--target IRN --type SANCTION": lambda g: g.to("IRN").of_type("SANCTION"),
    "--type SANCTION --from 2009-09 --until 2009-10": lambda g: g.of_type("SANCTION").between("2009-09", "2009-10"),
    "--actor IRN --roll-up": lambda g: g.by("IRN").rolled_up(),
}
_MANY = 100_000
_STREAMED = f"SELECT ?date ?actor ?type ?action ?target WHERE {{ ?f kg:date ?date ; kg:actor/kg:id ?actor ; kg:type ?type ; kg:action ?action ; kg:target/kg:id ?target }} LIMIT {_MANY}"  # noqa: E501
_STREAMED_BY_HAND = f"SELECT start, actor, type, action, target FROM kg.fact WHERE target <> 'NONE' LIMIT {_MANY}"

#: What each figure must keep.
QUESTION, TIMES_BY_HAND, TIMES_OXIGRAPH, CYPHER, FACTS = 0.1, 5.0, 50.0, 0.3, 0.3
DERIVE, DERIVE_NEW, FIRST, ONE_FACT, TIMES_EXPORT = 5.0, 0.5, 0.2, 0.01, 3.0


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


# Steps: each runs in a process of its own and says what it measured as JSON by name.


def timed(do: Callable[[], Any], runs: int = _RUNS, patience: float = 60.0) -> tuple[float, Any]:
    """The median of some runs in seconds, fewer if they take too long altogether; and what the last one gave."""
    spent: list[float] = []
    while len(spent) < runs and sum(spent) < patience:
        started = time.perf_counter()
        found = do()
        spent.append(time.perf_counter() - started)
    return statistics.median(spent), found


def digest(rows: Iterable[Iterable[Any]]) -> str:
    """What rows have in common whoever gives them: numbers by value."""
    plain = [[float(v) if isinstance(v, int | float) else v if v is None else str(v) for v in row] for row in rows]
    return hashlib.md5(repr(plain).encode()).hexdigest()


def asked_with(graph: Graph, name: str) -> dict[str, str]:
    """The parameters that a question is asked with."""
    given = dict(_GIVEN.get(name, {}))
    if name in _LOOKED_UP:
        parameter, sql = _LOOKED_UP[name]
        with graph.store.reading() as con:
            given[parameter] = str(con.execute(sql).fetchall()[0][0])
    return given


def _names() -> list[str]:
    from kg import questions

    return questions.names()


def _sparql(place: str) -> dict[str, Any]:
    """Every question from the record: translated anew each time, and with the translation kept."""
    import kg

    graph = kg.open(place)
    found = {}
    for name in _names():
        given = asked_with(graph, name)
        _forget()
        graph.ask(name, "sparql", **given)
        uncached, _ = timed(lambda name=name, given=given: (_forget(), graph.ask(name, "sparql", **given)))
        cached, answer = timed(lambda name=name, given=given: graph.ask(name, "sparql", **given))
        found[name] = {"uncached": uncached, "cached": cached, "rows": len(answer.rows), "digest": digest(answer.rows)}
    return found


def _forget() -> None:
    """Let nothing be left of questions translated before."""
    from kg.sparql import rewrite
    from kg.stores import straight

    straight._translation.cache_clear()
    rewrite._possible.cache_clear()


def _by_hand(place: str) -> dict[str, Any]:
    """The same in SQL by hand, of a record that is open."""
    import duckdb

    import kg
    from kg import questions

    graph = kg.open(place)
    found = {}
    con = duckdb.connect(str(Path(place, "kg.duckdb")), read_only=True)
    for name, sql in SQL.items():
        values = questions.question(name, "sparql").bind(asked_with(graph, name))
        named = {key: value for key, value in values.items() if f"${key}" in sql}

        def ask(sql: str = sql, named: Mapping[str, object] = named) -> list[Any]:
            return con.execute(sql, named).fetchall()

        ask()
        seconds, rows = timed(ask)
        found[name] = {"by hand": seconds, "rows": len(rows), "digest": digest(rows)}
    con.close()
    return found


def _cypher(place: str) -> dict[str, Any]:
    import kg

    graph = kg.open(place)
    found = {}
    for name in _names():
        given = asked_with(graph, name)
        graph.ask(name, "cypher", **given)
        seconds, answer = timed(lambda name=name, given=given: graph.ask(name, "cypher", **given))
        found[name] = {"cypher": seconds, "rows": len(answer.rows), "digest": digest(answer.rows)}
    return found


def _oxigraph(place: str, name: str) -> dict[str, Any]:
    """One question of Oxigraph, whose database is made if it is not there."""
    import kg
    from kg import questions

    graph = kg.open(place)
    index = graph.store.index("sparql")
    index.opened()
    if not name:
        return {}
    asked = questions.question(name, "sparql")
    values = asked.bind(asked_with(graph, name))
    seconds, answer = timed(lambda: index.query(asked.text, dict(values), None), patience=_PATIENCE)
    return {name: {"oxigraph": seconds, "rows": len(answer.rows), "digest": digest(answer.rows)}}


def _facts(place: str) -> dict[str, Any]:
    import kg

    graph = kg.open(place)
    found = {}
    for options, narrowed in _VIEWS.items():
        seconds, rows = timed(lambda narrowed=narrowed: sum(1 for _ in narrowed(graph).rows()))
        found[options] = {"seconds": seconds, "rows": rows}
    return found


def _one_fact(place: str) -> dict[str, Any]:
    """All that is said of a fact, and many rows written as CSV."""
    import duckdb

    import kg
    from kg.export.tables import write_rows
    from kg.shapes.rdf import base

    graph = kg.open(place)
    text = f"SELECT ?p ?o {{ <{base()}fact/{asked_with(graph, 'witnesses-of')['fact']}> ?p ?o }}"
    graph.sparql(text)
    fact, answer = timed(lambda: (_forget(), graph.sparql(text))[1], 9)
    again, _ = timed(lambda: graph.sparql(text), 9)

    def stream() -> int:
        with open(os.devnull, "w", encoding="utf-8") as file:
            answer = graph.sparql(_STREAMED)
            return write_rows(answer.columns, answer.rows, file, "csv")

    def stream_facts() -> int:
        with open(os.devnull, "w", encoding="utf-8") as file:
            return write_rows(graph.columns, graph.between("2009", "2011").rows(), file, "csv")

    def export() -> None:
        with duckdb.connect(str(Path(place, "kg.duckdb")), read_only=True) as con:
            con.execute(f"COPY ({_STREAMED_BY_HAND}) TO '{os.devnull}' (FORMAT csv)")

    rows = stream()
    return {
        "one fact": {"seconds": fact, "again": again, "rows": len(answer.rows)},
        "stream": {"seconds": timed(stream)[0], "rows": rows, "export": timed(export)[0]},
        "facts": {"seconds": timed(stream_facts)[0], "rows": stream_facts()},
    }


def _first(place: str, *files: str) -> dict[str, Any]:
    """Load into a new store, and the first answer in the same process after it."""
    import kg

    shutil.rmtree(place, ignore_errors=True)
    graph = kg.open(place)
    started = time.perf_counter()
    graph.load(*files)
    loaded = time.perf_counter()
    graph.ask("dyad-timeline", "sparql")
    return {"first": {"load": loaded - started, "seconds": time.perf_counter() - loaded}}


def _derive(place: str, file: str) -> dict[str, Any]:
    """Standing relations: all of a copy that has none, and those that a load of new facts touches."""
    import duckdb

    import kg
    from kg.stores import derived

    spent: dict[str, list[float]] = {"all": [], "load": [], "follow": []}
    follow = derived.follow

    def followed(con: duckdb.DuckDBPyConnection, change: int) -> derived.Derived:
        started = time.perf_counter()
        found = follow(con, change)
        spent["follow"].append(time.perf_counter() - started)
        return found

    derived.follow = followed
    new = 0
    for _ in range(_RUNS):
        copy = _copy(place)
        with duckdb.connect(str(copy / "kg.duckdb")) as con:
            con.execute("DELETE FROM kg.report WHERE dataset = 'derived'")
            con.execute("DELETE FROM kg.fact WHERE coded = 'derived'")
        graph = kg.open(str(copy))
        started = time.perf_counter()
        new, _ = graph.derive()
        spent["all"].append(time.perf_counter() - started)
        spent["load"].append(timed(lambda graph=graph: graph.load(file), 1)[0])
    return {"derive": {name: statistics.median(each) for name, each in spent.items()} | {"derived": new}}


def _taken_back(place: str, file: str) -> dict[str, Any]:
    """Every question from the record of a copy in which a load was undone, so that what is believed must be looked for."""
    import kg

    copy = _copy(place)
    graph = kg.open(str(copy))
    graph.load(file)
    graph.undo(graph.loads()[-1]["id"])
    return {name: {"taken back": one["uncached"], "rows": one["rows"]} for name, one in _sparql(str(copy)).items()}


def _copy(place: str) -> Path:
    """The record alone, in a folder beside."""
    copy = Path(place).with_name("copy.kg")
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    shutil.copyfile(Path(place, "kg.duckdb"), copy / "kg.duckdb")
    return copy


_STEPS: dict[str, Callable[..., dict[str, Any]]] = {
    f.__name__.strip("_").replace("_", "-"): f
    for f in (_sparql, _by_hand, _cypher, _oxigraph, _facts, _one_fact, _first, _derive, _taken_back)
}


# Measuring.

#: Figures by question, or by what else was measured, and by what they are of.
Found = dict[str, dict[str, Any]]


def step(name: str, *arguments: str | Path, limit: float | None = None) -> Found:
    """What a step says; nothing, if it takes longer than the limit."""
    words = [sys.executable, str(_HERE), "step", name, *map(str, arguments)]
    started = time.perf_counter()
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return {}
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed:\n{done.stderr}")
    print(f"{name} {' '.join(map(str, arguments[1:]))}: {time.perf_counter() - started:.1f} s", file=sys.stderr, flush=True)
    found: Found = json.loads(done.stdout.splitlines()[-1])
    return found


def make(rows: int, work: Path) -> tuple[list[Path], Path]:
    """The files of the graph, and one of further facts; what is there already stays."""
    spans, turns = rows // 10, rows // 20
    parts: dict[str, tuple[Callable[[int, Path, int], None], int, int]] = {
        "deeds": (generate.write_facts, rows - spans - turns, 1),
        "spans": (generate.write_spans, spans, 1),
        "turns": (generate.write_turns, turns, 1),
        "more": (generate.write_turns, 1_000, 2),
    }
    for name, (write, n, seed) in parts.items():
        if not (work / f"{name}.csv").exists():
            write(n, work / f"{name}.csv", seed)
    *files, more = (work / f"{name}.csv" for name in parts)
    return files, more


def _measure(rows: int, work: Path) -> tuple[Found, Found]:
    """What was measured: by question, and else.

    :raises SystemExit: if two ways to ask give other rows.
    """
    files, more = make(rows, work)
    place = work / "kg"
    new = work / "new.kg"
    firsts = [step("first", new, *files)["first"] for _ in range(_RUNS)]
    if not place.exists():
        new.rename(place)
    others: Found = {"first": {k: statistics.median(one[k] for one in firsts) for k in ("load", "seconds")}}
    asked = step("sparql", place)
    for part in (step("by-hand", place), step("cypher", place), _asked_of_oxigraph(place, list(asked))):
        for name, one in part.items():
            if one.get("digest", asked[name]["digest"]) != asked[name]["digest"]:
                sys.exit(f"{name}: SPARQL gives {asked[name]['rows']} rows, and {', '.join(one)} other ones ({one.get('rows')})")
            asked[name] |= one
    others |= step("facts", place) | step("one-fact", place) | step("derive", place, more)
    for name, one in step("taken-back", place, more).items():
        asked[name]["taken back"] = one["taken back"]
    return asked, others


def _asked_of_oxigraph(place: Path, names: list[str]) -> Found:
    step("oxigraph", place, "")
    limit = 3.0 * _PATIENCE
    return {name: (step("oxigraph", place, name, limit=limit) or {name: {"given up": limit}})[name] for name in names}


# The tables.


def _questions_table(asked: Found) -> str:
    head = ("question", "rows", "SPARQL", "kept", "by hand", "ratio", "taken back", "Cypher", "Oxigraph", "ratio")
    lines = [head, ("---", *(["---:"] * (len(head) - 1)))]
    for name, one in asked.items():
        by_hand = one.get("by hand")
        oxigraph = one.get("oxigraph", one.get("given up"))
        more = "over " if "given up" in one else ""
        lines.append((
            f"`{name}`", f"{one['rows']:,}", _bounded(one["uncached"], QUESTION), brief(one["cached"]),
            brief(by_hand) if by_hand else "", _bounded_times(one["uncached"] / by_hand, TIMES_BY_HAND) if by_hand else "",
            brief(one["taken back"]), _bounded(one["cypher"], CYPHER), f"{more}{brief(oxigraph)}",
            f"{more}{oxigraph / one['uncached']:,.1f}",
        ))  # fmt: skip
    return joined(lines)


def _others_table(asked: Found, others: Found) -> str:
    first, fact, stream, facts, derive = (others[k] for k in ("first", "one fact", "stream", "facts", "derive"))
    times = _mean(o.get("oxigraph", o.get("given up")) / o["uncached"] for o in asked.values())
    kept = _mean(o.get("oxigraph", o.get("given up")) / o["cached"] for o in asked.values())
    by_hand = _mean(o["uncached"] / o["by hand"] for o in asked.values() if "by hand" in o)
    export = stream["seconds"] / stream["export"]
    lines = [
        ("what", "figure", "bound", "kept"),
        ("---", "---:", "---:", "---"),
        _line("Oxigraph's time to the record's, geometric mean", f"{times:.1f}", f"at least {TIMES_OXIGRAPH:g}",
              times >= TIMES_OXIGRAPH),
        _line("... to the record's with the translation kept", f"{kept:.1f}", "", None),
        _line("the record's time to that of SQL by hand, geometric mean", f"{by_hand:.1f}", f"at most {TIMES_BY_HAND:g}",
              by_hand <= TIMES_BY_HAND),
        _line(f"first answer in SPARQL after a load, which took {first['load']:.1f} s", *_within(first["seconds"], FIRST)),
        _line(f"`<fact> ?p ?o`, {fact['rows']} rows", *_within(fact["seconds"], ONE_FACT)),
        _line("... with the translation kept", brief(fact["again"]), "", None),
        _line(f"{stream['rows']:,} rows of SPARQL as CSV, beside DuckDB's own export in {brief(stream['export'])}",
              f"{brief(stream['seconds'])}, {export:.1f} times", f"at most {TIMES_EXPORT:g} times", export <= TIMES_EXPORT),
        _line(f"{facts['rows']:,} facts, all columns, as CSV", brief(facts["seconds"]), "", None),
        _line(f"deriving all {derive['derived']:,} standing relations", *_within(derive["all"], DERIVE)),
        _line("... those that 1,000 new deeds touch", *_within(derive["follow"], DERIVE_NEW)),
        _line("... the whole load of these", brief(derive["load"]), "", None),
    ]  # fmt: skip
    for options in _VIEWS:
        one = others[options]
        lines.append(_line(f"`kg facts {options}`, {one['rows']:,} rows", *_within(one["seconds"], FACTS)))
    return joined(lines)


def _line(what: str, figure: str, bound: str, kept: bool | None) -> tuple[str, ...]:
    return what, figure, bound, {True: "yes", False: "**no**", None: ""}[kept]


def _within(seconds: float, most: float) -> tuple[str, str, bool]:
    return brief(seconds), f"under {brief(most)}", seconds < most


def _bounded(seconds: float, most: float) -> str:
    return brief(seconds) if seconds < most else f"**{brief(seconds)}**"


def _bounded_times(times: float, most: float) -> str:
    return f"{times:.1f}" if times <= most else f"**{times:.1f}**"


def _mean(ratios: Iterable[float]) -> float:
    return statistics.geometric_mean(ratios)


def _page(asked: Found, others: Found, rows: int) -> str:
    return f"""Written by `python bench/questions.py --rows {rows} --markdown docs/performance.md`.
{conditions(_PACKAGES)}

{_questions_table(asked)}
{_others_table(asked, others)}
The graph has {rows:,} rows: deeds made up by `bench/generate.py`, a tenth of them spans, a twentieth deeds that open and close
standing relations. Questions have their defaults, but for a few that are asked of the busiest. Figures are medians of
{_RUNS} or more, all of one run; a figure that misses its bound is bold. All ways to ask gave the same rows.

- *SPARQL*: from Python, from the text to the last row: read, translated, asked of the record, which is open from the time
  before; under {brief(QUESTION)}.
- *kept*: the same with the translation from the time before, as a process has it that asks again.
- *by hand*: SQL for the same rows (`bench/by_hand.py`), asked of DuckDB, which has the record open; *ratio*: SPARQL to it, at
  most {TIMES_BY_HAND:g}.
- *taken back*: SPARQL when reports were closed, so that what is believed must be looked for.
- *Cypher*: of the embedded index, made before; under {brief(CYPHER)}.
- *Oxigraph*: the same text, its database made before and open; fewer times if it takes long, and given up after
  {3 * _PATIENCE} s; *ratio*: to SPARQL.
- *first answer*: in the process that loaded. *`kg facts`*: from Python, to the last row; NOW is the time of asking.
"""


def main() -> None:
    if sys.argv[1:2] == ["step"]:
        print(json.dumps(_STEPS[sys.argv[2]](*sys.argv[3:])))
        return
    parser = argparse.ArgumentParser(description="Measure asking beside SQL by hand, Oxigraph and Cypher.")
    parser.add_argument("--rows", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="make the graph there, or take the one that is there")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write a section with the tables there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kg-bench-") as folder:
        work = given.keep or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        asked, others = _measure(given.rows, work)
    print(_questions_table(asked), _others_table(asked, others), sep="\n")
    if given.markdown:
        section(given.markdown, "Questions", _page(asked, others, given.rows))


if __name__ == "__main__":
    main()
