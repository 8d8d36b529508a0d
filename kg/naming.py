"""The names that a store's facts are told under, looked at again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from kg.actors import UNRESOLVED, resolver
from kg.stores.base import Store


class Unresolved(NamedTuple):
    """A name that no rule knows: how often it stands as actor or target, on which days, and why it is not resolved."""

    name: str
    mentions: int
    first: dt.date
    last: dt.date
    rule: str
    rivals: tuple[str, ...]


def unresolved(store: Store) -> Iterator[Unresolved]:
    """The names that no rule knows, the most frequent first.

    :raises StoreError: if nothing was ever loaded.
    """
    for name, state, mentions, first, last in store.mentions():
        found = resolver().resolve(name, state, None, first)
        if found.rule in UNRESOLVED:
            yield Unresolved(name, mentions, first, last, found.rule, found.rivals)
