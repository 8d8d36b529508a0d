"""How long a question may take and how much memory it may hold.

One process watches another (`kg.watching`), because no engine can be relied on to stop by itself: Oxigraph has no timeout in
Python and lets no other thread run while it answers, Ladybug does not look at its own while it makes a list, and what Python
makes of an answer no engine counts. In the watched process these say how much is allowed, so that engines spill or refuse
before they are stopped, and servers stop when we do.
"""

from __future__ import annotations

import os

from kg.errors import LimitReached, UsageError

TIMEOUT, MEMORY, WATCHED = "KG_TIMEOUT", "KG_MAX_MEMORY", "KG_WATCHED"
#: Less than this can't be asked for: the program and the libraries it needs hold some 150 MB before anything is asked.
LEAST = 256 << 20
# What of the memory allowed is not the engines'.
_PROGRAM = 192 << 20
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_NARROWER = "ask for less (--from, --until, --actor, LIMIT)"


def watched() -> bool:
    """Whether this process is one that is watched."""
    return WATCHED in os.environ


def seconds() -> float | None:
    """How long the question of this process may take, if it is watched and there is a limit."""
    return float(os.environ[TIMEOUT]) if watched() and TIMEOUT in os.environ else None


def memory() -> int | None:
    """How many bytes an engine of this process may hold, if it is watched and there is a limit."""
    return int(os.environ[MEMORY]) - _PROGRAM if watched() and MEMORY in os.environ else None


def too_long(allowed: float) -> LimitReached:
    return LimitReached(
        f"the question took longer than {allowed:g} s and was stopped", hint=f"allow it more (--timeout), or {_NARROWER}"
    )


def too_much(allowed: int) -> LimitReached:
    return LimitReached(
        f"the question needed more memory than {shown(allowed)} and was stopped",
        hint=f"allow it more (--max-memory), or {_NARROWER}",
    )


def engine_full() -> LimitReached | None:
    """What an engine's complaint of too little memory means where there is a limit."""
    return None if memory() is None else too_much(int(os.environ[MEMORY]))


def size(text: str, option: str) -> int:
    """Bytes, from a text like ``500M`` or ``2G``.

    :raises UsageError: if it is none.
    """
    number = text.strip().upper().removesuffix("IB").removesuffix("B")
    unit = number[-1:] if number[-1:] in _UNITS else ""
    try:
        return int(float(number.removesuffix(unit)) * _UNITS[unit])
    except (ValueError, OverflowError):
        raise UsageError(f"{option} {text} is no size", hint="e.g. 500M or 2G") from None


def shown(number: int) -> str:
    """Bytes as a person says them."""
    unit = next(u for u in ("T", "G", "M", "K", "") if number >= _UNITS[u] or not u)
    return f"{number / _UNITS[unit]:g}{unit}"
