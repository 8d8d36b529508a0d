"""Real servers for tests and benchmarks: fetched from Maven Central once, started on free loopback ports, stopped by process id.

python tests/servers/start.py neo4j        starts one and says its address; ends with Ctrl-C
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
#: The long-lived release, on Java 17, unless ``$KG_TEST_NEO4J`` names another: those named by a year (2026.09.0) want Java 21.
NEO4J, FUSEKI = os.environ.get("KG_TEST_NEO4J") or "5.26.19", "5.6.0"
_OPENS = [f"--add-opens=java.base/{p}=ALL-UNNAMED" for p in ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")]
#: What a server that lives for a test needs: most of its time would go into compiling well what it hardly runs.
_QUICK = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
_DEADLINE = 120


class NotThere(Exception):
    """A server can't be had on this machine; the text says why."""


@dataclass
class Running:
    """A server that answers at ``url``."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    home: Path

    def stop(self) -> None:
        """End it as an administrator would, and wait until it is gone."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.process.kill()
        self.process.wait(30)


def jars(name: str, version: str) -> Path:
    """The folder with a server's jars, fetched if they are not there yet.

    :raises NotThere: without Maven, or if it can't fetch them.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "diplomacy-kg"
    folder = cache / f"{name}-{version}"
    if folder.is_dir():
        return folder
    if not shutil.which("mvn"):
        raise NotThere(f"Maven is needed to fetch {name}: mvn is not on the path")
    cache.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=cache))
    command = [
        "mvn", "-q", "-B", "-f", str(HERE / f"{name}.xml"), f"-D{name}={version}",
        "dependency:copy-dependencies", f"-DoutputDirectory={unfinished}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise NotThere(f"Maven could not fetch {name} {version}:\n{(done.stdout + done.stderr)[-2000:]}")
    try:
        unfinished.rename(folder)
    except OSError:  # another process was faster
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def java(least: int = 17, most: int = 99) -> str:
    """The path of a Java of a version between two.

    :raises NotThere: if there is none.
    """
    homes = [os.environ.get("JAVA_HOME", ""), *map(str, sorted(Path("/usr/lib/jvm").glob("*")))]
    candidates = [shutil.which("java"), *(shutil.which("java", path=f"{home}/bin") for home in homes if home)]
    for found in dict.fromkeys(c for c in candidates if c):
        said = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
        version = said.partition('"')[2].partition(".")[0].partition('"')[0]
        if version.isdigit() and least <= int(version) <= most:
            return found
    raise NotThere(f"no Java of version {least} to {most} was found")


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def neo4j(
    folder: Path,
    *,
    password: str | None = None,
    heap: str = "512m",
    version: str = NEO4J,
    port: int | None = None,
    quick: bool = True,
    **settings: str,
) -> Iterator[Running]:
    """A Neo4j Community with its files in a folder; without a password anybody may come in.

    ``quick`` starts in half the time and is slower in the long run: not for measuring. ``settings`` are those of neo4j.conf,
    ``__`` for a dot.
    """
    from neo4j import GraphDatabase
    from neo4j.exceptions import DriverError, Neo4jError

    where = jars("neo4j", version)
    port = port or free_port()
    conf = {
        "server.default_listen_address": "127.0.0.1", "server.bolt.listen_address": f"127.0.0.1:{port}",
        "server.bolt.advertised_address": f"127.0.0.1:{port}", "server.http.enabled": "false", "server.https.enabled": "false",
        "dbms.security.auth_enabled": str(password is not None).lower(), "dbms.usage_report.enabled": "false",
        "server.memory.pagecache.size": "256m", **{k.replace("__", "."): v for k, v in settings.items()},
    }  # fmt: skip
    (folder / "conf").mkdir(parents=True, exist_ok=True)
    (folder / "conf" / "neo4j.conf").write_text("".join(f"{k}={v}\n" for k, v in conf.items()))
    machine = _QUICK if quick else ["-XX:+UseG1GC"]
    base = [_java_for(version), f"-Xmx{heap}", f"-Xms{heap}", *machine, *_OPENS, "-cp", f"{where}/*"]
    if password is not None and not (folder / "data").exists():
        admin(folder, version, "dbms", "set-initial-password", password)
    main = "CommunityEntryPoint" if _is_5(version) else "Neo4jCommunity"
    command = [*base, f"org.neo4j.server.{main}", f"--home-dir={folder}", f"--config-dir={folder / 'conf'}"]

    def answers() -> bool:
        auth = ("neo4j", password) if password is not None else None
        try:
            with GraphDatabase.driver(f"bolt://127.0.0.1:{port}", auth=auth, connection_timeout=1) as driver:
                driver.verify_connectivity()
        except (DriverError, Neo4jError, OSError):
            return False
        return True

    with _started(command, folder, f"neo4j://127.0.0.1:{port}", answers) as running:
        yield running


def admin(folder: Path, version: str, *arguments: str) -> str:
    """Run ``neo4j-admin`` for the server in a folder; returns what it printed."""
    command = [str(admin_script(folder, version)), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"neo4j-admin {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def admin_script(folder: Path, version: str = NEO4J, *, quick: bool = True) -> Path:
    """The ``neo4j-admin`` of the server in a folder, as an installed Neo4j has it in ``bin``; ``quick`` as in `neo4j`."""
    script = folder / "bin" / "neo4j-admin"
    script.parent.mkdir(parents=True, exist_ok=True)
    (folder / "conf").mkdir(exist_ok=True)
    machine = _QUICK if quick else []
    command = [_java_for(version), *machine, *_OPENS, "-cp", f"{jars('neo4j', version)}/*", "org.neo4j.cli.AdminTool"]
    home = f"NEO4J_HOME={shlex.quote(str(folder))} NEO4J_CONF={shlex.quote(str(folder / 'conf'))}"
    script.write_text(f'#!/bin/sh\n{home} exec {shlex.join(command)} "$@"\n')
    script.chmod(0o755)
    return script


def path_with_admin(folder: Path, *, quick: bool = True) -> str:
    """A ``$PATH`` on which the ``neo4j-admin`` of the server in a folder comes first."""
    return f"{admin_script(folder, quick=quick).parent}{os.pathsep}{os.environ['PATH']}"


def _java_for(version: str) -> str:
    return java(17, 21) if _is_5(version) else java(21)


def _is_5(version: str) -> bool:
    return version.startswith("5.")


@contextmanager
def fuseki(
    folder: Path,
    *,
    password: str | None = None,
    port: int | None = None,
    files: bool = False,
    writable: bool = True,
    heap: str = "2g",
    quick: bool = True,
) -> Iterator[Running]:
    """An Apache Jena Fuseki with one dataset, ``/kg``, in memory (or in the folder, with ``files``); with a password
    only the user ``kg`` may come in."""
    jar = jars("fuseki", FUSEKI) / f"jena-fuseki-server-{FUSEKI}.jar"
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    place = [f"--loc={folder / 'tdb'}"] if files else ["--mem"]
    (folder / "tdb").mkdir(exist_ok=True)
    if password is not None:
        (folder / "passwd").write_text(f"kg: {password}\n")
        place = [f"--passwd={folder / 'passwd'}", "--auth=basic", *place]
    command = [
        java(17),
        f"-Xmx{heap}",
        *(_QUICK if quick else []),
        "-jar",
        str(jar),
        "--localhost",
        "--port",
        str(port),
        *(["--update"] if writable else []),
        *place,
        "/kg",
    ]
    url = f"http://127.0.0.1:{port}/kg/sparql"

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"{url}?query=ASK%7B%7D", timeout=2):
                return True
        except urllib.error.HTTPError as error:
            return error.code == 401
        except OSError:
            return False

    with _started(command, folder, url, answers) as running:
        yield running


def empty_neo4j(url: str) -> None:
    """Take every node out of a Neo4j; its schema stays."""
    from neo4j import GraphDatabase

    with GraphDatabase.driver(url) as driver, driver.session() as session:
        session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS").consume()


def empty_fuseki(url: str) -> None:
    """Take every triple out of a Fuseki."""
    body = urllib.parse.urlencode({"update": "DROP ALL"}).encode()
    with urllib.request.urlopen(url.replace("/sparql", "/update"), data=body, timeout=60):
        pass


@contextmanager
def _started(command: list[str], folder: Path, url: str, answers: Callable[[], bool]) -> Iterator[Running]:
    log = folder / "server.log"
    with log.open("ab") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True)
    running = Running(url, process, log, folder)
    try:
        deadline = time.monotonic() + _DEADLINE
        while not answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not start a server:\n{log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.2)
        yield running
    finally:
        running.kill()  # nobody needs its files afterwards, and Neo4j takes ten seconds to end well


def main() -> None:
    start = {"neo4j": neo4j, "fuseki": fuseki}.get(sys.argv[1] if len(sys.argv) > 1 else "")
    if start is None:
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory(prefix="kg-server-") as folder, start(Path(folder)) as running:
        sys.stdout.write(f"{running.url}\n")
        sys.stdout.flush()
        running.process.wait()


if __name__ == "__main__":
    main()
