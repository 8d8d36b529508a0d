"""Commands about time: what was loaded when, taking it back, what that changed; what stands between two on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from kg import console
from kg.options import Format, Store, choose, graph_at, viewed

if TYPE_CHECKING:
    from kg.graph import Graph

app = typer.Typer(rich_markup_mode=None)
loads = typer.Typer(invoke_without_command=True, help="List what was loaded and taken back; undo a load.", rich_markup_mode=None)
app.add_typer(loads, name="loads")

#: Marks in the longest line of a plot.
_PLOT = 40

One = Annotated[str, typer.Argument(metavar="A", help="An id (USA), a code or any form of the name.")]
Other = Annotated[str | None, typer.Argument(metavar="[B]", help="Another; without it A and all others.")]
TimelineFormat = Annotated[
    str, typer.Option("--format", metavar="FORMAT", help="text, md, table, csv, tsv, json, jsonl or parquet.")
]

_SHOWN = (
    "load", "recorded", "kind", "file", "loader", "dataset", "rows", "new", "known", "rejected", "reports", "closed", "note",
    "sha256",
)  # fmt: skip


@loads.callback()
def list_loads(context: typer.Context, format: Format = "table", kg: Store = None) -> None:
    """List loads, retractions and other changes: number, time (UTC), file with its checksum, loader and version, counts."""
    if context.invoked_subcommand:
        choose(kg)
    else:
        console.show_rows(_SHOWN, [_shown(change) for change in graph_at(kg).loads()], format)


def _shown(change: dict[str, Any]) -> tuple[Any, ...]:
    loader = change["loader"] and " ".join(filter(None, (change["loader"], change["loader_version"])))
    note = f"undone by {change['undone_by']}" if change["undone_by"] else change["undone"] and f"undoes {change['undone']}"
    # In UTC, and as --known-at takes it.
    recorded = f"{change['recorded'].isoformat()}Z"
    own = change | {"load": change["id"], "loader": loader, "note": note, "recorded": recorded}
    return tuple(own[column] for column in _SHOWN)


@loads.command(epilog="Example: kg loads undo 3")
def undo(number: Annotated[int, typer.Argument(help="As kg loads lists it.")], kg: Store = None) -> None:
    """Undo a load: close what it brought, open again what it closed; of a retraction likewise. It stays in recorded time."""
    done = graph_at(kg).undo(number)
    closed, reopened = console.counted(done.closed, "report"), console.counted(done.reopened, "report")
    console.note(f"undid {number}: closed {closed}, opened {reopened} again")


@app.command(epilog="Example: kg diff 2010-01-01 2010-02-01 --around NATO")
@viewed
def diff(
    graph: Graph,
    first: Annotated[str, typer.Argument(metavar="T1", help="A date, at its end, or a time: 2010-01-01T12:00Z.")],
    then: Annotated[str, typer.Argument(metavar="T2", help="A later one.")],
    format: Format = "table",
) -> None:
    """Say what was added, corrected and retracted between two states of knowledge."""
    from kg.history import Difference

    found = graph.differences(first, then)
    console.show_rows(Difference._fields, found, format)
    counts = {what: sum(d.what == what for d in found) for what in ("added", "corrected", "retracted")}
    console.note(", ".join(f"{n} {what}" for what, n in counts.items()))
    if others := sum(d.change is None for d in found):
        console.note(f"{console.counted(others, 'row')} without a change: believed all the time, in or out of the view by others")


_STANDING = ("relation", "state", "actor", "target", "since", "until", "origin", "by")


@app.command(epilog="Example: kg relations USA CUB --at 1962-01-01")
@viewed
def relations(
    graph: Graph,
    one: One,
    other: Other = None,
    format: Format = "table",
) -> None:
    """Say what stands between two, --at a day or ever, since when, and by which facts.

    A source gives a relation, or it is derived from the deeds that open and close it. Until is the first day it no longer stands.
    """
    found = graph.relations(one, other)
    console.show_rows(_STANDING, [(*(getattr(r, c) for c in _STANDING[:-1]), "; ".join(r.by)) for r in found], format)
    if not found:
        when = f" on {graph.view.day}" if graph.view.day else ""
        console.note(f"nothing is known to stand between {one} and {other or 'others'}{when}")


@app.command(epilog="Example: kg derive")
def derive(kg: Store = None) -> None:
    """Derive standing relations anew from all deeds. Loads do it where they touch; this is for rules that have changed since."""
    graph = graph_at(kg)
    with console.progress() as progress:
        new, closed = graph.derive(progress)
    console.note(f"derived {console.counted(new, 'standing relation')} that were not there; {closed} no longer follow")


@app.command(epilog="Example: kg timeline NATO Russia --from 2008 --until 2010")
@viewed
def timeline(graph: Graph, one: One, other: Other = None, format: TimelineFormat = "text") -> None:
    """Tell what two did to each other, in order of date: a readable chronicle, with who says so."""
    from kg.chronicle import Line

    lines = graph.timeline(one, other)
    if format not in ("text", "md"):
        return console.show_rows(Line._fields, lines, format)
    for line in lines:
        told = " ".join(part for part in (line.actor, line.action, line.target) if part)
        who = ", ".join(line.sources)
        console.write(f"- **{line.date}** {told} *({who})*" if format == "md" else f"{line.date:<21}  {told}  [{who}]")
    console.note(console.counted(len(lines), "fact"))
    return None


@app.command(epilog="Example: kg trend USA Russia --by year --roll-up")
@viewed
def trend(
    graph: Graph,
    one: One,
    other: Other = None,
    by: Annotated[str, typer.Option(metavar="PERIOD", help="day, week, month, quarter or year.")] = "month",
    format: Format = "table",
) -> None:
    """Count cooperation and conflict by period, with the mean intensity; empty periods are shown."""
    from kg.chronicle import Period

    periods = graph.trend(one, other, by)
    if format != "table":
        return console.show_rows(Period._fields, periods, format)
    most = max((p.cooperation + p.conflict for p in periods), default=0)
    wide = min(1.0, _PLOT / most) if most else 1.0
    rows = [(*p, "+" * round(p.cooperation * wide) + "-" * round(p.conflict * wide)) for p in periods]
    console.show_rows((*Period._fields, "+ cooperation, - conflict"), rows, format)
    if wide < 1:
        console.note(f"a mark stands for {1 / wide:.1f} deeds")
    return None
