"""Where facts are kept. ``open_store(url)`` gives the store behind a path or address."""

from __future__ import annotations

import os
from pathlib import Path

from kg.errors import UsageError
from kg.stores.local import LocalStore

#: The store's folder if neither an argument nor the environment variable ``KG`` names one.
DEFAULT = "diplomacy.kg"


def open_store(url: str | os.PathLike[str] | None = None) -> LocalStore:
    """The store at a path, by default ``$KG`` or ``./diplomacy.kg``; it is made by the first load.

    :raises UsageError: if the address is of a kind that this version has no store for.
    """
    place = os.fspath(url) if url is not None else os.environ.get("KG") or DEFAULT
    if "://" in place:
        raise UsageError(f"no store for addresses like {place.split('://')[0]}://", hint="give the path of a folder")
    return LocalStore(Path(place))
