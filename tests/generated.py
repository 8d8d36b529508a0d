"""Made-up facts and standing relations for tests: those of bench/generate.py."""

import sys

from helpers_store import ROOT

sys.path.append(str(ROOT / "bench"))
import generate


def write_facts(rows, file, seed=1):
    generate.write_facts(rows, file, seed)
    return file


def write_spans(rows, file, seed=1):
    generate.write_spans(rows, file, seed)
    return file
