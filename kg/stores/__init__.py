"""Where facts are kept. ``open_store(url)`` gives the store behind a path or address."""

from __future__ import annotations

import os
import re
from pathlib import Path

from kg.errors import UsageError
from kg.stores.base import Store

# An address with a slash too few.
_SLIP = re.compile(r"(?:neo4j|bolt|https?)(?:\+\w+)?:/?[^/\\]")
#: The store's folder if neither an argument nor the environment variable ``KG`` names one.
DEFAULT = "diplomacy.kg"


def open_store(url: str | os.PathLike[str] | None = None) -> Store:
    """The store at a path or address, by default ``$KG`` or ``./diplomacy.kg``; it is made by the first load.

    A path is the embedded store; ``neo4j://`` or ``bolt://`` (also ``+s``, ``+ssc``) a Neo4j; ``http(s)://`` a SPARQL endpoint.

    :raises UsageError: if the address is of a kind that there is no store for.
    """
    place = os.fspath(url) if url is not None else os.environ.get("KG") or DEFAULT
    scheme, separator, _ = place.partition("://")
    if not separator:
        if _SLIP.match(place):
            scheme, _, rest = place.partition(":")
            raise UsageError(f"{place} is no address", hint=f"did you mean {scheme}://{rest.lstrip('/')}?")
        from kg.stores.local import LocalStore

        return LocalStore(Path(place))
    if scheme.partition("+")[0] in ("neo4j", "bolt"):
        from kg.stores.neo4j import Neo4jStore

        return Neo4jStore(place)
    if scheme in ("http", "https"):
        from kg.stores.sparql import SparqlStore

        return SparqlStore(place)
    raise UsageError(f"no store for addresses like {scheme}://", hint="a folder, neo4j://host or http://host/kg/sparql")
