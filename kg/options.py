"""Options that several commands have, and the graph that ``--kg`` names."""

from __future__ import annotations

import functools
import inspect
import os
import stat
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kg import limits
from kg.errors import UsageError

if TYPE_CHECKING:
    from kg.graph import Graph

_KEYWORD = inspect.Parameter.KEYWORD_ONLY

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
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="DATE", help="The first day no longer included: 2011 takes in all of 2010."),
]

RollUp = Annotated[bool, typer.Option("--roll-up", help="Answer for states: what their officials did, or met with, is theirs.")]

Certain = Annotated[
    bool, typer.Option("--certain", help="Leave out what only may have been in the span: partial and qualified dates.")
]

Deeds = Annotated[
    bool,
    typer.Option("--deeds", help="Count once what kg merge took together: one fact stands for all, with the reports of all."),
]

At = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="What happened or may have happened, and what held, on a day; of a month the first one."),
]
KnownAt = Annotated[
    str | None, typer.Option(metavar="TIME", help="What was believed at the end of a date, or at 2010-01-01T12:00Z; not later.")
]
Around = Annotated[
    str | None, typer.Option(metavar="ENTITY", help="Only facts within --depth steps of it: what it did, what was done to it.")
]
Depth = Annotated[int, typer.Option(metavar="N", help="Of --around: 2 also what those did that it dealt with, and so on.")]

#: The options that say which facts are meant, by the names of `_view`'s parameters, with their defaults.
_CONDITIONS = {
    "actor": (Actor, None), "target": (Target, None), "type": (Type, None), "at": (At, None), "from_": (From, None),
    "until": (Until, None), "known_at": (KnownAt, None), "around": (Around, None), "depth": (Depth, 1),
    "certain": (Certain, False), "roll_up": (RollUp, False), "deeds": (Deeds, False), "kg": (Store, None),
}  # fmt: skip

Timeout = Annotated[
    float | None,
    typer.Option(envvar=limits.TIMEOUT, metavar="SECONDS", help="Stop a question that takes longer."),
]
MaxMemory = Annotated[
    str | None,
    typer.Option(envvar=limits.MEMORY, metavar="SIZE", help="Stop a question for which this program needs more memory, e.g. 2G."),
]
#: How much a question may use.
_LIMITS = {"timeout": (Timeout, None), "max_memory": (MaxMemory, None)}


def viewed(command: Callable[..., None], place: str = "kg") -> Callable[..., None]:
    """A command whose first parameter is a graph, as one that has the options of a view instead, after its own; and limits, if
    it only asks.

    :param place: the parameter that names the store, which the command may have itself.
    """
    signature = inspect.signature(command, eval_str=True, locals={"Graph": object})
    _graph, *own = signature.parameters.values()
    options = {name: given for name, given in _CONDITIONS.items() if place == "kg" or name != "kg"}
    limited = _LIMITS if place == "kg" else {}

    @functools.wraps(command)
    def asked(**given: Any) -> None:
        _watch(*(given.pop(name) for name in limited))
        view = {name: given.pop(name) for name in options}
        if place != "kg":
            view["kg"] = given[place]
        command(_view(**view), **given)

    parameters = [p.replace(kind=_KEYWORD) for p in own]
    parameters += [inspect.Parameter(n, _KEYWORD, default=d, annotation=a) for n, (a, d) in (options | limited).items()]
    asked.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    asked.__annotations__ = {p.name: p.annotation for p in parameters}
    return asked


def _watch(timeout: float | None = None, max_memory: str | None = None) -> None:
    """Where there are limits, leave the command to a process that is watched, and end as it does."""
    if timeout is None and max_memory is None:
        return
    from kg import watching

    if limits.watched():
        return watching.begin()
    memory = None if max_memory is None else limits.size(max_memory, "--max-memory")
    sys.exit(watching.watched(sys.argv[1:], timeout, memory))


def _view(kg: str | None, depth: int, certain: bool, roll_up: bool, deeds: bool, **given: Any) -> Graph:
    # An empty text comes of a variable that a script did not set, and all facts are not what was asked for.
    for name, text in given.items():
        if text is not None and not text.strip():
            option = name.rstrip("_").replace("_", "-")
            raise UsageError(f"--{option} is empty", hint=f"say which, or leave --{option} out for all facts")
    # Names are understood as on the view's day, so dates come first.
    graph = graph_at(kg)
    if given["at"] is not None:
        graph = graph.at(given["at"])
    graph = graph.between(given["from_"], given["until"])
    if given["known_at"] is not None:
        graph = graph.known_at(given["known_at"])
    if certain:
        graph = graph.certain()
    if roll_up:
        graph = graph.rolled_up()
    if deeds:
        graph = graph.deeds()
    if given["actor"] is not None:
        graph = graph.by(given["actor"])
    if given["target"] is not None:
        graph = graph.to(given["target"])
    if given["type"] is not None:
        graph = graph.of_type(given["type"])
    if given["around"] is not None:
        graph = graph.around(given["around"], depth)
    elif depth != 1:
        raise UsageError("--depth is of --around", hint="--around NATO --depth 2")
    return graph


def spare_inputs(ctx: typer.Context, files: list[Any]) -> list[Any]:
    """The files that a command is to read, as the callback of that argument: options are parsed before it.

    :raises UsageError: if ``--rejects`` would overwrite one of them.
    """
    rejects = ctx.params.get("rejects")
    if rejects is None:
        return files
    for file in files:
        try:
            written, read = os.stat(rejects), os.fstat(0) if str(file) == "-" else os.stat(file)
        except OSError:  # what is not there is not overwritten
            continue
        if stat.S_ISREG(written.st_mode) and os.path.samestat(written, read):
            raise UsageError(f"--rejects {rejects} would overwrite {file}, which is to be read", hint="name another file")
    return files


def choose(place: str | None) -> None:
    """Take a store given before a command's name for this process's, where every command looks if it is not told otherwise."""
    if place:
        os.environ["KG"] = place


def graph_at(place: str | None) -> Graph:
    """The graph in the store that ``--kg`` names."""
    from kg.graph import open_graph

    return open_graph(place)
