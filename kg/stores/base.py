"""What every store answers with, whatever is behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: Called with what is being done, how much of it is done and how much there is (0 if that is not known).
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Answer:
    """Rows of an answer. Values are plain: text, whole and decimal numbers, booleans, dates, lists, and for nodes and
    relationships dictionaries with ``id``, ``labels`` (or ``type``) and ``properties``."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
