"""More rows than fit into a client's or a small server's memory at once."""

import subprocess
import sys

from helpers_store import MAIN, ROOT, environment, held
from servers import start as servers

import kg

ROWS = 200_000
MOST = 500_000_000


def test_two_hundred_thousand_rows_into_a_small_neo4j(start_server, twin, tmp_path):
    file = tmp_path / "facts.csv"
    subprocess.run([sys.executable, ROOT / "bench" / "generate.py", str(ROWS), str(file)], check=True)
    twin.load(file)
    server = start_server(servers.neo4j, heap="512m", quick=False)
    said, most = held([*MAIN, "load", file, "--kg", server.url], env=environment())
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
