"""A command run in a process of its own, which is stopped when it takes longer, or holds more memory, than it may."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from kg import limits
from kg.errors import LimitReached, UsageError

#: Seconds between two looks, and those that a process has to clear away what it has begun.
_STEP, _GRACE = 0.02, 1.0
# Until the command runs, being stopped is no news: without this Python would print where it was.
_CODE = """
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
sys.path.insert(0, {root!r})
from kg.cli import main
main()
"""


def watched(arguments: Sequence[str], seconds: float | None, memory: int | None) -> int:
    """Run the command line with these arguments and limits; returns its exit code.

    Its temporary files are in a folder that goes with it. Memory is what the process holds beyond files; where the system does
    not tell (other than Linux) only the engines' own limits count.

    :raises LimitReached: if it was stopped.
    :raises UsageError: if the limits make no sense.
    """
    if seconds is not None and not 0 < seconds < 1e9:
        raise UsageError(f"--timeout {seconds:g} is no time to wait", hint="seconds, e.g. --timeout 30")
    if memory is not None and memory < limits.LEAST:
        raise UsageError(
            f"--max-memory {limits.shown(memory)} is too little: the program alone needs some of it",
            hint=f"at least {limits.shown(limits.LEAST)}",
        )
    given = {limits.WATCHED: "1", limits.TIMEOUT: seconds, limits.MEMORY: memory}
    # The same package, whatever lies in the working folder.
    command = [sys.executable, "-P", "-c", _CODE.format(root=str(Path(__file__).resolve().parent.parent)), *arguments]
    with tempfile.TemporaryDirectory(prefix="kg-asked-", ignore_cleanup_errors=True) as folder:
        environment = {k: v for k, v in os.environ.items() if k not in given} | {"TMPDIR": folder, "TEMP": folder, "TMP": folder}
        environment |= {name: str(value) for name, value in given.items() if value is not None}
        with subprocess.Popen(command, env=environment) as process:
            try:
                over = _over(process, seconds, memory)
            finally:
                _stop(process)
    if over is not None:
        raise over
    return process.returncode if process.returncode >= 0 else 1


def begin() -> None:
    """In the watched process, once the command runs: from now on being stopped is something to clear away after."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _over(process: subprocess.Popen[bytes], seconds: float | None, memory: int | None) -> LimitReached | None:
    """Wait until it is done, or has used up what it may."""
    started = time.monotonic()
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STEP)
            return None
        if seconds is not None and time.monotonic() - started > seconds:
            return limits.too_long(seconds)
        if memory is not None and _held(process.pid) > memory:
            return limits.too_much(memory)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Let it clear away what it has begun, and end it if it does not: an engine that is busy hears nothing."""
    if process.poll() is None and os.name == "posix":
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
    process.kill()


def _held(pid: int) -> int:
    """Bytes of memory that a process holds and that are no file's; 0 where nobody says."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    lines = (line.split() for line in status.splitlines() if line.startswith(("RssAnon:", "RssShmem:")))
    return sum(int(words[1]) << 10 for words in lines)
