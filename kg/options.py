"""Options that several commands have, and the graph that ``--kg`` names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kg.graph import Graph

Store = Annotated[
    str | None,
    typer.Option(
        "--kg", envvar="KG", metavar="STORE", help="A folder (./diplomacy.kg by default), or neo4j://... or http://.../sparql."
    ),
]
Format = Annotated[str, typer.Option("--format", metavar="FORMAT", help="table, csv, tsv, json, jsonl or parquet.")]
Params = Annotated[
    list[str] | None, typer.Option("--param", metavar="NAME=VALUE", help="A parameter of the query; may be repeated.")
]
Actor = Annotated[str | None, typer.Option(help="Who acts: an id (USA), a code or any form of the name.")]
Target = Annotated[str | None, typer.Option(help="Whom or what it concerns.")]
Type = Annotated[str | None, typer.Option(help="One of the types that kg info --types lists.")]
From = Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day: 2009-09-01, 2009-09 or 2009.")]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help="First day that is out.")]

RollUp = Annotated[bool, typer.Option("--roll-up", help="Answer for states: what their officials did, or met with, is theirs.")]


def graph_at(place: str | None) -> Graph:
    """The graph in the store that ``--kg`` names."""
    from kg.graph import open_graph

    return open_graph(place)
