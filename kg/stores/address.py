"""Addresses of servers, and who we are to them: user and password never stand in an address, an option, an error or a log."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from kg.errors import UsageError


class Credentials(NamedTuple):
    """A user and a password."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Credentials({self.user!r}, ...)"


def parsed(url: str) -> SplitResult:
    """The parts of an address.

    :raises UsageError: if it has no host, an impossible port, or a user or password in it.
    """
    parts = urlsplit(url)
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    if "@" in parts.netloc:
        raise UsageError(
            f"the address {shown} has a user in it, which others could read", hint="set KG_USER and KG_PASSWORD instead"
        )
    try:
        known = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if not known:
        raise UsageError(
            f"{shown} is no address of a server", hint="e.g. neo4j://localhost:7687 or http://localhost:3030/kg/sparql"
        )
    return parts


def credentials(host: str, usual: str | None = None) -> Credentials | None:
    """Who we are to a host. The user is ``$KG_USER``, or where only ``$KG_PASSWORD`` is set the ``usual`` one of such servers;
    the password is ``$KG_PASSWORD``, else the user's in the keyring if there is one, else what is typed on a terminal.

    ``None`` if there is no user: a keyring or a prompt is asked for a user's password only.

    :raises UsageError: if there is a user and no password.
    """
    user, password = os.environ.get("KG_USER"), os.environ.get("KG_PASSWORD")
    if password and not user:
        user = usual
    if user and password is None:
        password = _from_keyring(host, user) or _prompted(host, user)
        if password is None:
            raise UsageError(f"there is no password for {user} at {host}", hint="set KG_PASSWORD, or keep it in the keyring")
    if not user or password is None:
        return None
    return Credentials(user, password)


def without_user() -> str:
    """Why a server may have refused whom no user was named for, as the end of a sentence."""
    return "KG_PASSWORD is set but KG_USER is not" if os.environ.get("KG_PASSWORD") else "it wants to know who asks"


def _from_keyring(host: str, user: str) -> str | None:
    """What `keyring set HOST USER` has kept, where the package keyring is installed."""
    try:
        import keyring
    except ImportError:
        return None
    found: str | None = keyring.get_password(host, user)
    return found


def _prompted(host: str, user: str) -> str | None:
    if not (sys.stdin and sys.stdin.isatty()):
        return None
    import getpass

    return getpass.getpass(f"password of {user} at {host}: ")
