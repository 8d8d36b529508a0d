"""The model: what a report, a fact and an entity are, and what makes two facts the same.

A *fact* is what reports agree on: one actor, one action, one target, one time. Its identity is the MD5 of those (see
`fact_id`), so ten reports of one deed make one fact with ten witnesses and loading a file twice changes nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Literal

Precision = Literal["day", "month", "year", "span"]

#: Kinds of entities; ``none`` is that of `NO_TARGET` alone.
KINDS = ("state", "organization", "person", "group", "place", "topic", "unknown", "none")

#: Id of the one entity of kind ``none``: the target of a deed that has none (a third of GDELT's events).
NO_TARGET = "NONE"


@dataclass(frozen=True, slots=True)
class Entity:
    """A node: a state, an organisation, a person, or whatever a fact is about."""

    id: str
    name: str
    kind: str = "unknown"
    #: Id of the state behind it, where the name or the row says so: "Foreign Affairs (Bangladesh)" has BGD.
    state: str | None = None
    start: dt.date | None = None
    #: First day it no longer existed.
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """Who did what to whom, when, and how many say so. ``actor`` and ``target`` are entity ids, and so are ``actor_state`` and
    ``target_state``: the states behind them, as of the date (of a state itself its own id; ``None`` where there is none).

    ``date`` is the first day, ``until`` the first day after (``None``: it still holds); ``precision`` says how exactly the
    source dates it: a fact of precision ``month`` happened somewhere in [date, until). ``intensity`` is on ``scale``;
    ``quad_class`` is 1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict.
    """

    id: str
    actor: str
    action: str
    target: str
    date: dt.date
    until: dt.date | None
    precision: Precision
    type: str
    code: str | None = None
    scheme: str | None = None
    #: How the code was found: ``code`` (the source gives it), ``label``, ``verb`` (the lexicon), ``unknown code`` or ``none``;
    #: ``derived`` if no source says so but the fact follows from others.
    coded: str | None = None
    quad_class: int | None = None
    intensity: float | None = None
    scale: str | None = None
    event: str | None = None
    actor_state: str | None = None
    target_state: str | None = None
    reports: int = 1
    sources: tuple[str, ...] = field(default=())
    urls: tuple[str, ...] = field(default=())
    #: Of a derived fact the ids of the facts it rests on, sorted.
    basis: tuple[str, ...] = field(default=())

    @property
    def when(self) -> str:
        """The date as EDTF text, as exactly as it is known: ``2009-09-17``, ``2009-09``, ``2009``, ``2009-08-07/2009-08-12``."""
        return edtf(self.date, self.until, self.precision)


#: The dataset of the reports of facts that no source states but that follow from others, and how these got their code.
DERIVED = "derived"

#: The columns of a report that come from the row itself, in the order in which they enter its identity.
REPORT_TEXTS = (
    "actor", "action", "target", "date", "code", "scheme", "publisher", "url", "quote", "score", "score_scale", "event", "extra",
)  # fmt: skip

#: What else enters it: of these the report keeps the ids of the states that they led to.
REPORT_STATES = ("actor_state", "target_state")

#: What a row of facts has; ``date`` is EDTF text, ``actor`` and ``target`` are names, their ids stand further right.
FACT_COLUMNS = (
    "id", "date", "actor", "action", "target", "type", "code", "scheme", "coded", "quad_class", "intensity", "scale", "event",
    "actor_id", "target_id", "actor_state", "target_state", "start", "until", "precision", "reports", "sources", "urls", "basis",
)  # fmt: skip


def edtf(date: dt.date, until: dt.date | None, precision: str) -> str:
    """A half-open span of days as EDTF text (ISO 8601-2:2019, levels 0 and 1)."""
    text = date.isoformat()
    if precision == "day":
        return text
    if precision == "month":
        return text[:7]
    if precision == "year":
        return text[:4]
    return f"{text}/{'..' if until is None else (until - dt.timedelta(days=1)).isoformat()}"


#: The same in SQL, over a fact ``f``; a test holds the two together.
EDTF_SQL = """CASE f.precision WHEN 'day' THEN f.start::VARCHAR WHEN 'month' THEN left(f.start::VARCHAR, 7)
    WHEN 'year' THEN left(f.start::VARCHAR, 4) ELSE f.start::VARCHAR || '/' || coalesce((f.until - 1)::VARCHAR, '..') END"""


def fact_id(actor: str, action_key: str, target: str, date: dt.date, until: dt.date | None, precision: str) -> str:
    """The identity of a fact: MD5 over its six parts, taken as a number (little-endian) and written as a UUID.

    Each part is preceded by its length in bytes and a colon (as in netstrings), so that parts can't run into each other.
    ``action_key`` is the code if the source gives one, else the normalised text (`kg.actions.Action.key`).
    """
    digest = hashlib.md5(usedforsecurity=False)
    for part in (actor, action_key, target, date.isoformat(), until and until.isoformat(), precision):
        text = (part or "").encode()
        digest.update(b"%d:" % len(text) + text if part is not None else b":")
    return str(uuid.UUID(int=int.from_bytes(digest.digest(), "little")))


def digest_sql(*columns: str) -> str:
    """SQL for the UUID of the MD5 over columns, as `fact_id` makes it.

    ``fact_id`` in SQL is ``digest_sql("actor", "action_key", "target", "start", "until", "precision")``.
    """
    return digest_of_parts_sql(*map(part_sql, columns))


def part_sql(column: str) -> str:
    """SQL for one part of an identity: the length in bytes, a colon, the text; of a NULL the colon only."""
    return f"concat(strlen({column}::VARCHAR), ':', {column})"


def digest_of_parts_sql(*parts: str) -> str:
    """SQL for the UUID of the MD5 over parts that `part_sql` made."""
    # As a number and not as 32 digits: half the time.
    return f"md5_number(concat({', '.join(parts)}))::UUID"
