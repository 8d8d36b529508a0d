"""Fuzzing by coverage: python tests/fuzz/fuzz.py TARGET [--minutes N] [--seeds FOLDER] [--corpus FOLDER]

Needs pip install atheris.

Inputs are changed and tried as long as that leads to code not met before; what must not happen ends it, and the input that led
there is left in the working folder as crash-... It belongs into tests/inputs/fuzz/TARGET once the fault is mended: the tests
try all that is there.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parent))

with atheris.instrument_imports(include=["kg"]):
    from targets import SUFFIXES, TARGETS, seeds


def main() -> None:
    parser = argparse.ArgumentParser(description="Fuzz a reader or parser.")
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--minutes", type=float, default=30, metavar="N")
    parser.add_argument("--seeds", type=Path, metavar="FOLDER", help="further files to start from, by their ends of names")
    parser.add_argument("--corpus", type=Path, metavar="FOLDER", help="where what was found worth keeping is put")
    given = parser.parse_args()
    corpus = given.corpus or Path(tempfile.mkdtemp(prefix="kg-corpus-"))
    corpus.mkdir(exist_ok=True)
    started = list(seeds(given.target))
    for path in sorted(given.seeds.iterdir()) if given.seeds else ():
        ends = [n for n, suffix in enumerate(SUFFIXES) if path.name.endswith(suffix)]
        start = bytes(ends[-1:]) if given.target == "files" else b""
        started.append(start + path.read_bytes()[:8192])
    for n, data in enumerate(started):
        (corpus / f"seed-{n}").write_bytes(data)
    options = [f"-max_total_time={given.minutes * 60:.0f}", "-max_len=16384", "-timeout=60", "-rss_limit_mb=4096"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], TARGETS[given.target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
