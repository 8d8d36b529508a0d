"""Which facts are meant: a view is a handful of conditions that compose, the same for every store and every output."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from kg import actions, dates
from kg.actors import Resolver, resolver
from kg.errors import DateError, UsageError


@dataclass(frozen=True)
class View:
    """Conditions on facts; ``None`` sets none.

    ``start`` and ``until`` bound valid time, half-open: facts whose span overlaps [start, until). ``actor`` and ``target`` are
    entity ids, ``type`` is one of the closed list. With ``roll_up`` they are met by the state behind as well: USA by what the
    United States and their officials did.
    """

    actor: str | None = None
    target: str | None = None
    type: str | None = None
    start: dt.date | None = None
    until: dt.date | None = None
    roll_up: bool = False

    @property
    def whole(self) -> bool:
        """Whether it sets no condition, so that all facts are meant."""
        return self.where()[0] == "true"

    def narrowed(self, **conditions: object) -> View:
        """This view with further conditions.

        :raises UsageError: if a condition is set already to something else, or the span is empty.
        """
        for name, value in conditions.items():
            old = getattr(self, name)
            if old is not None and old != value:
                raise UsageError(f"{name} is {old} already, so it can't be {value}")
        view = replace(self, **conditions)  # type: ignore[arg-type]
        if view.start and view.until and view.start >= view.until:
            raise UsageError(f"from {view.start} until {view.until} is no span", hint="the first date must be earlier")
        return view

    def where(self, fact: str = "f") -> tuple[str, list[object]]:
        """The conditions as SQL over a table of facts, with its parameters."""
        either = "({{0}}.{0} = ? OR {{0}}.{0}_state = ?)" if self.roll_up else "{{}}.{0} = ?"
        parts: list[str] = []
        values: list[object] = []
        for sql, value in (
            (either.format("actor"), self.actor),
            (either.format("target"), self.target),
            ("{}.type = ?", self.type),
            ("({0}.until > ? OR {0}.until IS NULL)", self.start),
            ("{}.start < ?", self.until),
        ):
            if value is not None:
                parts.append(sql.format(fact))
                values += [value] * sql.count("?")
        return " AND ".join(parts) or "true", values


def entity_id(text: str, known: Resolver | None = None) -> str:
    """The id of the entity a user means: an id, a code or any form of the name.

    :param known: what resolves it; by default the tables as shipped.
    """
    return (known or resolver()).resolve(text).entity.id


def action_type(text: str) -> str:
    """The type a user means, in any case.

    :raises UsageError: if the closed list does not have it.
    """
    if text.upper() not in actions.types():
        raise UsageError(f"there is no type {text!r}", hint=f"types: {', '.join(actions.types())}")
    return text.upper()


def first_day(text: str | dt.date, what: str = "date") -> dt.date:
    """The first day of a date as users write it ("2009", "2009-09", "18 September 2009").

    :raises UsageError: if it is no date.
    """
    if isinstance(text, dt.datetime):
        return text.date()
    if isinstance(text, dt.date):
        return text
    try:
        return dates.parse(text).start
    except DateError as error:
        raise UsageError(f"{what}: {error}", hint="write 2009-09-18, 2009-09 or 2009") from None
