"""A knowledge graph of relations between states.

>>> import kg
>>> g = kg.open("diplomacy.kg")
>>> g.load("examples/missile-shield-2009.csv")
>>> for fact in g.between("2009-09-01", "2009-10-01").facts():
...     print(fact.when, fact.actor, fact.action, fact.target)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kg.errors import KGError
    from kg.facts import Entity, Fact
    from kg.graph import Graph
    from kg.graph import open_graph as open

__all__ = ["Entity", "Fact", "Graph", "KGError", "open"]

# Nothing heavy is imported until it is used, so that `kg --help` answers at once.
_WHERE = {
    "Entity": ("kg.facts", "Entity"),
    "Fact": ("kg.facts", "Fact"),
    "Graph": ("kg.graph", "Graph"),
    "KGError": ("kg.errors", "KGError"),
    "open": ("kg.graph", "open_graph"),
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'kg' has no attribute {name!r}")
    import importlib

    module, attribute = _WHERE[name]
    return getattr(importlib.import_module(module), attribute)
