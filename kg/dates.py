"""Date texts to spans of whole days.

A text is read as a half-open span ``[start, until)`` with a precision and, where it is qualified, a certainty. Syntax is EDTF
levels 0 and 1 (ISO 8601-2:2019; https://www.loc.gov/standards/datetime/, 4 February 2019) without times of day:

- days, months, years: ``2009-09-17``, ``2009-09``, ``2009``; digits left open: ``2009-09-XX`` is a month, ``2009-XX`` and
  ``2009-XX-XX`` are years, ``201X`` a decade, ``20XX`` a century;
- qualifiers: ``1998?`` uncertain, ``2004-06~`` approximate, ``2004-06-11%`` both; they don't move the days;
- intervals: ``a/b`` with qualifiers on either end; ``a/..`` and ``a/`` have no end, ``../b`` and ``/b`` no beginning, whether it
  is open or unknown. Without a beginning they start with the calendar, `kg.facts.NO_BEGINNING`. ``a--b``, ISO 8601's other form,
  is for ends that have slashes themselves: ``13/04/2009--25/04/2009``. Of an end that is a month or a year the span has the
  first or the last day, and no longer says how exact it is: that is no part of a fact's identity;
- seasons: ``2001-21`` spring to ``2001-24`` winter. The standard says them independent of location and gives them no days; here
  they are the meteorological ones of the northern hemisphere, in whole months: spring is March to May, and winter December to
  February of the year after.

Years are 1 to 9998: letter years (``Y17000``) and negative ones are outside the calendar, 0000 and 9999 are placeholders, and
so the decade ``000X`` begins with year 1.

Besides, the forms people write are read: ``18 September 2009``, ``Sept. 18, 2009``, ``20090918``, ``200909``, ISO timestamps
(the calendar date as written counts, whatever the offset). Nothing is guessed: an impossible day is refused, and ``03/04/2009``
too, unless the rest of its column or the user settles the order.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Literal

from kg.errors import DateError
from kg.facts import NO_BEGINNING, QUALIFIERS, Certainty, Span

Order = Literal["day-first", "month-first"]

_ONE_DAY = dt.timedelta(days=1)
_MONTHS = {name.casefold(): n for n, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name[:3]: n for name, n in _MONTHS.items()} | {"sept": 9}
#: The first month of a season, by its number.
_SEASONS = {"21": 3, "22": 6, "23": 9, "24": 12}
_MARKS = "".join(QUALIFIERS.values())
_PLACEHOLDER = 9999

_CLOCK = r"(?:(?:[01]\d|2[0-3]):?[0-5]\d(?::?(?:[0-5]\d|60)(?:[.,]\d+)?)?|24:?00(?::?00(?:[.,]0+)?)?)"
_TIME = rf"(?:[T ](?P<clock>{_CLOCK})\s?(?:Z|UTC|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?)?"
_ISO = re.compile(r"(\d{4})(?:([-/.])(\d{1,2}|XX)(?:\2(\d{1,2}|XX)" + _TIME + r")?)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})?(?:T?(?P<clock>(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d|60))Z?)?")
_NUMERIC = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})" + _TIME)
_YEARS = re.compile(r"(\d{2})(\d|X)X")
_OUTSIDE = re.compile(r"Y-?\d+(?:E\d+)?(?:S\d+)?|-\d{4,}(?:-.*)?|(?:.*\W)?\d+\s*[Bb]\.?\s?[Cc]\.?(?:\s?[Ee]\.?)?")
_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|wed|thu|fri|sat|sun)?\.?,?\s*"
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY_MONTH = rf"{_WEEKDAY}(?:(\d{{1,2}})(?:st|nd|rd|th)?[\s-]+)?(?:of\s+)?({_MONTH})\.?,?[\s-]+(\d{{4}})"
_MONTH_DAY = rf"{_WEEKDAY}({_MONTH})\.?[\s-]+(\d{{1,2}})(?:st|nd|rd|th)?,?[\s-]+(\d{{4}})"

_END = rf"(?:\d{{4}}(?:-(?:\d\d|XX)){{0,2}}|\d\d[\dX]X)[{_MARKS}]?"
# What people write that is no date here, and what to write instead.
_NO_FORMS = (
    (re.compile(r"\d{1,2}[-/. ](?:\d{1,2}|[a-z]{3,9}\.?)[-/. ]\d{2}"), "its year has two digits: write 2009-04-01"),
    (re.compile(r"q[1-4][-/ ]?\d{4}|\d{4}[-/ ]?q[1-4]"), "for a quarter write its months: 2009-01/2009-03"),
)

#: A regular expression, whatever the case, for the date that a line of text may begin with; it has groups.
LEADING = "|".join((
    rf"{_END}(?:/(?:{_END}|\.\.)?)?", rf"(?:\.\.)?/{_END}", r"\d{8}", r"\d{1,2}[./]\d{1,2}[./]\d{4}", _MONTH_DAY, _DAY_MONTH,
))  # fmt: skip


def parse(text: str, order: Order | None = None) -> Span:
    """The span a date text means.

    :param order: how ``03/04/2009`` is to be read; needed for such texts only.
    :raises DateError: for a text that is no date, an impossible or placeholder date, or an undecided order.
    """
    trimmed = unicodedata.normalize("NFKC", text).strip()
    if not trimmed:
        raise DateError("there is no date")
    plain = trimmed.rstrip(f"{_MARKS} ") or trimmed
    if _is_interval(plain):
        return _interval(trimmed, order)
    span, marks = _single(plain, order), trimmed[len(plain) :]
    return span._replace(certainty=_certainty(marks)) if marks else span


def has_clock(text: str) -> bool:
    """Whether a date text that `parse` reads has a time of day in it, which is no part of the span."""
    plain = unicodedata.normalize("NFKC", text).strip().rstrip(f"{_MARKS} ")
    found = (form.fullmatch(plain) for form in (_ISO, _NUMERIC, _COMPACT))
    return any(match["clock"] for match in found if match)


def _is_interval(plain: str) -> bool:
    if "--" in plain:
        return all(map(str.strip, plain.split("--")))  # in "2009--" and "--03-27" parts of one date are left out
    return "/" in plain and not _NUMERIC.fullmatch(plain) and not _ISO.fullmatch(plain)


def _separator(interval: str) -> str:
    return "--" if "--" in interval else "/"


def _certainty(marks: str) -> Certainty | None:
    """What qualifiers say together."""
    if "%" in marks or {"?", "~"} <= set(marks):
        return "uncertain and approximate"
    return "uncertain" if "?" in marks else "approximate" if "~" in marks else None


def column_order(texts: Iterable[str]) -> Order | None:
    """The one order that all ``03/04/2009``-like texts of a column allow, or ``None`` if there are no such texts.

    :raises DateError: if nothing settles it, or if two texts contradict each other; names the texts.
    """
    day_first = month_first = undecided = None
    for text in _ends(texts):
        if match := _NUMERIC.fullmatch(text):
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


def _ends(texts: Iterable[str]) -> Iterator[str]:
    """Texts of a column without their qualifiers, of intervals both ends."""
    for text in texts:
        plain = text.strip().rstrip(f"{_MARKS} ")
        for end in plain.split(_separator(plain)) if _is_interval(plain) else (plain,):
            yield end.rstrip(_MARKS).strip()


def _shown(text: str) -> str:
    """A text in a message: as written, and not longer than a reader wants."""
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def _interval(text: str, order: Order | None) -> Span:
    ends = text.split(_separator(text))
    if len(ends) > 2 or any(_is_interval(end.strip().rstrip(f"{_MARKS} ")) for end in ends):
        raise _no_date(text, ", nor a first and a last one")
    first, last = (None if end.strip() in ("", "..") else _end_of(text, end, order) for end in ends)
    if first is None and last is None:
        raise DateError(f"{_shown(text)} has neither a beginning nor an end")
    start = first.start if first else NO_BEGINNING
    until = last.until if last else None
    if until is not None and until <= start:
        raise DateError(f"{_shown(text)} ends before it begins")
    return Span(start, until, "span", _certainty("".join(QUALIFIERS[end.certainty] for end in (first, last) if end)))


def _end_of(interval: str, end: str, order: Order | None) -> Span:
    try:
        return parse(end, order)
    except DateError as error:
        raise DateError(f"{error.message} (of {_shown(interval)})") from None


def _single(text: str, order: Order | None) -> Span:
    if match := _ISO.fullmatch(text):
        if match[2] == "-" and match[4] is None and match[3] in _SEASONS:
            return _season(text, int(match[1]), _SEASONS[match[3]])
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
    if match := re.fullmatch(_DAY_MONTH, lower):
        return _days(text, match[3], str(_MONTHS[match[2]]), match[1])
    if match := re.fullmatch(_MONTH_DAY, lower):
        return _days(text, match[3], str(_MONTHS[match[1]]), match[2])
    if match := _COMPACT.fullmatch(text):
        return _days(text, match[1], match[2], match[3])
    if match := _YEARS.fullmatch(text):
        century = match[2] == "X"
        return _years(text, int(match[1] + ("0" if century else match[2]) + "0"), "century" if century else "decade")
    if _OUTSIDE.fullmatch(text):
        raise DateError(f"{_shown(text)} is outside the calendar, which has the years 1 to 9998 here")
    raise _no_date(text)


def _no_date(text: str, more: str = "") -> DateError:
    """That a text is none, with what to write instead where that is known."""
    instead = next((f"; {told}" for form, told in _NO_FORMS if form.fullmatch(text.strip().casefold())), more)
    return DateError(f"{_shown(text)} is not a date{instead}")


def _digits(text: str) -> Span:
    if len(text) in (6, 8, 14) and (match := _COMPACT.fullmatch(text)):
        return _days(text, match[1], match[2], match[3])
    if len(text) in (10, 13):
        raise DateError(f"{_shown(text)} is not a date; it looks like seconds or milliseconds since 1970")
    if len(text) == 5:
        raise DateError(f"{_shown(text)} is not a date; it looks like a spreadsheet's number of a day: save the column as dates")
    raise DateError(f"{_shown(text)} is not a date")


def _years(text: str, first: int, precision: Literal["decade", "century"]) -> Span:
    """The span of a decade or century, as far as it is in the calendar."""
    after = first + (10 if precision == "decade" else 100)
    if after > _PLACEHOLDER:
        raise DateError(f"{_shown(text)} has the placeholder year {_PLACEHOLDER} in it")
    return Span(dt.date(max(first, 1), 1, 1), dt.date(after, 1, 1), precision)


def _season(text: str, year: int, month: int) -> Span:
    """The span of the three months from one on."""
    _refuse_placeholder(text, year)
    return Span(dt.date(year, month, 1), dt.date(year + (month + 3) // 13, (month + 2) % 12 + 1, 1), "season")


def _refuse_placeholder(text: str, year: int) -> None:
    if year in (0, _PLACEHOLDER):
        raise DateError(f"{_shown(text)} is a placeholder, not a date")


def _days(text: str, year: str, month: str | None, day: str | None) -> Span:
    """The span of a day, month or year; ``XX`` or ``00`` (Wikidata's form) for month or day means that it is not known."""
    y, m, d = int(year), *(0 if part in (None, "XX") else int(part) for part in (month, day))
    _refuse_placeholder(text, y)
    try:
        if m == 0 and d == 0:
            return Span(dt.date(y, 1, 1), dt.date(y + 1, 1, 1), "year")
        if d == 0:
            return Span(dt.date(y, m, 1), dt.date(y + m // 12, m % 12 + 1, 1), "month")
        date = dt.date(y, m, d)
    except ValueError:
        raise DateError(f"{_shown(text)} is no day of the calendar") from None
    return Span(date, date + _ONE_DAY, "day")
