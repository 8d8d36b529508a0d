"""Commands about time: what stands between two on a day."""

from __future__ import annotations

from typing import Annotated

import typer

from kg import console
from kg.options import Format, RollUp, Store, graph_at

app = typer.Typer(rich_markup_mode=None)

_STANDING = ("relation", "state", "actor", "target", "since", "until", "origin", "by")


@app.command(epilog="Example: kg relations USA CUB --at 1962-01-01")
def relations(
    one: Annotated[str, typer.Argument(metavar="A", help="An id (USA), a code or any form of the name.")],
    other: Annotated[str | None, typer.Argument(metavar="[B]", help="Another; without it all relations of A.")] = None,
    at: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day: 1962-01-01; of 1962 the first. Without it all there ever was.")
    ] = None,
    roll_up: RollUp = False,
    format: Format = "table",
    kg: Store = None,
) -> None:
    """Say what stands between two on a day, since when, and by which facts.

    A source gives a relation, or it is derived from the deeds that open and close it. Until is the first day it no longer stands.
    """
    graph = graph_at(kg)
    found = (graph.rolled_up() if roll_up else graph).relations(one, other, at)
    console.show_rows(_STANDING, [(*(getattr(r, c) for c in _STANDING[:-1]), "; ".join(r.by)) for r in found], format)
    if not found:
        whom = f"between {one} and {other}" if other else f"between {one} and others"
        console.note(f"nothing is known to stand {whom}{f' on {at}' if at else ''}")


@app.command(epilog="Example: kg derive")
def derive(kg: Store = None) -> None:
    """Derive standing relations anew from all deeds. Loads do it where they touch; this is for rules that have changed since."""
    graph = graph_at(kg)
    with console.progress() as progress:
        new, closed = graph.derive(progress)
    console.note(f"derived {console.counted(new, 'standing relation')} that were not there; {closed} no longer follow")
