"""The right to write into a server, which one process has at a time and must renew; who is killed loses it by itself."""

from __future__ import annotations

import os
import secrets
import socket
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Protocol

from kg.errors import KGError, StoreBusy, StoreError
from kg.stores.record import wait_seconds

#: How long it holds without being renewed: by the server's clock in Neo4j, by that of who asks in SPARQL.
SECONDS = 60
#: What to do about a server that is gone in the middle of a change.
ENDED_WRITING = "start it again if it is down, and run the same command again; what was loaded stays"
# So long nobody need be seen to have it: who gives it back and takes it again is seen in between.
_UNSEEN = 10.0


class Connection(Protocol):
    """What a change goes through; it tells failures otherwise while ``writing``."""

    writing: bool


class Lease(ABC):
    """A context: entered when the right is had, left by giving it back."""

    def __init__(self, address: str, connection: Connection) -> None:
        self.address, self._connection = address, connection
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    @abstractmethod
    def take(self, instead_of: str | None) -> str:
        """Take the right if nobody has it, if its time is up, or if ``instead_of`` has it; returns who has it now.

        That may be nobody (an empty text), if whoever had it gave it back in between.
        """

    @abstractmethod
    def renew(self) -> None:
        """Hold it for another `SECONDS`.

        :raises StoreBusy: if another process has it by now.
        """

    @abstractmethod
    def give_back(self) -> None:
        """Let the next one have it."""

    def __enter__(self) -> Lease:
        deadline = time.monotonic() + wait_seconds()
        unseen = time.monotonic() + min(_UNSEEN, wait_seconds())
        dead, seen = None, False
        while (found := self.take(dead)) != self.owner:
            dead, seen = found if _is_dead(found) else None, seen or bool(found)
            if not seen and time.monotonic() > unseen:
                raise StoreError(
                    f"{self.address} took an update and has nothing of it: the lease that was written is not there",
                    hint="is ?update= an address of the same dataset?",
                )
            if time.monotonic() > deadline:
                raise StoreBusy(
                    f"another process ({found.rpartition(':')[0]}) is writing to {self.address} and did not finish in "
                    f"{wait_seconds():g} s",
                    hint="try again when it is done, or wait longer: KG_WAIT=600",
                )
            if not dead:
                time.sleep(0.1)
        self._connection.writing = True
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # What went wrong is what is told, not that a server which is gone does not take the lease back; its time will be up.
        try:
            with suppress(*((KGError,) if kind else ())):
                self.give_back()
        finally:
            self._connection.writing = False

    def lost(self) -> StoreBusy:
        """What `renew` raises."""
        return StoreBusy(
            f"another process has taken over writing to {self.address}, because this one stood still for {SECONDS} s",
            hint="load the file again; what is there already is left as it is",
        )


def _is_dead(owner: str) -> bool:
    """Whether a process of this machine that took the lease is gone."""
    host, _, process = owner.partition(":")
    pid = process.partition(":")[0]
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError):
        return False
    return False
