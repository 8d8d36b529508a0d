"""What the benchmarks share: processes measured from outside, figures held against each other, tables, the page."""

from __future__ import annotations

import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

#: The command, by its entry point.
_KG = [sys.executable, "-c", "from kg.cli import main; main()"]


class Spent(NamedTuple):
    """What a process took: ``seconds`` of the statement alone where it says so (of the whole process otherwise), seconds of
    processor and most memory of the whole."""

    seconds: float
    bytes: int
    processor: float


#: All runs' measurements by name.
Found = dict[str, list[Spent]]


class Line(NamedTuple):
    """A line of the table."""

    what: str
    ours: str
    beside: str
    ratio: str
    bound: str
    kept: bool


def say(**seconds: float) -> None:
    """Of a step: seconds by name. At once, so that what is known stays known if the process is ended."""
    print(json.dumps(seconds), flush=True)


class Failed(SystemExit):
    """A process did not end well, which ends the whole where nobody minds; the text says how: too late, or what it wrote.

    ``spent`` is what it took and ``said`` what it had printed.
    """

    def __init__(self, why: str, spent: Spent, said: str) -> None:
        super().__init__(why)
        self.spent, self.said = spent, said


class Late(Failed):
    """It took longer than it was given."""


def run(words: list[str], limit: float | None = None) -> tuple[Spent, str]:
    """Run a process; what it took and what it printed.

    :param limit: seconds after which it is ended.
    :raises Failed: if it was, or failed.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        process = subprocess.Popen(words, stdout=out, stderr=err, stdin=subprocess.DEVNULL)
        timer = threading.Timer(limit or threading.TIMEOUT_MAX, process.kill)
        timer.daemon = True
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        unit = 1 if sys.platform == "darwin" else 1024
        spent = Spent(seconds, usage.ru_maxrss * unit, usage.ru_utime + usage.ru_stime)
        out.seek(0)
        err.seek(0)
        said = out.read().decode(errors="replace")
        if limit and seconds >= limit:
            raise Late(f"over {limit:g} s", spent, said)
        if process.returncode:
            raise Failed(f"{' '.join(words)} failed:\n{err.read().decode(errors='replace')}", spent, said)
        return spent, said


def command(*arguments: str | Path) -> Spent:
    """Run `kg`."""
    return run([*_KG, *map(str, arguments)])[0]


def step(
    script: Path, name: str, *arguments: str | Path, python: str = sys.executable, limit: float | None = None
) -> dict[str, Spent]:
    """What the statements of a script's step took, by name, with the memory of its process.

    :raises Failed: as `run` does.
    """
    return taken(*run([python, str(script), "step", name, *map(str, arguments)], limit))


def taken(spent: Spent, said: str) -> dict[str, Spent]:
    """What a step's lines say, each written by `say`."""
    return {what: spent._replace(seconds=value) for line in said.splitlines() for what, value in json.loads(line).items()}


def beside(what: str, ours: list[Spent], other: str, theirs: list[Spent], most: float) -> Line:
    """A figure held against another; the ratio is the median of the runs' ratios."""
    ratio = statistics.median(a.seconds / b.seconds for a, b in zip(ours, theirs, strict=True))
    return Line(what, seconds(ours), f"{seconds(theirs)} {other}", f"{ratio:.2f}", f"at most {most:.3g}", ratio <= most)


def alone(what: str, ours: list[Spent], most: float) -> Line:
    return Line(what, seconds(ours), "", "", f"under {most:g} s", median(ours) < most)


def median(spent: list[Spent]) -> float:
    return statistics.median(s.seconds for s in spent)


def seconds(spent: list[Spent]) -> str:
    """The median, and where there are several the least and the most."""
    values = sorted(s.seconds for s in spent)
    digits = 1 if values[-1] >= 10 else 2
    span = f" ({values[0]:.{digits}f}-{values[-1]:.{digits}f})" if len(values) > 1 else ""
    return f"{statistics.median(values):.{digits}f} s{span}"


def brief(seconds: float) -> str:
    """One time, as exactly as it is worth."""
    if seconds >= 10:
        return f"{seconds:,.0f} s"
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:,.1f} ms" if seconds < 0.01 else f"{seconds * 1e3:,.0f} ms"


def megabytes(size: float) -> str:
    return f"{size / 1e6:,.0f} MB"


def markdown_table(lines: list[Line]) -> str:
    head = ("what", "this", "beside", "ratio", "bound", "kept")
    return joined([head, ("---",) * len(head), *((*line[:-1], "yes" if line.kept else "**no**") for line in lines)])


def joined(rows: Iterable[Iterable[str]]) -> str:
    """Rows as a table in Markdown; the first is its head, the second the line below that."""
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def measured(runs: int, measure: Callable[[], Iterable[tuple[str, Spent]]]) -> Found:
    """What each run measures, by name; said on stderr as it comes."""
    found: Found = {}
    for n in range(1, runs + 1):
        for name, spent in measure():
            found.setdefault(name, []).append(spent)
            used = f"{spent.seconds:.2f} s, {spent.processor:.2f} s of processor, {megabytes(spent.bytes)}"
            print(f"run {n}: {name} {used}", file=sys.stderr, flush=True)
    return found


def conditions(packages: Sequence[str]) -> str:
    """Where and with what was measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in packages)
    return (
        f"Measured on {os.cpu_count()} cores, {memory:.0f} GB of memory, {platform.system()} on {platform.machine()}, with\n"
        f"Python {platform.python_version()}, {versions}."
    )


def section(page: Path, title: str, text: str) -> None:
    """Put a section into a page in place of the one with that title, or at the end."""
    head, *sections = re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    new = f"{title}\n\n{text.strip()}\n\n"
    kept = [s if not s.startswith(f"{title}\n") else new for s in sections]
    if new not in kept:
        kept.append(new)
    page.write_text("\n\n## ".join(part.rstrip() for part in (head, *kept)) + "\n", encoding="utf-8")
