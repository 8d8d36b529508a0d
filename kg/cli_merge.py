"""The command that takes facts of different datasets together which tell of one deed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from kg import console
from kg.errors import UsageError
from kg.options import Format, Store, graph_at

if TYPE_CHECKING:
    from kg.graph import Graph
    from kg.stores.merged import Merged

app = typer.Typer(rich_markup_mode=None)

#: Of each fact of an example: ``deed`` is the number of the example, and the first of each stands for it.
_SHOWN = ("deed", "date", "actor", "action", "target", "code", "reports", "sources", "id")

Window = Annotated[str, typer.Option(metavar="DAYS", help="How far apart their dates may be: 0d is one day, 31d the most.")]
Level = Annotated[str, typer.Option(help="How alike they must be: the same code, root of codes, type, or quad (class).")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be merged; write nothing.")]
Undo = Annotated[bool, typer.Option("--undo", help="Let every fact stand for itself again.")]
Examples = Annotated[int, typer.Option(metavar="N", help="Show the facts of so many deeds, those told most first.")]


@app.command(epilog="Example: kg merge --window 1d --level root --dry-run")
def merge(
    window: Window = "1d",
    level: Level = "root",
    dry_run: DryRun = False,
    undo: Undo = False,
    examples: Examples = 5,
    format: Format = "table",
    kg: Store = None,
) -> None:
    """Merge facts of different datasets that tell of one deed: the same two, near in time, alike in what was done.

    No fact is changed: --deeds counts by it, later loads are merged alike, --undo takes it away, and kg loads lists it.
    """
    graph = graph_at(kg)
    if undo:
        if dry_run:
            raise UsageError("--undo and --dry-run exclude each other", hint="kg merge --undo can be taken back by kg merge")
        apart = graph.unmerge()
        return console.note(f"{console.counted(apart, 'fact')} of deeds told by others stand for themselves again")
    found = graph.merge(window, level, dry_run=dry_run, examples=max(examples, 0))
    if found.examples:
        console.show_rows(_SHOWN, _rows(graph, found), format)
    return console.note(_said(found, dry_run=dry_run))


def _rows(graph: Graph, found: Merged) -> list[tuple[Any, ...]]:
    from kg.views import View

    told = {row["id"]: row for row in graph.store.rows_of([id_ for deed in found.examples for id_ in deed], View())}
    return [(n, *(told[id_][c] for c in _SHOWN[1:])) for n, deed in enumerate(found.examples, 1) for id_ in deed]


def _said(found: Merged, *, dry_run: bool) -> str:
    counts = f"{console.counted(found.facts, 'fact')} into {console.counted(found.deeds, 'deed')}"
    if not found.deeds:
        counts += " (a wider --window or a rougher --level may find more)"
    if dry_run:
        return f"would merge {counts}; nothing was written"
    if not found.changed:
        return f"merged {counts} already: nothing changed"
    return f"merged {counts}: --deeds counts each once, kg merge --undo takes it back"
