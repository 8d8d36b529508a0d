"""Plain statements to parts: ``2009-09-17 US scraps shield`` is actor, action and target on a day.

Rules, no language model: the actor is the longest beginning that the actor tables know, or whatever stands before the
first phrase of the verb lexicon; the action is that phrase, or the one word after a known actor; the rest is the target.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from kg import actions, dates
from kg.actors import Resolver, resolver

_LEADING_DATE = re.compile(rf"\s*(?P<date>{dates.LEADING})[\s:,;–—-]+(?P<rest>.+)", re.DOTALL | re.IGNORECASE)
_LONGEST_NAME = 8
# Between a verb and whom it concerns; "on" in "imposes sanctions on Iran" is part of the lexicon's phrase already.
_LINKS = {"to", "with", "from", "on", "of", "in", "over", "against", "at", "for", "into", "towards", "about", "that"}


class Statement(NamedTuple):
    """The parts of a statement; ``problem`` says why it has none."""

    date: str | None
    actor: str | None
    action: str | None
    target: str | None
    problem: str | None = None


def parse(text: str) -> Statement:
    """The parts of one statement, with the date it begins with, if it does."""
    date = None
    if match := _LEADING_DATE.fullmatch(text):
        date, text = match["date"], match["rest"]
    words = text.strip().rstrip(".!").split()
    if not words:
        return Statement(date, None, None, None, "the statement is empty")
    start, length = _verb(words, _known_name(resolver(), words))
    if start == 0 or start >= len(words):
        return Statement(date, None, None, None, "no known actor or verb in the statement")
    rest = words[start + length :]
    while rest and rest[0].casefold() in _LINKS:
        rest = rest[1:]
    actor, action = " ".join(words[:start]).rstrip(",:"), " ".join(words[start : start + length])
    return Statement(date, actor, action, " ".join(rest) or None)


def _known_name(known: Resolver, words: list[str]) -> int:
    """How many of the first words are a name of the actor tables."""
    for n in range(min(len(words) - 1, _LONGEST_NAME), 0, -1):
        if known.knows(" ".join(words[:n]).rstrip(",:")):
            return n
    return 0


def _verb(words: list[str], known: int) -> tuple[int, int]:
    """Where the action begins and how many words it has; (0, 0) if there is none."""
    for start in range(max(known, 1), len(words)):
        if length := actions.leading_verb(words[start:]):
            return start, length
    return (known, 1) if known else (0, 0)
