"""Date texts to spans of whole days.

A text is read as a half-open span ``[start, until)`` with a precision. Syntax is EDTF levels 0 and 1 (ISO 8601-2:2019)
for days, months, years and intervals, and the forms people write: ``18 September 2009``, ``Sept. 18, 2009``, ``20090918``,
ISO timestamps (the calendar date as written counts, whatever the offset). Nothing is guessed: an impossible day is
refused, and ``03/04/2009`` too, unless the rest of its column or the user settles the order.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from typing import Literal, NamedTuple

from kg.errors import DateError
from kg.facts import Precision

Order = Literal["day-first", "month-first"]

_ONE_DAY = dt.timedelta(days=1)
_MONTHS = {name.casefold(): n for n, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name[:3]: n for name, n in _MONTHS.items()} | {"sept": 9}

_TIME = r"(?:[T ]\d{2}:?\d{2}(?::?\d{2}(?:[.,]\d+)?)?\s?(?:Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?"
_ISO = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})(?:\2(\d{1,2})" + _TIME + r")?)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})?(?:T?\d{6}Z?)?")
_NUMERIC = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})" + _TIME)
_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|wed|thu|fri|sat|sun)?\.?,?\s*"
_DAY_MONTH = re.compile(_WEEKDAY + r"(?:(\d{1,2})(?:st|nd|rd|th)?[\s-]+)?(?:of\s+)?([a-z]{3,9})\.?,?[\s-]+(\d{4})")
_MONTH_DAY = re.compile(_WEEKDAY + r"([a-z]{3,9})\.?[\s-]+(\d{1,2})(?:st|nd|rd|th)?,?[\s-]+(\d{4})")


class Span(NamedTuple):
    """Whole days ``[start, until)``; ``until`` is ``None`` while it still holds."""

    start: dt.date
    until: dt.date | None
    precision: Precision


def parse(text: str, order: Order | None = None) -> Span:
    """The span a date text means.

    :param order: how ``03/04/2009`` is to be read; needed for such texts only.
    :raises DateError: for a text that is no date, an impossible or placeholder date, or an undecided order.
    """
    trimmed = unicodedata.normalize("NFKC", text).strip()
    # EDTF's qualifiers (uncertain, approximate) don't move the days.
    plain = trimmed.rstrip("?~%") or trimmed
    if not plain:
        raise DateError("there is no date")
    if "/" in plain and not _NUMERIC.fullmatch(plain) and not _ISO.fullmatch(plain):
        return _interval(plain, order)
    return _single(plain, order)


def column_order(texts: Iterable[str]) -> Order | None:
    """The one order that all ``03/04/2009``-like texts of a column allow, or ``None`` if there are no such texts.

    :raises DateError: if nothing settles it, or if two texts contradict each other; names the texts.
    """
    day_first = month_first = undecided = None
    for text in texts:
        if match := _NUMERIC.fullmatch(text.strip()):
            first, second = int(match[1]), int(match[3])
            if first > 12 >= second:
                day_first = text
            elif second > 12 >= first:
                month_first = text
            elif first != second:
                undecided = text
    if day_first and month_first:
        raise DateError(f"{_shown(day_first)} has the day first, {_shown(month_first)} the month")
    if undecided and not (day_first or month_first):
        readings = " or ".join(_single(undecided, order).start.isoformat() for order in ("day-first", "month-first"))
        raise DateError(f"{undecided!r} may be {readings}, and no other date of the column settles it")
    return "month-first" if month_first else "day-first" if day_first else None


def _shown(text: str) -> str:
    """A text in a message: as written, and not longer than a reader wants."""
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def _interval(text: str, order: Order | None) -> Span:
    if text.count("/") > 1:
        raise DateError(f"{_shown(text)} is not a date, nor a first and a last one")
    first, _, last = text.partition("/")
    if first in ("", ".."):
        raise DateError(f"{_shown(text)} has no beginning")
    start = parse(first, order)
    if last in ("", ".."):
        return Span(start.start, None, "span")
    end = parse(last, order)
    if end.until is not None and end.until <= start.start:
        raise DateError(f"{_shown(text)} ends before it begins")
    return Span(start.start, end.until, "span")


def _single(text: str, order: Order | None) -> Span:
    if match := _ISO.fullmatch(text):
        return _days(text, match[1], match[3], match[4])
    if match := _NUMERIC.fullmatch(text):
        first, second = match[1], match[3]
        if order is None and first != second and int(first) <= 12 and int(second) <= 12:
            raise DateError(f"{_shown(text)}: day first or month first?")
        month_first = order == "month-first" or (order is None and int(second) > 12)
        day, month = (second, first) if month_first else (first, second)
        return _days(text, match[4], month, day)
    if text.isdigit():
        return _digits(text)
    lower = text.casefold()
    if (match := _DAY_MONTH.fullmatch(lower)) and match[2] in _MONTHS:
        return _days(text, match[3], str(_MONTHS[match[2]]), match[1])
    if (match := _MONTH_DAY.fullmatch(lower)) and match[1] in _MONTHS:
        return _days(text, match[3], str(_MONTHS[match[1]]), match[2])
    if match := _COMPACT.fullmatch(text):
        return _days(text, match[1], match[2], match[3])
    raise DateError(f"{_shown(text)} is not a date")


def _digits(text: str) -> Span:
    if len(text) in (6, 8, 14) and (match := _COMPACT.fullmatch(text)):
        return _days(text, match[1], match[2], match[3])
    if len(text) in (10, 13):
        raise DateError(f"{_shown(text)} is not a date; it looks like seconds or milliseconds since 1970")
    raise DateError(f"{_shown(text)} is not a date")


def _days(text: str, year: str, month: str | None, day: str | None) -> Span:
    """The span of a day, month or year; ``00`` for month or day means that it is not known (Wikidata's form)."""
    y, m, d = int(year), int(month or 0), int(day or 0)
    if y == 0 or y == 9999:
        raise DateError(f"{_shown(text)} is a placeholder, not a date")
    try:
        if m == 0 and d == 0:
            return Span(dt.date(y, 1, 1), dt.date(y + 1, 1, 1), "year")
        if d == 0:
            return Span(dt.date(y, m, 1), dt.date(y + m // 12, m % 12 + 1, 1), "month")
        date = dt.date(y, m, d)
    except ValueError:
        raise DateError(f"{_shown(text)} is no day of the calendar") from None
    return Span(date, date + _ONE_DAY, "day")
