"""Date texts to spans: what is read, what is refused, and that nothing is guessed."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from kg.dates import Order, column_order, parse
from kg.errors import DateError


@pytest.mark.parametrize(
    ("text", "start", "until", "precision"),
    [
        ("2009-09-17", "2009-09-17", "2009-09-18", "day"),
        ("2009/09/17", "2009-09-17", "2009-09-18", "day"),
        ("2009-9-7", "2009-09-07", "2009-09-08", "day"),
        ("20090917", "2009-09-17", "2009-09-18", "day"),
        ("20150218230000", "2015-02-18", "2015-02-19", "day"),
        ("17 September 2009", "2009-09-17", "2009-09-18", "day"),
        ("17th of September 2009", "2009-09-17", "2009-09-18", "day"),
        ("Thursday, 17 September 2009", "2009-09-17", "2009-09-18", "day"),
        ("Sept. 17 2009", "2009-09-17", "2009-09-18", "day"),
        ("September 17, 2009", "2009-09-17", "2009-09-18", "day"),
        ("17-Sep-2009", "2009-09-17", "2009-09-18", "day"),
        ("  2009-09-17\u00a0", "2009-09-17", "2009-09-18", "day"),
        ("15/4/2009", "2009-04-15", "2009-04-16", "day"),
        ("4/15/2009", "2009-04-15", "2009-04-16", "day"),
        ("4.4.2009", "2009-04-04", "2009-04-05", "day"),
        ("2009-12", "2009-12-01", "2010-01-01", "month"),
        ("200903", "2009-03-01", "2009-04-01", "month"),
        ("March 2009", "2009-03-01", "2009-04-01", "month"),
        ("2004-06~", "2004-06-01", "2004-07-01", "month"),
        ("1972-05-00", "1972-05-01", "1972-06-01", "month"),
        ("2009", "2009-01-01", "2010-01-01", "year"),
        ("1998?", "1998-01-01", "1999-01-01", "year"),
        ("1972-00-00", "1972-01-01", "1973-01-01", "year"),
        ("2008-08-07/2008-08-12", "2008-08-07", "2008-08-13", "span"),
        ("2008-11/2009-02", "2008-11-01", "2009-03-01", "span"),
        ("1914/1918", "1914-01-01", "1919-01-01", "span"),
        ("2009/..", "2009-01-01", None, "span"),
        ("2009/", "2009-01-01", None, "span"),
        ("../2009-04", "0001-01-01", "2009-05-01", "span"),
        ("/2009-04", "0001-01-01", "2009-05-01", "span"),
        ("0001-01-01/..", "0001-01-01", None, "span"),
        ("2004-06-XX/2004-07-03", "2004-06-01", "2004-07-04", "span"),
        ("2001-21/2003", "2001-03-01", "2004-01-01", "span"),
        ("9998-12-31/9998-12-31", "9998-12-31", "9999-01-01", "span"),
        ("2001-21", "2001-03-01", "2001-06-01", "season"),
        ("2001-22", "2001-06-01", "2001-09-01", "season"),
        ("2001-23", "2001-09-01", "2001-12-01", "season"),
        ("2001-24", "2001-12-01", "2002-03-01", "season"),
        ("9998-24", "9998-12-01", "9999-03-01", "season"),
        ("2004-06-XX", "2004-06-01", "2004-07-01", "month"),
        ("2004-XX", "2004-01-01", "2005-01-01", "year"),
        ("2004-XX-XX", "2004-01-01", "2005-01-01", "year"),
        ("201X", "2010-01-01", "2020-01-01", "decade"),
        ("000X", "0001-01-01", "0010-01-01", "decade"),
        ("998X", "9980-01-01", "9990-01-01", "decade"),
        ("20XX", "2000-01-01", "2100-01-01", "century"),
        ("00XX", "0001-01-01", "0100-01-01", "century"),
        ("1648-10-24T23:59:60Z", "1648-10-24", "1648-10-25", "day"),
        ("2009-09-17T24:00:00", "2009-09-17", "2009-09-18", "day"),
        ("1494-06-07", "1494-06-07", "1494-06-08", "day"),
        ("0001-01-01", "0001-01-01", "0001-01-02", "day"),
    ],
)
def test_read(text: str, start: str, until: str | None, precision: str) -> None:
    span = parse(text)
    assert (span.start.isoformat(), span.until and span.until.isoformat(), span.precision) == (start, until, precision)


@pytest.mark.parametrize(
    ("text", "certainty"),
    [
        ("1998?", "uncertain"),
        ("2004-06~", "approximate"),
        ("2004-06-11%", "uncertain and approximate"),
        ("2004-06-11?~", "uncertain and approximate"),
        ("1998 ?", "uncertain"),
        ("17 September 2009~", "approximate"),
        ("15/4/2009?", "uncertain"),
        ("2001-21?", "uncertain"),
        ("201X~", "approximate"),
        ("2004-06-01/2004-06-20~", "approximate"),
        ("2004-06-01?/2004-06-20", "uncertain"),
        ("2004-06-01~/2004-06-20~", "approximate"),
        ("1984?/2004~", "uncertain and approximate"),
        ("1984%/..", "uncertain and approximate"),
        ("../2004?", "uncertain"),
        ("2004-06-11", None),
        ("2004/..", None),
    ],
)
def test_what_qualifies_a_date_is_kept_and_does_not_move_it(text: str, certainty: str | None) -> None:
    found = parse(text)
    assert found.certainty == certainty
    assert found[:3] == parse(re.sub(" ?[?~%]", "", text))[:3]


@pytest.mark.parametrize("offset", ["-05:00", "+14:00", "Z", "", "+0530"])
def test_the_calendar_date_as_written_counts(offset: str) -> None:
    assert parse(f"2009-09-17T23:30:00{offset}").start == dt.date(2009, 9, 17)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2009-02-30", "no day"),
        ("2009-13-01", "no day"),
        ("20090230", "no day"),
        ("0000-00-00", "placeholder"),
        ("99999999", "placeholder"),
        ("9999-12-31", "placeholder"),
        ("1238112000", "seconds"),
        ("1238112000000", "seconds"),
        ("03/04/2009", "day first or month first"),
        ("41_10_1", "not a date"),
        ("18 Sep 09", "not a date"),
        ("soon", "not a date"),
        ("2009-05-01/2009-04-01", "ends before"),
        ("../..", "neither a beginning nor an end"),
        ("/", "neither a beginning nor an end"),
        ("../2009/..", "not a date, nor a first and a last one"),
        ("2009/..~", "not a date"),
        ("2001-25", "no day"),
        ("200921", "no day"),
        ("2004-XX-15", "no day"),
        ("1XXX", "not a date"),
        ("~2004", "not a date"),
        ("999X", "placeholder"),
        ("99XX", "placeholder"),
        ("0000-21", "placeholder"),
        ("9999-24", "placeholder"),
        ("Y170000002", "'Y170000002' is outside the calendar, which has the years 1 to 9998 here"),
        ("Y-17E7", "outside the calendar"),
        ("-1985", "outside the calendar"),
        ("-0044-03-15", "outside the calendar"),
        ("-0044/1998", "'-0044' is outside the calendar"),
        ("44 BC", "'44 BC' is outside the calendar"),
        ("15 March 44 B.C.", "outside the calendar"),
        ("2009-09-17T25:00:00", "not a date"),
        ("2009-09-17T23:60", "not a date"),
        ("2009-09-17T24:00:01", "not a date"),
        ("2009-09-17T23:30:00+15:00", "not a date"),
        ("20150218256100", "not a date"),
        ("", "no date"),
        ("?", "not a date"),
    ],
)
def test_refused(text: str, why: str) -> None:
    with pytest.raises(DateError, match=why):
        parse(text)


@pytest.mark.parametrize(("order", "day"), [("day-first", "2009-04-03"), ("month-first", "2009-03-04")])
def test_the_user_settles_the_order(order: Order, day: str) -> None:
    assert parse("03/04/2009", order).start.isoformat() == day


def test_a_column_has_one_order() -> None:
    assert column_order(["15/4/2009", "2/5/2009", "2009-01-01", ""]) == "day-first"
    assert column_order(["1/1/2017", "1/13/2017"]) == "month-first"
    assert column_order(["4/4/2009", "2009-01-01"]) is None
    assert column_order([" 2/5/2009~", "15/4/2009 ?"]) == "day-first"
    assert column_order(["2.5.2009/15.4.2010~", "03.04.2009?/.."]) == "day-first"
    with pytest.raises(DateError, match="may be 2009-06-05 or 2009-05-06"):
        column_order(["05/06/2009"])
    with pytest.raises(DateError, match="has the day first"):
        column_order(["15/4/2009", "4/15/2009"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1-Apr-09", "'1-Apr-09' is not a date; its year has two digits: write 2009-04-01"),
        ("01/04/09", "'01/04/09' is not a date; its year has two digits: write 2009-04-01"),
        ("39904", "it looks like a spreadsheet's number of a day"),
        ("Q1 2009", "for a quarter write its months: 2009-01/2009-03"),
        ("2009-Q1", "for a quarter write its months: 2009-01/2009-03"),
        ("09/11", "'09' is not a date (of '09/11')"),
        ("a/b/c", "'a/b/c' is not a date, nor a first and a last one"),
    ],
)
def test_what_to_write_instead_is_told(text, told):
    with pytest.raises(DateError) as error:
        parse(text)
    assert told in error.value.message
