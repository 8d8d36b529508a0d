"""Names and days to entities, by tables and rules a reader can follow; nothing is guessed by likeness."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from kg.actors.look import RULES, UNRESOLVED, Resolution
from kg.actors.own import Alias, Own
from kg.actors.resolve import Period, Resolver
from kg.actors.tables import Tables

__all__ = ["RULES", "UNRESOLVED", "Alias", "Period", "Resolution", "Resolver", "Tables", "resolver", "resolver_with"]


@cache
def resolver() -> Resolver:
    """The shared resolver over the tables as shipped."""
    return Resolver(Tables())


@lru_cache(maxsize=4)
def resolver_with(aliases: tuple[tuple[Any, ...], ...]) -> Resolver:
    """The same with names of a user's own, rows of `Alias`, before the tables."""
    return Resolver(resolver().tables.with_own(Own(Alias(*row) for row in aliases))) if aliases else resolver()
