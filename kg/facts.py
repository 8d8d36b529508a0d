"""The model: what a report, a fact and an entity are, and what makes two facts the same.

A *fact* is what reports agree on: one actor, one action, one target, one time. Its identity is the MD5 of those (see
`fact_id`), so ten reports of one deed make one fact with ten witnesses and loading a file twice changes nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

#: How exactly a time is known. A ``span`` is from one day to another; all but it and ``day`` are partial: somewhere in it.
Precision = Literal["day", "month", "season", "year", "decade", "century", "span"]

#: The precisions that are not partial.
EXACT: tuple[Precision, ...] = ("day", "span")

#: How a source qualifies a time, if it does.
Certainty = Literal["uncertain", "approximate", "uncertain and approximate"]

#: The signs of EDTF for it.
QUALIFIERS: dict[Certainty | None, str] = {None: "", "uncertain": "?", "approximate": "~", "uncertain and approximate": "%"}

#: Where a span starts that has no beginning: the first day of the calendar.
NO_BEGINNING = dt.date.min

#: The quad classes.
QUADS = {1: "verbal cooperation", 2: "material cooperation", 3: "verbal conflict", 4: "material conflict"}

#: Kinds of entities; ``none`` is that of `NO_TARGET` alone.
KINDS = ("state", "organization", "person", "group", "place", "topic", "unknown", "none")

#: Id of the one entity of kind ``none``: the target of a deed that has none (a third of GDELT's events).
NO_TARGET = "NONE"


class Span(NamedTuple):
    """Whole days ``[start, until)``; ``until`` is ``None`` while it still holds."""

    start: dt.date
    until: dt.date | None
    precision: Precision
    certainty: Certainty | None = None


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
    source dates it: a fact of precision ``month`` happened somewhere in [date, until). ``certainty`` is how the source
    qualifies that, if it does: ``uncertain``, ``approximate`` or both. ``intensity`` is on ``scale``; ``quad_class`` is 1
    verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict.
    """

    id: str
    actor: str
    action: str
    target: str
    date: dt.date
    until: dt.date | None
    precision: Precision
    certainty: Certainty | None
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
        """The date as EDTF text, as exactly as it is known: ``2009-09-17``, ``2009-09~``, ``2009``, ``2009-08-07/2009-08-12``."""
        return edtf(self.date, self.until, self.precision, self.certainty)


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
    "actor_id", "target_id", "actor_state", "target_state", "start", "until", "precision", "certainty", "reports", "sources",
    "urls", "basis",
)  # fmt: skip


def edtf(date: dt.date, until: dt.date | None, precision: Precision, certainty: Certainty | None = None) -> str:
    """A half-open span of days as EDTF text (ISO 8601-2:2019, levels 0 and 1), which `kg.dates.parse` reads as the same span.

    What qualifies a span of two days stands at both.
    """
    text, mark = date.isoformat(), QUALIFIERS[certainty]
    if precision == "span":
        first = ".." if date == NO_BEGINNING and until else text + mark
        return f"{first}/{'..' if until is None else (until - dt.timedelta(days=1)).isoformat() + mark}"
    if precision == "season":
        return f"{text[:5]}{20 + date.month // 3}{mark}"
    return text[: _DIGITS[precision]] + _OPEN.get(precision, "") + mark


_DIGITS = {"day": 10, "month": 7, "year": 4, "decade": 3, "century": 2}
_OPEN = {"decade": "X", "century": "XX"}


def _edtf_sql() -> str:
    marks = " ".join(f"WHEN '{certainty}' THEN '{sign}'" for certainty, sign in QUALIFIERS.items() if certainty)
    mark = f"CASE f.certainty {marks} ELSE '' END"
    first = f"CASE WHEN f.start = DATE '{NO_BEGINNING}' AND f.until IS NOT NULL THEN '..' ELSE concat(f.start, {mark}) END"
    cases = {
        "span": f"concat({first}, '/', coalesce((f.until - 1)::VARCHAR || {mark}, '..'))",
        "season": f"concat(left(f.start::VARCHAR, 5), 20 + month(f.start) // 3, {mark})",
        **{p: f"concat(left(f.start::VARCHAR, {n}), '{_OPEN.get(p, '')}', {mark})" for p, n in _DIGITS.items()},
    }
    by_precision = " ".join(f"WHEN '{precision}' THEN {sql}" for precision, sql in cases.items())
    return f"CASE f.precision {by_precision} END"


#: The same in SQL, over a fact ``f``; a test holds the two together.
EDTF_SQL = _edtf_sql()

#: SQL for what a date's precision and certainty put into the identity of a fact: the precision alone where nothing qualifies it.
EXACTNESS_SQL = "concat_ws(' ', precision, certainty)"


def fact_id(actor: str, action_key: str, target: str, span: Span) -> str:
    """The identity of a fact: MD5 over its six parts, taken as a number (little-endian) and written as a UUID.

    The parts are actor, action key, target, start, until, and the precision, to which a certainty is appended where there is
    one. Each is preceded by its length in bytes and a colon (as in netstrings), so that parts can't run into each other.
    ``action_key`` is the code if the source gives one, else the normalised text (`kg.actions.Action.key`).
    """
    digest = hashlib.md5(usedforsecurity=False)
    exactness = " ".join(filter(None, (span.precision, span.certainty)))
    for part in (actor, action_key, target, span.start.isoformat(), span.until and span.until.isoformat(), exactness):
        text = (part or "").encode()
        digest.update(b"%d:" % len(text) + text if part is not None else b":")
    return str(uuid.UUID(int=int.from_bytes(digest.digest(), "little")))


def digest_sql(*columns: str) -> str:
    """SQL for the UUID of the MD5 over columns, as `fact_id` makes it.

    ``fact_id`` in SQL is ``digest_sql("actor", "action_key", "target", "start", "until", EXACTNESS_SQL)``.
    """
    return digest_of_parts_sql(*map(part_sql, columns))


def part_sql(column: str) -> str:
    """SQL for one part of an identity: the length in bytes, a colon, the text; of a NULL the colon only."""
    return f"concat(strlen({column}::VARCHAR), ':', {column})"


def digest_of_parts_sql(*parts: str) -> str:
    """SQL for the UUID of the MD5 over parts that `part_sql` made."""
    # As a number and not as 32 digits: half the time.
    return f"md5_number(concat({', '.join(parts)}))::UUID"
