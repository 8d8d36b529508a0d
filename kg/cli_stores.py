"""The commands about stores as such: what is in one, taking back, checking, keeping copies; what a server needs beforehand."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg import console
from kg.errors import StoreDamaged, UsageError
from kg.options import Format, Store, graph_at, viewed

if TYPE_CHECKING:
    from kg.graph import Graph
    from kg.stores.neo4j import Neo4jStore

app = typer.Typer(rich_markup_mode=None)
schema = typer.Typer(help="What a Neo4j needs before facts are written: constraints and indexes.", rich_markup_mode=None)
app.add_typer(schema, name="schema")


@app.command(epilog="Example: kg retract --source icews --id '32889836 2018-06-01'")
def retract(
    source: Annotated[str, typer.Option(help="The dataset that reported it; kg info lists them.")],
    id: Annotated[str, typer.Option(help="The record's id in that dataset.")],
    kg: Store = None,
) -> None:
    """Stop believing what a dataset reported; the report itself stays in recorded time."""
    closed = graph_at(kg).retract(source, id)
    console.note(f"retracted {console.counted(closed, 'report')} of {source} {id}")


@app.command(epilog="Example: kg info --rejects --format csv")
def info(
    rejects: Annotated[bool, typer.Option("--rejects", help="List the rows that loads could not read.")] = False,
    types: Annotated[bool, typer.Option("--types", help="List the types of facts there can be.")] = False,
    format: Format = "table",
    kg: Store = None,
) -> None:
    """Say what is in the store."""
    if rejects and types:
        raise UsageError("--rejects and --types are two questions", hint="ask one of them")
    if types:
        from kg import actions
        from kg.facts import QUADS

        known = [r for r in actions.table().values() if r.code == r.type or r.scheme == "kg"]
        rows = [(r.type, r.name, r.aspect, r.quad_class, QUADS.get(r.quad_class or 0)) for r in known]
        rows.sort(key=lambda row: (row[2], row[0]))
        return console.show_rows(("type", "name", "aspect", "quad class", "of"), rows, format)
    graph = graph_at(kg)
    if rejects:
        bad = graph.store.rejects()
        columns = ("change", "file", "row", "reason", "raw")
        return console.show_rows(columns, [tuple(r[c] for c in columns) for r in bad], format)
    found = graph.info()
    sizes = (
        {"record": found["bytes"], **{f"{k} index": v and v["bytes"] for k, v in found["indexes"].items()}}
        if "bytes" in found
        else {}
    )
    span = f"{found['first'] or '..'} to {found['last']}" if found["last"] else "none"
    shown = {
        "store": found["path"], "facts": found["facts"], "derived": found["derived"], "reports": found["reports"],
        "entities": found["entities"], "dates": span,
        **{what: "not built yet" if size is None else f"{size / 1e6:.1f} MB" for what, size in sizes.items()},
        "sources": ", ".join(f"{s['dataset']} ({s['reports']})" for s in found["sources"]), "changes": len(found["changes"]),
    }  # fmt: skip
    console.show_rows(("what", "value"), list(shown.items()), format)
    return None


@app.command(epilog="Example: kg check --kg diplomacy.kg")
def check(format: Format = "table", kg: Store = None) -> None:
    """Read all of a store in a folder and say what is wrong with it, and what to do; changes nothing. Exit code 1: something is.

    Damage to the file is found by the checksums of its blocks; rows by what must be true of them: every fact's ends exist, ids
    are what facts say, changes have no gap, standing relations follow from the deeds. An index that is behind is no fault.
    """
    graph = graph_at(kg)
    found = graph.check()
    console.show_rows(("what", "looked at", "wrong"), [(f.what, f.looked_at, f.wrong) for f in found], format)
    for f in (bad := [f for f in found if f.wrong]):
        example = f", the first is {f.example}" if f.looked_at > 1 and f.example else f": {f.example}" if f.example else ""
        console.complain(StoreDamaged(f"not so: {f.what} ({f.wrong} of {f.looked_at}{example})", hint=f.remedy))
    if bad:
        sys.exit(1)
    console.note(f"{graph.store} is whole")


@app.command(epilog="Example: kg backup 2026-11-26.kgbackup")
def backup(file: Annotated[Path, typer.Argument(help="The file to write.")], kg: Store = None) -> None:
    """Write all of a store in a folder into one file, with a checksum.

    Others may read meanwhile; who writes waits for the backup, and the backup waits for who writes ($KG_WAIT seconds, 60).
    """
    graph = graph_at(kg)
    with console.progress() as progress:
        made = graph.backup(file, progress)
    console.note(f"wrote {console.counted(made.tables['fact'], 'fact')} of {graph.store} to {file}; kg restore reads it")


@app.command(epilog="Example: kg restore 2026-11-26.kgbackup --kg restored.kg")
def restore(file: Annotated[Path, typer.Argument(help="What kg backup has written.")], kg: Store = None) -> None:
    """Make a store from a backup. Nothing is overwritten, and what is not as it was written is refused."""
    graph = graph_at(kg)
    with console.progress() as progress:
        found = graph.restore(file, progress)
    facts, loads = (console.counted(found.tables[t], what) for t, what in (("fact", "fact"), ("change", "change")))
    console.note(f"restored {graph.store} as it was on {found.made}: {facts}, {loads}")


@app.command(epilog="Example: kg copy diplomacy.kg neo4j://localhost:7687")
@functools.partial(viewed, place="store")
def copy(
    graph: Graph,
    store: Annotated[str, typer.Argument(metavar="SOURCE", help="A folder or an address.")],
    other: Annotated[str, typer.Argument(metavar="TARGET", help="Another one, empty, or with a part of the same already.")],
    format: Format = "table",
) -> None:
    """Copy everything from one store into another, and compare; under a view what it means, as if there were nothing else."""
    with console.progress() as progress:
        found = graph.copy(other, progress)
    rows = [(table, rows, f"{checksum & (1 << 64) - 1:016x}") for table, (rows, checksum) in found.items()]
    console.show_rows(("table", "rows", "checksum"), rows, format)
    console.note(f"{other} has all that {store} has{'' if graph.view.whole else ' under this view'}")


@schema.command(epilog="Example: kg schema pending --kg neo4j://localhost:7687")
def pending(format: Format = "table", kg: Store = None) -> None:
    """List the steps and which of them are done; only reads."""
    rows = [(number, title, "done" if done else "pending") for number, title, done in _neo4j(kg).schema_steps()]
    console.show_rows(("step", "what", "state"), rows, format)


@schema.command(epilog="Example: kg schema apply --kg neo4j://localhost:7687")
def apply(kg: Store = None) -> None:
    """Do the steps that are pending; the first load does it too."""
    done = _neo4j(kg).apply_schema()
    for number, title in done:
        console.note(f"step {number}: {title}")
    if not done:
        console.note("nothing was pending")


def _neo4j(place: str | None) -> Neo4jStore:
    from kg.stores.neo4j import Neo4jStore

    store = graph_at(place).store
    if not isinstance(store, Neo4jStore):
        raise UsageError(f"{store} needs no schema", hint="name a Neo4j: --kg neo4j://localhost:7687")
    return store
