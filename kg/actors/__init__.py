"""Names and days to entities, by tables and rules a reader can follow; nothing is guessed by likeness."""

from __future__ import annotations

from functools import cache

from kg.actors.resolve import RULES, UNRESOLVED, Period, Resolution, Resolver
from kg.actors.tables import Tables

__all__ = ["RULES", "UNRESOLVED", "Period", "Resolution", "Resolver", "Tables", "resolver"]


@cache
def resolver() -> Resolver:
    """The shared resolver over the tables as shipped."""
    return Resolver(Tables())
