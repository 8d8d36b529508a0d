"""The garbage collector of Python waits while rows are fetched.

It looks for cycles after so many objects were made, and a row is an object or several, none of which can be in a cycle: of
45 000 rows of facts it cost a third of the time. What nobody refers to is let go of all the same.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

# Rows that stay in a processor's cache until they are used: of 10 000 each costs a tenth more.
_BATCH = 2_000


@contextmanager
def uncollected() -> Iterator[None]:
    """No looking for cycles in the block; several threads may be in it."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def fetched(con: duckdb.DuckDBPyConnection) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of the last result, some thousands at a time."""
    while True:
        with uncollected():
            rows = con.fetchmany(_BATCH)
        if not rows:
            return
        yield rows
