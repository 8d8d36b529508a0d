"""Write the pages that are made from what defines them, and of which nothing can be stale.

docs/reference.md: the command line, the loaders, the questions, types and standing relations. docs/questions.md, below its
introduction: the questions by theme, each with what it answers of the examples. docs/dependencies.md: see `dependencies`.

Usage: python scripts/make_docs.py [--check]; with --check nothing is written and a stale page is an error.
"""

from __future__ import annotations

import argparse
import itertools
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dependencies
import typer.main

import kg
from kg import actions, questions, standing
from kg.cli import app
from kg.loaders import all_loaders

ROOT = Path(__file__).resolve().parent.parent
REFERENCE, QUESTIONS, DEPENDENCIES = (ROOT / "docs" / f"{name}.md" for name in ("reference", "questions", "dependencies"))
#: The examples that questions are asked of, and how many rows of an answer are shown.
EXAMPLES = ("missile-shield-2009.csv", "standing-relations.csv")
SHOWN = 3
#: What is below it is made, what is above is written by hand.
MARK = "<!-- What follows is made by `make docs` from the headers in queries/. -->\n"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def commands() -> Iterator[str]:
    """Each command with its options, as `--help` has them."""
    for name, command in _named(typer.main.get_command(app)):
        yield f"### kg {name}\n"
        yield f"{command.help}\n"
        yield f"{command.epilog}\n" if command.epilog else ""
        yield "| option | meaning |\n|---|---|"
        for parameter in command.params:
            if "--help" in parameter.opts:
                continue
            shown = parameter.metavar if parameter.param_type_name == "argument" else ", ".join(parameter.opts)
            yield f"| `{shown or parameter.name}` | {getattr(parameter, 'help', '') or ''} |"
        yield ""


def _named(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from _named(command, f"{before}{name} ")
        else:
            yield before + name, command


def loaders() -> Iterator[str]:
    """Each loader with what it reads and how its files are told."""
    yield "| loader | reads | recognised by | example |\n|---|---|---|---|"
    for loader in all_loaders().values():
        example = loader.header.get("example", "")
        yield f"| `{loader.name}` | {loader.title} | {loader.recognised_by} | `{example}` |"
    yield ""


def asked() -> Iterator[str]:
    """Each named question with its parameters."""
    yield "What each answers, of the examples, is in [questions.md](questions.md).\n"
    yield "| theme | question | asks | parameters |\n|---|---|---|---|"
    for one in itertools.chain(*questions.by_theme().values()):
        yield f"| {one.theme} | `{one.name}` | {one.title} | {_parameters(one)} |"
    yield ""


def _parameters(one: questions.Question) -> str:
    return ", ".join(f"`{p.name}` ({p.type}, {p.default})" for p in one.parameters)


def answered() -> Iterator[str]:
    """Each named question by theme, with its parameters, an example and the first rows of what that answers."""
    with tempfile.TemporaryDirectory() as folder, kg.open(Path(folder) / "examples.kg") as graph:
        graph.load(*(ROOT / "examples" / name for name in EXAMPLES))
        for theme, of_theme in questions.by_theme().items():
            yield f"## {theme}\n"
            for one in of_theme:
                yield f"### {one.name}\n"
                yield f"{one.title}. Parameters: {_parameters(one)}.\n"
                yield f"```console\n$ {one.example}\n```\n"
                yield from _excerpt(graph, one)


def _excerpt(graph: kg.Graph, one: questions.Question) -> Iterator[str]:
    words = shlex.split(one.example)
    given = dict(word.split("=", 1) for before, word in itertools.pairwise(words) if before == "--param")
    answer = graph.answer(one.name, given, "sparql")

    def tells(n: int) -> bool:
        # Ids of facts are long and tell a reader nothing.
        values = [row[n] for row in answer.rows if row[n] is not None]
        return not values or not all(_UUID.fullmatch(str(value)) for value in values)

    columns = [n for n in range(len(answer.columns)) if tells(n)]
    yield _line([answer.columns[n] for n in columns]) + "\n" + _line(["---"] * len(columns))
    for row in answer.rows[:SHOWN]:
        yield _line([row[n] for n in columns])
    more = len(answer.rows) - SHOWN
    yield f"\n*... and {more} more rows*\n" if more > 1 else "\n*... and one more row*\n" if more == 1 else ""


def _line(cells: Sequence[object]) -> str:
    shown = ("" if cell is None else str(cell).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(shown)} |"


def types() -> Iterator[str]:
    """Each type of fact with its aspect and how many codes lead to it."""
    yield "| type | aspect | quad class | CAMEO codes |\n|---|---|---|---|"
    table = actions.table().values()
    for type_ in actions.types():
        own = next(r for r in table if r.code == type_)
        codes = ", ".join(r.code for r in table if r.scheme == "cameo" and r.type == type_ and len(r.code) < 4)
        yield f"| `{type_}` | {own.aspect} | {own.quad_class or ''} | {codes} |"
    yield ""


def standing_relations() -> Iterator[str]:
    """Each standing relation that follows from deeds, and what opens and closes it."""
    yield "Where sources do not give them, these follow from deeds with such wordings (in any form), or such codes of the source;"
    yield "how, the [design](design.md) says, and why others do not count, the notes of `schema/relations.csv`. A deed"
    yield "counts from its first day; of one that lasts (occupying, sanctions) a span is how long the relation stood.\n"
    yield "| relation | between | opens | closes |\n|---|---|---|---|"
    for relation in standing.relations():
        own = [rule for rule in standing.rules() if rule.relation == relation]
        between = "both alike" if own[0].symmetric else "actor and target"
        deeds = (
            ", ".join(sorted({r.verb or f"CAMEO {r.code}" for r in own if r.effect == effect})) for effect in ("opens", "closes")
        )
        yield f"| `{relation}` | {between} | {' | '.join(deeds)} |"
    yield ""


def reference() -> str:
    """The whole page of reference."""
    parts = [
        "# Reference\n",
        "*Made by `make docs` from the code; `make check` fails when it is stale.*\n",
        "## Command line\n",
        "Data goes to stdout, notes and progress to stderr. Exit codes: 0 all well; 1 failed, nothing changed; 2 wrong usage; "
        "3 loaded in part: rows or files were refused; 70 a fault of the program itself, told in a line that says where the "
        "whole is kept.\n",
        *commands(),
        "## Loaders\n",
        *loaders(),
        "## Questions\n",
        *asked(),
        "## Types of facts\n",
        *types(),
        "## Standing relations\n",
        *standing_relations(),
    ]
    return "\n".join(parts).rstrip() + "\n"


def library() -> str:
    """The page of questions, with the introduction that it has."""
    written = QUESTIONS.read_text(encoding="utf-8").partition(MARK)[0]
    return "\n".join([written + MARK, *answered()]).rstrip() + "\n"


def main() -> int:
    """Write the pages, or say which are stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    made = {REFERENCE: reference(), QUESTIONS: library(), DEPENDENCIES: dependencies.page()}
    stale = [page for page, text in made.items() if not page.exists() or page.read_text(encoding="utf-8") != text]
    for page in stale:
        if check:
            print(f"{page.name} is stale: run make docs")
        else:
            page.write_text(made[page], encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
