"""The named questions of ``queries/``: each stands there twice, in Cypher and in SPARQL, and gives the same rows in both.

One that has a sibling ``NAME-of-states`` can be asked of states: the sibling takes an actor or a target for the state behind it.

A question's header comment has ``title: ...``, ``theme: ...`` (one of `THEMES`), ``param NAME TYPE DEFAULT`` lines (types:
entity, date, integer, text) and ``example: ...``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from kg import content, views
from kg.errors import UsageError

Language = Literal["cypher", "sparql"]

#: What questions are about, in the order in which they are listed.
THEMES = (
    "What happened", "Who deals with whom", "Who stands with whom", "How relations change", "What stands on a day", "Who says so",
)  # fmt: skip

_SUFFIX = {"cypher": ".cypher", "sparql": ".rq"}
_OF_STATES = "-of-states"
_HEADER = re.compile(r"(?://|#)\s*(title|theme|example):\s*(.*)")
_PARAMETER = re.compile(r"(?://|#)\s*param\s+(\w+)\s+(entity|date|integer|text)\s+(\S.*)")


@dataclass(frozen=True)
class Parameter:
    """A parameter of a question, with its default as text."""

    name: str
    type: str
    default: str

    def value(self, text: str, entity_id: Callable[[str], str] = views.entity_id) -> object:
        """The value that a text means.

        :param entity_id: gives the id of the entity that a text means; by default by the tables as shipped.
        :raises UsageError: if it is not of the parameter's type.
        """
        if self.type == "entity":
            return entity_id(text)
        if self.type == "date":
            return views.first_day(text, self.name)
        if self.type == "integer":
            try:
                return int(text)
            except ValueError:
                raise UsageError(f"{self.name}={text} is not a whole number") from None
        return text


@dataclass(frozen=True)
class Question:
    """A named question in one language."""

    name: str
    language: str
    title: str
    theme: str
    example: str
    parameters: tuple[Parameter, ...]
    text: str

    def bind(
        self, given: Mapping[str, str | dt.date | int], entity_id: Callable[[str], str] = views.entity_id
    ) -> dict[str, object]:
        """Values for all parameters: those given, as text or as values, else the defaults.

        :param entity_id: as in `Parameter.value`.
        :raises UsageError: for a parameter that the question does not have.
        """
        known = {p.name: p for p in self.parameters}
        for name in given:
            if name not in known:
                raise UsageError(f"{self.name} has no parameter {name!r}", hint=f"it has: {', '.join(known)}")
        values = {name: p.value(str(given.get(name, p.default)), entity_id) for name, p in known.items()}
        start, until = values.get("from"), values.get("until")
        if isinstance(start, dt.date) and isinstance(until, dt.date) and start >= until:
            raise UsageError(f"from {start} until {until} is no span", hint="the first date must be earlier")
        return values


def names() -> list[str]:
    """All questions, sorted."""
    return sorted(content.files("queries", ".cypher"))


def question(name: str, language: str = "cypher") -> Question:
    """A question of that name.

    :raises UsageError: if there is none, or no such language.
    """
    if language not in _SUFFIX:
        raise UsageError(f"there is no query language {language!r}", hint="cypher or sparql")
    files = content.files("queries", _SUFFIX[language])
    if name not in files:
        near = " or ".join(get_close_matches(name, names(), 2))
        meant = f"did you mean {near}? " if near else ""
        raise UsageError(f"there is no question {name!r}", hint=f"{meant}kg ask --list; known: {', '.join(names())}")
    text = files[name].read_text(encoding="utf-8")
    header: dict[str, str] = {}
    parameters = []
    for line in text.splitlines():
        if match := _HEADER.fullmatch(line.strip()):
            header[match[1]] = match[2]
        elif match := _PARAMETER.fullmatch(line.strip()):
            parameters.append(Parameter(*match.groups()))
    title, theme, example = (header.get(key, default) for key, default in (("title", name), ("theme", ""), ("example", "")))
    return Question(name, language, title, theme, example, tuple(parameters), text)


def by_theme() -> dict[str, list[Question]]:
    """All questions, those of a theme by name; the themes in their order."""
    known = [question(name) for name in names()]
    return {theme: [one for one in known if one.theme == theme] for theme in THEMES}


def of_states(name: str) -> str:
    """The question that a named one is when it is asked of states; a name that no question has stays as it is.

    :raises UsageError: if it can't be asked of states.
    """
    known = names()
    if name not in known or name.endswith(_OF_STATES):
        return name
    if name + _OF_STATES not in known:
        asked = ", ".join(n.removesuffix(_OF_STATES) for n in known if n.endswith(_OF_STATES))
        raise UsageError(f"{name} can't be rolled up to states", hint=f"these can: {asked}")
    return name + _OF_STATES
