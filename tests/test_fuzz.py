"""Any bytes: what fuzzing starts from and what it once found is tried, and a few changes of it at random."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "fuzz"))

from targets import TARGETS, seeds

#: Changed inputs a target: files are read by engines, which takes long.
TIMES = {"files": 40, "queries": 100}


@pytest.mark.parametrize("name", TARGETS)
def test_what_was_found_stays_mended(name: str) -> None:
    for data in seeds(name):
        TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
def test_changed_inputs_raise_nothing(name: str) -> None:
    rng = random.Random(7)
    given = [*seeds(name), b"2009-09-17 US scraps shield", b"NATO\nRUS"]
    for _ in range(TIMES.get(name, 1_000)):
        TARGETS[name](changed(rng.choice(given), rng))


def changed(data: bytes, rng: random.Random) -> bytes:
    """Bytes with a few of them cut out, doubled or replaced."""
    found = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at, length = rng.randrange(len(found) + 1), rng.randint(0, 8)
        piece = rng.choice((b"", found[at : at + length] * 2, rng.randbytes(length), b'"', b"\0", b"\n", b"\xff", b"'", b","))
        found[at : at + length] = piece
    return bytes(found)
