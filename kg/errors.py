"""Everything that can go wrong, as one tree::

    KGError                     anything this package raises on purpose
    ├── UsageError              the call is wrong: an unknown name, options that exclude each other (exit 2)
    ├── DateError               a text that is no date this calendar has, or not one date only
    ├── InputError              a file that can't be opened, decoded, recognised or read
    │   └── RejectedRows        strict loading met rows that can't be read; nothing was stored
    ├── StoreError              the store can't do what was asked
    │   ├── NothingLoaded       there is no store yet, or nothing was ever loaded into it
    │   ├── StoreBusy           another process holds it and did not let go in time
    │   └── StoreDamaged        the record does not open or is of another format
    ├── LimitReached            a question took longer, or needed more memory, than it may
    └── QueryError              query text that is wrong, or refused because it writes or reaches out

Every message says what happened and where; ``hint`` says what to do next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class KGError(Exception):
    """Base of all errors of this package.

    ``hint`` is one sentence on what to do next, or ``None``.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


class UsageError(KGError):
    """The call itself is wrong; nothing was tried."""

    exit_code = 2


class DateError(KGError):
    """A text that can't be read as a date."""


class InputError(KGError):
    """A file that can't be opened, decoded, recognised or read; nothing of it was stored."""


class RejectedRows(InputError):
    """Strict loading met rows that can't be read; nothing was stored.

    ``rows`` are the names of files and their rejected rows (`kg.staging.Rejected`).
    """

    def __init__(self, message: str, *, hint: str | None = None, rows: Sequence[tuple[str, Any]] = ()) -> None:
        super().__init__(message, hint=hint)
        self.rows = rows


class StoreError(KGError):
    """The store can't do what was asked."""


class NothingLoaded(StoreError):
    """There is no store yet, or nothing was ever loaded into it."""


class StoreBusy(StoreError):
    """Another process holds the store and did not let go in time."""


class StoreDamaged(StoreError):
    """The record does not open, or is of a format this version does not know."""


class LimitReached(KGError):
    """A question took longer, or needed more memory, than it may; what it has printed is not the whole answer."""


class QueryError(KGError):
    """Query text that is wrong, or refused because it would write or reach outside the store."""


def check_count(name: str, number: int | None) -> None:
    """:raises UsageError: if a number of things is below zero."""
    if number is not None and number < 0:
        raise UsageError(f"{name} is {number}", hint="give a number from 0 on")
