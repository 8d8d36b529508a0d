"""More rows than fit into a client's or a small server's memory at once."""

import os
import subprocess
import sys
import tempfile

import pytest
from helpers_store import MAIN, ROOT, environment
from servers import start as servers

import kg

ROWS = 200_000
MOST = 500_000_000


def held(*arguments: str) -> tuple[str, int]:
    """What the command printed, and the most bytes of memory that it held."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        process = subprocess.Popen([*MAIN, *arguments], stdout=out, stderr=subprocess.STDOUT, env=environment())
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read()
    assert process.returncode == 0, said
    return said, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="what a process held is known on Unix")
def test_two_hundred_thousand_rows_into_a_small_neo4j(start_server, twin, tmp_path):
    file = tmp_path / "facts.csv"
    subprocess.run([sys.executable, ROOT / "bench" / "generate.py", str(ROWS), str(file)], check=True)
    twin.load(file)
    server = start_server(servers.neo4j, heap="512m", quick=False)
    said, most = held("load", str(file), "--kg", server.url)
    assert f"loaded {ROWS} of {ROWS} rows" in said
    assert most < MOST, f"{most / 1e6:.0f} MB"
    graph = kg.open(server.url)
    there, theirs = graph.info(), twin.info()
    graph.store.close()
    for what in ("facts", "reports", "entities", "first", "last", "sources"):
        assert there[what] == theirs[what], what
    for change in (*there["changes"], *theirs["changes"]):
        del change["recorded"]
    assert there["changes"] == theirs["changes"]
