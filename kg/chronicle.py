"""What two did to each other in the course of time: a chronicle of facts, and counts by period."""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from kg import actions
from kg.errors import UsageError
from kg.facts import FACT_COLUMNS, NO_BEGINNING
from kg.stores.base import Store
from kg.views import View

#: Lengths of a period; a week begins on Monday.
PERIODS = ("day", "week", "month", "quarter", "year")
_log = logging.getLogger(__name__)
# Periods of a trend; more than these are no table and no plot.
_MOST = 20_000


class Line(NamedTuple):
    """A fact of a chronicle: ``date`` as EDTF text, as exactly as it is known; ``actor`` and ``target`` are names; ``reports`` is
    how many say so, ``sources`` (a list) who."""

    date: str
    actor: str
    action: str
    target: str | None
    type: str
    reports: int
    sources: list[str]
    fact: str


class Period(NamedTuple):
    """Deeds of a period, counted by its first day: cooperation is of quad classes 1 and 2, conflict of 3 and 4.

    ``intensity`` is the mean over the deeds that have one, on ``scale``, or ``None`` if none has one or scales differ. A deed
    that is dated to a month or a year counts in the period of its first day, or of the view's if that is later.
    """

    period: dt.date
    cooperation: int
    conflict: int
    intensity: float | None
    scale: str | None


def timeline(store: Store, view: View, one: str, other: str | None) -> Iterator[Line]:
    """The facts of a view between two, or of one and all others, in order of date.

    :param one: an entity's id; ``other`` likewise.
    :raises UsageError: if the view is about others.
    """
    at = FACT_COLUMNS.index
    shown = [at(c) for c in (*Line._fields[:-1], "id")]
    order = [at(c) for c in ("start", "actor_id", "target_id", "action", "id")]
    rows = [row for seen in _between(view, one, other) for row in store.rows(seen)]
    for row in sorted(rows, key=lambda row: tuple(row[c] for c in order)):
        yield Line._make(row[c] for c in shown)


def trend(store: Store, view: View, one: str, other: str | None, by: str) -> list[Period]:
    """Counts of deeds between two, or of one and all others, period by period, also the empty ones: all of the span that the
    view is bounded to, else from the first deed to the last.

    Standing relations are no deeds and don't count; deeds without a beginning are in no period, and are told of as left out.

    :param by: one of `PERIODS`.
    :raises UsageError: if it is none, or there are too many periods to show.
    """
    if by not in PERIODS:
        raise UsageError(f"there is no period {by!r}", hint=f"one of {', '.join(PERIODS)}")
    counted: dict[dt.date, list[Any]] = defaultdict(lambda: [0, 0, 0.0, 0, set()])
    unbegun = 0
    for seen in _between(view, one, other):
        with store.viewing(seen) as con:
            for period, deeds, *numbers, scales in con.execute(_counting(seen, by), seen.values()).fetchall():
                if period is None:
                    unbegun += deeds
                    continue
                found = counted[period]
                found[:4] = [a + b for a, b in zip(found[:4], numbers, strict=True)]
                found[4] |= set(scales)
    if unbegun:
        _log.warning("%d deeds have no beginning, so they are in no period and are left out", unbegun)
    # What a view is bounded to is shown whole, so that two trends of it have the same periods.
    bounds = [_beginning(day, by) for day in (view.start, view.until and view.until - dt.timedelta(days=1)) if day]
    days = [*counted, *bounds]
    if not counted and len(bounds) < 2:
        return []
    periods = list(_periods(min(days), max(days), by))
    return [_period(day, *counted[day]) if day in counted else Period(day, 0, 0, None, None) for day in periods]


def _between(view: View, one: str, other: str | None) -> list[View]:
    """Views that have no fact in common: deeds of one to the other, and the other way round."""
    if other is None:  # its own dealings only, however far the view goes
        return [replace(view.narrowed(around=one), depth=1)]
    views = [view.narrowed(actor=one, target=other)]
    return views if one == other else [*views, view.narrowed(actor=other, target=one)]


def _counting(view: View, by: str) -> str:
    standing = ", ".join(f"'{type_}'" for type_ in actions.states())
    begun = f"NOT (f.start = DATE '{NO_BEGINNING}' AND f.precision = 'span')"
    # What began before the bounds is of no period before them.
    first = "greatest(f.start, $start)" if view.start else "f.start"
    return f"""
        SELECT CASE WHEN {begun} THEN date_trunc('{by}', {first})::DATE END, count(*),
            count(*) FILTER (f.quad_class IN (1, 2)), count(*) FILTER (f.quad_class IN (3, 4)),
            coalesce(sum(f.intensity), 0), count(f.intensity), list_distinct(list(f.scale))
        FROM ({view.believed()}) f WHERE f.type NOT IN ({standing}) GROUP BY 1"""


def _period(day: dt.date, cooperation: int, conflict: int, total: float, scored: int, scales: set[str]) -> Period:
    if not scored or len(scales) != 1:
        return Period(day, cooperation, conflict, None, None)
    return Period(day, cooperation, conflict, round(total / scored, 2), *scales)


def _beginning(day: dt.date, by: str) -> dt.date:
    """The first day of the period that a day is in."""
    if by in ("day", "week"):
        return day - dt.timedelta(days=day.weekday() if by == "week" else 0)
    return day.replace(day=1, month={"month": day.month, "quarter": day.month - (day.month - 1) % 3, "year": 1}[by])


def _periods(first: dt.date, last: dt.date, by: str) -> Iterator[dt.date]:
    day, n = first, 0
    while day <= last:
        yield day
        n += 1
        if n > _MOST:
            raise UsageError(f"more than {_MOST} periods from {first} to {last}", hint="--by year, or --from and --until")
        if by in ("day", "week"):
            day += dt.timedelta(days=7 if by == "week" else 1)
        else:
            months = day.month - 1 + {"month": 1, "quarter": 3, "year": 12}[by]
            day = dt.date(day.year + months // 12, months % 12 + 1, 1)
