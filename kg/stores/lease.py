"""The right to write into a server, which one process has at a time and must renew; who is killed loses it by itself."""

from __future__ import annotations

import os
import secrets
import socket
import time
from abc import ABC, abstractmethod
from contextlib import suppress

from kg.errors import KGError, StoreBusy
from kg.stores.record import wait_seconds

#: How long it holds without being renewed: by the server's clock in Neo4j, by that of who asks in SPARQL.
SECONDS = 60


class Lease(ABC):
    """A context: entered when the right is had, left by giving it back."""

    def __init__(self, address: str) -> None:
        self.address = address
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
        dead = None
        while (found := self.take(dead)) != self.owner:
            dead = found if _is_dead(found) else None
            if time.monotonic() > deadline:
                raise StoreBusy(
                    f"another process ({found.rpartition(':')[0]}) is writing to {self.address} and did not finish in "
                    f"{wait_seconds():g} s",
                    hint="try again when it is done, or wait longer: KG_WAIT=600",
                )
            if not dead:
                time.sleep(0.1)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # What went wrong is what is told, not that a server which is gone does not take the lease back; its time will be up.
        with suppress(*((KGError,) if kind else ())):
            self.give_back()

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
