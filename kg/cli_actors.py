"""Commands about actors: what a name means on a day and why, and what the tables say."""

from __future__ import annotations

import csv
import datetime as dt
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from kg import console
from kg.errors import InputError, KGError, UsageError
from kg.options import Format, Store, graph_at, spare_inputs

if TYPE_CHECKING:
    from kg.actors import Resolver
    from kg.naming import Taken


class _Searched(TyperGroup):
    """What is no command is looked for: ``kg actors korea`` is ``kg actors list korea``."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        known = args[0] in self.commands or args[0].startswith("-")
        return super().resolve_command(ctx, args if known else ["list", *args])


app = typer.Typer(no_args_is_help=True)
actors = typer.Typer(
    cls=_Searched,
    no_args_is_help=True,
    help="What the tables of actors say, and which names they lack: kg actors korea looks for a name.",
)
app.add_typer(actors, name="actors")

_Asked = tuple[str, dt.date | None, str | None]
_FOUND = ("name", "on", "id", "entity", "kind", "state", "rule", "source", "rivals", "note")


@app.command(epilog="Example: kg resolve Moscow --on 2009-09-18")
def resolve(
    name: Annotated[str | None, typer.Argument(help="A name, a code (USA, USAGOV, fips:GM), an office.")] = None,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The day on which it is to be understood.")] = None,
    state: Annotated[str | None, typer.Option(help="The state that other columns name: it settles what is ambiguous.")] = None,
    file: Annotated[Path | None, typer.Option(help="A CSV table with the column name and, if there are, date and state.")] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Take the names of all facts in the store for what they mean by now.")
    ] = False,
    format: Format = "table",
    kg: Store = None,
) -> None:
    """Say which entity a name means on a day, by which rule and table row, and what else it might be.

    With --again, after kg actors add or import, the facts loaded before are resolved anew; reports stay as they are.
    """
    if again:
        if name or file:
            raise UsageError("--again is about all names of a store, so it takes none")
        with console.progress() as progress:
            moved = graph_at(kg).resolve_again(progress)
        return console.note(f"{console.counted(moved, 'report')} now tell of other actors or states")
    if (name is None) == (file is None):
        raise UsageError("give a name, or a table of names with --file", hint="kg resolve Moscow --on 2009-09-18")
    from kg import views

    asked: Iterable[_Asked] = [(name or "", views.first_day(on, "on") if on else None, state)]
    if file:
        asked = [*_table_of_names(file, on, state)]
    known = graph_at(kg).store.resolver()
    console.show_rows(_FOUND, [_answer(known, *one) for one in asked], format)
    return None


def _answer(known: Resolver, name: str, day: dt.date | None, state: str | None) -> tuple[object, ...]:
    found = known.resolve(name, state, None, day)
    entity = found.entity
    shown = (entity.id, entity.name, entity.kind, found.state, found.rule, found.source, [*found.rivals], found.note)
    return (name, day, *shown)


def _day(text: str | None, file: Path, line: int) -> dt.date | None:
    from kg import views

    try:
        return views.first_day(text, "date") if text else None
    except KGError as error:
        raise InputError(f"{file}, line {line}, column date: {error.message}", hint=error.hint) from None


def _table_of_names(file: Path, on: str | None, state: str | None) -> Iterator[_Asked]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            columns = [c.strip().casefold() for c in rows.fieldnames or ()]
            if "name" not in columns:
                raise InputError(f"{file} has no column name", hint=f"its columns are {', '.join(columns) or 'none'}")
            rows.fieldnames = columns
            for row in rows:
                yield row["name"] or "", _day(row.get("date") or on, file, rows.line_num), row.get("state") or state
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"can't read {file}: {error}") from None


@actors.command("list", epilog="Example: kg actors korea")
def list_(
    search: Annotated[str | None, typer.Argument(help="Part of an id or a name.")] = None, format: Format = "table"
) -> None:
    """List the entities of the tables, all or those whose name has a part; the word list may be left out before it."""
    from kg.actors import resolver
    from kg.text import name_key

    known, tables = resolver().entities, resolver().tables
    wanted = name_key(search) if search else ""
    found = {e.id for e in known.values() if wanted in name_key(e.name) or wanted in name_key(e.id)}
    if wanted:
        by_name = (tables.named.names, tables.people.persons)
        found |= {s.id for table in by_name for name, senses in table.items() if wanted in name for s in senses}
    rows = [(e.id, e.name, e.kind, e.start, e.until) for id_, e in sorted(known.items()) if id_ in found]
    console.show_rows(("id", "name", "kind", "start", "until"), rows, format)
    if not rows:
        console.note(f"the tables have nothing like {search!r}; kg actors --help lists the commands")


@actors.command(epilog="Example: kg actors show RUS")
def show(name: Annotated[str, typer.Argument(help="An id or a name.")], format: Format = "table", kg: Store = None) -> None:
    """Show all that the tables say of an entity: names, codes, offices, memberships, predecessors, with dates and rows.

    Names that you gave the store are known too. What a name and a state make (Government (USA)) has a name, kind and state only.
    """
    from kg.actors import UNRESOLVED
    from kg.facts import NO_TARGET

    known = graph_at(kg).store.resolver()
    found = known.resolve(name)
    if found.rule == "own name" and known.tables.entity(name):  # an id of one's own
        found = found._replace(entity=known.tables.entity(name) or found.entity, rule="given id")
    if found.entity.id == NO_TARGET:
        raise UsageError("there is no name", hint="kg actors show RUS")
    if found.rule in UNRESOLVED:
        rivals = f"; it may be {', '.join(found.rivals)}" if found.rivals else ""
        raise UsageError(f"the tables don't know {name!r}{rivals}", hint="kg actors SEARCH looks for part of a name")
    entity = found.entity
    rows = [*known.tables.described(entity.id)]
    if not rows:
        said = {"name": entity.name, "kind": entity.kind, "state": found.state}
        rows = [(what, value, None, None, found.source or "") for what, value in said.items() if value]
    console.show_rows(("what", "value", "start", "until", "source"), rows, format)


@actors.command(epilog="Example: kg actors unresolved --format csv > my-actors.csv")
def unresolved(
    top: Annotated[int, typer.Option(min=0, help="How many, the most frequent first.")] = 1_000,
    format: Format = "table",
    kg: Store = None,
) -> None:
    """List the names in the store that no rule knows, most frequent first: a table to fill in."""
    found = graph_at(kg).unresolved(top)
    columns = ("name", "mentions", "first", "last", "rule", "rivals", "id", "kind", "state")
    console.show_rows(columns, [(*one[:5], [*one.rivals], None, None, None) for one in found], format)


@actors.command(epilog="Example: kg actors relate")
def relate(kg: Store = None) -> None:
    """Add to the graph what the tables say of its entities: offices, memberships, parts and successions, as dated facts."""
    graph = graph_at(kg)
    with console.progress() as progress:
        new, known = graph.relate(progress)
    console.note(f"{console.counted(new, 'new relation')}, {known} known")


Lists = Annotated[list[Path], typer.Argument(metavar="FILE...", callback=spare_inputs, help="Files to take.")]
Rejects = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the lines that could not be read there, as CSV.")]


@actors.command(epilog="Example: kg actors add my-actors.csv")
def add(files: Lists, rejects: Rejects = None, kg: Store = None) -> None:
    """Take lists of names of your own: CSV with name and id, kind, state, role, start, until, as far as you know them.

    An id is one of the tables' (RUS) or a new one. With a state, start and until are the days of the role, else the name's.
    """
    _take(files, rejects, kg, dictionary=False)


@actors.command("import", epilog="Example: kg actors import Phoenix.Countries.actors.txt")
def import_(files: Lists, rejects: Rejects = None, kg: Store = None) -> None:
    """Take dictionaries of event coders (TABARI, PETRARCH): names, synonyms and dated roles."""
    _take(files, rejects, kg, dictionary=True)


def _take(files: list[Path], rejects: Path | None, kg: str | None, *, dictionary: bool) -> None:
    from kg.load import check_writable

    graph = graph_at(kg)
    if rejects:
        check_writable(rejects)
    bad: list[tuple[object, ...]] = []
    rows = 0
    for file in files:
        taken: Taken = graph.add_names(file, dictionary=dictionary)
        rows += taken.rows
        bad += [(file.name, *one) for one in taken.rejected]
        console.note(f"{file}: {console.counted(taken.rows, 'row')} taken, {len(taken.rejected)} rejected")
    for name, line, reason, _ in bad[:5]:
        console.note(f"rejected: {name}, line {line}: {reason}")
    if rejects:
        with rejects.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([("file", "line", "reason", "text"), *bad])
    if rows:
        console.note("names are resolved by them from now on; kg resolve --again looks at what is loaded already")
        console.note("a later list that maps a name elsewhere takes its place; nothing takes a list back")
    if bad:
        sys.exit(3 if rows else 1)
