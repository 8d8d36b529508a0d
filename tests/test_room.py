"""Where memory or disk is not enough for a store in a server, one line says so; the server is a stand-in."""

import re

import pytest
from helpers_store import child, many_rows

#: The command on a stand-in with many reports, where memory is small and no file may grow beyond some bytes.
SMALL = """
import resource, sys
from kg import cli, graph, options
from kg.stores import server, slices
from kg.stores.lease import Lease
from kg.stores.record import columns

limit, what = int(sys.argv[1]), sys.argv[2]
slices._MEMORY = "12MB"


class Free(Lease):
    def take(self, instead_of):
        return self.owner

    def renew(self):
        pass

    give_back = renew


class StandIn(server.ServerStore):
    address, memory = "stand-in://here", "12MB"

    def lease(self):
        return Free(self.address)

    def fetch(self, wanted):
        if what == "facts" and wanted.table == "change":
            yield (1, None, "load", *[None] * (len(columns("change")) - 3))
        if what == "facts" and wanted.table == "report":
            for n in range(100_000):
                yield (f"{n:032x}", f"{n:032x}", "d", *[f"{n:032x} " * 9] * (len(columns("report")) - 7), n, 1, None, 1)

    def batch_writer(self, con):
        return lambda: None

    def nothing(self, *_):
        pass

    prepare = write_change = write_noted = query = info = nothing


cli.graph_at = options.graph_at = lambda place: graph.Graph(StandIn())
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
del sys.argv[1]
cli.main()
"""


@pytest.mark.parametrize(
    ("what", "megabytes", "said"),
    [
        ("facts", 1, r"can't write: IO Error: .*File too large"),
        ("load", 1, r"can't write: IO Error: .*File too large"),
        ("load", 1000, "not enough memory or room to spill: Out of Memory Error: .*"),
    ],
)
def test_no_room(what, megabytes, said, tmp_path):
    given = [many_rows(tmp_path / "many.csv", 100_000)] if what == "load" else []
    process = child(SMALL, megabytes << 20, what, *given, TMPDIR=str(tmp_path))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, ""), err
    assert re.fullmatch(rf"error: {said}\nhint: is the disk .*full\?", err.strip()), err
    assert [f.name for f in tmp_path.iterdir()] == [f.name for f in given]
