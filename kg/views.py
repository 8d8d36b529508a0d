"""Which facts are meant: a view is a handful of conditions that compose, the same for every store and every output."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from kg import actions, dates
from kg.actors import Resolver, resolver
from kg.errors import DateError, UsageError
from kg.facts import EXACT, NO_BEGINNING, NO_TARGET, Span
from kg.shapes.believed import OPEN, believed, told_of_deeds

if TYPE_CHECKING:
    from kg.stores.base import Store

_ONE_DAY = dt.timedelta(days=1)
#: SQL for the last change that counts where recorded time is bounded.
LAST = "(SELECT coalesce(max(id), 0) FROM kg.change WHERE recorded < $known_at)"
# A date and a time of day in a form of ISO 8601, of which the separator may be a blank, or missing where all digits are given.
_ISO_TIME = re.compile(r"(\d{4}-\d\d-\d\d|\d{8})(?:[Tt ](\d\d.*)|(\d{6}Z?))")
_A_TIME = "write 2010-01-01 or 2010-01-01T12:00:00Z"
#: Beyond this many steps everybody is near everybody.
DEEPEST = 6


@dataclass(frozen=True)
class View:
    """Conditions on facts; ``None`` sets none.

    ``start`` and ``until`` bound valid time, half-open: facts whose span overlaps [start, until). ``actor`` and ``target`` are
    entity ids, ``type`` is one of the closed list. With ``roll_up`` they are met by the state behind as well: USA by what the
    United States and their officials did.

    With ``certain`` only facts count that meet [start, until) for certain: none whose date is qualified (uncertain or
    approximate), and of those dated to a month, a season, a year, a decade or a century only what lies wholly within the bounds
    that are given, because it happened somewhere in there. A day, or a span from one day to another or still open, meets them
    where it overlaps; a span whose beginning is not known only where its last day is in them as well.

    ``known_at`` bounds recorded time: what changes recorded before that instant (UTC) had left believed. ``around`` is an
    entity, and facts at most ``depth`` steps from it are meant: 1 is what it did and what was done to it, 2 the same of all
    that it dealt with by facts of this view, and so on; a deed without a target leads nowhere.

    With ``deeds`` facts that were merged into one deed (see `kg.deeds`) count once: the one that stands for it is meant, with
    the reports of all of them, and the conditions are about it.
    """

    actor: str | None = None
    target: str | None = None
    type: str | None = None
    start: dt.date | None = None
    until: dt.date | None = None
    roll_up: bool = False
    certain: bool = False
    known_at: dt.datetime | None = None
    around: str | None = None
    depth: int = 1
    deeds: bool = False

    @property
    def whole(self) -> bool:
        """Whether it sets no condition, so that all facts are meant that are believed now."""
        return self.where() == "true" and self.held() == OPEN and not self.deeds

    @property
    def day(self) -> dt.date | None:
        """The day it is bounded to, if it is one."""
        return self.start if self.start and self.until == self.start + _ONE_DAY else None

    @property
    def named_on(self) -> dt.date | None:
        """The day on which names are understood: its last one. A view that is bounded to no last day, or to one to come, has
        none: who is meant then is who is called so now."""
        if self.until is None:
            return None
        last = self.until - _ONE_DAY if self.until > dt.date.min else self.until
        return last if self.day or last <= dt.datetime.now(dt.UTC).date() else None

    @property
    def settled(self) -> bool:
        """Whether its conditions are about what was the same at any time: the states behind ends may have been others."""
        return self.known_at is None or not self.roll_up

    def narrowed(self, **conditions: object) -> View:
        """This view with further conditions.

        :raises UsageError: if a condition is set already to something else.
        """
        for name, value in conditions.items():
            old = getattr(self, name)
            if old is not None and old != value:
                raise UsageError(f"{name} is {old} already, so it can't be {value}")
        return replace(self, **conditions)  # type: ignore[arg-type]

    def within(self, start: dt.date | None, until: dt.date | None) -> View:
        """This view bounded to the days that are in [start, until) too.

        A span that overlaps both of two overlapping ones overlaps what they share, so the order makes no difference.

        :raises UsageError: if there are no such days.
        """
        if start and until and start >= until:
            raise UsageError(f"from {start} until {until} is no span", hint="the first date must be earlier")
        starts, ends = ([d for d in given if d] for given in ((self.start, start), (self.until, until)))
        view = replace(self, start=max(starts, default=None), until=min(ends, default=None))
        if view.start and view.until and view.start >= view.until:
            already = _said(self.start, self.until)
            raise UsageError(f"from {view.start} until {view.until} is no span", hint=f"the view is bounded already: {already}")
        return view

    def where(self) -> str:
        """The conditions as SQL over a table of facts ``f``, with `values` as its parameters.

        ``around`` reads the ids that are near enough from a table ``near`` (see `kg.stores.base.find_near`).
        """
        return self._where(whole=True)

    def fixed(self) -> str:
        """The same as far as it is about what was the same at any time, see `settled`."""
        return self._where(whole=self.settled)

    def _where(self, *, whole: bool) -> str:
        of_end = "(f.{0} {1} OR f.{0}_state {1})" if self.roll_up else "f.{0} {1}"
        near = " OR ".join(of_end.format(end, "IN (FROM near)") for end in ("actor", "target"))
        conditions = (
            (of_end.format("actor", "= $actor"), self.actor is not None and whole),
            (of_end.format("target", "= $target"), self.target is not None and whole),
            ("f.type = $type", self.type is not None),
            ("(f.until > $start OR f.until IS NULL)", self.start is not None),
            ("f.start < $until", self.until is not None),
            (self.certainly("f", "start"), self.certain),
            (f"({near})", self.around is not None and whole),
        )
        return " AND ".join(sql for sql, wanted in conditions if wanted) or "true"

    def certainly(self, fact: str, start: str) -> str:
        """What ``certain`` means, as SQL and as Cypher, over a fact whose first day is called ``start``."""
        bounds = ((f"{fact}.{start} >= $start", self.start), (f"{fact}.until <= $until", self.until))
        within = " AND ".join(text for text, day in bounds if day) or "true"
        exact = " OR ".join(f"{fact}.precision = '{precision}'" for precision in EXACT)
        if self.until:  # what has no beginning may have begun after the bounds: only its last day is known
            begun = f"{fact}.{start} > date('{NO_BEGINNING}') OR {fact}.precision <> 'span'"
            exact = f"({exact}) AND ({begun} OR {fact}.until IS NULL OR {fact}.until <= $until)"
        return f"{fact}.certainty IS NULL AND ({exact} OR {within})"

    def held(self) -> str:
        """Which reports count, as SQL over a table of reports ``r``, with the same parameters."""
        if self.known_at is None:
            return OPEN
        return f"r.opened <= {LAST} AND (r.closed IS NULL OR r.closed > {LAST})"

    def reports(self) -> str:
        """The relation of the reports that tell of these facts, with the same parameters."""
        return told_of_deeds(LAST if self.known_at else None) if self.deeds else "kg.report"

    def values(self) -> dict[str, object]:
        """The parameters that `where` and `held` have, by name."""
        given = {"actor": self.actor, "target": self.target, "type": self.type, "start": self.start, "until": self.until}
        return {name: value for name, value in (given | {"known_at": self.known_at}).items() if value is not None}

    def believed(self) -> str:
        """SQL for the facts that are meant, see `kg.shapes.believed.believed`; its parameters are `values`."""
        return believed(self.where(), held=self.held(), fixed=self.fixed(), reports=self.reports())

    def neighbours(self) -> str:
        """SQL for the ids of what the facts that are meant are about: of rolled up ones the states where there are any."""
        ends = ("coalesce(f.actor_state, f.actor)", "coalesce(f.target_state, f.target)") if self.roll_up else ("actor", "target")
        found = f"SELECT DISTINCT unnest([{', '.join(ends)}]) AS id FROM ({self.believed()}) f"
        return f"SELECT id FROM ({found}) WHERE id <> '{NO_TARGET}'"

    def bound(self) -> dict[str, dt.date | str]:
        """What query text that is asked of this view may name.

        Dates ``at`` (if it is one day), ``from``, ``until``; ``known_at``, the last instant that counts, as ISO text.
        """
        last = self.known_at and (self.known_at - dt.timedelta(microseconds=1)).isoformat(timespec="seconds")
        given = {"at": self.day, "from": self.start, "until": self.until, "known_at": last}
        return {name: value for name, value in given.items() if value is not None}


def _said(start: dt.date | None, until: dt.date | None) -> str:
    return " ".join(f"{word} {day}" for word, day in (("from", start), ("until", until)) if day)


def entity_id(text: str, known: Resolver | None = None) -> str:
    """The id of the entity a user means: an id, a code or any form of the name.

    :param known: what resolves it; by default the tables as shipped.
    """
    return (known or resolver()).resolve(text).entity.id


def meaning(store: Store, view: View) -> Callable[[str], str]:
    """What gives the id of the entity that a user means in a view: as the name was understood on its last day. A name that nobody
    had on that day, as that of who was in office only before, is understood as it is now."""
    now, day = store.entity_ids(), view.named_on
    if day is None:
        return now
    then, known = store.entity_ids(day), cache(store.resolver)

    def meant(text: str) -> str:
        found = known().resolve(text, on=day)
        nobody = found.rule in ("own name", "ambiguous") and not (view.day and store.has_entity(found.entity.id))
        return now(text) if nobody else then(text)

    return meant


def asked_of(view: View, given: Mapping[str, object]) -> View:
    """A view bounded as the parameters of a question say, ``at``, ``from`` and ``until``, instead of as it is itself.

    :raises UsageError: if one of them is no date.
    """
    days = {name: first_day(str(given[name]), name) for name in ("at", "from", "until") if name in given}
    if "at" in days:
        return replace(view, start=days["at"], until=days["at"] + _ONE_DAY)
    return replace(view, start=days.get("from", view.start), until=days.get("until", view.until))


def action_type(text: str) -> str:
    """The type a user means, in any case.

    :raises UsageError: if the closed list does not have it.
    """
    if text.upper() not in actions.types():
        raise UsageError(f"there is no type {text!r}", hint=f"types: {', '.join(actions.types())}")
    return text.upper()


def steps(depth: int) -> int:
    """How many steps around an entity a user means.

    :raises UsageError: if it is none, or more than tell anything apart.
    """
    if not 1 <= depth <= DEEPEST:
        raise UsageError(f"a depth of {depth}", hint=f"1 (its own dealings) to {DEEPEST}")
    return depth


def first_day(text: str | dt.date, what: str = "date") -> dt.date:
    """The first day of a date as users write it ("2009", "2009-09", "18 September 2009").

    :raises UsageError: if it is no date, or a span of several days.
    """
    if isinstance(text, dt.datetime):
        return text.date()
    if isinstance(text, dt.date):
        return text
    span = _span(text, what)
    if span.precision == "span" and span.until != span.start + _ONE_DAY:
        hint = "give its first day as --from, and the day after its last as --until"
        raise UsageError(f"{what}: {text!r} is a span, not a date", hint=hint)
    return span.start


def instant(text: str | dt.date, what: str = "known-at") -> dt.datetime:
    """The first instant (UTC, without offset) after a date or a time as users write it: what is recorded on the last day of a
    date, or at that time, counts as recorded by then. A time without an offset is UTC.

    :raises UsageError: if it is neither.
    """
    if isinstance(text, str):
        text = _time(text, what) or text
    try:
        if isinstance(text, dt.datetime):
            utc = text.astimezone(dt.UTC).replace(tzinfo=None) if text.tzinfo else text
            return utc + dt.timedelta(microseconds=1)
        if isinstance(text, dt.date):
            return dt.datetime.combine(text + _ONE_DAY, dt.time())
    except OverflowError:
        raise UsageError(f"{what}: {text} is outside the calendar in UTC", hint="the years are 1 to 9998") from None
    span = _span(text, what)
    if span.until is None or span.precision == "span":
        raise UsageError(f"{what}: {text!r} is a span, not a date or a time", hint=f"what was believed at its end? {_A_TIME}")
    if span.certainty:
        raise UsageError(f"{what}: {text!r} is {span.certainty}, and what was recorded has a time", hint=_A_TIME)
    return dt.datetime.combine(span.until, dt.time())


def _time(text: str, what: str) -> dt.datetime | None:
    """The time that a text is, ``None`` if it has no time of day.

    :raises UsageError: if it has one that can't be read: it would count as the end of the day.
    """
    plain = re.sub(r"\s?(?:UTC|Z)$", "Z", unicodedata.normalize("NFKC", text).strip(), flags=re.IGNORECASE)
    written = _ISO_TIME.fullmatch(plain)
    if not written and ":" not in plain and not dates.has_clock(plain):
        return None
    try:
        return dt.datetime.fromisoformat(f"{written[1]}T{written[2] or written[3]}" if written else plain)
    except ValueError:
        raise UsageError(f"{what}: {text!r} is not a time", hint=_A_TIME) from None


def _span(text: str, what: str) -> Span:
    try:
        return dates.parse(text)
    except DateError as error:
        raise UsageError(f"{what}: {error}", hint="write 2009-09-18, 2009-09 or 2009") from None
