"""What the tests of the store share: small files of facts, the command, child processes, and what an index holds."""

import csv
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

import kg
from kg import questions
from kg.shapes.property_graph import EDGE, NODE
from kg.stores.base import Answer
from kg.stores.index import Index
from kg.stores.ladybug import LadybugIndex
from kg.stores.oxigraph import OxigraphIndex

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "missile-shield-2009.csv"
STANDING_EXAMPLE = ROOT / "examples" / "standing-relations.csv"
INDEXES: dict[str, type[Index]] = {"cypher": LadybugIndex, "sparql": OxigraphIndex}
#: The stores that those of `tests/conformance` run on.
STORES = ("embedded", "neo4j", "fuseki")
#: For tests there that are about servers alone.
ON_SERVERS = pytest.mark.parametrize("place", STORES[1:], indirect=True)
COLUMNS = ("actor", "action", "target", "date")
WITH_IDS = ("native_id", *COLUMNS, "source", "url")
#: A dataset with three records, the second and third of one deed.
RECORDS = (
    ("r1", "USA", "meets", "RUS", "2009-04-01", "AFP", ""),
    ("r2", "USA", "scraps", "shield", "2009-09-17", "AFP", "http://a"),
    ("r3", "United States", "scraps", "shield", "2009-09-17", "Reuters", ""),
)

#: Texts that try to end a string, a name or a statement in one of the languages a store speaks.
HOSTILE = (
    "MEETS`]->(x) WITH 1 AS a MATCH (n) DETACH DELETE n //",
    "X]->() DELETE r //",
    "`",
    'NATO" . } UNION { ?s ?p ?o } #',
    "NATO\\",
    "NATO\\u0022 } #",
    "''' ; DROP ALL ; #",
    "'; DROP TABLE kg.fact; --",
    '"""',
    "$actor",
    "> . <http://example.org/s> <http://example.org/p> <http://example.org/o",
    "{where}{believed}%s%(x)s",
    "a\nb\tc",
)


def write_rows(path: Path, rows: Iterable[Sequence[object]], columns: Sequence[str] = COLUMNS) -> Path:
    """A CSV file of these rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def many_rows(path: Path, n: int, first: int = 0) -> Path:
    """A file of ``n`` facts that all differ, numbered from ``first``; some 400 actors, a few actions."""
    days = (f"{2000 + i // 336 % 20}-{i // 28 % 12 + 1:02d}-{i % 28 + 1:02d}" for i in range(first, first + n))
    actions = ("meets", "criticizes", "act")
    rows = ((f"A{i % 397}", actions[i % 3], f"B{i // 397}", day) for i, day in enumerate(days, first))
    return write_rows(path, rows)


#: Runs a command and says on stderr how much memory it held at most.
_MEASURE = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stderr=subprocess.STDOUT)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(done.returncode)
"""


def held(words: Sequence[object], timeout: float = 600, **options: Any) -> tuple[str, int]:
    """What a command printed, and the most bytes of memory it held; it must succeed.

    A small process starts it: the kernel counts what the starter held as the child's until the child's own program runs,
    and a process that has run a thousand tests holds gigabytes.
    """
    pytest.importorskip("resource")
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *map(str, words)],
        capture_output=True, text=True, timeout=timeout, check=False, **options,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, int(done.stderr.split()[-1]) * (1 if sys.platform == "darwin" else 1024)


def shared(*parts: str) -> Path:
    """A file of the shared real data, or skip; with ``KG_REQUIRE_SHARED=1`` a missing one is a failure."""
    folder = Path(os.environ.get("KG_SHARED") or ROOT.parent / "shared")
    file = folder.joinpath("data", *parts)
    if not file.exists():
        missing = f"real data not here: {'/'.join(parts)}; KG_SHARED names the folder that has data/"
        pytest.fail(missing) if os.environ.get("KG_REQUIRE_SHARED") == "1" else pytest.skip(missing)
    return file


def environment(**more: str) -> dict[str, str]:
    """The environment of a child process: this checkout on its path, no store named."""
    env = {k: v for k, v in os.environ.items() if k not in ("KG", "KG_WAIT", "KG_BASE")}
    return env | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"} | more


#: The command line, run by this interpreter.
MAIN = [sys.executable, "-c", "from kg.cli import main; main()"]


def command(*arguments: object, cwd: Path, timeout: float = 60, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [*MAIN, *map(str, arguments)], cwd=cwd, env=environment(**env), capture_output=True, encoding="utf-8", timeout=timeout
    )


def child(code: str, *arguments: object, **env: str) -> subprocess.Popen[str]:
    """A Python process with that code; its ``sys.argv[1:]`` are the arguments."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=environment(**env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def finished(process: subprocess.Popen[str], timeout: float = 60) -> str:
    """What a child printed, once it has ended well."""
    out, err = process.communicate(timeout=timeout)
    assert process.returncode == 0, err
    return out


#: The command with no file allowed to grow beyond a number of bytes: writing fails as on a full disk.
LIMITED = """
import resource, sys
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
sys.argv[1:] = sys.argv[2:]
from kg.cli import main
main()
"""


def limited(limit: int, *arguments: object, **env: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the command where no file may grow beyond so many bytes."""
    process = child(LIMITED, limit, *arguments, **env)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def assert_clear(code: int, out: str, err: str, *words: str) -> None:
    """It failed with one line that has one of these words, and no traceback."""
    assert (code, out) == (1, ""), err
    assert "Traceback" not in err and "fault of kg" not in err
    (first, *_) = [line for line in err.splitlines() if line.startswith("error: ")]
    assert any(word in first for word in words), err
    assert len(first) < 800


def only(report: Any) -> Any:
    """The counts of a load of one file."""
    (file,) = report.files
    assert file.error is None, file.error
    return file.counts


def index_of(graph: kg.Graph, language: str, folder: Path | None = None) -> Index:
    """A store's index for a language, or one of the same record in another folder."""
    store = graph.store
    return INDEXES[language](folder or store.path / "index" / language, store.record)


def ask_index(graph: kg.Graph, name: str, language: str, **given: Any) -> Answer:
    """The answer to a named question from the index of a language, whatever else could answer it."""
    asked = questions.question(name, language)
    return graph.store.index(language).query(asked.text, asked.bind(given), None)


#: The same for the code of a child process.
ASK_INDEX = """
def ask_index(graph, name, language, **given):
    from kg import questions
    asked = questions.question(name, language)
    return graph.store.index(language).query(asked.text, asked.bind(given), None)
"""
#: A SPARQL query that only the index answers.
FOR_THE_INDEX = "SELECT ?f (RAND() AS ?chance) { ?f kg:date ?d }"


def everything(index: Index) -> set[Any]:
    """All that an index holds: nodes and edges with all properties, or all triples. Brings it up to date."""
    return _graph_of(index) if isinstance(index, LadybugIndex) else triples_of(index)


def _graph_of(index: Index) -> set[Any]:
    node = ", ".join(f"n.`{p.name}`" for p in NODE)
    edge = ", ".join(f"r.`{p.name}`" for p in EDGE)
    nodes = index.query(f"MATCH (n:Entity) RETURN {node}", {}, None).rows
    edges = index.query(f"MATCH (a:Entity)-[r]->(b:Entity) RETURN a.id, b.id, label(r), {edge}", {}, None).rows
    found = {("node", *map(_hashable, row)) for row in nodes} | {("edge", *map(_hashable, row)) for row in edges}
    assert len(found) == len(nodes) + len(edges), "something is in the index twice"
    return found


def triples_of(index: Index) -> set[Any]:
    """All triples of a SPARQL index, read from its files."""
    store = ox.Store.read_only(str(index.ready() / "triples"))
    return {quad.triple for quad in store}


def triples_in(file: Path) -> set[Any]:
    """All triples of an N-Triples file, as Oxigraph keeps them: it writes the number 9.0 as 9."""
    store = ox.Store()
    store.load(path=str(file), format=ox.RdfFormat.N_TRIPLES)
    return {quad.triple for quad in store}


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
