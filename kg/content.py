"""Where ``schema/``, ``loaders/`` and ``queries/`` are: inside an installed package, or beside it in a checkout."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from kg.errors import KGError

_HERE = Path(__file__).resolve().parent


def shelf(name: str) -> Path:
    """The folder ``schema``, ``loaders`` or ``queries``.

    :raises KGError: if the installation lacks it.
    """
    for base in (_HERE / "_content", _HERE.parent):
        if (base / name).is_dir():
            return base / name
    raise KGError(f"the folder {name}/ is missing from this installation", hint="reinstall the package")


def rows(*path: str) -> Iterator[dict[str, str]]:
    """The rows of a CSV table of ``schema/``, e.g. ``rows("actors", "states.csv")``."""
    with shelf("schema").joinpath(*path).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def lists(*path: str) -> Iterator[list[str]]:
    """The same as lists, the columns' names first: several times faster."""
    with shelf("schema").joinpath(*path).open(encoding="utf-8", newline="") as file:
        yield from csv.reader(file)


def files(name: str, suffix: str) -> dict[str, Path]:
    """The files of a shelf with that suffix, by stem, sorted."""
    return {path.stem: path for path in sorted(shelf(name).glob(f"*{suffix}"))}
