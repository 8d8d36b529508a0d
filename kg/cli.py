"""The command line: parse, call, print.

Exit codes: 0 all well; 1 failed, nothing changed; 2 wrong usage; 3 loaded in part; 70 a fault of the program itself.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg import cli_actors, cli_merge, cli_stores, cli_time, console, limits
from kg.errors import KGError, RejectedRows, UsageError
from kg.options import Format, Params, Store, choose, graph_at, spare_inputs, viewed

if TYPE_CHECKING:
    from kg.graph import Graph
    from kg.load import LoadReport

#: In place of a file's name: what a Neo4j's own importer reads.
_IMPORT = "neo4j-import"

app = typer.Typer(
    help="A knowledge graph of relations between states: load facts, ask in Cypher or SPARQL, export a picture.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(cli_actors.app)
app.add_typer(cli_stores.app)
app.add_typer(cli_time.app)
app.add_typer(cli_merge.app)


class _WithoutPandas:
    """Where there is pandas, the driver of Neo4j and pyarrow load it: 40 MB and half a second for what no command uses."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """Say that it is not there; others look for all else."""
        if name == "pandas":
            raise ModuleNotFoundError("commands do without pandas", name=name)


def main() -> None:
    """Run a command; every error ends as a message and an exit code, never as a traceback."""
    console.set_up()
    sys.meta_path.insert(0, _WithoutPandas)
    try:
        app(standalone_mode=True)
    except KGError as error:
        console.complain(error)
        sys.exit(error.exit_code)
    except console.ReaderGone:
        console.quietly_closed()
    except KeyboardInterrupt:
        if not limits.watched():  # else who watches says why
            console.note("stopped; what was not finished is not in the store")
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - what nobody foresaw ends here, as one line and a log
        from kg.faults import told

        found = told(error)
        console.complain(found)
        console.quietly_closed()  # what stdout could not take it would be asked to take again at exit
        sys.exit(found.exit_code)


Query = Annotated[str | None, typer.Argument(help="The query; values go in as $name and --param.")]
QueryFile = Annotated[Path | None, typer.Option(help="Read the query from a file.")]
Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE...",
        callback=spare_inputs,
        help="CSV, TSV, JSON, JSON lines, Parquet, XLSX, text, GraphML, GEXF, our RDF; gz, zip; - for stdin.",
    ),
]
Loader = Annotated[str | None, typer.Option(help="A loader's name, or your own my.sql; by default told by the file's shape.")]
Map = Annotated[
    str | None,
    typer.Option("--map", metavar="ROLE=COLUMN,...", help="Your columns: actor=head,action=relation,target=tail,date=when."),
]
Source = Annotated[str | None, typer.Option(help="The name of the dataset; by default the loader's, or the file's stem.")]
Dates = Annotated[str | None, typer.Option(help="How 03/04/2009 is to be read: day-first or month-first.")]
Encoding = Annotated[str | None, typer.Option(help="The file's encoding, if it is not UTF-8, e.g. cp1252.")]
MaxExpanded = Annotated[
    str | None, typer.Option(metavar="SIZE", help="Largest size a compressed file may expand to, e.g. 500M; 16G by default.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Count what would be loaded; write nothing.")]
Strict = Annotated[bool, typer.Option("--strict", help="Load nothing at all if a row of any file, or a file, can't be read.")]
SkipRejects = Annotated[bool, typer.Option("--skip-rejects", help="Exit with 0 even if rows were rejected.")]
Rejects = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the rejected rows there, as CSV.")]


def _show_version(wanted: bool) -> None:
    if wanted:
        from kg.faults import about

        console.write(about())
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")]


@app.callback()
def choose_store(kg: Store = None, version: Version = False) -> None:
    """A knowledge graph of relations between states: load facts, ask in Cypher or SPARQL, export a picture."""
    choose(kg)


@app.command(epilog="Example: kg load examples/missile-shield-2009.csv")
def load(
    files: Files,
    loader: Loader = None,
    map_: Map = None,
    source: Source = None,
    dates: Dates = None,
    encoding: Encoding = None,
    max_expanded: MaxExpanded = None,
    dry_run: DryRun = False,
    strict: Strict = False,
    skip_rejects: SkipRejects = False,
    rejects: Rejects = None,
    kg: Store = None,
) -> None:
    """Load files of facts; loading one twice changes nothing."""
    from kg import load as loading

    if source is not None and not source.strip():
        raise UsageError("--source is empty", hint="say the dataset's name, or leave --source out")
    if dates not in (None, "day-first", "month-first"):
        raise UsageError(f"--dates {dates}", hint="day-first or month-first")
    options = loading.Options(
        loader=loader, columns=_pairs((map_ or "").split(",") if map_ else []), dataset=source, encoding=_encoding(encoding),
        order=dates, limit=_size(max_expanded), strict=strict, dry_run=dry_run,  # type: ignore[arg-type]
    )  # fmt: skip
    graph = graph_at(kg)
    if rejects:
        loading.check_writable(rejects)
    try:
        with console.progress() as progress:
            report = loading.load(graph.store, files, options, progress)
    except KGError as error:
        if rejects:  # an older file of that name would be taken for this load's
            loading.write_rejects(error.rows if isinstance(error, RejectedRows) else (), rejects)
        raise
    if rejects:
        loading.write_rejects(report.rejects(), rejects)
    _show_load(report, dry_run=dry_run, rejects=rejects, verbose_hint=not dry_run)
    if report.failed:
        sys.exit(3 if report.total("rows") else 1)
    if report.total("rejected") and not skip_rejects:
        sys.exit(3)


def _show_load(report: LoadReport, *, dry_run: bool, rejects: Path | None, verbose_hint: bool) -> None:
    columns = ("file", "loader", "rows", "new", "known", "rejected", "reports", "corrected", "deleted")
    rows = [
        (f.file, f.staged.loader, c.rows, c.new, c.known, c.rejected, c.reports, c.closed - c.deleted, c.deleted)
        for f in report.files
        if (c := f.counts) and f.staged
    ]
    if rows:
        console.show_rows(columns, rows, "table")
    for file in report.failed:
        assert file.error is not None
        console.complain(file.error)
    for file in report.empty:
        console.note(f"{file.file}: 0 facts, it has no rows" + (" of this kind" if file.staged and file.staged.left_out else ""))
    for file in report.files:
        if file.staged and file.staged.left_out:
            rows_left = console.counted(file.staged.left_out, "row")
            console.note(f"{file.file}: {rows_left} left out: {file.staged.leaves_out}")
    for file in report.files:
        if (c := file.counts) and file.staged and c.closed > c.deleted:
            replaced = console.counted(c.closed - c.deleted, "earlier report")
            console.note(
                f"{file.file}: its records replace {replaced} with the same ids in the dataset {file.staged.dataset}; "
                "--source NAME keeps apart what is not the same"
            )
    _show_rules(report)
    _show_names(report)
    for name, n in report.sum_of("missing_names").most_common():
        console.note(f"{name!r} is read as a name in {console.counted(n, 'place')}; what is missing must be an empty cell")
    for name, row in itertools.islice(report.rejects(), 5):
        console.note(f"rejected: {name}, row {row.row}: {row.reason}")
    rejected, read = report.total("rejected"), len(report.files) - len(report.failed)
    if rejected:
        where = str(rejects) if rejects else "kg info --rejects" if verbose_hint else "--rejects FILE"
        console.note(f"rejected {console.counted(rejected, 'row')}; all of them, with reasons: {where}")
    if report.total("derived") or report.total("undone"):
        no_more = report.total("undone")
        follow = f"; {no_more} no longer {'follows' if no_more == 1 else 'follow'}" if no_more else ""
        console.note(f"derived {console.counted(report.total('derived'), 'standing relation')}{follow}")
    done = "would load" if dry_run else "loaded"
    console.note(
        f"{done} {report.total('rows') - rejected} of {console.counted(report.total('rows'), 'row')}: "
        f"{console.counted(report.total('new'), 'new fact')}, {report.total('known')} known, {rejected} rejected; "
        f"{console.counted(report.asked, 'file')} asked for, {read} read, {len(report.empty)} empty, {len(report.failed)} failed"
    )


def _show_rules(report: LoadReport) -> None:
    actions = report.sum_of("action_rules")
    unknown, unread = actions["unknown code"], actions["none"]
    if unknown:
        console.note(f"{console.counted(unknown, 'row')} with a code that no scheme knows; kept as written, type ACT")
    if unread:
        console.note(f"{console.counted(unread, 'row')} with an action that the lexicon does not know; kept as written, type ACT")


def _show_names(report: LoadReport) -> None:
    rules = report.sum_of("name_rules")
    del rules["no target"]
    if rules:
        console.note("names by rule: " + ", ".join(f"{rule} {n}" for rule, n in rules.most_common()))
    for counter, what in (("misdated_names", "did not exist on the day"), ("unknown_names", "names that no rule knows")):
        found = report.sum_of(counter)
        if found:
            most = ", ".join(f"{name} ({n})" for name, n in found.most_common(20))
            more = " ..., see kg actors unresolved" if len(found) > 20 else ""
            console.note(f"{what}: {most}{more}")


@app.command(epilog="Example: kg facts --actor USA --from 2009-09-01 --until 2009-10-01")
@viewed
def facts(graph: Graph, format: Format = "table") -> None:
    """List facts, in order of date."""
    console.show_facts(graph, format)


@app.command(epilog="Example: kg cypher 'MATCH (a:Entity)-[r:SANCTION]->(b:Entity) RETURN a.id, r.date, b.id'")
@viewed
def cypher(graph: Graph, query: Query = None, file: QueryFile = None, param: Params = None, format: Format = "table") -> None:
    """Ask a question in Cypher; read-only. Under a view only its facts are there."""
    _query("cypher", graph, query, file, param, format)


@app.command(epilog="Example: kg sparql 'SELECT ?f ?d WHERE { ?f a kg:Sanction ; kg:date ?d } ORDER BY ?d'")
@viewed
def sparql(
    graph: Graph,
    query: Query = None,
    file: QueryFile = None,
    param: Params = None,
    explain: Annotated[bool, typer.Option("--explain", help="Print the SQL that answers, or why there is none.")] = False,
    format: Format = "table",
) -> None:
    """Ask a question in SPARQL; read-only. Under a view only its facts are there."""
    if explain:
        return console.write(graph.explain_sparql(*_asked("sparql", query, file, param)))
    return _query("sparql", graph, query, file, param, format)


@app.command(epilog="Example: kg ask dyad-timeline --param a=NATO --param b=Russia")
@viewed
def ask(
    graph: Graph,
    name: Annotated[str | None, typer.Argument(help="The question's name.")] = None,
    param: Params = None,
    language: Annotated[
        str | None, typer.Option(help="cypher or sparql; the rows are the same. By default what the store answers in.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the questions by theme.")] = False,
    show: Annotated[
        str | None,
        typer.Option(metavar="LANGUAGE", help="Show the question's text in cypher or sparql, with --param's values in it."),
    ] = None,
    format: Format = "table",
) -> None:
    """Ask a named question; under a view of its facts."""
    from kg import questions

    if list_ or name is None:
        rows = [
            (theme, q.name, q.title, ", ".join(f"{p.name}={p.default}" for p in q.parameters))
            for theme, of_theme in questions.by_theme().items()
            for q in of_theme
        ]
        return console.show_rows(("theme", "name", "question", "parameters"), rows, format)
    given = _pairs(param or [])
    if show:
        return console.write(_shown(graph, name, show, given))
    with console.progress() as progress:
        answer = graph.answer(name, given, language, progress)
    known = {*given, *graph.view.bound()}
    left = [p for p in questions.question(name).parameters if p.name not in known and (p.type == "entity" or p.name == "at")]
    if meant := [f"{p.name}={p.default}" for p in left]:  # an example's, and not what everybody would mean
        console.note(f"asked with {', '.join(meant)}; --param says otherwise")
    return console.show_rows(answer.columns, answer.rows, format)


def _shown(graph: Graph, name: str, language: str, given: dict[str, str]) -> str:
    """A question's text, to be pasted elsewhere: with values for its parameters if any is given."""
    from kg import questions
    from kg.stores.guard import with_parameters, with_values
    from kg.views import View

    if graph.view != View(roll_up=graph.view.roll_up):
        raise UsageError("--show shows the text of a question, not what it is asked of", hint="leave out what narrows the facts")
    asked = questions.question(questions.of_states(name) if graph.view.roll_up else name, language)
    text = asked.text.rstrip()
    if given:
        values = asked.bind(given, graph.store.entity_ids())
        text = with_values(text, values) if language == "cypher" else with_parameters(text, values)
    return graph.store.shown(language, text)


@app.command(epilog="Example: kg export page.html --actor USA --from 2009")
@viewed
def export(
    graph: Graph,
    path: Annotated[
        Path,
        typer.Argument(
            help="page.html; out.csv, .tsv, .xlsx, .json, .jsonl, .parquet; .md; .gexf, .graphml; .ttl, .trig, .nt, .jsonld, "
            ".rdf, .nq, .nq.gz; .quads, .kgx, .plover.jsonl; or neo4j-import."
        ),
    ],
    folder: Annotated[Path | None, typer.Argument(help="Of neo4j-import: a new folder.")] = None,
    title: Annotated[str | None, typer.Option(help="The title of a page, a chronicle, a graph or a workbook.")] = None,
    top: Annotated[
        int | None, typer.Option(min=0, help="Most facts on a page, 10000 by default; the strongest dyads are kept.")
    ] = None,
    raw_cells: Annotated[
        bool, typer.Option("--raw-cells", help="In CSV and TSV no apostrophe before texts that a spreadsheet would run (=1+1).")
    ] = False,
) -> None:
    """Write facts to a file; its suffix says in which form. docs/export.md says what each form is for and what it loses.

    .quads and .kgx are folders. neo4j-import FOLDER writes what neo4j-admin database import reads, and the command to run.
    """
    if (folder is not None) != (str(path) == _IMPORT):
        raise UsageError(f"a folder is for {_IMPORT}, and {_IMPORT} takes one", hint=f"kg export {_IMPORT} FOLDER")
    from kg.export import HEEDED

    form = path.suffix.lower()
    options = {"title": title, "limit": top, "raw_cells": raw_cells or None}
    for name, option in (("limit", "--top"), ("title", "--title"), ("raw_cells", "--raw-cells")):
        if options[name] is not None and (form not in HEEDED[name] or folder is not None):
            raise UsageError(f"{option} is for {', '.join(HEEDED[name])}", hint=f"leave it out for {path.name}")
    if folder is not None:
        count = graph.export_neo4j_import(folder)
        console.note(f"wrote {console.counted(count, 'fact')} to {folder}; stop the server, then run:")
        from kg.export.bulk import DATABASE

        return console.write(f"sh {shlex.quote(str(folder / 'import.sh'))} {DATABASE} --overwrite-destination")
    _spare_loaded(graph, path)
    count = graph.export(path, **{name: value for name, value in options.items() if value is not None})
    console.note(f"wrote {console.counted(count, 'fact')} to {path}")
    if form == ".html":
        console.note(f"open it in a browser: {path.resolve().as_uri()}")
    return None


def _spare_loaded(graph: Graph, path: Path) -> None:
    """Let no export overwrite a file that was loaded, unless an export wrote that as well.

    :raises UsageError: if it would.
    """
    if not path.is_file():
        return
    with path.open("rb") as file:
        own, place = hashlib.file_digest(file, "sha256").hexdigest(), path.resolve()
    for change in graph.loads():
        same = change["sha256"] == own or (change["file"] and Path(change["file"]).resolve() == place)
        if same and change["kind"] == "load" and change["loader"] != "exported":
            raise UsageError(f"{path} is a file that was loaded (load {change['id']})", hint="name another file to export to")


@app.command(epilog="Example: kg loaders facts")
def loaders(name: Annotated[str | None, typer.Argument(help="Show this loader's SQL.")] = None, format: Format = "table") -> None:
    """List the loaders: what kinds of files are read, and how they are recognised."""
    from kg.loaders import all_loaders, named

    if name:
        return console.write(named(name).text.rstrip())
    rows = [(one.name, one.title, one.recognised_by, one.header.get("example", "")) for one in all_loaders().values()]
    console.show_rows(("loader", "reads", "recognised by", "example"), rows, format)
    return None


@app.command(epilog="Example: kg explain 036, kg explain 'calls for'")
def explain(
    code: Annotated[str, typer.Argument(help="A CAMEO code, a PLOVER type, or a verb.")], format: Format = "table"
) -> None:
    """Say what a code or an action text means: its name, type, quad class and intensity."""
    from kg import actions

    rows = [r for (_, known), r in actions.table().items() if known == code or known == code.upper()]
    if not rows:
        found = actions.resolve(code)
        rows = [actions.table()[found.scheme, found.code]] if found.scheme and found.code else []
    if not rows:
        raise UsageError(
            f"{code!r} is neither a code of a scheme nor a verb of the lexicon", hint="codes have leading zeros: kg explain 036"
        )
    columns = ("scheme", "code", "name", "parent", "type", "mode", "quad_class", "intensity", "scale", "aspect")
    console.show_rows(columns, [tuple(getattr(r, c) for c in columns) for r in rows], format)


def _asked(language: str, text: str | None, file: Path | None, param: list[str] | None) -> tuple[str, dict[str, object]]:
    """A query's text and the values of its parameters."""
    if (text is None) == (file is None):
        raise UsageError("give the query, or a file with --file", hint=f"kg {language} --help has an example")
    if file is not None:
        try:
            text = file.read_text(encoding="utf-8")
        except OSError as error:
            raise UsageError(f"can't read {file}: {error.strerror or error}", hint="check the name and the permissions") from None
        except UnicodeDecodeError:
            raise UsageError(f"can't read {file}: it is not UTF-8", hint="save it as UTF-8") from None
    return text or "", {name: _value(value) for name, value in _pairs(param or []).items()}


def _query(language: str, graph: Graph, text: str | None, file: Path | None, param: list[str] | None, form: str) -> None:
    asked, values = _asked(language, text, file, param)
    ask = graph.cypher if language == "cypher" else graph.sparql
    with console.progress() as progress:
        answer = ask(asked, values, progress)
    console.show_rows(answer.columns, answer.rows, form)


def _pairs(given: list[str]) -> dict[str, str]:
    found = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"{pair!r} is not NAME=VALUE")
        found[name.strip()] = value
    return found


def _value(text: str) -> object:
    """A parameter as text, whole or decimal number, truth value or date; in double quotes it is always text."""
    import datetime as dt

    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    if text in ("true", "false"):
        return text == "true"
    if text[:1] == "<" and text[-1:] == ">":
        from kg.stores.guard import Iri

        return Iri(text)
    if re.fullmatch(r"-?(0|[1-9]\d*)", text):
        return int(text)
    if re.fullmatch(r"-?(0|[1-9]\d*)\.\d+([eE][+-]?\d+)?", text):
        return float(text)
    try:
        return dt.date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else text
    except ValueError:
        return text


def _size(text: str | None) -> int | None:
    return None if text is None else limits.size(text, "--max-expanded")


def _encoding(name: str | None) -> str | None:
    import codecs

    try:
        return codecs.lookup(name).name if name else None
    except LookupError:
        raise UsageError(f"there is no encoding {name!r}", hint="e.g. utf-8, cp1252, latin-1, utf-16") from None
