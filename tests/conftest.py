"""What the tests share: a fresh store, the command in a process of its own, files to load, and the folder of real data."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from helpers_store import RECORDS, WITH_IDS, write_rows
from servers import start as servers
from servers.start import NotThere, Running

import kg as package
from kg.faults import EXIT_CODE
from kg.graph import Graph
from kg.load import LoadReport
from kg.stores.local import LocalStore

ROOT = Path(__file__).resolve().parent.parent
#: The installed command, or the same by way of its entry point where no script is installed.
SCRIPT = Path(sys.executable).with_name("kg")
COMMAND = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-c", "from kg.cli import main; main()"]
#: What would change the answers of a command under test.
OWN = ("KG", "KG_BASE", "KG_WAIT", "PYTHONIOENCODING", "PYTHONUTF8", "TZ", "COLUMNS")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are named by their argument: archives hold the time they were made at, and no two processes would agree."""
    return argname if isinstance(val, bytes) else None


class Ran(NamedTuple):
    """How a command ended, and what it wrote as bytes and as text."""

    code: int
    out: str
    err: str
    raw: bytes


class Command:
    """``kg`` run in a folder with a store of its own; ``words`` start it, ``environment`` is what it runs in."""

    words = COMMAND

    def __init__(self, folder: Path, store: Path) -> None:
        self.folder, self.store = folder, store
        self.environment = {k: v for k, v in os.environ.items() if k not in OWN}
        self.environment |= {"KG": str(store), "XDG_STATE_HOME": str(folder / "state")}

    def __call__(self, *arguments: object, stdin: bytes = b"", timeout: float = 60, **environment: str) -> Ran:
        done = subprocess.run(
            [*self.words, *map(str, arguments)], cwd=self.folder, env=self.environment | environment, input=stdin,
            capture_output=True, timeout=timeout, check=False,
        )  # fmt: skip
        ran = Ran(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"), done.stdout)
        assert ran.code != EXIT_CODE, ran.err
        return ran


@pytest.fixture
def kg(tmp_path: Path) -> Command:
    """The command as users run it, on the store of `graph`."""
    return Command(tmp_path, tmp_path / "s.kg")


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    """A graph on a store that is not there yet."""
    return package.open(tmp_path / "s.kg")


@pytest.fixture
def store(graph: Graph) -> LocalStore:
    """The store of `graph`."""
    return graph.store


@pytest.fixture
def inputs() -> Path:
    """The folder of small inputs, named after the cases they are for."""
    return ROOT / "tests" / "inputs"


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Write a file to load: a text as UTF-8 with its line ends as they are, or bytes."""

    def written(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written


@pytest.fixture
def load(graph: Graph) -> Callable[..., LoadReport]:
    """Load files into `graph`; of every file each row must be new, known or rejected."""

    def loaded(*files: str | os.PathLike[str], **options: object) -> LoadReport:
        report = graph.load(*files, **options)
        for file in report.files:
            if counts := file.counts:
                assert file.staged is not None
                assert counts.rows == counts.new + counts.known + counts.rejected, file
                assert counts.rejected == len(file.staged.rejected)
        return report

    return loaded


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; where it is absent the test is skipped, or fails if ``KG_REQUIRE_SHARED=1``."""
    folder = Path(os.environ.get("KG_SHARED") or ROOT.parent / "shared") / "data"
    if not folder.is_dir():
        reason = "the real data is not here; KG_SHARED names the folder that has data/"
        if os.environ.get("KG_REQUIRE_SHARED") == "1":
            pytest.fail(f"{reason}, and KG_REQUIRE_SHARED=1 asks for it")
        pytest.skip(reason)
    return folder


@contextmanager
def _missed() -> Iterator[None]:
    """Where a server can't be had the test is skipped, or fails if ``KG_REQUIRE_SERVERS=1``."""
    try:
        yield
    except NotThere as why:
        if os.environ.get("KG_REQUIRE_SERVERS") == "1":
            pytest.fail(f"{why}, and KG_REQUIRE_SERVERS=1 asks for it")
        pytest.skip(str(why))


def _started(start: Callable[..., Any], folder: Path, **options: Any) -> Iterator[Running]:
    with _missed(), start(folder, **options) as running:
        yield running


@contextmanager
def _starter(folder: Path) -> Iterator[Callable[..., Running]]:
    with ExitStack() as running:

        def start(kind: Callable[..., Any], home: Path | None = None, **options: Any) -> Running:
            with _missed():
                return running.enter_context(kind(home or folder / kind.__name__, **options))

        yield start


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start a server of the test's own, which it may stop: one of `servers.start` with its options."""
    with _starter(tmp_path) as start:
        yield start


@pytest.fixture(scope="module")
def start_module_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Running]]:
    """The same for all tests of a module."""
    with _starter(tmp_path_factory.mktemp("servers")) as start:
        yield start


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A Neo4j for all tests that don't stop it; anybody may come in."""
    yield from _started(servers.neo4j, tmp_path_factory.mktemp("neo4j"))


@pytest.fixture(scope="session")
def fuseki_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A Fuseki for all tests that don't stop it; anybody may come in."""
    yield from _started(servers.fuseki, tmp_path_factory.mktemp("fuseki"))


@pytest.fixture
def neo4j_url(neo4j_server: Running) -> str:
    """The address of a Neo4j without a node."""
    servers.empty_neo4j(neo4j_server.url)
    return neo4j_server.url


@pytest.fixture
def fuseki_url(fuseki_server: Running) -> str:
    """The address of a Fuseki without a triple."""
    servers.empty_fuseki(fuseki_server.url)
    return fuseki_server.url


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """A file of a dataset with three records, `RECORDS`."""
    return write_rows(tmp_path / "records.csv", RECORDS, WITH_IDS)
