"""Which facts of different datasets tell of one deed: the rule by which they are taken together, and nothing is changed.

Facts are compared that have the same actor and the same target and are alike in what was done, as exactly as a `Rule` says.
Only those are, that say on which day: a month, a span, or a day in doubt would be near to too much. Standing relations and
facts without target or without a known code are not compared either.

Two facts of one dataset never tell of one deed: who coded both held them for two. Else the nearest are taken together first:
facts of one day before those a day apart, and so on up to the window; on the way those with the same code before others, and
of several the first by `Told.order`. All facts of a group are within the window of each other, so that a year of weekly meetings
stays a year of meetings, and the groups are the same whatever the order of loading. The first of a group stands for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kg.errors import UsageError

#: How alike facts must be in what was done, from exactly to roughly: the same code; codes under one root of a scheme; the same
#: type, which schemes have in common; the same quad class.
LEVELS = ("code", "root", "type", "quad")

#: Days beyond which nobody takes two reports for one deed.
WIDEST = 31


class Rule(NamedTuple):
    """How near facts must be: ``level`` is one of `LEVELS`, ``window`` a number of days, 0 for one day."""

    level: str
    window: int

    def __str__(self) -> str:
        return f"--level {self.level} --window {self.window}d"


def rule(level: str, window: str | int) -> Rule:
    """The rule a user means; a window is a number of days: 1, 1d.

    :raises UsageError: if there is no such level, or if it is no window or too wide.
    """
    if level not in LEVELS:
        raise UsageError(f"there is no level {level!r}", hint=f"one of {', '.join(LEVELS)}")
    found = re.fullmatch(r"(\d{1,4})\s*(?:d|days?)?", str(window).strip())
    if not found or int(found[1]) > WIDEST:
        raise UsageError(f"a window of {window!r}", hint=f"a number of days, 0d (the same day) to {WIDEST}d")
    return Rule(level, int(found[1]))


class Told(NamedTuple):
    """A fact as far as it is compared: ``day`` is a number, ``datasets`` are those that report it."""

    id: str
    day: int
    code: str
    datasets: frozenset[str]

    @property
    def order(self) -> tuple[int, int, str, str]:
        """What comes first: the earlier day, then the more exact code of CAMEO, then the lower code, then the id."""
        return self.day, -len(self.code) if self.code.isdigit() else 0, self.code, self.id


def grouped(facts: Iterable[Told], window: int) -> list[list[Told]]:
    """The groups of two and more facts that tell of one deed, each with what stands for it first.

    :param facts: of one actor and one target, and alike in what was done.
    """
    found: list[list[Told]] = []
    for some in _apart(sorted(facts, key=lambda fact: fact.order), window):
        groups = [[fact] for fact in some]
        for width in range(window + 1):
            for same_code in (True, False):
                groups = _joined(groups, width, same_code=same_code)
        found += (group for group in groups if len(group) > 1)
    return found


def _apart(facts: list[Told], window: int) -> Iterator[list[Told]]:
    """Facts in order of date, cut where the next is too late for all before; what nothing can be joined to is left out."""
    first = 0
    for n in range(1, len(facts) + 1):
        if n == len(facts) or facts[n].day - facts[n - 1].day > window:
            if n - first > 1:
                yield facts[first:n]
            first = n


def _joined(groups: list[list[Told]], width: int, *, same_code: bool) -> list[list[Told]]:
    """Each group with the later ones that it takes in, in order of what stands for them."""
    taken: set[int] = set()
    found = []
    for n, group in enumerate(groups):
        if n in taken:
            continue
        first, last = group[0], max(fact.day for fact in group)
        datasets = frozenset[str]().union(*(fact.datasets for fact in group))
        for m in range(n + 1, len(groups)):
            other = groups[m]
            if other[0].day - first.day > width:
                break
            until = max(last, *(fact.day for fact in other))
            theirs = frozenset[str]().union(*(fact.datasets for fact in other))
            if m in taken or until - first.day > width or datasets & theirs or (same_code and other[0].code != first.code):
                continue
            group, last, datasets = [*group, *other], until, datasets | theirs
            taken.add(m)
        found.append(sorted(group, key=lambda fact: fact.order))
    return found
