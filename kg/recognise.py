"""Which loader reads a file: the one whose header fits the file's shape; the most demanding where several fit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from kg import dates
from kg.errors import DateError, InputError
from kg.loaders import Loader, all_loaders, named
from kg.readers.files import Source
from kg.readers.tables import Shape, as_lines, headless, shape_of, split, unquoted

if TYPE_CHECKING:
    import duckdb


# The columns of a table of facts that hold one text; other loaders may make something of a list.
_SINGLE = ("actor", "action", "target", "date")
#: So many loaders are named where none fits, those that lack the least.
_MOST_NAMED = 8


class Reading(NamedTuple):
    """A loader and how it takes the file's rows. ``chosen`` is the file's column for each of the loader's."""

    loader: Loader
    shape: Shape
    chosen: dict[str, str]

    @property
    def ragged(self) -> bool:
        """Whether rows may differ in width."""
        return len(self.loader.widths) > 1 and not self.shape.header


def recognise(
    source: Source, con: duckdb.DuckDBPyConnection, loader: str | None = None, given: Mapping[str, str] | None = None
) -> Reading | None:
    """How a file is to be read, or ``None`` if it has no rows.

    :param loader: a loader's name or ``.sql`` file; by default every loader is tried.
    :param given: the user's column for a loader's (``--map``).
    :raises InputError: if no loader fits, or two fit equally; lists what was seen and what would do.
    """
    shape = shape_of(source, con)
    if not shape.columns:
        return None
    if loader is None and given:
        loader = "facts"
    if loader is not None:
        chosen = named(loader)
        try:
            chosen.lacks(shape.columns, given)
        except InputError as error:
            raise InputError(f"{source.name}: {error.message}", hint=error.hint) from None
        return _fit(chosen, shape, given) or _misfit(source, shape, [chosen], given)
    candidates = list(all_loaders().values())
    fitting = [reading for one in candidates if (reading := _fit(one, shape, given))]
    most = max((len(r.loader.columns) for r in fitting), default=0)
    best = [r for r in fitting if len(r.loader.columns) == most]
    if len(best) > 1:
        names = " and ".join(r.loader.name for r in best)
        raise InputError(f"{source.name} may be read by {names}: {_seen(shape)}", hint="choose one with --loader NAME")
    if best and (why := best[0].loader.header.get("refuses")):
        reason, _, instead = why.partition("; ")
        raise InputError(f"{source.name} is no use here: {reason}", hint=instead)
    return best[0] if best else _misfit(source, shape, candidates, given)


def _fit(loader: Loader, shape: Shape, given: Mapping[str, str] | None) -> Reading | None:
    if loader.reads == "lines":
        return Reading(loader, as_lines(shape), {}) if _lines_match(loader, shape) else None
    if shape.form == "lines" or (loader.header.get("delimiter") == "tab" and shape.delimiter not in ("\t", "")):
        return None
    if loader.header.get("quote") == "none" or shape.delimiter == "\t":
        shape = unquoted(shape)
    if (loader.columns or not loader.widths) and not loader.lacks(shape.columns, given):
        chosen = loader.renaming(shape.columns, given)
        single = tuple(chosen[role] for role in _SINGLE if role in chosen) if loader.name == "facts" else ()
        return Reading(loader, replace(shape, single=single), chosen)
    if shape.form == "csv" and loader.widths and _widths(shape) <= set(loader.widths):
        bare = headless(shape, loader.positions(max(loader.widths)))
        if _dates_match(bare) and re.fullmatch(loader.header.get("first", ".*"), _cells(bare)[0][0], re.DOTALL):
            return Reading(loader, bare, loader.renaming(bare.columns, given))
    return None


def _lines_match(loader: Loader, shape: Shape) -> bool:
    """Whether more than half of the first lines look as the loader says."""
    matching = sum(bool(loader.line.fullmatch(line.rstrip("\r\n"))) for line in shape.sample)
    return matching * 2 > len(shape.sample)


def _cells(shape: Shape) -> list[list[str]]:
    return [row for row in split(shape.sample, shape.delimiter, shape.quote) if row]


def _widths(shape: Shape) -> set[int]:
    """The widths of the first rows; what is broken further down is rejected row by row."""
    return {len(_cells(shape)[0])}


def _dates_match(shape: Shape) -> bool:
    """Whether the first row has a date where the loader expects one."""
    if "date" not in shape.columns:
        return True
    try:
        dates.parse(_cells(shape)[0][shape.columns.index("date")], "day-first")
    except (DateError, IndexError):
        return False
    return True


def _misfit(source: Source, shape: Shape, tried: Sequence[Loader], given: Mapping[str, str] | None) -> Reading:
    wants = []
    closest = sorted(tried, key=lambda one: len(one.lacks(shape.columns, given)) / max(len(one.columns), 1))
    for loader in closest[:_MOST_NAMED]:
        lacking = ", ".join(loader.lacks(shape.columns, given))
        widths = ", ".join(map(str, loader.widths))
        if loader.reads == "lines":
            wants.append(f"  {loader.name}: lines that begin with a date")
        elif loader.columns and not loader.widths:
            wants.append(f"  {loader.name}: has no column for {lacking}")
        else:
            wants.append(f"  {loader.name}: no header and {widths} columns")
    if len(tried) > _MOST_NAMED:
        wants.append(f"  and {len(tried) - _MOST_NAMED} others: kg loaders")
    raise InputError(
        f"no loader fits {source.name}: {_seen(shape)}\n" + "\n".join(wants),
        hint="name the columns, e.g. --map actor=head,action=relation,target=tail,date=when, or write a loader: --loader my.sql",
    )


def _seen(shape: Shape) -> str:
    if shape.form == "lines" or (shape.form == "csv" and len(shape.columns) == 1):
        return f"it has lines like {shape.sample[0].strip()[:80]!r}"
    delimiter = {"\t": "tab-separated ", ",": "comma-separated "}.get(shape.delimiter, "")
    first = ", ".join(c[:30] or "(empty)" for c in shape.columns[:12]) + (", ..." if len(shape.columns) > 12 else "")
    return f"it has {len(shape.columns)} {delimiter}columns, the first row is: {first}"
