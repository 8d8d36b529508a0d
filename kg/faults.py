"""What a user is told when an error gets through that this package did not raise on purpose: one line, and where the whole is."""

from __future__ import annotations

import datetime as dt
import errno
import os
import platform
import shlex
import sys
import traceback
from importlib.metadata import version
from pathlib import Path

from kg.errors import KGError, StoreError

#: Exit code of a command that ended by a fault of its own: EX_SOFTWARE of sysexits.h.
EXIT_CODE = 70
# What the machine lacks, whoever asks it.
_LACKING = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EROFS}


def told(error: Exception) -> KGError:
    """What got through as an error of this package's."""
    if isinstance(error, MemoryError):
        return StoreError("there is not enough memory for this", hint="ask for less, or load less at a time")
    if isinstance(error, OSError) and error.errno in _LACKING:
        where = f": {error.filename}" if error.filename else ""
        return StoreError(f"{error.strerror}{where}", hint="what was not finished is not in the store")
    return _fault(error)


def about() -> str:
    """This package and its version, as ``kg --version`` shows them."""
    return f"diplomacy-kg {version('diplomacy-kg')}"


class Fault(KGError):
    """A fault of this program."""

    exit_code = EXIT_CODE


def _fault(error: Exception) -> Fault:
    """The fault that an error is, whose traceback is kept in a log."""
    said = " ".join(str(error).split())
    kept = _kept(error)
    return Fault(
        f"{type(error).__name__}{f': {said}' if said else ''} ({_place(error)}): "
        "this is a fault of kg itself, not of what it was given",
        hint=f"please report it with what {kept} says" if kept else "please report it with the command",
    )


def _place(error: Exception) -> str:
    """Where in this package it came from: the last line of ours that ran."""
    package = Path(__file__).parent
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if package in Path(frame.filename).parents]
    last = ours[-1] if ours else None
    return f"{Path(last.filename).relative_to(package.parent)}:{last.lineno}" if last else "outside its own code"


def _kept(error: Exception) -> Path | None:
    """The log that it was written to, one for each fault, readable by the user alone; none if there is no place for it."""
    home = os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser()
    now = dt.datetime.now(dt.UTC)
    log = Path(home) / "diplomacy-kg" / f"{now:%Y%m%dT%H%M%S}-{os.getpid()}.log"
    given = f"{about()}, Python {platform.python_version()}, {platform.platform()}\nkg {shlex.join(sys.argv[1:])}\n\n"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", errors="replace") as file:
            file.write(given + "".join(traceback.format_exception(error)))
    except (OSError, RuntimeError):  # RuntimeError: there is no home
        return None
    return log
