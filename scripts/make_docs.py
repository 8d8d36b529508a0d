"""Write docs/reference.md: the command line, the loaders, the questions, types and standing relations, from what defines them.

Usage: python scripts/make_docs.py [--check]; with --check nothing is written and a stale page is an error.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from kg import actions, questions, standing
from kg.cli import app
from kg.loaders import all_loaders

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference.md"


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
    yield "| question | asks | parameters | example |\n|---|---|---|---|"
    for name in questions.names():
        one = questions.question(name)
        parameters = ", ".join(f"`{p.name}` ({p.type}, {p.default})" for p in one.parameters)
        yield f"| `{name}` | {one.title} | {parameters} | `{one.example}` |"
    yield ""


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
    yield "how, the [design](design.md) says, and why others do not count, the notes of `schema/relations.csv`.\n"
    yield "| relation | between | opens | closes |\n|---|---|---|---|"
    for relation in standing.relations():
        own = [rule for rule in standing.rules() if rule.relation == relation]
        between = "both alike" if own[0].symmetric else "actor and target"
        deeds = (
            ", ".join(sorted({r.verb or f"CAMEO {r.code}" for r in own if r.effect == effect})) for effect in ("opens", "closes")
        )
        yield f"| `{relation}` | {between} | {' | '.join(deeds)} |"
    yield ""


def page() -> str:
    """The whole page."""
    parts = [
        "# Reference\n",
        "*Made by `make docs` from the code; `make check` fails when it is stale.*\n",
        "## Command line\n",
        "Data goes to stdout, notes and progress to stderr. Exit codes: 0 all well; 1 failed, nothing changed; 2 wrong usage; "
        "3 loaded in part: rows or files were refused.\n",
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


def main() -> int:
    """Write the page, or say that it is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
            print(f"{PAGE.name} is stale: run make docs")
            return 1
        return 0
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
